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

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "tests/lib/daemon.h"
#include "tests/lib/peer.h"

/* Whom indexd serves: who it is said to be in BIND. */

static struct daemons	d;
static char		sock[128];

static void
setup(const atf_tc_t *tc)
{
	daemons_init(&d, tc, "");
	daemons_indexd(&d);
	(void)snprintf(sock, sizeof(sock), "%s/indexd.sock", d.sockdir);
}

/* Binds for that user: 0, or the code of the NO. */
static uint16_t
bind_user(struct cl *c, const char *root, const char *user,
    uint32_t per_user)
{
	struct frame f;
	struct msg m;
	uint16_t code = 0;

	cl_dial(c, sock);
	c->uid = getuid();
	(void)strlcpy(c->root, root, sizeof(c->root));
	cl_start(c, &f, PROTO_BIND);
	frame_put_u32(&f, (uint32_t)getuid());
	frame_put_str(&f, root);
	cl_put_who(&f, user, per_user);
	cl_send(c, &f);
	cl_answer(c, &m);
	if (m.head.type == PROTO_NO) {
		ATF_REQUIRE_EQ(0, get_u16(&m.in, &code));
	} else {
		ATF_REQUIRE_EQ(PROTO_BOUND, m.head.type);
		ATF_REQUIRE_EQ(0, get_bytes(&m.in, c->id, sizeof(c->id)));
		ATF_REQUIRE_EQ(0, get_bytes(&m.in, c->token,
		    sizeof(c->token)));
	}
	msg_free(&m);
	return (code);
}

/* Of one user, whatever the mail root; not of another; not when not asked. */
ATF_TC_WITHOUT_HEAD(per_user);
ATF_TC_BODY(per_user, tc)
{
	struct cl a, b, c, e;

	setup(tc);
	ATF_REQUIRE_EQ(0, bind_user(&a, "/home/u/one", "joe", 2));
	ATF_REQUIRE_EQ(0, bind_user(&b, "/home/u/two", "joe", 2));
	ATF_CHECK_EQ(PROTO_NO_USER, bind_user(&c, "/home/u/one", "joe", 2));
	cl_close(&c);
	ATF_CHECK_EQ(0, bind_user(&c, "/home/u/one", "joe", 3));
	cl_close(&c);
	ATF_CHECK_EQ(0, bind_user(&c, "/home/u/one", "ann", 1));
	ATF_CHECK_EQ(0, bind_user(&e, "/home/u/one", "joe", 0));
	cl_close(&e);
	cl_close(&c);
	cl_close(&b);
	cl_close(&a);
	daemons_end(&d);
}

/* A session that says goodbye makes room, and so does one that breaks off. */
ATF_TC_WITHOUT_HEAD(room);
ATF_TC_BODY(room, tc)
{
	struct frame f;
	struct cl a, b;
	uint16_t code;
	int i;

	setup(tc);
	ATF_REQUIRE_EQ(0, bind_user(&a, "/home/u/one", "joe", 1));
	cl_start(&a, &f, PROTO_GOODBYE);
	cl_send(&a, &f);
	cl_expect(&a, PROTO_OK);
	cl_close(&a);
	ATF_REQUIRE_EQ(0, bind_user(&a, "/home/u/one", "joe", 1));
	cl_close(&a);
	/* It takes indexd a turn to see that. */
	for (i = 0; i < 100; i++) {
		if ((code = bind_user(&b, "/home/u/one", "joe", 1)) == 0)
			break;
		ATF_CHECK_EQ(PROTO_NO_USER, code);
		cl_close(&b);
	}
	ATF_CHECK_EQ(0, code);
	cl_close(&b);
	daemons_end(&d);
}

/*
 * indexd knows them again after a restart, and who comes back is not refused
 * though others are.
 */
ATF_TC_WITHOUT_HEAD(restarted);
ATF_TC_BODY(restarted, tc)
{
	struct cl a, b, c, old;

	setup(tc);
	ATF_REQUIRE_EQ(0, bind_user(&a, "/home/u/one", "joe", 2));
	ATF_REQUIRE_EQ(0, bind_user(&b, "/home/u/one", "joe", 2));
	(void)daemons_stop(&d, SIGKILL);
	daemons_indexd(&d);
	old = a;
	close(old.fd);
	cl_dial(&a, sock);
	ATF_REQUIRE_EQ(0, cl_resume(&a, &old));
	ATF_CHECK_EQ(PROTO_NO_USER, bind_user(&c, "/home/u/one", "joe", 1));
	cl_close(&c);
	ATF_CHECK_EQ(0, bind_user(&c, "/home/u/one", "joe", 2));
	old = b;
	close(old.fd);
	cl_dial(&b, sock);
	ATF_CHECK_EQ(0, cl_resume(&b, &old));
	cl_close(&c);
	cl_close(&b);
	cl_close(&a);
	daemons_end(&d);
}

/* A name or an address that is too long ends the connection. */
ATF_TC_WITHOUT_HEAD(too_long);
ATF_TC_BODY(too_long, tc)
{
	char name[PROTO_MAXUSER + 2];
	struct frame f;
	struct cl c;

	setup(tc);
	memset(name, 'u', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	cl_dial(&c, sock);
	cl_start(&c, &f, PROTO_BIND);
	frame_put_u32(&f, (uint32_t)getuid());
	frame_put_str(&f, "/home/u");
	cl_put_who(&f, name, 0);
	cl_send(&c, &f);
	ATF_CHECK(cl_gone(&c));
	cl_close(&c);
	name[PROTO_MAXUSER] = '\0';
	ATF_CHECK_EQ(0, bind_user(&c, "/home/u", name, 1));
	cl_close(&c);
	daemons_end(&d);
}

/* The delay that a failure there is answered with. */
static uint32_t
failed(struct cl *c, const char *address)
{
	struct frame f;
	struct msg m;
	uint32_t ms;

	cl_start(c, &f, PROTO_FAILED);
	frame_put_str(&f, address);
	cl_send(c, &f);
	cl_answer(c, &m);
	ATF_REQUIRE_EQ(PROTO_DELAY, m.head.type);
	ATF_REQUIRE_EQ(0, get_u32(&m.in, &ms));
	ATF_REQUIRE_EQ(0, frame_end(&m.in));
	msg_free(&m);
	return (ms);
}

static void
arrive(struct cl *c, const char *address, uint32_t limit)
{
	struct frame f;

	cl_start(c, &f, PROTO_ARRIVE);
	frame_put_str(&f, address);
	frame_put_u32(&f, limit);
	cl_send(c, &f);
}

/* Addresses count while their connections stand, bound or not. */
ATF_TC_WITHOUT_HEAD(per_address);
ATF_TC_BODY(per_address, tc)
{
	struct cl a, b, c, e;

	setup(tc);
	cl_dial(&a, sock);
	arrive(&a, "192.0.2.1", 2);
	cl_expect(&a, PROTO_OK);
	/* Said again, it is still one. */
	arrive(&a, "192.0.2.1", 2);
	cl_expect(&a, PROTO_OK);
	/* A session is of the address that BIND names. */
	ATF_REQUIRE_EQ(0, bind_user(&b, "/home/u/one", "joe", 0));
	cl_dial(&c, sock);
	arrive(&c, "192.0.2.1", 2);
	ATF_CHECK_EQ(PROTO_NO_USER, cl_no(&c));
	arrive(&c, "192.0.2.2", 2);
	cl_expect(&c, PROTO_OK);
	arrive(&c, "local", 1);
	cl_expect(&c, PROTO_OK);
	cl_dial(&e, sock);
	arrive(&e, "local", 1);
	cl_expect(&e, PROTO_OK);
	arrive(&e, "192.0.2.1", 0);
	cl_expect(&e, PROTO_OK);
	cl_close(&e);
	cl_close(&c);
	cl_close(&b);
	cl_close(&a);
	daemons_end(&d);
}

ATF_TC_WITHOUT_HEAD(failures);
ATF_TC_BODY(failures, tc)
{
	struct frame f;
	struct cl a, b;

	setup(tc);
	cl_dial(&a, sock);
	ATF_CHECK_EQ(2000, failed(&a, "192.0.2.1"));
	ATF_CHECK_EQ(3000, failed(&a, "192.0.2.1"));
	ATF_CHECK_EQ(2000, failed(&a, "2001:db8::1"));
	cl_dial(&b, sock);
	ATF_CHECK_EQ(4000, failed(&b, "192.0.2.1"));
	ATF_CHECK_EQ(3000, failed(&b, "2001:db8::2"));
	ATF_CHECK_EQ(2000, failed(&b, "local"));
	ATF_CHECK_EQ(2000, failed(&b, "local"));
	/* Who counts does not bind. */
	cl_start(&b, &f, PROTO_BIND);
	frame_put_u32(&f, (uint32_t)getuid());
	frame_put_str(&f, "/home/u");
	cl_put_who(&f, "joe", 0);
	cl_send(&b, &f);
	ATF_CHECK(cl_gone(&b));
	cl_close(&b);
	/* Nor does a session count. */
	ATF_REQUIRE_EQ(0, bind_user(&b, "/home/u/one", "joe", 0));
	cl_start(&b, &f, PROTO_FAILED);
	frame_put_str(&f, "192.0.2.1");
	cl_send(&b, &f);
	ATF_CHECK(cl_gone(&b));
	cl_close(&b);
	ATF_CHECK_EQ(5000, failed(&a, "192.0.2.1"));
	cl_close(&a);
	daemons_end(&d);
}

/* Rubbish in these, too, ends that connection and nothing else. */
ATF_TC_WITHOUT_HEAD(rubbish);
ATF_TC_BODY(rubbish, tc)
{
	static const uint16_t types[] = { PROTO_ARRIVE, PROTO_FAILED };
	char address[PROTO_MAXADDRESS + 2];
	struct frame f;
	struct cl good, c;
	size_t i, how;

	setup(tc);
	memset(address, '1', sizeof(address));
	address[sizeof(address) - 1] = '\0';
	cl_dial(&good, sock);
	arrive(&good, "192.0.2.1", 2);
	cl_expect(&good, PROTO_OK);
	for (i = 0; i < 2; i++) {
		for (how = 0; how < 4; how++) {
			cl_dial(&c, sock);
			cl_start(&c, &f, types[i]);
			if (how == 1)
				frame_put_u32(&f, UINT32_MAX);
			else if (how == 2)
				frame_put_str(&f, address);
			else if (how == 3) {
				frame_put_str(&f, "192.0.2.1");
				frame_put_u64(&f, 0);
			}
			cl_send(&c, &f);
			ATF_CHECK_MSG(cl_gone(&c), "%zu %zu", i, how);
			cl_close(&c);
		}
	}
	/* An address that is none is counted nowhere, and no harm. */
	ATF_CHECK_EQ(2000, failed(&good, "\"\r\nx"));
	ATF_CHECK_EQ(2000, failed(&good, "192.0.2.1"));
	arrive(&good, "192.0.2.1", 2);
	cl_expect(&good, PROTO_OK);
	cl_close(&good);
	daemons_end(&d);
}

/* Limits that are nearly used up are in the log, once. */
ATF_TC_WITHOUT_HEAD(near);
ATF_TC_BODY(near, tc)
{
	struct cl c[5];
	struct idn idn[5];
	struct table t[5];
	char folder[8];
	int i;

	daemons_init(&d, tc, "limit connections 5\nlimit mailboxes 5\n"
	    "limit open-mailboxes 5\n");
	daemons_indexd(&d);
	(void)snprintf(sock, sizeof(sock), "%s/indexd.sock", d.sockdir);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(0, bind_user(&c[i], "/home/u", "joe", 5));
	for (i = 0; i < 3; i++) {
		(void)snprintf(folder, sizeof(folder), ".%d", i);
		cl_create(&c[0], &idn[i], folder);
		(void)cl_open(&c[0], &idn[i], 0, &t[i]);
	}
	ATF_CHECK(!atf_utils_grep_file("is near", "indexd.log"));
	ATF_REQUIRE_EQ(0, bind_user(&c[3], "/home/u", "joe", 5));
	ATF_REQUIRE_EQ(0, bind_user(&c[4], "/home/u", "joe", 5));
	for (; i < 5; i++) {
		(void)snprintf(folder, sizeof(folder), ".%d", i);
		cl_create(&c[0], &idn[i], folder);
		(void)cl_open(&c[0], &idn[i], 0, &t[i]);
	}
	ATF_CHECK(atf_utils_grep_file("limit connections 5 is near: uid=.* "
	    "root=/home/u now=4", "indexd.log"));
	ATF_CHECK(atf_utils_grep_file("limit per-user 5 is near: now=4 "
	    "user=joe", "indexd.log"));
	ATF_CHECK(atf_utils_grep_file("limit mailboxes 5 is near: .* now=4",
	    "indexd.log"));
	ATF_CHECK(atf_utils_grep_file("limit open-mailboxes 5 is near: .* "
	    "now=4", "indexd.log"));
	ATF_CHECK(!atf_utils_grep_file("is near: .*now=5", "indexd.log"));
	for (i = 0; i < 5; i++) {
		table_unmap(&t[i]);
		cl_close(&c[i]);
	}
	daemons_end(&d);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, per_user);
	ATF_TP_ADD_TC(tp, room);
	ATF_TP_ADD_TC(tp, restarted);
	ATF_TP_ADD_TC(tp, too_long);
	ATF_TP_ADD_TC(tp, per_address);
	ATF_TP_ADD_TC(tp, failures);
	ATF_TP_ADD_TC(tp, rubbish);
	ATF_TP_ADD_TC(tp, near);
	return (atf_no_error());
}
