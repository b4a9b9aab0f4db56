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

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imapd/client.h"

struct client {
	struct client_transport	t;
	uint64_t		bytes_in;
	uint64_t		bytes_out;
	uint64_t		wire_in;
	uint64_t		wire_out;
	int			rfd;
	int			wfd;
	int			error;		/* what broke it */
	int			eof;
	int			write_timeout;
	int			idle;		/* ms, up to CLIENT_REST */
	short			read_events;	/* what read waits for */
	size_t			in_pos;
	size_t			in_len;		/* end of what is unread */
	size_t			out_len;
	char			in[CLIENT_IN_SIZE];
	char			out[CLIENT_OUT_MARK];
};

static ssize_t	plain_read(void *, void *, size_t, short *);
static ssize_t	plain_write(void *, const void *, size_t, short *);
static int	plain_pending(void *);
static int	set_nonblock(int);
static int	break_with(struct client *, int);
static int	deadline_left(const struct timespec *, int);
static int	fd_for(const struct client *, short);
static int	wait_for(struct client *, short, int);
static int	may_go_on(struct client *, struct timespec *, uint64_t *,
		    short);
static int	write_all(struct client *, const char *, size_t);
static int	keep_nothing(struct client *, int (*)(void *, short *));
static int	poll_rest(struct client *, struct pollfd *, nfds_t, int);
static int	fill(struct client *);
static int	input_ready(const struct client *, short);

static ssize_t
plain_read(void *arg, void *buf, size_t len, short *events)
{
	struct client	*c = arg;
	ssize_t		 n;

	*events = POLLIN;
	if ((n = read(c->rfd, buf, len)) > 0)
		c->wire_in += (uint64_t)n;
	return (n);
}

static ssize_t
plain_write(void *arg, const void *buf, size_t len, short *events)
{
	struct client	*c = arg;
	ssize_t		 n;

	*events = POLLOUT;
	if ((n = write(c->wfd, buf, len)) > 0)
		c->wire_out += (uint64_t)n;
	return (n);
}

static int
plain_pending(void *arg)
{
	(void)arg;
	return (0);
}

static int
set_nonblock(int fd)
{
	int	flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return (-1);
	if (flags & O_NONBLOCK)
		return (0);
	return (fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

struct client *
client_new(int rfd, int wfd)
{
	struct client	*c;

	if (set_nonblock(rfd) == -1 || set_nonblock(wfd) == -1)
		return (NULL);
	/* Not calloc(3): pages of the buffers are touched only as used. */
	if ((c = malloc(sizeof(*c))) == NULL)
		return (NULL);
	memset(c, 0, offsetof(struct client, in));
	c->rfd = rfd;
	c->wfd = wfd;
	c->write_timeout = CLIENT_WRITE_TIMEOUT;
	c->read_events = POLLIN;
	c->t.read = plain_read;
	c->t.write = plain_write;
	c->t.pending = plain_pending;
	c->t.arg = c;
	return (c);
}

void
client_set_transport(struct client *c, const struct client_transport *t)
{
	if (c->t.free != NULL)
		c->t.free(c->t.arg);
	c->t = *t;
	c->read_events = POLLIN;
}

void
client_stack_transport(struct client *c, const struct client_transport *t,
    struct client_transport *below)
{
	*below = c->t;
	c->t = *t;
	c->read_events = POLLIN;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	if (c->t.free != NULL)
		c->t.free(c->t.arg);
	/* A password may have passed through it. */
	explicit_bzero(c->in, sizeof(c->in));
	free(c);
}

void
client_set_write_timeout(struct client *c, int ms)
{
	c->write_timeout = ms;
}

static int
break_with(struct client *c, int error)
{
	c->error = error;
	c->out_len = 0;
	errno = error;
	return (-1);
}

/* Milliseconds of timeout left since start; a timeout of -1 stays. */
static int
deadline_left(const struct timespec *start, int timeout)
{
	struct timespec	now;
	int64_t		gone;

	if (timeout < 0)
		return (-1);
	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		return (0);
	gone = (int64_t)(now.tv_sec - start->tv_sec) * 1000 +
	    (now.tv_nsec - start->tv_nsec) / 1000000;
	if (gone < 0)
		gone = 0;
	return (gone >= timeout ? 0 : timeout - (int)gone);
}

/* The two may be pipes: input is asked of one, output of the other. */
static int
fd_for(const struct client *c, short events)
{
	return (events & POLLOUT ? c->wfd : c->rfd);
}

/* Waits on the connection; 1 ready, 0 time over, -1 with errno. */
static int
wait_for(struct client *c, short events, int timeout)
{
	struct pollfd	pfd;

	pfd.fd = fd_for(c, events);
	pfd.events = events;
	pfd.revents = 0;
	return (poll(&pfd, 1, timeout));
}

/*
 * After a failed write: waits until there may be progress.  What has reached
 * the socket since the last time, *wire, is progress, and the time starts
 * anew.
 */
static int
may_go_on(struct client *c, struct timespec *start, uint64_t *wire,
    short events)
{
	int	left, ready;

	if (errno == EINTR)
		return (0);
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return (break_with(c, errno));
	if (c->wire_out != *wire) {
		*wire = c->wire_out;
		if (clock_gettime(CLOCK_MONOTONIC, start) == -1)
			return (break_with(c, errno));
	}
	left = deadline_left(start, c->write_timeout);
	if (left == 0)
		return (break_with(c, ETIMEDOUT));
	ready = wait_for(c, events, left);
	if (ready == -1 && errno != EINTR)
		return (break_with(c, errno));
	return (0);
}

static int
write_all(struct client *c, const char *buf, size_t len)
{
	struct timespec	start;
	uint64_t	wire = c->wire_out;
	ssize_t		n;
	short		events;

	if (c->error != 0)
		return (break_with(c, c->error));
	if (clock_gettime(CLOCK_MONOTONIC, &start) == -1)
		return (break_with(c, errno));
	while (len > 0) {
		if ((n = c->t.write(c->t.arg, buf, len, &events)) >= 0) {
			c->idle = 0;
			buf += n;
			len -= (size_t)n;
			c->bytes_out += (uint64_t)n;
			if (len > 0 &&
			    clock_gettime(CLOCK_MONOTONIC, &start) == -1)
				return (break_with(c, errno));
			continue;
		}
		if (may_go_on(c, &start, &wire, events) == -1)
			return (-1);
	}
	return (0);
}

/* Has the transport write what it keeps back: by its flush, or its end. */
static int
keep_nothing(struct client *c, int (*step)(void *, short *))
{
	struct timespec	start;
	uint64_t	wire = c->wire_out;
	short		events;

	if (c->error != 0)
		return (break_with(c, c->error));
	if (step == NULL)
		return (0);
	if (clock_gettime(CLOCK_MONOTONIC, &start) == -1)
		return (break_with(c, errno));
	while (step(c->t.arg, &events) == -1) {
		if (may_go_on(c, &start, &wire, events) == -1)
			return (-1);
	}
	return (0);
}

int
client_flush(struct client *c)
{
	size_t	len = c->out_len;

	c->out_len = 0;
	if (write_all(c, c->out, len) == -1)
		return (-1);
	return (keep_nothing(c, c->t.flush));
}

int
client_forget(struct client *c)
{
	size_t	len = c->out_len;

	if (c->t.forget == NULL)
		return (c->error != 0 ? break_with(c, c->error) : 0);
	c->out_len = 0;
	if (write_all(c, c->out, len) == -1)
		return (-1);
	c->t.forget(c->t.arg);
	return (0);
}

int
client_end(struct client *c)
{
	if (client_flush(c) == -1)
		return (-1);
	return (keep_nothing(c, c->t.end));
}

int
client_flush_idle(struct client *c)
{
	if (client_pending(c))
		return (c->error != 0 ? break_with(c, c->error) : 0);
	return (client_flush(c));
}

int
client_write(struct client *c, const void *buf, size_t len)
{
	const char	*p = buf;
	size_t		 n;

	if (c->error != 0)
		return (break_with(c, c->error));
	while (len > 0) {
		if (c->out_len == 0 && len >= sizeof(c->out))
			return (write_all(c, p, len));
		n = sizeof(c->out) - c->out_len;
		n = n < len ? n : len;
		memcpy(c->out + c->out_len, p, n);
		c->out_len += n;
		p += n;
		len -= n;
		if (c->out_len == sizeof(c->out)) {
			c->out_len = 0;
			if (write_all(c, c->out, sizeof(c->out)) == -1)
				return (-1);
		}
	}
	return (0);
}

int
client_puts(struct client *c, const char *s)
{
	return (client_write(c, s, strlen(s)));
}

int
client_printf(struct client *c, const char *fmt, ...)
{
	va_list	 ap;
	char	*s;
	size_t	 room = sizeof(c->out) - c->out_len;
	int	 n, ret;

	if (c->error != 0)
		return (break_with(c, c->error));
	va_start(ap, fmt);
	n = vsnprintf(c->out + c->out_len, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		return (break_with(c, errno));
	if ((size_t)n < room) {
		c->out_len += (size_t)n;
		return (0);
	}
	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n == -1)
		return (break_with(c, ENOMEM));
	ret = client_write(c, s, (size_t)n);
	free(s);
	return (ret);
}

int
client_continue(struct client *c, const char *text)
{
	if (client_printf(c, "+ %s\r\n", text) == -1)
		return (-1);
	return (client_flush(c));
}

const char *
client_input(const struct client *c, size_t *len)
{
	*len = c->in_len - c->in_pos;
	return (c->in + c->in_pos);
}

void
client_consume(struct client *c, size_t n)
{
	c->in_pos += n;
	if (c->in_pos >= c->in_len)
		c->in_pos = c->in_len = 0;
}

/* Reads once without waiting; returns as client_read(), EAGAIN too. */
static int
fill(struct client *c)
{
	ssize_t	n;

	if (c->in_pos > 0) {
		memmove(c->in, c->in + c->in_pos, c->in_len - c->in_pos);
		c->in_len -= c->in_pos;
		c->in_pos = 0;
	}
	if (c->in_len == sizeof(c->in)) {
		errno = ENOBUFS;
		return (-1);
	}
	do {
		n = c->t.read(c->t.arg, c->in + c->in_len,
		    sizeof(c->in) - c->in_len, &c->read_events);
	} while (n == -1 && errno == EINTR);
	if (n > 0) {
		c->idle = 0;
		c->in_len += (size_t)n;
		c->bytes_in += (uint64_t)n;
		return (1);
	}
	if (n == 0) {
		c->eof = 1;
		return (0);
	}
	if (errno == EWOULDBLOCK)
		errno = EAGAIN;
	return (errno == EAGAIN ? -1 : break_with(c, errno));
}

int
client_read(struct client *c, int timeout)
{
	struct timespec	start;
	int		left, n;

	if (c->error != 0)
		return (break_with(c, c->error));
	if (c->eof)
		return (client_flush(c));
	if ((n = fill(c)) != -1 || errno != EAGAIN) {
		if (n == 0 && client_flush(c) == -1)
			return (-1);
		return (n);
	}
	if (client_flush(c) == -1)
		return (-1);
	if (clock_gettime(CLOCK_MONOTONIC, &start) == -1)
		return (break_with(c, errno));
	for (;;) {
		left = deadline_left(&start, timeout);
		if ((n = wait_for(c, c->read_events, left)) == -1)
			return (errno == EINTR ? -1 : break_with(c, errno));
		if (n > 0 && ((n = fill(c)) != -1 || errno != EAGAIN))
			return (n);
		/* Also if octets come that are no input. */
		if (left == 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
	}
}

int
client_pending(const struct client *c)
{
	return (c->in_len > c->in_pos || c->t.pending(c->t.arg) != 0);
}

/*
 * Returns not 0 if revents of the connection says that a read will not
 * block: data first, a hangup also counts, since read then tells the end.
 */
static int
input_ready(const struct client *c, short revents)
{
	return ((revents & (c->read_events | POLLHUP | POLLERR | POLLNVAL)) !=
	    0);
}

/*
 * As poll(2); a transport that can rest is told when nothing was read or
 * written for CLIENT_REST, in however many waits.
 */
static int
poll_rest(struct client *c, struct pollfd *all, nfds_t n, int timeout)
{
	int	left = CLIENT_REST - c->idle, ready;

	if (c->t.rest == NULL || left <= 0)
		return (poll(all, n, timeout));
	if (timeout >= 0 && timeout < left) {
		if ((ready = poll(all, n, timeout)) == 0)
			c->idle += timeout;
		return (ready);
	}
	if ((ready = poll(all, n, left)) != 0)
		return (ready);
	c->idle = CLIENT_REST;
	c->t.rest(c->t.arg);
	return (poll(all, n, timeout < 0 ? -1 : timeout - left));
}

int
client_wait(struct client *c, struct pollfd *fds, nfds_t nfds, int timeout)
{
	struct pollfd	all[CLIENT_WAIT_MAX + 1];
	nfds_t		i;
	int		n, seen = 0;

	if (nfds > CLIENT_WAIT_MAX) {
		errno = EINVAL;
		return (-1);
	}
	if (client_flush(c) == -1)
		return (-1);
	if (c->eof || c->t.pending(c->t.arg) != 0)
		timeout = 0;
	all[0].fd = fd_for(c, c->read_events);
	all[0].events = c->read_events;
	all[0].revents = 0;
	for (i = 0; i < nfds; i++) {
		all[i + 1] = fds[i];
		all[i + 1].revents = 0;
	}
	if ((n = poll_rest(c, all, nfds + 1, timeout)) == -1)
		return (errno == EINTR ? -1 : break_with(c, errno));
	if (c->eof || c->t.pending(c->t.arg) != 0 ||
	    input_ready(c, all[0].revents))
		seen |= CLIENT_INPUT;
	for (i = 0; i < nfds; i++) {
		fds[i].revents = all[i + 1].revents;
		if (fds[i].revents != 0)
			seen |= CLIENT_FDS;
	}
	return (seen);
}

size_t
client_take_input(struct client *c, void *buf, size_t size)
{
	size_t	n = c->in_len - c->in_pos;

	if (n > size)
		n = size;
	memcpy(buf, c->in + c->in_pos, n);
	client_consume(c, n);
	return (n);
}

int
client_give_input(struct client *c, const void *buf, size_t len)
{
	size_t	old = c->in_len - c->in_pos;

	if (len == 0)
		return (0);
	if (len > sizeof(c->in) - old) {
		errno = ENOBUFS;
		return (-1);
	}
	memmove(c->in + len, c->in + c->in_pos, old);
	memcpy(c->in, buf, len);
	c->in_pos = 0;
	c->in_len = len + old;
	c->bytes_in += len;
	return (0);
}

int
client_error(const struct client *c)
{
	return (c->error);
}

uint64_t
client_bytes_in(const struct client *c)
{
	return (c->bytes_in);
}

uint64_t
client_bytes_out(const struct client *c)
{
	return (c->bytes_out);
}

uint64_t
client_wire_in(const struct client *c)
{
	return (c->wire_in);
}

uint64_t
client_wire_out(const struct client *c)
{
	return (c->wire_out);
}
