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

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/carry_text.h"

#define FLAGSIZE	16
#define LETTERSIZE	40

static void	put_flags(char *, uint16_t);
static int	get_flags(const char *, uint16_t *);
static void	put_letters(char *, uint32_t);
static int	get_letters(const char *, uint32_t *);
static int	get_bits(const char *, uint64_t *);

/* In this order in the text. */
static const struct {
	char		letter;
	uint16_t	flag;
} flags[] = {
	{ 'D', FLAG_DRAFT },
	{ 'F', FLAG_FLAGGED },
	{ 'R', FLAG_ANSWERED },
	{ 'S', FLAG_SEEN },
	{ 'T', FLAG_DELETED },
	{ 'f', ROW_FILE },
	{ 'g', ROW_GIVING },
	{ 'n', ROW_NEW },
	{ 'x', ROW_EXPUNGED }
};
#define NFLAGS	(sizeof(flags) / sizeof(flags[0]))

static const char *const changes[] = {
	[CHANGE_NEW] = "new",
	[CHANGE_FLAGS] = "flags",
	[CHANGE_EXPUNGE] = "gone"
};

static const char digits[] = "0123456789abcdef";

/* Of the bits of row.fletters. */
static const char letters[] = "abcdefghijklmnopqrstuvwxyzDFPRST";

void
carry_escape(char *buf, size_t size, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = 0;

	for (; *p != '\0' && n + 5 < size; p++) {
		if (*p > 0x20 && *p < 0x7f && *p != '\\') {
			buf[n++] = (char)*p;
			continue;
		}
		buf[n++] = '\\';
		buf[n++] = (char)('0' + (*p >> 6));
		buf[n++] = (char)('0' + (*p >> 3 & 7));
		buf[n++] = (char)('0' + (*p & 7));
	}
	buf[n] = '\0';
}

int
carry_unescape(char *s)
{
	unsigned int i, v;
	char *to = s;

	for (; *s != '\0'; s++) {
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f)
			return (-1);
		if (*s != '\\') {
			*to++ = *s;
			continue;
		}
		for (i = 1, v = 0; i <= 3; i++) {
			if (s[i] < '0' || s[i] > '7')
				return (-1);
			v = v * 8 + (unsigned int)(s[i] - '0');
		}
		if (v == 0 || v > 255)
			return (-1);
		*to++ = (char)v;
		s += 3;
	}
	*to = '\0';
	return (0);
}

static void
put_flags(char *buf, uint16_t bits)
{
	size_t i, n = 0;

	for (i = 0; i < NFLAGS; i++)
		if (bits & flags[i].flag)
			buf[n++] = flags[i].letter;
	if (n == 0)
		buf[n++] = '-';
	buf[n] = '\0';
}

static int
get_flags(const char *s, uint16_t *bits)
{
	size_t i = 0;

	*bits = 0;
	if (strcmp(s, "-") == 0)
		return (0);
	for (; *s != '\0'; s++, i++) {
		while (i < NFLAGS && flags[i].letter != *s)
			i++;
		if (i == NFLAGS)
			return (-1);
		*bits |= flags[i].flag;
	}
	return (0);
}

static void
put_letters(char *buf, uint32_t bits)
{
	size_t i, n = 0;

	for (i = 0; i < 32; i++)
		if (bits >> i & 1)
			buf[n++] = letters[i];
	if (n == 0)
		buf[n++] = '-';
	buf[n] = '\0';
}

static int
get_letters(const char *s, uint32_t *bits)
{
	size_t i = 0;

	*bits = 0;
	if (strcmp(s, "-") == 0)
		return (0);
	for (; *s != '\0'; s++, i++) {
		while (i < 32 && letters[i] != *s)
			i++;
		if (i >= 32)
			return (-1);
		*bits |= UINT32_C(1) << i;
	}
	return (0);
}

int
carry_number(const char *s, uint64_t max, uint64_t *n)
{
	uint64_t v = 0;

	if (*s == '\0' || (s[0] == '0' && s[1] != '\0'))
		return (-1);
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || v > (UINT64_MAX - 9) / 10)
			return (-1);
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (v > max)
		return (-1);
	*n = v;
	return (0);
}

int
carry_hex(const char *s, uint8_t *out, size_t len)
{
	const char *hi, *lo;
	size_t i;

	if (strlen(s) != 2 * len)
		return (-1);
	for (i = 0; i < len; i++) {
		hi = strchr(digits, s[2 * i]);
		lo = strchr(digits, s[2 * i + 1]);
		if (hi == NULL || lo == NULL)
			return (-1);
		out[i] = (uint8_t)((hi - digits) << 4 | (lo - digits));
	}
	return (0);
}

/* A set of keywords, in hexadecimal. */
static int
get_bits(const char *s, uint64_t *bits)
{
	uint64_t v = 0;
	const char *p;

	if (*s == '\0' || strlen(s) > 16)
		return (-1);
	for (; *s != '\0'; s++) {
		p = strchr(digits, *s);
		if (p == NULL)
			return (-1);
		v = v << 4 | (uint64_t)(p - digits);
	}
	*bits = v;
	return (0);
}

int
carry_split(char *line, char *field[CARRY_FIELDS])
{
	int n = 0;

	for (;;) {
		if (n == CARRY_FIELDS || *line == ' ' || *line == '\0')
			return (-1);
		field[n++] = line;
		line += strcspn(line, " ");
		if (*line == '\0')
			return (n);
		*line++ = '\0';
	}
}

int
carry_put_row(char *buf, size_t size, const struct row *row, const char *name)
{
	char f[FLAGSIZE], l[LETTERSIZE], g[LETTERSIZE], v[24] = "-";
	char esc[4 * TABLE_NAMELEN + 1 + 4];

	put_flags(f, row->flags);
	put_letters(l, row->fletters);
	put_letters(g, row->flags & ROW_GIVING ? row->gletters : 0);
	if (row->vsize != TABLE_UNKNOWN)
		(void)snprintf(v, sizeof(v), "%" PRIu64, row->vsize);
	carry_escape(esc, sizeof(esc), name);
	return (snprintf(buf, size, "msg %u %" PRIu64 " %s %" PRIx64
	    " %s %s %u %" PRIu64 " %s %" PRId64 " %s", row->uid, row->modseq,
	    f, row->keywords, l, g, row->savedate, row->size, v,
	    row->internaldate, esc));
}

int
carry_get_row(char *f[], int n, struct row *row, const char **name)
{
	uint64_t uid, savedate, date;
	int minus;

	memset(row, 0, sizeof(*row));
	if (n != 12 || carry_number(f[1], UINT32_MAX, &uid) == -1 ||
	    carry_number(f[2], INT64_MAX, &row->modseq) == -1 ||
	    get_flags(f[3], &row->flags) == -1 ||
	    get_bits(f[4], &row->keywords) == -1 ||
	    get_letters(f[5], &row->fletters) == -1 ||
	    get_letters(f[6], &row->gletters) == -1 ||
	    carry_number(f[7], UINT32_MAX, &savedate) == -1 ||
	    carry_number(f[8], INT64_MAX, &row->size) == -1)
		return (-1);
	row->vsize = TABLE_UNKNOWN;
	if (strcmp(f[9], "-") != 0 &&
	    carry_number(f[9], INT64_MAX, &row->vsize) == -1)
		return (-1);
	minus = f[10][0] == '-';
	if (carry_number(f[10] + minus, INT64_MAX, &date) == -1 ||
	    carry_unescape(f[11]) == -1 || strchr(f[11], '/') != NULL)
		return (-1);
	row->uid = (uint32_t)uid;
	row->savedate = (uint32_t)savedate;
	row->internaldate = minus ? -(int64_t)date : (int64_t)date;
	*name = f[11];
	return (0);
}

int
carry_put_change(char *buf, size_t size, const struct change *ch)
{
	char f[FLAGSIZE];

	if (ch->what != CHANGE_FLAGS)
		return (snprintf(buf, size, "%s %" PRIu64 " %u %u",
		    changes[ch->what], ch->modseq, ch->uid, ch->last));
	put_flags(f, ch->flags);
	return (snprintf(buf, size, "flags %" PRIu64 " %u %u %s %" PRIx64,
	    ch->modseq, ch->uid, ch->last, f, ch->keywords));
}

int
carry_get_change(char *f[], int n, struct change *ch)
{
	uint64_t uid, last;
	uint16_t what;

	memset(ch, 0, sizeof(*ch));
	for (what = CHANGE_NEW; what <= CHANGE_EXPUNGE; what++)
		if (strcmp(f[0], changes[what]) == 0)
			break;
	if (what > CHANGE_EXPUNGE || n != (what == CHANGE_FLAGS ? 6 : 4) ||
	    carry_number(f[1], INT64_MAX, &ch->modseq) == -1 ||
	    carry_number(f[2], UINT32_MAX, &uid) == -1 ||
	    carry_number(f[3], UINT32_MAX, &last) == -1)
		return (-1);
	if (what == CHANGE_FLAGS && (get_flags(f[4], &ch->flags) == -1 ||
	    get_bits(f[5], &ch->keywords) == -1))
		return (-1);
	ch->uid = (uint32_t)uid;
	ch->last = (uint32_t)last;
	ch->what = what;
	return (0);
}
