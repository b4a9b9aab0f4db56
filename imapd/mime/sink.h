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

#ifndef IMAPD_MIME_SINK_H
#define IMAPD_MIME_SINK_H

#include <stddef.h>

/*
 * Where answers go.  write() takes all of buf or fails: it returns 0, or -1
 * with errno; after a failure nothing more is written to the sink.
 */
struct mime_sink {
	int	(*write)(void *arg, const void *buf, size_t len);
	void	*arg;
};

/* Writes len bytes, or a C string.  Returns 0, or -1 with errno. */
int	mime_sink_write(const struct mime_sink *, const void *buf, size_t len);
int	mime_sink_puts(const struct mime_sink *, const char *str);

/* Writes a number in decimal digits.  Returns 0, or -1 with errno. */
int	mime_sink_number(const struct mime_sink *, unsigned long long n);

/*
 * Writes an IMAP nstring (RFC 3501 section 9): NIL if buf is NULL, a quoted
 * string where the text allows it, else a literal; NUL octets become 0x80,
 * since no literal may hold them.  Returns 0, or -1 with errno.
 */
int	mime_sink_nstring(const struct mime_sink *, const char *buf,
	    size_t len);

/*
 * A growing buffer, to be started with all zeros.  limit, if not 0, is the
 * most bytes that it takes: a write beyond it fails with EMSGSIZE.
 */
struct mime_buf {
	char	*data;
	size_t	 len;
	size_t	 size;
	size_t	 limit;
};

/*
 * Appends bytes, or one.  Returns 0, or -1 with errno (ENOMEM, EMSGSIZE) and
 * the buffer as it was.
 */
int	mime_buf_add(struct mime_buf *, const void *buf, size_t len);
int	mime_buf_addc(struct mime_buf *, int c);

/* Makes room for so many more: the same, if there is none. */
int	mime_buf_reserve(struct mime_buf *, size_t len);

/* Returns a sink that appends to the buffer, which must outlive it. */
struct mime_sink mime_buf_sink(struct mime_buf *);

/* Empties the buffer and keeps its memory; or frees its memory. */
void	mime_buf_reset(struct mime_buf *);
void	mime_buf_free(struct mime_buf *);

#endif
