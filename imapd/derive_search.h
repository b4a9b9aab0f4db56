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

#ifndef IMAPD_DERIVE_SEARCH_H
#define IMAPD_DERIVE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

struct mime_date;
struct mime_needle;

/*
 * What SEARCH keeps of each message, so that it need not open its file:
 *
 * CACHE_DATES: a u32, the day in the Date field as search_day() has it, 0 if
 * there is none that can be read.
 *
 * CACHE_SUBJECT: of each Subject field its text, decoded, casemapped and
 * without CRs, and an octet SEARCH_TEXT_END behind it, which no text has.
 *
 * CACHE_ADDRESSES: the same of each From, To, Cc and Bcc field, with the first
 * letter of its name before the text, in the order of the header.
 *
 * Where that would be longer than SEARCH_TEXT_MAX it is the one octet
 * SEARCH_TEXT_LONG: the message itself has to be looked at.
 */
#define SEARCH_TEXT_END		0xff
#define SEARCH_TEXT_LONG	0xfe
#define SEARCH_TEXT_MAX		16384

/* A day as a number: later ones are higher. */
uint32_t search_day(const struct mime_date *);

/*
 * The letter of a field in CACHE_ADDRESSES, SEARCH_SUBJECT if it is that, or
 * 0 if its text is not kept.
 */
#define SEARCH_SUBJECT	'S'
int	search_letter(const char *name);

/*
 * Whether one of the texts with the letter has the needle: 1 or 0, or -1 if
 * the message has to be looked at.
 */
int	search_texts(const char *data, size_t len, int letter,
	    const struct mime_needle *);

#endif
