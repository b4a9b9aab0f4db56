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


#include <err.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dlg.h"

/*
 * A pattern is compiled to a POSIX extended regular expression; one with
 * groups of any order, to one after the other for each order.
 */

#define PATTERN_VARS	32	/* variables bound by one pattern */
#define PATTERN_UNITS	8	/* members of one group of any order */
#define PATTERN_GROUPS	64	/* parentheses in one expression */

struct binding {
	char	*name;
	size_t	 group;		/* the parentheses that hold its value */
};

struct regex {
	char		*text;
	size_t		 len;
	size_t		 groups;
	struct binding	 bind[PATTERN_VARS];
	size_t		 nbind;
};

static void	 add(struct regex *, const char *, size_t);
static void	 add_quoted(struct regex *, const char *, size_t);
static void	 add_regex(struct regex *, const char *, size_t);
static const char *
		 add_var(struct regex *, const char *);
static int	 translate(struct regex *, const char *, char *, size_t);
static void	 regex_clear(struct regex *);
static int	 bind_vars(const struct regex *, const char *,
		    const regmatch_t *);
static int	 match_one(const char *, const char *, char *, size_t);
static size_t	 split(const char *, size_t, const char **, size_t *);
static void	 swap(const char **, size_t *, size_t, size_t);
static int	 permute(const char *, size_t, const char *, const char *,
		    const char **, size_t *, size_t, size_t, const char *,
		    char *, size_t);

static void
add(struct regex *r, const char *s, size_t n)
{
	if ((r->text = realloc(r->text, r->len + n + 1)) == NULL)
		err(2, NULL);
	memcpy(r->text + r->len, s, n);
	r->len += n;
	r->text[r->len] = '\0';
}

static void
add_quoted(struct regex *r, const char *s, size_t n)
{
	for (; n > 0; s++, n--) {
		if (strchr(".[]{}()*+?^$|\\", *s) != NULL)
			add(r, "\\", 1);
		add(r, s, 1);
	}
}

/* A piece that is a regular expression already: count its parentheses. */
static void
add_regex(struct regex *r, const char *s, size_t n)
{
	size_t	 i;
	int	 bracket;

	r->groups++;
	add(r, "(", 1);
	add(r, s, n);
	add(r, ")", 1);
	bracket = 0;
	for (i = 0; i < n; i++) {
		if (!bracket && s[i] == '\\')
			i++;
		else if (!bracket && s[i] == '(')
			r->groups++;
		else if (!bracket && s[i] == '[') {
			bracket = 1;
			if (s[i + 1] == '^')
				i++;
			if (s[i + 1] == ']')
				i++;
		} else if (s[i] == ']')
			bracket = 0;
	}
}

/* Translates the variable at s, behind its '$'; returns what follows it. */
static const char *
add_var(struct regex *r, const char *s)
{
	static const char	 token[] = "[^][ (){}\"]+";
	const char		*value, *re, *end;
	char			*name;
	size_t			 n, relen;
	int			 brace, depth;

	brace = *s == '{';
	s += brace;
	n = vars_namelen(s);
	if ((name = strndup(s, n)) == NULL)
		err(2, NULL);
	re = token;
	relen = sizeof(token) - 1;
	end = s + n;
	if (brace && *end == ':') {
		re = ++end;
		for (depth = 1; *end != '\0'; end++)
			if (*end == '{')
				depth++;
			else if (*end == '}' && --depth == 0)
				break;
		relen = (size_t)(end - re);
	}
	if (brace && *end++ != '}') {
		free(name);
		return (NULL);
	}
	if ((value = vars_get(name)) != NULL) {
		add_quoted(r, value, strlen(value));
		free(name);
		return (end);
	}
	if (r->nbind == PATTERN_VARS) {
		free(name);
		return (NULL);
	}
	r->bind[r->nbind].name = name;
	r->bind[r->nbind++].group = r->groups + 1;
	add_regex(r, re, relen);
	return (end);
}

static int
translate(struct regex *r, const char *p, char *errbuf, size_t size)
{
	const char	*end;

	add(r, "^", 1);
	while (*p != '\0') {
		if (strncmp(p, "{{", 2) == 0) {
			if ((end = strstr(p, "}}")) == NULL) {
				(void)snprintf(errbuf, size, "{{ without }}");
				return (-1);
			}
			while (end[2] == '}')
				end++;
			add_regex(r, p + 2, end - p - 2);
			p = end + 2;
		} else if (strncmp(p, "...", 3) == 0) {
			add(r, ".*", 2);
			p += 3;
		} else if (strncmp(p, "$$", 2) == 0) {
			add_quoted(r, "$", 1);
			p += 2;
		} else if (*p == '$' && vars_namelen(p + 1 +
		    (p[1] == '{')) > 0) {
			if ((p = add_var(r, p + 1)) == NULL) {
				(void)snprintf(errbuf, size, "bad variable");
				return (-1);
			}
		} else
			add_quoted(r, p++, 1);
	}
	add(r, "$", 1);
	if (r->groups >= PATTERN_GROUPS) {
		(void)snprintf(errbuf, size, "too many pieces");
		return (-1);
	}
	return (0);
}

static void
regex_clear(struct regex *r)
{
	size_t	 i;

	for (i = 0; i < r->nbind; i++)
		free(r->bind[i].name);
	free(r->text);
}

/*
 * Binds what matched.  Returns 0 if one variable, seen twice in the
 * pattern, would have two values.
 */
static int
bind_vars(const struct regex *r, const char *line, const regmatch_t *m)
{
	char	*values[PATTERN_VARS];
	size_t	 i, j;
	int	 ok;

	ok = 1;
	for (i = 0; i < r->nbind; i++) {
		const regmatch_t	*g = &m[r->bind[i].group];

		if (g->rm_so == -1)
			values[i] = strdup("");
		else
			values[i] = strndup(line + g->rm_so,
			    (size_t)(g->rm_eo - g->rm_so));
		if (values[i] == NULL)
			err(2, NULL);
		for (j = 0; j < i; j++)
			if (strcmp(r->bind[i].name, r->bind[j].name) == 0 &&
			    strcmp(values[i], values[j]) != 0)
				ok = 0;
	}
	for (i = 0; i < r->nbind; i++) {
		if (ok)
			vars_set(r->bind[i].name, values[i]);
		free(values[i]);
	}
	return (ok);
}

static int
match_one(const char *pattern, const char *line, char *errbuf, size_t size)
{
	struct regex	 r;
	regex_t		 re;
	regmatch_t	 m[PATTERN_GROUPS + 1];
	int		 ret;

	memset(&r, 0, sizeof(r));
	ret = -1;
	if (translate(&r, pattern, errbuf, size) == -1)
		goto out;
	if ((ret = regcomp(&re, r.text, REG_EXTENDED)) != 0) {
		(void)regerror(ret, &re, errbuf, size);
		ret = -1;
		goto out;
	}
	ret = regexec(&re, line, PATTERN_GROUPS + 1, m, 0) == 0 &&
	    bind_vars(&r, line, m);
	regfree(&re);
out:
	regex_clear(&r);
	return (ret);
}

/* Splits the inside of a group at '|', outside of {{ }}. */
static size_t
split(const char *s, size_t n, const char **units, size_t *lens)
{
	size_t	 count, i, start;
	int	 depth;

	count = start = 0;
	depth = 0;
	for (i = 0; i <= n; i++) {
		if (i < n && strncmp(s + i, "{{", 2) == 0)
			depth++;
		else if (i < n && strncmp(s + i, "}}", 2) == 0)
			depth--;
		if (i < n && (s[i] != '|' || depth > 0))
			continue;
		if (count == PATTERN_UNITS)
			return (0);
		units[count] = s + start;
		lens[count] = i - start;
		while (lens[count] > 0 && *units[count] == ' ') {
			units[count]++;
			lens[count]--;
		}
		while (lens[count] > 0 &&
		    units[count][lens[count] - 1] == ' ')
			lens[count]--;
		count++;
		start = i + 1;
	}
	return (count);
}

static void
swap(const char **units, size_t *lens, size_t i, size_t k)
{
	const char	*u;
	size_t		 l;

	u = units[i];
	units[i] = units[k];
	units[k] = u;
	l = lens[i];
	lens[i] = lens[k];
	lens[k] = l;
}

/* Tries each order of the units from the k-th on. */
static int
permute(const char *head, size_t headlen, const char *tail, const char *line,
    const char **units, size_t *lens, size_t n, size_t k, const char *sep,
    char *errbuf, size_t size)
{
	char	*next;
	size_t	 i, l;
	int	 ret;

	ret = 0;
	if (k == n) {
		l = headlen + strlen(tail) + 1;
		if ((next = malloc(l)) == NULL)
			err(2, NULL);
		(void)snprintf(next, l, "%.*s%s", (int)headlen, head, tail);
		ret = pattern_match(next, line, errbuf, size);
		free(next);
		return (ret);
	}
	for (i = k; i < n && ret == 0; i++) {
		swap(units, lens, i, k);
		l = headlen + strlen(sep) + lens[k] + 1;
		if ((next = malloc(l)) == NULL)
			err(2, NULL);
		(void)snprintf(next, l, "%.*s%s%.*s", (int)headlen, head, sep,
		    (int)lens[k], units[k]);
		ret = permute(next, l - 1, tail, line, units, lens, n, k + 1,
		    " ", errbuf, size);
		free(next);
		swap(units, lens, i, k);
	}
	return (ret);
}

int
pattern_match(const char *pattern, const char *line, char *errbuf,
    size_t size)
{
	const char	*end, *start, *p;
	const char	*units[PATTERN_UNITS];
	size_t		 lens[PATTERN_UNITS], n;

	if ((end = strstr(pattern, "~]")) == NULL)
		return (match_one(pattern, line, errbuf, size));
	start = NULL;
	for (p = pattern; p < end; p++)
		if (strncmp(p, "[~", 2) == 0)
			start = p;
	if (start == NULL) {
		(void)snprintf(errbuf, size, "~] without [~");
		return (-1);
	}
	n = split(start + 2, (size_t)(end - start - 2), units, lens);
	if (n == 0) {
		(void)snprintf(errbuf, size, "more than %d in [~ ~]",
		    PATTERN_UNITS);
		return (-1);
	}
	return (permute(pattern, (size_t)(start - pattern), end + 2, line,
	    units, lens, n, 0, "", errbuf, size));
}
