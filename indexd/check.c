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
#include <stdlib.h>
#include <string.h>

#include "common/table_unit.h"
#include "indexd/store.h"

/*
 * Verifying a table whole, in steps, between which it may change: what one
 * unit says of others is compared within one step, and rows, entries of the
 * log and names stay where they are.  A new generation is begun anew.
 */

#define MAXFAULTS	100	/* lines, then it only counts */
#define RESTARTS	8	/* generations that take over meanwhile */

enum check_phase { CHECK_AT_ROWS, CHECK_AT_LOG, CHECK_AT_REST, CHECK_DONE };

struct check {
	struct mailbox	*mb;
	struct table	*t;
	void		(*fn)(void *, const char *);
	void		*arg;
	enum check_phase phase;
	uint32_t	 generation;
	unsigned int	 restarts;
	uint64_t	 at;		/* next row, or entry of the log */
	uint32_t	 last;		/* UID of the row before */
	uint64_t	 modseq;	/* of the entry before */
	uint64_t	 bytes;
	uint32_t	 pub_seq;	/* when the rows were begun */
	unsigned int	 faults;
	unsigned int	 what;
};

static void	fault(struct check *, unsigned int, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
static void	start(struct check *);
static void	check_rows(struct check *, uint64_t);
static void	check_row(struct check *, uint64_t, struct block *);
static int	even(struct check *, uint64_t);
static void	check_block(struct check *, uint64_t, const struct block *);
static void	check_group(struct check *, uint64_t);
static void	check_top(struct check *, uint64_t);
static int	same(struct check *, const char *, uint64_t,
		    const struct group *, const struct group *);
static void	add_bits(struct group *, const struct block *);
static void	add(struct group *, const struct group *);
static uint32_t	bits(uint64_t);
static void	check_counts(struct check *);
static void	check_log(struct check *, uint64_t);
static void	check_words(struct check *);

static void
fault(struct check *c, unsigned int what, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	c->what |= what;
	if (++c->faults > MAXFAULTS || c->fn == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->fn(c->arg, line);
}

struct check *
check_begin(struct mailbox *mb, void (*fn)(void *, const char *), void *arg)
{
	struct check *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->mb = mb;
	c->fn = fn;
	c->arg = arg;
	mailbox_ref(mb);
	start(c);
	return (c);
}

static void
start(struct check *c)
{
	struct table_header *h;
	struct table_state st;

	c->t = &c->mb->t;
	h = c->t->h;
	c->generation = c->mb->generation;
	c->phase = CHECK_AT_ROWS;
	c->at = c->bytes = c->modseq = 0;
	c->last = 0;
	c->pub_seq = atomic_load(&h->pub_seq);
	if (h->fixed_sum != table_fixed_sum(h))
		fault(c, CHECK_FIXED, "header: checksum of the fixed part");
	if (table_state(c->t, &st) == -1)
		fault(c, CHECK_HEAD, "header: checksum or counts");
}

int
check_step(struct check *c, uint64_t max)
{
	uint64_t end;

	if (c->generation != c->mb->generation) {
		if (c->restarts++ == RESTARTS)
			return (0);
		start(c);
	}
	switch (c->phase) {
	case CHECK_AT_ROWS:
		end = c->mb->pub.nrows;
		if (end > TABLE_MAXROWS)
			end = TABLE_MAXROWS;
		if (end - c->at > max && c->at < end)
			end = c->at + max - max % TABLE_BLOCK;
		check_rows(c, end);
		if (c->at >= c->mb->pub.nrows) {
			check_counts(c);
			c->at = 0;
			c->phase = CHECK_AT_LOG;
		}
		return (1);
	case CHECK_AT_LOG:
		end = c->mb->pub.nlog;
		check_log(c, end - c->at > max ? c->at + max : end);
		if (c->at >= c->mb->pub.nlog)
			c->phase = CHECK_AT_REST;
		return (1);
	case CHECK_AT_REST:
		check_words(c);
		c->phase = CHECK_DONE;
		return (0);
	case CHECK_DONE:
		break;
	}
	return (0);
}

unsigned int
check_end(struct check *c, unsigned int *what)
{
	unsigned int faults = c->faults;

	if (what != NULL)
		*what = c->what;
	mailbox_close(c->mb);
	free(c);
	return (faults);
}

unsigned int
mailbox_check(struct mailbox *mb, void (*fn)(void *, const char *), void *arg)
{
	struct check *c;

	if ((c = check_begin(mb, fn, arg)) == NULL) {
		fn(arg, "no memory");
		return (1);
	}
	while (check_step(c, UINT64_MAX / 2))
		;
	return (check_end(c, NULL));
}

static void
add(struct group *to, const struct group *g)
{
	to->live += g->live;
	to->unseen += g->unseen;
	to->deleted += g->deleted;
	to->behind += g->behind;
}

static void
add_bits(struct group *to, const struct block *b)
{
	to->live += bits(b->live);
	to->unseen += bits(b->unseen);
	to->deleted += bits(b->deleted);
	to->behind += bits(b->behind);
}

static uint32_t
bits(uint64_t w)
{
	uint32_t n;

	for (n = 0; w != 0; n++)
		w &= w - 1;
	return (n);
}

/* Rows up to end, and what stands over them. */
static void
check_rows(struct check *c, uint64_t end)
{
	uint64_t nrows = c->mb->pub.nrows;
	struct block b;
	uint64_t n;

	while (c->at < end) {
		memset(&b, 0, sizeof(b));
		n = c->at / TABLE_BLOCK;
		do {
			check_row(c, c->at++, &b);
		} while (c->at < end && c->at % TABLE_BLOCK != 0);
		check_block(c, n, &b);
		if (c->at % TABLE_GROUP == 0 || c->at >= nrows)
			check_group(c, (c->at - 1) / TABLE_GROUP);
		if (c->at % TABLE_TOP == 0 || c->at >= nrows)
			check_top(c, (c->at - 1) / TABLE_TOP);
	}
}

static void
check_row(struct check *c, uint64_t n, struct block *b)
{
	const unsigned long long at = n;
	char name[TABLE_NAMELEN + 1];
	uint64_t bit = 1ULL << n % TABLE_BLOCK;
	struct row row;

	/* Who writes is here: nothing is half way. */
	if (even(c, n))
		fault(c, CHECK_HEAD, "row %llu: its sequence is odd", at);
	if (table_row(c->t, n, &row) == -1) {
		fault(c, CHECK_ROWS, "row %llu: checksum", at);
		return;
	}
	if (table_row_name(c->t, n, &row, name) == -1)
		fault(c, CHECK_ROWS, "row %llu: uid %u: name", at, row.uid);
	if (row.uid <= c->last || row.uid >= c->mb->pub.uidnext)
		fault(c, CHECK_ROWS, "row %llu: uid %u: order", at, row.uid);
	else
		c->last = row.uid;
	if (row.modseq == 0 || row.modseq > c->mb->pub.highestmodseq)
		fault(c, CHECK_ROWS, "row %llu: uid %u: modseq", at, row.uid);
	if ((row.flags & ROW_EXPUNGED) == 0) {
		b->live |= bit;
		if ((row.flags & FLAG_SEEN) == 0)
			b->unseen |= bit;
		if (row.flags & FLAG_DELETED)
			b->deleted |= bit;
		c->bytes += row.size;
	}
	if (row_behind(&row, c->mb->pub.nkeywords))
		b->behind |= bit;
}

/*
 * A sequence that is odd would have readers wait for ever.  It says nothing of
 * the row: made even, it is as good as ever.
 */
static int
even(struct check *c, uint64_t n)
{
	_Atomic uint32_t *seq;
	uint32_t s;

	if ((seq = table_unit(c->t, TABLE_ROWS, n, 1)) == NULL)
		return (0);
	s = atomic_load_explicit(seq, memory_order_relaxed);
	if ((s & 1) == 0)
		return (0);
	atomic_store_explicit(seq, s + 1, memory_order_release);
	return (1);
}

static void
check_block(struct check *c, uint64_t n, const struct block *want)
{
	const struct block *b;

	b = table_unit(c->t, TABLE_BLOCKS, n, 1);
	if (b == NULL || b->sum != table_block_sum(b))
		fault(c, CHECK_TREE, "block %llu: checksum",
		    (unsigned long long)n);
	else if (b->live != want->live || b->unseen != want->unseen ||
	    b->deleted != want->deleted || b->behind != want->behind)
		fault(c, CHECK_TREE, "block %llu: does not fit its rows",
		    (unsigned long long)n);
}

/* 1, or 0 after a fault. */
static int
same(struct check *c, const char *what, uint64_t n, const struct group *g,
    const struct group *want)
{
	if (g == NULL || g->sum != table_group_sum(g))
		fault(c, CHECK_TREE, "%s %llu: checksum", what,
		    (unsigned long long)n);
	else if (g->live != want->live || g->unseen != want->unseen ||
	    g->deleted != want->deleted || g->behind != want->behind)
		fault(c, CHECK_TREE, "%s %llu: does not fit what is under it",
		    what, (unsigned long long)n);
	else
		return (1);
	return (0);
}

/* A group by its blocks, as they are now. */
static void
check_group(struct check *c, uint64_t n)
{
	uint64_t i, end = (c->mb->pub.nrows + TABLE_BLOCK - 1) / TABLE_BLOCK;
	struct group want = { 0 };
	const struct block *b;

	if (end > (n + 1) * TABLE_BLOCK)
		end = (n + 1) * TABLE_BLOCK;
	for (i = n * TABLE_BLOCK; i < end; i++) {
		b = table_unit(c->t, TABLE_BLOCKS, i, 1);
		if (b == NULL || b->sum != table_block_sum(b))
			return;		/* a fault of its own */
		add_bits(&want, b);
	}
	(void)same(c, "group", n, table_unit(c->t, TABLE_GROUPS, n, 1),
	    &want);
}

static void
check_top(struct check *c, uint64_t n)
{
	uint64_t i, end = (c->mb->pub.nrows + TABLE_GROUP - 1) / TABLE_GROUP;
	struct group want = { 0 };
	const struct group *g;

	if (end > (n + 1) * TABLE_BLOCK)
		end = (n + 1) * TABLE_BLOCK;
	for (i = n * TABLE_BLOCK; i < end; i++) {
		g = table_unit(c->t, TABLE_GROUPS, i, 1);
		if (g == NULL || g->sum != table_group_sum(g))
			return;
		add(&want, g);
	}
	(void)same(c, "top", n,
	    (const struct group *)(uintptr_t)&c->t->h->top[n], &want);
}

static void
check_counts(struct check *c)
{
	struct table_header *h = c->t->h;
	uint64_t i, tops = (c->mb->pub.nrows + TABLE_TOP - 1) / TABLE_TOP;
	struct group want = { 0 };

	for (i = 0; i < tops && i < TABLE_TOPS; i++)
		add(&want, (const struct group *)(uintptr_t)&h->top[i]);
	if (h->messages != want.live || h->unseen != want.unseen ||
	    h->deleted != want.deleted || h->behind != want.behind)
		fault(c, CHECK_TREE, "header: counts do not fit the rows");
	if (h->pub_seq == c->pub_seq && h->bytes != c->bytes)
		fault(c, CHECK_TREE,
		    "header: size of all messages does not fit the rows");
	if ((h->pub_seq & 1) || (h->exp_seq & 1))
		fault(c, CHECK_HEAD, "header: a sequence is odd");
	if (h->superseded != 0)
		fault(c, CHECK_HEAD, "header: says that it is superseded");
	if (h->recent > h->uidnext)
		fault(c, CHECK_HEAD, "header: recent");
	if (h->expunge_horizon > h->highestmodseq ||
	    h->flag_horizon > h->highestmodseq)
		fault(c, CHECK_HEAD,
		    "header: a horizon is above HIGHESTMODSEQ");
}

/* The change log up to end: order, and that no expunged UID lives. */
static void
check_log(struct check *c, uint64_t end)
{
	struct change ch;
	struct row row;
	uint64_t n;

	for (; c->at < end; c->at++) {
		const unsigned long long at = c->at;

		if (table_change(c->t, c->at, &ch) == -1) {
			fault(c, CHECK_LOG, "change %llu: checksum", at);
			continue;
		}
		if (ch.modseq < c->modseq ||
		    ch.modseq > c->mb->pub.highestmodseq)
			fault(c, CHECK_LOG, "change %llu: order", at);
		c->modseq = ch.modseq;
		if (ch.what != CHANGE_NEW && ch.what != CHANGE_FLAGS &&
		    ch.what != CHANGE_EXPUNGE)
			fault(c, CHECK_LOG, "change %llu: what", at);
		if (ch.what != CHANGE_EXPUNGE)
			continue;
		if (table_find(c->t, ch.uid, &n) == 0 &&
		    table_next(c->t, TABLE_LIVE, n, &n) == 0 &&
		    table_row(c->t, n, &row) == 0 && row.uid <= ch.last)
			fault(c, CHECK_LOG, "change %llu: uid %u is not "
			    "expunged", at, row.uid);
	}
}

/* Keywords and the folder's name. */
static void
check_words(struct check *c)
{
	char name[TABLE_FOLDERLEN + 1];
	unsigned int i;

	for (i = 0; i < c->mb->pub.nkeywords; i++)
		if (table_keyword(c->t, i, name) == -1)
			fault(c, CHECK_WORDS, "keyword %u", i);
	if (table_folder(c->t, name) == -1)
		fault(c, CHECK_FOLDER, "name of the folder");
}
