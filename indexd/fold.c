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
#include <stdlib.h>
#include <string.h>

#include "indexd/store.h"

/* Folding the journal: of each table the newest image of each row. */

static int	grow(void **, size_t *, size_t, size_t);
static void	fold_free(struct fold_mailbox *);
static void	fold_empty(struct fold_mailbox *);
static struct fold_mailbox *fold_mailbox(struct fold *,
		    const struct record_mailbox *);
static int	fold_row(struct fold_mailbox *, const struct record_row *);
static int	fold_name(struct fold_mailbox *, const struct record_name *);
static int	fold_change(struct fold_mailbox *,
		    const struct record_change *);
static int	fold_record(struct fold_mailbox *, const struct record *);
static int	by_pos(const void *, const void *);

RB_GENERATE(fold, fold_mailbox, entry, fold_cmp)

int
fold_cmp(struct fold_mailbox *a, struct fold_mailbox *b)
{
	int c;

	c = memcmp(a->root, b->root, sizeof(a->root));
	if (c == 0)
		c = memcmp(a->id, b->id, sizeof(a->id));
	return (c);
}

static int
grow(void **v, size_t *cap, size_t n, size_t size)
{
	size_t c;
	void *p;

	if (n < *cap)
		return (0);
	c = *cap == 0 ? 16 : *cap * 2;
	if ((p = reallocarray(*v, c, size)) == NULL)
		return (-1);
	*v = p;
	*cap = c;
	return (0);
}

static void
fold_free(struct fold_mailbox *m)
{
	free(m->rows);
	free(m->names);
	free(m->log);
	buf_free(&m->heap);
	free(m);
}

void
fold_clear(struct fold *f)
{
	struct fold_mailbox *m;

	while ((m = RB_ROOT(f)) != NULL) {
		RB_REMOVE(fold, f, m);
		fold_free(m);
	}
}

static void
fold_empty(struct fold_mailbox *m)
{
	m->n = m->nnames = m->nchanges = m->heap.len = 0;
	m->have_head = 0;
}

/*
 * The table that a batch goes on to speak of: a newer generation than the one
 * before starts anew.  NULL with ENOENT: an older one, to be skipped.
 */
static struct fold_mailbox *
fold_mailbox(struct fold *f, const struct record_mailbox *rec)
{
	struct fold_mailbox key, *m;

	memcpy(key.root, rec->root, sizeof(key.root));
	memcpy(key.id, rec->id, sizeof(key.id));
	m = RB_FIND(fold, f, &key);
	if (m == NULL) {
		if ((m = calloc(1, sizeof(*m))) == NULL)
			return (NULL);
		memcpy(m->root, rec->root, sizeof(m->root));
		memcpy(m->id, rec->id, sizeof(m->id));
		RB_INSERT(fold, f, m);
	} else if (m->generation == rec->generation)
		return (m);
	else if (m->generation > rec->generation) {
		errno = ENOENT;
		return (NULL);
	}
	fold_empty(m);
	m->uidvalidity = rec->uidvalidity;
	m->generation = rec->generation;
	m->nrows = rec->nrows;
	m->nlog = rec->nlog;
	return (m);
}

/* Takes in a batch.  0, or -1 with errno: ENOMEM, EBADMSG. */
int
fold_batch(struct fold *f, const void *data, size_t len)
{
	const struct record *r;
	struct fold_mailbox *m = NULL;
	size_t off = 0;
	int more, skip = 0;

	while ((more = record_next(data, len, &off, &r)) == 1) {
		switch (r->type) {
		case RECORD_MAILBOX:
			m = fold_mailbox(f, (const void *)r);
			if (m == NULL && errno != ENOENT)
				return (-1);
			skip = m == NULL;
			break;
		case RECORD_CLEAN:
			fold_clear(f);
			m = NULL;
			skip = 0;
			break;
		case RECORD_NOTE:
			break;
		default:
			if (skip)
				break;
			if (m == NULL) {
				errno = EBADMSG;
				return (-1);
			}
			if (fold_record(m, r) == -1)
				return (-1);
		}
	}
	return (more);
}

static int
fold_record(struct fold_mailbox *m, const struct record *r)
{
	const struct record_head *h;

	switch (r->type) {
	case RECORD_ROW:
		return (fold_row(m, (const void *)r));
	case RECORD_NAME:
		return (fold_name(m, (const void *)r));
	case RECORD_CHANGE:
		return (fold_change(m, (const void *)r));
	case RECORD_HEAD:
		h = (const void *)r;
		m->head = h->head;
		memcpy(m->kw, h->kw, sizeof(m->kw));
		m->have_head = 1;
		return (0);
	default:
		errno = EBADMSG;
		return (-1);
	}
}

static int
fold_row(struct fold_mailbox *m, const struct record_row *rec)
{
	struct fold_row *r;
	void *v;

	if (m->n == m->cap) {
		/* What is there twice goes; growing comes after that. */
		fold_sort(m);
		v = m->rows;
		if (m->n >= m->cap / 2 && grow(&v, &m->cap, m->cap,
		    sizeof(*r)) == -1)
			return (-1);
		m->rows = v;
	}
	r = &m->rows[m->n++];
	r->pos = rec->pos;
	r->order = m->order++;
	r->row = rec->row;
	return (0);
}

static int
fold_name(struct fold_mailbox *m, const struct record_name *rec)
{
	struct fold_name *n;
	void *v = m->names, *to;

	if (grow(&v, &m->namecap, m->nnames, sizeof(*n)) == -1)
		return (-1);
	m->names = v;
	if ((to = buf_grow(&m->heap, rec->len)) == NULL)
		return (-1);
	memcpy(to, rec + 1, rec->len);
	n = &m->names[m->nnames++];
	n->unit = rec->unit;
	n->len = rec->len;
	n->at = m->heap.len - rec->len;
	return (0);
}

static int
fold_change(struct fold_mailbox *m, const struct record_change *rec)
{
	void *v = m->log;

	if (grow(&v, &m->logcap, m->nchanges, sizeof(*m->log)) == -1)
		return (-1);
	m->log = v;
	m->log[m->nchanges++] = rec->change;
	return (0);
}

static int
by_pos(const void *a, const void *b)
{
	const struct fold_row *r = a, *s = b;

	if (r->pos != s->pos)
		return (r->pos < s->pos ? -1 : 1);
	return (r->order < s->order ? -1 : r->order > s->order);
}

/* Brings the rows in order, each once. */
void
fold_sort(struct fold_mailbox *m)
{
	size_t i, n = 0;

	if (m->n == 0)
		return;
	qsort(m->rows, m->n, sizeof(*m->rows), by_pos);
	for (i = 0; i < m->n; i++)
		if (i + 1 == m->n || m->rows[i].pos != m->rows[i + 1].pos)
			m->rows[n++] = m->rows[i];
	m->n = n;
}
