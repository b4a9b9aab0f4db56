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

#include <stddef.h>

#include "tests/order/check.h"

/*
 * What a STORE has to make of a message, at a place in the order of
 * mod-sequences (RFC 7162 sections 3.1.3 and 3.1.12).
 */

enum conflict { PASSES, FAILS, EITHER };

/* How long the follower may take to see that a horizon has risen. */
#define HORIZON_LATE	UINT64_C(2000000000)

static uint64_t	changed_since(const struct message *, uint64_t, uint64_t *);
static enum conflict conflict(const struct op *, const struct box *,
		    const struct message *);
static uint64_t	horizon(const struct box *, uint64_t);

static uint64_t
horizon(const struct box *b, uint64_t t)
{
	uint64_t	 modseq = 0;
	size_t		 i;

	for (i = 0; i < b->nhorizons; i++)
		if (b->horizon[i].modseq > modseq && (t == UINT64_MAX ||
		    b->horizon[i].t <= t + HORIZON_LATE))
			modseq = b->horizon[i].modseq;
	return (modseq);
}

/*
 * Which flags changed after that mod-sequence.  That a message appears counts
 * as a change of every system flag; of the keywords it came with, too, may be:
 * these go to maybe.
 */
static uint64_t
changed_since(const struct message *m, uint64_t since, uint64_t *maybe)
{
	uint64_t	 flags = 0;
	size_t		 i;

	*maybe = 0;
	for (i = m->now + 1; i-- > 0 && m->v[i].modseq > since;) {
		flags |= m->v[i].toggled;
		if (i == 0) {
			flags |= F_SYSTEM;
			*maybe = m->v[0].flags & ~(uint64_t)F_SYSTEM;
		}
	}
	return (flags);
}

/*
 * With FLAGS any change since is a conflict; with +FLAGS and -FLAGS one of
 * these flags, as far back as is known which flags changed.  0 fails for
 * every system flag and for a keyword that is set.
 */
static enum conflict
conflict(const struct op *op, const struct box *b, const struct message *m)
{
	const struct version	*v = &m->v[m->now];
	const struct command	*c = &op->cmd;
	uint64_t		 changed, maybe;

	if (!c->conditional || v->modseq <= c->since)
		return (PASSES);
	if (c->op == OP_SET)
		return (FAILS);
	if (c->since == 0) {
		if (c->flags & (F_SYSTEM | v->flags))
			return (FAILS);
		return (EITHER);
	}
	changed = changed_since(m, c->since, &maybe);
	if (c->flags & changed)
		return (FAILS);
	if (c->flags & maybe)
		return (EITHER);
	return (c->since < horizon(b, op->t1) ? EITHER : PASSES);
}

enum verdict
check_stored(const struct op *op, const struct box *b,
    const struct message *m, uint64_t *toggled, const char **why)
{
	uint64_t	 flags = m->v[m->now].flags, to;
	enum conflict	 how = conflict(op, b, m);
	int		 failed;

	failed = uidset_contains(&op->modified, m->uid);
	switch (op->result == RESULT_CUT ? EITHER : how) {
	case PASSES:
		*why = "MODIFIED without need";
		if (failed)
			return (STORE_WRONG);
		break;
	case FAILS:
		*why = "a lost update: it has to fail";
		if (!failed)
			return (STORE_WRONG);
		break;
	case EITHER:
		break;
	}
	if (op->result == RESULT_CUT)
		failed = how == FAILS;
	*toggled = 0;
	if (failed)
		return (STORE_NOTHING);
	to = op->cmd.flags;
	if (op->cmd.op == OP_ADD)
		to = flags | to;
	else if (op->cmd.op == OP_REMOVE)
		to = flags & ~to;
	*toggled = flags ^ to;
	if (*toggled == 0)
		return (STORE_NOTHING);
	return (op->result == RESULT_CUT && how == EITHER ? STORE_MAY_CHANGE :
	    STORE_CHANGES);
}
