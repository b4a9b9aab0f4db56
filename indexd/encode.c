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


#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "indexd/store.h"

/* The open batch as records of the journal. */

static int	encode_mailbox(struct buf *, struct mailbox *);
static int	encode_rows(struct buf *, const struct pending *);
static int	encode_names(struct buf *, const struct pending *);
static int	encode_log(struct buf *, const struct pending *);
static int	encode_head(struct buf *, const struct mailbox *);

/* Whether the batch changes nothing of a mailbox. */
int
pend_empty(const struct mailbox *mb)
{
	return (mb->p.nrows == 0 && mb->p.nlog == 0 && mb->p.nnames == 0 &&
	    memcmp(&mb->cur, &mb->pub, sizeof(mb->cur)) == 0);
}

/* Into e->batch.  0, or -1 with ENOMEM. */
int
encode_batch(struct engine *e)
{
	struct mailbox *mb;
	void *p;

	if (batch_begin(&e->batch) == -1)
		return (-1);
	TAILQ_FOREACH(mb, &e->touched, touched_entry)
		if (!pend_empty(mb) && encode_mailbox(&e->batch, mb) == -1)
			return (-1);
	if (e->notes.len > 0) {
		if ((p = buf_grow(&e->batch, e->notes.len)) == NULL)
			return (-1);
		memcpy(p, e->notes.data, e->notes.len);
	}
	return (0);
}

static int
encode_mailbox(struct buf *b, struct mailbox *mb)
{
	struct record_mailbox *rec;

	if ((rec = record_add(b, RECORD_MAILBOX, sizeof(*rec))) == NULL)
		return (-1);
	memcpy(rec->root, mb->root->hash, sizeof(rec->root));
	memcpy(rec->id, mb->id, sizeof(rec->id));
	rec->uidvalidity = mb->t.h->uidvalidity;
	rec->generation = mb->generation;
	rec->nrows = mb->pub.nrows;
	rec->nlog = mb->pub.nlog;
	if (encode_names(b, &mb->p) == -1 || encode_rows(b, &mb->p) == -1 ||
	    encode_log(b, &mb->p) == -1)
		return (-1);
	return (encode_head(b, mb));
}

static int
encode_names(struct buf *b, const struct pending *p)
{
	const struct pend_name *n;
	struct record_name *rec;
	size_t i;

	for (i = 0; i < p->nnames; i++) {
		n = &p->names[i];
		rec = record_add(b, RECORD_NAME, sizeof(*rec) + n->len);
		if (rec == NULL)
			return (-1);
		rec->unit = n->unit;
		rec->len = n->len;
		memcpy(rec + 1, p->heap.data + n->at, n->len);
	}
	return (0);
}

static int
encode_rows(struct buf *b, const struct pending *p)
{
	struct record_row *rec;
	size_t i;

	/* There may be very many: room for all of them at once. */
	if ((rec = buf_grow(b, p->nrows * sizeof(*rec))) == NULL)
		return (-1);
	for (i = 0; i < p->nrows; i++, rec++) {
		rec->r.type = RECORD_ROW;
		rec->r.unused = 0;
		rec->r.len = sizeof(*rec);
		rec->pos = p->rows[i].pos;
		rec->row = p->rows[i].row;
	}
	return (0);
}

static int
encode_log(struct buf *b, const struct pending *p)
{
	struct record_change *rec;
	size_t i;

	for (i = 0; i < p->nlog; i++) {
		rec = record_add(b, RECORD_CHANGE, sizeof(*rec));
		if (rec == NULL)
			return (-1);
		rec->change = p->log[i];
	}
	return (0);
}

static int
encode_head(struct buf *b, const struct mailbox *mb)
{
	struct record_head *rec;

	if ((rec = record_add(b, RECORD_HEAD, sizeof(*rec))) == NULL)
		return (-1);
	rec->head = mb->cur;
	memcpy(rec->kw, mb->kw, sizeof(rec->kw));
	return (0);
}
