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

#include "imapd/mime/decode.h"
#include "imapd/mime/lex.h"

/* Octets decoded before they are handed on. */
#define OUT_MAX		4096

struct out {
	const struct mime_sink	*sink;
	size_t			 n;
	unsigned char		 buf[OUT_MAX];
};

static int	out_add(struct out *, int);
static int	out_span(struct out *, const unsigned char *, size_t);
static int	out_flush(struct out *);
static int	hexdigit(int);
static int	base64(struct mime_decoder *, struct out *,
		    const unsigned char *, size_t);
static size_t	base64_groups(struct out *, const unsigned char *, size_t);
static int	base64_char(struct mime_decoder *, struct out *, int);
static int	qp(struct mime_decoder *, struct out *,
		    const unsigned char *, size_t);
static int	qp_plain(struct mime_decoder *, struct out *,
		    const unsigned char *, size_t);
static int	qp_char(struct mime_decoder *, struct out *, int);
static int	qp_held(struct mime_decoder *, struct out *, int);
static int	qp_release(struct mime_decoder *, struct out *);

#define PAD	64		/* "="; what is above is no digit */

static const unsigned char	digits[256] = {
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 62, 65, 65, 65, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 65, 65, 65, 64, 65, 65,
	65,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 65, 65, 65, 65, 65,
	65, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
	65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65
};

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
	return (start);
}

int
mime_encoding_is(const char *value, size_t len, const char *name)
{
	value = mime_encoding_name(value, &len);
	return (len == strlen(name) && strncasecmp(value, name, len) == 0);
}

enum mime_encoding
mime_encoding_find(const char *value, size_t len)
{
	if (mime_encoding_is(value, len, "base64"))
		return (MIME_ENCODING_BASE64);
	if (mime_encoding_is(value, len, "quoted-printable"))
		return (MIME_ENCODING_QP);
	return (MIME_ENCODING_IDENTITY);
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
	struct out	 out;
	int		 ret;

	if (d->encoding == MIME_ENCODING_IDENTITY)
		return (mime_sink_write(&d->sink, buf, len));
	out.sink = &d->sink;
	out.n = 0;
	if (d->encoding == MIME_ENCODING_BASE64)
		ret = base64(d, &out, buf, len);
	else
		ret = qp(d, &out, buf, len);
	return (ret == 0 ? out_flush(&out) : -1);
}

int
mime_decoder_end(struct mime_decoder *d)
{
	struct out	 out;

	out.sink = &d->sink;
	out.n = 0;
	if (qp_release(d, &out) == -1)
		return (-1);
	return (out_flush(&out));
}

static int
out_add(struct out *out, int c)
{
	if (out->n == sizeof(out->buf) && out_flush(out) == -1)
		return (-1);
	out->buf[out->n++] = (unsigned char)c;
	return (0);
}

static int
out_span(struct out *out, const unsigned char *p, size_t len)
{
	size_t	 n;

	while (len > 0) {
		if (out->n == sizeof(out->buf) && out_flush(out) == -1)
			return (-1);
		n = sizeof(out->buf) - out->n;
		n = n < len ? n : len;
		memcpy(out->buf + out->n, p, n);
		out->n += n;
		p += n;
		len -= n;
	}
	return (0);
}

static int
out_flush(struct out *out)
{
	size_t	 n = out->n;

	out->n = 0;
	return (mime_sink_write(out->sink, out->buf, n));
}

/* Whole groups of four digits at once, and what is between them one by one. */
static int
base64(struct mime_decoder *d, struct out *out, const unsigned char *p,
    size_t len)
{
	size_t	 i = 0;

	while (i < len) {
		if (d->nbits == 0) {
			if (sizeof(out->buf) - out->n < 3 &&
			    out_flush(out) == -1)
				return (-1);
			i += base64_groups(out, p + i, len - i);
			if (i == len)
				break;
		}
		if (base64_char(d, out, p[i++]) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Decodes groups of four digits while they are that and there is room.
 * Returns how many characters they were.
 */
static size_t
base64_groups(struct out *out, const unsigned char *p, size_t len)
{
	const unsigned char	*start = p;
	unsigned char		*q = out->buf + out->n;
	unsigned int		 a, b, c, d;
	size_t			 n = (sizeof(out->buf) - out->n) / 3;

	for (n = n < len / 4 ? n : len / 4; n > 0; n--) {
		a = digits[p[0]];
		b = digits[p[1]];
		c = digits[p[2]];
		d = digits[p[3]];
		if ((a | b | c | d) >= PAD)
			break;
		q[0] = (unsigned char)(a << 2 | b >> 4);
		q[1] = (unsigned char)(b << 4 | c >> 2);
		q[2] = (unsigned char)(c << 6 | d);
		p += 4;
		q += 3;
	}
	out->n = (size_t)(q - out->buf);
	return ((size_t)(p - start));
}

/* Padding starts a new group, as where encoded texts were joined. */
static int
base64_char(struct mime_decoder *d, struct out *out, int c)
{
	unsigned int	 digit = digits[c];

	if (digit >= PAD) {
		if (digit == PAD)
			d->nbits = 0;
		return (0);
	}
	d->bits = (d->bits << 6 | digit) & 0xffff;
	d->nbits += 6;
	if (d->nbits < 8)
		return (0);
	d->nbits -= 8;
	return (out_add(out, (int)(d->bits >> d->nbits & 0xff)));
}

static int
hexdigit(int c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (-1);
}

/* What has no "=" is copied, "=" with two digits decoded at once. */
static int
qp(struct mime_decoder *d, struct out *out, const unsigned char *p,
    size_t len)
{
	const unsigned char	*end = p + len, *mark;
	int			 high, low;

	while (p < end) {
		if (d->nheld > 0) {
			if (qp_held(d, out, *p++) == -1)
				return (-1);
			continue;
		}
		if ((mark = memchr(p, '=', (size_t)(end - p))) == NULL)
			mark = end;
		if (qp_plain(d, out, p, (size_t)(mark - p)) == -1)
			return (-1);
		p = mark;
		if (end - p > 2 && (high = hexdigit(p[1])) != -1 &&
		    (low = hexdigit(p[2])) != -1) {
			if (out_add(out, high << 4 | low) == -1)
				return (-1);
			p += 3;
		} else if (p < end && qp_char(d, out, *p++) == -1) {
			return (-1);
		}
	}
	return (0);
}

static int
qp_plain(struct mime_decoder *d, struct out *out, const unsigned char *p,
    size_t len)
{
	const unsigned char	*mark, *end = p + len;

	while (d->encoding == MIME_ENCODING_Q &&
	    (mark = memchr(p, '_', (size_t)(end - p))) != NULL) {
		if (out_span(out, p, (size_t)(mark - p)) == -1 ||
		    out_add(out, ' ') == -1)
			return (-1);
		p = mark + 1;
	}
	return (out_span(out, p, (size_t)(end - p)));
}

static int
qp_char(struct mime_decoder *d, struct out *out, int c)
{
	if (d->nheld > 0)
		return (qp_held(d, out, c));
	if (c == '=') {
		d->held[d->nheld++] = (char)c;
		return (0);
	}
	if (c == '_' && d->encoding == MIME_ENCODING_Q)
		c = ' ';
	return (out_add(out, c));
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
			return (0);
		}
		d->held[d->nheld++] = (char)c;
		return (0);
	}
	if (c == '\n' && (d->held[1] == '\r' || d->held[1] == ' ')) {
		d->nheld = 0;
		return (0);
	}
	high = hexdigit((unsigned char)d->held[1]);
	if (high != -1 && hexdigit(c) != -1) {
		d->nheld = 0;
		return (out_add(out, high << 4 | hexdigit(c)));
	}
	if (qp_release(d, out) == -1)
		return (-1);
	return (qp_char(d, out, c));
}

static int
qp_release(struct mime_decoder *d, struct out *out)
{
	size_t	 i, n = d->nheld;

	d->nheld = 0;
	for (i = 0; i < n; i++) {
		if (out_add(out, (unsigned char)d->held[i]) == -1)
			return (-1);
	}
	return (0);
}
