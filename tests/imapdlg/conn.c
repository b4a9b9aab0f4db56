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


#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dlg.h"

#define CONN_CHUNK	65536
#define CONN_MAX	(256 * 1024 * 1024)	/* one response */

static long long	 now_ms(void);
static int		 open_unix(const char *);
static int		 open_tcp(const char *);
static int		 open_program(struct conn *, const char *);
static int		 fill(struct conn *);
static int		 wait_for(struct conn *, short, long long);
static ssize_t		 literal_size(const char *, size_t);
static ssize_t		 response_end(const struct conn *);
static char		*show(char *, const char *, size_t);
static char		*show_response(const char *, size_t);

static long long
now_ms(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(2, "clock_gettime");
	return ((long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

void
conn_init(struct conn *c)
{
	memset(c, 0, sizeof(*c));
	c->fd = -1;
	c->pid = -1;
}

static int
open_unix(const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd, save;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		save = errno;
		(void)close(fd);
		errno = save;
		return (-1);
	}
	return (fd);
}

static int
open_tcp(const char *addr)
{
	struct addrinfo	 hints, *res, *ai;
	const char	*port;
	char		 host[256];
	int		 fd, on, save;

	if ((port = strrchr(addr, ':')) == NULL ||
	    (size_t)(port - addr) >= sizeof(host)) {
		errno = EINVAL;
		return (-1);
	}
	memcpy(host, addr, (size_t)(port - addr));
	host[port - addr] = '\0';
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	if (getaddrinfo(host, port + 1, &hints, &res) != 0) {
		errno = EADDRNOTAVAIL;
		return (-1);
	}
	fd = -1;
	save = EADDRNOTAVAIL;
	for (ai = res; ai != NULL; ai = ai->ai_next) {
		if ((fd = socket(ai->ai_family, ai->ai_socktype,
		    ai->ai_protocol)) == -1) {
			save = errno;
			continue;
		}
		if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
			break;
		save = errno;
		(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(res);
	if (fd == -1) {
		errno = save;
		return (-1);
	}
	on = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return (fd);
}

static int
open_program(struct conn *c, const char *command)
{
	int	 sv[2], save;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		return (-1);
	if ((c->pid = fork()) == -1) {
		save = errno;
		(void)close(sv[0]);
		(void)close(sv[1]);
		errno = save;
		return (-1);
	}
	if (c->pid == 0) {
		if (dup2(sv[1], STDIN_FILENO) == -1 ||
		    dup2(sv[1], STDOUT_FILENO) == -1)
			err(2, "dup2");
		(void)close(sv[0]);
		(void)close(sv[1]);
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		err(2, "/bin/sh");
	}
	(void)close(sv[1]);
	return (sv[0]);
}

int
conn_open(struct conn *c, const char *addr)
{
	int	 flags;

	if (*addr == '!')
		c->fd = open_program(c, addr + 1);
	else if (*addr == '/')
		c->fd = open_unix(addr);
	else
		c->fd = open_tcp(addr);
	if (c->fd == -1)
		return (-1);
	c->len = 0;
	c->eof = 0;
	if ((flags = fcntl(c->fd, F_GETFL)) == -1 ||
	    fcntl(c->fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(c->fd, F_SETFD, FD_CLOEXEC) == -1)
		return (-1);
	return (0);
}

/* Reads what there is.  A reset is an end like another. */
static int
fill(struct conn *c)
{
	ssize_t	 n;

	if (c->len == CONN_MAX) {
		errno = EMSGSIZE;
		return (-1);
	}
	if (c->size - c->len < CONN_CHUNK) {
		c->size = c->size * 2 + CONN_CHUNK;
		if ((c->buf = realloc(c->buf, c->size)) == NULL)
			err(2, NULL);
	}
	n = read(c->fd, c->buf + c->len, CONN_CHUNK);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (0);
	if (n == -1 && errno != ECONNRESET && errno != EPIPE)
		return (-1);
	if (n <= 0)
		c->eof = 1;
	else
		c->len += (size_t)n;
	return (0);
}

/* Waits for an event; reads if there is something to read. */
static int
wait_for(struct conn *c, short events, long long end)
{
	struct pollfd	 pfd;
	long long	 left;
	int		 n;

	if ((left = end - now_ms()) < 0)
		left = 0;
	pfd.fd = c->fd;
	pfd.events = events;
	if ((n = poll(&pfd, 1, (int)left)) == -1)
		return (errno == EINTR ? 0 : -1);
	if (n == 0) {
		errno = ETIMEDOUT;
		return (-1);
	}
	if ((events & POLLIN) != 0 &&
	    (pfd.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		return (fill(c));
	return (0);
}

int
conn_write(struct conn *c, const char *data, size_t len, int split, int ms)
{
	long long	 end;
	ssize_t		 n;

	end = now_ms() + ms;
	while (len > 0) {
		n = send(c->fd, data, split ? 1 : len, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return (-1);
		if (n > 0) {
			data += n;
			len -= (size_t)n;
			if (split)
				(void)sched_yield();
			continue;
		}
		if (wait_for(c, c->eof ? POLLOUT : POLLIN | POLLOUT,
		    end) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Returns the size of the literal that the line announces whose line feed
 * is at buf[nl], or -1 if it announces none (RFC 3501 section 4.3).
 */
static ssize_t
literal_size(const char *buf, size_t nl)
{
	unsigned long	 n;
	size_t		 i;

	i = nl;
	if (i > 0 && buf[i - 1] == '\r')
		i--;
	if (i == 0 || buf[--i] != '}')
		return (-1);
	while (i > 0 && buf[i - 1] >= '0' && buf[i - 1] <= '9')
		i--;
	if (i == 0 || buf[i - 1] != '{' || buf[i] == '}')
		return (-1);
	n = strtoul(buf + i, NULL, 10);
	return (n > CONN_MAX ? -1 : (ssize_t)n);
}

/*
 * Finds the end, behind its line feed, of the first response in the buffer,
 * or -1 if it is not whole.
 */
static ssize_t
response_end(const struct conn *c)
{
	const char	*nl;
	ssize_t		 n;
	size_t		 pos;

	pos = 0;
	while (pos < c->len &&
	    (nl = memchr(c->buf + pos, '\n', c->len - pos)) != NULL) {
		pos = (size_t)(nl - c->buf) + 1;
		if ((n = literal_size(c->buf, pos - 1)) == -1)
			return ((ssize_t)pos);
		pos += (size_t)n;
	}
	return (-1);
}

static char *
show(char *out, const char *s, size_t len)
{
	unsigned char	 ch;

	for (; len > 0; s++, len--) {
		ch = (unsigned char)*s;
		if (ch >= 0x20 && ch != 0x7f)
			*out++ = *s;
		else if (ch == '\r' || ch == '\n' || ch == '\t') {
			*out++ = '\\';
			*out++ = ch == '\r' ? 'r' : ch == '\n' ? 'n' : 't';
		} else {
			(void)snprintf(out, 5, "\\x%02x", ch);
			out += 4;
		}
	}
	return (out);
}

/* Makes one printable line of a response: {5} is followed by the literal. */
static char *
show_response(const char *s, size_t len)
{
	const char	*nl;
	char		*out, *p;
	ssize_t		 n;
	size_t		 pos, line;

	if ((out = p = malloc(len * 4 + 1)) == NULL)
		err(2, NULL);
	pos = 0;
	while (pos < len &&
	    (nl = memchr(s + pos, '\n', len - pos)) != NULL) {
		line = (size_t)(nl - s);
		n = literal_size(s, line);
		if (line > pos && s[line - 1] == '\r')
			line--;
		p = show(p, s + pos, line - pos);
		pos = (size_t)(nl - s) + 1;
		if (n == -1)
			break;
		p = show(p, s + pos, (size_t)n);
		pos += (size_t)n;
	}
	*p = '\0';
	return (out);
}

int
conn_read(struct conn *c, char **line, int ms)
{
	long long	 end;
	ssize_t		 n;

	end = now_ms() + ms;
	while ((n = response_end(c)) == -1) {
		if (c->eof) {
			if (c->len == 0)
				return (0);
			errno = EBADMSG;
			return (-1);
		}
		if (wait_for(c, POLLIN, end) == -1)
			return (-1);
	}
	*line = show_response(c->buf, (size_t)n);
	c->len -= (size_t)n;
	memmove(c->buf, c->buf + n, c->len);
	return (1);
}

void
conn_shutdown(struct conn *c)
{
	(void)shutdown(c->fd, SHUT_WR);
}

void
conn_close(struct conn *c, int ms)
{
	struct timespec	 ts;
	long long	 end;

	if (c->fd != -1)
		(void)close(c->fd);
	ts.tv_sec = 0;
	ts.tv_nsec = 5000000;
	end = now_ms() + ms;
	while (c->pid != -1 && waitpid(c->pid, NULL, WNOHANG) == 0) {
		if (now_ms() > end)
			(void)kill(c->pid, SIGKILL);
		(void)nanosleep(&ts, NULL);
	}
	free(c->buf);
	conn_init(c);
}
