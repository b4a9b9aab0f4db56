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

#ifndef IMAPD_MIME_SECTION_H
#define IMAPD_MIME_SECTION_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "imapd/mime/message.h"
#include "imapd/mime/sink.h"

/*
 * The sections of BODY[...] (RFC 3501 section 6.4.5).
 *
 *	mime_section_parse(&sec, text, len)		from the client
 *	sec.fields = ..., sec.nfields = ...		for HEADER.FIELDS
 *	mime_section_find(m, &sec, &data)		1, or 0 for NIL
 *	n = mime_section_partial(&data, off, len)	if <off.len> is given
 *	announce {n}
 *	mime_section_send(m, &sec, &data, off, n, sink)
 */
#define MIME_PATH_MAX	(2 * MIME_DEPTH_MAX)

enum mime_section_kind {
	MIME_SECTION_ALL,		/* nothing, or part numbers alone */
	MIME_SECTION_HEADER,
	MIME_SECTION_FIELDS,		/* HEADER.FIELDS */
	MIME_SECTION_FIELDS_NOT,	/* HEADER.FIELDS.NOT */
	MIME_SECTION_TEXT,
	MIME_SECTION_MIME
};

struct mime_section {
	enum mime_section_kind	 kind;
	size_t			 npath;	/* part numbers; > MIME_PATH_MAX */
	uint32_t		 path[MIME_PATH_MAX];	/* finds nothing */
	const char *const	*fields; /* field names, C strings; both the */
	size_t			 nfields; /* caller's; as strcasecmp(3) sorts */
};

/* What a section was found to be. */
struct mime_data {
	uint64_t	 size;		/* bytes in all, on the wire */
	off_t		 start;		/* the span of the file that holds it */
	off_t		 end;
	int		 filter;	/* only some fields of that span */
};

/*
 * Parses what stands between [ and ], without a list of fields: "", "1.2",
 * "HEADER", "1.2.HEADER.FIELDS", in any case.  Sets *sec, its fields to none.
 * Returns 0, or -1 if it is not a section (answer BAD).
 */
int	mime_section_parse(struct mime_section *sec, const char *text,
	    size_t len);

/*
 * Finds the part that the section's numbers name, of which there must be one
 * or more: sets *part, to NULL if the message has no such part.  Returns 0, or
 * -1 with errno ENOMEM.
 */
int	mime_section_part(struct mime_message *, const struct mime_section *sec,
	    const struct mime_part **part);

/*
 * Finds a section and its size.  Returns 1, or 0 if the message has no such
 * section (answer NIL), or -1 with errno (ENOMEM).
 */
int	mime_section_find(struct mime_message *, const struct mime_section *sec,
	    struct mime_data *data);

/*
 * Returns how many bytes the partial <off.len> of the data has; 0 if off is
 * at its end or beyond.
 */
uint64_t mime_section_partial(const struct mime_data *data, uint64_t off,
	    uint64_t len);

/*
 * Sends len bytes of the data from off, exactly: as many as
 * mime_section_partial() gave, or 0 and data->size for all.  If the file has
 * changed since the section was found, or its size was wrong, they are cut, or
 * padded with spaces: mime_error() tells of it when the last of them are sent.
 * Returns 0, or -1 with errno from the sink.
 */
int	mime_section_send(struct mime_message *, const struct mime_section *sec,
	    const struct mime_data *data, uint64_t off, uint64_t len,
	    const struct mime_sink *);

#endif
