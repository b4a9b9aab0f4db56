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

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/conf.h"
#include "imapd/login.h"
#include "imapd/proxy.h"

#define SIGNATURE_LEN	12
#define V2_HEAD		16	/* signature, command, family, length */
#define V2_IPV4		12	/* octets of two addresses and ports */
#define V2_IPV6		36
#define V2_UNIX		216
#define V2_TLV		3	/* octets of an extension's head */

static const unsigned char v1_signature[] = "PROXY ";
static const unsigned char v2_signature[] =
    "\r\n\r\n\0\r\nQUIT\n";

static int	within(const struct imapd_proxy *, const struct sockaddr *);
static int	same_bits(const unsigned char *, const unsigned char *,
		    unsigned int);
static int	v1_need(const unsigned char *, size_t);
static int	v2_need(const unsigned char *, size_t);
static int	v1_take(const unsigned char *, size_t, char *);
static int	v1_port(const char *);
static int	v2_take(const unsigned char *, size_t, char *);
static int	v2_extensions(const unsigned char *, size_t);
static int	text_of(int, const void *, char *);

int
proxy_expected(const struct imapd_listen *line, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	size_t i;

	if (line == NULL || line->nproxies == 0)
		return (0);
	memset(&ss, 0, sizeof(ss));
	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1)
		return (0);
	for (i = 0; i < line->nproxies; i++) {
		if (within(&line->proxies[i], (struct sockaddr *)&ss))
			return (1);
	}
	return (0);
}

static int
within(const struct imapd_proxy *p, const struct sockaddr *sa)
{
	struct sockaddr_in sin, net;
	struct sockaddr_in6 sin6, net6;
	const unsigned char *addr;

	if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		addr = sin6.sin6_addr.s6_addr;
		if (p->ss.ss_family == AF_INET6) {
			memcpy(&net6, &p->ss, sizeof(net6));
			return (same_bits(addr, net6.sin6_addr.s6_addr,
			    p->bits));
		}
		if (!IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr))
			return (0);
		addr += 12;
	} else if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		addr = (const unsigned char *)&sin.sin_addr;
	} else {
		return (0);
	}
	if (p->ss.ss_family != AF_INET)
		return (0);
	memcpy(&net, &p->ss, sizeof(net));
	return (same_bits(addr, (const unsigned char *)&net.sin_addr,
	    p->bits));
}

static int
same_bits(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	unsigned int rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return (0);
	return (rest == 0 ||
	    ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0);
}

/* Both begin with more octets than the signature of either has. */
int
proxy_need(const unsigned char *p, size_t len)
{
	size_t n;

	n = len < SIGNATURE_LEN ? len : SIGNATURE_LEN;
	if (memcmp(p, v2_signature, n) == 0)
		return (n < SIGNATURE_LEN ? (int)(SIGNATURE_LEN - n) :
		    v2_need(p, len));
	n = sizeof(v1_signature) - 1;
	if (memcmp(p, v1_signature, len < n ? len : n) != 0)
		return (-1);
	if (len < SIGNATURE_LEN)
		return ((int)(SIGNATURE_LEN - len));
	return (v1_need(p, len));
}

static int
v1_need(const unsigned char *p, size_t len)
{
	const unsigned char *lf = memchr(p, '\n', len);

	if (lf == NULL)
		return (len < PROXY_V1_MAX ? 1 : -1);
	return (lf == p + len - 1 && len <= PROXY_V1_MAX && lf[-1] == '\r' ?
	    0 : -1);
}

static int
v2_need(const unsigned char *p, size_t len)
{
	size_t whole;

	if (len < V2_HEAD)
		return ((int)(V2_HEAD - len));
	whole = V2_HEAD + ((size_t)p[14] << 8 | p[15]);
	if (p[12] >> 4 != 2 || whole > PROXY_V2_MAX || len > whole)
		return (-1);
	return ((int)(whole - len));
}

int
proxy_take(const unsigned char *p, size_t len, char addr[PEER_MAX])
{
	addr[0] = '\0';
	if (proxy_need(p, len) != 0)
		return (-1);
	if (p[0] == v1_signature[0])
		return (v1_take(p, len, addr));
	return (v2_take(p, len, addr));
}

/* An address as everywhere else: one that is mapped into IPv6 is IPv4's. */
static int
text_of(int family, const void *octets, char *addr)
{
	struct in6_addr v6;

	if (family == AF_INET6) {
		memcpy(&v6, octets, sizeof(v6));
		if (IN6_IS_ADDR_V4MAPPED(&v6))
			return (text_of(AF_INET, v6.s6_addr + 12, addr));
	}
	return (inet_ntop(family, octets, addr, PEER_MAX) == NULL ? -1 : 0);
}

/* "PROXY TCP4 source destination port port", with one space in between. */
static int
v1_take(const unsigned char *p, size_t len, char *addr)
{
	enum { WORD, FAMILY, SOURCE, DESTINATION, PORT1, PORT2, FIELDS };
	char line[PROXY_V1_MAX + 1], *field[FIELDS], *s = line;
	unsigned char from[16], to[16];
	int family, i;

	memcpy(line, p, len - 2);
	line[len - 2] = '\0';
	if (strlen(line) != len - 2 || strchr(line, '\r') != NULL)
		return (-1);
	if (strcmp(line, "PROXY UNKNOWN") == 0 ||
	    strncmp(line, "PROXY UNKNOWN ", 14) == 0)
		return (0);
	for (i = 0; i < FIELDS; i++) {
		if ((field[i] = strsep(&s, " ")) == NULL)
			return (-1);
	}
	if (s != NULL)
		return (-1);
	if (strcmp(field[FAMILY], "TCP4") == 0)
		family = AF_INET;
	else if (strcmp(field[FAMILY], "TCP6") == 0)
		family = AF_INET6;
	else
		return (-1);
	if (inet_pton(family, field[SOURCE], from) != 1 ||
	    inet_pton(family, field[DESTINATION], to) != 1 ||
	    v1_port(field[PORT1]) == -1 || v1_port(field[PORT2]) == -1)
		return (-1);
	return (text_of(family, from, addr));
}

/* 0 to 65535, without leading zeros. */
static int
v1_port(const char *s)
{
	size_t len = strlen(s);
	const char *why;

	if (len == 0 || len > 5 || strspn(s, "0123456789") != len ||
	    (len > 1 && s[0] == '0'))
		return (-1);
	(void)strtonum(s, 0, 65535, &why);
	return (why == NULL ? 0 : -1);
}

static int
v2_take(const unsigned char *p, size_t len, char *addr)
{
	const unsigned char *a = p + V2_HEAD;
	size_t left = len - V2_HEAD, n;

	switch (p[12] & 0x0f) {
	case 0:
		/* LOCAL: the proxy's own; what follows is passed over. */
		return (0);
	case 1:
		break;
	default:
		return (-1);
	}
	switch (p[13]) {
	case 0x00:
		/* Not known: nothing of it is understood. */
		return (0);
	case 0x11:
		n = V2_IPV4;
		break;
	case 0x21:
		n = V2_IPV6;
		break;
	case 0x31:
		n = V2_UNIX;
		break;
	default:
		/* A datagram's, or none that there is. */
		return (-1);
	}
	if (left < n || v2_extensions(a + n, left - n) == -1)
		return (-1);
	if (p[13] == 0x31)
		return (0);
	return (text_of(p[13] == 0x11 ? AF_INET : AF_INET6, a, addr));
}

/* None is of use, but they must be what they say. */
static int
v2_extensions(const unsigned char *p, size_t left)
{
	size_t n;

	while (left > 0) {
		if (left < V2_TLV)
			return (-1);
		n = V2_TLV + ((size_t)p[1] << 8 | p[2]);
		if (n > left)
			return (-1);
		p += n;
		left -= n;
	}
	return (0);
}

int
proxy_read(int fd, char addr[PEER_MAX], const char **why)
{
	unsigned char buf[PROXY_MAX];
	int64_t end = login_now() + PROXY_WAIT, left;
	size_t len = 0;
	int need, got;

	while ((need = proxy_need(buf, len)) > 0) {
		if ((left = end - login_now()) < 0)
			left = 0;
		got = login_recv(fd, buf + len, (size_t)need, (int)left);
		if (got != 1) {
			*why = got == 0 ? "it ends" : strerror(errno);
			return (-1);
		}
		len += (size_t)need;
	}
	if (need == -1 || proxy_take(buf, len, addr) == -1) {
		*why = "not a PROXY header";
		return (-1);
	}
	return (0);
}
