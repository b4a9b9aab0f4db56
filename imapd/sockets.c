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

#include "common/activate.h"
#include "common/log.h"
#include "imapd/conf.h"
#include "imapd/sockets.h"

#define BACKLOG		1024

static int	add_named(struct sockets *, const struct sockets *,
		    const struct imapd_listen *);
static int	add_address(struct sockets *, const struct sockets *,
		    const struct imapd_listen *);
static int	add(struct sockets *, int, int, const struct imapd_listen *);
static int	served(const struct sockets *, const struct imapd_listen *);
static int	find(const struct sockets *, const struct sockets *,
		    const struct imapd_listen *);
static int	is_among(const struct sockets *, int);
static int	open_one(const struct imapd_listen *);
static void	log_name(int, const struct imapd_listen *);
static void	close_others(struct sockets *, const struct sockets *);

int
sockets_open(struct sockets *s, const struct imapd_conf *conf)
{
	const struct imapd_listen *l;
	struct sockets new;

	memset(&new, 0, sizeof(new));
	new.activate = s->activate;
	TAILQ_FOREACH(l, &conf->listens, entry) {
		if ((l->sslen == 0 ? add_named(&new, s, l) :
		    add_address(&new, s, l)) == -1)
			goto fail;
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

/* A line for what was handed over under a name. */
static int
add_named(struct sockets *new, const struct sockets *s,
    const struct imapd_listen *l)
{
	int fd[IMAPD_LISTEN_MAX], i, n = 0;
	size_t k;

	for (k = 0; k < s->n; k++) {
		if (s->socket[k].sslen != 0 ||
		    strcmp(s->socket[k].activated, l->activated) != 0)
			continue;
		if (add(new, s->socket[k].fd, 1, l) == -1)
			return (-1);
		n++;
	}
	if (n > 0)
		return (0);
	if (s->activate != NULL && (n = activate_named(s->activate,
	    l->activated, fd, IMAPD_LISTEN_MAX)) == -1)
		return (-1);
	if (n == 0) {
		log_warnx("listen: no socket \"%s\" was handed over: name it "
		    "so where the service manager opens it "
		    "(FileDescriptorName= of systemd, Sockets of launchd), "
		    "and have that start imapd; or give an address",
		    l->activated);
		return (-1);
	}
	for (i = 0; i < n; i++) {
		if (add(new, fd[i], 1, l) == -1) {
			while (i < n)
				close(fd[i++]);
			return (-1);
		}
		log_name(fd[i], l);
	}
	return (0);
}

static int
add_address(struct sockets *new, const struct sockets *s,
    const struct imapd_listen *l)
{
	int fd;

	/* One of :: that takes IPv4 too is there for two lines. */
	if (served(new, l) != -1)
		return (0);
	if ((fd = served(s, l)) != -1)
		return (add(new, fd, 1, l));
	if ((fd = find(s, new, l)) != -1)
		return (add(new, fd, 0, l));
	if (s->activate != NULL && (fd = activate_address(s->activate,
	    (const struct sockaddr *)&l->ss)) != -1) {
		if (add(new, fd, 1, l) == -1) {
			close(fd);
			return (-1);
		}
		log_name(fd, l);
		return (0);
	}
	if ((fd = open_one(l)) == -1) {
		if (errno != EAFNOSUPPORT)
			return (-1);
		log_info("listen: %s: not on this system", l->name);
		return (0);
	}
	if (add(new, fd, 0, l) == -1) {
		close(fd);
		return (-1);
	}
	return (0);
}

/* The table owns the descriptor then. */
static int
add(struct sockets *s, int fd, int handed, const struct imapd_listen *l)
{
	if (s->n == IMAPD_LISTEN_MAX) {
		log_warnx("listen: more than %d sockets", IMAPD_LISTEN_MAX);
		return (-1);
	}
	s->socket[s->n].fd = fd;
	s->socket[s->n].handed = handed;
	s->socket[s->n].ss = l->ss;
	s->socket[s->n].sslen = l->sslen;
	(void)strlcpy(s->socket[s->n].activated, l->activated,
	    sizeof(s->socket[s->n].activated));
	s->socket[s->n].listen = l;
	s->n++;
	return (0);
}

/* The socket that was handed over for a line's address, or -1. */
static int
served(const struct sockets *s, const struct imapd_listen *l)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->socket[i].handed && s->socket[i].sslen != 0 &&
		    activate_serves(s->socket[i].fd,
		    (const struct sockaddr *)&l->ss))
			return (s->socket[i].fd);
	}
	return (-1);
}

static int
find(const struct sockets *s, const struct sockets *taken,
    const struct imapd_listen *l)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (!s->socket[i].handed && s->socket[i].sslen == l->sslen &&
		    memcmp(&s->socket[i].ss, &l->ss, l->sslen) == 0 &&
		    !is_among(taken, s->socket[i].fd))
			return (s->socket[i].fd);
	}
	return (-1);
}

/* Two lines may say the same address, with port 0. */
static int
is_among(const struct sockets *s, int fd)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->socket[i].fd == fd)
			return (1);
	}
	return (0);
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
	log_name(fd, l);
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

/* The port may have been chosen by the system, or by who handed it over. */
static void
log_name(int fd, const struct imapd_listen *l)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    ss.ss_family == AF_UNIX)
		log_info("listen: listening address=local socket=%s",
		    l->activated);
	else if (getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		log_warnx("listen: a socket has no name");
	else if (l->sslen == 0)
		log_info("listen: listening address=%s port=%s socket=%s",
		    host, port, l->activated);
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
