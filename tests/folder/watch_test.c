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
#include "rig.h"

/* Waits until the watch speaks; says what it said. */
static int
wait_for(struct idx *idx, struct watch *w)
{
	struct pollfd pfd = { .fd = idx_pollfd(idx), .events = POLLIN };
	int i;

	for (i = 0; i < 10; i++) {
		if (poll(&pfd, 1, watch_timeout(w)) == -1 ||
		    folder_events(idx) == -1)
			return (0);
		if (watch_read(w))
			return (1);
	}
	return (0);
}

/* Until the table has a stamp. */
static void
stamp(struct folder *f)
{
	struct timespec pause = { 0, 30000000 };
	int i;

	for (i = 0; i < 100 && rig_state(f).stamp[0] == 0; i++) {
		ATF_REQUIRE(folder_scan(f, 0) != -1);
		nanosleep(&pause, NULL);
	}
}

/* Whether indexd asks for a look within ms. */
static int
asked(struct folder *f, int ms)
{
	struct timespec now;
	struct pollfd pfd;
	int64_t until;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until = now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
	for (f->look = 0; !f->look && ms > 0;) {
		pfd.fd = idx_pollfd(f->idx);
		pfd.events = POLLIN;
		ATF_REQUIRE(poll(&pfd, 1, ms) != -1);
		ATF_REQUIRE_EQ(0, folder_events(f->idx));
		clock_gettime(CLOCK_MONOTONIC, &now);
		ms = (int)(until - now.tv_sec * 1000 -
		    now.tv_nsec / 1000000);
	}
	return (f->look);
}

ATF_TC(while_listed);
ATF_TC_HEAD(while_listed, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 71: what comes while the "
	    "folder is listed is asked for soon, not when the lister is late");
}
ATF_TC_BODY(while_listed, tc)
{
	struct idx_names names = { 0 };
	struct rig r;
	struct watch *w;
	struct folder *f;
	struct idx *idx;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE((w = watch_open(f)) != NULL);
	rig_put("mail/new/1.a", "a\n");
	ATF_REQUIRE(asked(f, 10000));
	ATF_REQUIRE_EQ(0, idx_names(f->box, &names));
	ATF_REQUIRE(!names.sure);
	rig_put("mail/new/2.b", "b\n");
	ATF_REQUIRE_EQ(-1, idx_agree(f->box, names.at, 1));
	ATF_CHECK_EQ(PROTO_NO_LOOK, idx_code(idx));
	ATF_CHECK(asked(f, 700));
	idx_names_free(&names);
	watch_close(w);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
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
	ATF_REQUIRE_EQ(1, wait_for(idx, w));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_REQUIRE_EQ(0, rename("elsewhere/new/1.a",
	    "elsewhere/cur/1.a:2,S"));
	ATF_REQUIRE_EQ(1, wait_for(idx, w));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(FLAG_SEEN, rig_row(f, 1, NULL).flags);
	ATF_REQUIRE_EQ(0, unlink("elsewhere/cur/1.a:2,S"));
	ATF_REQUIRE_EQ(1, wait_for(idx, w));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(0, rig_state(f).messages);
	watch_close(w);
	watch_close(NULL);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* Whatever another program does, if it is told nothing is listed. */
ATF_TC(deliveries);
ATF_TC_HEAD(deliveries, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 71: what is told to a "
	    "session that waits is looked at by name: nothing is listed");
}
ATF_TC_BODY(deliveries, tc)
{
	struct rig r;
	struct watch *w;
	struct folder *f;
	struct idx *idx;
	char tmp[80], new[64], cur[64];
	int i, n;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	f = rig_open(&r, idx, "", 0);
	stamp(f);
	ATF_REQUIRE((w = watch_open(f)) != NULL);
	ATF_CHECK_EQ(1, watch_read(w));
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	for (i = 0; i < 6; i++) {
		snprintf(tmp, sizeof(tmp), "mail/tmp/%d.m", i);
		snprintf(new, sizeof(new), "mail/new/%d.m", i);
		snprintf(cur, sizeof(cur), "mail/cur/%d.m:2,", i);
		rig_put(tmp, "m\n");
		ATF_REQUIRE_EQ(0, rename(tmp, new));
		ATF_REQUIRE_EQ(1, wait_for(idx, w));
		ATF_CHECK_EQ(1, rig_scan(f, &n));
		ATF_CHECK_EQ_MSG(0, n, "%d listings", n);
		rig_flush(f);
		ATF_CHECK(!rig_there(new));
		ATF_CHECK_EQ(0, rig_scan(f, &n));
		ATF_CHECK_EQ_MSG(0, n, "%d listings after our move", n);
		/* Flags, and the message itself. */
		snprintf(tmp, sizeof(tmp), "%sF", cur);
		ATF_REQUIRE_EQ(0, rename(cur, tmp));
		ATF_REQUIRE_EQ(1, wait_for(idx, w));
		ATF_CHECK_EQ(1, rig_scan(f, &n));
		ATF_CHECK_EQ_MSG(0, n, "%d listings for flags", n);
		ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, (uint32_t)i + 2,
		    NULL).flags);
		if (i % 2 == 0)
			continue;
		ATF_REQUIRE_EQ(0, unlink(tmp));
		ATF_REQUIRE_EQ(1, wait_for(idx, w));
		ATF_CHECK_EQ(1, rig_scan(f, &n));
		ATF_CHECK_EQ_MSG(0, n, "%d listings for a removal", n);
	}
	ATF_CHECK_EQ(4, rig_state(f).messages);
	watch_close(w);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * One session is asked, and then the other, if the first does not look; the
 * other hears from indexd what was found.
 */
ATF_TC_WITHOUT_HEAD(in_turn);
ATF_TC_BODY(in_turn, tc)
{
	struct pollfd pfd[2];
	struct rig r;
	struct watch *w[2];
	struct folder *f[2];
	struct idx *idx[2];
	int first, i, n;

#ifndef __linux__
	atf_tc_skip("sessions are asked in turn with inotify(7)");
#endif
	rig_start(&r, tc);
	for (i = 0; i < 2; i++) {
		idx[i] = rig_bind(&r);
		f[i] = rig_open(&r, idx[i], "", 0);
		if (i == 0)
			stamp(f[0]);
		ATF_REQUIRE((w[i] = watch_open(f[i])) != NULL);
		ATF_CHECK_EQ(1, watch_read(w[i]));
		ATF_CHECK_EQ(0, folder_scan(f[i], 0));
		ATF_REQUIRE_EQ(0, idx_arm(f[i]->box,
		    rig_state(f[i]).highestmodseq));
		ATF_CHECK_EQ(0, f[i]->look);
		pfd[i].fd = idx_pollfd(idx[i]);
		pfd[i].events = POLLIN;
	}
	rig_put("mail/new/1.a", "a\n");
	ATF_REQUIRE_EQ(1, poll(pfd, 2, 10000));
	first = pfd[0].revents == 0;
	/* It does nothing. */
	ATF_REQUIRE_EQ(1, poll(&pfd[!first], 1, 10000));
	ATF_REQUIRE_EQ(0, folder_events(idx[!first]));
	ATF_CHECK_EQ(1, f[!first]->look);
	ATF_CHECK_EQ(1, rig_scan(f[!first], &n));
	ATF_CHECK_EQ(0, n);
	/* The first is late, and finds it done. */
	for (i = 0; i < 100 && !f[first]->changed; i++) {
		ATF_REQUIRE_EQ(1, poll(&pfd[first], 1, 10000));
		ATF_REQUIRE_EQ(0, folder_events(idx[first]));
	}
	ATF_CHECK_EQ(1, f[first]->look);
	ATF_CHECK_EQ(0, rig_scan(f[first], &n));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(1, rig_state(f[first]).messages);
	for (i = 0; i < 2; i++) {
		watch_close(w[i]);
		folder_close(f[i]);
		idx_goodbye(idx[i]);
	}
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
	ATF_CHECK_EQ(WATCH_POLL, watch_timeout(w));
	ATF_CHECK_EQ(1, watch_read(w));
	for (fd = last; fd > last - 8; fd--)
		close(fd);
	rig_put("mail/new/1.a", "a\n");
	ATF_REQUIRE_EQ(1, wait_for(idx, w));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	watch_close(w);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * A watch that could not be taken up when indexd was started again, and then
 * can, is that of a session that waits.
 */
ATF_TC(later);
ATF_TC_HEAD(later, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 71: a session that waits "
	    "while its folder comes to be watched is asked to look");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(later, tc)
{
	struct rig r;
	struct watch *w;
	struct folder *f;
	struct idx *idx;

#ifndef __linux__
	atf_tc_skip("a directory that cannot be read is watched, too");
#endif
	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE((w = watch_open(f)) != NULL);
	ATF_CHECK_EQ(1, watch_read(w));
	ATF_REQUIRE(folder_scan(f, 0) != -1);
	ATF_REQUIRE(idx_watching(f->box));
	ATF_REQUIRE_EQ(0, chmod("mail/new", 0300));
	rig_kill(&r, SIGKILL);
	rig_indexd(&r);
	ATF_REQUIRE_EQ(0, folder_events(idx));
	ATF_REQUIRE(!idx_watching(f->box));
	ATF_CHECK_EQ(WATCH_POLL, watch_timeout(w));
	ATF_REQUIRE_EQ(0, chmod("mail/new", 0700));
	ATF_REQUIRE(folder_scan(f, 0) != -1);
	ATF_REQUIRE(idx_watching(f->box));
	rig_put("mail/new/1.a", "a\n");
	ATF_CHECK(asked(f, 10000));
	watch_close(w);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* Nobody has noticed yet that indexd was started again. */
ATF_TC_WITHOUT_HEAD(anew);
ATF_TC_BODY(anew, tc)
{
	struct rig r;
	struct watch *w;
	struct folder *f;
	struct idx *idx;

#ifndef __linux__
	atf_tc_skip("folders are watched by inotify(7) here");
#endif
	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(0, idx_unwatch(f->box));
	rig_kill(&r, SIGKILL);
	rig_indexd(&r);
	ATF_REQUIRE((w = watch_open(f)) != NULL);
	ATF_CHECK(idx_watching(f->box));
	ATF_CHECK(idx_pollfd(idx) != -1);
	watch_close(w);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, while_listed);
	ATF_TP_ADD_TC(tp, wakes);
	ATF_TP_ADD_TC(tp, deliveries);
	ATF_TP_ADD_TC(tp, in_turn);
	ATF_TP_ADD_TC(tp, polls);
	ATF_TP_ADD_TC(tp, later);
	ATF_TP_ADD_TC(tp, anew);
	return (atf_no_error());
}
