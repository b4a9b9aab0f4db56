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

#include <string.h>

#include "common/log.h"
#include "common/network.h"
#include "imapd/crowd.h"

static int	hold_address(struct crowd *, struct guest *, const char *,
		    int64_t);
static void	let_go(struct crowd *, struct guest *, int64_t);
static void	be_nobody(struct crowd *, struct guest *, int64_t);
static void	join_waiting(struct crowd *, struct guest *);
static void	leave_waiting(struct crowd *, struct guest *);
static struct guest *find_victim(struct crowd *, const struct tally_entry *,
		    int64_t);
static unsigned int waiting_of(const struct guest *);

int
crowd_init(struct crowd *c, const struct crowd_limits *limits)
{
	memset(c, 0, sizeof(*c));
	c->limits = *limits;
	TAILQ_INIT(&c->waiting);
	c->addresses = tally_new(TALLY_IDLE);
	c->users = tally_new(0);
	return (c->addresses == NULL || c->users == NULL ? -1 : 0);
}

void
crowd_free(struct crowd *c)
{
	tally_free(c->addresses);
	tally_free(c->users);
	memset(c, 0, sizeof(*c));
}

enum crowd_answer
crowd_may_enter(struct crowd *c, const char *address, int64_t now,
    struct guest **victim)
{
	struct tally_entry *e = NULL;
	struct network net;

	*victim = NULL;
	if (c->n >= c->limits.connections)
		return (CROWD_CONNECTIONS);
	if (address != NULL && network_text(&net, address) == 0)
		e = tally_find(c->addresses, &net, sizeof(net));
	if (e != NULL && e->connections >= c->limits.per_address)
		return (CROWD_ADDRESS);
	if (c->nwaiting < c->limits.unauthenticated)
		return (CROWD_WELCOME);
	if ((*victim = find_victim(c, e, now)) == NULL)
		return (CROWD_UNAUTHENTICATED);
	return (CROWD_WELCOME);
}

/* How many of its address have not logged in; behind a proxy each is one. */
static unsigned int
waiting_of(const struct guest *g)
{
	return (g->address == NULL ? 1 : g->address->waiting);
}

/*
 * The oldest of the address that has most, if the one that comes is not of
 * that address itself.  Clients of their own are given a moment to log in:
 * if only such are there, the one that comes has to go.
 */
static struct guest *
find_victim(struct crowd *c, const struct tally_entry *coming, int64_t now)
{
	struct guest *g, *most = NULL;

	TAILQ_FOREACH(g, &c->waiting, entry) {
		if (most == NULL || waiting_of(g) > waiting_of(most))
			most = g;
	}
	if (most == NULL || (coming != NULL && coming->waiting > 1 &&
	    coming->waiting >= waiting_of(most)))
		return (NULL);
	if (waiting_of(most) <= CROWD_MANY && now - most->since < CROWD_YOUNG)
		return (NULL);
	return (most);
}

static void
join_waiting(struct crowd *c, struct guest *g)
{
	if (g->waiting)
		return;
	g->waiting = 1;
	TAILQ_INSERT_TAIL(&c->waiting, g, entry);
	c->nwaiting++;
	if (g->address != NULL)
		g->address->waiting++;
}

static void
leave_waiting(struct crowd *c, struct guest *g)
{
	if (!g->waiting)
		return;
	g->waiting = 0;
	TAILQ_REMOVE(&c->waiting, g, entry);
	c->nwaiting--;
	if (g->address != NULL)
		g->address->waiting--;
}

void
crowd_enter(struct crowd *c, struct guest *g, const char *address,
    int64_t now)
{
	g->since = now;
	c->n++;
	(void)hold_address(c, g, address, now);
	join_waiting(c, g);
	if (near_limit(&c->near_all, c->n, c->limits.connections, now))
		log_warnx("listen: limit connections %u is near: now=%zu",
		    c->limits.connections, c->n);
	if (near_limit(&c->near_waiting, c->nwaiting,
	    c->limits.unauthenticated, now))
		log_warnx("listen: limit unauthenticated %u is near: now=%zu",
		    c->limits.unauthenticated, c->nwaiting);
}

/* Counts it for the address; 0, or -1 if the limit is reached. */
static int
hold_address(struct crowd *c, struct guest *g, const char *address,
    int64_t now)
{
	struct tally_entry *e;
	struct network net;

	if (address == NULL || network_text(&net, address) == -1)
		return (0);
	e = tally_find(c->addresses, &net, sizeof(net));
	if (e != NULL && e->connections >= c->limits.per_address)
		return (-1);
	g->address = tally_hold(c->addresses, &net, sizeof(net), now);
	if (g->address != NULL && near_limit(&g->address->near,
	    g->address->connections, c->limits.per_address, now))
		log_warnx("listen: limit per-address %u is near: address=%s "
		    "now=%u", c->limits.per_address, address,
		    g->address->connections);
	return (0);
}

static void
let_go(struct crowd *c, struct guest *g, int64_t now)
{
	if (g->address != NULL)
		tally_release(c->addresses, g->address, now);
	g->address = NULL;
}

void
crowd_leave(struct crowd *c, struct guest *g, int64_t now)
{
	be_nobody(c, g, now);
	leave_waiting(c, g);
	let_go(c, g, now);
	c->n--;
}

void
crowd_doom(struct crowd *c, struct guest *g)
{
	leave_waiting(c, g);
}

int
crowd_address(struct crowd *c, struct guest *g, const char *address,
    int64_t now)
{
	int waiting = g->waiting, rv;

	/* It stays as old as it is, but not in its place: that is enough. */
	leave_waiting(c, g);
	let_go(c, g, now);
	rv = hold_address(c, g, address, now);
	if (waiting)
		join_waiting(c, g);
	return (rv);
}

static void
be_nobody(struct crowd *c, struct guest *g, int64_t now)
{
	if (g->user == NULL)
		return;
	tally_release(c->users, g->user, now);
	g->user = NULL;
	c->nusers--;
}

int
crowd_user(struct crowd *c, struct guest *g, const char *user, int64_t now)
{
	struct tally_entry *e;
	size_t len = strlen(user);

	be_nobody(c, g, now);
	if (len == 0) {
		join_waiting(c, g);
		return (0);
	}
	e = tally_find(c->users, user, len);
	if (e != NULL && e->connections >= c->limits.per_user) {
		join_waiting(c, g);
		return (-1);
	}
	leave_waiting(c, g);
	if ((e = tally_hold(c->users, user, len, now)) == NULL)
		return (0);
	g->user = e;
	c->nusers++;
	if (near_limit(&e->near, e->connections, c->limits.per_user, now))
		log_warnx("listen: limit per-user %u is near: now=%u user=%s",
		    c->limits.per_user, e->connections, user);
	return (0);
}

unsigned int
crowd_failed(struct crowd *c, struct guest *g, int64_t now)
{
	if (g->address == NULL)
		return (tally_delay(1));
	return (tally_delay(tally_failed(c->addresses, g->address->key,
	    g->address->len, now)));
}
