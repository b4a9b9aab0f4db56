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

#ifndef TESTS_LIB_MIRROR_H
#define TESTS_LIB_MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "common/uidset.h"

/*
 * A client's copy of one mailbox, kept up to date by what the server sends
 * and nothing else, byte by byte, with CONDSTORE or QRESYNC enabled.  It
 * keeps what RFC 7162 section 6 lets a client keep, and takes it at the
 * moment when that section lets it:
 *
 * - A line that has not come whole, literals included, has not come.
 * - What FETCH, EXPUNGE and VANISHED tell of messages is taken at once.
 * - A HIGHESTMODSEQ code outside of SELECT and EXAMINE is the new
 *   HIGHESTMODSEQ at once ("MUST update its copy"), be it lower than before.
 * - MODSEQs of FETCH count only at the next tagged reply, if no such code
 *   came since the last one ("MUST use it even if it has seen higher"), and
 *   only if they are higher.
 * - While the client brings its copy up to date after SELECT, the code and
 *   MODSEQs go to a value put aside; that is taken when the last command of
 *   this synchronisation is answered with OK ("once the synchronization is
 *   complete").  With QRESYNC this is SELECT itself; else a FETCH 1:* for
 *   the numbers and, if there was a copy, UID FETCH with CHANGEDSINCE.
 * - A .SILENT STORE changes the copy when the MODSEQ of the message comes
 *   without flags: what other changes came before it came in a line of their
 *   own, with flags (section 3.1.3).
 *
 * After a disconnection it knows each message up to `base`, and no other.
 */
struct mirror_msg {
	uint32_t	uid;
	uint64_t	modseq;
	unsigned int	flags;		/* bits of mirror_flags */
};

#define MIRROR_FLAGS	7
#define MIRROR_LINE	65536		/* a response, with its literals */

extern const char *const mirror_flags[MIRROR_FLAGS];

enum mirror_command {
	MIRROR_OTHER,
	MIRROR_NEWS,			/* NOOP, IDLE */
	MIRROR_SELECT,
	MIRROR_MAP,			/* FETCH 1:* */
	MIRROR_CHANGES,			/* UID FETCH with CHANGEDSINCE */
	MIRROR_STORE			/* with .SILENT */
};

struct mirror {
	/* What outlives the connection. */
	uint32_t		 uidvalidity;
	uint64_t		 highest;	/* 0: none */
	uint32_t		 base;
	struct mirror_msg	*msg;		/* by UID */
	size_t			 n;
	size_t			 cap;

	/* The selected mailbox. */
	uint32_t		*slot;		/* by number; 0: unknown */
	size_t			 exists;
	size_t			 slots;
	int			 qresync;	/* SELECT had it */
	int			 need_map;
	int			 need_changes;
	uint64_t		 pending;	/* the value put aside */
	int			 code;		/* HIGHESTMODSEQ has come, */
	uint64_t		 seen;		/* highest MODSEQ, since the
						   last tagged reply */
	enum mirror_command	 command;
	struct uidset		 target;	/* of STORE */
	char			 op;		/* '+', '-', '=' */
	unsigned int		 flags;

	/* The response that is coming. */
	char			 line[MIRROR_LINE];
	size_t			 len;
	size_t			 literal;	/* bytes to come */
	unsigned int		 lines;		/* that have come */
};

void	mirror_init(struct mirror *);
void	mirror_free(struct mirror *);

/* The connection is over. */
void	mirror_cut(struct mirror *);

/* A command is sent, without its tag; of literals only what stands before. */
void	mirror_send(struct mirror *, const char *);

/* What the server sends.  What breaks a rule fails the test. */
void	mirror_feed(struct mirror *, const char *, size_t);

struct mirror_msg *mirror_find(const struct mirror *, uint32_t uid);

/* Whether there are messages of which it does not know all. */
int	mirror_behind(const struct mirror *);

/* Takes a FETCH line; returns the UID it names. */
uint32_t mirror_fetch(struct mirror *, const char *);

/* Forgets messages. */
void	mirror_forget(struct mirror *, const struct uidset *);

/* Reads "1:3,7" up to what does not belong to it; without "*". */
void	mirror_set(const char *, struct uidset *);

#endif
