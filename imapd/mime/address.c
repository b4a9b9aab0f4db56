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

#include "imapd/mime/address.h"
#include "imapd/mime/lex.h"

/* Clients know these from other servers, and show them as no address. */
#define NO_MAILBOX	"MISSING_MAILBOX"
#define NO_HOST		"MISSING_DOMAIN"

/* What ends a word; 8-bit characters and controls are part of it. */
#define SPECIALS	"()<>,;:@\"."

struct reader {
	struct mime_lex		 lex;
	const struct mime_sink	*sink;
	size_t			 count;
	int			 group;		/* within a group */
	int			 open;		/* a quote has no end */
	int			 quoted;	/* the last word is quoted */
	struct mime_buf		 phrase;	/* all words so far */
	struct mime_buf		 local;		/* the last dotted one */
	size_t			 split;		/* phrase before local */
	struct mime_buf		 route;
	struct mime_buf		 host;
	struct mime_buf		 comment;
};

static int	read_one(struct reader *);
static int	read_words(struct reader *);
static int	add_word(struct reader *, int, int);
static int	is_string(struct reader *);
static int	finish_words(struct reader *, int);
static int	read_bare(struct reader *);
static int	is_before_angle(const struct reader *);
static int	add_name(struct reader *);
static int	read_angle(struct reader *);
static int	read_route(struct reader *);
static int	read_local(struct reader *);
static int	read_host(struct reader *);
static int	read_literal(struct reader *);
static int	put_address(struct reader *, const struct mime_buf *, size_t);
static int	put_group(struct reader *);
static int	put_group_end(struct reader *);
static int	put(struct reader *, const struct mime_buf *, size_t,
		    const char *);

int
mime_addresses(const char *text, size_t len, size_t max,
    const struct mime_sink *sink, size_t *count)
{
	struct reader	 r;
	int		 ret = 0;

	memset(&r, 0, sizeof(r));
	r.lex.p = text;
	r.lex.end = text + len;
	r.sink = sink;
	while (ret == 0 && r.lex.p < r.lex.end && r.count < max)
		ret = read_one(&r);
	if (ret == 0 && r.group)
		ret = put_group_end(&r);
	*count = r.count;
	mime_buf_free(&r.phrase);
	mime_buf_free(&r.local);
	mime_buf_free(&r.route);
	mime_buf_free(&r.host);
	mime_buf_free(&r.comment);
	return (ret);
}

/* Reads an address, the start or the end of a group, or a comma. */
static int
read_one(struct reader *r)
{
	int	 c;

	mime_buf_reset(&r->phrase);
	mime_buf_reset(&r->local);
	mime_buf_reset(&r->route);
	mime_buf_reset(&r->host);
	mime_buf_reset(&r->comment);
	r->split = 0;
	if (read_words(r) == -1)
		return (-1);
	c = mime_lex_peek(&r->lex);
	if (c != -1 && c != '@')
		r->lex.p++;
	return (finish_words(r, c));
}

/* Reads words up to one of < @ : , ; or the end. */
static int
read_words(struct reader *r)
{
	const char	*before;
	int		 c, prev = -1, space;

	for (;;) {
		before = r->lex.p;
		if (mime_lex_skip(&r->lex, &r->comment) == -1)
			return (-1);
		space = r->lex.p > before;
		c = mime_lex_peek(&r->lex);
		if (c == -1 || (c != '\0' && strchr("<@:,;", c) != NULL))
			return (0);
		if (c == ')' || c == '>' || (c == '"' && !is_string(r))) {
			r->lex.p++;
			continue;
		}
		if (prev != -1 && (space || (prev != '.' && c != '.')) &&
		    mime_buf_addc(&r->phrase, ' ') == -1)
			return (-1);
		if (add_word(r, c, prev == '.' || c == '.') == -1)
			return (-1);
		prev = c;
	}
}

/*
 * Adds a word, or a dot, to the phrase and to the dotted word at its end,
 * which it starts anew unless the word is joined to it.
 */
static int
add_word(struct reader *r, int c, int joined)
{
	size_t	 from = r->phrase.len;

	if (!joined) {
		mime_buf_reset(&r->local);
		r->split = from;
	}
	r->quoted = c == '"';
	if (c == '.') {
		r->lex.p++;
		if (mime_buf_addc(&r->phrase, '.') == -1)
			return (-1);
	} else if (c == '"') {
		if (mime_lex_quoted(&r->lex, &r->phrase) == -1)
			return (-1);
	} else if (mime_lex_word(&r->lex, SPECIALS, &r->phrase) == -1) {
		return (-1);
	}
	if (r->phrase.len == from)
		return (0);
	return (mime_buf_add(&r->local, r->phrase.data + from,
	    r->phrase.len - from));
}

/*
 * Tells whether the quote at the lexer begins a string.  One that nothing
 * closes is nothing, so that it swallows nobody; neither are all after it,
 * since to look for their ends too could take long.
 */
static int
is_string(struct reader *r)
{
	if (!r->open && !mime_lex_is_closed(&r->lex))
		r->open = 1;
	return (!r->open);
}

static int
finish_words(struct reader *r, int c)
{
	switch (c) {
	case '<':
		return (read_angle(r));
	case '@':
		return (read_bare(r));
	case ':':
		if (!r->group)
			return (put_group(r));
		return (0);
	default:
		/* A word alone may be a local mailbox, else it is a name. */
		if (r->split > 0 || r->quoted) {
			mime_buf_reset(&r->local);
			r->split = r->phrase.len;
		}
		if (r->phrase.len > 0 &&
		    put_address(r, &r->phrase, r->split) == -1)
			return (-1);
		if (c == ';' && r->group)
			return (put_group_end(r));
		return (0);
	}
}

/* word@host (name), or words before it that lack their angle brackets. */
static int
read_bare(struct reader *r)
{
	r->lex.p++;
	if (read_host(r) == -1 ||
	    mime_lex_skip(&r->lex, &r->comment) == -1)
		return (-1);
	if (is_before_angle(r)) {
		if (add_name(r) == -1)
			return (-1);
		r->lex.p++;
		return (read_angle(r));
	}
	return (put_address(r, &r->phrase, r->split));
}

/* Tells whether words alone are between the lexer and an angle bracket. */
static int
is_before_angle(const struct reader *r)
{
	struct mime_lex	 lex = r->lex;
	int		 c;

	for (; (c = mime_lex_peek(&lex)) != -1 && c != '<'; lex.p++) {
		if (c != '\0' && strchr("@:,;\"(>", c) != NULL)
			return (0);
	}
	return (c == '<');
}

/* word@host <address>: many put their address where the name should be. */
static int
add_name(struct reader *r)
{
	if (mime_buf_addc(&r->phrase, '@') == -1 ||
	    mime_buf_add(&r->phrase, r->host.data, r->host.len) == -1 ||
	    mime_buf_addc(&r->phrase, ' ') == -1)
		return (-1);
	mime_buf_reset(&r->host);
	return (read_words(r));
}

/* <@route:local@host>, with the name in the phrase. */
static int
read_angle(struct reader *r)
{
	int	 c;

	mime_buf_reset(&r->local);
	while (mime_lex_peek(&r->lex) == '<')
		r->lex.p++;
	if (read_route(r) == -1 || read_local(r) == -1)
		return (-1);
	if (mime_lex_peek(&r->lex) == '@') {
		r->lex.p++;
		if (read_host(r) == -1)
			return (-1);
	}
	while ((c = mime_lex_peek(&r->lex)) != -1 && c != ',' && c != ';') {
		if (c != '(')
			r->lex.p++;
		if (mime_lex_skip(&r->lex, &r->comment) == -1)
			return (-1);
	}
	return (put_address(r, &r->phrase, r->phrase.len));
}

/*
 * RFC 5322 section 4.4: obs-route, a list of @host up to a colon.  Without
 * that it is a host.
 */
static int
read_route(struct reader *r)
{
	const char	*start;
	int		 c;

	if (mime_lex_skip(&r->lex, NULL) == -1)
		return (-1);
	if (mime_lex_peek(&r->lex) != '@')
		return (0);
	start = r->lex.p;
	while ((c = mime_lex_peek(&r->lex)) == '@' || c == ',') {
		r->lex.p++;
		if (mime_buf_addc(&r->route, c) == -1 ||
		    mime_lex_skip(&r->lex, NULL) == -1 ||
		    mime_lex_word(&r->lex, "()<>,;:@", &r->route) == -1 ||
		    mime_lex_skip(&r->lex, NULL) == -1)
			return (-1);
	}
	if (c == ':') {
		r->lex.p++;
	} else {
		r->lex.p = start;
		mime_buf_reset(&r->route);
	}
	return (0);
}

static int
read_local(struct reader *r)
{
	const char	*before;
	size_t		 from;
	int		 c;

	for (;;) {
		before = r->lex.p;
		if (mime_lex_skip(&r->lex, NULL) == -1)
			return (-1);
		c = mime_lex_peek(&r->lex);
		if (c == -1 || (c != '\0' && strchr("@>,;", c) != NULL))
			return (0);
		from = r->local.len;
		if (r->lex.p > before && from > 0 && c != '.' &&
		    r->local.data[from - 1] != '.' &&
		    mime_buf_addc(&r->local, ' ') == -1)
			return (-1);
		if (c == '"' && !is_string(r)) {
			r->lex.p++;
		} else if (c == '"') {
			if (mime_lex_quoted(&r->lex, &r->local) == -1)
				return (-1);
		} else {
			if (mime_buf_addc(&r->local, c) == -1)
				return (-1);
			r->lex.p++;
		}
	}
}

static int
read_host(struct reader *r)
{
	int	 c;

	for (;;) {
		if (mime_lex_skip(&r->lex, &r->comment) == -1)
			return (-1);
		c = mime_lex_peek(&r->lex);
		if (c == '[' && r->host.len == 0) {
			if (read_literal(r) == -1)
				return (-1);
		} else if (c == '.' || c == '@' || c == ':' || c == '"') {
			if (mime_buf_addc(&r->host, c) == -1)
				return (-1);
			r->lex.p++;
		} else if (r->host.len > 0 && r->host.data[r->host.len - 1] !=
		    '.' && r->host.data[r->host.len - 1] != '@') {
			return (0);
		} else if (c == -1 || (c != '\0' && strchr("()<>,;", c))) {
			return (0);
		}
		if (mime_lex_word(&r->lex, "()<>,;.@\"", &r->host) == -1)
			return (-1);
	}
}

/* RFC 5322 section 3.4.1: a domain-literal; white space may be within. */
static int
read_literal(struct reader *r)
{
	struct mime_lex	 end = r->lex;

	do {
		end.p++;
		mime_lex_pass(&end, "()<>,;@\"[]");
	} while (mime_lex_peek(&end) == ' ' || mime_lex_peek(&end) == '\t');
	if (mime_lex_peek(&end) != ']')
		return (0);
	if (mime_buf_add(&r->host, r->lex.p,
	    (size_t)(end.p - r->lex.p)) == -1)
		return (-1);
	r->lex.p = end.p;
	return (0);
}

/*
 * Writes an address; its name is the first namelen bytes of the phrase, or
 * the comment.
 */
static int
put_address(struct reader *r, const struct mime_buf *phrase, size_t namelen)
{
	const struct mime_buf	*name = phrase;

	while (namelen > 0 && phrase->data[namelen - 1] == ' ')
		namelen--;
	if (namelen == 0) {
		name = &r->comment;
		namelen = name->len;
	}
	r->count++;
	if (mime_sink_puts(r->sink, "(") == -1 ||
	    put(r, name, namelen, " ") == -1 ||
	    put(r, &r->route, r->route.len, " ") == -1)
		return (-1);
	if (r->local.len > 0) {
		if (put(r, &r->local, r->local.len, " ") == -1)
			return (-1);
	} else if (mime_sink_puts(r->sink, "\"" NO_MAILBOX "\" ") == -1) {
		return (-1);
	}
	if (r->host.len > 0)
		return (put(r, &r->host, r->host.len, ")"));
	return (mime_sink_puts(r->sink, "\"" NO_HOST "\")"));
}

static int
put_group(struct reader *r)
{
	r->group = 1;
	r->count++;
	if (mime_sink_puts(r->sink, "(NIL NIL ") == -1)
		return (-1);
	if (r->phrase.len > 0) {
		if (put(r, &r->phrase, r->phrase.len, "") == -1)
			return (-1);
	} else if (mime_sink_puts(r->sink, "\"\"") == -1) {
		return (-1);
	}
	return (mime_sink_puts(r->sink, " NIL)"));
}

static int
put_group_end(struct reader *r)
{
	r->group = 0;
	r->count++;
	return (mime_sink_puts(r->sink, "(NIL NIL NIL NIL)"));
}

static int
put(struct reader *r, const struct mime_buf *b, size_t len, const char *after)
{
	if (mime_sink_nstring(r->sink, len > 0 ? b->data : NULL, len) == -1)
		return (-1);
	return (mime_sink_puts(r->sink, after));
}
