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

#ifndef COMMON_ACTIVATE_H
#define COMMON_ACTIVATE_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>

/*
 * Descriptors that whoever starts a daemon has opened for it: by systemd's
 * protocol (sd_listen_fds(3)), which others speak too, and by launchd's
 * (launch_activate_socket(3)).
 */
#define ACTIVATE_MAX		64	/* descriptors */
#define ACTIVATE_NAME		256	/* octets of a name */
#define ACTIVATE_FIRST		3	/* the first descriptor */

struct activate {
	struct {
		int	 fd;		/* -1: taken */
		char	 name[ACTIVATE_NAME];
	}		 got[ACTIVATE_MAX];
	size_t		 n;
	const char	*error;		/* what was wrong, or NULL */
};

/*
 * Learns from LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES what was handed over,
 * and removes them from the environment.  Called first of all, while no
 * descriptor is open but those.  Logs nothing, since there may be no log yet:
 * returns 0, or -1 with error set and nothing taken.
 */
int	activate_begin(struct activate *);

/* The highest descriptor that must stay open, at least that of stderr. */
int	activate_highest(const struct activate *);

/*
 * Takes those of that name: up to max descriptors, which are the caller's now,
 * are close-on-exec and do not block.  launchd is asked where there is one.
 * Returns how many; 0 if there is none, or -1 after a log line.
 */
int	activate_named(struct activate *, const char *name, int *fd,
	    size_t max);

/*
 * Takes the listening socket that is bound to this address, or -1: 0.0.0.0
 * also finds one of :: that takes IPv4 too.
 */
int	activate_address(struct activate *, const struct sockaddr *);

/* Whether connections to that address come to this listening socket. */
int	activate_serves(int fd, const struct sockaddr *);

/*
 * Takes the one connection that a super-server hands over, for one that does
 * not use standard input: a descriptor that blocks, -1 if there is none, -2
 * after a log line.
 */
int	activate_connection(struct activate *);

/* Closes what nobody has taken, with a line in the log for each. */
void	activate_rest(struct activate *);

/*
 * The sockets that launchd has under that name: as activate_named().  Elsewhere
 * there are none.
 */
int	activate_launchd(const char *name, int *fd, size_t max);

#endif
