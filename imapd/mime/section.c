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

#include "imapd/mime/header.h"
#include "imapd/mime/section.h"
#include "imapd/mime/source.h"

/* Passes on the bytes [skip, skip + left) of what is written to it. */
struct window {
	const struct mime_sink	*sink;
	uint64_t		 skip;
	uint64_t		 left;
};

static int	parse_path(struct mime_section *, const char **, const char *);
static int	parse_kind(struct mime_section *, const char *, size_t);
static const struct mime_part *find_part(const struct mime_part *,
		    const struct mime_section *);
static int	find_whole(struct mime_message *, const struct mime_section *,
		    struct mime_data *);
static int	find_in_part(const struct mime_section *,
		    const struct mime_part *, struct mime_data *);
static void	set_message(const struct mime_section *,
		    const struct mime_part *, struct mime_data *);
static void	set_header(const struct mime_part *, struct mime_data *);
static void	set_body(const struct mime_part *, struct mime_data *);
static uint64_t	filtered_size(struct mime_source *,
		    const struct mime_section *, const struct mime_data *);
static void	check_all_sent(struct mime_source *,
		    const struct mime_data *);
static int	is_selected(const struct mime_section *,
		    const struct mime_field *);
static int	send_filtered(struct mime_source *,
		    const struct mime_section *, const struct mime_data *,
		    struct window *);
static int	send_span(struct mime_source *, off_t, off_t,
		    struct window *);
static int	window_write(void *, const void *, size_t);

int
mime_section_parse(struct mime_section *sec, const char *text, size_t len)
{
	const char	*end = text + len;

	sec->kind = MIME_SECTION_ALL;
	sec->npath = 0;
	sec->fields = NULL;
	sec->nfields = 0;
	if (len == 0)
		return (0);
	if (parse_path(sec, &text, end) == -1)
		return (-1);
	if (text == end)
		return (sec->npath > 0 && end[-1] != '.' ? 0 : -1);
	return (parse_kind(sec, text, (size_t)(end - text)));
}

/* section-part = nz-number *("." nz-number), and a dot if more follows. */
static int
parse_path(struct mime_section *sec, const char **text, const char *end)
{
	const char	*p = *text;
	uint64_t	 n;

	while (p < end && *p >= '1' && *p <= '9') {
		for (n = 0; p < end && *p >= '0' && *p <= '9'; p++) {
			n = n * 10 + (uint64_t)(*p - '0');
			if (n > UINT32_MAX)
				return (-1);
		}
		if (sec->npath < MIME_PATH_MAX)
			sec->path[sec->npath] = (uint32_t)n;
		if (sec->npath <= MIME_PATH_MAX)
			sec->npath++;
		if (p < end && *p++ != '.')
			return (-1);
	}
	*text = p;
	return (0);
}

static int
parse_kind(struct mime_section *sec, const char *text, size_t len)
{
	static const struct {
		const char		*name;
		enum mime_section_kind	 kind;
	} kinds[] = {
		{ "HEADER", MIME_SECTION_HEADER },
		{ "HEADER.FIELDS", MIME_SECTION_FIELDS },
		{ "HEADER.FIELDS.NOT", MIME_SECTION_FIELDS_NOT },
		{ "TEXT", MIME_SECTION_TEXT },
		{ "MIME", MIME_SECTION_MIME }
	};
	size_t	 i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (len != strlen(kinds[i].name) ||
		    strncasecmp(text, kinds[i].name, len) != 0)
			continue;
		sec->kind = kinds[i].kind;
		/* MIME must have a part number: RFC 3501 section 6.4.5. */
		return (sec->kind == MIME_SECTION_MIME && sec->npath == 0 ?
		    -1 : 0);
	}
	return (-1);
}

int
mime_section_find(struct mime_message *m, const struct mime_section *sec,
    struct mime_data *data)
{
	const struct mime_part	*part;
	int			 ret;

	data->filter = sec->kind == MIME_SECTION_FIELDS ||
	    sec->kind == MIME_SECTION_FIELDS_NOT;
	if (sec->npath == 0) {
		ret = find_whole(m, sec, data);
	} else {
		if (mime_section_part(m, sec, &part) == -1)
			return (-1);
		if (part == NULL)
			return (0);
		ret = find_in_part(sec, part, data);
	}
	if (ret == 1 && data->filter)
		data->size = filtered_size(mime_source_of(m), sec, data);
	return (ret);
}

int
mime_section_part(struct mime_message *m, const struct mime_section *sec,
    const struct mime_part **part)
{
	if ((*part = mime_tree(m)) == NULL)
		return (-1);
	*part = find_part(*part, sec);
	return (0);
}

/*
 * RFC 3501 section 6.4.5: a message that is no multipart has one part, 1; so
 * has one within a message/rfc822 part.
 */
static const struct mime_part *
find_part(const struct mime_part *part, const struct mime_section *sec)
{
	uint32_t	 n;
	size_t		 i;

	if (sec->npath > MIME_PATH_MAX)
		return (NULL);
	for (i = 0; i < sec->npath; i++) {
		if (i > 0 && part->kind == MIME_RFC822)
			part = part->child;
		else if (i > 0 && part->kind != MIME_MULTIPART)
			return (NULL);
		n = sec->path[i];
		if (part->kind != MIME_MULTIPART) {
			if (n != 1)
				return (NULL);
			continue;
		}
		if (n > part->nchildren)
			return (NULL);
		for (part = part->child; n > 1; n--)
			part = part->next;
	}
	return (part);
}

/*
 * The sections of the whole message need no tree, and their sizes are counted
 * once: clients fetch them in pieces.
 */
static int
find_whole(struct mime_message *m, const struct mime_section *sec,
    struct mime_data *data)
{
	uint64_t	 size, header;

	data->start = 0;
	if (sec->kind == MIME_SECTION_ALL) {
		data->size = mime_size(m);
	} else if (sec->kind == MIME_SECTION_TEXT) {
		header = mime_root_body(m, &data->start);
		size = mime_size(m);
		data->size = size > header ? size - header : 0;
	} else {
		data->size = mime_root_body(m, &data->end);
		return (1);
	}
	data->end = mime_source_of(m)->size;
	return (1);
}

static int
find_in_part(const struct mime_section *sec, const struct mime_part *part,
    struct mime_data *data)
{
	switch (sec->kind) {
	case MIME_SECTION_ALL:
		set_body(part, data);
		return (1);
	case MIME_SECTION_MIME:
		set_header(part, data);
		return (1);
	case MIME_SECTION_HEADER:
	case MIME_SECTION_FIELDS:
	case MIME_SECTION_FIELDS_NOT:
	case MIME_SECTION_TEXT:
		/* Only of a part that is a message. */
		if (part->kind != MIME_RFC822)
			return (0);
		set_message(sec, part->child, data);
		return (1);
	default:
		return (0);
	}
}

static void
set_message(const struct mime_section *sec, const struct mime_part *part,
    struct mime_data *data)
{
	if (sec->kind == MIME_SECTION_TEXT)
		set_body(part, data);
	else
		set_header(part, data);
}

static void
set_header(const struct mime_part *part, struct mime_data *data)
{
	data->start = part->header;
	data->end = part->body;
	data->size = part->header_size;
}

static void
set_body(const struct mime_part *part, struct mime_data *data)
{
	data->start = part->body;
	data->end = part->end;
	data->size = part->body_size;
}

/* The empty line after the header goes with any subset of its fields. */
static uint64_t
filtered_size(struct mime_source *src, const struct mime_section *sec,
    const struct mime_data *data)
{
	struct mime_field	 field;
	uint64_t		 size = 0;
	off_t			 off;

	for (off = data->start; mime_field_next(src, off, data->end, &field);
	    off = field.end) {
		if (is_selected(sec, &field))
			size += mime_source_wiresize(src, field.start,
			    field.end);
	}
	return (size + mime_source_wiresize(src, off, data->end));
}

static int
is_selected(const struct mime_section *sec, const struct mime_field *field)
{
	size_t	 low = 0, high = sec->nfields, i;
	int	 cmp;

	while (low < high && field->name[0] != '\0') {
		i = low + (high - low) / 2;
		if ((cmp = strcasecmp(field->name, sec->fields[i])) == 0)
			return (sec->kind == MIME_SECTION_FIELDS);
		if (cmp < 0)
			high = i;
		else
			low = i + 1;
	}
	return (sec->kind == MIME_SECTION_FIELDS_NOT);
}

uint64_t
mime_section_partial(const struct mime_data *data, uint64_t off, uint64_t len)
{
	if (off >= data->size)
		return (0);
	return (len < data->size - off ? len : data->size - off);
}

int
mime_section_send(struct mime_message *m, const struct mime_section *sec,
    const struct mime_data *data, uint64_t off, uint64_t len,
    const struct mime_sink *sink)
{
	struct mime_source	*src = mime_source_of(m);
	struct window		 w;

	if (!data->filter) {
		if (mime_source_send(src, data->start, data->end, off, len,
		    sink) == -1)
			return (-1);
		if (len == data->size - off)
			check_all_sent(src, data);
		return (0);
	}
	w.sink = sink;
	w.skip = off;
	w.left = len;
	if (send_filtered(src, sec, data, &w) == -1)
		return (-1);
	/* What is missing now is padding, which the source sends. */
	return (mime_source_send(src, data->end, data->end, 0, w.left, sink));
}

/*
 * The size of the message may be what somebody else says.  If it is too big,
 * padding tells; if it is too small, there is more of the file.
 */
static void
check_all_sent(struct mime_source *src, const struct mime_data *data)
{
	if (src->error == 0 && src->mark_start == data->start &&
	    src->mark_wire + mime_source_wiresize(src, src->mark_file,
	    data->end) != data->size)
		src->error = ESTALE;
}

static int
send_filtered(struct mime_source *src, const struct mime_section *sec,
    const struct mime_data *data, struct window *w)
{
	struct mime_field	 field;
	off_t			 off;

	for (off = data->start; w->left > 0 &&
	    mime_field_next(src, off, data->end, &field); off = field.end) {
		if (is_selected(sec, &field) &&
		    send_span(src, field.start, field.end, w) == -1)
			return (-1);
	}
	return (send_span(src, off, data->end, w));
}

static int
send_span(struct mime_source *src, off_t start, off_t end, struct window *w)
{
	struct mime_sink	 sink;

	if (w->left == 0)
		return (0);
	sink.write = window_write;
	sink.arg = w;
	return (mime_source_send(src, start, end, 0,
	    mime_source_wiresize(src, start, end), &sink));
}

static int
window_write(void *arg, const void *buf, size_t len)
{
	struct window	*w = arg;
	const char	*p = buf;
	size_t		 n;

	n = w->skip < len ? (size_t)w->skip : len;
	w->skip -= n;
	p += n;
	len -= n;
	if (len > w->left)
		len = (size_t)w->left;
	w->left -= len;
	return (mime_sink_write(w->sink, p, len));
}
