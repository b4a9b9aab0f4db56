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

/*
 * EXPUNGE, and UID EXPUNGE (RFC 3501 section 6.4.3, RFC 4315 section 2.1):
 * the messages of the set that have \Deleted now.
 */
#define EXPUNGE_FEW	64		/* UIDs: looked at one by one */

static enum outcome expunge(struct request *, struct result *);
static int	expunge_range(struct box *, struct result *, uint32_t,
		    uint32_t);
static int	expunge_row(struct box *, struct result *, uint64_t,
		    struct row *);
static int	next(struct box *, uint64_t, uint64_t *);

enum outcome
req_expunge(struct request *rq)
{
	return (decide(rq, expunge));
}

static enum outcome
expunge(struct request *rq, struct result *res)
{
	struct uidset set;
	struct handle *h;
	enum outcome o;
	size_t i;
	int r;

	if (decide_handle(rq, res, 1, &h, &o) == -1)
		return (o);
	uidset_init(&set, 0);
	r = get_set(&rq->in, &set);
	if (r == 0 && frame_end(&rq->in) == -1)
		r = -1, errno = EPROTO;
	for (i = 0; r == 0 && i < set.n; i++)
		r = expunge_range(h->box, res, set.r[i].lo, set.r[i].hi);
	uidset_free(&set);
	/* Only now: while it looks, the published bitmap holds. */
	if (res->modseq != 0)
		box_touch(h->box);
	if (r == 0)
		return (REQ_DONE);
	return (errno == EPROTO ? REQ_BAD : decide_errno(rq, res, h->box, 0));
}

static int
expunge_range(struct box *box, struct result *res, uint32_t lo, uint32_t hi)
{
	struct mailbox *mb = box->mailbox;
	uint64_t pos, n = mailbox_rows(mb);
	int few = hi - lo < EXPUNGE_FEW || box->touched;
	struct row row;

	for (pos = mailbox_find(mb, lo); pos < n; pos++) {
		if (!few && next(box, pos, &pos) == -1)
			return (-1);
		if (pos >= n)
			break;
		if (mailbox_row(mb, pos, &row) == -1)
			return (-1);
		if (row.uid > hi)
			break;
		if (row.flags & ROW_EXPUNGED || !(row.flags & FLAG_DELETED))
			continue;
		if (expunge_row(box, res, pos, &row) == -1)
			return (-1);
	}
	return (0);
}

/*
 * The next row from pos on that is \Deleted in the published table, by its
 * bitmap.  What this request expunges lies before pos; no other request of
 * the batch has touched the mailbox.
 */
static int
next(struct box *box, uint64_t pos, uint64_t *found)
{
	struct table *t = mailbox_table(box->mailbox);

	if (table_next(t, TABLE_DELETED, pos, found) == 0)
		return (0);
	if (errno != ENOENT)
		return (-1);
	*found = UINT64_MAX;
	return (0);
}

static int
expunge_row(struct box *box, struct result *res, uint64_t pos,
    struct row *row)
{
	struct mailbox *mb = box->mailbox;

	if (res->modseq == 0 && mailbox_next_modseq(mb, &res->modseq) == -1)
		return (-1);
	row->flags |= ROW_EXPUNGED | ROW_FILE;
	row->modseq = res->modseq;
	if (mailbox_put(mb, pos, row, NULL) == -1 ||
	    mailbox_changed(mb, CHANGE_EXPUNGE, res->modseq, pos, 0, 0) == -1)
		return (-1);
	return (uidset_add(&res->done, row->uid));
}
