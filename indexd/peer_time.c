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

#include "common/log.h"
#include "indexd/peer.h"

#define ACCEPT_AGAIN	1000		/* ms without accepting */

static int	stalled(const struct peer *);

/* Whether a bound peer neither reads nor sends what it should. */
static int
stalled(const struct peer *p)
{
	uint64_t now = p->srv->now;

	if (p->nouts > 0 && now - p->moved >= PEER_STALL)
		return (1);
	return (p->reserved > 0 && p->len < p->head.length &&
	    now - p->large_since >= PEER_LARGETIME);
}

void
peers_sweep(struct server *srv)
{
	struct peer *p, *next;

	while ((p = TAILQ_FIRST(&srv->strangers)) != NULL &&
	    srv->now - p->since >= PEER_STRANGE)
		peer_refuse(p, "not bound in time");
	if (srv->now - srv->swept < ACCEPT_AGAIN)
		return;
	srv->swept = srv->now;
	for (p = TAILQ_FIRST(&srv->bound); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (stalled(p))
			peer_refuse(p, "stalled");
	}
	for (p = TAILQ_FIRST(&srv->gates); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (stalled(p))
			peer_refuse(p, "stalled");
	}
	for (p = TAILQ_FIRST(&srv->controls); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (stalled(p))
			peer_refuse(p, "stalled");
	}
	if (!srv->listening && srv->listener != -1 &&
	    events_change(srv->events, srv->listener, srv, 1, 0) == 0)
		srv->listening = 1;
}

int
peers_timeout(const struct server *srv)
{
	const struct peer *p = TAILQ_FIRST(&srv->strangers);
	uint64_t left;

	if (!srv->listening && srv->listener != -1)
		return (ACCEPT_AGAIN);
	if (p != NULL) {
		left = p->since + PEER_STRANGE;
		return (left <= srv->now ? 0 : (int)(left - srv->now));
	}
	/* Stalled peers are looked for now and then. */
	return (srv->nbound > 0 || srv->ncontrols > 0 || srv->ngates > 0 ?
	    PEER_STALL / 4 : -1);
}
