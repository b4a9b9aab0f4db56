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
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imapd/mime/lex.h"
#include "imapd/mime/param.h"

/* A segment of a parameter as the text has it: name*index*=value. */
struct segment {
	char	*name;		/* without the asterisks */
	char	*value;
	int	 index;		/* -1: not continued */
	int	 extended;
	int	 used;
};

struct segments {
	struct segment	 seg[MIME_PARAMS_MAX];
	size_t		 n;
};

static char	*take(struct mime_buf *);
static int	parse_word(struct mime_lex *, const char *, char **);
static int	parse_params(struct mime_lex *, struct segments *);
static int	parse_segment(struct mime_lex *, struct segments *);
static int	parse_argument(struct mime_lex *, struct mime_buf *);
static int	is_attribute(const struct mime_lex *);
static void	split_name(struct segment *);
static int	combine(struct segments *, struct mime_value *);
static int	combine_one(struct segments *, size_t, struct mime_param *);
static int	take_alone(struct segment *, struct mime_param *);
static int	add_value(struct mime_buf *, const struct segment *, int);
static struct segment *find(struct segments *, const char *, int);
static void	segments_free(struct segments *);
static void	decode(char *);

int
mime_value_parse(struct mime_value *v, const char *text, size_t len)
{
	struct mime_lex	 lex;
	struct segments	*segs;
	int		 ret = -1;

	memset(v, 0, sizeof(*v));
	if ((segs = calloc(1, sizeof(*segs))) == NULL)
		return (-1);
	lex.p = text;
	lex.end = text + len;
	if (parse_word(&lex, MIME_TSPECIALS, &v->type) == -1)
		goto out;
	if (mime_lex_peek(&lex) == '/')
		lex.p++;
	else
		lex.end = lex.p;
	if (parse_word(&lex, MIME_TSPECIALS, &v->subtype) == -1)
		goto out;
	lex.end = text + len;
	if (parse_params(&lex, segs) == -1 || combine(segs, v) == -1)
		goto out;
	ret = 0;
out:
	segments_free(segs);
	if (ret == -1)
		mime_value_free(v);
	return (ret);
}

/* Turns the buffer's content into a string of the heap's; empties it. */
static char *
take(struct mime_buf *b)
{
	char	*s;

	if (mime_buf_addc(b, '\0') == -1) {
		mime_buf_free(b);
		return (NULL);
	}
	s = b->data;
	memset(b, 0, sizeof(*b));
	return (s);
}

static int
parse_word(struct mime_lex *lex, const char *stop, char **out)
{
	struct mime_buf	 b = { 0 };

	if (mime_lex_skip(lex, NULL) == -1 ||
	    mime_lex_word(lex, stop, &b) == -1 ||
	    mime_lex_skip(lex, NULL) == -1) {
		mime_buf_free(&b);
		return (-1);
	}
	return ((*out = take(&b)) == NULL ? -1 : 0);
}

/* What is no parameter is skipped up to the next semicolon. */
static int
parse_params(struct mime_lex *lex, struct segments *segs)
{
	const char	*semicolon;
	int		 more = 0;

	while (segs->n < MIME_PARAMS_MAX) {
		if (!more) {
			semicolon = memchr(lex->p, ';',
			    (size_t)(lex->end - lex->p));
			if (semicolon == NULL)
				break;
			lex->p = semicolon + 1;
		}
		if ((more = parse_segment(lex, segs)) == -1)
			return (-1);
	}
	return (0);
}

/* Returns 1 if the next one comes without a semicolon, else 0, or -1. */
static int
parse_segment(struct mime_lex *lex, struct segments *segs)
{
	struct segment	*seg = &segs->seg[segs->n];
	struct mime_buf	 b = { 0 };
	int		 more;

	memset(seg, 0, sizeof(*seg));
	if (parse_word(lex, "=;()", &seg->name) == -1)
		return (-1);
	if (seg->name[0] == '\0' || mime_lex_peek(lex) != '=') {
		free(seg->name);
		return (0);
	}
	lex->p++;
	if ((more = parse_argument(lex, &b)) == -1) {
		free(seg->name);
		mime_buf_free(&b);
		return (-1);
	}
	if ((seg->value = take(&b)) == NULL) {
		free(seg->name);
		return (-1);
	}
	split_name(seg);
	segs->n++;
	return (more);
}

/*
 * The value: a quoted string, or else everything up to the semicolon, since
 * senders forget to quote values with spaces; comments at its end are none of
 * it.  Senders forget semicolons too: a name and an equals sign after white
 * space begin another parameter.
 */
static int
parse_argument(struct mime_lex *lex, struct mime_buf *out)
{
	const char	*start, *end;
	int		 c, more = 0;

	if (mime_lex_skip(lex, NULL) == -1)
		return (-1);
	if (mime_lex_peek(lex) == '"') {
		if (mime_lex_quoted(lex, out) == -1 ||
		    mime_lex_skip(lex, NULL) == -1)
			return (-1);
		return (is_attribute(lex));
	}
	start = end = lex->p;
	while (!more && (c = mime_lex_peek(lex)) != -1 && c != ';') {
		mime_lex_pass(lex, ";(");
		end = lex->p;
		if (mime_lex_skip(lex, NULL) == -1)
			return (-1);
		more = lex->p > end && is_attribute(lex);
	}
	if (mime_buf_add(out, start, (size_t)(end - start)) == -1)
		return (-1);
	return (more);
}

/* Tells whether name= is next. */
static int
is_attribute(const struct mime_lex *lex)
{
	struct mime_lex	 ahead = *lex;

	mime_lex_pass(&ahead, MIME_TSPECIALS);
	return (ahead.p > lex->p && mime_lex_peek(&ahead) == '=');
}

/* RFC 2231 section 7: attribute "*" section "*", section of up to 4 digits. */
static void
split_name(struct segment *seg)
{
	char	*star, *p;
	size_t	 len = strlen(seg->name);
	int	 index = 0;

	seg->index = -1;
	if (len > 1 && seg->name[len - 1] == '*') {
		seg->extended = 1;
		seg->name[--len] = '\0';
	}
	if ((star = strrchr(seg->name, '*')) == NULL || star == seg->name ||
	    star[1] == '\0' || strlen(star + 1) > 4)
		return;
	for (p = star + 1; *p != '\0'; p++) {
		if (!isdigit((unsigned char)*p))
			return;
		index = index * 10 + (*p - '0');
	}
	*star = '\0';
	seg->index = index;
}

/*
 * Makes the parameters in the order of their first segments.  A segment 0
 * takes 1, 2, 3 and so on with it, wherever they are; what has no place in
 * such a row comes last, under the name that it has in the text.
 */
static int
combine(struct segments *segs, struct mime_value *v)
{
	size_t	 i;

	if (segs->n == 0)
		return (0);
	if ((v->params = calloc(segs->n, sizeof(*v->params))) == NULL)
		return (-1);
	for (i = 0; i < segs->n; i++) {
		if (segs->seg[i].used || segs->seg[i].index > 0)
			continue;
		if (combine_one(segs, i, &v->params[v->nparams]) == -1)
			return (-1);
		v->nparams++;
	}
	for (i = 0; i < segs->n; i++) {
		if (segs->seg[i].used)
			continue;
		if (take_alone(&segs->seg[i], &v->params[v->nparams]) == -1)
			return (-1);
		v->nparams++;
	}
	return (0);
}

static int
combine_one(struct segments *segs, size_t first, struct mime_param *param)
{
	struct segment	*list[MIME_PARAMS_MAX], *seg = &segs->seg[first];
	struct mime_buf	 name = { 0 }, value = { 0 };
	size_t		 i, n = 0;
	int		 extended = 0, index;

	do {
		index = seg->index;
		seg->used = 1;
		extended |= seg->extended;
		list[n++] = seg;
	} while (index != -1 && n < MIME_PARAMS_MAX &&
	    (seg = find(segs, seg->name, index + 1)) != NULL);
	for (i = 0; i < n; i++) {
		if (add_value(&value, list[i], extended) == -1)
			goto fail;
	}
	if (mime_buf_add(&name, list[0]->name, strlen(list[0]->name)) == -1 ||
	    (extended && mime_buf_addc(&name, '*') == -1))
		goto fail;
	param->name = take(&name);
	param->value = take(&value);
	if (param->name == NULL || param->value == NULL) {
		free(param->name);
		free(param->value);
		return (-1);
	}
	return (0);
fail:
	mime_buf_free(&name);
	mime_buf_free(&value);
	return (-1);
}

static int
take_alone(struct segment *seg, struct mime_param *param)
{
	param->value = seg->value;
	seg->value = NULL;
	seg->used = 1;
	if (asprintf(&param->name, "%s*%d%s", seg->name, seg->index,
	    seg->extended ? "*" : "") != -1)
		return (0);
	free(param->value);
	memset(param, 0, sizeof(*param));
	return (-1);
}

/* A plain segment of an extended parameter is percent-encoded to match. */
static int
add_value(struct mime_buf *out, const struct segment *seg, int extended)
{
	static const char	 hex[] = "0123456789ABCDEF";
	const unsigned char	*p;
	char			 enc[3];

	if (!extended || seg->extended)
		return (mime_buf_add(out, seg->value, strlen(seg->value)));
	if (seg->index <= 0 && mime_buf_add(out, "''", 2) == -1)
		return (-1);
	for (p = (const unsigned char *)seg->value; *p != '\0'; p++) {
		if (isalnum(*p) || strchr("-._~+!#$&^`{|}", *p) != NULL) {
			if (mime_buf_addc(out, *p) == -1)
				return (-1);
			continue;
		}
		enc[0] = '%';
		enc[1] = hex[*p >> 4];
		enc[2] = hex[*p & 15];
		if (mime_buf_add(out, enc, 3) == -1)
			return (-1);
	}
	return (0);
}

static struct segment *
find(struct segments *segs, const char *name, int index)
{
	struct segment	*seg;
	size_t		 i;

	for (i = 0; i < segs->n; i++) {
		seg = &segs->seg[i];
		if (!seg->used && seg->index == index &&
		    strcasecmp(seg->name, name) == 0)
			return (seg);
	}
	return (NULL);
}

static void
segments_free(struct segments *segs)
{
	size_t	 i;

	for (i = 0; i < segs->n; i++) {
		free(segs->seg[i].name);
		free(segs->seg[i].value);
	}
	free(segs);
}

int
mime_value_retype(struct mime_value *v, const char *type, const char *subtype)
{
	char	*t, *s;

	t = strdup(type);
	s = strdup(subtype);
	if (t == NULL || s == NULL) {
		free(t);
		free(s);
		return (-1);
	}
	free(v->type);
	free(v->subtype);
	v->type = t;
	v->subtype = s;
	return (0);
}

void
mime_value_free(struct mime_value *v)
{
	size_t	 i;

	if (v == NULL)
		return;
	for (i = 0; i < v->nparams; i++) {
		free(v->params[i].name);
		free(v->params[i].value);
	}
	free(v->params);
	free(v->type);
	free(v->subtype);
	memset(v, 0, sizeof(*v));
}

const char *
mime_value_param(const struct mime_value *v, const char *name)
{
	size_t	 i;

	for (i = 0; i < v->nparams; i++) {
		if (strcasecmp(v->params[i].name, name) == 0)
			return (v->params[i].value);
	}
	return (NULL);
}

int
mime_value_plain(const struct mime_value *v, const char *name, char **value)
{
	const char	*plain;
	char		*extended;

	*value = NULL;
	if ((plain = mime_value_param(v, name)) != NULL)
		return ((*value = strdup(plain)) == NULL ? -1 : 0);
	if (asprintf(&extended, "%s*", name) == -1)
		return (-1);
	plain = mime_value_param(v, extended);
	free(extended);
	if (plain == NULL)
		return (0);
	if ((*value = strdup(plain)) == NULL)
		return (-1);
	decode(*value);
	return (0);
}

/* Makes charset'language'text of it the text. */
static void
decode(char *value)
{
	unsigned int	 c;
	char		*p, *out = value;

	if ((p = strchr(value, '\'')) == NULL ||
	    (p = strchr(p + 1, '\'')) == NULL)
		p = value;
	else
		p++;
	for (; *p != '\0'; p++) {
		if (*p == '%' && isxdigit((unsigned char)p[1]) &&
		    isxdigit((unsigned char)p[2]) &&
		    sscanf(p + 1, "%2x", &c) == 1 && c != 0) {
			*out++ = (char)c;
			p += 2;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
}
