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

#ifndef INDEXD_PEER_H
#define INDEXD_PEER_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "common/frame.h"
#include "indexd/server.h"

/*
 * Connections: reading frames, queues, limits.  Nothing here blocks.  A
 * peer that breaks a rule is dropped: logged once, closed, and freed with its
 * handles by the end of the loop's turn; until then it is peer->dead.
 */
#define PEER_STRANGERS	128	/* peers not bound; then the oldest goes */
#define PEER_CONTROLS	16	/* connections of indexctl */
#define PEER_GATES	4096	/* of supervisors; then the oldest goes */
#define PEER_STRANGE	10000	/* ms that a peer may stay a stranger */
#define PEER_ROOM	4096	/* octets first read of a peer */
#define PEER_SMALL	65536	/* octets; a longer frame is large */
#define PEER_LARGE	(128U << 20)	/* octets of all large frames */
#define PEER_LARGETIME	60000	/* ms that a large frame may take */
#define PEER_LINES	20	/* lines a second that peers cause */
#define PEER_STALL	60000	/* ms that a peer may not read */
#define PEER_HIGHOUT	65536	/* octets waiting: no request is taken */
#define PEER_HIGHFRAMES	16	/* likewise, frames */
#define PEER_MAXOUT	(48U << 20)	/* octets waiting: it is dropped */

enum peer_phase {
	PEER_NEW,		/* HELLO must come */
	PEER_GREETED,		/* BIND, RESUME, CONTROL or ARRIVE must come */
	PEER_BOUND,
	PEER_GATE,		/* said ARRIVE or FAILED, and may again */
	PEER_CONTROL,
	PEER_OVER		/* said GOODBYE; nothing may come */
};

/* A frame on its way out. */
struct out {
	TAILQ_ENTRY(out) entry;
	uint8_t		*buf;
	size_t		 len;
	size_t		 off;
	int		 fd;		/* to pass, or -1 */
};
TAILQ_HEAD(out_list, out);

struct handle;
struct tally_entry;
TAILQ_HEAD(handle_list, handle);
struct control;

struct peer {
	struct source	 source;
	TAILQ_ENTRY(peer) entry;	/* of its phase's list, or dead */
	TAILQ_ENTRY(peer) queued;	/* ready or held */
	TAILQ_ENTRY(peer) hunger;	/* hungry */
	struct server	*srv;
	int		 fd;
	uid_t		 uid;		/* its credentials */
	pid_t		 pid;		/* 0: not known */
	enum peer_phase	 phase;
	int		 dead;
	int		 is_ready;
	int		 is_held;
	int		 is_busy;	/* its message is being decided */
	int		 is_hungry;
	uint64_t	 turn;		/* of the loop that took a request */
	int		 in;		/* what events was told */
	int		 out;
	uint64_t	 since;		/* ms: accepted */

	uint8_t		*buf;		/* read and not decided */
	size_t		 len;
	size_t		 cap;
	struct frame_head head;		/* of the first frame in buf */
	int		 has_head;
	size_t		 reserved;	/* of server.large */
	struct binding	*large;		/* for which it is */
	uint64_t	 large_since;	/* ms */

	struct out_list	 outs;
	size_t		 outlen;
	unsigned int	 nouts;
	uint64_t	 moved;		/* ms: last progress in writing */

	uint64_t	 held_since;	/* ms */
	struct box	*held_box;	/* whose floor it waits for */

	int		 is_passing;	/* a descriptor was asked for */
	int		 want;		/* which */
	int		 passed;	/* it has come; -1: none */
	uid_t		 passed_by;	/* whose it is */

	struct tally_entry *address;	/* it serves, or NULL */
	struct session	*session;
	struct handle_list handles;
	unsigned int	 nhandles;
	struct handle	*current;	/* the last used, or NULL */
	uint32_t	 last_handle;
	struct control	*control;
};

/* Takes what waits at the listening socket. */
void	peer_accept(struct server *);

/* Makes a peer of a connected socket, which it takes over; NULL if it
 * cannot, and the socket is closed then. */
struct peer *peer_new(struct server *, int fd);

/* What events_wait() said of it. */
void	peer_event(struct peer *, int in, int out);

/* Moves the peer to another phase and its list. */
void	peer_phase(struct peer *, enum peer_phase);

/* Whether a line that a peer has caused may be logged: PEER_LINES a second. */
int	peer_may_log(struct server *);

/* For log_whose(): the mark and the user of a peer's session, if it has one. */
void	peer_context(const void *peer, char *buf, size_t size);

/* Counts a refusal, and says whether a line about it may be logged. */
int	peer_count_refusal(struct server *);

/* Ends the connection: for a reason that is logged, or without a word. */
void	peer_refuse(struct peer *, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	peer_drop(struct peer *);

/*
 * Sends a frame, which it takes over, with a descriptor, which it takes over
 * too, or -1.  What the socket does not take now waits.
 */
void	peer_send(struct peer *, struct frame *, int fd);
/* Likewise of octets that are closed frames, one after the other. */
void	peer_send_raw(struct peer *, struct frame *, int fd);

/* The first frame in buf has been dealt with. */
void	peer_consume(struct peer *);

/* Puts it on the ready list if it has something to be decided and may. */
void	peer_check(struct peer *);

/* Its request waits until the box has another floor; goes on. */
void	peer_hold(struct peer *, struct box *);
void	peer_unhold(struct peer *);

/* Ends those who are over their time.  peers_timeout(): ms until the next
 * may be, or -1. */
void	peers_sweep(struct server *);
int	peers_timeout(const struct server *);

/* Frees the dead with their handles; their sessions are away. */
void	peers_reap(struct server *);

#endif
