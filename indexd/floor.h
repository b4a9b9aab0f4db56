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

#ifndef INDEXD_FLOOR_H
#define INDEXD_FLOOR_H

#include <sys/tree.h>

#include <stdint.h>

#include "indexd/box.h"
#include "indexd/server.h"

/*
 * The floor in a folder's identity file: no number at or above it is given.
 * At half a stride one session is asked to raise it, after FLOOR_NEXT the
 * next; requests that reach it wait, FLOOR_WAIT at most.
 *
 * What was asked for is a note, for a session may have raised the floor
 * without living to say so: only a floor above that is of another table.
 */
#define FLOOR_NEXT	1000	/* ms until another session is asked */
#define FLOOR_WAIT	5000	/* ms that a request waits */

/* The strides: FLOOR_MODSEQS and FLOOR_UIDS, less for tests. */
extern uint64_t floor_modseqs;
extern uint32_t floor_uids;

enum asked_state {
	ASKED_WANTED,		/* to be noted */
	ASKED_NOTING,		/* in the batch */
	ASKED_DURABLE,
	ASKED_ENDING		/* its end is in the batch */
};

struct floor_asked {
	RB_ENTRY(floor_asked) entry;
	TAILQ_ENTRY(floor_asked) innoting;
	enum asked_state state;
	uint8_t		 id[TABLE_IDLEN];
	uint64_t	 binding;	/* a hash of it */
	uint64_t	 modseq;
	uint32_t	 uid;
};

/* The highest floor that the folder may have. */
void	floor_limit(struct box *, uint64_t *modseq, uint32_t *uid);

/* A floor of a table of which no box can be made: 0 in place of one that it
 * was asked to be raised to. */
void	floor_known(struct server *, const struct binding *,
	    const uint8_t *id, uint64_t *modseq, uint32_t *uid);

/* Whether it should be raised as it stands, with n more UIDs to give. */
int	floor_low(const struct box *, uint32_t n);

/*
 * What to raise it to; noted in the batch if that is new.  1 if the note is
 * durable already, 0 if not; -1 with errno, ERANGE if there is no more.
 */
int	floor_target(struct box *, uint64_t *modseq, uint32_t *uid);

/* Begins to ask for a higher one, with room for so many UIDs. */
void	floor_raise(struct box *, uint32_t uids);

/* A session reports it: 0, or -1 with errno. */
int	floor_reported(struct box *, uint64_t modseq, uint32_t uid);

/* The box goes: who waits for its floor is decided now. */
void	floor_box_gone(struct box *);

/* Whether anyone can raise it. */
int	floor_hope(const struct box *);

/* The batch was committed, or not. */
void	floors_noted(struct server *, int committed);

/* A note at start: 0, or -1 if it is malformed. */
int	floor_from_note(struct server *, const struct note *);

/* Asks who is next; lets requests go on that waited too long. */
void	floors_sweep(struct server *);
int	floors_timeout(const struct server *);

/* At the end of the server: frees what was asked for. */
void	floors_free(struct server *);

int	asked_cmp(const struct floor_asked *, const struct floor_asked *);
RB_PROTOTYPE(asked_tree, floor_asked, entry, asked_cmp)

#endif
