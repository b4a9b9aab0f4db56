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

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/order/check.h"

/*
 * The ledger's changes are gone through in the order of their mod-sequences.
 * Each must be what one command makes of the state before it, with the reply
 * that it got, or what other programs did; no command has two; and a command
 * that has none must have had nothing to change at some place.  The places of
 * a command are bounded by time: it cannot stand before one that was complete
 * when it was sent, nor after what was seen before it was sent.
 */

/* A command's part in one mailbox. */
struct leg {
	struct op	*op;
	size_t		*slot;		/* where its place goes */
	int		 target;	/* messages arrive here */
	int		 nothing;	/* somewhere it had nothing to change */
	int		 sure;		/* it fits by name (1), by the UIDs it
					   was told (2), not for want of
					   knowledge */
	const char	*why;		/* it does not fit */
};

struct sweep {
	struct checker	*k;
	struct box	*b;
	struct leg	*leg;		/* by time of sending */
	size_t		 nlegs;
	size_t		 next;		/* first not yet sent */
	struct leg	**open;		/* sent, and no place found */
	size_t		 nopen;
	struct leg	**fit;		/* of these, for one slot */
	uint64_t	 low;		/* the place is later than this */
};

/* How far back a choice is looked for that makes a later change go, and how
 * often a mailbox is gone through for that. */
#define NEAR	40
#define SWEEPS	400

static void	advance(struct sweep *, const struct slot *);
static int	alike(const struct box *, size_t, size_t);
static void	assign(struct sweep *, size_t);
static int	better(const struct leg *, const struct leg *);
static void	close_leg(struct sweep *, size_t);
static int	compare_legs(const void *, const void *);
static void	describe(const struct sweep *, const struct slot *, char *,
		    size_t);
static void	expire(struct sweep *, uint64_t);
static int	fits(struct sweep *, struct leg *, const struct slot *);
static int	fits_arrival(struct sweep *, struct leg *,
		    const struct slot *);
static int	fits_gone(struct sweep *, struct leg *, const struct slot *);
static int	may_be_copy(const struct op *, const struct message *, int *);
static int	fits_store(struct sweep *, struct leg *,
		    const struct slot *);
static void	legs(struct sweep *);
static int	had_flags(const struct message *, const struct message *);
static int	names_all(const struct op *, const struct box *, size_t);
static void	nobody(struct sweep *, const struct slot *, const char *);
static int	nothing(struct sweep *, struct leg *);
static int	nothing_gone(struct sweep *, const struct leg *);
static int	nothing_stored(struct sweep *, struct leg *);
static void	pair_moves(struct checker *);
static size_t	rank(struct sweep *, const struct slot *, const char **);
static int	retry(struct checker *, struct box *, size_t *, size_t, int);
static void	sweep(struct checker *, struct box *);
static size_t	sweep_once(struct checker *, struct box *, int);
static void	sweep_start(struct sweep *);
static void	take_arrival(struct op *);
static void	take_removal(struct op *);

static int
compare_legs(const void *a, const void *b)
{
	const struct leg	*x = a, *y = b;

	return (x->op->t0 < y->op->t0 ? -1 : x->op->t0 > y->op->t0);
}

/* The commands that have to do with the mailbox. */
static void
legs(struct sweep *s)
{
	struct op	*op;
	size_t		 i;
	int		 source, target;

	s->leg = calloc(2 * s->k->nops + 1, sizeof(*s->leg));
	s->open = calloc(2 * s->k->nops + 1, sizeof(*s->open));
	s->fit = calloc(2 * s->k->nops + 1, sizeof(*s->fit));
	if (s->leg == NULL || s->open == NULL || s->fit == NULL)
		err(1, NULL);
	for (i = 0; i < s->k->nops; i++) {
		op = &s->k->op[i];
		target = (op->cmd.kind == CMD_APPEND ||
		    op->cmd.kind == CMD_COPY || op->cmd.kind == CMD_MOVE) &&
		    op->to == s->b;
		source = op->box == s->b && op->cmd.kind != CMD_APPEND &&
		    op->cmd.kind != CMD_COPY;
		if (source) {
			s->leg[s->nlegs].op = op;
			s->leg[s->nlegs++].slot = &op->slot;
		}
		if (target) {
			s->leg[s->nlegs].op = op;
			s->leg[s->nlegs].target = 1;
			s->leg[s->nlegs++].slot = &op->to_slot;
		}
	}
	qsort(s->leg, s->nlegs, sizeof(*s->leg), compare_legs);
}

/* A STORE changes what the slot says, of all its messages, and nothing else. */
static int
fits_store(struct sweep *s, struct leg *l, const struct slot *slot)
{
	const struct part	*p = &s->b->part[slot->first];
	struct uidset_iter	 it = { 0 };
	struct message		*m;
	enum verdict		 verdict;
	uint64_t		 toggled;
	uint32_t		 uid;
	size_t			 i, n = 0;

	/* Quickly, for most: is a message of the slot named at all? */
	if (p->kind != CHANGE_IS_FLAGS ||
	    !uidset_contains(&l->op->target, s->b->msg[p->message].uid))
		return (0);
	while (uidset_next(&l->op->target, &it, &uid)) {
		if ((m = box_find(s->b, uid)) == NULL || !m->live)
			continue;
		verdict = check_stored(l->op, s->b, m, &toggled, &l->why);
		switch (verdict) {
		case STORE_WRONG:
			return (0);
		case STORE_NOTHING:
			continue;
		case STORE_MAY_CHANGE:
		case STORE_CHANGES:
			break;
		}
		for (i = 0; i < slot->n; i++)
			if (&s->b->msg[p[i].message] == m)
				break;
		if (i == slot->n && verdict == STORE_MAY_CHANGE)
			continue;
		l->why = "it would change other flags";
		if (i == slot->n || p[i].kind != CHANGE_IS_FLAGS ||
		    (m->pinned && p[i].toggled != toggled))
			return (0);
		n++;
	}
	l->why = "it would change fewer messages";
	return (n == slot->n);
}

static int
nothing_stored(struct sweep *s, struct leg *l)
{
	struct uidset_iter	 it = { 0 };
	struct message		*m;
	const char		*why = "it would change something";
	uint64_t		 toggled;
	uint32_t		 uid;

	while (uidset_next(&l->op->target, &it, &uid)) {
		if ((m = box_find(s->b, uid)) == NULL || !m->live)
			continue;
		switch (check_stored(l->op, s->b, m, &toggled, &why)) {
		case STORE_MAY_CHANGE:
			break;
		case STORE_CHANGES:
			if (!m->pinned)
				continue;
			why = "it would change something";
			/* FALLTHROUGH */
		case STORE_WRONG:
			l->why = why;
			return (0);
		case STORE_NOTHING:
			break;
		}
	}
	return (1);
}

/*
 * EXPUNGE and CLOSE take all that are \Deleted, UID EXPUNGE those named, of
 * the messages that the session knows: those beyond op->last it may know.
 * MOVE takes those that its COPYUID says.
 */
static int
fits_gone(struct sweep *s, struct leg *l, const struct slot *slot)
{
	const struct op		*op = l->op;
	const struct part	*p = &s->b->part[slot->first];
	const struct message	*m;
	size_t			 i, n = 0;
	int			 wanted;

	if (p->kind != CHANGE_IS_GONE)
		return (0);
	if (op->cmd.kind == CMD_MOVE && op->result == RESULT_OK &&
	    op->from.n == 0)
		return (0);
	/* RFC 7162 sections 3.2.7, 3.2.9; RFC 6851 section 4.4. */
	l->why = "its reply has no HIGHESTMODSEQ, or a lower one";
	if (op->result == RESULT_OK && op->qresync &&
	    op->cmd.kind != CMD_CLOSE && op->code < slot->modseq)
		return (0);
	l->why = "it would expunge others";
	for (i = 0; i < slot->n; i++) {
		m = &s->b->msg[p[i].message];
		wanted = op->cmd.kind == CMD_MOVE ?
		    uidset_contains(op->from.n > 0 ? &op->from : &op->target,
		    m->uid) : (m->v[m->now].flags & F_DELETED) != 0 &&
		    (!op->cmd.uid || uidset_contains(&op->target, m->uid));
		if (p[i].kind != CHANGE_IS_GONE || (!wanted &&
		    (m->pinned || op->cmd.kind == CMD_MOVE)))
			return (0);
		n += m->uid <= op->last;
	}
	l->sure = op->from.n > 0 ? 2 : 0;
	if (op->cmd.kind == CMD_MOVE)
		return (op->from.n == 0 ||
		    uidset_count(&op->from) == slot->n);
	for (i = 0; i < s->b->n && s->b->msg[i].uid <= op->last; i++) {
		m = &s->b->msg[i];
		if (!m->live || !m->pinned ||
		    (m->v[m->now].flags & F_DELETED) == 0)
			continue;
		if (!op->cmd.uid || uidset_contains(&op->target, m->uid))
			n--;
	}
	return (n == 0);
}

static int
nothing_gone(struct sweep *s, const struct leg *l)
{
	const struct op		*op = l->op;
	const struct message	*m;
	size_t			 i;

	if (op->cmd.kind == CMD_MOVE)
		return (op->from.n == 0);
	for (i = 0; i < s->b->n && s->b->msg[i].uid <= op->last; i++) {
		m = &s->b->msg[i];
		if (m->live && m->pinned && (m->v[m->now].flags & F_DELETED) &&
		    (!op->cmd.uid || uidset_contains(&op->target, m->uid)))
			return (0);
	}
	return (1);
}

/* Whether a message ever had the flags that another began with. */
static int
had_flags(const struct message *from, const struct message *m)
{
	size_t	 i;

	for (i = 0; i < from->nv && from->pinned && m->pinned; i++)
		if (from->v[i].flags == m->v[0].flags)
			return (1);
	return (!from->pinned || !m->pinned);
}

/* Whether a message may be a copy of one that a command without reply named:
 * as far as it is known which message that is; *sure says if it is. */
static int
may_be_copy(const struct op *op, const struct message *m, int *sure)
{
	int			 maybe = 0;
	struct uidset_iter	 it = { 0 };
	const struct message	*from;
	uint32_t		 uid;

	while (op->box != NULL && uidset_next(&op->target, &it, &uid)) {
		if ((from = box_find(op->box, uid)) == NULL ||
		    !had_flags(from, m))
			continue;
		if (m->id[0] == '\0' || from->id[0] == '\0')
			maybe = 1;
		else if (strcmp(m->id, from->id) == 0)
			return (1);
	}
	*sure = 0;
	return (maybe);
}

/* Messages that a command brings: the UIDs that it was told, if it was. */
static int
fits_arrival(struct sweep *s, struct leg *l, const struct slot *slot)
{
	const struct op		*op = l->op;
	const struct part	*p = &s->b->part[slot->first];
	const struct message	*m;
	size_t			 i;

	if ((op->result == RESULT_OK || op->into.n > 0) &&
	    uidset_count(&op->into) != slot->n)
		return (0);
	if (slot->n > (op->cmd.kind == CMD_APPEND ? 1 :
	    uidset_count(&op->target)))
		return (0);
	l->sure = op->into.n > 0 ? 2 : 1;
	for (i = 0; i < slot->n; i++) {
		m = &s->b->msg[p[i].message];
		if (p[i].kind != CHANGE_IS_NEW)
			return (0);
		if (op->into.n > 0 && !uidset_contains(&op->into, m->uid))
			return (0);
		l->why = "the message has other flags";
		if (op->cmd.kind != CMD_APPEND) {
			if (op->into.n == 0 && !may_be_copy(op, m,
			    &l->sure))
				return (0);
			continue;
		}
		if (m->pinned && m->v[0].flags != op->cmd.flags)
			return (0);
		if (m->id[0] != '\0' && strcmp(m->id, op->cmd.id) != 0)
			return (0);
		if (m->id[0] == '\0' && op->into.n == 0)
			l->sure = 0;
	}
	return (1);
}

static int
fits(struct sweep *s, struct leg *l, const struct slot *slot)
{
	if (l->op->result == RESULT_NO && !l->op->cmd.store)
		return (0);
	if (l->target)
		return (fits_arrival(s, l, slot));
	return (l->op->cmd.store ? fits_store(s, l, slot) :
	    fits_gone(s, l, slot));
}

/* Whether the command would change nothing just here. */
static int
nothing(struct sweep *s, struct leg *l)
{
	if (l->op->result != RESULT_OK && !l->op->cmd.store)
		return (1);
	if (l->op->result == RESULT_CUT)
		return (1);
	if (l->target)
		return (l->op->cmd.kind != CMD_APPEND && l->op->into.n == 0);
	return (l->op->cmd.store ? nothing_stored(s, l) :
	    nothing_gone(s, l));
}

static void
close_leg(struct sweep *s, size_t i)
{
	memmove(&s->open[i], &s->open[i + 1],
	    (--s->nopen - i) * sizeof(s->open[0]));
}

/* Those that had to be before this time are not coming any more. */
static void
expire(struct sweep *s, uint64_t low)
{
	static const char *const names[] = { "", "SELECT", "STATUS", "STORE",
	    "APPEND", "COPY", "MOVE", "EXPUNGE", "CLOSE", "FETCH", "SEARCH",
	    "ENABLE" };
	const struct leg	*l;
	size_t			 i;

	for (i = 0; i < s->nopen;) {
		l = s->open[i];
		if (l->op->t1 >= low) {
			i++;
			continue;
		}
		if (!l->nothing)
			fault(s->k->report, "order", "%s: %s by process %u at %"
			    PRIu64 " has no place: %s", s->b->name,
			    names[l->op->cmd.kind], l->op->proc, l->op->t0,
			    l->why != NULL ? l->why : "no change is like it");
		close_leg(s, i);
	}
}

/* Of two that fit, a conditional one is harder to place elsewhere; then the
 * one that was complete first; those that were cut last of all, the newest
 * first. */
static int
better(const struct leg *a, const struct leg *b)
{
	if ((a->op->result == RESULT_CUT) != (b->op->result == RESULT_CUT))
		return (b->op->result == RESULT_CUT);
	if (a->sure != b->sure)
		return (a->sure > b->sure);
	if (a->nothing != b->nothing)
		return (b->nothing);
	if (a->op->cmd.conditional != b->op->cmd.conditional)
		return (a->op->cmd.conditional);
	if (a->op->result == RESULT_CUT)
		return (a->op->t0 > b->op->t0);
	return (a->op->t1 < b->op->t1);
}

static void
describe(const struct sweep *s, const struct slot *slot, char *buf,
    size_t size)
{
	const struct part	*p = &s->b->part[slot->first];
	char			 flags[F_TEXTLEN];
	size_t			 i, used = 0;

	buf[0] = '\0';
	for (i = 0; i < slot->n && i < 4 && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s %u%s%s",
		    i > 0 ? ", " : "", p[i].kind == CHANGE_IS_NEW ? "new" :
		    p[i].kind == CHANGE_IS_GONE ? "gone" : "flags of",
		    s->b->msg[p[i].message].uid,
		    p[i].kind == CHANGE_IS_FLAGS ? " " : "",
		    p[i].kind == CHANGE_IS_FLAGS ?
		    bits_text(p[i].toggled, flags) : "");
}

/*
 * The open commands that fit, from s->fit on, the best first, and their
 * number; *why says why another does not.
 */
static size_t
rank(struct sweep *s, const struct slot *slot, const char **why)
{
	struct leg	*l;
	size_t		 i, j, n = 0;

	for (i = 0; i < s->nopen; i++) {
		l = s->open[i];
		l->why = NULL;
		if (!fits(s, l, slot)) {
			if (l->why != NULL)
				*why = l->why;
			continue;
		}
		for (j = n++; j > 0 && better(l, s->fit[j - 1]); j--)
			s->fit[j] = s->fit[j - 1];
		s->fit[j] = l;
	}
	return (n);
}

static void
nobody(struct sweep *s, const struct slot *slot, const char *why)
{
	char	 what[256];
	size_t	 i;

	describe(s, slot, what, sizeof(what));
	for (i = 0; i < s->nlegs; i++)
		if (*s->leg[i].slot == NO_SLOT &&
		    (s->leg[i].op->t0 > slot->high ||
		    s->leg[i].op->t1 < s->low) && fits(s, &s->leg[i], slot))
			why = "a command like it was sent after it was seen, "
			    "or complete before a command whose number is "
			    "lower was sent";
	fault(s->k->report, "order", "%s: nobody made change %" PRIu64
	    " (%s): %s", s->b->name, slot->modseq, what, why);
}

/*
 * Finds who made a change.  What is sure to have happened goes before what
 * may have: commands, then other programs, then commands without reply.
 */
static void
assign(struct sweep *s, size_t n)
{
	struct slot	*slot = &s->b->slot[n];
	struct leg	*l;
	const char	*why = "no command is like it";
	size_t		 fit, others, choice, i = 0;

	fit = rank(s, slot, &why);
	for (others = 0; others < fit; others++)
		if (s->fit[others]->op->result == RESULT_CUT &&
		    !s->fit[others]->sure)
			break;
	slot->choices = (unsigned int)fit + other_may(s->k, s->b, slot);
	if (slot->choices == 0) {
		nobody(s, slot, why);
		return;
	}
	choice = slot->choice < slot->choices ? slot->choice : 0;
	if (slot->choices > fit && choice >= others) {
		if (choice == others) {
			other_take(s->k, s->b, slot);
			return;
		}
		choice--;
	}
	l = s->fit[choice];
	*l->slot = n;
	slot->taken = l->op->result == RESULT_CUT && l->op->into.n == 0 ?
	    TAKEN_MAYBE : TAKEN;
	if (l->op->t0 > s->low)
		s->low = l->op->t0;
	while (s->open[i] != l)
		i++;
	close_leg(s, i);
}

/* The state after the change. */
static void
advance(struct sweep *s, const struct slot *slot)
{
	const struct part	*p = &s->b->part[slot->first];
	struct message		*m;
	size_t			 i;

	for (i = 0; i < slot->n; i++) {
		m = &s->b->msg[p[i].message];
		if (p[i].kind == CHANGE_IS_NEW) {
			m->live = 1;
			m->now = 0;
		} else if (p[i].kind == CHANGE_IS_GONE)
			m->live = 0;
		else
			m->now++;
	}
}

/* Whether a slot's messages are among those that a command names. */
static int
names_all(const struct op *op, const struct box *b, size_t slot)
{
	const struct part	*p = &b->part[b->slot[slot].first];
	size_t			 i;

	for (i = 0; i < b->slot[slot].n; i++)
		if (!uidset_contains(&op->target, b->msg[p[i].message].uid))
			return (0);
	return (1);
}

/*
 * The sweep of a mailbox leaves to another program's removal what a MOVE that
 * was cut off may have taken as well.  If the message did arrive, the MOVE
 * took it.
 */
static void
take_removal(struct op *op)
{
	struct box	*b = op->box;
	struct slot	*slot;
	size_t		 i, n;

	for (n = 0; n < b->nslots && op->slot == NO_SLOT; n++) {
		slot = &b->slot[n];
		if (slot->taken != FREE || slot->high < op->t0 ||
		    !names_all(op, b, n))
			continue;
		for (i = 0; i < slot->n; i++)
			if (b->part[slot->first + i].kind != CHANGE_IS_GONE)
				break;
		if (i < slot->n)
			continue;
		op->slot = n;
		slot->taken = TAKEN_MAYBE;
	}
}

/* So it leaves an arrival to another program's delivery.  If the message did
 * go, the MOVE brought it. */
static void
take_arrival(struct op *op)
{
	struct slot		*slot;
	const struct part	*p;
	size_t			 i, n;
	int			 sure;

	for (n = 0; n < op->to->nslots && op->to_slot == NO_SLOT; n++) {
		slot = &op->to->slot[n];
		p = &op->to->part[slot->first];
		if (slot->taken != FREE || slot->high < op->t0 ||
		    slot->n != op->box->slot[op->slot].n)
			continue;
		for (i = 0; i < slot->n; i++)
			if (p[i].kind != CHANGE_IS_NEW || !may_be_copy(op,
			    &op->to->msg[p[i].message], &sure))
				break;
		if (i < slot->n)
			continue;
		op->to_slot = n;
		slot->taken = TAKEN_MAYBE;
	}
}

/*
 * Of MOVEs that were cut off, and named one message, either may have taken
 * it: what the sweep of the one mailbox gave to one and that of the other to
 * another is brought together.
 */
static void
pair_moves(struct checker *k)
{
	struct op	*a, *b;
	size_t		 i, j;

	for (i = 0; i < k->nops; i++) {
		a = &k->op[i];
		if (a->cmd.kind != CMD_MOVE || a->result != RESULT_CUT ||
		    a->to_slot == NO_SLOT || a->slot != NO_SLOT)
			continue;
		for (j = 0; j < k->nops && a->slot == NO_SLOT; j++) {
			b = &k->op[j];
			if (b->cmd.kind != CMD_MOVE ||
			    b->result != RESULT_CUT || b->box != a->box ||
			    b->to != a->to || b->slot == NO_SLOT ||
			    b->to_slot != NO_SLOT ||
			    !names_all(a, a->box, b->slot))
				continue;
			a->slot = b->slot;
			b->slot = NO_SLOT;
		}
		if (a->slot == NO_SLOT)
			take_removal(a);
	}
	for (i = 0; i < k->nops; i++) {
		a = &k->op[i];
		if (a->cmd.kind == CMD_MOVE && a->result == RESULT_CUT &&
		    a->to != NULL && a->slot != NO_SLOT &&
		    a->to_slot == NO_SLOT)
			take_arrival(a);
	}
}

/* Nothing is placed yet. */
static void
sweep_start(struct sweep *s)
{
	struct box	*b = s->b;
	size_t		 i;

	legs(s);
	for (i = 0; i < s->nlegs; i++)
		*s->leg[i].slot = NO_SLOT;
	for (i = 0; i < b->nslots; i++) {
		b->slot[i].taken = FREE;
	}
	for (i = 0; i < b->n; i++) {
		b->msg[i].live = 0;
		b->msg[i].now = 0;
	}
	for (i = 0; i < s->k->nothers; i++)
		if (s->k->other[i].box == b)
			s->k->other[i].used = 0;
}

/* Returns the first slot at which there is a fault, or NO_SLOT; goes no
 * further for a trial. */
static size_t
sweep_once(struct checker *k, struct box *b, int trial)
{
	struct sweep	 s = { .k = k, .b = b };
	uint64_t	 high;
	unsigned int	 faults = k->report->faults;
	size_t		 n, i, stuck = NO_SLOT;

	sweep_start(&s);
	for (n = 0; n <= b->nslots && (!trial || stuck == NO_SLOT); n++) {
		high = n < b->nslots ? b->slot[n].high : UINT64_MAX;
		for (; s.next < s.nlegs && s.leg[s.next].op->t0 <= high;
		    s.next++)
			s.open[s.nopen++] = &s.leg[s.next];
		expire(&s, s.low);
		for (i = 0; i < s.nopen; i++)
			if (!s.open[i]->nothing)
				s.open[i]->nothing = nothing(&s, s.open[i]);
		if (n < b->nslots) {
			assign(&s, n);
			advance(&s, &b->slot[n]);
		} else
			expire(&s, UINT64_MAX);
		if (stuck == NO_SLOT && k->report->faults > faults)
			stuck = n;
	}
	free(s.leg);
	free(s.open);
	free(s.fit);
	return (stuck);
}

/* Whether what made the one may as well be part of the other. */
static int
alike(const struct box *b, size_t x, size_t y)
{
	const struct part	*p = &b->part[b->slot[x].first], *q;
	size_t			 i, j;

	for (i = 0; i < b->slot[x].n; i++, p++) {
		q = &b->part[b->slot[y].first];
		for (j = 0; j < b->slot[y].n; j++, q++)
			if (p->kind == q->kind && (p->kind != CHANGE_IS_FLAGS ||
			    (p->toggled & q->toggled) != 0) &&
			    strcmp(b->msg[p->message].id,
			    b->msg[q->message].id) == 0)
				return (1);
	}
	return (0);
}

/*
 * Tries what else can have made a change; keeps what brings the sweep further
 * than *stuck, and returns 1 then.  With keep also what does no harm, as a
 * change may want more than one other choice.
 */
static int
retry(struct checker *k, struct box *b, size_t *stuck, size_t n, int keep)
{
	struct slot	*slot = &b->slot[n];
	unsigned int	 i, choices = slot->choices, was = slot->choice;
	size_t		 again;

	for (i = 0; i < choices; i++) {
		if (i == was)
			continue;
		slot->choice = i;
		again = sweep_once(k, b, 1);
		if (again > *stuck) {
			*stuck = again;
			return (1);
		}
		if (keep && again == *stuck)
			return (0);
	}
	slot->choice = was;
	(void)sweep_once(k, b, 1);
	return (0);
}

/*
 * Often more than one command, or other programs as well, can have made a
 * change.  If the best of them is then wanting for a later change, or cannot
 * stand before a later one, the mailbox is gone through again with another
 * choice.  Whatever is chosen, only an order that explains all is accepted.
 */
static void
sweep(struct checker *k, struct box *b)
{
	struct report	*report = k->report, trial = { 0 };
	size_t		 stuck, n, tries = 0;
	int		 like, further = 1;

	k->report = &trial;
	for (stuck = sweep_once(k, b, 1); further && stuck != NO_SLOT;) {
		further = 0;
		for (like = 1; like >= 0 && !further; like--)
			for (n = stuck; n-- > 0 && !further &&
			    tries < SWEEPS;) {
				if (b->slot[n].choices < 2 || (like ?
				    stuck == b->nslots || !alike(b, n, stuck) :
				    stuck - n > NEAR))
					continue;
				tries += b->slot[n].choices;
				further = retry(k, b, &stuck, n, like);
			}
	}
	k->report = report;
	if (stuck != NO_SLOT)
		(void)sweep_once(k, b, 0);
}

void
check_order(struct checker *k)
{
	const struct op	*op;
	size_t		 i;

	ledger_spread(&k->ledger);
	for (i = 0; i < k->ledger.n; i++)
		sweep(k, &k->ledger.box[i]);
	pair_moves(k);
	for (i = 0; i < k->nops; i++) {
		op = &k->op[i];
		if (op->cmd.kind == CMD_MOVE && (op->slot == NO_SLOT) !=
		    (op->to_slot == NO_SLOT))
			fault(k->report, "order", "MOVE by process %u at %"
			    PRIu64 " is done by half: %s %s at %" PRIu64,
			    op->proc, op->t0, op->slot == NO_SLOT ? "into" :
			    "from", op->slot == NO_SLOT ? op->to->name :
			    op->box->name, op->slot == NO_SLOT ?
			    op->to->slot[op->to_slot].modseq :
			    op->box->slot[op->slot].modseq);
	}
}
