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

#include "imapd/mime/header.h"
#include "imapd/mime/structure.h"
#include "given.h"

static struct mime_source	src;

static void
given_source(const char *text, size_t len)
{
	ATF_REQUIRE_EQ(0, mime_source_init(&src, given_file(text, len)));
}

/* The field at off must have that name and value; returns where it ends. */
static off_t
check_field(off_t off, const char *name, const char *value)
{
	struct mime_field	 field;
	struct mime_buf		 b = { 0 };

	ATF_REQUIRE_EQ(1, mime_field_next(&src, off, src.size, &field));
	ATF_CHECK_STREQ(name, field.name);
	ATF_REQUIRE_EQ(0, mime_field_value(&src, &field, &b));
	given_check(&b, value);
	return (field.end);
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	const char		*text = "A: b\r\n c\r\n\td \nbad line\n"
				    " more\nSp :x\n: y\nB:\n\nC: body\n";
	struct mime_field	 field;
	off_t			 off;

	(void)tc;
	given_source(text, strlen(text));
	off = check_field(0, "A", "b c\td");
	off = check_field(off, "", "bad line more");
	off = check_field(off, "Sp", "x");
	off = check_field(off, "", ": y");
	off = check_field(off, "B", "");
	ATF_CHECK_EQ(0, mime_field_next(&src, off, src.size, &field));
}

ATF_TC_WITHOUT_HEAD(odd_headers);
ATF_TC_BODY(odd_headers, tc)
{
	struct mime_field	 field;

	(void)tc;
	given_source("", 0);
	ATF_CHECK_EQ(0, mime_field_next(&src, 0, 0, &field));
	given_source("\r\n", 2);
	ATF_CHECK_EQ(0, mime_field_next(&src, 0, 2, &field));
	given_source("A:\0b", 4);
	ATF_CHECK_EQ(4, check_field(0, "A", "\x80" "b"));
	given_source("A: b\rc\n", 7);
	ATF_CHECK_EQ(7, check_field(0, "A", "b c"));
	given_source("A: b\r\r\n c\r", 10);
	ATF_CHECK_EQ(10, check_field(0, "A", "b  c"));
	given_source(" A: b", 5);
	ATF_CHECK_EQ(5, check_field(0, "", "A: b"));
	given_source("A\xe9: b", 5);
	ATF_CHECK_EQ(5, check_field(0, "", "A\xe9: b"));
}

ATF_TC_WITHOUT_HEAD(long_name);
ATF_TC_BODY(long_name, tc)
{
	char	*text = given_copies("n", MIME_NAME_MAX + 10);

	(void)tc;
	text[MIME_NAME_MAX - 1] = ':';
	given_source(text, MIME_NAME_MAX + 1);
	text[MIME_NAME_MAX - 1] = '\0';
	ATF_CHECK_EQ(MIME_NAME_MAX + 1, check_field(0, text, "n"));
	text[MIME_NAME_MAX - 1] = 'n';
	text[MIME_NAME_MAX] = ':';
	given_source(text, MIME_NAME_MAX + 1);
	text[MIME_NAME_MAX + 1] = '\0';
	ATF_CHECK_EQ(MIME_NAME_MAX + 1, check_field(0, "", text));
	free(text);
}

/* A value as long as it likes costs no more than its limit. */
ATF_TC_WITHOUT_HEAD(long_value);
ATF_TC_BODY(long_value, tc)
{
	struct mime_wanted	 wanted = { "To", 1 };
	struct mime_buf		 b = { 0 };
	char			*text;

	(void)tc;
	text = given_copies("To: aaaaaaaa\n bbbbbbb\n", 100000);
	given_source(text, strlen(text));
	ATF_REQUIRE_EQ(0, mime_header_collect(&src, 0, src.size, &wanted, 1,
	    &b));
	ATF_CHECK(b.len <= MIME_FIELD_MAX + 2);
	ATF_CHECK(b.len > MIME_FIELD_MAX - 100);
	mime_buf_free(&b);
	free(text);
}

ATF_TC_WITHOUT_HEAD(collect);
ATF_TC_BODY(collect, tc)
{
	static const struct mime_wanted	 wanted[] = {
		{ "To", 1 }, { "Subject", 0 }, { "Cc", 0 }, { "Bcc", 1 }
	};
	const char	*text = "to: a\nSUBJECT: 1\nTo: b\nSubject: 2\nBcc:\n\n"
			    "Cc: body\n";
	struct mime_buf	 v[4];

	(void)tc;
	memset(v, 0, sizeof(v));
	given_source(text, strlen(text));
	ATF_REQUIRE_EQ(0, mime_header_collect(&src, 0, src.size, wanted, 4,
	    v));
	ATF_CHECK_STREQ("a\nb", v[0].data);
	ATF_CHECK_STREQ("1", v[1].data);
	ATF_CHECK(v[2].data == NULL);
	ATF_REQUIRE(v[3].data != NULL);
	ATF_CHECK_EQ(0, v[3].len);
	mime_buf_free(&v[0]);
	mime_buf_free(&v[1]);
	mime_buf_free(&v[3]);
	/* An empty one is passed over for one that is not. */
	memset(v, 0, sizeof(v));
	given_source("Subject:\nsubject: 2\nSubject: 3\nTo: \nTo: a\n", 43);
	ATF_REQUIRE_EQ(0, mime_header_collect(&src, 0, src.size, wanted, 2,
	    v));
	ATF_CHECK_STREQ("a", v[0].data);
	ATF_CHECK_STREQ("2", v[1].data);
	mime_buf_free(&v[0]);
	mime_buf_free(&v[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, odd_headers);
	ATF_TP_ADD_TC(tp, long_name);
	ATF_TP_ADD_TC(tp, long_value);
	ATF_TP_ADD_TC(tp, collect);
	return (atf_no_error());
}
