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


#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <sys/types.h>

#include <stddef.h>

#define BENCH_PIDS	8	/* processes that a server starts with */

/* A server that is measured. */
struct server {
	const char	*name;
	const char	*port;		/* on 127.0.0.1 */
	pid_t		 pids[BENCH_PIDS];
	size_t		 npids;
};

/* client.c: an IMAP client; what goes wrong ends the program. */

struct client {
	int		 fd;
	unsigned int	 tag;
	char		*buf;
	size_t		 len;
	size_t		 size;
	unsigned int	 exists;	/* of the last "* n EXISTS" */
	unsigned int	 fetches;	/* FETCH responses to the command */
	unsigned int	 bytes;		/* of responses to the command */
};

/* Connects and reads the greeting. */
struct client	*client_open(const struct server *);
void		 client_login(struct client *);

/*
 * Sends a command and reads its responses; anything but a tagged OK ends
 * the program.
 */
void		 client_command(struct client *, const char *fmt, ...)
		    __attribute__((__format__(printf, 2, 3)));

/* APPEND with a literal, waiting for "+". */
void		 client_append(struct client *, const char *mailbox,
		    const char *message, size_t len);

/* Sends IDLE and waits for "+". */
void		 client_idle(struct client *);

/* Closes without LOGOUT. */
void		 client_close(struct client *);

/* mailbox.c */

/* Makes a Maildir of n messages in cur, all seen. */
void		 mailbox_make(const char *dir, unsigned int n);

/* Returns a message with CRLF of about 4 KB and its length. */
const char	*mailbox_message(size_t *len);

/* measure.c */

/*
 * A figure.  measure() returns milliseconds for one operation, or KiB, or a
 * negative number if it cannot be had.
 */
struct figure {
	const char	*name;
	double		(*measure)(const struct server *,
			    const struct figure *);
	const char	*mailbox;
	unsigned int	 messages;	/* in it */
	unsigned int	 sessions;
	unsigned int	 times;		/* operations of a session */
};

/* Ends with one that has no name. */
extern const struct figure	figures[];

#endif
