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

#ifndef COMMON_NETWORK_H
#define COMMON_NETWORK_H

#include <stdint.h>

/*
 * Whom an address is taken for where connections and failures are counted:
 * of IPv4 (also as mapped into IPv6) all 32 bits, of IPv6 the first 64, which
 * is what one customer has at least.
 */
#define NETWORK_LEN	9

struct network {
	uint8_t		octet[NETWORK_LEN];	/* 4 or 6, then the prefix */
};

/*
 * The network of an address as text, numeric; a scope is passed over.  Returns
 * 0, or -1 if it is no address of IP: a socket of the same host, say.
 */
int	network_text(struct network *, const char *);

#endif
