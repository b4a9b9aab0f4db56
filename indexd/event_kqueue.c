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

#include "indexd/event.h"

#if (defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || \
    defined(__DragonFly__) || defined(__APPLE__)) && !defined(EVENT_POLL)

#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct events {
	int		fd;
	struct kevent	ev[EVENT_MAX];
};

static int	set(struct events *, int, int, int, void *);

struct events *
events_new(void)
{
	struct events *e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (NULL);
	if ((e->fd = kqueue()) == -1) {
		free(e);
		return (NULL);
	}
	return (e);
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	close(e->fd);
	free(e);
}

static int
set(struct events *e, int fd, int filter, int flags, void *arg)
{
	struct kevent ev;

	EV_SET(&ev, fd, filter, flags, 0, 0, arg);
	return (kevent(e->fd, &ev, 1, NULL, 0, NULL));
}

int
events_add(struct events *e, int fd, void *arg, int in, int out)
{
	return (events_change(e, fd, arg, in, out));
}

/* Writing is asked for while it matters: a kqueue(2) in a kqueue and the end
 * of a pipe that is read refuse it. */
int
events_change(struct events *e, int fd, void *arg, int in, int out)
{
	if (set(e, fd, EVFILT_READ, EV_ADD | (in ? EV_ENABLE : EV_DISABLE),
	    arg) == -1)
		return (-1);
	if (out)
		return (set(e, fd, EVFILT_WRITE, EV_ADD | EV_ENABLE, arg));
	if (set(e, fd, EVFILT_WRITE, EV_DELETE, NULL) == -1 &&
	    errno != ENOENT)
		return (-1);
	return (0);
}

int
events_remove(struct events *e, int fd)
{
	if (set(e, fd, EVFILT_WRITE, EV_DELETE, NULL) == -1 &&
	    errno != ENOENT)
		return (-1);
	return (set(e, fd, EVFILT_READ, EV_DELETE, NULL));
}

int
events_wait(struct events *e, struct event *out, int ms)
{
	struct timespec ts;
	int i, n;

	ts.tv_sec = ms / 1000;
	ts.tv_nsec = (long)(ms % 1000) * 1000000;
	n = kevent(e->fd, NULL, 0, e->ev, EVENT_MAX, ms < 0 ? NULL : &ts);
	if (n == -1)
		return (errno == EINTR ? 0 : -1);
	for (i = 0; i < n; i++) {
		out[i].arg = e->ev[i].udata;
		out[i].in = e->ev[i].filter == EVFILT_READ;
		out[i].out = e->ev[i].filter == EVFILT_WRITE;
	}
	return (n);
}

#endif
