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

#ifndef IMAPD_MIME_SEARCH_H
#define IMAPD_MIME_SEARCH_H

#include <stddef.h>

#include "imapd/mime/date.h"
#include "imapd/mime/message.h"

/*
 * What SEARCH asks of a message's content (RFC 3501 section 6.4.4).  Text is
 * compared by substring and without regard to case, after encoded words,
 * transfer encodings and charsets are decoded; it is streamed, in memory that
 * does not grow with the message.
 */
#define MIME_NEEDLE_MAX	65536	/* bytes of a string to search for */

struct mime_needle;

/*
 * Prepares a string, in UTF-8, to be searched for.  Returns it, to be freed
 * with mime_needle_free(), or NULL with errno: EILSEQ if it is not UTF-8,
 * EMSGSIZE if it is longer than MIME_NEEDLE_MAX, ENOMEM.
 */
struct mime_needle *mime_needle_new(const char *utf8, size_t len);
void	mime_needle_free(struct mime_needle *);

/*
 * Each tells whether the message has the string: returns 1 if so, 0 if not,
 * or -1 with errno (ENOMEM).  The empty string is in every message, and in
 * every field that there is.
 *
 * mime_search_header() looks in the values of the fields of that name in the
 * message's header (FROM, TO, CC, BCC, SUBJECT, HEADER <name>);
 * mime_search_fields() in such fields that are in memory, len bytes;
 * mime_search_body() in the text parts (BODY, which matches no header fields);
 * mime_search_text() also in the header, in those of all parts and of messages
 * within (TEXT: RFC 9051 section 6.4.4).
 */
int	mime_search_header(struct mime_message *, const char *name,
	    struct mime_needle *);
int	mime_search_fields(const void *header, size_t len, const char *name,
	    struct mime_needle *);
int	mime_search_body(struct mime_message *, struct mime_needle *);
int	mime_search_text(struct mime_message *, struct mime_needle *);

/*
 * Gets the date in the message's Date field, for SENTBEFORE, SENTON and
 * SENTSINCE, which disregard time and zone: compare year, month and day.
 * Returns 1, or 0 if there is none that can be read.
 */
int	mime_sent_date(struct mime_message *, struct mime_date *);

#endif
