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

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/mount.h>
#include <sys/syscall.h>
#endif

#include <netinet/in.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <atf-c.h>

#include "tests/confine/system.h"

#define STEPS		1500		/* of 20 ms: the longest wait */
#define DESCRIPTORS	64

#ifdef __linux__

static void	users(const struct system *);
static void	write_file(const struct system *, const char *, const char *);
static void	homes(const struct system *);
static pid_t	start(const struct system *, const char *, const char *);
static int	reachable(const struct system *);
static int	listening(struct system *, int);
static void	stop(pid_t);
static void	pause_a_little(void);
static int	pair_of(int, pid_t);
static int	by_text(const void *, const void *);
static int	certificate(const struct system *);
static int	dial(int);
static void	name(const struct system *, const char *, char *, size_t);

static void
pause_a_little(void)
{
	struct timespec ts = { 0, 20000000 };

	(void)nanosleep(&ts, NULL);
}

static void
write_file(const struct system *s, const char *file, const char *text)
{
	char path[128];
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, file);
	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	(void)fputs(text, fp);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

/* Only this process and those that it starts see these. */
static void
users(const struct system *s)
{
	char path[128], text[1024];

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		atf_tc_skip("no name space of mounts: %s", strerror(errno));
	(void)snprintf(text, sizeof(text), "root:x:0:0::/:/bin/sh\n"
	    "_imapd:x:%d:%d::%s/empty:/nonexistent\n"
	    "_indexd:x:%d:%d::/nonexistent:/nonexistent\n",
	    SYSTEM_IMAPD, SYSTEM_IMAPD, s->dir, SYSTEM_INDEXD, SYSTEM_INDEXD);
	write_file(s, "etc-passwd", text);
	(void)snprintf(path, sizeof(path), "%s/etc-passwd", s->dir);
	if (mount(path, "/etc/passwd", NULL, MS_BIND, NULL) == -1)
		atf_tc_skip("mount: %s", strerror(errno));
}

static void
homes(const struct system *s)
{
	static const char *const names[] = { "one", "two" };
	char path[128];
	size_t i;

	(void)snprintf(path, sizeof(path), "%s/empty", s->dir);
	ATF_REQUIRE_EQ(0, mkdir(path, 0755));
	for (i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", s->dir, names[i]);
		ATF_REQUIRE_EQ(0, mkdir(path, 0700));
		ATF_REQUIRE_EQ(0, chown(path, SYSTEM_VIRTUAL, SYSTEM_VIRTUAL));
	}
}

static pid_t
start(const struct system *s, const char *program, const char *daemon)
{
	char conf[128], log[128], path[1200];
	pid_t pid;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", s->top, program);
	(void)snprintf(conf, sizeof(conf), "%s/%s.conf", s->dir, daemon);
	(void)snprintf(log, sizeof(log), "%s/log", s->dir);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid != 0)
		return (pid);
	if ((fd = open("/dev/null", O_RDWR)) == -1 || dup2(fd, 0) == -1 ||
	    (fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600)) == -1 ||
	    dup2(fd, 1) == -1 || dup2(fd, 2) == -1 || chdir("/") == -1 ||
	    setenv("HIGHWATER_MARK", "of-the-test", 1) == -1)
		_exit(126);
	execl(path, path, "-d", "-f", conf, (char *)NULL);
	_exit(127);
}

/* Whether indexd serves, confined. */
static int
reachable(const struct system *s)
{
	char line[512], log[128];
	int found = 0;
	FILE *fp;

	(void)snprintf(log, sizeof(log), "%s/log", s->dir);
	if ((fp = fopen(log, "r")) == NULL)
		return (0);
	while (!found && fgets(line, sizeof(line), fp) != NULL)
		found = strstr(line, "indexd: started") != NULL;
	(void)fclose(fp);
	return (found);
}

static int
listening(struct system *s, int wanted)
{
	char line[512], log[128], *p;
	int n = 0;
	FILE *fp;

	(void)snprintf(log, sizeof(log), "%s/log", s->dir);
	ATF_REQUIRE((fp = fopen(log, "r")) != NULL);
	s->port = 0;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (strstr(line, "listening ") == NULL ||
		    (p = strstr(line, "port=")) == NULL)
			continue;
		if (s->port == 0)
			s->port = (int)strtol(p + 5, NULL, 10);
		else
			s->tls = (int)strtol(p + 5, NULL, 10);
		n++;
	}
	(void)fclose(fp);
	return (n == wanted);
}

void
system_start(struct system *s, const char *srcdir)
{
	char text[1024], tls[256];
	int i, wanted = 1;

	memset(s, 0, sizeof(*s));
	(void)snprintf(s->top, sizeof(s->top), "%s/../..", srcdir);
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/hwsys.XXXXXX");
	ATF_REQUIRE(mkdtemp(s->dir) != NULL);
	ATF_REQUIRE_EQ(0, chmod(s->dir, 0755));
	users(s);
	homes(s);
	(void)snprintf(text, sizeof(text), "socket \"%s/indexd.sock\"\n"
	    "directory \"%s/db\"\n", s->dir, s->dir);
	write_file(s, "indexd.conf", text);
	tls[0] = '\0';
	if (certificate(s)) {
		wanted = 2;
		(void)snprintf(tls, sizeof(tls), "listen on 127.0.0.1 port 0 "
		    "tls\ntls certificate \"%s/cert\" key \"%s/key\"\n",
		    s->dir, s->dir);
	}
	(void)snprintf(text, sizeof(text), "indexd socket \"%s/indexd.sock\"\n"
	    "listen on 127.0.0.1 port 0\nauth file \"%s/users\"\n"
	    "maildir \"%%h/Maildir\"\nplaintext auth always\n%s", s->dir,
	    s->dir, tls);
	write_file(s, "imapd.conf", text);
	(void)snprintf(text, sizeof(text), "one:{PLAIN}one:%d:%d::%s/one:/\n"
	    "two:{PLAIN}two:%d:%d::%s/two:/\n", SYSTEM_VIRTUAL, SYSTEM_VIRTUAL,
	    s->dir, SYSTEM_VIRTUAL, SYSTEM_VIRTUAL, s->dir);
	write_file(s, "users", text);
	s->indexd = start(s, "indexd/indexd", "indexd");
	for (i = 0; i < STEPS && !reachable(s); i++)
		pause_a_little();
	s->imapd = start(s, "imapd/imapd", "imapd");
	for (i = 0; i < STEPS && !listening(s, wanted); i++)
		pause_a_little();
	ATF_REQUIRE(s->port != 0);
}

static void
stop(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(pid, SIGTERM));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %d", status);
}

void
system_stop(struct system *s)
{
	char command[256];

	stop(s->imapd);
	stop(s->indexd);
	(void)snprintf(command, sizeof(command), "cat %s/log >&2; rm -rf %s",
	    s->dir, s->dir);
	ATF_CHECK_EQ(0, system(command));
}

/* Whether there is one now. */
static int
certificate(const struct system *s)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "umask 077; openssl req "
	    "-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-subj /CN=localhost -days 30 -keyout %s/key -out %s/cert "
	    "2>/dev/null", s->dir, s->dir);
	return (system(command) == 0);
}

int
system_connect(const struct system *s)
{
	int fd = dial(s->port);

	ATF_REQUIRE(system_ask(fd, "* OK", NULL));
	return (fd);
}

struct ssl_st *
system_tls(const struct system *s)
{
	SSL_CTX *ctx;
	SSL *ssl;

	if (s->tls == 0)
		atf_tc_skip("no openssl(1), no certificate");
	ATF_REQUIRE((ctx = SSL_CTX_new(TLS_client_method())) != NULL);
	ATF_REQUIRE((ssl = SSL_new(ctx)) != NULL);
	SSL_CTX_free(ctx);
	ATF_REQUIRE_EQ(1, SSL_set_fd(ssl, dial(s->tls)));
	ATF_REQUIRE_EQ(1, SSL_connect(ssl));
	ATF_REQUIRE(system_tls_ask(ssl, "* OK", NULL));
	return (ssl);
}

int
system_tls_ask(struct ssl_st *ssl, const char *tag, const char *line)
{
	char buf[4096];
	size_t len = 0;

	if (line != NULL && (SSL_write(ssl, line, (int)strlen(line)) <= 0 ||
	    SSL_write(ssl, "\r\n", 2) <= 0))
		return (0);
	for (;;) {
		if (len + 1 == sizeof(buf) || SSL_read(ssl, buf + len, 1) != 1)
			return (0);
		if (buf[len++] != '\n')
			continue;
		buf[len] = '\0';
		if (strncmp(buf, tag, strlen(tag)) == 0)
			return (1);
		len = 0;
	}
}

void
system_tls_end(struct ssl_st *ssl)
{
	close(SSL_get_fd(ssl));
	SSL_free(ssl);
}

static int
dial(int port)
{
	struct sockaddr_in sin;
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, connect(fd, (struct sockaddr *)&sin, sizeof(sin)));
	return (fd);
}

int
system_ask(int fd, const char *tag, const char *line)
{
	char buf[4096];
	size_t len = 0;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	if (line != NULL && (send(fd, line, strlen(line), MSG_NOSIGNAL) == -1 ||
	    send(fd, "\r\n", 2, MSG_NOSIGNAL) == -1))
		return (0);
	for (;;) {
		if (poll(&pfd, 1, STEPS * 20) != 1)
			atf_tc_fail("no answer to %s", line);
		if (len + 1 == sizeof(buf) || recv(fd, buf + len, 1, 0) != 1)
			return (0);
		if (buf[len++] != '\n')
			continue;
		buf[len] = '\0';
		if (strncmp(buf, tag, strlen(tag)) == 0)
			return (1);
		len = 0;
	}
}

int
system_login(const struct system *s, const char *user)
{
	char line[64];
	int fd = system_connect(s);

	(void)snprintf(line, sizeof(line), "in LOGIN %s %s", user, user);
	ATF_REQUIRE(system_ask(fd, "in OK", line));
	return (fd);
}

void
system_end(int fd)
{
	while (system_ask(fd, "no tag", NULL))
		continue;
	close(fd);
}

pid_t
system_child(pid_t parent)
{
	char path[64];
	pid_t pid = 0;
	long n;
	FILE *fp;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children",
	    (long)parent, (long)parent);
	if ((fp = fopen(path, "r")) == NULL)
		return (0);
	while (fscanf(fp, "%ld", &n) == 1)
		pid = (pid_t)n;
	(void)fclose(fp);
	return (pid);
}

pid_t
system_await_child(pid_t parent)
{
	pid_t pid = 0;
	int i;

	for (i = 0; i < STEPS && (pid = system_child(parent)) == 0; i++)
		pause_a_little();
	ATF_REQUIRE(pid != 0);
	return (pid);
}

/* Of the daemon's children: it reaps them. */
void
system_await_gone(pid_t pid)
{
	int i;

	for (i = 0; i < STEPS && kill(pid, 0) == 0; i++)
		pause_a_little();
	ATF_CHECK(kill(pid, 0) == -1);
}

const char *
system_status(pid_t pid, const char *what)
{
	static char line[256];
	char path[64];
	size_t len = strlen(what);
	FILE *fp;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	ATF_REQUIRE((fp = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (strncmp(line, what, len) == 0 && line[len] == ':') {
			(void)fclose(fp);
			line[strcspn(line, "\n")] = '\0';
			return (line + len + 2);
		}
	}
	(void)fclose(fp);
	return ("");
}

static int
by_text(const void *a, const void *b)
{
	return (strcmp(a, b));
}

static void
name(const struct system *s, const char *target, char *buf, size_t size)
{
	static const struct {
		const char	*begins, *name;
	} kinds[] = {
		{ "/dev/null",			"null" },
		{ "socket:",			"socket" },
		{ "pipe:",			"pipe" },
		{ "anon_inode:[eventpoll]",	"epoll" },
		{ "anon_inode:inotify",		"inotify" },
		{ "/proc/",			"fdinfo" }
	};
	size_t i, len = strlen(s->dir);

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(target, kinds[i].begins,
		    strlen(kinds[i].begins)) == 0)
			break;
	if (i < sizeof(kinds) / sizeof(kinds[0]))
		(void)strlcpy(buf, kinds[i].name, size);
	else if (strncmp(target, s->dir, len) == 0 && target[len] == '/')
		(void)strlcpy(buf, target + len + 1, size);
	else
		(void)strlcpy(buf, target, size);
}

const char *
system_descriptors(const struct system *s, pid_t pid)
{
	static char all[DESCRIPTORS * 64];
	char names[DESCRIPTORS][64], path[64], target[256];
	size_t i, n = 0;
	struct dirent *e;
	ssize_t len;
	DIR *d;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	ATF_REQUIRE((d = opendir(path)) != NULL);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		len = readlinkat(dirfd(d), e->d_name, target,
		    sizeof(target) - 1);
		ATF_REQUIRE(len > 0 && n < DESCRIPTORS);
		target[len] = '\0';
		name(s, target, names[n++], sizeof(names[0]));
	}
	closedir(d);
	qsort(names, n, sizeof(names[0]), by_text);
	all[0] = '\0';
	for (i = 0; i < n; i++) {
		(void)strlcat(all, names[i], sizeof(all));
		(void)strlcat(all, " ", sizeof(all));
	}
	return (all);
}

/* Whether it is one end of a pair that the process made. */
static int
pair_of(int fd, pid_t maker)
{
	struct sockaddr_storage ss;
	struct ucred cred;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    ss.ss_family != AF_UNIX)
		return (0);
	len = sizeof(cred);
	return (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	    cred.pid == maker);
}

int
system_socket(pid_t pid, pid_t maker)
{
	int fd, i, p;

	p = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p == -1)
		atf_tc_skip("pidfd_open: %s", strerror(errno));
	for (i = 0; i < DESCRIPTORS; i++) {
		fd = (int)syscall(SYS_pidfd_getfd, p, i, 0);
		if (fd != -1 && pair_of(fd, maker)) {
			close(p);
			return (fd);
		}
		if (fd != -1)
			close(fd);
	}
	atf_tc_fail("process %ld has no such socket", (long)pid);
}

#endif
