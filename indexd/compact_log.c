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
#include <stdlib.h>
#include <string.h>

#include "indexd/compact.h"

/*
 * What a new generation keeps of the change log: every entry that is the
 * last one of some message, the newest of the others, so that who has just
 * looked learns which flags changed since, expunges merged to ranges, and
 * all that came since the compaction began.
 */

static int	by_uid(const void *, const void *);
static int	by_modseq(const void *, const void *);
static int	live_between(struct mailbox *, uint32_t, uint32_t);
static void	forget(struct compact *);
static int	write_entry(struct compact *, const struct change *);
static int	write_gone(struct compact *, uint64_t);
static int	needed(struct mailbox *, const struct change *, uint64_t *);

/* Collects the expunges up to the beginning and counts the rest; 1 when that
 * is done. */
int
compact_collect(struct mailbox *mb, uint64_t max)
{
	struct compact *c = mb->compact;
	struct change ch, *p;
	size_t cap;
	uint64_t i;

	for (i = 0; i < max; i++, c->entry++) {
		if (c->entry < mb->pub.nlog &&
		    table_change(&mb->t, c->entry, &ch) == -1)
			return (-1);
		if (c->entry >= mb->pub.nlog || ch.modseq > c->begin) {
			c->entry = 0;
			c->old -= c->old > compact_history ?
			    compact_history : c->old;
			return (1);
		}
		if (ch.what != CHANGE_EXPUNGE) {
			c->old++;
			continue;
		}
		if (c->ngone == c->gonecap) {
			cap = c->gonecap == 0 ? 256 : c->gonecap * 2;
			p = reallocarray(c->gone, cap, sizeof(*p));
			if (p == NULL)
				return (-1);
			c->gone = p;
			c->gonecap = cap;
		}
		c->gone[c->ngone++] = ch;
	}
	return (0);
}

static int
by_uid(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return (x->uid < y->uid ? -1 : x->uid > y->uid);
}

static int
by_modseq(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->modseq != y->modseq)
		return (x->modseq < y->modseq ? -1 : 1);
	return (by_uid(a, b));
}

/* Whether a message lives whose UID is between these two: 1, 0, or -1. */
static int
live_between(struct mailbox *mb, uint32_t a, uint32_t b)
{
	struct row row;
	uint64_t n;

	if (b <= a + 1)
		return (0);
	if (table_find(&mb->t, a + 1, &n) == -1)
		return (-1);
	if (table_next(&mb->t, TABLE_LIVE, n, &n) == -1)
		return (errno == ENOENT ? 0 : -1);
	if (table_row(&mb->t, n, &row) == -1)
		return (-1);
	return (row.uid < b);
}

/*
 * Ranges between which nothing lives become one, with the highest modseq of
 * them; 1 when that is done.  What is found dead stays so while other steps
 * are made.
 */
int
compact_merge(struct mailbox *mb, uint64_t max)
{
	struct compact *c = mb->compact;
	struct change *last, *ch;
	uint64_t i;
	int live;

	if (c->merge == 0 && c->ngone > 0)
		qsort(c->gone, c->ngone, sizeof(*c->gone), by_uid);
	for (i = 0; i < max && c->merge < c->ngone; i++, c->merge++) {
		ch = &c->gone[c->merge];
		last = c->merged > 0 ? &c->gone[c->merged - 1] : NULL;
		live = 1;
		if (last != NULL)
			live = live_between(mb, last->last, ch->uid);
		if (live == -1)
			return (-1);
		if (live) {
			c->gone[c->merged++] = *ch;
			continue;
		}
		if (ch->last > last->last)
			last->last = ch->last;
		if (ch->modseq > last->modseq)
			last->modseq = ch->modseq;
	}
	if (c->merge < c->ngone)
		return (0);
	forget(c);
	return (1);
}

/* Of more ranges than are kept the oldest go, and the horizon says so. */
static void
forget(struct compact *c)
{
	size_t drop;

	c->ngone = c->merged;
	if (c->ngone > 0)
		qsort(c->gone, c->ngone, sizeof(*c->gone), by_modseq);
	if (c->ngone <= compact_ranges)
		return;
	drop = c->ngone - (size_t)compact_ranges;
	c->head.expunge_horizon = c->gone[drop - 1].modseq;
	c->ngone -= drop;
	memmove(c->gone, c->gone + drop, c->ngone * sizeof(*c->gone));
}

static int
write_entry(struct compact *c, const struct change *ch)
{
	if (writer_reserve(&c->t, TABLE_LOG, c->head.nlog + 1) == -1)
		return (-1);
	writer_change(&c->t, c->head.nlog++, ch);
	return (0);
}

/* The expunges up to a modseq. */
static int
write_gone(struct compact *c, uint64_t modseq)
{
	while (c->written < c->ngone && c->gone[c->written].modseq <= modseq)
		if (write_entry(c, &c->gone[c->written++]) == -1)
			return (-1);
	return (0);
}

/*
 * Whether an entry is the last one of some message: 1, 0, -1; looks at no
 * more than *max rows and goes on with the next call if that is not enough
 * (EAGAIN).
 */
static int
needed(struct mailbox *mb, const struct change *ch, uint64_t *max)
{
	struct compact *c = mb->compact;
	struct row row;

	if (!compact_has_modseq(c, ch->modseq))
		return (0);
	if (!c->scanning && table_find(&mb->t, ch->uid, &c->scan) == -1)
		return (-1);
	c->scanning = 1;
	for (; c->scan < mb->pub.nrows; c->scan++) {
		if (*max == 0) {
			errno = EAGAIN;
			return (-1);
		}
		(*max)--;
		if (table_row(&mb->t, c->scan, &row) == -1)
			return (-1);
		if (row.uid > ch->last)
			break;
		if (row.modseq == ch->modseq &&
		    (row.flags & ROW_EXPUNGED) == 0) {
			c->scanning = 0;
			return (1);
		}
	}
	c->scanning = 0;
	return (0);
}

/* Writes what is kept; 1 when all entries there are have been looked at. */
int
compact_entries(struct mailbox *mb, uint64_t max)
{
	struct compact *c = mb->compact;
	struct change ch;
	int keep;

	while (max > 0) {
		max--;
		if (c->entry >= mb->pub.nlog)
			return (write_gone(c, UINT64_MAX) == -1 ? -1 : 1);
		if (table_change(&mb->t, c->entry, &ch) == -1)
			return (-1);
		if (ch.modseq > c->begin)
			keep = 1;
		else if (ch.what == CHANGE_EXPUNGE)
			keep = 0;
		else if (c->old == 0)
			keep = 1;
		else if ((keep = needed(mb, &ch, &max)) == -1)
			return (errno == EAGAIN ? 0 : -1);
		else {
			c->old--;
			if (!keep && ch.modseq > c->head.flag_horizon)
				c->head.flag_horizon = ch.modseq;
		}
		if (keep && (write_gone(c, ch.modseq) == -1 ||
		    write_entry(c, &ch) == -1))
			return (-1);
		c->entry++;
	}
	return (0);
}
