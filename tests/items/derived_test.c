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

#include <stdio.h>

#include "imapd/derive_preview.h"
#include "imapd/derive.h"
#include "tests/mime/given.h"

static void	check(const char *, const char *);
static void	check_id(const char *, size_t, const char *);

/* Of a message's text; want without the form. */
static void
check(const char *message, const char *want)
{
	struct mime_message	*m = given_message(message);
	struct mime_buf		 b = { NULL, 0, 0, 0 };

	ATF_REQUIRE_EQ(0, derive_preview(m, &b));
	ATF_REQUIRE(b.len > 0);
	ATF_CHECK_EQ(PREVIEW_FORM, b.data[0]);
	ATF_REQUIRE_EQ(0, mime_buf_addc(&b, '\0'));
	ATF_CHECK_STREQ(want, b.data + 1);
	mime_buf_free(&b);
	mime_close(m);
}

#define HTML	"Content-Type: text/html; charset=utf-8\n\n"
#define UTF8	"Content-Type: text/plain; charset=utf-8\n"

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	check("", "");
	check("\n", "");
	check("Subject: x\n\n", "");
	check("\nHello,\n\n  how are\tyou?\r\n", "Hello, how are you?");
	check(UTF8 "\nGr\xc3\xbc\xc3\x9f""e\xc2\xa0 \xe2\x80\x89x\n",
	    "Gr\xc3\xbc\xc3\x9f""e x");
	check("Content-Type: text/plain; charset=iso-8859-1\n\n\xe9t\xe9\n",
	    "\xc3\xa9t\xc3\xa9");
	check("Content-Transfer-Encoding: base64\n" UTF8
	    "\nw6kK\nw6kK\n", "\xc3\xa9 \xc3\xa9");
	check("Content-Transfer-Encoding: quoted-printable\n" UTF8
	    "\n=C3=A9=\n=C3=A9\n", "\xc3\xa9\xc3\xa9");
	/* No controls, and nothing that turns what follows around. */
	check(UTF8 "\na\x01\x1b[1mb\xe2\x80\xae""c\xef\xbb\xbf\x7f\n",
	    "a [1mbc");
	/* Joiners stay in words. */
	check(UTF8 "\na\xe2\x80\x8d""b \xe2\x80\x8c \xe2\x80\x8c c\n",
	    "a\xe2\x80\x8d""b c");
}

ATF_TC_WITHOUT_HEAD(quotes);
ATF_TC_BODY(quotes, tc)
{
	check("\n> one\n> two\n\nyes\n>three\nno > more\n", "yes no > more");
	check("\n> one\n> two\n", "> one > two");
	/* Nor who wrote what is quoted. */
	check("\nHi,\n\nOn 1 Jan, A\n<a@b> wrote:\n\n> one\n\nyes\n",
	    "Hi, yes");
	check("\nAm 1. schrieb A:\n> one\nja\nB, 2:\n> two\nnein\n",
	    "nein");
	check("\nSee this:\n> one\n", "See this:");
	check("\nAt 10:\nno\n> one\n", "At 10: no");
	check("\nOn 1 Jan A wrote:\n> one\n", "On 1 Jan A wrote: > one");
	check("\nbye\n-- \nAda\n", "bye");
	check("\nbye\n--\nAda\n", "bye -- Ada");
	check("\n-- x\n--y -- \n-", "-- x --y --");
	check("\n-- \nAda\n", "Ada");
	check("\n- one\n- two\n", "- one - two");
	check(HTML "<blockquote>a<blockquote>b</blockquote></blockquote>c",
	    "c");
	check(HTML "<blockquote>a</blockquote>", "a");
}

ATF_TC_WITHOUT_HEAD(html);
ATF_TC_BODY(html, tc)
{
	check(HTML "<p>Hello, <b>w</b>orld</p><p>x<br>y", "Hello, world x y");
	check(HTML "<html><head><title>T</title><style>a{b:c}</style>"
	    "<script>if (a<b && c) x=\"it's\";</script></head><body "
	    "title=\"a>b\">text</body>", "text");
	check(HTML "<STYLE\n>p</style >x</Style>y", "x y");
	check(HTML "a<!-- b > -- c -->d<!DOCTYPE e><![if f]>g", "adg");
	check(HTML "a<!-->b--->c<!>d", "ab--->cd");
	check(HTML "1 < 2 && 3 <4 <", "1 < 2 && 3 <4");
	check(HTML "<a href='x>y'>z</a>", "z");
	check(HTML "&lt;&amp;&gt;&quot;&nbsp;&Auml;&auml;&#233;&#xe9;&#146;"
	    "&euro", "<&>\" \xc3\x84\xc3\xa4\xc3\xa9\xc3\xa9\xe2\x80\x99"
	    "\xe2\x82\xac");
	check(HTML "&bogus; &#x110000; &#xd800; &; &amp",
	    "&bogus; &#x110000; &#xd800; &; &");
	check(HTML "&zwnj;&nbsp;&zwnj;&nbsp;x&#0;y", "x&#0;y");
	check(HTML "<unclosed", "");
	check(HTML "<script>never", "");
	check(HTML "", "");
}

#define MIXED(t)	"Content-Type: multipart/" t "; boundary=b\n\n"

ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	check(MIXED("alternative") "--b\n" HTML "h\n--b\n" UTF8 "\np\n--b--\n",
	    "p");
	check(MIXED("alternative") "--b\n" UTF8 "\n \n--b\n" HTML "h\n"
	    "--b--\n", "h");
	check(MIXED("mixed") "pre\n--b\n" HTML "h\n--b\n" UTF8 "\np\n--b--\n",
	    "h");
	check(MIXED("mixed") "--b\nContent-Type: image/png\n\nx\n--b\n" UTF8
	    "Content-Disposition: attachment\n\na\n--b\n\np\n--b--\n", "p");
	check(MIXED("mixed") "--b\nContent-Type: message/rfc822\n\n"
	    "Subject: s\n\nwithin\n--b--\n", "within");
	check(MIXED("encrypted") "--b\n\nVersion: 1\n--b--\n", "");
	check(MIXED("signed") "--b\n\nsigned\n--b\nContent-Type: "
	    "application/pgp-signature\n\nx\n--b--\n", "signed");
	check("Content-Type: application/pdf\n\n%PDF", "");
	check("Content-Type: text/calendar\n\nBEGIN:", "");
	check("Content-Type: multipart/mixed\n\nno boundary\n", "no boundary");
	check("Content-Type: nonsense\n\nx\n", "x");
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	char	*s, *text, *want;
	size_t	 i;

	/* 200 characters, whatever they take. */
	s = given_copies("\xf0\x9f\x98\x80", 300);
	ATF_REQUIRE(asprintf(&text, UTF8 "\n%s\n", s) != -1);
	want = given_copies("\xf0\x9f\x98\x80", 200);
	check(text, want);
	free(s);
	free(text);
	free(want);
	/* A space that comes last is none. */
	s = given_copies("x", 199);
	ATF_REQUIRE(asprintf(&text, "\n%s yz\n", s) != -1);
	check(text, s);
	free(text);
	free(s);
	/* Nothing far away is looked at. */
	s = given_copies("> q\n", 100000);
	ATF_REQUIRE(asprintf(&text, "\n%sx\n", s) != -1);
	want = given_copies("> q ", 50);
	want[199] = '\0';
	check(text, want);
	free(text);
	free(want);
	free(s);
	/* Deep and many. */
	s = given_copies("Content-Type: message/rfc822\n\n", 20000);
	ATF_REQUIRE(asprintf(&text, "%s\nx\n", s) != -1);
	check(text, "");
	free(text);
	free(s);
	s = given_copies("--b\n\n \n", 20000);
	ATF_REQUIRE(asprintf(&text, MIXED("alternative") "%s--b--\n", s) !=
	    -1);
	check(text, "");
	free(text);
	free(s);
	s = given_copies("<p title=\"", 50000);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE(asprintf(&text, HTML "%sx", i == 0 ? s :
		    "<") != -1);
		check(text, i == 0 ? "" : "");
		free(text);
	}
	free(s);
}

static void
check_id(const char *message, size_t len, const char *want)
{
	struct mime_message	*m;
	struct mime_buf		 b = { NULL, 0, 0, 0 };

	ATF_REQUIRE((m = mime_open(given_file(message, len))) != NULL);
	/* A wrong size in the file's name changes nothing. */
	mime_set_size(m, 1);
	ATF_REQUIRE_EQ(0, derive_emailid(m, &b));
	given_check(&b, want);
	mime_close(m);
}

ATF_TC_WITHOUT_HEAD(emailid);
ATF_TC_BODY(emailid, tc)
{
	struct mime_message	*m;
	struct mime_buf		 a = { NULL, 0, 0, 0 }, b = { NULL, 0, 0, 0 };
	char			*lf, *crlf;

	check_id("", 0, "Me3b0c44298fc1c149afbf4c8996fb92427ae41e4");
	check_id("a\n\nb", 4, "M6c016771b47a0e6a9837daf173b31b4475158db5");
	lf = given_copies("line\n\r\n\r", 20000);
	crlf = given_copies("line\r\n\r\n\r", 20000);
	m = given_message(lf);
	ATF_REQUIRE_EQ(0, derive_emailid(m, &a));
	mime_close(m);
	m = given_message(crlf);
	ATF_REQUIRE_EQ(0, derive_emailid(m, &b));
	mime_close(m);
	ATF_CHECK_EQ(41, a.len);
	ATF_CHECK_EQ(0, memcmp(a.data, b.data, a.len));
	mime_buf_free(&a);
	mime_buf_free(&b);
	free(lf);
	free(crlf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, quotes);
	ATF_TP_ADD_TC(tp, html);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, emailid);
	return (atf_no_error());
}
