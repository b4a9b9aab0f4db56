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
#include <string.h>
#include <strings.h>

#include "imapd/mime/decode.h"
#include "imapd/mime/encode.h"
#include "imapd/mime/header.h"
#include "imapd/mime/source.h"

#define LINE	57	/* octets in a line of base64: 76 characters */

struct encode {
	struct mime_source	*src;
	const struct mime_sink	*sink;
};

static int	base64_body(struct encode *, const struct mime_part *);
static int	base64_line(struct encode *, const unsigned char *, size_t);
static int	has_binary(struct encode *, const struct mime_part *);
static int	is_lines(struct encode *, const struct mime_part *);
static int	says_binary(struct encode *, const struct mime_part *);
static int	write_header(struct encode *, const struct mime_part *,
		    const char *);
static int	write_part(struct encode *, const struct mime_part *);
static int	write_span(struct encode *, off_t, off_t);

/* Returns 1 or 0, or -1 with errno ENOMEM. */
static int
says_binary(struct encode *e, const struct mime_part *part)
{
	static const struct mime_wanted	 wanted = {
		"Content-Transfer-Encoding", 0
	};
	struct mime_buf			 v = { NULL, 0, 0, 0 };
	int				 ret;

	ret = mime_header_collect(e->src, part->header, part->body, &wanted, 1,
	    &v);
	if (ret == 0 && v.data != NULL)
		ret = mime_encoding_is(v.data, v.len, "binary");
	mime_buf_free(&v);
	return (ret);
}

/* Whether the body is lines that end in CRLF, without NULs. */
static int
is_lines(struct encode *e, const struct mime_part *part)
{
	const unsigned char	*p;
	off_t			 off = part->body;
	size_t			 i, n;
	int			 cr = 0;

	while (off < part->end && (n = mime_source_peek(e->src, off, 1,
	    &p)) > 0) {
		if ((off_t)n > part->end - off)
			n = (size_t)(part->end - off);
		for (i = 0; i < n; i++) {
			if (p[i] == '\0' || (p[i] == '\n') != cr)
				return (0);
			cr = p[i] == '\r';
		}
		off += (off_t)n;
	}
	return (!cr);
}

/* Whether there is a part to be encoded: 1 or 0, or -1 with errno ENOMEM. */
static int
has_binary(struct encode *e, const struct mime_part *part)
{
	const struct mime_part	*child;
	int			 ret = 0;

	if (part->kind == MIME_LEAF) {
		if ((ret = says_binary(e, part)) == 1)
			ret = !is_lines(e, part);
		return (ret);
	}
	for (child = part->child; child != NULL && ret == 0;
	    child = child->next)
		ret = has_binary(e, child);
	return (ret);
}

static int
write_span(struct encode *e, off_t off, off_t end)
{
	const unsigned char	*p;
	size_t			 n;

	while (off < end && (n = mime_source_peek(e->src, off, 1, &p)) > 0) {
		if ((off_t)n > end - off)
			n = (size_t)(end - off);
		if (mime_sink_write(e->sink, p, n) == -1)
			return (-1);
		off += (off_t)n;
	}
	return (0);
}

/* With that encoding; NULL: as it is. */
static int
write_header(struct encode *e, const struct mime_part *part,
    const char *encoding)
{
	struct mime_field	 field;
	off_t			 off;
	int			 said = 0;

	if (encoding == NULL)
		return (write_span(e, part->header, part->body));
	for (off = part->header; mime_field_next(e->src, off, part->body,
	    &field); off = field.end) {
		if (strcasecmp(field.name, "Content-Transfer-Encoding") != 0) {
			if (write_span(e, field.start, field.end) == -1)
				return (-1);
		} else if (!said) {
			if (mime_sink_puts(e->sink,
			    "Content-Transfer-Encoding: ") == -1 ||
			    mime_sink_puts(e->sink, encoding) == -1 ||
			    mime_sink_puts(e->sink, "\r\n") == -1)
				return (-1);
			said = 1;
		}
	}
	return (write_span(e, off, part->body));
}

static int
base64_line(struct encode *e, const unsigned char *p, size_t len)
{
	static const char	 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char			 out[LINE / 3 * 4 + 2];
	unsigned char		 in[3];
	size_t			 i, n = 0;

	for (i = 0; i < len; i += 3) {
		memset(in, 0, sizeof(in));
		memcpy(in, p + i, len - i < 3 ? len - i : 3);
		out[n++] = digits[in[0] >> 2];
		out[n++] = digits[(in[0] & 3) << 4 | in[1] >> 4];
		out[n++] = len - i < 2 ? '=' :
		    digits[(in[1] & 15) << 2 | in[2] >> 6];
		out[n++] = len - i < 3 ? '=' : digits[in[2] & 63];
	}
	out[n++] = '\r';
	out[n++] = '\n';
	return (mime_sink_write(e->sink, out, n));
}

static int
base64_body(struct encode *e, const struct mime_part *part)
{
	const unsigned char	*p;
	off_t			 off;
	size_t			 n;

	for (off = part->body; off < part->end; off += (off_t)n) {
		if ((n = mime_source_peek(e->src, off, LINE, &p)) == 0)
			break;
		if (n > LINE)
			n = LINE;
		if ((off_t)n > part->end - off)
			n = (size_t)(part->end - off);
		if (base64_line(e, p, n) == -1)
			return (-1);
	}
	return (0);
}

static int
write_part(struct encode *e, const struct mime_part *part)
{
	const struct mime_part	*child;
	off_t			 off = part->body;
	int			 binary;

	if ((binary = says_binary(e, part)) == -1)
		return (-1);
	if (part->kind == MIME_LEAF) {
		if (!binary || is_lines(e, part))
			return (write_span(e, part->header, part->end));
		if (write_header(e, part, "base64") == -1)
			return (-1);
		return (base64_body(e, part));
	}
	if (write_header(e, part, binary ? "8bit" : NULL) == -1)
		return (-1);
	for (child = part->child; child != NULL; child = child->next) {
		if (write_span(e, off, child->header) == -1 ||
		    write_part(e, child) == -1)
			return (-1);
		off = child->end;
	}
	return (write_span(e, off, part->end));
}

int
mime_encode_binary(struct mime_message *m, const struct mime_sink *sink)
{
	const struct mime_part	*root;
	struct encode		 e;
	int			 binary, ret;

	if ((root = mime_tree(m)) == NULL)
		return (-1);
	e.src = mime_source_of(m);
	e.sink = sink;
	if ((binary = has_binary(&e, root)) == -1)
		return (-1);
	ret = binary ? write_part(&e, root) : write_span(&e, 0, e.src->size);
	if (ret == 0 && mime_error(m) != 0) {
		errno = mime_error(m);
		ret = -1;
	}
	return (ret);
}
