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

#ifndef IMAPD_MIME_ENCWORD_H
#define IMAPD_MIME_ENCWORD_H

#include <stddef.h>

#include "imapd/mime/charset.h"

/*
 * Header text with encoded words (RFC 2047, with the language of RFC 2231
 * section 5) to UTF-8, as a stream of pieces, none of which ends within an
 * encoded word.  What is no valid encoded word passes as text.
 */
#define MIME_ENCWORD_CHARSET_MAX	64	/* a longer name is no name */

struct mime_encword {
	struct mime_charset	*cs;
	char			 charset[MIME_ENCWORD_CHARSET_MAX];
	size_t			 charset_len;
	int			 in_word;	/* what came last was one */
	int			 space;		/* and white space after it */
};

/* Starts a text; it is written through cs, which must outlive this. */
void	mime_encword_init(struct mime_encword *, struct mime_charset *cs);

/* Decodes a piece, or ends.  Return 0, or -1 with errno from cs's sink. */
int	mime_encword_feed(struct mime_encword *, const char *text,
	    size_t len);
int	mime_encword_end(struct mime_encword *);

#endif
