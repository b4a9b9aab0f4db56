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
#include "imapd/mime/envelope.h"
#include "imapd/mime/header.h"
#include "imapd/mime/lex.h"
#include "imapd/mime/param.h"
#include "imapd/mime/structure.h"

/* The fields that describe a body (RFC 3501 section 7.4.2). */
enum {
	C_TYPE, C_ENCODING, C_ID, C_DESCRIPTION, C_MD5, C_DISPOSITION,
	C_LANGUAGE, C_LOCATION, C_FIELDS
};

static const struct mime_wanted fields[C_FIELDS] = {
	{ "Content-Type", 0 },
	{ "Content-Transfer-Encoding", 0 },
	{ "Content-ID", 0 },
	{ "Content-Description", 0 },
	{ "Content-MD5", 0 },
	{ "Content-Disposition", 0 },
	{ "Content-Language", 0 },
	{ "Content-Location", 0 }
};

struct writer {
	struct mime_source	*src;
	const struct mime_sink	*out;
	struct mime_sink	 counting;	/* counts, and writes to out */
	const struct mime_sink	*sink;		/* counting */
	size_t			 written;
	int			 flags;
};

/* The fields of one part; type is that to be shown. */
struct content {
	struct mime_buf		 field[C_FIELDS];
	struct mime_value	 type;
};

static int	writer_write(void *, const void *, size_t);
static int	is_full(const struct writer *);
static int	content_load(struct writer *, const struct mime_part *,
		    struct content *);
static int	is_message(const struct writer *, const struct mime_part *);
static int	is_opaque(const struct writer *, const struct mime_part *);
static int	content_type(const struct writer *, const struct mime_part *,
		    struct content *);
static void	content_free(struct content *);
static int	put_part(struct writer *, const struct mime_part *);
static int	put_multipart(struct writer *, const struct mime_part *);
static int	put_single(struct writer *, const struct mime_part *);
static int	put_basic(struct writer *, const struct mime_part *,
		    const struct content *);
static int	put_within(struct writer *, const struct mime_part *);
static int	put_extension(struct writer *, const struct content *);
static int	put_disposition(struct writer *, const struct mime_buf *);
static int	put_language(struct writer *, const struct mime_buf *);
static int	put_params(struct writer *, const struct mime_value *,
		    const char *);
static int	put_encoding(struct writer *, const struct mime_buf *);
static int	put_field(struct writer *, const struct mime_buf *);
static int	put_str(struct writer *, const char *);
static int	put(struct writer *, const char *);

int
mime_bodystructure(struct mime_message *m, int flags,
    const struct mime_sink *sink)
{
	const struct mime_part	*root;
	struct writer		 w;

	if ((root = mime_tree(m)) == NULL)
		return (-1);
	w.src = mime_source_of(m);
	w.out = sink;
	w.counting.write = writer_write;
	w.counting.arg = &w;
	w.sink = &w.counting;
	w.written = 0;
	w.flags = flags;
	return (put_part(&w, root));
}

int
mime_structure_global(const char *text, size_t len)
{
	static const char	 word[] = "\"global\"";
	const char		*p, *end = text + len;

	for (p = text; (p = memchr(p, '"', (size_t)(end - p))) != NULL; p++) {
		if ((size_t)(end - p) >= sizeof(word) - 1 &&
		    strncasecmp(p, word, sizeof(word) - 1) == 0)
			return (1);
	}
	return (0);
}

static int
writer_write(void *arg, const void *buf, size_t len)
{
	struct writer	*w = arg;

	w->written += len;
	return (mime_sink_write(w->out, buf, len));
}

/*
 * What mail can make an answer grow to is bounded: it is put together in
 * memory, and addresses are longer in it than in the mail.
 */
static int
is_full(const struct writer *w)
{
	return (w->written >= MIME_STRUCTURE_MAX);
}

static int
content_load(struct writer *w, const struct mime_part *part,
    struct content *c)
{
	memset(c, 0, sizeof(*c));
	if ((!is_full(w) && mime_header_collect(w->src, part->header,
	    part->body, fields, C_FIELDS, c->field) == -1) ||
	    content_type(w, part, c) == -1) {
		content_free(c);
		return (-1);
	}
	return (0);
}

/* Whether a part is shown with what is in it. */
static int
is_message(const struct writer *w, const struct mime_part *part)
{
	return (part->kind == MIME_RFC822 &&
	    ((part->flags & MIME_PART_GLOBAL) == 0 ||
	    (w->flags & MIME_STRUCTURE_GLOBAL)));
}

/* Whether a part ought to be, but cannot. */
static int
is_opaque(const struct writer *w, const struct mime_part *part)
{
	return ((part->flags & MIME_PART_OPAQUE) &&
	    ((part->flags & MIME_PART_GLOBAL) == 0 ||
	    (w->flags & MIME_STRUCTURE_GLOBAL)));
}

/*
 * Parses the type to be shown: the header's, if it can be; else the default
 * (RFC 2045 section 5.2, RFC 2046 section 5.1.5), or one of the same kind.
 */
static int
content_type(const struct writer *w, const struct mime_part *part,
    struct content *c)
{
	const struct mime_buf	*type = &c->field[C_TYPE];
	const char		*text = "text/plain";

	if (part->kind == MIME_MULTIPART)
		text = "multipart/mixed";
	else if (is_message(w, part))
		text = "message/rfc822";
	else if (!(part->flags & MIME_PART_TEXT))
		text = "application/octet-stream";
	if (type->data == NULL || (part->flags & MIME_PART_PLAIN))
		return (mime_value_parse(&c->type, text, strlen(text)));
	if (mime_value_parse(&c->type, type->data, type->len) == -1)
		return (-1);
	if (is_opaque(w, part))
		return (mime_value_retype(&c->type, "application",
		    "octet-stream"));
	return (0);
}

static void
content_free(struct content *c)
{
	size_t	 i;

	mime_value_free(&c->type);
	for (i = 0; i < C_FIELDS; i++)
		mime_buf_free(&c->field[i]);
}

static int
put_part(struct writer *w, const struct mime_part *part)
{
	if (put(w, "(") == -1)
		return (-1);
	if (part->kind == MIME_MULTIPART) {
		if (put_multipart(w, part) == -1)
			return (-1);
	} else if (put_single(w, part) == -1) {
		return (-1);
	}
	return (put(w, ")"));
}

static int
put_multipart(struct writer *w, const struct mime_part *part)
{
	const struct mime_part	*child;
	struct content		 c;
	int			 ret = -1;

	for (child = part->child; child != NULL; child = child->next) {
		if (put_part(w, child) == -1)
			return (-1);
	}
	if (content_load(w, part, &c) == -1)
		return (-1);
	if (put(w, " ") == -1 || put_str(w, c.type.subtype) == -1)
		goto out;
	if ((w->flags & MIME_STRUCTURE_EXTENDED) && (put(w, " ") == -1 ||
	    put_params(w, &c.type, NULL) == -1 || put_extension(w, &c) == -1))
		goto out;
	ret = 0;
out:
	content_free(&c);
	return (ret);
}

/* The fields are read again after what is within: levels cost no memory. */
static int
put_single(struct writer *w, const struct mime_part *part)
{
	struct content	 c;
	int		 ret;

	if (content_load(w, part, &c) == -1)
		return (-1);
	ret = put_basic(w, part, &c);
	if (ret == 0 && is_message(w, part)) {
		content_free(&c);
		if (put_within(w, part) == -1 ||
		    content_load(w, part, &c) == -1)
			return (-1);
	}
	if (ret == 0 && (is_message(w, part) ||
	    strcasecmp(c.type.type, "text") == 0)) {
		if (put(w, " ") == -1 ||
		    mime_sink_number(w->sink, part->body_lines) == -1)
			ret = -1;
	}
	if (ret == 0 && (w->flags & MIME_STRUCTURE_EXTENDED) &&
	    (put(w, " ") == -1 || put_field(w, &c.field[C_MD5]) == -1 ||
	    put_extension(w, &c) == -1))
		ret = -1;
	content_free(&c);
	return (ret);
}

/* RFC 2045 section 5.2: without a charset, text is in US-ASCII. */
static int
put_basic(struct writer *w, const struct mime_part *part,
    const struct content *c)
{
	const char	*charset = NULL;

	if (strcasecmp(c->type.type, "text") == 0 &&
	    mime_value_param(&c->type, "charset") == NULL &&
	    mime_value_param(&c->type, "charset*") == NULL)
		charset = "us-ascii";
	if (put_str(w, c->type.type) == -1 || put(w, " ") == -1 ||
	    put_str(w, c->type.subtype) == -1 || put(w, " ") == -1 ||
	    put_params(w, &c->type, charset) == -1 || put(w, " ") == -1 ||
	    put_field(w, &c->field[C_ID]) == -1 || put(w, " ") == -1 ||
	    put_field(w, &c->field[C_DESCRIPTION]) == -1 ||
	    put(w, " ") == -1 ||
	    put_encoding(w, &c->field[C_ENCODING]) == -1 ||
	    put(w, " ") == -1)
		return (-1);
	return (mime_sink_number(w->sink, part->body_size));
}

/* The envelope and the structure of the message within a message/rfc822. */
static int
put_within(struct writer *w, const struct mime_part *part)
{
	const struct mime_part	*child = part->child;
	off_t			 from;

	from = is_full(w) ? child->body : child->header;
	if (put(w, " ") == -1 ||
	    mime_envelope_span(w->src, from, child->body, w->sink) == -1 ||
	    put(w, " ") == -1)
		return (-1);
	return (put_part(w, child));
}

static int
put_extension(struct writer *w, const struct content *c)
{
	if (put(w, " ") == -1 ||
	    put_disposition(w, &c->field[C_DISPOSITION]) == -1 ||
	    put(w, " ") == -1 ||
	    put_language(w, &c->field[C_LANGUAGE]) == -1 ||
	    put(w, " ") == -1)
		return (-1);
	return (put_field(w, &c->field[C_LOCATION]));
}

/*
 * RFC 2183 section 2.8: a type that is not known is an attachment; so is one
 * that is missing, lest a file name gets lost.
 */
static int
put_disposition(struct writer *w, const struct mime_buf *field)
{
	struct mime_value	 v;
	int			 ret = -1;

	if (field->data == NULL)
		return (put(w, "NIL"));
	if (mime_value_parse(&v, field->data, field->len) == -1)
		return (-1);
	if (v.type[0] == '\0' && v.nparams == 0) {
		ret = put(w, "NIL");
	} else if (put(w, "(") == 0 &&
	    put_str(w, v.type[0] == '\0' ? "attachment" : v.type) == 0 &&
	    put(w, " ") == 0 && put_params(w, &v, NULL) == 0) {
		ret = put(w, ")");
	}
	mime_value_free(&v);
	return (ret);
}

/* RFC 3282: tags with commas between; what else there is is left out. */
static int
put_language(struct writer *w, const struct mime_buf *field)
{
	struct mime_lex	 lex;
	struct mime_buf	 tag = { 0 };
	size_t		 count = 0;
	int		 ret = -1;

	lex.p = field->data;
	lex.end = field->data == NULL ? NULL : field->data + field->len;
	while (lex.p != NULL && lex.p < lex.end) {
		mime_buf_reset(&tag);
		if (mime_lex_skip(&lex, NULL) == -1 ||
		    mime_lex_word(&lex, MIME_TSPECIALS, &tag) == -1)
			goto out;
		if (tag.len > 0 && (put(w, count++ == 0 ? "(" : " ") == -1 ||
		    put_field(w, &tag) == -1))
			goto out;
		lex.p = memchr(lex.p, ',', (size_t)(lex.end - lex.p));
		if (lex.p != NULL)
			lex.p++;
	}
	ret = put(w, count == 0 ? "NIL" : ")");
out:
	mime_buf_free(&tag);
	return (ret);
}

/* Writes the parameters, and a charset if that is not NULL. */
static int
put_params(struct writer *w, const struct mime_value *v, const char *charset)
{
	size_t	 i;

	if (v->nparams == 0 && charset == NULL)
		return (put(w, "NIL"));
	for (i = 0; i < v->nparams; i++) {
		if (put(w, i == 0 ? "(" : " ") == -1 ||
		    put_str(w, v->params[i].name) == -1 || put(w, " ") == -1 ||
		    put_str(w, v->params[i].value) == -1)
			return (-1);
	}
	if (charset != NULL && (put(w, i == 0 ? "(" : " ") == -1 ||
	    put(w, "\"charset\" ") == -1 || put_str(w, charset) == -1))
		return (-1);
	return (put(w, ")"));
}

/* RFC 2045 section 6.1: without the field, it is 7bit. */
static int
put_encoding(struct writer *w, const struct mime_buf *field)
{
	const char	*name;
	size_t		 len = field->len;

	if (field->data == NULL)
		return (put_str(w, "7bit"));
	name = mime_encoding_name(field->data, &len);
	if (len == 0)
		return (put_str(w, "7bit"));
	return (mime_sink_nstring(w->sink, name, len));
}

static int
put_field(struct writer *w, const struct mime_buf *field)
{
	return (mime_sink_nstring(w->sink, field->data, field->len));
}

static int
put_str(struct writer *w, const char *str)
{
	return (mime_sink_nstring(w->sink, str, strlen(str)));
}

static int
put(struct writer *w, const char *str)
{
	return (mime_sink_puts(w->sink, str));
}
