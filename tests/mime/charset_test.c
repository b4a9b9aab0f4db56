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

#include "imapd/mime/charname.h"
#include "imapd/mime/charset.h"
#include "imapd/mime/encword.h"
#include "imapd/mime/utf8.h"
#include "given.h"

/* Converts in pieces of every size. */
static void
check(const char *charset, const char *text, size_t len, const char *want)
{
	struct mime_charset	*cs;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 i, n, step;

	ATF_REQUIRE((cs = mime_charset_new(&sink)) != NULL);
	for (step = 1; step <= len + 1; step++) {
		mime_charset_start(cs, charset,
		    charset == NULL ? 0 : strlen(charset));
		for (i = 0; i < len; i += n) {
			n = len - i < step ? len - i : step;
			ATF_REQUIRE_EQ(0, mime_charset_feed(cs, text + i, n));
		}
		ATF_REQUIRE_EQ(0, mime_charset_end(cs));
		given_check(&b, want);
	}
	mime_charset_free(cs);
}

ATF_TC_WITHOUT_HEAD(built_in);
ATF_TC_BODY(built_in, tc)
{
	(void)tc;
	check(NULL, "a\xc3\xa4\xe9z", 5, "a\xc3\xa4\xc3\xa9z");
	check("no-such", "\xc3", 1, "\xc3\x83");
	check("UTF-8", "\xe2\x82\xac\xff\xc0\x80", 6,
	    "\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	check("UTF-8", "a\xe2\x82", 3, "a\xef\xbf\xbd");
	check("ISO-8859-1", "\xe9\x80", 2, "\xc3\xa9\xe2\x82\xac");
	check("utf-8", "\xed\xa0\x80", 3,
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void
check_some(void)
{
	check("KOI8-R", "\xf0\xd2", 2, "\xd0\x9f\xd1\x80");
	check("iso-2022-jp", "\x1b$B$F\x1b(Ba", 9, "\xe3\x81\xa6" "a");
	check("shift_jis", "\x82\xa0", 2, "\xe3\x81\x82");
	check("gb2312", "\xd6\xd0", 2, "\xe4\xb8\xad");
	check("euc-kr", "\xb0\xa1", 2, "\xea\xb0\x80");
	check("utf-16be", "\0a\xd8\x3d\xde\x00", 6, "a\xf0\x9f\x98\x80");
	check("viscii", "\x02z\xd5", 3, "\xe1\xba\xb2z\xe1\xba\xa1");
}

/* By iconv(3) itself, and from tables. */
ATF_TC_WITHOUT_HEAD(by_iconv);
ATF_TC_BODY(by_iconv, tc)
{
	struct mime_buf	 b = { 0 };

	(void)tc;
	if (mime_charset_convert("gbk", "\xd6\xd0", 2, &b) == -1 &&
	    errno == EINVAL)
		atf_tc_skip("iconv(3) has no charsets");
	mime_buf_free(&b);
	check_some();
	mime_charset_hold();
	check_some();
	mime_charset_prepare();
	check_some();
}

/* Only charsets that mail uses reach iconv(3). */
ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	(void)tc;
	ATF_CHECK_STREQ("US-ASCII", mime_charname("us-ascii", 8));
	ATF_CHECK_STREQ("UTF-8", mime_charname("Utf8", 4));
	ATF_CHECK(mime_charname("GBK", 3) == mime_charname("gb2312", 6));
	ATF_CHECK(mime_charname("windows-1251", 12) ==
	    mime_charname("cp1251", 6));
	ATF_CHECK(mime_charname("utf-8//translit", 15) == NULL);
	ATF_CHECK(mime_charname("../../x", 7) == NULL);
	ATF_CHECK(mime_charname("ibm1364", 7) == NULL);
	ATF_CHECK(mime_charname("", 0) == NULL);
}

ATF_TC_WITHOUT_HEAD(convert);
ATF_TC_BODY(convert, tc)
{
	struct mime_buf	 b = { 0 };

	(void)tc;
	ATF_CHECK_EQ(0, mime_charset_convert("utf-8", "\xc3\xa9", 2, &b));
	given_check(&b, "\xc3\xa9");
	ATF_CHECK_EQ(0, mime_charset_convert("iso-8859-1", "\xe9", 1, &b));
	given_check(&b, "\xc3\xa9");
	ATF_CHECK_ERRNO(EINVAL, mime_charset_convert("x", "a", 1, &b) == -1);
	ATF_CHECK_ERRNO(EILSEQ, mime_charset_convert("utf-8", "\xc3", 1, &b) ==
	    -1);
	ATF_CHECK_ERRNO(EILSEQ, mime_charset_convert("US-ASCII", "\xc3", 1,
	    &b) == -1);
	mime_buf_free(&b);
}

static void
check_words(const char *text, const char *want)
{
	struct mime_encword	 ew;
	struct mime_charset	*cs;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);

	ATF_REQUIRE((cs = mime_charset_new(&sink)) != NULL);
	mime_encword_init(&ew, cs);
	ATF_REQUIRE_EQ(0, mime_encword_feed(&ew, text, strlen(text)));
	ATF_REQUIRE_EQ(0, mime_encword_end(&ew));
	given_check(&b, want);
	mime_charset_free(cs);
}

/* RFC 2047 section 8, and what is sent instead. */
ATF_TC_WITHOUT_HEAD(encoded_words);
ATF_TC_BODY(encoded_words, tc)
{
	(void)tc;
	check_words("=?ISO-8859-1?Q?a?= b", "a b");
	check_words("=?ISO-8859-1?Q?a?= \t =?ISO-8859-1?q?b?=", "ab");
	check_words("=?ISO-8859-1?Q?a_b?=", "a b");
	check_words("x =?utf-8?B?w6k=?= =?utf-8*fr?b?w6k=?= y",
	    "x \xc3\xa9\xc3\xa9 y");
	/* A character in two words. */
	check_words("=?utf-8?q?=C3?= =?UTF-8?q?=A9?=", "\xc3\xa9");
	check_words("=?utf-8?q?=C3?= x", "\xef\xbf\xbd x");
	/* Within a word, and with spaces in it. */
	check_words("a=?utf-8?q?b c?=d", "ab cd");
	check_words("=?no-such?q?=E9?=", "\xc3\xa9");
	check_words("=?utf-8?x?a?= =?utf-8?q?a =??q?a?= =?utf-8?q",
	    "=?utf-8?x?a?= =?utf-8?q?a =??q?a?= =?utf-8?q");
	check_words("caf\xc3\xa9 caf\xe9", "caf\xc3\xa9 caf\xc3\xa9");
}

ATF_TC_WITHOUT_HEAD(false_starts);
ATF_TC_BODY(false_starts, tc)
{
	static const char *const starts[] = {
		"=?", "=?a?q?", "=", "=?a?", "=?a?q?b?", "=?a*b?q?b?="
	};
	struct mime_charset	*cs;
	struct mime_encword	 ew;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	char			*text;
	size_t			 i;

	(void)tc;
	ATF_REQUIRE((cs = mime_charset_new(&sink)) != NULL);
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		text = given_copies(starts[i], 200000);
		mime_encword_init(&ew, cs);
		ATF_CHECK_EQ(0, mime_encword_feed(&ew, text, strlen(text)));
		ATF_CHECK_EQ(0, mime_encword_end(&ew));
		ATF_CHECK(b.len >= 200000);
		mime_buf_reset(&b);
		free(text);
	}
	mime_charset_free(cs);
	mime_buf_free(&b);
}

static void
check_casemap(const char *from, const char *to)
{
	struct mime_buf	 out = { 0 };

	ATF_REQUIRE_EQ(0, mime_casemap(from, strlen(from), &out));
	ATF_REQUIRE_EQ(0, mime_buf_addc(&out, '\0'));
	ATF_CHECK_STREQ(to, out.data);
	mime_buf_free(&out);
}

/* Casemapping twice changes nothing (RFC 5051). */
ATF_TC_WITHOUT_HEAD(casemap);
ATF_TC_BODY(casemap, tc)
{
	struct mime_buf	 again = { 0 };
	unsigned char	 buf[MIME_CASEMAP_MAX];
	uint32_t	 code, back;
	size_t		 n;

	(void)tc;
	check_casemap("", "");
	check_casemap("aZ09[_{", "AZ09[_{");
	check_casemap("\303\244\303\204", "A\314\210A\314\210");	/* ae, AE */
	check_casemap("\303\227", "\303\227");			/* times */
	check_casemap("\317\203\317\202\316\243",		/* sigmas */
	    "\316\243\316\243\316\243");
	check_casemap("\321\217", "\320\257");			/* ya */
	check_casemap("\357\275\201", "A");			/* full width */
	check_casemap("\357\254\201", "FI");			/* ligature */
	check_casemap("\307\206", "DZ\314\214");		/* dz caron */
	check_casemap("\342\204\253", "A\314\212");		/* Angstrom */
	check_casemap("\303\237", "\341\272\236");		/* sharp s */
	check_casemap("a\377b\303", "A\357\277\275B\357\277\275");
	for (code = 0; code <= 0x10ffff; code++) {
		if (code >= 0xd800 && code < 0xe000)
			continue;
		n = mime_utf8_put(code, buf);
		if (mime_utf8_get(buf, n, &back) != (int)n || back != code)
			atf_tc_fail("%x is not itself in UTF-8", code);
		n = mime_casemap_char(code, buf);
		ATF_REQUIRE(n > 0 && n <= sizeof(buf));
		mime_buf_reset(&again);
		ATF_REQUIRE_EQ(0, mime_casemap((char *)buf, n, &again));
		if (again.len != n || memcmp(again.data, buf, n) != 0)
			atf_tc_fail("%x becomes another", code);
	}
	mime_buf_free(&again);
}

/* Long runs of US-ASCII between others: whole, and octet by octet. */
ATF_TC_WITHOUT_HEAD(runs);
ATF_TC_BODY(runs, tc)
{
	enum { LEN = 20000 };
	static const char	*const names[] = { NULL, "utf-8",
				    "windows-1252", "koi8-r" };
	static unsigned char	 text[LEN];
	struct mime_charset	*cs;
	struct mime_buf		 whole = { 0 }, b = { 0 };
	struct mime_sink	 sinks[2];
	uint64_t		 seed = 1;
	size_t			 i, j, n;

	(void)tc;
	sinks[0] = mime_buf_sink(&whole);
	sinks[1] = mime_buf_sink(&b);
	for (i = 0; i < 40; i++) {
		for (j = 0; j < LEN; j += n) {
			n = 1 + given_roll(&seed, i % 2 ? 9 : 300);
			n = n < LEN - j ? n : LEN - j;
			given_mix(text + j, n, "ab\n\r\0", 5, &seed);
			text[j] = (unsigned char)(0x80 +
			    given_roll(&seed, 0x80));
		}
		mime_buf_reset(&whole);
		mime_buf_reset(&b);
		for (j = 0; j < 2; j++) {
			cs = mime_charset_new(&sinks[j]);
			ATF_REQUIRE(cs != NULL);
			mime_charset_start(cs, names[i % 4],
			    names[i % 4] == NULL ? 0 : strlen(names[i % 4]));
			for (n = 0; j == 1 && n < LEN; n++)
				ATF_REQUIRE_EQ(0, mime_charset_feed(cs,
				    text + n, 1));
			ATF_REQUIRE(j == 1 || mime_charset_feed(cs, text,
			    LEN) == 0);
			ATF_REQUIRE_EQ(0, mime_charset_end(cs));
			mime_charset_free(cs);
		}
		ATF_REQUIRE_EQ(whole.len, b.len);
		ATF_REQUIRE(memcmp(whole.data, b.data, b.len) == 0);
	}
	mime_buf_free(&whole);
	mime_buf_free(&b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, built_in);
	ATF_TP_ADD_TC(tp, by_iconv);
	ATF_TP_ADD_TC(tp, runs);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, convert);
	ATF_TP_ADD_TC(tp, encoded_words);
	ATF_TP_ADD_TC(tp, false_starts);
	ATF_TP_ADD_TC(tp, casemap);
	return (atf_no_error());
}
