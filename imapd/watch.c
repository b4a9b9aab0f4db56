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

#include "imapd/folder_priv.h"
#include "imapd/watch.h"
#include "imapd/witness.h"

/* Other hosts' changes on a network file system wake nobody. */
#define WATCH_SLOW	60000	/* ms between looks where something does */

struct watch {
	struct folder	*f;
	int64_t		 due;		/* ms: compare */
	int		 sure;		/* the stamps are to be trusted */
	struct dirstamp	 newstamp;
	struct dirstamp	 curstamp;
};

static int	compare(struct watch *);

struct watch *
watch_open(struct folder *f)
{
	struct watch *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (NULL);
	w->f = f;
	(void)witness_stand(f);
	return (w);
}

int
watch_timeout(const struct watch *w)
{
	return (idx_watching(w->f->box) ? WATCH_SLOW : WATCH_POLL);
}

int
watch_read(struct watch *w)
{
	int64_t now = now_ms();
	int happened = w->f->look;

	/* What is told need not be seen. */
	if (now >= w->due) {
		w->due = now + watch_timeout(w);
		happened |= compare(w);
	}
	return (happened);
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	witness_leave(w->f);
	free(w);
}

/* Whether the directories may have changed since the last call. */
static int
compare(struct watch *w)
{
	struct dirstamp newstamp, curstamp;
	struct timespec now;
	int changed;

	if (stamp_clock(w->f, &now) == -1 ||
	    stamp_take(w->f->newfd, &newstamp) == -1 ||
	    stamp_take(w->f->curfd, &curstamp) == -1)
		return (0);
	changed = !w->sure || !stamp_equal(&newstamp, &w->newstamp) ||
	    !stamp_equal(&curstamp, &w->curstamp);
	w->newstamp = newstamp;
	w->curstamp = curstamp;
	w->sure = stamp_old(&newstamp, &now) && stamp_old(&curstamp, &now);
	return (changed);
}
