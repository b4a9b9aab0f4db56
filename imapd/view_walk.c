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
 * tree, and read again if that has changed meanwhile.  Where it ends is known
 * by row and rank as long as nothing is expunged: the tree is then asked for
 * the next block of rows alone.
 */

#define NEAR	32	/* rows passed over rather than sought */
#define PASSED	4096	/* rows read under one state of the tree */

/* Where a batch stands while it is being read. */
struct place {
	size_t		 range;
	uint32_t	 uid;		/* all below it is done */
	uint32_t	 hi;		/* end of the range */
	int		 known;		/* some.n and rank are */
	struct table_some some;		/* rows to come, of one block */
	uint32_t	 rank;		/* live rows before some.n */
	unsigned int	 passed;	/* rows read */
	unsigned int	 i, n;		/* in rows */
	struct row	 rows[VIEW_BATCH]; /* the first of some.bits */
	uint32_t	 gone;		/* next of gone, 0: none */
	uint32_t	 ngone;		/* how many of gone are below uid */
};

static void	enter_gone(struct view_walk *, struct place *);
static int	enter_range(struct view_walk *, struct place *, uint32_t);
static int	fill(struct view_walk *, struct place *);
static int	learn(const struct view_walk *);
static int	look(struct view_walk *, struct place *);
static int	next_row(struct view_walk *, struct place *);
static int	range_at(struct view_walk *, size_t, uint32_t *, uint32_t *);
static int	read_rows(struct view_walk *, struct place *);
static int	refill(struct view_walk *, unsigned int *);
static int	seek(struct view_walk *, struct place *);
static void	start(struct view_walk *, struct place *);
static void	step_over(struct place *);
static int	take_gone(struct view_walk *, struct place *);
static void	take_row(struct view_walk *, struct place *);
static int	walk_range(struct view_walk *, struct place *);

void
view_walk(struct view_walk *w, struct view *v, const struct uidset *set,
    enum table_bitmap only)
{
	w->v = v;
	w->set = set;
	w->only = only;
	w->mask = w->want = 0;
	w->range = 0;
	w->uid = 1;
	w->row = 0;
	w->rank = 0;
	w->exp_seq = v->state.exp_seq;
	w->generation = v->t->h->generation;
	w->i = w->n = 0;
}

void
view_walk_flags(struct view_walk *w, uint16_t mask, uint16_t want)
{
	w->mask = mask;
	w->want = want;
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
 * Reads some of the rows to come, no more than have room or can be in the
 * range: their UIDs rise.
 */
static int
read_rows(struct view_walk *w, struct place *p)
{
	unsigned int	max = VIEW_BATCH - w->n;
	int		n;

	if (p->hi - p->uid < max)
		max = p->hi - p->uid + 1;
	n = table_rows(w->v->t, p->some.n, p->some.bits, max, p->rows);
	if (n == -1)
		return (-1);
	p->i = 0;
	p->n = (unsigned int)n;
	p->passed += p->n;
	return (0);
}

/* Asks the tree for the rows from some.n on; finds none at the end. */
static int
look(struct view_walk *w, struct place *p)
{
	uint64_t	left, nrows = w->v->state.nrows, n = p->some.n;

	if (view_next_row(w->v, w->only, n, &p->some) == -1)
		return (-1);
	if (p->some.n >= nrows) {
		p->some.n = n;
		p->some.bits = p->some.live = 0;
		return (0);
	}
	left = nrows - p->some.n;
	if (left < TABLE_BLOCK)
		p->some.bits &= (UINT64_C(1) << left) - 1;
	/* Between two that are live none is. */
	if (w->only != TABLE_LIVE)
		return (table_rank(w->v->t, p->some.n, &p->rank));
	return (0);
}

/* Goes behind the first of the rows to come, up to the next. */
static void
step_over(struct place *p)
{
	do {
		p->rank += (uint32_t)(p->some.live & 1);
		p->some.n++;
		p->some.bits >>= 1;
		p->some.live >>= 1;
	} while (p->some.bits != 0 && (p->some.bits & 1) == 0);
}

/* Behind a row: sees to it that the next one is in rows, if there is one. */
static int
next_row(struct view_walk *w, struct place *p)
{
	step_over(p);
	if (++p->i < p->n || w->n == VIEW_BATCH || p->uid > p->hi)
		return (0);
	if (p->some.bits == 0 && look(w, p) == -1)
		return (-1);
	if (p->some.bits == 0)
		return (0);
	return (read_rows(w, p));
}

/* Finds row and rank of the first message >= p->uid. */
static int
seek(struct view_walk *w, struct place *p)
{
	p->i = p->n = 0;
	p->some.bits = p->some.live = 0;
	if (table_find(w->v->t, p->uid, &p->some.n) == -1)
		return (-1);
	if (w->only == TABLE_LIVE &&
	    table_rank(w->v->t, p->some.n, &p->rank) == -1)
		return (-1);
	p->known = 1;
	return (0);
}

static void
enter_gone(struct view_walk *w, struct place *p)
{
	struct uidset	*gone = &w->v->gone;

	p->gone = p->ngone = 0;
	if (gone->n == 0)
		return;
	p->ngone = (uint32_t)uidset_rank(gone, p->uid);
	p->gone = uidset_from(gone, p->uid);
	if (p->gone > p->hi)
		p->gone = 0;
}

/* Goes to the first message >= lo of the range. */
static int
enter_range(struct view_walk *w, struct place *p, uint32_t lo)
{
	if (lo < p->uid)
		lo = p->uid;
	if (!p->known || lo - p->uid > NEAR) {
		p->uid = lo;
		if (seek(w, p) == -1)
			return (-1);
	}
	if (p->i == p->n) {
		if (p->some.bits == 0 && look(w, p) == -1)
			return (-1);
		if (p->some.bits != 0 && read_rows(w, p) == -1)
			return (-1);
	}
	while (p->i < p->n && p->rows[p->i].uid < lo)
		if (next_row(w, p) == -1)
			return (-1);
	p->uid = lo;
	enter_gone(w, p);
	return (0);
}

/* As a message of the batch, unless its flags are others than wanted. */
static void
take_row(struct view_walk *w, struct place *p)
{
	const struct row	*row = &p->rows[p->i];
	struct view_msg		*m;

	p->uid = row->uid + 1;
	if ((row->flags & w->mask) != w->want)
		return;
	m = &w->batch[w->n++];
	m->uid = row->uid;
	m->num = p->rank + p->ngone + 1;
	m->n = p->some.n;
	m->gone = m->lost = 0;
	m->recent = uidset_contains(&w->v->recent, m->uid);
	m->row = *row;
}

static int
take_gone(struct view_walk *w, struct place *p)
{
	struct view_msg	*m = &w->batch[w->n++];
	uint32_t	 rank = p->rank;

	memset(m, 0, sizeof(*m));
	m->uid = p->gone;
	m->gone = 1;
	m->recent = uidset_contains(&w->v->recent, m->uid);
	if (table_find(w->v->t, m->uid, &m->n) == -1 ||
	    (w->only != TABLE_LIVE && table_rank(w->v->t, m->n,
	    &rank) == -1))
		return (-1);
	m->num = rank + p->ngone + 1;
	if (table_row(w->v->t, m->n, &m->row) == -1) {
		if (errno != ENOENT)
			return (-1);
		m->lost = 1;
	} else if (m->row.uid != m->uid)
		m->lost = 1;
	p->uid = m->uid + 1;
	p->ngone++;
	p->gone = m->uid < p->hi ? uidset_from(&w->v->gone, m->uid + 1) : 0;
	if (p->gone > p->hi)
		p->gone = 0;
	return (0);
}

/* Adds to the batch what the range has; the place is then behind it. */
static int
walk_range(struct view_walk *w, struct place *p)
{
	const struct row	*row;

	while (w->n < VIEW_BATCH && p->passed < PASSED) {
		row = p->i < p->n && p->rows[p->i].uid <= p->hi ?
		    &p->rows[p->i] : NULL;
		if (p->gone != 0 && (row == NULL || p->gone < row->uid)) {
			if (take_gone(w, p) == -1)
				return (-1);
		} else if (row != NULL) {
			take_row(w, p);
			if (next_row(w, p) == -1)
				return (-1);
		} else {
			p->range++;
			p->uid = p->hi + 1;
			break;
		}
	}
	return (0);
}

/* At what the walk has come to. */
static void
start(struct view_walk *w, struct place *p)
{
	p->range = w->range;
	p->uid = w->uid;
	p->known = w->exp_seq == w->v->state.exp_seq &&
	    w->generation == w->v->t->h->generation;
	p->some.n = w->row;
	p->some.bits = p->some.live = 0;
	p->rank = w->rank;
	p->passed = 0;
	p->i = p->n = 0;
	w->i = w->n = 0;
}

/* Returns 0 at the end, else 1. */
static int
fill(struct view_walk *w, struct place *p)
{
	uint32_t	lo;

	start(w, p);
	while (w->n < VIEW_BATCH && p->passed < PASSED) {
		if (!range_at(w, p->range, &lo, &p->hi))
			return (w->n > 0);
		if (p->uid > p->hi)
			p->range++;
		else if (enter_range(w, p, lo) == -1 ||
		    walk_range(w, p) == -1)
			return (-1);
	}
	return (1);
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

/* Returns as view_step(), with a batch that may be empty. */
static int
refill(struct view_walk *w, unsigned int *since)
{
	struct place	p;
	int		ret;

	if (view_settle(w->v) == -1)
		return (-1);
	if ((ret = fill(w, &p)) != -1 && view_settled(w->v)) {
		w->range = p.range;
		w->uid = p.uid;
		w->row = p.some.n;
		w->rank = p.rank;
		w->exp_seq = w->v->state.exp_seq;
		w->generation = w->v->t->h->generation;
		*since = 0;
		return (learn(w) == -1 ? -1 : ret);
	}
	/* A tree that changes under us can also look damaged. */
	if (!view_settled(w->v))
		errno = EAGAIN;
	w->i = w->n = 0;
	return (view_retry(since) == -1 ? -1 : 1);
}

int
view_step(struct view_walk *w, const struct view_msg **m)
{
	unsigned int	since = 0;
	int		ret;

	while (w->i == w->n) {
		if ((ret = refill(w, &since)) != 1)
			return (ret);
	}
	*m = &w->batch[w->i++];
	return (1);
}
