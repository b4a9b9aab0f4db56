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

#include "common/frame.h"
#include "common/log.h"
#include "common/proto.h"
#include "indexd/box.h"
#include "indexd/flight.h"
#include "indexd/request.h"
#include "indexd/sessions.h"

#define FLIGHT_SWEEP	1000		/* ms between two looks */

static int	cancel(struct server *, struct ticket *);

void
ticket_doom(struct server *srv, struct ticket *t)
{
	if (t->session != NULL)
		t->session->tickets--;
	t->session = NULL;
	if (t->doomed)
		return;
	t->doomed = 1;
	srv->doomed++;
}

void
flight_doom_session(struct server *srv, struct session *s)
{
	struct ticket *t;

	if (s->tickets == 0)
		return;
	RB_FOREACH(t, ticket_tree, &srv->tickets)
		if (t->session == s)
			ticket_doom(srv, t);
}

/*
 * Cancelled names go to one session that has the mailbox open for writing;
 * it unlinks them and says FORGET, then come the next.
 */
void
flight_hand(struct box *box)
{
	struct place *pl = box->place;
	struct handle *h;
	struct ticket *t;
	struct frame f;
	uint32_t i, n = 0;

	if (pl == NULL || pl->courier != NULL || TAILQ_EMPTY(&pl->cancelled))
		return;
	TAILQ_FOREACH(h, &box->handles, inbox)
		if (h->write && h->told && !h->peer->dead)
			break;
	if (h == NULL)
		return;
	TAILQ_FOREACH(t, &pl->cancelled, incancelled)
		if ((n += t->n) >= FLIGHT_HAND)
			break;
	n = n > FLIGHT_HAND ? FLIGHT_HAND : n;
	frame_init(&f, PROTO_CANCELLED, 0);
	frame_put_u32(&f, h->number);
	frame_put_u32(&f, n);
	TAILQ_FOREACH(t, &pl->cancelled, incancelled)
		for (i = 0; i < t->n && n > 0; i++, n--)
			frame_put_str(&f, t->names[i]->name);
	pl->courier = h;
	peer_send(h->peer, &f, -1);
}

void
flight_handle_gone(struct handle *h)
{
	struct place *pl = h->box->place;

	if (pl == NULL || pl->courier != h)
		return;
	pl->courier = NULL;
	flight_hand(h->box);
}

/* Cancels one in the batch. */
static int
cancel(struct server *srv, struct ticket *t)
{
	struct request *rq;
	size_t mark = engine_mark(srv->engine);

	if ((rq = batch_own(srv)) == NULL)
		return (-1);
	log_debug("flight: cancelled ticket=%016llx names=%u",
	    (unsigned long long)t->number, t->n);
	if (ticket_cancel(rq, t, NULL) == 0)
		return (0);
	log_warn("flight: cancel");
	engine_rollback(srv->engine, mark);
	return (-1);
}

void
flight_sweep(struct server *srv)
{
	struct session *s;
	struct ticket *t, *next;

	if (RB_EMPTY(&srv->tickets) ||
	    srv->now - srv->cancelled < FLIGHT_SWEEP)
		return;
	srv->cancelled = srv->now;
	TAILQ_FOREACH(s, &srv->away, awayness) {
		if (srv->now - s->since < PROTO_FLIGHTLAG * 1000)
			break;
		flight_doom_session(srv, s);
	}
	for (t = RB_MIN(ticket_tree, &srv->tickets);
	    t != NULL && srv->doomed > 0; t = next) {
		next = RB_NEXT(ticket_tree, &srv->tickets, t);
		if (t->doomed && !t->busy && cancel(srv, t) == -1)
			return;
	}
}

int
flight_timeout(const struct server *srv)
{
	if (srv->doomed == 0 &&
	    (RB_EMPTY(&srv->tickets) || TAILQ_EMPTY(&srv->away)))
		return (-1);
	return (FLIGHT_SWEEP);
}
