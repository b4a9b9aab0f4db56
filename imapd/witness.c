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
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "imapd/folder_priv.h"
#include "imapd/listing.h"
#include "imapd/watch_sys.h"
#include "imapd/witness.h"

#define WITNESS_DELAY	25	/* ms: more than a granule */
#define WITNESS_AGAIN	200	/* ms until another try */
#define WITNESS_TRIES	200
#define WITNESS_REFUSED	60000	/* ms until it is asked for again */

struct witness {
	int64_t			 refused;	/* ms: not before */
	int			 stands;	/* somebody waits */
	int			 all;		/* no change is missed */
	int			 agreed;	/* as far as we know */
	int			 asked;		/* names hold what was told */
	struct idx_names	 names;
	struct dirstamp		 newstamp;	/* from before they were */
	struct dirstamp		 curstamp;
	uint64_t		 listing;	/* place when it began */
	uint64_t		 looked;	/* up to there; 0: is said */
	int64_t			 due;
	unsigned int		 tries;
};

static int	as_stamped(struct folder *);
static int	ask(struct folder *);
static int	doubtful(const struct idx_names *);
static void	say_looked(struct folder *);
static void	settle_soon(struct witness *);
static int	watched(struct folder *);

/* Whether the folder is watched; if it is not yet, from now on. */
static int
watched(struct folder *f)
{
	struct witness *w = f->witness;

	if (!f->writable || f->gone)
		return (0);
	if (w == NULL) {
		if ((w = calloc(1, sizeof(*w))) == NULL)
			return (0);
		w->due = INT64_MAX;
		f->witness = w;
	}
	if (idx_watching(f->box))
		return (1);
	w->agreed = w->asked = 0;
	w->looked = 0;
	if (now_ms() < w->refused)
		return (0);
	if (idx_watch(f->box, f->newfd, f->curfd) == -1) {
		w->refused = now_ms() + WITNESS_REFUSED;
		return (0);
	}
	w->all = watch_sys_all(f->newfd) && watch_sys_all(f->curfd);
	/* Who waits already sleeps longer from now on, and is to be asked. */
	if (w->stands && idx_attend(f->box, 1) == -1)
		log_debug("witness: folder=%s: not attending", f->name);
	return (1);
}

static int
as_stamped(struct folder *f)
{
	struct dirstamp newstamp, curstamp;
	struct table_state state;
	struct table *t;

	return ((t = folder_newest(f)) != NULL &&
	    folder_state(f, t, &state) == 0 &&
	    stamp_take(f->newfd, &newstamp) == 0 &&
	    stamp_take(f->curfd, &curstamp) == 0 &&
	    stamp_says(state.stamp, STAMP_NEW, &newstamp) &&
	    stamp_says(state.stamp, STAMP_CUR, &curstamp));
}

/*
 * Asks for the names.  The order matters: the stamps are taken, what led to
 * them can be read, then it is.  0, or -1 if that is not to be had.
 */
static int
ask(struct folder *f)
{
	struct witness *w = f->witness;

	idx_names_free(&w->names);
	w->asked = 0;
	say_looked(f);
	if (stamp_take(f->newfd, &w->newstamp) == -1 ||
	    stamp_take(f->curfd, &w->curstamp) == -1 ||
	    watch_sys_barrier(f->newfd) == -1 ||
	    watch_sys_barrier(f->curfd) == -1 ||
	    idx_names(f->box, &w->names) == -1)
		return (-1);
	w->asked = 1;
	if (w->names.sure || !w->all)
		return (0);
	/* It stands: if the stamp holds now, they agree from here on. */
	if (as_stamped(f) && idx_agree(f->box, w->names.at, 0) == 0)
		w->names.sure = 1;
	return (0);
}

static void
settle_soon(struct witness *w)
{
	w->due = now_ms() + WITNESS_DELAY;
	w->tries = 0;
}

void
witness_begin(struct folder *f)
{
	if (!watched(f))
		return;
	if (!f->witness->agreed && ask(f) == 0)
		f->witness->agreed = f->witness->names.sure;
	if (f->witness->agreed)
		settle_soon(f->witness);
}

void
witness_listing(struct folder *f)
{
	if (!watched(f))
		return;
	f->witness->listing = ask(f) == 0 ? f->witness->names.at : 0;
}

void
witness_listed(struct folder *f, int complete)
{
	struct witness *w = f->witness;

	if (w == NULL || !w->asked || !w->all || !idx_watching(f->box))
		return;
	w->asked = 0;
	w->agreed = complete && w->listing != 0 &&
	    idx_agree(f->box, w->listing, 1) == 0;
	if (w->agreed)
		settle_soon(w);
}

int
witness_stand(struct folder *f)
{
	int there = watched(f);

	if (f->witness != NULL)
		f->witness->stands = 1;
	return (there ? idx_attend(f->box, 1) : -1);
}

void
witness_leave(struct folder *f)
{
	if (f->witness != NULL)
		f->witness->stands = 0;
	if (f->gone || !idx_watching(f->box))
		return;
	if (idx_attend(f->box, 0) == -1)
		log_debug("witness: folder=%s: still attending", f->name);
}

/* The directories of the names. */
static int
doubtful(const struct idx_names *names)
{
	size_t i;
	int which = 0;

	for (i = 0; i < names->n; i++)
		which |= names->name[i].incur ? LIST_CUR : LIST_NEW;
	return (which);
}

int
witness_doubts(struct folder *f)
{
	struct witness *w;

	if (!watched(f) || ask(f) == -1)
		return (LIST_NEW | LIST_CUR);
	w = f->witness;
	w->agreed = w->names.sure;
	if (!w->agreed)
		return (LIST_NEW | LIST_CUR);
	if (w->names.n == 0 && w->due == INT64_MAX)
		settle_soon(w);
	return (doubtful(&w->names));
}

const struct idx_names *
witness_names(const struct folder *f, const struct dirstamp **newstamp,
    const struct dirstamp **curstamp)
{
	const struct witness *w = f->witness;

	if (w == NULL || !w->asked || !w->names.sure)
		return (NULL);
	if (newstamp != NULL)
		*newstamp = &w->newstamp;
	if (curstamp != NULL)
		*curstamp = &w->curstamp;
	return (&w->names);
}

/*
 * Said a moment later: mostly indexd knows by then, since the report was what
 * it had been told, and who waits for the news gets them first.
 */
void
witness_looked(struct folder *f)
{
	struct witness *w = f->witness;

	if (w == NULL || !w->asked)
		return;
	w->asked = 0;
	w->looked = w->names.at;
	settle_soon(w);
}

static void
say_looked(struct folder *f)
{
	struct witness *w = f->witness;

	if (w->looked == 0)
		return;
	if (idx_looked(f->box, w->looked) == -1)
		log_debug("witness: folder=%s: looked in vain", f->name);
	w->looked = 0;
}

int64_t
witness_due(const struct folder *f)
{
	return (f->witness == NULL ? INT64_MAX : f->witness->due);
}

void
witness_settle(struct folder *f)
{
	struct witness *w = f->witness;
	struct timespec now;

	if (w == NULL || w->due == INT64_MAX)
		return;
	if (watched(f))
		say_looked(f);
	if (++w->tries > WITNESS_TRIES || !watched(f) ||
	    stamp_clock(f, &now) == -1 ||
	    stamp_take(f->newfd, &w->newstamp) == -1 ||
	    stamp_take(f->curfd, &w->curstamp) == -1) {
		w->due = INT64_MAX;
		return;
	}
	w->due = now_ms() + WITNESS_DELAY;
	if (!stamp_old(&w->newstamp, &now) || !stamp_old(&w->curstamp, &now))
		return;
	w->due = INT64_MAX;
	if (as_stamped(f) || ask(f) == -1 || !w->names.sure)
		return;
	if (w->names.n > 0) {
		w->due = now_ms() + WITNESS_AGAIN;
		return;
	}
	if (!stamp_old(&w->newstamp, &now) || !stamp_old(&w->curstamp, &now))
		w->due = now_ms() + WITNESS_DELAY;
	else if (scan_confirm(f, &w->newstamp, &w->curstamp) == -1)
		log_debug("witness: folder=%s: the stamp was not taken",
		    f->name);
}

void
witness_end(struct folder *f)
{
	if (f->witness != NULL && idx_unwatch(f->box) == -1)
		log_debug("witness: folder=%s: still watched", f->name);
	witness_free(f);
}

void
witness_free(struct folder *f)
{
	if (f->witness == NULL)
		return;
	idx_names_free(&f->witness->names);
	free(f->witness);
	f->witness = NULL;
}
