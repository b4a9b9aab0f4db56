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
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/table_unit.h"
#include "indexd/store.h"

/* Verifying a table whole. */

#define MAXFAULTS	100	/* lines, then it only counts */

struct check {
	struct table	*t;
	void		(*fn)(void *, const char *);
	void		*arg;
	unsigned int	 faults;
	struct head	 head;
	uint64_t	 bytes;
	struct group	 total;
};

static void	fault(struct check *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	check_rows(struct check *);
static uint32_t	check_row(struct check *, uint64_t, uint32_t, struct row *);
static void	check_block(struct check *, uint64_t, const struct block *,
		    struct group *);
static void	check_group(struct check *, enum table_kind, uint64_t,
		    const struct group *);
static void	add(struct group *, const struct group *);
static int	bits(uint64_t);
static void	check_counts(struct check *);
static void	check_log(struct check *);
static void	check_words(struct check *);

static void
fault(struct check *c, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	if (++c->faults > MAXFAULTS)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->fn(c->arg, line);
}

unsigned int
mailbox_check(struct mailbox *mb, void (*fn)(void *, const char *), void *arg)
{
	struct check c = { .t = &mb->t, .fn = fn, .arg = arg };
	struct table_header *h = mb->t.h;
	struct table_state st;

	if (h->fixed_sum != table_fixed_sum(h))
		fault(&c, "header: checksum of the fixed part");
	if (table_state(&mb->t, &st) == -1)
		fault(&c, "header: checksum or counts");
	c.head = mb->pub;
	if (c.head.nrows > TABLE_MAXROWS)
		return (c.faults);
	check_rows(&c);
	check_counts(&c);
	check_log(&c);
	check_words(&c);
	return (c.faults);
}

static void
add(struct group *to, const struct group *g)
{
	to->live += g->live;
	to->unseen += g->unseen;
	to->deleted += g->deleted;
	to->behind += g->behind;
}

static int
bits(uint64_t w)
{
	int n;

	for (n = 0; w != 0; n++)
		w &= w - 1;
	return (n);
}

/* Rows, and the tree as it should be over them. */
static void
check_rows(struct check *c)
{
	struct group group = { 0 }, top = { 0 };
	struct block b = { 0 };
	struct row row;
	uint64_t n, bit;
	uint32_t last = 0;

	for (n = 0; n < c->head.nrows; n++) {
		last = check_row(c, n, last, &row);
		bit = 1ULL << n % TABLE_BLOCK;
		if ((row.flags & ROW_EXPUNGED) == 0) {
			b.live |= bit;
			if ((row.flags & FLAG_SEEN) == 0)
				b.unseen |= bit;
			if (row.flags & FLAG_DELETED)
				b.deleted |= bit;
			c->bytes += row.size;
		}
		if (row_behind(&row, c->head.nkeywords))
			b.behind |= bit;
		if (n % TABLE_BLOCK == TABLE_BLOCK - 1 ||
		    n == c->head.nrows - 1) {
			check_block(c, n / TABLE_BLOCK, &b, &group);
			memset(&b, 0, sizeof(b));
		}
		if (n % TABLE_GROUP == TABLE_GROUP - 1 ||
		    n == c->head.nrows - 1) {
			check_group(c, TABLE_GROUPS, n / TABLE_GROUP, &group);
			add(&top, &group);
			memset(&group, 0, sizeof(group));
		}
		if (n % TABLE_TOP == TABLE_TOP - 1 ||
		    n == c->head.nrows - 1) {
			check_group(c, TABLE_KINDS, n / TABLE_TOP, &top);
			add(&c->total, &top);
			memset(&top, 0, sizeof(top));
		}
	}
}

static uint32_t
check_row(struct check *c, uint64_t n, uint32_t last, struct row *row)
{
	char name[TABLE_NAMELEN + 1];

	if (table_row_name(c->t, n, row, name) == -1 &&
	    table_row(c->t, n, row) == -1) {
		fault(c, "row %llu: checksum", (unsigned long long)n);
		memset(row, 0, sizeof(*row));
		row->flags = ROW_EXPUNGED;
		return (last);
	}
	if (table_row_name(c->t, n, row, name) == -1)
		fault(c, "row %llu: uid %u: name", (unsigned long long)n,
		    row->uid);
	if (row->uid <= last || row->uid >= c->head.uidnext)
		fault(c, "row %llu: uid %u: order", (unsigned long long)n,
		    row->uid);
	if (row->modseq == 0 || row->modseq > c->head.highestmodseq)
		fault(c, "row %llu: uid %u: modseq", (unsigned long long)n,
		    row->uid);
	return (row->uid);
}

static void
check_block(struct check *c, uint64_t n, const struct block *want,
    struct group *group)
{
	struct block *b;

	group->live += (uint32_t)bits(want->live);
	group->unseen += (uint32_t)bits(want->unseen);
	group->deleted += (uint32_t)bits(want->deleted);
	group->behind += (uint32_t)bits(want->behind);
	b = table_unit(c->t, TABLE_BLOCKS, n, 1);
	if (b == NULL || b->sum != table_block_sum(b))
		fault(c, "block %llu: checksum", (unsigned long long)n);
	else if (b->live != want->live || b->unseen != want->unseen ||
	    b->deleted != want->deleted || b->behind != want->behind)
		fault(c, "block %llu: does not fit its rows",
		    (unsigned long long)n);
}

static void
check_group(struct check *c, enum table_kind kind, uint64_t n,
    const struct group *want)
{
	const char *what = kind == TABLE_KINDS ? "top" : "group";
	struct group g;
	const struct group *p;

	if (kind == TABLE_KINDS)
		p = (const struct group *)(uintptr_t)&c->t->h->top[n];
	else
		p = table_unit(c->t, kind, n, 1);
	if (p != NULL)
		g = *p;
	if (p == NULL || g.sum != table_group_sum(&g))
		fault(c, "%s %llu: checksum", what, (unsigned long long)n);
	else if (g.live != want->live || g.unseen != want->unseen ||
	    g.deleted != want->deleted || g.behind != want->behind)
		fault(c, "%s %llu: does not fit its rows", what,
		    (unsigned long long)n);
}

static void
check_counts(struct check *c)
{
	struct table_header *h = c->t->h;

	if (h->messages != c->total.live || h->unseen != c->total.unseen ||
	    h->deleted != c->total.deleted || h->behind != c->total.behind)
		fault(c, "header: counts do not fit the rows");
	if (h->bytes != c->bytes)
		fault(c, "header: size of all messages does not fit the rows");
	if ((h->pub_seq & 1) || (h->exp_seq & 1))
		fault(c, "header: a sequence is odd");
	if (h->recent > h->uidnext)
		fault(c, "header: recent");
	if (h->expunge_horizon > h->highestmodseq ||
	    h->flag_horizon > h->highestmodseq)
		fault(c, "header: a horizon is above HIGHESTMODSEQ");
}

/* The change log: order, and that no expunged UID lives. */
static void
check_log(struct check *c)
{
	struct change ch;
	struct row row;
	uint64_t i, n, last = 0;

	for (i = 0; i < c->head.nlog; i++) {
		if (table_change(c->t, i, &ch) == -1) {
			fault(c, "change %llu: checksum",
			    (unsigned long long)i);
			continue;
		}
		if (ch.modseq < last || ch.modseq > c->head.highestmodseq)
			fault(c, "change %llu: order", (unsigned long long)i);
		last = ch.modseq;
		if (ch.what != CHANGE_NEW && ch.what != CHANGE_FLAGS &&
		    ch.what != CHANGE_EXPUNGE)
			fault(c, "change %llu: what", (unsigned long long)i);
		if (ch.what != CHANGE_EXPUNGE)
			continue;
		if (table_find(c->t, ch.uid, &n) == 0 &&
		    table_next(c->t, TABLE_LIVE, n, &n) == 0 &&
		    table_row(c->t, n, &row) == 0 && row.uid <= ch.last)
			fault(c, "change %llu: uid %u is not expunged",
			    (unsigned long long)i, row.uid);
	}
}

/* Keywords and the folder's name. */
static void
check_words(struct check *c)
{
	char name[TABLE_FOLDERLEN + 1];
	unsigned int i;

	for (i = 0; i < c->head.nkeywords; i++)
		if (table_keyword(c->t, i, name) == -1)
			fault(c, "keyword %u", i);
	if (table_folder(c->t, name) == -1)
		fault(c, "name of the folder");
}
