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

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/proto.h"
#include "indexd/conf.h"
#include "indexd/peer.h"
#include "indexd/server.h"

/*
 * The peer protocol: two sessions of a server in this process, and all that
 * they may ask.  The input is a row of messages: which session, type, length
 * in two octets, payload.  What cannot be guessed is filled in: serials,
 * tickets and mailbox ids.  A type of 255 sends octets without a head.
 */
#define PEERS		2
#define LONGEST		30000		/* octets of a message */
#define TURNS		32		/* inputs that one mailbox sees */

struct session {
	int		 fd;
	uint32_t	 number;
	uint64_t	 serial;
	uint64_t	 ticket;
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	quiet(void *, const char *);
static void	start(void);
static void	turn(void);
static void	drain(struct session *);
static void	say(struct session *, struct frame *);
static void	join(struct session *);
static void	leave(struct session *);
static void	create(struct session *);
static void	open_it(struct session *);
static void	delete(void);
static void	fill_in(struct session *, uint16_t, uint8_t *, size_t);
static void	put64(uint8_t *, uint64_t);

static struct server	srv;
static uint8_t		mailbox[TABLE_IDLEN];
static uint32_t		uidvalidity;

static void
quiet(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static void
start(void)
{
	const char *tmp = getenv("TMPDIR");
	char dir[256], conf[512];
	struct indexd_conf *ic;

	(void)snprintf(dir, sizeof(dir), "%s/fuzz_peer.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(dir) == NULL || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		abort();
	(void)snprintf(conf, sizeof(conf),
	    "directory \"%s/db\"\ncommit interval 60000\n", dir);
	ic = indexd_conf_text("fuzz", conf, strlen(conf), quiet, NULL);
	if (ic == NULL || server_start(&srv, ic) == -1)
		abort();
}

static void
turn(void)
{
	if (server_turn(&srv, 0) == -1)
		abort();
}

static void
put64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* Takes the answers; one that does not parse is a fault of ours. */
static void
drain(struct session *s)
{
	struct frame_head head;
	struct pollfd pfd;
	struct payload in;
	uint8_t *buf;
	size_t len;
	int fd;

	pfd.fd = s->fd;
	pfd.events = POLLIN;
	while (s->fd != -1 && poll(&pfd, 1, 0) == 1) {
		if (frame_recv(s->fd, PROTO_MAXFRAME, 1000, &head, &buf, &len,
		    &fd) == -1) {
			leave(s);
			return;
		}
		payload_init(&in, buf, len);
		if (head.type == PROTO_FLYING &&
		    (get_u64(&in, &s->ticket) == -1 || frame_end(&in) == -1))
			abort();
		if (head.type == PROTO_CREATED &&
		    get_u32(&in, &uidvalidity) == -1)
			abort();
		if (fd != -1)
			close(fd);
		free(buf);
	}
}

static void
say(struct session *s, struct frame *f)
{
	if (s->fd != -1)
		(void)frame_send(s->fd, f, -1);
	frame_free(f);
	turn();
	drain(s);
}

static void
join(struct session *s)
{
	struct frame f;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		abort();
	memset(s, 0, sizeof(*s));
	s->fd = sv[0];
	if (peer_new(&srv, sv[1]) == NULL)
		abort();
	frame_init(&f, PROTO_HELLO, ++s->number);
	frame_put_u32(&f, PROTO_VERSION);
	say(s, &f);
	frame_init(&f, PROTO_BIND, ++s->number);
	frame_put_u32(&f, 1000);
	frame_put_str(&f, "/r");
	say(s, &f);
}

static void
leave(struct session *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

static void
create(struct session *s)
{
	struct frame f;

	arc4random_buf(mailbox, sizeof(mailbox));
	frame_init(&f, PROTO_CREATE, ++s->number);
	frame_put_str(&f, "");
	frame_put_bytes(&f, mailbox, sizeof(mailbox));
	frame_put_u32(&f, 0);
	frame_put_u64(&f, 0);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 1);
	frame_put_str(&f, "kw");
	frame_put_u8(&f, 0);
	say(s, &f);
}

static void
open_it(struct session *s)
{
	struct frame f;

	frame_init(&f, PROTO_OPEN, ++s->number);
	frame_put_str(&f, "");
	frame_put_bytes(&f, mailbox, sizeof(mailbox));
	frame_put_bytes(&f, engine_id(srv.engine), TABLE_IDLEN);
	frame_put_u32(&f, uidvalidity);
	frame_put_u64(&f, 1);
	frame_put_u32(&f, 1);
	frame_put_u8(&f, 1);
	say(s, &f);
}

/* The mailbox goes, and with it all that was done to it. */
static void
delete(void)
{
	struct session s;
	struct frame f;

	join(&s);
	open_it(&s);
	frame_init(&f, PROTO_DELETED, ++s.number);
	frame_put_u32(&f, 1);
	say(&s, &f);
	frame_init(&f, PROTO_GOODBYE, ++s.number);
	say(&s, &f);
	leave(&s);
}

/* What no input can know. */
static void
fill_in(struct session *s, uint16_t type, uint8_t *p, size_t n)
{
	switch (type) {
	case PROTO_STORE:
	case PROTO_EXPUNGE:
	case PROTO_APPEND:
	case PROTO_COPY:
	case PROTO_REPORT:
		if (n >= 8)
			put64(p, p[7] == 0 ? ++s->serial : p[0]);
		break;
	default:
		break;
	}
	if (type == PROTO_APPEND && n >= 16)
		put64(p + 8, s->ticket);
	else if (type == PROTO_COPY && n >= 20)
		put64(p + 12, s->ticket);
	else if (type == PROTO_LAND && n >= 8)
		put64(p, s->ticket);
	else if (type == PROTO_CREATE && n >= 4 + TABLE_IDLEN && p[0] == 0)
		memcpy(p + 4, mailbox, sizeof(mailbox));
	else if (type == PROTO_OPEN && n >= 4 + 2 * TABLE_IDLEN && p[0] == 0) {
		memcpy(p + 4, mailbox, sizeof(mailbox));
		memcpy(p + 4 + TABLE_IDLEN, engine_id(srv.engine),
		    TABLE_IDLEN);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t copy[LONGEST];
	static unsigned int inputs;
	struct session s[PEERS], *p;
	struct frame f;
	uint16_t type;
	size_t i, n;

	if (inputs == 0)
		start();
	for (i = 0; i < PEERS; i++)
		join(&s[i]);
	if (inputs++ % TURNS == 0)
		create(&s[0]);
	for (i = 0; i < PEERS; i++)
		open_it(&s[i]);
	while (len >= 4) {
		p = &s[data[0] % PEERS];
		type = data[1];
		n = (size_t)data[2] | (size_t)data[3] << 8;
		data += 4;
		len -= 4;
		n = n > len ? len : n;
		n = n > LONGEST ? LONGEST : n;
		memcpy(copy, data, n);
		fill_in(p, type, copy, n);
		data += n;
		len -= n;
		if (p->fd == -1) {
			join(p);
			open_it(p);
		}
		if (type == 255) {
			(void)!write(p->fd, copy, n);
			turn();
			drain(p);
			continue;
		}
		frame_init(&f, type, ++p->number);
		frame_put_bytes(&f, copy, n);
		say(p, &f);
	}
	for (i = 0; i < PEERS; i++)
		leave(&s[i]);
	turn();
	if (inputs % TURNS == 0)
		delete();
	turn();
	return (0);
}
