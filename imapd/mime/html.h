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

#ifndef IMAPD_MIME_HTML_H
#define IMAPD_MIME_HTML_H

#include <stddef.h>
#include <stdint.h>

/*
 * The text of HTML, as far as a preview needs it: without markup, comments,
 * and what is not shown; entities are characters; where a line may break there
 * is a line feed.  It is a state machine over characters: nothing is too deep
 * or too long for it, and it never fails.
 */
#define MIME_HTML_NAME	32	/* octets of a name that are looked at */

enum mime_html_state {
	MIME_HTML_TEXT,
	MIME_HTML_ENTITY,		/* after "&" */
	MIME_HTML_OPEN,			/* after "<" */
	MIME_HTML_NAMED,		/* in the name of a tag */
	MIME_HTML_TAG,			/* after it */
	MIME_HTML_QUOTED,		/* in an attribute's value */
	MIME_HTML_DECLARED,		/* after "<!" or "<?" */
	MIME_HTML_COMMENT
};

struct mime_html {
	int	(*put)(void *arg, uint32_t code);
	void	*arg;
	int			 quotes;	/* show what is in blockquote */
	enum mime_html_state	 state;
	char			 name[MIME_HTML_NAME];
	size_t			 n;		/* of name, or of dashes */
	uint32_t		 quote;		/* that ends the value */
	unsigned int		 depth;		/* blockquotes */
	char			 hidden[MIME_HTML_NAME]; /* until its end */
};

/*
 * Starts a text.  put() gets its characters: 0, or -1 to stop.  With quotes
 * what is in <blockquote> is text as well.
 */
void	mime_html_init(struct mime_html *, int quotes,
	    int (*put)(void *, uint32_t), void *arg);

/* The next character, or the end.  Return 0, or -1 if put() did. */
int	mime_html_feed(struct mime_html *, uint32_t code);
int	mime_html_end(struct mime_html *);

/*
 * entity.c.  The character of a name, as in "&name;", or of a number, as in
 * "&#10;" and "&#x0a;"; 0 if there is none.
 */
uint32_t mime_entity(const char *name);

#endif
