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
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/table.h"
#include "common/table_sum.h"
#include "common/table_unit.h"

/*
 * The tree over the rows: 64 counts in the header, each over a 64th of the
 * table, groups under them, blocks of 64 rows under these.
 */

/* An inconsistency that a publish under way may explain. */
#define TORN	1

static int	damaged(struct table *);
static int	load(struct table *, enum table_kind, uint64_t, void *);
static uint64_t	nrows_of(struct table *);
static uint64_t	up(uint64_t, uint64_t);
static uint32_t	count_of(const struct group *, enum table_bitmap);
static int	live_of(enum table_kind, const uint64_t *, uint64_t *);
static int	add_run(struct table *, enum table_kind, uint64_t *, uint64_t,
		    uint64_t *);
static int	add_live(struct table *, enum table_kind, uint64_t, uint64_t,
		    uint64_t *);
static uint64_t	bits_of(const struct block *, enum table_bitmap);
static unsigned int popcount(uint64_t);
static unsigned int lowest(uint64_t);
static int	first_group(struct table *, enum table_kind,
		    enum table_bitmap, uint64_t, uint64_t, uint64_t *);
static int	first_row(struct table *, enum table_bitmap, uint64_t,
		    uint64_t, uint64_t, struct table_some *);
static int	nth(struct table *, uint32_t, uint64_t *);
static int	next(struct table *, enum table_bitmap, uint64_t,
		    struct table_some *);
static int	stable(struct table *, uint32_t);

/* Where words are looked at. */
_Static_assert(offsetof(struct block, live) == 0, "block");
_Static_assert(offsetof(struct group, live) == 0, "group");

/* The counts in the header are read as a kind of their own. */
#define KIND_TOPS	TABLE_KINDS

static int
damaged(struct table *t)
{
	t->bad = 1;
	errno = EBADMSG;
	return (-1);
}

static uint64_t
nrows_of(struct table *t)
{
	return (atomic_load_explicit(&t->h->nrows, memory_order_acquire));
}

/* n over unit, rounded up. */
static uint64_t
up(uint64_t n, uint64_t unit)
{
	return (n / unit + (n % unit != 0));
}

/* Whether pub_seq was even then and still is the same. */
static int
stable(struct table *t, uint32_t pub)
{
	atomic_thread_fence(memory_order_acquire);
	return ((pub & 1) == 0 && pub == atomic_load_explicit(&t->h->pub_seq,
	    memory_order_relaxed));
}

/*
 * Copies a block, a group or a top.  One whose sum is right was not torn; a
 * wrong sum is damage only if nothing was published meanwhile.
 */
static int
load(struct table *t, enum table_kind kind, uint64_t n, void *to)
{
	_Atomic uint64_t *src;
	uint64_t w[BLOCK_WORDS], sum;
	uint32_t pub;
	unsigned int i, nw, tries = 0;

	nw = kind == TABLE_BLOCKS ? BLOCK_WORDS : GROUP_WORDS;
	for (;;) {
		pub = atomic_load_explicit(&t->h->pub_seq,
		    memory_order_acquire);
		if (kind == KIND_TOPS)
			src = t->h->top[n].w;
		else if ((src = table_unit(t, kind, n, 1)) == NULL)
			return (-1);
		for (i = 0; i < nw; i++)
			w[i] = atomic_load_explicit(&src[i],
			    memory_order_relaxed);
		memcpy(to, w, nw * sizeof(w[0]));
		sum = kind == TABLE_BLOCKS ? table_block_sum(to) :
		    table_group_sum(to);
		if (sum == w[nw - 1])
			return (0);
		if (stable(t, pub))
			return (damaged(t));
		if (!table_again(&tries))
			return (-1);
	}
}

static uint32_t
count_of(const struct group *g, enum table_bitmap which)
{
	switch (which) {
	case TABLE_UNSEEN:
		return (g->unseen);
	case TABLE_DELETED:
		return (g->deleted);
	case TABLE_BEHIND:
		return (g->behind);
	default:
		return (g->live);
	}
}

static uint64_t
bits_of(const struct block *b, enum table_bitmap which)
{
	switch (which) {
	case TABLE_UNSEEN:
		return (b->unseen);
	case TABLE_DELETED:
		return (b->deleted);
	case TABLE_BEHIND:
		return (b->behind);
	default:
		return (b->live);
	}
}

static unsigned int
popcount(uint64_t w)
{
	w -= (w >> 1) & 0x5555555555555555ULL;
	w = (w & 0x3333333333333333ULL) + ((w >> 2) & 0x3333333333333333ULL);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return ((unsigned int)((w * 0x0101010101010101ULL) >> 56));
}

/* The number of the lowest bit of a word that is not 0. */
static unsigned int
lowest(uint64_t w)
{
	return (popcount((w & -w) - 1));
}

/* The live rows of a block or a group: 1, or 0 if its sum is wrong. */
static int
live_of(enum table_kind kind, const uint64_t *w, uint64_t *live)
{
	uint32_t n;

	if (kind == TABLE_BLOCKS) {
		*live = popcount(w[0]);
		return (sum_block(w) == w[BLOCK_WORDS - 1]);
	}
	memcpy(&n, w, sizeof(n));
	*live = n;
	return (sum_group(w) == w[GROUP_WORDS - 1]);
}

/*
 * Adds the live rows under the blocks, or groups, from *i to end - 1 that lie
 * in one extent, and moves *i behind them; stops where a sum is wrong.
 */
static int
add_run(struct table *t, enum table_kind kind, uint64_t *i, uint64_t end,
    uint64_t *live)
{
	_Atomic uint64_t *src;
	uint64_t at, n, some, w[BLOCK_WORDS];
	unsigned int e, k, nw;

	table_place(kind, *i, &e, &at);
	if (e >= TABLE_EXTENTS)
		return (damaged(t));
	n = table_extent_units(kind, e) - at;
	if (n > end - *i)
		n = end - *i;
	if ((src = table_unit(t, kind, *i, n)) == NULL)
		return (-1);
	nw = kind == TABLE_BLOCKS ? BLOCK_WORDS : GROUP_WORDS;
	for (; n > 0; n--, (*i)++, src += nw) {
		for (k = 0; k < nw; k++)
			w[k] = atomic_load_explicit(&src[k],
			    memory_order_relaxed);
		if (!live_of(kind, w, &some))
			break;
		*live += some;
	}
	return (0);
}

/* Adds the live rows under the blocks, or groups, from i to end - 1. */
static int
add_live(struct table *t, enum table_kind kind, uint64_t i, uint64_t end,
    uint64_t *live)
{
	uint64_t before, some, w[BLOCK_WORDS];

	while (i < end) {
		before = i;
		if (add_run(t, kind, &i, end, live) == -1)
			return (-1);
		if (i != before)
			continue;
		/* Torn, or damaged: load() finds out. */
		if (load(t, kind, i++, w) == -1)
			return (-1);
		(void)live_of(kind, w, &some);
		*live += some;
	}
	return (0);
}

int
table_rank(struct table *t, uint64_t n, uint32_t *rank)
{
	struct group g;
	struct block b;
	uint64_t i, live;

	if (n > nrows_of(t) || n > TABLE_MAXROWS) {
		errno = ENOENT;
		return (-1);
	}
	live = 0;
	for (i = 0; i < n / TABLE_TOP; i++) {
		if (load(t, KIND_TOPS, i, &g) == -1)
			return (-1);
		live += g.live;
	}
	if (add_live(t, TABLE_GROUPS, i * TABLE_BLOCK, n / TABLE_GROUP,
	    &live) == -1 ||
	    add_live(t, TABLE_BLOCKS, n / TABLE_GROUP * TABLE_BLOCK,
	    n / TABLE_BLOCK, &live) == -1)
		return (-1);
	if (n % TABLE_BLOCK != 0) {
		if (load(t, TABLE_BLOCKS, n / TABLE_BLOCK, &b) == -1)
			return (-1);
		live += popcount(b.live &
		    ((1ULL << n % TABLE_BLOCK) - 1));
	}
	*rank = (uint32_t)live;
	return (0);
}

int
table_nth(struct table *t, uint32_t rank, uint64_t *n)
{
	uint32_t pub;
	unsigned int tries = 0;
	int r;

	for (;;) {
		pub = atomic_load_explicit(&t->h->pub_seq,
		    memory_order_acquire);
		if ((r = nth(t, rank, n)) != TORN)
			return (r);
		if (stable(t, pub))
			return (damaged(t));
		if (!table_again(&tries))
			return (-1);
	}
}

static int
nth(struct table *t, uint32_t rank, uint64_t *n)
{
	struct group g;
	struct block b;
	uint64_t nrows, i, end;
	unsigned int live;

	if ((nrows = nrows_of(t)) > TABLE_MAXROWS)
		return (damaged(t));
	for (i = 0, end = up(nrows, TABLE_TOP); i < end; i++) {
		if (load(t, KIND_TOPS, i, &g) == -1)
			return (-1);
		if (rank < g.live)
			break;
		rank -= g.live;
	}
	if (i == end) {
		errno = ENOENT;
		return (-1);
	}
	end = up(nrows, TABLE_GROUP);
	if (end > (i + 1) * TABLE_BLOCK)
		end = (i + 1) * TABLE_BLOCK;
	for (i = i * TABLE_BLOCK; i < end; i++) {
		if (load(t, TABLE_GROUPS, i, &g) == -1)
			return (-1);
		if (rank < g.live)
			break;
		rank -= g.live;
	}
	if (i == end)
		return (TORN);
	end = up(nrows, TABLE_BLOCK);
	if (end > (i + 1) * TABLE_BLOCK)
		end = (i + 1) * TABLE_BLOCK;
	for (i = i * TABLE_BLOCK; i < end; i++) {
		if (load(t, TABLE_BLOCKS, i, &b) == -1)
			return (-1);
		live = popcount(b.live);
		if (rank < live)
			break;
		rank -= live;
	}
	if (i == end)
		return (TORN);
	while (rank-- > 0)
		b.live &= b.live - 1;
	*n = i * TABLE_BLOCK + lowest(b.live);
	return (0);
}

int
table_next(struct table *t, enum table_bitmap which, uint64_t from,
    uint64_t *n)
{
	struct table_some some;

	if (table_next_some(t, which, from, &some) == -1)
		return (-1);
	*n = some.n;
	return (0);
}

int
table_next_some(struct table *t, enum table_bitmap which, uint64_t from,
    struct table_some *some)
{
	uint32_t pub;
	unsigned int tries = 0;
	int error, r;

	for (;;) {
		pub = atomic_load_explicit(&t->h->pub_seq,
		    memory_order_acquire);
		r = next(t, which, from, some);
		error = errno;
		if (stable(t, pub)) {
			if (r == TORN)
				return (damaged(t));
			errno = error;
			return (r);
		}
		if (r == -1 && error != ENOENT) {
			errno = error;
			return (-1);
		}
		/* The live ones are bracketed by the caller, by exp_seq. */
		if (which == TABLE_LIVE && r != TORN) {
			errno = error;
			return (r);
		}
		if (!table_again(&tries))
			return (-1);
	}
}

/*
 * Up the tree from row from until there is a count on the right that is not
 * 0, then down.
 */
static int
next(struct table *t, enum table_bitmap which, uint64_t from,
    struct table_some *some)
{
	uint64_t nrows, b, g, top;
	int r;

	nrows = nrows_of(t);
	if (nrows > TABLE_MAXROWS)
		return (damaged(t));
	if (from >= nrows) {
		errno = ENOENT;
		return (-1);
	}
	b = from / TABLE_BLOCK;
	g = from / TABLE_GROUP;
	top = from / TABLE_TOP;
	r = first_row(t, which, from, b, (g + 1) * TABLE_BLOCK, some);
	if (r != TORN)
		return (r);
	r = first_group(t, TABLE_GROUPS, which, g + 1,
	    (top + 1) * TABLE_BLOCK, &g);
	if (r == TORN) {
		r = first_group(t, KIND_TOPS, which, top + 1, TABLE_TOPS,
		    &top);
		if (r == TORN) {
			errno = ENOENT;
			return (-1);
		}
		if (r == 0)
			r = first_group(t, TABLE_GROUPS, which,
			    top * TABLE_BLOCK, (top + 1) * TABLE_BLOCK, &g);
	}
	if (r != 0)
		return (r);
	return (first_row(t, which, 0, g * TABLE_BLOCK,
	    (g + 1) * TABLE_BLOCK, some));
}

/* The first of the groups or tops from i to end - 1 with a count; TORN if
 * there is none. */
static int
first_group(struct table *t, enum table_kind kind, enum table_bitmap which,
    uint64_t i, uint64_t end, uint64_t *found)
{
	struct group g;
	uint64_t have;

	have = up(nrows_of(t), kind == KIND_TOPS ? TABLE_TOP : TABLE_GROUP);
	if (end > have)
		end = have;
	for (; i < end; i++) {
		if (load(t, kind, i, &g) == -1)
			return (-1);
		if (count_of(&g, which) > 0) {
			*found = i;
			return (0);
		}
	}
	return (TORN);
}

/* The first row of the blocks from i to end - 1, and not before from, that
 * has the bit; TORN if there is none. */
static int
first_row(struct table *t, enum table_bitmap which, uint64_t from, uint64_t i,
    uint64_t end, struct table_some *some)
{
	struct block b;
	uint64_t have, found;
	unsigned int low;

	have = up(nrows_of(t), TABLE_BLOCK);
	if (end > have)
		end = have;
	for (; i < end; i++) {
		if (load(t, TABLE_BLOCKS, i, &b) == -1)
			return (-1);
		found = bits_of(&b, which);
		if (i == from / TABLE_BLOCK)
			found &= ~0ULL << from % TABLE_BLOCK;
		if (found != 0) {
			low = lowest(found);
			some->n = i * TABLE_BLOCK + low;
			some->bits = found >> low;
			some->live = b.live >> low;
			return (0);
		}
	}
	return (TORN);
}
