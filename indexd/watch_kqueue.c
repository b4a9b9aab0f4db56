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

#if defined(__OpenBSD__) || defined(__FreeBSD__) || defined(__NetBSD__) || \
    defined(__DragonFly__) || defined(__APPLE__)

#include <sys/types.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/sessions.h"
#include "indexd/watch.h"

/*
 * kqueue(2) tells that a directory has changed, and not by which name.  So a
 * binding has a kqueue of ours, and of each mailbox new/ and cur/ as sessions
 * have passed them; nobody is ever sure, and who is asked to look lists the
 * directory that is not as it was.
 *
 * Whether a change of cur/ was our own nobody can tell: it is listed at most
 * once a second, and while the folder lags behind its table, when mostly it
 * is, a second later.
 */
#define EVENTS	(NOTE_WRITE | NOTE_EXTEND | NOTE_DELETE | NOTE_RENAME | \
		    NOTE_REVOKE)
#define CUR_MS	1000		/* between two listings of a cur/ */
#define MANY	64		/* events read at a time */

int
watch_sys_want(const struct watched *wd)
{
	if (wd->dir[0].what == -1)
		return (WANT_NEW);
	return (wd->dir[1].what == -1 ? WANT_CUR : WANT_NONE);
}

/* What a session may pass is in its own file system's hands; fstat(2) of a
 * directory that was opened does not leave the host but for NFS. */
int
watch_sys_take(struct watched *wd, int want, int fd)
{
	struct watch *w = wd->watch;
	struct watched_dir *d = &wd->dir[want == WANT_CUR];
	struct kevent ev;
	int flags;

	if ((want != WANT_NEW && want != WANT_CUR) || d->what != -1 ||
	    (flags = fcntl(fd, F_GETFL)) == -1 ||
	    (flags & O_ACCMODE) != O_RDONLY)
		return (-1);
	if (w->fd == -1) {
		if ((w->fd = kqueue()) == -1 ||
		    fcntl(w->fd, F_SETFD, FD_CLOEXEC) == -1 ||
		    events_add(w->srv->events, w->fd, w, 1, 0) == -1) {
			log_warn("watch: kqueue");
			return (-1);
		}
	}
	EV_SET(&ev, fd, EVFILT_VNODE, EV_ADD | EV_CLEAR, EVENTS, 0, d);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    kevent(w->fd, &ev, 1, NULL, 0, NULL) == -1)
		return (-1);
	d->what = fd;
	RB_INSERT(watched_tree, &w->dirs, d);
	return (0);
}

int
watch_sys_read(struct watch *w, size_t octets)
{
	struct timespec zero = { 0, 0 };
	struct kevent ev[MANY];
	struct watched_dir *d;
	uint64_t now = w->srv->now, ms;
	int i, n;

	(void)octets;
	if ((n = kevent(w->fd, NULL, 0, ev, MANY, &zero)) == -1)
		return (errno == EINTR ? 0 : -1);
	for (i = 0; i < n; i++) {
		d = (struct watched_dir *)ev[i].udata;
		ms = 0;
		if (d->incur && (atomic_load_explicit(&mailbox_table(
		    d->wd->box->mailbox)->h->behind,
		    memory_order_relaxed) > 0 || now - d->told < CUR_MS))
			ms = CUR_MS;
		d->told = now;
		watch_changed(d->wd, (unsigned int)ms);
	}
	return (n == MANY);
}

/* A directory is closed at once: nothing is written through it. */
void
watch_sys_unwatch(struct watch *w, struct watched_dir *d)
{
	(void)w;
	close(d->what);		/* and its event goes with it */
}

void
watch_sys_close(struct watch *w)
{
	if (w->fd == -1)
		return;
	(void)events_remove(w->srv->events, w->fd);
	if (w->is_resting)
		TAILQ_REMOVE(&w->srv->resting, w, resting);
	w->is_resting = 0;
	close(w->fd);
	w->fd = -1;
}

#endif
