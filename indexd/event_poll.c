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

#if defined(EVENT_POLL) || \
    !(defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__) || \
    defined(__NetBSD__) || defined(__DragonFly__) || defined(__APPLE__))

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

struct events {
	struct pollfd	*fds;
	void		**args;
	size_t		 n;
	size_t		 cap;
	size_t		 next;		/* where to look first, for fairness */
};

static size_t	find(const struct events *, int);

struct events *
events_new(void)
{
	return (calloc(1, sizeof(struct events)));
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	free(e->fds);
	free(e->args);
	free(e);
}

static size_t
find(const struct events *e, int fd)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (e->fds[i].fd == fd)
			break;
	return (i);
}

int
events_add(struct events *e, int fd, void *arg, int in, int out)
{
	struct pollfd *fds;
	void **args;
	size_t cap;

	if (e->n == e->cap) {
		cap = e->cap == 0 ? 64 : e->cap * 2;
		fds = reallocarray(e->fds, cap, sizeof(*fds));
		if (fds == NULL)
			return (-1);
		e->fds = fds;
		args = reallocarray(e->args, cap, sizeof(*args));
		if (args == NULL)
			return (-1);
		e->args = args;
		e->cap = cap;
	}
	e->fds[e->n].fd = fd;
	e->n++;
	return (events_change(e, fd, arg, in, out));
}

int
events_change(struct events *e, int fd, void *arg, int in, int out)
{
	size_t i = find(e, fd);

	if (i == e->n) {
		errno = ENOENT;
		return (-1);
	}
	e->fds[i].events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));
	e->fds[i].revents = 0;
	e->args[i] = arg;
	return (0);
}

int
events_remove(struct events *e, int fd)
{
	size_t i = find(e, fd);

	if (i == e->n) {
		errno = ENOENT;
		return (-1);
	}
	e->n--;
	e->fds[i] = e->fds[e->n];
	e->args[i] = e->args[e->n];
	return (0);
}

int
events_wait(struct events *e, struct event *out, int ms)
{
	size_t i, at;
	int n = 0;

	if (poll(e->fds, (nfds_t)e->n, ms) == -1)
		return (errno == EINTR ? 0 : -1);
	for (i = 0; i < e->n && n < EVENT_MAX; i++) {
		at = (e->next + i) % e->n;
		if (e->fds[at].revents == 0)
			continue;
		out[n].arg = e->args[at];
		out[n].in = (e->fds[at].revents &
		    (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0;
		out[n].out = (e->fds[at].revents & POLLOUT) != 0;
		n++;
	}
	if (e->n > 0)
		e->next = (e->next + i) % e->n;
	return (n);
}

#endif
