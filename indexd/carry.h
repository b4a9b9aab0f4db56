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

#ifndef INDEXD_CARRY_H
#define INDEXD_CARRY_H

#include <sys/types.h>

#include <stdint.h>

#include "common/table.h"
#include "indexd/engine.h"

/*
 * A table that comes from elsewhere: it is filled aside, past the journal, in
 * bounded steps, and takes the place of the mailbox's table in one, durably.
 * One at a time.
 *
 * The order: carry_begin(); rows; keywords, gaps; carry_state(); carry_work() until
 * it returns 0; changes; carry_close(); carry_work() until it returns 0;
 * carry_switch().  carry_abort() at any time, and after every failure.
 *
 * All return 0, or -1 with errno; EPROTO: what was given contradicts itself,
 * and carry_why() says how.
 */
struct carry;

/* What is true of the whole mailbox. */
struct carry_state {
	uint32_t	uidnext;
	uint32_t	recent;
	uint64_t	highestmodseq;
	uint64_t	expunge_horizon;
	uint64_t	flag_horizon;
	uint64_t	floor_modseq;
	uint32_t	floor_uid;
	const char	*folder;
};

/* NULL with errno, EBUSY if one is under way. */
struct carry	*carry_begin(struct engine *, uid_t, const char *root,
		    const uint8_t id[TABLE_IDLEN], uint32_t uidvalidity);
void		 carry_abort(struct carry *);
const char	*carry_why(const struct carry *);

/* The next message, or one that was given already, as it is by now.  Of a
 * tombstone only what ROW_FILE says matters. */
int		 carry_row(struct carry *, const struct row *,
		    const char *name, size_t len);
int		 carry_keyword(struct carry *, const char *name);
int		 carry_gap(struct carry *, uint64_t low, uint64_t high);
int		 carry_state(struct carry *, const struct carry_state *);
int		 carry_change(struct carry *, const struct change *);
int		 carry_close(struct carry *);

/* A step: 1 if there is more to do now, 2 if the helper is to be waited for,
 * 0 when it is done. */
int		 carry_work(struct carry *);

/* Octets of the file so far. */
uint64_t	 carry_bytes(const struct carry *);
/* Once the tree is there. */
uint32_t	 carry_messages(const struct carry *);

/*
 * Takes the place of the table that is there under this id, if any, which
 * nobody has a handle on any more, with TABLE_CARRIED; nothing is in the open
 * batch.  Durable when it returns; frees the carry in any case.
 */
int		 carry_switch(struct carry *);

#endif
