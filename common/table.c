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


#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mix.h"
#include "common/table.h"
#include "common/table_sum.h"

/* Where the sums start, so that zeros are no valid unit of any kind. */
#define SEED_NAME	0x6e616d65ULL
#define SEED_CHANGE	0x6368616eULL
#define SEED_FIXED	0x66697865ULL
#define SEED_HEAD	0x68656164ULL

#define GET(a)	((uint64_t)atomic_load_explicit(&(a), memory_order_relaxed))

const struct table_kind_info table_kinds[TABLE_KINDS] = {
	[TABLE_ROWS] =	 { sizeof(struct row), 128 },
	[TABLE_BLOCKS] = { sizeof(struct block), 16 },
	[TABLE_GROUPS] = { sizeof(struct group), 16 },
	[TABLE_LOG] =	 { sizeof(struct change), 128 },
	[TABLE_NAMES] =	 { 8, 1024 },
};

void
table_place(enum table_kind kind, uint64_t n, unsigned int *extent,
    uint64_t *at)
{
	uint64_t base, half;
	unsigned int k;

	base = table_kinds[kind].base;
	if (n < base) {
		*extent = 0;
		*at = n;
		return;
	}
	for (k = 0; base <= n / 2; base *= 2)
		k++;
	/* base is at most n now: the two extents that double it. */
	n -= base;
	half = base / 2;
	*extent = 2 * k + 1 + (n >= half);
	*at = n >= half ? n - half : n;
}

uint64_t
table_extent_units(enum table_kind kind, unsigned int extent)
{
	uint64_t base;

	base = table_kinds[kind].base;
	if (extent == 0)
		return (base);
	return ((base << (extent - 1) / 2) / 2);
}

uint32_t
table_row_sum(const struct row *row)
{
	/* Behind seq and sum the row has no holes. */
	return (mix_fold(mix_octets(SEED_ROW,
	    (const char *)row + offsetof(struct row, uid),
	    sizeof(*row) - offsetof(struct row, uid))));
}

uint32_t
table_name_sum(const char *name, size_t len)
{
	return (mix_fold(mix_octets(mix_word(SEED_NAME, len), name, len)));
}

uint32_t
table_change_sum(const struct change *c)
{
	return (mix_fold(mix_octets(SEED_CHANGE, c,
	    offsetof(struct change, sum))));
}

uint64_t
table_block_sum(const struct block *b)
{
	return (mix_octets(SEED_BLOCK, b, offsetof(struct block, sum)));
}

uint64_t
table_group_sum(const struct group *g)
{
	return (mix_octets(SEED_GROUP, g, offsetof(struct group, sum)));
}

uint64_t
table_fixed_sum(const struct table_header *h)
{
	return (mix_octets(SEED_FIXED, h,
	    offsetof(struct table_header, fixed_sum)));
}

uint32_t
table_head_sum(const struct table_header *ch)
{
	struct table_header *h;
	uint64_t s;
	unsigned int i, j;

	/* Atomic loads want an object that is not const. */
	h = (struct table_header *)(uintptr_t)ch;
	s = mix_word(SEED_HEAD, GET(h->superseded) << 32 | GET(h->uidnext));
	s = mix_word(s, GET(h->size));
	s = mix_word(s, GET(h->nrows));
	s = mix_word(s, GET(h->nlog));
	s = mix_word(s, GET(h->nnames));
	s = mix_word(s, GET(h->highestmodseq));
	s = mix_word(s, GET(h->bytes));
	s = mix_word(s, GET(h->messages) << 32 | GET(h->unseen));
	s = mix_word(s, GET(h->deleted) << 32 | GET(h->behind));
	s = mix_word(s, GET(h->recent) << 32 | GET(h->nkeywords));
	s = mix_word(s, GET(h->expunge_horizon));
	s = mix_word(s, GET(h->flag_horizon));
	s = mix_word(s, GET(h->floor_modseq));
	s = mix_word(s, GET(h->floor_uid) << 32 | GET(h->folder));
	s = mix_word(s, GET(h->state) << 32 | GET(h->reports));
	s = mix_word(s, GET(h->unused));
	for (i = 0; i < TABLE_KEYWORDS; i++)
		s = mix_word(s, GET(h->keyword[i]));
	for (i = 0; i < TABLE_GAPS; i++)
		for (j = 0; j < 2; j++)
			s = mix_word(s, GET(h->gap[i][j]));
	for (i = 0; i < TABLE_STAMP; i++)
		s = mix_word(s, GET(h->stamp[i]));
	for (i = 0; i < TABLE_KINDS; i++)
		for (j = 0; j < TABLE_EXTENTS; j++)
			s = mix_word(s, GET(h->extent[i][j]));
	return (mix_fold(s));
}

uint32_t
row_letters(const struct row *row, unsigned int nkeywords)
{
	uint32_t letters, ours;

	ours = nkeywords < 26 ? (1U << nkeywords) - 1 : LETTER_KEYWORDS;
	letters = row->fletters & ~(ours | LETTER_D | LETTER_F | LETTER_R |
	    LETTER_S | LETTER_T);
	letters |= (uint32_t)row->keywords & ours;
	if (row->flags & FLAG_DRAFT)
		letters |= LETTER_D;
	if (row->flags & FLAG_FLAGGED)
		letters |= LETTER_F;
	if (row->flags & FLAG_ANSWERED)
		letters |= LETTER_R;
	if (row->flags & FLAG_SEEN)
		letters |= LETTER_S;
	if (row->flags & FLAG_DELETED)
		letters |= LETTER_T;
	return (letters);
}

int
row_behind(const struct row *row, unsigned int nkeywords)
{
	if (row->flags & ROW_EXPUNGED)
		return ((row->flags & ROW_FILE) != 0);
	/* What is being given may be in the name, whatever it is by now. */
	if (row->flags & (ROW_NEW | ROW_GIVING))
		return (1);
	return (row_letters(row, nkeywords) != row->fletters);
}
