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

#ifndef TESTS_LIB_DAEMON_H
#define TESTS_LIB_DAEMON_H

#include <sys/types.h>

#include <atf-c.h>

/*
 * Both daemons for a test in C, from files in the current directory: mail in
 * Maildir, indexd's state in db, logs in indexd.log and imapd.log.  What
 * fails here fails the test.
 */
struct daemons {
	char	top[1024];	/* of the tree */
	char	sockdir[64];	/* short: UNIX sockets have short names */
	pid_t	indexd;		/* 0: not running */
};

/* Writes the configuration; extra lines for indexd.conf may be "". */
void	daemons_init(struct daemons *, const atf_tc_t *, const char *extra);

/* Starts indexd. */
void	daemons_launch(struct daemons *);

/* Starts indexd and waits until it answers. */
void	daemons_indexd(struct daemons *);

/* Sends the signal and waits for the end; returns the wait status. */
int	daemons_stop(struct daemons *, int sig);

/* Removes the socket's directory and, if it runs, ends indexd. */
void	daemons_end(struct daemons *);

/* Starts imapd -i on one end of a socket pair; the other end is returned. */
int	daemons_imapd(const struct daemons *, pid_t *);

#endif
