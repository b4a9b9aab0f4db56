/*
 * Copyright (c) 2026 The Highwater authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/daemon.h"

#define WAIT_STEPS	2000	/* of 10 ms */

static void	write_conf(const char *, const char *);
static int	answers(const struct daemons *);
static pid_t	start(const struct daemons *, const char *, const char *,
		    const char *, int);

static void
write_conf(const char *path, const char *text)
{
	FILE	*f;

	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fputs(text, f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE_EQ(0, chmod(path, 0600));
}

void
daemons_init(struct daemons *d, const atf_tc_t *tc, const char *extra)
{
	char	 cwd[1024], text[4096];

	memset(d, 0, sizeof(*d));
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	(void)snprintf(d->top, sizeof(d->top), "%s/../..",
	    atf_tc_get_config_var(tc, "srcdir"));
	(void)strlcpy(d->sockdir, "/tmp/hw.XXXXXX", sizeof(d->sockdir));
	ATF_REQUIRE(mkdtemp(d->sockdir) != NULL);
	ATF_REQUIRE(mkdir("db", 0700) == 0 || errno == EEXIST);
	(void)snprintf(text, sizeof(text),
	    "socket \"%s/indexd.sock\"\ndirectory \"%s/db\"\n%s\n",
	    d->sockdir, cwd, extra);
	write_conf("indexd.conf", text);
	(void)snprintf(text, sizeof(text),
	    "indexd socket \"%s/indexd.sock\"\nlisten on 127.0.0.1 port 0\n"
	    "auth file \"%s/passwd\"\nmaildir \"%%h/Maildir\"\n"
	    "plaintext auth always\n", d->sockdir, cwd);
	write_conf("imapd.conf", text);
	(void)snprintf(text, sizeof(text), "demo:{PLAIN}demo:%u:%u::%s:/\n",
	    (unsigned int)getuid(), (unsigned int)getgid(), cwd);
	write_conf("passwd", text);
}

/* Runs a program with fd, if not -1, as its standard input and output. */
static pid_t
start(const struct daemons *d, const char *program, const char *options,
    const char *name, int fd)
{
	char	 path[2048], conf[64], log[64];
	pid_t	 pid;
	int	 logfd;

	(void)snprintf(path, sizeof(path), "%s/%s", d->top, program);
	(void)snprintf(conf, sizeof(conf), "%s.conf", name);
	(void)snprintf(log, sizeof(log), "%s.log", name);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid != 0)
		return (pid);
	logfd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd == -1)
		fd = open("/dev/null", O_RDWR);
	if (dup2(fd, 0) == -1 || dup2(fd, 1) == -1 || dup2(logfd, 2) == -1)
		_exit(126);
	closefrom(3);
	execl(path, path, options, "-f", conf, (char *)NULL);
	_exit(127);
}

static int
answers(const struct daemons *d)
{
	struct sockaddr_un	 sun;
	int			 fd, ret;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/indexd.sock",
	    d->sockdir);
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ret = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	(void)close(fd);
	return (ret == 0);
}

void
daemons_launch(struct daemons *d)
{
	d->indexd = start(d, "indexd/indexd", "-d", "indexd", -1);
}

void
daemons_indexd(struct daemons *d)
{
	int	 i, status;

	daemons_launch(d);
	for (i = 0; i < WAIT_STEPS; i++) {
		if (answers(d))
			return;
		if (waitpid(d->indexd, &status, WNOHANG) == d->indexd) {
			d->indexd = 0;
			atf_utils_cat_file("indexd.log", "indexd.log: ");
			atf_tc_fail("indexd ended with status %d", status);
		}
		(void)poll(NULL, 0, 10);
	}
	atf_tc_fail("indexd does not answer");
}

int
daemons_stop(struct daemons *d, int sig)
{
	int	 status;

	ATF_REQUIRE(d->indexd != 0);
	ATF_REQUIRE_EQ(0, kill(d->indexd, sig));
	ATF_REQUIRE_EQ(d->indexd, waitpid(d->indexd, &status, 0));
	d->indexd = 0;
	return (status);
}

void
daemons_end(struct daemons *d)
{
	char	 path[128];

	if (d->indexd != 0)
		(void)daemons_stop(d, SIGKILL);
	(void)snprintf(path, sizeof(path), "%s/indexd.sock", d->sockdir);
	(void)unlink(path);
	(void)rmdir(d->sockdir);
}

int
daemons_imapd(const struct daemons *d, pid_t *pid)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE_EQ(0, fcntl(sv[0], F_SETFD, FD_CLOEXEC));
	*pid = start(d, "imapd/imapd", "-di", "imapd", sv[1]);
	(void)close(sv[1]);
	return (sv[0]);
}
