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

#ifndef IMAPD_MIME_MSGID_H
#define IMAPD_MIME_MSGID_H

#include <stddef.h>

#include "imapd/mime/sink.h"

/*
 * Walks over the message identifiers (RFC 5322 section 3.6.4, and 4.5.4) of
 * the value of a Message-ID, References or In-Reply-To field, in time linear
 * in its length.
 */
struct mime_msgid {
	const char	*p;
	const char	*end;
	int		 open;		/* a quote has no end */
};

/* text may be NULL if len is 0. */
void	mime_msgid_init(struct mime_msgid *, const char *text, size_t len);

/*
 * Sets out to the next valid identifier, without angle brackets, and
 * normalised: without the quotes and backslashes of quoted strings, and
 * without white space (RFC 5256 section 3, THREAD).  What is none is passed
 * over.  Returns 1, 0 if there is none, or -1 with errno ENOMEM.
 */
int	mime_msgid_next(struct mime_msgid *, struct mime_buf *out);

#endif
