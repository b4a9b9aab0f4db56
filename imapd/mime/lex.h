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

#ifndef IMAPD_MIME_LEX_H
#define IMAPD_MIME_LEX_H

#include <stddef.h>

#include "imapd/mime/sink.h"

/*
 * Reading structured field bodies (RFC 5322 section 3.2), leniently.  A lexer
 * walks over text that it does not own.
 */
struct mime_lex {
	const char	*p;
	const char	*end;
};

/* What no token has (RFC 2045 section 5.1); 8-bit characters pass. */
#define MIME_TSPECIALS	"()<>@,;:\\\"/[]?="

/*
 * Skips white space and comments.  If comment is not NULL, the text of the
 * last comment, unquoted and without its outer parentheses, replaces what it
 * holds.  Returns 0, or -1 with errno ENOMEM.
 */
int	mime_lex_skip(struct mime_lex *, struct mime_buf *comment);

/* With a quote at the lexer, tells whether another one closes the string. */
int	mime_lex_is_closed(const struct mime_lex *);

/*
 * With a quote at the lexer, appends the quoted string's content; it ends at
 * the closing quote, or with the text.  Returns 0, or -1 with errno ENOMEM.
 */
int	mime_lex_quoted(struct mime_lex *, struct mime_buf *out);

/*
 * Appends the characters up to the first white space or one of stop, which
 * may be none.  Returns 0, or -1 with errno ENOMEM.
 */
int	mime_lex_word(struct mime_lex *, const char *stop,
	    struct mime_buf *out);

/* Passes over the same characters. */
void	mime_lex_pass(struct mime_lex *, const char *stop);

/* Returns the character at the lexer, or -1 at the end. */
int	mime_lex_peek(const struct mime_lex *);

#endif
