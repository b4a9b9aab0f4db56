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

#ifndef TESTS_ORDER_CHECK_H
#define TESTS_ORDER_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "common/uidset.h"
#include "tests/order/replica.h"
#include "tests/order/history.h"
#include "tests/order/ledger.h"
#include "tests/order/report.h"

/*
 * The checker: pure functions over a history.  history_check() does it all;
 * the faults that it finds are in the report.
 */
void	history_check(const struct history *, struct report *);

/* Its parts, in their order, work on this. */
enum result {
	RESULT_OK,
	RESULT_NO,
	RESULT_CUT		/* no reply: done, or never */
};

#define NO_SLOT	SIZE_MAX

/* A command that changes something, with all that became of it. */
struct op {
	struct command	 cmd;
	unsigned int	 proc;
	struct box	*box;		/* selected */
	struct box	*to;		/* target of APPEND, COPY, MOVE */
	uint64_t	 t0;
	uint64_t	 t1;		/* reply; without one, when it was too
					   late for it */
	enum result	 result;
	struct uidset	 target;	/* UIDs that it names */
	struct uidset	 modified;	/* UIDs that failed UNCHANGEDSINCE */
	struct uidset	 from;		/* COPYUID */
	struct uidset	 into;		/* COPYUID, APPENDUID */
	uint32_t	 last;		/* highest UID that the client knew */
	int		 qresync;
	uint64_t	 code;		/* HIGHESTMODSEQ of the reply */
	size_t		 slot;		/* the place found: in box, in to */
	size_t		 to_slot;
};

/* What another program does to the files. */
enum other_kind { OTHER_DELIVER, OTHER_RENAME, OTHER_REMOVE };

struct other {
	enum other_kind	 kind;
	struct box	*box;
	char		 id[WIRE_NAME];
	uint64_t	 set;		/* RENAME: flags set, cleared */
	uint64_t	 cleared;
	uint64_t	 before;	/* RENAME: flags of the old name */
	uint64_t	 t0;
	uint64_t	 t1;
	int		 failed;
	uint64_t	 used;		/* while checking */
};

struct checker {
	const struct history *h;
	struct report	*report;
	struct ledger	 ledger;
	struct op	*op;
	size_t		 nops;
	size_t		 capops;
	struct other	*other;
	size_t		 nothers;
	size_t		 capothers;
	uint64_t	 quiet;		/* time of Q, or 0 */
	int		 killed;	/* there is a K */
};

/* replay.c: runs a client for each process; fills op and other. */
void	check_replay(struct checker *);

/* check_client.c: a FETCH against the ledger, what was visible at a moment
 * having to be in it; a client's copy; an answer to CHANGEDSINCE. */
void	check_fetched(struct checker *, struct box *, const struct response *,
	    uint64_t visible);
void	check_vanished(struct checker *, const struct box *,
	    const struct uidset *, unsigned int proc);
void	check_copy(struct checker *, const struct box *,
	    const struct replica *, unsigned int proc, uint64_t t);
void	check_final(struct checker *, const struct box *,
	    const struct replica *, unsigned int proc);
void	check_changedsince(struct checker *, const struct box *,
	    const struct replica *, const struct uidset *answered,
	    uint64_t visible);

/* check_store.c: whether a STORE makes of a message what the ledger says. */
enum verdict {
	STORE_NOTHING,		/* it would change nothing */
	STORE_CHANGES,		/* it would, as told in toggled */
	STORE_MAY_CHANGE,	/* that, or fail: there is no reply to tell */
	STORE_WRONG		/* its reply says otherwise */
};
enum verdict check_stored(const struct op *, const struct box *,
	    const struct message *, uint64_t *toggled, const char **why);

/* check_order.c: a command for each change, and a place for each command. */
void	check_order(struct checker *);

/* check_other.c: whether other programs explain a change, 1 or 0; that they
 * do. */
unsigned int	other_may(struct checker *, const struct box *,
		    const struct slot *);
void	other_take(struct checker *, const struct box *,
	    const struct slot *);

/* check_lost.c: what COPYUID and APPENDUID tell of which message a UID is;
 * every message where it should be, once; the files. */
void	check_names(struct checker *);
void	check_lost(struct checker *);

#endif
