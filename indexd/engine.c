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


#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "indexd/store.h"
#include "indexd/syncer.h"

/* Opening and closing the store, and committing the open batch. */

#define FLEETING	1000		/* ms until fleeting notes are synced */

static int	open_directory(struct engine *, const char *);
static int	open_journal(struct engine *);
static int	subdir(int, const char *);
static int	take_batch(void *, const void *, size_t);
static int	carry(void *, struct buf *);
static void	gap(void *);
static int	has_clean(const void *, size_t);
static int	distrust(struct engine *);
static int	write_clean(struct engine *);
static int	begins(const struct engine *);
static int	fleets(const struct engine *);
static void	want_sync(struct engine *);
static void	drop_batch(struct engine *);
static void	publish_all(struct engine *);
static void	hand_notes(struct engine *, void (*)(void *,
		    const struct note *), void *);
static void	engine_free(struct engine *);

struct engine *
engine_open(const struct engine_conf *conf,
    void (*note)(void *, const struct note *), void *arg)
{
	struct engine *e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (NULL);
	e->dirfd = e->lockfd = e->idfd = e->rootsfd = -1;
	e->interval = conf->interval;
	e->max_rows = conf->max_rows;
	if (e->max_rows == 0 || e->max_rows > TABLE_MAXROWS)
		e->max_rows = TABLE_MAXROWS;
	e->mark = 1;
	RB_INIT(&e->roots);
	TAILQ_INIT(&e->idle_roots);
	RB_INIT(&e->mailboxes);
	RB_INIT(&e->live);
	STAILQ_INIT(&e->ready);
	RB_INIT(&e->fold);
	TAILQ_INIT(&e->touched);
	TAILQ_INIT(&e->dirty);
	TAILQ_INIT(&e->compacting);
	TAILQ_INIT(&e->stamped);
	if (open_directory(e, conf->directory) == -1 ||
	    identity_load(e) == -1 || open_journal(e) == -1)
		goto fail;
	/* Of what recovery needed little is left. */
	compat_trim();
	if ((e->syncer = syncer_start()) == NULL) {
		log_warn("engine: helper");
		goto fail;
	}
	hand_notes(e, note, arg);
	return (e);
fail:
	engine_free(e);
	return (NULL);
}

/* The directory, held by one indexd at a time. */
static int
open_directory(struct engine *e, const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		log_warn("engine: mkdir %s", path);
		return (-1);
	}
	e->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->dirfd == -1) {
		log_warn("engine: %s", path);
		return (-1);
	}
	if (compat_syncparent(path) == -1)
		log_warn("engine: the directory of %s", path);
	e->lockfd = openat(e->dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC,
	    0600);
	if (e->lockfd == -1 || fcntl(e->lockfd, F_SETLK, &lock) == -1) {
		if (errno == EAGAIN || errno == EACCES)
			log_warnx("engine: %s is in use by another indexd",
			    path);
		else
			log_warn("engine: %s/lock", path);
		return (-1);
	}
	if ((e->rootsfd = subdir(e->dirfd, "roots")) == -1) {
		log_warn("engine: %s/roots", path);
		return (-1);
	}
	return (0);
}

static int
subdir(int dirfd, const char *name)
{
	/* It may be there, and not be durable, from a start that was cut. */
	if ((mkdirat(dirfd, name, 0700) == -1 && errno != EEXIST) ||
	    compat_syncdir(dirfd) == -1)
		return (-1);
	return (openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int
take_batch(void *arg, const void *data, size_t len)
{
	struct engine *e = arg;

	if (note_apply(e, data, len) == -1)
		return (-1);
	if (e->gap && has_clean(data, len))
		e->gap = 0;
	return (fold_batch(&e->fold, data, len));
}

static int
has_clean(const void *data, size_t len)
{
	const struct record *r;
	size_t off = 0;

	while (record_next(data, len, &off, &r) == 1)
		if (r->type == RECORD_CLEAN)
			return (1);
	return (0);
}

static void
gap(void *arg)
{
	struct engine *e = arg;

	e->gap = 1;
}

static int
carry(void *arg, struct buf *b)
{
	return (notes_carry(arg, b));
}

/*
 * Reads the journal, secures what is not proven of it, brings the tables up
 * to it, and lets go of the old segments.
 */
static int
open_journal(struct engine *e)
{
	int fd, r = -1;

	e->ops.batch = take_batch;
	e->ops.carry = carry;
	e->ops.gap = gap;
	if ((fd = subdir(e->dirfd, "journal")) == -1) {
		log_warn("engine: journal");
		return (-1);
	}
	e->journal = journal_open(fd, &e->ops, e);
	close(fd);
	if (e->journal == NULL || journal_start(e->journal) == -1)
		goto out;
	if (recover(e) == -1 || (e->gap && distrust(e) == -1) ||
	    write_clean(e) == -1) {
		log_warn("engine: recovery failed");
		goto out;
	}
	journal_release(e->journal, journal_segment(e->journal));
	r = 0;
out:
	fold_clear(&e->fold);
	return (r);
}

/*
 * What the missing batches said is in the tables, if there was no power cut,
 * or it is not; and then their numbers would be given again.  Each table is
 * made anew when its folder is opened, with what is there, above the floor
 * that the folder carries.
 */
static int
distrust(struct engine *e)
{
	char why[] = "the journal is damaged";

	engine_repaired(e, "the journal is damaged, and batches are lost: all "
	    "mailboxes are numbered anew above their floors");
	e->gap = 0;
	return (aside_all(e, why));
}

/* Says in the journal that all tables are durable. */
static int
write_clean(struct engine *e)
{
	if (batch_begin(&e->batch) == -1 ||
	    record_add(&e->batch, RECORD_CLEAN,
	    sizeof(struct record)) == NULL)
		return (-1);
	return (journal_append(e->journal, &e->batch, 1));
}

static void
hand_notes(struct engine *e, void (*note)(void *, const struct note *),
    void *arg)
{
	struct live_note *n;
	struct note copy;

	RB_FOREACH(n, live_notes, &e->live) {
		copy.kind = n->kind;
		memcpy(copy.key, n->key, sizeof(copy.key));
		copy.number = n->number;
		copy.data = n->data;
		copy.len = n->len;
		copy.fleeting = 0;
		if (note != NULL)
			note(arg, &copy);
	}
}

void
engine_close(struct engine *e)
{
	struct mailbox *mb;

	if (e == NULL)
		return;
	while ((mb = TAILQ_FIRST(&e->compacting)) != NULL)
		compact_abort(mb);
	stamps_join(e);
	if (engine_commit(e) == -1)
		log_warn("engine: last commit");
	else if (durable_all(e) == -1 || write_clean(e) == -1)
		log_warn("engine: not all is synced; the next start will");
	engine_free(e);
}

static void
engine_free(struct engine *e)
{
	struct mailbox *mb, *next;

	syncer_stop(e->syncer);
	drop_batch(e);
	stamps_free(e);
	for (mb = RB_MIN(mailboxes, &e->mailboxes); mb != NULL; mb = next) {
		next = RB_NEXT(mailboxes, &e->mailboxes, mb);
		compact_abort(mb);
		mb->refs = 0;
		mark_clean(mb);
		mailbox_idle(mb);
	}
	roots_free(e);
	journal_close(e->journal);
	notes_free(e);
	fold_clear(&e->fold);
	buf_free(&e->batch);
	buf_free(&e->notes);
	free(e->undo);
	if (e->rootsfd != -1)
		close(e->rootsfd);
	if (e->idfd != -1)
		close(e->idfd);
	if (e->lockfd != -1)
		close(e->lockfd);
	if (e->dirfd != -1)
		close(e->dirfd);
	freezero(e, sizeof(*e));
}

const uint8_t *
engine_id(const struct engine *e)
{
	return (e->ident.id);
}

const uint8_t *
engine_key(const struct engine *e)
{
	return (e->ident.key);
}

int
engine_fd(const struct engine *e)
{
	return (syncer_fd(e->syncer));
}

int
engine_pending(const struct engine *e)
{
	const struct mailbox *mb;

	if (e->notes.len > 0)
		return (1);
	TAILQ_FOREACH(mb, &e->touched, touched_entry)
		if (!pend_empty(mb))
			return (1);
	return (0);
}

/* Ends the batch without having published it. */
static void
drop_batch(struct engine *e)
{
	struct mailbox *mb;

	while ((mb = TAILQ_FIRST(&e->touched)) != NULL) {
		TAILQ_REMOVE(&e->touched, mb, touched_entry);
		pend_clear(mb, 1);
		mailbox_idle(mb);
	}
	e->notes.len = 0;
	e->lasting = 0;
	e->nundo = 0;
}

/* Whether a power cut takes nothing of the batch that it should leave. */
static int
fleets(const struct engine *e)
{
	const struct mailbox *mb;

	TAILQ_FOREACH(mb, &e->touched, touched_entry)
		if (!pend_empty(mb))
			return (0);
	return (!e->lasting);
}

/*
 * Whether the batch is the first one of some table since all of that is
 * durable.  From its publish on pages of the table may reach the disk, so that
 * one has to be in the journal for good, or recovery would not look at it.
 */
static int
begins(const struct engine *e)
{
	const struct mailbox *mb;

	TAILQ_FOREACH(mb, &e->touched, touched_entry)
		if (!pend_empty(mb) && !mb->removed && (!mb->dirty ||
		    (mb->syncing && mb->dirty_again == 0)))
			return (1);
	return (0);
}

int
engine_commit(struct engine *e)
{
	int error;

	if (engine_pending(e) || stamps_timeout(e) == 0)
		stamps_join(e);
	if (!engine_pending(e)) {
		drop_batch(e);
		return (0);
	}
	if (encode_batch(e) == -1 ||
	    notes_prepare(e, e->notes.data, e->notes.len) == -1 ||
	    journal_append(e->journal, &e->batch,
	    (e->interval == 0 && !fleets(e)) || begins(e)) == -1) {
		error = errno;
		e->stats.failed++;
		notes_forget(e);
		drop_batch(e);
		errno = error;
		return (-1);
	}
	publish_all(e);
	if (e->batch.cap > JOURNAL_MAXTAIL)
		buf_free(&e->batch);
	want_sync(e);
	return (0);
}

/* Not all that was committed is durable: it will be, in time. */
static void
want_sync(struct engine *e)
{
	if (!journal_unsynced(e->journal))
		e->fleeting = 0;
	else if (e->interval == 0 && !e->fleeting) {
		e->fleeting = 1;
		due_set(&e->fleeting_due, FLEETING);
	} else if (e->interval != 0 && !e->timer) {
		e->timer = 1;
		due_set(&e->due, e->interval);
	}
}

/*
 * Tables without an expunge first: a message that was moved is in its new
 * mailbox before it leaves the old one.
 */
static void
publish_all(struct engine *e)
{
	struct mailbox *mb;
	int expunges;

	/* The journal has them: here is no way back. */
	if (notes_publish(e, e->notes.data, e->notes.len) == -1)
		fatal("engine: notes of a committed batch");
	for (expunges = 0; expunges < 2; expunges++) {
		TAILQ_FOREACH(mb, &e->touched, touched_entry) {
			if (mb->p.expunges != expunges || pend_empty(mb))
				continue;
			e->stats.rows += mb->p.nrows;
			compact_changed(mb);
			mark_dirty(mb);
			publish(mb);
		}
	}
	while ((mb = TAILQ_FIRST(&e->touched)) != NULL) {
		TAILQ_REMOVE(&e->touched, mb, touched_entry);
		pend_clear(mb, 0);
		compact_want(mb);
		mailbox_idle(mb);
	}
	e->notes.len = 0;
	e->lasting = 0;
	e->nundo = 0;
	e->stats.commits++;
}

int
engine_work(struct engine *e)
{
	durable_work(e);
	return (compact_work(e));
}

void
due_set(struct timespec *due, unsigned int ms)
{
	clock_gettime(CLOCK_MONOTONIC, due);
	due->tv_sec += ms / 1000;
	due->tv_nsec += (long)(ms % 1000) * 1000000;
	if (due->tv_nsec >= 1000000000) {
		due->tv_sec++;
		due->tv_nsec -= 1000000000;
	}
}

int
due_in(const struct timespec *due)
{
	struct timespec now;
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (due->tv_sec - now.tv_sec) * 1000 +
	    (due->tv_nsec - now.tv_nsec + 999999) / 1000000;
	return (ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms);
}

int
engine_timeout(const struct engine *e)
{
	int ms, left;

	ms = e->timer ? due_in(&e->due) : stamps_timeout(e);
	if (e->fleeting && ((left = due_in(&e->fleeting_due)) < ms ||
	    ms == -1))
		ms = left;
	return (ms);
}

void
engine_counters(const struct engine *e, struct engine_stats *s)
{
	struct journal_stats j;

	*s = e->stats;
	journal_stats(e->journal, &j);
	s->syncs = j.syncs;
	s->sync_us = j.sync_us;
	s->sync_times = j.sync_times;
	s->bytes = j.bytes;
	s->segments = j.segments;
}

void
engine_stats(const struct engine *e, struct engine_stats *s)
{
	struct engine *me = (struct engine *)(uintptr_t)e;
	struct mailbox *mb;

	engine_counters(e, s);
	RB_FOREACH(mb, mailboxes, &me->mailboxes) {
		if (mb->t.h != NULL) {
			s->open++;
			s->mapped += mb->t.len;
		}
	}
}

void
engine_blame(struct engine *e, const void *addr)
{
	const char *p = addr, *begin;
	struct mailbox *mb;

	RB_FOREACH(mb, mailboxes, &e->mailboxes) {
		begin = (const char *)mb->t.h;
		if (begin == NULL || p < begin || p >= begin + mb->t.len)
			continue;
		log_warnx("engine: a table was cut, or the disk has an "
		    "error: folder=%s root=%s", mb->folder, mb->root->path);
		return;
	}
	log_warnx("engine: a mapped file was cut, or the disk has an error");
}
