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
#include <stdatomic.h>
#include <stdint.h>

#include "tests/lib/exercise.h"

#define MOST	2000	/* rows and entries looked at */

static int	asked(int, unsigned int *);
static int	rows(struct table *, uint64_t, unsigned int *);
static int	tree(struct table *, uint64_t, unsigned int *);
static int	entries(struct table *, uint64_t, unsigned int *);

/* Counts an error; 1 if it is to stop. */
static int
asked(int r, unsigned int *errors)
{
	if (r == 0 || errno == ENOENT)
		return (0);
	(*errors)++;
	return (errno == EAGAIN);
}

static int
rows(struct table *t, uint64_t nrows, unsigned int *errors)
{
	char name[TABLE_NAMELEN + 1];
	struct row row;
	uint64_t n, pos;

	for (n = 0; n < nrows && n < MOST; n++) {
		row.uid = 0;
		if (asked(table_row(t, n, &row), errors) ||
		    asked(table_row_name(t, n, &row, name), errors) ||
		    asked(table_find(t, row.uid, &pos), errors))
			return (1);
	}
	return (asked(table_find(t, UINT32_MAX, &pos), errors) ||
	    asked(table_row(t, nrows - 1, &row), errors));
}

static int
tree(struct table *t, uint64_t nrows, unsigned int *errors)
{
	enum table_bitmap b;
	uint64_t n, at;
	uint32_t rank;

	for (n = 0; n < nrows && n < MOST; n += 1 + n / 64) {
		rank = 0;
		if (asked(table_rank(t, n, &rank), errors) ||
		    asked(table_nth(t, (uint32_t)n, &at), errors))
			return (1);
		for (b = TABLE_LIVE; b <= TABLE_BEHIND; b++)
			if (asked(table_next(t, b, n, &at), errors))
				return (1);
	}
	return (asked(table_rank(t, nrows, &rank), errors));
}

static int
entries(struct table *t, uint64_t nlog, unsigned int *errors)
{
	struct change c;
	uint64_t n, at;

	for (n = 0; n < nlog && n < MOST; n++) {
		c.modseq = 0;
		if (asked(table_change(t, n, &c), errors) ||
		    asked(table_change_since(t, c.modseq, &at), errors))
			return (1);
	}
	return (asked(table_change(t, nlog - 1, &c), errors));
}

unsigned int
exercise(struct table *t)
{
	struct table_state s;
	char name[TABLE_FOLDERLEN + 1];
	uint64_t nrows, nlog;
	uint32_t seq;
	unsigned int errors = 0, i;

	if (asked(table_state(t, &s), &errors) ||
	    asked(table_expunges(t, &seq), &errors) ||
	    asked(table_folder(t, name), &errors))
		return (errors);
	for (i = 0; i < TABLE_KEYWORDS; i++)
		asked(table_keyword(t, i, name), &errors);
	nrows = atomic_load(&t->h->nrows);
	nlog = atomic_load(&t->h->nlog);
	if (rows(t, nrows, &errors) || tree(t, nrows, &errors) ||
	    entries(t, nlog, &errors))
		return (errors);
	return (errors);
}
