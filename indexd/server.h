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

#ifndef INDEXD_SERVER_H
#define INDEXD_SERVER_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>
#include <time.h>

#include "common/near.h"
#include "common/table.h"
#include "indexd/conf.h"
#include "indexd/engine.h"
#include "indexd/event.h"
#include "indexd/histogram.h"
#include "indexd/takeover.h"

/*
 * The server part of indexd: one process, one loop, one of these.
 *
 * The loop gathers what peers sent, decides one request of each ready peer
 * after the other in the engine's open batch, commits once, and sends the
 * replies.  What a request does to the server's own state (names in flight,
 * last results) is put off until the commit has succeeded, so that nothing
 * has to be undone when it fails.
 */
struct peer;
struct box;
struct request;
struct session;
struct binding;
struct served;
struct tally;
struct ticket;
struct place;
struct floor_asked;
struct verify;
struct kept;
struct watch;
struct watched;

TAILQ_HEAD(peer_list, peer);
TAILQ_HEAD(box_list, box);
TAILQ_HEAD(request_list, request);
TAILQ_HEAD(session_list, session);
RB_HEAD(session_tree, session);
RB_HEAD(binding_tree, binding);
RB_HEAD(served_tree, served);
RB_HEAD(ticket_tree, ticket);
RB_HEAD(place_tree, place);
RB_HEAD(asked_tree, floor_asked);

/* What an event is about: the first member of what it is given with. */
struct source {
	enum { SOURCE_PEER, SOURCE_WATCH } kind;
};

#define SERVER_KINDS	160		/* above the highest PROTO_ type */

struct server_stats {
	uint64_t	requests;
	uint64_t	kinds[SERVER_KINDS];	/* by type */
	struct histogram commits;	/* a batch, until it may be answered */
	uint64_t	batches;
	uint64_t	accepted;
	uint64_t	refused;	/* peers that broke a rule */
	uint64_t	resumed;
};

struct server {
	const struct indexd_conf *conf;
	struct engine	*engine;
	struct events	*events;
	uid_t		 uid;		/* ours */
	int		 listener;	/* -1: none */
	int		 listening;	/* 0: out of descriptors */
	uint64_t	 now;		/* ms, never goes back */
	uint64_t	 started;	/* likewise */
	time_t		 started_at;	/* by the calendar */
	uint64_t	 turn;		/* of the loop */
	int		 busy;		/* the engine has more to do */
	uint64_t	 swept;		/* ms: stalled peers were looked for */

	struct peer_list strangers;	/* the oldest first */
	struct peer_list bound;
	struct peer_list controls;
	struct peer_list gates;		/* the oldest first */
	struct peer_list ready;		/* a whole request waits */
	struct peer_list held;		/* its request waits for a floor */
	struct peer_list hungry;	/* waits for room for a large frame */
	struct peer_list dead;		/* to be freed by this turn's end */
	unsigned int	 nstrangers;
	unsigned int	 nbound;
	unsigned int	 ncontrols;
	unsigned int	 ngates;
	size_t		 large;		/* octets kept for large frames */

	struct session_tree sessions;
	struct session_list unnoted;	/* the journal has to be told */
	struct session_list noting;	/* in the batch */
	struct session_list away;	/* the longest away first */
	struct session_list recent;	/* connected; who asked last is first */
	unsigned int	 nsessions;
	struct binding_tree bindings;
	struct served_tree served;	/* users by name */
	struct tally	*addresses;	/* of clients */

	struct ticket_tree tickets;
	struct place_tree places;
	unsigned int	 doomed;	/* tickets to cancel */
	uint64_t	 cancelled;	/* ms: they were looked for */

	struct asked_tree asked;	/* floors asked for */
	TAILQ_HEAD(, floor_asked) asking; /* their notes are in the batch */
	struct box_list	 raising;	/* boxes whose floor is asked for */
	struct box_list	 touched;	/* boxes changed by the batch */
	struct box_list	 boxes;		/* all; the last asked for is first */
	unsigned int	 nboxes;
	TAILQ_HEAD(, verify) verifying;	/* tables that looked damaged */
	struct request_list batch;	/* wait for the commit */
	uint64_t	 batchno;	/* of the open batch */
	unsigned int	 expected;	/* sessions answered by the last one
					   that have not asked again */
	uint64_t	 committed_us;	/* when the last one was */

	struct takeover_list takeovers;	/* the oldest first */
	unsigned int	 ntakeovers;

	uint64_t	 logged;	/* ms: since then, that many lines */
	unsigned int	 lines;		/* about refused peers */

	SLIST_HEAD(, kept) kept;	/* descriptors that stay */
	TAILQ_HEAD(, watch) resting;	/* not read for a moment */
	TAILQ_HEAD(, watched) looks;	/* somebody is to be asked to look */

	uint64_t	 files;		/* descriptors that we may have */
	struct near	 near_files;
	uint64_t	 disk_at;	/* ms: it was looked at */
	uint64_t	 disk_said;
	int		 disk_little;

	struct server_stats stats;
};

/* Notes in the journal. */
enum note_kind {
	NOTE_SESSION = 1,	/* key: session */
	NOTE_RESULT,		/* key: session */
	NOTE_FLIGHT,		/* key: session, number: ticket */
	NOTE_CANCELLED,		/* key: mailbox, number: ticket */
	NOTE_FLOOR		/* key: mailbox, number: of the binding */
};

/*
 * Opens the engine and takes up what the notes say: 0, or -1 after a log
 * line.  conf stays the caller's; its limits may change later.
 */
int	server_start(struct server *, const struct indexd_conf *);

/* Takes connections from this socket, which does not block. */
int	server_listen(struct server *, int fd);

/*
 * One turn of the loop; it waits up to ms milliseconds, as long as need be
 * if that is -1.  -1 if waiting fails.
 */
int	server_turn(struct server *, int ms);

/* Microseconds of a clock that never goes back. */
uint64_t server_us(void);

/* Commits, ends all connections and closes the engine. */
void	server_stop(struct server *);

#endif
