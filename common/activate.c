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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/activate.h"
#include "common/log.h"

static int	read_environment(struct activate *);
static int	names(struct activate *, const char *);
static int	is_stream(int);
static int	is_listening(int);
static int	blocking(int, int);
static int	take(struct activate *, size_t);

int
activate_begin(struct activate *a)
{
	int rv;

	memset(a, 0, sizeof(*a));
	rv = read_environment(a);
	if (rv == -1)
		a->n = 0;
	/* They are ours alone, not those of whom we start. */
	if (unsetenv("LISTEN_PID") == -1 || unsetenv("LISTEN_FDS") == -1 ||
	    unsetenv("LISTEN_FDNAMES") == -1) {
		a->error = "environment";
		return (-1);
	}
	return (rv);
}

/* sd_listen_fds(3). */
static int
read_environment(struct activate *a)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *error;
	long long n;
	size_t i;

	if (pid == NULL || fds == NULL)
		return (0);
	n = strtonum(fds, 0, ACTIVATE_MAX, &error);
	if (error != NULL) {
		a->error = "LISTEN_FDS is no number, or above 64";
		return (-1);
	}
	/* A program in between would have had to replace itself. */
	if (strtonum(pid, 1, INT32_MAX, &error) != (long long)getpid()) {
		a->error = "LISTEN_PID is not the number of this process: "
		    "whatever starts it must exec(2) it";
		return (-1);
	}
	for (i = 0; i < (size_t)n; i++) {
		a->got[i].fd = ACTIVATE_FIRST + (int)i;
		(void)strlcpy(a->got[i].name, "unknown",
		    sizeof(a->got[i].name));
		if (fcntl(a->got[i].fd, F_SETFD, FD_CLOEXEC) == -1) {
			a->error = "LISTEN_FDS counts a descriptor that is "
			    "not open";
			return (-1);
		}
	}
	a->n = (size_t)n;
	return (names(a, getenv("LISTEN_FDNAMES")));
}

/* Between colons, as many as descriptors. */
static int
names(struct activate *a, const char *s)
{
	size_t i, len;

	if (s == NULL)
		return (0);
	for (i = 0; i < a->n; i++) {
		len = strcspn(s, ":");
		if (len >= sizeof(a->got[i].name)) {
			a->error = "LISTEN_FDNAMES has a name that is too long";
			return (-1);
		}
		memcpy(a->got[i].name, s, len);
		a->got[i].name[len] = '\0';
		s += len;
		if (*s == ':')
			s++;
		else if (i + 1 < a->n) {
			a->error = "LISTEN_FDNAMES has too few names";
			return (-1);
		}
	}
	return (0);
}

int
activate_highest(const struct activate *a)
{
	if (a->n == 0)
		return (STDERR_FILENO);
	return (ACTIVATE_FIRST + (int)a->n - 1);
}

int
activate_named(struct activate *a, const char *name, int *fd, size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < a->n && n < max; i++) {
		if (a->got[i].fd == -1 || strcmp(a->got[i].name, name) != 0)
			continue;
		if (!is_listening(a->got[i].fd)) {
			log_warnx("activate: \"%s\" is no stream socket that "
			    "listens: a socket unit with Accept=yes needs "
			    "imapd -i", name);
			goto bad;
		}
		if (blocking(a->got[i].fd, 0) == -1) {
			log_warn("activate: \"%s\"", name);
			goto bad;
		}
		fd[n++] = take(a, i);
	}
	return (n > 0 ? (int)n : activate_launchd(name, fd, max));
bad:
	while (n > 0)
		close(fd[--n]);
	return (-1);
}

int
activate_address(struct activate *a, const struct sockaddr *sa)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (a->got[i].fd == -1 || !is_listening(a->got[i].fd) ||
		    !activate_serves(a->got[i].fd, sa) ||
		    blocking(a->got[i].fd, 0) == -1)
			continue;
		return (take(a, i));
	}
	return (-1);
}

int
activate_serves(int fd, const struct sockaddr *sa)
{
	struct sockaddr_storage ss;
	struct sockaddr_in sin, want;
	struct sockaddr_in6 sin6, want6;
	socklen_t len = sizeof(ss);
	int v6only = 1;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return (0);
	memcpy(&sin, &ss, sizeof(sin));
	memcpy(&sin6, &ss, sizeof(sin6));
	if (sa->sa_family == AF_INET) {
		memcpy(&want, sa, sizeof(want));
		if (ss.ss_family == AF_INET)
			return (sin.sin_port == want.sin_port &&
			    sin.sin_addr.s_addr == want.sin_addr.s_addr);
		len = sizeof(v6only);
		return (ss.ss_family == AF_INET6 &&
		    want.sin_addr.s_addr == htonl(INADDR_ANY) &&
		    IN6_IS_ADDR_UNSPECIFIED(&sin6.sin6_addr) &&
		    sin6.sin6_port == want.sin_port &&
		    getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only,
		    &len) == 0 && v6only == 0);
	}
	if (sa->sa_family != AF_INET6 || ss.ss_family != AF_INET6)
		return (0);
	memcpy(&want6, sa, sizeof(want6));
	return (sin6.sin6_port == want6.sin6_port &&
	    sin6.sin6_scope_id == want6.sin6_scope_id &&
	    memcmp(&sin6.sin6_addr, &want6.sin6_addr,
	    sizeof(want6.sin6_addr)) == 0);
}

int
activate_connection(struct activate *a)
{
	if (a->n == 0)
		return (-1);
	if (a->n > 1 || !is_stream(a->got[0].fd) ||
	    is_listening(a->got[0].fd)) {
		log_warnx("activate: not one connection was handed over: a "
		    "socket unit for -i needs Accept=yes");
		return (-2);
	}
	if (blocking(a->got[0].fd, 1) == -1) {
		log_warn("activate: connection");
		return (-2);
	}
	return (take(a, 0));
}

void
activate_rest(struct activate *a)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (a->got[i].fd == -1)
			continue;
		log_warnx("activate: descriptor %d, named \"%s\", was handed "
		    "over and is not used: it is closed", a->got[i].fd,
		    a->got[i].name);
		close(take(a, i));
	}
}

static int
is_stream(int fd)
{
	socklen_t len;
	int type = 0;

	len = sizeof(type);
	return (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_STREAM);
}

static int
is_listening(int fd)
{
	socklen_t len;
	int on = 0;

	len = sizeof(on);
	return (is_stream(fd) && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on,
	    &len) == 0 && on != 0);
}

static int
blocking(int fd, int on)
{
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return (-1);
	flags = on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	return (fcntl(fd, F_SETFL, flags));
}

static int
take(struct activate *a, size_t i)
{
	int fd = a->got[i].fd;

	a->got[i].fd = -1;
	return (fd);
}
