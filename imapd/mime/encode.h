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

#ifndef IMAPD_MIME_ENCODE_H
#define IMAPD_MIME_ENCODE_H

#include "imapd/mime/message.h"
#include "imapd/mime/sink.h"

/*
 * Writes the message, octet for octet, but for parts in the transfer encoding
 * "binary" that have octets which lines of text cannot (NUL, a CR or LF
 * alone): they are written in base64, and say so, and the parts around them
 * say "8bit" instead of "binary" (RFC 3516 section 4.4, RFC 2045 section 6.4).
 * Nothing else is changed, since it may be signed.  Returns 0, or -1 with
 * errno: ENOMEM, from the sink, or as mime_error().
 */
int	mime_encode_binary(struct mime_message *, const struct mime_sink *);

#endif
