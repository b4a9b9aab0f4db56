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

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/tally.h"
#include "imapd/conf.h"
#include "imapd/idx.h"
#include "imapd/privs.h"
#include "imapd/supervisor.h"
#include "imapd/supervisor_priv.h"

#define BIND_PATIENCE	2000		/* ms until indexd is there */

/* What is no enum login_result. */
#define NOTHING		(-1)		/* there is nothing to answer */
#define NONSENSE	(-2)		/* a front that is not to be trusted */

static int	request(struct supervisor *, const struct login_request *);
static int	may_be_external(const struct supervisor_start *);
static int	sane(const struct login_request *);
static int	check(struct supervisor *, const struct login_request *);
static int	go_on(struct supervisor *);
static int	accepted(struct supervisor *);
static int	ended(int);
static struct idx *bind_indexd(const struct supervisor *);
static int	limit(const struct supervisor *);
static int	failed(struct supervisor *, int, int64_t);

int
supervisor_login(struct supervisor *sv)
{
	struct login_request req;
	int got, result = NOTHING;
	int64_t began;

	sv->exchange.fd = -1;
	while ((got = login_recv(sv->front, &req, sizeof(req),
	    (int)sv->start->conf->login * 1000 + SUPERVISOR_GRACE)) == 1) {
		began = login_now();
		if (req.kind == LOGIN_ADDRESS) {
			if (supervisor_address(sv, &req) == -1)
				return (0);
			continue;
		}
		req.user[sizeof(req.user) - 1] = '\0';
		req.pass[sizeof(req.pass) - 1] = '\0';
		req.mech[sizeof(req.mech) - 1] = '\0';
		result = request(sv, &req);
		explicit_bzero(&req, sizeof(req));
		if (result == LOGIN_OK || result == NONSENSE)
			break;
		if (result == NOTHING)
			continue;
		if (result == LOGIN_CONTINUE) {
			if (go_on(sv) == -1)
				break;
			continue;
		}
		/* Not even a front that goes on asking has more attempts. */
		if (failed(sv, result, began) == -1 ||
		    sv->failures >= LOGIN_ATTEMPTS)
			break;
	}
	auth_cancel(&sv->exchange);
	auth_forget();
	if (got == -1)
		log_warn("supervisor: front address=%s", sv->addr);
	if (result == NONSENSE)
		log_warnx("supervisor: the front asks for nonsense address=%s",
		    sv->addr);
	if (got == 1)
		got = result == LOGIN_OK ? 1 : result == NONSENSE ? -1 : 0;
	return (got);
}

/* Returns an enum login_result, NOTHING to answer, or NONSENSE. */
static int
request(struct supervisor *sv, const struct login_request *req)
{
	int pending = sv->exchange.fd != -1;

	if (!sane(req))
		return (NONSENSE);
	switch (req->kind) {
	case LOGIN_EXTERNAL:
		if (!may_be_external(sv->start))
			return (NONSENSE);
		/* FALLTHROUGH */
	case LOGIN_PASSWORD:
		return (pending ? NONSENSE : check(sv, req));
	case LOGIN_SASL:
		if (strcmp(req->mech, "SCRAM-SHA-256") != 0 &&
		    strcmp(req->mech, "SCRAM-SHA-256-PLUS") != 0)
			return (NONSENSE);
		/* Each exchange tells a salt. */
		if (!pending && ++sv->exchanges > LOGIN_EXCHANGES)
			return (NONSENSE);
		return (check(sv, req));
	case LOGIN_CANCEL:
		auth_cancel(&sv->exchange);
		return (pending ? NOTHING : NONSENSE);
	default:
		return (NONSENSE);
	}
}

/*
 * It is the front that looks at certificates, and is believed: only where
 * there can be some.
 */
static int
may_be_external(const struct supervisor_start *s)
{
	return (s->conf->client_ca != NULL && s->conf->ncerts > 0 &&
	    (s->listen == NULL || s->listen->tls != IMAPD_TLS_NONE));
}

/* It is logged, and lengths are of arrays. */
static int
sane(const struct login_request *req)
{
	const unsigned char *p;

	for (p = (const unsigned char *)req->mech; *p != '\0'; p++) {
		if (!isalnum(*p) && *p != '-')
			return (0);
	}
	return (req->exporterlen <= LOGIN_BINDING_MAX &&
	    req->endpointlen <= LOGIN_BINDING_MAX);
}

/* Returns an enum login_result. */
static int
check(struct supervisor *sv, const struct login_request *req)
{
	const struct supervisor_start *s = sv->start;
	struct auth_start as;
	int closefds[5];

	(void)strlcpy(sv->mech, req->mech, sizeof(sv->mech));
	if (sv->exchange.fd != -1)
		auth_next(&sv->exchange, req, &sv->user);
	else {
		closefds[0] = s->in;
		closefds[1] = s->out == s->in ? -1 : s->out;
		closefds[2] = s->listener;
		closefds[3] = sv->front;
		closefds[4] = sv->gate.indexd;
		as.conf = s->conf;
		as.addr = sv->addr;
		as.closefds = closefds;
		as.nclose = sizeof(closefds) / sizeof(closefds[0]);
		as.here = 0;
		auth_ask(&as, req, &sv->exchange, &sv->user);
	}
	switch (sv->user.result) {
	case AUTH_OK:
		return (accepted(sv));
	case AUTH_CONTINUE:
		return (LOGIN_CONTINUE);
	default:
		break;
	}
	log_info("supervisor: login failed address=%s reason=%s user=%s",
	    sv->addr, auth_reason(sv->user.result),
	    sv->user.user[0] == '\0' ? "?" : sv->user.user);
	return (sv->user.result == AUTH_ERROR ? LOGIN_UNAVAILABLE :
	    LOGIN_FAILED);
}

/* A step of an exchange: the text goes to the client.  0, or -1. */
static int
go_on(struct supervisor *sv)
{
	struct login_answer ans;

	memset(&ans, 0, sizeof(ans));
	ans.result = LOGIN_CONTINUE;
	(void)strlcpy(ans.text, sv->user.text, sizeof(ans.text));
	explicit_bzero(sv->user.text, sizeof(sv->user.text));
	return (login_send(sv->front, &ans, sizeof(ans)));
}

/* The password is right; binds to indexd and becomes the user. */
static int
accepted(struct supervisor *sv)
{
	const struct auth_answer *u = &sv->user;

	switch (gate_user(&sv->gate, u->user)) {
	case GATE_OK:
		break;
	case GATE_FULL:
		return (limit(sv));
	default:
		return (LOGIN_UNAVAILABLE);
	}
	sv->idx = bind_indexd(sv);
	if (sv->idx == NULL && errno == EUSERS)
		return (limit(sv));
	if (sv->idx == NULL && errno == E2BIG) {
		log_warnx("supervisor: login refused: a limit of indexd.conf, "
		    "as said before address=%s user=%s", sv->addr, u->user);
		(void)gate_user(&sv->gate, "");
		return (LOGIN_LIMIT);
	}
	if (sv->idx == NULL) {
		log_warn("supervisor: no session without indexd: see that it "
		    "runs and that its socket is %s address=%s user=%s",
		    sv->start->conf->indexd, sv->addr, u->user);
		(void)gate_user(&sv->gate, "");
		return (LOGIN_UNAVAILABLE);
	}
	if (privs_session(u->uid, u->gid) == -1) {
		/* Half of it may be done: never a second try. */
		sv->failures = LOGIN_ATTEMPTS;
		return (LOGIN_UNAVAILABLE);
	}
	return (LOGIN_OK);
}

static int
limit(const struct supervisor *sv)
{
	log_warnx("supervisor: login refused: limit per-user %u address=%s "
	    "user=%s", sv->start->conf->per_user, sv->addr, sv->user.user);
	return (LOGIN_LIMIT);
}

/* Whether indexd is not there, or went while it was asked. */
static int
ended(int error)
{
	return (error == ECONNREFUSED || error == ENOENT ||
	    error == ECONNRESET || error == EPIPE);
}

/*
 * An indexd that is just being started again is waited for.  Without a
 * listener it counts the connections of a user.
 */
static struct idx *
bind_indexd(const struct supervisor *sv)
{
	const struct imapd_conf *conf = sv->start->conf;
	const struct auth_answer *u = &sv->user;
	int64_t end = login_now() + BIND_PATIENCE;
	struct idx_who who;
	struct idx *idx;
	struct pollfd none;

	memset(&who, 0, sizeof(who));
	who.user = u->user;
	who.address = sv->addr;
	who.mark = sv->mark;
	if (sv->start->listener == -1)
		who.per_user = conf->per_user;
	while ((idx = idx_bind(conf->indexd, u->uid, u->mailroot, &who)) ==
	    NULL && ended(errno) && login_now() < end)
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
	unsigned int delay = TALLY_DELAY;
	int64_t left;
	int ready;

	memset(&ans, 0, sizeof(ans));
	ans.result = result;
	ans.last = ++sv->failures >= LOGIN_ATTEMPTS;
	/* Only what may be a guess counts. */
	if (result == LOGIN_FAILED)
		delay = gate_failed(&sv->gate);
	began += delay;
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
