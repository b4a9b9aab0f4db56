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

#ifndef IMAPD_MIME_ADDRESS_H
#define IMAPD_MIME_ADDRESS_H

#include <stddef.h>

#include "imapd/mime/sink.h"

/*
 * Writes the addresses of a field (RFC 5322 section 3.4 and 4.4) as IMAP
 * address structures (RFC 3501 section 7.4.2), one after the other without
 * anything around: (name route mailbox host), groups as pairs of such with
 * NIL for host.  An address without mailbox or host gets a placeholder, since
 * NIL there has a meaning of its own.  It begins none when there are max of
 * them, ends of groups among them.  Sets *count to how many it wrote.
 * Returns 0, or -1 with errno: the sink's, or ENOMEM.
 */
int	mime_addresses(const char *text, size_t len, size_t max,
	    const struct mime_sink *sink, size_t *count);

#endif
