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

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/arrive.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/warn.h"

#define KEYLEN	32			/* of engine_key() */

static int	token_make(const struct request *, const struct session *,
		    uint8_t *);
static enum outcome bound(struct request *, struct session *);
static enum outcome may_not(struct request *, uint16_t, const char *);
static void	near(const struct request *, struct session *, uint32_t);
static int	full(struct request *, const struct binding *,
		    const struct session_who *, uint32_t);

int
request_trusted(const struct request *rq)
{
	return (rq->peer->uid == 0 || rq->peer->uid == rq->srv->uid);
}

enum outcome
req_hello(struct request *rq)
{
	uint32_t version;

	if (get_u32(&rq->in, &version) == -1 || frame_end(&rq->in) == -1)
		return (REQ_BAD);
	/* Who cannot speak this version sees it in the answer, and goes. */
	if (version == PROTO_VERSION)
		peer_phase(rq->peer, PEER_GREETED);
	reply(rq, PROTO_WELCOME);
	frame_put_u32(&rq->reply, PROTO_VERSION);
	frame_put_bytes(&rq->reply, engine_id(rq->srv->engine), TABLE_IDLEN);
	return (REQ_DONE);
}

/*
 * The token that brings a session back: a MAC over who it is, under a key
 * that only indexd has.
 */
static int
token_make(const struct request *rq, const struct session *s,
    uint8_t *token)
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct frame f;
	int r = -1;

	frame_init(&f, PROTO_BOUND, 0);
	frame_put_u32(&f, (uint32_t)s->binding->uid);
	frame_put_str(&f, s->binding->root);
	frame_put_bytes(&f, s->id, sizeof(s->id));
	if (!f.failed && HMAC(EVP_sha256(), engine_key(rq->srv->engine),
	    KEYLEN, f.buf, f.len, mac, &len) != NULL &&
	    len == PROTO_TOKENLEN) {
		memcpy(token, mac, PROTO_TOKENLEN);
		r = 0;
	}
	frame_free(&f);
	return (r);
}

static enum outcome
may_not(struct request *rq, uint16_t code, const char *why)
{
	if (peer_count_refusal(rq->srv))
		log_warnx("bind: refused uid=%u pid=%ld: %s",
		    (unsigned int)rq->peer->uid, (long)rq->peer->pid, why);
	reply_no(rq, code, "%s", why);
	return (REQ_DONE);
}

/* The connection is the session's. */
static enum outcome
bound(struct request *rq, struct session *s)
{
	uint8_t token[PROTO_TOKENLEN];

	if (token_make(rq, s, token) == -1)
		return (may_not(rq, PROTO_NO_TOKEN, "no token can be made"));
	session_attach(s, rq->peer);
	arrive_hold(rq->peer, s->address);
	peer_phase(rq->peer, PEER_BOUND);
	log_debug("bind: uid=%u root=%s pid=%ld address=%s user=%s",
	    (unsigned int)s->binding->uid, s->binding->root,
	    (long)s->pid, s->address, s->served->name);
	reply(rq, PROTO_BOUND);
	frame_put_bytes(&rq->reply, s->id, sizeof(s->id));
	frame_put_bytes(&rq->reply, token, sizeof(token));
	explicit_bzero(token, sizeof(token));
	return (REQ_DONE);
}

/* Whether a limit allows no session more; then the answer is given. */
static int
full(struct request *rq, const struct binding *b,
    const struct session_who *who, uint32_t per_user)
{
	const struct indexd_limits *l = &rq->srv->conf->limits;

	if (b->connections >= l->connections) {
		if (peer_may_log(rq->srv))
			log_warnx("bind: limit connections reached uid=%u "
			    "root=%s", (unsigned int)b->uid, b->root);
		reply_no(rq, PROTO_NO_LIMIT,
		    "limit connections %llu is reached",
		    (unsigned long long)l->connections);
		return (1);
	}
	/* Who asks for it logs it. */
	if (per_user == 0 ||
	    served_connections(rq->srv, who->user) < per_user)
		return (0);
	reply_no(rq, PROTO_NO_USER, "limit per-user %u is reached",
	    (unsigned int)per_user);
	return (1);
}

/* Limits that will soon be met. */
static void
near(const struct request *rq, struct session *s, uint32_t per_user)
{
	struct server *srv = rq->srv;
	struct served *u = s->served;
	struct binding *b = s->binding;

	if (near_limit(&u->near, u->connections, per_user,
	    (int64_t)srv->now) && peer_may_log(srv))
		log_warnx("bind: limit per-user %u is near: now=%u user=%s",
		    (unsigned int)per_user, u->connections, u->name);
	warn_limit(srv, &b->near_connections, "connections", b->connections,
	    srv->conf->limits.connections, b);
}

enum outcome
req_bind(struct request *rq)
{
	char root[PROTO_MAXROOT + 1];
	struct session_who who;
	struct binding *b;
	struct session *s;
	enum outcome o = REQ_DONE;
	uint32_t uid, per_user;

	if (get_u32(&rq->in, &uid) == -1 ||
	    get_str(&rq->in, root, sizeof(root)) == -1 ||
	    get_str(&rq->in, who.user, sizeof(who.user)) == -1 ||
	    get_str(&rq->in, who.address, sizeof(who.address)) == -1 ||
	    get_u32(&rq->in, &who.pid) == -1 ||
	    get_u32(&rq->in, &per_user) == -1 ||
	    get_u32(&rq->in, &who.mark) == -1 ||
	    frame_end(&rq->in) == -1 || root[0] != '/')
		return (REQ_BAD);
	if (!request_trusted(rq)) {
		/* Nothing but an attack, or a wrong installation, does this. */
		peer_refuse(rq->peer, "may not bind");
		return (REQ_BAD);
	}
	if ((b = binding_get(rq->srv, (uid_t)uid, root)) == NULL) {
		reply_errno(rq, errno);
		return (REQ_DONE);
	}
	if (full(rq, b, &who, per_user)) {
		binding_put(rq->srv, b);
		return (o);
	}
	if ((s = session_new(rq->srv, (uid_t)uid, root, &who)) == NULL) {
		reply_errno(rq, errno);
	} else {
		o = bound(rq, s);
		near(rq, s, per_user);
		if (s->peer == NULL)
			session_end(rq->srv, s);
		/* What it was told must bring it back after a restart. */
		rq->durable = 1;
	}
	binding_put(rq->srv, b);
	return (o);
}

enum outcome
req_resume(struct request *rq)
{
	uint8_t id[TABLE_IDLEN], token[PROTO_TOKENLEN], good[PROTO_TOKENLEN];
	char root[PROTO_MAXROOT + 1];
	struct session *s;
	uint32_t uid;

	if (get_u32(&rq->in, &uid) == -1 ||
	    get_str(&rq->in, root, sizeof(root)) == -1 ||
	    get_bytes(&rq->in, id, sizeof(id)) == -1 ||
	    get_bytes(&rq->in, token, sizeof(token)) == -1 ||
	    frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (!request_trusted(rq) && rq->peer->uid != (uid_t)uid)
		return (may_not(rq, PROTO_NO_TOKEN,
		    "the token is another user's"));
	s = session_find(rq->srv, id);
	if (s == NULL || s->binding->uid != (uid_t)uid ||
	    strcmp(s->binding->root, root) != 0)
		return (may_not(rq, PROTO_NO_SESSION, "no such session"));
	if (token_make(rq, s, good) == -1 ||
	    CRYPTO_memcmp(token, good, sizeof(good)) != 0)
		return (may_not(rq, PROTO_NO_TOKEN, "the token is wrong"));
	/* Its old connection may have ended in this very turn. */
	if (s->peer != NULL && s->peer->dead) {
		s->peer->session = NULL;
		session_detach(rq->srv, s);
	}
	if (s->peer != NULL)
		return (may_not(rq, PROTO_NO_TOKEN,
		    "the session is connected"));
	rq->srv->stats.resumed++;
	return (bound(rq, s));
}

enum outcome
req_goodbye(struct request *rq)
{
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	reply_ok(rq);
	session_end(rq->srv, rq->session);
	rq->session = NULL;
	peer_phase(rq->peer, PEER_OVER);
	return (REQ_DONE);
}
