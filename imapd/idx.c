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

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/confine.h"
#include "common/log.h"
#include "imapd/idx_conn.h"

#define ANSWER_WAIT	60000	/* ms for an answer, then we come back */
#define RETRY_NS	100000000L	/* between two tries to connect */
#define REFUSED_TRIES	30	/* while our old connection is still seen */
#define MAX_TRIES	5	/* connections broken under one request */

static int	 bind_session(struct idx *, const struct idx_who *);
static int	 take_up(struct idx *);
static int	 reopen(struct idx_box *);
static int	 rearm(struct idx_box *);
static int	 ask_fate(struct idx_call *);
static int	 give_up(struct idx *, const char *);
static void	 patch(struct idx_call *);
static int	 take_no(struct idx_call *);
static void	 idx_free(struct idx *);

static const char *const no_text[] = {
	[0] = "refused",
	[PROTO_NO_MAILBOX] = "No such mailbox",
	[PROTO_NO_LIMIT] = "A limit is reached",
	[PROTO_NO_SPACE] = "The disk of the index is full",
	[PROTO_NO_FLOOR] = "The folder's identity file cannot be written",
	[PROTO_NO_FATE] = "Never decided",
	[PROTO_NO_LOOK] = "The folder is changing; try again",
	[PROTO_NO_TICKET] = "The request took too long and was cancelled",
	[PROTO_NO_TOKEN] = "The session was ended",
	[PROTO_NO_DAMAGED] = "The mailbox's table is damaged",
	[PROTO_NO_GONE] = "The mailbox was deleted or is made anew",
	[PROTO_NO_UID] = "The folder's UID list contradicts the index",
	[PROTO_NO_LEASE] = "The mailbox is served by another index",
	[PROTO_NO_DISK] = "The disk of the index reports an error",
	[PROTO_NO_MEMORY] = "The index is out of memory; try again later",
	[PROTO_NO_FILES] = "Too many open files in the index; try again later",
	[PROTO_NO_USER] = "The user has too many connections",
	[PROTO_NO_SESSION] = "The session was ended"
};

struct idx *
idx_bind(const char *path, uid_t uid, const char *mailroot,
    const struct idx_who *who)
{
	struct idx *idx;
	int error;

	if ((idx = calloc(1, sizeof(*idx))) == NULL)
		return (NULL);
	idx->sock = idx->instance = -1;
	idx->uid = uid;
	TAILQ_INIT(&idx->boxes);
	TAILQ_INIT(&idx->events);
	if ((idx->path = strdup(path)) == NULL ||
	    (idx->mailroot = strdup(mailroot)) == NULL)
		goto bad;
	if (idx_connect(idx) == -1 || bind_session(idx, who) == -1)
		goto bad;
	return (idx);
bad:
	error = errno;
	if (error == EAGAIN && idx->code == PROTO_NO_USER)
		error = EUSERS;
	else if (error == EAGAIN) {
		log_warnx("idx: bind refused uid=%u: %s", (unsigned int)uid,
		    idx->text);
		if (idx->code == PROTO_NO_LIMIT)
			error = E2BIG;
	}
	idx_free(idx);
	errno = error;
	return (NULL);
}

static int
bind_session(struct idx *idx, const struct idx_who *who)
{
	struct idx_call c;
	int rv = -1;

	call_init(&c, idx, NULL, PROTO_BIND, PROTO_BOUND);
	frame_put_u32(&c.f, idx->uid);
	frame_put_str(&c.f, idx->mailroot);
	frame_put_str(&c.f, who->user);
	frame_put_str(&c.f, who->address);
	frame_put_u32(&c.f, (uint32_t)getpid());
	frame_put_u32(&c.f, who->per_user);
	frame_put_u32(&c.f, who->mark);
	if (idx_exchange(&c) == -1)
		goto out;
	get_bytes(&c.in, idx->session, sizeof(idx->session));
	get_bytes(&c.in, idx->token, sizeof(idx->token));
	rv = call_end(&c);
out:
	call_free(&c);
	return (rv);
}

void
idx_goodbye(struct idx *idx)
{
	struct frame f;

	if (idx == NULL)
		return;
	if (idx->sock != -1) {
		frame_init(&f, PROTO_GOODBYE, ++idx->number);
		frame_close(&f);
		if (frame_send(idx->sock, &f, -1) == -1)
			log_debug("idx: no goodbye: connection is gone");
		frame_free(&f);
	}
	idx_free(idx);
}

void
idx_forsake(struct idx *idx)
{
	if (idx != NULL)
		idx_free(idx);
}

static void
idx_free(struct idx *idx)
{
	struct idx_box *box;

	if (idx->sock != -1)
		close(idx->sock);
	if (idx->instance != -1)
		close(idx->instance);
	if (idx->flight != NULL)
		call_free(idx->flight);
	free(idx->flight);
	event_drop(idx, NULL);
	while ((box = TAILQ_FIRST(&idx->boxes)) != NULL) {
		TAILQ_REMOVE(&idx->boxes, box, entry);
		free(box->folder);
		free(box);
	}
	free(idx->path);
	free(idx->mailroot);
	freezero(idx, sizeof(*idx));
}

void
idx_stop(struct idx *idx, const volatile sig_atomic_t *stop)
{
	idx->stop = stop;
}

unsigned int
idx_code(const struct idx *idx)
{
	return (idx->code);
}

const char *
idx_text(const struct idx *idx)
{
	return (idx->text);
}

const uint8_t *
idx_id(const struct idx *idx)
{
	return (idx->indexd);
}

int
idx_pollfd(struct idx *idx)
{
	idx->heard = 0;
	return (idx->sock);
}

int
idx_no(struct idx *idx, unsigned int code, const char *text)
{
	idx->code = code;
	if (text == NULL || text[0] == '\0')
		text = code < sizeof(no_text) / sizeof(no_text[0]) ?
		    no_text[code] : no_text[0];
	strlcpy(idx->text, text, sizeof(idx->text));
	errno = EAGAIN;
	return (-1);
}

static int
give_up(struct idx *idx, const char *text)
{
	idx_disconnect(idx);
	idx->dead = 1;
	idx->code = 0;
	strlcpy(idx->text, text, sizeof(idx->text));
	log_warnx("idx: session lost: %s", text);
	errno = ENOTCONN;
	return (-1);
}

int
idx_connect(struct idx *idx)
{
	struct sockaddr_un sun;
	struct idx_call c;
	uint32_t version;
	int error;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, idx->path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if ((idx->sock = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	if (fcntl(idx->sock, F_SETFD, FD_CLOEXEC) == -1 ||
	    confine_connect(idx->sock, &sun) == -1)
		goto bad;
	call_init(&c, idx, NULL, PROTO_HELLO, PROTO_WELCOME);
	frame_put_u32(&c.f, PROTO_VERSION);
	if (idx_exchange(&c) == -1) {
		call_free(&c);
		goto bad;
	}
	get_u32(&c.in, &version);
	get_bytes(&c.in, idx->indexd, sizeof(idx->indexd));
	if (call_end(&c) == -1) {
		call_free(&c);
		goto bad;
	}
	call_free(&c);
	if (version == PROTO_VERSION)
		return (0);
	log_warnx("idx: indexd speaks another protocol version=%u",
	    (unsigned int)version);
	errno = EPROTO;
bad:
	error = errno;
	idx_disconnect(idx);
	errno = error;
	return (-1);
}

void
idx_disconnect(struct idx *idx)
{
	if (idx->sock != -1)
		close(idx->sock);
	idx->sock = -1;
	idx->heard = 0;
}

int
idx_resume(struct idx *idx)
{
	struct timespec now, end, pause = { 0, RETRY_NS };
	int refused = 0;

	if (idx->dead) {
		errno = ENOTCONN;
		return (-1);
	}
	if (clock_gettime(CLOCK_MONOTONIC, &end) == -1)
		return (give_up(idx, "No clock"));
	log_info("idx: connection to indexd broke, coming back");
	end.tv_sec += IDX_PATIENCE;
	for (;;) {
		if (idx->stop != NULL && *idx->stop)
			return (give_up(idx, "Server is shutting down"));
		if (idx_connect(idx) == 0) {
			if (take_up(idx) == 0)
				return (0);
			if (errno == EAGAIN &&
			    (idx->code == PROTO_NO_SESSION ||
			    ++refused == REFUSED_TRIES))
				return (give_up(idx,
				    "The session was ended by indexd"));
			idx_disconnect(idx);
		}
		if (clock_gettime(CLOCK_MONOTONIC, &now) == -1 ||
		    now.tv_sec >= end.tv_sec)
			return (give_up(idx, "indexd is not there"));
		nanosleep(&pause, NULL);
	}
}

/* RESUME, then everything that was open.  EAGAIN: refused. */
static int
take_up(struct idx *idx)
{
	struct idx_box *box;
	struct idx_call c;
	int rv;

	call_init(&c, idx, NULL, PROTO_RESUME, PROTO_BOUND);
	frame_put_u32(&c.f, idx->uid);
	frame_put_str(&c.f, idx->mailroot);
	frame_put_bytes(&c.f, idx->session, sizeof(idx->session));
	frame_put_bytes(&c.f, idx->token, sizeof(idx->token));
	if ((rv = idx_exchange(&c)) == 0) {
		get_bytes(&c.in, idx->session, sizeof(idx->session));
		get_bytes(&c.in, idx->token, sizeof(idx->token));
		rv = call_end(&c);
	}
	call_free(&c);
	if (rv == -1)
		return (-1);
	TAILQ_FOREACH(box, &idx->boxes, entry)
		box->handle = NO_HANDLE;
	TAILQ_FOREACH(box, &idx->boxes, entry)
		if (!box->lost && (reopen(box) == -1 || rearm(box) == -1)) {
			/* Only the RESUME is refused for good. */
			errno = ECONNRESET;
			return (-1);
		}
	return (watch_again(idx));
}

/* A mailbox that is not there any more is lost, and its session told. */
static int
reopen(struct idx_box *box)
{
	struct idx_opened o;
	struct idx_call c;
	int rv;

	call_init(&c, box->idx, NULL, PROTO_OPEN, PROTO_OPENED);
	put_open(&c.f, box->folder, &box->identity, box->how);
	rv = idx_exchange(&c);
	if (rv == 0 && (rv = get_opened(&c, &box->handle, &o)) == 0)
		close(o.fd);
	else if (rv == -1 && errno == EAGAIN)
		rv = event_gone(box);
	call_free(&c);
	return (rv);
}

static int
rearm(struct idx_box *box)
{
	struct idx_call c;
	int rv;

	if (!box->armed || box->lost)
		return (0);
	call_init(&c, box->idx, box, PROTO_ARM, PROTO_OK);
	frame_put_u64(&c.f, box->armed_modseq);
	rv = idx_exchange(&c);
	call_free(&c);
	return (rv);
}

void
call_init(struct idx_call *c, struct idx *idx, struct idx_box *box,
    uint16_t type, uint16_t answer)
{
	memset(c, 0, sizeof(*c));
	c->idx = idx;
	c->box = box;
	c->fd = c->pass = -1;
	c->answer = answer;
	idx->code = 0;
	/* Why it is lost is still to be told. */
	if (!idx->dead)
		idx->text[0] = '\0';
	if (++idx->number == 0)
		idx->number = 1;
	c->number = idx->number;
	frame_init(&c->f, type, c->number);
	if (answer == PROTO_RESULT) {
		c->serial = ++idx->serial;
		frame_put_u64(&c->f, c->serial);
	}
	if (box != NULL)
		frame_put_u32(&c->f, box->handle);
}

void
call_free(struct idx_call *c)
{
	int error = errno;

	frame_free(&c->f);
	free(c->buf);
	c->buf = NULL;
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	errno = error;
}

int
call_ready(struct idx_call *c)
{
	if (c->f.failed) {
		errno = ENOMEM;
		return (-1);
	}
	if (c->f.len > PROTO_MAXFRAME) {
		errno = E2BIG;
		return (-1);
	}
	if (c->idx->sock == -1 && idx_resume(c->idx) == -1)
		return (-1);
	if (c->box != NULL && c->box->lost)
		return (idx_no(c->idx, PROTO_NO_GONE, NULL));
	patch(c);
	return (0);
}

int
call_run(struct idx_call *c)
{
	struct idx *idx = c->idx;
	unsigned int tries;
	int away;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		away = idx->sock == -1;
		if (call_ready(c) == -1)
			return (-1);
		if (tries > 0 && c->serial != 0) {
			if (ask_fate(c) == 0)
				return (0);
			if (errno != EAGAIN) {
				idx_disconnect(idx);
				continue;
			}
			if (idx->code != PROTO_NO_FATE)
				break;
			if (c->fresh)
				return (idx_no(idx, PROTO_NO_LOOK, NULL));
			/* That serial will never be decided: a new one. */
			c->serial = ++idx->serial;
			patch(c);
		}
		if (away && c->fresh)
			return (idx_no(idx, PROTO_NO_LOOK, NULL));
		if (idx_exchange(c) == 0)
			return (0);
		if (errno == EAGAIN)
			return (-1);
		idx_disconnect(idx);
	}
	return (give_up(idx, "The fate of a request is unknown"));
}

/* Puts today's serial and handle in their places. */
static void
patch(struct idx_call *c)
{
	uint8_t *p = c->f.buf + FRAME_HEAD;
	unsigned int i;

	if (c->serial != 0)
		for (i = 0; i < 8; i++)
			*p++ = (uint8_t)(c->serial >> (8 * i));
	if (c->box != NULL)
		for (i = 0; i < 4; i++)
			*p++ = (uint8_t)(c->box->handle >> (8 * i));
}

/* 0 with the RESULT in c; EAGAIN with a code, or the connection broke. */
static int
ask_fate(struct idx_call *c)
{
	struct idx_call fate;
	int rv;

	call_init(&fate, c->idx, NULL, PROTO_FATE, 0);
	fate.answer = PROTO_RESULT;
	frame_put_u64(&fate.f, c->serial);
	if ((rv = idx_exchange(&fate)) == 0) {
		c->buf = fate.buf;
		c->in = fate.in;
		fate.buf = NULL;
	}
	call_free(&fate);
	return (rv);
}

int
idx_exchange(struct idx_call *c)
{
	if (idx_send(c) == -1)
		return (-1);
	return (idx_await(c));
}

int
idx_send(struct idx_call *c)
{
	if (frame_send(c->idx->sock, &c->f, c->pass) == 0)
		return (0);
	/* EAGAIN is for a NO alone. */
	if (errno == EAGAIN)
		errno = ECONNRESET;
	return (-1);
}

int
idx_await(struct idx_call *c)
{
	struct idx *idx = c->idx;
	struct frame_head head;
	size_t len;

	for (;;) {
		if (frame_recv(idx->sock, PROTO_MAXFRAME, ANSWER_WAIT, &head,
		    &c->buf, &len, &c->fd) == -1) {
			if (errno == EAGAIN)
				errno = ECONNRESET;
			return (-1);
		}
		payload_init(&c->in, c->buf, len);
		if (head.number != 0)
			break;
		if (event_put(idx, &head, &c->in) == -1)
			goto bad;
		free(c->buf);
		c->buf = NULL;
		if (c->fd != -1)
			close(c->fd);
		c->fd = -1;
	}
	if (head.number == c->number) {
		idx->heard = 1;
		if (head.type == PROTO_NO)
			return (take_no(c));
		if (head.type == c->answer)
			return (0);
	}
bad:
	log_warnx("idx: unexpected message type=%u number=%u",
	    (unsigned int)head.type, (unsigned int)head.number);
	free(c->buf);
	c->buf = NULL;
	errno = EPROTO;
	return (-1);
}

static int
take_no(struct idx_call *c)
{
	char text[IDX_TEXTLEN];
	uint16_t code;

	get_u16(&c->in, &code);
	get_str(&c->in, text, sizeof(text));
	if (frame_end(&c->in) == -1) {
		errno = EPROTO;
		return (-1);
	}
	return (idx_no(c->idx, code, text));
}

int
call_end(struct idx_call *c)
{
	if (frame_end(&c->in) == 0)
		return (0);
	log_warnx("idx: malformed answer type=%u", (unsigned int)c->answer);
	return (give_up(c->idx, "indexd sent a malformed answer"));
}

int
call_ok(struct idx_call *c)
{
	int rv;

	if ((rv = call_run(c)) == 0)
		rv = call_end(c);
	call_free(c);
	return (rv);
}
