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

#include "imapd/mime/charstep.h"

#define BOM		0xfeff
#define BOM_SWAPPED	0xfffe

static void	put(struct mime_charstep *, uint32_t,
		    uint32_t[MIME_WIDE_CODES], int *);
static void	put_unit(struct mime_charstep *, uint32_t,
		    uint32_t[MIME_WIDE_CODES], int *);
static int	digit_value(unsigned char);
static void	put_direct(struct mime_charstep *, unsigned char,
		    uint32_t[MIME_WIDE_CODES], int *);

static void
put(struct mime_charstep *st, uint32_t c, uint32_t code[MIME_WIDE_CODES],
    int *ncodes)
{
	if (c == 0xfffd)
		st->bad = 1;
	code[(*ncodes)++] = c;
}

/* A unit of UTF-16: a character, or half of one (RFC 2781 section 2.2). */
static void
put_unit(struct mime_charstep *st, uint32_t unit,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	uint32_t	 high = st->high;

	st->high = 0;
	if (unit >= 0xdc00 && unit <= 0xdfff) {
		put(st, high == 0 ? 0xfffd : 0x10000 +
		    ((high - 0xd800) << 10) + (unit - 0xdc00), code, ncodes);
		return;
	}
	if (high != 0)
		put(st, 0xfffd, code, ncodes);
	if (unit >= 0xd800 && unit <= 0xdbff)
		st->high = unit;
	else
		code[(*ncodes)++] = unit;
}

/*
 * Without a mark of the order, least significant octets come first, whatever
 * RFC 2781 section 4.3 says: what is sent so comes from such machines.
 */
size_t
mime_charstep_utf16(struct mime_charstep *st, const unsigned char *buf,
    size_t len, uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	uint32_t	 unit;

	if (len < 2)
		return (0);
	unit = (uint32_t)buf[0] << 8 | buf[1];
	if (st->kind == MIME_CHAR_UTF16) {
		st->kind = unit == BOM ? MIME_CHAR_UTF16BE :
		    MIME_CHAR_UTF16LE;
		if (unit == BOM || unit == BOM_SWAPPED)
			return (2);
	}
	if (st->kind == MIME_CHAR_UTF16LE)
		unit = (uint32_t)buf[1] << 8 | buf[0];
	put_unit(st, unit, code, ncodes);
	return (2);
}

static int
digit_value(unsigned char c)
{
	static const char	 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char		*p;

	if (c == '\0' || (p = strchr(digits, c)) == NULL)
		return (-1);
	return ((int)(p - digits));
}

/* What stands for itself; RFC 2152 leaves out "\" and "~". */
static void
put_direct(struct mime_charstep *st, unsigned char c,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	if ((c >= 0x20 && c < 0x7f && c != '\\' && c != '~') || c == '\t' ||
	    c == '\r' || c == '\n')
		code[(*ncodes)++] = c;
	else
		put(st, 0xfffd, code, ncodes);
}

/* Shifted text is UTF-16 in base64, without padding (RFC 2152). */
size_t
mime_charstep_utf7(struct mime_charstep *st, unsigned char c,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	int	 value;

	if (st->nbits == -1) {
		if (c != '+') {
			put_direct(st, c, code, ncodes);
			return (1);
		}
		st->nbits = 0;
		st->fresh = 1;
		return (1);
	}
	if ((value = digit_value(c)) != -1) {
		st->fresh = 0;
		st->bits = st->bits << 6 | (uint32_t)value;
		st->nbits += 6;
		if (st->nbits >= 16) {
			st->nbits -= 16;
			put_unit(st, st->bits >> st->nbits & 0xffff, code,
			    ncodes);
		}
		return (1);
	}
	if (st->fresh && c == '-')
		code[(*ncodes)++] = '+';
	else if (!mime_charstep_whole(st))
		put(st, 0xfffd, code, ncodes);
	st->nbits = -1;
	st->high = 0;
	st->fresh = 0;
	if (c != '-')
		put_direct(st, c, code, ncodes);
	return (1);
}
