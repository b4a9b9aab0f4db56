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

#ifndef INDEXD_BOX_H
#define INDEXD_BOX_H

#include <sys/queue.h>

#include <stdint.h>

#include "indexd/peer.h"
#include "indexd/server.h"

/*
 * Open mailboxes: a box for each that any session has open, a handle for
 * each time that one has.  Handles are numbered upwards for each
 * connection, so that a number never comes back in it.
 */
#define BOX_HANDLES	256	/* of one connection */

struct handle {
	TAILQ_ENTRY(handle) entry;	/* of its peer */
	TAILQ_ENTRY(handle) inbox;
	TAILQ_ENTRY(handle) inarmed;
	TAILQ_ENTRY(handle) inattending;
	uint32_t	 number;
	struct peer	*peer;
	struct box	*box;
	int		 write;
	int		 told;		/* OPENED was sent: it has a name */
	int		 armed;
	uint64_t	 seen;		/* say CHANGED above this */
	uint64_t	 asked;		/* ms: for a floor */
	int		 watching;
	int		 attending;	/* it may be asked to look */
};

struct box {
	TAILQ_ENTRY(box) intouched;
	TAILQ_ENTRY(box) inboxes;
	TAILQ_ENTRY(box) inraising;
	struct server	*srv;
	struct mailbox	*mailbox;
	struct binding	*binding;
	struct place	*place;		/* NULL: no names fly */
	struct watched	*watched;	/* NULL: nobody watches it */
	struct handle_list handles;
	struct handle_list armed;
	int		 touched;	/* the batch changes it */
	int		 gone;		/* deleted, or replaced */
	int		 abandoned;	/* by who was to fill it */
	int		 raising;	/* its floor is asked for */
	uint32_t	 needs;		/* UIDs that a request needs */
	uint64_t	 raise_since;	/* ms */
	uint64_t	 raise_last;	/* ms: a session was asked */
	uint64_t	 requests;
};

/* The box of a mailbox, whose reference it takes over (also on failure);
 * NULL without memory. */
struct box *box_get(struct server *, struct binding *, struct mailbox *);

/* Finds or makes its place among names in flight; -1 without memory. */
int	box_place(struct box *);

/* Frees it if nobody has it open and the batch does not change it. */
void	box_unused(struct box *);

/* HIGHESTMODSEQ as sessions see it. */
uint64_t box_published(struct box *);

/* A handle for the peer; NULL without memory, and the box is unused. */
struct handle *handle_new(struct peer *, struct box *, int write);
struct handle *handle_find(struct peer *, uint32_t number);
/* A request names it: counted, and its box the first of all. */
void	handle_used(struct handle *);
/*
 * The peer was told of the handle: from now on it is sent what concerns the
 * mailbox.  Before, it would not know what is meant.
 */
void	handle_told(struct handle *);
/* Frees it, and with the last one the box. */
void	handle_free(struct handle *);

/* A handle of the peer, for writing, on the mailbox of that place. */
struct handle *handle_of_place(struct peer *, const struct place *);

/* The batch changes the box. */
void	box_touch(struct box *);

/* The batch was committed, or not: says CHANGED to those who wait. */
void	boxes_published(struct server *, int committed);

/* A mailbox is about to get another table: who has it open is told. */
void	box_replaced(struct server *, struct mailbox *);

/* Tells all who have it open but one that it is gone. */
void	box_gone(struct box *, struct peer *but);

#endif
