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

#include <atf-c.h>
#include <string.h>

#include "common/proto.h"
#include "indexd/server.h"
#include "tests/lib/peer.h"

/* REPLACE (RFC 8508): the new message for the old one, as one change. */

static struct server	*srv;
static struct cl	 a, b;
static struct idn	 inbox, other;
static uint32_t		 ha, hb, oa, ob;
static struct table	 t, u;

static void
setup(void)
{
	struct res	 r;

	srv = sv_start("");
	cl_inside(&a, srv);
	cl_inside(&b, srv);
	cl_bind(&a, 1000, "/home/u/Maildir");
	cl_bind(&b, 1000, "/home/u/Maildir");
	cl_create(&a, &inbox, "");
	cl_create(&a, &other, ".Other");
	ha = cl_open(&a, &inbox, 1, &t);
	hb = cl_open(&b, &inbox, 1, NULL);
	oa = cl_open(&a, &other, 1, &u);
	ob = cl_open(&b, &other, 1, NULL);
	cl_fill(&a, ha, "m", 3, &r);
}

static void
teardown(void)
{
	ATF_CHECK_EQ(0, mailbox_check(mailbox_open(srv->engine, 1000,
	    "/home/u/Maildir", inbox.id), NULL, NULL));
	cl_close(&a);
	cl_close(&b);
	table_unmap(&t);
	table_unmap(&u);
	sv_stop(srv);
}

static void
replace(struct cl *c, uint32_t from, uint64_t ticket, uint32_t uid)
{
	struct frame	 f;

	cl_start(c, &f, PROTO_REPLACE);
	frame_put_u64(&f, ++c->serial);
	frame_put_u32(&f, from);
	frame_put_u64(&f, ticket);
	frame_put_u32(&f, uid);
	frame_put_u32(&f, 0);
	frame_put_u64(&f, 100);
	frame_put_u64(&f, 110);
	frame_put_u64(&f, 1700000000);
	frame_put_u16(&f, FLAG_SEEN);
	frame_put_u32(&f, 1);
	frame_put_str(&f, "kw");
	cl_send(c, &f);
}

static uint64_t
ticket_of(struct cl *c, uint32_t handle, const char *name)
{
	return (cl_flight(c, handle, 1, &name));
}

static uint64_t
highest(struct table *table, uint32_t messages)
{
	struct table_state	 st;

	ATF_REQUIRE_EQ(0, table_state(table, &st));
	ATF_CHECK_EQ(messages, st.messages);
	return (st.highestmodseq);
}

ATF_TC_WITHOUT_HEAD(same);
ATF_TC_BODY(same, tc)
{
	struct res	 r;
	uint64_t	 before;

	(void)tc;
	setup();
	before = highest(&t, 3);
	replace(&a, ha, ticket_of(&a, ha, "1600000000.r1"), 2);
	cl_result(&a, &r);
	ATF_CHECK_EQ(0, r.code);
	ATF_CHECK_STREQ("2", r.done);
	ATF_CHECK_STREQ("", r.refused);
	ATF_CHECK_EQ(4, r.first);
	ATF_CHECK_EQ(4, r.last);
	/* One change, one mod-sequence. */
	ATF_CHECK_EQ(before + 1, r.modseq);
	ATF_CHECK_EQ(r.modseq, highest(&t, 3));
	teardown();
}

ATF_TC_WITHOUT_HEAD(elsewhere);
ATF_TC_BODY(elsewhere, tc)
{
	struct res	 r;
	uint64_t	 before;

	(void)tc;
	setup();
	before = highest(&t, 3);
	replace(&a, ha, ticket_of(&a, oa, "r1"), 3);
	cl_result(&a, &r);
	ATF_CHECK_STREQ("3", r.done);
	ATF_CHECK_EQ(1, r.first);
	ATF_CHECK_EQ(before + 1, highest(&t, 2));
	ATF_CHECK_EQ(r.modseq, highest(&u, 1));
	teardown();
}

/* Two sessions replace one message in one batch: once. */
ATF_TC_WITHOUT_HEAD(both);
ATF_TC_BODY(both, tc)
{
	struct res	 r, s;
	struct msg	 m;
	uint64_t	 ta, tb;
	uint32_t	 n;

	(void)tc;
	setup();
	ta = ticket_of(&a, oa, "r1");
	tb = ticket_of(&b, hb, "r2");
	sv_settle(srv);
	replace(&a, ha, ta, 1);
	replace(&b, hb, tb, 1);
	ATF_REQUIRE_EQ(0, server_turn(srv, 0));
	cl_result(&a, &r);
	cl_result(&b, &s);
	ATF_CHECK_STREQ("1", r.done);
	ATF_CHECK_EQ(0, s.code);
	ATF_CHECK_STREQ("", s.done);
	ATF_CHECK_STREQ("1", s.refused);
	ATF_CHECK_EQ(0, s.first);
	(void)highest(&t, 2);
	(void)highest(&u, 1);
	/* The name that was not used is to be unlinked. */
	cl_event(&a, PROTO_CANCELLED, &m);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &n));
	ATF_CHECK_EQ(ha, n);
	msg_free(&m);
	teardown();
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	const char	*names[] = { "r1", "r2" };
	struct cl	 c;
	struct res	 r;
	uint32_t	 handle;

	(void)tc;
	setup();
	/* Never was; another's ticket; none. */
	replace(&a, ha, ticket_of(&a, ha, "r0"), 99);
	cl_result(&a, &r);
	ATF_CHECK_STREQ("99", r.refused);
	replace(&b, hb, ticket_of(&a, ha, "r3"), 1);
	cl_result(&b, &r);
	ATF_CHECK_EQ(PROTO_NO_TICKET, r.code);
	replace(&a, ha, 12345, 1);
	cl_result(&a, &r);
	ATF_CHECK_EQ(PROTO_NO_TICKET, r.code);
	(void)highest(&t, 3);
	/* Whoever may not write, or names two files, is no peer. */
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/home/u/Maildir");
	handle = cl_open(&c, &inbox, 0, NULL);
	replace(&c, handle, 1, 1);
	ATF_CHECK(cl_gone(&c));
	cl_close(&c);
	replace(&b, hb, cl_flight(&b, hb, 2, names), 1);
	ATF_CHECK(cl_gone(&b));
	(void)highest(&t, 3);
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, same);
	ATF_TP_ADD_TC(tp, elsewhere);
	ATF_TP_ADD_TC(tp, both);
	ATF_TP_ADD_TC(tp, refused);
	return (atf_no_error());
}
