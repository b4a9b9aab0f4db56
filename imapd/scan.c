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
#include <time.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/agree.h"
#include "imapd/keywords.h"
#include "imapd/look.h"
#include "imapd/witness.h"

#define LOCK_WAIT	500	/* ms for the flush lock */
#define LOOK_PAUSE_NS	25000000L	/* more than a granule */
#define KNOWN_FEW	4096	/* rows that are soon read */
#define STRANGERS	16	/* names in new/ that are sought one by one */
#define SETTLE_NS	5000000L
#define SETTLE_WAIT	2500		/* ms, more than a coarse granule */
#define PUT_OFF_ROWS	8192	/* fewer are listed at once */
#define PUT_OFF_YOUNG	200	/* ms since cur/ has changed */
#define PUT_OFF_MOST	1000	/* ms until it is listed all the same */
#define AGAIN		100	/* ms after a look that was not complete, */
#define AGAIN_SHARE	4	/* or so many times as long as it took */
#define MISSING		1000	/* ms between looks for a file that is not */
#define JUNK_FOLDERS	64	/* whose junk was logged by this session */

/* What a session remembers between two comparisons. */
struct scan {
	struct known	known;
	struct dirstamp	newstamp;	/* of the last complete ones */
	struct dirstamp	curstamp;
	int		newok;
	int		curok;
	uint32_t	reports;	/* of the table, which these knew; */
	uint64_t	place;		/* all that it had changed, likewise */
	int64_t		putoff;		/* ms: since when; 0: nothing is */
	int64_t		due;		/* ms: when to look; 0: nothing is */
	int64_t		missing;	/* ms: when a file was, last */
};

static void	again(struct folder *, int64_t);
static int	changed(struct folder *, struct table *, int, int *);
static int	believe(struct folder *, struct table *,
		    const struct table_state *);
static int	doubts(struct folder *, const struct table_state *, int *);
static int	find(struct folder *, struct table *, struct look *, int);
static int	compare(struct folder *, struct table *, struct look *, int);
static void	junk(struct folder *, const struct listing *);
static int	put_off(struct folder *, struct table *);
static int	scan(struct folder *, int, int);
static void	learnt(struct folder *, const struct look *);
static int	take(struct folder *, struct table *, struct look *, int);
static int	stranger(void *, const char *, size_t);
static int	strange(struct table *, const struct listing *);
static int	tell(struct folder *, struct table *);
static int	suspicious(struct folder *, struct table *,
		    const struct look *);
static int	look_again(struct folder *, struct table *, struct look *);
static int	look_locked(struct folder *, struct table *, struct look *);
static int	settled(struct folder *, const struct listing *);
static void	remember(struct folder *, const struct listing *, int,
		    const struct timespec *);

int
folder_scan(struct folder *f, int force)
{
	return (scan(f, force, !force));
}

static int
scan(struct folder *f, int force, int patient)
{
	struct look look;
	struct table *t;
	int64_t began = now_ms();
	int more = 0, error, which, rv = -1;

	if (!f->writable)
		return (0);
	if (f->scan == NULL && scan_open(f) == -1)
		return (-1);
	f->scan->due = 0;
	if ((t = folder_newest(f)) == NULL ||
	    changed(f, t, force, &which) == -1) {
		f->scan->putoff = f->scan->due = 0;	/* not again and again */
		return (-1);
	}
	memset(&look, 0, sizeof(look));
	look.named = !force && witness_names(f, NULL, NULL) != NULL;
	if (which == LIST_CUR && patient && !look.named && put_off(f, t))
		return (0);
	f->scan->putoff = 0;
	if (which == 0)
		return (0);
	/* What is not listed has to be as it was when the watch stood. */
	if (!look.named) {
		witness_listing(f);
		if (!force && changed(f, t, 0, &more) == -1) {
			witness_listed(f, 0);
			return (-1);
		}
		which |= more;
	}
	idx_result_init(&look.result);
	rv = compare(f, t, &look, which);
	error = errno;
	if (rv == -1 || look.list.unsettled)
		look.incomplete = 1;
	learnt(f, &look);
	if (!look.named)
		witness_listed(f, !look.incomplete);
	else if (!look.incomplete)
		witness_looked(f);
	if (rv != -1 && look.incomplete)
		again(f, now_ms() - began);
	listing_free(&look.list);
	known_free(&look.lagging);
	idx_result_free(&look.result);
	locate_free(f);
	errno = error;
	if (rv == -1 || tell(f, t) == -1)
		return (-1);
	if ((which & LIST_CUR) && keywords_learn(f) == -1) {
		if (errno == ENOTCONN)
			return (-1);
		log_warn("folder: %s: " KEYWORDS_FILE, f->name);
	}
	return (look.took);
}

/* Another look soon, which leaves time for other things. */
static void
again(struct folder *f, int64_t took)
{
	int64_t ms = took * AGAIN_SHARE;

	f->scan->due = now_ms() + (ms < AGAIN ? AGAIN : ms);
}

/*
 * What this session knows after a look: all reports up to the listing, and
 * its own since.
 */
static void
learnt(struct folder *f, const struct look *look)
{
	const struct listing *l = &look->list;
	struct scan *s = f->scan;

	if (look->incomplete)
		s->newok = s->curok = 0;
	if (!look->incomplete && l->newlisted && l->curlisted) {
		s->reports = l->state.reports;
		s->place = look->place;
	}
	s->reports += look->reports;
}

int
folder_missing(struct folder *f, uint32_t uid)
{
	char base[TABLE_NAMELEN + 1];
	struct table *t;
	struct row row;
	int64_t ms = now_ms();

	if (!f->writable || (f->scan == NULL && scan_open(f) == -1) ||
	    (t = folder_newest(f)) == NULL)
		return (0);
	if (folder_find(f, t, uid, &row, base) == -1 ||
	    (row.flags & ROW_EXPUNGED) ||
	    (f->scan->missing != 0 && ms - f->scan->missing < MISSING))
		return (scan(f, 0, 0));
	f->scan->missing = ms;
	return (scan(f, 1, 0));
}

/*
 * Where cur/ is large and was changed a moment ago, mostly one of our sessions
 * is bringing names up to date, and its stamp will save the listing.  So that
 * is put off, but not for long; deliveries go to new/, and are not.
 */
static int
put_off(struct folder *f, struct table *t)
{
	struct dirstamp curstamp;
	struct table_state state;
	struct timespec now;
	struct scan *s = f->scan;
	int64_t ms = now_ms();

	if (folder_state(f, t, &state) == -1 || state.nrows < PUT_OFF_ROWS ||
	    state.stamp[STAMP_CUR] == 0 ||
	    (s->putoff != 0 && ms - s->putoff > PUT_OFF_MOST) ||
	    stamp_take(f->curfd, &curstamp) == -1 ||
	    stamp_clock(f, &now) == -1 ||
	    !stamp_young(&curstamp, &now, PUT_OFF_YOUNG))
		return (0);
	if (s->putoff == 0)
		s->putoff = ms;
	s->due = ms + PUT_OFF_YOUNG / 2;
	return (1);
}

int64_t
folder_scan_due(const struct folder *f)
{
	return (f->scan == NULL || f->scan->due == 0 ? INT64_MAX :
	    f->scan->due);
}

/*
 * The directories that are to be compared: those that are not as they were
 * when this session last did, nor as the table's stamp has them; both if the
 * table does not agree with what was compared any more.  A witness knows
 * better: those in which there are names that are in doubt.
 */
static int
changed(struct folder *f, struct table *t, int force, int *which)
{
	struct dirstamp newstamp, curstamp;
	struct table_state state;
	struct scan *s = f->scan;

	*which = LIST_NEW | LIST_CUR;
	if (force)
		return (0);
	if (folder_state(f, t, &state) == -1 ||
	    stamp_take(f->newfd, &newstamp) == -1 ||
	    stamp_take(f->curfd, &curstamp) == -1)
		return (-1);
	if (!believe(f, t, &state))
		return (doubts(f, &state, which));
	if (stamp_says(state.stamp, STAMP_NEW, &newstamp)) {
		s->newstamp = newstamp;
		s->newok = 1;
	}
	if (stamp_says(state.stamp, STAMP_CUR, &curstamp)) {
		s->curstamp = curstamp;
		s->curok = 1;
	}
	if (s->newok && stamp_equal(&newstamp, &s->newstamp))
		*which &= ~LIST_NEW;
	if (s->curok && stamp_equal(&curstamp, &s->curstamp))
		*which &= ~LIST_CUR;
	return (*which != 0 || f->look ? doubts(f, &state, which) : 0);
}

/* Asks the witness, which may have been told more than can be seen. */
static int
doubts(struct folder *f, const struct table_state *state, int *which)
{
	int doubtful = witness_doubts(f);

	f->look = 0;
	if (witness_names(f, NULL, NULL) == NULL) {
		*which &= doubtful;
		return (0);
	}
	*which = doubtful;
	if (doubtful == 0) {
		f->scan->reports = state->reports;
		f->scan->place = state->highestmodseq;
	}
	return (0);
}

/*
 * Others have reported since this session last looked, and what they had seen
 * may have been older than that.  Whether all that it knows still holds; else
 * it knows nothing any more.
 */
static int
believe(struct folder *f, struct table *t, const struct table_state *state)
{
	struct scan *s = f->scan;

	if (s->reports == state->reports)
		return (1);
	switch (agree_since(f, t, s->place, state)) {
	case AGREE:
		s->reports = state->reports;
		s->place = state->highestmodseq;
		return (1);
	case AGREE_LATER:
		/* Nothing is said of it before that. */
		s->due = now_ms() + AGAIN;
		return (1);
	default:
		s->newok = s->curok = 0;
		return (0);
	}
}

/* Names of new/ that nobody knows yet, as far as is known. */
struct strangers {
	const char	*name[STRANGERS];
	size_t		 unique[STRANGERS];
	unsigned int	 n;
};

/* Whether a name of the table begins as one of them. */
static int
stranger(void *arg, const char *name, size_t len)
{
	const struct strangers *s = arg;
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (len >= s->unique[i] &&
		    memcmp(name, s->name[i], s->unique[i]) == 0)
			return (1);
	return (0);
}

/* Whether one of those that were listed as unknown may be known after all. */
static int
strange(struct table *t, const struct listing *l)
{
	struct strangers s = { .n = 0 };
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->odd[i].row != KNOWN_NONE)
			continue;
		if (s.n == STRANGERS)
			return (1);
		s.name[s.n] = l->odd[i].name;
		s.unique[s.n++] = l->odd[i].parts.unique;
	}
	return (s.n > 0 && table_names(t, stranger, &s) != 0);
}

/* Lists, or looks only for the names that are in doubt. */
static int
find(struct folder *f, struct table *t, struct look *look, int which)
{
	const struct dirstamp *newstamp, *curstamp;
	const struct idx_names *names;

	if (!look->named ||
	    (names = witness_names(f, &newstamp, &curstamp)) == NULL)
		return (listing_take(f, t, look->known, &look->list, which));
	return (listing_names(f, t, look->known, &look->list, names, newstamp,
	    curstamp));
}

/*
 * Lists.  To learn all names of a large table takes a session longer than all
 * else, and what is delivered into new/ is new: that it is takes one pass over
 * the names.
 */
static int
take(struct folder *f, struct table *t, struct look *look, int which)
{
	struct table_state state;

	if (which != LIST_NEW || f->scan->known.nrows > 0)
		return (find(f, t, look, which));
	if (folder_state(f, t, &state) == -1)
		return (-1);
	if (state.nrows > KNOWN_FEW) {
		if (known_lagging(f, t, &look->lagging, state.nrows) == -1)
			return (-1);
		look->known = &look->lagging;
		if (find(f, t, look, which) == -1)
			return (-1);
		if (!strange(t, &look->list))
			return (0);
		listing_free(&look->list);
		look->known = &f->scan->known;
	}
	return (find(f, t, look, which));
}

/* Lists, and reports what differs: 0, or -1 with errno. */
static int
compare(struct folder *f, struct table *t, struct look *look, int which)
{
	struct timespec now;
	int rv;

	look->known = &f->scan->known;
	if (stamp_clock(f, &now) == -1 || take(f, t, look, which) == -1)
		return (-1);
	look->place = look->list.state.highestmodseq;
	listing_sort(&look->list);
	if (look->named)
		which = LIST_NEW | LIST_CUR;
	remember(f, &look->list, which, &now);
	if (look_found(f, t, look) == -1)
		return (-1);
	if (look->list.junk > 0)
		junk(f, &look->list);
	if ((rv = suspicious(f, t, look)) == 1)
		rv = look_again(f, t, look);
	return (rv == -1 ? -1 : 0);
}

/* Said once of a folder by one session (one process), whatever opens it. */
static void
junk(struct folder *f, const struct listing *l)
{
	static uint8_t logged[JUNK_FOLDERS][TABLE_IDLEN];
	static unsigned int n;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (memcmp(logged[i], f->identity.id, TABLE_IDLEN) == 0)
			return;
	if (n == JUNK_FOLDERS)
		return;
	memcpy(logged[n++], f->identity.id, TABLE_IDLEN);
	log_info("folder: %s: ignored files=%u, as \"%s\"", f->name, l->junk,
	    l->junkname);
}

/*
 * After a complete comparison: all that was found is durable in the table,
 * so that its stamp may say so; unless others have reported since.
 */
static int
tell(struct folder *f, struct table *t)
{
	uint64_t stamp[TABLE_STAMP];
	struct table_state state;
	struct scan *s = f->scan;

	if (!s->newok || !s->curok)
		return (0);
	if (folder_state(f, t, &state) == -1)
		return (-1);
	stamp_pack(stamp, STAMP_NEW, &s->newstamp);
	stamp_pack(stamp, STAMP_CUR, &s->curstamp);
	if (state.reports != s->reports ||
	    memcmp(stamp, state.stamp, sizeof(stamp)) == 0 ||
	    idx_stamp(f->box, s->reports, stamp) == 0)
		return (0);
	return (errno == EAGAIN && idx_code(f->idx) == PROTO_NO_LOOK ? 0 : -1);
}

int
scan_confirm(struct folder *f, const struct dirstamp *newstamp,
    const struct dirstamp *curstamp)
{
	struct table_state state;
	struct table *t;

	if ((f->scan == NULL && scan_open(f) == -1) ||
	    (t = folder_newest(f)) == NULL || folder_state(f, t, &state) == -1)
		return (-1);
	if (!believe(f, t, &state)) {
		f->scan->due = now_ms();
		errno = EAGAIN;
		return (-1);
	}
	f->scan->newstamp = *newstamp;
	f->scan->curstamp = *curstamp;
	f->scan->newok = f->scan->curok = 1;
	return (tell(f, t));
}

/*
 * Waits for a moment in which the directories have been as they are for a
 * granule; there will be none if someone is at it.
 */
void
folder_settle(struct folder *f)
{
	struct timespec now, pause = { 0, SETTLE_NS };
	struct dirstamp newstamp, curstamp;
	struct table_state state;
	struct table *t;
	int64_t start = now_ms();

	if (!f->writable || f->gone || f->scan == NULL ||
	    (t = folder_newest(f)) == NULL ||
	    folder_state(f, t, &state) == -1)
		return;
	for (;;) {
		if (stamp_take(f->newfd, &newstamp) == -1 ||
		    stamp_take(f->curfd, &curstamp) == -1 ||
		    stamp_clock(f, &now) == -1 ||
		    (stamp_says(state.stamp, STAMP_NEW, &newstamp) &&
		    stamp_says(state.stamp, STAMP_CUR, &curstamp)))
			return;
		if (stamp_old(&newstamp, &now) && stamp_old(&curstamp, &now))
			break;
		if (now_ms() - start > SETTLE_WAIT)
			return;
		if (nanosleep(&pause, NULL) == -1)
			return;
	}
	witness_settle(f);
	if (scan(f, 0, 0) == -1)
		log_warn("folder: %s: comparison", f->name);
}

int
scan_open(struct folder *f)
{
	struct table_state state;
	struct scan *s;

	if (folder_state(f, &f->table, &state) == -1 ||
	    (s = calloc(1, sizeof(*s))) == NULL)
		return (-1);
	s->reports = state.reports;
	s->place = state.highestmodseq;
	f->scan = s;
	return (0);
}

void
scan_free(struct folder *f)
{
	if (f->scan == NULL)
		return;
	known_free(&f->scan->known);
	free(f->scan);
	f->scan = NULL;
}

/* A stamp counts if no change after it could have left the same one. */
static void
remember(struct folder *f, const struct listing *l, int which,
    const struct timespec *now)
{
	if (which & LIST_NEW) {
		f->scan->newstamp = l->newstamp;
		f->scan->newok = stamp_old(&l->newstamp, now);
	}
	if (which & LIST_CUR) {
		f->scan->curstamp = l->curstamp;
		f->scan->curok = stamp_old(&l->curstamp, now);
	}
}

/* Whether a message that the table knows seems changed or gone. */
static int
suspicious(struct folder *f, struct table *t, const struct look *look)
{
	const struct listing *l = &look->list;
	char name[TABLE_NAMELEN + 1];
	struct row row;
	uint64_t n;

	if (l->n > 0 && l->odd[l->n - 1].row != KNOWN_NONE)
		return (1);
	for (n = 0; n < l->nrows; n++) {
		/* Rows whose file is in new/ lag behind. */
		if (!l->curlisted) {
			if (folder_next(f, t, TABLE_BEHIND, n, &n) == -1)
				return (errno == ENOENT ? 0 : -1);
			if (n >= l->nrows)
				break;
		}
		if (listing_matched(l, n))
			continue;
		if (folder_row(f, t, n, &row, name) == -1)
			return (-1);
		if (row.flags & ROW_EXPUNGED)
			continue;
		if ((row.flags & ROW_NEW) ? l->newlisted : l->curlisted)
			return (1);
	}
	return (0);
}

/*
 * A listing only raises suspicion: a name may be missing, or stand there
 * twice, while it is being renamed.  With the flush lock none of us renames
 * anything; what is gone then, in a directory that holds still, is gone.
 */
static int
look_again(struct folder *f, struct table *t, struct look *look)
{
	struct timespec pause = { 0, LOOK_PAUSE_NS };
	unsigned int i;
	int error, rv = 0;

	if (folder_lock(f, LOCK_WAIT) == -1) {
		look->incomplete = 1;
		return (errno == EAGAIN ? 0 : -1);
	}
	for (i = 0; i < LOOKS; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		listing_free(&look->list);
		look->incomplete = 0;
		rv = look_locked(f, t, look);
		if (rv == -1 && errno == EAGAIN &&
		    idx_code(f->idx) == PROTO_NO_LOOK)
			look->incomplete = 1;
		else if (rv == -1)
			break;
		if (!look->incomplete)
			break;
		rv = 0;
	}
	error = errno;
	folder_unlock(f);
	errno = error;
	return (rv);
}

static int
look_locked(struct folder *f, struct table *t, struct look *look)
{
	struct timespec now;
	int still;

	look->known = &f->scan->known;
	/* The names that there are by now, or else all. */
	if (look->named) {
		(void)witness_doubts(f);
		look->named = witness_names(f, NULL, NULL) != NULL;
	}
	if (stamp_clock(f, &now) == -1 ||
	    find(f, t, look, LIST_NEW | LIST_CUR) == -1)
		return (-1);
	look->place = look->list.state.highestmodseq;
	look->reports = 0;
	still = stamp_old(&look->list.newstamp, &now) &&
	    stamp_old(&look->list.curstamp, &now) &&
	    settled(f, &look->list);
	listing_sort(&look->list);
	remember(f, &look->list, LIST_NEW | LIST_CUR, &now);
	if (look_found(f, t, look) == -1 || look_moved(f, t, look) == -1 ||
	    look_gone(f, t, look, still) == -1)
		return (-1);
	return (0);
}

/* Whether the directories are as they were before the listing. */
static int
settled(struct folder *f, const struct listing *l)
{
	struct dirstamp newstamp, curstamp;

	return (stamp_take(f->newfd, &newstamp) == 0 &&
	    stamp_take(f->curfd, &curstamp) == 0 &&
	    stamp_equal(&newstamp, &l->newstamp) &&
	    stamp_equal(&curstamp, &l->curstamp));
}
