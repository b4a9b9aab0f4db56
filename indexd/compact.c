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


#include <sys/mman.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "indexd/compact.h"
#include "indexd/syncer.h"

/*
 * Compaction: a table is copied to a new generation in steps between
 * commits, while sessions read the old one.  Rows that change meanwhile are
 * copied again.  When the new file is durable the old one is marked, and all
 * that follows is published in the new one.
 *
 * The same way a table leaves a file whose sync has failed: but then what
 * the journal holds is applied to it first, and it is copied at once.
 */

#define NAME_SLACK	8192	/* units */
#define ROUNDS		3	/* of the helper, before the loop waits */

uint64_t compact_history = COMPACT_HISTORY;
uint64_t compact_ranges = COMPACT_RANGES;
uint64_t compact_slack = COMPACT_SLACK;

static int	worth(const struct mailbox *);
static int	begin(struct mailbox *);
static int	step(struct mailbox *);
static int	catch_up(struct mailbox *);
static int	finish(struct mailbox *);
static int	same_counts(const struct mailbox *);
static int	install(struct mailbox *);
static int	copy_log(struct mailbox *);
static void	take_over(struct mailbox *);
static void	give_up(struct mailbox *);
static void	discard(struct mailbox *);
static int	rescue(struct mailbox *);
static int	take_batch(void *, const void *, size_t);

static int
worth(const struct mailbox *mb)
{
	const struct head *p = &mb->pub;
	struct table_header *h = mb->t.h;
	uint64_t dead, behind;

	behind = atomic_load_explicit(&h->behind, memory_order_relaxed);
	dead = p->nrows - p->messages;
	dead = dead > behind ? dead - behind : 0;
	if (dead > p->messages / 2 + compact_slack && p->nrows >= mb->compact_rows)
		return (1);
	if (p->nlog > 2 * p->nrows + compact_history + compact_slack &&
	    p->nlog >= mb->compact_log)
		return (1);
	return (mb->wasted > p->nnames / 2 + NAME_SLACK);
}

void
compact_want(struct mailbox *mb)
{
	if (mb->compact_queued || mb->removed || mb->t.h == NULL ||
	    (!mb->sync_failed && mb->reset == 0 && !worth(mb)))
		return;
	mb->compact_queued = 1;
	TAILQ_INSERT_TAIL(&mb->e->compacting, mb, compact_entry);
}

/* Notes which rows of those that were copied the batch changes. */
void
compact_changed(struct mailbox *mb)
{
	struct compact *c = mb->compact;
	uint64_t pos;
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < mb->p.nrows; i++) {
		pos = mb->p.rows[i].pos;
		if (pos < c->pos)
			c->changed[pos / 64] |= 1ULL << pos % 64;
	}
}

int
compact_fd(const struct mailbox *mb)
{
	return (mb->compact->t.fd);
}

static int
begin(struct mailbox *mb)
{
	struct compact *c;
	char tmp[TABLE_NAMESIZE];

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (-1);
	c->t.fd = -1;
	c->words = (size_t)(TABLE_MAXROWS / 64 + 1);
	/* Sparse: only what is touched takes memory. */
	c->changed = mmap(NULL, c->words * 8, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (c->changed == MAP_FAILED) {
		free(c);
		return (-1);
	}
	mb->compact = c;
	c->generation = mb->generation + 1;
	c->begin = mb->pub.highestmodseq;
	c->nkeywords = mb->pub.nkeywords;
	c->head = mb->pub;
	c->head.nrows = c->head.nlog = c->head.nnames = 0;
	table_file(tmp, sizeof(tmp), mb->id, c->generation, ".tmp");
	return (writer_create(mb->root->dirfd, tmp, mb->id,
	    mb->reset != 0 ? mb->reset : mb->t.h->uidvalidity,
	    c->generation, &c->t));
}

/* Frees what a compaction holds. */
static void
discard(struct mailbox *mb)
{
	struct compact *c = mb->compact;
	unsigned int i;

	if (c == NULL)
		return;
	for (i = 0; i < SYNC_SLOTS; i++)
		if (mb->e->slots[i].mb == mb && mb->e->slots[i].compact)
			mb->e->slots[i].mb = NULL;
	munmap(c->changed, c->words * 8);
	free(c->modseqs);
	free(c->gone);
	free(c);
	mb->compact = NULL;
}

void
compact_abort(struct mailbox *mb)
{
	struct compact *c = mb->compact;
	char tmp[TABLE_NAMESIZE];

	if (c != NULL && c->t.fd != -1) {
		table_unmap(&c->t);
		table_file(tmp, sizeof(tmp), mb->id, c->generation, ".tmp");
		unlinkat(mb->root->dirfd, tmp, 0);
	}
	discard(mb);
	if (mb->compact_queued)
		TAILQ_REMOVE(&mb->e->compacting, mb, compact_entry);
	mb->compact_queued = 0;
}

/* It failed: not again before the table is half again as large. */
static void
give_up(struct mailbox *mb)
{
	log_warn("engine: compaction of a table of root=%s", mb->root->path);
	mb->compact_rows = mb->pub.nrows + mb->pub.nrows / 2;
	mb->compact_log = mb->pub.nlog + mb->pub.nlog / 2;
	mb->wasted = 0;
	mb->reset = 0;
	compact_abort(mb);
	mailbox_idle(mb);
}

int
compact_work(struct engine *e)
{
	struct mailbox *mb, *next;
	int r;

	TAILQ_FOREACH_SAFE(mb, &e->compacting, compact_entry, next) {
		if (mb->compact != NULL &&
		    mb->compact->phase == COMPACT_SYNCING)
			continue;
		if (mb->sync_failed)
			r = mb->touched ? 1 : rescue(mb);
		else if (mb->compact != NULL &&
		    mb->compact->nkeywords != mb->pub.nkeywords) {
			/* Which letters are whose has changed: anew. */
			compact_abort(mb);
			compact_want(mb);
			return (!TAILQ_EMPTY(&e->compacting));
		} else
			r = mb->compact == NULL ? begin(mb) : step(mb);
		if (r == 1)
			continue;
		if (r == -1)
			give_up(mb);
		return (!TAILQ_EMPTY(&e->compacting));
	}
	return (0);
}

/* 0; 1 if it has to wait for the helper or for a commit; -1. */
static int
step(struct mailbox *mb)
{
	struct compact *c = mb->compact;
	int r;

	switch (c->phase) {
	case COMPACT_COPY:
		if (compact_copy(mb, COMPACT_ROWS) == -1)
			return (-1);
		if (c->pos >= mb->pub.nrows)
			c->phase = COMPACT_EXPUNGES;
		return (0);
	case COMPACT_EXPUNGES:
		if ((r = compact_collect(mb, COMPACT_ENTRIES)) != 1)
			return (r);	/* 0 or -1 */
		c->phase = COMPACT_MERGE;
		return (0);
	case COMPACT_MERGE:
		if ((r = compact_merge(mb, COMPACT_ENTRIES)) != 1)
			return (r);
		c->phase = COMPACT_LOG;
		return (0);
	case COMPACT_LOG:
		if ((r = compact_entries(mb, COMPACT_ENTRIES)) != 1)
			return (r);
		c->phase = COMPACT_SYNC;
		return (0);
	case COMPACT_SYNC:
		if (catch_up(mb) == -1)
			return (-1);
		if (durable_submit(mb, 1) == -1)
			return (errno == EAGAIN ? 1 : -1);
		c->phase = COMPACT_SYNCING;
		return (0);
	case COMPACT_SYNCING:
		return (1);
	case COMPACT_SWITCH:
		return (mb->touched ? 1 : finish(mb));
	}
	return (-1);
}

/* The helper has synced the new file. */
void
compact_synced(struct mailbox *mb, int error)
{
	struct compact *c = mb->compact;

	if (c == NULL || c->phase != COMPACT_SYNCING)
		return;
	if (error == EAGAIN) {
		c->phase = COMPACT_SYNC;
		return;
	}
	if (error != 0) {
		errno = error;
		give_up(mb);
		return;
	}
	/* If much has changed meanwhile the helper does most of it again. */
	c->phase = COMPACT_SWITCH;
	if (mb->pub.nlog - c->entry > COMPACT_ENTRIES && c->rounds++ < ROUNDS)
		c->phase = COMPACT_SYNC;
}

/* Brings the new generation up to the state of the old one. */
static int
catch_up(struct mailbox *mb)
{
	int r;

	if (compact_copy(mb, UINT64_MAX) == -1 || compact_changes(mb) == -1)
		return (-1);
	while ((r = compact_entries(mb, COMPACT_ENTRIES)) == 0)
		;
	return (r == -1 ? -1 : 0);
}

/* The counts were kept apart in both: they must agree. */
static int
same_counts(const struct mailbox *mb)
{
	struct table_header *a = mb->t.h, *b = mb->compact->t.h;

	if (a->messages == b->messages && a->unseen == b->unseen &&
	    a->deleted == b->deleted && a->behind == b->behind &&
	    a->bytes == b->bytes)
		return (0);
	log_warnx("engine: the counts of a table of root=%s are wrong: run "
	    "indexctl check", mb->root->path);
	errno = EBADMSG;
	return (-1);
}

/* The switch: durable first, then the name, then the mark. */
static int
finish(struct mailbox *mb)
{
	if (catch_up(mb) == -1 || compact_names(mb, 0) == -1 ||
	    same_counts(mb) == -1)
		return (-1);
	return (install(mb));
}

static int
install(struct mailbox *mb)
{
	struct compact *c = mb->compact;
	char name[TABLE_NAMESIZE], tmp[TABLE_NAMESIZE];
	uint64_t eh, fh, nrows, nlog, nnames;
	uint32_t folder;
	int fd = mb->root->dirfd;

	eh = c->head.expunge_horizon;
	fh = c->head.flag_horizon;
	nrows = c->head.nrows;
	nlog = c->head.nlog;
	nnames = c->head.nnames;
	folder = c->head.folder;
	c->head = mb->pub;
	c->head.expunge_horizon = eh;
	c->head.flag_horizon = fh;
	c->head.nrows = nrows;
	c->head.nlog = nlog;
	c->head.nnames = nnames;
	c->head.folder = folder;
	if (mb->reset != 0) {
		c->head.highestmodseq++;
		c->head.expunge_horizon = c->head.flag_horizon =
		    c->head.highestmodseq;
		memset(c->head.gap, 0, sizeof(c->head.gap));
		c->head.state |= TABLE_RESET;
	}
	writer_begin(&c->t, 0);
	writer_head(&c->t, &c->head, c->kw);
	writer_end(&c->t);
	table_file(tmp, sizeof(tmp), mb->id, c->generation, ".tmp");
	table_file(name, sizeof(name), mb->id, c->generation, "");
	/* With an interval the table must not outrun the journal. */
	if (journal_sync(mb->e->journal) == -1 ||
	    compat_syncmap(c->t.fd) == -1 || renameat(fd, tmp, fd, name) == -1)
		return (-1);
	/* From here on this is the table: a failure leaves the old one. */
	if (compat_syncdir(fd) == -1) {
		unlinkat(fd, name, 0);
		return (-1);
	}
	take_over(mb);
	return (0);
}

static void
take_over(struct mailbox *mb)
{
	struct compact *c = mb->compact;
	char old[TABLE_NAMESIZE];
	int sound;

	table_file(old, sizeof(old), mb->id, mb->generation, "");
	/* A damaged header does not get a sum that says it is not. */
	sound = atomic_load(&mb->t.h->head_sum) == table_head_sum(mb->t.h);
	if (sound)
		writer_begin(&mb->t, 0);
	atomic_store_explicit(&mb->t.h->superseded, 1, memory_order_release);
	if (sound)
		writer_end(&mb->t);
	mark_clean(mb);
	munmap(mb->t.h, mb->t.len);
	close(mb->fd);
	if (unlinkat(mb->root->dirfd, old, 0) == -1)
		log_warn("engine: unlink table=%s", old);
	growth_free(&mb->growth);
	mb->t = c->t;
	mb->fd = c->t.fd;
	c->t.fd = -1;
	mb->generation = c->generation;
	mailbox_load(mb);
	mb->compact_rows = 0;
	mb->compact_log = mb->pub.nlog + mb->pub.nlog / 2;
	mb->wasted = 0;
	mb->reset = 0;
	if (root_set(mb->root, mb->id, mb->generation, mb->t.len) == -1)
		log_warn("engine: root=%s", mb->root->path);
	mb->e->stats.compactions++;
	discard(mb);
	TAILQ_REMOVE(&mb->e->compacting, mb, compact_entry);
	mb->compact_queued = 0;
	mailbox_idle(mb);
}

static int
take_batch(void *arg, const void *data, size_t len)
{
	return (fold_batch(arg, data, len));
}

/*
 * The file cannot be trusted to hold what was stored: what the journal has is
 * stored again, and all is copied, before the pages can go.
 */
static int
rescue(struct mailbox *mb)
{
	struct engine *e = mb->e;
	struct fold_mailbox key, *m;
	struct fold fold;
	const char *why = NULL;
	int r = -1;

	if (mb->compact != NULL) {
		compact_abort(mb);
		mb->compact_queued = 1;
		TAILQ_INSERT_TAIL(&e->compacting, mb, compact_entry);
	}
	RB_INIT(&fold);
	if (journal_replay(e->journal, take_batch, &fold) == -1)
		goto out;
	memcpy(key.root, mb->root->hash, sizeof(key.root));
	memcpy(key.id, mb->id, sizeof(key.id));
	m = RB_FIND(fold, &fold, &key);
	if (m != NULL && m->generation == mb->generation && m->have_head) {
		fold_sort(m);
		if (recover_table(&mb->t, m, &why) == -1)
			goto out;
	}
	if (begin(mb) == -1)
		goto out;
	while (mb->compact->phase != COMPACT_SYNC)
		if (step(mb) == -1)
			goto out;
	r = finish(mb);
out:
	fold_clear(&fold);
	/* Failing again it stays as it is; the next publish tries anew. */
	return (r);
}

/* All of the change log, as it is. */
static int
copy_log(struct mailbox *mb)
{
	struct compact *c = mb->compact;
	struct change ch;

	if (writer_reserve(&c->t, TABLE_LOG, mb->pub.nlog) == -1)
		return (-1);
	while (c->head.nlog < mb->pub.nlog) {
		if (table_change(&mb->t, c->head.nlog, &ch) == -1)
			return (-1);
		writer_change(&c->t, c->head.nlog++, &ch);
	}
	return (0);
}

/*
 * A table whose rows are sound, but not what is made of them, goes to a new
 * generation, where that is made anew.  Without the change log nobody can be
 * told what changed: clients that do not know HIGHESTMODSEQ look at all.
 */
int
mailbox_mend(struct mailbox *mb, unsigned int what)
{
	struct compact *c;
	int error;

	if (mb->touched || mb->removed || mb->t.h == NULL ||
	    (what & CHECK_LOSS) != 0) {
		errno = mb->touched ? EBUSY : EINVAL;
		return (-1);
	}
	if (mb->reset != 0) {
		/* All is made anew just now. */
		errno = EBUSY;
		return (-1);
	}
	compact_abort(mb);
	mb->compact_queued = 1;
	TAILQ_INSERT_TAIL(&mb->e->compacting, mb, compact_entry);
	if (begin(mb) == -1 || compact_copy(mb, UINT64_MAX) == -1)
		goto fail;
	c = mb->compact;
	if (what & CHECK_LOG)
		c->head.expunge_horizon = c->head.flag_horizon =
		    mb->pub.highestmodseq;
	else if (copy_log(mb) == -1)
		goto fail;
	if (compact_names(mb, (what & CHECK_FOLDER) != 0) == -1 ||
	    install(mb) == -1)
		goto fail;
	return (0);
fail:
	error = errno;
	compact_abort(mb);
	errno = error;
	return (-1);
}
