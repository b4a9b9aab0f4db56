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


#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/uidset.h"
#include "imapd/seqset.h"

static const char	*number(const char *, uint32_t *);
static const char	*range(const char *, struct seqset_range *);

/* Reads a seq-number (RFC 3501 §9); returns what follows, or NULL. */
static const char *
number(const char *s, uint32_t *n)
{
	uint64_t	v;

	if (*s == '*') {
		*n = 0;
		return (s + 1);
	}
	if (*s < '1' || *s > '9')	/* nz-number: no leading zero */
		return (NULL);
	for (v = 0; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > UINT32_MAX)
			return (NULL);
	}
	*n = (uint32_t)v;
	return (s);
}

static const char *
range(const char *s, struct seqset_range *r)
{
	if ((s = number(s, &r->a)) == NULL)
		return (NULL);
	r->b = r->a;
	if (*s == ':')
		s = number(s + 1, &r->b);
	return (s);
}

int
seqset_parse(struct seqset *set, const char *text, size_t max)
{
	struct seqset_range	*r;
	size_t			 cap = 0;
	int			 save_errno;

	memset(set, 0, sizeof(*set));
	if (strcmp(text, "$") == 0) {
		set->saved = 1;
		return (0);
	}
	for (;;) {
		if (set->n == max) {
			errno = E2BIG;
			goto fail;
		}
		if (set->n == cap) {
			cap = cap == 0 ? 4 : cap * 2;
			r = reallocarray(set->r, cap, sizeof(*r));
			if (r == NULL)
				goto fail;
			set->r = r;
		}
		if ((text = range(text, &set->r[set->n])) == NULL)
			break;
		set->n++;
		if (*text == '\0')
			return (0);
		if (*text++ != ',')
			break;
	}
	errno = EINVAL;
fail:
	save_errno = errno;
	seqset_free(set);
	errno = save_errno;
	return (-1);
}

void
seqset_free(struct seqset *set)
{
	free(set->r);
	memset(set, 0, sizeof(*set));
}

int
seqset_is(const char *text)
{
	struct seqset_range	r;

	if (strcmp(text, "$") == 0)
		return (1);
	while ((text = range(text, &r)) != NULL) {
		if (*text == '\0')
			return (1);
		if (*text++ != ',')
			break;
	}
	return (0);
}

int
seqset_uids(const struct seqset *set, uint32_t maxuid, struct uidset *out)
{
	uint32_t	a, b;
	size_t		i;

	for (i = 0; i < set->n; i++) {
		a = set->r[i].a;
		b = set->r[i].b;
		if (a == 0 || b == 0) {
			if (maxuid == 0)
				continue;
			a = a == 0 ? maxuid : a;
			b = b == 0 ? maxuid : b;
		}
		if (uidset_add_range(out, a, b) == -1)
			return (-1);
	}
	return (0);
}

int
seqset_numbers(const struct seqset *set, uint32_t exists, struct uidset *out)
{
	uint32_t	a, b;
	size_t		i;

	for (i = 0; i < set->n; i++) {
		a = set->r[i].a == 0 ? exists : set->r[i].a;
		b = set->r[i].b == 0 ? exists : set->r[i].b;
		if (a > exists || b > exists || a == 0 || b == 0) {
			errno = ERANGE;
			return (-1);
		}
		if (uidset_add_range(out, a, b) == -1)
			return (-1);
	}
	return (0);
}
