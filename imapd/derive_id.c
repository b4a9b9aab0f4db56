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

/* The functions of libcrypto that need no provider, and thus no files. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/sha.h>

#include <errno.h>
#include <string.h>

#include "imapd/derive.h"
#include "imapd/derive_id.h"
#include "imapd/mime/message.h"
#include "imapd/mime/source.h"

#define BLOCK	8192	/* octets of the file at a time */

static void	hash(SHA256_CTX *, const unsigned char *, size_t, int);

/* With every line ended by CRLF; cr: the octet before was a CR. */
static void
hash(SHA256_CTX *ctx, const unsigned char *p, size_t len, int cr)
{
	const unsigned char	*end = p + len, *lf;
	unsigned char		 out[2 * BLOCK];
	size_t			 n = 0, run;

	for (; p < end; p += run) {
		lf = memchr(p, '\n', (size_t)(end - p));
		run = (size_t)((lf == NULL ? end : lf) - p);
		memcpy(out + n, p, run);
		n += run;
		if (run > 0)
			cr = p[run - 1] == '\r';
		if (lf != NULL) {
			if (!cr)
				out[n++] = '\r';
			out[n++] = '\n';
			cr = 0;
			run++;
		}
	}
	(void)SHA256_Update(ctx, out, n);
}

int
derive_emailid(struct mime_message *m, struct mime_buf *buf)
{
	static const char	 hex[] = "0123456789abcdef";
	struct mime_source	*src = mime_source_of(m);
	const unsigned char	*p;
	unsigned char		 sum[SHA256_DIGEST_LENGTH];
	SHA256_CTX		 ctx;
	size_t			 i, n;
	off_t			 off;
	int			 cr = 0;

	(void)SHA256_Init(&ctx);
	for (off = 0; (n = mime_source_peek(src, off, 1, &p)) > 0;
	    off += (off_t)n) {
		if (n > BLOCK)
			n = BLOCK;
		hash(&ctx, p, n, cr);
		cr = p[n - 1] == '\r';
	}
	(void)SHA256_Final(sum, &ctx);
	/* A wrong one would be for ever. */
	if (mime_error(m) != 0) {
		errno = mime_error(m);
		return (-1);
	}
	if (mime_buf_addc(buf, 'M') == -1)
		return (-1);
	for (i = 0; i < EMAILID_OCTETS; i++) {
		if (mime_buf_addc(buf, hex[sum[i] >> 4]) == -1 ||
		    mime_buf_addc(buf, hex[sum[i] & 15]) == -1)
			return (-1);
	}
	return (0);
}
