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
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
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
#include "imapd/auth.h"
#include "imapd/children.h"
#include "imapd/conf.h"
#include "imapd/listen.h"
#include "imapd/login.h"
#include "imapd/peer.h"
#include "imapd/proxy.h"
#include "imapd/sockets.h"
#include "imapd/supervisor.h"
#include "imapd/tls.h"

#define FD_SPARE	64		/* descriptors beside the children's */
#define ACCEPT_PAUSE	1000		/* ms without accept(2), if it fails */
#define FULL_PAUSE	10000		/* ms between lines about the limit */

#define PFD_SIGNAL	0
#define PFD_SOCKETS	1

struct listener {
	const struct listen_start	*start;
	struct imapd_conf		*conf;
	struct sockets			 sockets;
	struct pidlock			*pid;
	struct children			*children;
	struct pollfd			*pfd;
	size_t				 npfd;
	struct tls_server		*tls;	/* NULL: no certificates */
	int				 scram;	/* is offered */
	int				 pause;	/* accept(2) has failed */
	int64_t				 began;		/* ms */
	uint64_t			 accepted;
	struct {
		int64_t			 said;	/* ms; 0: never */
		unsigned int		 more;	/* not logged since */
	}				 full[CROWD_UNAUTHENTICATED + 1];
};

static int	begin(struct listener *);
static int	ready(struct listener *, int);
static int	make_room(struct listener *);
static void	enough_files(size_t);
static int	signals(int);
static void	on_signal(int);
static void	loop(struct listener *);
static void	drain(void);
static void	reload(struct listener *);
static void	state(const struct listener *);
static void	accept_one(struct listener *, size_t);
static void	get_limits(const struct imapd_conf *, struct crowd_limits *);
static void	say_full(struct listener *, enum crowd_answer, const char *);
static void	too_many(int, const struct imapd_listen *);
static void	fork_one(struct listener *, int, const struct imapd_listen *,
		    const char *);
static void	be_supervisor(struct listener *, int, int,
		    const struct imapd_listen *)
		    __attribute__((__noreturn__));
static void	leave(int) __attribute__((__noreturn__));
static void	goodbye(struct listener *);

static int			 sigpipe[2] = { -1, -1 };
static const struct children *volatile inherited;	/* in a child */
static volatile sig_atomic_t	 got_term, got_hup, got_info;

int
listen_run(const struct listen_start *start)
{
	struct listener l;
	int rv = 1;

	memset(&l, 0, sizeof(l));
	l.start = start;
	l.conf = start->conf;
	if (begin(&l) == 0) {
		loop(&l);
		rv = 0;
	}
	sockets_close(&l.sockets);
	children_free(l.children);
	tls_server_free(l.tls);
	imapd_conf_free(l.conf);
	pidlock_remove(l.pid);
	free(l.pfd);
	return (rv);
}

static int
begin(struct listener *l)
{
	const struct listen_start *s = l->start;
	struct crowd_limits limits;
	int up = -1;

	if (!s->foreground && (up = background_begin()) == -1) {
		log_warn("listen: background");
		return (-1);
	}
	l->began = login_now();
	l->sockets.activate = s->activate;
	notify_open();
	/* Once, and not for each connection. */
	confine_environment();
	if (pidlock_open(&l->pid, l->conf->pidfile) == -1 ||
	    sockets_open(&l->sockets, l->conf) == -1)
		return (-1);
	activate_rest(s->activate);
	if (l->conf->ncerts > 0 && (l->tls = tls_server_new(l->conf, 1, NULL,
	    NULL, NULL)) == NULL)
		return (-1);
	get_limits(l->conf, &limits);
	if ((l->children = children_new(&limits)) == NULL ||
	    make_room(l) == -1) {
		log_warn("listen: start");
		return (-1);
	}
	if (pipe(sigpipe) == -1 ||
	    fcntl(sigpipe[0], F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(sigpipe[1], F_SETFL, O_NONBLOCK) == -1 ||
	    signals(1) == -1) {
		log_warn("listen: signals");
		return (-1);
	}
	setproctitle("listener");
	compat_plug();
	return (ready(l, up));
}

/* Whoever waits for us may go on. */
static int
ready(struct listener *l, int up)
{
	if (pidlock_write(l->pid) == -1)
		return (-1);
	notify_ready();
	if (up != -1) {
		log_open(l->start->prog, 0, l->start->verbose);
		background_ready(up);
	}
	return (0);
}

static void
get_limits(const struct imapd_conf *conf, struct crowd_limits *limits)
{
	limits->connections = conf->connections;
	limits->per_user = conf->per_user;
	limits->per_address = conf->per_address;
	limits->unauthenticated = conf->unauthenticated;
}

/* For the children that there may be now, and those that there are. */
static int
make_room(struct listener *l)
{
	size_t n = PFD_SOCKETS + IMAPD_LISTEN_MAX + l->conf->connections;
	struct pollfd *p;

	if (n > l->npfd) {
		if ((p = recallocarray(l->pfd, l->npfd, n,
		    sizeof(*p))) == NULL)
			return (-1);
		l->pfd = p;
		l->npfd = n;
	}
	enough_files(l->conf->connections + FD_SPARE);
	return (0);
}

/* Each child has a descriptor of ours until it is logged in. */
static void
enough_files(size_t n)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_cur >= n)
		return;
	rl.rlim_cur = rl.rlim_max < n ? rl.rlim_max : n;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_cur < n)
		log_info("listen: at most %llu open files: fewer than limit "
		    "connections needs while nobody is logged in",
		    (unsigned long long)rl.rlim_cur);
}

/* Takes our signals, or gives them back to a child. */
static int
signals(int ours)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1,
#ifdef SIGINFO
	    SIGINFO,
#endif
	};
	struct sigaction sa;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sigfillset(&sa.sa_mask);
	sa.sa_flags = SA_RESTART;
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		sa.sa_handler = ours ? on_signal : SIG_DFL;
		/* Those of a terminal are for the listener alone. */
		if (!ours && sigs[i] != SIGTERM && sigs[i] != SIGCHLD)
			sa.sa_handler = SIG_IGN;
		if (sigaction(sigs[i], &sa, NULL) == -1)
			return (-1);
	}
	return (0);
}

static void
on_signal(int sig)
{
	int saved = errno;

	if (sig == SIGTERM || sig == SIGINT)
		got_term = 1;
	else if (sig == SIGHUP)
		got_hup = 1;
	else if (sig != SIGCHLD)
		got_info = 1;
	if (write(sigpipe[1], "", 1) == -1) {
		/* Full: the loop will wake up anyway. */
	}
	errno = saved;
}

static void
loop(struct listener *l)
{
	size_t i, nsock, ntalk;

	while (!got_term) {
		l->pfd[PFD_SIGNAL].fd = sigpipe[0];
		l->pfd[PFD_SIGNAL].events = POLLIN;
		nsock = l->sockets.n;
		for (i = 0; i < nsock; i++) {
			l->pfd[PFD_SOCKETS + i].fd = l->pause ? -1 :
			    l->sockets.socket[i].fd;
			l->pfd[PFD_SOCKETS + i].events = POLLIN;
			l->pfd[PFD_SOCKETS + i].revents = 0;
		}
		ntalk = children_talking(l->children);
		children_poll(l->children, l->pfd + PFD_SOCKETS + nsock);
		if (poll(l->pfd, (nfds_t)(PFD_SOCKETS + nsock + ntalk),
		    l->pause ? ACCEPT_PAUSE : -1) == -1) {
			if (errno == EINTR)
				continue;
			fatal("listen: poll");
		}
		l->pause = 0;
		children_dispatch(l->children, l->pfd + PFD_SOCKETS + nsock);
		drain();
		children_reap(l->children);
		for (i = 0; i < nsock && !got_term; i++) {
			if (l->pfd[PFD_SOCKETS + i].revents == 0)
				continue;
			accept_one(l, i);
		}
		if (got_info)
			state(l);
		if (got_hup)
			reload(l);
	}
	goodbye(l);
}

static void
drain(void)
{
	char buf[64];

	while (read(sigpipe[0], buf, sizeof(buf)) > 0)
		continue;
}

/* SIGHUP: all of the new configuration, or all of the old. */
static void
reload(struct listener *l)
{
	struct imapd_conf *new, *old = l->conf;
	struct tls_server *tls = NULL;
	struct crowd_limits limits;

	got_hup = 0;
	notify_reloading();
	if ((new = imapd_conf_read(l->start->path, l->start->args)) == NULL ||
	    (new->ncerts > 0 && (tls = tls_server_new(new, 1, l->tls, NULL,
	    NULL)) == NULL)) {
		imapd_conf_free(new);
		log_warnx("listen: %s has errors: the old configuration stays",
		    l->start->path);
		notify_ready();
		return;
	}
	l->conf = new;
	if (make_room(l) == -1) {
		log_warn("listen: the old configuration stays");
	} else if (sockets_open(&l->sockets, new) == -1) {
		log_warnx("listen: the old configuration stays");
	} else {
		imapd_conf_free(old);
		tls_server_free(l->tls);
		l->tls = tls;
		get_limits(new, &limits);
		children_limit(l->children, &limits);
		log_info("listen: configuration read again");
		notify_ready();
		return;
	}
	l->conf = old;
	imapd_conf_free(new);
	tls_server_free(tls);
	notify_ready();
}

/* SIGUSR1, or SIGINFO, which a terminal sends. */
static void
state(const struct listener *l)
{
	struct children_state cs;

	got_info = 0;
	children_state(l->children, &cs);
	log_info("listen: state connections=%zu logged-in=%zu "
	    "unauthenticated=%zu users=%zu limit=%u accepted=%" PRIu64
	    " sockets=%zu seconds=%" PRId64, cs.connections, cs.logged_in,
	    cs.connections - cs.logged_in, cs.users, l->conf->connections,
	    l->accepted, l->sockets.n, (login_now() - l->began) / 1000);
}

static void
accept_one(struct listener *l, size_t sock)
{
	const struct imapd_listen *line = l->sockets.socket[sock].listen;
	char buf[PEER_MAX];
	const char *addr = buf;
	enum crowd_answer may;
	int fd;

	if ((fd = accept(l->sockets.socket[sock].fd, NULL, NULL)) == -1) {
		switch (errno) {
		case EAGAIN:
		case EINTR:
		case ECONNABORTED:
			return;
		default:
			log_warn("listen: accept: waiting for a second");
			l->pause = 1;
			return;
		}
	}
	/* A proxy's own address does not count. */
	if (proxy_expected(line, fd))
		addr = NULL;
	else
		peer_address(fd, buf, sizeof(buf));
	may = children_may_add(l->children, addr);
	if (may != CROWD_WELCOME) {
		say_full(l, may, addr);
		too_many(fd, line);
		return;
	}
	l->accepted++;
	fork_one(l, fd, line, addr);
}

/* Now and then: nobody fills the log by knocking. */
static void
say_full(struct listener *l, enum crowd_answer may, const char *addr)
{
	int64_t now = login_now();

	l->full[may].more++;
	if (l->full[may].said != 0 && now - l->full[may].said < FULL_PAUSE)
		return;
	switch (may) {
	case CROWD_CONNECTIONS:
		log_warnx("listen: limit connections %u is reached "
		    "turned-away=%u", l->conf->connections, l->full[may].more);
		break;
	case CROWD_ADDRESS:
		log_warnx("listen: limit per-address %u is reached "
		    "address=%s turned-away=%u", l->conf->per_address,
		    addr == NULL ? "" : addr, l->full[may].more);
		break;
	default:
		log_warnx("listen: limit unauthenticated %u is reached "
		    "turned-away=%u", l->conf->unauthenticated,
		    l->full[may].more);
		break;
	}
	l->full[may].said = now;
	l->full[may].more = 0;
}

/*
 * RFC 3501 section 7.1.5, RFC 5530.  Where a client expects TLS it would not
 * understand a word.
 */
static void
too_many(int fd, const struct imapd_listen *line)
{
	static const char bye[] =
	    "* BYE [UNAVAILABLE] Too many connections; try again later\r\n";

	if ((line == NULL || line->tls != IMAPD_TLS_IMPLICIT) &&
	    send(fd, bye, sizeof(bye) - 1, MSG_DONTWAIT) == -1)
		log_debug("listen: send: %s", strerror(errno));
	close(fd);
}

static void
fork_one(struct listener *l, int fd, const struct imapd_listen *line,
    const char *addr)
{
	sigset_t all, before;
	int s[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1) {
		log_warn("listen: socketpair");
		too_many(fd, line);
		return;
	}
	tls_server_rotate(l->tls);
	l->scram = l->conf->auth == IMAPD_AUTH_FILE &&
	    auth_file_scram(l->conf->auth_arg);
	/* No handler of ours runs in the child. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid == 0) {
		signals(0);
		sigprocmask(SIG_SETMASK, &before, NULL);
		close(s[0]);
		be_supervisor(l, fd, s[1], line);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(s[1]);
	if (pid == -1) {
		log_warn("listen: fork");
		close(s[0]);
		too_many(fd, line);
		return;
	}
	close(fd);
	if (children_add(l->children, pid, s[0], addr) == -1) {
		/* Not one that nobody counts. */
		log_warn("listen: pid=%ld", (long)pid);
		close(s[0]);
		(void)kill(pid, SIGKILL);
	}
}

static void
be_supervisor(struct listener *l, int fd, int up,
    const struct imapd_listen *line)
{
	struct supervisor_start ss;

	/* Nothing of the listener's and of other connections stays. */
	close(sigpipe[0]);
	close(sigpipe[1]);
	notify_close();
	pidlock_forget(l->pid);
	l->pid = NULL;
	sockets_close(&l->sockets);
	/* The table is shared with the listener as long as nobody frees it. */
	children_close(l->children);
	inherited = l->children;
	l->children = NULL;
	free(l->pfd);
	l->pfd = NULL;
	memset(&ss, 0, sizeof(ss));
	ss.conf = l->conf;
	ss.listen = line;
	ss.tls = l->tls;
	ss.privs = l->start->privs;
	ss.in = ss.out = fd;
	ss.listener = up;
	ss.scram = l->scram;
	leave(supervisor_run(&ss));
}

/*
 * Not by exit(3): what libraries put away there touches pages that are shared
 * until then, which takes as long as a login.  A sanitizer looks for leaks.
 */
static void
leave(int status)
{
#ifdef CONFINE_SANITIZED
	exit(status);
#else
	_exit(status);
#endif
}

/* Sessions say BYE to their clients at SIGTERM; not all may get to it. */
static void
goodbye(struct listener *l)
{
	struct pollfd pfd;
	int64_t end = login_now() + LISTEN_GOODBYE * 1000, left;

	notify_stopping();
	sockets_close(&l->sockets);
	log_info("listen: shutting down connections=%zu",
	    children_count(l->children));
	children_signal(l->children, SIGTERM);
	pfd.fd = sigpipe[0];
	pfd.events = POLLIN;
	for (;;) {
		drain();
		children_reap(l->children);
		if (children_count(l->children) == 0 ||
		    (left = end - login_now()) <= 0)
			break;
		if (poll(&pfd, 1, (int)left) == -1 && errno != EINTR)
			break;
	}
	if (children_count(l->children) > 0) {
		log_warnx("listen: killing connections=%zu",
		    children_count(l->children));
		children_signal(l->children, SIGKILL);
	}
	log_info("listen: end");
}
