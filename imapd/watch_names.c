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
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "imapd/watch_names.h"

#ifdef __linux__

#define EVENTS	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
		    IN_DELETE_SELF | IN_ONLYDIR)

static int	add(int, int);
static int	local(int);
static int	tell(const struct watch_names *, const struct inotify_event *,
		    int (*)(void *, int, const char *), void *);

/* Whether only this host changes the file system. */
static int
local(int dirfd)
{
	static const uint32_t known[] = {
		0x0000ef53,	/* ext2, ext3, ext4 */
		0x58465342,	/* XFS */
		0x9123683e,	/* btrfs */
		0x2fc12fc1,	/* ZFS */
		0xf2f52010,	/* F2FS */
		0xca451a4e,	/* bcachefs */
		0x01021994,	/* tmpfs */
		0x794c7630	/* overlayfs */
	};
	struct statfs st;
	size_t i;

	if (fstatfs(dirfd, &st) == -1)
		return (-1);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if ((uint32_t)st.f_type == known[i])
			return (0);
	}
	errno = ENOTSUP;
	return (-1);
}

/* The directory that is open, whatever it is called now; its watch. */
static int
add(int fd, int dirfd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd);
	return (inotify_add_watch(fd, path, EVENTS));
}

int
watch_names_open(struct watch_names *w, int newfd, int curfd)
{
	int error;

	if (local(newfd) == -1 || local(curfd) == -1 ||
	    (w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1)
		return (-1);
	if ((w->newwd = add(w->fd, newfd)) != -1 &&
	    (w->curwd = add(w->fd, curfd)) != -1)
		return (0);
	error = errno;
	close(w->fd);
	errno = error;
	return (-1);
}

static int
tell(const struct watch_names *w, const struct inotify_event *ev,
    int (*name)(void *, int, const char *), void *arg)
{
	if ((ev->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT |
	    IN_DELETE_SELF)) || ev->len == 0 ||
	    (ev->wd != w->newwd && ev->wd != w->curwd)) {
		errno = EOVERFLOW;
		return (-1);
	}
	return (name(arg, ev->wd == w->curwd, ev->name));
}

int
watch_names_read(const struct watch_names *w,
    int (*name)(void *, int, const char *), void *arg)
{
	union {
		struct inotify_event	ev;
		char			b[8192];
	} buf;
	struct inotify_event ev;
	const struct inotify_event *p;
	ssize_t n;
	size_t at;

	for (;;) {
		if ((n = read(w->fd, &buf, sizeof(buf))) == -1) {
			if (errno == EINTR)
				continue;
			return (errno == EAGAIN ? 0 : -1);
		}
		for (at = 0; at < (size_t)n; at += sizeof(ev) + ev.len) {
			memcpy(&ev, buf.b + at, sizeof(ev));
			p = (const void *)(buf.b + at);
			if (tell(w, p, name, arg) == -1)
				return (-1);
		}
	}
}

/*
 * Whoever changes a directory holds its lock in the kernel from before the
 * change shows until after the event is queued; to list it takes the lock.
 */
int
watch_names_barrier(int dirfd)
{
	char buf[512];
	int error, fd;
	long n;

	if ((fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1)
		return (-1);
	n = syscall(SYS_getdents64, fd, buf, sizeof(buf));
	error = errno;
	close(fd);
	errno = error;
	return (n == -1 ? -1 : 0);
}

#else

int
watch_names_open(struct watch_names *w, int newfd, int curfd)
{
	(void)w;
	(void)newfd;
	(void)curfd;
	errno = ENOSYS;
	return (-1);
}

int
watch_names_read(const struct watch_names *w,
    int (*name)(void *, int, const char *), void *arg)
{
	(void)w;
	(void)name;
	(void)arg;
	errno = ENOSYS;
	return (-1);
}

int
watch_names_barrier(int dirfd)
{
	(void)dirfd;
	errno = ENOSYS;
	return (-1);
}

#endif
