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

#ifndef IMAPD_MIME_STRUCTURE_H
#define IMAPD_MIME_STRUCTURE_H

#include "imapd/mime/message.h"
#include "imapd/mime/sink.h"

/*
 * ENVELOPE, BODY and BODYSTRUCTURE in IMAP syntax (RFC 3501 section 7.4.2),
 * each the parenthesized list alone, without the item's name.
 *
 * Each returns 0, or -1 with errno: the sink's, or ENOMEM, and the answer may
 * then have been written in part (write to a mime_buf first to avoid it).
 * A file that cannot be read gives the answer for what could be: see
 * mime_error().
 */
#define MIME_FIELD_MAX		262144	/* bytes of a field looked at */
#define MIME_ADDRESSES_MAX	16384	/* of a list; more are left out */
#define MIME_STRUCTURE_MAX	4194304	/* bytes; parts after them have their */
					/* kind and sizes shown, no fields */

/* Writes the envelope.  Reads the message's header only. */
int	mime_envelope(struct mime_message *, const struct mime_sink *);

/*
 * Writes the body structure: with extension data (BODYSTRUCTURE), or without
 * (BODY).  IMAP4rev2 shows message/global as message/rfc822 is (RFC 9051
 * section 9: media-message); for others, to whom it is a type as any, it has
 * neither envelope nor structure.
 */
#define MIME_STRUCTURE_EXTENDED	0x01
#define MIME_STRUCTURE_GLOBAL	0x02

int	mime_bodystructure(struct mime_message *, int flags,
	    const struct mime_sink *);

/*
 * Returns 1 if a structure that was written without MIME_STRUCTURE_GLOBAL can
 * differ from one with it, else 0.
 */
int	mime_structure_global(const char *text, size_t len);

#endif
