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

#include "imapd/thread.h"
#include "imapd/thread_priv.h"

/* Messages and their references: step 1 of THREAD=REFERENCES. */

static int	grow(struct thread *);
static int	link_refs(struct thread *, const struct thread_keys *,
		    uint32_t *);
static int	link_msg(struct thread *, uint32_t, uint32_t);
static int	node_new(struct thread *, const struct thread_hash *,
		    uint32_t *);
static int	node_find(struct thread *, const struct thread_hash *,
		    uint32_t *);
static int	node_msg(struct thread *, const struct thread_keys *,
		    uint32_t *);

struct thread *
thread_new(size_t messages)
{
	struct thread	*t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	if (messages >= NODE_DUMMY) {
		errno = ENOMEM;
		goto fail;
	}
	t->maxmsg = messages;
	t->msg = reallocarray(NULL, messages + 1, sizeof(*t->msg));
	if (t->msg != NULL)
		return (t);
fail:
	thread_free(t);
	return (NULL);
}

void
thread_free(struct thread *t)
{
	if (t == NULL)
		return;
	free(t->msg);
	free(t->node);
	index_free(&t->ids);
	free(t->splay);
	free(t->order);
	free(t->parent);
	free(t->child);
	free(t->next);
	free(t);
}

/* Makes room for more nodes, and a bigger table of their ids. */
static int
grow(struct thread *t)
{
	struct thread_index	 table;
	struct thread_node	*node;
	size_t			 i, at, n;

	n = t->maxnode + t->maxnode / 2;
	if (n < t->maxmsg + 64)
		n = t->maxmsg + 64;
	if (n > NODE_DUMMY) {
		errno = ENOMEM;
		return (-1);
	}
	if (forest_grow(t, n) == -1)
		return (-1);
	if ((node = reallocarray(t->node, n, sizeof(*node))) == NULL)
		return (-1);
	t->node = node;
	t->maxnode = n;
	if (t->ids.slot != NULL && n <= (t->ids.mask + 1) / 2)
		return (0);
	if (index_init(&table, n) == -1)
		return (-1);
	for (i = 0; t->ids.slot != NULL && i <= t->ids.mask; i++) {
		if (t->ids.slot[i] == NONE)
			continue;
		at = index_first(&table, &node[t->ids.slot[i]].id);
		while (table.slot[at] != NONE)
			at = index_next(&table, at);
		table.slot[at] = t->ids.slot[i];
	}
	index_free(&t->ids);
	t->ids = table;
	return (0);
}

static int
node_new(struct thread *t, const struct thread_hash *id, uint32_t *v)
{
	struct thread_node	*node;

	if (t->nnode == t->maxnode && grow(t) == -1)
		return (-1);
	*v = (uint32_t)t->nnode++;
	node = &t->node[*v];
	memset(node, 0, sizeof(*node));
	if (id != NULL)
		node->id = *id;
	node->parent = NONE;
	node->msg = NODE_DUMMY;
	return (0);
}

/* The node with an id, a new one if there is none. */
static int
node_find(struct thread *t, const struct thread_hash *id, uint32_t *v)
{
	size_t	i;

	if (t->nnode == t->maxnode && grow(t) == -1)
		return (-1);
	for (i = index_first(&t->ids, id); t->ids.slot[i] != NONE;
	    i = index_next(&t->ids, i)) {
		*v = t->ids.slot[i];
		if (hash_equal(&t->node[*v].id, id))
			return (0);
	}
	if (node_new(t, id, v) == -1)
		return (-1);
	t->ids.slot[i] = *v;
	return (0);
}

/*
 * A message's own node: that of its id, unless it has none or a message
 * before it has the same.
 */
static int
node_msg(struct thread *t, const struct thread_keys *keys, uint32_t *v)
{
	if (keys->flags & THREAD_ID) {
		if (node_find(t, &keys->id, v) == -1)
			return (-1);
		if (t->node[*v].msg == NODE_DUMMY)
			return (0);
	}
	return (node_new(t, NULL, v));
}

/* Step 1 (A).  *last is the last reference's node, NONE if there is none. */
static int
link_refs(struct thread *t, const struct thread_keys *keys, uint32_t *last)
{
	struct thread_hash	id;
	uint32_t		v;
	size_t			i;
	int			loops;

	*last = NONE;
	for (i = 0; i < keys->nrefs; i++) {
		id = thread_ref(keys, i);
		if (node_find(t, &id, &v) == -1)
			return (-1);
		if (*last != NONE && t->node[v].parent == NONE) {
			if ((loops = forest_loops(t, *last, v)) == -1)
				return (-1);
			if (!loops)
				forest_link(t, *last, v);
		}
		*last = v;
	}
	return (0);
}

/* Step 1 (B).  A link that stands already is the one that would be made. */
static int
link_msg(struct thread *t, uint32_t v, uint32_t last)
{
	int	loops;

	if (t->node[v].parent == last)
		return (0);
	if (t->node[v].parent != NONE)
		forest_cut(t, v);
	if (last == NONE)
		return (0);
	if ((loops = forest_loops(t, last, v)) == -1)
		return (-1);
	if (!loops)
		forest_link(t, last, v);
	return (0);
}

int
thread_add(struct thread *t, uint32_t shown, int64_t date,
    const struct thread_keys *keys, int links)
{
	struct thread_msg	*m;
	uint32_t		 v = NONE, last;

	if (t->nmsg == t->maxmsg) {
		errno = ENOMEM;
		return (-1);
	}
	if (links) {
		if (node_msg(t, keys, &v) == -1)
			return (-1);
		t->node[v].msg = (unsigned int)t->nmsg & NODE_DUMMY;
		if (link_refs(t, keys, &last) == -1 ||
		    link_msg(t, v, last) == -1)
			return (-1);
	}
	m = &t->msg[t->nmsg++];
	m->date = keys->flags & THREAD_DATED ? keys->date : date;
	m->subject = keys->subject;
	m->flags = keys->flags;
	m->shown = shown;
	m->node = v;
	return (0);
}
