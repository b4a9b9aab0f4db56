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

#include "imapd/derive.h"
#include "imapd/fetch.h"
#include "imapd/imap.h"
#include "imapd/mime/sink.h"
#include "imapd/mime/source.h"

/*
 * BODY[HEADER.FIELDS (...)] from the fields that the cache has: they stand
 * there as in the file, so that the answer is the same, partial or not.  Of
 * others it is known that a message has none, if none of its fields has their
 * bit (derive_field_bit()).
 */

/* More sections are answered from the file, which takes less memory. */
#define SECTIONS	8

static int	add_section(const struct fetch_section *, const char *,
		    size_t, struct mime_buf *, struct mime_buf *);
static const char *field_end(const char *, const char *);
static unsigned int number(const char *, const char *);
static int	select_fields(const struct fetch_section *, const char *,
		    size_t, struct mime_buf *);

void
fetch_fields_mark(struct fetch *f)
{
	struct fetch_section	*sec;
	const char		*name;
	unsigned int		 n;
	size_t			 i, j;

	f->fields = 0;
	f->others = 0;
	for (i = 0; i < f->nsections; i++) {
		sec = &f->sections[i];
		if (sec->kind != FETCH_KIND_BODY ||
		    sec->section.kind != MIME_SECTION_FIELDS ||
		    sec->section.npath > 0)
			return;
		for (j = 0; j < sec->section.nfields; j++) {
			name = sec->fields[j];
			if ((n = derive_field(name, strlen(name))) != 0)
				sec->kept[n] = 1;
			else
				f->others |= derive_field_bit(name,
				    strlen(name));
		}
	}
	f->fields = f->nsections > 0 && f->nsections <= SECTIONS;
}

/*
 * The end of a field and of the lines that go on with it; NULL at the end of
 * the header.
 */
static const char *
field_end(const char *p, const char *end)
{
	const char	*lf;

	if (p == end || *p == '\n' ||
	    (*p == '\r' && end - p > 1 && p[1] == '\n'))
		return (NULL);
	do {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return (end);
		p = lf + 1;
	} while (p < end && (*p == ' ' || *p == '\t'));
	return (p);
}

/* Of a field, as derive_field(). */
static unsigned int
number(const char *p, const char *end)
{
	const char	*colon, *name = p;
	unsigned int	 n;

	/* As nearly all are, with nothing between name and colon. */
	if ((colon = memchr(p, ':', (size_t)(end - p))) != NULL &&
	    (n = derive_field(name, (size_t)(colon - name))) != 0)
		return (n);
	while (p < end && *p > ' ' && *p < 0x7f && *p != ':')
		p++;
	return (derive_field(name, (size_t)(p - name)));
}

/* As they go to the client; the empty line goes with any of them. */
static int
select_fields(const struct fetch_section *sec, const char *data, size_t len,
    struct mime_buf *out)
{
	const char	*p, *next, *end = data + len;
	const char	*from = data;	/* what is not yet copied */

	for (p = data; (next = field_end(p, end)) != NULL; p = next) {
		if (sec->kept[number(p, next)])
			continue;
		if (mime_source_wire(from, (size_t)(p - from), out) == -1)
			return (-1);
		from = next;
	}
	return (mime_source_wire(from, (size_t)(end - from), out));
}

/* text is room for the fields. */
static int
add_section(const struct fetch_section *sec, const char *data, size_t len,
    struct mime_buf *text, struct mime_buf *out)
{
	struct mime_sink	sink = mime_buf_sink(out);
	size_t			off = 0, n;

	mime_buf_reset(text);
	if (select_fields(sec, data, len, text) == -1)
		return (-1);
	/* As in fetch_body.c: an answer that is empty is none for some. */
	if (text->len == 0 && mime_buf_add(text, "\r\n", 2) == -1)
		return (-1);
	n = text->len;
	if (sec->partial) {
		off = sec->offset < n ? (size_t)sec->offset : n;
		n = sec->count < n - off ? (size_t)sec->count : n - off;
	}
	if (mime_buf_reserve(out, strlen(sec->label) + n) == -1 ||
	    mime_buf_addc(out, ' ') == -1 ||
	    mime_sink_puts(&sink, sec->label) == -1 ||
	    mime_buf_add(out, " {", 2) == -1 ||
	    mime_sink_number(&sink, n) == -1 ||
	    mime_buf_add(out, "}\r\n", 3) == -1)
		return (-1);
	return (mime_buf_add(out, text->data + off, n));
}

int
fetch_fields_add(struct session *s, const struct fetch *f,
    const struct view_msg *m, struct mime_buf *out)
{
	struct mime_buf	 text = { NULL, 0, 0, 0 };
	const char	*data;
	uint64_t	 set;
	size_t		 i, len;
	int		 ret = 1;

	if (!f->fields ||
	    derive_get(s, m, CACHE_FIELDS, &data, &len, NULL) != 1 ||
	    len < sizeof(set))
		return (0);
	memcpy(&set, data, sizeof(set));
	if ((set & f->others) != 0)
		return (0);
	for (i = 0; i < f->nsections && ret == 1; i++) {
		if (add_section(&f->sections[i], data + sizeof(set),
		    len - sizeof(set), &text, out) == -1)
			ret = -1;
	}
	mime_buf_free(&text);
	return (ret);
}
