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

#include <stdlib.h>
#include <string.h>

#include "imapd/names.h"

static int	compare(const void *, const void *);
static int	compare_prefix(const char *, const char *, char);

void
names_init(struct names *s)
{
	memset(s, 0, sizeof(*s));
}

void
names_free(struct names *s)
{
	size_t	 i;

	for (i = 0; i < s->n; i++)
		free(s->name[i]);
	free(s->name);
	memset(s, 0, sizeof(*s));
}

int
names_append(struct names *s, const char *name)
{
	char	**grown;
	size_t	  cap;

	if (s->n == s->cap) {
		cap = s->cap == 0 ? 32 : 2 * s->cap;
		grown = reallocarray(s->name, cap, sizeof(*grown));
		if (grown == NULL)
			return (-1);
		s->name = grown;
		s->cap = cap;
	}
	if ((s->name[s->n] = strdup(name)) == NULL)
		return (-1);
	s->n++;
	return (0);
}

static int
compare(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

void
names_sort(struct names *s)
{
	size_t	 i, kept;

	if (s->n == 0)
		return;
	qsort(s->name, s->n, sizeof(*s->name), compare);
	for (i = kept = 1; i < s->n; i++) {
		if (strcmp(s->name[i], s->name[kept - 1]) == 0)
			free(s->name[i]);
		else
			s->name[kept++] = s->name[i];
	}
	s->n = kept;
}

size_t
names_find(const struct names *s, const char *name, int *found)
{
	size_t	 lo, hi, mid;
	int	 c;

	lo = 0;
	hi = s->n;
	*found = 0;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((c = strcmp(s->name[mid], name)) == 0) {
			*found = 1;
			return (mid);
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

int
names_add(struct names *s, const char *name)
{
	char	*added;
	size_t	 at;
	int	 found;

	at = names_find(s, name, &found);
	if (found)
		return (0);
	if (names_append(s, name) == -1)
		return (-1);
	added = s->name[s->n - 1];
	memmove(s->name + at + 1, s->name + at,
	    (s->n - 1 - at) * sizeof(*s->name));
	s->name[at] = added;
	return (0);
}

void
names_remove(struct names *s, const char *name)
{
	size_t	 at;
	int	 found;

	at = names_find(s, name, &found);
	if (!found)
		return;
	free(s->name[at]);
	s->n--;
	memmove(s->name + at, s->name + at + 1,
	    (s->n - at) * sizeof(*s->name));
}

/* Compares a name with the parent's followed by the separator: 0 if the name
 * begins so. */
static int
compare_prefix(const char *name, const char *parent, char separator)
{
	size_t	 len;
	int	 c;

	len = strlen(parent);
	if ((c = strncmp(name, parent, len)) != 0)
		return (c);
	return ((unsigned char)name[len] - (unsigned char)separator);
}

int
names_children(const struct names *s, char separator, const char *parent)
{
	size_t	 lo, hi, mid;
	int	 c;

	lo = 0;
	hi = s->n;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((c = compare_prefix(s->name[mid], parent, separator)) == 0)
			return (1);
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (0);
}
