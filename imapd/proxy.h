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

#ifndef IMAPD_PROXY_H
#define IMAPD_PROXY_H

#include <stddef.h>

#include "imapd/peer.h"

struct imapd_listen;

/*
 * The PROXY protocol, versions 1 and 2, as haproxy's proxy-protocol.txt has
 * it: a header before all else, TLS included, by which a proxy says whom it
 * speaks for.
 */
#define PROXY_V1_MAX	107	/* octets, with CRLF */
#define PROXY_V2_MAX	536	/* octets, with addresses and extensions */
#define PROXY_MAX	PROXY_V2_MAX
#define PROXY_WAIT	5000	/* ms until the header is there */

/*
 * Whether a header comes on the connection: the listen line allows one to
 * its peer.  No line (NULL): no.  Returns 1 or 0.
 */
int	proxy_expected(const struct imapd_listen *, int fd);

/*
 * How many octets follow at least after these, which are the first; the
 * header is not longer than PROXY_MAX.  0: these are one.  -1: they are none.
 */
int	proxy_need(const unsigned char *, size_t);

/*
 * The client's address in a header that is whole, numeric; "" if it says
 * none: the proxy speaks for itself (LOCAL), or does not know (UNKNOWN), or
 * the client has no address of IP.  Returns 0, or -1 if the header is
 * malformed.
 */
int	proxy_take(const unsigned char *, size_t, char addr[PEER_MAX]);

/*
 * Reads a header from a descriptor, and nothing behind it, in at most
 * PROXY_WAIT.  Returns as proxy_take(), with *why for the log.
 */
int	proxy_read(int fd, char addr[PEER_MAX], const char **why);

#endif
