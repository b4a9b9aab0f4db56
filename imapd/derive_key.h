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

#ifndef IMAPD_DERIVE_KEY_H
#define IMAPD_DERIVE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/mime/sink.h"

/*
 * Values of header fields as they are compared: for derive_sort.c and
 * derive_thread.c.
 *
 * The functions append to out what compares octet by octet as the text does
 * by i;unicode-casemap (RFC 5051), without NULs, and return 0, or -1 with
 * errno ENOMEM.
 */

/* A text, after its encoded words are decoded if encoded is not 0. */
int	key_text(const char *value, size_t len, int encoded,
	    struct mime_buf *out);

/* The base subject (RFC 5256 section 2.1), and whether it is a reply. */
int	key_subject(const char *value, size_t len, struct mime_buf *out,
	    int *reply);

/*
 * The sent date (RFC 5256 section 2.2) in seconds since 1970.  Returns 0, or
 * -1 if there is none in the value: then it is the internal date.
 */
int	key_date(const char *value, size_t len, int64_t *date);

/* Numbers in records. */
int	key_put64(struct mime_buf *out, uint64_t n);
uint64_t key_get64(const char *p);

#endif
