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

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/conf.h"
#include "imapd/sockets.h"

#define BACKLOG		1024

static int	find(const struct sockets *, const struct imapd_listen *);
static int	open_one(const struct imapd_listen *);
static void	log_name(int);
static void	close_others(struct sockets *, const struct sockets *);

int
sockets_open(struct sockets *s, const struct imapd_conf *conf)
{
	const struct imapd_listen *l;
	struct sockets new;
	int fd;

	memset(&new, 0, sizeof(new));
	TAILQ_FOREACH(l, &conf->listens, entry) {
		if ((fd = find(s, l)) == -1 && (fd = open_one(l)) == -1) {
			if (errno == EAFNOSUPPORT) {
				log_info("listen: %s: not on this system",
				    l->name);
				continue;
			}
			goto fail;
		}
		new.socket[new.n].fd = fd;
		new.socket[new.n].ss = l->ss;
		new.socket[new.n].sslen = l->sslen;
		new.n++;
	}
	if (new.n == 0) {
		log_warnx("listen: no address to listen on");
		goto fail;
	}
	close_others(s, &new);
	*s = new;
	return (0);
fail:
	close_others(&new, s);
	return (-1);
}

void
sockets_close(struct sockets *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		close(s->socket[i].fd);
	s->n = 0;
}

static int
find(const struct sockets *s, const struct imapd_listen *l)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->socket[i].sslen == l->sslen &&
		    memcmp(&s->socket[i].ss, &l->ss, l->sslen) == 0)
			return (s->socket[i].fd);
	}
	return (-1);
}

static int
open_one(const struct imapd_listen *l)
{
	int fd, one = 1, error, flags;

	if ((fd = socket(l->ss.ss_family, SOCK_STREAM, 0)) == -1) {
		if (errno != EAFNOSUPPORT)
			log_warn("listen: %s", l->name);
		return (-1);
	}
	/* 0.0.0.0 and :: are two sockets, on every system. */
	if (l->ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &one, sizeof(one)) == -1)
		goto fail;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
	    sizeof(one)) == -1 ||
	    bind(fd, (const struct sockaddr *)&l->ss, l->sslen) == -1 ||
	    listen(fd, BACKLOG) == -1 ||
	    (flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		goto fail;
	log_name(fd);
	return (fd);
fail:
	error = errno;
	close(fd);
	errno = error;
	/* The loopback of a family that the system has but does not use. */
	if (error == EADDRNOTAVAIL && l->ss.ss_family == AF_INET6) {
		errno = EAFNOSUPPORT;
		return (-1);
	}
	log_warn("listen: %s", l->name);
	errno = error;
	return (-1);
}

/* The port may have been chosen by the system. */
static void
log_name(int fd)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		log_warnx("listen: a socket has no name");
	else
		log_info("listen: listening address=%s port=%s", host, port);
}

/* Closes those of a that are not in b. */
static void
close_others(struct sockets *a, const struct sockets *b)
{
	size_t i, j;

	for (i = 0; i < a->n; i++) {
		for (j = 0; j < b->n; j++) {
			if (a->socket[i].fd == b->socket[j].fd)
				break;
		}
		if (j == b->n)
			close(a->socket[i].fd);
	}
}
