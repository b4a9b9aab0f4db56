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
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/log.h"
#include "imapd/conf.h"
#include "imapd/front.h"
#include "imapd/idx.h"
#include "imapd/login.h"
#include "imapd/peer.h"
#include "imapd/privs.h"
#include "imapd/session.h"
#include "imapd/supervisor.h"
#include "imapd/supervisor_priv.h"
#include "imapd/tls.h"

static int	fork_front(struct supervisor *);
static void	sorry(int);
static void	be_front(struct supervisor *, int)
		    __attribute__((__noreturn__));
static int	take_over(struct supervisor *);
static int	valid_tag(const char *);
static int	valid_method(const char *);
static void	reap_front(struct supervisor *, int);
static void	reap_relay(struct supervisor *);
static void	client_is_fronts(const struct supervisor *);
static int	session(struct supervisor *);

int
supervisor_run(const struct supervisor_start *start)
{
	struct supervisor sv;
	int rv;

	confine_environment();
	/* Nobody types for the terminal that imapd -d was started from. */
	(void)setsid();
	memset(&sv, 0, sizeof(sv));
	sv.start = start;
	sv.front = -1;
	/* All lines of a connection begin with this, indexd's too. */
	sv.mark = arc4random();
	sv.began = login_now();
	log_context("%08x", (unsigned int)sv.mark);
	peer_options(start->in);
	if (supervisor_arrive(&sv) == -1 || fork_front(&sv) == -1) {
		gate_close(&sv.gate);
		sorry(start->out);
		return (1);
	}
	tls_server_wipe(start->tls);
	if ((rv = supervisor_login(&sv)) == 1)
		rv = take_over(&sv);
	if (rv != 1 || !sv.handover.relay)
		reap_front(&sv, rv != 1);
	else
		client_is_fronts(&sv);
	if (rv != 1) {
		idx_forsake(sv.idx);
		free(sv.ahead);
		return (rv == -1);
	}
	gate_close(&sv.gate);
	rv = session(&sv);
	if (sv.handover.relay)
		reap_relay(&sv);
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
	static const char bye[] = "* BYE [UNAVAILABLE] Too many connections; "
	    "try again later\r\n";

	if (write(fd, bye, sizeof(bye) - 1) == -1)
		log_debug("supervisor: write: %s", strerror(errno));
}

static void
be_front(struct supervisor *sv, int fd)
{
	struct front_start fs;
	int fds[3];

	setproctitle("front: %s", sv->addr);
	gate_close(&sv->gate);
	/*
	 * A service manager may signal all processes at once; what the session
	 * or we leave to be said, the front brings to the client.
	 */
	if (signal(SIGTERM, SIG_IGN) == SIG_ERR)
		fatal("front: signal");
	memset(&fs, 0, sizeof(fs));
	fs.in = sv->start->in;
	fs.out = sv->start->out;
	fs.supervisor = fd;
	fs.addr = sv->addr;
	fs.listen = sv->start->listen;
	fs.tls = sv->start->tls;
	fs.conf = sv->start->conf;
	fs.proxied = sv->proxied ? sv->addr : NULL;
	/* A client is not local because its proxy is. */
	fs.local = !sv->proxied && peer_local(fs.in);
	fs.scram = sv->start->scram;
	auth_forget();
	fds[0] = fs.in;
	fds[1] = fs.out;
	fds[2] = fd;
	if (privs_front(sv->start->privs) == -1 ||
	    confine_front(fds, sizeof(fds) / sizeof(fds[0])) == -1)
		_exit(1);
	_exit(front_run(&fs));
}

/*
 * Tells the front, which hands over and ends.  Returns as supervisor_login()
 * does.
 */
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
	got = login_recv(sv->front, h, sizeof(*h), SUPERVISOR_GRACE);
	if (got != 1)
		goto bad;
	h->tag[sizeof(h->tag) - 1] = '\0';
	h->command[sizeof(h->command) - 1] = '\0';
	h->client_id[sizeof(h->client_id) - 1] = '\0';
	h->tls[sizeof(h->tls) - 1] = '\0';
	/* It stands between quotes in the log. */
	for (quote = h->client_id; (quote = strchr(quote, '"')) != NULL; )
		*quote = '\'';
	if (h->aheadlen > LOGIN_AHEAD_MAX || !valid_tag(h->tag) ||
	    !valid_tag(h->command) || !valid_method(h->tls)) {
		log_warnx("supervisor: the front hands over nonsense");
		return (-1);
	}
	if ((sv->ahead = malloc(h->aheadlen + 1)) == NULL) {
		log_warn("supervisor: take over");
		return (-1);
	}
	got = login_recv(sv->front, sv->ahead, h->aheadlen,
	    SUPERVISOR_GRACE);
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

/* It stands between quotes in the log. */
static int
valid_method(const char *s)
{
	const unsigned char *p;

	for (p = (const unsigned char *)s; *p != '\0'; p++) {
		if (*p < 0x20 || *p >= 0x7f || *p == '"')
			return (0);
	}
	return (1);
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
	    login_recv(sv->front, &none, sizeof(none), SUPERVISOR_GRACE) != 0)
		killed = kill(sv->pid, SIGKILL) == 0;
	close(sv->front);
	while ((pid = waitpid(sv->pid, &status, 0)) == -1 && errno == EINTR)
		;
	if (pid == -1)
		log_warn("supervisor: waitpid");
	else if (WIFSIGNALED(status) && !killed) {
		log_warnx("supervisor: login failed address=%s "
		    "reason=front-signal-%d", sv->addr, WTERMSIG(status));
		(void)gate_failed(&sv->gate);
	} else if (alone)
		log_info("supervisor: end without a login address=%s "
		    "seconds=%lld", sv->addr,
		    (long long)((login_now() - sv->began) / 1000));
}

/* With TLS the session talks to the front, and only that to the client. */
static void
client_is_fronts(const struct supervisor *sv)
{
	close(sv->start->in);
	if (sv->start->out != sv->start->in)
		close(sv->start->out);
}

/*
 * The session has ended.  The relay ends when the client has heard all of it,
 * or takes it no more; till then it counts as a connection.
 */
static void
reap_relay(struct supervisor *sv)
{
	int status;
	pid_t pid;

	close(sv->front);
	while ((pid = waitpid(sv->pid, &status, 0)) == -1 && errno == EINTR)
		;
	if (pid == -1)
		log_warn("supervisor: waitpid");
	else if (WIFSIGNALED(status))
		log_warnx("supervisor: the relay was ended by signal %d "
		    "address=%s", WTERMSIG(status), sv->addr);
}

static int
session(struct supervisor *sv)
{
	const struct login_handover *h = &sv->handover;
	const struct supervisor_start *s = sv->start;
	struct session_start ss;
	char word[LOGIN_USER_MAX];

	log_context("%08x %s", (unsigned int)sv->mark,
	    log_word(word, sizeof(word), sv->user.user));
	setproctitle("session: %s %s", sv->user.user, sv->addr);
	log_info("supervisor: login address=%s method=%s%s%s%s ms=%lld "
	    "user=%s", sv->addr, sv->mech, h->tls[0] == '\0' ? "" : " tls=\"",
	    h->tls, h->tls[0] == '\0' ? "" : "\"",
	    (long long)(login_now() - sv->began), sv->user.user);
	memset(&ss, 0, sizeof(ss));
	ss.conf = s->conf;
	ss.idx = sv->idx;
	ss.in = h->relay ? sv->front : s->in;
	ss.out = h->relay ? sv->front : s->out;
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
