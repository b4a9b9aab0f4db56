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
#include <iconv.h>
#include <stdio.h>

#include "imapd/mime/charname.h"
#include "imapd/mime/charset.h"
#include "imapd/mime/charstep.h"
#include "imapd/mime/chartable.h"
#include "imapd/mime/utf8.h"
#include "given.h"

#define OUT_MAX		1024
#define BAD		"\xef\xbf\xbd"

/* What comes before two octets of a table, and what follows. */
static const struct {
	const char	*charset;
	const char	*before;
	unsigned int	 low;
	unsigned int	 high;
} spaces[] = {
	{ "gb18030", "", 0x80, 0xff }, { "big5", "", 0x80, 0xff },
	{ "big5-hkscs", "", 0x80, 0xff }, { "cp932", "", 0x80, 0xff },
	{ "cp949", "", 0x80, 0xff }, { "euc-jp", "", 0x80, 0xff },
	{ "euc-jp", "\x8f", 0x80, 0xff },
	{ "iso-2022-jp", "", 0, 0xff }, { "iso-2022-jp", "\x1b$B", 0, 0xff },
	{ "iso-2022-jp", "\x1b$@", 0, 0xff },
	{ "iso-2022-jp", "\x1b(J", 0, 0xff },
	{ "iso-2022-jp", "\x1b$B\x1b(B", 0, 0xff },
	{ "iso-2022-kr", "\x1b$)C", 0, 0xff },
	{ "iso-2022-kr", "\x1b$)C\x0e", 0, 0xff },
	{ "iso-2022-kr", "\x1b$)C\x0e\x0f", 0, 0xff },
	{ "viscii", "", 0, 0xff }
};
#define NSPACES		(sizeof(spaces) / sizeof(spaces[0]))

static const char *const units[] = { "utf-7", "utf-16", "utf-16be",
    "utf-16le" };
#define NUNITS		(sizeof(units) / sizeof(units[0]))

/* As iconv(3) converts, an octet that is not valid becoming U+FFFD. */
static size_t
by_iconv(iconv_t cd, const char *charset, const void *text, size_t len,
    char *out, int *errors)
{
	char	 in[OUT_MAX], *p = in, *q = out;
	size_t	 left = len, room = OUT_MAX;

	ATF_REQUIRE(len <= sizeof(in));
	memcpy(in, text, len);
	*errors = 0;
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	while (iconv(cd, (void *)&p, &left, &q, &room) == (size_t)-1) {
		ATF_REQUIRE(errno == EILSEQ || errno == EINVAL);
		*errors = 1;
		ATF_REQUIRE(room >= strlen(BAD));
		if (errno == EINVAL)
			break;
		/* The second of two codes waits, but comes first. */
		if (strcmp(charset, "big5-hkscs") == 0)
			(void)iconv(cd, NULL, NULL, &q, &room);
		memcpy(q, BAD, strlen(BAD));
		q += strlen(BAD);
		room -= strlen(BAD);
		/* glibc's cp949 takes one that it then refuses. */
		if (left == 0)
			break;
		p++;
		left--;
	}
	(void)iconv(cd, NULL, NULL, &q, &room);
	if (*errors && left > 0) {
		memcpy(q, BAD, strlen(BAD));
		room -= strlen(BAD);
	}
	return (OUT_MAX - room);
}

static void
fails(const char *what, const char *charset, const unsigned char *text,
    size_t len)
{
	char	 hex[3 * OUT_MAX + 1] = "";
	size_t	 i;

	for (i = 0; i < len; i++)
		snprintf(hex + 3 * i, 4, " %02x", text[i]);
	atf_tc_fail("%s: %s:%s", what, charset, hex);
}

/* Valid as a whole, and to what, or not valid. */
static void
check_strict(iconv_t cd, const char *charset, const unsigned char *text,
    size_t len, struct mime_buf *b)
{
	char	 want[OUT_MAX];
	size_t	 n;
	int	 errors;

	mime_buf_reset(b);
	n = by_iconv(cd, charset, text, len, want, &errors);
	if (mime_charset_convert(charset, (const char *)text, len, b) == -1) {
		ATF_REQUIRE_EQ(EILSEQ, errno);
		if (!errors)
			fails("is refused", charset, text, len);
	} else if (errors || n != b->len || memcmp(want, b->data, n) != 0) {
		fails("is not the same", charset, text, len);
	}
}

static iconv_t
open_known(const char *charset)
{
	struct mime_charstep	 step;
	const char		*known;
	iconv_t			 cd;

	known = mime_charname(charset, strlen(charset));
	ATF_REQUIRE(known != NULL);
	if ((cd = iconv_open("UTF-8", known)) == (iconv_t)-1)
		atf_tc_skip("iconv(3) lacks %s", charset);
	if (mime_charstep_start(&step, known) == -1)
		atf_tc_fail("%s has no table", charset);
	return (cd);
}

/* Whatever iconv(3) has and is no table in the program has a step. */
ATF_TC_WITHOUT_HEAD(all);
ATF_TC_BODY(all, tc)
{
	struct mime_charstep	 step;
	const char		*name, *known;
	size_t			 i;

	(void)tc;
	known = mime_charname("gbk", 3);
	ATF_CHECK_EQ(-1, mime_charstep_start(&step, known));
	mime_charset_prepare();
	for (i = 0; (name = mime_charname_nth(i)) != NULL; i++) {
		known = mime_charname(name, strlen(name));
		if (strcmp(known, MIME_CHARNAME_ASCII) == 0 ||
		    strcmp(known, MIME_CHARNAME_UTF8) == 0 ||
		    mime_chartable(known) != NULL)
			continue;
		(void)iconv_close(open_known(name));
	}
}

/* Neither making the tables nor using them has left anything loaded. */
ATF_TC_WITHOUT_HEAD(unloaded);
ATF_TC_BODY(unloaded, tc)
{
	struct mime_buf	 b = { 0 };
	char		 line[4096];
	FILE		*fp;
	size_t		 i;

	(void)tc;
	mime_charset_prepare();
	for (i = 0; i < NSPACES; i++)
		(void)mime_charset_convert(spaces[i].charset, "a", 1, &b);
	for (i = 0; i < NUNITS; i++)
		(void)mime_charset_convert(units[i], "a", 1, &b);
	mime_buf_free(&b);
	if ((fp = fopen("/proc/self/maps", "r")) == NULL)
		atf_tc_skip("no /proc/self/maps");
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (strstr(line, "/gconv/") != NULL)
			atf_tc_fail("%s", line);
	}
	ATF_REQUIRE_EQ(0, fclose(fp));
}

/* Each character of one octet, two and three. */
ATF_TC_WITHOUT_HEAD(every);
ATF_TC_BODY(every, tc)
{
	unsigned char	 text[16];
	struct mime_buf	 b = { 0 };
	iconv_t		 cd;
	size_t		 i, n;
	unsigned int	 x, y;

	(void)tc;
	mime_charset_prepare();
	for (i = 0; i < NSPACES; i++) {
		cd = open_known(spaces[i].charset);
		n = strlen(spaces[i].before);
		memcpy(text, spaces[i].before, n);
		for (x = spaces[i].low; x <= spaces[i].high; x++) {
			text[n] = (unsigned char)x;
			check_strict(cd, spaces[i].charset, text, n + 1, &b);
			for (y = 0; y <= 0xff; y++) {
				text[n + 1] = (unsigned char)y;
				check_strict(cd, spaces[i].charset, text,
				    n + 2, &b);
			}
		}
		(void)iconv_close(cd);
	}
	mime_buf_free(&b);
}

/* Those of four: all of the basic plane, and many of the others. */
ATF_TC_WITHOUT_HEAD(four);
ATF_TC_BODY(four, tc)
{
	unsigned char	 text[4];
	struct mime_buf	 b = { 0 };
	iconv_t		 cd;
	uint32_t	 n, step;

	(void)tc;
	mime_charset_prepare();
	cd = open_known("gb18030");
	for (n = 0; n < 126 * 12600; n += step) {
		text[0] = (unsigned char)(0x81 + n / 12600);
		text[1] = (unsigned char)(0x30 + n / 1260 % 10);
		text[2] = (unsigned char)(0x81 + n / 10 % 126);
		text[3] = (unsigned char)(0x30 + n % 10);
		check_strict(cd, "gb18030", text, 4, &b);
		/* Each one about the ends of what there is. */
		step = n < 50400 || (n >= 188990 && n < 189010) ||
		    (n >= 1237560 && n < 1237590) ? 1 : 13;
		if (step == 13 && n < 188990 && n + step > 188990)
			step = 188990 - n;
		if (step == 13 && n < 1237560 && n + step > 1237560)
			step = 1237560 - n;
	}
	(void)iconv_close(cd);
	mime_buf_free(&b);
}

/* Cuts the text in two at every place. */
static void
check_cuts(const char *charset, const unsigned char *text, size_t len,
    const char *want, size_t wantlen)
{
	struct mime_charset	*cs;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 cut;

	ATF_REQUIRE((cs = mime_charset_new(&sink)) != NULL);
	for (cut = 0; cut <= len; cut++) {
		mime_buf_reset(&b);
		mime_charset_start(cs, charset, strlen(charset));
		ATF_REQUIRE_EQ(0, mime_charset_feed(cs, text, cut));
		ATF_REQUIRE_EQ(0, mime_charset_feed(cs, text + cut,
		    len - cut));
		ATF_REQUIRE_EQ(0, mime_charset_end(cs));
		if (b.len != wantlen || (wantlen > 0 &&
		    memcmp(b.data, want, wantlen) != 0))
			fails("comes out wrong", charset, text, len);
	}
	mime_charset_free(cs);
	mime_buf_free(&b);
}

/* Some of everything that means something, or nothing, somewhere. */
static size_t
broken_text(unsigned char *text, size_t len, uint64_t *seed)
{
	static const char *const bits[] = { "\x1b$B", "\x1b(B", "\x1b(J",
	    "\x1b$@", "\x1b", "\x1b$", "\x1b$)C", "\x0e", "\x0f", "\x8f",
	    "\x8e", "\x81\x30\x81\x30", "\x90\x30\x81\x30", "\x81\x30\x20",
	    "\x88\x62", "\x88\x66", "\x88\xa3", "\xa4\xa2", "\x8f\xb0\xa1",
	    "\x82\xa0", "\xb0\xa1", "0!", "F|", "\\~", "\r\n", "abc" };
	const char		*s;
	size_t			 i, j, n;

	for (i = 0; i < len; ) {
		if (given_roll(seed, 3) == 0) {
			text[i++] = (unsigned char)(1 +
			    given_roll(seed, 0xff));
			continue;
		}
		s = bits[given_roll(seed, sizeof(bits) / sizeof(bits[0]))];
		n = strlen(s);
		for (j = 0; j < n && i < len; j++)
			text[i++] = (unsigned char)s[j];
	}
	/* Whether the last of it is whole does not depend on the end. */
	for (j = 0; j < 4; j++)
		text[i++] = ' ';
	return (i);
}

ATF_TC_WITHOUT_HEAD(broken);
ATF_TC_BODY(broken, tc)
{
	unsigned char	 text[64];
	char		 want[OUT_MAX];
	uint64_t	 seed = 1;
	iconv_t		 cd;
	size_t		 i, j, len, n;
	int		 errors;

	(void)tc;
	mime_charset_prepare();
	for (i = 0; i < NSPACES; i++) {
		cd = open_known(spaces[i].charset);
		for (j = 0; j < 300; j++) {
			len = broken_text(text, given_roll(&seed, 50), &seed);
			n = by_iconv(cd, spaces[i].charset, text, len, want,
			    &errors);
			check_cuts(spaces[i].charset, text, len, want, n);
		}
		(void)iconv_close(cd);
	}
}

/* Any text in Unicode's own charsets. */
ATF_TC_WITHOUT_HEAD(unicode);
ATF_TC_BODY(unicode, tc)
{
	static const uint32_t	 tops[] = { 0x80, 0x800, 0xd800, 0x110000 };
	unsigned char		 utf8[256], text[OUT_MAX];
	char			*p, *q;
	uint64_t		 seed = 1;
	uint32_t		 code;
	iconv_t			 cd;
	size_t			 i, j, k, n, left, room;

	(void)tc;
	for (i = 0; i < NUNITS; i++) {
		if ((cd = iconv_open(units[i], "UTF-8")) == (iconv_t)-1)
			atf_tc_skip("iconv(3) lacks %s", units[i]);
		for (j = 0; j < 300; j++) {
			n = 0;
			for (k = given_roll(&seed, 40); k > 0; k--) {
				do {
					code = 1 + (uint32_t)given_roll(&seed,
					    tops[given_roll(&seed, 4)] - 1);
				} while ((code >= 0xd800 && code < 0xe000) ||
				    code == 0xfeff);
				n += mime_utf8_put(code, utf8 + n);
			}
			p = (char *)utf8;
			q = (char *)text;
			left = n;
			room = sizeof(text);
			(void)iconv(cd, NULL, NULL, NULL, NULL);
			ATF_REQUIRE_EQ(0, iconv(cd, (void *)&p, &left, &q,
			    &room));
			ATF_REQUIRE_EQ(0, iconv(cd, NULL, NULL, &q, &room));
			check_cuts(units[i], text, sizeof(text) - room,
			    (char *)utf8, n);
		}
		(void)iconv_close(cd);
	}
}

#define CUTS(charset, text, want)					\
	check_cuts(charset, (const unsigned char *)(text),		\
	    sizeof(text) - 1, want, sizeof(want) - 1)

/* The mark of the order; halves of a pair alone. */
ATF_TC_WITHOUT_HEAD(utf16);
ATF_TC_BODY(utf16, tc)
{
	(void)tc;
	CUTS("utf-16", "\xfe\xff\0a\xfe\xff", "a\xef\xbb\xbf");
	CUTS("utf-16", "\xff\xfe" "a\0", "a");
	CUTS("utf-16", "a\0b\0", "ab");
	CUTS("utf-16", "a", BAD);
	CUTS("utf-16be", "\xfe\xff\0a", "\xef\xbb\xbf" "a");
	CUTS("utf-16be", "\xd8\x3d\xde\x00\0a", "\xf0\x9f\x98\x80" "a");
	CUTS("utf-16be", "\xd8\x3d\0a", BAD "a");
	CUTS("utf-16be", "\xde\x00\0a", BAD "a");
	CUTS("utf-16be", "\xd8\x3d\xd8\x3d\xde\x00", BAD "\xf0\x9f\x98\x80");
	CUTS("utf-16be", "\0a\xd8\x3d", "a" BAD);
	CUTS("utf-16be", "\0a\xd8\x3d\xde", "a" BAD);
	CUTS("utf-16be", "\xff\xfd\0\0", BAD "\0");
}

/* RFC 2152. */
ATF_TC_WITHOUT_HEAD(utf7);
ATF_TC_BODY(utf7, tc)
{
	struct mime_buf	 b = { 0 };

	(void)tc;
	CUTS("utf-7", "A+ImIDkQ.", "A\xe2\x89\xa2\xce\x91.");
	CUTS("utf-7", "Hi Mom -+Jjo--!", "Hi Mom -\xe2\x98\xba-!");
	CUTS("utf-7", "+ZeVnLIqe", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
	CUTS("utf-7", "1 +- 1", "1 + 1");
	CUTS("utf-7", "+2D3eAA-", "\xf0\x9f\x98\x80");
	CUTS("utf-7", "a~\\\xe9z", "a" BAD BAD BAD "z");
	CUTS("utf-7", "+!", BAD "!");
	CUTS("utf-7", "+", BAD);
	CUTS("utf-7", "+Jj.", BAD ".");
	CUTS("utf-7", "+Jjp-.", "\xe2\x98\xba" BAD ".");
	CUTS("utf-7", "+2D0-.", BAD ".");
	CUTS("utf-7", "+2D0mOg-", BAD "\xe2\x98\xba");
	CUTS("utf-7", "+3gA-", BAD);
	CUTS("utf-7", "+2D0", BAD);
	ATF_CHECK_EQ(0, mime_charset_convert("utf-7", "+Jjo", 4, &b));
	ATF_CHECK_ERRNO(EILSEQ, mime_charset_convert("utf-7", "+Jj", 3,
	    &b) == -1);
	mime_buf_free(&b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all);
	ATF_TP_ADD_TC(tp, unloaded);
	ATF_TP_ADD_TC(tp, every);
	ATF_TP_ADD_TC(tp, four);
	ATF_TP_ADD_TC(tp, broken);
	ATF_TP_ADD_TC(tp, unicode);
	ATF_TP_ADD_TC(tp, utf16);
	ATF_TP_ADD_TC(tp, utf7);
	return (atf_no_error());
}
