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

#ifndef TESTS_ORDER_REPLICA_H
#define TESTS_ORDER_REPLICA_H

#include <stddef.h>
#include <stdint.h>

#include "common/uidset.h"
#include "tests/order/wire.h"

/*
 * A client that keeps a copy of one mailbox and brings it up to date with
 * nothing but increments, by the rules of RFC 7162 section 6.  It does no
 * I/O: what is sent and read is told to it.  The workload asks it what to
 * send; the checker runs it again over the history.
 */
struct copy {
	uint32_t	uid;		/* 0: not known yet */
	int		known;		/* modseq and flags are */
	uint64_t	modseq;
	uint64_t	flags;
};

struct replica {
	char		 mailbox[WIRE_NAME];
	int		 qresync;	/* enabled on this connection */
	int		 selected;
	int		 syncing;	/* SELECTed, but not yet up to date */
	int		 need_map;	/* the UIDs of all numbers */
	int		 need_changes;	/* CHANGEDSINCE highest */
	uint32_t	 uidvalidity;	/* of the copy; 0: there is none */
	uint64_t	 highest;	/* the client's HIGHESTMODSEQ */

	struct copy	*msg;		/* by message number less one */
	size_t		 n;
	size_t		 cap;
	struct copy	*old;		/* while syncing: the copy, by UID */
	size_t		 nold;

	int		 busy;		/* a command runs: */
	struct command	 cmd;
	struct uidset	 target;	/* the UIDs that it names */
	uint64_t	 code;		/* since the last tagged reply: the */
	uint64_t	 seen;		/* HIGHESTMODSEQ, highest MODSEQ */
	uint64_t	 pending;	/* while syncing, the new highest */
	uint32_t	 new_validity;

	char		 fault[256];	/* what the server did wrong */
};

void	replica_init(struct replica *);
void	replica_free(struct replica *);

/* A connection begins, for that mailbox; it is over: what the client may
 * keep is in msg, all of it known, and highest. */
void	replica_open(struct replica *, const char *mailbox);
void	replica_cut(struct replica *);

void	replica_send(struct replica *, const char *command);

/* A line.  Returns 0, or -1 if the server broke a rule: see fault. */
int	replica_line(struct replica *, const char *line);

/* The highest UID below which the client knows all messages. */
uint32_t replica_last(const struct replica *);

/* The message, or NULL. */
const struct copy *replica_find(const struct replica *, uint32_t uid);

/* Whether it knows UID, modseq and flags of all messages. */
int	replica_complete(const struct replica *);

#endif
