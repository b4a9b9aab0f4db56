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

#ifndef IMAPD_MIME_FIELDTEXT_H
#define IMAPD_MIME_FIELDTEXT_H

#include <sys/types.h>

struct mime_charset;
struct mime_source;

/*
 * Feeds the text of a header field from off to end through cs, decoded: line
 * breaks and the white space after them become one space, encoded words what
 * they stand for.  Memory does not grow with the field.  Returns 0, or -1
 * with errno from cs's sink.
 */
int	mime_field_text(struct mime_source *, off_t off, off_t end,
	    struct mime_charset *cs);

#endif
