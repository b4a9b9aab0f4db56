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

#include <atf-c.h>
#include <string.h>

#include "common/letters.h"

/* What another program made of a name, beside the letters being given. */

#define KEYWORD	1U		/* the letter a */

static struct row
seen(uint32_t last, uint32_t given, uint32_t letters)
{
	struct row	 row;

	memset(&row, 0, sizeof(row));
	row.fletters = last;
	row.gletters = given;
	row.flags = ROW_GIVING | letters_flags(given);
	row.keywords = letters_keywords(given, 1);
	letters_seen(&row, letters, 1);
	ATF_CHECK_EQ(letters, row.fletters);
	ATF_CHECK_EQ(0, row.flags & ROW_GIVING);
	return (row);
}

ATF_TC_WITHOUT_HEAD(giving);
ATF_TC_BODY(giving, tc)
{
	struct row	 row;

	/* The name as it was, and as it was to be: nobody changed it. */
	row = seen(LETTER_F, LETTER_F | LETTER_S, LETTER_F);
	ATF_CHECK_EQ(FLAG_FLAGGED | FLAG_SEEN, row.flags);
	row = seen(LETTER_F, LETTER_S, LETTER_S);
	ATF_CHECK_EQ(FLAG_SEEN, row.flags);
	/* Made of the old name: the keyword being given is not theirs to
	 * take, however near their name is to ours. */
	row = seen(0, LETTER_D | LETTER_S | KEYWORD, LETTER_D | LETTER_S);
	ATF_CHECK_EQ(FLAG_DRAFT | FLAG_SEEN, row.flags);
	ATF_CHECK_EQ(1, row.keywords);
	row = seen(LETTER_F, LETTER_F | LETTER_S, LETTER_R);
	ATF_CHECK_EQ(FLAG_SEEN | FLAG_ANSWERED, row.flags);
	/* Made of the new one. */
	row = seen(LETTER_F, LETTER_F | LETTER_S, LETTER_S | LETTER_D);
	ATF_CHECK_EQ(FLAG_SEEN | FLAG_DRAFT, row.flags);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, giving);
	return (atf_no_error());
}
