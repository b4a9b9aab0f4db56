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

#include "common/log.h"
#include "common/proto.h"
#include "indexd/floor.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/verify.h"
#include "indexd/warn.h"

#define USAGE_TIME	10000		/* ms that a usage is good for */

static void	encode(struct request *, const struct result *);
static void	put_set(struct frame *, const struct uidset *);
static void	failed(struct request *, struct result *, size_t);
static int	noted(struct request *, const struct result *);

/*
 * A changing request: a serial that was decided is answered as it was; else
 * it is decided, and its result goes into the journal with what it changed.
 * What changes nothing needs no note: if it is forgotten, it is decided
 * again, and nobody was told.
 */
enum outcome
decide(struct request *rq, enum outcome (*fn)(struct request *,
    struct result *))
{
	struct session *s = rq->session;
	struct result res;
	enum outcome o;
	size_t mark = engine_mark(rq->srv->engine);

	if (get_u64(&rq->in, &rq->serial) == -1 || rq->serial == 0)
		return (REQ_BAD);
	if (s->has_result && rq->serial <= s->serial) {
		reply(rq, PROTO_RESULT);
		if (rq->serial == s->serial)
			frame_put_bytes(&rq->reply, s->result, s->resultlen);
		else
			reply_no(rq, PROTO_NO_FATE, "an older serial");
		return (REQ_DONE);
	}
	memset(&res, 0, sizeof(res));
	uidset_init(&res.refused, 0);
	uidset_init(&res.done, 0);
	o = fn(rq, &res);
	/* What could not be read may have been decided as not there. */
	if (verify_met(rq->peer) && o != REQ_BAD) {
		o = REQ_DONE;
		res.code = PROTO_NO_DAMAGED;
	}
	if (o == REQ_DONE) {
		if (res.code != 0)
			failed(rq, &res, mark);
		encode(rq, &res);
		if (!noted(rq, &res)) {
			res.code = PROTO_NO_MEMORY;
			failed(rq, &res, mark);
			encode(rq, &res);
		}
		rq->durable = 1;
		rq->changing = 1;
	} else {
		tickets_undo(rq);
		engine_rollback(rq->srv->engine, mark);
	}
	uidset_free(&res.refused);
	uidset_free(&res.done);
	return (o);
}

/* Nothing was changed; its names are cancelled. */
static void
failed(struct request *rq, struct result *res, size_t mark)
{
	uint16_t code = res->code;

	tickets_undo(rq);
	engine_rollback(rq->srv->engine, mark);
	uidset_clear(&res->refused);
	uidset_clear(&res->done);
	res->modseq = 0;
	res->first = res->last = 0;
	res->code = code;
	if (rq->ticket == NULL || rq->ticket->busy)
		return;
	if (ticket_cancel(rq, rq->ticket, NULL) == -1) {
		log_warn("decide: cancel");
		tickets_undo(rq);
		engine_rollback(rq->srv->engine, mark);
		ticket_doom(rq->srv, rq->ticket);
	}
}

static void
put_set(struct frame *f, const struct uidset *set)
{
	size_t i;

	frame_put_u32(f, (uint32_t)set->n);
	for (i = 0; i < set->n; i++) {
		frame_put_u32(f, set->r[i].lo);
		frame_put_u32(f, set->r[i].hi);
	}
}

static void
encode(struct request *rq, const struct result *res)
{
	struct frame *f = &rq->reply;

	reply(rq, PROTO_RESULT);
	frame_put_u64(f, rq->serial);
	frame_put_u16(f, res->code);
	frame_put_u64(f, res->modseq);
	frame_put_u32(f, res->first);
	frame_put_u32(f, res->last);
	put_set(f, &res->refused);
	put_set(f, &res->done);
}

/* Notes the result if the request changed something; 0 if it cannot. */
static int
noted(struct request *rq, const struct result *res)
{
	struct frame *f = &rq->reply;

	if (f->failed || f->len > PROTO_MAXFRAME)
		return (0);
	if (res->modseq == 0 && TAILQ_EMPTY(&rq->drops))
		return (1);
	if (session_note_result(rq->srv, rq->session, f->buf + FRAME_HEAD,
	    f->len - FRAME_HEAD) == -1) {
		log_warn("decide: result");
		return (0);
	}
	return (1);
}

enum outcome
decide_errno(struct request *rq, struct result *res, struct box *box,
    uint32_t uids)
{
	int error = errno;

	res->code = code_of_errno(error);
	if (error == ERANGE) {
		floor_raise(box, uids);
		if (floor_hope(box) && (rq->peer->held_since == 0 ||
		    rq->srv->now - rq->peer->held_since < FLOOR_WAIT)) {
			rq->box = box;
			return (REQ_HOLD);
		}
		log_warnx("decide: floor reached uid=%u folder=%s",
		    (unsigned int)box->binding->uid,
		    mailbox_folder(box->mailbox));
	} else if (error == E2BIG) {
		if (peer_may_log(rq->srv))
			log_warnx("decide: limit reached uid=%u folder=%s",
			    (unsigned int)box->binding->uid,
			    mailbox_folder(box->mailbox));
	} else if (peer_may_log(rq->srv)) {
		errno = error;
		log_warn("decide: type=%u uid=%u folder=%s", rq->type,
		    (unsigned int)box->binding->uid,
		    mailbox_folder(box->mailbox));
	}
	return (REQ_DONE);
}

int
decide_handle(struct request *rq, struct result *res, int write,
    struct handle **h, enum outcome *o)
{
	if (request_handle(rq, write, h, o) == 0)
		return (0);
	if (*o == REQ_DONE)
		res->code = PROTO_NO_GONE;
	return (-1);
}

int
decide_ticket(struct request *rq, struct result *res, struct ticket **tp,
    struct handle **h, enum outcome *o)
{
	struct ticket *t;
	uint64_t number;

	*o = REQ_BAD;
	if (get_u64(&rq->in, &number) == -1)
		return (-1);
	*o = REQ_DONE;
	t = ticket_find(rq->srv, number);
	if (t == NULL || t->cancelled || t->doomed || t->busy ||
	    t->session != rq->session) {
		res->code = PROTO_NO_TICKET;
		return (-1);
	}
	rq->ticket = t;
	if ((*h = handle_of_place(rq->peer, t->place)) == NULL) {
		res->code = PROTO_NO_MAILBOX;
		return (-1);
	}
	*tp = t;
	return (0);
}

int
decide_room(struct request *rq, struct result *res, struct box *box)
{
	struct server *srv = rq->srv;
	struct binding *b = box->binding;
	unsigned int tables;

	if (b->usage_at == 0 || srv->now - b->usage_at >= USAGE_TIME) {
		if (root_usage(srv->engine, b->uid, b->root, &tables,
		    &b->bytes) == -1) {
			log_warn("decide: usage uid=%u", (unsigned int)b->uid);
			return (0);
		}
		b->usage_at = srv->now;
		warn_limit(srv, &b->near_bytes, "bytes", b->bytes,
		    srv->conf->limits.bytes, b);
	}
	if (b->bytes <= srv->conf->limits.bytes)
		return (0);
	if (peer_may_log(srv))
		log_warnx("decide: limit bytes reached uid=%u root=%s",
		    (unsigned int)b->uid, b->root);
	res->code = PROTO_NO_LIMIT;
	return (-1);
}

enum outcome
req_fate(struct request *rq)
{
	struct session *s = rq->session;
	uint64_t serial;

	if (get_u64(&rq->in, &serial) == -1 || frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (!s->has_result || serial != s->serial) {
		reply_no(rq, PROTO_NO_FATE, "never decided");
		return (REQ_DONE);
	}
	reply(rq, PROTO_RESULT);
	frame_put_bytes(&rq->reply, s->result, s->resultlen);
	return (REQ_DONE);
}
