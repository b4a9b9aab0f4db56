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

#include "given.h"

static void
check_nstring(const char *want, const char *buf, size_t len)
{
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);

	ATF_REQUIRE_EQ(0, mime_sink_nstring(&sink, buf, len));
	given_check(&b, want);
}

ATF_TC_WITHOUT_HEAD(nstring);
ATF_TC_BODY(nstring, tc)
{
	(void)tc;
	check_nstring("NIL", NULL, 0);
	check_nstring("\"\"", "", 0);
	check_nstring("\"a \\\"b\\\" \\\\c\td\"", "a \"b\" \\c\td", 10);
	check_nstring("{1}\r\n\r", "\r", 1);
	check_nstring("{2}\r\n\xc3\xa9", "\xc3\xa9", 2);
	check_nstring("{1}\r\n\x7f", "\x7f", 1);
	check_nstring("{3}\r\na\x80" "b", "a\0b", 3);
}

ATF_TC_WITHOUT_HEAD(nstring_long);
ATF_TC_BODY(nstring_long, tc)
{
	char	*text = given_copies("\\", 1001), *want;
	size_t	 i;

	(void)tc;
	ATF_REQUIRE((want = malloc(2 * 1000 + 3)) != NULL);
	want[0] = '"';
	for (i = 1; i <= 2000; i++)
		want[i] = '\\';
	want[2001] = '"';
	want[2002] = '\0';
	check_nstring(want, text, 1000);
	free(want);
	ATF_REQUIRE((want = malloc(1001 + 9)) != NULL);
	memcpy(want, "{1001}\r\n", 8);
	memcpy(want + 8, text, 1002);
	check_nstring(want, text, 1001);
	free(want);
	free(text);
}

ATF_TC_WITHOUT_HEAD(buf_limit);
ATF_TC_BODY(buf_limit, tc)
{
	struct mime_buf	 b = { 0 };

	(void)tc;
	b.limit = 4;
	ATF_CHECK_EQ(0, mime_buf_add(&b, "abc", 3));
	ATF_CHECK_ERRNO(EMSGSIZE, mime_buf_add(&b, "de", 2) == -1);
	ATF_CHECK_EQ(0, mime_buf_addc(&b, 'd'));
	ATF_CHECK_ERRNO(EMSGSIZE, mime_buf_addc(&b, 'e') == -1);
	ATF_CHECK_EQ(4, b.len);
	b.limit = 0;
	given_check(&b, "abcd");
}

ATF_TC_WITHOUT_HEAD(number);
ATF_TC_BODY(number, tc)
{
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);

	(void)tc;
	ATF_CHECK_EQ(0, mime_sink_number(&sink, 18446744073709551615ULL));
	given_check(&b, "18446744073709551615");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nstring);
	ATF_TP_ADD_TC(tp, nstring_long);
	ATF_TP_ADD_TC(tp, buf_limit);
	ATF_TP_ADD_TC(tp, number);
	return (atf_no_error());
}
