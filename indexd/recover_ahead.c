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
#include "indexd/store.h"

/*
 * With an interval between syncs a power cut may leave a table whose pages
 * are newer than the end of the journal.  What is whole of that is kept: such
 * rows get one new number, above all that were given as far as the table
 * still tells, and the log says that anything about them may have changed.
 */

static int	sound(struct table *, const struct row *);
static void	highest(struct table *, const struct fold_mailbox *,
		    uint64_t *);
static void	header_numbers(struct table *, struct fold_mailbox *,
		    uint64_t *);
static int	names(struct table *, struct fold_mailbox *);
static int	renumber(struct table *, struct fold_mailbox *, uint64_t,
		    uint64_t);

/* Whether a row and its name are sound. */
static int
sound(struct table *t, const struct row *p)
{
	char name[TABLE_NAMELEN + 1];
	size_t len;

	return (p != NULL && p->sum == table_row_sum(p) && p->uid != 0 &&
	    table_name(t, p->name, TABLE_NAMELEN, name, &len) == 0 &&
	    len == p->namelen);
}

/* Whether the table has that row as it was after this image of it. */
int
recover_newer(struct table *t, const struct fold_row *r)
{
	const struct row *p;

	p = table_unit(t, TABLE_ROWS, r->pos, 1);
	/* A new name takes no number, but stands behind all others. */
	return (sound(t, p) && p->uid == r->row.uid &&
	    (p->modseq > r->row.modseq || (p->modseq == r->row.modseq &&
	    p->name > r->row.name)));
}

/*
 * Before space is reserved: rows, names and keywords that the table has beyond
 * those of the journal, if the header's sum vouches for their number.
 */
void
recover_longer(struct table *t, struct fold_mailbox *m)
{
	struct table_header *h = t->h;
	char name[TABLE_KWLEN + 1];
	const struct row *p;
	uint32_t last = 0, unit;
	uint64_t n;
	size_t len;

	if (atomic_load(&h->head_sum) != table_head_sum(h) ||
	    atomic_load(&h->nrows) > TABLE_MAXROWS ||
	    atomic_load(&h->nkeywords) > TABLE_KEYWORDS)
		return;
	if (atomic_load(&h->nnames) > m->head.nnames &&
	    atomic_load(&h->nnames) <= UINT32_MAX)
		m->head.nnames = atomic_load(&h->nnames);
	for (n = 0; n < m->n; n++)
		if (m->rows[n].row.uid > last)
			last = m->rows[n].row.uid;
	for (n = m->head.nrows; n < atomic_load(&h->nrows); n++) {
		p = table_unit(t, TABLE_ROWS, n, 1);
		if (!sound(t, p) || p->uid <= last)
			break;
		last = p->uid;
		m->head.nrows = n + 1;
	}
	while (m->head.nkeywords < atomic_load(&h->nkeywords)) {
		unit = atomic_load(&h->keyword[m->head.nkeywords]);
		if (table_name(t, unit, TABLE_KWLEN, name, &len) == -1)
			break;
		m->kw[m->head.nkeywords++] = unit;
		if (unit + name_units(len) > m->head.nnames)
			m->head.nnames = unit + name_units(len);
	}
}

/* The highest number that a row has. */
static void
highest(struct table *t, const struct fold_mailbox *m, uint64_t *modseq)
{
	const struct row *p;
	uint64_t n;

	for (n = 0; n < m->head.nrows; n++) {
		p = table_unit(t, TABLE_ROWS, n, 1);
		if (p != NULL && p->sum == table_row_sum(p) &&
		    p->modseq > *modseq)
			*modseq = p->modseq;
	}
}

/* The numbers in the header, if its sum vouches for them. */
static void
header_numbers(struct table *t, struct fold_mailbox *m, uint64_t *modseq)
{
	struct table_header *h = t->h;
	uint64_t hm;
	uint32_t uidnext;

	if (atomic_load(&h->head_sum) != table_head_sum(h))
		return;
	hm = atomic_load(&h->highestmodseq);
	uidnext = atomic_load(&h->uidnext);
	if (hm > *modseq)
		*modseq = hm;
	if (uidnext > m->head.uidnext)
		m->head.uidnext = uidnext;
}

/* Gives the rows above limit a number, each with an entry in the log. */
static int
renumber(struct table *t, struct fold_mailbox *m, uint64_t limit,
    uint64_t modseq)
{
	struct change c;
	struct row row;
	const struct row *p;
	uint64_t n;

	for (n = 0; n < m->head.nrows; n++) {
		if ((p = table_unit(t, TABLE_ROWS, n, 1)) == NULL)
			return (-1);
		if (p->modseq <= limit || p->sum != table_row_sum(p))
			continue;
		row = *p;
		row.modseq = modseq;
		if (m->head.nkeywords < TABLE_KEYWORDS)
			row.keywords &= (1ULL << m->head.nkeywords) - 1;
		row.sum = table_row_sum(&row);
		writer_row(t, n, &row);
		memset(&c, 0, sizeof(c));
		c.modseq = modseq;
		c.uid = c.last = row.uid;
		c.what = CHANGE_EXPUNGE;
		if ((row.flags & ROW_EXPUNGED) == 0) {
			c.what = CHANGE_FLAGS;
			c.flags = FLAG_SYSTEM;
			c.keywords = UINT64_MAX;
		}
		if (writer_reserve(t, TABLE_LOG, m->head.nlog + 1) == -1)
			return (-1);
		writer_change(t, m->head.nlog++, &c);
	}
	return (0);
}

/* Names that rows have and the journal does not know are kept, if they have
 * reached the disk with their rows. */
static int
names(struct table *t, struct fold_mailbox *m)
{
	struct row row;
	const struct row *p;
	char name[TABLE_NAMELEN + 1];
	uint64_t end, n, nnames = m->head.nnames;
	size_t len;

	for (n = 0; n < m->head.nrows; n++) {
		if ((p = table_unit(t, TABLE_ROWS, n, 1)) == NULL)
			return (-1);
		row = *p;
		end = row.name + name_units(row.namelen);
		if (end <= nnames || row.sum != table_row_sum(&row))
			continue;
		if (table_name(t, row.name, TABLE_NAMELEN, name, &len) == -1)
			return (-1);
		if (len != row.namelen) {
			errno = EBADMSG;
			return (-1);
		}
		if (end > m->head.nnames)
			m->head.nnames = end;
	}
	return (0);
}

/* Called when the rows of the journal are in the table, and before its
 * header is written.  0, or -1 with errno. */
int
recover_ahead(struct table *t, struct fold_mailbox *m)
{
	uint64_t limit = m->head.highestmodseq, modseq = limit;
	uint64_t nlog = m->head.nlog;

	if (names(t, m) == -1)
		return (-1);
	header_numbers(t, m, &modseq);
	highest(t, m, &modseq);
	if (modseq == limit)
		return (0);
	/* Number by number it was below the floor: this one is as well. */
	if (modseq + 1 < m->head.floor_modseq)
		modseq++;
	if (renumber(t, m, limit, modseq) == -1)
		return (-1);
	m->head.highestmodseq = modseq;
	if (m->head.nlog > nlog)
		m->head.flag_horizon = modseq;
	return (0);
}
