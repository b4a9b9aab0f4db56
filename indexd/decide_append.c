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

#include "common/maildir.h"
#include "common/proto.h"
#include "indexd/request.h"
#include "indexd/watch.h"
#include "indexd/sessions.h"

static struct ticket *flight_read(struct request *, struct place *, int *);
static struct ticket *same_flight(struct request *, const struct ticket *);
static enum outcome append(struct request *, struct result *);

/* The ticket of a FLIGHT; NULL with *error set, EPROTO if it is malformed. */
static struct ticket *
flight_read(struct request *rq, struct place *pl, int *error)
{
	char name[TABLE_NAMELEN + 1];
	struct maildir_name mn;
	struct ticket *t;
	uint32_t n;

	*error = EPROTO;
	/* A name has five octets or more: no memory for what is not there. */
	if (get_u32(&rq->in, &n) == -1 || n == 0 || n > PROTO_MAXFLIGHT ||
	    n > (size_t)(rq->in.end - rq->in.p) / 5)
		return (NULL);
	if ((t = ticket_new(pl, n)) == NULL) {
		*error = ENOMEM;
		return (NULL);
	}
	while (n-- > 0) {
		if (get_str(&rq->in, name, sizeof(name)) == -1 ||
		    maildir_parse(name, &mn) == -1 ||
		    name[mn.base] != '\0')
			goto out;
		if (ticket_name(t, name) == -1) {
			*error = ENOMEM;
			goto out;
		}
	}
	if (frame_end(&rq->in) == -1)
		goto out;
	t->session = rq->session;
	memcpy(t->owner, rq->session->id, sizeof(t->owner));
	return (t);
out:
	ticket_free(rq->srv, t);
	return (NULL);
}

/* A ticket of this session with the very same names: its answer was lost. */
static struct ticket *
same_flight(struct request *rq, const struct ticket *t)
{
	struct flight_name *f = place_name(t->place, t->names[0]->name);
	struct ticket *old = f == NULL ? NULL : f->ticket;
	uint32_t i;

	if (old == NULL || old->session != rq->session || old->cancelled ||
	    old->doomed || old->busy || old->n != t->n)
		return (NULL);
	for (i = 0; i < t->n; i++)
		if (strcmp(old->names[i]->name, t->names[i]->name) != 0)
			return (NULL);
	return (old);
}

enum outcome
req_flight(struct request *rq)
{
	struct server *srv = rq->srv;
	struct handle *h;
	struct ticket *t, *old;
	size_t mark = engine_mark(srv->engine);
	enum outcome o;
	uint32_t i;
	int error;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (box_place(h->box) == -1) {
		reply_errno(rq, ENOMEM);
		return (REQ_DONE);
	}
	if ((t = flight_read(rq, h->box->place, &error)) == NULL) {
		if (error == EPROTO)
			return (REQ_BAD);
		reply_errno(rq, error);
		return (REQ_DONE);
	}
	if ((old = same_flight(rq, t)) != NULL) {
		ticket_free(srv, t);
		reply(rq, PROTO_FLYING);
		frame_put_u64(&rq->reply, old->number);
		return (REQ_DONE);
	}
	for (i = 0; i < t->n; i++)
		if (place_name(t->place, t->names[i]->name) != NULL)
			break;
	if (i < t->n) {
		ticket_free(srv, t);
		reply_no(rq, PROTO_NO_TICKET, "a name is in flight already");
		return (REQ_DONE);
	}
	if (rq->session->tickets >= FLIGHT_SESSION ||
	    rq->session->binding->names + t->n > FLIGHT_BINDING) {
		ticket_free(srv, t);
		reply_no(rq, PROTO_NO_LIMIT, "too many names in flight");
		return (REQ_DONE);
	}
	do
		arc4random_buf(&t->number, sizeof(t->number));
	while (t->number == 0 || ticket_find(srv, t->number) != NULL);
	reply(rq, PROTO_FLYING);
	frame_put_u64(&rq->reply, t->number);
	rq->durable = 1;
	if (ticket_change(rq, NULL, t) == -1) {
		error = errno;
		engine_rollback(srv->engine, mark);
		reply_errno(rq, error);
	}
	return (REQ_DONE);
}

enum outcome
req_land(struct request *rq)
{
	size_t mark = engine_mark(rq->srv->engine);
	struct ticket *t;
	uint64_t number;
	int error;

	if (get_u64(&rq->in, &number) == -1 || frame_end(&rq->in) == -1)
		return (REQ_BAD);
	t = ticket_find(rq->srv, number);
	reply_ok(rq);
	if (t == NULL || t->session != rq->session || t->cancelled || t->busy)
		return (REQ_DONE);
	rq->durable = 1;
	if (ticket_change(rq, t, NULL) == -1) {
		error = errno;
		tickets_undo(rq);
		engine_rollback(rq->srv->engine, mark);
		reply_errno(rq, error);
	}
	return (REQ_DONE);
}

enum outcome
req_forget(struct request *rq)
{
	size_t mark = engine_mark(rq->srv->engine);
	struct handle *h;
	enum outcome o;
	int error;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	reply_ok(rq);
	rq->durable = 1;
	if (flight_forget(rq, h->box->place) == -1) {
		error = errno;
		tickets_undo(rq);
		engine_rollback(rq->srv->engine, mark);
		if (error == EPROTO)
			return (REQ_BAD);
		reply_errno(rq, error);
		return (REQ_DONE);
	}
	if (h->box->place != NULL && h->box->place->courier == h)
		rq->courier = h->box->place;
	return (REQ_DONE);
}

enum outcome
req_append(struct request *rq)
{
	return (decide(rq, append));
}

static enum outcome
append(struct request *rq, struct result *res)
{
	struct ticket *t;
	struct handle *h;
	enum outcome o;
	uint32_t i, n;

	if (decide_ticket(rq, res, &t, &h, &o) == -1)
		return (o);
	if (get_u32(&rq->in, &n) == -1 || n != t->n)
		return (REQ_BAD);
	if (decide_room(rq, res, h->box) == -1)
		return (REQ_DONE);
	watch_hear(h->box);
	box_touch(h->box);
	if (mailbox_next_modseq(h->box->mailbox, &res->modseq) == -1)
		return (decide_errno(rq, res, h->box, n));
	for (i = 0; i < n; i++)
		if (append_one(rq, res, h->box, t->names[i]->name) == -1)
			return (errno == EPROTO ? REQ_BAD :
			    decide_errno(rq, res, h->box, n));
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (ticket_change(rq, t, NULL) == -1)
		return (decide_errno(rq, res, h->box, 0));
	return (REQ_DONE);
}

/* One message, as the payload has it next; -1 with errno. */
int
append_one(struct request *rq, struct result *res, struct box *box,
    const char *name)
{
	struct mailbox *mb = box->mailbox;
	struct keywords kw;
	struct row row;
	uint64_t date;
	int r;

	memset(&row, 0, sizeof(row));
	errno = EPROTO;
	if (get_u32(&rq->in, &row.fletters) == -1 ||
	    get_size(&rq->in, &row.size) == -1 ||
	    get_vsize(&rq->in, &row.vsize) == -1 ||
	    get_u64(&rq->in, &date) == -1 ||
	    get_u16(&rq->in, &row.flags) == -1 || row.flags & ~FLAG_SYSTEM)
		return (-1);
	row.internaldate = (int64_t)date;
	row.savedate = maildir_savedate(name);
	row.modseq = res->modseq;
	if (keywords_get(&rq->in, mb, &kw) == -1)
		return (-1);
	r = keywords_add(mb, &kw);
	row.keywords = kw.bits;
	keywords_free(&kw);
	if (r == -1 || mailbox_append(mb, &row, name) == -1)
		return (-1);
	watch_settled(box, row.uid);
	if (res->first == 0)
		res->first = row.uid;
	res->last = row.uid;
	return (mailbox_changed(mb, CHANGE_NEW, res->modseq,
	    mailbox_rows(mb) - 1, 0, 0));
}
