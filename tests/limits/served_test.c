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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, per_user);
	ATF_TP_ADD_TC(tp, room);
	ATF_TP_ADD_TC(tp, restarted);
	ATF_TP_ADD_TC(tp, too_long);
	return (atf_no_error());
}
