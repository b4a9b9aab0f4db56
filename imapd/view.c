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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/quote.h"
#include "imapd/view.h"

#define VIEW_SPIN	1	/* ms of tries without a pause */
#define VIEW_PAUSE	1000000	/* ns between tries */

/* As long as for an indexd that ended in the middle of a change. */
unsigned int view_patience = IDX_PATIENCE * 1000;

static int	count_known(struct view *, uint32_t *);
static int	count_range(struct view *, uint32_t, uint32_t, uint32_t *);
static int	count_recent(struct view *, uint32_t *);
static int	drain(struct view *);
static int	learn_keywords(struct view *);
static int	live_in_next(struct table *, uint64_t *, uint32_t, int *);
static int	merge(struct view *);
static int	move_on(struct view *);
static int	take_one(struct view *, uint32_t, uint64_t,
		    struct uidset_batch *);
static int	take_expunges(struct view *, const struct change *,
		    struct uidset_batch *);
static int	verify(struct view *);

/* A try may itself take long: it is time that counts. */
int
view_retry(unsigned int *since)
{
	const struct timespec	pause = { 0, VIEW_PAUSE };
	struct timespec		ts;
	unsigned int		now;

	if (errno != EAGAIN || clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		return (-1);
	now = (unsigned int)ts.tv_sec * 1000 +
	    (unsigned int)(ts.tv_nsec / 1000000);
	now |= 1;			/* 0 is never */
	if (*since == 0)
		*since = now;
	if (now - *since > view_patience) {
		errno = ETIMEDOUT;
		return (-1);
	}
	if (now - *since > VIEW_SPIN)
		(void)nanosleep(&pause, NULL);
	return (0);
}

int
view_next_row(struct view *v, enum table_bitmap map, uint64_t n,
    struct table_some *some)
{
	if (table_next_some(v->t, map, n, some) == 0)
		return (0);
	if (errno != ENOENT)
		return (-1);
	some->n = UINT64_MAX;
	return (0);
}

static int
take_one(struct view *v, uint32_t uid, uint64_t modseq,
    struct uidset_batch *gone)
{
	if (v->gone_modseq == 0 || modseq < v->gone_modseq)
		v->gone_modseq = modseq;
	return (uidset_batch_add(gone, uid, uid));
}

/*
 * An EXPUNGE entry may span tombstones of earlier days; the mod-sequence of
 * a tombstone is that of its expunge.  Where it names one message alone, that
 * is the one that went, and its row need not be looked at.
 */
static int
take_expunges(struct view *v, const struct change *c,
    struct uidset_batch *gone)
{
	struct row	row;
	uint64_t	n;
	int		ret;

	if (c->uid >= v->uidnext)
		return (0);
	if (c->uid == c->last)
		return (take_one(v, c->uid, c->modseq, gone));
	if (table_find(v->t, c->uid, &n) == -1)
		return (-1);
	for (;; n++) {
		if ((ret = table_row(v->t, n, &row)) == -1 && errno == ENOENT)
			return (0);
		if (ret == -1)
			return (-1);
		if (row.uid > c->last || row.uid >= v->uidnext)
			return (0);
		if ((row.flags & ROW_EXPUNGED) == 0 || row.modseq <= v->place)
			continue;
		if (take_one(v, row.uid, row.modseq, gone) == -1)
			return (-1);
	}
}

/* Reads this generation's log up to its present end. */
static int
drain(struct view *v)
{
	struct uidset_batch	gone;
	struct table_state	st;
	struct change		c;
	uint64_t		n;

	if (table_state(v->t, &st) == -1)
		return (-1);
	/* While no message is known, none can be gone. */
	if (st.highestmodseq > v->place && v->uidnext > 1) {
		uidset_batch(&gone, &v->gone);
		if (table_change_since(v->t, v->place, &n) == -1)
			return (-1);
		for (; n < st.nlog; n++) {
			if (table_change(v->t, n, &c) == -1)
				return (-1);
			if (c.modseq > st.highestmodseq)
				break;
			if (c.what == CHANGE_EXPUNGE &&
			    take_expunges(v, &c, &gone) == -1)
				return (-1);
		}
		if (uidset_batch_end(&gone) == -1)
			return (-1);
	}
	v->place = st.highestmodseq;
	v->state = st;
	return (0);
}

/* Whether the next generation has a live row with that UID, from *n on. */
static int
live_in_next(struct table *next, uint64_t *n, uint32_t uid, int *live)
{
	struct row	row;

	*live = 0;
	for (;; (*n)++) {
		if (table_row(next, *n, &row) == -1)
			return (errno == ENOENT ? 0 : -1);
		if (row.uid >= uid)
			break;
	}
	*live = row.uid == uid && (row.flags & ROW_EXPUNGED) == 0;
	return (0);
}

/*
 * What is live here and not in the next generation has been expunged, also
 * if others came and went between the two: nothing else need be known of
 * them, since a log keeps the last change of each message at any age.
 */
static int
merge(struct view *v)
{
	struct table		*next = &v->folder->next;
	struct table_some	 some;
	struct row		 row;
	uint64_t		 n, m = 0;
	int			 live;

	for (n = 0;; n++) {
		if (view_next_row(v, TABLE_LIVE, n, &some) == -1)
			return (-1);
		if ((n = some.n) >= v->state.nrows)
			return (0);
		if (table_row(v->t, n, &row) == -1)
			return (-1);
		if (row.uid >= v->uidnext)
			return (0);
		if (live_in_next(next, &m, row.uid, &live) == -1)
			return (-1);
		if (live)
			continue;
		if (uidset_add(&v->gone, row.uid) == -1)
			return (-1);
		if (v->gone_modseq == 0)
			v->gone_modseq = v->place + 1;
	}
}

/* Goes on in the next generation, after this one was read to its end. */
static int
move_on(struct view *v)
{
	unsigned int	since = 0;

	if (folder_next_generation(v->folder) == -1)
		return (-1);
	while (merge(v) == -1) {
		if (view_retry(&since) == -1)
			return (-1);
	}
	folder_switch(v->folder);
	v->state.uidnext = 0;	/* that of the old one says nothing here */
	log_debug("view: next generation=%u",
	    (unsigned int)v->t->h->generation);
	return (0);
}

static int
learn_keywords(struct view *v)
{
	char		name[TABLE_KWLEN + 1];
	unsigned int	since = 0;

	while (v->nkeywords < v->state.nkeywords &&
	    v->nkeywords < TABLE_KEYWORDS) {
		if (table_keyword(v->t, v->nkeywords, name) == -1) {
			if (view_retry(&since) == -1)
				return (-1);
			continue;
		}
		if (!quote_is_atom(name, strlen(name)))
			(void)snprintf(name, sizeof(name), "keyword%u",
			    v->nkeywords);
		if ((v->keyword[v->nkeywords] = strdup(name)) == NULL)
			return (-1);
		v->nkeywords++;
	}
	return (0);
}

int
view_learn(struct view *v)
{
	struct table_state	st;
	unsigned int		since = 0;

	while (table_state(v->t, &st) == -1)
		if (view_retry(&since) == -1)
			return (-1);
	v->state.nkeywords = st.nkeywords;
	return (learn_keywords(v));
}

/* Live rows from lo up to below hi, and those in gone there. */
static int
count_range(struct view *v, uint32_t lo, uint32_t hi, uint32_t *count)
{
	uint64_t	n, m;
	uint32_t	a, b;

	if (table_find(v->t, lo, &n) == -1 || table_find(v->t, hi, &m) == -1 ||
	    table_rank(v->t, n, &a) == -1 || table_rank(v->t, m, &b) == -1)
		return (-1);
	*count = b - a + (uint32_t)(uidset_rank(&v->gone, hi) -
	    uidset_rank(&v->gone, lo));
	return (0);
}

static int
count_known(struct view *v, uint32_t *count)
{
	return (count_range(v, 1, v->uidnext, count));
}

static int
count_recent(struct view *v, uint32_t *count)
{
	uint32_t	hi, some;
	size_t		i;

	*count = 0;
	for (i = 0; i < v->recent.n; i++) {
		if (v->recent.r[i].lo >= v->uidnext)
			break;
		hi = v->recent.r[i].hi < v->uidnext ?
		    v->recent.r[i].hi + 1 : v->uidnext;
		if (count_range(v, v->recent.r[i].lo, hi, &some) == -1)
			return (-1);
		*count += some;
	}
	return (0);
}

int
view_settled(struct view *v)
{
	return (table_unchanged(v->t, v->state.exp_seq));
}

int
view_settle(struct view *v)
{
	if (v->state.uidnext != 0 && view_settled(v))
		return (0);
	return (view_sync(v));
}

/* What is live or gone must be what was announced. */
static int
verify(struct view *v)
{
	uint32_t	count;

	if (count_known(v, &count) == -1)
		return (-1);
	if (!view_settled(v)) {
		errno = EAGAIN;
		return (-1);
	}
	if (count == v->exists)
		return (0);
	log_warnx("view: the table has %u messages where %u are known",
	    (unsigned int)count, (unsigned int)v->exists);
	errno = EBADMSG;
	return (-1);
}

int
view_sync(struct view *v)
{
	unsigned int	since = 0;
	uint64_t	before = v->place;
	int		over;

	/* Right behind an answer nothing is worth a look. */
	if (!idx_heard(v->folder->idx) &&
	    folder_events(v->folder->idx) == -1)
		return (-1);
	if (v->folder->gone) {
		errno = ESTALE;
		return (-1);
	}
	for (;;) {
		over = folder_superseded(v->folder);
		if (drain(v) == -1 || (!over && v->place != before &&
		    verify(v) == -1)) {
			if (view_retry(&since) == -1)
				return (-1);
			continue;
		}
		if (!over)
			break;
		if (move_on(v) == -1 && view_retry(&since) == -1)
			return (-1);
	}
	return (learn_keywords(v));
}

int
view_has_new(const struct view *v)
{
	return (v->state.uidnext > v->uidnext);
}

int
view_admit(struct view *v)
{
	unsigned int	since = 0;
	uint32_t	first, before, exists, recent, old = v->uidnext;

	if (!v->readonly && v->state.recent >= v->state.uidnext) {
		/* All are given already. */
		first = before = 0;
	} else if (v->readonly) {
		first = v->state.recent > old ? v->state.recent : old;
		before = v->state.uidnext;
	} else if (idx_recent(v->folder->box, &first, &before) == -1) {
		/* Without room for that, nothing is recent. */
		if (errno != EAGAIN)
			return (-1);
		first = before = 0;
	}
	if (first > 0 && first < before &&
	    uidset_add_range(&v->recent, first, before - 1) == -1)
		return (-1);
	for (;;) {
		if (view_settle(v) == -1)
			return (-1);
		v->uidnext = v->state.uidnext;
		if (count_known(v, &exists) == 0 &&
		    count_recent(v, &recent) == 0) {
			if (view_settled(v))
				break;
			errno = EAGAIN;
		}
		v->uidnext = old;
		if (view_retry(&since) == -1)
			return (-1);
	}
	v->exists = exists;
	v->nrecent = recent;
	return (0);
}

void
view_take_gone(struct view *v, struct uidset *set)
{
	struct uidset_iter	it = { 0 };
	uint32_t		uid;

	*set = v->gone;
	uidset_init(&v->gone, 0);
	v->gone_modseq = 0;
	v->exists -= (uint32_t)uidset_count(set);
	while (uidset_next(set, &it, &uid)) {
		if (uidset_contains(&v->recent, uid) && v->nrecent > 0)
			v->nrecent--;
	}
}

uint64_t
view_highest(const struct view *v)
{
	uint64_t	modseq = v->told;

	if (v->gone_modseq > 0 && v->gone_modseq - 1 < modseq)
		modseq = v->gone_modseq - 1;
	return (modseq);
}

struct view *
view_new(struct folder *folder, int readonly)
{
	struct view	*v;
	int		 error;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return (NULL);
	v->folder = folder;
	v->t = &folder->table;
	v->readonly = readonly;
	v->uidnext = 1;		/* nothing is known yet */
	uidset_init(&v->gone, 0);
	uidset_init(&v->recent, 0);
	uidset_init(&v->saved, 0);
	if (view_sync(v) == 0 && view_admit(v) == 0) {
		v->told = v->place;
		return (v);
	}
	error = errno;
	v->folder = NULL;	/* stays the caller's */
	view_free(v);
	errno = error;
	return (NULL);
}

void
view_free(struct view *v)
{
	unsigned int	i;

	if (v == NULL)
		return;
	for (i = 0; i < v->nkeywords; i++)
		free(v->keyword[i]);
	uidset_free(&v->gone);
	uidset_free(&v->recent);
	uidset_free(&v->saved);
	if (v->folder != NULL)
		folder_close(v->folder);
	free(v);
}
