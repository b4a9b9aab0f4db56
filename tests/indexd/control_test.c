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
#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "indexd/server.h"
#include "tests/lib/daemon.h"
#include "tests/lib/peer.h"

/* indexctl, and a disk that is full. */

static struct daemons	d;

/* Runs indexctl; its first lines, and how many there are. */
static int
ctl(const char *args, char *buf, size_t size, unsigned int *lines)
{
	char cmd[2048], line[4096];
	FILE *fp;
	int status;

	buf[0] = '\0';
	*lines = 0;
	(void)snprintf(cmd, sizeof(cmd),
	    "%s/indexd/indexctl -s %s/indexd.sock %s", d.top, d.sockdir, args);
	ATF_REQUIRE((fp = popen(cmd, "r")) != NULL);
	while (fgets(line, sizeof(line), fp) != NULL)
		if ((*lines)++ < 8)
			(void)strlcat(buf, line, size);
	status = pclose(fp);
	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
has(const char *text, const char *what)
{
	ATF_CHECK_MSG(strstr(text, what) != NULL, "no %s in %s", what, text);
}

ATF_TC_WITHOUT_HEAD(indexctl);
ATF_TC_BODY(indexctl, tc)
{
	char sock[128], text[32768], want[128];
	struct idn inbox, odd;
	unsigned int n;
	struct res r;
	struct cl c;
	uint32_t h;

	daemons_init(&d, tc, "");
	daemons_indexd(&d);
	(void)snprintf(sock, sizeof(sock), "%s/indexd.sock", d.sockdir);
	cl_dial(&c, sock);
	cl_bind(&c, 1234, "/home/u/Maildir");
	cl_create(&c, &inbox, "");
	cl_create(&c, &odd, ".a\"b\\c\001d\303\251\377");
	h = cl_open(&c, &inbox, 1, NULL);
	cl_fill(&c, h, "m", 3000, &r);
	cl_store(&c, h, STORE_ADD, FLAG_SEEN, "k\"w", "2");
	cl_result(&c, &r);

	ATF_CHECK_EQ(0, ctl("show", text, sizeof(text), &n));
	ATF_CHECK_EQ(2, n);
	has(text, "uid=1234 /home/u/Maildir/INBOX messages=3000");
	has(text, ".a\"b\\134c\\001d");
	ATF_CHECK_EQ(0, ctl("-j show", text, sizeof(text), &n));
	has(text, "\"folder\":\".a\\\"b\\\\c\\u0001d\303\251\\u00ff\"");
	ATF_CHECK_EQ(0, ctl("show /home/u/Maildir/INBOX", text, sizeof(text),
	    &n));
	ATF_CHECK_EQ(3003, n);
	(void)snprintf(want, sizeof(want), "pid=%ld", (long)getpid());
#ifdef __linux__
	has(text, want);
#endif
	(void)snprintf(want, sizeof(want),
	    "  2 modseq=%llu flags=(\\Seen k\"w)",
	    (unsigned long long)r.modseq);
	has(text, want);
	has(text, "expunge-horizon=");
	ATF_CHECK_EQ(0, ctl("-j show INBOX", text, sizeof(text), &n));
	has(text, "\"flags\":[\"\\\\Seen\",\"k\\\"w\"]");
	ATF_CHECK_EQ(1, ctl("show nothing", text, sizeof(text), &n));
	ATF_CHECK_EQ(1, ctl("dance", text, sizeof(text), &n));
	ATF_CHECK_EQ(0, ctl("check", text, sizeof(text), &n));
	has(text, "/home/u/Maildir/INBOX faults=0");
	ATF_CHECK_EQ(0, ctl("-j stats", text, sizeof(text), &n));
	has(text, "\"connected\":1,");
	ATF_CHECK_EQ(0, ctl("stats", text, sizeof(text), &n));
	has(text, "\ncpu-us ");
	has(text, "sessions 1\n");
	cl_close(&c);
	daemons_end(&d);
}

/* What cannot be written is refused, and nothing of it has happened. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	const char *names[] = { "x" };
	struct server *srv;
	struct rlimit rl;
	struct idn inbox;
	struct frame f;
	struct table t;
	struct row row;
	struct res r;
	struct cl c;
	uint64_t last, ticket;
	uint32_t h;

	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	srv = sv_start("");
	cl_inside(&c, srv);
	cl_bind(&c, 1000, "/r");
	cl_create(&c, &inbox, "");
	h = cl_open(&c, &inbox, 1, &t);
	cl_fill(&c, h, "m", 2, &r);
	ticket = cl_flight(&c, h, 1, names);
	last = r.modseq;
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &rl));
	rl.rlim_cur = 1;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
	cl_store(&c, h, STORE_ADD, FLAG_SEEN, "new", "1");
	cl_result(&c, &r);
	ATF_CHECK_EQ(PROTO_NO_SPACE, r.code);
	ATF_CHECK_EQ(0, r.modseq);
	row_of(&t, 1, &row);
	ATF_CHECK_EQ(0, row.flags & FLAG_SYSTEM);
	cl_fate(&c, c.serial);
	ATF_CHECK_EQ(PROTO_NO_FATE, cl_no(&c));
	cl_start(&c, &f, PROTO_FLIGHT);
	frame_put_u32(&f, h);
	frame_put_u32(&f, 1);
	frame_put_str(&f, "y");
	cl_send(&c, &f);
	ATF_CHECK_EQ(PROTO_NO_SPACE, cl_no(&c));
	cl_append(&c, ticket, 1, 0, NULL);
	cl_result(&c, &r);
	ATF_CHECK_EQ(PROTO_NO_SPACE, r.code);
	rl.rlim_cur = rl.rlim_max;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
	/* Numbers of what failed are not given again. */
	cl_store(&c, h, STORE_ADD, FLAG_SEEN, "new", "1");
	cl_result(&c, &r);
	ATF_CHECK_EQ(0, r.code);
	ATF_CHECK(r.modseq > last + 1);
	/* Its names are cancelled: that request failed. */
	cl_append(&c, ticket, 1, 0, NULL);
	cl_result(&c, &r);
	ATF_CHECK_EQ(PROTO_NO_TICKET, r.code);
	{
		struct msg m;

		cl_event(&c, PROTO_CANCELLED, &m);
		msg_free(&m);
	}
	cl_close(&c);
	table_unmap(&t);
	sv_stop(srv);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, indexctl);
	ATF_TP_ADD_TC(tp, full);
	return (atf_no_error());
}
