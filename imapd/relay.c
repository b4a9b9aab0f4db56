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

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "imapd/login.h"
#include "imapd/relay.h"
#include "imapd/tls.h"

#define PFD_IN		0
#define PFD_OUT		1
#define PFD_SESSION	2
#define PFDS		3

/* One direction. */
struct flow {
	unsigned char	*buf;		/* NULL while idle */
	size_t		 pos;
	size_t		 len;		/* end of what is not written yet */
	int		 eof;		/* nothing comes any more */
	short		 wait_read;	/* events that the next one needs; */
	short		 wait_write;	/* 0: it may be tried */
};

struct state {
	const struct relay	*r;
	struct flow		 up;	/* to the session */
	struct flow		 down;	/* to the client */
	int			 told;	/* the session knows that up has ended */
	int64_t			 since;	/* the client takes nothing, ms */
};

static int	 move_up(struct state *);
static int	 move_down(struct state *);
static int	 gone(const struct state *);
static int	 room(struct flow *);
static int	 wait_both(struct state *);
static void	 want(struct pollfd *, int, short);
static int	 patience(const struct state *);
static void	 rest(struct state *);

void
relay_run(const struct relay *r)
{
	struct state s;
	int flags;

	memset(&s, 0, sizeof(s));
	s.r = r;
	if ((flags = fcntl(r->session, F_GETFL)) == -1 ||
	    fcntl(r->session, F_SETFL, flags | O_NONBLOCK) == -1) {
		log_warn("relay: fcntl");
		return;
	}
	while (move_up(&s) == 0 && move_down(&s) == 0) {
		if (s.down.eof && s.down.len == 0) {
			tls_goodbye(r->tls);
			break;
		}
		if (wait_both(&s) == -1)
			break;
	}
	free(s.up.buf);
	free(s.down.buf);
}

/* From the client to the session; -1 if the client is gone. */
static int
move_up(struct state *s)
{
	struct flow *f = &s->up;
	ssize_t n;

	if (f->len == 0 && !f->eof && f->wait_read == 0) {
		if (room(f) == -1)
			return (-1);
		n = tls_read(s->r->tls, f->buf, RELAY_BUFFER, &f->wait_read);
		if (n == -1 && errno != EAGAIN)
			return (gone(s));
		if (n == 0)
			f->eof = 1;
		if (n > 0) {
			f->len = (size_t)n;
			/* More of it is not in the socket but here. */
			f->wait_read = tls_pending(s->r->tls) ? 0 : POLLIN;
		}
	}
	if (f->len > 0 && f->wait_write == 0) {
		n = write(s->r->session, f->buf + f->pos, f->len - f->pos);
		if (n > 0)
			f->pos += (size_t)n;
		else if (errno == EAGAIN)
			f->wait_write = POLLOUT;
		else if (errno != EINTR) {
			/* It reads no more, but may have said something. */
			f->pos = f->len;
			f->eof = 1;
		}
		if (f->pos == f->len)
			f->pos = f->len = 0;
	}
	if (f->eof && f->len == 0 && !s->told) {
		s->told = 1;
		(void)shutdown(s->r->session, SHUT_WR);
	}
	return (0);
}

/* From the session to the client; -1 if the client is gone. */
static int
move_down(struct state *s)
{
	struct flow *f = &s->down;
	ssize_t n;

	if (f->len == 0 && !f->eof && f->wait_read == 0) {
		if (room(f) == -1)
			return (-1);
		n = read(s->r->session, f->buf, RELAY_BUFFER);
		f->wait_read = POLLIN;
		if (n > 0) {
			f->len = (size_t)n;
			s->since = login_now();
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			f->eof = 1;
		}
	}
	if (f->len > 0 && f->wait_write == 0) {
		n = tls_write(s->r->tls, f->buf + f->pos, f->len - f->pos,
		    &f->wait_write);
		if (n == -1 && errno != EAGAIN)
			return (gone(s));
		if (n > 0) {
			f->pos += (size_t)n;
			s->since = login_now();
		}
		if (f->pos == f->len)
			f->pos = f->len = 0;
	}
	return (0);
}

static int
gone(const struct state *s)
{
	log_debug("relay: the client is gone address=%s: %s", s->r->addr,
	    strerror(errno));
	return (-1);
}

static int
room(struct flow *f)
{
	if (f->buf == NULL && (f->buf = malloc(RELAY_BUFFER)) == NULL) {
		log_warn("relay");
		return (-1);
	}
	return (0);
}

/*
 * Waits until something can be done; forgets what is not to be waited for any
 * more.  -1: it is over.
 */
static int
wait_both(struct state *s)
{
	const struct relay *r = s->r;
	struct pollfd pfd[PFDS];
	short read_up, write_up, read_down, write_down;
	int i, n, timeout;

	for (i = 0; i < PFDS; i++)
		pfd[i] = (struct pollfd){ -1, 0, 0 };
	read_up = s->up.len == 0 && !s->up.eof ? s->up.wait_read : 0;
	write_up = s->up.len > 0 ? s->up.wait_write : 0;
	read_down = s->down.len == 0 && !s->down.eof ? s->down.wait_read : 0;
	write_down = s->down.len > 0 ? s->down.wait_write : 0;
	if ((s->up.len == 0 ? !s->up.eof && read_up == 0 : write_up == 0) ||
	    (s->down.len == 0 ? !s->down.eof && read_down == 0 :
	    write_down == 0))
		return (0);	/* without a wait */
	want(pfd, r->in, (read_up | write_down) & POLLIN ? POLLIN : 0);
	want(pfd + PFD_OUT, r->out,
	    (read_up | write_down) & POLLOUT ? POLLOUT : 0);
	want(pfd + PFD_SESSION, r->session, write_up | read_down);
	if ((timeout = patience(s)) == 0) {
		log_info("relay: the client takes no answers address=%s",
		    r->addr);
		return (-1);
	}
	n = poll(pfd, PFDS, timeout);
	if (n == 0)
		rest(s);
	if (n == -1 && errno != EINTR) {
		log_warn("relay: poll");
		return (-1);
	}
	if (n <= 0)
		return (0);
	if (pfd[PFD_IN].revents != 0 || pfd[PFD_OUT].revents != 0)
		s->up.wait_read = s->down.wait_write = 0;
	if (pfd[PFD_SESSION].revents != 0)
		s->up.wait_write = s->down.wait_read = 0;
	return (0);
}

/* One that is not to be waited for must not wake us by its end. */
static void
want(struct pollfd *pfd, int fd, short events)
{
	if (events != 0)
		pfd->fd = fd;
	pfd->events = events;
}

/* How long to wait, ms; -1: for ever; 0: no longer. */
static int
patience(const struct state *s)
{
	int64_t left;

	if (s->down.len > 0) {
		left = s->since + s->r->timeout - login_now();
		return (left > 0 ? (int)left : 0);
	}
	if (s->up.len == 0 && (s->up.buf != NULL || s->down.buf != NULL))
		return (RELAY_IDLE);
	return (-1);
}

/* Most connections do nothing most of the time: then they hold nothing. */
static void
rest(struct state *s)
{
	if (s->up.len > 0 || s->down.len > 0)
		return;
	free(s->up.buf);
	free(s->down.buf);
	s->up.buf = s->down.buf = NULL;
	compat_trim();
}
