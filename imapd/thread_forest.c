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

#include "imapd/thread_priv.h"

/*
 * Which node is above which.  The way up from a node is short nearly always,
 * and is walked then.  For those who make long ones there are link-cut trees
 * (Sleator and Tarjan, 1983): the way from the root to a node is kept in
 * splay trees by depth, so that the root is found in O(log n) steps, amortised.
 * They are made when the first long way is met, and kept along from then on.
 */
#define WALK_MAX	64	/* steps that are walked */

#define IS_LEFT(s, x)	((s)[(s)[x].parent].left == (x))

static uint32_t	access_node(struct thread_splay *, uint32_t);
static uint32_t	find_root(struct thread_splay *, uint32_t);
static int	is_top(const struct thread_splay *, uint32_t);
static int	make(struct thread *);
static void	rotate(struct thread_splay *, uint32_t);
static void	splay(struct thread_splay *, uint32_t);

/* Is it the top of its splay tree?  Then its parent is only a way on. */
static int
is_top(const struct thread_splay *s, uint32_t x)
{
	uint32_t	p = s[x].parent;

	return (p == 0 || (s[p].left != x && s[p].right != x));
}

static void
rotate(struct thread_splay *s, uint32_t x)
{
	uint32_t	p = s[x].parent, g = s[p].parent, moved;
	int		top = is_top(s, p), left = IS_LEFT(s, x);

	moved = left ? s[x].right : s[x].left;
	if (left) {
		s[p].left = moved;
		s[x].right = p;
	} else {
		s[p].right = moved;
		s[x].left = p;
	}
	if (moved != 0)
		s[moved].parent = p;
	if (!top && s[g].left == p)
		s[g].left = x;
	else if (!top)
		s[g].right = x;
	s[p].parent = x;
	s[x].parent = g;
}

static void
splay(struct thread_splay *s, uint32_t x)
{
	uint32_t	p;

	while (!is_top(s, x)) {
		p = s[x].parent;
		if (!is_top(s, p))
			rotate(s, IS_LEFT(s, x) == IS_LEFT(s, p) ? p : x);
		rotate(s, x);
	}
}

/* Makes one splay tree of the way from the root to x, with x on its top. */
static uint32_t
access_node(struct thread_splay *s, uint32_t x)
{
	uint32_t	last = 0, y;

	for (y = x; y != 0; y = s[y].parent) {
		splay(s, y);
		s[y].right = last;
		last = y;
	}
	splay(s, x);
	return (x);
}

static uint32_t
find_root(struct thread_splay *s, uint32_t x)
{
	x = access_node(s, x);
	while (s[x].left != 0)
		x = s[x].left;
	splay(s, x);
	return (x);
}

/* At first each node is a splay tree of its own. */
static int
make(struct thread *t)
{
	size_t	i;

	t->splay = calloc(t->maxnode + 1, sizeof(*t->splay));
	if (t->splay == NULL)
		return (-1);
	for (i = 0; i < t->nnode; i++) {
		if (t->node[i].parent != NONE)
			t->splay[i + 1].parent = t->node[i].parent + 1;
	}
	return (0);
}

int
forest_grow(struct thread *t, size_t n)
{
	struct thread_splay	*s;

	if (t->splay == NULL)
		return (0);
	if ((s = reallocarray(t->splay, n + 1, sizeof(*s))) == NULL)
		return (-1);
	memset(s + t->maxnode + 1, 0, (n - t->maxnode) * sizeof(*s));
	t->splay = s;
	return (0);
}

int
forest_loops(struct thread *t, uint32_t a, uint32_t b)
{
	uint32_t	x = a;
	int		steps;

	if (a == b)
		return (1);
	if (!t->node[b].above)
		return (0);
	for (steps = 0; steps < WALK_MAX; steps++) {
		if (t->node[x].parent == NONE)
			return (x == b);
		x = t->node[x].parent;
	}
	if (t->splay == NULL && make(t) == -1)
		return (-1);
	return (find_root(t->splay, a + 1) == b + 1);
}

void
forest_link(struct thread *t, uint32_t a, uint32_t b)
{
	t->node[b].parent = a;
	t->node[a].above = 1;
	if (t->splay == NULL)
		return;
	(void)access_node(t->splay, b + 1);
	t->splay[b + 1].parent = a + 1;
}

void
forest_cut(struct thread *t, uint32_t b)
{
	struct thread_splay	*s = t->splay;
	uint32_t		 up;

	t->node[b].parent = NONE;
	if (s == NULL)
		return;
	(void)access_node(s, b + 1);
	up = s[b + 1].left;
	s[up].parent = 0;
	s[b + 1].left = 0;
}
