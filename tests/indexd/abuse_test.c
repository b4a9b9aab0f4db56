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

#include <fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "indexd/peer.h"
#include "indexd/server.h"
#include "tests/lib/peer.h"

/* Peers that send rubbish, stall, or want too much; it costs only them. */

static struct server	*srv;
static struct cl	 good;
static struct idn	 inbox;
static uint32_t		 h;

static uint32_t	create(uint32_t);

static void
setup(const char *conf)
{
	struct res r;

	srv = sv_start(conf);
	cl_inside(&good, srv);
	cl_bind(&good, 1000, "/home/u/Maildir");
	cl_create(&good, &inbox, "");
	h = cl_open(&good, &inbox, 1, NULL);
	cl_fill(&good, h, "m", 2, &r);
}

/* The good one is still served; then the end. */
static void
teardown(void)
{
	struct res r;

	cl_store(&good, h, STORE_ADD, FLAG_FLAGGED, NULL, "1");
	cl_result(&good, &r);
	ATF_CHECK_EQ(0, r.code);
	cl_close(&good);
	sv_stop(srv);
}

static void
raw(struct cl *c, const void *p, size_t n)
{
	ATF_REQUIRE_EQ((ssize_t)n, write(c->fd, p, n));
}

ATF_TC_WITHOUT_HEAD(rubbish);
ATF_TC_BODY(rubbish, tc)
{
	static const char http[] = "GET / HTTP/1.0\r\n\r\n";
	uint8_t head[FRAME_HEAD];
	unsigned int type;
	struct frame f;
	struct cl c;

	setup("");
	cl_inside(&c, srv);
	raw(&c, http, sizeof(http));
	ATF_CHECK(cl_gone(&c));
	cl_close(&c);
	/* A stranger's frame is small, and only of some types. */
	cl_inside(&c, srv);
	memset(head, 0, sizeof(head));
	head[2] = 1;
	head[4] = PROTO_BIND;
	raw(&c, head, sizeof(head));
	ATF_CHECK(cl_gone(&c));
	cl_close(&c);
	/* Every type of a bound peer, cut short and with too much. */
	for (type = 0; type < 256; type++) {
		/* One has no payload; the other's ticket is refused first. */
		if (type == PROTO_GOODBYE || type == PROTO_APPEND)
			continue;
		cl_inside(&c, srv);
		cl_bind(&c, 1000, "/home/u/Maildir");
		cl_start(&c, &f, (uint16_t)type);
		cl_send(&c, &f);
		ATF_CHECK_MSG(cl_gone(&c), "type %u", type);
		cl_close(&c);
		cl_inside(&c, srv);
		cl_bind(&c, 1000, "/home/u/Maildir");
		cl_start(&c, &f, (uint16_t)type);
		frame_put_u64(&f, 1);
		frame_put_u64(&f, UINT64_MAX);
		frame_put_u64(&f, UINT64_MAX);
		cl_send(&c, &f);
		ATF_CHECK_MSG(cl_gone(&c), "type %u", type);
		cl_close(&c);
	}
	teardown();
}

/* Handles are a session's own; a handle for reading changes nothing. */
ATF_TC_WITHOUT_HEAD(handles);
ATF_TC_BODY(handles, tc)
{
	struct cl c;
	uint32_t mine;

	setup("");
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/home/u/Maildir");
	cl_store(&c, 17, STORE_ADD, FLAG_SEEN, NULL, "1");
	ATF_CHECK(cl_gone(&c));
	cl_close(&c);
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/home/u/Maildir");
	mine = cl_open(&c, &inbox, 0, NULL);
	cl_store(&c, mine, STORE_ADD, FLAG_SEEN, NULL, "1");
	ATF_CHECK(cl_gone(&c));
	cl_close(&c);
	/* Another root, another user: not this table. */
	cl_inside(&c, srv);
	cl_bind(&c, 1001, "/home/u/Maildir");
	ATF_CHECK_EQ(PROTO_NO_MAILBOX, cl_open_no(&c, &inbox));
	cl_close(&c);
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/home/u/Maildir2");
	ATF_CHECK_EQ(PROTO_NO_MAILBOX, cl_open_no(&c, &inbox));
	cl_close(&c);
	teardown();
}

ATF_TC_WITHOUT_HEAD(sets);
ATF_TC_BODY(sets, tc)
{
	static const char *const bad[] = { "0", "2,1", "1:3,4", "3:2",
	    "1,1", "1:4294967295,1" };
	struct cl c;
	uint32_t mine;
	size_t i;

	setup("");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cl_inside(&c, srv);
		cl_bind(&c, 1000, "/home/u/Maildir");
		mine = cl_open(&c, &inbox, 1, NULL);
		cl_store(&c, mine, STORE_ADD, FLAG_SEEN, NULL, bad[i]);
		ATF_CHECK_MSG(cl_gone(&c), "%s", bad[i]);
		cl_close(&c);
	}
	teardown();
}

ATF_TC_WITHOUT_HEAD(strangers);
ATF_TC_BODY(strangers, tc)
{
	struct cl c[PEER_STRANGERS + 8];
	size_t i, n = sizeof(c) / sizeof(c[0]);
	char b;

	setup("");
	for (i = 0; i < n; i++)
		cl_inside(&c[i], srv);
	/* Of too many that came over the socket the oldest goes; these are
	 * only counted. */
	ATF_CHECK_EQ(n, srv->nstrangers);
	srv->now += PEER_STRANGE;
	for (i = 0; i < n; i++) {
		struct peer *p = TAILQ_FIRST(&srv->strangers);

		p->since -= PEER_STRANGE < p->since ? PEER_STRANGE : p->since;
		TAILQ_REMOVE(&srv->strangers, p, entry);
		TAILQ_INSERT_TAIL(&srv->strangers, p, entry);
	}
	sv_settle(srv);
	ATF_CHECK_EQ(0, srv->nstrangers);
	for (i = 0; i < n; i++) {
		ATF_CHECK_EQ(0, read(c[i].fd, &b, 1));
		cl_close(&c[i]);
	}
	teardown();
}

/* Who tries tokens is counted with all that are refused: 20 lines a second. */
ATF_TC_WITHOUT_HEAD(tokens);
ATF_TC_BODY(tokens, tc)
{
	struct cl c, thief;
	unsigned int i;

	setup("");
	cl_inside(&thief, srv);
	c = good;
	c.token[0] ^= 1;
	for (i = 0; i < 2 * PEER_LINES; i++)
		ATF_CHECK_EQ(PROTO_NO_TOKEN, cl_resume(&thief, &c));
	ATF_CHECK(srv->stats.refused >= 2 * PEER_LINES);
	ATF_CHECK(srv->lines > 0);
	cl_close(&thief);
	teardown();
}

/* A peer that sends requests and never reads the answers. */
ATF_TC_WITHOUT_HEAD(deaf);
ATF_TC_BODY(deaf, tc)
{
	struct peer *p;
	struct frame f;
	struct cl c;
	int i, flags;
	ssize_t n;

	setup("");
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/home/u/Maildir");
	ATF_REQUIRE((flags = fcntl(c.fd, F_GETFL)) != -1);
	ATF_REQUIRE_EQ(0, fcntl(c.fd, F_SETFL, flags | O_NONBLOCK));
	p = TAILQ_LAST(&srv->bound, peer_list);
	frame_init(&f, PROTO_FATE, 1);
	frame_put_u64(&f, 1);
	frame_close(&f);
	for (i = 0; i < 200000; i++) {
		n = frame_write(c.fd, f.buf, f.len, -1);
		if (n == -1) {
			ATF_REQUIRE_EQ(EAGAIN, errno);
			ATF_REQUIRE_EQ(0, server_turn(srv, 0));
			if (p->nouts > PEER_HIGHFRAMES)
				break;
		}
	}
	frame_free(&f);
	sv_settle(srv);
	ATF_CHECK(p->outlen <= PEER_HIGHOUT + 65536);
	ATF_CHECK(p->nouts <= PEER_HIGHFRAMES + 2);
	ATF_CHECK(p->len <= PEER_ROOM);
	/* Then it goes. */
	p->moved = 0;
	srv->swept = 0;
	sv_settle(srv);
	ATF_CHECK_EQ(1, srv->nbound);
	cl_close(&c);
	teardown();
}

/* Large frames are bounded in all, and one at a time for a user. */
ATF_TC_WITHOUT_HEAD(large);
ATF_TC_BODY(large, tc)
{
	struct cl c[6];
	struct frame f;
	uint8_t head[FRAME_HEAD];
	char root[32];
	int i;

	setup("");
	frame_init(&f, PROTO_REPORT, 9);
	frame_close(&f);
	memcpy(head, f.buf, sizeof(head));
	frame_free(&f);
	head[0] = head[1] = head[2] = 0;
	head[3] = 2;			/* 32 MiB */
	for (i = 0; i < 6; i++) {
		(void)snprintf(root, sizeof(root), "/r%d", i);
		cl_inside(&c[i], srv);
		cl_bind(&c[i], 1000, i == 5 ? "/r0" : root);
		raw(&c[i], head, sizeof(head));
		sv_settle(srv);
	}
	ATF_CHECK_EQ(PEER_LARGE, srv->large);
	cl_close(&c[1]);
	sv_settle(srv);
	/* The fifth of another user may now, the second of the first not. */
	ATF_CHECK_EQ(PEER_LARGE, srv->large);
	ATF_CHECK(!TAILQ_EMPTY(&srv->hungry));
	for (i = 0; i < 6; i++)
		cl_close(&c[i]);
	sv_settle(srv);
	ATF_CHECK_EQ(0, srv->large);
	ATF_CHECK(TAILQ_EMPTY(&srv->hungry));
	teardown();
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	struct idn two;
	struct frame f;
	struct cl c;
	struct res r;
	struct msg m;

	setup("limit connections 2\nlimit mailboxes 2\n"
	    "limit open-mailboxes 1\nlimit rows 4\n");
	cl_create(&good, &two, ".Two");
	ATF_CHECK_EQ(PROTO_NO_LIMIT, cl_open_no(&good, &two));
	cl_start(&good, &f, PROTO_CREATE);
	frame_put_str(&f, ".Three");
	frame_put_bytes(&f, "0123456789abcdef", TABLE_IDLEN);
	frame_put_u32(&f, 0);
	frame_put_u64(&f, 0);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 0);
	frame_put_u8(&f, 0);
	cl_send(&good, &f);
	ATF_CHECK_EQ(PROTO_NO_LIMIT, cl_no(&good));
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/home/u/Maildir");
	cl_close(&c);
	sv_settle(srv);
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/home/u/Maildir");
	cl_inside(&c, srv);
	cl_start(&c, &f, PROTO_BIND);
	frame_put_u32(&f, 1000);
	frame_put_str(&f, "/home/u/Maildir");
	cl_put_who(&f, "user", 0);
	cl_send(&c, &f);
	cl_answer(&c, &m);
	ATF_CHECK_EQ(PROTO_NO, m.head.type);
	msg_free(&m);
	cl_close(&c);
	/* Two rows are there. */
	{
		const char *names[] = { "a", "b", "c" };
		uint64_t ticket = cl_flight(&good, h, 3, names);

		cl_append(&good, ticket, 3, 0, NULL);
		cl_result(&good, &r);
		ATF_CHECK_EQ(PROTO_NO_LIMIT, r.code);
		ATF_CHECK_EQ(0, r.first);
	}
	/* More keywords than there are. */
	{
		char kw[32];
		int i;

		for (i = 0; i < TABLE_KEYWORDS; i++) {
			(void)snprintf(kw, sizeof(kw), "kw%d", i);
			cl_store(&good, h, STORE_ADD, 0, kw, "1");
			cl_result(&good, &r);
			ATF_REQUIRE_EQ(0, r.code);
		}
		cl_store(&good, h, STORE_ADD, FLAG_SEEN, "one-more", "1");
		cl_result(&good, &r);
		ATF_CHECK_EQ(PROTO_NO_LIMIT, r.code);
		ATF_CHECK_EQ(0, r.modseq);
	}
	teardown();
}

/* At the floor requests wait, until a session has raised it. */
ATF_TC_WITHOUT_HEAD(floor);
ATF_TC_BODY(floor, tc)
{
	struct frame f;
	struct res r;
	struct msg m;
	uint64_t modseq;
	uint32_t handle, uid;
	char name[32];
	unsigned int i, n = FLOOR_UIDS + 10;

	setup("");
	cl_start(&good, &f, PROTO_REPORT);
	frame_put_u64(&f, ++good.serial);
	frame_put_u32(&f, h);
	frame_put_u64(&f, 1);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, n);
	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "r%u", i);
		frame_put_str(&f, name);
		frame_put_u8(&f, 0);
		frame_put_u32(&f, 0);
		frame_put_u64(&f, 1);
		frame_put_u64(&f, 1);
		frame_put_u64(&f, 1);
		frame_put_u32(&f, 0);
		frame_put_u8(&f, 0);
	}
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 0);
	/* More than the socket takes without a turn. */
	frame_close(&f);
	{
		size_t off = 0;
		ssize_t w;

		while (off < f.len) {
			w = send(good.fd, f.buf + off, f.len - off,
			    MSG_DONTWAIT);
			if (w == -1)
				ATF_REQUIRE_EQ(0, server_turn(srv, 0));
			else
				off += (size_t)w;
		}
		frame_free(&f);
	}
	cl_event(&good, PROTO_RAISE, &m);
	ATF_REQUIRE(get_u32(&m.in, &handle) == 0 &&
	    get_u64(&m.in, &modseq) == 0 && get_u32(&m.in, &uid) == 0);
	msg_free(&m);
	ATF_CHECK_EQ(h, handle);
	ATF_CHECK(uid > n + 3);
	ATF_CHECK(!TAILQ_EMPTY(&srv->held));
	/* The session itself cannot: its request is first.  Another one. */
	{
		struct cl c;
		uint32_t mine;

		cl_inside(&c, srv);
		cl_bind(&c, 1000, "/home/u/Maildir");
		inbox.modseq = modseq;
		inbox.uid = uid;
		/* The folder has what was asked for: its own table. */
		mine = cl_open(&c, &inbox, 1, NULL);
		cl_start(&c, &f, PROTO_FLOOR);
		frame_put_u32(&f, mine);
		frame_put_u64(&f, modseq);
		frame_put_u32(&f, uid);
		cl_send(&c, &f);
		cl_expect(&c, PROTO_OK);
		cl_close(&c);
	}
	cl_result(&good, &r);
	ATF_CHECK_EQ(0, r.code);
	ATF_CHECK_EQ(3, r.first);
	ATF_CHECK_EQ(n + 2, r.last);
	teardown();
}

/* Nobody raises it: after a time the answer is NO. */
ATF_TC_WITHOUT_HEAD(floor_stays);
ATF_TC_BODY(floor_stays, tc)
{
	struct frame f;
	struct idn low;
	struct peer *p;
	struct msg m;
	struct res r;
	uint32_t handle;

	setup("");
	memset(&low, 0, sizeof(low));
	memcpy(low.indexd, good.indexd, TABLE_IDLEN);
	arc4random_buf(low.id, sizeof(low.id));
	cl_start(&good, &f, PROTO_CREATE);
	frame_put_str(&f, "");
	frame_put_bytes(&f, low.id, sizeof(low.id));
	frame_put_u32(&f, 7);
	frame_put_u64(&f, 0);
	/* The very last UIDs: there is nothing to raise the floor to. */
	frame_put_u32(&f, UINT32_MAX - 3);
	frame_put_u32(&f, 0);
	frame_put_u8(&f, 0);
	cl_send(&good, &f);
	cl_answer(&good, &m);
	ATF_REQUIRE_EQ(PROTO_CREATED, m.head.type);
	ATF_REQUIRE(get_u32(&m.in, &low.uidvalidity) == 0 &&
	    get_u64(&m.in, &low.modseq) == 0 &&
	    get_u32(&m.in, &low.uid) == 0);
	msg_free(&m);
	ATF_CHECK_EQ(7, low.uidvalidity);
	ATF_CHECK_EQ(UINT32_MAX, low.uid);
	handle = cl_open(&good, &low, 1, NULL);
	{
		const char *names[] = { "a", "b", "c", "d" };
		uint64_t ticket = cl_flight(&good, handle, 4, names);

		cl_append(&good, ticket, 4, 0, NULL);
	}
	sv_settle(srv);
	ATF_REQUIRE((p = TAILQ_FIRST(&srv->held)) != NULL);
	p->held_since -= 6000;
	cl_result(&good, &r);
	ATF_CHECK_EQ(PROTO_NO_FLOOR, r.code);
	ATF_CHECK_EQ(0, r.first);
	teardown();
}

/* A CREATE of that UIDVALIDITY; returns that of the answer, 0 if it is NO. */
static uint32_t
create(uint32_t uidvalidity)
{
	uint8_t id[TABLE_IDLEN];
	struct frame f;
	struct msg m;
	uint32_t v = 0;

	arc4random_buf(id, sizeof(id));
	cl_start(&good, &f, PROTO_CREATE);
	frame_put_str(&f, "");
	frame_put_bytes(&f, id, sizeof(id));
	frame_put_u32(&f, uidvalidity);
	frame_put_u64(&f, 0);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 0);
	frame_put_u8(&f, 0);
	cl_send(&good, &f);
	cl_answer(&good, &m);
	if (m.head.type == PROTO_CREATED)
		ATF_REQUIRE_EQ(0, get_u32(&m.in, &v));
	msg_free(&m);
	return (v);
}

ATF_TC(uidvalidities);
ATF_TC_HEAD(uidvalidities, tc)
{
	atf_tc_set_md_var(tc, "descr", "nobody uses up the UIDVALIDITYs of all");
}
ATF_TC_BODY(uidvalidities, tc)
{
	uint32_t now = (uint32_t)time(NULL);

	setup("");
	ATF_CHECK_EQ(UINT32_MAX, create(UINT32_MAX));
	ATF_CHECK(create(0) >= now);
	/* One that may be from another host counts. */
	ATF_CHECK_EQ(now + 100000, create(now + 100000));
	ATF_CHECK(create(0) > now + 100000);
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rubbish);
	ATF_TP_ADD_TC(tp, handles);
	ATF_TP_ADD_TC(tp, sets);
	ATF_TP_ADD_TC(tp, strangers);
	ATF_TP_ADD_TC(tp, tokens);
	ATF_TP_ADD_TC(tp, deaf);
	ATF_TP_ADD_TC(tp, large);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, floor);
	ATF_TP_ADD_TC(tp, floor_stays);
	ATF_TP_ADD_TC(tp, uidvalidities);
	return (atf_no_error());
}
