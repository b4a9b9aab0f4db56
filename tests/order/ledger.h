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

#ifndef TESTS_ORDER_LEDGER_H
#define TESTS_ORDER_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "tests/order/history.h"
#include "tests/order/wire.h"

/*
 * What the server itself says was changed, in its order: the events L, R and
 * H of a history.  It is a claim, no more; the checker accepts it only if it
 * explains everything that all sessions sent and saw.
 */

/* A message after a change: flags from here on, and those that it changed. */
struct version {
	uint64_t	modseq;
	uint64_t	flags;
	uint64_t	toggled;
};

struct message {
	uint32_t	 uid;
	uint64_t	 gone;		/* modseq of its end, 0: lives */
	int		 pinned;	/* someone has seen the flags */
	struct version	*v;		/* v[0]: as it appeared */
	size_t		 nv;
	size_t		 cap;
	char		 id[WIRE_NAME];	/* as far as known */
	size_t		 now;		/* while checking: the version */
	int		 live;
};

enum change_kind { CHANGE_IS_NEW, CHANGE_IS_FLAGS, CHANGE_IS_GONE };

/* One message's part of a change. */
struct part {
	enum change_kind kind;
	size_t		 message;
	uint64_t	 toggled;
};

/* All that has one mod-sequence. */
struct slot {
	uint64_t	modseq;
	size_t		first;		/* parts */
	size_t		n;
	uint64_t	high;		/* somebody had seen it by then */
	enum {
		FREE,			/* while checking: other programs' */
		TAKEN,			/* a command's */
		TAKEN_MAYBE		/* of one that got no reply */
	}		taken;
	unsigned int	 choices;	/* while checking: how many can have */
	unsigned int	 choice;	/* made it, and which is to have */
};

struct horizon {
	uint64_t	t;
	uint64_t	modseq;
};

struct box {
	char		 name[WIRE_NAME];
	struct slot	*slot;
	size_t		 nslots;
	size_t		 capslots;
	struct part	*part;
	size_t		 nparts;
	size_t		 capparts;
	struct message	*msg;		/* by UID */
	size_t		 n;
	size_t		 cap;
	struct horizon	*horizon;
	size_t		 nhorizons;
	uint64_t	 seen;		/* highest modseq seen so far */
};

#define LEDGER_BOXES	8

struct ledger {
	struct box	 box[LEDGER_BOXES];
	size_t		 n;
};

struct report;

/* Reads the events; what contradicts itself is reported. */
void	ledger_build(struct ledger *, const struct history *,
	    struct report *);
void	ledger_free(struct ledger *);

/* The mailbox, or NULL; the message, or NULL. */
struct box	*ledger_box(struct ledger *, const char *name);
struct message	*box_find(const struct box *, uint32_t uid);

/* The version at a mod-sequence, or the newest up to it; NULL if none. */
const struct version *message_at(const struct message *, uint64_t modseq);
const struct version *message_upto(const struct message *, uint64_t modseq);

/* Somebody has seen the flags of a version, which fixes those of all others
 * of the message.  Returns -1 if they are known to be others. */
int	message_pin(struct message *, const struct version *, uint64_t flags);

/* The slot with the highest modseq up to the given; nslots if none. */
size_t	box_slot(const struct box *, uint64_t modseq);

/* Who has seen a change has seen those before it: brings that to high. */
void	ledger_spread(struct ledger *);

/* Somebody knew of that modseq at time t. */
void	box_observed(struct box *, uint64_t modseq, uint64_t t);

#endif
