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

#ifndef IMAPD_SASL_H
#define IMAPD_SASL_H

#include <stddef.h>

/*
 * Decodes base64 (RFC 4648 section 4; padding required, nothing else in
 * between) of len bytes into buf of size bytes.  Returns the number of bytes
 * decoded, or -1 if it is no base64 or does not fit.
 */
int	sasl_base64(const char *s, size_t len, unsigned char *buf,
	    size_t size);

/* Bytes for n bytes in base64, NUL included. */
#define SASL_BASE64_SIZE(n)	(((n) + 2) / 3 * 4 + 1)

/*
 * Encodes len bytes as base64, with padding and a NUL, into buf of size
 * bytes.  Returns the length, or -1 if it does not fit.
 */
int	sasl_base64_encode(const void *data, size_t len, char *buf,
	    size_t size);

/* The parts of a message of PLAIN; they point into it. */
struct sasl_plain {
	const char	*authzid;
	const char	*user;
	const char	*pass;
};

/*
 * Splits a decoded message of PLAIN (RFC 4616): authzid NUL authcid NUL
 * passwd.  buf has size bytes, of which len are the message; a NUL is put
 * after it.  Returns 0, or -1 if it is none.
 */
int	sasl_plain(unsigned char *buf, size_t len, size_t size,
	    struct sasl_plain *);

#endif
