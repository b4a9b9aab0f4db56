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
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "common/table_unit.h"
#include "indexd/salvage.h"
#include "indexd/store.h"

/*
 * Recovery from a journal of which batches are missing.  It cannot bring a
 * table up to date: what it has is put where the table has nothing newer, so
 * that it is there when the table is made anew.
 */

static int	sound(const struct fold_mailbox *, uint64_t *);
static void	put_head(struct table *, struct fold_mailbox *, uint64_t, int);

/* Whether what was folded can be placed; *nrows is how many rows are to be
 * there at least. */
static int
sound(const struct fold_mailbox *m, uint64_t *nrows)
{
	const struct fold_name *n;
	size_t i;

	if (m->head.nrows > TABLE_MAXROWS || m->head.nnames > UINT32_MAX ||
	    m->head.nkeywords > TABLE_KEYWORDS)
		return (0);
	for (i = 0; i < m->n; i++) {
		if (m->rows[i].pos >= TABLE_MAXROWS ||
		    m->rows[i].row.sum != table_row_sum(&m->rows[i].row))
			return (0);
		if (m->rows[i].pos >= *nrows)
			*nrows = m->rows[i].pos + 1;
	}
	for (i = 0; i < m->nnames; i++) {
		n = &m->names[i];
		if (n->len > TABLE_FOLDERLEN || n->unit >= m->head.nnames ||
		    name_units(n->len) > m->head.nnames - n->unit ||
		    name_place(n->unit, n->len) != n->unit)
			return (0);
	}
	return (1);
}

/* The higher numbers of both, if the header's sum vouches for its own. */
static void
put_head(struct table *t, struct fold_mailbox *m, uint64_t nrows, int ok)
{
	struct table_header *h = t->h;
	struct head head = m->head;

	head.nrows = nrows;
	head.nlog = 0;
	if (ok) {
		if (atomic_load(&h->highestmodseq) > head.highestmodseq)
			head.highestmodseq = atomic_load(&h->highestmodseq);
		if (atomic_load(&h->uidnext) > head.uidnext)
			head.uidnext = atomic_load(&h->uidnext);
		if (atomic_load(&h->floor_modseq) > head.floor_modseq)
			head.floor_modseq = atomic_load(&h->floor_modseq);
		if (atomic_load(&h->floor_uid) > head.floor_uid)
			head.floor_uid = atomic_load(&h->floor_uid);
		if (atomic_load(&h->nnames) > head.nnames)
			head.nnames = atomic_load(&h->nnames);
	}
	writer_head(t, &head, m->kw);
}

/* 0, or -1 with errno.  The tree is left as it is: nobody reads it. */
int
recover_gap(struct table *t, struct fold_mailbox *m, const char **why)
{
	uint64_t nrows = m->head.nrows;
	size_t i;
	int ok;

	*why = "what is left of the journal";
	errno = EBADMSG;
	if (t->h->uidvalidity != m->uidvalidity ||
	    t->h->generation != m->generation)
		return (-1);
	ok = atomic_load(&t->h->head_sum) == table_head_sum(t->h);
	if (!ok)
		extents_sane(t->h);
	else if (atomic_load(&t->h->nrows) <= TABLE_MAXROWS &&
	    atomic_load(&t->h->nrows) > nrows)
		nrows = atomic_load(&t->h->nrows);
	if (!sound(m, &nrows))
		return (-1);
	if (writer_reserve(t, TABLE_ROWS, nrows) == -1 ||
	    writer_reserve(t, TABLE_NAMES, m->head.nnames) == -1)
		return (-1);
	writer_begin(t, 1);
	for (i = 0; i < m->nnames; i++)
		writer_name(t, m->names[i].unit, (const char *)m->heap.data +
		    m->names[i].at, m->names[i].len);
	for (i = 0; i < m->n; i++)
		if (!recover_newer(t, &m->rows[i]))
			writer_row(t, m->rows[i].pos, &m->rows[i].row);
	put_head(t, m, nrows, ok);
	writer_end(t);
	return (0);
}
