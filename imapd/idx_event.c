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

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/idx_conn.h"

#define REST_WAIT	10000	/* ms for the rest of a message */

static struct idx_box	*box_of(struct idx *, uint32_t);
static int		 get_names(struct payload *, struct idx_event *);
static int		 receive(struct idx *);

static struct idx_box *
box_of(struct idx *idx, uint32_t handle)
{
	struct idx_box *box;

	TAILQ_FOREACH(box, &idx->boxes, entry)
		if (box->handle == handle && !box->lost)
			return (box);
	return (NULL);
}

int
event_put(struct idx *idx, const struct frame_head *head, struct payload *in)
{
	struct idx_queued *q;
	uint32_t handle;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return (-1);
	get_u32(in, &handle);
	switch (head->type) {
	case PROTO_CHANGED:
		q->event.type = IDX_CHANGED;
		break;
	case PROTO_RAISE:
		q->event.type = IDX_RAISE;
		get_u64(in, &q->event.modseq);
		get_u32(in, &q->event.uid);
		break;
	case PROTO_GONE:
		q->event.type = IDX_GONE;
		break;
	case PROTO_LOOK:
		q->event.type = IDX_LOOK;
		break;
	case PROTO_CANCELLED:
		q->event.type = IDX_CANCELLED;
		if (get_names(in, &q->event) == -1)
			goto bad;
		break;
	default:
		goto bad;
	}
	if (frame_end(in) == -1)
		goto bad;
	/* The answer to an OPEN comes before anything about its handle. */
	if ((q->event.box = box_of(idx, handle)) == NULL) {
		idx_event_free(&q->event);
		free(q);
		return (0);
	}
	if (q->event.type == IDX_CHANGED)
		q->event.box->armed = 0;
	if (q->event.type == IDX_GONE)
		q->event.box->lost = 1;
	TAILQ_INSERT_TAIL(&idx->events, q, entry);
	return (0);
bad:
	idx_event_free(&q->event);
	free(q);
	errno = EPROTO;
	return (-1);
}

int
event_gone(struct idx_box *box)
{
	struct idx_queued *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return (-1);
	box->lost = 1;
	q->event.type = IDX_GONE;
	q->event.box = box;
	TAILQ_INSERT_TAIL(&box->idx->events, q, entry);
	return (0);
}

int
event_look(struct idx_box *box)
{
	struct idx_queued *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return (-1);
	q->event.type = IDX_LOOK;
	q->event.box = box;
	TAILQ_INSERT_TAIL(&box->idx->events, q, entry);
	return (0);
}

void
event_drop(struct idx *idx, const struct idx_box *box)
{
	struct idx_queued *q, *next;

	for (q = TAILQ_FIRST(&idx->events); q != NULL; q = next) {
		next = TAILQ_NEXT(q, entry);
		if (box != NULL && q->event.box != box)
			continue;
		TAILQ_REMOVE(&idx->events, q, entry);
		idx_event_free(&q->event);
		free(q);
	}
}

static int
get_names(struct payload *in, struct idx_event *ev)
{
	char name[TABLE_NAMELEN + 1];
	uint32_t i, n;

	/* A str is at least its length. */
	if (get_u32(in, &n) == -1 || n > (size_t)(in->end - in->p) / 4)
		return (-1);
	if (n == 0)
		return (0);
	if ((ev->names = calloc(n, sizeof(*ev->names))) == NULL)
		return (-1);
	for (i = 0; i < n; i++) {
		if (get_str(in, name, sizeof(name)) == -1)
			return (-1);
		if ((ev->names[i] = strdup(name)) == NULL)
			return (-1);
		ev->nnames++;
	}
	return (0);
}

void
idx_event_free(struct idx_event *ev)
{
	size_t i;

	for (i = 0; i < ev->nnames; i++)
		free(ev->names[i]);
	free(ev->names);
	ev->names = NULL;
	ev->nnames = 0;
}

int
idx_queued(const struct idx *idx)
{
	return (!TAILQ_EMPTY(&idx->events));
}

int
idx_heard(const struct idx *idx)
{
	return (idx->heard && TAILQ_EMPTY(&idx->events));
}

int
idx_event(struct idx *idx, struct idx_event *ev)
{
	struct idx_queued *q;

	memset(ev, 0, sizeof(*ev));
	while ((q = TAILQ_FIRST(&idx->events)) == NULL) {
		switch (receive(idx)) {
		case 1:
			continue;
		case 0:
			return (0);
		default:
			idx_disconnect(idx);
			if (idx_resume(idx) == -1)
				return (-1);
		}
	}
	TAILQ_REMOVE(&idx->events, q, entry);
	*ev = q->event;
	free(q);
	return (1);
}

int
idx_event_raise(struct idx *idx, struct idx_event *ev)
{
	struct idx_queued *q;
	int rv;

	memset(ev, 0, sizeof(*ev));
	while ((rv = receive(idx)) == 1)
		continue;
	if (rv == -1)
		idx_disconnect(idx);
	TAILQ_FOREACH(q, &idx->events, entry)
		if (q->event.type == IDX_RAISE)
			break;
	if (q == NULL)
		return (0);
	TAILQ_REMOVE(&idx->events, q, entry);
	*ev = q->event;
	free(q);
	return (1);
}

/* One message, if there is one: 1, 0, or -1 if the connection is broken. */
static int
receive(struct idx *idx)
{
	struct frame_head head;
	struct payload in;
	struct pollfd pfd;
	uint8_t *buf;
	size_t len;
	int fd, rv;

	if (idx->sock == -1)
		return (-1);
	pfd.fd = idx->sock;
	pfd.events = POLLIN;
	if ((rv = poll(&pfd, 1, 0)) <= 0)
		return (rv == -1 && errno != EINTR ? -1 : 0);
	if (frame_recv(idx->sock, PROTO_MAXFRAME, REST_WAIT, &head, &buf,
	    &len, &fd) == -1)
		return (-1);
	if (fd != -1)
		close(fd);
	payload_init(&in, buf, len);
	rv = 1;
	if (head.number != 0 || event_put(idx, &head, &in) == -1) {
		log_warnx("idx: unexpected message type=%u number=%u",
		    (unsigned int)head.type, (unsigned int)head.number);
		rv = -1;
	}
	free(buf);
	return (rv);
}
