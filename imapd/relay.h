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

#ifndef IMAPD_RELAY_H
#define IMAPD_RELAY_H

struct tls;

#define RELAY_BUFFER	(16 * 1024)	/* bytes each way: a record of TLS */
#define RELAY_IDLE	500		/* ms until buffers are given back */

/* Between a client with TLS and the session. */
struct relay {
	struct tls	*tls;
	int		 in;		/* the client */
	int		 out;
	int		 session;
	const char	*addr;		/* of the client, for the log */
	int		 timeout;	/* ms that it may take no answers */
};

/*
 * Carries bytes until the session has ended and the client has all that it
 * said, or the client is gone: the session then reads an end of file.  What
 * one side does not take is not read from the other.
 */
void	relay_run(const struct relay *);

#endif
