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

#include "imapd/derive.h"
#include "imapd/derive_search.h"
#include "imapd/mime/charset.h"
#include "imapd/mime/fieldtext.h"
#include "imapd/mime/header.h"
#include "imapd/mime/match.h"
#include "imapd/mime/message.h"
#include "imapd/mime/search.h"
#include "imapd/mime/utf8.h"

/* The texts of some fields, on their way to what is kept. */
struct texts {
	struct mime_buf		*out;
	struct mime_charset	*cs;	/* writes to text */
	struct mime_buf		 text;	/* of one field */
};

static int	add_field(struct texts *, struct mime_source *,
		    const struct mime_field *, int);
static int	add_fields(struct mime_message *, struct texts *, int);
static int	derive_texts(struct mime_message *, struct mime_buf *, int);

uint32_t
search_day(const struct mime_date *d)
{
	return ((uint32_t)d->year << 9 | (uint32_t)d->month << 5 |
	    (uint32_t)d->day);
}

int
derive_dates(struct mime_message *mime, struct mime_buf *out)
{
	struct mime_date	date;
	uint32_t		day = 0;

	if (mime_sent_date(mime, &date) == 1)
		day = search_day(&date);
	return (mime_buf_add(out, &day, sizeof(day)));
}

int
search_letter(const char *name)
{
	if (strcasecmp(name, "From") == 0)
		return ('F');
	if (strcasecmp(name, "To") == 0)
		return ('T');
	if (strcasecmp(name, "Cc") == 0)
		return ('C');
	if (strcasecmp(name, "Bcc") == 0)
		return ('B');
	return (strcasecmp(name, "Subject") == 0 ? SEARCH_SUBJECT : 0);
}

static int
add_field(struct texts *t, struct mime_source *src,
    const struct mime_field *field, int letter)
{
	size_t	i, n = 0;

	mime_buf_reset(&t->text);
	t->text.limit = SEARCH_TEXT_MAX;
	if (mime_field_text(src, field->value, field->end, t->cs) == -1)
		return (-1);
	for (i = 0; i < t->text.len; i++) {
		if (t->text.data[i] != '\r')
			t->text.data[n++] = t->text.data[i];
	}
	if (letter != 0 && mime_buf_addc(t->out, letter) == -1)
		return (-1);
	if (n > 0 && mime_casemap(t->text.data, n, t->out) == -1)
		return (-1);
	return (mime_buf_addc(t->out, SEARCH_TEXT_END));
}

static int
add_fields(struct mime_message *mime, struct texts *t, int addresses)
{
	struct mime_source	*src = mime_source_of(mime);
	struct mime_field	 field;
	off_t			 off, body;
	int			 letter;

	mime_root_body(mime, &body);
	for (off = 0; mime_field_next(src, off, body, &field);
	    off = field.end) {
		letter = search_letter(field.name);
		if (letter == 0 || (letter == SEARCH_SUBJECT) == addresses)
			continue;
		if (add_field(t, src, &field, addresses ? letter : 0) == -1)
			return (-1);
	}
	return (0);
}

static int
derive_texts(struct mime_message *mime, struct mime_buf *out, int addresses)
{
	struct texts	 t;
	struct mime_sink sink;
	size_t		 before = out->len, limit = out->limit;
	int		 ret;

	memset(&t, 0, sizeof(t));
	t.out = out;
	sink = mime_buf_sink(&t.text);
	if ((t.cs = mime_charset_new(&sink)) == NULL)
		return (-1);
	out->limit = before + SEARCH_TEXT_MAX;
	ret = add_fields(mime, &t, addresses);
	out->limit = limit;
	mime_charset_free(t.cs);
	mime_buf_free(&t.text);
	if (ret == -1 && errno == EMSGSIZE) {
		out->len = before;
		ret = mime_buf_addc(out, SEARCH_TEXT_LONG);
	}
	return (ret);
}

int
derive_subject(struct mime_message *mime, struct mime_buf *out)
{
	return (derive_texts(mime, out, 0));
}

int
derive_addresses(struct mime_message *mime, struct mime_buf *out)
{
	return (derive_texts(mime, out, 1));
}

int
search_texts(const char *data, size_t len, int letter,
    const struct mime_needle *needle)
{
	const char	*p, *end = data + len;
	int		 ours;

	if (len == 1 && (unsigned char)data[0] == SEARCH_TEXT_LONG)
		return (-1);
	for (; data < end; data = p + 1) {
		if ((p = memchr(data, SEARCH_TEXT_END,
		    (size_t)(end - data))) == NULL)
			return (-1);
		ours = letter == SEARCH_SUBJECT || *data == letter;
		if (letter != SEARCH_SUBJECT && data < p)
			data++;
		if (ours && mime_match_mapped(needle, data,
		    (size_t)(p - data)))
			return (1);
	}
	return (0);
}
