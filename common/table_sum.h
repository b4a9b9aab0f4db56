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


#ifndef COMMON_TABLE_SUM_H
#define COMMON_TABLE_SUM_H

#include <stdint.h>

#include "common/mix.h"
#include "common/table.h"

/*
 * The sums of units as their words are, for those who read many: the last
 * word is the sum itself.  They are those of table_block_sum() and
 * table_group_sum().
 */

/* Where the sums start, so that zeros are no valid unit of any kind; a row's
 * takes in the words behind its first. */
#define SEED_ROW	0x726f77ULL
#define SEED_BLOCK	0x626c6f63ULL
#define SEED_GROUP	0x67726f75ULL

static inline uint64_t
sum_block(const uint64_t w[BLOCK_WORDS])
{
	uint64_t h;

	h = mix_word(SEED_BLOCK, w[0]);
	h = mix_word(h, w[1]);
	h = mix_word(h, w[2]);
	return (mix_word(h, w[3]));
}

static inline uint64_t
sum_group(const uint64_t w[GROUP_WORDS])
{
	return (mix_word(mix_word(SEED_GROUP, w[0]), w[1]));
}

#endif
