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

#ifdef __linux__

#include <sys/types.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/sessions.h"
#include "indexd/watch.h"

#define GUARD_US	20000	/* that a read may wait; see guarded_read() */
#define CLOSE_INFO	8192	/* octets: some 60 watches are soon closed */

static void	alarmed(int);
static ssize_t	guarded_read(int, void *, size_t);
static int	is_inotify(int);
static void	let_go(struct watch *, int);
static int	soon_closed(int);
static void	tell(struct watch *, const struct inotify_event *,
		    const char *);

int
watch_sys_want(const struct watched *wd)
{
	return (wd->watch->fd == -1 ? WANT_INSTANCE : WANT_LENT);
}

/*
 * What a descriptor is, asked of nobody but the kernel: fstat(2) could wait
 * for a file system.  No path looks like that, for it begins with a slash.
 */
static int
is_inotify(int fd)
{
	static const char is[] = "anon_inode:inotify";
	char path[64], what[sizeof(is) + 1];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, what, sizeof(what));
	return (n == (ssize_t)sizeof(is) - 1 &&
	    memcmp(what, is, sizeof(is) - 1) == 0);
}

int
watch_sys_take(struct watched *wd, int want, int fd)
{
	struct watch *w = wd->watch;

	if (want != WANT_INSTANCE || !is_inotify(fd))
		return (-1);
	if (w->fd != -1) {
		/* Another session was faster. */
		let_go(w, fd);
		return (0);
	}
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    events_add(w->srv->events, fd, w, 1, 0) == -1) {
		log_warn("watch: events");
		return (-1);
	}
	w->fd = fd;
	return (0);
}

static void
alarmed(int sig)
{
	(void)sig;
}

/*
 * The description of an instance is shared with the sessions of its user, and
 * with it O_NONBLOCK: one that takes it away, and reads what we were told is
 * there before we do, would have us wait here for ever.  There is no read of
 * this kind of file that can't be made to wait (it knows neither RWF_NOWAIT nor
 * a second opening of its own), but every wait ends by a signal.  So a timer
 * rings until we are back: also if it rang once between the setting of it and
 * the read.  EINTR then means that a user plays tricks.
 */
static ssize_t
guarded_read(int fd, void *buf, size_t size)
{
	static const struct itimerval on = {
		{ 0, GUARD_US }, { 0, GUARD_US }
	}, off;
	static int ready;
	struct sigaction sa;
	ssize_t n;
	int error;

	if (!ready) {
		memset(&sa, 0, sizeof(sa));
		sa.sa_handler = alarmed;	/* and no SA_RESTART */
		sigemptyset(&sa.sa_mask);
		if (sigaction(SIGALRM, &sa, NULL) == -1)
			return (-1);
		ready = 1;
	}
	if (setitimer(ITIMER_REAL, &on, NULL) == -1)
		return (-1);
	n = read(fd, buf, size);
	error = errno;
	(void)setitimer(ITIMER_REAL, &off, NULL);
	errno = error;
	return (n);
}

static void
tell(struct watch *w, const struct inotify_event *ev, const char *name)
{
	if (ev->mask & IN_Q_OVERFLOW)
		watch_lost(w);
	else if (ev->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF))
		watch_heard(w, ev->wd, 0, NULL);
	else if (ev->len > 0)
		watch_heard(w, ev->wd,
		    (ev->mask & (IN_DELETE | IN_MOVED_FROM)) == 0, name);
}

int
watch_sys_read(struct watch *w, size_t octets)
{
	union {
		struct inotify_event	ev;
		char			b[WATCH_TURN];
	} buf;
	struct inotify_event ev;
	size_t at, sum = 0;
	ssize_t n;
	int there;

	while (sum < octets) {
		if (ioctl(w->fd, FIONREAD, &there) == -1 || there == 0)
			return (0);
		n = guarded_read(w->fd, &buf, sizeof(buf));
		if (n == -1 && errno == EAGAIN)
			return (0);
		if (n <= 0) {
			log_warn("watch: read uid=%u",
			    (unsigned int)w->binding->uid);
			watch_sys_close(w);
			w->refused = UINT64_MAX;
			return (-1);
		}
		for (at = 0; at + sizeof(ev) <= (size_t)n;
		    at += sizeof(ev) + ev.len) {
			memcpy(&ev, buf.b + at, sizeof(ev));
			tell(w, &ev, buf.b + at + sizeof(ev));
		}
		sum += (size_t)n;
	}
	return (1);
}

/* It may be of two mailboxes; then it stays for the other. */
void
watch_sys_unwatch(struct watch *w, struct watched_dir *d)
{
	struct watched_dir key, *other;

	memset(&key, 0, sizeof(key));
	key.what = d->what;
	other = RB_NFIND(watched_tree, &w->dirs, &key);
	if (w->fd != -1 && (other == NULL || other->what != d->what))
		(void)inotify_rm_watch(w->fd, d->what);
}

/*
 * To close the last descriptor of an instance takes as long as it has watches:
 * none, when all were taken out, or as many as its user has put in.
 */
static int
soon_closed(int fd)
{
	char path[64], buf[CLOSE_INFO];
	size_t sum = 0;
	ssize_t n;
	int info;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	/* Without a descriptor more it cannot be seen, and one is needed. */
	if ((info = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (errno == EMFILE || errno == ENFILE);
	while (sum < sizeof(buf) &&
	    (n = read(info, buf + sum, sizeof(buf) - sum)) > 0)
		sum += (size_t)n;
	close(info);
	return (sum < sizeof(buf));
}

static void
let_go(struct watch *w, int fd)
{
	if (soon_closed(fd))
		close(fd);
	else
		watch_keep(w->srv, w->binding->uid, fd);
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
	let_go(w, w->fd);
	w->fd = -1;
}

#endif
