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

#include "imapd/sasl.h"

static int	digit(unsigned char);

int
sasl_base64(const char *s, size_t len, unsigned char *buf, size_t size)
{
	size_t i, pad = 0, n = 0;
	unsigned int v = 0;
	int d;

	if (len % 4 != 0)
		return (-1);
	while (pad < 2 && len > pad && s[len - pad - 1] == '=')
		pad++;
	if (len / 4 * 3 - pad > size)
		return (-1);
	for (i = 0; i < len - pad; i++) {
		if ((d = digit((unsigned char)s[i])) == -1)
			return (-1);
		v = v << 6 | (unsigned int)d;
		if (i % 4 == 3) {
			buf[n++] = v >> 16 & 0xff;
			buf[n++] = v >> 8 & 0xff;
			buf[n++] = v & 0xff;
			v = 0;
		}
	}
	if (pad == 1) {
		buf[n++] = v >> 10 & 0xff;
		buf[n++] = v >> 2 & 0xff;
	} else if (pad == 2)
		buf[n++] = v >> 4 & 0xff;
	return ((int)n);
}

static int
digit(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	if (c == '+')
		return (62);
	if (c == '/')
		return (63);
	return (-1);
}

int
sasl_base64_encode(const void *data, size_t len, char *buf, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;
	size_t i, n = 0, left;
	unsigned int v;

	if (len > size || SASL_BASE64_SIZE(len) > size)
		return (-1);
	for (i = 0; i < len; i += 3) {
		left = len - i;
		v = (unsigned int)p[i] << 16;
		if (left > 1)
			v |= (unsigned int)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		buf[n++] = digits[v >> 18];
		buf[n++] = digits[v >> 12 & 0x3f];
		buf[n++] = left > 1 ? digits[v >> 6 & 0x3f] : '=';
		buf[n++] = left > 2 ? digits[v & 0x3f] : '=';
	}
	buf[n] = '\0';
	return ((int)n);
}

int
sasl_plain(unsigned char *buf, size_t len, size_t size, struct sasl_plain *sp)
{
	unsigned char *user, *pass;

	if (len >= size)
		return (-1);
	buf[len] = '\0';
	if ((user = memchr(buf, '\0', len)) == NULL)
		return (-1);
	user++;
	pass = memchr(user, '\0', len - (size_t)(user - buf));
	if (pass == NULL)
		return (-1);
	pass++;
	/* A NUL in the password would hide what follows. */
	if (memchr(pass, '\0', len - (size_t)(pass - buf)) != NULL)
		return (-1);
	if (*user == '\0' || *pass == '\0')
		return (-1);
	sp->authzid = (const char *)buf;
	sp->user = (const char *)user;
	sp->pass = (const char *)pass;
	return (0);
}
