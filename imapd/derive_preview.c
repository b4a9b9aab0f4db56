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
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imapd/derive.h"
#include "imapd/derive_preview.h"
#include "imapd/mime/charset.h"
#include "imapd/mime/decode.h"
#include "imapd/mime/header.h"
#include "imapd/mime/html.h"
#include "imapd/mime/message.h"
#include "imapd/mime/param.h"
#include "imapd/mime/source.h"
#include "imapd/mime/utf8.h"

/*
 * PREVIEW (RFC 8970): the first words of the first text that somebody reads.
 * Of a message no more than its beginning is looked at, so that it costs
 * little whatever is in it.
 */

/* What comes out: PREVIEW_CHARS characters. */
struct text {
	char			*out;
	size_t			 len;
	unsigned int		 chars;
	int			 space;		/* one is due */
	uint32_t		 joiner;	/* that is due */
	int			 quotes;	/* they are wanted */
	enum { LINE_START, LINE_IN, LINE_QUOTED } line;
	unsigned int		 dashes;	/* of "-- ", held back */
	int			 within;	/* a paragraph: since mark, */
	int			 named;		/* with a number or an @ */
	size_t			 mark;		/* len, and chars, before it */
	unsigned int		 mark_chars;
	struct mime_html	*html;		/* or NULL */
	unsigned char		 part[MIME_UTF8_MAX];	/* of a character */
	size_t			 npart;
};

/* A part's text: what it is, and how it is encoded. */
struct leaf {
	const struct mime_part	*part;
	enum { LEAF_OTHER, LEAF_PLAIN, LEAF_HTML } kind;
	enum mime_encoding	 encoding;
	char			*charset;
};

/* A part with parts: how they are looked at. */
enum { PARTS_MIXED, PARTS_ALTERNATIVE, PARTS_ENCRYPTED };

struct preview {
	struct mime_source	*src;
	struct mime_buf		*out;
	unsigned int		 tries;		/* left */
};

static int	add_char(void *, uint32_t);
static int	add_plain(struct text *, uint32_t);
static int	add_text(void *, const void *, size_t);
static void	begin_line(struct text *, uint32_t);
static int	decode(struct preview *, const struct leaf *, int);
static int	feed_charset(void *, const void *, size_t);
static int	feed_body(struct preview *, const struct leaf *,
		    struct mime_charset *, struct text *);
static int	kind_of(struct preview *, const struct mime_part *);
static int	leaf_get(struct preview *, const struct mime_part *,
		    struct leaf *);
static int	preview(struct mime_message *, struct mime_buf *);
static int	preview_begin(struct mime_message *, struct mime_buf *);
static int	try_leaf(struct preview *, const struct mime_part *, int);
static int	try_part(struct preview *, const struct mime_part *);
static int	width(uint32_t);

/* How a character counts: 0 not at all, 1 as white space, 2 as itself. */
static int
width(uint32_t c)
{
	if (c <= 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202f || c == 0x205f || c == 0x3000)
		return (1);
	/* Controls; marks of direction and format that need a partner. */
	if ((c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x34f ||
	    c == 0x200b || (c >= 0x200e && c <= 0x200f) ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb))
		return (0);
	return (2);
}

/* -1 if it is enough. */
static int
add_char(void *arg, uint32_t c)
{
	struct text	*t = arg;

	switch (width(c)) {
	case 0:
		return (0);
	case 1:
		t->space = t->len > 0;
		t->joiner = 0;
		return (0);
	default:
		break;
	}
	/* Joiners are for what they stand between: newsletters hide in them. */
	if (c == 0x200c || c == 0x200d) {
		if (t->len > 0 && !t->space)
			t->joiner = c;
		return (0);
	}
	if (t->chars + (t->space || t->joiner != 0) >= PREVIEW_CHARS)
		return (-1);
	if (t->space) {
		t->out[t->len++] = ' ';
		t->chars++;
	} else if (t->joiner != 0) {
		t->len += mime_utf8_put(t->joiner,
		    (unsigned char *)t->out + t->len);
		t->chars++;
	}
	t->space = 0;
	t->joiner = 0;
	t->len += mime_utf8_put(c, (unsigned char *)t->out + t->len);
	t->chars++;
	return (0);
}

/*
 * The first character of a line.  Before lines that are quoted, a paragraph
 * that says who wrote them goes: it ends with a colon, and has a date or an
 * address.
 */
static void
begin_line(struct text *t, uint32_t c)
{
	if (c != '>' || t->quotes) {
		t->line = LINE_IN;
		if (t->within)
			return;
		t->within = 1;
		t->named = 0;
		t->mark = t->len;
		t->mark_chars = t->chars;
		return;
	}
	t->line = LINE_QUOTED;
	if (t->named && t->len > t->mark && t->out[t->len - 1] == ':') {
		t->len = t->mark;
		t->chars = t->mark_chars;
		t->space = t->len > 0;
	}
	t->within = t->named = 0;
}

/*
 * Quoted lines are left out, and what follows a line of "-- " (RFC 3676
 * section 4.3).
 */
static int
add_plain(struct text *t, uint32_t c)
{
	static const char	 signature[] = "-- ";
	unsigned int		 i, n = t->dashes;

	if (c == '\r')
		return (0);
	if (c == '\n' && n == 3) {
		if (t->len > 0)
			return (-1);
		n = 0;
	}
	if ((t->line == LINE_START || n > 0) && n < 3 &&
	    c == (unsigned char)signature[n]) {
		if (n == 0)
			begin_line(t, c);
		t->dashes++;
		return (0);
	}
	t->dashes = 0;
	for (i = 0; i < n; i++) {
		if (add_char(t, (unsigned char)signature[i]) == -1)
			return (-1);
	}
	if (c == '\n') {
		if (t->line == LINE_START)
			t->within = 0;
		t->line = LINE_START;
	} else if (t->line == LINE_START)
		begin_line(t, c);
	if (c == '@' || (c >= '0' && c <= '9'))
		t->named = 1;
	return (t->line == LINE_QUOTED ? 0 : add_char(t, c));
}

/* UTF-8, maybe with a character in pieces. */
static int
add_text(void *arg, const void *buf, size_t len)
{
	struct text		*t = arg;
	const unsigned char	*p = buf, *end = p + len;
	uint32_t		 c;
	int			 n;

	while (p < end) {
		t->part[t->npart++] = *p++;
		n = mime_utf8_get(t->part, t->npart, &c);
		if (n == 0 && t->npart < MIME_UTF8_MAX)
			continue;
		t->npart = 0;
		if (n <= 0)
			continue;
		if ((t->html != NULL ? mime_html_feed(t->html, c) :
		    add_plain(t, c)) == -1) {
			errno = EMSGSIZE;
			return (-1);
		}
	}
	return (0);
}

static int
feed_charset(void *arg, const void *buf, size_t len)
{
	return (mime_charset_feed(arg, buf, len));
}

/* Decodes until there is enough: 0, or -1 with errno ENOMEM. */
static int
feed_body(struct preview *p, const struct leaf *l, struct mime_charset *cs,
    struct text *t)
{
	const unsigned char	*data;
	struct mime_decoder	 d;
	struct mime_sink	 sink;
	off_t			 off = l->part->body, end = l->part->end;
	size_t			 n;

	if (end - off > PREVIEW_BODY)
		end = off + PREVIEW_BODY;
	sink.write = feed_charset;
	sink.arg = cs;
	mime_decoder_init(&d, l->encoding, &sink);
	while (off < end && (n = mime_source_peek(p->src, off, 1,
	    &data)) > 0) {
		if ((off_t)n > end - off)
			n = (size_t)(end - off);
		if (mime_decoder_feed(&d, data, n) == -1)
			goto full;
		off += (off_t)n;
	}
	if (mime_decoder_end(&d) == -1 || mime_charset_end(cs) == -1 ||
	    (t->html != NULL && mime_html_end(t->html) == -1))
		goto full;
	return (0);
full:
	return (errno == EMSGSIZE ? 0 : -1);
}

/* Returns 1 if there is text, else 0, or -1 with errno ENOMEM. */
static int
decode(struct preview *p, const struct leaf *l, int quotes)
{
	char			 out[PREVIEW_CHARS * MIME_UTF8_MAX];
	struct mime_charset	*cs;
	struct mime_html	 html;
	struct mime_sink	 sink;
	struct text		 t;
	int			 ret;

	memset(&t, 0, sizeof(t));
	t.out = out;
	t.quotes = quotes;
	if (l->kind == LEAF_HTML) {
		mime_html_init(&html, quotes, add_char, &t);
		t.html = &html;
	}
	sink.write = add_text;
	sink.arg = &t;
	if ((cs = mime_charset_new(&sink)) == NULL)
		return (-1);
	mime_charset_start(cs, l->charset,
	    l->charset == NULL ? 0 : strlen(l->charset));
	ret = feed_body(p, l, cs, &t);
	mime_charset_free(cs);
	if (ret == -1 || t.len == 0)
		return (ret);
	return (mime_buf_add(p->out, out, t.len) == -1 ? -1 : 1);
}

/* Looks at a part's header.  Returns 0, or -1 with errno ENOMEM. */
static int
leaf_get(struct preview *p, const struct mime_part *part, struct leaf *l)
{
	static const struct mime_wanted	 wanted[] = {
		{ "Content-Type", 0 },
		{ "Content-Transfer-Encoding", 0 },
		{ "Content-Disposition", 0 }
	};
	struct mime_buf		 v[3];
	struct mime_value	 type, disposition;
	const char		*charset;
	int			 ret = -1;

	memset(l, 0, sizeof(*l));
	memset(v, 0, sizeof(v));
	memset(&type, 0, sizeof(type));
	memset(&disposition, 0, sizeof(disposition));
	l->part = part;
	if (mime_header_collect(p->src, part->header, part->body, wanted, 3,
	    v) == -1 || (v[0].data != NULL &&
	    mime_value_parse(&type, v[0].data, v[0].len) == -1) ||
	    (v[2].data != NULL &&
	    mime_value_parse(&disposition, v[2].data, v[2].len) == -1))
		goto out;
	ret = 0;
	if ((part->flags & MIME_PART_TEXT) == 0 || (disposition.type != NULL &&
	    strcasecmp(disposition.type, "attachment") == 0))
		goto out;
	if (v[0].data == NULL || (part->flags & MIME_PART_PLAIN) ||
	    strcasecmp(type.subtype, "plain") == 0)
		l->kind = LEAF_PLAIN;
	else if (strcasecmp(type.subtype, "html") == 0)
		l->kind = LEAF_HTML;
	if (v[1].data != NULL)
		l->encoding = mime_encoding_find(v[1].data, v[1].len);
	if ((charset = mime_value_param(&type, "charset")) != NULL &&
	    (l->charset = strdup(charset)) == NULL)
		ret = -1;
out:
	mime_value_free(&type);
	mime_value_free(&disposition);
	mime_buf_free(&v[0]);
	mime_buf_free(&v[1]);
	mime_buf_free(&v[2]);
	return (ret);
}

/*
 * The text of a leaf; what it quotes only if it has no other.  It must be of
 * the kind that is given, if that is not LEAF_OTHER.  Returns 1 if there is
 * text, else 0, or -1 with errno ENOMEM.
 */
static int
try_leaf(struct preview *p, const struct mime_part *part, int only)
{
	struct leaf	l;
	int		ret;

	if (p->tries == 0)
		return (0);
	p->tries--;
	if (leaf_get(p, part, &l) == -1)
		return (-1);
	ret = 0;
	if (l.kind != LEAF_OTHER &&
	    (only == LEAF_OTHER || (int)l.kind == only) &&
	    (ret = decode(p, &l, 0)) == 0)
		ret = decode(p, &l, 1);
	free(l.charset);
	return (ret);
}

/* Returns PARTS_*, or -1 with errno ENOMEM. */
static int
kind_of(struct preview *p, const struct mime_part *part)
{
	static const struct mime_wanted	 wanted = { "Content-Type", 0 };
	struct mime_buf			 v = { NULL, 0, 0, 0 };
	struct mime_value		 type;
	int				 kind = PARTS_MIXED;

	if (part->kind != MIME_MULTIPART)
		return (kind);
	memset(&type, 0, sizeof(type));
	if (mime_header_collect(p->src, part->header, part->body, &wanted, 1,
	    &v) == -1 || (v.data != NULL &&
	    mime_value_parse(&type, v.data, v.len) == -1))
		kind = -1;
	else if (type.subtype != NULL &&
	    strcasecmp(type.subtype, "alternative") == 0)
		kind = PARTS_ALTERNATIVE;
	else if (type.subtype != NULL &&
	    strcasecmp(type.subtype, "encrypted") == 0)
		kind = PARTS_ENCRYPTED;
	mime_value_free(&type);
	mime_buf_free(&v);
	return (kind);
}

/* Of alternatives plain text is tried first. */
static int
try_part(struct preview *p, const struct mime_part *part)
{
	const struct mime_part	*child;
	int			 kind, ret = 0;

	if (part->kind == MIME_LEAF)
		return (try_leaf(p, part, LEAF_OTHER));
	if ((kind = kind_of(p, part)) == -1)
		return (-1);
	if (kind == PARTS_ENCRYPTED)
		return (0);
	for (child = part->child; child != NULL && ret == 0 &&
	    kind == PARTS_ALTERNATIVE; child = child->next) {
		if (child->kind == MIME_LEAF)
			ret = try_leaf(p, child, LEAF_PLAIN);
	}
	for (child = part->child; child != NULL && ret == 0;
	    child = child->next)
		ret = try_part(p, child);
	return (ret);
}

static int
preview(struct mime_message *m, struct mime_buf *buf)
{
	const struct mime_part	*root;
	struct preview		 p;

	if ((root = mime_tree(m)) == NULL)
		return (-1);
	p.src = mime_source_of(m);
	p.out = buf;
	p.tries = PREVIEW_TRIES;
	return (try_part(&p, root) == -1 ? -1 : 0);
}

/* The beginning of a long message, as if it were all. */
static int
preview_begin(struct mime_message *m, struct mime_buf *buf)
{
	struct mime_source	*src = mime_source_of(m);
	struct mime_message	*begin;
	struct mime_buf		 copy = { NULL, 0, 0, 0 };
	const unsigned char	*p;
	size_t			 n;
	int			 ret = -1;

	while (copy.len < PREVIEW_BEGIN && (n = mime_source_peek(src,
	    (off_t)copy.len, 1, &p)) > 0) {
		if (n > PREVIEW_BEGIN - copy.len)
			n = PREVIEW_BEGIN - copy.len;
		if (mime_buf_add(&copy, p, n) == -1)
			goto out;
	}
	if ((begin = mime_open_memory(copy.data, copy.len)) == NULL)
		goto out;
	ret = preview(begin, buf);
	mime_close(begin);
out:
	mime_buf_free(&copy);
	return (ret);
}

int
derive_preview(struct mime_message *m, struct mime_buf *buf)
{
	if (mime_buf_addc(buf, PREVIEW_FORM) == -1)
		return (-1);
	if (mime_source_of(m)->size > PREVIEW_BEGIN)
		return (preview_begin(m, buf));
	return (preview(m, buf));
}
