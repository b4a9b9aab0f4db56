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

#include <sys/types.h>

#include "common/letters.h"

static const struct {
	uint32_t	letter;
	uint16_t	flag;
} pairs[] = {
	{ LETTER_D, FLAG_DRAFT },
	{ LETTER_F, FLAG_FLAGGED },
	{ LETTER_R, FLAG_ANSWERED },
	{ LETTER_S, FLAG_SEEN },
	{ LETTER_T, FLAG_DELETED }
};

uint16_t
letters_flags(uint32_t letters)
{
	uint16_t flags = 0;
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (letters & pairs[i].letter)
			flags |= pairs[i].flag;
	return (flags);
}

uint64_t
letters_keywords(uint32_t letters, unsigned int nkeywords)
{
	uint64_t keywords = letters & LETTER_KEYWORDS;

	if (nkeywords < 26)
		keywords &= (UINT64_C(1) << nkeywords) - 1;
	return (keywords);
}

void
letters_seen(struct row *row, uint32_t letters, unsigned int nkeywords)
{
	uint32_t both = row->fletters, either = row->fletters;
	uint32_t added, removed;

	if (row->flags & ROW_GIVING) {
		both &= row->gletters;
		either |= row->gletters;
	}
	added = letters & ~either;
	removed = both & ~letters;
	row->flags |= letters_flags(added);
	row->flags &= (uint16_t)~letters_flags(removed);
	row->keywords |= letters_keywords(added, nkeywords);
	row->keywords &= ~letters_keywords(removed, nkeywords);
	row->fletters = letters;
	row->flags &= (uint16_t)~ROW_GIVING;
}
