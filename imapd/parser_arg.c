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


#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "imapd/parser.h"

static int	is_bare(const struct parser_arg *);
static int	all_chars(const char *, const char *);

/* Returns 1 for an unquoted word without a section. */
static int
is_bare(const struct parser_arg *arg)
{
	return (arg != NULL && !arg->section &&
	    (arg->type == PARSER_ATOM || arg->type == PARSER_NIL));
}

/* Returns 1 if s is not empty and has none of the characters in not. */
static int
all_chars(const char *s, const char *not)
{
	return (*s != '\0' && strpbrk(s, not) == NULL);
}

int
parser_is(const struct parser_arg *arg, const char *word)
{
	return (is_bare(arg) && strcasecmp(arg->text, word) == 0);
}

int
parser_atom(const struct parser_arg *arg, const char **text)
{
	/* RFC 3501 §9 atom-specials that the parser lets pass. */
	if (!is_bare(arg) || !all_chars(arg->text, "%*\\]"))
		return (-1);
	*text = arg->text;
	return (0);
}

int
parser_astring(const struct parser_arg *arg, const char **text, size_t *len)
{
	if (!is_bare(arg))
		return (parser_string(arg, text, len));
	*text = arg->text;
	if (len != NULL)
		*len = arg->len;
	return (0);
}

int
parser_list_mailbox(const struct parser_arg *arg, const char **text,
    size_t *len)
{
	return (parser_astring(arg, text, len));
}

int
parser_string(const struct parser_arg *arg, const char **text, size_t *len)
{
	if (arg == NULL || arg->text == NULL ||
	    (arg->type != PARSER_QUOTED && arg->type != PARSER_LITSTR))
		return (-1);
	*text = arg->text;
	if (len != NULL)
		*len = arg->len;
	return (0);
}

int
parser_nstring(const struct parser_arg *arg, const char **text, size_t *len)
{
	if (arg == NULL || arg->type != PARSER_NIL)
		return (parser_string(arg, text, len));
	*text = NULL;
	if (len != NULL)
		*len = 0;
	return (0);
}

int
parser_flag(const struct parser_arg *arg, const char **text)
{
	const char	*s;

	if (!is_bare(arg))
		return (-1);
	s = arg->text[0] == '\\' ? arg->text + 1 : arg->text;
	if (!all_chars(s, "%*\\]"))
		return (-1);
	*text = arg->text;
	return (0);
}

int
parser_number64(const struct parser_arg *arg, uint64_t *n)
{
	const char	*s;
	uint64_t	 v = 0;

	if (!is_bare(arg))
		return (-1);
	for (s = arg->text; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return (-1);
		if (v > (uint64_t)(INT64_MAX - (*s - '0')) / 10)
			return (-1);
		v = v * 10 + (uint64_t)(*s - '0');
	}
	*n = v;
	return (0);
}

int
parser_number(const struct parser_arg *arg, uint32_t *n)
{
	uint64_t	v;

	if (parser_number64(arg, &v) == -1 || v > UINT32_MAX)
		return (-1);
	*n = (uint32_t)v;
	return (0);
}
