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

#define MIME_UTF8_MAX	4	/* bytes of a character */

/*
 * Reads a character of UTF-8 (RFC 3629): sets *code.  Returns its length, 0
 * if len bytes are too few but could begin one, or -1 if they cannot.
 */
int	mime_utf8_get(const unsigned char *buf, size_t len, uint32_t *code);

/* Writes a character, at most 0x10ffff, and returns its length. */
size_t	mime_utf8_put(uint32_t code, unsigned char *buf);

/*
 * Returns the character that stands for code where case does not count: the
 * simple case folding of Unicode.  It depends on no locale, as the server's
 * answers must not.
 */
uint32_t mime_casefold(uint32_t code);

#endif
