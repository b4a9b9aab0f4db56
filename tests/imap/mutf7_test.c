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
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/mutf7.h"

static const struct {
	const char	*mutf7;
	const char	*utf8;
} good[] = {
	{ "", "" },
	{ "INBOX", "INBOX" },
	{ "a&-b", "a&b" },
	{ "&-&-", "&&" },
	{ "&-AOk-", "&AOk-" },
	/* RFC 3501 §5.1.3 */
	{ "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
	    "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/"
	    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" },
	{ "&Jjo-!", "\xe2\x98\xba!" },
	{ "&AOk-&-", "\xc3\xa9&" },
	{ "&2D3eAA-", "\xf0\x9f\x98\x80" },
	{ "&2D3eANg93gE-", "\xf0\x9f\x98\x80\xf0\x9f\x98\x81" },
	{ "&AAEAfw-", "\x01\x7f" },
	{ "&AIA-", "\xc2\x80" },
	{ "&B,8IAA-", "\xdf\xbf\xe0\xa0\x80" },
	{ "&,,8-", "\xef\xbf\xbf" },
	{ "&2,,f,w-", "\xf4\x8f\xbf\xbf" },
};

static const char *const bad_mutf7[] = {
	"\xc3\xa9",		/* 8-bit */
	"a\x01", "\x7f", "\r\n", "\t",
	"&", "a&", "&AOk", "&AO", "&A",	/* does not end with "-" */
	"&A-", "&AO-", "&AOkA-",	/* not a whole number of units */
	"&AOkAA-", "&AOkAAA-",
	"&AOl-", "&AOn-",	/* bits left over */
	"&AO/-", "&AO=-", "&AO -", "&AOk=-", "&!-", "&&-", "&A&-",
	"&AGE-", "&ACY-", "&ACA-", "&AH4-",	/* printable ASCII */
	"&AOkAYQ-", "&AGEA6Q-",
	"&AAA-",			/* U+0000 */
	"&AOk-&AOk-",		/* should be one */
	"&AOk-&",
	"&2D0-", "&3gA-", "&2D3YPQ-", "&3gDYPQ-", "&2D0A6Q-", "&AOnYPQ-",
	"&AOneAA-",
};

static const char *const bad_utf8[] = {
	"\x80", "\xbf", "a\xff", "\xfe", "\xc3", "\xc3(", "\xe5\x8f",
	"\xf0\x9f\x98", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
	"\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
	"\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xed\xa0\x80",
	"\xed\xbf\xbf", "\xe5\x8f\xb0\xe5",
};

ATF_TC_WITHOUT_HEAD(both_ways);
ATF_TC_BODY(both_ways, tc)
{
	char		buf[128];
	ptrdiff_t	len;
	size_t		i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		len = mutf7_decode(good[i].mutf7, strlen(good[i].mutf7), buf,
		    sizeof(buf));
		ATF_CHECK_EQ_MSG((ptrdiff_t)strlen(good[i].utf8), len, "%s",
		    good[i].mutf7);
		ATF_CHECK_STREQ(good[i].utf8, buf);
		len = mutf7_encode(good[i].utf8, strlen(good[i].utf8), buf,
		    sizeof(buf));
		ATF_CHECK_EQ_MSG((ptrdiff_t)strlen(good[i].mutf7), len, "%s",
		    good[i].mutf7);
		ATF_CHECK_STREQ(good[i].mutf7, buf);
	}
}

ATF_TC_WITHOUT_HEAD(bad);
ATF_TC_BODY(bad, tc)
{
	char	buf[128];
	size_t	i;

	for (i = 0; i < sizeof(bad_mutf7) / sizeof(bad_mutf7[0]); i++) {
		errno = 0;
		ATF_CHECK_EQ_MSG(-1, mutf7_decode(bad_mutf7[i],
		    strlen(bad_mutf7[i]), buf, sizeof(buf)), "%s",
		    bad_mutf7[i]);
		ATF_CHECK_EQ(EILSEQ, errno);
	}
	for (i = 0; i < sizeof(bad_utf8) / sizeof(bad_utf8[0]); i++) {
		errno = 0;
		ATF_CHECK_EQ_MSG(-1, mutf7_encode(bad_utf8[i],
		    strlen(bad_utf8[i]), buf, sizeof(buf)), "%zu", i);
		ATF_CHECK_EQ(EILSEQ, errno);
	}
	ATF_CHECK_ERRNO(EILSEQ, mutf7_decode("a\0b", 3, buf, 9) == -1);
	ATF_CHECK_ERRNO(EILSEQ, mutf7_encode("a\0b", 3, buf, 9) == -1);
}

/* What fits exactly is taken, a byte less is not, and nothing is written. */
ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	char		buf[128];
	size_t		i, n, len;
	int		there;
	ptrdiff_t	got;

	for (i = 0; i < 2 * sizeof(good) / sizeof(good[0]); i++) {
		there = i % 2;
		len = strlen(there ? good[i / 2].mutf7 : good[i / 2].utf8);
		for (n = 0; n <= len + 1; n++) {
			memset(buf, '#', sizeof(buf));
			got = there ? mutf7_encode(good[i / 2].utf8,
			    strlen(good[i / 2].utf8), buf, n) :
			    mutf7_decode(good[i / 2].mutf7,
			    strlen(good[i / 2].mutf7), buf, n);
			ATF_CHECK_EQ('#', buf[n]);
			ATF_CHECK_EQ(n > len ? (ptrdiff_t)len : -1, got);
			if (n <= len)
				ATF_CHECK_EQ(ENAMETOOLONG, errno);
		}
	}
}

/* Every character has one form, in and out. */
ATF_TC_WITHOUT_HEAD(every_character);
ATF_TC_BODY(every_character, tc)
{
	char		utf8[16], form[32], back[16];
	uint32_t	u;
	ptrdiff_t	n;
	int		len;

	for (u = 1; u <= 0x10ffff; u += u < 0x3000 ? 1 : 37) {
		if (u >= 0xd800 && u <= 0xdfff)
			continue;
		if (u < 0x80)
			len = snprintf(utf8, sizeof(utf8), "%c", (int)u);
		else if (u < 0x800)
			len = snprintf(utf8, sizeof(utf8), "%c%c",
			    (int)(0xc0 | u >> 6), (int)(0x80 | (u & 0x3f)));
		else if (u < 0x10000)
			len = snprintf(utf8, sizeof(utf8), "%c%c%c",
			    (int)(0xe0 | u >> 12),
			    (int)(0x80 | (u >> 6 & 0x3f)),
			    (int)(0x80 | (u & 0x3f)));
		else
			len = snprintf(utf8, sizeof(utf8), "%c%c%c%c",
			    (int)(0xf0 | u >> 18),
			    (int)(0x80 | (u >> 12 & 0x3f)),
			    (int)(0x80 | (u >> 6 & 0x3f)),
			    (int)(0x80 | (u & 0x3f)));
		n = mutf7_encode(utf8, (size_t)len, form, sizeof(form));
		ATF_REQUIRE_MSG(n > 0, "%x", u);
		n = mutf7_decode(form, (size_t)n, back, sizeof(back));
		ATF_REQUIRE_EQ_MSG(len, n, "%x", u);
		ATF_REQUIRE_STREQ(utf8, back);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, both_ways);
	ATF_TP_ADD_TC(tp, bad);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, every_character);
	return (atf_no_error());
}
