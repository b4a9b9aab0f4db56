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

/*
 * RFC 2045 section 6.8, one digit at a time: what is no digit is skipped,
 * and "=" ends a group.
 */
static size_t
plain_base64(const unsigned char *in, size_t len, unsigned char *out)
{
	static const char	 all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char		*digit;
	unsigned int		 bits = 0, nbits = 0;
	size_t			 i, n = 0;

	for (i = 0; i < len; i++) {
		if (in[i] == '=')
			nbits = 0;
		if (in[i] == '\0' || (digit = strchr(all, in[i])) == NULL)
			continue;
		bits = bits << 6 | (unsigned int)(digit - all);
		nbits += 6;
		if (nbits < 8)
			continue;
		nbits -= 8;
		out[n++] = (unsigned char)(bits >> nbits & 0xff);
	}
	return (n);
}

/*
 * RFC 2045 section 6.7: "=" with two digits, or the end of a line after at
 * most one CR or space; else it is text.
 */
static size_t
plain_qp(const unsigned char *in, size_t len, unsigned char *out)
{
	size_t		 i, n = 0;
	char		 hex[3];
	unsigned int	 c;

	for (i = 0; i < len; i++) {
		out[n++] = in[i];
		if (in[i] != '=' || i + 1 == len)
			continue;
		if (in[i + 1] == '\n') {
			n--;
			i++;
		}
		if (in[i] == '\n' || i + 2 >= len)
			continue;
		if (in[i + 2] == '\n' &&
		    (in[i + 1] == '\r' || in[i + 1] == ' ')) {
			n--;
			i += 2;
			continue;
		}
		(void)memcpy(hex, in + i + 1, 2);
		hex[2] = '\0';
		if (strspn(hex, "0123456789abcdefABCDEF") == 2 &&
		    sscanf(hex, "%x", &c) == 1) {
			out[n - 1] = (unsigned char)c;
			i += 2;
			continue;
		}
		/* The character after "=" is text, whatever it is. */
		out[n++] = in[++i];
	}
	return (n);
}

ATF_TC_WITHOUT_HEAD(any_text);
ATF_TC_BODY(any_text, tc)
{
	enum { LEN = 20000 };
	static const char	*const from[] = { "ABCDwxyz0189+/ab=\n!\0\x80",
				    "==== 0123456789aAfFgG\r\n _\xff\0" };
	static unsigned char	 text[LEN], want[LEN];
	struct mime_decoder	 d;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	uint64_t		 seed = 1;
	size_t			 i, j, n, len, step;

	(void)tc;
	for (i = 0; i < 200; i++) {
		len = given_roll(&seed, LEN);
		given_mix(text, len, from[i % 2], i % 2 ? 28 : 20, &seed);
		/* In the middle there is nothing odd. */
		if (i % 2 == 0 && len > 12000)
			given_mix(text + 5000, 6000, "ABCabc09+/", 10, &seed);
		if (i % 2 == 0)
			n = plain_base64(text, len, want);
		else
			n = plain_qp(text, len, want);
		mime_buf_reset(&b);
		mime_decoder_init(&d, i % 2 ? MIME_ENCODING_QP :
		    MIME_ENCODING_BASE64, &sink);
		for (j = 0; j < len; j += step) {
			step = 1 + given_roll(&seed, i < 100 ? 9 : LEN);
			step = step < len - j ? step : len - j;
			ATF_REQUIRE_EQ(0, mime_decoder_feed(&d, text + j,
			    step));
		}
		ATF_REQUIRE_EQ(0, mime_decoder_end(&d));
		ATF_REQUIRE_EQ(n, b.len);
		ATF_REQUIRE(n == 0 || memcmp(want, b.data, n) == 0);
	}
	mime_buf_free(&b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, base64);
	ATF_TP_ADD_TC(tp, quoted_printable);
	ATF_TP_ADD_TC(tp, any_text);
	return (atf_no_error());
}
