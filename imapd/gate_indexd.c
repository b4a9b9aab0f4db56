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
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/log.h"
#include "common/proto.h"
#include "imapd/conf.h"
#include "imapd/gate_indexd.h"

#define WAIT	5000		/* ms for an answer */

static int	dial(struct gate *);
static int	exchange(struct gate *, struct frame *, struct frame_head *,
		    uint32_t *);
static int	request(struct gate *, uint16_t, uint32_t *);
static int	ask(struct gate *, uint16_t, uint32_t *);
static void	hang_up(struct gate *);

static void
hang_up(struct gate *g)
{
	int error = errno;

	if (g->indexd != -1)
		close(g->indexd);
	g->indexd = -1;
	errno = error;
}

/*
 * Sends the frame, which it frees, and takes the answer, of which a number is
 * all that is of interest.  Returns 0, or -1 with errno.
 */
static int
exchange(struct gate *g, struct frame *f, struct frame_head *head,
    uint32_t *value)
{
	struct payload in;
	uint8_t *buf = NULL;
	size_t len;
	int fd = -1, rv = -1;

	frame_close(f);
	if (f->failed) {
		errno = ENOMEM;
		goto out;
	}
	if (frame_send(g->indexd, f, -1) == -1 ||
	    frame_recv(g->indexd, PROTO_MAXSTRANGER, WAIT, head, &buf, &len,
	    &fd) == -1)
		goto out;
	*value = 0;
	payload_init(&in, buf, len);
	if (head->type == PROTO_WELCOME || head->type == PROTO_DELAY)
		(void)get_u32(&in, value);
	if (in.failed || head->number != g->number) {
		errno = EPROTO;
		goto out;
	}
	rv = 0;
out:
	if (fd != -1)
		close(fd);
	free(buf);
	frame_free(f);
	return (rv);
}

static int
dial(struct gate *g)
{
	struct sockaddr_un sun;
	struct frame_head head;
	struct frame f;
	uint32_t version;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, g->conf->indexd, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if ((g->indexd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (-1);
	if (fcntl(g->indexd, F_SETFD, FD_CLOEXEC) == -1 ||
	    connect(g->indexd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		return (-1);
	frame_init(&f, PROTO_HELLO, ++g->number);
	frame_put_u32(&f, PROTO_VERSION);
	if (exchange(g, &f, &head, &version) == -1)
		return (-1);
	if (head.type == PROTO_WELCOME && version == PROTO_VERSION)
		return (0);
	errno = EPROTO;
	return (-1);
}

/* Returns the answer's type, or -1 with errno. */
static int
request(struct gate *g, uint16_t type, uint32_t *value)
{
	struct frame_head head;
	struct frame f;

	frame_init(&f, type, ++g->number);
	frame_put_str(&f, g->addr);
	if (type == PROTO_ARRIVE)
		frame_put_u32(&f, g->conf->per_address);
	if (exchange(g, &f, &head, value) == -1)
		return (-1);
	return (head.type);
}

/* Twice, if the connection turns out to be broken. */
static int
ask(struct gate *g, uint16_t type, uint32_t *value)
{
	int tries, got;

	for (tries = 0; tries < 2; tries++) {
		if (g->indexd == -1 && dial(g) == -1)
			break;
		if ((got = request(g, type, value)) != -1)
			return (got);
		hang_up(g);
		if (errno != EPIPE && errno != ECONNRESET)
			break;
	}
	log_warn("gate: indexd counts nothing for address=%s", g->addr);
	hang_up(g);
	return (-1);
}

enum gate_answer
gate_indexd_arrive(struct gate *g)
{
	uint32_t none;

	switch (ask(g, PROTO_ARRIVE, &none)) {
	case PROTO_OK:
		return (GATE_OK);
	case PROTO_NO:
		return (GATE_FULL);
	default:
		return (GATE_BROKEN);
	}
}

enum gate_answer
gate_indexd_failed(struct gate *g, unsigned int *delay)
{
	uint32_t ms;

	if (ask(g, PROTO_FAILED, &ms) != PROTO_DELAY)
		return (GATE_BROKEN);
	*delay = ms;
	return (GATE_OK);
}
