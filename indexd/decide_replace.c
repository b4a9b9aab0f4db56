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

#include "common/proto.h"
#include "indexd/request.h"
#include "indexd/watch.h"

/*
 * REPLACE (RFC 8508): one batch, and the destination is touched first, so
 * that it is published first: no reader sees neither message.
 */
struct replace {
	struct box	*from;
	struct box	*to;
	struct ticket	*ticket;
	uint32_t	 uid;
};

static enum outcome replace(struct request *, struct result *);
static int	expunge(struct replace *, struct result *);
static int	find(struct replace *, uint64_t *, struct row *);
static enum outcome swap(struct request *, struct result *,
		    struct replace *);

enum outcome
req_replace(struct request *rq)
{
	return (decide(rq, replace));
}

static enum outcome
replace(struct request *rq, struct result *res)
{
	struct replace p;
	struct handle *from, *to;
	enum outcome o;
	uint16_t code;

	memset(&p, 0, sizeof(p));
	if (decide_handle(rq, res, 1, &from, &o) == -1) {
		/* The name is cancelled all the same. */
		code = res->code;
		if (o == REQ_DONE)
			(void)decide_ticket(rq, res, &p.ticket, &to, &o);
		res->code = code;
		return (o);
	}
	if (decide_ticket(rq, res, &p.ticket, &to, &o) == -1)
		return (o);
	if (get_u32(&rq->in, &p.uid) == -1 || p.uid == 0 ||
	    p.ticket->n != 1)
		return (REQ_BAD);
	if (decide_room(rq, res, to->box) == -1)
		return (REQ_DONE);
	p.from = from->box;
	p.to = to->box;
	watch_hear(p.to);
	return (swap(rq, res, &p));
}

static enum outcome
swap(struct request *rq, struct result *res, struct replace *p)
{
	struct row row;
	uint64_t pos;
	int r;

	if ((r = find(p, &pos, &row)) == -1)
		return (decide_errno(rq, res, p->from, 0));
	if (r == 0) {
		if (uidset_add(&res->refused, p->uid) == -1 ||
		    ticket_cancel(rq, p->ticket, NULL) == -1)
			return (decide_errno(rq, res, p->to, 0));
		return (REQ_DONE);
	}
	box_touch(p->to);
	if (mailbox_next_modseq(p->to->mailbox, &res->modseq) == -1)
		return (decide_errno(rq, res, p->to, 1));
	if (append_one(rq, res, p->to, p->ticket->names[0]->name) == -1)
		return (errno == EPROTO ? REQ_BAD :
		    decide_errno(rq, res, p->to, 1));
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (expunge(p, res) == -1)
		return (decide_errno(rq, res, p->from, 0));
	if (ticket_change(rq, p->ticket, NULL) == -1)
		return (decide_errno(rq, res, p->to, 0));
	return (REQ_DONE);
}

/* The row of the old message: 1, or 0 if it is gone. */
static int
find(struct replace *p, uint64_t *pos, struct row *row)
{
	struct mailbox *mb = p->from->mailbox;

	*pos = mailbox_find(mb, p->uid);
	if (*pos >= mailbox_rows(mb))
		return (0);
	if (mailbox_row(mb, *pos, row) == -1)
		return (-1);
	return (row->uid == p->uid && !(row->flags & ROW_EXPUNGED));
}

static int
expunge(struct replace *p, struct result *res)
{
	struct mailbox *mb = p->from->mailbox;
	uint64_t pos, modseq = res->modseq;
	struct row row;

	box_touch(p->from);
	if (p->from != p->to && mailbox_next_modseq(mb, &modseq) == -1)
		return (-1);
	errno = EBADMSG;
	if (find(p, &pos, &row) != 1)
		return (-1);
	row.flags |= ROW_EXPUNGED | ROW_FILE;
	row.modseq = modseq;
	if (mailbox_put(mb, pos, &row, NULL) == -1 ||
	    mailbox_changed(mb, CHANGE_EXPUNGE, modseq, pos, 0, 0) == -1)
		return (-1);
	return (uidset_add(&res->done, p->uid));
}
