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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/idx_conn.h"
#include "imapd/watch_sys.h"

#define WANTS_MAX	4	/* that indexd asks for, one after the other */
#define WATCH_TRIES	2	/* connections broken under one request */

static int	want(struct idx_call *, struct idx_box *);
static int	pass(struct idx_call *, struct idx_box *, int, int);
static int	stand(struct idx_box *);
static int	without(struct idx_box *);
static int	watch_box(struct idx_box *);
static int	get_names(struct payload *, struct idx_names *);

/* Takes WANT: what is wanted, or -1. */
static int
want(struct idx_call *c, struct idx_box *box)
{
	struct idx *idx = box->idx;
	uint8_t what;

	get_u8(&c->in, &what);
	if (frame_end(&c->in) == -1 || (what != WANT_LENT && c->fd != -1)) {
		errno = EPROTO;
		return (-1);
	}
	/* The system drops what there is no room for. */
	if (what == WANT_LENT && c->fd == -1) {
		errno = EMFILE;
		return (-1);
	}
	if (what == WANT_LENT) {
		if (idx->instance != -1)
			close(idx->instance);
		idx->instance = c->fd;
		c->fd = -1;
	}
	return (what);
}

/* Says PASS: what is wanted next, or -1. */
static int
pass(struct idx_call *c, struct idx_box *box, int fd, int error)
{
	call_free(c);
	call_init(c, box->idx, NULL, PROTO_PASS, PROTO_WANT);
	frame_put_u32(&c->f, box->handle);
	frame_put_u32(&c->f, (uint32_t)error);
	c->pass = fd;
	if (idx_exchange(c) == -1)
		return (-1);
	return (want(c, box));
}

/* Adds the directories to what was lent: 0, or -1. */
static int
stand(struct idx_box *box)
{
	struct idx *idx = box->idx;
	struct idx_call c;
	int error = 0, new, cur = 0, rv;

	if ((new = watch_sys_add(idx->instance, box->newfd)) == -1 ||
	    (cur = watch_sys_add(idx->instance, box->curfd)) == -1) {
		error = errno;
		new = cur = 0;
	}
	call_init(&c, idx, NULL, PROTO_STANDING, PROTO_OK);
	frame_put_u32(&c.f, box->handle);
	frame_put_u32(&c.f, (uint32_t)error);
	frame_put_u32(&c.f, (uint32_t)new);
	frame_put_u32(&c.f, (uint32_t)cur);
	rv = idx_exchange(&c);
	call_free(&c);
	return (rv);
}

/* There is no room for the descriptor that was lent: as after a NO. */
static int
without(struct idx_box *box)
{
	struct idx_call c;
	int rv;

	log_warnx("idx: no descriptor is free: what other programs do is seen "
	    "by comparing");
	box->watching = 0;
	call_init(&c, box->idx, NULL, PROTO_UNWATCH, PROTO_OK);
	frame_put_u32(&c.f, box->handle);
	rv = idx_exchange(&c);
	call_free(&c);
	return (rv == -1 ? -1 : idx_no(box->idx, PROTO_NO_LIMIT, NULL));
}

/*
 * On the connection as it is: 0, or -1 with errno EAGAIN if indexd said NO.
 * What was given to an indexd that is no more is given to the next.
 */
static int
watch_box(struct idx_box *box)
{
	struct idx *idx = box->idx;
	struct idx_call c;
	unsigned int i;
	int rv, what;

	call_init(&c, idx, NULL, PROTO_WATCH, PROTO_WANT);
	frame_put_u32(&c.f, box->handle);
	what = idx_exchange(&c) == -1 ? -1 : want(&c, box);
	for (i = 0; i < WANTS_MAX && what > WANT_LENT; i++) {
		switch (what) {
		case WANT_INSTANCE:
			if (idx->instance == -1)
				idx->instance = watch_sys_make();
			what = pass(&c, box, idx->instance,
			    idx->instance == -1 ? errno : 0);
			break;
		case WANT_NEW:
			what = pass(&c, box, box->newfd, 0);
			break;
		case WANT_CUR:
			what = pass(&c, box, box->curfd, 0);
			break;
		default:
			what = -1;
			errno = EPROTO;
			break;
		}
	}
	call_free(&c);
	if (what == -1 && errno == EMFILE)
		return (without(box));
	if (what == WANT_LENT)
		rv = stand(box);
	else
		rv = what == WANT_NONE ? 0 : -1;
	box->watching = rv == 0;
	return (rv);
}

int
idx_watch(struct idx_box *box, int newfd, int curfd)
{
	struct idx *idx = box->idx;
	int tries;

	for (tries = 0; tries < WATCH_TRIES; tries++) {
		if (idx->sock == -1 && idx_resume(idx) == -1)
			return (-1);
		if (box->lost)
			return (idx_no(idx, PROTO_NO_GONE, NULL));
		box->newfd = newfd;
		box->curfd = curfd;
		if (watch_box(box) == 0)
			return (0);
		if (errno == EAGAIN)
			return (-1);
		idx_disconnect(idx);
	}
	/* Who waits next is not told anything without a connection. */
	if (idx_resume(idx) == 0)
		errno = ECONNRESET;
	return (-1);
}

int
watch_again(struct idx *idx)
{
	struct idx_box *box;
	struct idx_call c;
	int any = 0, rv;

	TAILQ_FOREACH(box, &idx->boxes, entry) {
		if (!box->watching || box->lost)
			continue;
		if (watch_box(box) == -1 && errno != EAGAIN)
			goto broken;
		any |= box->watching;
		if (!box->attending)
			continue;
		if (event_look(box) == -1)
			goto broken;
		if (!box->watching)
			continue;
		call_init(&c, idx, NULL, PROTO_ATTEND, PROTO_OK);
		frame_put_u32(&c.f, box->handle);
		frame_put_u8(&c.f, 1);
		rv = idx_exchange(&c);
		call_free(&c);
		if (rv == -1 && errno != EAGAIN)
			goto broken;
	}
	/* One that nobody reads is of no use, and counts. */
	if (!any && idx->instance != -1) {
		close(idx->instance);
		idx->instance = -1;
	}
	return (0);
broken:
	errno = ECONNRESET;
	return (-1);
}

int
idx_watching(const struct idx_box *box)
{
	return (box->watching);
}

int
idx_unwatch(struct idx_box *box)
{
	struct idx_call c;

	if (!box->watching)
		return (0);
	box->watching = box->attending = 0;
	call_init(&c, box->idx, box, PROTO_UNWATCH, PROTO_OK);
	return (call_ok(&c));
}

int
idx_attend(struct idx_box *box, int on)
{
	struct idx_call c;

	box->attending = on;
	call_init(&c, box->idx, box, PROTO_ATTEND, PROTO_OK);
	frame_put_u8(&c.f, on != 0);
	return (call_ok(&c));
}

int
idx_names(struct idx_box *box, struct idx_names *names)
{
	struct idx_call c;
	int rv;

	memset(names, 0, sizeof(*names));
	call_init(&c, box->idx, box, PROTO_NAMES, PROTO_NAMED);
	if ((rv = call_run(&c)) == 0 &&
	    (rv = get_names(&c.in, names)) == 0)
		rv = call_end(&c);
	call_free(&c);
	if (rv == -1)
		idx_names_free(names);
	return (rv);
}

static int
get_names(struct payload *in, struct idx_names *names)
{
	char name[TABLE_NAMELEN + 1];
	uint32_t i, n;
	uint8_t flag;

	get_u8(in, &flag);
	names->sure = flag;
	get_u64(in, &names->at);
	if (get_u32(in, &n) == -1)
		return (0);	/* call_end() will say so */
	if (n > (size_t)(in->end - in->p) / 5) {
		in->failed = 1;
		return (0);
	}
	if (n > 0 && (names->name = calloc(n, sizeof(*names->name))) == NULL)
		return (-1);
	for (i = 0; i < n; i++) {
		if (get_u8(in, &flag) == -1 ||
		    get_str(in, name, sizeof(name)) == -1)
			return (0);
		names->name[i].incur = flag;
		if ((names->name[i].name = strdup(name)) == NULL)
			return (-1);
		names->n++;
	}
	return (0);
}

void
idx_names_free(struct idx_names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(names->name[i].name);
	free(names->name);
	memset(names, 0, sizeof(*names));
}

int
idx_agree(struct idx_box *box, uint64_t at, int still)
{
	struct idx_call c;

	call_init(&c, box->idx, box, PROTO_AGREE, PROTO_OK);
	c.fresh = 1;
	frame_put_u64(&c.f, at);
	frame_put_u8(&c.f, still != 0);
	return (call_ok(&c));
}

int
idx_looked(struct idx_box *box, uint64_t at)
{
	struct idx_call c;

	call_init(&c, box->idx, box, PROTO_LOOKED, PROTO_OK);
	c.fresh = 1;
	frame_put_u64(&c.f, at);
	return (call_ok(&c));
}
