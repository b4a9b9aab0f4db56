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

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "imapd/client_id.h"
#include "imapd/parser.h"

static void	printable(char *, const char *, size_t, int);

int
client_id_check(const struct parser_arg *arg, const char **why)
{
	const struct parser_arg	*field;
	const char		*text;
	size_t			 len;
	unsigned int		 n = 0;

	*why = "NIL or a list of fields and values expected";
	if (arg == NULL || arg->next != NULL)
		return (-1);
	if (arg->type != PARSER_LIST)
		return (parser_is(arg, "NIL") ? 0 : -1);
	for (field = arg->child; field != NULL; field = field->next->next) {
		if (parser_string(field, &text, &len) == -1 ||
		    len > CLIENT_ID_FIELD || field->next == NULL ||
		    parser_nstring(field->next, &text, &len) == -1 ||
		    (text != NULL && len > CLIENT_ID_VALUE) ||
		    ++n > CLIENT_ID_PAIRS)
			return (-1);
	}
	return (0);
}

/* A name is a word; a value may have spaces, but no quote. */
static void
printable(char *to, const char *from, size_t size, int word)
{
	unsigned char c;
	size_t i;

	for (i = 0; i + 1 < size && from[i] != '\0'; i++) {
		c = (unsigned char)from[i];
		if (c == '"')
			c = '\'';
		else if (!isprint(c) || (word && !isalnum(c) && c != '-' &&
		    c != '_' && c != '.'))
			c = '?';
		to[i] = (char)c;
	}
	to[i] = '\0';
}

const char *
client_id_text(const struct parser_arg *arg, char *buf, size_t size)
{
	char			 field[CLIENT_ID_FIELD + 1];
	char			 value[CLIENT_ID_LOG];
	const struct parser_arg	*f;
	const char		*name, *text;
	size_t			 len = 0;
	int			 n;

	buf[0] = '\0';
	if (arg->type != PARSER_LIST)
		return (buf);
	for (f = arg->child; f != NULL; f = f->next->next) {
		if (parser_string(f, &name, NULL) == -1 ||
		    parser_nstring(f->next, &text, NULL) == -1 ||
		    text == NULL)
			continue;
		printable(field, name, sizeof(field), 1);
		printable(value, text, sizeof(value), 0);
		n = snprintf(buf + len, size - len, " %s=\"%s\"", field,
		    value);
		if (n < 0 || (size_t)n >= size - len) {
			buf[len] = '\0';
			break;
		}
		len += (size_t)n;
	}
	return (buf);
}
