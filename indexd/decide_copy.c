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

/*
 * COPY (RFC 3501 section 6.4.7) and MOVE (RFC 6851).  A MOVE is one batch
 * for both mailboxes, and the destination is touched first, so that it is
 * published first: no reader sees the message in neither.
 */
#define BIT_UNKNOWN	-1		/* not asked for yet */

struct copy {
	struct box	*from;
	struct box	*to;
	struct ticket	*ticket;
	int		 move;
	uint32_t	 n;
	uint8_t		*lost;		/* name i was not taken */
	signed char	 bits[TABLE_KEYWORDS];	/* source's to destination's */
};

static enum outcome copy(struct request *, struct result *);
static enum outcome copy_all(struct request *, struct result *,
		    struct copy *);
static int	copy_one(struct request *, struct result *, struct copy *,
		    uint32_t);
static int	source(struct copy *, uint32_t, uint64_t *, struct row *);
static int	map_keywords(struct copy *, uint64_t, uint64_t *);
static int	append_row(struct copy *, struct result *, const char *,
		    const struct row *, uint32_t);
static int	expunge_taken(struct copy *, struct result *);

enum outcome
req_copy(struct request *rq)
{
	return (decide(rq, copy));
}

static enum outcome
copy(struct request *rq, struct result *res)
{
	struct copy c;
	struct handle *from, *to;
	enum outcome o;
	uint16_t code;
	uint8_t move;

	memset(&c, 0, sizeof(c));
	memset(c.bits, BIT_UNKNOWN, sizeof(c.bits));
	if (decide_handle(rq, res, 0, &from, &o) == -1) {
		/* The names are cancelled all the same. */
		code = res->code;
		if (o == REQ_DONE)
			(void)decide_ticket(rq, res, &c.ticket, &to, &o);
		res->code = code;
		return (o);
	}
	if (decide_ticket(rq, res, &c.ticket, &to, &o) == -1)
		return (o);
	if (get_u8(&rq->in, &move) == -1 || move > 1 ||
	    (move && !from->write) || get_u32(&rq->in, &c.n) == -1 ||
	    c.n != c.ticket->n)
		return (REQ_BAD);
	if (decide_room(rq, res, to->box) == -1)
		return (REQ_DONE);
	c.from = from->box;
	c.to = to->box;
	c.move = move;
	if ((c.lost = calloc(c.n, 1)) == NULL)
		return (decide_errno(rq, res, c.to, 0));
	o = copy_all(rq, res, &c);
	free(c.lost);
	return (o);
}

static enum outcome
copy_all(struct request *rq, struct result *res, struct copy *c)
{
	uint32_t i;

	watch_hear(c->to);
	for (i = 0; i < c->n; i++) {
		if (copy_one(rq, res, c, i) == 0)
			continue;
		if (errno == EPROTO)
			return (REQ_BAD);
		if (errno == EAGAIN)
			return (REQ_AGAIN);
		return (decide_errno(rq, res, c->to, c->n));
	}
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (c->move && res->modseq != 0 && expunge_taken(c, res) == -1)
		return (decide_errno(rq, res, c->from, 0));
	if (ticket_cancel(rq, c->ticket, c->lost) == -1)
		return (decide_errno(rq, res, c->to, 0));
	return (REQ_DONE);
}

/* The message's row in the source: 1, or 0 if it cannot be taken. */
static int
source(struct copy *c, uint32_t uid, uint64_t *pos, struct row *row)
{
	struct mailbox *mb = c->from->mailbox;

	*pos = mailbox_find(mb, uid);
	if (*pos >= mailbox_rows(mb))
		return (0);
	if (mailbox_row(mb, *pos, row) == -1)
		return (-1);
	if (row->uid != uid)
		return (0);
	return (!c->move || !(row->flags & ROW_EXPUNGED));
}

static int
copy_one(struct request *rq, struct result *res, struct copy *c, uint32_t i)
{
	uint32_t uid, letters;
	struct row row;
	uint64_t pos;
	int r;

	errno = EPROTO;
	if (get_u32(&rq->in, &uid) == -1 || get_u32(&rq->in, &letters) == -1 ||
	    uid == 0 || uidset_contains(&res->done, uid) ||
	    uidset_contains(&res->refused, uid))
		return (-1);
	if ((r = source(c, uid, &pos, &row)) == -1)
		return (-1);
	if (r == 0) {
		c->lost[i] = 1;
		return (uidset_add(&res->refused, uid));
	}
	if (append_row(c, res, c->ticket->names[i]->name, &row,
	    letters) == -1)
		return (-1);
	return (uidset_add(&res->done, uid));
}

/* The keywords of a source's row as bits of the destination. */
static int
map_keywords(struct copy *c, uint64_t bits, uint64_t *mapped)
{
	char name[TABLE_KWLEN + 1];
	unsigned int i;
	int bit;

	*mapped = 0;
	for (i = 0; i < TABLE_KEYWORDS; i++) {
		if (!(bits & UINT64_C(1) << i))
			continue;
		if (c->bits[i] == BIT_UNKNOWN) {
			if (table_keyword(mailbox_table(c->from->mailbox), i,
			    name) == -1) {
				/* Not published yet: after the commit. */
				if (errno == ENOENT && c->from->touched)
					errno = EAGAIN;
				return (-1);
			}
			if ((bit = mailbox_keyword(c->to->mailbox,
			    name)) == -1 &&
			    (bit = mailbox_add_keyword(c->to->mailbox,
			    name)) == -1)
				return (-1);
			c->bits[i] = (signed char)bit;
		}
		*mapped |= UINT64_C(1) << c->bits[i];
	}
	return (0);
}

static int
append_row(struct copy *c, struct result *res, const char *name,
    const struct row *from, uint32_t letters)
{
	struct mailbox *mb = c->to->mailbox;
	struct row row;

	memset(&row, 0, sizeof(row));
	box_touch(c->to);
	if (res->modseq == 0 && mailbox_next_modseq(mb, &res->modseq) == -1)
		return (-1);
	row.flags = from->flags & FLAG_SYSTEM;
	row.fletters = letters;
	row.savedate = maildir_savedate(name);
	row.size = from->size;
	row.vsize = from->vsize;
	row.internaldate = from->internaldate;
	row.modseq = res->modseq;
	if (c->to == c->from)
		row.keywords = from->keywords;
	else if (map_keywords(c, from->keywords, &row.keywords) == -1)
		return (-1);
	if (mailbox_append(mb, &row, name) == -1)
		return (-1);
	watch_settled(c->to, row.uid);
	if (res->first == 0)
		res->first = row.uid;
	res->last = row.uid;
	return (mailbox_changed(mb, CHANGE_NEW, res->modseq,
	    mailbox_rows(mb) - 1, 0, 0));
}

/* The messages that were moved go from the source. */
static int
expunge_taken(struct copy *c, struct result *res)
{
	struct mailbox *mb = c->from->mailbox;
	uint64_t pos, modseq = res->modseq;
	struct uidset_iter it = { 0 };
	struct row row;
	uint32_t uid;

	box_touch(c->from);
	if (c->from != c->to && mailbox_next_modseq(mb, &modseq) == -1)
		return (-1);
	while (uidset_next(&res->done, &it, &uid)) {
		pos = mailbox_find(mb, uid);
		if (mailbox_row(mb, pos, &row) == -1)
			return (-1);
		row.flags |= ROW_EXPUNGED | ROW_FILE;
		row.modseq = modseq;
		if (mailbox_put(mb, pos, &row, NULL) == -1 ||
		    mailbox_changed(mb, CHANGE_EXPUNGE, modseq, pos, 0,
		    0) == -1)
			return (-1);
	}
	return (0);
}
