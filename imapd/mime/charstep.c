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
#include <strings.h>

#include "imapd/mime/charstep.h"

#define ESC		0x1b
#define SO		0x0e
#define SI		0x0f

/* The sets of ISO-2022-JP and -KR. */
enum {
	ASCII,
	ROMAN,		/* ISO646-JP */
	WIDE		/* the table */
};

static const struct {
	const char		*known;
	enum mime_charkind	 kind;
	enum mime_wide		 table;
} kinds[] = {
	{ "utf-7", MIME_CHAR_UTF7, MIME_WIDES },
	{ "utf-16", MIME_CHAR_UTF16, MIME_WIDES },
	{ "utf-16be", MIME_CHAR_UTF16BE, MIME_WIDES },
	{ "utf-16le", MIME_CHAR_UTF16LE, MIME_WIDES },
	{ "gb18030", MIME_CHAR_GB18030, MIME_WIDE_GB18030 },
	{ "big5", MIME_CHAR_TABLE, MIME_WIDE_BIG5 },
	{ "big5-hkscs", MIME_CHAR_TABLE, MIME_WIDE_HKSCS },
	{ "euc-jp", MIME_CHAR_EUCJP, MIME_WIDE_EUCJP },
	{ "iso-2022-jp", MIME_CHAR_2022JP, MIME_WIDE_JISX0208 },
	{ "cp932", MIME_CHAR_TABLE, MIME_WIDE_CP932 },
	{ "cp949", MIME_CHAR_TABLE, MIME_WIDE_CP949 },
	{ "iso-2022-kr", MIME_CHAR_2022KR, MIME_WIDE_KSX1001 },
	{ "viscii", MIME_CHAR_OCTET, MIME_WIDE_VISCII }
};

static size_t	give(uint32_t, size_t, uint32_t[MIME_WIDE_CODES], int *);
static size_t	refuse(struct mime_charstep *, uint32_t[MIME_WIDE_CODES],
		    int *);
static size_t	step_octet(struct mime_charstep *, unsigned char,
		    uint32_t[MIME_WIDE_CODES], int *);
static size_t	step_table(struct mime_charstep *, const unsigned char *,
		    size_t, uint32_t[MIME_WIDE_CODES], int *);
static size_t	step_four(struct mime_charstep *, const unsigned char *,
		    size_t, uint32_t[MIME_WIDE_CODES], int *);
static size_t	step_three(struct mime_charstep *, const unsigned char *,
		    size_t, uint32_t[MIME_WIDE_CODES], int *);
static size_t	step_2022(struct mime_charstep *, const unsigned char *,
		    size_t, uint32_t[MIME_WIDE_CODES], int *);
static size_t	shift_jp(struct mime_charstep *, const unsigned char *,
		    size_t, int *);
static size_t	shift_kr(struct mime_charstep *, const unsigned char *,
		    size_t, int *);

int
mime_charstep_start(struct mime_charstep *st, const char *known)
{
	size_t	 i, n = sizeof(kinds) / sizeof(kinds[0]);

	memset(st, 0, sizeof(*st));
	for (i = 0; i < n && strcasecmp(kinds[i].known, known) != 0; i++)
		continue;
	if (i == n || (kinds[i].table != MIME_WIDES &&
	    !mime_wide_has(kinds[i].table)))
		return (-1);
	st->kind = kinds[i].kind;
	st->table = kinds[i].table;
	st->set = ASCII;
	st->nbits = -1;
	return (0);
}

int
mime_charstep_ascii(const struct mime_charstep *st)
{
	return (st->kind <= MIME_CHAR_GB18030);
}

int
mime_charstep_whole(const struct mime_charstep *st)
{
	/* Padding of base64 is less than six bits, of 0. */
	return (st->high == 0 && !st->fresh && st->nbits < 6 && (st->nbits <= 0 ||
	    (st->bits & ((1U << st->nbits) - 1)) == 0));
}

size_t
mime_charstep(struct mime_charstep *st, const unsigned char *buf, size_t len,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	*ncodes = 0;
	st->bad = 0;
	switch (st->kind) {
	case MIME_CHAR_OCTET:
		return (step_octet(st, buf[0], code, ncodes));
	case MIME_CHAR_2022JP:
	case MIME_CHAR_2022KR:
		return (step_2022(st, buf, len, code, ncodes));
	case MIME_CHAR_UTF7:
		return (mime_charstep_utf7(st, buf[0], code, ncodes));
	case MIME_CHAR_UTF16:
	case MIME_CHAR_UTF16BE:
	case MIME_CHAR_UTF16LE:
		return (mime_charstep_utf16(st, buf, len, code, ncodes));
	case MIME_CHAR_TABLE:
	case MIME_CHAR_EUCJP:
	case MIME_CHAR_GB18030:
	default:
		return (step_table(st, buf, len, code, ncodes));
	}
}

/* A character of so many octets. */
static size_t
give(uint32_t c, size_t len, uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	code[0] = c;
	*ncodes = 1;
	return (len);
}

/* What follows the octet may still be a character. */
static size_t
refuse(struct mime_charstep *st, uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	st->bad = 1;
	return (give(0xfffd, 1, code, ncodes));
}

static size_t
step_octet(struct mime_charstep *st, unsigned char octet,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	uint32_t	 c;

	c = mime_wide_one(st->table, octet);
	return (c != 0 || octet == 0 ? give(c, 1, code, ncodes) :
	    refuse(st, code, ncodes));
}

static size_t
step_table(struct mime_charstep *st, const unsigned char *buf, size_t len,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	uint32_t	 c;

	if (buf[0] < 0x80)
		return (give(buf[0], 1, code, ncodes));
	if ((c = mime_wide_one(st->table, buf[0])) != 0)
		return (give(c, 1, code, ncodes));
	if (len < 2)
		return (0);
	if (st->kind == MIME_CHAR_EUCJP && buf[0] == 0x8f)
		return (step_three(st, buf, len, code, ncodes));
	if (st->kind == MIME_CHAR_GB18030 && buf[1] >= 0x30 && buf[1] <= 0x39)
		return (step_four(st, buf, len, code, ncodes));
	*ncodes = mime_wide_two(st->table, buf[0], buf[1], code);
	return (*ncodes > 0 ? 2 : refuse(st, code, ncodes));
}

static size_t
step_three(struct mime_charstep *st, const unsigned char *buf, size_t len,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	if (len < 3)
		return (0);
	if (mime_wide_has(MIME_WIDE_JISX0212))
		*ncodes = mime_wide_two(MIME_WIDE_JISX0212, buf[1], buf[2],
		    code);
	return (*ncodes > 0 ? 3 : refuse(st, code, ncodes));
}

static size_t
step_four(struct mime_charstep *st, const unsigned char *buf, size_t len,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	uint32_t	 c = 0;

	if (len < 4)
		return (0);
	if (buf[0] >= 0x81 && buf[0] <= 0xfe && buf[2] >= 0x81 &&
	    buf[2] <= 0xfe && buf[3] >= 0x30 && buf[3] <= 0x39)
		c = mime_wide_four(buf);
	return (c != 0 ? give(c, 4, code, ncodes) : refuse(st, code, ncodes));
}

static size_t
step_2022(struct mime_charstep *st, const unsigned char *buf, size_t len,
    uint32_t code[MIME_WIDE_CODES], int *ncodes)
{
	uint32_t	 c = buf[0];
	size_t		 n;
	int		 more = 0;

	n = st->kind == MIME_CHAR_2022JP ? shift_jp(st, buf, len, &more) :
	    shift_kr(st, buf, len, &more);
	if (n > 0 || more)
		return (n);
	if (c >= 0x80)
		return (refuse(st, code, ncodes));
	if (st->set == ROMAN && c == '\\')
		c = 0xa5;
	else if (st->set == ROMAN && c == '~')
		c = 0x203e;
	/* RFC 1557 has no controls where the table is shifted to. */
	if (st->set != WIDE || (st->kind == MIME_CHAR_2022JP && (c <= 0x20 ||
	    c == 0x7f)))
		return (give(c, 1, code, ncodes));
	if (len < 2)
		return (0);
	if (buf[1] < 0x80)
		*ncodes = mime_wide_two(st->table, buf[0] | 0x80,
		    buf[1] | 0x80, code);
	return (*ncodes > 0 ? 2 : refuse(st, code, ncodes));
}

/*
 * Returns how many octets change the set; *more says that too few are there
 * to tell.
 */
static size_t
shift_jp(struct mime_charstep *st, const unsigned char *buf, size_t len,
    int *more)
{
	if (buf[0] != ESC)
		return (0);
	if (len < 3) {
		*more = 1;
		return (0);
	}
	if (buf[1] == '$' && (buf[2] == '@' || buf[2] == 'B'))
		st->set = WIDE;
	else if (buf[1] == '(' && buf[2] == 'B')
		st->set = ASCII;
	else if (buf[1] == '(' && buf[2] == 'J')
		st->set = ROMAN;
	else
		return (0);
	return (3);
}

/* The designator at the start says what is always so. */
static size_t
shift_kr(struct mime_charstep *st, const unsigned char *buf, size_t len,
    int *more)
{
	static const unsigned char	 designator[] = { ESC, '$', ')', 'C' };
	size_t				 n = sizeof(designator);

	if (buf[0] == SO || buf[0] == SI) {
		st->set = buf[0] == SO ? WIDE : ASCII;
		return (1);
	}
	if (memcmp(buf, designator, len < n ? len : n) != 0)
		return (0);
	*more = len < n;
	return (len < n ? 0 : n);
}
