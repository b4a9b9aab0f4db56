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

#include "imapd/mime/section.h"
#include "imapd/mime/source.h"
#include "given.h"

/* The example of RFC 3501 section 6.4.5, in small. */
static const char message[] =
	"Subject: top\nTo: a@b\nX: 1\nx: 2\n"
	"Content-Type: multipart/mixed; boundary=b\n\n"
	"--b\nContent-ID: <1>\n\none\n"
	"--b\nContent-Type: message/rfc822\nContent-ID: <2>\n\n"
	"Subject: two\nContent-Type: multipart/mixed; boundary=c\n\n"
	"--c\n\ntwo.one\n--c\nContent-ID: <2.2>\n\ntwo.two\n--c--\n"
	"--b\nContent-Type: message/rfc822\n\nSubject: three\n\nbody\n"
	"--b--\n";

static const char *const	names[] = { "none", "SUBJECT", "x" };

/* want is NULL if there is no such section; whole and in pieces. */
static void
check(const char *file, const char *text, const char *want)
{
	struct mime_message	*m = given_message(file);
	struct mime_section	 sec;
	struct mime_data	 data;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	uint64_t		 off, n;

	ATF_REQUIRE_EQ_MSG(0, mime_section_parse(&sec, text, strlen(text)),
	    "%s", text);
	sec.fields = names;
	sec.nfields = 3;
	ATF_REQUIRE_EQ_MSG(want != NULL, mime_section_find(m, &sec, &data),
	    "%s", text);
	if (want != NULL) {
		ATF_CHECK_EQ_MSG(strlen(want), data.size, "%s", text);
		ATF_REQUIRE_EQ(0, mime_section_send(m, &sec, &data, 0,
		    data.size, &sink));
		given_check(&b, want);
		for (off = 0; off < data.size; off += n) {
			n = mime_section_partial(&data, off, 3);
			ATF_REQUIRE_EQ(0, mime_section_send(m, &sec, &data,
			    off, n, &sink));
		}
		given_check(&b, want);
	}
	ATF_CHECK_EQ(0, mime_error(m));
	mime_close(m);
}

ATF_TC_WITHOUT_HEAD(parse);
ATF_TC_BODY(parse, tc)
{
	static const char *const bad[] = {
		"0", "01", "1.", "1..2", ".1", "1.0", "a", "1.HEADERS", "MIME",
		"TEXT.1", "HEADER.", "HEADER.FIELDS.", "1 ", "4294967296",
		"1.2.", "1.HEADER.FIELDS.NO", "-1", "1a"
	};
	static const char *const good[] = {
		"", "1", "1.2.3", "header", "Text", "1.mime", "1.2.TEXT",
		"HEADER.FIELDS", "header.fields.not", "4294967295",
		"3.Header.Fields"
	};
	struct mime_section	 sec;
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, mime_section_parse(&sec, bad[i],
		    strlen(bad[i])), "%s", bad[i]);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ATF_CHECK_EQ_MSG(0, mime_section_parse(&sec, good[i],
		    strlen(good[i])), "%s", good[i]);
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "1.20.header.fields", 18));
	ATF_CHECK_EQ(MIME_SECTION_FIELDS, sec.kind);
	ATF_REQUIRE_EQ(2, sec.npath);
	ATF_CHECK_EQ(1, sec.path[0]);
	ATF_CHECK_EQ(20, sec.path[1]);
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "HEADER.FIELDS", 13));
	ATF_CHECK_EQ(0, sec.npath);
}

ATF_TC_WITHOUT_HEAD(whole);
ATF_TC_BODY(whole, tc)
{
	(void)tc;
	check("A: b\n\nx\n", "", "A: b\r\n\r\nx\r\n");
	check("A: b\n\nx\n", "HEADER", "A: b\r\n\r\n");
	check("A: b\n\nx\n", "TEXT", "x\r\n");
	check("A: b", "HEADER", "A: b");
	check("A: b", "TEXT", "");
	check("", "", "");
}

/* A message that is no multipart has a part 1. */
ATF_TC_WITHOUT_HEAD(no_multipart);
ATF_TC_BODY(no_multipart, tc)
{
	(void)tc;
	check("A: b\n\nx\n", "1", "x\r\n");
	check("A: b\n\nx\n", "1.MIME", "A: b\r\n\r\n");
	check("A: b\n\nx\n", "2", NULL);
	check("A: b\n\nx\n", "1.1", NULL);
	check("A: b\n\nx\n", "1.TEXT", NULL);
	check("A: b\n\nx\n", "1.HEADER", NULL);
	check("Content-Type: message/rfc822\n\nA: b\n\nx", "1",
	    "A: b\r\n\r\nx");
	check("Content-Type: message/rfc822\n\nA: b\n\nx", "1.TEXT", "x");
	check("Content-Type: message/rfc822\n\nA: b\n\nx", "1.1", "x");
}

ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	(void)tc;
	check(message, "1", "one");
	check(message, "1.MIME", "Content-ID: <1>\r\n\r\n");
	check(message, "1.HEADER", NULL);
	check(message, "1.1", NULL);
	check(message, "2.MIME",
	    "Content-Type: message/rfc822\r\nContent-ID: <2>\r\n\r\n");
	check(message, "2.HEADER", "Subject: two\r\n"
	    "Content-Type: multipart/mixed; boundary=c\r\n\r\n");
	check(message, "2.TEXT", "--c\r\n\r\ntwo.one\r\n--c\r\n"
	    "Content-ID: <2.2>\r\n\r\ntwo.two\r\n--c--");
	check(message, "2.1", "two.one");
	check(message, "2.2", "two.two");
	check(message, "2.2.MIME", "Content-ID: <2.2>\r\n\r\n");
	check(message, "2.3", NULL);
	check(message, "2.1.1", NULL);
	check(message, "3", "Subject: three\r\n\r\nbody");
	check(message, "3.1", "body");
	check(message, "3.1.MIME", "Subject: three\r\n\r\n");
	check(message, "3.2", NULL);
	check(message, "4", NULL);
	check(message, "4294967295", NULL);
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	(void)tc;
	check(message, "HEADER.FIELDS",
	    "Subject: top\r\nX: 1\r\nx: 2\r\n\r\n");
	check(message, "HEADER.FIELDS.NOT", "To: a@b\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	check(message, "3.HEADER.FIELDS", "Subject: three\r\n\r\n");
	check(message, "3.HEADER.FIELDS.NOT", "\r\n");
	check(message, "1.HEADER.FIELDS", NULL);
	check("X: a\n b\n\tc\nY: d\nbad\n\n", "HEADER.FIELDS",
	    "X: a\r\n b\r\n\tc\r\n\r\n");
	check("X: a\n b\n\tc\nY: d\nbad\n\n", "HEADER.FIELDS.NOT",
	    "Y: d\r\nbad\r\n\r\n");
	/* No empty line where the message has none: section 6.4.5. */
	check("X: a\nY: d", "HEADER.FIELDS", "X: a\r\n");
}

ATF_TC_WITHOUT_HEAD(long_path);
ATF_TC_BODY(long_path, tc)
{
	char	*text = given_copies("1.", 100000);

	(void)tc;
	check(message, "1.1.1.1.1.1.1.1.1.1", NULL);
	text[strlen(text) - 1] = '\0';
	check(message, text, NULL);
	free(text);
}

ATF_TC_WITHOUT_HEAD(partial);
ATF_TC_BODY(partial, tc)
{
	struct mime_data	 data = { 10, 0, 0, 0 };

	(void)tc;
	ATF_CHECK_EQ(10, mime_section_partial(&data, 0, 10));
	ATF_CHECK_EQ(10, mime_section_partial(&data, 0, UINT64_MAX));
	ATF_CHECK_EQ(1, mime_section_partial(&data, 9, UINT64_MAX));
	ATF_CHECK_EQ(0, mime_section_partial(&data, 10, 1));
	ATF_CHECK_EQ(0, mime_section_partial(&data, UINT64_MAX, UINT64_MAX));
	ATF_CHECK_EQ(0, mime_section_partial(&data, 3, 0));
}

/* What was announced is sent, whatever becomes of the file. */
ATF_TC_WITHOUT_HEAD(changed_file);
ATF_TC_BODY(changed_file, tc)
{
	static const char *const kinds[] = { "", "HEADER.FIELDS", "1" };
	const char		*text = "Subject: x\nX: y\n\nbody\n";
	struct mime_section	 sec;
	struct mime_data	 data;
	struct mime_message	*m;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 i;
	int			 fd;

	(void)tc;
	for (i = 0; i < 3; i++) {
		fd = given_file(text, strlen(text));
		ATF_REQUIRE((m = mime_open(fd)) != NULL);
		ATF_REQUIRE_EQ(0, mime_section_parse(&sec, kinds[i],
		    strlen(kinds[i])));
		sec.fields = names;
		sec.nfields = 3;
		ATF_REQUIRE_EQ(1, mime_section_find(m, &sec, &data));
		ATF_REQUIRE_EQ(0, ftruncate(fd, 3));
		mime_source_of(m)->buflen = 0;
		mime_buf_reset(&b);
		ATF_CHECK_EQ(0, mime_section_send(m, &sec, &data, 0,
		    data.size, &sink));
		ATF_CHECK_EQ(data.size, b.len);
		ATF_CHECK_EQ(' ', b.data[b.len - 1]);
		ATF_CHECK_EQ(ESTALE, mime_error(m));
		mime_close(m);
		(void)close(fd);
	}
	mime_buf_free(&b);
}

/* Fields are found whatever their place among those asked for. */
ATF_TC_WITHOUT_HEAD(sorted_names);
ATF_TC_BODY(sorted_names, tc)
{
	static const char *const	 sorted[] = {
		"A", "b", "Cc", "d", "E"
	};
	const char			*text = "Cc: 3\nA: 1\nF: 0\nCC: 3\n"
					    "e: 5\nB: 2\nC: 0\nD: 4\n: x\n";
	static const char *const	 want[] = {
		"", "A: 1\r\n", "A: 1\r\nB: 2\r\n",
		"Cc: 3\r\nA: 1\r\nCC: 3\r\nB: 2\r\n",
		"Cc: 3\r\nA: 1\r\nCC: 3\r\nB: 2\r\nD: 4\r\n",
		"Cc: 3\r\nA: 1\r\nCC: 3\r\ne: 5\r\nB: 2\r\nD: 4\r\n"
	};
	struct mime_section	 sec;
	struct mime_data	 data;
	struct mime_message	*m = given_message(text);
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "HEADER.FIELDS", 13));
	sec.fields = sorted;
	for (sec.nfields = 0; sec.nfields <= 5; sec.nfields++) {
		ATF_REQUIRE_EQ(1, mime_section_find(m, &sec, &data));
		ATF_REQUIRE_EQ(0, mime_section_send(m, &sec, &data, 0,
		    data.size, &sink));
		given_check(&b, want[sec.nfields]);
	}
	mime_close(m);
}

/* Other fields than before, and more of them. */
ATF_TC_WITHOUT_HEAD(rewritten_header);
ATF_TC_BODY(rewritten_header, tc)
{
	struct mime_section	 sec;
	struct mime_data	 data;
	struct mime_message	*m;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	int			 fd = given_file("X: 1\nYY: 2\n\n", 12);

	(void)tc;
	ATF_REQUIRE((m = mime_open(fd)) != NULL);
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "HEADER.FIELDS", 13));
	sec.fields = &names[2];
	sec.nfields = 1;
	ATF_REQUIRE_EQ(1, mime_section_find(m, &sec, &data));
	ATF_CHECK_EQ(8, data.size);
	ATF_REQUIRE_EQ(12, pwrite(fd, "X: 1\nX: 234\n", 12, 0));
	mime_source_of(m)->buflen = 0;
	ATF_CHECK_EQ(0, mime_section_send(m, &sec, &data, 0, data.size,
	    &sink));
	given_check(&b, "X: 1\r\nX:");
	mime_close(m);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parse);
	ATF_TP_ADD_TC(tp, whole);
	ATF_TP_ADD_TC(tp, no_multipart);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, long_path);
	ATF_TP_ADD_TC(tp, partial);
	ATF_TP_ADD_TC(tp, changed_file);
	ATF_TP_ADD_TC(tp, sorted_names);
	ATF_TP_ADD_TC(tp, rewritten_header);
	return (atf_no_error());
}
