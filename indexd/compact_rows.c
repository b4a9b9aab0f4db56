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
#include <stdlib.h>
#include <string.h>

#include "common/mix.h"
#include "common/table_unit.h"
#include "indexd/compact.h"

/* Copying the rows of a table to its new generation. */

static int	copy_name(struct mailbox *, uint32_t, size_t, uint32_t *,
		    uint16_t *);
static int	put_name(struct compact *, const char *, size_t, uint32_t *);
static int	append(struct mailbox *, struct tree_bits *,
		    const struct row *, int64_t *);
static int	again(struct mailbox *, struct tree_bits *, uint64_t,
		    int64_t *);
static int	rename_row(struct mailbox *, const struct row *,
		    const struct row *, struct row *);
static int	add_modseq(struct compact *, uint64_t);
static void	set_nrows(struct compact *);
static void	counts(struct compact *, const struct tree_bits *, int64_t);

/* A name into the new heap. */
static int
copy_name(struct mailbox *mb, uint32_t unit, size_t max, uint32_t *to,
    uint16_t *lenp)
{
	struct compact *c = mb->compact;
	char name[TABLE_FOLDERLEN + 1];
	size_t len;

	if (table_name(&mb->t, unit, max, name, &len) == -1 ||
	    put_name(c, name, len, to) == -1)
		return (-1);
	*lenp = (uint16_t)len;
	return (0);
}

static int
put_name(struct compact *c, const char *name, size_t len, uint32_t *to)
{
	uint64_t at;

	at = name_place(c->head.nnames, len);
	if (writer_reserve(&c->t, TABLE_NAMES, at + name_units(len)) == -1)
		return (-1);
	writer_name(&c->t, (uint32_t)at, name, len);
	c->head.nnames = at + name_units(len);
	*to = (uint32_t)at;
	return (0);
}

static void
set_nrows(struct compact *c)
{
	atomic_store_explicit(&c->t.h->nrows, c->head.nrows,
	    memory_order_release);
}

static void
counts(struct compact *c, const struct tree_bits *b, int64_t bytes)
{
	writer_counts(&c->t, b->live, b->unseen, b->deleted, b->behind, bytes);
}

/* Whether some row had this modseq when it was copied. */
int
compact_has_modseq(const struct compact *c, uint64_t modseq)
{
	size_t i;

	if (c->slots == 0)
		return (0);
	i = (size_t)mix_word(2, modseq) & (c->slots - 1);
	for (; c->modseqs[i] != 0; i = (i + 1) & (c->slots - 1))
		if (c->modseqs[i] == modseq)
			return (1);
	return (0);
}

static int
add_modseq(struct compact *c, uint64_t modseq)
{
	uint64_t *old = c->modseqs;
	size_t i, n = c->slots;

	if (compact_has_modseq(c, modseq))
		return (0);
	if (c->nmodseqs + 1 > c->slots / 2) {
		c->slots = n == 0 ? 64 : n * 2;
		c->modseqs = calloc(c->slots, sizeof(*c->modseqs));
		if (c->modseqs == NULL) {
			c->modseqs = old;
			c->slots = n;
			return (-1);
		}
		c->nmodseqs = 0;
		for (i = 0; i < n; i++)
			if (old[i] != 0 && add_modseq(c, old[i]) == -1)
				return (-1);
		free(old);
	}
	i = (size_t)mix_word(2, modseq) & (c->slots - 1);
	while (c->modseqs[i] != 0)
		i = (i + 1) & (c->slots - 1);
	c->modseqs[i] = modseq;
	c->nmodseqs++;
	return (0);
}

/* Appends a row of the old generation. */
static int
append(struct mailbox *mb, struct tree_bits *bits, const struct row *old,
    int64_t *bytes)
{
	struct compact *c = mb->compact;
	struct row row = *old;
	uint64_t n = c->head.nrows;

	if (writer_reserve(&c->t, TABLE_ROWS, n + 1) == -1 ||
	    writer_reserve(&c->t, TABLE_BLOCKS, n / TABLE_BLOCK + 1) == -1 ||
	    writer_reserve(&c->t, TABLE_GROUPS, n / TABLE_GROUP + 1) == -1 ||
	    copy_name(mb, old->name, TABLE_NAMELEN, &row.name,
	    &row.namelen) == -1 ||
	    add_modseq(c, row.modseq) == -1)
		return (-1);
	writer_row(&c->t, n, &row);
	tree_set(&c->t, bits, n, &row, c->nkeywords);
	if ((row.flags & ROW_EXPUNGED) == 0)
		*bytes += (int64_t)row.size;
	c->head.nrows++;
	return (0);
}

/* Copies the next rows, at most max, but tombstones that need not stay. */
int
compact_copy(struct mailbox *mb, uint64_t max)
{
	struct compact *c = mb->compact;
	struct tree_bits bits;
	struct row row;
	int64_t bytes = 0;
	uint64_t i;
	int r = 0;

	tree_begin(&bits, c->head.nrows);
	for (i = 0; i < max && c->pos < mb->pub.nrows && r == 0; i++) {
		if ((r = table_row(&mb->t, c->pos, &row)) == -1)
			break;
		if ((row.flags & ROW_EXPUNGED) == 0 || (row.flags & ROW_FILE))
			r = append(mb, &bits, &row, &bytes);
		c->pos++;
	}
	tree_end(&c->t, &bits);
	counts(c, &bits, bytes);
	set_nrows(c);
	return (r);
}

/* The name of a row that was copied before: kept if it is still the same. */
static int
rename_row(struct mailbox *mb, const struct row *old, const struct row *have,
    struct row *row)
{
	struct compact *c = mb->compact;
	char a[TABLE_NAMELEN + 1], b[TABLE_NAMELEN + 1];
	size_t la, lb;

	if (table_name(&mb->t, old->name, TABLE_NAMELEN, a, &la) == -1 ||
	    table_name(&c->t, have->name, TABLE_NAMELEN, b, &lb) == -1)
		return (-1);
	if (la == lb && memcmp(a, b, la) == 0) {
		row->name = have->name;
		return (0);
	}
	return (copy_name(mb, old->name, TABLE_NAMELEN, &row->name,
	    &row->namelen));
}

/* Copies the row at an old position again. */
static int
again(struct mailbox *mb, struct tree_bits *bits, uint64_t pos,
    int64_t *bytes)
{
	struct compact *c = mb->compact;
	struct row have, row;
	uint64_t n;

	if (table_row(&mb->t, pos, &row) == -1 ||
	    table_find(&c->t, row.uid, &n) == -1)
		return (-1);
	if (n >= c->head.nrows)
		return (0);
	if (table_row(&c->t, n, &have) == -1)
		return (-1);
	/* A tombstone that was left out. */
	if (have.uid != row.uid)
		return (0);
	if (rename_row(mb, &row, &have, &row) == -1 ||
	    add_modseq(c, row.modseq) == -1)
		return (-1);
	if ((have.flags & ROW_EXPUNGED) == 0)
		*bytes -= (int64_t)have.size;
	if ((row.flags & ROW_EXPUNGED) == 0)
		*bytes += (int64_t)row.size;
	writer_row(&c->t, n, &row);
	tree_set(&c->t, bits, n, &row, c->nkeywords);
	return (0);
}

int
compact_changes(struct mailbox *mb)
{
	struct compact *c = mb->compact;
	struct tree_bits bits;
	int64_t bytes = 0;
	unsigned int b;
	size_t i;
	int r = 0;

	tree_begin(&bits, c->head.nrows);
	for (i = 0; i <= c->pos / 64 && r == 0; i++) {
		for (b = 0; c->changed[i] >> b != 0 && r == 0; b++) {
			if (c->changed[i] >> b & 1)
				r = again(mb, &bits, i * 64 + b, &bytes);
			if (b == 63)
				break;
		}
		c->changed[i] = 0;
	}
	tree_end(&c->t, &bits);
	counts(c, &bits, bytes);
	return (r);
}

/* Keywords and the folder's name, as they are at the end. */
int
compact_names(struct mailbox *mb, int lost)
{
	struct compact *c = mb->compact;
	uint16_t len;
	unsigned int i;

	for (i = 0; i < mb->pub.nkeywords; i++)
		if (copy_name(mb, mb->kw[i], TABLE_KWLEN, &c->kw[i],
		    &len) == -1)
			return (-1);
	if (lost)
		return (put_name(c, NO_FOLDER, strlen(NO_FOLDER),
		    &c->head.folder));
	return (copy_name(mb, mb->pub.folder, TABLE_FOLDERLEN,
	    &c->head.folder, &len));
}
