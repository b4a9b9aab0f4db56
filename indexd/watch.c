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
#include <string.h>

#include "common/log.h"
#include "indexd/flight.h"
#include "indexd/sessions.h"
#include "indexd/watch.h"

/* What is heard of the folders that are watched. */

static unsigned int patience(const struct watched *, int, int, const char *);
static void	lose(struct watched *);
static void	unwatched(struct watched *);
static void	watched_free(struct watched *);

RB_GENERATE(watched_tree, watched_dir, entry, watched_dir_cmp)

int
watched_dir_cmp(const struct watched_dir *a, const struct watched_dir *b)
{
	if (a->what != b->what)
		return (a->what < b->what ? -1 : 1);
	if (a->wd != b->wd)
		return ((uintptr_t)a->wd < (uintptr_t)b->wd ? -1 : 1);
	return (a->incur - b->incur);
}

/* What was heard before is not all there was. */
static void
lose(struct watched *wd)
{
	wd->sure = 0;
	wd->lost = ++wd->watch->at;
	wd->at = wd->lost;
	touched_free(wd);
}

void
watch_lost(struct watch *w)
{
	struct watched_dir *d;

	if (w->logged[WATCH_LOST] == 0 ||
	    w->srv->now - w->logged[WATCH_LOST] >= WATCH_SAYS) {
		w->logged[WATCH_LOST] = w->srv->now;
		log_warnx("watch: more has changed at a time than the system "
		    "tells, folders are compared uid=%u root=%s; "
		    "fs.inotify.max_queued_events can be raised",
		    (unsigned int)w->binding->uid, w->binding->root);
	}
	RB_FOREACH(d, watched_tree, &w->dirs) {
		lose(d->wd);
		watch_ask(d->wd, 0);
	}
}

/* Its directories are not told of any more. */
static void
unwatched(struct watched *wd)
{
	struct watch *w = wd->watch;
	int i;

	for (i = 0; i < 2; i++) {
		if (wd->dir[i].what == -1)
			continue;
		RB_REMOVE(watched_tree, &w->dirs, &wd->dir[i]);
		watch_sys_unwatch(w, &wd->dir[i]);
		wd->dir[i].what = -1;
	}
	lose(wd);
}

/*
 * How long news of a name may wait for an explanation: none of ours comes to
 * new/, and of what comes or goes elsewhere much is ours, if the folder lags
 * behind its table.
 */
static unsigned int
patience(const struct watched *wd, int incur, int there, const char *name)
{
	const struct box *box = wd->box;

	if (there && !incur)
		return (0);
	if (box->place != NULL && place_name(box->place, name) != NULL)
		return (WATCH_DEFER);
	return (box->touched || atomic_load_explicit(
	    &mailbox_table(box->mailbox)->h->behind,
	    memory_order_relaxed) > 0 ? WATCH_DEFER : 0);
}

void
watch_heard(struct watch *w, int what, int there, const char *name)
{
	struct watched_dir key, *d, *next;
	struct watched *wd;

	memset(&key, 0, sizeof(key));
	key.what = what;
	w->at++;
	/* One directory may be that of two mailboxes, of which one is gone. */
	for (d = RB_NFIND(watched_tree, &w->dirs, &key);
	    d != NULL && d->what == what; d = next) {
		next = RB_NEXT(watched_tree, &w->dirs, d);
		wd = d->wd;
		wd->at = w->at;
		if (name == NULL) {
			unwatched(wd);
			watch_ask(wd, 0);
			return;
		}
		if (name[0] == '.')
			continue;	/* a listing passes over dots, too */
		if (touched_note(wd, d->incur, there, name) == -1)
			lose(wd);
		watch_ask(wd, patience(wd, d->incur, there, name));
	}
}

void
watch_changed(struct watched *wd, unsigned int ms)
{
	wd->at = ++wd->watch->at;
	watch_ask(wd, ms);
}

void
watch_event(struct watch *w)
{
	if (watch_sys_read(w, WATCH_TURN) == -1) {
		watch_lost(w);
		return;
	}
	/* However much is told, others have their turns. */
	if (w->fd == -1 ||
	    events_change(w->srv->events, w->fd, w, 0, 0) == -1)
		return;
	w->is_resting = 1;
	w->rested = w->srv->now + WATCH_PAUSE;
	TAILQ_INSERT_TAIL(&w->srv->resting, w, resting);
}

void
watch_hear(struct box *box)
{
	if (box->watched == NULL || box->watched->watch->fd == -1)
		return;
	if (watch_sys_read(box->watched->watch, WATCH_DRAIN) != 0)
		watch_lost(box->watched->watch);
}

void
watch_settled(struct box *box, uint32_t uid)
{
	struct watched *wd = box->watched;
	uint32_t *settled;
	size_t cap;

	if (wd == NULL || wd->nnames == 0)
		return;
	if (wd->nsettled == wd->capsettled) {
		cap = wd->capsettled == 0 ? 64 : wd->capsettled * 2;
		settled = reallocarray(wd->settled, cap, sizeof(*settled));
		if (settled == NULL)
			return;		/* a session will look, then */
		wd->settled = settled;
		wd->capsettled = cap;
	}
	wd->settled[wd->nsettled++] = uid;
}

void
watch_reporting(struct box *box, const struct peer *p)
{
	watch_hear(box);
	if (box->watched != NULL)
		box->watched->own = box->watched->lister == p;
}

void
watch_reported(struct box *box, uint32_t uid)
{
	struct watched *wd = box->watched;
	char base[TABLE_NAMELEN + 1];

	if (wd == NULL || (!wd->sure && wd->own))
		return;
	wd->at = ++wd->watch->at;
	if (mailbox_name(box->mailbox, mailbox_find(box->mailbox, uid),
	    base) == -1 || !touched_again(wd, base))
		lose(wd);
	watch_ask(wd, WATCH_DEFER);
	watch_settled(box, uid);
}

void
watch_published(struct box *box, int committed)
{
	struct watched *wd = box->watched;
	size_t i;

	if (wd == NULL || wd->nsettled == 0)
		return;
	for (i = 0; committed && i < wd->nsettled; i++)
		touched_explain(wd, wd->settled[i]);
	free(wd->settled);
	wd->settled = NULL;
	wd->nsettled = wd->capsettled = 0;
	if (wd->sure && wd->nnames == 0)
		watch_done(wd);
}

void
watch_handle_gone(struct handle *h)
{
	struct watched *wd = h->box->watched;

	if (!h->watching)
		return;
	if (h->attending) {
		TAILQ_REMOVE(&wd->attending, h, inattending);
		wd->nattending--;
		h->attending = 0;
	}
	h->watching = 0;
	if (wd->lister == h->peer)
		wd->lister = NULL;
	wd->watchers--;
	if (wd->watchers == 0) {
		watched_free(wd);
	} else if (wd->asked == h) {
		/* It has not looked: the next one will. */
		wd->asked = NULL;
		wd->due = wd->watch->srv->now;
	}
}

static void
watched_free(struct watched *wd)
{
	struct watch *w = wd->watch;

	watch_done(wd);
	unwatched(wd);
	free(wd->settled);
	wd->box->watched = NULL;
	free(wd);
	w->nwatched--;
	watch_rest(w->binding);
}

void
watch_box_gone(struct box *box)
{
	if (box->watched != NULL)
		watched_free(box->watched);
}

/* Between sessions nothing is kept, as nothing is read. */
void
watch_rest(struct binding *b)
{
	struct watch *w = b->watch;

	if (w == NULL || w->nwatched > 0 || b->connections > 0)
		return;
	watch_sys_close(w);
}

void
watch_free(struct binding *b)
{
	if (b->watch == NULL)
		return;
	watch_sys_close(b->watch);
	free(b->watch);
	b->watch = NULL;
}
