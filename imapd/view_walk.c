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
#include <stddef.h>
#include <string.h>

#include "imapd/view.h"

/*
 * Walks over messages.  A batch at a time is read under one state of the
 * tree, and read again if that has changed meanwhile.
 */

/* Where a batch stands while it is being read. */
struct place {
	size_t		 range;
	uint32_t	 uid;
	uint32_t	 hi;		/* end of the range */
	uint64_t	 next;		/* next row with the bit */
	uint64_t	 bits;		/* of the rows from there on */
	struct row	 row;		/* that row; uid 0: none */
	uint32_t	 gone;		/* next of gone, 0: none */
	uint32_t	 num;		/* of what comes next */
};

static int	enter_range(struct view_walk *, struct place *);
static int	fill(struct view_walk *, struct place *);
static int	learn(const struct view_walk *);
static int	next_row(struct view_walk *, struct place *, uint64_t);
static int	range_at(struct view_walk *, size_t, uint32_t *, uint32_t *);
static int	take_gone(struct view_walk *, struct place *);
static int	take_row(struct view_walk *, struct place *);
static int	walk_range(struct view_walk *, struct place *);

void
view_walk(struct view_walk *w, struct view *v, const struct uidset *set,
    enum table_bitmap only)
{
	w->v = v;
	w->set = set;
	w->only = only;
	w->range = 0;
	w->uid = 1;
	w->i = w->n = 0;
}

/* Range i of the walk's set, within what is known; 0 if there is none. */
static int
range_at(struct view_walk *w, size_t i, uint32_t *lo, uint32_t *hi)
{
	uint32_t	top = w->v->uidnext - 1;

	if (w->set == NULL) {
		*lo = 1;
		*hi = top;
		return (i == 0 && top > 0);
	}
	if (i >= w->set->n || w->set->r[i].lo > top)
		return (0);
	*lo = w->set->r[i].lo;
	*hi = w->set->r[i].hi < top ? w->set->r[i].hi : top;
	return (1);
}

/*
 * Looks for the next row from n on; row.uid is 0 if none is in the range.
 * With bits left, n is behind the row that has the lowest.
 */
static int
next_row(struct view_walk *w, struct place *p, uint64_t n)
{
	p->row.uid = 0;
	p->bits >>= 1;
	if (p->bits != 0) {
		for (p->next = n; (p->bits & 1) == 0; p->bits >>= 1)
			p->next++;
	} else if (view_next_row(w->v, w->only, n, &p->next, &p->bits) == -1)
		return (-1);
	if (p->next >= w->v->state.nrows)
		return (0);
	if (table_row(w->v->t, p->next, &p->row) == -1)
		return (-1);
	if (p->row.uid > p->hi)
		p->row.uid = 0;
	return (0);
}

/* Goes to the first message >= p->uid of the range. */
static int
enter_range(struct view_walk *w, struct place *p)
{
	struct view	*v = w->v;
	uint64_t	 n;
	uint32_t	 rank;

	p->bits = 0;
	if (table_find(v->t, p->uid, &n) == -1 || next_row(w, p, n) == -1)
		return (-1);
	p->gone = uidset_from(&v->gone, p->uid);
	if (p->gone > p->hi)
		p->gone = 0;
	/* Of what is not there no number is needed. */
	if (p->row.uid == 0 && p->gone == 0)
		return (0);
	if (table_rank(v->t, n, &rank) == -1)
		return (-1);
	p->num = rank + (uint32_t)uidset_rank(&v->gone, p->uid) + 1;
	return (0);
}

static int
take_row(struct view_walk *w, struct place *p)
{
	struct view_msg	*m = &w->batch[w->n++];
	uint32_t	 rank;

	memset(m, 0, sizeof(*m));
	m->uid = p->row.uid;
	m->n = p->next;
	m->row = p->row;
	m->recent = uidset_contains(&w->v->recent, m->uid);
	if (w->only != TABLE_LIVE) {
		if (table_rank(w->v->t, m->n, &rank) == -1)
			return (-1);
		p->num = rank + (uint32_t)uidset_rank(&w->v->gone, m->uid) +
		    1;
	}
	m->num = p->num++;
	return (next_row(w, p, p->next + 1));
}

static int
take_gone(struct view_walk *w, struct place *p)
{
	struct view_msg	*m = &w->batch[w->n++];
	uint32_t	 rank;

	memset(m, 0, sizeof(*m));
	m->uid = p->gone;
	m->gone = 1;
	m->recent = uidset_contains(&w->v->recent, m->uid);
	if (table_find(w->v->t, m->uid, &m->n) == -1)
		return (-1);
	if (w->only != TABLE_LIVE) {
		if (table_rank(w->v->t, m->n, &rank) == -1)
			return (-1);
		p->num = rank + (uint32_t)uidset_rank(&w->v->gone, m->uid) +
		    1;
	}
	m->num = p->num++;
	if (table_row(w->v->t, m->n, &m->row) == -1) {
		if (errno != ENOENT)
			return (-1);
		m->lost = 1;
	} else if (m->row.uid != m->uid)
		m->lost = 1;
	p->gone = m->uid < p->hi ? uidset_from(&w->v->gone, m->uid + 1) : 0;
	if (p->gone > p->hi)
		p->gone = 0;
	return (0);
}

/* Adds to the batch what the range has; the place is then behind it. */
static int
walk_range(struct view_walk *w, struct place *p)
{
	int	ret;

	if (enter_range(w, p) == -1)
		return (-1);
	while (w->n < VIEW_BATCH && (p->row.uid != 0 || p->gone != 0)) {
		if (p->gone != 0 && (p->row.uid == 0 || p->gone < p->row.uid))
			ret = take_gone(w, p);
		else
			ret = take_row(w, p);
		if (ret == -1)
			return (-1);
		p->uid = w->batch[w->n - 1].uid + 1;
	}
	if (p->row.uid == 0 && p->gone == 0) {
		p->range++;
		p->uid = 1;
	}
	return (0);
}

static int
fill(struct view_walk *w, struct place *p)
{
	uint32_t	lo, hi;

	p->range = w->range;
	p->uid = w->uid;
	w->i = w->n = 0;
	while (w->n < VIEW_BATCH && range_at(w, p->range, &lo, &hi)) {
		if (p->uid < lo)
			p->uid = lo;
		p->hi = hi;
		if (p->uid > hi) {
			p->range++;
			p->uid = 1;
		} else if (walk_range(w, p) == -1)
			return (-1);
	}
	return (0);
}

/* A row may be newer than the view and have a keyword that is new as well:
 * its name is known before the row is given out. */
static int
learn(const struct view_walk *w)
{
	struct view	*v = w->v;
	uint64_t	 bits = 0;
	unsigned int	 i;

	for (i = 0; i < w->n; i++)
		bits |= w->batch[i].row.keywords;
	if (v->nkeywords >= TABLE_KEYWORDS || bits >> v->nkeywords == 0)
		return (0);
	return (view_learn(v));
}

int
view_step(struct view_walk *w, const struct view_msg **m)
{
	struct place	p;
	unsigned int	tries = 0;

	while (w->i == w->n) {
		if (view_settle(w->v) == -1)
			return (-1);
		if (fill(w, &p) == 0 && view_settled(w->v)) {
			if (w->n == 0)
				return (0);
			w->range = p.range;
			w->uid = p.uid;
			if (learn(w) == -1)
				return (-1);
			break;
		}
		/* A tree that changes under us can also look damaged. */
		if (!view_settled(w->v))
			errno = EAGAIN;
		w->i = w->n = 0;
		if (view_retry(&tries) == -1)
			return (-1);
	}
	*m = &w->batch[w->i++];
	return (1);
}
