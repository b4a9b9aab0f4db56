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

#ifndef IMAPD_DERIVE_SORT_H
#define IMAPD_DERIVE_SORT_H

#include <stddef.h>
#include <stdint.h>

/*
 * What CACHE_SORT holds of a message, for SORT (RFC 5256, RFC 5957):
 *
 *	u8	1 if there is a sent date, else 0
 *	i64	sent date, seconds since 1970, or 0
 *	for each of enum sort_text:
 *	u16	length, at most SORT_TEXT_MAX
 *	...	octets, none of them NUL, in whose order the texts are
 *
 * Numbers have their lowest octet first.
 */
#define SORT_TEXT_MAX	1024	/* what is beyond does not count */

enum sort_text {
	SORT_TEXT_SUBJECT,	/* base subject */
	SORT_TEXT_FROM,		/* addr-mailbox of the first From address */
	SORT_TEXT_DISPLAYFROM,
	SORT_TEXT_TO,
	SORT_TEXT_DISPLAYTO,
	SORT_TEXT_CC,
	SORT_TEXTS
};

struct sort_keys {
	int		 dated;
	int64_t		 date;
	const char	*text[SORT_TEXTS];
	size_t		 len[SORT_TEXTS];
};

/*
 * Reads a record, which must outlive the result.  Returns 0, or -1 if it is
 * none; then *keys are those of a message without any of the fields.
 */
int	sort_keys_read(struct sort_keys *keys, const char *data, size_t len);

#endif
