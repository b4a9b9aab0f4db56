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

/* Names in flight, COPY, MOVE, REPORT and what follows STORE in the folder. */

static struct server	*srv;
static struct cl	 a, b;
static struct idn	 inbox, other;
static uint32_t		 ha, hb, oa, ob;
static struct table	 t, u;

static void
setup(void)
{
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
}

static void
teardown(void)
{
	cl_close(&a);
	cl_close(&b);
	table_unmap(&t);
	table_unmap(&u);
	sv_stop(srv);
}

/* A report of names that appeared, of one that changed, of a set gone. */
static void
report(struct cl *c, uint32_t handle, uint64_t seen, const char *appeared,
    uint32_t uid, const char *name, uint32_t letters, const char *gone,
    struct res *r)
{
	struct frame f;

	cl_start(c, &f, PROTO_REPORT);
	frame_put_u64(&f, ++c->serial);
	frame_put_u32(&f, handle);
	frame_put_u64(&f, seen);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, appeared != NULL);
	if (appeared != NULL) {
		frame_put_str(&f, appeared);
		frame_put_u8(&f, 1);
		frame_put_u32(&f, LETTER_S);
		frame_put_u64(&f, 10);
		frame_put_u64(&f, 12);
		frame_put_u64(&f, 1700000000);
		frame_put_u32(&f, 0);
		frame_put_u8(&f, 0);
	}
	frame_put_u32(&f, uid != 0);
	if (uid != 0) {
		frame_put_u32(&f, uid);
		frame_put_str(&f, name);
		frame_put_u8(&f, 0);
		frame_put_u32(&f, letters);
	}
	put_set(&f, gone);
	cl_send(c, &f);
	cl_result(c, r);
}

static uint64_t
highest(struct table *table)
{
	struct table_state st;

	ATF_REQUIRE_EQ(0, table_state(table, &st));
	return (st.highestmodseq);
}

static uint32_t
messages(struct table *table)
{
	struct table_state st;

	ATF_REQUIRE_EQ(0, table_state(table, &st));
	return (st.messages);
}

ATF_TC_WITHOUT_HEAD(copy);
ATF_TC_BODY(copy, tc)
{
	const char *names[] = { "c1", "c2", "c3" };
	uint32_t uids[] = { 1, 7, 3 };
	struct row from, to;
	struct frame f;
	struct res r;
	struct msg m;
	uint64_t ticket;

	setup();
	cl_fill(&a, ha, "m", 3, &r);
	/* Keywords have another number in the destination. */
	cl_store(&a, oa, STORE_ADD, 0, "first", "1");
	cl_result(&a, &r);
	cl_fill(&a, oa, "o", 1, &r);
	cl_store(&a, oa, STORE_ADD, 0, "first", "1");
	cl_result(&a, &r);
	cl_store(&a, ha, STORE_ADD, FLAG_SEEN, "second", "1");
	cl_result(&a, &r);
	ticket = cl_flight(&a, oa, 3, names);
	cl_copy(&a, ha, ticket, 0, 3, uids);
	cl_result(&a, &r);
	ATF_REQUIRE_EQ(0, r.code);
	ATF_CHECK_STREQ("7", r.refused);
	ATF_CHECK_STREQ("1,3", r.done);
	ATF_CHECK_EQ(2, r.first);
	ATF_CHECK_EQ(3, r.last);
	row_of(&t, 1, &from);
	row_of(&u, 2, &to);
	ATF_CHECK_EQ(1, from.keywords);
	ATF_CHECK_EQ(2, to.keywords);
	ATF_CHECK_EQ(FLAG_SEEN, to.flags & FLAG_SYSTEM);
	ATF_CHECK_EQ(from.size, to.size);
	ATF_CHECK_EQ(from.internaldate, to.internaldate);
	ATF_CHECK_EQ(3, messages(&t));
	/* The name that was not used is to be unlinked by someone. */
	cl_event(&a, PROTO_CANCELLED, &m);
	msg_free(&m);
	/* No report numbers it. */
	report(&a, oa, highest(&u), "c2,S=5", 0, NULL, 0, "", &r);
	ATF_CHECK_EQ(0, r.code);
	ATF_CHECK_EQ(0, r.first);
	cl_start(&a, &f, PROTO_FORGET);
	frame_put_u32(&f, oa);
	frame_put_u32(&f, 1);
	frame_put_str(&f, "c2");
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	report(&a, oa, highest(&u), "c2,S=5", 0, NULL, 0, "", &r);
	ATF_CHECK_EQ(4, r.first);
	teardown();
}

ATF_TC_WITHOUT_HEAD(move);
ATF_TC_BODY(move, tc)
{
	const char *names[] = { "c1", "c2" }, *more[] = { "d1", "d2" };
	uint32_t uids[] = { 1, 2 }, later[] = { 2, 3 };
	struct engine_stats x, y;
	struct row row;
	struct res r, s;
	uint64_t ta, tb;

	setup();
	cl_fill(&a, ha, "m", 3, &r);
	ta = cl_flight(&a, oa, 2, names);
	tb = cl_flight(&b, ob, 2, more);
	sv_settle(srv);
	engine_stats(srv->engine, &x);
	/* Two sessions move in one batch: each message once. */
	cl_copy(&a, ha, ta, 1, 2, uids);
	cl_copy(&b, hb, tb, 1, 2, later);
	ATF_REQUIRE_EQ(0, server_turn(srv, 0));
	cl_result(&a, &r);
	cl_result(&b, &s);
	engine_stats(srv->engine, &y);
	ATF_CHECK_EQ(x.commits + 1, y.commits);
	ATF_CHECK_STREQ("1:2", r.done);
	ATF_CHECK_STREQ("2", s.refused);
	ATF_CHECK_STREQ("3", s.done);
	ATF_CHECK_EQ(0, messages(&t));
	ATF_CHECK_EQ(3, messages(&u));
	row_of(&t, 3, &row);
	ATF_CHECK(row.flags & ROW_EXPUNGED && row.flags & ROW_FILE);
	ATF_CHECK_EQ(3, s.first);
	ATF_CHECK_EQ(0, mailbox_check(mailbox_open(srv->engine, 1000,
	    "/home/u/Maildir", inbox.id), NULL, NULL));
	teardown();
}

ATF_TC_WITHOUT_HEAD(move_to_itself);
ATF_TC_BODY(move_to_itself, tc)
{
	const char *names[] = { "c1" };
	uint32_t uids[] = { 2 };
	struct res r;
	uint64_t ticket;

	setup();
	cl_fill(&a, ha, "m", 3, &r);
	ticket = cl_flight(&a, ha, 1, names);
	cl_copy(&a, ha, ticket, 1, 1, uids);
	cl_result(&a, &r);
	ATF_CHECK_STREQ("2", r.done);
	ATF_CHECK_EQ(4, r.first);
	ATF_CHECK_EQ(3, messages(&t));
	ATF_CHECK_EQ(r.modseq, highest(&t));
	teardown();
}

/* Names in flight are not numbered; those of a session that is away go. */
ATF_TC_WITHOUT_HEAD(flight);
ATF_TC_BODY(flight, tc)
{
	const char *names[] = { "f1,S=3", "f2" };
	struct frame f;
	struct msg m;
	struct res r;
	uint64_t ticket;
	uint32_t n;

	setup();
	ticket = cl_flight(&a, ha, 2, names);
	/* The answer was lost: the same names are the same ticket. */
	ATF_CHECK_EQ(ticket, cl_flight(&a, ha, 2, names));
	report(&b, hb, highest(&t), "f1,W=9", 0, NULL, 0, "", &r);
	ATF_CHECK_EQ(0, r.code);
	ATF_CHECK_EQ(0, r.first);
	/* Another's ticket is no ticket. */
	cl_append(&b, ticket, 2, 0, NULL);
	cl_result(&b, &r);
	ATF_CHECK_EQ(PROTO_NO_TICKET, r.code);
	/* A session that says goodbye leaves its names to others. */
	cl_start(&a, &f, PROTO_GOODBYE);
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	ATF_CHECK(cl_gone(&a));
	cl_event(&b, PROTO_CANCELLED, &m);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &n));
	ATF_CHECK_EQ(hb, n);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &n));
	ATF_CHECK_EQ(2, n);
	msg_free(&m);
	teardown();
}

ATF_TC_WITHOUT_HEAD(land);
ATF_TC_BODY(land, tc)
{
	const char *names[] = { "f1" };
	struct frame f;
	struct res r;
	uint64_t ticket;

	setup();
	ticket = cl_flight(&a, ha, 1, names);
	cl_start(&a, &f, PROTO_LAND);
	frame_put_u64(&f, ticket);
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	cl_append(&a, ticket, 1, 0, NULL);
	cl_result(&a, &r);
	ATF_CHECK_EQ(PROTO_NO_TICKET, r.code);
	report(&a, ha, highest(&t), "f1", 0, NULL, 0, "", &r);
	ATF_CHECK_EQ(1, r.first);
	teardown();
}

ATF_TC_WITHOUT_HEAD(report_all);
ATF_TC_BODY(report_all, tc)
{
	struct row row;
	struct res r, s;
	uint64_t seen;

	setup();
	report(&a, ha, highest(&t), "n1", 0, NULL, 0, "", &r);
	ATF_REQUIRE_EQ(0, r.code);
	ATF_CHECK_EQ(1, r.first);
	row_of(&t, 1, &row);
	ATF_CHECK(row.flags & ROW_NEW);
	ATF_CHECK_EQ(FLAG_SEEN, row.flags & FLAG_SYSTEM);
	/* Another session saw the same file. */
	seen = r.modseq - 1;
	report(&b, hb, seen, "n1,S=3", 0, NULL, 0, "", &s);
	ATF_CHECK_EQ(0, s.code);
	ATF_CHECK_EQ(0, s.first);
	ATF_CHECK_EQ(0, s.modseq);
	/* Moved to cur/ with other letters: only those change. */
	report(&a, ha, r.modseq, NULL, 1, "n1,S=9", LETTER_S | LETTER_F, "",
	    &r);
	ATF_REQUIRE_EQ(0, r.code);
	row_of(&t, 1, &row);
	ATF_CHECK_EQ(FLAG_SEEN | FLAG_FLAGGED, row.flags & FLAG_SYSTEM);
	ATF_CHECK(!(row.flags & ROW_NEW));
	ATF_CHECK_EQ(r.modseq, row.modseq);
	/* News that are older than the row. */
	report(&b, hb, seen, NULL, 1, "n1", 0, "", &s);
	ATF_CHECK_EQ(PROTO_NO_LOOK, s.code);
	report(&b, hb, seen, NULL, 0, NULL, 0, "1", &s);
	ATF_CHECK_EQ(PROTO_NO_LOOK, s.code);
	report(&b, hb, r.modseq, NULL, 0, NULL, 0, "1:9", &s);
	ATF_REQUIRE_EQ(0, s.code);
	ATF_CHECK_STREQ("1", s.done);
	row_of(&t, 1, &row);
	ATF_CHECK(row.flags & ROW_EXPUNGED && !(row.flags & ROW_FILE));
	teardown();
}

static void
letters(struct cl *c, uint16_t type, uint32_t handle, uint32_t uid,
    uint32_t value)
{
	struct frame f;

	cl_start(c, &f, type);
	frame_put_u32(&f, handle);
	frame_put_u32(&f, 1);
	frame_put_u32(&f, uid);
	frame_put_u32(&f, value);
	if (type == PROTO_GIVEN)
		frame_put_u8(&f, 1);
	cl_send(c, &f);
	cl_expect(c, PROTO_OK);
}

ATF_TC_WITHOUT_HEAD(giving);
ATF_TC_BODY(giving, tc)
{
	struct table_state st;
	struct row row;
	struct res r;
	uint64_t h;

	setup();
	cl_fill(&a, ha, "m", 1, &r);
	cl_store(&a, ha, STORE_ADD, FLAG_SEEN | FLAG_FLAGGED, NULL, "1");
	cl_result(&a, &r);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK_EQ(1, st.behind);
	h = st.highestmodseq;
	letters(&a, PROTO_GIVE, ha, 1, LETTER_S | LETTER_F);
	row_of(&t, 1, &row);
	ATF_CHECK(row.flags & ROW_GIVING);
	ATF_CHECK_EQ(LETTER_S | LETTER_F, row.gletters);
	/* Whoever sees that name sees ours: no new mod-sequence. */
	report(&b, hb, h, NULL, 1, "m0", LETTER_S | LETTER_F, "", &r);
	ATF_CHECK_EQ(h, r.modseq);
	row_of(&t, 1, &row);
	ATF_CHECK(!(row.flags & ROW_GIVING));
	ATF_CHECK_EQ(LETTER_S | LETTER_F, row.fletters);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK_EQ(0, st.behind);
	ATF_CHECK_EQ(h, st.highestmodseq);
	/* Another's change upon the one being given. */
	cl_store(&a, ha, STORE_REMOVE, FLAG_SEEN, NULL, "1");
	cl_result(&a, &r);
	letters(&a, PROTO_GIVE, ha, 1, LETTER_F);
	report(&b, hb, highest(&t), NULL, 1, "m0", LETTER_F | LETTER_R, "",
	    &r);
	ATF_CHECK(r.modseq > h);
	row_of(&t, 1, &row);
	ATF_CHECK_EQ(FLAG_FLAGGED | FLAG_ANSWERED, row.flags & FLAG_SYSTEM);
	letters(&a, PROTO_GIVE, ha, 1, LETTER_F);
	letters(&a, PROTO_GIVEN, ha, 1, LETTER_F);
	row_of(&t, 1, &row);
	ATF_CHECK(!(row.flags & ROW_GIVING));
	ATF_CHECK_EQ(LETTER_F, row.fletters);
	teardown();
}

ATF_TC_WITHOUT_HEAD(unlinked);
ATF_TC_BODY(unlinked, tc)
{
	struct table_state st;
	struct frame f;
	struct row row;
	struct res r;

	setup();
	cl_fill(&a, ha, "m", 2, &r);
	cl_store(&a, ha, STORE_ADD, FLAG_DELETED, NULL, "1");
	cl_result(&a, &r);
	cl_expunge(&a, ha, "1:2");
	cl_result(&a, &r);
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK_EQ(1, st.behind);
	cl_start(&a, &f, PROTO_UNLINKED);
	frame_put_u32(&f, ha);
	put_set(&f, "1");
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	row_of(&t, 1, &row);
	ATF_CHECK(!(row.flags & ROW_FILE));
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	ATF_CHECK_EQ(0, st.behind);
	cl_start(&a, &f, PROTO_SIZES);
	frame_put_u32(&f, ha);
	frame_put_u32(&f, 1);
	frame_put_u32(&f, 2);
	frame_put_u64(&f, 4711);
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	row_of(&t, 2, &row);
	ATF_CHECK_EQ(4711, row.vsize);
	teardown();
}

/* A folder that is deleted or replaced is gone for all who have it open. */
ATF_TC_WITHOUT_HEAD(deleted);
ATF_TC_BODY(deleted, tc)
{
	struct frame f;
	struct msg m;
	struct res r;

	setup();
	cl_start(&a, &f, PROTO_DELETED);
	frame_put_u32(&f, oa);
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	cl_event(&b, PROTO_GONE, &m);
	msg_free(&m);
	cl_store(&b, ob, STORE_ADD, FLAG_SEEN, NULL, "1");
	cl_result(&b, &r);
	ATF_CHECK_EQ(PROTO_NO_GONE, r.code);
	ATF_CHECK_EQ(PROTO_NO_MAILBOX, cl_open_no(&b, &other));
	cl_start(&b, &f, PROTO_CLOSE);
	frame_put_u32(&f, ob);
	cl_send(&b, &f);
	cl_expect(&b, PROTO_OK);
	/* An identity of another indexd, or with a higher floor. */
	inbox.modseq++;
	ATF_CHECK_EQ(PROTO_NO_MAILBOX, cl_open_no(&b, &inbox));
	inbox.modseq--;
	inbox.indexd[0] ^= 1;
	ATF_CHECK_EQ(PROTO_NO_MAILBOX, cl_open_no(&b, &inbox));
	teardown();
}

ATF_TC_WITHOUT_HEAD(renamed);
ATF_TC_BODY(renamed, tc)
{
	struct frame f;
	struct msg m;
	char name[64];
	uint32_t handle;
	uint8_t known;
	int i;

	setup();
	(void)strlcpy(other.folder, ".New", sizeof(other.folder));
	for (i = 0; i < 2; i++) {
		cl_start(&a, &f, PROTO_OPEN);
		frame_put_str(&f, other.folder);
		frame_put_bytes(&f, other.id, sizeof(other.id));
		frame_put_bytes(&f, other.indexd, sizeof(other.indexd));
		frame_put_u32(&f, other.uidvalidity);
		frame_put_u64(&f, other.modseq);
		frame_put_u32(&f, other.uid);
		frame_put_u8(&f, 1);
		cl_send(&a, &f);
		cl_answer(&a, &m);
		ATF_REQUIRE_EQ(PROTO_OPENED, m.head.type);
		ATF_REQUIRE_EQ(0, get_u32(&m.in, &handle));
		ATF_REQUIRE_EQ(0, get_u8(&m.in, &known));
		ATF_REQUIRE_EQ(0, get_str(&m.in, name, sizeof(name)));
		ATF_CHECK_EQ(i == 0, known);
		ATF_CHECK_STREQ(i == 0 ? ".Other" : "", name);
		msg_free(&m);
		cl_start(&a, &f, PROTO_RENAMED);
		frame_put_u32(&f, handle);
		frame_put_str(&f, ".New");
		cl_send(&a, &f);
		cl_expect(&a, PROTO_OK);
	}
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, copy);
	ATF_TP_ADD_TC(tp, move);
	ATF_TP_ADD_TC(tp, move_to_itself);
	ATF_TP_ADD_TC(tp, flight);
	ATF_TP_ADD_TC(tp, land);
	ATF_TP_ADD_TC(tp, report_all);
	ATF_TP_ADD_TC(tp, giving);
	ATF_TP_ADD_TC(tp, unlinked);
	ATF_TP_ADD_TC(tp, deleted);
	ATF_TP_ADD_TC(tp, renamed);
	return (atf_no_error());
}
