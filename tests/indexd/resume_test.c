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
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "tests/lib/daemon.h"
#include "tests/lib/peer.h"

/* A real indexd that is killed, and sessions that come back. */

static struct daemons	d;
static char		sock[128];

static void
setup(const atf_tc_t *tc)
{
	daemons_init(&d, tc, "");
	daemons_indexd(&d);
	(void)snprintf(sock, sizeof(sock), "%s/indexd.sock", d.sockdir);
}

static void
restart(int sig)
{
	(void)daemons_stop(&d, sig);
	daemons_indexd(&d);
}

static void
back(struct cl *c)
{
	struct cl old = *c;

	close(old.fd);
	cl_dial(c, sock);
	ATF_REQUIRE_EQ(0, cl_resume(c, &old));
}

/* What was answered is there after kill -9, and its result too. */
ATF_TC(fate);
ATF_TC_HEAD(fate, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(fate, tc)
{
	struct table_state st;
	struct table t;
	struct idn inbox;
	struct res r, s;
	struct cl c;
	uint32_t h;
	int i;

	setup(tc);
	cl_dial(&c, sock);
	cl_bind(&c, getuid(), "/home/u/Maildir");
	cl_create(&c, &inbox, "");
	h = cl_open(&c, &inbox, 1, &t);
	cl_fill(&c, h, "m", 3, &r);
	for (i = 0; i < 6; i++) {
		cl_store(&c, h, i % 2 ? STORE_REMOVE : STORE_ADD, FLAG_SEEN,
		    NULL, "1:2");
		cl_result(&c, &r);
		ATF_CHECK_STREQ("1:2", r.done);
		table_unmap(&t);
		restart(i == 5 ? SIGTERM : SIGKILL);
		back(&c);
		cl_fate(&c, c.serial);
		cl_result(&c, &s);
		ATF_REQUIRE_EQ(PROTO_RESULT, s.type);
		ATF_CHECK_EQ(r.modseq, s.modseq);
		ATF_CHECK_STREQ("1:2", s.done);
		cl_fate(&c, c.serial + 1);
		ATF_CHECK_EQ(PROTO_NO_FATE, cl_no(&c));
		h = cl_open(&c, &inbox, 1, &t);
		ATF_REQUIRE_EQ(0, table_state(&t, &st));
		ATF_CHECK_EQ(r.modseq, st.highestmodseq);
		ATF_CHECK_EQ(3, st.messages);
	}
	cl_close(&c);
	table_unmap(&t);
	daemons_end(&d);
}

/*
 * Killed with a request under way: either it was committed and its fate says
 * so, or it never was; repeated, it is there once.
 */
ATF_TC(once);
ATF_TC_HEAD(once, tc)
{
	atf_tc_set_md_var(tc, "timeout", "240");
}
ATF_TC_BODY(once, tc)
{
	char name[32];
	const char *names[] = { name };
	struct table_state st;
	struct table t;
	struct idn inbox;
	struct res r;
	struct cl c;
	uint64_t ticket, last = 0;
	uint32_t h;
	int i;

	setup(tc);
	cl_dial(&c, sock);
	cl_bind(&c, getuid(), "/home/u/Maildir");
	cl_create(&c, &inbox, "");
	h = cl_open(&c, &inbox, 1, NULL);
	for (i = 0; i < 12; i++) {
		(void)snprintf(name, sizeof(name), "m%d", i);
		ticket = cl_flight(&c, h, 1, names);
		cl_append(&c, ticket, 1, 0, NULL);
		/* At another point each time; how far it came is no matter. */
		(void)usleep((useconds_t)i * 300);
		restart(SIGKILL);
		back(&c);
		cl_fate(&c, c.serial);
		cl_result(&c, &r);
		h = cl_open(&c, &inbox, 1, &t);
		if (r.type == PROTO_NO) {
			ATF_CHECK_EQ(PROTO_NO_FATE, r.code);
			c.serial--;
			ATF_CHECK_EQ(ticket, cl_flight(&c, h, 1, names));
			cl_append(&c, ticket, 1, 0, NULL);
			cl_result(&c, &r);
		}
		ATF_REQUIRE_EQ(PROTO_RESULT, r.type);
		ATF_REQUIRE_EQ(0, r.code);
		ATF_CHECK_EQ((uint32_t)i + 1, r.first);
		ATF_CHECK(r.modseq > last);
		last = r.modseq;
		ATF_REQUIRE_EQ(0, table_state(&t, &st));
		ATF_CHECK_EQ((uint32_t)i + 1, st.messages);
		ATF_CHECK_EQ((uint32_t)i + 2, st.uidnext);
		table_unmap(&t);
	}
	cl_close(&c);
	daemons_end(&d);
}

/* Names in flight of a session that does not come back. */
ATF_TC(lost);
ATF_TC_HEAD(lost, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(lost, tc)
{
	const char *names[] = { "x1", "x2,S=4" };
	struct cl a, b;
	struct idn inbox;
	struct frame f;
	struct res r;
	struct msg m;
	char name[64];
	uint64_t ticket;
	uint32_t h, n;
	int i;

	setup(tc);
	cl_dial(&a, sock);
	cl_bind(&a, getuid(), "/home/u/Maildir");
	cl_create(&a, &inbox, "");
	h = cl_open(&a, &inbox, 1, NULL);
	ticket = cl_flight(&a, h, 2, names);
	restart(SIGKILL);
	cl_dial(&b, sock);
	cl_bind(&b, getuid(), "/home/u/Maildir");
	h = cl_open(&b, &inbox, 1, NULL);
	/* After 10 s they are cancelled. */
	cl_event(&b, PROTO_CANCELLED, &m);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &n));
	ATF_CHECK_EQ(h, n);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &n));
	ATF_REQUIRE_EQ(2, n);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(0, get_str(&m.in, name, sizeof(name)));
		ATF_CHECK_STREQ(names[i], name);
	}
	msg_free(&m);
	/* Its ticket is refused for good. */
	back(&a);
	h = cl_open(&a, &inbox, 1, NULL);
	cl_append(&a, ticket, 2, 0, NULL);
	cl_result(&a, &r);
	ATF_CHECK_EQ(PROTO_NO_TICKET, r.code);
	/* Who was told goes away: the next one is told. */
	cl_close(&b);
	cl_event(&a, PROTO_CANCELLED, &m);
	msg_free(&m);
	cl_start(&a, &f, PROTO_FORGET);
	frame_put_u32(&f, h);
	frame_put_u32(&f, 2);
	frame_put_str(&f, "x1");
	frame_put_str(&f, "x2");
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	/* Forgotten for good. */
	restart(SIGKILL);
	back(&a);
	h = cl_open(&a, &inbox, 1, NULL);
	cl_fate(&a, 99);
	ATF_CHECK_EQ(PROTO_NO_FATE, cl_no(&a));
	ATF_CHECK(!cl_has_event(&a, PROTO_CANCELLED));
	cl_close(&a);
	daemons_end(&d);
}

ATF_TC_WITHOUT_HEAD(tokens);
ATF_TC_BODY(tokens, tc)
{
	struct cl a, b, forged;
	struct idn inbox;
	struct frame f;

	setup(tc);
	cl_dial(&a, sock);
	cl_bind(&a, getuid(), "/home/u/Maildir");
	/* Connected: no second connection. */
	cl_dial(&b, sock);
	ATF_CHECK_EQ(PROTO_NO_TOKEN, cl_resume(&b, &a));
	cl_close(&b);
	/* The session's note is durable with this at the latest. */
	cl_create(&a, &inbox, "");
	restart(SIGKILL);
	forged = a;
	forged.token[5] ^= 1;
	cl_dial(&b, sock);
	ATF_CHECK_EQ(PROTO_NO_TOKEN, cl_resume(&b, &forged));
	forged = a;
	forged.uid++;
	ATF_CHECK_EQ(PROTO_NO_SESSION, cl_resume(&b, &forged));
	forged = a;
	(void)strlcpy(forged.root, "/home/v/Maildir", sizeof(forged.root));
	ATF_CHECK_EQ(PROTO_NO_SESSION, cl_resume(&b, &forged));
	forged = a;
	forged.id[0] ^= 1;
	ATF_CHECK_EQ(PROTO_NO_SESSION, cl_resume(&b, &forged));
	ATF_CHECK_EQ(0, cl_resume(&b, &a));
	/* A second bind ends the connection. */
	cl_start(&b, &f, PROTO_BIND);
	frame_put_u32(&f, (uint32_t)getuid());
	frame_put_str(&f, "/");
	cl_put_who(&f, "user", 0);
	cl_send(&b, &f);
	ATF_CHECK(cl_gone(&b));
	/* After GOODBYE the token is worth nothing, nor after a restart. */
	back(&a);
	cl_start(&a, &f, PROTO_GOODBYE);
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	cl_dial(&b, sock);
	ATF_CHECK_EQ(PROTO_NO_SESSION, cl_resume(&b, &a));
	cl_close(&b);
	restart(SIGTERM);
	cl_dial(&b, sock);
	ATF_CHECK_EQ(PROTO_NO_SESSION, cl_resume(&b, &a));
	cl_close(&b);
	cl_close(&a);
	daemons_end(&d);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fate);
	ATF_TP_ADD_TC(tp, once);
	ATF_TP_ADD_TC(tp, lost);
	ATF_TP_ADD_TC(tp, tokens);
	return (atf_no_error());
}
