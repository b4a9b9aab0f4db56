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

#ifndef IMAPD_CHILDREN_H
#define IMAPD_CHILDREN_H

#include <sys/types.h>

#include <poll.h>
#include <stddef.h>

/*
 * The listener's table of connections: a process each, and from its login on
 * the user's name, learnt through a socket (login.h).
 */
struct children;

/* Makes a table for at most max children.  Returns NULL with errno. */
struct children	*children_new(size_t max);

/* Closes all descriptors and frees; the processes are left alone. */
void		 children_free(struct children *);

/*
 * Changes the most there may be; children above it stay.  Returns 0, or -1
 * with errno.
 */
int		 children_resize(struct children *, size_t max);

/* How many there are, and whether there may be no more. */
size_t		 children_count(const struct children *);
int		 children_full(const struct children *);

/* Adds a process; the table, not full, owns the descriptor. */
void		 children_add(struct children *, pid_t, int fd);

/*
 * Sets up children_count() entries to poll, and takes the messages of those
 * that are ready; nothing may be added or reaped in between.  A user who has
 * per_user connections gets no more.
 */
void		 children_poll(const struct children *, struct pollfd *);
void		 children_dispatch(struct children *, const struct pollfd *,
		    size_t per_user);

/* Takes away those that have ended; logs those that a signal has ended. */
void		 children_reap(struct children *);

/* What there is now. */
struct children_state {
	size_t	connections;
	size_t	logged_in;
	size_t	users;			/* who are logged in */
};
void		 children_state(const struct children *,
		    struct children_state *);

/* Sends all a signal. */
void		 children_signal(const struct children *, int sig);

#endif
