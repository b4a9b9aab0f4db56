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

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/mime/sink.h"

/* Longer strings go as literals; clients read them with less copying. */
#define QUOTED_MAX	1000

#define BUF_MIN		256		/* first size of a buffer */

static int	quotable(const char *, size_t);
static int	put_quoted(const struct mime_sink *, const char *, size_t);
static int	put_literal(const struct mime_sink *, const char *, size_t);
static int	buf_write(void *, const void *, size_t);
static int	has_room(const struct mime_buf *, size_t);

int
mime_sink_write(const struct mime_sink *sink, const void *buf, size_t len)
{
	if (len == 0)
		return (0);
	return (sink->write(sink->arg, buf, len));
}

int
mime_sink_puts(const struct mime_sink *sink, const char *str)
{
	return (mime_sink_write(sink, str, strlen(str)));
}

int
mime_sink_number(const struct mime_sink *sink, unsigned long long n)
{
	char	 digits[24];
	size_t	 i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	return (mime_sink_write(sink, digits + i, sizeof(digits) - i));
}

int
mime_sink_nstring(const struct mime_sink *sink, const char *buf, size_t len)
{
	if (buf == NULL)
		return (mime_sink_puts(sink, "NIL"));
	if (len <= QUOTED_MAX && quotable(buf, len))
		return (put_quoted(sink, buf, len));
	return (put_literal(sink, buf, len));
}

/*
 * RFC 3501 section 9: QUOTED-CHAR is any 7-bit character but NUL, CR and LF.
 * Other controls are legal too, but a terminal may see them in a log.
 */
static int
quotable(const char *buf, size_t len)
{
	unsigned char	 c;
	size_t		 i;

	for (i = 0; i < len; i++) {
		c = (unsigned char)buf[i];
		/* Outside of ' ' to '~'. */
		if ((unsigned char)(c - ' ') > '~' - ' ' && c != '\t')
			return (0);
	}
	return (1);
}

static int
put_quoted(const struct mime_sink *sink, const char *buf, size_t len)
{
	char	 out[2 * QUOTED_MAX + 2];
	size_t	 i = 0, n = 0;

	out[n++] = '"';
	if (memchr(buf, '"', len) == NULL && memchr(buf, '\\', len) == NULL) {
		memcpy(out + n, buf, len);
		n += len;
		i = len;
	}
	for (; i < len; i++) {
		if (buf[i] == '"' || buf[i] == '\\')
			out[n++] = '\\';
		out[n++] = buf[i];
	}
	out[n++] = '"';
	return (mime_sink_write(sink, out, n));
}

static int
put_literal(const struct mime_sink *sink, const char *buf, size_t len)
{
	const char	*nul;
	size_t		 n;

	if (mime_sink_puts(sink, "{") == -1 ||
	    mime_sink_number(sink, len) == -1 ||
	    mime_sink_puts(sink, "}\r\n") == -1)
		return (-1);
	while ((nul = memchr(buf, '\0', len)) != NULL) {
		n = (size_t)(nul - buf);
		if (mime_sink_write(sink, buf, n) == -1 ||
		    mime_sink_write(sink, "\x80", 1) == -1)
			return (-1);
		buf += n + 1;
		len -= n + 1;
	}
	return (mime_sink_write(sink, buf, len));
}

int
mime_buf_add(struct mime_buf *b, const void *buf, size_t len)
{
	if (!has_room(b, len) && mime_buf_reserve(b, len) == -1)
		return (-1);
	if (len > 0)
		memcpy(b->data + b->len, buf, len);
	b->len += len;
	return (0);
}

int
mime_buf_addc(struct mime_buf *b, int c)
{
	if (!has_room(b, 1) && mime_buf_reserve(b, 1) == -1)
		return (-1);
	b->data[b->len++] = (char)c;
	return (0);
}

struct mime_sink
mime_buf_sink(struct mime_buf *b)
{
	struct mime_sink	 sink;

	sink.write = buf_write;
	sink.arg = b;
	return (sink);
}

void
mime_buf_reset(struct mime_buf *b)
{
	b->len = 0;
}

void
mime_buf_free(struct mime_buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->size = 0;
}

static int
buf_write(void *arg, const void *buf, size_t len)
{
	return (mime_buf_add(arg, buf, len));
}

static int
has_room(const struct mime_buf *b, size_t len)
{
	return (b->data != NULL && len <= b->size - b->len &&
	    (b->limit == 0 || b->len + len <= b->limit));
}

int
mime_buf_reserve(struct mime_buf *b, size_t len)
{
	char	*data;
	size_t	 size;

	if (b->limit != 0 && (len > b->limit || b->len > b->limit - len)) {
		errno = EMSGSIZE;
		return (-1);
	}
	if (b->data != NULL && len <= b->size - b->len)
		return (0);
	if (len > SIZE_MAX / 4 - b->len) {
		errno = ENOMEM;
		return (-1);
	}
	size = b->size < BUF_MIN ? BUF_MIN : b->size;
	while (size < b->len + len)
		size *= 2;
	if ((data = realloc(b->data, size)) == NULL)
		return (-1);
	b->data = data;
	b->size = size;
	return (0);
}
