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
#include "common/proto.h"
#include "indexd/sessions.h"
#include "indexd/watch.h"

/*
 * One session at a time is asked to look, the one that was asked longest ago;
 * if it does not take that up in time, it may be stopped or slow, and the next
 * one is asked.
 */

static void	ask_next(struct watched *);
static void	not_due(struct watched *);

static void
not_due(struct watched *wd)
{
	if (wd->is_due)
		TAILQ_REMOVE(&wd->watch->srv->looks, wd, entry);
	wd->is_due = 0;
}

void
watch_ask(struct watched *wd, unsigned int ms)
{
	struct server *srv = wd->watch->srv;
	uint64_t due = srv->now + ms;

	/* Whoever is at it is not disturbed: it will hear of this, too. */
	if (wd->news && wd->is_due && (wd->asked != NULL || wd->due <= due))
		return;
	wd->news = 1;
	if (wd->nattending == 0)
		return;
	/* Many deliveries are few reports. */
	wd->due = due < wd->last + WATCH_PACE ? wd->last + WATCH_PACE : due;
	if (!wd->is_due)
		TAILQ_INSERT_TAIL(&srv->looks, wd, entry);
	wd->is_due = 1;
}

void
watch_done(struct watched *wd)
{
	wd->asked = NULL;
	wd->nasked = 0;
	wd->news = 0;
	not_due(wd);
}

static void
ask_next(struct watched *wd)
{
	struct handle *h;
	struct frame f;

	wd->asked = NULL;
	if ((h = TAILQ_FIRST(&wd->attending)) == NULL) {
		not_due(wd);
		return;
	}
	TAILQ_REMOVE(&wd->attending, h, inattending);
	TAILQ_INSERT_TAIL(&wd->attending, h, inattending);
	/* After a round in which nobody did, there is no hurry. */
	wd->due = wd->watch->srv->now +
	    (wd->nasked >= wd->nattending ? WATCH_WORK : WATCH_ANSWER);
	wd->nasked++;
	wd->last = wd->watch->srv->now;
	wd->asked = h;
	if (h->peer->dead)
		return;
	frame_init(&f, PROTO_LOOK, 0);
	frame_put_u32(&f, h->number);
	peer_send(h->peer, &f, -1);
}

void
watch_sweep(struct server *srv)
{
	struct watched *wd, *next;
	struct watch *w;

	while ((w = TAILQ_FIRST(&srv->resting)) != NULL &&
	    w->rested <= srv->now) {
		TAILQ_REMOVE(&srv->resting, w, resting);
		w->is_resting = 0;
		if (events_change(srv->events, w->fd, w, 1, 0) == -1)
			watch_lost(w);
	}
	for (wd = TAILQ_FIRST(&srv->looks); wd != NULL; wd = next) {
		next = TAILQ_NEXT(wd, entry);
		if (wd->due <= srv->now)
			ask_next(wd);
	}
}

int
watch_timeout(const struct server *srv)
{
	const struct watched *wd;
	const struct watch *w;
	uint64_t at = UINT64_MAX;

	if ((w = TAILQ_FIRST(&srv->resting)) != NULL)
		at = w->rested;
	TAILQ_FOREACH(wd, &srv->looks, entry)
		if (wd->due < at)
			at = wd->due;
	if (at == UINT64_MAX)
		return (-1);
	return (at <= srv->now ? 0 : (int)(at - srv->now));
}
