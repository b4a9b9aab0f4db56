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

#include "imapd/crowd.h"

/*
 * The listener's table of connections: a process each, which until its
 * session begins tells through a socket what the crowd has to know (gate.h).
 * Finding one takes O(log n); those that have sessions cost nothing.
 */
struct children;

/* Makes a table with these limits.  Returns NULL with errno. */
struct children	*children_new(const struct crowd_limits *);

/* Closes all descriptors and frees; the processes are left alone. */
void		 children_free(struct children *);

/*
 * Closes all descriptors, in a child that does not need them.  The memory,
 * shared with the listener's, is not touched: that would copy it.
 */
void		 children_close(const struct children *);

/* Changes the limits; children above them stay. */
void		 children_limit(struct children *,
		    const struct crowd_limits *);

/* How many there are, and how many of them may still say something. */
size_t		 children_count(const struct children *);
size_t		 children_talking(const struct children *);

/*
 * Whether there may be one more of this address (NULL: a proxy's), after one
 * that does not log in was sent SIGTERM for it if need be.
 */
enum crowd_answer children_may_add(struct children *, const char *address);

/*
 * Adds a process of that address; the table owns the descriptor.  Returns 0,
 * or -1 without memory, when it does not.
 */
int		 children_add(struct children *, pid_t, int fd,
		    const char *address);

/*
 * Sets up children_talking() entries to poll, and takes the messages of those
 * that are ready; nothing may be added or reaped in between.
 */
void		 children_poll(struct children *, struct pollfd *);
void		 children_dispatch(struct children *, const struct pollfd *);

/* Takes away those that have ended; logs those that a signal has ended. */
void		 children_reap(struct children *);

/* What there is now. */
struct children_state {
	size_t	connections;
	size_t	logged_in;
	size_t	users;			/* who are logged in */
	size_t	addresses;		/* remembered, connected or not */
};
void		 children_state(const struct children *,
		    struct children_state *);

/* Sends all a signal. */
void		 children_signal(struct children *, int sig);

#endif
