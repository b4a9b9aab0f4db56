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
#include <arpa/inet.h>

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/conf_priv.h"

/* What follows the address of a line. */
struct options {
	enum imapd_tls		tls;
	struct imapd_proxy	proxies[IMAPD_PROXIES_MAX];
	size_t			nproxies;
};

static int	get_options(struct conf *, struct options *);
static int	get_proxies(struct conf *, struct options *);
static int	get_network(struct conf *, const char *, struct imapd_proxy *);
static void	listen_socket(struct conf *, struct imapd_conf *);
static void	listen_on(struct conf *, struct imapd_conf *, const char *,
		    const char *, const struct options *);
static int	is_address(const char *, const struct addrinfo *);
static void	add_address(struct conf *, struct imapd_conf *,
		    const struct addrinfo *, const struct options *);
static struct imapd_listen *add(struct conf *, struct imapd_conf *,
		    const struct options *);
static unsigned int	port_of(const struct sockaddr *);
static int	how_near(const struct imapd_listen *, const struct sockaddr *);

/*
 * listen on ADDRESS port PORT [tls | starttls] [proxy from NETWORK ...]
 * listen on socket NAME [tls | starttls] [proxy from NETWORK ...]
 */
void
conf_listen(struct conf *c, struct imapd_conf *ic)
{
	struct options o;
	char *addr = NULL, *port = NULL;

	if (conf_keyword(c, "on") == -1)
		return;
	if (conf_peek(c) != NULL && strcmp(conf_peek(c), "socket") == 0) {
		listen_socket(c, ic);
		return;
	}
	if (conf_string(c, "address", &addr) == 0 &&
	    conf_keyword(c, "port") == 0 &&
	    conf_string(c, "port", &port) == 0 && get_options(c, &o) == 0)
		listen_on(c, ic, addr, port, &o);
	free(addr);
	free(port);
}

/* A socket that whoever starts us has made and named. */
static void
listen_socket(struct conf *c, struct imapd_conf *ic)
{
	struct imapd_listen *l;
	struct options o;
	char *name;

	(void)conf_word(c);
	if (conf_string(c, "name of a socket", &name) == -1)
		return;
	if (strlen(name) >= IMAPD_NAME_MAX || name[0] == '\0')
		conf_error(c, "\"%s\" is too long or too short for the name "
		    "of a socket", name);
	else if (get_options(c, &o) == 0 && (l = add(c, ic, &o)) != NULL) {
		(void)strlcpy(l->activated, name, sizeof(l->activated));
		(void)snprintf(l->name, sizeof(l->name), "socket %s", name);
	}
	free(name);
}

static int
get_options(struct conf *c, struct options *o)
{
	const char *w;

	memset(o, 0, sizeof(*o));
	while ((w = conf_word(c)) != NULL) {
		if (strcmp(w, "tls") == 0 && o->tls == IMAPD_TLS_NONE) {
			o->tls = IMAPD_TLS_IMPLICIT;
		} else if (strcmp(w, "starttls") == 0 &&
		    o->tls == IMAPD_TLS_NONE) {
			o->tls = IMAPD_TLS_START;
		} else if (strcmp(w, "proxy") == 0) {
			if (get_proxies(c, o) == -1)
				return (-1);
		} else {
			conf_unknown(c, w, "tls, starttls or proxy");
			return (-1);
		}
	}
	return (0);
}

/* from NETWORK [NETWORK ...] */
static int
get_proxies(struct conf *c, struct options *o)
{
	const char *w;

	if (conf_keyword(c, "from") == -1)
		return (-1);
	do {
		w = conf_word(c);
		if (o->nproxies == IMAPD_PROXIES_MAX) {
			conf_error(c, "proxy from: more than %d networks",
			    IMAPD_PROXIES_MAX);
			return (-1);
		}
		if (get_network(c, w, &o->proxies[o->nproxies++]) == -1)
			return (-1);
		w = conf_peek(c);
	} while (w != NULL && strcmp(w, "tls") != 0 &&
	    strcmp(w, "starttls") != 0 && strcmp(w, "proxy") != 0);
	return (0);
}

/* 192.0.2.0/24, 2001:db8::/32, or a single address. */
static int
get_network(struct conf *c, const char *w, struct imapd_proxy *p)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)&p->ss;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&p->ss;
	char addr[INET6_ADDRSTRLEN];
	const char *slash, *why;
	unsigned int most;
	size_t len;

	if (w == NULL) {
		conf_unknown(c, w, "network");
		return (-1);
	}
	slash = strchr(w, '/');
	len = slash != NULL ? (size_t)(slash - w) : strlen(w);
	if (len >= sizeof(addr))
		len = 0;
	memcpy(addr, w, len);
	addr[len] = '\0';
	if (inet_pton(AF_INET, addr, &sin->sin_addr) == 1) {
		p->ss.ss_family = AF_INET;
		most = 32;
	} else if (inet_pton(AF_INET6, addr, &sin6->sin6_addr) == 1) {
		p->ss.ss_family = AF_INET6;
		most = 128;
	} else {
		conf_error(c, "\"%s\" is not a network", w);
		return (-1);
	}
	p->bits = most;
	if (slash == NULL)
		return (0);
	p->bits = (unsigned int)strtonum(slash + 1, 0, most, &why);
	if (why != NULL) {
		conf_error(c, "\"%s\" is not a network: the prefix is %s", w,
		    why);
		return (-1);
	}
	return (0);
}

static void
listen_on(struct conf *c, struct imapd_conf *ic, const char *addr,
    const char *port, const struct options *o)
{
	static const char *const local[] = { "127.0.0.1", "::1" };
	struct addrinfo hints, *res, *ai;
	const char *host = addr;
	char inner[NI_MAXHOST];
	size_t len = strlen(addr), i, n = 1;
	int any = strcmp(addr, "*") == 0, error;

	/* Our own ports need no services(5). */
	if (strcmp(port, "imap") == 0)
		port = "143";
	else if (strcmp(port, "imaps") == 0)
		port = "993";
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
	if (strcmp(addr, "localhost") == 0)
		n = 2;
	if (addr[0] == '[' && addr[len - 1] == ']' && len < sizeof(inner)) {
		(void)snprintf(inner, sizeof(inner), "%.*s", (int)len - 2,
		    addr + 1);
		host = inner;
	}
	for (i = 0; i < n; i++) {
		if (n > 1)
			host = local[i];
		error = getaddrinfo(any ? NULL : host, port, &hints, &res);
		if (error == EAI_SERVICE) {
			conf_error(c, "unknown port \"%s\"", port);
			return;
		}
		if (error == 0 && !any && !is_address(host, res)) {
			freeaddrinfo(res);
			error = EAI_NONAME;
		}
		if (error != 0) {
			conf_error(c, "\"%s\" is not an address", addr);
			return;
		}
		for (ai = res; ai != NULL; ai = ai->ai_next)
			add_address(c, ic, ai, o);
		freeaddrinfo(res);
	}
}

/* Not the likes of 10.1, that getaddrinfo(3) takes for 10.0.0.1. */
static int
is_address(const char *host, const struct addrinfo *ai)
{
	struct in_addr in;

	return (ai->ai_family != AF_INET ||
	    inet_pton(AF_INET, host, &in) == 1);
}

static void
add_address(struct conf *c, struct imapd_conf *ic, const struct addrinfo *ai,
    const struct options *o)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct imapd_listen *l;

	if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
		return;
	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		conf_error(c, "an address cannot be written");
		return;
	}
	if ((l = add(c, ic, o)) == NULL)
		return;
	memcpy(&l->ss, ai->ai_addr, ai->ai_addrlen);
	l->sslen = ai->ai_addrlen;
	(void)snprintf(l->name, sizeof(l->name), "%.*s port %.*s",
	    NI_MAXHOST - 1, host, NI_MAXSERV - 8, port);
}

static struct imapd_listen *
add(struct conf *c, struct imapd_conf *ic, const struct options *o)
{
	struct imapd_listen *l;

	if (ic->nlistens == IMAPD_LISTEN_MAX) {
		conf_error(c, "more than %d addresses to listen on",
		    IMAPD_LISTEN_MAX);
		return (NULL);
	}
	if ((l = calloc(1, sizeof(*l))) == NULL)
		goto bad;
	l->tls = o->tls;
	if (o->nproxies > 0) {
		l->proxies = calloc(o->nproxies, sizeof(*l->proxies));
		if (l->proxies == NULL)
			goto bad;
		memcpy(l->proxies, o->proxies,
		    o->nproxies * sizeof(*l->proxies));
		l->nproxies = o->nproxies;
	}
	TAILQ_INSERT_TAIL(&ic->listens, l, entry);
	ic->nlistens++;
	return (l);
bad:
	free(l);
	conf_error(c, "no memory for an address");
	return (NULL);
}

void
conf_listen_free(struct imapd_conf *ic)
{
	struct imapd_listen *l;

	while ((l = TAILQ_FIRST(&ic->listens)) != NULL) {
		TAILQ_REMOVE(&ic->listens, l, entry);
		free(l->proxies);
		free(l);
	}
}

void
conf_listen_complete(struct conf *c, const struct imapd_conf *ic)
{
	const struct imapd_listen *l;

	TAILQ_FOREACH(l, &ic->listens, entry) {
		if (l->tls != IMAPD_TLS_NONE && ic->ncerts == 0) {
			conf_error(c, "listen on %s %s: there is no \"tls "
			    "certificate\" line", l->name,
			    l->tls == IMAPD_TLS_START ? "starttls" : "tls");
			return;
		}
	}
}

static unsigned int
port_of(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (ntohs(((const struct sockaddr_in *)
		    (const void *)sa)->sin_port));
	return (ntohs(((const struct sockaddr_in6 *)
	    (const void *)sa)->sin6_port));
}

/* 0: not its port; 1: only the port; 2: any address; 3: the address itself. */
static int
how_near(const struct imapd_listen *l, const struct sockaddr *sa)
{
	const struct sockaddr *la = (const struct sockaddr *)&l->ss;
	const struct sockaddr_in *a4, *b4;
	const struct sockaddr_in6 *a6, *b6;

	if (l->sslen == 0 || port_of(la) != port_of(sa))
		return (0);
	if (la->sa_family != sa->sa_family)
		return (1);
	if (sa->sa_family == AF_INET) {
		a4 = (const struct sockaddr_in *)(const void *)la;
		b4 = (const struct sockaddr_in *)(const void *)sa;
		if (a4->sin_addr.s_addr == b4->sin_addr.s_addr)
			return (3);
		return (a4->sin_addr.s_addr == htonl(INADDR_ANY) ? 2 : 1);
	}
	a6 = (const struct sockaddr_in6 *)(const void *)la;
	b6 = (const struct sockaddr_in6 *)(const void *)sa;
	if (IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr))
		return (3);
	return (IN6_IS_ADDR_UNSPECIFIED(&a6->sin6_addr) ? 2 : 1);
}

const struct imapd_listen *
imapd_conf_listen(const struct imapd_conf *ic, const struct sockaddr *sa)
{
	const struct imapd_listen *l, *best = NULL;
	int near, nearest = 0;

	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return (NULL);
	TAILQ_FOREACH(l, &ic->listens, entry) {
		if ((near = how_near(l, sa)) > nearest) {
			nearest = near;
			best = l;
		}
	}
	return (best);
}
