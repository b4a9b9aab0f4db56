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

#ifndef IMAPD_MIME_UTF8_H
#define IMAPD_MIME_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/mime/sink.h"

#define MIME_UTF8_MAX	4	/* bytes of a character */

/*
 * Reads a character of UTF-8 (RFC 3629): sets *code.  Returns its length, 0
 * if len bytes are too few but could begin one, or -1 if they cannot.
 */
int	mime_utf8_get(const unsigned char *buf, size_t len, uint32_t *code);

/* Returns how many octets at the start of buf are below 0x80. */
size_t	mime_utf8_ascii(const unsigned char *buf, size_t len);

/* Writes a character, at most 0x10ffff, and returns its length. */
size_t	mime_utf8_put(uint32_t code, unsigned char *buf);

/*
 * Casemaps as i;unicode-casemap does (RFC 5051): what is equal then differs
 * in case alone, or in how its characters are put together.  It depends on no
 * locale, as the server's answers must not.
 *
 * mime_casemap_char() writes what a character becomes, in UTF-8, and returns
 * its length, at most MIME_CASEMAP_MAX.  mime_casemap() appends a whole
 * string; what is not UTF-8 in it becomes U+FFFD.  Returns 0, or -1 with
 * errno from mime_buf_add() and the buffer as it was.
 */
#define MIME_CASEMAP_MAX	72
size_t	mime_casemap_char(uint32_t code, unsigned char *buf);
int	mime_casemap(const char *utf8, size_t len, struct mime_buf *out);

#endif
