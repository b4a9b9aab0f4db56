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
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/table_unit.h"
#include "indexd/salvage.h"
#include "indexd/store.h"

/* A new table of what is sound of a damaged one. */

struct rebuild {
	struct table	*t;
	struct head	*head;
	uint32_t	*kw;
	char		 word[TABLE_KEYWORDS][TABLE_KWLEN + 1];
};

static int	add_name(struct rebuild *, const char *, uint32_t *);
static int	taken(const struct rebuild *, unsigned int, const char *);
static int	choose_words(struct rebuild *, const struct salvage *,
		    const struct words *);
static int	put_words(struct rebuild *);
static int	put_row(struct rebuild *, struct tree_bits *, struct row *,
		    const char *);

static int
add_name(struct rebuild *rb, const char *name, uint32_t *unit)
{
	size_t len = strlen(name);
	uint64_t at;

	at = name_place(rb->head->nnames, len);
	if (at + name_units(len) > UINT32_MAX) {
		errno = E2BIG;
		return (-1);
	}
	if (writer_reserve(rb->t, TABLE_NAMES, at + name_units(len)) == -1)
		return (-1);
	writer_name(rb->t, (uint32_t)at, name, len);
	rb->head->nnames = at + name_units(len);
	*unit = (uint32_t)at;
	return (0);
}

/* Whether one of the first n is the same (RFC 3501 section 2.3.2). */
static int
taken(const struct rebuild *rb, unsigned int n, const char *name)
{
	while (n-- > 0)
		if (strcasecmp(rb->word[n], name) == 0)
			return (1);
	return (0);
}

/*
 * Each keyword keeps its place, which is that of its letter in the names of
 * files.  Its name is the table's, or the folder's; one that nobody knows any
 * more is made up, so that what carries it does not lose it.
 */
static int
choose_words(struct rebuild *rb, const struct salvage *s,
    const struct words *w)
{
	char name[TABLE_KWLEN + 1];
	unsigned int i, n;

	n = s->head_ok ? s->h->nkeywords : w->n;
	for (i = n; !s->head_ok && i < TABLE_KEYWORDS; i++)
		if (salvage_keyword(s, i, name))
			n = i + 1;
	for (i = 0; i < n; i++) {
		if (i < w->n && !s->head_ok)
			(void)strlcpy(name, w->keyword[i], sizeof(name));
		else if (!salvage_keyword(s, i, name))
			(void)strlcpy(name, i < w->n ? w->keyword[i] : "",
			    sizeof(name));
		if (name[0] == '\0' || taken(rb, i, name))
			(void)snprintf(name, sizeof(name), "unknown-%u", i);
		(void)strlcpy(rb->word[i], name, sizeof(rb->word[i]));
	}
	rb->head->nkeywords = n;
	return (put_words(rb));
}

static int
put_words(struct rebuild *rb)
{
	unsigned int i;

	for (i = 0; i < rb->head->nkeywords; i++)
		if (add_name(rb, rb->word[i], &rb->kw[i]) == -1)
			return (-1);
	return (0);
}

static int
put_row(struct rebuild *rb, struct tree_bits *bits, struct row *row,
    const char *name)
{
	struct head *head = rb->head;
	uint64_t n = head->nrows;

	if (head->nkeywords < TABLE_KEYWORDS)
		row->keywords &= (1ULL << head->nkeywords) - 1;
	row->modseq = head->highestmodseq;
	row->seq = 0;
	if (writer_reserve(rb->t, TABLE_ROWS, n + 1) == -1 ||
	    writer_reserve(rb->t, TABLE_BLOCKS, n / TABLE_BLOCK + 1) == -1 ||
	    writer_reserve(rb->t, TABLE_GROUPS, n / TABLE_GROUP + 1) == -1 ||
	    add_name(rb, name, &row->name) == -1)
		return (-1);
	row->sum = table_row_sum(row);
	writer_row(rb->t, n, row);
	tree_set(rb->t, bits, n, row, head->nkeywords);
	head->nrows++;
	if ((row->flags & ROW_EXPUNGED) == 0)
		head->messages++;
	return (0);
}

/*
 * Tombstones go, but those whose file may be there: it would come back as a
 * message.  The change log goes too; the horizons say so.  Without rows only
 * the keywords are taken over.
 */
int
rebuild(struct table *t, struct head *head, uint32_t *kw,
    struct salvage *s, int rows, const struct words *w)
{
	struct rebuild rb = { .t = t, .head = head, .kw = kw };
	char name[TABLE_NAMELEN + 1];
	struct tree_bits bits;
	uint64_t bytes = 0;
	struct row row;
	size_t i;
	int r;

	if (choose_words(&rb, s, w) == -1)
		return (-1);
	if (!rows)
		return (0);
	tree_begin(&bits, 0);
	for (i = 0, r = 0; i < s->n && r == 0; i++) {
		if (salvage_row(s, i, &row, name) == -1) {
			s->lost++;
			continue;
		}
		if ((row.flags & ROW_EXPUNGED) && !(row.flags & ROW_FILE))
			continue;
		if ((row.flags & ROW_EXPUNGED) == 0)
			bytes += row.size;
		r = put_row(&rb, &bits, &row, name);
	}
	tree_end(t, &bits);
	writer_counts(t, bits.live, bits.unseen, bits.deleted, bits.behind,
	    bytes);
	return (r);
}
