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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "indexd/control_cmd.h"
#include "indexd/histogram.h"
#include "indexd/server.h"
#include "indexd/top.h"
#include "tests/lib/peer.h"

/* What indexctl shows, from numbers to the screen. */

#define CHECK_TEXT(fn, want, s) do {					\
	char buf_[256];							\
									\
	fn(buf_, sizeof(buf_), s);					\
	ATF_CHECK_STREQ(want, buf_);					\
} while (0)

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	char buf[16];

	CHECK_TEXT(control_plain, "a b", "a b");
	CHECK_TEXT(control_plain, "\\033[2J\\007\\134\\177",
	    "\033[2J\a\\\177");
	/* UTF-8, but not C1, whole or as octets, and nothing that reverses. */
	CHECK_TEXT(control_plain, "\303\266\342\202\254\360\237\230\200",
	    "\303\266\342\202\254\360\237\230\200");
	CHECK_TEXT(control_plain, "\\302\\23331m\\23331m",
	    "\302\23331m\23331m");
	CHECK_TEXT(control_plain, "\\342\\200\\256\\342\\200\\213x",
	    "\342\200\256\342\200\213x");
	CHECK_TEXT(control_plain, "\\303", "\303");
	CHECK_TEXT(control_plain, "\\355\\240\\200", "\355\240\200");
	CHECK_TEXT(control_word, "-", "");
	CHECK_TEXT(control_word, "\\055", "-");
	CHECK_TEXT(control_word, "a\\040b\\012c", "a b\nc");
	CHECK_TEXT(control_quote, "\"a\\\"\\\\\\u001b\\u009b\\u202e\\u00ff\"",
	    "a\"\\\033\302\233\342\200\256\377");
	/* What does not fit is left out whole. */
	control_plain(buf, sizeof(buf), "\033\033\033\033\033\033");
	ATF_CHECK_STREQ("\\033\\033\\033", buf);
}

ATF_TC_WITHOUT_HEAD(times);
ATF_TC_BODY(times, tc)
{
	struct histogram h, old, d;
	unsigned int i;

	memset(&h, 0, sizeof(h));
	ATF_CHECK_EQ(0, histogram_quantile(&h, 500));
	for (i = 0; i < 99; i++)
		histogram_add(&h, 60);
	old = h;
	histogram_add(&h, 20000);
	ATF_CHECK_EQ(100, histogram_total(&h));
	ATF_CHECK_EQ(99 * 60 + 20000, h.sum);
	ATF_CHECK(histogram_quantile(&h, 500) > 50);
	ATF_CHECK(histogram_quantile(&h, 500) <= 100);
	ATF_CHECK(histogram_quantile(&h, 990) <= 100);
	ATF_CHECK_EQ(25000, histogram_quantile(&h, 1000));
	histogram_since(&d, &h, &old);
	ATF_CHECK_EQ(1, histogram_total(&d));
	ATF_CHECK_EQ(20000, d.sum);
	ATF_CHECK(histogram_quantile(&d, 500) > 10000);
	/* Its bounds are the last class's own. */
	memset(&h, 0, sizeof(h));
	histogram_add(&h, 50);
	ATF_CHECK_EQ(1, h.count[0]);
	histogram_add(&h, 51);
	ATF_CHECK_EQ(1, h.count[1]);
	histogram_add(&h, UINT64_C(5000000));
	ATF_CHECK_EQ(1, h.count[HISTOGRAM_CLASSES - 1]);
	ATF_CHECK_EQ(1000000, histogram_quantile(&h, 1000));
	for (i = 1; i < HISTOGRAM_CLASSES; i++)
		ATF_CHECK(histogram_bound(i) > histogram_bound(i - 1));
}

static void
lines(struct top_sample *t, const char *text)
{
	const char *end;

	memset(t, 0, sizeof(*t));
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1)
		top_line(t, text, (size_t)(end - text));
}

/* What top_draw() writes. */
static char *
drawn(const struct top_sample *t, const struct top_sample *before,
    unsigned int rows, unsigned int columns)
{
	static char buf[16384];
	FILE *fp;

	memset(buf, 0, sizeof(buf));
	ATF_REQUIRE((fp = fmemopen(buf, sizeof(buf), "w")) != NULL);
	top_draw(fp, t, before, rows, columns, "\n");
	ATF_REQUIRE_EQ(0, fclose(fp));
	return (buf);
}

static struct top_sample one, two;

ATF_TC_WITHOUT_HEAD(rounds);
ATF_TC_BODY(rounds, tc)
{
	const char *p;
	char *s;

	lines(&one, "time 1000000 10\nsessions 3 1\nboxes 2\nrequests 100\n"
	    "journal 10 0 20 1000\nkind store 50\nkind open 5\n"
	    "commit 3 10\nsync 2 10\n"
	    "session aaaaaaaa 11 10 500 - ada 192.0.2.1 INBOX\n"
	    "session bbbbbbbb 12 20 90000 idle b\\040b ::1 .Archive\n"
	    "mailbox 30 2 7 1000 /home/ada/INBOX\n"
	    "mailbox 5 1 9 1000 /home/ada/.Archive\n");
	lines(&two, "time 3000000 12\nsessions 3 0\nboxes 2\nrequests 300\n"
	    "journal 30 1 40 5000\nkind store 90\nkind open 5\nkind find 4\n"
	    "commit 3 30\nsync 2 30\nnonsense\nsession short\ncommit x y\n\n"
	    "commit 99 1\nmailbox\nkind\n"
	    "session aaaaaaaa 11 12 0 - ada 192.0.2.1 INBOX\n"
	    "session bbbbbbbb 12 60 2000 idle b\\040b ::1 .Archive\n"
	    "session cccccccc 13 9 7200000 - cy 192.0.2.9 -\n"
	    "mailbox 32 2 7 1000 /home/ada/INBOX\n"
	    "mailbox 45 1 9 1000 /home/ada/.Archive\n");
	top_compare(&one, NULL, TOP_RATE);
	top_compare(&two, &one, TOP_RATE);
	s = drawn(&two, &one, 0, 0);
	ATF_CHECK(strstr(s, "up 0d 00:00:12  sessions 3 away 0  mailboxes 2")
	    != NULL);
	ATF_CHECK(strstr(s, "commits 10.0/s") != NULL);
	ATF_CHECK(strstr(s, "2.0 kB/s  10.0 rows/s  failed 1\n") != NULL);
	ATF_CHECK(strstr(s, "requests 22.0/s  store 20.0  find 2.0\n") !=
	    NULL);
	ATF_CHECK_STREQ("bbbbbbbb", two.session[0].mark);
	ATF_CHECK_EQ(20, two.session[0].rate);
	ATF_CHECK_STREQ("aaaaaaaa", two.session[1].mark);
	ATF_CHECK((p = strstr(s, "bbbbbbbb")) != NULL);
	ATF_CHECK(strstr(p, "b\\040b") != NULL);
	ATF_CHECK(strstr(s, "2h -     cy") != NULL);
	ATF_CHECK((p = strstr(s, "/home/ada/.Archive")) != NULL &&
	    p < strstr(s, "/home/ada/INBOX"));
	top_compare(&two, &one, TOP_IDLE);
	ATF_CHECK_STREQ("aaaaaaaa", two.session[0].mark);
	top_compare(&two, &one, TOP_USER);
	ATF_CHECK_STREQ("cccccccc", two.session[2].mark);
	top_compare(&two, &one, TOP_ADDRESS);
	ATF_CHECK_STREQ("aaaaaaaa", two.session[0].mark);
	top_compare(&two, &one, TOP_MAILBOX);
	ATF_CHECK_STREQ("cccccccc", two.session[0].mark);
	top_free(&one);
	top_free(&two);
}

/* The screen is filled and never overfilled, nor a character cut. */
ATF_TC_WITHOUT_HEAD(screen);
ATF_TC_BODY(screen, tc)
{
	unsigned int rows, columns, n, width;
	struct top_sample *t = &one;
	char line[256];
	const char *p;
	int i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < 300; i++) {
		(void)snprintf(line, sizeof(line), "session %08x %d 1 2 - "
		    "us\303\266r%d 192.0.2.1 .F\303\266lder", i, i, i);
		top_line(t, line, strlen(line));
		(void)snprintf(line, sizeof(line), "mailbox 3 1 2 1000 "
		    "/home/\303\266%d/INBOX", i);
		top_line(t, line, strlen(line));
	}
	ATF_CHECK_EQ(CONTROL_SAMPLE, t->nsessions);
	ATF_CHECK_EQ(CONTROL_SAMPLE, t->nboxes);
	top_compare(t, NULL, TOP_RATE);
	for (rows = 1; rows < 40; rows += 7) {
		for (columns = 1; columns < 90; columns++) {
			n = width = 0;
			for (p = drawn(t, NULL, rows, columns); *p != '\0';
			    p++) {
				if (*p == '\n') {
					ATF_CHECK(width <= columns);
					ATF_CHECK((p[-1] & 0xc0) != 0xc0);
					width = 0;
					n++;
				} else if ((*p & 0xc0) != 0x80)
					width++;
			}
			ATF_CHECK_EQ(rows, n);
		}
	}
	p = drawn(t, NULL, 30, 80);
	ATF_CHECK(strstr(p, "us\303\266r") != NULL);
	ATF_CHECK(strstr(p, "/home/\303\266") != NULL);
	top_free(t);
}

/* Only root and indexd's own user may ask. */
ATF_TC(others);
ATF_TC_HEAD(others, tc)
{
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(others, tc)
{
	static const char *const commands[] = {
		"show", "sessions", "revoke", "sample", "stats", "check"
	};
	struct server *srv;
	struct frame f;
	struct cl c;
	size_t i;

	srv = sv_start("");
	srv->uid = geteuid() + 1;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		cl_inside(&c, srv);
		cl_start(&c, &f, PROTO_CONTROL);
		frame_put_u8(&f, 0);
		frame_put_str(&f, commands[i]);
		frame_put_u32(&f, 0);
		cl_send(&c, &f);
		ATF_CHECK(cl_gone(&c));
		cl_close(&c);
	}
	srv->uid = geteuid();
	sv_stop(srv);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, times);
	ATF_TP_ADD_TC(tp, rounds);
	ATF_TP_ADD_TC(tp, screen);
	ATF_TP_ADD_TC(tp, others);
	return (atf_no_error());
}
