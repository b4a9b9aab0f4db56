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

#include "common/log.h"
#include "imapd/folder_priv.h"
#include "imapd/listing.h"
#include "imapd/watch_names.h"
#include "imapd/witness.h"

#define WITNESS_NAMES	8192	/* touched and not looked at yet */
#define WITNESS_ROWS	16384	/* that may have been renamed */
#define WITNESS_ROUNDS	4	/* of looking, while more is touched */
#define WITNESS_DELAY	25	/* ms: more than a granule */
#define WITNESS_AGAIN	200	/* ms until another try */
#define WITNESS_TRIES	200

/* A name that came, went or changed. */
struct touched {
	int	 incur;
	int	 done;		/* looked at, and as it should be */
	size_t	 base;		/* octets of its base name */
	char	*name;
};

struct witness {
	struct watch_names	 watch;
	int			 standing;	/* for who waits, too */
	int			 sure;		/* they agreed at the beginning */
	int			 heard;		/* names, since asked */
	int			 came;		/* names, since noted */
	int			 told;		/* the stamp is on its way */
	uint64_t		 begin;		/* the table's at the beginning */
	uint64_t		 place;		/* read in the change log */
	struct uidset		 lagged;	/* rows that did, then */
	struct uidset		 rows;		/* which may be renamed */
	struct touched		*touched;
	size_t			 n;
	size_t			 cap;
	int64_t			 due;
	unsigned int		 tries;
};

static int	add_changed(struct folder *, struct table *);
static int	add_lagging(struct folder *, struct table *);
static int	add_name(void *, int, const char *);
static int	as_stamped(struct folder *, struct table *);
static int	begin(struct folder *);
static int	by_base(const void *, const void *);
static int	compare(const char *, size_t, const char *, size_t);
static void	drop_done(struct witness *);
static int	doubtful(const struct witness *);
static void	end(struct folder *);
static int	hear(struct folder *);
static int	judge(struct folder *, const struct row *, const char *,
		    const struct touched *);
static int	look(struct folder *, struct table *);
static int	look_row(struct folder *, struct table *, uint64_t,
		    const struct row *, const char *);
static int	look_range(struct folder *, struct table *,
		    const struct uid_range *, unsigned int *);
static int	note(struct folder *, struct table *);
static int	open_witness(struct folder *);
static int	present(int, const char *);
static void	renew(struct folder *);
static void	unsure(struct folder *);

/* Rows whose files other sessions may be renaming by now. */
static int
add_lagging(struct folder *f, struct table *t)
{
	struct row row;
	char base[TABLE_NAMELEN + 1];
	uint64_t n;
	unsigned int i;

	for (n = 0, i = 0; i < WITNESS_ROWS; n++, i++) {
		if (folder_next(f, t, TABLE_BEHIND, n, &n) == -1)
			return (errno == ENOENT ? 0 : -1);
		if (folder_row(f, t, n, &row, base) == -1 ||
		    uidset_add(&f->witness->lagged, row.uid) == -1 ||
		    uidset_add(&f->witness->rows, row.uid) == -1)
			return (-1);
	}
	errno = E2BIG;
	return (-1);
}

/* Those that changed since the log was last read. */
static int
add_changed(struct folder *f, struct table *t)
{
	struct witness *w = f->witness;
	struct table_state state;
	struct change c;
	uint64_t n;

	if (folder_state(f, t, &state) == -1 ||
	    table_change_since(t, w->place, &n) == -1)
		return (-1);
	if (state.nlog - n > WITNESS_ROWS) {
		errno = E2BIG;
		return (-1);
	}
	for (; n < state.nlog; n++) {
		if (table_change(t, n, &c) == -1 ||
		    uidset_add_range(&w->rows, c.uid, c.last) == -1)
			return (-1);
	}
	w->place = state.highestmodseq;
	return (0);
}

static int
as_stamped(struct folder *f, struct table *t)
{
	struct dirstamp newstamp, curstamp;
	struct table_state state;

	return (folder_state(f, t, &state) == 0 &&
	    stamp_take(f->newfd, &newstamp) == 0 &&
	    stamp_take(f->curfd, &curstamp) == 0 &&
	    stamp_says(state.stamp, STAMP_NEW, &newstamp) &&
	    stamp_says(state.stamp, STAMP_CUR, &curstamp));
}

static int
open_witness(struct folder *f)
{
	struct witness *w;
	int error;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (-1);
	if (watch_names_open(&w->watch, f->newfd, f->curfd) == -1) {
		error = errno;
		free(w);
		errno = error;
		return (-1);
	}
	uidset_init(&w->lagged, 0);
	uidset_init(&w->rows, 0);
	w->due = INT64_MAX;
	f->witness = w;
	return (0);
}

/* From here on: which rows may be renamed. */
static int
note(struct folder *f, struct table *t)
{
	struct witness *w = f->witness;
	struct table_state state;

	uidset_clear(&w->lagged);
	uidset_clear(&w->rows);
	if (folder_state(f, t, &state) == -1)
		return (-1);
	w->came = 0;
	w->begin = w->place = state.highestmodseq;
	return (add_lagging(f, t));
}

/*
 * While the watch stands: what may be renamed is noted before the stamp is
 * seen to hold, and names that came before it do not count.
 */
static int
begin(struct folder *f)
{
	struct table *t;

	unsure(f);
	if ((t = folder_newest(f)) == NULL || note(f, t) == -1 ||
	    hear(f) == -1 || !as_stamped(f, t))
		return (-1);
	f->witness->sure = 1;
	return (0);
}

/*
 * They agreed, with no name left.  If there is none after what may be renamed
 * was noted anew, they still do, and what came before may be forgotten.
 */
static void
renew(struct folder *f)
{
	struct table *t;

	f->witness->due = INT64_MAX;
	f->witness->told = 0;
	if ((t = folder_newest(f)) == NULL || note(f, t) == -1 ||
	    hear(f) == -1 || f->witness->n > 0)
		unsure(f);
}

void
witness_begin(struct folder *f)
{
	struct witness *w;

	if (f->witness == NULL && open_witness(f) == -1)
		return;
	w = f->witness;
	if (!w->sure && begin(f) == -1) {
		if (!w->standing)
			witness_free(f);
		return;
	}
	w->due = now_ms() + WITNESS_DELAY;
	w->tries = 0;
	w->told = 0;
}

void
witness_listing(struct folder *f)
{
	struct table *t;

	if (f->witness == NULL && open_witness(f) == -1)
		return;
	if (f->witness->sure)
		return;
	unsure(f);
	if ((t = folder_newest(f)) == NULL || hear(f) == -1 ||
	    note(f, t) == -1)
		end(f);
}

void
witness_listed(struct folder *f, int complete)
{
	struct witness *w = f->witness;

	if (w == NULL || w->sure)
		return;
	if (!complete || hear(f) == -1 || w->came) {
		end(f);
		return;
	}
	w->sure = 1;
	w->due = now_ms() + WITNESS_DELAY;
	w->tries = 0;
}

int
witness_stand(struct folder *f)
{
	if (f->witness == NULL && open_witness(f) == -1)
		return (-1);
	f->witness->standing = 1;
	if (!f->witness->sure)
		(void)begin(f);
	return (f->witness->watch.fd);
}

int
witness_heard(struct folder *f)
{
	struct witness *w = f->witness;
	int heard;

	if (w == NULL)
		return (1);
	if (hear(f) == -1) {
		unsure(f);
		return (1);
	}
	heard = w->heard;
	w->heard = 0;
	if (heard && w->sure) {
		w->due = now_ms() + WITNESS_DELAY;
		w->tries = 0;
	}
	return (heard);
}

int
witness_pending(const struct folder *f)
{
	return (f->witness != NULL && f->witness->heard);
}

void
witness_leave(struct folder *f)
{
	if (f->witness == NULL)
		return;
	f->witness->standing = 0;
	if (!f->witness->sure || f->witness->due == INT64_MAX)
		witness_free(f);
}

/* It can't tell any more; who waits is still woken. */
static void
unsure(struct folder *f)
{
	struct witness *w = f->witness;
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->touched[i].name);
	w->n = 0;
	uidset_clear(&w->lagged);
	uidset_clear(&w->rows);
	w->due = INT64_MAX;
	w->sure = 0;
}

void
witness_free(struct folder *f)
{
	struct witness *w = f->witness;

	if (w == NULL)
		return;
	unsure(f);
	free(w->touched);
	uidset_free(&w->lagged);
	uidset_free(&w->rows);
	close(w->watch.fd);
	free(w);
	f->witness = NULL;
}

/* Nothing is to be told any more, but to who waits. */
static void
end(struct folder *f)
{
	if (f->witness->standing)
		unsure(f);
	else
		witness_free(f);
}

/* Takes the names that have come. */
static int
hear(struct folder *f)
{
	struct witness *w = f->witness;

	if (watch_names_read(&w->watch, add_name, w) == -1) {
		w->heard = w->came = 1;
		return (-1);
	}
	return (0);
}

static int
add_name(void *arg, int incur, const char *name)
{
	struct witness *w = arg;
	struct touched *p;
	size_t cap;

	w->heard = w->came = 1;
	if (name[0] == '.' || !w->sure)
		return (0);	/* a listing passes over dots, too */
	if (w->n == WITNESS_NAMES) {
		errno = E2BIG;
		return (-1);
	}
	if (w->n == w->cap) {
		cap = w->cap == 0 ? 16 : w->cap * 2;
		p = reallocarray(w->touched, cap, sizeof(*p));
		if (p == NULL)
			return (-1);
		w->touched = p;
		w->cap = cap;
	}
	p = &w->touched[w->n];
	if ((p->name = strdup(name)) == NULL)
		return (-1);
	p->base = maildir_base(name);
	p->incur = incur;
	p->done = 0;
	w->n++;
	return (0);
}

static int
compare(const char *a, size_t alen, const char *b, size_t blen)
{
	int order;

	order = memcmp(a, b, alen < blen ? alen : blen);
	if (order != 0 || alen == blen)
		return (order);
	return (alen < blen ? -1 : 1);
}

static int
by_base(const void *a, const void *b)
{
	const struct touched *x = a, *y = b;

	return (compare(x->name, x->base, y->name, y->base));
}

static int
present(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return (1);
	return (errno == ENOENT ? 0 : -1);
}

/*
 * Whether a name is as the row says, 1 or 0.  While a file is being renamed
 * or unlinked that is not to be said.
 */
static int
judge(struct folder *f, const struct row *row, const char *base,
    const struct touched *c)
{
	struct place p[PLACES];
	unsigned int i, np, named = 0, there = 0;
	int dirfd = c->incur ? f->curfd : f->newfd, is;

	if ((row->flags & (ROW_GIVING | ROW_FILE)) ||
	    (is = present(dirfd, c->name)) == -1)
		return (0);
	if (row->flags & ROW_EXPUNGED)
		return (!is);
	np = places(f, row, base, p);
	for (i = 0; i < np; i++) {
		if (p[i].dirfd == dirfd && strcmp(p[i].name, c->name) == 0)
			named = 1;
		there += present(p[i].dirfd, p[i].name) == 1;
	}
	return (there == 1 && (named || !is));
}

/* Judges what was touched of one message. */
static int
look_row(struct folder *f, struct table *t, uint64_t n,
    const struct row *first, const char *base)
{
	struct witness *w = f->witness;
	struct row row = *first;
	char again[TABLE_NAMELEN + 1];
	size_t len = row.namelen, lo = 0, hi = w->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (compare(w->touched[mid].name, w->touched[mid].base, base,
		    len) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < w->n && compare(w->touched[lo].name,
	    w->touched[lo].base, base, len) == 0; lo++) {
		/* As it is after the event, which has been read. */
		if (folder_row(f, t, n, &row, again) == -1)
			return (-1);
		w->touched[lo].done = judge(f, &row, again, &w->touched[lo]);
	}
	return (0);
}

/*
 * An entry of the log may span tombstones of earlier days.  Since then the
 * name may have come back as another message's, of which they know nothing.
 */
static int
look_range(struct folder *f, struct table *t, const struct uid_range *r,
    unsigned int *rows)
{
	struct witness *w = f->witness;
	struct row row;
	char base[TABLE_NAMELEN + 1];
	uint64_t n;

	if (folder_seek(f, t, r->lo, &n) == -1)
		return (-1);
	for (;; n++) {
		if (folder_row(f, t, n, &row, base) == -1)
			return (errno == ENOENT ? 0 : -1);
		if (row.uid > r->hi)
			return (0);
		if (++*rows > WITNESS_ROWS) {
			errno = E2BIG;
			return (-1);
		}
		if ((row.flags & ROW_EXPUNGED) && row.modseq <= w->begin &&
		    !uidset_contains(&w->lagged, row.uid))
			continue;
		if (look_row(f, t, n, &row, base) == -1)
			return (-1);
	}
}

static void
drop_done(struct witness *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++) {
		if (w->touched[i].done)
			free(w->touched[i].name);
		else
			w->touched[n++] = w->touched[i];
	}
	w->n = n;
}

/* The directories of the names that are left. */
static int
doubtful(const struct witness *w)
{
	size_t i;
	int which = 0;

	for (i = 0; i < w->n; i++)
		which |= w->touched[i].incur ? LIST_CUR : LIST_NEW;
	return (which);
}

/*
 * Looks at all that was touched, until nothing more has been: which
 * directories are in doubt then, or -1.
 */
static int
look(struct folder *f, struct table *t)
{
	struct witness *w = f->witness;
	unsigned int round, rows;
	size_t i, left = 0;

	for (round = 0; round < WITNESS_ROUNDS; round++) {
		if (hear(f) == -1)
			return (-1);
		if (w->n == 0 || (round > 0 && w->n == left))
			return (doubtful(w));
		qsort(w->touched, w->n, sizeof(*w->touched), by_base);
		if (add_changed(f, t) == -1)
			return (-1);
		rows = 0;
		for (i = 0; i < w->rows.n; i++) {
			if (look_range(f, t, &w->rows.r[i], &rows) == -1)
				return (-1);
		}
		drop_done(w);
		left = w->n;
	}
	return (LIST_NEW | LIST_CUR);
}

int
witness_doubts(struct folder *f)
{
	struct table *t;
	int which;

	if (f->witness == NULL || !f->witness->sure || f->gone ||
	    (t = folder_newest(f)) == NULL)
		return (LIST_NEW | LIST_CUR);
	if ((which = look(f, t)) != -1)
		return (which);
	if (errno != EAGAIN) {
		log_debug("witness: folder=%s error=%d", f->name, errno);
		end(f);
	}
	return (LIST_NEW | LIST_CUR);
}

int64_t
witness_due(const struct folder *f)
{
	return (f->witness == NULL ? INT64_MAX : f->witness->due);
}

/*
 * The order matters: the stamp is taken, what led to it can be read, all of
 * it is looked at.
 */
void
witness_settle(struct folder *f)
{
	struct dirstamp newstamp, curstamp;
	struct timespec now;
	struct table *t;

	if (f->witness == NULL || !f->witness->sure)
		return;
	/* Before the stamp is in the table nobody else could begin. */
	if (f->witness->told && (t = folder_newest(f)) != NULL &&
	    as_stamped(f, t)) {
		witness_free(f);
		return;
	}
	if (++f->witness->tries > WITNESS_TRIES || f->gone ||
	    stamp_take(f->newfd, &newstamp) == -1 ||
	    stamp_take(f->curfd, &curstamp) == -1 ||
	    stamp_clock(f, &now) == -1) {
		end(f);
		return;
	}
	f->witness->due = now_ms() + WITNESS_DELAY;
	if (!stamp_old(&newstamp, &now) || !stamp_old(&curstamp, &now))
		return;
	if (watch_names_barrier(f->newfd) == -1 ||
	    watch_names_barrier(f->curfd) == -1) {
		end(f);
		return;
	}
	if (witness_doubts(f) != 0) {
		if (f->witness != NULL && f->witness->sure)
			f->witness->due = now_ms() + WITNESS_AGAIN;
		return;
	}
	if (scan_confirm(f, &newstamp, &curstamp) == -1)
		log_debug("witness: folder=%s: the stamp was not taken",
		    f->name);
	renew(f);
	if (f->witness->standing)
		return;
	if (!f->witness->sure) {
		witness_free(f);
		return;
	}
	f->witness->told = 1;
	f->witness->due = now_ms() + 2 * WITNESS_DELAY;
}
