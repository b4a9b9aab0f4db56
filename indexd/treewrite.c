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

#include "common/table.h"
#include "common/table_unit.h"
#include "indexd/store.h"

/*
 * Keeping the tree over the rows.  The block, group and top that were
 * changed last are held back until another is needed, so that a run of rows
 * costs one write of each.
 */

static void	put(struct table *, enum table_kind, uint64_t, const void *);
static void	get(struct table *, enum table_kind, uint64_t, void *);
static void	flush_block(struct table *, struct tree_bits *);
static void	flush_group(struct table *, struct tree_bits *);
static void	flush_top(struct table *, struct tree_bits *);
static void	need_block(struct table *, struct tree_bits *, uint64_t);
static void	need_group(struct table *, struct tree_bits *, uint64_t);
static void	need_top(struct table *, struct tree_bits *, uint64_t);
static void	set(uint64_t *, uint64_t, int);
static int	count(uint64_t);

/* Starts a run of changes; the tree covers nrows rows. */
void
tree_begin(struct tree_bits *b, uint64_t nrows)
{
	memset(b, 0, sizeof(*b));
	b->blocks = (nrows + TABLE_BLOCK - 1) / TABLE_BLOCK;
	b->groups = (nrows + TABLE_GROUP - 1) / TABLE_GROUP;
	b->tops = (nrows + TABLE_TOP - 1) / TABLE_TOP;
}

/* Stores a block, group or top (TABLE_KINDS); its sum is the last word. */
static void
put(struct table *t, enum table_kind kind, uint64_t n, const void *unit)
{
	_Atomic uint64_t *dst;
	uint64_t w[BLOCK_WORDS];
	unsigned int i, nw;

	nw = kind == TABLE_BLOCKS ? BLOCK_WORDS : GROUP_WORDS;
	memcpy(w, unit, nw * sizeof(w[0]));
	w[nw - 1] = kind == TABLE_BLOCKS ? table_block_sum(unit) :
	    table_group_sum(unit);
	if (kind == TABLE_KINDS)
		dst = t->h->top[n].w;
	else if ((dst = table_unit(t, kind, n, 1)) == NULL)
		return;
	for (i = 0; i < nw; i++)
		atomic_store_explicit(&dst[i], w[i], memory_order_relaxed);
}

static void
get(struct table *t, enum table_kind kind, uint64_t n, void *unit)
{
	_Atomic uint64_t *src;
	uint64_t w[BLOCK_WORDS];
	unsigned int i, nw;

	nw = kind == TABLE_BLOCKS ? BLOCK_WORDS : GROUP_WORDS;
	memset(w, 0, sizeof(w));
	if (kind == TABLE_KINDS)
		src = t->h->top[n].w;
	else
		src = table_unit(t, kind, n, 1);
	for (i = 0; src != NULL && i < nw; i++)
		w[i] = atomic_load_explicit(&src[i], memory_order_relaxed);
	memcpy(unit, w, nw * sizeof(w[0]));
}

/*
 * Whether block, group and top over row pos have right sums; those behind
 * the nrows rows of the table are not there yet.  0, or -1 with EBADMSG.
 */
int
tree_verify(struct table *t, uint64_t pos, uint64_t nrows)
{
	struct block b;
	struct group g;

	if (pos / TABLE_BLOCK < (nrows + TABLE_BLOCK - 1) / TABLE_BLOCK) {
		get(t, TABLE_BLOCKS, pos / TABLE_BLOCK, &b);
		if (b.sum != table_block_sum(&b))
			goto bad;
	}
	if (pos / TABLE_GROUP < (nrows + TABLE_GROUP - 1) / TABLE_GROUP) {
		get(t, TABLE_GROUPS, pos / TABLE_GROUP, &g);
		if (g.sum != table_group_sum(&g))
			goto bad;
	}
	if (pos / TABLE_TOP < (nrows + TABLE_TOP - 1) / TABLE_TOP) {
		get(t, TABLE_KINDS, pos / TABLE_TOP, &g);
		if (g.sum != table_group_sum(&g))
			goto bad;
	}
	return (0);
bad:
	errno = EBADMSG;
	return (-1);
}

static int
count(uint64_t w)
{
	int n;

	for (n = 0; w != 0; n++)
		w &= w - 1;
	return (n);
}

static void
flush_block(struct table *t, struct tree_bits *b)
{
	int live, unseen, deleted, behind;

	if (!b->have_block)
		return;
	b->have_block = 0;
	if (memcmp(&b->block, &b->old, sizeof(b->block)) == 0)
		return;
	live = count(b->block.live) - count(b->old.live);
	unseen = count(b->block.unseen) - count(b->old.unseen);
	deleted = count(b->block.deleted) - count(b->old.deleted);
	behind = count(b->block.behind) - count(b->old.behind);
	put(t, TABLE_BLOCKS, b->bn, &b->block);
	need_group(t, b, b->bn / TABLE_BLOCK);
	b->group.live += (uint32_t)live;
	b->group.unseen += (uint32_t)unseen;
	b->group.deleted += (uint32_t)deleted;
	b->group.behind += (uint32_t)behind;
	need_top(t, b, b->gn / TABLE_BLOCK);
	b->top.live += (uint32_t)live;
	b->top.unseen += (uint32_t)unseen;
	b->top.deleted += (uint32_t)deleted;
	b->top.behind += (uint32_t)behind;
	b->live += live;
	b->unseen += unseen;
	b->deleted += deleted;
	b->behind += behind;
}

static void
flush_group(struct table *t, struct tree_bits *b)
{
	if (b->have_group)
		put(t, TABLE_GROUPS, b->gn, &b->group);
	b->have_group = 0;
}

static void
flush_top(struct table *t, struct tree_bits *b)
{
	if (b->have_top)
		put(t, TABLE_KINDS, b->tn, &b->top);
	b->have_top = 0;
}

static void
need_block(struct table *t, struct tree_bits *b, uint64_t n)
{
	if (b->have_block && b->bn == n)
		return;
	flush_block(t, b);
	/* One that no row was in before is new, whatever its octets are. */
	if (n < b->blocks)
		get(t, TABLE_BLOCKS, n, &b->block);
	else {
		memset(&b->block, 0, sizeof(b->block));
		b->blocks = n + 1;
	}
	b->old = b->block;
	b->bn = n;
	b->have_block = 1;
	/* A new one is written even if all its bits are 0. */
	if (b->old.sum == 0)
		b->old.sum = 1;
}

static void
need_group(struct table *t, struct tree_bits *b, uint64_t n)
{
	if (b->have_group && b->gn == n)
		return;
	flush_group(t, b);
	if (n < b->groups)
		get(t, TABLE_GROUPS, n, &b->group);
	else {
		memset(&b->group, 0, sizeof(b->group));
		b->groups = n + 1;
	}
	b->gn = n;
	b->have_group = 1;
}

static void
need_top(struct table *t, struct tree_bits *b, uint64_t n)
{
	if (b->have_top && b->tn == n)
		return;
	flush_top(t, b);
	if (n < b->tops)
		get(t, TABLE_KINDS, n, &b->top);
	else {
		memset(&b->top, 0, sizeof(b->top));
		b->tops = n + 1;
	}
	b->tn = n;
	b->have_top = 1;
}

static void
set(uint64_t *word, uint64_t bit, int on)
{
	if (on)
		*word |= bit;
	else
		*word &= ~bit;
}

/* Row pos is, or will be, this one.  New positions come in order. */
void
tree_set(struct table *t, struct tree_bits *b, uint64_t pos,
    const struct row *row, unsigned int nkeywords)
{
	uint64_t bit = 1ULL << pos % TABLE_BLOCK;
	int live = (row->flags & ROW_EXPUNGED) == 0;

	need_block(t, b, pos / TABLE_BLOCK);
	set(&b->block.live, bit, live);
	set(&b->block.unseen, bit, live && (row->flags & FLAG_SEEN) == 0);
	set(&b->block.deleted, bit, live && (row->flags & FLAG_DELETED));
	set(&b->block.behind, bit, row_behind(row, nkeywords));
}

/* Writes what is held back; the changes of the totals are in *b then. */
void
tree_end(struct table *t, struct tree_bits *b)
{
	flush_block(t, b);
	flush_group(t, b);
	flush_top(t, b);
}
