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

#include "common/proto.h"
#include "indexd/request.h"

/* STORE (RFC 3501 section 6.4.6, RFC 7162 section 3.1.3). */
struct store {
	struct box	*box;
	uint8_t		 op;
	uint16_t	 flags;
	struct keywords	 keywords;
	int		 conditional;
	uint64_t	 since;
	struct result	*res;
};

static int	conflicts(const struct store *, const struct row *);
static int	store_row(struct store *, uint64_t, struct row *);
static int	store_range(struct store *, uint32_t, uint32_t);
static enum outcome store(struct request *, struct result *);

enum outcome
req_store(struct request *rq)
{
	return (decide(rq, store));
}

static enum outcome
store(struct request *rq, struct result *res)
{
	struct store st = { .res = res };
	struct uidset set;
	struct handle *h;
	enum outcome o;
	uint8_t conditional;
	size_t i;
	int r;

	if (decide_handle(rq, res, 1, &h, &o) == -1)
		return (o);
	st.box = h->box;
	if (get_u8(&rq->in, &st.op) == -1 || st.op > STORE_REMOVE ||
	    get_u16(&rq->in, &st.flags) == -1 || st.flags & ~FLAG_SYSTEM)
		return (REQ_BAD);
	if (keywords_get(&rq->in, h->box->mailbox, &st.keywords) == -1)
		return (errno == EPROTO ? REQ_BAD :
		    decide_errno(rq, res, h->box, 0));
	uidset_init(&set, 0);
	if (get_u8(&rq->in, &conditional) == -1 || conditional > 1 ||
	    get_u64(&rq->in, &st.since) == -1)
		r = -1, errno = EPROTO;
	else
		r = get_set(&rq->in, &set);
	if (r == 0 && frame_end(&rq->in) == -1)
		r = -1, errno = EPROTO;
	st.conditional = conditional;
	for (i = 0; r == 0 && i < set.n; i++)
		r = store_range(&st, set.r[i].lo, set.r[i].hi);
	o = REQ_DONE;
	if (r == -1)
		o = errno == EPROTO ? REQ_BAD :
		    decide_errno(rq, res, h->box, 0);
	uidset_free(&set);
	keywords_free(&st.keywords);
	return (o);
}

static int
store_range(struct store *st, uint32_t lo, uint32_t hi)
{
	struct mailbox *mb = st->box->mailbox;
	uint64_t pos, n = mailbox_rows(mb);
	struct row row;

	for (pos = mailbox_find(mb, lo); pos < n; pos++) {
		if (mailbox_row(mb, pos, &row) == -1)
			return (-1);
		if (row.uid > hi)
			break;
		if (row.flags & ROW_EXPUNGED)
			continue;
		if (conflicts(st, &row)) {
			if (uidset_add(&st->res->refused, row.uid) == -1)
				return (-1);
		} else if (store_row(st, pos, &row) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Whether the message fails UNCHANGEDSINCE: any change of it since then is a
 * conflict.  No mod-sequence is 0, so that 0 fails for every message.
 */
static int
conflicts(const struct store *st, const struct row *row)
{
	return (st->conditional && row->modseq > st->since);
}

/* Changes one message, if that changes anything. */
static int
store_row(struct store *st, uint64_t pos, struct row *row)
{
	struct mailbox *mb = st->box->mailbox;
	struct result *res = st->res;
	uint16_t flags, oldflags = row->flags & FLAG_SYSTEM;
	uint64_t keywords, oldkeywords = row->keywords;

	/* New keywords are allotted with the first message that gets them. */
	if (st->op != STORE_REMOVE &&
	    (st->keywords.nnew > 0 || st->keywords.toomany)) {
		box_touch(st->box);
		if (keywords_add(mb, &st->keywords) == -1)
			return (-1);
	}
	flags = st->flags;
	keywords = st->keywords.bits;
	if (st->op == STORE_ADD) {
		flags |= oldflags;
		keywords |= oldkeywords;
	} else if (st->op == STORE_REMOVE) {
		flags = oldflags & (uint16_t)~flags;
		keywords = oldkeywords & ~keywords;
	}
	if (flags == oldflags && keywords == oldkeywords)
		return (0);
	box_touch(st->box);
	if (res->modseq == 0 && mailbox_next_modseq(mb, &res->modseq) == -1)
		return (-1);
	row->flags = (uint16_t)((row->flags & ~FLAG_SYSTEM) | flags);
	row->keywords = keywords;
	row->modseq = res->modseq;
	if (mailbox_put(mb, pos, row, NULL) == -1 ||
	    mailbox_changed(mb, CHANGE_FLAGS, res->modseq, pos,
	    flags ^ oldflags, keywords ^ oldkeywords) == -1)
		return (-1);
	return (uidset_add(&res->done, row->uid));
}
