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

#ifndef IMAPD_FRONT_H
#define IMAPD_FRONT_H

struct imapd_conf;
struct imapd_listen;
struct tls_server;

/*
 * The front: the not-authenticated state (RFC 3501 section 3.1), in a process
 * of its own that has no rights.
 */
struct front_start {
	const struct imapd_conf		*conf;
	const struct imapd_listen	*listen; /* line; NULL: none */
	struct tls_server		*tls;	/* NULL: no certificates */
	int				 in;	/* the client */
	int				 out;
	int				 supervisor; /* login.h */
	const char			*addr;	/* the client's, for the log */
	int				 local;	/* from this host */
	/*
	 * A PROXY header comes; the address that it names goes here, where
	 * addr points to (PEER_MAX).  NULL: none comes.
	 */
	char				*proxied;
	int				 scram;	/* there are entries for it */
};

/*
 * Serves the client until it is logged in, when all has been handed over to
 * the supervisor, or gone.  With TLS it then carries the session's bytes, to
 * its end.  Returns the exit status of the process.
 */
int	front_run(const struct front_start *);

#endif
