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

#include <poll.h>

#include "imapd/watch.h"
#include "imapd/witness.h"
#include "rig.h"

static int	wait_for(struct watch *);

/* Waits until the watch speaks; says what it said. */
static int
wait_for(struct watch *w)
{
	struct pollfd pfd = { .fd = watch_fd(w), .events = POLLIN };
	int i;

	for (i = 0; i < 10; i++) {
		if (poll(&pfd, 1, watch_timeout(w)) == -1)
			return (0);
		if (watch_read(w))
			return (1);
	}
	return (0);
}

ATF_TC_WITHOUT_HEAD(wakes);
ATF_TC_BODY(wakes, tc)
{
	struct rig r;
	struct watch *w;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE((w = watch_open(f)) != NULL);
	/* What came before it stood is looked for. */
	ATF_CHECK_EQ(1, watch_read(w));
	ATF_REQUIRE_EQ(0, rename("mail", "elsewhere"));
	rig_put("elsewhere/tmp/1.a", "a\n");
	ATF_REQUIRE_EQ(0, rename("elsewhere/tmp/1.a", "elsewhere/new/1.a"));
	ATF_REQUIRE_EQ(1, wait_for(w));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_REQUIRE_EQ(0, rename("elsewhere/new/1.a",
	    "elsewhere/cur/1.a:2,S"));
	ATF_REQUIRE_EQ(1, wait_for(w));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(FLAG_SEEN, rig_row(f, 1, NULL).flags);
	ATF_REQUIRE_EQ(0, unlink("elsewhere/cur/1.a:2,S"));
	ATF_REQUIRE_EQ(1, wait_for(w));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(0, rig_state(f).messages);
	watch_close(w);
	watch_close(NULL);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * However many there were before, and also where the event of one is read by
 * other work of the folder's before anybody waits for it.
 */
ATF_TC(deliveries);
ATF_TC_HEAD(deliveries, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 71: a session that waits "
	    "lists new/ for a delivery, and never cur/");
}
ATF_TC_BODY(deliveries, tc)
{
	struct timespec pause = { 0, 30000000 };
	struct rig r;
	struct watch *w;
	struct folder *f;
	struct idx *idx;
	char tmp[64], new[64];
	int i, n;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	f = rig_open(&r, idx, "", 0);
	/* Until the table has a stamp. */
	for (i = 0; i < 100 && rig_state(f).stamp[0] == 0; i++) {
		ATF_REQUIRE(folder_scan(f, 0) != -1);
		nanosleep(&pause, NULL);
	}
	ATF_REQUIRE((w = watch_open(f)) != NULL);
	ATF_CHECK_EQ(1, watch_read(w));
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	for (i = 0; i < 6; i++) {
		snprintf(tmp, sizeof(tmp), "mail/tmp/%d.m", i);
		snprintf(new, sizeof(new), "mail/new/%d.m", i);
		rig_put(tmp, "m\n");
		ATF_REQUIRE_EQ(0, rename(tmp, new));
		if (i % 2 == 0)
			ATF_REQUIRE_EQ(1, wait_for(w));
		else {
			witness_settle(f);
			ATF_CHECK(witness_doubts(f) != 0);
			ATF_CHECK_EQ(1, watch_pending(w));
			ATF_CHECK_EQ(1, watch_read(w));
		}
		ATF_CHECK_EQ(0, watch_pending(w));
		ATF_CHECK_EQ(1, rig_scan(f, &n));
		ATF_CHECK_EQ_MSG(1, n, "%d listings", n);
		rig_flush(f);
		ATF_CHECK(!rig_there(new));
		ATF_CHECK_EQ(1, watch_read(w));
		ATF_CHECK_EQ(0, rig_scan(f, &n));
		ATF_CHECK_EQ_MSG(0, n, "%d listings after our move", n);
		if (i < 3)
			continue;
		/* The same after it has begun anew. */
		for (n = 0; n < 100 && witness_due(f) != INT64_MAX; n++) {
			nanosleep(&pause, NULL);
			witness_settle(f);
		}
		ATF_CHECK_EQ(INT64_MAX, witness_due(f));
	}
	ATF_CHECK_EQ(7, rig_state(f).messages);
	watch_close(w);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* No descriptor is left for the system's means. */
ATF_TC_WITHOUT_HEAD(polls);
ATF_TC_BODY(polls, tc)
{
	struct rig r;
	struct watch *w;
	struct folder *f;
	struct idx *idx;
	int fd, last;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE((last = dup(0)) != -1);
	while ((fd = dup(0)) != -1)
		last = fd;
	ATF_REQUIRE_EQ(EMFILE, errno);
	ATF_REQUIRE((w = watch_open(f)) != NULL);
	ATF_CHECK_EQ(-1, watch_fd(w));
	ATF_CHECK_EQ(WATCH_POLL, watch_timeout(w));
	ATF_CHECK_EQ(1, watch_read(w));
	for (fd = last; fd > last - 8; fd--)
		close(fd);
	rig_put("mail/new/1.a", "a\n");
	ATF_REQUIRE_EQ(1, wait_for(w));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	watch_close(w);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, wakes);
	ATF_TP_ADD_TC(tp, deliveries);
	ATF_TP_ADD_TC(tp, polls);
	return (atf_no_error());
}
