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

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/order/check.h"

/* What sessions see, and the copies that clients keep, beside the ledger. */

/* How long the follower may take to see a change. */
#define FOLLOWER_LATE	UINT64_C(100000000)

static int	check_kept(struct checker *, const struct box *,
		    const struct copy *, unsigned int);
static int	told_later(const struct box *, const struct message *,
		    uint64_t, uint64_t);

void
check_fetched(struct checker *k, struct box *b, const struct response *r,
    uint64_t visible)
{
	const struct version	*v, *newest;
	struct message		*m;
	char			 was[F_TEXTLEN], is[F_TEXTLEN];

	if (r->uid == 0)
		return;
	if ((m = box_find(b, r->uid)) == NULL ||
	    (v = message_at(m, r->modseq)) == NULL) {
		/* One just expunged may be shown with its last number. */
		if (m == NULL || r->modseq != m->gone)
			fault(k->report, "version", "%s: UID %u was never at "
			    "%" PRIu64, b->name, r->uid, r->modseq);
		return;
	}
	if (m->id[0] == '\0')
		(void)strlcpy(m->id, r->id, sizeof(m->id));
	else if (r->id[0] != '\0' && strcmp(m->id, r->id) != 0)
		fault(k->report, "uid", "%s: UID %u is %s, and is %s",
		    b->name, m->uid, m->id, r->id);
	if (r->has_flags && message_pin(m, v, r->flags) == -1)
		fault(k->report, "version", "%s: UID %u at %" PRIu64 " has %s, "
		    "shown is %s", b->name, m->uid, v->modseq,
		    bits_text(v->flags, was), bits_text(r->flags, is));
	newest = message_upto(m, visible);
	if (newest != NULL && newest->modseq > v->modseq)
		fault(k->report, "stale", "%s: UID %u is shown at %" PRIu64
		    " though %" PRIu64 " was visible", b->name, m->uid,
		    v->modseq, newest->modseq);
}

/* Of what is said to have vanished nothing lives, and nothing is yet to come
 * (RFC 7162 section 3.2.10). */
void
check_vanished(struct checker *k, const struct box *b,
    const struct uidset *set, unsigned int proc)
{
	const struct message	*m;
	size_t			 i;

	for (i = 0; i < b->n; i++) {
		m = &b->msg[i];
		if (m->gone == 0 && uidset_contains(set, m->uid)) {
			fault(k->report, "client", "process %u is told that "
			    "UID %u of %s vanished: it lives", proc, m->uid,
			    b->name);
			return;
		}
	}
	if (b->n == 0 || uidset_max(set) > b->msg[b->n - 1].uid)
		fault(k->report, "client", "process %u is told that UID %u of "
		    "%s vanished, which never was", proc, uidset_max(set),
		    b->name);
}

/* A message of the copy is what it was at its mod-sequence. */
static int
check_kept(struct checker *k, const struct box *b, const struct copy *c,
    unsigned int proc)
{
	const struct version	*v;
	struct message		*m;
	char			 was[F_TEXTLEN], is[F_TEXTLEN];

	if ((m = box_find(b, c->uid)) == NULL ||
	    (v = message_at(m, c->modseq)) == NULL) {
		if (m != NULL && m->gone == c->modseq)
			return (0);
		fault(k->report, "client", "process %u keeps UID %u of %s at %"
		    PRIu64 ", where it never was", proc, c->uid, b->name,
		    c->modseq);
		return (-1);
	}
	if (message_pin(m, v, c->flags) == -1) {
		fault(k->report, "client", "process %u keeps UID %u of %s at %"
		    PRIu64 " as %s: it is %s", proc, c->uid, b->name,
		    c->modseq, bits_text(c->flags, is),
		    bits_text(v->flags, was));
		return (-1);
	}
	return (0);
}

/*
 * Whether by then the message may have changed once more, or gone, after that
 * mod-sequence: who comes back with it is told, of the state as it is then.
 */
static int
told_later(const struct box *b, const struct message *m, uint64_t modseq,
    uint64_t t)
{
	const struct version	*v = message_upto(m, modseq);
	uint64_t		 next = m->gone;

	if (v + 1 < m->v + m->nv)
		next = v[1].modseq;
	return (next != 0 &&
	    b->slot[box_slot(b, next)].high <= t + FOLLOWER_LATE);
}

/*
 * Up to its HIGHESTMODSEQ, the copy has every change; when all is quiet, it
 * has every change there is (RFC 7162 sections 3.2 and 6).
 */
void
check_copy(struct checker *k, const struct box *b, const struct replica *c,
    unsigned int proc, uint64_t t)
{
	const struct version	*v;
	const struct message	*m;
	const struct copy	*kept;
	uint32_t		 last = replica_last(c);
	size_t			 i;

	if (c->syncing || c->uidvalidity == 0)
		return;
	for (i = 0; i < c->n && c->msg[i].known; i++)
		if (check_kept(k, b, &c->msg[i], proc) == -1)
			return;
	for (i = 0; i < b->n && b->msg[i].uid <= last; i++) {
		m = &b->msg[i];
		if ((v = message_upto(m, c->highest)) == NULL)
			continue;
		kept = replica_find(c, m->uid);
		if (m->gone != 0 && m->gone <= c->highest) {
			if (kept == NULL)
				continue;
			fault(k->report, "client", "process %u keeps UID %u of "
			    "%s, gone at %" PRIu64 ", with HIGHESTMODSEQ %"
			    PRIu64, proc, m->uid, b->name, m->gone,
			    c->highest);
		} else if (told_later(b, m, c->highest, t))
			continue;
		else if (kept == NULL && m->gone == 0)
			fault(k->report, "client", "process %u has lost UID %u "
			    "of %s", proc, m->uid, b->name);
		else if (kept != NULL && kept->modseq < v->modseq)
			fault(k->report, "client", "process %u keeps UID %u of "
			    "%s at %" PRIu64 ", without %" PRIu64
			    ", with HIGHESTMODSEQ %" PRIu64, proc, m->uid,
			    b->name, kept->modseq, v->modseq, c->highest);
		else
			continue;
		return;
	}
}

/* Everything that changed after n, and was visible, was in the answer. */
void
check_changedsince(struct checker *k, const struct box *b,
    const struct replica *c, const struct uidset *answered, uint64_t visible)
{
	const struct version	*v;
	const struct message	*m;
	const struct copy	*kept;
	size_t			 i;

	for (i = 0; i < c->n; i++) {
		if (c->msg[i].uid == 0 ||
		    !uidset_contains(&c->target, c->msg[i].uid) ||
		    (m = box_find(b, c->msg[i].uid)) == NULL || m->gone != 0)
			continue;
		v = message_upto(m, visible);
		kept = &c->msg[i];
		if (v != NULL && v->modseq > c->cmd.since &&
		    kept->modseq < v->modseq &&
		    !uidset_contains(answered, m->uid)) {
			fault(k->report, "stale", "%s: UID %u changed at %"
			    PRIu64 ", not told to CHANGEDSINCE %" PRIu64,
			    b->name, m->uid, v->modseq, c->cmd.since);
			return;
		}
	}
}

/* With nothing going on any more, a client has just what there is. */
void
check_final(struct checker *k, const struct box *b, const struct replica *c,
    unsigned int proc)
{
	const struct message	*m;
	const struct copy	*kept;
	size_t			 i, n = 0;

	for (i = 0; i < b->n; i++) {
		m = &b->msg[i];
		if (m->gone != 0)
			continue;
		n++;
		kept = replica_find(c, m->uid);
		if (kept == NULL ||
		    kept->modseq != m->v[m->nv - 1].modseq) {
			fault(k->report, "client", "process %u ends with UID "
			    "%u of %s at %" PRIu64 ", not %" PRIu64, proc,
			    m->uid, b->name, kept == NULL ? 0 : kept->modseq,
			    m->v[m->nv - 1].modseq);
			return;
		}
	}
	if (n != c->n)
		fault(k->report, "client", "process %u ends with %zu messages "
		    "of %s, not %zu", proc, c->n, b->name, n);
}
