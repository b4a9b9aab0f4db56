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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "common/proto.h"
#include "indexd/arrive.h"
#include "indexd/box.h"
#include "indexd/control.h"
#include "indexd/floor.h"
#include "indexd/peer.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/warn.h"
#include "indexd/watch.h"

#define ACCEPT_TURN	64		/* connections taken in one turn */

static int	complete(const struct peer *);
static struct peer *stranger_to_go(const struct server *, const struct peer *);
static int	make_room(struct peer *);
static int	parse_head(struct peer *);
static int	reserve(struct peer *);
static void	unreserve(struct peer *);
static void	peer_read(struct peer *);
static void	flush(struct peer *);
static void	interest(struct peer *, int, int);
static void	leave_phase(struct peer *);
static void	peer_free(struct peer *);

void
peer_accept(struct server *srv)
{
	struct peer *p;
	int fd, i;

	for (i = 0; i < ACCEPT_TURN; i++) {
		if ((fd = accept(srv->listener, NULL, NULL)) == -1) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			if (errno == EAGAIN || errno == EWOULDBLOCK)
				return;
			log_warn("peer: accept");
			/* peers_sweep() turns it on again. */
			srv->listening = 0;
			(void)events_change(srv->events, srv->listener, srv,
			    0, 0);
			return;
		}
		srv->stats.accepted++;
		p = peer_new(srv, fd);
		if (srv->nstrangers > PEER_STRANGERS)
			peer_refuse(stranger_to_go(srv, p),
			    "too many peers that are not bound");
	}
}

/*
 * The oldest of those whose uid has more than half of the places, if the
 * newest is one of them: a user who knocks without end shuts out nobody else.
 */
static struct peer *
stranger_to_go(const struct server *srv, const struct peer *newest)
{
	struct peer *p, *first = NULL;
	unsigned int n = 0;

	TAILQ_FOREACH(p, &srv->strangers, entry) {
		if (newest == NULL || p->uid != newest->uid)
			continue;
		if (first == NULL)
			first = p;
		n++;
	}
	return (n > PEER_STRANGERS / 2 ? first :
	    TAILQ_FIRST(&srv->strangers));
}

struct peer *
peer_new(struct server *srv, int fd)
{
	struct peer *p;
	gid_t gid;
	int flags;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		log_warn("peer: new");
		close(fd);
		return (NULL);
	}
	p->srv = srv;
	p->fd = fd;
	p->passed = -1;
	p->since = p->moved = srv->now;
	TAILQ_INIT(&p->outs);
	TAILQ_INIT(&p->handles);
	if (compat_peereid(fd, &p->uid, &gid) == -1 ||
	    (flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    events_add(srv->events, fd, p, 1, 0) == -1) {
		log_warn("peer: new");
		close(fd);
		free(p);
		return (NULL);
	}
	warn_files(srv, fd);
	p->pid = compat_peerpid(fd);
	p->in = 1;
	p->phase = PEER_NEW;
	TAILQ_INSERT_TAIL(&srv->strangers, p, entry);
	srv->nstrangers++;
	return (p);
}

static void
leave_phase(struct peer *p)
{
	struct server *srv = p->srv;

	switch (p->phase) {
	case PEER_NEW:
	case PEER_GREETED:
		TAILQ_REMOVE(&srv->strangers, p, entry);
		srv->nstrangers--;
		break;
	case PEER_BOUND:
		TAILQ_REMOVE(&srv->bound, p, entry);
		srv->nbound--;
		break;
	case PEER_GATE:
		TAILQ_REMOVE(&srv->gates, p, entry);
		srv->ngates--;
		break;
	case PEER_CONTROL:
	case PEER_OVER:
		TAILQ_REMOVE(&srv->controls, p, entry);
		srv->ncontrols--;
		break;
	}
}

void
peer_phase(struct peer *p, enum peer_phase phase)
{
	struct server *srv = p->srv;

	if (p->phase == PEER_NEW && phase == PEER_GREETED) {
		p->phase = phase;	/* keeps its place among strangers */
		return;
	}
	leave_phase(p);
	p->phase = phase;
	if (phase == PEER_BOUND) {
		TAILQ_INSERT_TAIL(&srv->bound, p, entry);
		srv->nbound++;
	} else if (phase == PEER_GATE) {
		if (srv->ngates >= PEER_GATES)
			peer_refuse(TAILQ_FIRST(&srv->gates),
			    "too many connections of supervisors");
		TAILQ_INSERT_TAIL(&srv->gates, p, entry);
		srv->ngates++;
	} else {
		TAILQ_INSERT_TAIL(&srv->controls, p, entry);
		srv->ncontrols++;
	}
}

/* Whether the first frame in the buffer is there whole. */
static int
complete(const struct peer *p)
{
	return (p->has_head && p->len >= p->head.length);
}

static void
interest(struct peer *p, int in, int out)
{
	if (p->dead || (p->in == in && p->out == out))
		return;
	if (events_change(p->srv->events, p->fd, p, in, out) == -1) {
		log_warn("peer: uid=%u events", (unsigned int)p->uid);
		peer_drop(p);
		return;
	}
	p->in = in;
	p->out = out;
}

void
peer_event(struct peer *p, int in, int out)
{
	if (p->dead)
		return;
	if (out)
		flush(p);
	if (!in || p->dead)
		return;
	if (!p->in) {
		/* Nothing was asked for: the connection has ended. */
		peer_drop(p);
		return;
	}
	if (complete(p) || p->is_hungry)
		interest(p, 0, p->out);
	else
		peer_read(p);
}

/* Room to read more: 0, or -1 if the peer has gone. */
static int
make_room(struct peer *p)
{
	size_t want = PEER_ROOM;
	uint8_t *buf;

	if (p->has_head && p->head.length > want)
		want = p->head.length;
	if (p->cap >= want)
		return (0);
	if ((buf = realloc(p->buf, want)) == NULL) {
		peer_refuse(p, "no memory for a request");
		return (-1);
	}
	p->buf = buf;
	p->cap = want;
	return (0);
}

/* Reads once: what one peer sends in a turn is bounded by its buffer. */
static void
peer_read(struct peer *p)
{
	ssize_t n;

	if (make_room(p) == -1)
		return;
	if (p->is_passing)
		n = watch_receive(p, p->buf + p->len, p->cap - p->len);
	else
		n = read(p->fd, p->buf + p->len, p->cap - p->len);
	if (n == -1) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			peer_drop(p);
		return;
	}
	if (n == 0) {
		peer_drop(p);
		return;
	}
	p->len += (size_t)n;
	peer_check(p);
}

/* Takes the head of the first frame apart; -1 if the peer has gone. */
static int
parse_head(struct peer *p)
{
	uint32_t max;

	if (p->has_head || p->len < FRAME_HEAD)
		return (0);
	if (frame_head(p->buf, PROTO_MAXFRAME, &p->head) == -1) {
		peer_refuse(p, "no frame");
		return (-1);
	}
	if (p->passed != -1 && p->head.type != PROTO_PASS) {
		peer_refuse(p, "a descriptor with type %u", p->head.type);
		return (-1);
	}
	max = request_max(p, p->head.type);
	if (max == 0) {
		peer_refuse(p, "type %u not allowed here", p->head.type);
		return (-1);
	}
	if (p->head.length > max) {
		peer_refuse(p, "%u octets for type %u", p->head.length,
		    p->head.type);
		return (-1);
	}
	p->has_head = 1;
	if (p->head.length > PEER_SMALL && !reserve(p)) {
		p->is_hungry = 1;
		TAILQ_INSERT_TAIL(&p->srv->hungry, p, hunger);
		interest(p, 0, p->out);
	}
	return (0);
}

/*
 * Large frames share PEER_LARGE octets, and one user sends only one at a
 * time: 1 if there is room for this one.
 */
static int
reserve(struct peer *p)
{
	struct binding *b = p->session->binding;

	if (b->large || p->srv->large + p->head.length > PEER_LARGE)
		return (0);
	b->large = 1;
	b->refs++;
	p->large = b;
	p->srv->large += p->head.length;
	p->reserved = p->head.length;
	p->large_since = p->srv->now;
	return (1);
}

/* The large frame has gone: others may read theirs. */
static void
unreserve(struct peer *p)
{
	struct server *srv = p->srv;
	struct peer *q;

	if (p->reserved == 0)
		return;
	p->large->large = 0;
	binding_put(srv, p->large);
	p->large = NULL;
	srv->large -= p->reserved;
	p->reserved = 0;
	do {
		TAILQ_FOREACH(q, &srv->hungry, hunger)
			if (reserve(q))
				break;
		if (q != NULL) {
			TAILQ_REMOVE(&srv->hungry, q, hunger);
			q->is_hungry = 0;
			interest(q, 1, q->out);
		}
	} while (q != NULL);
}

void
peer_check(struct peer *p)
{
	if (p->dead || p->is_ready || p->is_held || p->is_busy)
		return;
	if (p->phase == PEER_CONTROL) {
		if (p->control == NULL || !control_takes(p->control)) {
			if (p->len > 0)
				peer_refuse(p, "more than one command");
			if (p->dead || p->control == NULL)
				return;
		} else if (parse_head(p) == -1)
			return;
		if (p->nouts > 0 || !control_ready(p))
			return;
	} else {
		if (parse_head(p) == -1 || !complete(p) ||
		    p->outlen > PEER_HIGHOUT || p->nouts > PEER_HIGHFRAMES)
			return;
	}
	p->is_ready = 1;
	TAILQ_INSERT_TAIL(&p->srv->ready, p, queued);
}

void
peer_consume(struct peer *p)
{
	size_t n = p->head.length;

	if (p->dead)
		return;
	memmove(p->buf, p->buf + n, p->len - n);
	p->len -= n;
	p->has_head = 0;
	p->held_since = 0;
	unreserve(p);
	if (p->len == 0) {
		free(p->buf);
		p->buf = NULL;
		p->cap = 0;
	}
	peer_check(p);
	if (!p->dead && !complete(p) && !p->is_hungry)
		interest(p, 1, p->out);
}

void
peer_hold(struct peer *p, struct box *box)
{
	p->is_held = 1;
	p->held_box = box;
	if (p->held_since == 0)
		p->held_since = p->srv->now;
	TAILQ_INSERT_TAIL(&p->srv->held, p, queued);
}

void
peer_unhold(struct peer *p)
{
	TAILQ_REMOVE(&p->srv->held, p, queued);
	p->is_held = 0;
	p->held_box = NULL;
	peer_check(p);
}

void
peer_send(struct peer *p, struct frame *f, int fd)
{
	frame_close(f);
	peer_send_raw(p, f, fd);
}

void
peer_send_raw(struct peer *p, struct frame *f, int fd)
{
	struct out *o;

	if (p->dead || f->failed || (o = malloc(sizeof(*o))) == NULL) {
		if (!p->dead)
			peer_refuse(p, "no memory for an answer");
		frame_free(f);
		if (fd != -1)
			close(fd);
		return;
	}
	o->buf = f->buf;
	o->len = f->len;
	o->off = 0;
	o->fd = fd;
	memset(f, 0, sizeof(*f));
	TAILQ_INSERT_TAIL(&p->outs, o, entry);
	p->outlen += o->len;
	p->nouts++;
	if (p->nouts == 1) {
		p->moved = p->srv->now;
		flush(p);
	} else if (p->outlen > PEER_MAXOUT)
		peer_refuse(p, "does not read its answers");
}

/* Writes what the socket takes. */
static void
flush(struct peer *p)
{
	struct out *o;
	ssize_t n;

	while ((o = TAILQ_FIRST(&p->outs)) != NULL) {
		n = frame_write(p->fd, o->buf + o->off, o->len - o->off,
		    o->off == 0 ? o->fd : -1);
		if (n == -1) {
			if (errno == EAGAIN || errno == EWOULDBLOCK) {
				interest(p, p->in, 1);
				return;
			}
			if (errno == EPIPE || errno == ECONNRESET)
				peer_drop(p);
			else
				peer_refuse(p, "write: %s", strerror(errno));
			return;
		}
		p->moved = p->srv->now;
		if (o->off == 0 && o->fd != -1) {
			close(o->fd);
			o->fd = -1;
		}
		o->off += (size_t)n;
		p->outlen -= (size_t)n;
		if (o->off < o->len)
			continue;
		TAILQ_REMOVE(&p->outs, o, entry);
		p->nouts--;
		free(o->buf);
		free(o);
	}
	interest(p, p->in, 0);
	if (p->phase == PEER_OVER)
		peer_drop(p);
	else
		peer_check(p);
}

void
peer_context(const void *arg, char *buf, size_t size)
{
	const struct session *s = ((const struct peer *)arg)->session;
	char word[PROTO_MAXUSER + 1];

	if (s != NULL)
		(void)snprintf(buf, size, "%08x %s", (unsigned int)s->mark,
		    log_word(word, sizeof(word), s->served->name));
}

/* Nobody fills the log by knocking. */
int
peer_count_refusal(struct server *srv)
{
	srv->stats.refused++;
	return (peer_may_log(srv));
}

int
peer_may_log(struct server *srv)
{
	if (srv->now - srv->logged >= 1000) {
		if (srv->lines > PEER_LINES)
			log_warnx("peer: lines not logged=%u",
			    srv->lines - PEER_LINES);
		srv->logged = srv->now;
		srv->lines = 0;
	}
	return (++srv->lines <= PEER_LINES);
}

void
peer_refuse(struct peer *p, const char *fmt, ...)
{
	struct server *srv = p->srv;
	char why[256];
	va_list ap;

	if (p->dead)
		return;
	if (!peer_count_refusal(srv)) {
		peer_drop(p);
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_whose(peer_context, p);
	log_warnx("peer: refused uid=%u pid=%ld: %s", (unsigned int)p->uid,
	    (long)p->pid, why);
	log_whose(NULL, NULL);
	peer_drop(p);
}

/*
 * The connection ends at once, what belongs to it by the end of the turn, so
 * that no list of handles changes under who goes through it.
 */
void
peer_drop(struct peer *p)
{
	struct server *srv = p->srv;

	if (p->dead)
		return;
	p->dead = 1;
	if (p->is_hungry)
		TAILQ_REMOVE(&srv->hungry, p, hunger);
	if (p->is_held)
		TAILQ_REMOVE(&srv->held, p, queued);
	if (p->is_ready)
		TAILQ_REMOVE(&srv->ready, p, queued);
	(void)events_remove(srv->events, p->fd);
	close(p->fd);
	leave_phase(p);
	arrive_release(p);
	TAILQ_INSERT_TAIL(&srv->dead, p, entry);
}

static void
peer_free(struct peer *p)
{
	struct handle *h;
	struct out *o;

	unreserve(p);
	while ((h = TAILQ_FIRST(&p->handles)) != NULL)
		handle_free(h);
	if (p->session != NULL)
		session_detach(p->srv, p->session);
	if (p->passed != -1)
		watch_keep(p->srv, p->passed_by, p->passed);
	control_free(p->control);
	while ((o = TAILQ_FIRST(&p->outs)) != NULL) {
		TAILQ_REMOVE(&p->outs, o, entry);
		if (o->fd != -1)
			close(o->fd);
		free(o->buf);
		free(o);
	}
	free(p->buf);
	free(p);
}

void
peers_reap(struct server *srv)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(&srv->dead)) != NULL) {
		TAILQ_REMOVE(&srv->dead, p, entry);
		peer_free(p);
	}
}
