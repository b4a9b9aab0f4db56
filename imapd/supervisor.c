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
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/auth.h"
#include "imapd/conf.h"
#include "imapd/front.h"
#include "imapd/idx.h"
#include "imapd/login.h"
#include "imapd/peer.h"
#include "imapd/privs.h"
#include "imapd/session.h"
#include "imapd/supervisor.h"

#define GRACE		5000		/* ms more than the front takes */
#define BIND_PATIENCE	2000		/* ms until indexd is there */

struct supervisor {
	const struct supervisor_start	*start;
	char			 addr[PEER_MAX];
	int			 front;		/* the front's socket */
	pid_t			 pid;		/* of the front */
	unsigned int		 failures;
	struct auth_answer	 user;
	struct idx		*idx;
	struct login_handover	 handover;
	unsigned char		*ahead;
};

static int	fork_front(struct supervisor *);
static void	sorry(int);
static void	be_front(struct supervisor *, int)
		    __attribute__((__noreturn__));
static int	login(struct supervisor *);
static int	check(struct supervisor *, const struct login_request *);
static int	accepted(struct supervisor *);
static int	may_have_one_more(struct supervisor *);
static int	ended(int);
static struct idx *bind_indexd(const char *, const struct auth_answer *);
static int	failed(struct supervisor *, int, int64_t);
static int	take_over(struct supervisor *);
static int	valid_tag(const char *);
static void	reap_front(struct supervisor *, int);
static int	session(struct supervisor *);

int
supervisor_run(const struct supervisor_start *start)
{
	struct supervisor sv;
	int rv;

	memset(&sv, 0, sizeof(sv));
	sv.start = start;
	sv.front = -1;
	peer_address(start->in, sv.addr, sizeof(sv.addr));
	setproctitle("supervisor: %s", sv.addr);
	log_info("supervisor: connect address=%s", sv.addr);
	peer_options(start->in);
	if (fork_front(&sv) == -1) {
		sorry(start->out);
		return (1);
	}
	rv = login(&sv);
	reap_front(&sv, rv != 1);
	if (rv != 1) {
		idx_forsake(sv.idx);
		free(sv.ahead);
		return (rv == -1);
	}
	if (start->listener != -1)
		close(start->listener);
	rv = session(&sv);
	free(sv.ahead);
	return (rv);
}

static int
fork_front(struct supervisor *sv)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1) {
		log_warn("supervisor: socketpair");
		return (-1);
	}
	if ((sv->pid = fork()) == -1) {
		log_warn("supervisor: fork");
		close(s[0]);
		close(s[1]);
		return (-1);
	}
	if (sv->pid == 0) {
		close(s[0]);
		be_front(sv, s[1]);
	}
	close(s[1]);
	sv->front = s[0];
	return (0);
}

/* RFC 3501 section 7.1.5: a client that gets no greeting gets a BYE. */
static void
sorry(int fd)
{
	static const char bye[] = "* BYE [UNAVAILABLE] The system is too busy; "
	    "try again later\r\n";

	if (write(fd, bye, sizeof(bye) - 1) == -1)
		log_debug("supervisor: write: %s", strerror(errno));
}

static void
be_front(struct supervisor *sv, int fd)
{
	struct front_start fs;

	setproctitle("front: %s", sv->addr);
	if (sv->start->listener != -1)
		close(sv->start->listener);
	memset(&fs, 0, sizeof(fs));
	fs.in = sv->start->in;
	fs.out = sv->start->out;
	fs.supervisor = fd;
	fs.conf = sv->start->conf;
	fs.local = peer_local(fs.in);
	if (privs_front(sv->start->privs) == -1)
		_exit(1);
	_exit(front_run(&fs));
}

/*
 * Answers the front until somebody is logged in.  Returns 1 then, with all
 * that the session needs; 0 if the client has gone; -1 after an error.
 */
static int
login(struct supervisor *sv)
{
	struct login_request req;
	int got, result;
	int64_t began;

	while ((got = login_recv(sv->front, &req, sizeof(req),
	    (int)sv->start->conf->login * 1000 + GRACE)) == 1) {
		began = login_now();
		req.user[sizeof(req.user) - 1] = '\0';
		req.pass[sizeof(req.pass) - 1] = '\0';
		result = check(sv, &req);
		explicit_bzero(&req, sizeof(req));
		if (result == LOGIN_OK)
			return (take_over(sv));
		/* Not even a front that goes on asking has more attempts. */
		if (failed(sv, result, began) == -1 ||
		    sv->failures >= LOGIN_ATTEMPTS)
			return (0);
	}
	if (got == -1)
		log_warn("supervisor: front address=%s", sv->addr);
	return (got);
}

/* Returns an enum login_result. */
static int
check(struct supervisor *sv, const struct login_request *req)
{
	const struct supervisor_start *s = sv->start;
	int closefds[4];

	closefds[0] = s->in;
	closefds[1] = s->out == s->in ? -1 : s->out;
	closefds[2] = s->listener;
	closefds[3] = sv->front;
	auth_ask(s->conf, req, closefds, 4, &sv->user);
	if (sv->user.result == AUTH_OK)
		return (accepted(sv));
	log_info("supervisor: login failed address=%s reason=%s user=%s",
	    sv->addr, auth_reason(sv->user.result),
	    sv->user.result == AUTH_NAME ? "?" : req->user);
	return (sv->user.result == AUTH_ERROR ? LOGIN_UNAVAILABLE :
	    LOGIN_FAILED);
}

/* The password is right; binds to indexd and becomes the user. */
static int
accepted(struct supervisor *sv)
{
	const struct auth_answer *u = &sv->user;

	switch (may_have_one_more(sv)) {
	case 1:
		break;
	case 0:
		log_warnx("supervisor: login refused: limit per-user %u "
		    "address=%s user=%s", sv->start->conf->per_user, sv->addr,
		    u->user);
		return (LOGIN_LIMIT);
	default:
		return (LOGIN_UNAVAILABLE);
	}
	sv->idx = bind_indexd(sv->start->conf->indexd, u);
	if (sv->idx == NULL) {
		log_warn("supervisor: no session without indexd: see that it "
		    "runs and that its socket is %s address=%s user=%s",
		    sv->start->conf->indexd, sv->addr, u->user);
		return (LOGIN_UNAVAILABLE);
	}
	if (privs_session(u->uid, u->gid) == -1) {
		/* Half of it may be done: never a second try. */
		sv->failures = LOGIN_ATTEMPTS;
		return (LOGIN_UNAVAILABLE);
	}
	return (LOGIN_OK);
}

/* The listener counts the connections of a user: 1, 0, or -1 if it is gone. */
static int
may_have_one_more(struct supervisor *sv)
{
	struct login_user msg;
	char ok = 0;
	int got;

	if (sv->start->listener == -1)
		return (1);
	memset(&msg, 0, sizeof(msg));
	(void)strlcpy(msg.user, sv->user.user, sizeof(msg.user));
	if (login_send(sv->start->listener, &msg, sizeof(msg)) == -1) {
		log_warn("supervisor: listener");
		return (-1);
	}
	got = login_recv(sv->start->listener, &ok, sizeof(ok), GRACE);
	if (got != 1) {
		log_warnx("supervisor: the listener is gone");
		return (-1);
	}
	return (ok == 1);
}

/* Whether indexd is not there, or went while it was asked. */
static int
ended(int error)
{
	return (error == ECONNREFUSED || error == ENOENT ||
	    error == ECONNRESET || error == EPIPE);
}

/* An indexd that is just being started again is waited for. */
static struct idx *
bind_indexd(const char *path, const struct auth_answer *u)
{
	int64_t end = login_now() + BIND_PATIENCE;
	struct idx *idx;
	struct pollfd none;

	while ((idx = idx_bind(path, u->uid, u->mailroot)) == NULL &&
	    ended(errno) && login_now() < end)
		(void)poll(&none, 0, 50);
	return (idx);
}

/*
 * Answers so late that guessing takes long, and as late whatever was wrong.
 * Returns 0, or -1 if there is no front any more.
 */
static int
failed(struct supervisor *sv, int result, int64_t began)
{
	struct login_answer ans;
	struct pollfd pfd;
	int64_t left;
	int ready;

	memset(&ans, 0, sizeof(ans));
	ans.result = result;
	ans.last = ++sv->failures >= LOGIN_ATTEMPTS;
	began += (LOGIN_DELAY + (int64_t)sv->failures - 1) * 1000;
	pfd.fd = sv->front;
	pfd.events = POLLIN;
	while ((left = began - login_now()) > 0) {
		/* The front waits for the answer: it has nothing to say. */
		if ((ready = poll(&pfd, 1, (int)left)) == 1)
			return (-1);
		if (ready == -1 && errno != EINTR)
			break;
	}
	return (login_send(sv->front, &ans, sizeof(ans)));
}

/* Tells the front, which hands over and ends.  Returns as login() does. */
static int
take_over(struct supervisor *sv)
{
	struct login_handover *h = &sv->handover;
	struct login_answer ans;
	char *quote;
	int got;

	memset(&ans, 0, sizeof(ans));
	ans.result = LOGIN_OK;
	if (login_send(sv->front, &ans, sizeof(ans)) == -1)
		return (0);
	if ((got = login_recv(sv->front, h, sizeof(*h), GRACE)) != 1)
		goto bad;
	h->tag[sizeof(h->tag) - 1] = '\0';
	h->command[sizeof(h->command) - 1] = '\0';
	h->client_id[sizeof(h->client_id) - 1] = '\0';
	/* It stands between quotes in the log. */
	for (quote = h->client_id; (quote = strchr(quote, '"')) != NULL; )
		*quote = '\'';
	if (h->aheadlen > LOGIN_AHEAD_MAX || !valid_tag(h->tag) ||
	    !valid_tag(h->command)) {
		log_warnx("supervisor: the front hands over nonsense");
		return (-1);
	}
	if ((sv->ahead = malloc(h->aheadlen + 1)) == NULL) {
		log_warn("supervisor: take over");
		return (-1);
	}
	got = login_recv(sv->front, sv->ahead, h->aheadlen, GRACE);
	if (got == 1)
		return (1);
bad:
	if (got == -1)
		log_warn("supervisor: take over address=%s", sv->addr);
	return (got);
}

/* What is sent back to the client has no control character. */
static int
valid_tag(const char *s)
{
	const unsigned char *p;

	for (p = (const unsigned char *)s; *p != '\0'; p++) {
		if (*p <= 0x20 || *p >= 0x7f)
			return (0);
	}
	return (*s != '\0');
}

/* Waits for the front, which ends when we have no more to say. */
static void
reap_front(struct supervisor *sv, int alone)
{
	int status, killed = 0;
	pid_t pid;
	char none;

	/* A BYE on its way to a slow client may take some time. */
	if (shutdown(sv->front, SHUT_WR) == -1 ||
	    login_recv(sv->front, &none, sizeof(none), GRACE) != 0)
		killed = kill(sv->pid, SIGKILL) == 0;
	close(sv->front);
	while ((pid = waitpid(sv->pid, &status, 0)) == -1 && errno == EINTR)
		;
	if (pid == -1)
		log_warn("supervisor: waitpid");
	else if (WIFSIGNALED(status) && !killed)
		log_warnx("supervisor: login failed address=%s "
		    "reason=front-signal-%d", sv->addr, WTERMSIG(status));
	else if (alone)
		log_debug("supervisor: gone without a login address=%s",
		    sv->addr);
}

static int
session(struct supervisor *sv)
{
	const struct supervisor_start *s = sv->start;
	struct session_start ss;

	setproctitle("session: %s %s", sv->user.user, sv->addr);
	log_info("supervisor: login address=%s method=%s user=%s", sv->addr,
	    sv->handover.command, sv->user.user);
	memset(&ss, 0, sizeof(ss));
	ss.conf = s->conf;
	ss.idx = sv->idx;
	ss.in = s->in;
	ss.out = s->out;
	ss.user = sv->user.user;
	ss.home = sv->user.home;
	ss.mailroot = sv->user.mailroot;
	ss.addr = sv->addr;
	ss.client_id = sv->handover.client_id;
	ss.tag = sv->handover.tag;
	ss.command = sv->handover.command;
	ss.ahead = sv->ahead;
	ss.aheadlen = sv->handover.aheadlen;
	return (session_run(&ss));
}
