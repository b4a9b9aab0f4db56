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

#include <string.h>

#include "imapd/mime/utf8.h"

int
mime_utf8_get(const unsigned char *buf, size_t len, uint32_t *code)
{
	static const uint32_t	 lowest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t		 c;
	size_t			 i, n;

	if (len == 0)
		return (0);
	c = buf[0];
	if (c < 0x80) {
		*code = c;
		return (1);
	}
	if (c < 0xc2 || c > 0xf4)
		return (-1);
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	c &= 0x7fU >> n;
	for (i = 1; i < n && i < len; i++) {
		if ((buf[i] & 0xc0) != 0x80)
			return (-1);
		c = c << 6 | (buf[i] & 0x3f);
	}
	if (i < n)
		return (0);
	if (c < lowest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return (-1);
	*code = c;
	return ((int)n);
}

size_t
mime_utf8_ascii(const unsigned char *buf, size_t len)
{
	uint64_t	 w[4];
	size_t		 i = 0;

	for (; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(w, buf + i, sizeof(w));
		if (((w[0] | w[1] | w[2] | w[3]) &
		    UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	while (i < len && buf[i] < 0x80)
		i++;
	return (i);
}

size_t
mime_utf8_put(uint32_t code, unsigned char *buf)
{
	if (code < 0x80) {
		buf[0] = (unsigned char)code;
		return (1);
	}
	if (code < 0x800) {
		buf[0] = (unsigned char)(0xc0 | code >> 6);
		buf[1] = (unsigned char)(0x80 | (code & 0x3f));
		return (2);
	}
	if (code < 0x10000) {
		buf[0] = (unsigned char)(0xe0 | code >> 12);
		buf[1] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		buf[2] = (unsigned char)(0x80 | (code & 0x3f));
		return (3);
	}
	buf[0] = (unsigned char)(0xf0 | code >> 18);
	buf[1] = (unsigned char)(0x80 | (code >> 12 & 0x3f));
	buf[2] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
	buf[3] = (unsigned char)(0x80 | (code & 0x3f));
	return (4);
}
