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

#ifndef INDEXD_SESSIONS_H
#define INDEXD_SESSIONS_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/near.h"
#include "common/proto.h"
#include "indexd/server.h"

/*
 * Sessions: what is bound to a user and a mail root, with the result of its
 * last changing request.  Both are notes in the journal, so that a session
 * comes back after a restart of indexd.  A session's own note is in the
 * journal before it is told that it is bound; its end is noted with the next
 * batch, or after SESSION_LAZY.
 */
#define SESSION_LAZY	50	/* ms until an end is written anyway */
#define SESSION_AWAYMAX	1024	/* sessions of a binding that are away */

/* A user and a mail root: what limits count for. */
struct binding {
	RB_ENTRY(binding) entry;
	uid_t		 uid;
	char		*root;
	unsigned int	 refs;		/* sessions and places */
	unsigned int	 connections;
	unsigned int	 away;
	unsigned int	 open;		/* mailboxes */
	unsigned int	 names;		/* in flight or cancelled */
	int		 large;		/* one of its peers sends much */
	uint64_t	 usage_at;	/* ms: when usage was asked */
	uint64_t	 bytes;
	struct near	 near_connections;	/* to the limits: */
	struct near	 near_open;
	struct near	 near_mailboxes;
	struct near	 near_bytes;
	struct watch	*watch;		/* NULL: never asked for */
};

/* A user by name, as long as one of his sessions is known. */
struct served {
	RB_ENTRY(served) entry;
	char		*name;
	unsigned int	 refs;		/* sessions */
	unsigned int	 connections;	/* those connected */
	struct near	 near;		/* to limit per-user of BIND */
};

/* Who is served, as BIND says. */
struct session_who {
	char		 user[PROTO_MAXUSER + 1];
	char		 address[PROTO_MAXADDRESS + 1];
	uint32_t	 pid;
	uint32_t	 mark;
};

struct session {
	RB_ENTRY(session) entry;
	TAILQ_ENTRY(session) unnoted;
	TAILQ_ENTRY(session) awayness;
	TAILQ_ENTRY(session) recency;	/* while connected */
	uint8_t		 id[TABLE_IDLEN];
	struct binding	*binding;
	struct served	*served;
	char		*address;	/* the client's */
	pid_t		 pid;		/* of the process that serves it */
	uint32_t	 mark;		/* in log lines */
	struct peer	*peer;		/* NULL: away */
	uint64_t	 since;		/* ms: bound, or away */
	int		 is_away;
	int		 is_unnoted;
	int		 noted;		/* the journal knows it */
	int		 ended;
	uint64_t	 due;		/* ms: its note is written */
	int		 has_result;
	uint64_t	 serial;	/* of the result */
	uint8_t		*result;	/* payload of RESULT */
	size_t		 resultlen;
	unsigned int	 tickets;
	uint64_t	 batchno;	/* in which it was answered last */
	uint64_t	 requests;
	uint64_t	 asked;		/* ms: the last one */
};

/* Finds a binding, or makes one; NULL without memory.  Reference-counted. */
struct binding *binding_get(struct server *, uid_t, const char *root);
void	binding_put(struct server *, struct binding *);

/* How many sessions of the user are connected. */
unsigned int served_connections(struct server *, const char *user);

/* A new session of the binding, for the peer; NULL without memory. */
struct session *session_new(struct server *, uid_t, const char *root,
	    const struct session_who *);
struct session *session_find(struct server *, const uint8_t *);

/* It has asked for something: counted, and first among those connected. */
void	session_asks(struct server *, struct session *);

/* Connects the peer; the session is away when the peer goes. */
void	session_attach(struct session *, struct peer *);
void	session_detach(struct server *, struct session *);

/*
 * Ends the session: its tickets are doomed, its notes end with the next
 * batch.  Not while a request of it is in the batch.
 */
void	session_end(struct server *, struct session *);

/* Puts the result (the payload of RESULT, from serial on) into the batch. */
int	session_note_result(struct server *, struct session *, const void *,
	    size_t);

/* Keeps it, once it is durable; -1 without memory. */
int	session_keep_result(struct session *, uint64_t serial, const void *,
	    size_t);

/* Notes of the journal at start, NOTE_SESSION first: 0, or -1 if one is
 * malformed or of no session. */
int	session_from_note(struct server *, const struct note *);

/* Puts the notes of new and of ended sessions into the batch. */
void	sessions_note(struct server *);

/* The batch was committed, or not: then they are due again. */
void	sessions_noted(struct server *, int committed);

/* Whether the note of one is due, so that there is something to commit. */
int	sessions_due(const struct server *);

/* Ends sessions that were away too long. */
void	sessions_sweep(struct server *);
int	sessions_timeout(const struct server *);

/* At the end of the server: frees all, and leaves their notes. */
void	sessions_free(struct server *);

int	session_cmp(const struct session *, const struct session *);
int	binding_cmp(const struct binding *, const struct binding *);
int	served_cmp(const struct served *, const struct served *);
RB_PROTOTYPE(session_tree, session, entry, session_cmp)
RB_PROTOTYPE(binding_tree, binding, entry, binding_cmp)
RB_PROTOTYPE(served_tree, served, entry, served_cmp)

#endif
