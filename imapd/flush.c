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
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/folder_priv.h"
#include "imapd/keywords.h"
#include "imapd/witness.h"

#define BATCH		1000	/* rows of one run */
#define RETRY_BUSY	100	/* ms, when another has the lock */
#define RETRY_STUCK	10000	/* ms, when nothing could be done */

/* What a session remembers between runs. */
struct flush {
	uint64_t	cursor;		/* row to go on at */
	int		progress;	/* since the cursor was 0 */
	int64_t		retry;		/* ms: not before, unless */
	uint64_t	modseq;		/* there are changes after this */
	unsigned int	nkeywords;	/* names that the file has, and one */
	int		logged;
};

/* A row that lags behind. */
struct job {
	struct row	row;
	uint32_t	want;		/* letters that the file should have */
	int		done;
	char		base[TABLE_NAMELEN + 1];
};

struct batch {
	struct job	*job;
	size_t		 n;
	struct idx_letters *letters;	/* as many */
	struct uidset	 unlinked;
	int		 curdirty;	/* to be synced */
	int		 newdirty;
	int		 more;		/* rows after these lag too */
};

static int	run(struct folder *, struct table *, struct batch *);
static int	collect(struct folder *, struct table *, struct batch *,
		    unsigned int);
static int	keywords(struct folder *, struct table *, unsigned int);
static int	finish_others(struct folder *, struct batch *);
static int	give(struct folder *, struct batch *);
static void	rename_all(struct folder *, struct batch *);
static int	rename_one(struct folder *, struct batch *, struct job *,
		    int);
static int	rename_from(struct folder *, struct batch *, struct job *,
		    const struct place *);
static int	unlink_one(struct folder *, struct batch *, struct job *,
		    int);
static int	settle(struct folder *, struct batch *);
static void	complain(struct folder *, const struct job *);

int
flush_due(struct folder *f)
{
	struct table_glance now;
	struct table *t;

	if (!f->writable || f->gone || (t = folder_newest(f)) == NULL)
		return (0);
	table_glance(t, &now);
	if (now.behind == 0)
		return (0);
	if (f->flush == NULL || now_ms() >= f->flush->retry)
		return (1);
	return (f->flush->modseq != 0 &&
	    f->flush->modseq != now.highestmodseq);
}

void
flush_free(struct folder *f)
{
	free(f->flush);
	f->flush = NULL;
}

int
flush_run(struct folder *f)
{
	struct batch b = { 0 };
	struct table *t;
	int error, rv = -1;

	if (!flush_due(f))
		return (0);
	if (f->flush == NULL &&
	    (f->flush = calloc(1, sizeof(*f->flush))) == NULL)
		return (-1);
	if ((t = folder_newest(f)) == NULL)
		return (-1);
	if (folder_lock(f, 0) == -1) {
		if (errno != EAGAIN)
			return (-1);
		f->flush->retry = now_ms() + RETRY_BUSY;
		f->flush->modseq = 0;
		return (0);
	}
	witness_begin(f);
	uidset_init(&b.unlinked, PROTO_MAXRANGES);
	b.job = calloc(BATCH, sizeof(*b.job));
	b.letters = calloc(BATCH, sizeof(*b.letters));
	if (b.job != NULL && b.letters != NULL)
		rv = run(f, t, &b);
	error = errno;
	folder_unlock(f);
	locate_free(f);
	uidset_free(&b.unlinked);
	free(b.job);
	free(b.letters);
	if (rv == -1) {
		f->flush->retry = now_ms() + RETRY_STUCK;
		f->flush->modseq = 0;
	}
	errno = error;
	return (rv);
}

void
flush_all(struct folder *f)
{
	int more = 1;

	while (more == 1 && !f->gone && flush_due(f))
		if ((more = flush_run(f)) == -1)
			log_warn("folder: %s: flush", f->name);
}

static int
run(struct folder *f, struct table *t, struct batch *b)
{
	struct table_state state;
	struct flush *fl = f->flush;
	uint64_t from = fl->cursor;
	size_t i;
	int again;

	if (folder_state(f, t, &state) == -1 ||
	    keywords(f, t, state.nkeywords) == -1 ||
	    collect(f, t, b, state.nkeywords) == -1 ||
	    finish_others(f, b) == -1 || give(f, b) == -1)
		return (-1);
	rename_all(f, b);
	if (settle(f, b) == -1)
		return (-1);
	for (i = 0; i < b->n; i++)
		fl->progress |= b->job[i].done;
	if (b->more)
		return (1);
	/* The end: what is left now waits, unless something changes; rows
	 * before the place where this run began may lag by now. */
	again = from > 0 && fl->progress;
	fl->retry = fl->progress ? 0 : now_ms() + RETRY_STUCK;
	fl->modseq = state.highestmodseq;
	fl->cursor = 0;
	fl->progress = 0;
	return (again);
}

/* The rows of this batch, and what is to be done about each. */
static int
collect(struct folder *f, struct table *t, struct batch *b,
    unsigned int nkeywords)
{
	struct job *j;
	uint64_t n;

	n = f->flush->cursor;
	while (b->n < BATCH) {
		if (folder_next(f, t, TABLE_BEHIND, n, &n) == -1)
			return (errno == ENOENT ? 0 : -1);
		j = &b->job[b->n];
		if (folder_row(f, t, n, &j->row, j->base) == -1)
			return (-1);
		n++;
		if (!row_behind(&j->row, nkeywords) ||
		    (f->examine && (j->row.flags & ROW_NEW) &&
		    !(j->row.flags & ROW_EXPUNGED)))
			continue;
		j->want = row_letters(&j->row, nkeywords);
		j->done = 0;
		b->n++;
	}
	f->flush->cursor = n;
	b->more = 1;
	return (0);
}

/* No letter is used before the folder's file says what it means. */
static int
keywords(struct folder *f, struct table *t, unsigned int n)
{
	struct keywords file;
	char name[TABLE_KWLEN + 1];
	unsigned int i;
	int differs = 0;

	if (n > KEYWORDS_LETTERS)
		n = KEYWORDS_LETTERS;
	if (f->flush->nkeywords == n + 1)
		return (0);
	if (keywords_read(f->dirfd, &file) == -1)
		return (-1);
	for (i = 0; i < n; i++) {
		if (table_keyword(t, i, name) == -1)
			return (-1);
		if (strcmp(file.name[i], name) == 0)
			continue;
		if (file.name[i][0] != '\0')
			log_warnx("folder: %s: " KEYWORDS_FILE ": letter %c "
			    "was %s, is %s", f->name, (int)('a' + i),
			    file.name[i], name);
		memcpy(file.name[i], name, sizeof(name));
		differs = 1;
	}
	if (file.n < n)
		file.n = n;
	if (differs && keywords_write(f->dirfd, f->tmpfd, &file,
	    folder_filemode(f)) == -1)
		return (-1);
	f->flush->nkeywords = n + 1;
	return (0);
}

/*
 * A session that is gone left rows as being given: where the file has those
 * letters by now, that is reported before others are given.
 */
static int
finish_others(struct folder *f, struct batch *b)
{
	struct place p[PLACES];
	struct stat st;
	struct job *j;
	unsigned int np;
	size_t i, n = 0;

	for (i = 0; i < b->n; i++) {
		j = &b->job[i];
		if (!(j->row.flags & ROW_GIVING) ||
		    (j->row.flags & ROW_EXPUNGED) ||
		    j->row.gletters == j->want)
			continue;
		np = places(f, &j->row, j->base, p);
		if (np == 0 || fstatat(p[np - 1].dirfd, p[np - 1].name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		b->letters[n].uid = j->row.uid;
		b->letters[n].letters = j->row.gletters;
		b->letters[n++].incur = 1;
		j->row.fletters = j->row.gletters;
		j->row.flags &= (uint16_t)~(ROW_GIVING | ROW_NEW);
	}
	if (n == 0)
		return (0);
	if (compat_syncdir(f->curfd) == -1)
		return (-1);
	return (idx_given(f->box, b->letters, n));
}

/* Durable in the rows before any file has them. */
static int
give(struct folder *f, struct batch *b)
{
	struct job *j;
	size_t i, n = 0;

	for (i = 0; i < b->n; i++) {
		j = &b->job[i];
		if ((j->row.flags & ROW_EXPUNGED) ||
		    ((j->row.flags & ROW_GIVING) &&
		    j->row.gletters == j->want))
			continue;
		b->letters[n].uid = j->row.uid;
		b->letters[n++].letters = j->want;
		j->row.flags |= ROW_GIVING;
		j->row.gletters = j->want;
	}
	return (n == 0 ? 0 : idx_give(f->box, b->letters, n));
}

/* By the names that the rows know; for the rest by one listing. */
static void
rename_all(struct folder *f, struct batch *b)
{
	size_t i, left = 0;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		if (pass == 1 && (left == 0 || locate_list(f) == -1))
			return;
		for (i = 0; i < b->n; i++) {
			if (b->job[i].done)
				continue;
			if (b->job[i].row.flags & ROW_EXPUNGED)
				b->job[i].done = unlink_one(f, b,
				    &b->job[i], pass);
			else
				b->job[i].done = rename_one(f, b,
				    &b->job[i], pass);
			left += !b->job[i].done;
		}
	}
}

static int
rename_one(struct folder *f, struct batch *b, struct job *j, int listed)
{
	struct maildir_name parts;
	struct place p[PLACES];
	unsigned int i, np;

	if (!listed) {
		np = places(f, &j->row, j->base, p);
		for (i = 0; i < np; i++) {
			if (rename_from(f, b, j, &p[i]) == 0)
				return (1);
			if (errno != ENOENT) {
				complain(f, j);
				return (0);
			}
		}
		return (0);
	}
	/* A name with letters that are nobody's keeps them. */
	if (locate_listed(f, j->base, &p[0]) == -1 ||
	    maildir_parse(p[0].name, &parts) == -1 ||
	    parts.base != j->row.namelen ||
	    memcmp(p[0].name, j->base, parts.base) != 0)
		return (0);
	/* Any other difference is news, for the next comparison. */
	if (p[0].dirfd == f->curfd && ((j->row.flags & ROW_NEW) ||
	    parts.letters != j->row.fletters) && parts.letters != j->want)
		return (0);
	if (rename_from(f, b, j, &p[0]) == 0)
		return (1);
	if (errno != ENOENT)
		complain(f, j);
	return (0);
}

static int
rename_from(struct folder *f, struct batch *b, struct job *j,
    const struct place *from)
{
	char to[MAILDIR_NAMEMAX + 1];
	struct stat st;

	if (fstatat(from->dirfd, from->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (-1);
	if (maildir_build(to, sizeof(to), j->base, j->want, from->name) ==
	    -1)
		return (-1);
	b->curdirty = 1;
	if (from->dirfd == f->curfd && strcmp(from->name, to) == 0)
		return (0);
	if (compat_rename(from->dirfd, from->name, f->curfd, to) == -1)
		return (-1);
	if (from->dirfd == f->newfd)
		b->newdirty = 1;
	return (0);
}

/* The file of a tombstone; 1 once no name of it is left. */
static int
unlink_one(struct folder *f, struct batch *b, struct job *j, int listed)
{
	struct place p[PLACES];
	unsigned int i, np = 0;
	int found = 0;

	if (!listed)
		np = places(f, &j->row, j->base, p);
	else if (locate_listed(f, j->base, &p[0]) == 0)
		np = 1;
	else
		found = errno == ENOENT;
	for (i = 0; i < np; i++) {
		if (unlinkat(p[i].dirfd, p[i].name, 0) == 0) {
			b->curdirty |= p[i].dirfd == f->curfd;
			b->newdirty |= p[i].dirfd == f->newfd;
			found = 1;
		} else if (errno != ENOENT)
			complain(f, j);
	}
	return (found && uidset_add(&b->unlinked, j->row.uid) == 0);
}

/* The directories are synced before anything is reported as done. */
static int
settle(struct folder *f, struct batch *b)
{
	size_t i, n = 0;

	/* A tombstone whose file was gone may have been unlinked by one
	 * who never came to sync. */
	if (b->unlinked.n > 0)
		b->curdirty = b->newdirty = 1;
	if (b->curdirty && compat_syncdir(f->curfd) == -1)
		return (-1);
	if (b->newdirty && compat_syncdir(f->newfd) == -1)
		return (-1);
	for (i = 0; i < b->n; i++) {
		if (!b->job[i].done ||
		    (b->job[i].row.flags & ROW_EXPUNGED))
			continue;
		b->letters[n].uid = b->job[i].row.uid;
		b->letters[n].letters = b->job[i].want;
		b->letters[n++].incur = 1;
	}
	if (n > 0 && idx_given(f->box, b->letters, n) == -1)
		return (-1);
	if (b->unlinked.n > 0 && idx_unlinked(f->box, &b->unlinked) == -1)
		return (-1);
	return (0);
}

static void
complain(struct folder *f, const struct job *j)
{
	int error = errno;

	if (!f->flush->logged++)
		log_warn("folder: %s: file of uid=%u name=%s cannot be "
		    "brought up to date", f->name,
		    (unsigned int)j->row.uid, j->base);
	errno = error;
}
