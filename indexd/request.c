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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/box.h"
#include "indexd/floor.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/verify.h"

#define ALONE	0x01	/* not in the batch: what is pending goes first */

#define IN_NEW		(1U << PEER_NEW)
#define IN_GREETED	(1U << PEER_GREETED)
#define IN_BOUND	(1U << PEER_BOUND)
#define IN_GATE		(1U << PEER_GATE)
#define IN_CONTROL	(1U << PEER_CONTROL)

#define ROOT		(4 + PROTO_MAXROOT)
#define FOLDER		(4 + PROTO_MAXFOLDER)
#define KEYWORDS	(4 + TABLE_KEYWORDS * (4 + TABLE_KWLEN))
#define SET		(1U << 20)	/* PROTO_MAXRANGES, and what else */
#define LIST		(4U << 20)	/* of UIDs with letters or sizes */

/* What a peer may ask, where, and how long the payload may be. */
static const struct rule {
	uint16_t	 type;
	unsigned int	 phases;
	uint32_t	 max;
	int		 flags;
	enum outcome	(*decide)(struct request *);
} rules[] = {
	{ PROTO_HELLO, IN_NEW, 4, 0, req_hello },
	{ PROTO_BIND, IN_GREETED, 4 + ROOT + 4 + PROTO_MAXUSER + 4 +
	    PROTO_MAXADDRESS + 12, 0, req_bind },
	{ PROTO_RESUME, IN_GREETED, 4 + ROOT + TABLE_IDLEN + PROTO_TOKENLEN,
	    0, req_resume },
	{ PROTO_CONTROL, IN_GREETED, PROTO_MAXSTRANGER - FRAME_HEAD, 0,
	    req_control },
	{ PROTO_ARRIVE, IN_GREETED | IN_GATE, 4 + PROTO_MAXADDRESS + 4, 0,
	    req_arrive },
	{ PROTO_FAILED, IN_GREETED | IN_GATE, 4 + PROTO_MAXADDRESS, 0,
	    req_failed },
	/* control_step() takes them. */
	{ PROTO_INPUT, IN_CONTROL, PROTO_MAXINPUT, 0, NULL },
	{ PROTO_OPEN, IN_BOUND, FOLDER + 2 * TABLE_IDLEN + 17, 0, req_open },
	{ PROTO_CREATE, IN_BOUND, FOLDER + TABLE_IDLEN + 17 + KEYWORDS, ALONE,
	    req_create },
	{ PROTO_ADOPTED, IN_BOUND, 8, 0, req_adopted },
	{ PROTO_MAP, IN_BOUND, 4, 0, req_map },
	{ PROTO_CLOSE, IN_BOUND, 4, 0, req_close },
	{ PROTO_FLOOR, IN_BOUND, 16, 0, req_floor },
	{ PROTO_RENAMED, IN_BOUND, 4 + FOLDER, ALONE, req_renamed },
	{ PROTO_DELETED, IN_BOUND, 4, ALONE, req_deleted },
	{ PROTO_ARM, IN_BOUND, 12, 0, req_arm },
	{ PROTO_RECENT, IN_BOUND, 4, 0, req_recent },
	{ PROTO_FATE, IN_BOUND, 8, 0, req_fate },
	{ PROTO_STORE, IN_BOUND, SET, 0, req_store },
	{ PROTO_EXPUNGE, IN_BOUND, SET, 0, req_expunge },
	{ PROTO_FLIGHT, IN_BOUND, PROTO_MAXFRAME - FRAME_HEAD, 0, req_flight },
	{ PROTO_LAND, IN_BOUND, 8, 0, req_land },
	{ PROTO_APPEND, IN_BOUND, PROTO_MAXFRAME - FRAME_HEAD, 0, req_append },
	{ PROTO_COPY, IN_BOUND, SET, 0, req_copy },
	{ PROTO_REPORT, IN_BOUND, PROTO_MAXFRAME - FRAME_HEAD, 0, req_report },
	{ PROTO_GIVE, IN_BOUND, LIST, 0, req_give },
	{ PROTO_GIVEN, IN_BOUND, LIST, 0, req_given },
	{ PROTO_UNLINKED, IN_BOUND, SET, 0, req_unlinked },
	{ PROTO_SIZES, IN_BOUND, LIST, 0, req_sizes },
	{ PROTO_FORGET, IN_BOUND, SET, 0, req_forget },
	{ PROTO_STAMP, IN_BOUND, 8 + 8 * TABLE_STAMP, 0, req_stamp },
	{ PROTO_LEASE, IN_BOUND, FOLDER, 0, req_lease },
	{ PROTO_REPLACE, IN_BOUND, SET, 0, req_replace },
	{ PROTO_VERIFY, IN_BOUND, 4, 0, req_verify },
	{ PROTO_FIND, IN_BOUND, FOLDER, ALONE, req_find },
	{ PROTO_REPAIRED, IN_BOUND, FOLDER + 4 + REPAIR_TEXT, 0,
	    req_repaired },
	{ PROTO_BRIEF, IN_BOUND, 5 + PROTO_MAXBRIEF * (FOLDER +
	    8 * TABLE_STAMP), 0, req_brief },
	{ PROTO_WATCH, IN_BOUND, 4, 0, req_watch },
	{ PROTO_PASS, IN_BOUND, 8, 0, req_pass },
	{ PROTO_STANDING, IN_BOUND, 16, 0, req_standing },
	{ PROTO_UNWATCH, IN_BOUND, 4, 0, req_unwatch },
	{ PROTO_NAMES, IN_BOUND, 4, 0, req_names },
	{ PROTO_AGREE, IN_BOUND, 13, 0, req_agree },
	{ PROTO_LOOKED, IN_BOUND, 12, 0, req_looked },
	{ PROTO_ATTEND, IN_BOUND, 5, 0, req_attend },
	{ PROTO_GOODBYE, IN_BOUND, 0, 0, req_goodbye },
};
#define NRULES	(sizeof(rules) / sizeof(rules[0]))

static const struct rule *rule_of(const struct peer *, uint16_t);
static struct request *request_new(struct server *);
static void	request_free(struct request *);
static void	answer(struct request *);
static void	finish(struct request *, int);
static void	batch_add(struct request *);

static const struct rule *
rule_of(const struct peer *p, uint16_t type)
{
	size_t i;

	for (i = 0; i < NRULES; i++)
		if (rules[i].type == type &&
		    (rules[i].phases & 1U << p->phase))
			return (&rules[i]);
	return (NULL);
}

uint32_t
request_max(const struct peer *p, uint16_t type)
{
	const struct rule *r = rule_of(p, type);

	return (r == NULL ? 0 : r->max + FRAME_HEAD);
}

static struct request *
request_new(struct server *srv)
{
	struct request *rq;

	if ((rq = calloc(1, sizeof(*rq))) == NULL)
		return (NULL);
	rq->srv = srv;
	rq->fd = -1;
	TAILQ_INIT(&rq->drops);
	TAILQ_INIT(&rq->adds);
	return (rq);
}

static void
request_free(struct request *rq)
{
	frame_free(&rq->reply);
	if (rq->fd != -1)
		close(rq->fd);
	free(rq);
}

struct request *
batch_own(struct server *srv)
{
	struct request *rq;

	if ((rq = request_new(srv)) == NULL)
		return (NULL);
	rq->durable = 1;
	TAILQ_INSERT_TAIL(&srv->batch, rq, entry);
	return (rq);
}

void
request_take(struct peer *p)
{
	struct server *srv = p->srv;
	const struct rule *r = rule_of(p, p->head.type);
	struct request *rq;
	enum outcome o;

	if (r == NULL || (rq = request_new(srv)) == NULL) {
		peer_refuse(p, r == NULL ? "type %u not allowed here" :
		    "no memory for type %u", p->head.type);
		return;
	}
	/* What is sent meanwhile must not have the same message taken again. */
	p->is_busy = 1;
	if (r->flags & ALONE)
		batch_commit(srv);
	log_whose(peer_context, p);
	rq->peer = p;
	rq->session = p->session;
	rq->type = p->head.type;
	rq->number = p->head.number;
	payload_init(&rq->in, p->buf + FRAME_HEAD, p->head.length - FRAME_HEAD);
	srv->stats.requests++;
	srv->stats.kinds[p->head.type < SERVER_KINDS ? p->head.type : 0]++;
	if (p->session != NULL)
		session_asks(srv, p->session);
	o = p->dead ? REQ_DONE : r->decide(rq);
	if (p->phase == PEER_BOUND)
		(void)verify_met(p);
	p->is_busy = 0;
	log_whose(NULL, NULL);
	switch (o) {
	case REQ_DONE:
		peer_consume(p);
		if (rq->durable) {
			batch_add(rq);
		} else {
			answer(rq);
			request_free(rq);
		}
		return;
	case REQ_BAD:
		peer_refuse(p, "bad request of type %u", rq->type);
		break;
	case REQ_HOLD:
		peer_hold(p, rq->box);
		break;
	case REQ_AGAIN:
		peer_check(p);
		break;
	}
	request_free(rq);
}

/* The request is answered with the batch; its session is not waited for. */
static void
batch_add(struct request *rq)
{
	struct server *srv = rq->srv;
	struct session *s = rq->session;

	TAILQ_INSERT_TAIL(&srv->batch, rq, entry);
	if (s == NULL || s->batchno == srv->batchno)
		return;
	if (s->batchno + 1 == srv->batchno && srv->expected > 0)
		srv->expected--;
	s->batchno = srv->batchno;
}

static void
answer(struct request *rq)
{
	struct handle *h;

	if (!rq->has_reply || rq->peer->dead)
		return;
	peer_send(rq->peer, &rq->reply, rq->fd);
	rq->fd = -1;
	if (rq->opened != 0 && !rq->peer->dead &&
	    (h = handle_find(rq->peer, rq->opened)) != NULL)
		handle_told(h);
}

/* The batch that a request was decided in is committed, or error tells why
 * it is not. */
static void
finish(struct request *rq, int error)
{
	uint64_t serial = rq->serial;

	if (error != 0 && rq->changing) {
		reply(rq, PROTO_RESULT);
		frame_put_u64(&rq->reply, serial);
		frame_put_u16(&rq->reply, code_of_errno(error));
		frame_put_u64(&rq->reply, 0);
		frame_put_u32(&rq->reply, 0);
		frame_put_u32(&rq->reply, 0);
		frame_put_u32(&rq->reply, 0);
		frame_put_u32(&rq->reply, 0);
	} else if (error != 0 && rq->has_reply) {
		rq->opened = 0;
		if (rq->fd != -1)
			close(rq->fd);
		rq->fd = -1;
		reply_no(rq, code_of_errno(error), "indexd cannot write its "
		    "journal: %s", strerror(error));
	} else if (rq->changing && !rq->reply.failed &&
	    session_keep_result(rq->session, serial,
	    rq->reply.buf + FRAME_HEAD, rq->reply.len - FRAME_HEAD) == -1) {
		/* It is in the journal: the session may not ask for another. */
		log_warn("request: result");
		peer_refuse(rq->peer, "no memory for its result");
	}
	tickets_committed(rq, error == 0);
	if (rq->peer != NULL)
		answer(rq);
	request_free(rq);
}

void
batch_commit(struct server *srv)
{
	struct request *rq;
	unsigned int answered = 0;
	uint64_t began = 0;
	int error = 0, pending;

	if (engine_pending(srv->engine) || sessions_due(srv))
		sessions_note(srv);
	if ((pending = engine_pending(srv->engine))) {
		srv->stats.batches++;
		began = server_us();
	}
	/* Also if nothing is pending: the engine forgets its marks. */
	if (engine_commit(srv->engine) == -1) {
		error = errno;
		log_warn("request: commit");
	}
	if (pending)
		histogram_add(&srv->stats.commits, server_us() - began);
	sessions_noted(srv, error == 0);
	floors_noted(srv, error == 0);
	while ((rq = TAILQ_FIRST(&srv->batch)) != NULL) {
		TAILQ_REMOVE(&srv->batch, rq, entry);
		if (rq->session != NULL)
			answered++;
		finish(rq, error);
	}
	boxes_published(srv, error == 0);
	if (pending) {
		srv->batchno++;
		srv->expected = answered;
		srv->committed_us = server_us();
	}
}
