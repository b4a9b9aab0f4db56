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

#include "imapd/mime/html.h"

static int	character(struct mime_html *, uint32_t);
static int	close_tag(struct mime_html *);
static int	entity(struct mime_html *, uint32_t);
static int	is_among(const char *, const char *const *, size_t);
static int	is_hidden(const char *);
static int	is_inline(const char *);
static int	letters(struct mime_html *);
static void	lower(struct mime_html *, uint32_t);
static int	opened(struct mime_html *, uint32_t);
static int	show(struct mime_html *, uint32_t);

void
mime_html_init(struct mime_html *h, int quotes, int (*put)(void *, uint32_t),
    void *arg)
{
	memset(h, 0, sizeof(*h));
	h->put = put;
	h->arg = arg;
	h->quotes = quotes;
}

static int
is_among(const char *name, const char *const *names, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		if (strcmp(name, names[i]) == 0)
			return (1);
	}
	return (0);
}

/* Elements whose content is not shown. */
static int
is_hidden(const char *name)
{
	static const char *const names[] = {
		"noembed", "noframes", "script", "style", "template",
		"textarea", "title", "xml"
	};

	return (is_among(name, names, sizeof(names) / sizeof(names[0])));
}

/* Elements that words go on through. */
static int
is_inline(const char *name)
{
	static const char *const names[] = {
		"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite",
		"code", "del", "dfn", "em", "font", "i", "ins", "kbd",
		"label", "mark", "nobr", "o:p", "q", "s", "samp", "small",
		"span", "strike", "strong", "sub", "sup", "tt", "u", "var",
		"wbr"
	};

	return (is_among(name, names, sizeof(names) / sizeof(names[0])));
}

static int
show(struct mime_html *h, uint32_t code)
{
	if (h->hidden[0] != '\0' || (h->depth > 0 && !h->quotes))
		return (0);
	return (h->put(h->arg, code));
}

/* Adds to the name what fits. */
static void
lower(struct mime_html *h, uint32_t code)
{
	if (code >= 'A' && code <= 'Z')
		code += 'a' - 'A';
	if (h->n + 1 < sizeof(h->name))
		h->name[h->n++] = code < 0x80 ? (char)code : '?';
	h->name[h->n] = '\0';
}

/* What looked like an entity, or a tag, and is none. */
static int
letters(struct mime_html *h)
{
	size_t	i;

	for (i = 0; i < h->n; i++) {
		if (show(h, (unsigned char)h->name[i]) == -1)
			return (-1);
	}
	return (0);
}

/* The name of a tag is complete, "/" before it if it ends an element. */
static int
close_tag(struct mime_html *h)
{
	const char	*name = h->name;
	int		 end = *name == '/';

	if (end)
		name++;
	if (h->hidden[0] != '\0') {
		if (strcmp(name, h->hidden) == 0)
			h->hidden[0] = '\0';
		else
			h->state = MIME_HTML_TEXT;
		return (0);
	}
	if (!end && is_hidden(name)) {
		memcpy(h->hidden, h->name, sizeof(h->hidden));
		return (0);
	}
	if (strcmp(name, "blockquote") == 0) {
		if (!end)
			h->depth++;
		else if (h->depth > 0)
			h->depth--;
	}
	return (is_inline(name) ? 0 : show(h, '\n'));
}

/*
 * After "<": a name, a declaration, or it was only a character.  In what is
 * hidden, as a script, nothing but an end is a tag.
 */
static int
opened(struct mime_html *h, uint32_t code)
{
	h->n = 0;
	if (h->hidden[0] != '\0' && code != '/') {
		h->state = code == '<' ? MIME_HTML_OPEN : MIME_HTML_TEXT;
		return (0);
	}
	if ((code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
	    code == '/') {
		lower(h, code);
		h->state = MIME_HTML_NAMED;
		return (0);
	}
	if (code == '!' || code == '?') {
		h->state = MIME_HTML_DECLARED;
		return (0);
	}
	h->state = MIME_HTML_TEXT;
	return (show(h, '<') == -1 ? -1 : character(h, code));
}

static int
character(struct mime_html *h, uint32_t code)
{
	if (code == '<') {
		h->state = MIME_HTML_OPEN;
		return (0);
	}
	if (code == '&' && h->hidden[0] == '\0') {
		h->state = MIME_HTML_ENTITY;
		h->n = 0;
		h->name[0] = '\0';
		return (0);
	}
	return (show(h, code));
}

/*
 * Names of entities have upper and lower case; the semicolon may be missing,
 * as long as what follows is no letter or digit.
 */
static int
entity(struct mime_html *h, uint32_t code)
{
	uint32_t	 is;

	if (h->n + 1 < sizeof(h->name) && ((code >= 'a' && code <= 'z') ||
	    (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9') ||
	    (code == '#' && h->n == 0))) {
		h->name[h->n++] = (char)code;
		h->name[h->n] = '\0';
		return (0);
	}
	h->state = MIME_HTML_TEXT;
	if ((is = mime_entity(h->name)) != 0) {
		if (show(h, is) == -1)
			return (-1);
		return (code == ';' ? 0 : character(h, code));
	}
	if (show(h, '&') == -1 || letters(h) == -1)
		return (-1);
	return (character(h, code));
}

int
mime_html_feed(struct mime_html *h, uint32_t code)
{
	switch (h->state) {
	case MIME_HTML_TEXT:
		return (character(h, code));
	case MIME_HTML_ENTITY:
		return (entity(h, code));
	case MIME_HTML_OPEN:
		return (opened(h, code));
	case MIME_HTML_NAMED:
		if (code > ' ' && code != '>' &&
		    (code != '/' || h->n == 0)) {
			lower(h, code);
			return (0);
		}
		h->state = code == '>' ? MIME_HTML_TEXT : MIME_HTML_TAG;
		return (close_tag(h));
	case MIME_HTML_TAG:
		if (code == '>')
			h->state = MIME_HTML_TEXT;
		else if (code == '"' || code == '\'') {
			h->quote = code;
			h->state = MIME_HTML_QUOTED;
		}
		return (0);
	case MIME_HTML_QUOTED:
		if (code == h->quote)
			h->state = MIME_HTML_TAG;
		return (0);
	case MIME_HTML_DECLARED:
		if (code == '>')
			h->state = MIME_HTML_TEXT;
		else if (code != '-')
			h->n = 2;	/* no comment any more */
		else if (h->n < 2 && ++h->n == 2)
			h->state = MIME_HTML_COMMENT;
		return (0);
	case MIME_HTML_COMMENT:
	default:
		if (code == '>' && h->n >= 2)
			h->state = MIME_HTML_TEXT;
		h->n = code == '-' ? h->n + 1 : 0;
		return (0);
	}
}

int
mime_html_end(struct mime_html *h)
{
	return (h->state == MIME_HTML_ENTITY ? entity(h, ';') : 0);
}
