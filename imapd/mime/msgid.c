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

#include "imapd/mime/lex.h"
#include "imapd/mime/msgid.h"

static int	quoted(struct mime_msgid *, struct mime_buf *);
static int	inside(struct mime_msgid *, struct mime_buf *);

void
mime_msgid_init(struct mime_msgid *m, const char *text, size_t len)
{
	m->p = len > 0 ? text : "";
	m->end = m->p + len;
	m->open = 0;
}

int
mime_msgid_next(struct mime_msgid *m, struct mime_buf *out)
{
	int	 ret;

	while (m->p < m->end && (m->p = memchr(m->p, '<',
	    (size_t)(m->end - m->p))) != NULL) {
		m->p++;
		mime_buf_reset(out);
		if ((ret = inside(m, out)) != 0)
			return (ret);
	}
	m->p = m->end;
	return (0);
}

/*
 * Reads up to the closing bracket.  Returns 1; 0 if there is none before the
 * next opening one, or nothing on one side of the "@"; or -1.
 */
static int
inside(struct mime_msgid *m, struct mime_buf *out)
{
	size_t	 at = 0;		/* octets up to the first "@" */
	int	 c;

	for (; m->p < m->end; m->p++) {
		c = (unsigned char)*m->p;
		if (c == '<')
			return (0);
		if (c == '>') {
			m->p++;
			return (at > 1 && out->len > at);
		}
		if (c == '"' && quoted(m, out) == -1)
			return (-1);
		if (c == '"' || c == ' ' || c == '\t' || c == '\r' ||
		    c == '\n')
			continue;
		if (mime_buf_addc(out, c) == -1)
			return (-1);
		if (c == '@' && at == 0)
			at = out->len;
	}
	return (0);
}

/*
 * With a quote at hand, takes what is up to the one that closes it, and stops
 * there.  One that nothing closes is passed over, and so are all after it,
 * since to look for their ends too could take long.
 */
static int
quoted(struct mime_msgid *m, struct mime_buf *out)
{
	struct mime_lex	 lex;

	lex.p = m->p;
	lex.end = m->end;
	if (!m->open && !mime_lex_is_closed(&lex))
		m->open = 1;
	if (m->open)
		return (0);
	if (mime_lex_quoted(&lex, out) == -1)
		return (-1);
	m->p = lex.p - 1;
	return (0);
}
