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
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/uidset.h"
#include "indexd/compact.h"
#include "indexd/server.h"
#include "tests/lib/peer.h"

/* UNCHANGEDSINCE by flag: RFC 7162 sections 3.1.3 and 3.1.12. */

#define MESSAGES	24
#define FLAGS		5		/* system flags, then keywords */
#define KEYWORDS	4

static struct server	*srv;
static struct cl	 a, b;
static struct idn	 inbox;
static uint32_t		 ha, hb;
static struct table	 t;

static const char *conf = "";
static const char *words[KEYWORDS] = { "$claim", "$done", "work", "later" };

static void	setup(unsigned int);
static void	teardown(void);
static void	put_store(struct cl *, uint32_t, uint8_t, uint16_t,
		    unsigned int, uint64_t, const char *);
static void	want(uint8_t, uint16_t, unsigned int, uint64_t, const char *,
		    const char *);
static uint64_t	change(uint8_t, uint16_t, const char *, const char *);
static struct table_state state(void);
static uint64_t	highest(void);
static uint64_t	horizon(void);
static void	compact(void);

/* Two sessions with one mailbox of n messages open. */
static void
setup(unsigned int n)
{
	struct res r;

	srv = sv_start(conf);
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

/* A conditional STORE of flags and of those words that have a bit. */
static void
put_store(struct cl *c, uint32_t handle, uint8_t op, uint16_t flags,
    unsigned int keywords, uint64_t since, const char *set)
{
	struct frame f;
	unsigned int i, n = 0;

	for (i = 0; i < KEYWORDS; i++)
		n += keywords >> i & 1;
	cl_start(c, &f, PROTO_STORE);
	frame_put_u64(&f, ++c->serial);
	frame_put_u32(&f, handle);
	frame_put_u8(&f, op);
	frame_put_u16(&f, flags);
	frame_put_u32(&f, n);
	for (i = 0; i < KEYWORDS; i++)
		if (keywords >> i & 1)
			frame_put_str(&f, words[i]);
	frame_put_u8(&f, 1);
	frame_put_u64(&f, since);
	put_set(&f, set);
	cl_send(c, &f);
}

/* Who must fail that STORE. */
static void
want(uint8_t op, uint16_t flags, unsigned int keywords, uint64_t since,
    const char *set, const char *refused)
{
	struct res r;

	put_store(&b, hb, op, flags, keywords, since, set);
	cl_result(&b, &r);
	ATF_CHECK_EQ(0, r.code);
	ATF_CHECK_MSG(strcmp(refused, r.refused) == 0, "op %u flags %#x "
	    "keywords %#x since %llu set %s: %s, not %s", op, flags, keywords,
	    (unsigned long long)since, set, r.refused, refused);
}

/* Another session's change; its mod-sequence. */
static uint64_t
change(uint8_t op, uint16_t flags, const char *keyword, const char *set)
{
	struct res r;

	cl_store(&a, ha, op, flags, keyword, set);
	cl_result(&a, &r);
	ATF_REQUIRE_EQ(0, r.code);
	ATF_REQUIRE(r.modseq != 0);
	return (r.modseq);
}

/* The newest generation may be another one. */
static struct table_state
state(void)
{
	struct table_state st;

	while (t.h->superseded) {
		table_unmap(&t);
		cl_close(&a);
		cl_inside(&a, srv);
		cl_bind(&a, 1000, "/home/u/Maildir");
		ha = cl_open(&a, &inbox, 1, &t);
	}
	ATF_REQUIRE_EQ(0, table_state(&t, &st));
	return (st);
}

static uint64_t
highest(void)
{
	return (state().highestmodseq);
}

static uint64_t
horizon(void)
{
	return (state().flag_horizon);
}

/* Changes message 1 until the log has been compacted. */
static void
compact(void)
{
	struct engine_stats before, after;
	unsigned int i;

	engine_stats(srv->engine, &before);
	for (i = 0; i < 1000; i++) {
		change(i % 2 ? STORE_REMOVE : STORE_ADD, FLAG_ANSWERED, NULL,
		    "1");
		sv_settle(srv);
		engine_stats(srv->engine, &after);
		if (after.compactions > before.compactions)
			return;
	}
	atf_tc_fail("no compaction");
}

ATF_TC(others);
ATF_TC_HEAD(others, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 57: a change of other flags "
	    "is no conflict");
}
ATF_TC_BODY(others, tc)
{
	uint64_t h, m;

	setup(6);
	h = highest();
	m = change(STORE_ADD, FLAG_SEEN, "work", "2:4");
	/* Others pass, be they set or cleared. */
	want(STORE_ADD, FLAG_FLAGGED, 0, h, "1:6", "");
	want(STORE_REMOVE, FLAG_DRAFT, 1U << 1, h, "1:6", "");
	/* One that changed fails, alone or among others. */
	want(STORE_ADD, FLAG_SEEN, 0, h, "1:4", "2:4");
	want(STORE_REMOVE, FLAG_SEEN | FLAG_DRAFT, 0, h, "3:6", "3:4");
	want(STORE_REMOVE, 0, 1U << 2, h, "2", "2");
	want(STORE_ADD, FLAG_DRAFT, 1U << 2, h, "4:5", "4");
	want(STORE_REMOVE, FLAG_SEEN, 0, m, "2", "");
	/* So it does if it is by now as it was. */
	h = highest();
	change(STORE_ADD, FLAG_DELETED, NULL, "6");
	change(STORE_REMOVE, FLAG_DELETED, NULL, "6");
	change(STORE_ADD, 0, "later", "6");
	want(STORE_ADD, FLAG_DELETED, 0, h, "6", "6");
	want(STORE_REMOVE, FLAG_DELETED, 0, h, "6", "6");
	want(STORE_ADD, FLAG_ANSWERED, 0, h, "6", "");
	/* FLAGS means them all; an empty list none. */
	want(STORE_SET, FLAG_ANSWERED, 0, h, "5:6", "6");
	want(STORE_SET, 0, 0, h, "6", "6");
	want(STORE_ADD, 0, 0, h, "1:6", "");
	want(STORE_REMOVE, 0, 0, 0, "1:6", "");
	teardown();
}

ATF_TC(zero);
ATF_TC_HEAD(zero, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 59: since 0 fails for system "
	    "flags and for keywords that are set");
}
ATF_TC_BODY(zero, tc)
{
	setup(4);
	/* Nobody has heard of it. */
	want(STORE_ADD, 0, 1, 0, "1:2", "");
	want(STORE_ADD, 0, 1, 0, "1:4", "1:2");
	change(STORE_REMOVE, 0, words[0], "1:4");
	/* Whatever happened to it before. */
	want(STORE_ADD, 0, 1, 0, "2", "");
	want(STORE_REMOVE, 0, 1, 0, "1:3", "2");
	want(STORE_ADD, FLAG_DRAFT, 0, 0, "1:4", "1:4");
	want(STORE_REMOVE, FLAG_DRAFT, 1U << 1, 0, "1:4", "1:4");
	want(STORE_SET, 0, 1U << 1, 0, "3", "3");
	teardown();
}

ATF_TC(claim);
ATF_TC_HEAD(claim, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "checklist 57: of two in one batch that claim a message one gets "
	    "it, and who names other flags does, too");
}
ATF_TC_BODY(claim, tc)
{
	struct engine_stats before, after;
	struct res r, s;
	struct row row;
	struct cl c;
	uint32_t hc;
	uint64_t h;

	setup(6);
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/home/u/Maildir");
	hc = cl_open(&c, &inbox, 1, NULL);
	sv_settle(srv);
	h = highest();
	engine_stats(srv->engine, &before);
	put_store(&a, ha, STORE_ADD, 0, 1, h, "1:2,4");
	put_store(&b, hb, STORE_ADD, 0, 1, h, "2:5");
	put_store(&c, hc, STORE_ADD, FLAG_SEEN, 0, h, "2:5");
	ATF_REQUIRE_EQ(0, server_turn(srv, 0));
	engine_stats(srv->engine, &after);
	ATF_CHECK_EQ(before.commits + 1, after.commits);
	cl_result(&a, &r);
	ATF_CHECK_STREQ("1:2,4", r.done);
	cl_result(&b, &s);
	ATF_CHECK_STREQ("2,4", s.refused);
	ATF_CHECK_STREQ("3,5", s.done);
	ATF_CHECK_EQ(r.modseq + 1, s.modseq);
	cl_result(&c, &r);
	ATF_CHECK_STREQ("2:5", r.done);
	ATF_CHECK_STREQ("", r.refused);
	/* Twice the same: nothing to change is not "not changed". */
	h = highest();
	put_store(&a, ha, STORE_ADD, FLAG_FLAGGED, 0, h, "1");
	put_store(&b, hb, STORE_ADD, FLAG_FLAGGED, 0, h, "1");
	ATF_REQUIRE_EQ(0, server_turn(srv, 0));
	cl_result(&a, &r);
	cl_result(&b, &s);
	ATF_CHECK_STREQ("1", r.done);
	ATF_CHECK_STREQ("1", s.refused);
	/* What the request itself did before is not in its way. */
	h = highest();
	want(STORE_ADD, FLAG_DELETED, 1U << 3, h, "1:6", "");
	row_of(&t, 3, &row);
	ATF_CHECK_EQ(FLAG_SEEN | FLAG_DELETED, row.flags & FLAG_SYSTEM);
	cl_close(&c);
	teardown();
}

ATF_TC(created);
ATF_TC_HEAD(created, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 57: a message that is new "
	    "has its system flags and its keywords changed");
}
ATF_TC_BODY(created, tc)
{
	const char *names[] = { "c1", "c2" }, *more[] = { "d1" };
	const uint32_t uids[] = { 1, 2 };
	struct res r;
	uint64_t h, m;

	setup(2);
	change(STORE_ADD, FLAG_SEEN, "work", "1");
	h = highest();
	cl_copy(&a, ha, cl_flight(&a, ha, 2, names), 0, 2, uids);
	cl_result(&a, &r);
	ATF_REQUIRE_EQ(3, r.first);
	m = r.modseq;
	cl_append(&a, cl_flight(&a, ha, 1, more), 1, 0, "later");
	cl_result(&a, &r);
	ATF_REQUIRE_EQ(5, r.first);
	want(STORE_REMOVE, FLAG_DRAFT, 0, h, "1:5", "3:5");
	want(STORE_REMOVE, FLAG_DRAFT, 0, m, "1:5", "5");
	want(STORE_ADD, 0, 1, h, "1:5", "");
	want(STORE_REMOVE, 0, 1U << 3, h, "1:4", "");
	want(STORE_REMOVE, 0, 1U << 2 | 1U << 3, m, "2,4:5", "5");
	want(STORE_ADD, 0, 1U << 2, h, "2:4", "3");
	/* What it came with and lost has changed as well. */
	change(STORE_REMOVE, 0, "work", "3");
	want(STORE_ADD, 0, 1U << 2, h, "3", "3");
	want(STORE_ADD, 0, 1U << 2, 0, "3", "");
	teardown();
}

ATF_TC(programs);
ATF_TC_HEAD(programs, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 57: other programs' letters "
	    "are changes of just these flags");
}
ATF_TC_BODY(programs, tc)
{
	struct frame f;
	struct res r;
	uint64_t h;

	setup(3);
	change(STORE_ADD, FLAG_DRAFT, "work", "3");
	h = highest();
	cl_start(&a, &f, PROTO_REPORT);
	frame_put_u64(&f, ++a.serial);
	frame_put_u32(&f, ha);
	frame_put_u64(&f, h);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 1);
	frame_put_u32(&f, 2);
	frame_put_str(&f, "m1");
	frame_put_u8(&f, 0);
	/* Letter a is the first keyword. */
	frame_put_u32(&f, LETTER_F | LETTER_T | 1);
	put_set(&f, "");
	cl_send(&a, &f);
	cl_result(&a, &r);
	ATF_REQUIRE_EQ(0, r.code);
	ATF_REQUIRE_EQ(h + 1, r.modseq);
	want(STORE_ADD, FLAG_SEEN | FLAG_ANSWERED, 1U << 3, h, "1:3", "");
	want(STORE_REMOVE, FLAG_FLAGGED, 0, h, "1:3", "2");
	want(STORE_ADD, FLAG_DELETED | FLAG_DRAFT, 0, h, "2", "2");
	want(STORE_REMOVE, 0, 1U << 2, h, "1:3", "2");
	teardown();
}

ATF_TC(below);
ATF_TC_HEAD(below, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 57: below the flag horizon "
	    "the message's mod-sequence decides");
}
ATF_TC_BODY(below, tc)
{
	uint64_t h, m;

	conf = "commit interval 1000\n";
	compact_slack = compact_history = 8;
	setup(4);
	h = highest();
	m = change(STORE_ADD, FLAG_SEEN, NULL, "2:3");
	compact();
	ATF_REQUIRE(horizon() > h);
	want(STORE_ADD, FLAG_FLAGGED, 0, h, "2:3", "2:3");
	want(STORE_ADD, 0, 1, h, "2:4", "2:3");
	want(STORE_ADD, 0, 0, h, "1:4", "");
	want(STORE_ADD, FLAG_FLAGGED, 0, m, "2:3", "");
	/* Since 0 is no matter of history. */
	want(STORE_ADD, 0, 2, 0, "2:4", "");
	/* What the horizon leaves is known as before. */
	h = horizon();
	ATF_REQUIRE(h < highest());
	want(STORE_ADD, FLAG_DELETED, 0, h, "1", "");
	want(STORE_ADD, FLAG_ANSWERED, 0, h, "1", "1");
	teardown();
}

ATF_TC(history);
ATF_TC_HEAD(history, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 57: a compaction right after "
	    "a burst leaves the history of 4096 changes");
}
ATF_TC_BODY(history, tc)
{
	struct engine_stats st;
	uint64_t h, m;
	unsigned int i;

	ATF_REQUIRE_EQ(4096, compact_history);
	conf = "commit interval 1000\n";
	compact_slack = 8;
	setup(4);
	for (i = 0; i < 200; i++)
		change(i % 2 ? STORE_REMOVE : STORE_ADD, FLAG_SEEN, NULL,
		    "1");
	h = highest();
	for (i = 0; i < 3800; i++)
		change(i % 2 ? STORE_REMOVE : STORE_ADD, FLAG_SEEN, NULL,
		    "2");
	m = highest();
	compact();
	engine_stats(srv->engine, &st);
	ATF_REQUIRE_EQ(1, st.compactions);
	ATF_REQUIRE(horizon() > 1);
	ATF_CHECK(horizon() <= h);
	want(STORE_ADD, FLAG_FLAGGED, 0, h, "1:4", "");
	want(STORE_ADD, FLAG_SEEN, 0, h, "1:2", "2");
	want(STORE_ADD, FLAG_SEEN, 0, m, "2:4", "");
	teardown();
}

/* A naive memory of when each flag of each message changed. */
struct memory {
	uint64_t	at[MESSAGES][FLAGS + KEYWORDS];
	uint64_t	last[MESSAGES];	/* when any of them did */
	int		on[MESSAGES][FLAGS + KEYWORDS];
	unsigned int	n;
	uint64_t	modseq;		/* of the mailbox */
};

static void	appear(struct memory *);
static unsigned int dice(unsigned int);
static void	recall(struct memory *, uint8_t, unsigned int, uint64_t,
		    uint64_t, unsigned int, unsigned int, struct uidset *);

/* Message n appears, with a flag and a keyword or without. */
static void
appear(struct memory *m)
{
	const char *name[1];
	char text[16];
	struct res r;
	unsigned int i, k;

	i = m->n++;
	snprintf(text, sizeof(text), "new%u", i);
	name[0] = text;
	cl_append(&b, cl_flight(&b, hb, 1, name), 1, i % 2 ? FLAG_SEEN : 0,
	    i % 2 ? words[2] : NULL);
	cl_result(&b, &r);
	ATF_REQUIRE_EQ(i + 1, r.first);
	m->modseq = m->last[i] = r.modseq;
	for (k = 0; k < FLAGS; k++)
		m->at[i][k] = r.modseq;
	if (i % 2) {
		m->on[i][0] = m->on[i][FLAGS + 2] = 1;
		m->at[i][FLAGS + 2] = r.modseq;
	}
}

/* A number below n, the same ones in each run. */
static unsigned int
dice(unsigned int n)
{
	static uint32_t x = 7;

	x = x * 1103515245U + 12345U;
	return ((x >> 8) % n);
}

/* Decides as the standard says; the set of who fails, as text. */
static void
recall(struct memory *m, uint8_t op, unsigned int mask, uint64_t since,
    uint64_t limit, unsigned int lo, unsigned int hi, struct uidset *refused)
{
	uint64_t number = m->modseq + 1;
	unsigned int i, k;
	int fails, on;

	for (i = lo - 1; i < hi; i++) {
		fails = 0;
		for (k = 0; k < FLAGS + KEYWORDS; k++) {
			if (op != STORE_SET && (mask >> k & 1) == 0)
				continue;
			if (since == 0)
				fails |= op == STORE_SET || k < FLAGS ||
				    m->on[i][k];
			else if (op == STORE_SET || since < limit)
				fails |= m->last[i] > since;
			else
				fails |= m->at[i][k] > since;
		}
		if (fails) {
			ATF_REQUIRE_EQ(0, uidset_add(refused, i + 1));
			continue;
		}
		for (k = 0; k < FLAGS + KEYWORDS; k++) {
			on = (int)(mask >> k & 1);
			if (op != STORE_SET && !on)
				continue;
			on = on && op != STORE_REMOVE;
			if (on == m->on[i][k])
				continue;
			m->on[i][k] = on;
			m->at[i][k] = m->last[i] = m->modseq = number;
		}
	}
}

ATF_TC(random_ones);
ATF_TC_HEAD(random_ones, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 57: random STOREs fail as "
	    "the history of each flag says, with compactions going on");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(random_ones, tc)
{
	struct engine_stats st;
	struct memory m = { .modseq = 0 };
	struct uidset refused;
	struct res r;
	char set[32], text[512];
	unsigned int i, lo, hi, mask, above = 0;
	uint64_t since;
	uint8_t op;
	size_t pos;

	conf = "commit interval 1000\n";
	compact_slack = 32;
	compact_history = 256;
	setup(0);
	uidset_init(&refused, 0);
	/* A busy machine takes longer for a compaction. */
	memset(&st, 0, sizeof(st));
	for (i = 0; i < 6000 || (st.compactions < 5 && i < 60000); i++) {
		if (m.n < 8 || (m.n < MESSAGES && dice(200) == 0))
			appear(&m);
		op = dice(12) == 0 ? STORE_SET :
		    dice(2) ? STORE_ADD : STORE_REMOVE;
		mask = 1U << dice(FLAGS + KEYWORDS);
		if (dice(4) == 0)
			mask |= 1U << dice(FLAGS + KEYWORDS);
		lo = 1 + dice(m.n);
		hi = dice(2) ? lo : lo + dice(m.n - lo + 1);
		since = dice(300);
		if (since > m.modseq || dice(20) == 0)
			since = m.modseq;
		since = m.modseq - since;
		above += since >= horizon() && since < m.modseq;
		recall(&m, op, mask, since, horizon(), lo, hi, &refused);
		pos = 0;
		text[0] = '\0';
		uidset_text(&refused, &pos, text, sizeof(text));
		uidset_clear(&refused);
		snprintf(set, sizeof(set), "%u:%u", lo, hi);
		put_store(&b, hb, op, (uint16_t)(mask & FLAG_SYSTEM),
		    mask >> FLAGS, since, set);
		cl_result(&b, &r);
		ATF_REQUIRE_EQ(0, r.code);
		ATF_REQUIRE_MSG(strcmp(text, r.refused) == 0, "%u: op %u mask "
		    "%#x since %llu set %s: %s, not %s", i, op, mask,
		    (unsigned long long)since, set, r.refused, text);
		ATF_REQUIRE_EQ(m.modseq, highest());
		engine_stats(srv->engine, &st);
	}
	ATF_CHECK(st.compactions >= 5);
	ATF_CHECK(above > 3000);
	ATF_CHECK_EQ(MESSAGES, m.n);
	uidset_free(&refused);
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, zero);
	ATF_TP_ADD_TC(tp, claim);
	ATF_TP_ADD_TC(tp, created);
	ATF_TP_ADD_TC(tp, programs);
	ATF_TP_ADD_TC(tp, below);
	ATF_TP_ADD_TC(tp, history);
	ATF_TP_ADD_TC(tp, random_ones);
	return (atf_no_error());
}
