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
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "indexd/listen.h"
#include "indexd/server.h"
#include "indexd/user.h"

static void	usage(void) __attribute__((__noreturn__));
static void	on_signal(int);
static void	signals(void);
static int	signals_pipe(struct server *);
static int	background(void);
static void	ready(int);
static void	raise_files(void);
static void	reload(struct indexd_conf *, const char *);
static void	loop(struct server *, struct indexd_conf *, const char *);

static volatile sig_atomic_t	stopping;
static volatile sig_atomic_t	reloading;
static int			wakeup[2] = { -1, -1 };

static void
usage(void)
{
	(void)fprintf(stderr, "usage: indexd [-dnv] [-f file]\n");
	exit(1);
}

/* Also wakes the loop, should it be about to wait. */
static void
on_signal(int sig)
{
	int saved = errno;

	if (sig == SIGHUP)
		reloading = 1;
	else
		stopping = 1;
	(void)!write(wakeup[1], "", 1);
	errno = saved;
}

static void
signals(void)
{
	struct sigaction sa;
	int i;

	if (pipe(wakeup) == -1)
		fatal("indexd: pipe");
	for (i = 0; i < 2; i++)
		if (fcntl(wakeup[i], F_SETFL, O_NONBLOCK) == -1 ||
		    fcntl(wakeup[i], F_SETFD, FD_CLOEXEC) == -1)
			fatal("indexd: pipe");
	memset(&sa, 0, sizeof(sa));
	(void)sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	if (sigaction(SIGTERM, &sa, NULL) == -1 ||
	    sigaction(SIGINT, &sa, NULL) == -1 ||
	    sigaction(SIGHUP, &sa, NULL) == -1)
		fatal("indexd: signals");
	sa.sa_handler = SIG_IGN;
	/* A file too large is an error like a full disk (setrlimit(2)). */
	if (sigaction(SIGPIPE, &sa, NULL) == -1 ||
	    sigaction(SIGXFSZ, &sa, NULL) == -1)
		fatal("indexd: signals");
}

static int
signals_pipe(struct server *srv)
{
	/* Nothing is done for it: the loop only has to turn. */
	return (events_add(srv->events, wakeup[0], NULL, 1, 0));
}

/*
 * Goes to the background; the first process ends when the daemon is ready,
 * with 1 if it never is.  Returns a descriptor for ready().
 */
static int
background(void)
{
	char c;
	int fds[2], null;
	ssize_t n;

	if (pipe(fds) == -1)
		fatal("indexd: pipe");
	switch (fork()) {
	case -1:
		fatal("indexd: fork");
	case 0:
		break;
	default:
		close(fds[1]);
		do
			n = read(fds[0], &c, 1);
		while (n == -1 && errno == EINTR);
		_exit(n == 1 ? 0 : 1);
	}
	close(fds[0]);
	if (setsid() == -1 || chdir("/") == -1)
		fatal("indexd: daemon");
	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		fatal("indexd: /dev/null");
	if (null > STDERR_FILENO)
		close(null);
	return (fds[1]);
}

static void
ready(int fd)
{
	(void)dup2(STDIN_FILENO, STDERR_FILENO);
	(void)!write(fd, "", 1);
	close(fd);
}

/* A mailbox takes a descriptor, a session another. */
static void
raise_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		log_warn("indexd: limit of descriptors");
}

/* SIGHUP: the limits of the file count from now on. */
static void
reload(struct indexd_conf *conf, const char *path)
{
	struct indexd_conf *new;

	if ((new = indexd_conf_read(path, NULL, NULL)) == NULL) {
		log_warnx("indexd: %s kept as it was", path);
		return;
	}
	conf->limits = new->limits;
	indexd_conf_free(new);
	log_info("indexd: limits read again from %s", path);
}

static void
loop(struct server *srv, struct indexd_conf *conf, const char *path)
{
	char buf[64];

	while (!stopping) {
		if (server_turn(srv, -1) == -1)
			break;
		while (read(wakeup[0], buf, sizeof(buf)) > 0)
			continue;
		if (reloading) {
			reloading = 0;
			reload(conf, path);
		}
	}
}

int
main(int argc, char *argv[])
{
	const char *path = INDEXD_CONF;
	struct indexd_conf *conf;
	struct server srv;
	int c, debug = 0, check = 0, verbose = 0, fd, up = -1;

	compat_title_init(argc, argv);
	while ((c = getopt(argc, argv, "df:nv")) != -1) {
		switch (c) {
		case 'd':
			debug = 1;
			break;
		case 'f':
			path = optarg;
			break;
		case 'n':
			check = 1;
			break;
		case 'v':
			verbose++;
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	log_open("indexd", 1, verbose);
	if ((conf = indexd_conf_read(path, NULL, NULL)) == NULL)
		exit(1);
	if (check) {
		(void)fprintf(stderr, "configuration OK\n");
		indexd_conf_free(conf);
		return (0);
	}
	if (!debug)
		up = background();
	raise_files();
	/* Where it takes memory at its first use, it ends us if that fails. */
	(void)arc4random();
	signals();
	if ((fd = listen_open(conf->socket)) == -1)
		exit(1);
	user_become(conf->directory);
	if (server_start(&srv, conf) == -1)
		exit(1);
	if (signals_pipe(&srv) == -1 || server_listen(&srv, fd) == -1)
		fatal("indexd: events");
	if (!debug) {
		log_open("indexd", 0, verbose);
		ready(up);
	}
	log_info("indexd: started socket=%s directory=%s", conf->socket,
	    conf->directory);
	loop(&srv, conf, path);
	listen_close(fd, conf->socket);
	server_stop(&srv);
	log_info("indexd: stopped");
	indexd_conf_free(conf);
	return (stopping ? 0 : 1);
}
