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

#ifndef IMAPD_MIME_DECODE_H
#define IMAPD_MIME_DECODE_H

#include "imapd/mime/sink.h"

/*
 * Content transfer encodings (RFC 2045 section 6) to octets, as a stream;
 * also the B and Q of encoded words (RFC 2047 section 4).  What is not valid
 * passes as it is (quoted-printable) or is skipped (base64).
 */
enum mime_encoding {
	MIME_ENCODING_IDENTITY,		/* also those not known */
	MIME_ENCODING_BASE64,
	MIME_ENCODING_QP,
	MIME_ENCODING_Q			/* of encoded words */
};

struct mime_decoder {
	enum mime_encoding	 encoding;
	struct mime_sink	 sink;
	unsigned int		 bits;		/* base64 */
	unsigned int		 nbits;
	char			 held[2];	/* quoted-printable: = and */
	size_t			 nheld;		/* what came after it */
};

/*
 * Finds the name of the encoding in a field's value of *len bytes: its first
 * word, without quotes and comments.  Returns where it starts and sets *len
 * to its length, which can be 0.
 */
const char *mime_encoding_name(const char *value, size_t *len);

/* Tells whether a field's value names that encoding, in any case. */
int	mime_encoding_is(const char *value, size_t len, const char *name);

/* Returns the encoding that a field's value of len bytes names. */
enum mime_encoding mime_encoding_find(const char *value, size_t len);

/*
 * Starts a decoder that writes to sink, which is copied.
 */
void	mime_decoder_init(struct mime_decoder *, enum mime_encoding,
	    const struct mime_sink *sink);

/* Decode some more, or end.  Return 0, or -1 with errno from the sink. */
int	mime_decoder_feed(struct mime_decoder *, const void *buf, size_t len);
int	mime_decoder_end(struct mime_decoder *);

#endif
