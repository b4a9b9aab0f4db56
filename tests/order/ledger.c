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

#include "tests/order/ledger.h"
#include "tests/order/report.h"

static void	add_flags(struct box *, uint64_t, uint32_t, uint32_t,
		    uint64_t, struct report *);
static void	add_gone(struct box *, uint64_t, uint32_t, uint32_t,
		    struct report *);
static void	add_new(struct box *, uint64_t, uint32_t, uint32_t,
		    struct report *);
static void	add_part(struct box *, enum change_kind, size_t, uint64_t);
static void	add_version(struct message *, uint64_t, uint64_t);
static struct box *box_get(struct ledger *, const char *);
static size_t	find_from(const struct box *, uint32_t);
static void	*grow(void *, size_t *, size_t, size_t);
static void	pin(struct box *, const char *, struct report *);
static void	record(struct ledger *, const struct event *,
		    struct report *);

static void *
grow(void *p, size_t *cap, size_t n, size_t size)
{
	if (n < *cap)
		return (p);
	*cap = *cap * 2 + 16;
	if ((p = reallocarray(p, *cap, size)) == NULL)
		err(1, NULL);
	return (p);
}

struct box *
ledger_box(struct ledger *l, const char *name)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->box[i].name, name) == 0)
			return (&l->box[i]);
	return (NULL);
}

static struct box *
box_get(struct ledger *l, const char *name)
{
	struct box	*b;

	if ((b = ledger_box(l, name)) != NULL || l->n == LEDGER_BOXES)
		return (b);
	b = &l->box[l->n++];
	(void)strlcpy(b->name, name, sizeof(b->name));
	return (b);
}

/* The first message with that UID or a higher one. */
static size_t
find_from(const struct box *b, uint32_t uid)
{
	size_t	 lo = 0, hi = b->n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (b->msg[mid].uid < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

struct message *
box_find(const struct box *b, uint32_t uid)
{
	size_t	 i = find_from(b, uid);

	return (i < b->n && b->msg[i].uid == uid ? &b->msg[i] : NULL);
}

const struct version *
message_upto(const struct message *m, uint64_t modseq)
{
	size_t	 lo = 0, hi = m->nv, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (m->v[mid].modseq <= modseq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo == 0 ? NULL : &m->v[lo - 1]);
}

const struct version *
message_at(const struct message *m, uint64_t modseq)
{
	const struct version	*v = message_upto(m, modseq);

	return (v != NULL && v->modseq == modseq ? v : NULL);
}

size_t
box_slot(const struct box *b, uint64_t modseq)
{
	size_t	 lo = 0, hi = b->nslots, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (b->slot[mid].modseq <= modseq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo == 0 ? b->nslots : lo - 1);
}

void
box_observed(struct box *b, uint64_t modseq, uint64_t t)
{
	size_t	 i;

	if (modseq > b->seen)
		b->seen = modseq;
	if ((i = box_slot(b, modseq)) < b->nslots && t < b->slot[i].high)
		b->slot[i].high = t;
}

static void
add_version(struct message *m, uint64_t modseq, uint64_t toggled)
{
	struct version	*v;

	m->v = grow(m->v, &m->cap, m->nv, sizeof(*m->v));
	v = &m->v[m->nv++];
	v->modseq = modseq;
	v->toggled = toggled;
	v->flags = m->nv > 1 ? v[-1].flags ^ toggled : 0;
}

static void
add_part(struct box *b, enum change_kind kind, size_t message,
    uint64_t toggled)
{
	struct part	*p;

	b->part = grow(b->part, &b->capparts, b->nparts, sizeof(*b->part));
	p = &b->part[b->nparts++];
	p->kind = kind;
	p->message = message;
	p->toggled = toggled;
	b->slot[b->nslots - 1].n++;
}

static void
add_new(struct box *b, uint64_t modseq, uint32_t lo, uint32_t hi,
    struct report *r)
{
	struct message	*m;
	uint32_t	 uid;

	for (uid = lo; uid <= hi; uid++) {
		if (b->n > 0 && b->msg[b->n - 1].uid >= uid) {
			fault(r, "uid", "%s: UID %u appears at %" PRIu64
			    " after %u", b->name, uid, modseq,
			    b->msg[b->n - 1].uid);
			continue;
		}
		b->msg = grow(b->msg, &b->cap, b->n, sizeof(*b->msg));
		m = &b->msg[b->n++];
		memset(m, 0, sizeof(*m));
		m->uid = uid;
		add_version(m, modseq, 0);
		add_part(b, CHANGE_IS_NEW, b->n - 1, 0);
	}
}

/* Those of the range that live have changed, all of them. */
static void
add_flags(struct box *b, uint64_t modseq, uint32_t lo, uint32_t hi,
    uint64_t toggled, struct report *r)
{
	struct message	*m;
	size_t		 i, n = 0;

	for (i = find_from(b, lo); i < b->n && b->msg[i].uid <= hi; i++) {
		m = &b->msg[i];
		if (m->gone != 0)
			continue;
		if (m->v[m->nv - 1].modseq >= modseq)
			fault(r, "ledger", "%s: UID %u changes twice at %"
			    PRIu64, b->name, m->uid, modseq);
		add_version(m, modseq, toggled);
		add_part(b, CHANGE_IS_FLAGS, i, toggled);
		n++;
	}
	if (n == 0)
		fault(r, "ledger", "%s: none of %u:%u lives at %" PRIu64,
		    b->name, lo, hi, modseq);
}

static void
add_gone(struct box *b, uint64_t modseq, uint32_t lo, uint32_t hi,
    struct report *r)
{
	size_t	 i, n = 0;

	for (i = find_from(b, lo); i < b->n && b->msg[i].uid <= hi; i++) {
		if (b->msg[i].gone != 0)
			continue;
		b->msg[i].gone = modseq;
		add_part(b, CHANGE_IS_GONE, i, 0);
		n++;
	}
	if (n == 0)
		fault(r, "ledger", "%s: %u:%u go at %" PRIu64 ", but are gone",
		    b->name, lo, hi, modseq);
}

/* "INBOX 8 flags 3:5 (\Seen)" */
static void
record(struct ledger *l, const struct event *e, struct report *r)
{
	struct box	*b;
	struct slot	*s;
	char		 name[WIRE_NAME], what[16], set[64];
	const char	*p = set;
	uint64_t	 modseq;
	uint32_t	 lo, hi;

	if (sscanf(e->text, "%63s %" SCNu64 " %15s %63s", name, &modseq, what,
	    set) != 4 || (b = box_get(l, name)) == NULL ||
	    !set_next(&p, 0, &lo, &hi)) {
		fault(r, "history", "%s", e->text);
		return;
	}
	if (b->nslots == 0 || b->slot[b->nslots - 1].modseq != modseq) {
		if (b->nslots > 0 && b->slot[b->nslots - 1].modseq > modseq) {
			fault(r, "ledger", "%s: %" PRIu64 " comes after %"
			    PRIu64, name, modseq,
			    b->slot[b->nslots - 1].modseq);
			return;
		}
		b->slot = grow(b->slot, &b->capslots, b->nslots,
		    sizeof(*b->slot));
		s = &b->slot[b->nslots++];
		memset(s, 0, sizeof(*s));
		s->modseq = modseq;
		s->first = b->nparts;
		s->high = e->t;
	}
	if (strcmp(what, "new") == 0)
		add_new(b, modseq, lo, hi, r);
	else if (strcmp(what, "gone") == 0)
		add_gone(b, modseq, lo, hi, r);
	else
		add_flags(b, modseq, lo, hi,
		    bits_parse(e->text + strcspn(e->text, "(")), r);
}

int
message_pin(struct message *m, const struct version *v, uint64_t flags)
{
	uint64_t	 wrong = v->flags ^ flags;
	size_t		 i;

	if (wrong != 0 && m->pinned)
		return (-1);
	m->pinned = 1;
	for (i = 0; wrong != 0 && i < m->nv; i++)
		m->v[i].flags ^= wrong;
	return (0);
}

/* A row of the table is seen. */
static void
pin(struct box *b, const char *text, struct report *r)
{
	const struct version	*v;
	struct message		*m;
	char			 was[F_TEXTLEN], is[F_TEXTLEN];
	uint64_t		 modseq, flags;
	uint32_t		 uid;

	if (sscanf(text, "%*s %" SCNu32 " %" SCNu64, &uid, &modseq) != 2 ||
	    (m = box_find(b, uid)) == NULL)
		return;
	flags = bits_parse(text + strcspn(text, "("));
	if ((v = message_at(m, modseq)) == NULL) {
		if (m->gone != modseq)
			fault(r, "ledger", "%s: UID %u never was at %" PRIu64,
			    b->name, uid, modseq);
		return;
	}
	if (message_pin(m, v, flags) == -1)
		fault(r, "ledger", "%s: UID %u at %" PRIu64 " is %s, and is "
		    "%s", b->name, uid, modseq, bits_text(v->flags, was),
		    bits_text(flags, is));
}

void
ledger_spread(struct ledger *l)
{
	struct slot	*slot;
	size_t		 i, n;

	for (i = 0; i < l->n; i++) {
		slot = l->box[i].slot;
		for (n = l->box[i].nslots; n-- > 1;)
			if (slot[n].high < slot[n - 1].high)
				slot[n - 1].high = slot[n].high;
	}
}

void
ledger_build(struct ledger *l, const struct history *h, struct report *r)
{
	struct horizon	*z;
	struct box	*b;
	char		 name[WIRE_NAME];
	uint64_t	 modseq;
	size_t		 i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < h->n; i++)
		if (h->event[i].kind == 'L')
			record(l, &h->event[i], r);
	for (i = 0; i < h->n; i++) {
		if (strchr("RH", h->event[i].kind) == NULL)
			continue;
		if (sscanf(h->event[i].text, "%63s %" SCNu64, name,
		    &modseq) != 2 || (b = box_get(l, name)) == NULL) {
			fault(r, "history", "%s", h->event[i].text);
			continue;
		}
		if (h->event[i].kind == 'R') {
			pin(b, h->event[i].text, r);
			continue;
		}
		z = reallocarray(b->horizon, b->nhorizons + 1, sizeof(*z));
		if (z == NULL)
			err(1, NULL);
		b->horizon = z;
		z[b->nhorizons].t = h->event[i].t;
		z[b->nhorizons++].modseq = modseq;
	}
}

void
ledger_free(struct ledger *l)
{
	struct box	*b;
	size_t		 i, j;

	for (i = 0; i < l->n; i++) {
		b = &l->box[i];
		for (j = 0; j < b->n; j++)
			free(b->msg[j].v);
		free(b->msg);
		free(b->slot);
		free(b->part);
		free(b->horizon);
	}
	memset(l, 0, sizeof(*l));
}
