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

struct text {
	char		*s;
	size_t		 len;
	size_t		 size;
};

static struct var	*vars;

static struct var	*find(const char *, size_t);
static void		 append(struct text *, const char *, size_t);

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

static void
append(struct text *t, const char *add, size_t n)
{
	if (t->size - t->len <= n) {
		t->size = (t->size + n + 1) * 2;
		if ((t->s = realloc(t->s, t->size)) == NULL)
			err(2, NULL);
	}
	memcpy(t->s + t->len, add, n);
	t->len += n;
	t->s[t->len] = '\0';
}

char *
vars_expand(const char *text, char *missing, size_t size)
{
	struct var	*v;
	const char	*name;
	struct text	 out;
	size_t		 n;

	memset(&out, 0, sizeof(out));
	append(&out, "", 0);
	while (*text != '\0') {
		if (text[0] != '$') {
			append(&out, text++, 1);
			continue;
		}
		name = text + 1 + (text[1] == '{');
		if ((n = vars_namelen(name)) == 0 ||
		    (text[1] == '{' && name[n] != '}')) {
			append(&out, "$", 1);
			text += text[1] == '$' ? 2 : 1;
			continue;
		}
		if ((v = find(name, n)) == NULL) {
			(void)snprintf(missing, size, "%.*s", (int)n, name);
			free(out.s);
			return (NULL);
		}
		append(&out, v->value, strlen(v->value));
		text = name + n + (text[1] == '{');
	}
	return (out.s);
}
