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

#if defined(__linux__) && !defined(EVENT_POLL)

#include <sys/epoll.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct events {
	int			fd;
	struct epoll_event	ev[EVENT_MAX];
};

static int	set(struct events *, int, int, void *, int, int);

struct events *
events_new(void)
{
	struct events *e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (NULL);
	if ((e->fd = epoll_create1(EPOLL_CLOEXEC)) == -1) {
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
set(struct events *e, int op, int fd, void *arg, int in, int out)
{
	struct epoll_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.events = (in ? (uint32_t)EPOLLIN : 0) |
	    (out ? (uint32_t)EPOLLOUT : 0);
	ev.data.ptr = arg;
	return (epoll_ctl(e->fd, op, fd, &ev));
}

int
events_add(struct events *e, int fd, void *arg, int in, int out)
{
	return (set(e, EPOLL_CTL_ADD, fd, arg, in, out));
}

int
events_change(struct events *e, int fd, void *arg, int in, int out)
{
	return (set(e, EPOLL_CTL_MOD, fd, arg, in, out));
}

int
events_remove(struct events *e, int fd)
{
	return (set(e, EPOLL_CTL_DEL, fd, NULL, 0, 0));
}

int
events_wait(struct events *e, struct event *out, int ms)
{
	int i, n;

	if ((n = epoll_wait(e->fd, e->ev, EVENT_MAX, ms)) == -1)
		return (errno == EINTR ? 0 : -1);
	for (i = 0; i < n; i++) {
		out[i].arg = e->ev[i].data.ptr;
		out[i].in = (e->ev[i].events &
		    (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
		out[i].out = (e->ev[i].events & EPOLLOUT) != 0;
	}
	return (n);
}

#endif
