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
#include <utf8proc.h>

#include "imapd/mime/utf8.h"

/*
 * i;unicode-casemap (RFC 5051): a character becomes its titlecase, and that
 * its decomposition, of either kind.  What comes out of a ligature, or out of
 * a letter in a circle, is small again where that was; it is mapped once
 * more, so that the result of any text is the same for all its cases.
 */

#define DECOMPOSED_MAX	18	/* characters: U+FDFA */

_Static_assert(MIME_CASEMAP_MAX >= DECOMPOSED_MAX * MIME_UTF8_MAX, "room");

size_t
mime_casemap_char(uint32_t code, unsigned char *buf)
{
	utf8proc_int32_t	out[DECOMPOSED_MAX];
	utf8proc_ssize_t	i, n;
	size_t			len = 0;

	if (code < 0x80) {
		buf[0] = (unsigned char)(code >= 'a' && code <= 'z' ?
		    code - 0x20 : code);
		return (1);
	}
	n = utf8proc_decompose_char(
	    utf8proc_totitle((utf8proc_int32_t)code), out, DECOMPOSED_MAX,
	    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, NULL);
	if (n <= 0 || n > DECOMPOSED_MAX)
		return (mime_utf8_put(code, buf));
	for (i = 0; i < n; i++)
		len += mime_utf8_put((uint32_t)utf8proc_totitle(out[i]),
		    buf + len);
	return (len);
}

int
mime_casemap(const char *utf8, size_t len, struct mime_buf *out)
{
	const unsigned char	*p = (const unsigned char *)utf8;
	unsigned char		 buf[MIME_CASEMAP_MAX];
	uint32_t		 code;
	size_t			 i, before = out->len;
	int			 n;

	for (i = 0; i < len; i += (size_t)n) {
		if ((n = mime_utf8_get(p + i, len - i, &code)) <= 0) {
			n = 1;
			code = 0xfffd;
		}
		if (mime_buf_add(out, buf, mime_casemap_char(code, buf)) ==
		    -1) {
			out->len = before;
			return (-1);
		}
	}
	return (0);
}
