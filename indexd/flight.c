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
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/log.h"
#include "common/maildir.h"
#include "common/proto.h"
#include "indexd/box.h"
#include "indexd/flight.h"
#include "indexd/request.h"
#include "indexd/sessions.h"

static int	ticket_add(struct server *, struct ticket *);
static void	ticket_drop(struct server *, struct ticket *);
static int	note(struct server *, const struct ticket *, int);
static int	forget(struct request *, struct ticket *, int);

RB_GENERATE(ticket_tree, ticket, entry, ticket_cmp)
RB_GENERATE(place_tree, place, entry, place_cmp)
RB_GENERATE(name_tree, flight_name, entry, flight_name_cmp)

int
ticket_cmp(const struct ticket *a, const struct ticket *b)
{
	return (a->number < b->number ? -1 : a->number > b->number);
}

int
place_cmp(const struct place *a, const struct place *b)
{
	uintptr_t x = (uintptr_t)a->binding, y = (uintptr_t)b->binding;

	if (x != y)
		return (x < y ? -1 : 1);
	return (memcmp(a->id, b->id, sizeof(a->id)));
}

int
flight_name_cmp(const struct flight_name *a, const struct flight_name *b)
{
	if (a->unique != b->unique)
		return (a->unique < b->unique ? -1 : 1);
	return (memcmp(a->name, b->name, a->unique));
}

struct place *
place_get(struct server *srv, struct binding *b, const uint8_t *id, int make)
{
	struct place key, *pl;

	key.binding = b;
	memcpy(key.id, id, sizeof(key.id));
	pl = RB_FIND(place_tree, &srv->places, &key);
	if (pl == NULL) {
		if (!make || (pl = calloc(1, sizeof(*pl))) == NULL)
			return (NULL);
		pl->binding = b;
		b->refs++;
		memcpy(pl->id, id, sizeof(pl->id));
		TAILQ_INIT(&pl->cancelled);
		RB_INIT(&pl->names);
		RB_INSERT(place_tree, &srv->places, pl);
	}
	pl->refs++;
	return (pl);
}

void
place_put(struct server *srv, struct place *pl)
{
	if (--pl->refs > 0)
		return;
	RB_REMOVE(place_tree, &srv->places, pl);
	binding_put(srv, pl->binding);
	free(pl);
}

struct ticket *
ticket_new(struct place *pl, uint32_t n)
{
	struct ticket *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	if ((t->names = calloc(n + 1, sizeof(*t->names))) == NULL) {
		free(t);
		return (NULL);
	}
	t->place = pl;
	pl->refs++;
	return (t);
}

int
ticket_name(struct ticket *t, const char *name)
{
	struct flight_name *f;
	size_t len = strlen(name);

	if ((f = calloc(1, sizeof(*f) + len + 1)) == NULL)
		return (-1);
	memcpy(f->name, name, len + 1);
	f->unique = (uint32_t)maildir_unique(name);
	f->ticket = t;
	t->names[t->n++] = f;
	return (0);
}

void
ticket_free(struct server *srv, struct ticket *t)
{
	uint32_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		free(t->names[i]);
	free(t->names);
	place_put(srv, t->place);
	free(t);
}

struct ticket *
ticket_find(struct server *srv, uint64_t number)
{
	struct ticket key;

	key.number = number;
	return (RB_FIND(ticket_tree, &srv->tickets, &key));
}

struct flight_name *
place_name(struct place *pl, const char *name)
{
	union {
		struct flight_name f;
		char		   room[sizeof(struct flight_name) +
				    TABLE_NAMELEN + 1];
	} key;
	size_t n = maildir_unique(name);

	if (pl == NULL || n > TABLE_NAMELEN)
		return (NULL);
	memset(&key.f, 0, sizeof(key.f));
	key.f.unique = (uint32_t)n;
	memcpy(key.room + offsetof(struct flight_name, name), name, n);
	return (RB_FIND(name_tree, &pl->names, &key.f));
}

/* On the lists with it; -1 if one of its names flies already. */
static int
ticket_add(struct server *srv, struct ticket *t)
{
	struct place *pl = t->place;
	uint32_t i;

	for (i = 0; i < t->n; i++)
		if (RB_INSERT(name_tree, &pl->names, t->names[i]) != NULL)
			break;
	if (i < t->n || RB_INSERT(ticket_tree, &srv->tickets, t) != NULL) {
		while (i-- > 0)
			RB_REMOVE(name_tree, &pl->names, t->names[i]);
		errno = EEXIST;
		return (-1);
	}
	pl->binding->names += t->n;
	if (t->cancelled)
		TAILQ_INSERT_TAIL(&pl->cancelled, t, incancelled);
	if (t->session != NULL)
		t->session->tickets++;
	if (t->doomed)
		srv->doomed++;
	return (0);
}

/* Off the lists, and freed. */
static void
ticket_drop(struct server *srv, struct ticket *t)
{
	struct place *pl = t->place;
	uint32_t i;

	for (i = 0; i < t->n; i++)
		RB_REMOVE(name_tree, &pl->names, t->names[i]);
	RB_REMOVE(ticket_tree, &srv->tickets, t);
	pl->binding->names -= t->n;
	if (t->cancelled)
		TAILQ_REMOVE(&pl->cancelled, t, incancelled);
	if (t->session != NULL)
		t->session->tickets--;
	if (t->doomed)
		srv->doomed--;
	ticket_free(srv, t);
}

/* The note of a ticket, or its end. */
static int
note(struct server *srv, const struct ticket *t, int end)
{
	struct frame f;
	struct note n;
	uint32_t i;
	int r = -1;

	memset(&n, 0, sizeof(n));
	n.kind = t->cancelled ? NOTE_CANCELLED : NOTE_FLIGHT;
	memcpy(n.key, t->cancelled ? t->place->id : t->owner, sizeof(n.key));
	n.number = t->number;
	if (end)
		return (engine_note(srv->engine, &n));
	frame_init(&f, n.kind, 0);
	frame_put_u32(&f, (uint32_t)t->place->binding->uid);
	frame_put_str(&f, t->place->binding->root);
	frame_put_bytes(&f, t->place->id, TABLE_IDLEN);
	frame_put_u32(&f, t->n);
	for (i = 0; i < t->n; i++)
		frame_put_str(&f, t->names[i]->name);
	if (f.failed)
		errno = ENOMEM;
	else {
		n.data = f.buf + FRAME_HEAD;
		n.len = f.len - FRAME_HEAD;
		r = engine_note(srv->engine, &n);
	}
	frame_free(&f);
	return (r);
}

int
ticket_change(struct request *rq, struct ticket *old, struct ticket *new)
{
	if ((old != NULL && note(rq->srv, old, 1) == -1) ||
	    (new != NULL && note(rq->srv, new, 0) == -1)) {
		ticket_free(rq->srv, new);
		return (-1);
	}
	if (old != NULL) {
		old->busy = 1;
		TAILQ_INSERT_TAIL(&rq->drops, old, effect);
	}
	if (new != NULL)
		TAILQ_INSERT_TAIL(&rq->adds, new, effect);
	return (0);
}

int
ticket_cancel(struct request *rq, struct ticket *t, const uint8_t *keep)
{
	struct ticket *c;
	uint32_t i;

	if ((c = ticket_new(t->place, t->n)) == NULL)
		return (-1);
	c->number = t->number;
	c->cancelled = 1;
	for (i = 0; i < t->n; i++) {
		if (keep != NULL && !keep[i])
			continue;
		if (ticket_name(c, t->names[i]->name) == -1) {
			ticket_free(rq->srv, c);
			return (-1);
		}
	}
	if (c->n == 0) {
		ticket_free(rq->srv, c);
		c = NULL;
	}
	return (ticket_change(rq, t, c));
}

void
tickets_committed(struct request *rq, int committed)
{
	struct server *srv = rq->srv;
	struct ticket *t;
	struct box *box;

	if (rq->courier != NULL)
		rq->courier->courier = NULL;
	while ((t = TAILQ_FIRST(&rq->drops)) != NULL) {
		TAILQ_REMOVE(&rq->drops, t, effect);
		t->busy = 0;
		if (committed)
			ticket_drop(srv, t);
		else if (!t->cancelled)
			ticket_doom(srv, t);
	}
	while ((t = TAILQ_FIRST(&rq->adds)) != NULL) {
		TAILQ_REMOVE(&rq->adds, t, effect);
		if (!committed) {
			ticket_free(srv, t);
			continue;
		}
		box = t->cancelled ? t->place->box : NULL;
		if (ticket_add(srv, t) == -1) {
			log_warnx("flight: ticket twice");
			ticket_free(srv, t);
		} else if (box != NULL)
			flight_hand(box);
	}
	if (rq->courier != NULL && rq->courier->box != NULL)
		flight_hand(rq->courier->box);
}

void
tickets_undo(struct request *rq)
{
	struct ticket *t;

	while ((t = TAILQ_FIRST(&rq->drops)) != NULL) {
		TAILQ_REMOVE(&rq->drops, t, effect);
		t->busy = 0;
	}
	while ((t = TAILQ_FIRST(&rq->adds)) != NULL) {
		TAILQ_REMOVE(&rq->adds, t, effect);
		ticket_free(rq->srv, t);
	}
}

int
flight_forget(struct request *rq, struct place *pl)
{
	char name[TABLE_NAMELEN + 1];
	struct flight_name *f;
	struct ticket *t, *next;
	int error = 0;
	uint32_t n;

	if (get_u32(&rq->in, &n) == -1 || n > PROTO_MAXFLIGHT)
		n = 0, error = EPROTO;
	while (n-- > 0 && get_str(&rq->in, name, sizeof(name)) == 0) {
		f = place_name(pl, name);
		if (f != NULL && f->ticket->cancelled && !f->ticket->busy) {
			f->mark = 1;
			f->ticket->marked = 1;
		}
	}
	if (frame_end(&rq->in) == -1)
		error = EPROTO;
	for (t = pl == NULL ? NULL : TAILQ_FIRST(&pl->cancelled); t != NULL;
	    t = next) {
		next = TAILQ_NEXT(t, incancelled);
		if (t->marked && forget(rq, t, error == 0) == -1 && error == 0)
			error = errno;
	}
	errno = error;
	return (error == 0 ? 0 : -1);
}

/* Takes the marks off a ticket; if go, those with a mark are forgotten. */
static int
forget(struct request *rq, struct ticket *t, int go)
{
	uint8_t *keep = malloc(t->n + 1);
	uint32_t i;
	int r = 0;

	t->marked = 0;
	for (i = 0; i < t->n; i++) {
		if (keep != NULL)
			keep[i] = t->names[i]->mark == 0;
		t->names[i]->mark = 0;
	}
	if (go)
		r = keep == NULL ? -1 : ticket_cancel(rq, t, keep);
	free(keep);
	return (r);
}

int
flight_deleted(struct request *rq, struct place *pl)
{
	struct flight_name *f;
	struct ticket *t;

	if (pl == NULL)
		return (0);
	RB_FOREACH(f, name_tree, &pl->names) {
		t = f->ticket;
		if (!t->busy && ticket_change(rq, t, NULL) == -1)
			return (-1);
	}
	return (0);
}

void
flight_free(struct server *srv)
{
	struct ticket *t;

	while ((t = RB_MIN(ticket_tree, &srv->tickets)) != NULL)
		ticket_drop(srv, t);
}

int
flight_from_note(struct server *srv, const struct note *n)
{
	char root[PROTO_MAXROOT + 1], name[TABLE_NAMELEN + 1];
	uint8_t id[TABLE_IDLEN];
	struct binding *b;
	struct payload in;
	struct place *pl;
	struct ticket *t;
	uint32_t uid, count;
	int r = -1;

	payload_init(&in, n->data, n->len);
	if (get_u32(&in, &uid) == -1 ||
	    get_str(&in, root, sizeof(root)) == -1 ||
	    get_bytes(&in, id, sizeof(id)) == -1 ||
	    get_u32(&in, &count) == -1 || count > PROTO_MAXFLIGHT ||
	    (b = binding_get(srv, (uid_t)uid, root)) == NULL)
		return (-1);
	pl = place_get(srv, b, id, 1);
	binding_put(srv, b);
	if (pl == NULL)
		return (-1);
	if ((t = ticket_new(pl, count)) == NULL)
		goto out;
	t->number = n->number;
	memcpy(t->owner, n->key, sizeof(t->owner));
	t->cancelled = n->kind == NOTE_CANCELLED;
	while (count-- > 0)
		if (get_str(&in, name, sizeof(name)) == -1 ||
		    ticket_name(t, name) == -1)
			goto out;
	if (frame_end(&in) == -1)
		goto out;
	if (!t->cancelled) {
		t->session = session_find(srv, t->owner);
		t->doomed = t->session == NULL;
	}
	if ((r = ticket_add(srv, t)) == 0)
		t = NULL;
out:
	ticket_free(srv, t);
	place_put(srv, pl);
	return (r);
}
