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

#ifndef INDEXD_EVENT_H
#define INDEXD_EVENT_H

/*
 * Which descriptors are ready: epoll(7) in event_epoll.c, kqueue(2) in
 * event_kqueue.c, poll(2) in event_poll.c; one of them is compiled.
 * EVENT_POLL, when defined, chooses poll(2) on any system.
 *
 * Readiness is told as long as it lasts.  An end or an error of the
 * connection counts as ready to read.
 */
#define EVENT_MAX	256		/* told by one events_wait() */

struct events;

struct event {
	void	*arg;			/* as given for the descriptor */
	int	 in;			/* there is something to read */
	int	 out;			/* there is room to write */
};

/* NULL with errno if it cannot be made. */
struct events *events_new(void);
void	events_free(struct events *);

/*
 * Adds a descriptor, says anew what of it matters, takes it out.  fd stays
 * the caller's, who takes it out before closing it.  0, or -1 with errno.
 */
int	events_add(struct events *, int fd, void *arg, int in, int out);
int	events_change(struct events *, int fd, void *arg, int in, int out);
int	events_remove(struct events *, int fd);

/*
 * Waits up to ms milliseconds, for ever if it is -1, and fills in up to
 * EVENT_MAX events.  Returns their number, 0 also after a signal; -1 with
 * errno.
 */
int	events_wait(struct events *, struct event *, int ms);

#endif
