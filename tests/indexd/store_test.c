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

#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "indexd/server.h"
#include "tests/lib/peer.h"

static struct server	*srv;
static struct cl	 a, b;
static struct idn	 inbox;
static uint32_t		 ha, hb;
static struct table	 t;

/* Two sessions with one mailbox of n messages open. */
static void
setup(unsigned int n)
{
	struct res r;

	srv = sv_start("");
	cl_inside(&a, srv);
	cl_inside(&b, srv);
	cl_bind(&a, 1000, "/home/u/Maildir");
	cl_bind(&b, 1000, "/home/u/Maildir");
	cl_create(&a, &inbox, "");
	ha = cl_open(&a, &inbox, 1, &t);
	hb = cl_open(&b, &inbox, 1, NULL);
	if (n > 0)
		cl_fill(&a, ha, "m", n, &r);
}

static void
teardown(void)
{
	cl_close(&a);
	cl_close(&b);
	table_unmap(&t);
	sv_stop(srv);
}

ATF_TC_WITHOUT_HEAD(append);
ATF_TC_BODY(append, tc)
{
	const char *names[] = { "x,S=1", "y" };
	struct table_state st;
	struct row row;
	struct res r;
	uint64_t ticket;

	setup(0);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK(st.highestmodseq >= 1);
	ATF_CHECK_EQ(0, st.messages);
	ticket = cl_flight(&a, ha, 2, names);
	cl_append(&a, ticket, 2, FLAG_SEEN, "$Label");
	cl_result(&a, &r);
	ATF_REQUIRE_EQ(0, r.code);
	ATF_CHECK_EQ(1, r.first);
	ATF_CHECK_EQ(2, r.last);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK_EQ(r.modseq, st.highestmodseq);
	ATF_CHECK_EQ(2, st.messages);
	row_of(&t, 2, &row);
	ATF_CHECK_EQ(FLAG_SEEN, row.flags & FLAG_SYSTEM);
	ATF_CHECK_EQ(1, row.keywords);
	ATF_CHECK_EQ(101, row.size);
	ATF_CHECK_EQ(1700000001, row.internaldate);
	ATF_CHECK_EQ(r.modseq, row.modseq);
	/* A ticket serves once. */
	cl_append(&a, ticket, 2, 0, NULL);
	cl_result(&a, &r);
	ATF_CHECK_EQ(PROTO_NO_TICKET, r.code);
	teardown();
}

ATF_TC_WITHOUT_HEAD(store);
ATF_TC_BODY(store, tc)
{
	struct table_state st;
	struct row row;
	struct res r, s;

	setup(5);
	cl_store(&a, ha, STORE_ADD, FLAG_SEEN, "work", "1:3,9");
	cl_result(&a, &r);
	ATF_CHECK_STREQ("1:3", r.done);
	ATF_CHECK_STREQ("", r.refused);
	/* One mod-sequence for all, and only for those that changed. */
	cl_store(&a, ha, STORE_ADD, FLAG_SEEN, NULL, "1:4294967295");
	cl_result(&a, &s);
	ATF_CHECK_STREQ("4:5", s.done);
	ATF_CHECK_EQ(r.modseq + 1, s.modseq);
	row_of(&t, 3, &row);
	ATF_CHECK_EQ(r.modseq, row.modseq);
	/* None if nothing changes. */
	cl_store(&a, ha, STORE_ADD, FLAG_SEEN, "WORK", "1:3");
	cl_result(&a, &r);
	ATF_CHECK_EQ(0, r.modseq);
	ATF_CHECK_STREQ("", r.done);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK_EQ(s.modseq, st.highestmodseq);
	/* A keyword that is only removed is not allotted. */
	cl_store(&a, ha, STORE_REMOVE, 0, "never", "1:5");
	cl_result(&a, &r);
	ATF_CHECK_EQ(0, r.modseq);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK_EQ(1, st.nkeywords);
	/* FLAGS replaces system flags and keywords. */
	cl_store(&a, ha, STORE_SET, FLAG_FLAGGED, NULL, "2");
	cl_result(&a, &r);
	row_of(&t, 2, &row);
	ATF_CHECK_EQ(FLAG_FLAGGED, row.flags & FLAG_SYSTEM);
	ATF_CHECK_EQ(0, row.keywords);
	cl_store(&a, ha, STORE_REMOVE, FLAG_FLAGGED, NULL, "1:5");
	cl_result(&a, &r);
	ATF_CHECK_STREQ("2", r.done);
	teardown();
}

ATF_TC_WITHOUT_HEAD(conditional);
ATF_TC_BODY(conditional, tc)
{
	struct res r, s;

	setup(4);
	cl_store(&a, ha, STORE_ADD, FLAG_FLAGGED, NULL, "2");
	cl_result(&a, &r);
	cl_store_if(&b, hb, STORE_ADD, FLAG_FLAGGED, r.modseq - 1, "1:4");
	cl_result(&b, &s);
	ATF_CHECK_STREQ("2", s.refused);
	ATF_CHECK_STREQ("1,3:4", s.done);
	ATF_CHECK_EQ(0, s.code);
	/* 0 fails always (RFC 7162 section 3.1.3). */
	cl_store_if(&b, hb, STORE_ADD, FLAG_FLAGGED, 0, "1:9");
	cl_result(&b, &s);
	ATF_CHECK_STREQ("1:4", s.refused);
	ATF_CHECK_EQ(0, s.modseq);
	/* The mod-sequence itself is unchanged since then. */
	cl_store_if(&b, hb, STORE_ADD, FLAG_DRAFT, r.modseq, "2");
	cl_result(&b, &s);
	ATF_CHECK_STREQ("2", s.done);
	teardown();
}

/* Both in one batch: the second sees what the first did. */
ATF_TC_WITHOUT_HEAD(race);
ATF_TC_BODY(race, tc)
{
	struct engine_stats before, after;
	struct table_state st;
	struct res r, s;

	setup(2);
	sv_settle(srv);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	engine_stats(srv->engine, &before);
	cl_store_if(&a, ha, STORE_ADD, FLAG_FLAGGED, st.highestmodseq, "1");
	cl_store_if(&b, hb, STORE_ADD, FLAG_FLAGGED, st.highestmodseq, "1:2");
	ATF_REQUIRE_EQ(0, server_turn(srv, 0));
	cl_result(&a, &r);
	cl_result(&b, &s);
	engine_stats(srv->engine, &after);
	ATF_CHECK_EQ(before.commits + 1, after.commits);
	ATF_CHECK_STREQ("1", r.done);
	ATF_CHECK_STREQ("1", s.refused);
	ATF_CHECK_STREQ("2", s.done);
	ATF_CHECK_EQ(r.modseq + 1, s.modseq);
	teardown();
}

ATF_TC_WITHOUT_HEAD(expunge);
ATF_TC_BODY(expunge, tc)
{
	struct table_state st;
	struct row row;
	struct res r;

	setup(300);
	cl_store(&a, ha, STORE_ADD, FLAG_DELETED, NULL, "2,5:6,299");
	cl_result(&a, &r);
	cl_expunge(&a, ha, "5:300");
	cl_result(&a, &r);
	ATF_CHECK_STREQ("5:6,299", r.done);
	row_of(&t, 5, &row);
	ATF_CHECK(row.flags & ROW_EXPUNGED && row.flags & ROW_FILE);
	ATF_CHECK_EQ(r.modseq, row.modseq);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK_EQ(297, st.messages);
	ATF_CHECK_EQ(1, st.deleted);
	cl_expunge(&a, ha, "5:300");
	cl_result(&a, &r);
	ATF_CHECK_EQ(0, r.modseq);
	/* In the batch of the STORE that marks them. */
	cl_store(&a, ha, STORE_ADD, FLAG_DELETED, NULL, "100:101");
	cl_expunge(&b, hb, "1:4294967295");
	ATF_REQUIRE_EQ(0, server_turn(srv, 0));
	cl_result(&a, &r);
	cl_result(&b, &r);
	ATF_CHECK_STREQ("2,100:101", r.done);
	teardown();
}

/* A serial is decided once. */
ATF_TC_WITHOUT_HEAD(serials);
ATF_TC_BODY(serials, tc)
{
	struct res r, s;

	setup(2);
	cl_store(&a, ha, STORE_ADD, FLAG_SEEN, NULL, "1");
	cl_result(&a, &r);
	a.serial--;
	cl_store(&a, ha, STORE_ADD, FLAG_FLAGGED, NULL, "2");
	cl_result(&a, &s);
	ATF_CHECK_EQ(r.modseq, s.modseq);
	ATF_CHECK_STREQ("1", s.done);
	cl_fate(&a, a.serial);
	cl_result(&a, &s);
	ATF_CHECK_EQ(r.modseq, s.modseq);
	cl_fate(&a, a.serial + 1);
	cl_result(&a, &s);
	ATF_CHECK_EQ(PROTO_NO_FATE, s.code);
	ATF_CHECK_EQ(PROTO_NO, s.type);
	teardown();
}

ATF_TC_WITHOUT_HEAD(armed);
ATF_TC_BODY(armed, tc)
{
	struct frame f;
	struct res r;
	struct msg m;

	setup(1);
	cl_store(&a, ha, STORE_ADD, FLAG_SEEN, NULL, "1");
	cl_result(&a, &r);
	cl_start(&b, &f, PROTO_ARM);
	frame_put_u32(&f, hb);
	frame_put_u64(&f, r.modseq);
	cl_send(&b, &f);
	cl_expect(&b, PROTO_OK);
	sv_settle(srv);
	cl_fate(&b, 1);
	ATF_CHECK_EQ(PROTO_NO_FATE, cl_no(&b));
	ATF_CHECK(!cl_has_event(&b, PROTO_CHANGED));
	cl_store(&a, ha, STORE_REMOVE, FLAG_SEEN, NULL, "1");
	cl_result(&a, &r);
	cl_event(&b, PROTO_CHANGED, &m);
	msg_free(&m);
	/* Once only, and at once if there is something already. */
	cl_store(&a, ha, STORE_ADD, FLAG_SEEN, NULL, "1");
	cl_result(&a, &r);
	sv_settle(srv);
	cl_fate(&b, 1);
	ATF_CHECK_EQ(PROTO_NO_FATE, cl_no(&b));
	ATF_CHECK(!cl_has_event(&b, PROTO_CHANGED));
	cl_start(&b, &f, PROTO_ARM);
	frame_put_u32(&f, hb);
	frame_put_u64(&f, r.modseq - 1);
	cl_send(&b, &f);
	cl_expect(&b, PROTO_OK);
	cl_event(&b, PROTO_CHANGED, &m);
	msg_free(&m);
	teardown();
}

ATF_TC_WITHOUT_HEAD(recent);
ATF_TC_BODY(recent, tc)
{
	struct frame f;
	struct msg m;
	struct res r;
	uint32_t first, before;
	int i;

	setup(3);
	for (i = 0; i < 2; i++) {
		cl_start(&a, &f, PROTO_RECENT);
		frame_put_u32(&f, ha);
		cl_send(&a, &f);
		cl_answer(&a, &m);
		ATF_REQUIRE_EQ(PROTO_RECENTS, m.head.type);
		ATF_REQUIRE_EQ(0, get_u32(&m.in, &first));
		ATF_REQUIRE_EQ(0, get_u32(&m.in, &before));
		ATF_CHECK_EQ(i == 0 ? 1U : 4U, first);
		ATF_CHECK_EQ(4, before);
		msg_free(&m);
	}
	cl_fill(&a, ha, "n", 1, &r);
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, append);
	ATF_TP_ADD_TC(tp, store);
	ATF_TP_ADD_TC(tp, conditional);
	ATF_TP_ADD_TC(tp, race);
	ATF_TP_ADD_TC(tp, expunge);
	ATF_TP_ADD_TC(tp, serials);
	ATF_TP_ADD_TC(tp, armed);
	ATF_TP_ADD_TC(tp, recent);
	return (atf_no_error());
}
