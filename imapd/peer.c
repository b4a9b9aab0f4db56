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

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "imapd/peer.h"

static int	get(int, struct sockaddr_storage *, socklen_t *);

void
peer_address(int fd, char *buf, size_t size)
{
	struct sockaddr_storage ss;
	socklen_t len;

	int family;

	if ((family = get(fd, &ss, &len)) == 0)
		(void)strlcpy(buf, "local", size);
	else if (family == -1 || getnameinfo((struct sockaddr *)&ss, len, buf,
	    (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
		(void)strlcpy(buf, "unknown", size);
}

int
peer_local(int fd)
{
	struct sockaddr_storage ss;
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;
	socklen_t len;

	switch (get(fd, &ss, &len)) {
	case AF_INET:
		memcpy(&sin, &ss, sizeof(sin));
		return (ntohl(sin.sin_addr.s_addr) >> 24 == 127);
	case AF_INET6:
		memcpy(&sin6, &ss, sizeof(sin6));
		if (IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr))
			return (sin6.sin6_addr.s6_addr[12] == 127);
		return (IN6_IS_ADDR_LOOPBACK(&sin6.sin6_addr));
	case 0:
		return (1);
	default:
		return (0);
	}
}

void
peer_options(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int one = 1;

	if (get(fd, &ss, &len) <= 0)
		return;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
	    sizeof(one)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) == -1)
		log_debug("peer: setsockopt: %s", strerror(errno));
}

/* Returns AF_INET or AF_INET6; 0 for what is local; -1 if there is no peer. */
static int
get(int fd, struct sockaddr_storage *ss, socklen_t *len)
{
	memset(ss, 0, sizeof(*ss));
	*len = sizeof(*ss);
	if (getpeername(fd, (struct sockaddr *)ss, len) == -1)
		return (errno == ENOTSOCK ? 0 : -1);
	peer_unmap(ss, len);
	if (ss->ss_family == AF_INET || ss->ss_family == AF_INET6)
		return (ss->ss_family);
	return (0);
}

/* By way of its text: not all systems have the same members of an address. */
void
peer_unmap(struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_in6 sin6;
	struct addrinfo hints, *ai;
	char host[INET_ADDRSTRLEN], port[8];

	memcpy(&sin6, ss, sizeof(sin6));
	if (ss->ss_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr) || inet_ntop(AF_INET,
	    &sin6.sin6_addr.s6_addr[12], host, sizeof(host)) == NULL)
		return;
	(void)snprintf(port, sizeof(port), "%u", ntohs(sin6.sin6_port));
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_INET;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	if (getaddrinfo(host, port, &hints, &ai) != 0)
		return;
	memset(ss, 0, sizeof(*ss));
	memcpy(ss, ai->ai_addr, ai->ai_addrlen);
	*len = ai->ai_addrlen;
	freeaddrinfo(ai);
}
