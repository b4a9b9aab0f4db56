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

#include <stdlib.h>

#include "common/frame.h"
#include "common/log.h"
#include "common/proto.h"
#include "indexd/box.h"
#include "indexd/flight.h"
#include "indexd/floor.h"
#include "indexd/sessions.h"
#include "indexd/watch.h"

static void	box_free(struct box *);
static void	changed(struct box *);
static void	say_gone(struct handle *);

struct box *
box_get(struct server *srv, struct binding *b, struct mailbox *mb)
{
	struct box *box;

	if ((box = mailbox_data(mb)) != NULL) {
		mailbox_close(mb);
		return (box);
	}
	if ((box = calloc(1, sizeof(*box))) == NULL) {
		mailbox_close(mb);
		return (NULL);
	}
	box->srv = srv;
	box->mailbox = mb;
	box->binding = b;
	b->refs++;
	b->open++;
	TAILQ_INIT(&box->handles);
	TAILQ_INIT(&box->armed);
	box->place = place_get(srv, b, mailbox_id(mb), 0);
	if (box->place != NULL)
		box->place->box = box;
	mailbox_set_data(mb, box);
	TAILQ_INSERT_HEAD(&srv->boxes, box, inboxes);
	srv->nboxes++;
	return (box);
}

int
box_place(struct box *box)
{
	if (box->place != NULL)
		return (0);
	box->place = place_get(box->srv, box->binding,
	    mailbox_id(box->mailbox), 1);
	if (box->place == NULL)
		return (-1);
	box->place->box = box;
	return (0);
}

void
box_unused(struct box *box)
{
	if (TAILQ_EMPTY(&box->handles) && !box->touched)
		box_free(box);
}

static void
box_free(struct box *box)
{
	struct server *srv = box->srv;

	floor_box_gone(box);
	watch_box_gone(box);
	if (box->place != NULL) {
		if (box->place->box == box)
			box->place->box = NULL;
		place_put(srv, box->place);
	}
	if (mailbox_data(box->mailbox) == box)
		mailbox_set_data(box->mailbox, NULL);
	if (box->abandoned && (mailbox_state(box->mailbox) & TABLE_ADOPTING)) {
		log_info("box: was never filled, and goes uid=%u folder=%s",
		    (unsigned int)box->binding->uid,
		    mailbox_folder(box->mailbox));
		if (mailbox_remove(box->mailbox) == -1)
			log_warn("box: remove");
	}
	mailbox_close(box->mailbox);
	TAILQ_REMOVE(&srv->boxes, box, inboxes);
	srv->nboxes--;
	box->binding->open--;
	binding_put(srv, box->binding);
	free(box);
}

struct handle *
handle_new(struct peer *p, struct box *box, int write)
{
	struct handle *h;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		box_unused(box);
		return (NULL);
	}
	h->number = ++p->last_handle;
	h->peer = p;
	h->box = box;
	h->write = write;
	box->abandoned = 0;
	TAILQ_INSERT_TAIL(&p->handles, h, entry);
	p->nhandles++;
	p->current = h;
	TAILQ_INSERT_TAIL(&box->handles, h, inbox);
	return (h);
}

void
handle_used(struct handle *h)
{
	struct server *srv = h->box->srv;

	h->peer->current = h;
	h->box->requests++;
	if (TAILQ_FIRST(&srv->boxes) == h->box)
		return;
	TAILQ_REMOVE(&srv->boxes, h->box, inboxes);
	TAILQ_INSERT_HEAD(&srv->boxes, h->box, inboxes);
}

struct handle *
handle_find(struct peer *p, uint32_t number)
{
	struct handle *h;

	TAILQ_FOREACH(h, &p->handles, entry)
		if (h->number == number)
			break;
	return (h);
}

void
handle_free(struct handle *h)
{
	struct box *box = h->box;

	TAILQ_REMOVE(&h->peer->handles, h, entry);
	if (h->peer->current == h)
		h->peer->current = TAILQ_LAST(&h->peer->handles, handle_list);
	h->peer->nhandles--;
	TAILQ_REMOVE(&box->handles, h, inbox);
	if (h->armed)
		TAILQ_REMOVE(&box->armed, h, inarmed);
	flight_handle_gone(h);
	watch_handle_gone(h);
	free(h);
	/* Nobody opens a table that is not filled, and it may have no name. */
	box->abandoned = TAILQ_EMPTY(&box->handles);
	/* A change of the batch is still to be published. */
	box_unused(box);
}

static void
say_gone(struct handle *h)
{
	struct frame f;

	frame_init(&f, PROTO_GONE, 0);
	frame_put_u32(&f, h->number);
	peer_send(h->peer, &f, -1);
}

void
handle_told(struct handle *h)
{
	h->told = 1;
	if (h->box->gone)
		say_gone(h);
	else if (h->write)
		flight_hand(h->box);
}

struct handle *
handle_of_place(struct peer *p, const struct place *pl)
{
	struct handle *h;

	TAILQ_FOREACH(h, &p->handles, entry)
		if (h->write && h->box->place == pl && !h->box->gone)
			break;
	return (h);
}

void
box_touch(struct box *box)
{
	if (box->touched)
		return;
	box->touched = 1;
	TAILQ_INSERT_TAIL(&box->srv->touched, box, intouched);
}

/* Says CHANGED to those who are armed below what is published. */
static void
changed(struct box *box)
{
	uint64_t modseq = box_published(box);
	struct handle *h, *next;
	struct frame f;

	for (h = TAILQ_FIRST(&box->armed); h != NULL; h = next) {
		next = TAILQ_NEXT(h, inarmed);
		if (modseq <= h->seen)
			continue;
		TAILQ_REMOVE(&box->armed, h, inarmed);
		h->armed = 0;
		if (h->peer->dead)
			continue;
		frame_init(&f, PROTO_CHANGED, 0);
		frame_put_u32(&f, h->number);
		peer_send(h->peer, &f, -1);
	}
}

uint64_t
box_published(struct box *box)
{
	struct table *t = mailbox_table(box->mailbox);

	return (atomic_load_explicit(&t->h->highestmodseq,
	    memory_order_acquire));
}

void
boxes_published(struct server *srv, int committed)
{
	struct box *box;

	while ((box = TAILQ_FIRST(&srv->touched)) != NULL) {
		watch_published(box, committed);
		if (committed)
			changed(box);
		if (committed && floor_low(box, 0))
			floor_raise(box, 0);
		TAILQ_REMOVE(&srv->touched, box, intouched);
		box->touched = 0;
		box_unused(box);
	}
}

void
box_gone(struct box *box, struct peer *but)
{
	struct handle *h, *next;

	box->gone = 1;
	floor_box_gone(box);
	for (h = TAILQ_FIRST(&box->handles); h != NULL; h = next) {
		next = TAILQ_NEXT(h, inbox);
		if (h->told && h->peer != but && !h->peer->dead)
			say_gone(h);
	}
}

void
box_replaced(struct server *srv, struct mailbox *mb)
{
	struct box *box;

	if ((box = mailbox_data(mb)) == NULL)
		return;
	box_gone(box, NULL);
	/* The place goes on with the new table. */
	if (box->place != NULL) {
		box->place->box = NULL;
		box->place->courier = NULL;
		place_put(srv, box->place);
		box->place = NULL;
	}
	mailbox_set_data(mb, NULL);
	box_unused(box);
}
