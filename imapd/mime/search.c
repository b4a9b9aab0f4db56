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

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imapd/mime/charset.h"
#include "imapd/mime/decode.h"
#include "imapd/mime/fieldtext.h"
#include "imapd/mime/header.h"
#include "imapd/mime/match.h"
#include "imapd/mime/param.h"
#include "imapd/mime/part.h"
#include "imapd/mime/search.h"
#include "imapd/mime/source.h"

struct search {
	struct mime_source		*src;
	const struct mime_needle	*needle;
	struct mime_match		 match;
	struct mime_charset		*cs;	/* writes to match */
	int				 headers; /* of all parts, too */
};

static int	search_init(struct search *, struct mime_source *,
		    const struct mime_needle *);
static int	search_end(struct search *, int);
static int	stopped(const struct search *);
static int	search_fields(struct search *, off_t, off_t, const char *,
		    int);
static int	search_span(struct search *, off_t, off_t);
static int	search_raw(struct search *, off_t, off_t, int *);
static int	has_mark(struct search *, off_t, off_t);
static int	search_whole(struct search *, struct mime_message *);
static int	search_field(struct search *, off_t, off_t);
static int	search_part(struct search *, const struct mime_part *);
static int	search_leaf(struct search *, const struct mime_part *);
static int	feed_body(struct search *, const struct mime_part *,
		    enum mime_encoding);
static int	feed_charset(void *, const void *, size_t);

int
mime_search_header(struct mime_message *m, const char *name,
    struct mime_needle *needle)
{
	struct search	 s;
	off_t		 body;

	if (search_init(&s, mime_source_of(m), needle) == -1)
		return (-1);
	mime_root_body(m, &body);
	return (search_end(&s, search_fields(&s, 0, body, name, 0)));
}

int
mime_search_fields(const void *header, size_t len, const char *name,
    struct mime_needle *needle)
{
	struct mime_source	 src;
	struct search		 s;

	mime_source_memory(&src, header, len);
	if (search_init(&s, &src, needle) == -1)
		return (-1);
	return (search_end(&s, search_fields(&s, 0, (off_t)len, name,
	    0)));
}

int
mime_search_body(struct mime_message *m, struct mime_needle *needle)
{
	struct search	 s;

	if (search_init(&s, mime_source_of(m), needle) == -1)
		return (-1);
	return (search_end(&s, s.match.found ? 1 : search_whole(&s, m)));
}

int
mime_search_text(struct mime_message *m, struct mime_needle *needle)
{
	struct search	 s;
	off_t		 body;
	int		 ret;

	if (search_init(&s, mime_source_of(m), needle) == -1)
		return (-1);
	s.headers = 1;
	mime_root_body(m, &body);
	if (s.match.found)
		ret = 1;
	else if ((ret = search_span(&s, 0, body)) == 0)
		ret = search_whole(&s, m);
	return (search_end(&s, ret));
}

int
mime_sent_date(struct mime_message *m, struct mime_date *date)
{
	static const struct mime_wanted	 wanted = { "Date", 0 };
	struct mime_buf			 value;
	int				 ret = 0;

	if (mime_root_fields(m, &wanted, 1, &value) == 0 &&
	    value.data != NULL &&
	    mime_date_rfc5322(date, value.data, value.len) == 0)
		ret = 1;
	mime_buf_free(&value);
	return (ret);
}

static int
search_init(struct search *s, struct mime_source *src,
    const struct mime_needle *needle)
{
	struct mime_sink	 sink;

	s->src = src;
	s->headers = 0;
	s->needle = needle;
	mime_match_init(&s->match, needle);
	sink = mime_match_sink(&s->match);
	return ((s->cs = mime_charset_new(&sink)) == NULL ? -1 : 0);
}

static int
search_end(struct search *s, int ret)
{
	mime_charset_free(s->cs);
	return (ret);
}

/* What a failed write means: 1 if the needle was found, else -1. */
static int
stopped(const struct search *s)
{
	return (s->match.found ? 1 : -1);
}

/* What has no parts needs no tree, which costs a look at every line. */
static int
search_whole(struct search *s, struct mime_message *m)
{
	const struct mime_part	*root;
	struct mime_part	 alone;
	char			*boundary;

	memset(&alone, 0, sizeof(alone));
	mime_root_body(m, &alone.body);
	if (mime_part_classify(s->src, &alone, &boundary) == -1)
		return (-1);
	free(boundary);
	if (alone.kind == MIME_LEAF) {
		alone.end = s->src->size;
		return (search_part(s, &alone));
	}
	return ((root = mime_tree(m)) == NULL ? -1 : search_part(s, root));
}

/* Searches the header that has this span. */
static int
search_span(struct search *s, off_t start, off_t end)
{
	int	 ret, marked = 1;

	if (mime_needle_solid(s->needle) && end - start <= MIME_SOURCE_BUF) {
		ret = search_raw(s, start, end, &marked);
		if (!marked || ret == -1)
			return (ret);
		/* Encoded words are not to be found as they stand. */
		if (ret == 0)
			return (search_fields(s, start, end, NULL, 1));
	}
	return (search_fields(s, start, end, NULL, 0));
}

/*
 * Searches a header as it stands: what has no white space is found there
 * whether lines are folded or not.  *marked tells whether there may be encoded
 * words in it.
 */
static int
search_raw(struct search *s, off_t start, off_t end, int *marked)
{
	const unsigned char	*p = NULL;
	size_t			 n;

	*marked = has_mark(s, start, end);
	if ((n = mime_source_peek(s->src, start, (size_t)(end - start), &p)) >
	    (size_t)(end - start))
		n = (size_t)(end - start);
	mime_match_init(&s->match, s->needle);
	mime_charset_start(s->cs, NULL, 0);
	if (mime_charset_feed(s->cs, p, n) == -1 ||
	    mime_charset_end(s->cs) == -1)
		return (stopped(s));
	return (0);
}

/* Whether there is what begins an encoded word; or it cannot be seen. */
static int
has_mark(struct search *s, off_t start, off_t end)
{
	const unsigned char	*p, *last;
	size_t			 n, len = (size_t)(end - start);

	if (end - start > MIME_SOURCE_BUF)
		return (1);
	if (start == end ||
	    (n = mime_source_peek(s->src, start, len, &p)) == 0)
		return (0);
	last = p + (n < len ? n : len) - 1;
	while ((p = memchr(p, '=', (size_t)(last - p))) != NULL) {
		if (*++p == '?')
			return (1);
	}
	return (0);
}

/*
 * Searches the values of the fields of that name, or if it is NULL all
 * fields, their names too; or only those that may have encoded words.
 */
static int
search_fields(struct search *s, off_t start, off_t end, const char *name,
    int marked)
{
	struct mime_field	 field;
	off_t			 off;
	int			 ret;

	for (off = start; mime_field_next(s->src, off, end, &field);
	    off = field.end) {
		if (name != NULL && (field.name[0] == '\0' ||
		    strcasecmp(field.name, name) != 0))
			continue;
		if (marked && !has_mark(s, field.start, field.end))
			continue;
		ret = search_field(s, name == NULL ? field.start : field.value,
		    field.end);
		if (ret != 0)
			return (ret);
	}
	return (0);
}

static int
search_field(struct search *s, off_t off, off_t end)
{
	mime_match_init(&s->match, s->needle);
	if (s->match.found)
		return (1);
	return (mime_field_text(s->src, off, end, s->cs) == -1 ? stopped(s) :
	    0);
}

/* The text of a part and of those within, and for TEXT their headers. */
static int
search_part(struct search *s, const struct mime_part *part)
{
	const struct mime_part	*child;
	int			 ret;

	if (part->flags & MIME_PART_TEXT)
		return (search_leaf(s, part));
	for (child = part->child; child != NULL; child = child->next) {
		if (s->headers && (ret = search_span(s, child->header,
		    child->body)) != 0)
			return (ret);
		if ((ret = search_part(s, child)) != 0)
			return (ret);
	}
	return (0);
}

static int
search_leaf(struct search *s, const struct mime_part *part)
{
	static const struct mime_wanted	 wanted[] = {
		{ "Content-Type", 0 },
		{ "Content-Transfer-Encoding", 0 }
	};
	struct mime_buf		 values[2];
	struct mime_value	 type;
	enum mime_encoding	 encoding = MIME_ENCODING_IDENTITY;
	const char		*charset;
	int			 ret = -1;

	memset(values, 0, sizeof(values));
	memset(&type, 0, sizeof(type));
	if (mime_header_collect(s->src, part->header, part->body, wanted, 2,
	    values) == -1 || (values[0].data != NULL &&
	    mime_value_parse(&type, values[0].data, values[0].len) == -1))
		goto out;
	if (values[1].data != NULL)
		encoding = mime_encoding_find(values[1].data, values[1].len);
	charset = mime_value_param(&type, "charset");
	mime_charset_start(s->cs, charset,
	    charset == NULL ? 0 : strlen(charset));
	mime_match_init(&s->match, s->needle);
	ret = feed_body(s, part, encoding);
out:
	mime_value_free(&type);
	mime_buf_free(&values[0]);
	mime_buf_free(&values[1]);
	return (ret);
}

static int
feed_body(struct search *s, const struct mime_part *part,
    enum mime_encoding encoding)
{
	const unsigned char	*p;
	struct mime_decoder	 decoder;
	struct mime_sink	 sink;
	size_t			 n;
	off_t			 off = part->body;

	sink.write = feed_charset;
	sink.arg = s->cs;
	mime_decoder_init(&decoder, encoding, &sink);
	while (off < part->end &&
	    (n = mime_source_peek(s->src, off, 1, &p)) > 0) {
		if ((off_t)n > part->end - off)
			n = (size_t)(part->end - off);
		if (mime_decoder_feed(&decoder, p, n) == -1)
			return (stopped(s));
		off += (off_t)n;
	}
	if (mime_decoder_end(&decoder) == -1 || mime_charset_end(s->cs) == -1)
		return (stopped(s));
	return (0);
}

static int
feed_charset(void *arg, const void *buf, size_t len)
{
	return (mime_charset_feed(arg, buf, len));
}
