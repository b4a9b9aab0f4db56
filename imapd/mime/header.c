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

#include "imapd/mime/header.h"
#include "imapd/mime/structure.h"

static int	is_wsp(int);
static int	starts_with_wsp(struct mime_source *, off_t, off_t);
static void	read_name(struct mime_source *, off_t, struct mime_field *);
static int	add_text(struct mime_buf *, const unsigned char *, size_t);
static void	replace(struct mime_buf *, size_t, int, int);
static int	add_line(struct mime_source *, off_t, off_t,
		    struct mime_buf *);
static void	trim(struct mime_buf *, size_t);
static int	collect_one(struct mime_source *, const struct mime_field *,
		    int, struct mime_buf *);

static int
is_wsp(int c)
{
	return (c == ' ' || c == '\t');
}

int
mime_line_next(struct mime_source *src, off_t off, off_t end, off_t *text,
    off_t *next)
{
	const unsigned char	*p, *lf;
	size_t			 n;
	off_t			 at = off;
	int			 cr = 0;

	if (end > src->size)
		end = src->size;
	while (at < end && (n = mime_source_peek(src, at, 1, &p)) > 0) {
		if ((off_t)n > end - at)
			n = (size_t)(end - at);
		if ((lf = memchr(p, '\n', n)) != NULL) {
			at += lf - p;
			if (lf > p)
				cr = lf[-1] == '\r';
			*text = cr ? at - 1 : at;
			*next = at + 1;
			return (1);
		}
		cr = p[n - 1] == '\r';
		at += (off_t)n;
	}
	*text = *next = at;
	return (at > off);
}

int
mime_field_next(struct mime_source *src, off_t off, off_t end,
    struct mime_field *field)
{
	off_t	 text, next;

	if (!mime_line_next(src, off, end, &text, &next) || text == off)
		return (0);
	field->start = off;
	field->end = next;
	while (starts_with_wsp(src, field->end, end)) {
		if (!mime_line_next(src, field->end, end, &text, &next))
			break;
		field->end = next;
	}
	read_name(src, off, field);
	return (1);
}

static int
starts_with_wsp(struct mime_source *src, off_t off, off_t end)
{
	const unsigned char	*p;

	return (off < end && mime_source_peek(src, off, 1, &p) > 0 &&
	    is_wsp(*p));
}

/* RFC 5322 section 4.5: white space may stand before the colon. */
static void
read_name(struct mime_source *src, off_t off, struct mime_field *field)
{
	const unsigned char	*p;
	size_t			 i, n, len;

	field->value = off;
	field->name[0] = '\0';
	n = mime_source_peek(src, off, 2 * MIME_NAME_MAX, &p);
	if ((off_t)n > field->end - off)
		n = (size_t)(field->end - off);
	for (i = 0; i < n && p[i] > ' ' && p[i] < 0x7f && p[i] != ':'; i++)
		continue;
	len = i;
	while (i < n && is_wsp(p[i]))
		i++;
	if (len == 0 || len >= sizeof(field->name) || i == n || p[i] != ':')
		return;
	memcpy(field->name, p, len);
	field->name[len] = '\0';
	field->value = off + (off_t)i + 1;
}

int
mime_field_value(struct mime_source *src, const struct mime_field *field,
    struct mime_buf *out)
{
	size_t	 from = out->len;
	off_t	 off = field->value, text, next;

	while (out->len < MIME_FIELD_MAX &&
	    mime_line_next(src, off, field->end, &text, &next)) {
		if (add_line(src, off, text, out) == -1)
			return (-1);
		off = next;
	}
	trim(out, from);
	return (mime_buf_add(out, "", 0));
}

static int
add_line(struct mime_source *src, off_t off, off_t end, struct mime_buf *out)
{
	const unsigned char	*p;
	size_t			 n;

	while (off < end && out->len < MIME_FIELD_MAX &&
	    (n = mime_source_peek(src, off, 1, &p)) > 0) {
		if ((off_t)n > end - off)
			n = (size_t)(end - off);
		if (n > MIME_FIELD_MAX - out->len)
			n = MIME_FIELD_MAX - out->len;
		if (add_text(out, p, n) == -1)
			return (-1);
		off += (off_t)n;
	}
	return (0);
}

/* From an offset on. */
static void
replace(struct mime_buf *out, size_t from, int old, int new)
{
	char	*p = out->data + from, *end = out->data + out->len;

	while (p < end && (p = memchr(p, old, (size_t)(end - p))) != NULL)
		*p++ = (char)new;
}

static int
add_text(struct mime_buf *out, const unsigned char *p, size_t n)
{
	size_t	 at = out->len;

	if (mime_buf_add(out, p, n) == -1)
		return (-1);
	replace(out, at, '\0', 0x80);
	replace(out, at, '\r', ' ');
	return (0);
}

static void
trim(struct mime_buf *out, size_t from)
{
	size_t	 start = from;

	while (out->len > from && is_wsp(out->data[out->len - 1]))
		out->len--;
	while (start < out->len && is_wsp(out->data[start]))
		start++;
	if (start > from) {
		memmove(out->data + from, out->data + start,
		    out->len - start);
		out->len -= start - from;
	}
}

int
mime_header_collect(struct mime_source *src, off_t start, off_t end,
    const struct mime_wanted *wanted, size_t n, struct mime_buf *values)
{
	struct mime_field	 field;
	size_t			 i;
	off_t			 off;

	for (off = start; mime_field_next(src, off, end, &field);
	    off = field.end) {
		if (field.name[0] == '\0')
			continue;
		for (i = 0; i < n; i++) {
			/* Most differ in their first letter. */
			if (((field.name[0] ^ wanted[i].name[0]) & 0x1f) != 0 ||
			    strcasecmp(field.name, wanted[i].name) != 0)
				continue;
			if (collect_one(src, &field, wanted[i].join,
			    &values[i]) == -1)
				return (-1);
			break;
		}
	}
	return (0);
}

static int
collect_one(struct mime_source *src, const struct mime_field *field, int join,
    struct mime_buf *value)
{
	if (value->len > 0 && (!join || value->len >= MIME_FIELD_MAX))
		return (0);
	if (value->len > 0 && mime_buf_addc(value, '\n') == -1)
		return (-1);
	if (mime_field_value(src, field, value) == -1 ||
	    mime_buf_addc(value, '\0') == -1)
		return (-1);
	value->len--;
	return (0);
}
