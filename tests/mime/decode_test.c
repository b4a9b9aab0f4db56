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

#include "imapd/mime/decode.h"
#include "given.h"

/* Decodes in pieces of every size. */
static void
check(enum mime_encoding encoding, const char *text, const char *want)
{
	struct mime_decoder	 d;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 i, n, step, len = strlen(text);

	for (step = 1; step <= len + 1; step++) {
		mime_decoder_init(&d, encoding, &sink);
		for (i = 0; i < len; i += n) {
			n = len - i < step ? len - i : step;
			ATF_REQUIRE_EQ(0, mime_decoder_feed(&d, text + i, n));
		}
		ATF_REQUIRE_EQ(0, mime_decoder_end(&d));
		given_check(&b, want);
	}
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	(void)tc;
	ATF_CHECK_EQ(MIME_ENCODING_BASE64, mime_encoding_find("BASE64", 6));
	ATF_CHECK_EQ(MIME_ENCODING_QP,
	    mime_encoding_find("Quoted-Printable ; x", 20));
	ATF_CHECK_EQ(MIME_ENCODING_IDENTITY, mime_encoding_find("base6", 5));
	ATF_CHECK_EQ(MIME_ENCODING_IDENTITY, mime_encoding_find("", 0));
	ATF_CHECK_EQ(MIME_ENCODING_IDENTITY, mime_encoding_find("8bit", 4));
}

ATF_TC_WITHOUT_HEAD(base64);
ATF_TC_BODY(base64, tc)
{
	(void)tc;
	check(MIME_ENCODING_BASE64, "", "");
	check(MIME_ENCODING_BASE64, "Zm9vYmFy", "foobar");
	check(MIME_ENCODING_BASE64, "Zm9v\r\nYmE=", "fooba");
	check(MIME_ENCODING_BASE64, "Z!m 9-vY.g==", "foob");
	check(MIME_ENCODING_BASE64, "Zm8=Zm8=", "fofo");
	check(MIME_ENCODING_BASE64, "Zm9vY", "foo");
	check(MIME_ENCODING_BASE64, "====", "");
	check(MIME_ENCODING_BASE64, "+/+/", "\xfb\xff\xbf");
}

ATF_TC_WITHOUT_HEAD(quoted_printable);
ATF_TC_BODY(quoted_printable, tc)
{
	(void)tc;
	check(MIME_ENCODING_QP, "a=3Db=3d_c", "a=b=_c");
	check(MIME_ENCODING_QP, "a=\r\nb=\nc= \nd", "abcd");
	check(MIME_ENCODING_QP, "a=GZ=4 =", "a=GZ=4 =");
	check(MIME_ENCODING_QP, "=4=41", "=4A");
	check(MIME_ENCODING_Q, "a_b=5F=20c", "a b_ c");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, base64);
	ATF_TP_ADD_TC(tp, quoted_printable);
	return atf_no_error();
}
