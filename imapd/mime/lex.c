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

static int	comment_skip(struct mime_lex *, struct mime_buf *);
static int	is_letdig(int);
static int	is_space(int);

static int
is_space(int c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

static int
is_letdig(int c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

int
mime_lex_peek(const struct mime_lex *lex)
{
	return (lex->p < lex->end ? (unsigned char)*lex->p : -1);
}

int
mime_lex_skip(struct mime_lex *lex, struct mime_buf *comment)
{
	int	 c;

	while ((c = mime_lex_peek(lex)) != -1) {
		if (is_space(c)) {
			lex->p++;
		} else if (c == '(') {
			if (comment_skip(lex, comment) == -1)
				return (-1);
		} else {
			break;
		}
	}
	return (0);
}

/* RFC 5322 section 3.2.2: comments nest. */
static int
comment_skip(struct mime_lex *lex, struct mime_buf *comment)
{
	unsigned long	 depth = 0;

	if (comment != NULL)
		mime_buf_reset(comment);
	for (; lex->p < lex->end; lex->p++) {
		if (*lex->p == '(') {
			if (depth++ == 0)
				continue;
		} else if (*lex->p == ')') {
			if (--depth == 0) {
				lex->p++;
				break;
			}
		} else if (*lex->p == '\\' && lex->p + 1 < lex->end) {
			lex->p++;
		}
		if (comment != NULL && mime_buf_addc(comment, *lex->p) == -1)
			return (-1);
	}
	return (0);
}

int
mime_lex_is_closed(const struct mime_lex *lex)
{
	const char	*p;

	for (p = lex->p + 1; p < lex->end && *p != '"'; p++) {
		if (*p == '\\')
			p++;
	}
	return (p < lex->end);
}

int
mime_lex_quoted(struct mime_lex *lex, struct mime_buf *out)
{
	lex->p++;
	for (; lex->p < lex->end; lex->p++) {
		if (*lex->p == '"') {
			lex->p++;
			break;
		}
		if (*lex->p == '\\' && lex->p + 1 < lex->end)
			lex->p++;
		if (mime_buf_addc(out, *lex->p) == -1)
			return (-1);
	}
	return (0);
}

void
mime_lex_pass(struct mime_lex *lex, const char *stop)
{
	/* Most are letters, which never stop it. */
	while (lex->p < lex->end && (is_letdig((unsigned char)*lex->p) ||
	    (!is_space((unsigned char)*lex->p) &&
	    (*lex->p == '\0' || strchr(stop, *lex->p) == NULL))))
		lex->p++;
}

int
mime_lex_word(struct mime_lex *lex, const char *stop, struct mime_buf *out)
{
	const char	*start = lex->p;

	mime_lex_pass(lex, stop);
	return (mime_buf_add(out, start, (size_t)(lex->p - start)));
}
