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

#include "imapd/mime/encword.h"
#include "imapd/mime/fieldtext.h"
#include "imapd/mime/header.h"
#include "imapd/mime/source.h"

static int	feed_line(struct mime_source *, struct mime_encword *, off_t,
		    off_t);
static size_t	piece(const unsigned char *, size_t);
static off_t	skip_space(struct mime_source *, off_t, off_t);

int
mime_field_text(struct mime_source *src, off_t off, off_t end,
    struct mime_charset *cs)
{
	struct mime_encword	 ew;
	off_t			 text, next;
	int			 first = 1;

	mime_encword_init(&ew, cs);
	while (mime_line_next(src, off, end, &text, &next)) {
		off = skip_space(src, off, text);
		if (!first && mime_encword_feed(&ew, " ", 1) == -1)
			return (-1);
		if (feed_line(src, &ew, off, text) == -1)
			return (-1);
		first = 0;
		off = next;
	}
	return (mime_encword_end(&ew));
}

static off_t
skip_space(struct mime_source *src, off_t off, off_t end)
{
	const unsigned char	*p;

	while (off < end && mime_source_peek(src, off, 1, &p) > 0 &&
	    (*p == ' ' || *p == '\t'))
		off++;
	return (off);
}

/* Encoded words are in one line, and that is seldom longer than a view. */
static int
feed_line(struct mime_source *src, struct mime_encword *ew, off_t off,
    off_t end)
{
	const unsigned char	*p;
	size_t			 n, min;

	while (off < end) {
		min = end - off < MIME_SOURCE_BUF ? (size_t)(end - off) :
		    MIME_SOURCE_BUF;
		if ((n = mime_source_peek(src, off, min, &p)) == 0)
			break;
		if ((off_t)n > end - off)
			n = (size_t)(end - off);
		else if ((off_t)n < end - off)
			n = piece(p, n);
		if (mime_encword_feed(ew, (const char *)p, n) == -1)
			return (-1);
		off += (off_t)n;
	}
	return (0);
}

/* The length of a view up to its last space, if that is in its latter half. */
static size_t
piece(const unsigned char *p, size_t len)
{
	size_t	 n;

	for (n = len; n > len / 2; n--) {
		if (p[n - 1] == ' ' || p[n - 1] == '\t')
			return (n);
	}
	return (len);
}
