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
#ifdef __linux__
#include <sys/inotify.h>
#endif
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
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
 * tickets and mailbox ids, and descriptors where one is asked for.  A type of
 * 255 sends octets without a head.  An operator asks, too: where the first
 * octet has the bit CONTROL, the message is one to control.c.
 */
#define PEERS		2
#define CONTROL		0x40
#define LONGEST		30000		/* octets of a message */
#define TURNS		32		/* inputs that one mailbox sees */
#define PIECES		8		/* turns for the operator */

struct session {
	int		 fd;
	uint32_t	 number;
	uint64_t	 serial;
	uint64_t	 ticket;
	int		 want;		/* WANT_* of the last answer */
	int		 lent;		/* what is watched with */
	uint64_t	 at;		/* the place that it was told last */
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	quiet(void *, const char *);
static void	start(void);
static void	turn(void);
static void	drain(struct session *);
static void	say(struct session *, struct frame *);
static void	took(struct session *, const struct frame_head *,
		    struct payload *, int *);
static int	to_pass(struct session *, uint16_t, const uint8_t *, size_t);
static void	stand(struct session *, uint8_t *);
static void	greet(struct session *);
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
static char		watched[264];

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
	(void)snprintf(watched, sizeof(watched), "%s/w", dir);
	if (mkdir(watched, 0700) == -1)
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
		took(s, &head, &in, &fd);
		if (fd != -1)
			close(fd);
		free(buf);
	}
}

/* What an answer tells, for later messages. */
static void
took(struct session *s, const struct frame_head *head, struct payload *in,
    int *fd)
{
	uint8_t b;

	switch (head->type) {
	case PROTO_FLYING:
		if (get_u64(in, &s->ticket) == -1 || frame_end(in) == -1)
			abort();
		break;
	case PROTO_CREATED:
		if (get_u32(in, &uidvalidity) == -1)
			abort();
		break;
	case PROTO_WANT:
		if (get_u8(in, &b) == -1 || frame_end(in) == -1)
			abort();
		s->want = b;
		if (*fd == -1)
			break;
		if (s->lent != -1)
			close(s->lent);
		s->lent = *fd;
		*fd = -1;
		break;
	case PROTO_NAMED:
		if (get_u8(in, &b) == -1 || get_u64(in, &s->at) == -1)
			abort();
		break;
	default:
		break;
	}
}

/* The descriptor for a PASS that says it has one. */
static int
to_pass(struct session *s, uint16_t type, const uint8_t *p, size_t n)
{
	if (type != PROTO_PASS || n < 8 || (p[4] | p[5] | p[6] | p[7]) != 0)
		return (-1);
#ifdef __linux__
	if (s->want == WANT_INSTANCE)
		return (inotify_init1(IN_NONBLOCK));
#endif
	return (s->want == WANT_NEW || s->want == WANT_CUR ?
	    open(".", O_RDONLY) : -1);
}

/* STANDING names what is watched, and something happens there. */
static void
stand(struct session *s, uint8_t *p)
{
#ifdef __linux__
	char path[300];
	int fd, i, wd;

	for (i = 0; s->lent != -1 && i < 2; i++) {
		if ((wd = inotify_add_watch(s->lent, watched, IN_CREATE |
		    IN_DELETE)) == -1)
			continue;
		p[8 + 4 * i] = (uint8_t)wd;
		(void)snprintf(path, sizeof(path), "%s/a%d:2,S", watched, i);
		if ((fd = open(path, O_CREAT | O_WRONLY, 0600)) != -1)
			close(fd);
		(void)unlink(path);
	}
#else
	(void)s;
	(void)p;
#endif
}

static void
say(struct session *s, struct frame *f)
{
	int fd = -1;

	if (f->len >= FRAME_HEAD + 8)
		fd = to_pass(s, (uint16_t)(f->buf[4] | f->buf[5] << 8),
		    f->buf + FRAME_HEAD, f->len - FRAME_HEAD);
	if (s->fd != -1)
		(void)frame_send(s->fd, f, fd);
	if (fd != -1)
		close(fd);
	frame_free(f);
	turn();
	drain(s);
}

/* A peer that has said HELLO. */
static void
greet(struct session *s)
{
	struct frame f;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		abort();
	memset(s, 0, sizeof(*s));
	s->fd = sv[0];
	s->lent = -1;
	if (peer_new(&srv, sv[1]) == NULL)
		abort();
	frame_init(&f, PROTO_HELLO, ++s->number);
	frame_put_u32(&f, PROTO_VERSION);
	say(s, &f);
}

static void
join(struct session *s)
{
	struct frame f;

	greet(s);
	frame_init(&f, PROTO_BIND, ++s->number);
	frame_put_u32(&f, 1000);
	frame_put_str(&f, "/r");
	frame_put_str(&f, "user");
	frame_put_str(&f, "192.0.2.1");
	frame_put_u32(&f, 1);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 0x5f3a9c21);
	say(s, &f);
}

static void
leave(struct session *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	if (s->lent != -1)
		close(s->lent);
	s->lent = -1;
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
	case PROTO_REPLACE:
	case PROTO_REPORT:
		if (n >= 8)
			put64(p, p[7] == 0 ? ++s->serial : p[0]);
		break;
	default:
		break;
	}
	if (type == PROTO_APPEND && n >= 16)
		put64(p + 8, s->ticket);
	else if ((type == PROTO_COPY || type == PROTO_REPLACE) && n >= 20)
		put64(p + 12, s->ticket);
	else if (type == PROTO_LAND && n >= 8)
		put64(p, s->ticket);
	else if (type == PROTO_CREATE && n >= 4 + TABLE_IDLEN && p[0] == 0)
		memcpy(p + 4, mailbox, sizeof(mailbox));
	else if (type == PROTO_OPEN && n >= 4 + 2 * TABLE_IDLEN && p[0] == 0) {
		memcpy(p + 4, mailbox, sizeof(mailbox));
		memcpy(p + 4 + TABLE_IDLEN, engine_id(srv.engine),
		    TABLE_IDLEN);
		if (n >= 8 + 2 * TABLE_IDLEN)
			memcpy(p + 4 + 2 * TABLE_IDLEN, &uidvalidity, 4);
	} else if (type == PROTO_STANDING && n >= 16 && p[8] == 0)
		stand(s, p);
	else if ((type == PROTO_AGREE || type == PROTO_LOOKED) && n >= 12 &&
	    p[4] == 0)
		put64(p + 4, s->at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t copy[LONGEST];
	static unsigned int inputs;
	struct session s[PEERS + 1], *p;
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
	s[PEERS].fd = s[PEERS].lent = -1;
	while (len >= 4) {
		p = &s[data[0] & CONTROL ? PEERS : data[0] % PEERS];
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
		if (p == &s[PEERS]) {
			/* Each command has its connection. */
			if (type == PROTO_CONTROL)
				leave(p);
			if (p->fd == -1)
				greet(p);
		} else if (p->fd == -1) {
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
		for (i = 0; p == &s[PEERS] && i < PIECES; i++) {
			turn();
			drain(p);
		}
	}
	for (i = 0; i <= PEERS; i++)
		leave(&s[i]);
	turn();
	if (inputs % TURNS == 0)
		delete();
	turn();
	return (0);
}
