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

#include "imapd/mime/encode.h"
#include "tests/mime/given.h"

#define S(x)	x, sizeof(x) - 1

static void	check(const char *, size_t, const char *, size_t);

static void
check(const char *message, size_t len, const char *want, size_t wantlen)
{
	struct mime_message	*m;
	struct mime_buf		 b = { NULL, 0, 0, 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);

	ATF_REQUIRE((m = mime_open(given_file(message, len))) != NULL);
	ATF_REQUIRE_EQ(0, mime_encode_binary(m, &sink));
	ATF_CHECK_EQ_MSG(wantlen, b.len, "%.*s", (int)b.len, b.data);
	ATF_CHECK_MSG(b.len == wantlen && (wantlen == 0 ||
	    memcmp(b.data, want, wantlen) == 0), "%.*s", (int)b.len, b.data);
	mime_buf_free(&b);
	mime_close(m);
}

#define CHECK(message, want)	check(S(message), S(want))
#define SAME(message)		check(S(message), S(message))

/* Nothing is changed that need not be. */
ATF_TC_WITHOUT_HEAD(same);
ATF_TC_BODY(same, tc)
{
	SAME("");
	SAME("A: b\r\n\r\ntext\r\n");
	SAME("A: b\n\na\0\r");
	SAME("Content-Transfer-Encoding: binary\r\n\r\na\r\nb\r\n");
	SAME("Content-Transfer-Encoding: 8bit\r\n\r\na\0b");
	SAME("Content-Transfer-Encoding: binary\r\nContent-Type: "
	    "multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n");
}

ATF_TC_WITHOUT_HEAD(encoded);
ATF_TC_BODY(encoded, tc)
{
	CHECK("A: b\r\ncontent-transfer-ENCODING: (c) Binary\r\nB: c\r\n\r\n"
	    "\0", "A: b\r\nContent-Transfer-Encoding: base64\r\nB: c\r\n\r\n"
	    "AA==\r\n");
	CHECK("Content-Transfer-Encoding: binary\r\n\r\na\nb",
	    "Content-Transfer-Encoding: base64\r\n\r\nYQpi\r\n");
	CHECK("Content-Transfer-Encoding: binary\r\n\r\na\rb",
	    "Content-Transfer-Encoding: base64\r\n\r\nYQ1i\r\n");
	CHECK("Content-Transfer-Encoding: binary\r\n\r\nab\r",
	    "Content-Transfer-Encoding: base64\r\n\r\nYWIN\r\n");
	CHECK("Content-Transfer-Encoding: binary\r\n\r\n"
	    "012345678901234567890123456789012345678901234567890123456\0z",
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3"
	    "ODkwMTIzNDU2\r\nAHo=\r\n");
	/* What is around it, and beside it. */
	CHECK("Content-Transfer-Encoding: binary\r\nContent-Type: "
	    "multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n"
	    "Content-Transfer-Encoding: binary\r\n\r\nx\r\n--b\r\n"
	    "Content-Type: message/rfc822\r\n\r\n"
	    "Content-Transfer-Encoding: binary\r\n\r\n\0\r\n--b--\r\nepi",
	    "Content-Transfer-Encoding: 8bit\r\nContent-Type: "
	    "multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n"
	    "Content-Transfer-Encoding: binary\r\n\r\nx\r\n--b\r\n"
	    "Content-Type: message/rfc822\r\n\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nAA==\r\n\r\n--b--\r\n"
	    "epi");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, same);
	ATF_TP_ADD_TC(tp, encoded);
	return (atf_no_error());
}
