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

#include <stdlib.h>
#include <string.h>

#include "common/tally.h"

#define ONE	1024U		/* a failure, in fractions */
#define LEVELS	8		/* of entries without connections */

TAILQ_HEAD(idle_list, tally_entry);
RB_HEAD(tally_tree, tally_entry);

struct tally {
	struct tally_tree	 tree;
	struct idle_list	 idle[LEVELS];
	size_t			 n;
	size_t			 nidle;
	size_t			 max;
};

static int	cmp(const struct tally_entry *, const struct tally_entry *);
static struct tally_entry *get(struct tally *, const void *, size_t,
		    int64_t);
static uint32_t	 decayed(const struct tally_entry *, int64_t);
static void	 age(struct tally_entry *, int64_t);
static void	 settle(struct tally *, struct tally_entry *, int64_t);
static void	 unsettle(struct tally *, struct tally_entry *);
static void	 drop(struct tally *, struct tally_entry *);
static void	 make_room(struct tally *, int64_t);

RB_PROTOTYPE(tally_tree, tally_entry, entry, cmp)
RB_GENERATE(tally_tree, tally_entry, entry, cmp)

static int
cmp(const struct tally_entry *a, const struct tally_entry *b)
{
	if (a->len != b->len)
		return (a->len < b->len ? -1 : 1);
	return (memcmp(a->key, b->key, a->len));
}

struct tally *
tally_new(size_t idle)
{
	struct tally *t;
	size_t i;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	RB_INIT(&t->tree);
	for (i = 0; i < LEVELS; i++)
		TAILQ_INIT(&t->idle[i]);
	t->max = idle;
	return (t);
}

void
tally_free(struct tally *t)
{
	struct tally_entry *e;

	if (t == NULL)
		return;
	while ((e = RB_MIN(tally_tree, &t->tree)) != NULL) {
		RB_REMOVE(tally_tree, &t->tree, e);
		free(e);
	}
	free(t);
}

struct tally_entry *
tally_find(struct tally *t, const void *key, size_t len)
{
	union {
		struct tally_entry	 e;
		unsigned char		 room[sizeof(struct tally_entry) +
					    TALLY_KEY];
	} u;

	if (len > TALLY_KEY)
		return (NULL);
	u.e.len = len;
	memcpy(u.room + offsetof(struct tally_entry, key), key, len);
	return (RB_FIND(tally_tree, &t->tree, &u.e));
}

/* Finds or makes an entry that is not among the idle. */
static struct tally_entry *
get(struct tally *t, const void *key, size_t len, int64_t now)
{
	struct tally_entry *e;

	if ((e = tally_find(t, key, len)) != NULL) {
		if (e->connections == 0)
			unsettle(t, e);
		return (e);
	}
	if (len > TALLY_KEY || (e = calloc(1, sizeof(*e) + len)) == NULL)
		return (NULL);
	e->len = len;
	e->at = now;
	memcpy(e->key, key, len);
	RB_INSERT(tally_tree, &t->tree, e);
	t->n++;
	return (e);
}

/* What of its failures is left now: half after each TALLY_HALF. */
static uint32_t
decayed(const struct tally_entry *e, int64_t now)
{
	int64_t passed = now - e->at;
	uint32_t v;

	if (passed <= 0 || e->failures == 0)
		return (e->failures);
	if (passed / TALLY_HALF >= 31)
		return (0);
	v = e->failures >> (passed / TALLY_HALF);
	/* In between as on a line. */
	return (v - (uint32_t)((uint64_t)(v / 2) *
	    (uint64_t)(passed % TALLY_HALF) / TALLY_HALF));
}

static void
age(struct tally_entry *e, int64_t now)
{
	e->failures = decayed(e, now);
	if (e->failures < ONE / 2)
		e->failures = 0;
	e->at = now;
}

/* It has no connection: it is kept for its failures, or not at all. */
static void
settle(struct tally *t, struct tally_entry *e, int64_t now)
{
	uint32_t n;

	age(e, now);
	if (e->failures == 0) {
		drop(t, e);
		return;
	}
	e->level = 0;
	for (n = e->failures / ONE; n > 1 && e->level < LEVELS - 1; n /= 2)
		e->level++;
	TAILQ_INSERT_TAIL(&t->idle[e->level], e, idle);
	t->nidle++;
	make_room(t, now);
}

static void
unsettle(struct tally *t, struct tally_entry *e)
{
	TAILQ_REMOVE(&t->idle[e->level], e, idle);
	t->nidle--;
}

static void
drop(struct tally *t, struct tally_entry *e)
{
	RB_REMOVE(tally_tree, &t->tree, e);
	t->n--;
	free(e);
}

/*
 * The oldest of each level are looked at: what is forgotten goes, and above
 * the limit the one that has least, so that a level is no rank for ever.
 */
static void
make_room(struct tally *t, int64_t now)
{
	struct tally_entry *e, *least = NULL;
	uint32_t v, best = 0;
	size_t i;

	for (i = 0; i < LEVELS; i++) {
		if ((e = TAILQ_FIRST(&t->idle[i])) == NULL)
			continue;
		if ((v = decayed(e, now)) < ONE / 2) {
			unsettle(t, e);
			drop(t, e);
		} else if (least == NULL || v < best) {
			least = e;
			best = v;
		}
	}
	if (t->nidle > t->max && least != NULL) {
		unsettle(t, least);
		drop(t, least);
	}
}

struct tally_entry *
tally_hold(struct tally *t, const void *key, size_t len, int64_t now)
{
	struct tally_entry *e;

	if ((e = get(t, key, len, now)) != NULL)
		e->connections++;
	return (e);
}

void
tally_release(struct tally *t, struct tally_entry *e, int64_t now)
{
	if (--e->connections == 0)
		settle(t, e, now);
}

unsigned int
tally_failed(struct tally *t, const void *key, size_t len, int64_t now)
{
	struct tally_entry *e;
	unsigned int n;

	if ((e = get(t, key, len, now)) == NULL)
		return (1);
	age(e, now);
	if (e->failures < TALLY_MOST * ONE)
		e->failures += ONE;
	n = (e->failures + ONE / 2) / ONE;
	if (e->connections == 0)
		settle(t, e, now);
	return (n);
}

unsigned int
tally_delay(unsigned int failures)
{
	unsigned int more = failures == 0 ? 0 : failures - 1;

	if (more > (TALLY_LONGEST - TALLY_DELAY) / TALLY_STEP)
		return (TALLY_LONGEST);
	return (TALLY_DELAY + more * TALLY_STEP);
}

size_t
tally_count(const struct tally *t)
{
	return (t->n);
}

size_t
tally_idle(const struct tally *t)
{
	return (t->nidle);
}
