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

#ifndef IMAPD_MIME_BINARY_H
#define IMAPD_MIME_BINARY_H

#include <stdint.h>

#include "imapd/mime/message.h"
#include "imapd/mime/section.h"
#include "imapd/mime/sink.h"

/*
 * Sections without their content transfer encoding: BINARY[...] (RFC 3516,
 * RFC 9051 section 6.4.5).
 *
 *	mime_binary_find(m, &sec, &bin)		1, or 0 for NIL
 *	announce {bin.size}, or ~{bin.size} if bin.nul
 *	mime_binary_send(m, &sec, &bin, off, n, sink)
 *
 * Only the section's own encoding is taken off: a multipart, a message within
 * and the whole message, whose encoding can be none but the identity (RFC 2045
 * section 6.4), are given with what is in them as it stands.  Text has its
 * lines end in CRLF, whoever ended them otherwise (RFC 3516 section 6), unless
 * it is of wide characters; NUL octets stay what they are.
 *
 * Finding a section decodes it once, which the message remembers of the last
 * section, as it does where sending has stopped: a series of partial fetches
 * decodes it once more.  Memory does not grow with the message.
 */
struct mime_binary {
	uint64_t	 size;		/* octets, decoded */
	int		 nul;		/* NULs among them */
};

/*
 * Whether its encoding is known: returns 1; 0 if not (answer NO
 * [UNKNOWN-CTE]); -1 with errno ENOMEM.  A section that is not there is known.
 */
int	mime_binary_known(struct mime_message *, const struct mime_section *);

/*
 * Finds a section, of part numbers alone, and its size.  Returns 1, or 0 if
 * the message has no such section (answer NIL), or -1 with errno: ENOTSUP if
 * its encoding is not known, ENOMEM.
 */
int	mime_binary_find(struct mime_message *, const struct mime_section *,
	    struct mime_binary *);

/*
 * Sends len octets of what was found from off, exactly: they must be there.
 * A file that has changed since is as for mime_section_send().  Returns 0, or
 * -1 with errno: from the sink, or ENOMEM.
 */
int	mime_binary_send(struct mime_message *, const struct mime_section *,
	    uint64_t off, uint64_t len, const struct mime_sink *);

/* message.c.  What a message remembers, to be freed by free(3) alone. */
struct mime_binary_state;
struct mime_binary_state **mime_binary_state(struct mime_message *);

#endif
