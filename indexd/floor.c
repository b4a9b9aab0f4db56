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

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/log.h"
#include "common/proto.h"
#include "indexd/floor.h"
#include "indexd/peer.h"
#include "indexd/sessions.h"

#define FLOOR_MAX	(UINT64_C(1) << 62)	/* of mod-sequences */

uint64_t floor_modseqs = FLOOR_MODSEQS;
uint32_t floor_uids = FLOOR_UIDS;

static uint64_t	key_of(const struct binding *);
static struct floor_asked *find(const struct box *);
static struct floor_asked *find_id(struct server *, const struct binding *,
		    const uint8_t *);
static int	note(struct server *, const struct floor_asked *, int);
static int	enough(const struct box *, const struct floor_asked *);
static struct floor_asked *asked_new(struct box *);
static int	done(const struct box *);
static void	ask(struct box *);
static void	step(struct box *);

RB_GENERATE(asked_tree, floor_asked, entry, asked_cmp)

int
asked_cmp(const struct floor_asked *a, const struct floor_asked *b)
{
	if (a->binding != b->binding)
		return (a->binding < b->binding ? -1 : 1);
	return (memcmp(a->id, b->id, sizeof(a->id)));
}

/* A number for a binding: FNV-1a of its uid and root. */
static uint64_t
key_of(const struct binding *b)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const char *p;
	int i;

	for (i = 0; i < 4; i++)
		h = (h ^ ((uint32_t)b->uid >> (8 * i) & 0xff)) *
		    UINT64_C(0x100000001b3);
	for (p = b->root; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return (h);
}

static struct floor_asked *
find(const struct box *box)
{
	return (find_id(box->srv, box->binding, mailbox_id(box->mailbox)));
}

static struct floor_asked *
find_id(struct server *srv, const struct binding *b, const uint8_t *id)
{
	struct floor_asked key;

	memcpy(key.id, id, sizeof(key.id));
	key.binding = key_of(b);
	return (RB_FIND(asked_tree, &srv->asked, &key));
}

void
floor_known(struct server *srv, const struct binding *b, const uint8_t *id,
    uint64_t *modseq, uint32_t *uid)
{
	struct floor_asked *a = find_id(srv, b, id);

	if (a != NULL && *modseq <= a->modseq)
		*modseq = 0;
	if (a != NULL && *uid <= a->uid)
		*uid = 0;
}

void
floor_limit(struct box *box, uint64_t *modseq, uint32_t *uid)
{
	struct floor_asked *a = find(box);

	mailbox_floor(box->mailbox, modseq, uid);
	if (a != NULL && a->modseq > *modseq)
		*modseq = a->modseq;
	if (a != NULL && a->uid > *uid)
		*uid = a->uid;
}

int
floor_low(const struct box *box, uint32_t n)
{
	uint64_t modseq, high = mailbox_highestmodseq(box->mailbox);
	uint64_t next = mailbox_uidnext(box->mailbox);
	uint32_t uid;

	mailbox_floor(box->mailbox, &modseq, &uid);
	if (modseq < FLOOR_MAX && modseq < high + floor_modseqs / 2)
		return (1);
	return (uid < UINT32_MAX && uid < next + floor_uids / 2 + n);
}

/* The note of what is asked for, or its end. */
static int
note(struct server *srv, const struct floor_asked *a, int end)
{
	struct frame f;
	struct note n;
	int r = -1;

	memset(&n, 0, sizeof(n));
	n.kind = NOTE_FLOOR;
	memcpy(n.key, a->id, sizeof(n.key));
	n.number = a->binding;
	frame_init(&f, NOTE_FLOOR, 0);
	frame_put_u64(&f, a->modseq);
	frame_put_u32(&f, a->uid);
	if (f.failed)
		errno = ENOMEM;
	else {
		n.data = end ? NULL : f.buf + FRAME_HEAD;
		n.len = end ? 0 : f.len - FRAME_HEAD;
		r = engine_note(srv->engine, &n);
	}
	frame_free(&f);
	return (r);
}

/* Whether what was asked for is still worth asking for. */
static int
enough(const struct box *box, const struct floor_asked *a)
{
	uint64_t modseq, next = mailbox_uidnext(box->mailbox);
	uint32_t uid;

	mailbox_floor(box->mailbox, &modseq, &uid);
	if (a->modseq < modseq || a->uid < uid ||
	    (a->modseq == modseq && a->uid == uid))
		return (0);
	if (a->modseq < FLOOR_MAX && a->modseq <
	    mailbox_highestmodseq(box->mailbox) + floor_modseqs / 4 * 3)
		return (0);
	return (a->uid == UINT32_MAX ||
	    a->uid >= next + box->needs + floor_uids / 4 * 3);
}

int
floor_target(struct box *box, uint64_t *modseq, uint32_t *uid)
{
	struct server *srv = box->srv;
	struct floor_asked *a = find(box);
	uint64_t m, u;
	uint32_t floor;

	if (a == NULL || a->state == ASKED_WANTED || !enough(box, a)) {
		mailbox_floor(box->mailbox, &m, &floor);
		*modseq = mailbox_highestmodseq(box->mailbox) + floor_modseqs;
		if (*modseq < m || *modseq > FLOOR_MAX)
			*modseq = m;
		u = (uint64_t)mailbox_uidnext(box->mailbox) + box->needs +
		    floor_uids;
		u = u > UINT32_MAX ? UINT32_MAX : u;
		*uid = u < floor ? floor : (uint32_t)u;
		if (*modseq == m && *uid == floor) {
			errno = ERANGE;
			return (-1);
		}
		if (a == NULL && (a = asked_new(box)) == NULL)
			return (-1);
		a->modseq = *modseq > a->modseq ? *modseq : a->modseq;
		a->uid = *uid > a->uid ? *uid : a->uid;
		if (note(srv, a, 0) == -1)
			return (-1);
		if (a->state != ASKED_NOTING && a->state != ASKED_ENDING)
			TAILQ_INSERT_TAIL(&srv->asking, a, innoting);
		a->state = ASKED_NOTING;
	}
	*modseq = a->modseq;
	*uid = a->uid;
	return (a->state == ASKED_DURABLE);
}

static struct floor_asked *
asked_new(struct box *box)
{
	struct floor_asked *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (NULL);
	memcpy(a->id, mailbox_id(box->mailbox), sizeof(a->id));
	a->binding = key_of(box->binding);
	RB_INSERT(asked_tree, &box->srv->asked, a);
	return (a);
}

void
floors_noted(struct server *srv, int committed)
{
	struct floor_asked *a;

	while ((a = TAILQ_FIRST(&srv->asking)) != NULL) {
		TAILQ_REMOVE(&srv->asking, a, innoting);
		if (a->state == ASKED_NOTING)
			a->state = committed ? ASKED_DURABLE : ASKED_WANTED;
		else if (committed) {
			RB_REMOVE(asked_tree, &srv->asked, a);
			free(a);
		} else
			a->state = ASKED_DURABLE;
	}
}

void
floor_raise(struct box *box, uint32_t uids)
{
	if (box->needs < uids)
		box->needs = uids;
	if (box->raising || box->gone)
		return;
	box->raising = 1;
	box->raise_since = box->srv->now;
	box->raise_last = 0;
	TAILQ_INSERT_TAIL(&box->srv->raising, box, inraising);
}

int
floor_reported(struct box *box, uint64_t modseq, uint32_t uid)
{
	struct server *srv = box->srv;
	struct floor_asked *a = find(box);
	struct peer *p, *next;
	uint64_t m;
	uint32_t u;

	mailbox_floor(box->mailbox, &m, &u);
	m = modseq > m ? modseq : m;
	u = uid > u ? uid : u;
	if (m > FLOOR_MAX) {
		errno = ERANGE;
		return (-1);
	}
	if (mailbox_set_floor(box->mailbox, m, u) == -1)
		return (-1);
	if (a != NULL && a->state == ASKED_DURABLE && m >= a->modseq &&
	    u >= a->uid) {
		if (note(srv, a, 1) == -1)
			return (-1);
		a->state = ASKED_ENDING;
		TAILQ_INSERT_TAIL(&srv->asking, a, innoting);
	}
	for (p = TAILQ_FIRST(&srv->held); p != NULL; p = next) {
		next = TAILQ_NEXT(p, queued);
		if (p->held_box == box)
			peer_unhold(p);
	}
	return (0);
}

void
floor_box_gone(struct box *box)
{
	struct server *srv = box->srv;
	struct peer *p, *next;

	for (p = TAILQ_FIRST(&srv->held); p != NULL; p = next) {
		next = TAILQ_NEXT(p, queued);
		if (p->held_box == box)
			peer_unhold(p);
	}
	if (box->raising)
		TAILQ_REMOVE(&srv->raising, box, inraising);
	box->raising = 0;
}

int
floor_hope(const struct box *box)
{
	const struct handle *h;

	if (box->gone)
		return (0);
	TAILQ_FOREACH(h, &box->handles, inbox)
		if (h->write && !h->peer->dead)
			return (1);
	return (0);
}

int
floor_from_note(struct server *srv, const struct note *n)
{
	struct floor_asked *a;
	struct payload in;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (-1);
	payload_init(&in, n->data, n->len);
	memcpy(a->id, n->key, sizeof(a->id));
	a->binding = n->number;
	a->state = ASKED_DURABLE;
	if (get_u64(&in, &a->modseq) == -1 || get_u32(&in, &a->uid) == -1 ||
	    frame_end(&in) == -1 ||
	    RB_INSERT(asked_tree, &srv->asked, a) != NULL) {
		free(a);
		return (-1);
	}
	return (0);
}

/* Whether there is no need to ask any more. */
static int
done(const struct box *box)
{
	const struct peer *p;

	TAILQ_FOREACH(p, &box->srv->held, queued)
		if (p->held_box == box)
			return (0);
	return (!floor_low(box, box->needs));
}

/* Sends RAISE to the writer that was not asked for longest. */
static void
ask(struct box *box)
{
	struct server *srv = box->srv;
	struct handle *h, *best = NULL;
	struct frame f;
	uint64_t modseq, wait;
	uint32_t uid;
	int r;

	TAILQ_FOREACH(h, &box->handles, inbox)
		if (h->write && h->told && !h->peer->dead &&
		    h->peer->nouts == 0 &&
		    (best == NULL || h->asked < best->asked))
			best = h;
	if (best == NULL)
		return;
	wait = best->asked < box->raise_since ? FLOOR_NEXT : FLOOR_WAIT;
	if (box->raise_last != 0 && srv->now - box->raise_last < wait)
		return;
	if ((r = floor_target(box, &modseq, &uid)) != 1) {
		if (r == -1 && errno != ERANGE)
			log_warn("floor: note");
		return;
	}
	best->asked = box->raise_last = srv->now;
	frame_init(&f, PROTO_RAISE, 0);
	frame_put_u32(&f, best->number);
	frame_put_u64(&f, modseq);
	frame_put_u32(&f, uid);
	peer_send(best->peer, &f, -1);
}

static void
step(struct box *box)
{
	if (!done(box)) {
		ask(box);
		return;
	}
	TAILQ_REMOVE(&box->srv->raising, box, inraising);
	box->raising = 0;
	box->needs = 0;
}

void
floors_sweep(struct server *srv)
{
	struct box *box, *nextbox;
	struct peer *p, *next;

	for (box = TAILQ_FIRST(&srv->raising); box != NULL; box = nextbox) {
		nextbox = TAILQ_NEXT(box, inraising);
		step(box);
	}
	for (p = TAILQ_FIRST(&srv->held); p != NULL; p = next) {
		next = TAILQ_NEXT(p, queued);
		if (srv->now - p->held_since >= FLOOR_WAIT ||
		    !floor_hope(p->held_box))
			peer_unhold(p);
	}
}

int
floors_timeout(const struct server *srv)
{
	if (TAILQ_EMPTY(&srv->held) && TAILQ_EMPTY(&srv->raising))
		return (-1);
	return (FLOOR_NEXT / 20);
}

void
floors_free(struct server *srv)
{
	struct floor_asked *a;

	while ((a = RB_MIN(asked_tree, &srv->asked)) != NULL) {
		RB_REMOVE(asked_tree, &srv->asked, a);
		free(a);
	}
}
