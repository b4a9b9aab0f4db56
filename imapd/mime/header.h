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

#ifndef IMAPD_MIME_HEADER_H
#define IMAPD_MIME_HEADER_H

#include <sys/types.h>

#include <stddef.h>

#include "imapd/mime/source.h"

/*
 * The fields of a header (RFC 5322 section 2.2).  A header is everything up
 * to the first empty line; a line in it that is no field and continues none
 * is a field without a name.
 */
#define MIME_NAME_MAX	128	/* a longer name is as none */

struct mime_field {
	off_t	 start;			/* file offsets: of the name, */
	off_t	 value;			/* after the colon, */
	off_t	 end;			/* after the last line */
	char	 name[MIME_NAME_MAX];	/* a C string */
};

/*
 * Gets the field that starts at off; the header ends before end.  Returns 1,
 * or 0 if there is none: the empty line, or the end.
 */
int	mime_field_next(struct mime_source *, off_t off, off_t end,
	    struct mime_field *);

/*
 * Appends a field's value, unfolded and without white space around it, to the
 * buffer: at most MIME_FIELD_MAX bytes in it, the rest is left out.  NUL
 * octets become 0x80, bare CRs spaces.  Returns 0, or -1 with errno ENOMEM.
 */
int	mime_field_value(struct mime_source *, const struct mime_field *,
	    struct mime_buf *);

/* Fields to collect: the name, and whether later ones count as well. */
struct mime_wanted {
	const char	*name;
	int		 join;
};

/*
 * Collects the values of n fields of the header from start to end into
 * values[0..n-1], which the caller starts with zeros and frees, also after a
 * failure: of the first field of each name, or of all of them with an LF,
 * which no value has, between.  values[i].data is NULL if there is no such
 * field.  Each value is followed by a NUL that its len does not count.  A field
 * that is empty counts only if there is no other.  Returns 0, or -1 with errno
 * ENOMEM.
 */
int	mime_header_collect(struct mime_source *, off_t start, off_t end,
	    const struct mime_wanted *wanted, size_t n,
	    struct mime_buf *values);

/*
 * Gives the line of the file at off: sets *next to where the next line
 * starts, or the end, and *text to where its CRLF or LF starts (*next if it
 * has none).  Returns 1, or 0 if the file ends at off, or end does.
 */
int	mime_line_next(struct mime_source *, off_t off, off_t end,
	    off_t *text, off_t *next);

#endif
