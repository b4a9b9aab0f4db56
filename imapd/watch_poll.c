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
#include <unistd.h>

#include "common/log.h"
#include "imapd/folder_priv.h"
#include "imapd/watch.h"
#include "imapd/witness.h"

/* Other hosts' changes on a network file system wake nobody. */
#define WATCH_SLOW	60000	/* ms between looks where something does */

struct watch {
	struct folder	*f;
	int		 fd;		/* -1: polling */
	int		 witness;	/* it is the folder's witness's */
	int		 sure;		/* the stamps are to be trusted */
	struct dirstamp	 newstamp;
	struct dirstamp	 curstamp;
};

static int	compare(struct watch *);

#if !defined(__linux__) && !defined(__OpenBSD__) && !defined(__FreeBSD__) && \
    !defined(__NetBSD__) && !defined(__APPLE__)
int
watch_native_open(int newfd, int curfd)
{
	(void)newfd;
	(void)curfd;
	errno = ENOSYS;
	return (-1);
}

int
watch_native_read(int fd)
{
	(void)fd;
	return (0);
}
#endif

struct watch *
watch_open(struct folder *f)
{
	static int logged;
	struct watch *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (NULL);
	w->f = f;
	if ((w->fd = witness_stand(f)) != -1)
		w->witness = 1;
	else
		w->fd = watch_native_open(f->newfd, f->curfd);
	if (w->fd == -1 && !logged) {
		logged = 1;
		if (errno == EMFILE)
			log_warnx("watch: no inotify instance is left, "
			    "looking every %d ms; raise "
			    "fs.inotify.max_user_instances", WATCH_POLL);
		else
			log_warn("watch: looking every %d ms", WATCH_POLL);
	}
	return (w);
}

int
watch_fd(const struct watch *w)
{
	return (w->fd);
}

int
watch_timeout(const struct watch *w)
{
	return (w->fd == -1 ? WATCH_POLL : WATCH_SLOW);
}

int
watch_pending(const struct watch *w)
{
	return (w->witness && witness_pending(w->f));
}

int
watch_read(struct watch *w)
{
	int happened = 0;

	if (w->witness)
		happened = witness_heard(w->f);
	else if (w->fd != -1)
		happened = watch_native_read(w->fd);
	return (compare(w) || happened);
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->witness)
		witness_leave(w->f);
	else if (w->fd != -1)
		close(w->fd);
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
