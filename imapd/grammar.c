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

#include "imapd/grammar.h"
#include "imapd/mime/utf8.h"

/*
 * A line is complete in memory, without its end and with a NUL after it.  The
 * functions return what follows what they took, or NULL after
 * grammar_fail().
 */

static int	 is_text(unsigned char);
static int	 is_tag(unsigned char);
static struct parser_arg *new_arg(struct parser *, enum parser_type);
static int	 open_frame(struct parser *, struct parser_arg *);
static const char *take_word(const char *);
static const char *take_atom(struct parser *, const char *);
static const char *end_of_quoted(struct parser *, const char *);
static const char *take_quoted(struct parser *, const char *);
static const char *take_literal(struct parser *, const char *,
		    enum parser_type);
static const char *take_list(struct parser *, const char *);
static const char *close_list(struct parser *, const char *);
static const char *close_section(struct parser *, const char *);
static const char *take_arg(struct parser *, const char *);

/* What an argument may be made of when it is not quoted. */
static int
is_text(unsigned char c)
{
	return (c > 0x20 && c < 0x7f && strchr("(){\"", c) == NULL);
}

/* RFC 3501 §9: tag = 1*<any ASTRING-CHAR except "+"> */
static int
is_tag(unsigned char c)
{
	return (is_text(c) && strchr("%*\\+", c) == NULL);
}

int
grammar_fail(struct parser *p, const char *error)
{
	if (*p->error == '\0')
		p->error = error;
	return (-1);
}

static struct parser_arg *
new_arg(struct parser *p, enum parser_type type)
{
	struct parser_arg	*arg;

	if (p->nargs >= p->limits.args) {
		(void)grammar_fail(p, "Too many arguments");
		return (NULL);
	}
	if ((arg = arena_alloc(&p->arena, sizeof(*arg))) == NULL) {
		(void)grammar_fail(p, "Out of memory");
		return (NULL);
	}
	memset(arg, 0, sizeof(*arg));
	arg->type = type;
	arg->suffix = "";
	*p->frame->tail = arg;
	p->frame->tail = &arg->next;
	p->nargs++;
	return (arg);
}

static int
open_frame(struct parser *p, struct parser_arg *arg)
{
	struct frame	*f;

	if (p->depth >= p->limits.depth)
		return (grammar_fail(p, "Lists are nested too deeply"));
	if ((f = arena_alloc(&p->arena, sizeof(*f))) == NULL)
		return (grammar_fail(p, "Out of memory"));
	f->up = p->frame;
	f->arg = arg;
	f->tail = &arg->child;
	p->frame = f;
	p->depth++;
	p->spaced = 1;
	return (0);
}

const char *
grammar_tag(struct parser *p, const char *s)
{
	const char	*e = s;
	char		*tag;

	while (is_tag((unsigned char)*e))
		e++;
	p->tag = "*";
	if (e == s || *e != ' ') {
		(void)grammar_fail(p, "No tag and space before the command");
		return (NULL);
	}
	if ((tag = arena_text(&p->arena, s, (size_t)(e - s))) == NULL) {
		(void)grammar_fail(p, "Out of memory");
		return (NULL);
	}
	p->tag = tag;
	while (*e == ' ')
		e++;
	return (e);
}

/* Returns the end of a word of a command's name. */
static const char *
take_word(const char *s)
{
	while (is_tag((unsigned char)*s) && *s != ']' && *s != '[')
		s++;
	return (s);
}

const char *
grammar_name(struct parser *p, const char *s)
{
	const char	*e, *word, *second;
	char		*name, *t;

	e = take_word(s);
	second = NULL;
	if (e - s == 3 && strncasecmp(s, "UID", 3) == 0 && *e == ' ') {
		for (second = e; *second == ' '; second++)
			;
		e = take_word(second);
	}
	word = second != NULL ? second : s;
	if (e == word || (*e != ' ' && *e != '\0')) {
		(void)grammar_fail(p, "No command after the tag");
		return (NULL);
	}
	if ((name = arena_alloc(&p->arena, (size_t)(e - word) + 5)) == NULL) {
		(void)grammar_fail(p, "Out of memory");
		return (NULL);
	}
	t = name;
	if (second != NULL) {
		memcpy(t, "UID ", 4);
		t += 4;
	}
	for (; word < e; word++)
		*t++ = *word >= 'a' && *word <= 'z' ?
		    (char)(*word - 'a' + 'A') : *word;
	*t = '\0';
	p->name = name;
	p->spaced = 0;
	return (e);
}

static const char *
take_atom(struct parser *p, const char *s)
{
	struct parser_arg	*arg;
	const char		*e = s;
	int			 fetch, section = 0;

	fetch = strcmp(p->name, "FETCH") == 0 ||
	    strcmp(p->name, "UID FETCH") == 0;
	for (; is_text((unsigned char)*e); e++) {
		if (*e == ']' && p->section != NULL && p->frame == p->section)
			break;
		if (*e == '[' && fetch && p->section == NULL && e > s) {
			section = 1;
			break;
		}
	}
	if (e == s) {
		(void)grammar_fail(p, (unsigned char)*e >= 0x80 ?
		    "8-bit characters have to be quoted" :
		    (unsigned char)*e < 0x20 || *e == 0x7f ?
		    "Invalid control character" : "Invalid character");
		return (NULL);
	}
	if ((arg = new_arg(p, PARSER_ATOM)) == NULL)
		return (NULL);
	arg->len = (size_t)(e - s);
	if ((arg->text = arena_text(&p->arena, s, arg->len)) == NULL) {
		(void)grammar_fail(p, "Out of memory");
		return (NULL);
	}
	if (section) {
		arg->section = 1;
		if (open_frame(p, arg) == -1)
			return (NULL);
		p->section = p->frame;
		return (e + 1);
	}
	if (strcasecmp(arg->text, "NIL") == 0)
		arg->type = PARSER_NIL;
	return (e);
}

/*
 * RFC 3501 §9 quoted: TEXT-CHAR, \ only before \ and "; and UTF-8, which
 * clients may send before they enable it (RFC 6855 §3, RFC 9051 §9).  Returns
 * where the second " stands.
 */
static const char *
end_of_quoted(struct parser *p, const char *s)
{
	const char	*end = p->line + p->line_len;
	uint32_t	 code;
	int		 n;

	for (; *s != '"'; s += n) {
		n = 1;
		if (*s == '\\') {
			n = 2;
			if (s[1] != '"' && s[1] != '\\') {
				(void)grammar_fail(p, "Invalid escape");
				return (NULL);
			}
		} else if (*s == '\0') {
			(void)grammar_fail(p, "A quoted string has no end");
			return (NULL);
		} else if ((unsigned char)*s >= 0x80 &&
		    (n = mime_utf8_get((const unsigned char *)s,
		    (size_t)(end - s), &code)) <= 0) {
			(void)grammar_fail(p, "Invalid UTF-8");
			return (NULL);
		}
	}
	return (s);
}

static const char *
take_quoted(struct parser *p, const char *s)
{
	struct parser_arg	*arg;
	const char		*e;
	char			*t;

	if ((e = end_of_quoted(p, ++s)) == NULL)
		return (NULL);
	if ((arg = new_arg(p, PARSER_QUOTED)) == NULL)
		return (NULL);
	if ((t = arena_alloc(&p->arena, (size_t)(e - s) + 1)) == NULL) {
		(void)grammar_fail(p, "Out of memory");
		return (NULL);
	}
	arg->text = t;
	for (; s < e; s++) {
		if (*s == '\\')
			s++;
		*t++ = *s;
	}
	*t = '\0';
	arg->len = (size_t)(t - arg->text);
	return (e + 1);
}

/* RFC 3501 §4.3, RFC 7888 §3, RFC 3516 §7; it ends the line. */
static const char *
take_literal(struct parser *p, const char *s, enum parser_type type)
{
	uint64_t	size = 0;
	const char	*digits = ++s;

	for (; *s >= '0' && *s <= '9'; s++) {
		if (size > (INT64_MAX - 9) / 10) {
			(void)grammar_fail(p, "Literal too large");
			return (NULL);
		}
		size = size * 10 + (uint64_t)(*s - '0');
	}
	p->sync = *s != '+';
	if (!p->sync)
		s++;
	if (s == digits + !p->sync || s[0] != '}' || s[1] != '\0') {
		(void)grammar_fail(p, "Invalid literal");
		return (NULL);
	}
	if ((p->literal = new_arg(p, type)) == NULL)
		return (NULL);
	if (size > SIZE_MAX) {
		(void)grammar_fail(p, "Literal too large");
		return (NULL);
	}
	p->literal->len = (size_t)size;
	p->left = size;
	return (s + 1);
}

static const char *
take_list(struct parser *p, const char *s)
{
	struct parser_arg	*arg;

	if ((arg = new_arg(p, PARSER_LIST)) == NULL ||
	    open_frame(p, arg) == -1)
		return (NULL);
	return (s + 1);
}

static const char *
close_list(struct parser *p, const char *s)
{
	if (p->frame == &p->root || p->frame == p->section) {
		(void)grammar_fail(p, "Unexpected )");
		return (NULL);
	}
	p->frame = p->frame->up;
	p->depth--;
	p->spaced = 0;
	return (s + 1);
}

/* Takes the "]" and what stands after it, as "<0.100>". */
static const char *
close_section(struct parser *p, const char *s)
{
	struct parser_arg	*arg = p->frame->arg;
	const char		*e = ++s;

	while (is_text((unsigned char)*e))
		e++;
	if (e > s &&
	    (arg->suffix = arena_text(&p->arena, s, (size_t)(e - s))) == NULL) {
		(void)grammar_fail(p, "Out of memory");
		return (NULL);
	}
	p->frame = p->frame->up;
	p->section = NULL;
	p->depth--;
	p->spaced = 0;
	return (e);
}

static const char *
take_arg(struct parser *p, const char *s)
{
	if (!p->spaced) {
		(void)grammar_fail(p, "A space is missing between arguments");
		return (NULL);
	}
	p->spaced = 0;
	switch (*s) {
	case '(':
		return (take_list(p, s));
	case '"':
		return (take_quoted(p, s));
	case '{':
		return (take_literal(p, s, PARSER_LITSTR));
	case '~':
		if (s[1] == '{')
			return (take_literal(p, s + 1, PARSER_LITSTR8));
		return (take_atom(p, s));
	default:
		return (take_atom(p, s));
	}
}

int
grammar_args(struct parser *p, const char *s)
{
	while (*s != '\0') {
		if (*s == ' ') {
			p->spaced = 1;
			s++;
		} else if (*s == ')')
			s = close_list(p, s);
		else if (*s == ']' && p->section != NULL &&
		    p->frame == p->section)
			s = close_section(p, s);
		else
			s = take_arg(p, s);
		if (s == NULL)
			return (-1);
	}
	if (p->literal == NULL && p->frame != &p->root)
		return (grammar_fail(p, p->frame == p->section ?
		    "A ] is missing" : "A ) is missing"));
	return (0);
}
