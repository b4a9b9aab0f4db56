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

#include "imapd/parser.h"
#include "imapd/sort.h"

/* By number: enum sort_criterion. */
static const char *const names[SORT_CRITERIA] = {
	"ARRIVAL", "CC", "DATE", "DISPLAYFROM", "DISPLAYTO", "FROM", "SIZE",
	"SUBJECT", "TO"
};

static void	add(struct sort_program *, int, int);
static int	find(const struct parser_arg *);

static int
find(const struct parser_arg *arg)
{
	int	i;

	for (i = 0; i < SORT_CRITERIA; i++) {
		if (parser_is(arg, names[i]))
			return (i);
	}
	return (-1);
}

static void
add(struct sort_program *program, int criterion, int reverse)
{
	size_t	i;

	for (i = 0; i < program->n; i++) {
		if (program->step[i].criterion ==
		    (enum sort_criterion)criterion)
			return;
	}
	program->step[i].criterion = (enum sort_criterion)criterion;
	program->step[i].reverse = reverse;
	program->n++;
	if (criterion == SORT_SIZE)
		program->size = 1;
	else if (criterion != SORT_ARRIVAL)
		program->keys = 1;
}

int
sort_parse(struct sort_program *program, const struct parser_arg *list,
    const char **why)
{
	const struct parser_arg	*arg;
	int			 criterion, reverse;

	memset(program, 0, sizeof(*program));
	*why = "List of sort criteria expected";
	if (list == NULL || list->type != PARSER_LIST || list->child == NULL)
		return (-1);
	*why = "Unknown sort criterion";
	for (arg = list->child; arg != NULL; arg = arg->next) {
		if ((reverse = parser_is(arg, "REVERSE")))
			arg = arg->next;
		if ((criterion = find(arg)) == -1)
			return (-1);
		add(program, criterion, reverse);
	}
	return (0);
}
