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

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>

#include "common/network.h"

#define V4MAPPED	12	/* octets before the IPv4 address */

static void	of_v4(struct network *, const struct in_addr *);
static void	of_v6(struct network *, const struct in6_addr *);

static void
of_v4(struct network *n, const struct in_addr *a)
{
	memset(n, 0, sizeof(*n));
	n->octet[0] = 4;
	memcpy(n->octet + 1, a, sizeof(*a));
}

static void
of_v6(struct network *n, const struct in6_addr *a)
{
	struct in_addr v4;

	if (IN6_IS_ADDR_V4MAPPED(a)) {
		memcpy(&v4, a->s6_addr + V4MAPPED, sizeof(v4));
		of_v4(n, &v4);
		return;
	}
	n->octet[0] = 6;
	memcpy(n->octet + 1, a->s6_addr, NETWORK_LEN - 1);
}

int
network_text(struct network *n, const char *text)
{
	char buf[INET6_ADDRSTRLEN];
	struct in_addr v4;
	struct in6_addr v6;
	size_t len = strcspn(text, "%");

	if (len >= sizeof(buf))
		return (-1);
	memcpy(buf, text, len);
	buf[len] = '\0';
	if (inet_pton(AF_INET, buf, &v4) == 1)
		of_v4(n, &v4);
	else if (inet_pton(AF_INET6, buf, &v6) == 1)
		of_v6(n, &v6);
	else
		return (-1);
	return (0);
}

