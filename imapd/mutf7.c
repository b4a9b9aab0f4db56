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
#include <stdint.h>
#include <string.h>

#include "imapd/mutf7.h"

struct input {
	const unsigned char	*s;
	size_t			 len;
	size_t			 i;
};

struct output {
	char	*buf;
	size_t	 size;
	size_t	 len;
};

static int	fail(int);
static int	put(struct output *, unsigned int);
static int	put_utf8(struct output *, uint32_t);
static int	digit_value(unsigned char);
static int	decode_unit(struct output *, unsigned int, unsigned int *);
static int	decode_shifted(struct input *, struct output *);
static ptrdiff_t next_utf8(const unsigned char *, size_t, uint32_t *);
static int	encode_run(struct input *, struct output *);
static int	finish(struct output *);

/* The base64 of modified UTF-7: "," instead of "/", no padding. */
static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int
fail(int error)
{
	errno = error;
	return (-1);
}

static int
put(struct output *out, unsigned int c)
{
	if (out->size - out->len < 2)	/* the NUL at the end */
		return (fail(ENAMETOOLONG));
	out->buf[out->len++] = (char)c;
	return (0);
}

static int
put_utf8(struct output *out, uint32_t u)
{
	if (u < 0x80)
		return (put(out, u));
	if (u < 0x800) {
		if (put(out, 0xc0 | u >> 6) == -1)
			return (-1);
		return (put(out, 0x80 | (u & 0x3f)));
	}
	if (u < 0x10000) {
		if (put(out, 0xe0 | u >> 12) == -1)
			return (-1);
	} else {
		if (put(out, 0xf0 | u >> 18) == -1 ||
		    put(out, 0x80 | (u >> 12 & 0x3f)) == -1)
			return (-1);
	}
	if (put(out, 0x80 | (u >> 6 & 0x3f)) == -1)
		return (-1);
	return (put(out, 0x80 | (u & 0x3f)));
}

static int
finish(struct output *out)
{
	if (out->size == 0)
		return (fail(ENAMETOOLONG));
	out->buf[out->len] = '\0';
	return (0);
}

static int
digit_value(unsigned char c)
{
	const char	*p;

	if (c == '\0' || (p = strchr(digits, c)) == NULL)
		return (-1);
	return ((int)(p - digits));
}

/* Takes one UTF-16 unit; *high is a high surrogate that waits, or 0. */
static int
decode_unit(struct output *out, unsigned int unit, unsigned int *high)
{
	uint32_t	u = unit;

	if (*high != 0) {
		if (unit < 0xdc00 || unit > 0xdfff)
			return (fail(EILSEQ));
		u = 0x10000 + ((uint32_t)(*high - 0xd800) << 10) +
		    (unit - 0xdc00);
		*high = 0;
		return (put_utf8(out, u));
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		*high = unit;
		return (0);
	}
	/* What is ASCII and printable stands for itself. */
	if (unit == 0 || (unit >= 0x20 && unit <= 0x7e) ||
	    (unit >= 0xdc00 && unit <= 0xdfff))
		return (fail(EILSEQ));
	return (put_utf8(out, u));
}

/* Decodes base64 from after the "&" to after the "-". */
static int
decode_shifted(struct input *in, struct output *out)
{
	uint32_t	bits = 0;
	unsigned int	nbits = 0, high = 0;
	int		v;

	for (; in->i < in->len && in->s[in->i] != '-'; in->i++) {
		if ((v = digit_value(in->s[in->i])) == -1)
			return (fail(EILSEQ));
		bits = (bits << 6 | (uint32_t)v) & 0xffffff;
		nbits += 6;
		if (nbits < 16)
			continue;
		nbits -= 16;
		if (decode_unit(out, bits >> nbits & 0xffff, &high) == -1)
			return (-1);
	}
	if (in->i == in->len)			/* it must end with "-" */
		return (fail(EILSEQ));
	in->i++;
	if (high != 0 || nbits >= 6 || (bits & ((1U << nbits) - 1)) != 0)
		return (fail(EILSEQ));
	/* "&...-&...-" should have been one; "&-" is the character "&". */
	if (in->len - in->i >= 2 && in->s[in->i] == '&' &&
	    in->s[in->i + 1] != '-')
		return (fail(EILSEQ));
	return (0);
}

ptrdiff_t
mutf7_decode(const char *s, size_t len, char *buf, size_t size)
{
	struct input	in = { (const unsigned char *)s, len, 0 };
	struct output	out = { buf, size, 0 };
	unsigned char	c;

	while (in.i < in.len) {
		c = in.s[in.i++];
		if (c < 0x20 || c > 0x7e)
			return (fail(EILSEQ));
		if (c != '&') {
			if (put(&out, c) == -1)
				return (-1);
		} else if (in.i < in.len && in.s[in.i] == '-') {
			in.i++;
			if (put(&out, '&') == -1)
				return (-1);
		} else if (decode_shifted(&in, &out) == -1)
			return (-1);
	}
	if (finish(&out) == -1)
		return (-1);
	return ((ptrdiff_t)out.len);
}

/* Reads one character of UTF-8 (RFC 3629 §4); returns its bytes, or -1. */
static ptrdiff_t
next_utf8(const unsigned char *s, size_t len, uint32_t *u)
{
	static const uint32_t	least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t			i, n;

	if (s[0] < 0x80) {
		*u = s[0];
		return (s[0] == 0 ? fail(EILSEQ) : 1);
	} else if ((s[0] & 0xe0) == 0xc0) {
		n = 2;
		*u = s[0] & 0x1f;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3;
		*u = s[0] & 0x0f;
	} else if ((s[0] & 0xf8) == 0xf0) {
		n = 4;
		*u = s[0] & 0x07;
	} else
		return (fail(EILSEQ));
	if (len < n)
		return (fail(EILSEQ));
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return (fail(EILSEQ));
		*u = *u << 6 | (s[i] & 0x3f);
	}
	if (*u < least[n] || *u > 0x10ffff || (*u >= 0xd800 && *u <= 0xdfff))
		return (fail(EILSEQ));
	return ((ptrdiff_t)n);
}

/* Encodes a run of what cannot stand for itself, with "&" and "-". */
static int
encode_run(struct input *in, struct output *out)
{
	uint64_t	bits = 0;
	uint32_t	u;
	unsigned int	nbits = 0;
	ptrdiff_t	n;

	if (put(out, '&') == -1)
		return (-1);
	while (in->i < in->len &&
	    (in->s[in->i] < 0x20 || in->s[in->i] > 0x7e)) {
		n = next_utf8(in->s + in->i, in->len - in->i, &u);
		if (n == -1)
			return (-1);
		in->i += (size_t)n;
		if (u >= 0x10000) {
			u -= 0x10000;
			bits = bits << 32 | (uint64_t)(0xd800 + (u >> 10)) <<
			    16 | (0xdc00 + (u & 0x3ff));
			nbits += 32;
		} else {
			bits = bits << 16 | u;
			nbits += 16;
		}
		for (; nbits >= 6; nbits -= 6)
			if (put(out, (unsigned char)
			    digits[bits >> (nbits - 6) & 0x3f]) == -1)
				return (-1);
	}
	if (nbits > 0 && put(out, (unsigned char)
	    digits[bits << (6 - nbits) & 0x3f]) == -1)
		return (-1);
	return (put(out, '-'));
}

ptrdiff_t
mutf7_encode(const char *s, size_t len, char *buf, size_t size)
{
	struct input	in = { (const unsigned char *)s, len, 0 };
	struct output	out = { buf, size, 0 };
	unsigned char	c;

	while (in.i < in.len) {
		c = in.s[in.i];
		if (c < 0x20 || c > 0x7e) {
			if (encode_run(&in, &out) == -1)
				return (-1);
			continue;
		}
		in.i++;
		if (put(&out, c) == -1 || (c == '&' && put(&out, '-') == -1))
			return (-1);
	}
	if (finish(&out) == -1)
		return (-1);
	return ((ptrdiff_t)out.len);
}
