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
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/activate.h"
#include "common/background.h"
#include "common/compat.h"
#include "common/confine.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/pidlock.h"
#include "indexd/check_conf.h"
#include "indexd/listen.h"
#include "indexd/server.h"
#include "indexd/user.h"

struct options {
	const char	*path;
	int		 debug;
	int		 check;
	int		 verbose;
};

/* What lasts as long as the process. */
struct daemon {
	struct indexd_conf	*conf;
	struct pidlock		*pid;
	int			 fd;		/* listens */
	int			 handed;	/* over */
};

static void	usage(void) __attribute__((__noreturn__));
static void	get_options(int, char *[], struct options *);
static void	open_standard(const struct activate *);
static int	take_places(struct daemon *, struct activate *);
static int	serve(struct daemon *, const struct options *, int);
static void	on_signal(int);
static void	on_bus(int, siginfo_t *, void *);
static void	signals(void);
static int	signals_pipe(struct server *);
static void	raise_files(void);
static void	reload(struct indexd_conf *, const char *);
static void	state(const struct server *);
static void	loop(struct server *, struct indexd_conf *, const char *);

static volatile sig_atomic_t	stopping;
static volatile sig_atomic_t	reloading;
static volatile sig_atomic_t	asked;
static volatile sig_atomic_t	woken;		/* the pipe is to be read */
static int			wakeup[2] = { -1, -1 };
static struct server		*served;	/* for on_bus() */

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
	else if (sig != SIGTERM && sig != SIGINT)
		asked = 1;
	else
		stopping = 1;
	woken = 1;
	(void)!write(wakeup[1], "", 1);
	errno = saved;
}

/*
 * It comes from an access to memory of our own code, not at any moment, so
 * more than in other handlers is allowed.  The access is tried again then, and
 * ends the process.
 */
static void
on_bus(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (served != NULL && served->engine != NULL)
		engine_blame(served->engine, info->si_addr);
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
	    sigaction(SIGHUP, &sa, NULL) == -1 ||
	    sigaction(SIGUSR1, &sa, NULL) == -1)
		fatal("indexd: signals");
#ifdef SIGINFO
	if (sigaction(SIGINFO, &sa, NULL) == -1)
		fatal("indexd: signals");
#endif
	sa.sa_sigaction = on_bus;
	sa.sa_flags = SA_SIGINFO | SA_RESETHAND;
	if (sigaction(SIGBUS, &sa, NULL) == -1)
		fatal("indexd: signals");
	sa.sa_flags = 0;
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

	notify_reloading();
	if ((new = indexd_conf_read(path, NULL, NULL)) == NULL) {
		log_warnx("indexd: %s kept as it was", path);
		notify_ready();
		return;
	}
	conf->limits = new->limits;
	indexd_conf_free(new);
	log_info("indexd: limits read again from %s", path);
	notify_ready();
}

/* SIGUSR1, or SIGINFO, which a terminal sends. */
static void
state(const struct server *srv)
{
	struct engine_stats es;

	engine_stats(srv->engine, &es);
	log_info("indexd: state sessions=%u connected=%u mailboxes=%" PRIu64
	    " commits=%" PRIu64 " requests=%" PRIu64 " refused=%" PRIu64
	    " resumed=%" PRIu64 " seconds=%" PRIu64, srv->nsessions,
	    srv->nbound, es.open, srv->stats.batches, srv->stats.requests,
	    srv->stats.refused, srv->stats.resumed,
	    (srv->now - srv->started) / 1000);
}

static void
loop(struct server *srv, struct indexd_conf *conf, const char *path)
{
	char buf[64];

	while (!stopping) {
		if (server_turn(srv, -1) == -1)
			break;
		if (woken) {
			woken = 0;
			while (read(wakeup[0], buf, sizeof(buf)) > 0)
				continue;
		}
		if (reloading) {
			reloading = 0;
			reload(conf, path);
		}
		if (asked) {
			asked = 0;
			state(srv);
		}
	}
}

static void
get_options(int argc, char *argv[], struct options *o)
{
	int c;

	memset(o, 0, sizeof(*o));
	o->path = INDEXD_CONF;
	while ((c = getopt(argc, argv, "df:nv")) != -1) {
		switch (c) {
		case 'd':
			o->debug = 1;
			break;
		case 'f':
			o->path = optarg;
			break;
		case 'n':
			o->check = 1;
			break;
		case 'v':
			o->verbose++;
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
}

/* No file of ours becomes 0, 1 or 2; what nobody handed over is closed. */
static void
open_standard(const struct activate *a)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			fatal("/dev/null");
	} while (fd <= STDERR_FILENO);
	closefrom(activate_highest(a) + 1);
}

/* As root: what takes its rights. */
static int
take_places(struct daemon *d, struct activate *a)
{
	notify_open();
	if (pidlock_open(&d->pid, d->conf->pidfile) == -1)
		return (-1);
	d->fd = listen_open(d->conf->socket, a, &d->handed);
	activate_rest(a);
	return (d->fd == -1 ? -1 : 0);
}

static int
serve(struct daemon *d, const struct options *o, int up)
{
	struct server srv;

	if (server_start(&srv, d->conf) == -1)
		return (1);
	served = &srv;
	if (signals_pipe(&srv) == -1 || server_listen(&srv, d->fd) == -1)
		fatal("indexd: events");
	if (pidlock_write(d->pid) == -1)
		return (1);
	notify_ready();
	if (up != -1) {
		log_open("indexd", 0, o->verbose);
		background_ready(up);
	}
	if (confine_indexd(d->conf->directory, d->conf->socket,
	    d->conf->files) == -1)
		return (1);
	log_info("indexd: started socket=%s directory=%s", d->conf->socket,
	    d->conf->directory);
	loop(&srv, d->conf, o->path);
	notify_stopping();
	listen_close(d->fd, d->conf->socket, d->handed);
	served = NULL;
	server_stop(&srv);
	log_info("indexd: stopped");
	return (stopping ? 0 : 1);
}

int
main(int argc, char *argv[])
{
	struct activate activate;
	struct daemon d;
	struct options o;
	char path[PATH_MAX];
	int rv, up = -1;

	(void)activate_begin(&activate);
	open_standard(&activate);
	compat_title_init(argc, argv);
	get_options(argc, argv, &o);
	log_open("indexd", 1, o.verbose);
	memset(&d, 0, sizeof(d));
	if ((d.conf = indexd_conf_read(o.path, NULL, NULL)) == NULL)
		exit(1);
	if (o.check) {
		rv = check_conf(d.conf);
		indexd_conf_free(d.conf);
		return (rv);
	}
	if (activate.error != NULL)
		log_warnx("activate: %s", activate.error);
	/* It is read again from another directory. */
	if (background_path(o.path, path, sizeof(path)) == -1)
		fatal("%s", o.path);
	o.path = path;
	confine_process();
	confine_report(CONFINE_INDEXD);
	if (!o.debug && (up = background_begin()) == -1)
		fatal("indexd: background");
	raise_files();
	/* Where it takes memory at its first use, it ends us if that fails. */
	(void)arc4random();
	signals();
	if (take_places(&d, &activate) == -1)
		exit(1);
	user_become(d.conf->directory);
	confine_environment();
	/* It is written over what the environment was. */
	setproctitle("%s", d.conf->socket);
	rv = serve(&d, &o, up);
	pidlock_remove(d.pid);
	indexd_conf_free(d.conf);
	return (rv);
}
