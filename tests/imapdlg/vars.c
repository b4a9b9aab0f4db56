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
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dlg.h"

struct var {
	struct var	*next;
	char		*name;
	char		*value;
};

static struct var	*vars;

static struct var	*find(const char *, size_t);
static char		*append(char *, size_t *, const char *, size_t);

static struct var *
find(const char *name, size_t len)
{
	struct var	*v;

	for (v = vars; v != NULL; v = v->next)
		if (strlen(v->name) == len &&
		    strncmp(v->name, name, len) == 0)
			return (v);
	return (NULL);
}

void
vars_set(const char *name, const char *value)
{
	struct var	*v;

	if ((v = find(name, strlen(name))) == NULL) {
		if ((v = calloc(1, sizeof(*v))) == NULL ||
		    (v->name = strdup(name)) == NULL)
			err(2, NULL);
		v->next = vars;
		vars = v;
	}
	free(v->value);
	if ((v->value = strdup(value)) == NULL ||
	    setenv(name, value, 1) == -1)
		err(2, NULL);
}

const char *
vars_get(const char *name)
{
	struct var	*v;

	v = find(name, strlen(name));
	return (v == NULL ? NULL : v->value);
}

void
vars_unset(const char *name)
{
	struct var	**vp, *v;

	for (vp = &vars; (v = *vp) != NULL; vp = &v->next) {
		if (strcmp(v->name, name) != 0)
			continue;
		*vp = v->next;
		free(v->name);
		free(v->value);
		free(v);
		if (unsetenv(name) == -1)
			err(2, NULL);
		return;
	}
}

size_t
vars_namelen(const char *text)
{
	size_t	 n;

	if (!isalpha((unsigned char)text[0]) && text[0] != '_')
		return (0);
	for (n = 1; isalnum((unsigned char)text[n]) || text[n] == '_'; n++)
		;
	return (n);
}

static char *
append(char *s, size_t *len, const char *add, size_t n)
{
	if ((s = realloc(s, *len + n + 1)) == NULL)
		err(2, NULL);
	memcpy(s + *len, add, n);
	*len += n;
	s[*len] = '\0';
	return (s);
}

char *
vars_expand(const char *text, char *missing, size_t size)
{
	struct var	*v;
	const char	*name;
	char		*out;
	size_t		 len, n;

	len = 0;
	out = append(NULL, &len, "", 0);
	while (*text != '\0') {
		if (text[0] != '$') {
			out = append(out, &len, text++, 1);
			continue;
		}
		name = text + 1 + (text[1] == '{');
		if ((n = vars_namelen(name)) == 0 ||
		    (text[1] == '{' && name[n] != '}')) {
			out = append(out, &len, "$", 1);
			text += text[1] == '$' ? 2 : 1;
			continue;
		}
		if ((v = find(name, n)) == NULL) {
			(void)snprintf(missing, size, "%.*s", (int)n, name);
			free(out);
			return (NULL);
		}
		out = append(out, &len, v->value, strlen(v->value));
		text = name + n + (text[1] == '{');
	}
	return (out);
}
