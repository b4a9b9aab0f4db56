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

#ifndef IMAPD_MIME_CHARWIDE_H
#define IMAPD_MIME_CHARWIDE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the characters of more than one octet stand for, in tables that are
 * made once from what iconv(3) says, by a process that then ends: those that
 * use them need no code of the C library's to be loaded.
 *
 * A table has characters of two octets, and those of one that the same charset
 * has beside them; GB18030 has some of four, too.
 */
enum mime_wide {
	MIME_WIDE_GB18030,
	MIME_WIDE_BIG5,
	MIME_WIDE_HKSCS,
	MIME_WIDE_EUCJP,
	MIME_WIDE_JISX0212,	/* after 0x8f in EUC-JP */
	MIME_WIDE_JISX0208,	/* of ISO-2022-JP, with bit 8 set */
	MIME_WIDE_CP932,
	MIME_WIDE_CP949,
	MIME_WIDE_KSX1001,	/* of ISO-2022-KR, with bit 8 set */
	MIME_WIDE_VISCII,	/* one octet, but more than US-ASCII has */
	MIME_WIDES
};

#define MIME_WIDE_CODES	2	/* one character may need so many codes */

/*
 * Makes the tables, of which all processes that are forked later have the
 * same copy.  Waits for a child process.  Returns 0, or -1 with errno: there
 * are none.
 */
int	mime_wide_make(void);

/* Whether there is such a table; without it, nothing is in it. */
int	mime_wide_has(enum mime_wide);

/* The code of an octet that is a character; 0: it is not, or is NUL. */
uint32_t mime_wide_one(enum mime_wide, unsigned char);

/*
 * Sets the codes of a character of two octets.  Returns how many these are;
 * 0: there is no such character.
 */
int	mime_wide_two(enum mime_wide, unsigned char lead, unsigned char trail,
	    uint32_t code[MIME_WIDE_CODES]);

/*
 * The code of four octets in GB18030 (which the caller knows to be in the
 * ranges that these have), or 0.
 */
uint32_t mime_wide_four(const unsigned char *buf);

#endif
