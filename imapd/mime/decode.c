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

#include <string.h>
#include <strings.h>

#include "decode.h"
#include "lex.h"

/* Octets decoded before they are handed on. */
#define OUT_MAX		1024

struct out {
	const struct mime_sink	*sink;
	size_t			 n;
	unsigned char		 buf[OUT_MAX];
};

static int	out_add(struct out *, int);
static int	out_flush(struct out *);
static int	hexdigit(int);
static int	base64_digit(int);
static int	base64_char(struct mime_decoder *, struct out *, int);
static int	qp_char(struct mime_decoder *, struct out *, int);
static int	qp_held(struct mime_decoder *, struct out *, int);
static int	qp_release(struct mime_decoder *, struct out *);

const char *
mime_encoding_name(const char *value, size_t *len)
{
	struct mime_lex	 lex;
	const char	*start;

	lex.p = value;
	lex.end = value + *len;
	(void)mime_lex_skip(&lex, NULL);
	if (mime_lex_peek(&lex) == '"')
		lex.p++;
	start = lex.p;
	mime_lex_pass(&lex, "\",;(");
	*len = (size_t)(lex.p - start);
	return start;
}

int
mime_encoding_is(const char *value, size_t len, const char *name)
{
	value = mime_encoding_name(value, &len);
	return len == strlen(name) && strncasecmp(value, name, len) == 0;
}

enum mime_encoding
mime_encoding_find(const char *value, size_t len)
{
	if (mime_encoding_is(value, len, "base64"))
		return MIME_ENCODING_BASE64;
	if (mime_encoding_is(value, len, "quoted-printable"))
		return MIME_ENCODING_QP;
	return MIME_ENCODING_IDENTITY;
}

void
mime_decoder_init(struct mime_decoder *d, enum mime_encoding encoding,
    const struct mime_sink *sink)
{
	d->encoding = encoding;
	d->sink = *sink;
	d->bits = d->nbits = 0;
	d->nheld = 0;
}

int
mime_decoder_feed(struct mime_decoder *d, const void *buf, size_t len)
{
	const unsigned char	*p = buf;
	struct out		 out;
	size_t			 i;
	int			 ret = 0;

	if (d->encoding == MIME_ENCODING_IDENTITY)
		return mime_sink_write(&d->sink, buf, len);
	out.sink = &d->sink;
	out.n = 0;
	for (i = 0; i < len && ret == 0; i++) {
		if (d->encoding == MIME_ENCODING_BASE64)
			ret = base64_char(d, &out, p[i]);
		else
			ret = qp_char(d, &out, p[i]);
	}
	return ret == 0 ? out_flush(&out) : -1;
}

int
mime_decoder_end(struct mime_decoder *d)
{
	struct out	 out;

	out.sink = &d->sink;
	out.n = 0;
	if (qp_release(d, &out) == -1)
		return -1;
	return out_flush(&out);
}

static int
out_add(struct out *out, int c)
{
	if (out->n == sizeof(out->buf) && out_flush(out) == -1)
		return -1;
	out->buf[out->n++] = (unsigned char)c;
	return 0;
}

static int
out_flush(struct out *out)
{
	size_t	 n = out->n;

	out->n = 0;
	return mime_sink_write(out->sink, out->buf, n);
}

static int
base64_digit(int c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Padding starts a new group, as where encoded texts were joined. */
static int
base64_char(struct mime_decoder *d, struct out *out, int c)
{
	int	 digit = base64_digit(c);

	if (digit == -1) {
		if (c == '=')
			d->nbits = 0;
		return 0;
	}
	d->bits = (d->bits << 6 | (unsigned int)digit) & 0xffff;
	d->nbits += 6;
	if (d->nbits < 8)
		return 0;
	d->nbits -= 8;
	return out_add(out, (int)(d->bits >> d->nbits & 0xff));
}

static int
hexdigit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int
qp_char(struct mime_decoder *d, struct out *out, int c)
{
	if (d->nheld > 0)
		return qp_held(d, out, c);
	if (c == '=') {
		d->held[d->nheld++] = (char)c;
		return 0;
	}
	if (c == '_' && d->encoding == MIME_ENCODING_Q)
		c = ' ';
	return out_add(out, c);
}

/*
 * A character after "=", or after that and one more: two hexadecimal digits,
 * or the end of the line (a soft line break, white space before it or not).
 */
static int
qp_held(struct mime_decoder *d, struct out *out, int c)
{
	int	 high;

	if (d->nheld == 1) {
		if (c == '\n') {
			d->nheld = 0;
			return 0;
		}
		d->held[d->nheld++] = (char)c;
		return 0;
	}
	if (c == '\n' && (d->held[1] == '\r' || d->held[1] == ' ')) {
		d->nheld = 0;
		return 0;
	}
	high = hexdigit((unsigned char)d->held[1]);
	if (high != -1 && hexdigit(c) != -1) {
		d->nheld = 0;
		return out_add(out, high << 4 | hexdigit(c));
	}
	if (qp_release(d, out) == -1)
		return -1;
	return qp_char(d, out, c);
}

static int
qp_release(struct mime_decoder *d, struct out *out)
{
	size_t	 i, n = d->nheld;

	d->nheld = 0;
	for (i = 0; i < n; i++) {
		if (out_add(out, (unsigned char)d->held[i]) == -1)
			return -1;
	}
	return 0;
}
