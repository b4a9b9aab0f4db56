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
#include <sys/time.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define CLIENT_TIMEOUT	600	/* s; a first look at much mail takes long */
#define CLIENT_CHUNK	65536

static struct client *dial(const struct server *, const char *);
static void	 greeting(struct client *, const struct server *);
static void	 put(struct client *, const char *, size_t);
static int	 more(struct client *, int);
static char	*next_line(struct client *);
static char	*get_line(struct client *);
static void	 keep(struct client *, const char *);
static void	 untagged(struct client *, const char *);
static int	 take(struct client *, const char *, const char *);
static void	 send_line(struct client *, const char *, va_list);
static void	 finish(struct client *, const char *);
static int	 ended(const struct client *, const char *, size_t);

static struct client *
dial(const struct server *s, const char *port)
{
	struct sockaddr_in	 sin;
	struct timeval		 tv;
	struct client		*c;
	int			 on;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		err(1, NULL);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((in_port_t)strtoul(port, NULL, 10));
	if ((c->fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "%s, port %s", s->name, port);
	on = 1;
	tv.tv_sec = CLIENT_TIMEOUT;
	tv.tv_usec = 0;
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on,
	    sizeof(on)) == -1 ||
	    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)) == -1)
		err(1, "setsockopt");
	return (c);
}

static void
greeting(struct client *c, const struct server *s)
{
	char	*line = get_line(c);

	if (strncmp(line, "* OK", 4) != 0)
		errx(1, "%s: greeting: %s", s->name, line);
}

struct client *
client_open(const struct server *s)
{
	struct client	*c;

	c = dial(s, s->port);
	greeting(c, s);
	return (c);
}

/* The certificates of the bench are nobody's: they are not looked at. */
struct client *
client_open_tls(const struct server *s, SSL_SESSION **sess)
{
	static SSL_CTX	*ctx;
	struct client	*c;

	if (ctx == NULL && (ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		errx(1, "SSL_CTX_new");
	c = dial(s, s->tlsport);
	if ((c->tls = SSL_new(ctx)) == NULL || SSL_set_fd(c->tls, c->fd) != 1)
		errx(1, "SSL_new");
	if (sess != NULL && *sess != NULL &&
	    SSL_set_session(c->tls, *sess) != 1)
		errx(1, "SSL_set_session");
	if (SSL_connect(c->tls) != 1)
		errx(1, "%s: no TLS at port %s", s->name, s->tlsport);
	greeting(c, s);
	if (sess != NULL) {
		SSL_SESSION_free(*sess);
		*sess = SSL_get1_session(c->tls);
	}
	return (c);
}

static void
put(struct client *c, const char *data, size_t len)
{
	ssize_t	 n;

	if (c->tls != NULL) {
		if (SSL_write(c->tls, data, (int)len) != (int)len)
			errx(1, "SSL_write");
		return;
	}
	while (len > 0) {
		if ((n = send(c->fd, data, len, MSG_NOSIGNAL)) == -1) {
			if (errno == EINTR)
				continue;
			err(1, "send");
		}
		data += n;
		len -= (size_t)n;
	}
}

/* Reads more: 0 if there is nothing, and it is not to wait. */
static int
more(struct client *c, int wait)
{
	ssize_t	 n;

	if (c->at > 0) {
		memmove(c->buf, c->buf + c->at, c->len - c->at);
		c->len -= c->at;
		c->at = 0;
	}
	if (c->size - c->len < CLIENT_CHUNK) {
		c->size += CLIENT_CHUNK * 2;
		if ((c->buf = realloc(c->buf, c->size)) == NULL)
			err(1, NULL);
	}
	for (;;) {
		/* With TLS nobody asks without waiting. */
		if (c->tls != NULL)
			n = SSL_read(c->tls, c->buf + c->len, CLIENT_CHUNK);
		else
			n = recv(c->fd, c->buf + c->len, CLIENT_CHUNK,
			    wait ? 0 : MSG_DONTWAIT);
		if (n > 0)
			break;
		if (n == 0)
			errx(1, "the server closed the connection");
		if (!wait && (errno == EAGAIN || errno == EWOULDBLOCK))
			return (0);
		if (errno != EINTR)
			err(1, "recv");
	}
	c->len += (size_t)n;
	return (1);
}

/*
 * Returns the next line without its CRLF, NULL if it is not there whole; it
 * lives until the next call.
 */
static char *
next_line(struct client *c)
{
	char	*line, *nl;
	size_t	 n;

	if (c->at == c->len ||
	    (nl = memchr(c->buf + c->at, '\n', c->len - c->at)) == NULL)
		return (NULL);
	line = c->buf + c->at;
	n = (size_t)(nl - line) + 1;
	line[n > 1 && line[n - 2] == '\r' ? n - 2 : n - 1] = '\0';
	c->bytes += (unsigned int)n;
	c->at += n;
	return (line);
}

static char *
get_line(struct client *c)
{
	char	*line;

	while ((line = next_line(c)) == NULL)
		(void)more(c, 1);
	return (line);
}

static void
keep(struct client *c, const char *line)
{
	size_t	 n = strlen(line);

	if (c->keptsize - c->keptlen < n + 2) {
		c->keptsize = (c->keptsize + n) * 2 + 4096;
		if ((c->kept = realloc(c->kept, c->keptsize)) == NULL)
			err(1, NULL);
	}
	memcpy(c->kept + c->keptlen, line, n);
	c->keptlen += n;
	c->kept[c->keptlen++] = '\n';
	c->kept[c->keptlen] = '\0';
}

static void
untagged(struct client *c, const char *line)
{
	unsigned long	 n;
	char		*end;

	n = strtoul(line + 2, &end, 10);
	if (strcmp(end, " EXISTS") == 0)
		c->exists = (unsigned int)n;
	else if (strncmp(end, " FETCH ", 7) == 0)
		c->fetches++;
	if (c->keep)
		keep(c, line);
}

/* Takes a line: 1 if it is the tagged response, which must be OK. */
static int
take(struct client *c, const char *line, const char *command)
{
	char	 tag[32];
	int	 n;

	if (strncmp(line, "* ", 2) == 0) {
		untagged(c, line);
		return (0);
	}
	n = snprintf(tag, sizeof(tag), "a%u ", c->tag);
	if (strncmp(line, tag, (size_t)n) != 0)
		errx(1, "%s: unexpected: %s", command, line);
	if (strncmp(line + n, "OK", 2) != 0)
		errx(1, "%s: %s", command, line);
	if (c->keep)
		keep(c, line);
	return (1);
}

/* Reads up to the tagged response. */
static void
finish(struct client *c, const char *command)
{
	while (!take(c, get_line(c), command))
		;
}

static void
send_line(struct client *c, const char *fmt, va_list ap)
{
	char	 line[1024];
	int	 n, m;

	c->fetches = 0;
	c->bytes = 0;
	c->keptlen = 0;
	n = snprintf(line, sizeof(line), "a%u ", ++c->tag);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 2, fmt, ap);
	if (m < 0 || (size_t)m >= sizeof(line) - (size_t)n - 2)
		errx(1, "command too long");
	memcpy(line + n + m, "\r\n", 3);
	put(c, line, (size_t)(n + m) + 2);
}

void
client_send(struct client *c, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	send_line(c, fmt, ap);
	va_end(ap);
}

int
client_done(struct client *c)
{
	char	*line;

	for (;;) {
		while ((line = next_line(c)) != NULL)
			if (take(c, line, "command"))
				return (1);
		if (!more(c, 0))
			return (0);
	}
}

void
client_command(struct client *c, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	send_line(c, fmt, ap);
	va_end(ap);
	finish(c, fmt);
}

/* Whether the last line is a whole one that begins with the tag. */
static int
ended(const struct client *c, const char *tag, size_t taglen)
{
	size_t	 at;

	if (c->len < taglen + 2 || c->buf[c->len - 1] != '\n')
		return (0);
	for (at = c->len - 1; at > 0 && c->buf[at - 1] != '\n'; at--)
		if (c->len - at > 1024)
			return (0);
	return (c->len - at > taglen && memcmp(c->buf + at, tag,
	    taglen) == 0);
}

const char *
client_answer(struct client *c, size_t *len, const char *fmt, ...)
{
	char	 tag[32];
	va_list	 ap;
	ssize_t	 got;
	int	 n;

	va_start(ap, fmt);
	send_line(c, fmt, ap);
	va_end(ap);
	n = snprintf(tag, sizeof(tag), "a%u OK", c->tag);
	c->at = c->len = 0;
	while (!ended(c, tag, (size_t)n)) {
		if (ended(c, tag, (size_t)n - 2))
			errx(1, "%s: %.*s", fmt, (int)c->len, c->buf);
		if (c->size - c->len < CLIENT_CHUNK) {
			c->size = c->size * 2 + CLIENT_CHUNK * 4;
			if ((c->buf = realloc(c->buf, c->size)) == NULL)
				err(1, NULL);
		}
		got = recv(c->fd, c->buf + c->len, c->size - c->len, 0);
		if (got == 0)
			errx(1, "the server closed the connection");
		if (got == -1 && errno != EINTR)
			err(1, "recv");
		c->len += got > 0 ? (size_t)got : 0;
	}
	c->at = *len = c->len;
	return (c->buf);
}

void
client_login(struct client *c)
{
	client_command(c, "LOGIN demo demo");
}

void
client_append(struct client *c, const char *mailbox, const char *message,
    size_t len)
{
	char	 line[256], *answer;
	int	 n;

	n = snprintf(line, sizeof(line), "a%u APPEND %s {%zu}\r\n", ++c->tag,
	    mailbox, len);
	put(c, line, (size_t)n);
	answer = get_line(c);
	if (*answer != '+')
		errx(1, "APPEND: %s", answer);
	put(c, message, len);
	put(c, "\r\n", 2);
	finish(c, "APPEND");
}

void
client_idle(struct client *c)
{
	static const char	 command[] = "idle IDLE\r\n";
	char			*answer;

	put(c, command, sizeof(command) - 1);
	do
		answer = get_line(c);
	while (*answer == '*');
	if (*answer != '+')
		errx(1, "IDLE: %s", answer);
}

void
client_line(struct client *c)
{
	char	*line = get_line(c);

	if (strncmp(line, "* ", 2) == 0)
		untagged(c, line);
}

int
client_ready(const struct server *s)
{
	struct sockaddr_in	 sin;
	char			 buf[CLIENT_CHUNK];
	int			 fd, ok;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((in_port_t)strtoul(s->port, NULL, 10));
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	ok = connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	    recv(fd, buf, sizeof(buf), 0) > 0;
	(void)close(fd);
	return (ok);
}

void
client_close(struct client *c)
{
	/* As after a good end, which resumption wants. */
	if (c->tls != NULL) {
		(void)SSL_shutdown(c->tls);
		SSL_free(c->tls);
	}
	(void)close(c->fd);
	free(c->buf);
	free(c->kept);
	free(c);
}
