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
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "indexd/store.h"
#include "indexd/syncer.h"

/*
 * Which tables hold what only the journal makes durable, since which
 * segment; giving them to the helper; letting go of segments.
 */

static void	interval_sync(struct engine *);
static void	release(struct engine *);
static void	want_spare(struct engine *);
static void	answered(struct engine *, uint64_t, int);
static void	table_synced(struct mailbox *, int);

/* A batch of the segment that is written now was published in mb. */
void
mark_dirty(struct mailbox *mb)
{
	struct engine *e = mb->e;
	uint64_t seg = journal_segment(e->journal);

	if (mb->removed)
		return;
	if (!mb->dirty) {
		mb->dirty = 1;
		mb->dirty_since = seg;
		TAILQ_INSERT_TAIL(&e->dirty, mb, dirty_entry);
	} else if (mb->syncing && mb->dirty_again == 0)
		mb->dirty_again = seg;
}

/* Nothing of mb needs the journal any more; what the helper says of it will
 * be of no interest. */
void
mark_clean(struct mailbox *mb)
{
	struct engine *e = mb->e;
	unsigned int i;

	if (mb->dirty)
		TAILQ_REMOVE(&e->dirty, mb, dirty_entry);
	mb->dirty = mb->syncing = mb->sync_failed = 0;
	mb->dirty_again = 0;
	for (i = 0; i < SYNC_SLOTS; i++)
		if (e->slots[i].mb == mb)
			e->slots[i].mb = NULL;
}

/* Gives a table, or its new generation, to the helper.  0, or -1 with
 * errno. */
int
durable_submit(struct mailbox *mb, int compact)
{
	struct engine *e = mb->e;
	struct sync_slot *s = NULL;
	unsigned int i;

	for (i = 0; i < SYNC_SLOTS; i++)
		if (e->slots[i].ticket == 0)
			s = &e->slots[i];
	if (s == NULL) {
		errno = EAGAIN;
		return (-1);
	}
	if (syncer_submit(e->syncer, SYNC_TABLE, e->ticket + 1,
	    compact ? compact_fd(mb) : mb->fd, 0) == -1)
		return (-1);
	s->ticket = ++e->ticket;
	s->mb = mb;
	s->compact = compact;
	return (0);
}

void
durable_work(struct engine *e)
{
	struct mailbox *mb;

	interval_sync(e);
	TAILQ_FOREACH(mb, &e->dirty, dirty_entry) {
		if (mb->syncing || mb->sync_failed)
			continue;
		/* Those that hold back a segment, and those nobody has open:
		 * they hold a descriptor. */
		if (mb->dirty_since >= journal_segment(e->journal) &&
		    mb->refs > 0)
			continue;
		if (durable_submit(mb, 0) == -1) {
			if (errno != EAGAIN)
				log_warn("engine: helper");
			break;
		}
		mb->syncing = 1;
	}
	release(e);
	want_spare(e);
}

static void
interval_sync(struct engine *e)
{
	if (e->fleeting && due_in(&e->fleeting_due) == 0) {
		/* The next commit syncs them too, if it can. */
		if (journal_sync(e->journal) == -1)
			log_warn("engine: the journal cannot be synced");
		e->fleeting = 0;
	}
	if (!e->timer || due_in(&e->due) > 0)
		return;
	if (journal_sync(e->journal) == -1) {
		/* They are visible and not durable: never give up. */
		log_warn("engine: the journal cannot be synced");
		e->due.tv_sec += 1 + e->interval / 1000;
		return;
	}
	e->timer = 0;
}

/* Lets go of the segments that no table needs. */
static void
release(struct engine *e)
{
	struct mailbox *mb;
	uint64_t seg = journal_segment(e->journal);

	TAILQ_FOREACH(mb, &e->dirty, dirty_entry)
		if (mb->dirty_since < seg)
			seg = mb->dirty_since;
	journal_release(e->journal, seg);
}

static void
want_spare(struct engine *e)
{
	size_t size;
	int fd;

	if ((fd = journal_want_spare(e->journal, &size)) == -1)
		return;
	if (syncer_submit(e->syncer, SYNC_FILL, 0, fd, size) == -1)
		journal_spare(e->journal, 0);
	close(fd);
}

void
engine_synced(struct engine *e)
{
	uint64_t ticket;
	unsigned int i;
	int error, r;

	while ((r = syncer_answer(e->syncer, &ticket, &error)) == 1) {
		if (ticket == 0)
			journal_spare(e->journal, error == 0);
		else
			answered(e, ticket, error);
	}
	if (r == 0)
		return;
	/* The helper died: all is asked again. */
	journal_spare(e->journal, 0);
	carry_synced(e->carry, 0, EAGAIN);
	for (i = 0; i < SYNC_SLOTS; i++) {
		if (e->slots[i].ticket != 0 && e->slots[i].mb != NULL) {
			if (e->slots[i].compact)
				compact_synced(e->slots[i].mb, EAGAIN);
			else
				e->slots[i].mb->syncing = 0;
		}
		e->slots[i].ticket = 0;
	}
}

static void
answered(struct engine *e, uint64_t ticket, int error)
{
	struct sync_slot *s;
	struct mailbox *mb;
	unsigned int i;

	carry_synced(e->carry, ticket, error);
	for (i = 0; i < SYNC_SLOTS; i++) {
		s = &e->slots[i];
		if (s->ticket != ticket)
			continue;
		mb = s->mb;
		s->ticket = 0;
		s->mb = NULL;
		if (mb == NULL)
			return;
		if (s->compact)
			compact_synced(mb, error);
		else
			table_synced(mb, error);
		return;
	}
}

static void
table_synced(struct mailbox *mb, int error)
{
	struct engine *e = mb->e;

	mb->syncing = 0;
	if (error != 0) {
		/* Its pages are not to be trusted: see compact.c. */
		errno = error;
		log_warn("engine: sync failed table of root=%s: it goes to a "
		    "new file", mb->root->path);
		mb->sync_failed = 1;
		if (mailbox_map(mb) == 0)
			compact_want(mb);
		else
			mailbox_idle(mb);
		return;
	}
	if (mb->dirty_again != 0) {
		mb->dirty_since = mb->dirty_again;
		mb->dirty_again = 0;
		return;
	}
	mb->dirty = 0;
	TAILQ_REMOVE(&e->dirty, mb, dirty_entry);
	mailbox_idle(mb);
}

/* Syncs all tables here and now.  0, or -1 if one of them failed. */
int
durable_all(struct engine *e)
{
	struct mailbox *mb, *next;
	int r = 0;

	TAILQ_FOREACH_SAFE(mb, &e->dirty, dirty_entry, next) {
		if (mb->sync_failed || compat_syncmap(mb->fd) == -1) {
			r = -1;
			continue;
		}
		mark_clean(mb);
		mailbox_idle(mb);
	}
	return (r);
}
