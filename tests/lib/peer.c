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
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "tests/lib/peer.h"

#define ANSWER		20000		/* ms to wait */

static int	pump(struct cl *);
static void	receive(struct cl *, struct msg *);
static void	get_text(struct payload *, char *, size_t);
static void	send_open(struct cl *, const struct idn *, int);
static void	send_store(struct cl *, uint32_t, uint8_t, uint16_t,
		    const char *, int, uint64_t, const char *);

/* Lets the server of this process turn until something is to be read. */
static int
pump(struct cl *c)
{
	struct pollfd pfd;
	int i;

	pfd.fd = c->fd;
	pfd.events = POLLIN;
	for (i = 0; i < ANSWER / 10; i++) {
		if (poll(&pfd, 1, 0) == 1)
			return (1);
		if (c->srv == NULL)
			return (poll(&pfd, 1, ANSWER));
		ATF_REQUIRE_EQ(0, c->turn(c->srv, 10));
	}
	return (0);
}

static void
receive(struct cl *c, struct msg *m)
{
	ATF_REQUIRE_MSG(pump(c) == 1, "no answer");
	if (frame_recv(c->fd, PROTO_MAXFRAME, ANSWER, &m->head, &m->buf,
	    &m->len, &m->fd) == -1)
		atf_tc_fail("receive: %s", strerror(errno));
	payload_init(&m->in, m->buf, m->len);
}

void
msg_free(struct msg *m)
{
	free(m->buf);
	if (m->fd != -1)
		close(m->fd);
	m->buf = NULL;
	m->fd = -1;
}

void
cl_raw(struct cl *c, const char *path)
{
	struct sockaddr_un sun;

	memset(c, 0, sizeof(*c));
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE((c->fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, connect(c->fd, (struct sockaddr *)&sun,
	    sizeof(sun)));
}

void
cl_dial(struct cl *c, const char *path)
{
	cl_raw(c, path);
	cl_hello(c);
}

void
cl_hello(struct cl *c)
{
	struct frame f;
	struct msg m;
	uint32_t version;

	cl_start(c, &f, PROTO_HELLO);
	frame_put_u32(&f, PROTO_VERSION);
	cl_send(c, &f);
	cl_answer(c, &m);
	ATF_REQUIRE_EQ(PROTO_WELCOME, m.head.type);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &version));
	ATF_REQUIRE_EQ(PROTO_VERSION, version);
	ATF_REQUIRE_EQ(0, get_bytes(&m.in, c->indexd, TABLE_IDLEN));
	ATF_REQUIRE_EQ(0, frame_end(&m.in));
	msg_free(&m);
}

void
cl_close(struct cl *c)
{
	unsigned int i;

	for (i = 0; i < c->nevents; i++)
		msg_free(&c->event[i]);
	c->nevents = 0;
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

void
cl_start(struct cl *c, struct frame *f, uint16_t type)
{
	frame_init(f, type, ++c->number);
}

void
cl_send(struct cl *c, struct frame *f)
{
	ATF_REQUIRE_EQ(0, frame_send(c->fd, f, -1));
	frame_free(f);
}

void
cl_answer(struct cl *c, struct msg *m)
{
	for (;;) {
		receive(c, m);
		if (m->head.number == c->number)
			return;
		ATF_REQUIRE_EQ_MSG(0, m->head.number, "answer to another");
		ATF_REQUIRE(c->nevents < PEER_EVENTS);
		c->event[c->nevents++] = *m;
	}
}

void
cl_expect(struct cl *c, uint16_t type)
{
	struct msg m;

	cl_answer(c, &m);
	ATF_REQUIRE_EQ_MSG(type, m.head.type, "type %u, not %u", m.head.type,
	    type);
	msg_free(&m);
}

uint16_t
cl_no(struct cl *c)
{
	struct msg m;
	uint16_t code;

	cl_answer(c, &m);
	ATF_REQUIRE_EQ_MSG(PROTO_NO, m.head.type, "type %u, not NO",
	    m.head.type);
	ATF_REQUIRE_EQ(0, get_u16(&m.in, &code));
	msg_free(&m);
	return (code);
}

void
cl_event(struct cl *c, uint16_t type, struct msg *m)
{
	unsigned int i;

	for (;;) {
		for (i = 0; i < c->nevents; i++) {
			if (c->event[i].head.type != type)
				continue;
			*m = c->event[i];
			memmove(&c->event[i], &c->event[i + 1],
			    (--c->nevents - i) * sizeof(*m));
			return;
		}
		ATF_REQUIRE(c->nevents < PEER_EVENTS);
		receive(c, &c->event[c->nevents]);
		ATF_REQUIRE_EQ(0, c->event[c->nevents].head.number);
		c->nevents++;
	}
}

int
cl_has_event(struct cl *c, uint16_t type)
{
	unsigned int i;

	for (i = 0; i < c->nevents; i++)
		if (c->event[i].head.type == type)
			return (1);
	return (0);
}

int
cl_gone(struct cl *c)
{
	char b;
	ssize_t n;

	ATF_REQUIRE_MSG(pump(c) == 1, "still there");
	n = read(c->fd, &b, 1);
	return (n == 0 || (n == -1 && errno == ECONNRESET));
}

void
cl_put_who(struct frame *f, const char *user, uint32_t per_user)
{
	frame_put_str(f, user);
	frame_put_str(f, "192.0.2.1");
	frame_put_u32(f, (uint32_t)getpid());
	frame_put_u32(f, per_user);
	frame_put_u32(f, 0x5f3a9c21);
}

void
cl_bind(struct cl *c, uid_t uid, const char *root)
{
	struct frame f;
	struct msg m;

	c->uid = uid;
	(void)strlcpy(c->root, root, sizeof(c->root));
	cl_start(c, &f, PROTO_BIND);
	frame_put_u32(&f, (uint32_t)uid);
	frame_put_str(&f, root);
	cl_put_who(&f, "user", 0);
	cl_send(c, &f);
	cl_answer(c, &m);
	ATF_REQUIRE_EQ(PROTO_BOUND, m.head.type);
	ATF_REQUIRE_EQ(0, get_bytes(&m.in, c->id, sizeof(c->id)));
	ATF_REQUIRE_EQ(0, get_bytes(&m.in, c->token, sizeof(c->token)));
	ATF_REQUIRE_EQ(0, frame_end(&m.in));
	msg_free(&m);
}

uint16_t
cl_resume(struct cl *c, const struct cl *old)
{
	struct frame f;
	struct msg m;
	uint16_t code = 0;

	c->uid = old->uid;
	(void)strlcpy(c->root, old->root, sizeof(c->root));
	memcpy(c->id, old->id, sizeof(c->id));
	memcpy(c->token, old->token, sizeof(c->token));
	c->serial = old->serial;
	cl_start(c, &f, PROTO_RESUME);
	frame_put_u32(&f, (uint32_t)old->uid);
	frame_put_str(&f, old->root);
	frame_put_bytes(&f, old->id, sizeof(old->id));
	frame_put_bytes(&f, old->token, sizeof(old->token));
	cl_send(c, &f);
	cl_answer(c, &m);
	if (m.head.type == PROTO_NO)
		ATF_REQUIRE_EQ(0, get_u16(&m.in, &code));
	else
		ATF_REQUIRE_EQ(PROTO_BOUND, m.head.type);
	msg_free(&m);
	return (code);
}

void
cl_create(struct cl *c, struct idn *idn, const char *folder)
{
	struct frame f;
	struct msg m;

	memset(idn, 0, sizeof(*idn));
	(void)strlcpy(idn->folder, folder, sizeof(idn->folder));
	memcpy(idn->indexd, c->indexd, TABLE_IDLEN);
	arc4random_buf(idn->id, sizeof(idn->id));
	cl_start(c, &f, PROTO_CREATE);
	frame_put_str(&f, folder);
	frame_put_bytes(&f, idn->id, sizeof(idn->id));
	frame_put_u32(&f, 0);
	frame_put_u64(&f, 0);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 0);
	frame_put_u8(&f, 0);
	cl_send(c, &f);
	cl_answer(c, &m);
	ATF_REQUIRE_EQ(PROTO_CREATED, m.head.type);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &idn->uidvalidity));
	ATF_REQUIRE_EQ(0, get_u64(&m.in, &idn->modseq));
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &idn->uid));
	ATF_REQUIRE_EQ(0, frame_end(&m.in));
	msg_free(&m);
}

static void
send_open(struct cl *c, const struct idn *idn, int write)
{
	struct frame f;

	cl_start(c, &f, PROTO_OPEN);
	frame_put_str(&f, idn->folder);
	frame_put_bytes(&f, idn->id, sizeof(idn->id));
	frame_put_bytes(&f, idn->indexd, sizeof(idn->indexd));
	frame_put_u32(&f, idn->uidvalidity);
	frame_put_u64(&f, idn->modseq);
	frame_put_u32(&f, idn->uid);
	frame_put_u8(&f, (uint8_t)write);
	cl_send(c, &f);
}

uint32_t
cl_open(struct cl *c, const struct idn *idn, int write, struct table *t)
{
	const char *why = "";
	struct msg m;
	uint32_t handle;

	send_open(c, idn, write);
	cl_answer(c, &m);
	ATF_REQUIRE_EQ_MSG(PROTO_OPENED, m.head.type, "type %u",
	    m.head.type);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &handle));
	ATF_REQUIRE(m.fd != -1);
	if (t != NULL) {
		ATF_REQUIRE_EQ_MSG(0, table_map(t, m.fd, &why), "%s", why);
		m.fd = -1;
	}
	msg_free(&m);
	return (handle);
}

uint16_t
cl_open_no(struct cl *c, const struct idn *idn)
{
	send_open(c, idn, 1);
	return (cl_no(c));
}

uint64_t
cl_flight(struct cl *c, uint32_t handle, unsigned int n,
    const char *const *names)
{
	struct frame f;
	struct msg m;
	uint64_t ticket;
	unsigned int i;

	cl_start(c, &f, PROTO_FLIGHT);
	frame_put_u32(&f, handle);
	frame_put_u32(&f, n);
	for (i = 0; i < n; i++)
		frame_put_str(&f, names[i]);
	cl_send(c, &f);
	cl_answer(c, &m);
	ATF_REQUIRE_EQ_MSG(PROTO_FLYING, m.head.type, "type %u",
	    m.head.type);
	ATF_REQUIRE_EQ(0, get_u64(&m.in, &ticket));
	msg_free(&m);
	return (ticket);
}

/* "1:3,5" as a set. */
void
put_set(struct frame *f, const char *text)
{
	uint32_t r[64], n = 0;
	char *end;

	while (*text != '\0') {
		ATF_REQUIRE(n < 32);
		r[2 * n] = r[2 * n + 1] = (uint32_t)strtoul(text, &end, 10);
		if (*end == ':')
			r[2 * n + 1] = (uint32_t)strtoul(end + 1, &end, 10);
		text = *end == ',' ? end + 1 : end;
		n++;
	}
	frame_put_u32(f, n);
	frame_put_bytes(f, r, n * 8);
}

void
cl_append(struct cl *c, uint64_t ticket, unsigned int n, uint16_t flags,
    const char *keyword)
{
	struct frame f;
	unsigned int i;

	cl_start(c, &f, PROTO_APPEND);
	frame_put_u64(&f, ++c->serial);
	frame_put_u64(&f, ticket);
	frame_put_u32(&f, n);
	for (i = 0; i < n; i++) {
		frame_put_u32(&f, 0);
		frame_put_u64(&f, 100 + i);
		frame_put_u64(&f, 110 + i);
		frame_put_u64(&f, 1700000000 + i);
		frame_put_u16(&f, flags);
		frame_put_u32(&f, keyword != NULL);
		if (keyword != NULL)
			frame_put_str(&f, keyword);
	}
	cl_send(c, &f);
}

static void
send_store(struct cl *c, uint32_t handle, uint8_t op, uint16_t flags,
    const char *keyword, int conditional, uint64_t since, const char *set)
{
	struct frame f;

	cl_start(c, &f, PROTO_STORE);
	frame_put_u64(&f, ++c->serial);
	frame_put_u32(&f, handle);
	frame_put_u8(&f, op);
	frame_put_u16(&f, flags);
	frame_put_u32(&f, keyword != NULL);
	if (keyword != NULL)
		frame_put_str(&f, keyword);
	frame_put_u8(&f, (uint8_t)conditional);
	frame_put_u64(&f, since);
	put_set(&f, set);
	cl_send(c, &f);
}

void
cl_store(struct cl *c, uint32_t handle, uint8_t op, uint16_t flags,
    const char *keyword, const char *set)
{
	send_store(c, handle, op, flags, keyword, 0, 0, set);
}

void
cl_store_if(struct cl *c, uint32_t handle, uint8_t op, uint16_t flags,
    uint64_t since, const char *set)
{
	send_store(c, handle, op, flags, NULL, 1, since, set);
}

void
cl_expunge(struct cl *c, uint32_t handle, const char *set)
{
	struct frame f;

	cl_start(c, &f, PROTO_EXPUNGE);
	frame_put_u64(&f, ++c->serial);
	frame_put_u32(&f, handle);
	put_set(&f, set);
	cl_send(c, &f);
}

void
cl_copy(struct cl *c, uint32_t from, uint64_t ticket, int move,
    unsigned int n, const uint32_t *uids)
{
	struct frame f;
	unsigned int i;

	cl_start(c, &f, PROTO_COPY);
	frame_put_u64(&f, ++c->serial);
	frame_put_u32(&f, from);
	frame_put_u64(&f, ticket);
	frame_put_u8(&f, (uint8_t)move);
	frame_put_u32(&f, n);
	for (i = 0; i < n; i++) {
		frame_put_u32(&f, uids[i]);
		frame_put_u32(&f, 0);
	}
	cl_send(c, &f);
}

void
cl_fate(struct cl *c, uint64_t serial)
{
	struct frame f;

	cl_start(c, &f, PROTO_FATE);
	frame_put_u64(&f, serial);
	cl_send(c, &f);
}

static void
get_text(struct payload *in, char *buf, size_t size)
{
	char one[32];
	uint32_t n, a, b;

	buf[0] = '\0';
	ATF_REQUIRE_EQ(0, get_u32(in, &n));
	while (n-- > 0) {
		ATF_REQUIRE(get_u32(in, &a) == 0 && get_u32(in, &b) == 0);
		if (a == b)
			(void)snprintf(one, sizeof(one), "%u", a);
		else
			(void)snprintf(one, sizeof(one), "%u:%u", a, b);
		if (buf[0] != '\0')
			(void)strlcat(buf, ",", size);
		(void)strlcat(buf, one, size);
	}
}

void
cl_result(struct cl *c, struct res *r)
{
	struct msg m;

	memset(r, 0, sizeof(*r));
	cl_answer(c, &m);
	r->type = m.head.type;
	if (r->type == PROTO_NO) {
		ATF_REQUIRE_EQ(0, get_u16(&m.in, &r->code));
		msg_free(&m);
		return;
	}
	ATF_REQUIRE_EQ_MSG(PROTO_RESULT, m.head.type, "type %u",
	    m.head.type);
	ATF_REQUIRE_EQ(0, get_u64(&m.in, &r->serial));
	ATF_REQUIRE_EQ(0, get_u16(&m.in, &r->code));
	ATF_REQUIRE_EQ(0, get_u64(&m.in, &r->modseq));
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &r->first));
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &r->last));
	get_text(&m.in, r->refused, sizeof(r->refused));
	get_text(&m.in, r->done, sizeof(r->done));
	ATF_REQUIRE_EQ(0, frame_end(&m.in));
	msg_free(&m);
}

void
cl_fill(struct cl *c, uint32_t handle, const char *prefix, unsigned int n,
    struct res *r)
{
	char (*text)[64];
	const char **names;
	uint64_t ticket;
	unsigned int i;

	ATF_REQUIRE((text = calloc(n, sizeof(*text))) != NULL);
	ATF_REQUIRE((names = calloc(n, sizeof(*names))) != NULL);
	for (i = 0; i < n; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "%s%u", prefix, i);
		names[i] = text[i];
	}
	ticket = cl_flight(c, handle, n, names);
	cl_append(c, ticket, n, 0, NULL);
	cl_result(c, r);
	ATF_REQUIRE_EQ(0, r->code);
	ATF_REQUIRE_EQ(n, r->last - r->first + 1);
	free(text);
	free(names);
}

void
row_of(struct table *t, uint32_t uid, struct row *row)
{
	uint64_t pos;

	ATF_REQUIRE_EQ(0, table_find(t, uid, &pos));
	ATF_REQUIRE_EQ(0, table_row(t, pos, row));
	ATF_REQUIRE_EQ(uid, row->uid);
}
