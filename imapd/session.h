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

#ifndef IMAPD_SESSION_H
#define IMAPD_SESSION_H

#include <sys/types.h>

#include <stddef.h>

struct idx;
struct imapd_conf;

/*
 * What a session begins with.  The supervisor fills it in after login; it
 * has by then set uid and gid for good.  All that is pointed to stays the
 * caller's and lives as long as the session, except idx, which the session
 * owns.
 */
struct session_start {
	const struct imapd_conf	*conf;
	struct idx		*idx;		/* bound to (uid, mailroot) */
	int			 in;		/* the client; may be equal */
	int			 out;
	const char		*user;		/* name it logged in by */
	const char		*home;		/* absolute, or "" */
	const char		*mailroot;	/* absolute; may be missing */
	const char		*addr;		/* client, for the log */
	const char		*client_id;	/* its ID for the log, or "" */
	const char		*tag;		/* of the login command */
	const char		*command;	/* "LOGIN" or "AUTHENTICATE" */
	const unsigned char	*ahead;		/* input read already */
	size_t			 aheadlen;
};

/*
 * Serves the client from the tagged OK for its login to the end, then
 * returns the exit status of the process: 0 after LOGOUT, a closed
 * connection, a time-out or SIGTERM, 1 after an error that was logged.
 */
int	session_run(struct session_start *);

#endif
