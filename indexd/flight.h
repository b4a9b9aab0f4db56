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

#ifndef INDEXD_FLIGHT_H
#define INDEXD_FLIGHT_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "indexd/server.h"

/*
 * Names in flight: files that a session is about to link, and cancelled
 * ones that have to be unlinked.  A ticket holds the names of one FLIGHT;
 * cancelled, it belongs to no session any more.  No report numbers a name
 * of either kind.  Every ticket is a note in the journal.
 */
#define FLIGHT_SESSION	8	/* tickets of a session */
#define FLIGHT_BINDING	262144	/* names of a binding */
#define FLIGHT_HAND	256	/* names of one CANCELLED */

struct flight_name {
	RB_ENTRY(flight_name) entry;	/* in its place, by unique part */
	struct ticket	*ticket;
	uint32_t	 unique;	/* octets of the unique part */
	uint32_t	 mark;		/* FORGET: to be forgotten */
	char		 name[];
};
RB_HEAD(name_tree, flight_name);

/* A mailbox in which names fly. */
struct place {
	RB_ENTRY(place)	 entry;
	struct binding	*binding;
	uint8_t		 id[TABLE_IDLEN];
	struct name_tree names;
	TAILQ_HEAD(, ticket) cancelled;
	struct box	*box;		/* if the mailbox is open */
	struct handle	*courier;	/* who was told to unlink */
	unsigned int	 refs;		/* tickets and a box */
};

struct ticket {
	RB_ENTRY(ticket) entry;		/* by number */
	TAILQ_ENTRY(ticket) incancelled; /* in its place */
	TAILQ_ENTRY(ticket) effect;	/* of a request */
	uint64_t	 number;	/* random */
	struct session	*session;	/* NULL: cancelled, or nobody's */
	uint8_t		 owner[TABLE_IDLEN]; /* the session's id */
	struct place	*place;
	int		 cancelled;
	int		 doomed;	/* cancel it as soon as possible */
	int		 busy;		/* a request of the batch takes it */
	int		 marked;	/* FORGET: a name of it is */
	uint32_t	 n;
	struct flight_name **names;
};
TAILQ_HEAD(ticket_list, ticket);

/* The place of a mailbox; if make, one is made; NULL: none, no memory. */
struct place *place_get(struct server *, struct binding *,
	    const uint8_t *id, int make);
void	place_put(struct server *, struct place *);

/* A ticket that is not on any list yet, without names. */
struct ticket *ticket_new(struct place *, uint32_t n);
/* Adds a name; -1 without memory. */
int	ticket_name(struct ticket *, const char *name);
void	ticket_free(struct server *, struct ticket *);

/* The ticket of that number; NULL if there is none. */
struct ticket *ticket_find(struct server *, uint64_t number);

/* The name of this unique part that flies there; place may be NULL. */
struct flight_name *place_name(struct place *, const char *name);

/*
 * Puts into the batch and the request that old (or NULL) goes and new (or
 * NULL) comes once the batch is committed; new is taken over, also on
 * failure: -1 with errno.
 */
int	ticket_change(struct request *, struct ticket *old,
	    struct ticket *new);

/* As ticket_change(): the names i of the ticket for which keep[i] is not 0
 * (all if keep is NULL) are cancelled, the others are done with. */
int	ticket_cancel(struct request *, struct ticket *, const uint8_t *keep);

/* The batch was committed, or not: carries out what was put off. */
void	tickets_committed(struct request *, int committed);
/* The request's part of the batch was rolled back. */
void	tickets_undo(struct request *);

/* Marks a ticket to be cancelled as soon as possible. */
void	ticket_doom(struct server *, struct ticket *);

/* The session ended, or was away for too long. */
void	flight_doom_session(struct server *, struct session *);

/* A mailbox was deleted: ends its tickets, in the batch. */
int	flight_deleted(struct request *, struct place *);

/* Hands cancelled names of the box's mailbox to a session that writes. */
void	flight_hand(struct box *);
/* A handle goes: the next courier is another. */
void	flight_handle_gone(struct handle *);

/* FORGET: the names are done with.  -1 with errno, EPROTO if malformed. */
int	flight_forget(struct request *, struct place *);

/* Notes at start, after those of sessions: 0, or -1 if malformed. */
int	flight_from_note(struct server *, const struct note *);

/* Cancels what is doomed; dooms tickets of those who are away. */
void	flight_sweep(struct server *);
int	flight_timeout(const struct server *);

/* At the end of the server: frees all tickets, and leaves their notes. */
void	flight_free(struct server *);

int	flight_name_cmp(const struct flight_name *, const struct flight_name *);
int	ticket_cmp(const struct ticket *, const struct ticket *);
int	place_cmp(const struct place *, const struct place *);
RB_PROTOTYPE(name_tree, flight_name, entry, flight_name_cmp)
RB_PROTOTYPE(ticket_tree, ticket, entry, ticket_cmp)
RB_PROTOTYPE(place_tree, place, entry, place_cmp)

#endif
