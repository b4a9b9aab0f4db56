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

#ifndef IMAPD_THREAD_PRIV_H
#define IMAPD_THREAD_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/derive_thread.h"

/* For thread*.c. */

#define NONE	UINT32_MAX

struct thread_msg {
	int64_t			 date;
	struct thread_hash	 subject;
	uint32_t		 shown;
	uint32_t		 node;
	unsigned int		 flags;		/* THREAD_* */
};

/*
 * A message's place among the references (step 1), or a dummy's.  Its parent
 * is changed by forest_link() and forest_cut() alone.
 */
#define NODE_DUMMY	0x7fffffffU
struct thread_node {
	struct thread_hash	 id;
	uint32_t		 parent;	/* NONE: has none */
	unsigned int		 msg : 31;	/* or NODE_DUMMY */
	unsigned int		 above : 1;	/* is or was a parent */
};

/*
 * A hash table of indices, of open addressing, never more than half full.
 * The seed keeps those who make ids from making them meet.
 */
struct thread_index {
	uint32_t	*slot;		/* NONE: free */
	size_t		 mask;
	uint64_t	 seed;
};

/* For each node: see thread_forest.c.  0 is none, others 1 more than a node. */
struct thread_splay {
	uint32_t	parent;
	uint32_t	left;
	uint32_t	right;
};

/*
 * An entry is a message, from 0 on, or one of the dummies that step 3 leaves
 * or step 5 makes, from nmsg on: none of those has a parent.
 */
struct thread {
	struct thread_msg	*msg;
	size_t			 nmsg;
	size_t			 maxmsg;

	struct thread_node	*node;
	size_t			 nnode;
	size_t			 maxnode;
	struct thread_index	 ids;
	struct thread_splay	*splay;		/* NULL: not needed so far */

	uint32_t		*order;		/* messages by date */
	uint32_t		*parent;	/* of each entry, or NONE */
	uint32_t		*child;		/* its first, or NONE */
	uint32_t		*next;		/* sibling, or NONE */
	size_t			 nentry;
	size_t			 maxentry;
	uint32_t		 top;		/* first entry without parent */
};

static inline int
hash_equal(const struct thread_hash *a, const struct thread_hash *b)
{
	return (a->h[0] == b->h[0] && a->h[1] == b->h[1]);
}

/*
 * thread_index.c
 *
 * Makes a table for n entries.  Returns 0, or -1 with errno ENOMEM.
 */
int	index_init(struct thread_index *, size_t n);
void	index_free(struct thread_index *);

/* Where to look first for a hash, and where next. */
size_t	index_first(const struct thread_index *, const struct thread_hash *);
#define index_next(t, i)	(((i) + 1) & (t)->mask)

/*
 * thread_forest.c
 *
 * Whether b, which has no parent, is a or an ancestor of a.  Returns 1 or 0,
 * or -1 with errno ENOMEM.
 */
int	forest_loops(struct thread *, uint32_t a, uint32_t b);

/* Makes a the parent of b, which has none; takes b's parent away. */
void	forest_link(struct thread *, uint32_t a, uint32_t b);
void	forest_cut(struct thread *, uint32_t b);

/* There is room for so many nodes now.  Returns 0, or -1 with errno ENOMEM. */
int	forest_grow(struct thread *, size_t n);

/*
 * thread_tree.c
 *
 * Makes room for entries, all without parent; makes order: by sent date, and
 * by number where that is the same (section 2.2).  Return 0, or -1 with errno
 * ENOMEM.
 */
int	tree_init(struct thread *);
int	tree_sort(struct thread *);

/* Makes child, next and top from parent: siblings by date (step 6). */
void	tree_build(struct thread *);

#endif
