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

#include "imapd/mime/binary.h"
#include "imapd/mime/source.h"
#include "tests/mime/given.h"

#define S(x)	x, sizeof(x) - 1

static struct mime_message	*open_message(const void *, size_t);
static void	 check_is(struct mime_message *, const char *, const void *,
		    size_t, int);
static void	 check_pieces(struct mime_message *,
		    const struct mime_section *, const char *, size_t, size_t);
static char	*many(const char *, const char *, size_t, const char *);

static struct mime_message *
open_message(const void *buf, size_t len)
{
	struct mime_message	*m;

	ATF_REQUIRE((m = mime_open(given_file(buf, len))) != NULL);
	return (m);
}

/* It comes the same in pieces, forwards and backwards. */
static void
check_pieces(struct mime_message *m, const struct mime_section *sec,
    const char *want, size_t len, size_t piece)
{
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 off, n;

	for (off = 0; off < len; off += n) {
		n = len - off < piece ? len - off : piece;
		ATF_REQUIRE_EQ(0, mime_binary_send(m, sec, off, n, &sink));
		ATF_REQUIRE_EQ(off + n, b.len);
	}
	ATF_CHECK(len == 0 || memcmp(b.data, want, len) == 0);
	for (off = len; off > 0; off -= n) {
		n = off < piece ? off : piece;
		mime_buf_reset(&b);
		ATF_REQUIRE_EQ(0, mime_binary_send(m, sec, off - n, n, &sink));
		ATF_REQUIRE_EQ(n, b.len);
		ATF_CHECK_EQ(0, memcmp(b.data, want + off - n, n));
	}
	mime_buf_free(&b);
}

static void
check_is(struct mime_message *m, const char *text, const void *want,
    size_t len, int nul)
{
	struct mime_section	 sec;
	struct mime_binary	 bin;

	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, text, strlen(text)));
	ATF_CHECK_EQ(1, mime_binary_known(m, &sec));
	ATF_REQUIRE_EQ(1, mime_binary_find(m, &sec, &bin));
	ATF_CHECK_EQ_MSG(len, bin.size, "%s: %ju", text, (uintmax_t)bin.size);
	ATF_CHECK_EQ(nul, bin.nul);
	if (len < 1000) {
		check_pieces(m, &sec, want, len, 1);
		check_pieces(m, &sec, want, len, 7);
	}
	check_pieces(m, &sec, want, len, 5000);
	check_pieces(m, &sec, want, len, len + 1);
	ATF_CHECK_EQ(0, mime_error(m));
}

#define CHECK(message, section, want, nul) do {				\
	struct mime_message *m_ = open_message(S(message));		\
	check_is(m_, section, S(want), nul);				\
	mime_close(m_);							\
} while (0)

#define B64	"Content-Transfer-Encoding: base64\n"
#define QP	"content-transfer-encoding: Quoted-Printable (x)\n"
#define OCTETS	"Content-Type: application/octet-stream\n"
#define TEXT	"Content-Type: text/plain; charset=utf-8\n"

ATF_TC_WITHOUT_HEAD(identity);
ATF_TC_BODY(identity, tc)
{
	CHECK("\nab\n\nc", "1", "ab\r\n\r\nc", 0);
	CHECK("A: b\n\nab\n", "", "A: b\r\n\r\nab\r\n", 0);
	CHECK("Content-Transfer-Encoding: 8BIT\n\n\xc3\xa9\r\n", "1",
	    "\xc3\xa9\r\n", 0);
	CHECK("Content-Transfer-Encoding:\n\nx=\n", "1", "x=\r\n", 0);
	/* NULs are what they are, unlike in BODY[]. */
	CHECK("Content-Transfer-Encoding: binary\n" OCTETS "\na\0b", "1",
	    "a\0b", 1);
	CHECK("\n", "1", "", 0);
}

ATF_TC_WITHOUT_HEAD(base64);
ATF_TC_BODY(base64, tc)
{
	CHECK(B64 OCTETS "\nAAECCg==\n", "1", "\0\1\2\n", 1);
	CHECK(B64 OCTETS "\nYQpiDQpjCg==\n", "1", "a\nb\r\nc\n", 0);
	/* Lines of text end in CRLF: RFC 3516 section 6. */
	CHECK(B64 TEXT "\nYQpiDQpjCg==\n", "1", "a\r\nb\r\nc\r\n", 0);
	CHECK(B64 "\nCgo=\n", "1", "\r\n\r\n", 0);
	/* But not of wide characters, by name or by what is in it. */
	CHECK(B64 "Content-Type: text/plain; charset=UTF-16BE\n\nTgoACg==\n",
	    "1", "\x4e\n\0\n", 1);
	CHECK(B64 "Content-Type: text/plain; charset=UTF-16BE\n\nTgo=\n",
	    "1", "\x4e\n", 0);
	CHECK(B64 TEXT "\nYQoA\n", "1", "a\n\0", 1);
	/* Broken ones. */
	CHECK(B64 OCTETS "\nYW*J\nj-Z-A", "1", "abcd", 0);
	CHECK(B64 OCTETS "\nYQ==YmM=\n", "1", "abc", 0);
	CHECK(B64 OCTETS "\nY", "1", "", 0);
	CHECK(B64 OCTETS "\n====\n", "1", "", 0);
}

ATF_TC_WITHOUT_HEAD(quoted);
ATF_TC_BODY(quoted, tc)
{
	CHECK(QP TEXT "\na=3Db=\nc=C3=A9\n", "1", "a=bc\xc3\xa9\r\n", 0);
	CHECK(QP OCTETS "\na=00\n=0A=\n", "1", "a\0\r\n\n", 1);
	CHECK(QP TEXT "\na=0Ab\n", "1", "a\r\nb\r\n", 0);
	/* White space at the end of a line: RFC 2045 section 6.7. */
	CHECK(QP TEXT "\na \t\nb=20 \n= \nc  ", "1", "a\r\nb \r\nc", 0);
	CHECK(QP TEXT "\n a b\tc\r\n", "1", " a b\tc\r\n", 0);
	/* Broken ones. */
	CHECK(QP TEXT "\na=ZZ=4\n=", "1", "a=ZZ=4\r\n=", 0);
	CHECK(QP TEXT "\n=e9=E", "1", "\xe9=E", 0);
}

ATF_TC_WITHOUT_HEAD(parts);
ATF_TC_BODY(parts, tc)
{
	static const char	 message[] =
		"Content-Type: multipart/mixed; boundary=b\n"
		"Content-Transfer-Encoding: base64\n\n"
		"--b\n" B64 TEXT "\nYWJj\n"
		"--b\n" QP "Content-Type: message/rfc822\n\n=41\n"
		"--b\nContent-Type: message/rfc822\n\n" B64 "\nYWJj\n--b--\n";
	struct mime_message	*m = open_message(S(message));
	struct mime_section	 sec;
	struct mime_binary	 bin;

	check_is(m, "1", S("abc"), 0);
	/* An encoded message is broken mail, and no less encoded. */
	check_is(m, "2", S("A"), 0);
	/* A message's own encoding is none of its part's. */
	check_is(m, "3", S("Content-Transfer-Encoding: base64\r\n\r\nYWJj"),
	    0);
	check_is(m, "3.1", S("abc"), 0);
	check_is(m, "1", S("abc"), 0);
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "4", 1));
	ATF_CHECK_EQ(0, mime_binary_find(m, &sec, &bin));
	ATF_CHECK_EQ(1, mime_binary_known(m, &sec));
	mime_close(m);
}

ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	static const char *const names[] = {
		"x-uuencode", "7-bit", "base 64", "binaryx", "base64x"
	};
	struct mime_message	*m;
	struct mime_section	 sec;
	struct mime_binary	 bin;
	char			 text[100];
	size_t			 i;

	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "1", 1));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "Content-Transfer-Encoding: %s\n\nx\n", names[i]);
		m = given_message(text);
		ATF_CHECK_EQ_MSG(0, mime_binary_known(m, &sec), "%s",
		    names[i]);
		ATF_CHECK_EQ(-1, mime_binary_find(m, &sec, &bin));
		ATF_CHECK_EQ(ENOTSUP, errno);
		mime_close(m);
	}
}

/* A message of one part: header and n copies of the line, to be freed. */
static char *
many(const char *header, const char *line, size_t n, const char *end)
{
	char	*lines = given_copies(line, n), *text;

	ATF_REQUIRE(asprintf(&text, "%s\n%s%s", header, lines, end) != -1);
	free(lines);
	return (text);
}

/* Across blocks and buffers. */
ATF_TC_WITHOUT_HEAD(long_ones);
ATF_TC_BODY(long_ones, tc)
{
	struct mime_message	*m;
	char			*text, *want;

	text = many(B64 OCTETS, "YWJj\nZGVm\n", 20000, "");
	want = given_copies("abcdef", 20000);
	m = given_message(text);
	check_is(m, "1", want, 6 * 20000, 0);
	mime_close(m);
	free(text);
	free(want);
	text = many(QP TEXT, "a=3D\nb=0A \n", 15000, "");
	want = given_copies("a=\r\nb\r\n\r\n", 15000);
	m = given_message(text);
	check_is(m, "1", want, 9 * 15000, 0);
	mime_close(m);
	free(text);
	free(want);
	text = many(QP TEXT, "         ", 5000, "x");
	want = given_copies("         ", 5000);
	m = given_message(text);
	ATF_REQUIRE((want = realloc(want, 45002)) != NULL);
	want[45000] = 'x';
	want[45001] = '\0';
	check_is(m, "1", want, 45001, 0);
	mime_close(m);
	free(text);
	free(want);
}

/* What was announced is sent, whatever the file has become. */
ATF_TC_WITHOUT_HEAD(changed);
ATF_TC_BODY(changed, tc)
{
	struct mime_message	*m;
	struct mime_section	 sec;
	struct mime_binary	 bin;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	char			*text;

	text = many(B64 OCTETS, "YWJj\nZGVm\n", 20000, "");
	m = given_message(text);
	free(text);
	ATF_REQUIRE_EQ(0, mime_section_parse(&sec, "1", 1));
	ATF_REQUIRE_EQ(1, mime_binary_find(m, &sec, &bin));
	ATF_REQUIRE_EQ(120000, bin.size);
	ATF_REQUIRE_EQ(0, truncate("message", 100000));
	ATF_REQUIRE_EQ(0, mime_binary_send(m, &sec, 0, bin.size, &sink));
	ATF_CHECK_EQ(120000, b.len);
	ATF_CHECK_EQ(' ', b.data[b.len - 1]);
	ATF_CHECK_EQ(ESTALE, mime_error(m));
	mime_buf_free(&b);
	mime_close(m);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, identity);
	ATF_TP_ADD_TC(tp, base64);
	ATF_TP_ADD_TC(tp, quoted);
	ATF_TP_ADD_TC(tp, parts);
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, long_ones);
	ATF_TP_ADD_TC(tp, changed);
	return (atf_no_error());
}
