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

#include "imapd/thread.h"
#include "imapd/thread_priv.h"

/* THREAD=ORDEREDSUBJECT, and steps 2 to 6 of THREAD=REFERENCES. */

static void	gather(struct thread *, struct thread_index *);
static uint32_t	head(struct thread *, uint32_t);
static void	merge(struct thread *, struct thread_index *);
static void	merge_one(struct thread *, uint32_t, uint32_t *);
static void	prune(struct thread *);
static uint32_t	*subject(struct thread *, struct thread_index *, uint32_t);

/*
 * The nearest node above one that is a message's, or the topmost dummy.  The
 * dummies on the way are taken there at once, so that all ways together are
 * walked in linear time.
 */
static uint32_t
head(struct thread *t, uint32_t v)
{
	uint32_t	top = v, up;

	while (t->node[top].msg == NODE_DUMMY && t->node[top].parent != NONE)
		top = t->node[top].parent;
	while (v != top && (up = t->node[v].parent) != top) {
		t->node[v].parent = top;
		v = up;
	}
	return (top);
}

/*
 * Steps 2 and 3: a dummy goes, and its children are those of what is above
 * it.  One without parent stays if it has two children or more.  The ids are
 * of no more use: those of such dummies hold the number of their children,
 * and then their entry.
 */
static void
prune(struct thread *t)
{
	struct thread_node	*node = t->node;
	uint32_t		 p;
	size_t			 i;

	for (i = 0; i < t->nnode; i++)
		node[i].id.h[0] = node[i].id.h[1] = 0;
	for (i = 0; i < t->nmsg; i++) {
		p = node[t->msg[i].node].parent;
		if (p == NONE)
			continue;
		p = head(t, p);
		t->parent[i] = p;
		node[p].id.h[0]++;
	}
	for (i = 0; i < t->nmsg; i++) {
		if ((p = t->parent[i]) == NONE)
			continue;
		if (node[p].msg != NODE_DUMMY) {
			t->parent[i] = node[p].msg;
		} else if (node[p].id.h[0] == 1) {
			t->parent[i] = NONE;
		} else {
			if (node[p].id.h[1] == 0)
				node[p].id.h[1] = t->nentry++;
			t->parent[i] = (uint32_t)node[p].id.h[1];
		}
	}
	free(t->node);
	t->node = NULL;
}

/*
 * The place in the subject table for the subject of an entry, or NULL if it
 * is empty.  An entry in the table has the subject of its first message.
 */
static uint32_t *
subject(struct thread *t, struct thread_index *table, uint32_t entry)
{
	const struct thread_msg	*m, *other;
	uint32_t		 e;
	size_t			 i;

	m = &t->msg[entry < t->nmsg ? entry : t->child[entry]];
	if ((m->flags & THREAD_SUBJECT) == 0)
		return (NULL);
	for (i = index_first(table, &m->subject); (e = table->slot[i]) != NONE;
	    i = index_next(table, i)) {
		other = &t->msg[e < t->nmsg ? e : t->child[e]];
		if (hash_equal(&other->subject, &m->subject))
			break;
	}
	return (&table->slot[i]);
}

/* Step 5 (B). */
static void
gather(struct thread *t, struct thread_index *table)
{
	uint32_t	e, *have;

	for (e = t->top; e != NONE; e = t->next[e]) {
		if ((have = subject(t, table, e)) == NULL)
			continue;
		if (*have == NONE || (*have < t->nmsg && (e >= t->nmsg ||
		    ((t->msg[*have].flags & THREAD_REPLY) &&
		    (t->msg[e].flags & THREAD_REPLY) == 0))))
			*have = e;
	}
}

/*
 * Merges e into *have, which has the same subject.  The lists of children
 * stay as they were, so that subject() does.
 */
static void
merge_one(struct thread *t, uint32_t e, uint32_t *have)
{
	uint32_t	child, dummy;

	if (e >= t->nmsg) {
		/* Then so is *have. */
		for (child = t->child[e]; child != NONE; child = t->next[child])
			t->parent[child] = *have;
	} else if (*have >= t->nmsg) {
		t->parent[e] = *have;
	} else if ((t->msg[e].flags & THREAD_REPLY) &&
	    (t->msg[*have].flags & THREAD_REPLY) == 0) {
		t->parent[e] = *have;
	} else {
		dummy = (uint32_t)t->nentry++;
		t->child[dummy] = *have;
		t->parent[e] = t->parent[*have] = dummy;
		*have = dummy;
	}
}

/* Step 5 (C). */
static void
merge(struct thread *t, struct thread_index *table)
{
	uint32_t	e, *have;

	for (e = t->top; e != NONE; e = t->next[e]) {
		if ((have = subject(t, table, e)) != NULL && *have != e)
			merge_one(t, e, have);
	}
}

int
thread_by_references(struct thread *t)
{
	struct thread_index	table;
	size_t			n = 0;
	uint32_t		e;

	index_free(&t->ids);
	free(t->splay);
	t->splay = NULL;
	if (tree_init(t) == -1)
		return (-1);
	prune(t);
	if (tree_sort(t) == -1)
		return (-1);
	tree_build(t);
	for (e = t->top; e != NONE; e = t->next[e])
		n++;
	if (index_init(&table, n) == -1)
		return (-1);
	gather(t, &table);
	merge(t, &table);
	index_free(&table);
	tree_build(t);
	return (0);
}

/* The first message of a subject is the parent of all others. */
int
thread_by_subject(struct thread *t)
{
	struct thread_index	 table;
	size_t			 i, at;
	uint32_t		 m;

	if (tree_init(t) == -1 || tree_sort(t) == -1 ||
	    index_init(&table, t->nmsg) == -1)
		return (-1);
	for (i = 0; i < t->nmsg; i++) {
		m = t->order[i];
		at = index_first(&table, &t->msg[m].subject);
		while (table.slot[at] != NONE && !hash_equal(
		    &t->msg[table.slot[at]].subject, &t->msg[m].subject))
			at = index_next(&table, at);
		if (table.slot[at] == NONE)
			table.slot[at] = m;
		else
			t->parent[m] = table.slot[at];
	}
	index_free(&table);
	tree_build(t);
	return (0);
}
