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

#ifndef TESTS_ORDER_SESSION_H
#define TESTS_ORDER_SESSION_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "tests/lib/daemon.h"
#include "tests/order/replica.h"
#include "tests/order/record.h"

/*
 * A connection of the workload: what goes over it is recorded, and told to
 * the process's client.
 */
struct session {
	int		 fd;		/* -1: none */
	pid_t		 pid;		/* imapd -i */
	unsigned int	 tag;
	char		*in;
	size_t		 len;
	size_t		 cap;
	struct recorder	*rec;
	struct replica	*client;
	size_t		 cut;		/* octets of the answer to read, then
					   the connection is cut; SIZE_MAX */
	uint64_t	 kill;		/* ns to the end of imapd, 0: none */
};

enum reply { REPLY_OK, REPLY_NO, REPLY_BAD, REPLY_GONE };

/* Connects and logs in, to work on the mailbox.  0, or -1 if that fails. */
int	session_open(struct session *, const struct daemons *,
	    const char *mailbox);

/*
 * Sends a command and reads up to its reply.  The literal, if any, is sent
 * behind it, and "name" recorded in its place.  cut and kill hold for this
 * command.  After REPLY_GONE there is no connection.
 */
enum reply session_command(struct session *, const char *command);
enum reply session_append(struct session *, const char *command,
	    const char *literal, const char *name);

/* Ends it: with LOGOUT, or at once. */
void	session_close(struct session *);
void	session_cut(struct session *);

#endif
