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

#ifndef IMAPD_MIME_CHARSTEP_H
#define IMAPD_MIME_CHARSTEP_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/mime/charwide.h"

/*
 * Text in a charset whose characters are of several octets, or which is no
 * superset of US-ASCII, one step at a time: UTF-7, UTF-16, and those of the
 * tables in charwide.h.
 */
enum mime_charkind {
	MIME_CHAR_TABLE,	/* one octet or two */
	MIME_CHAR_EUCJP,	/* or three */
	MIME_CHAR_GB18030,	/* or four */
	MIME_CHAR_OCTET,	/* one */
	MIME_CHAR_2022JP,	/* RFC 1468 */
	MIME_CHAR_2022KR,	/* RFC 1557 */
	MIME_CHAR_UTF7,		/* RFC 2152 */
	MIME_CHAR_UTF16,	/* RFC 2781; its octets' order is not known */
	MIME_CHAR_UTF16BE,
	MIME_CHAR_UTF16LE
};

struct mime_charstep {
	enum mime_charkind kind;
	enum mime_wide	 table;
	int		 set;		/* ISO 2022: what is shifted to */
	int		 nbits;		/* UTF-7: of base64, -1 none */
	uint32_t	 bits;
	int		 fresh;		/* UTF-7: no base64 after "+" yet */
	uint32_t	 high;		/* surrogate that waits, or 0 */
	int		 bad;		/* the step met what is no character */
};

/*
 * Begins a text.  known is a charset as mime_charname() gives it.  Returns 0,
 * or -1: it is of another kind, or there is no table for it.
 */
int	mime_charstep_start(struct mime_charstep *, const char *known);

/*
 * Takes the next octets of buf and sets code to the characters that these
 * complete, *ncodes in number, which may be 0; sets bad if what they are is
 * not valid, for which there is a U+FFFD among them.  Returns how many octets
 * were taken; 0: more than len are needed to tell.
 */
size_t	mime_charstep(struct mime_charstep *, const unsigned char *buf,
	    size_t len, uint32_t code[MIME_WIDE_CODES], int *ncodes);

/* Whether the text may end here, with nothing in it that is not complete. */
int	mime_charstep_whole(const struct mime_charstep *);

/* Whether octets below 0x80 are US-ASCII where a character begins. */
int	mime_charstep_ascii(const struct mime_charstep *);

/* The same as mime_charstep(), for UTF-7 and UTF-16: charunit.c. */
size_t	mime_charstep_utf7(struct mime_charstep *, unsigned char,
	    uint32_t code[MIME_WIDE_CODES], int *ncodes);
size_t	mime_charstep_utf16(struct mime_charstep *, const unsigned char *buf,
	    size_t len, uint32_t code[MIME_WIDE_CODES], int *ncodes);

#endif
