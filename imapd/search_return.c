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

#include <string.h>
#include <strings.h>

#include "imapd/parser.h"
#include "imapd/search_return.h"

/* The result options: what a search is to return. */

static const char	*partial_number(const char *, int64_t *);
static unsigned int	option(const struct parser_arg *);

/* [-]nz-number; returns what follows, or NULL. */
static const char *
partial_number(const char *s, int64_t *n)
{
	int	negative = *s == '-';

	if (negative)
		s++;
	if (*s < '1' || *s > '9')
		return (NULL);
	for (*n = 0; *s >= '0' && *s <= '9'; s++) {
		*n = *n * 10 + (*s - '0');
		if (*n > UINT32_MAX)
			return (NULL);
	}
	if (negative)
		*n = -*n;
	return (s);
}

int
search_partial_parse(const struct parser_arg *arg, int64_t *first,
    int64_t *last)
{
	const char	*s;

	if (parser_atom(arg, &s) == -1 ||
	    (s = partial_number(s, first)) == NULL || *s++ != ':' ||
	    (s = partial_number(s, last)) == NULL || *s != '\0')
		return (-1);
	return ((*first < 0) == (*last < 0) ? 0 : -1);
}

uint64_t
search_partial(int64_t first, int64_t last, uint64_t n, uint64_t *from)
{
	int64_t	lo, hi, count = n > INT64_MAX ? INT64_MAX : (int64_t)n;

	/* 500:400 is 400:500, -500:-400 is -400:-500. */
	lo = first < last ? first : last;
	hi = first < last ? last : first;
	if (lo < 0) {
		lo += count + 1;
		hi += count + 1;
	}
	if (lo < 1)
		lo = 1;
	if (hi > count)
		hi = count;
	*from = (uint64_t)(lo - 1);
	return (lo > hi ? 0 : (uint64_t)(hi - lo + 1));
}

static unsigned int
option(const struct parser_arg *arg)
{
	static const struct {
		const char	*name;
		unsigned int	 what;
	}		names[] = {
		{ "ALL", RETURN_ALL },
		{ "COUNT", RETURN_COUNT },
		{ "MAX", RETURN_MAX },
		{ "MIN", RETURN_MIN },
		{ "PARTIAL", RETURN_PARTIAL },
		{ "SAVE", RETURN_SAVE }
	};
	size_t		i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (parser_is(arg, names[i].name))
			return (names[i].what);
	}
	return (0);
}

int
search_return_parse(struct search_return *ret,
    const struct parser_arg **arg, const char **why)
{
	const struct parser_arg	*list, *a;
	unsigned int		 what;

	memset(ret, 0, sizeof(*ret));
	if (!parser_is(*arg, "RETURN"))
		return (0);
	*why = "List of results expected";
	list = (*arg)->next;
	if (list == NULL || list->type != PARSER_LIST)
		return (-1);
	for (a = list->child; a != NULL; a = a->next) {
		*why = "Unknown or repeated result";
		if ((what = option(a)) == 0 || (ret->what & what) != 0)
			return (-1);
		ret->what |= what;
		if (what != RETURN_PARTIAL)
			continue;
		*why = "Range expected, as in 1:500 or -1:-100";
		a = a->next;
		if (search_partial_parse(a, &ret->first, &ret->last) == -1)
			return (-1);
	}
	/* RFC 9394 section 3.1. */
	*why = "ALL or PARTIAL, not both";
	if ((ret->what & RETURN_ALL) && (ret->what & RETURN_PARTIAL))
		return (-1);
	ret->given = 1;
	if (ret->what == 0)
		ret->what = RETURN_ALL;
	*arg = list->next;
	return (0);
}
