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
    defined(__APPLE__)

#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "imapd/watch.h"

#define EVENTS	(NOTE_WRITE | NOTE_EXTEND | NOTE_DELETE | NOTE_RENAME)

int
watch_native_open(int newfd, int curfd)
{
	struct kevent ev[2];
	int error, fd;

	if ((fd = kqueue()) == -1)
		return (-1);
	EV_SET(&ev[0], newfd, EVFILT_VNODE, EV_ADD | EV_CLEAR, EVENTS, 0, 0);
	EV_SET(&ev[1], curfd, EVFILT_VNODE, EV_ADD | EV_CLEAR, EVENTS, 0, 0);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != -1 &&
	    kevent(fd, ev, 2, NULL, 0, NULL) != -1)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

int
watch_native_read(int fd)
{
	struct timespec zero = { 0, 0 };
	struct kevent ev[2];
	int happened = 0, n;

	while ((n = kevent(fd, NULL, 0, ev, 2, &zero)) > 0 ||
	    (n == -1 && errno == EINTR))
		happened = 1;
	return (happened);
}

#endif
