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

#include "imapd/mime/source.h"
#include "given.h"

static void
check_wire(const char *file, size_t len, const char *want, size_t wantlen)
{
	struct mime_source	 src;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 from, n;

	ATF_REQUIRE_EQ(0, mime_source_init(&src, given_file(file, len)));
	ATF_CHECK_EQ(wantlen, mime_source_wiresize(&src, 0, (off_t)len));
	for (from = 0; from <= wantlen; from++) {
		for (n = 0; n <= wantlen - from; n++) {
			mime_buf_reset(&b);
			ATF_REQUIRE_EQ(0, mime_source_send(&src, 0,
			    (off_t)len, from, n, &sink));
			ATF_REQUIRE_EQ(n, b.len);
			ATF_REQUIRE(n == 0 ||
			    memcmp(b.data, want + from, n) == 0);
		}
	}
	ATF_CHECK_EQ(0, src.error);
	mime_buf_free(&b);
	(void)close(src.fd);
}

ATF_TC_WITHOUT_HEAD(wire_form);
ATF_TC_BODY(wire_form, tc)
{
	(void)tc;
	check_wire("", 0, "", 0);
	check_wire("\n", 1, "\r\n", 2);
	check_wire("a\nb\r\nc", 6, "a\r\nb\r\nc", 7);
	check_wire("\r\r\n\n\r", 5, "\r\r\n\r\n\r", 6);
	check_wire("a\0b\0\n", 5, "a\x80" "b\x80\r\n", 6);
}

/* Octet by octet, as the wire's form is told. */
static size_t
plain_wire(const unsigned char *in, size_t len, unsigned char *out)
{
	size_t	 i, n = 0;

	for (i = 0; i < len; i++) {
		if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = in[i] == '\0' ? 0x80 : in[i];
	}
	return (n);
}

ATF_TC_WITHOUT_HEAD(any_text);
ATF_TC_BODY(any_text, tc)
{
	enum { LEN = 40000 };
	static unsigned char	 text[LEN], want[2 * LEN];
	struct mime_source	 src;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	uint64_t		 seed = 1;
	size_t			 i, n, from;

	(void)tc;
	for (i = 0; i < 50; i++) {
		/* Many of them, or few. */
		given_mix(text, LEN, i % 2 ? "\r\n\0a" :
		    "\r\n\0abcdefghijklmnopqrstuvwxyz0123456789.,;:-+!?",
		    i % 2 ? 4 : 47, &seed);
		n = plain_wire(text, LEN, want);
		ATF_REQUIRE_EQ(0, mime_source_init(&src,
		    given_file(text, LEN)));
		ATF_CHECK_EQ(n, mime_source_wiresize(&src, 0, LEN));
		from = given_roll(&seed, n);
		mime_buf_reset(&b);
		ATF_REQUIRE_EQ(0, mime_source_send(&src, 0, LEN, from,
		    n - from, &sink));
		ATF_REQUIRE_EQ(n - from, b.len);
		ATF_REQUIRE(memcmp(want + from, b.data, b.len) == 0);
		(void)close(src.fd);
	}
	mime_buf_free(&b);
}

/* A CR as the last byte of a buffer, its LF the first of the next. */
ATF_TC_WITHOUT_HEAD(buffer_edge);
ATF_TC_BODY(buffer_edge, tc)
{
	static const size_t	 edges[] = { 8191, 32767 };
	struct mime_source	 src;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	char			*text;
	size_t			 i, len = 40000;

	(void)tc;
	for (i = 0; i < 2; i++) {
		text = given_copies("x", len);
		text[edges[i]] = '\r';
		text[edges[i] + 1] = '\n';
		ATF_REQUIRE_EQ(0, mime_source_init(&src,
		    given_file(text, len)));
		ATF_CHECK_EQ(len, mime_source_wiresize(&src, 0, (off_t)len));
		mime_buf_reset(&b);
		ATF_REQUIRE_EQ(0, mime_source_send(&src, 0, (off_t)len, 0,
		    len, &sink));
		ATF_REQUIRE_EQ(len, b.len);
		ATF_CHECK(memcmp(b.data, text, len) == 0);
		free(text);
	}
	mime_buf_free(&b);
}

/* Partial after partial, as clients read a large message. */
ATF_TC_WITHOUT_HEAD(series_of_partials);
ATF_TC_BODY(series_of_partials, tc)
{
	struct mime_source	 src;
	struct mime_buf		 whole = { 0 }, b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&whole);
	char			*text = given_copies("line\nli\r\n", 20000);
	off_t			 end = (off_t)strlen(text);
	uint64_t		 size, off, n;

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_source_init(&src,
	    given_file(text, strlen(text))));
	size = mime_source_wiresize(&src, 0, end);
	ATF_REQUIRE_EQ(200000, size);
	ATF_REQUIRE_EQ(0, mime_source_send(&src, 0, end, 0, size, &sink));
	sink = mime_buf_sink(&b);
	for (off = 0; off < size; off += n) {
		n = size - off < 777 ? size - off : 777;
		ATF_REQUIRE_EQ(0, mime_source_send(&src, 0, end, off, n,
		    &sink));
	}
	ATF_REQUIRE_EQ(whole.len, b.len);
	ATF_CHECK(memcmp(whole.data, b.data, b.len) == 0);
	mime_buf_free(&whole);
	mime_buf_free(&b);
	free(text);
}

ATF_TC_WITHOUT_HEAD(shrunk_file_is_padded);
ATF_TC_BODY(shrunk_file_is_padded, tc)
{
	struct mime_source	 src;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	int			 fd = given_file("ab\ncd\nef\n", 9);

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_source_init(&src, fd));
	ATF_REQUIRE_EQ(0, ftruncate(fd, 4));
	ATF_CHECK_EQ(0, mime_source_send(&src, 0, 9, 0, 12, &sink));
	ATF_CHECK_EQ(ESTALE, src.error);
	given_check(&b, "ab\r\nc       ");
}

ATF_TC_WITHOUT_HEAD(grown_file_is_not_seen);
ATF_TC_BODY(grown_file_is_not_seen, tc)
{
	struct mime_source	 src;
	const unsigned char	*p;
	int			 fd = given_file("ab", 2);

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_source_init(&src, fd));
	ATF_REQUIRE_EQ(2, pwrite(fd, "cd", 2, 2));
	ATF_CHECK_EQ(2, mime_source_peek(&src, 0, 4, &p));
	ATF_CHECK_EQ(1, mime_source_peek(&src, 1, 4, &p));
	ATF_CHECK_EQ(0, mime_source_peek(&src, 2, 1, &p));
	ATF_CHECK_EQ(0, src.error);
}

ATF_TC_WITHOUT_HEAD(unreadable);
ATF_TC_BODY(unreadable, tc)
{
	struct mime_source	 src;
	const unsigned char	*p;
	int			 fd = given_file("ab", 2);

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_source_init(&src, fd));
	(void)close(fd);
	ATF_CHECK_EQ(0, mime_source_peek(&src, 0, 1, &p));
	ATF_CHECK_EQ(EBADF, src.error);
	ATF_CHECK_ERRNO(EBADF, mime_source_init(&src, fd) == -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, wire_form);
	ATF_TP_ADD_TC(tp, any_text);
	ATF_TP_ADD_TC(tp, buffer_edge);
	ATF_TP_ADD_TC(tp, series_of_partials);
	ATF_TP_ADD_TC(tp, shrunk_file_is_padded);
	ATF_TP_ADD_TC(tp, grown_file_is_not_seen);
	ATF_TP_ADD_TC(tp, unreadable);
	return (atf_no_error());
}
