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

#ifndef IMAPD_SUPERVISOR_H
#define IMAPD_SUPERVISOR_H

struct imapd_conf;
struct imapd_listen;
struct privs;
struct tls_server;

/* What a connection begins with. */
struct supervisor_start {
	const struct imapd_conf	*conf;
	const struct imapd_listen *listen;	/* line; NULL: none */
	const struct privs	*privs;
	int			 in;		/* the client */
	int			 out;		/* may be the same */
	int			 listener;	/* login.h; -1: none */
	struct tls_server	*tls;		/* NULL: no certificates */
	int			 scram;		/* is offered */
};

/*
 * Serves one connection to its end: forks the front, has credentials checked,
 * binds to indexd, and becomes the session.  Owns the three descriptors.
 * Returns the exit status of the process.
 */
int	supervisor_run(const struct supervisor_start *);

#endif
