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
#include "indexd/brief.h"
#include "indexd/request.h"
#include "indexd/watch.h"

/*
 * What a session does to bring the folder up to date with the rows.  None of
 * it has a mod-sequence; rows that are not there (any more) do not matter.
 */
struct list {
	int	 write;			/* its mailbox may be written */
	/* Reads one entry and changes the row: 1, or 0 if it needs none; -1
	 * if the entry is malformed. */
	int	(*get)(struct payload *, uint32_t *uid, uint64_t *, uint8_t *);
	int	(*change)(struct row *, uint64_t, uint8_t);
};

static enum outcome rows(struct request *, const struct list *);
static int	rows_all(struct request *, struct box *, const struct list *);
static int	get_give(struct payload *, uint32_t *, uint64_t *, uint8_t *);
static int	get_given(struct payload *, uint32_t *, uint64_t *, uint8_t *);
static int	get_sized(struct payload *, uint32_t *, uint64_t *, uint8_t *);
static int	give(struct row *, uint64_t, uint8_t);
static int	given(struct row *, uint64_t, uint8_t);
static int	size(struct row *, uint64_t, uint8_t);
static enum outcome failed(struct request *, size_t, int);
static int	unlinked(struct request *, struct box *);

static const struct list gives = { 1, get_give, give };
static const struct list givens = { 1, get_given, given };
static const struct list sizes = { 0, get_sized, size };

enum outcome
req_give(struct request *rq)
{
	return (rows(rq, &gives));
}

enum outcome
req_given(struct request *rq)
{
	return (rows(rq, &givens));
}

enum outcome
req_sizes(struct request *rq)
{
	return (rows(rq, &sizes));
}

static enum outcome
rows(struct request *rq, const struct list *l)
{
	size_t mark = engine_mark(rq->srv->engine);
	struct handle *h;
	enum outcome o;

	if (request_handle(rq, l->write, &h, &o) == -1)
		return (o);
	if (rows_all(rq, h->box, l) == -1)
		return (failed(rq, mark, errno));
	if (l == &sizes)
		brief_resized(h->box->mailbox);
	reply_ok(rq);
	rq->durable = 1;
	return (REQ_DONE);
}

static enum outcome
failed(struct request *rq, size_t mark, int error)
{
	engine_rollback(rq->srv->engine, mark);
	if (error == EPROTO)
		return (REQ_BAD);
	reply_errno(rq, error);
	return (REQ_DONE);
}

static int
rows_all(struct request *rq, struct box *box, const struct list *l)
{
	struct mailbox *mb = box->mailbox;
	uint32_t n, uid;
	struct row row;
	uint64_t pos, value;
	uint8_t extra = 0;

	if (l->change == given)
		watch_hear(box);
	errno = EPROTO;
	if (get_u32(&rq->in, &n) == -1)
		return (-1);
	while (n-- > 0) {
		errno = EPROTO;
		if (l->get(&rq->in, &uid, &value, &extra) == -1)
			return (-1);
		if ((pos = mailbox_find(mb, uid)) >= mailbox_rows(mb))
			continue;
		if (mailbox_row(mb, pos, &row) == -1)
			return (-1);
		if (row.uid != uid || row.flags & ROW_EXPUNGED ||
		    !l->change(&row, value, extra))
			continue;
		box_touch(box);
		if (mailbox_put(mb, pos, &row, NULL) == -1)
			return (-1);
		if (l->change == given)
			watch_settled(box, uid);
	}
	errno = EPROTO;
	return (frame_end(&rq->in));
}

static int
get_give(struct payload *in, uint32_t *uid, uint64_t *value, uint8_t *extra)
{
	uint32_t letters;

	(void)extra;
	if (get_u32(in, uid) == -1 || get_u32(in, &letters) == -1)
		return (-1);
	*value = letters;
	return (0);
}

static int
give(struct row *row, uint64_t value, uint8_t extra)
{
	(void)extra;
	if (row->flags & ROW_GIVING && row->gletters == value)
		return (0);
	row->flags |= ROW_GIVING;
	row->gletters = (uint32_t)value;
	return (1);
}

static int
get_given(struct payload *in, uint32_t *uid, uint64_t *value, uint8_t *cur)
{
	if (get_give(in, uid, value, cur) == -1)
		return (-1);
	return (get_u8(in, cur));
}

static int
given(struct row *row, uint64_t value, uint8_t cur)
{
	if (!(row->flags & ROW_GIVING) && row->fletters == value &&
	    !(cur && row->flags & ROW_NEW))
		return (0);
	row->flags &= (uint16_t)~ROW_GIVING;
	if (cur)
		row->flags &= (uint16_t)~ROW_NEW;
	row->fletters = (uint32_t)value;
	return (1);
}

static int
get_sized(struct payload *in, uint32_t *uid, uint64_t *value, uint8_t *extra)
{
	(void)extra;
	return (get_u32(in, uid) == -1 ? -1 : get_vsize(in, value));
}

static int
size(struct row *row, uint64_t value, uint8_t extra)
{
	(void)extra;
	if (row->vsize == value)
		return (0);
	row->vsize = value;
	return (1);
}

enum outcome
req_unlinked(struct request *rq)
{
	size_t mark = engine_mark(rq->srv->engine);
	struct handle *h;
	enum outcome o;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (unlinked(rq, h->box) == -1)
		return (failed(rq, mark, errno));
	reply_ok(rq);
	rq->durable = 1;
	return (REQ_DONE);
}

/* Tombstones whose file is gone for good. */
static int
unlinked(struct request *rq, struct box *box)
{
	struct mailbox *mb = box->mailbox;
	uint64_t pos, n = mailbox_rows(mb);
	struct uidset set;
	struct row row;
	size_t i;
	int r;

	watch_hear(box);
	uidset_init(&set, 0);
	r = get_set(&rq->in, &set);
	if (r == 0 && frame_end(&rq->in) == -1)
		r = -1, errno = EPROTO;
	for (i = 0; r == 0 && i < set.n; i++) {
		pos = mailbox_find(mb, set.r[i].lo);
		for (; r == 0 && pos < n; pos++) {
			if ((r = mailbox_row(mb, pos, &row)) == -1 ||
			    row.uid > set.r[i].hi)
				break;
			if (!(row.flags & ROW_FILE))
				continue;
			box_touch(box);
			row.flags &= (uint16_t)~ROW_FILE;
			r = mailbox_put(mb, pos, &row, NULL);
			watch_settled(box, row.uid);
		}
	}
	uidset_free(&set);
	return (r);
}
