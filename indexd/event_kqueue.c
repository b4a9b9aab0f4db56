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

/* Both filters are always there; what does not matter is disabled. */
int
events_add(struct events *e, int fd, void *arg, int in, int out)
{
	struct kevent ev[2];

	EV_SET(&ev[0], fd, EVFILT_READ, EV_ADD | (in ? EV_ENABLE : EV_DISABLE),
	    0, 0, arg);
	EV_SET(&ev[1], fd, EVFILT_WRITE,
	    EV_ADD | (out ? EV_ENABLE : EV_DISABLE), 0, 0, arg);
	return (kevent(e->fd, ev, 2, NULL, 0, NULL));
}

int
events_change(struct events *e, int fd, void *arg, int in, int out)
{
	return (events_add(e, fd, arg, in, out));
}

int
events_remove(struct events *e, int fd)
{
	struct kevent ev[2];

	EV_SET(&ev[0], fd, EVFILT_READ, EV_DELETE, 0, 0, NULL);
	EV_SET(&ev[1], fd, EVFILT_WRITE, EV_DELETE, 0, 0, NULL);
	return (kevent(e->fd, ev, 2, NULL, 0, NULL));
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
