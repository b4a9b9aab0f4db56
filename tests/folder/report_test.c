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

#include "rig.h"

#include "common/maildir.h"
#include "imapd/idx_lease.h"
#include "imapd/witness.h"

#define GRANULE_NS	20000000L

/*
 * Reports that come late, of what was so at an earlier look: none may leave
 * the table, or what a session thinks of it, other than the folder is.
 */
static void
pause_for(unsigned int granules)
{
	struct timespec pause = { 0, GRANULE_NS };

	while (granules-- > 0)
		ATF_REQUIRE_EQ(0, nanosleep(&pause, NULL));
}

static int
stamped(struct folder *f)
{
	struct table_state s = rig_state(f);
	struct stat cur, new;

	ATF_REQUIRE_EQ(0, fstat(f->newfd, &new));
	ATF_REQUIRE_EQ(0, fstat(f->curfd, &cur));
	return (s.stamp[0] == new.st_ino && s.stamp[3] == cur.st_ino &&
	    s.stamp[1] == (uint64_t)new.st_mtim.tv_sec * 1000000000 +
	    (uint64_t)new.st_mtim.tv_nsec &&
	    s.stamp[4] == (uint64_t)cur.st_mtim.tv_sec * 1000000000 +
	    (uint64_t)cur.st_mtim.tv_nsec);
}

/* Until the folder is still and the stamp has got into the table. */
static void
settle(struct folder *f)
{
	int i;

	for (i = 0; i < 250 && !stamped(f); i++) {
		ATF_REQUIRE(folder_scan(f, 0) != -1);
		witness_settle(f);
		pause_for(1);
	}
	ATF_REQUIRE_MSG(stamped(f), "the table gets no stamp");
}

/* Two messages in cur/, seen by this session and by another. */
static struct folder *
start(struct rig *r, const atf_tc_t *tc, struct idx **idx, struct folder **g)
{
	struct folder *f;

	rig_start(r, tc);
	*idx = rig_bind(r);
	rig_put("mail/cur/1.a:2,", "a\n");
	rig_put("mail/cur/2.b:2,S", "b\n");
	f = rig_open(r, *idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	settle(f);
	*g = rig_open(r, rig_bind(r), "", 0);
	ATF_REQUIRE_EQ(0, folder_scan(*g, 0));
	return (f);
}

static void
stop(struct rig *r, struct folder *f, struct folder *g)
{
	struct idx *one = f->idx, *two = g->idx;

	folder_close(f);
	folder_close(g);
	idx_goodbye(one);
	idx_goodbye(two);
	rig_stop(r);
}

/* The session reports a message under that name, as it saw it. */
static void
report_moved(struct folder *f, uint32_t uid, const char *name)
{
	struct idx_moved moved = { uid, NULL, 0, 0 };
	struct idx_report report = { .moved = &moved, .nmoved = 1 };
	struct maildir_name parts;
	struct idx_result res;
	char base[64];

	ATF_REQUIRE_EQ(0, maildir_parse(name, &parts));
	snprintf(base, sizeof(base), "%.*s", (int)parts.base, name);
	moved.name = base;
	moved.letters = parts.letters;
	report.seen = rig_state(f).highestmodseq;
	idx_result_init(&res);
	ATF_REQUIRE_EQ(0, idx_report(f->box, &report, &res));
	idx_result_free(&res);
}

/* A file that it saw; returns the UID that it got, or 0. */
static uint32_t
report_found(struct folder *f, const char *base, int innew, uint64_t seen,
    int *error)
{
	struct idx_found found = { .name = base, .innew = innew, .size = 2,
	    .vsize = 3 };
	struct idx_report report = { .seen = seen, .found = &found,
	    .nfound = 1 };
	struct idx_result res;
	uint32_t uid;

	idx_result_init(&res);
	*error = idx_report(f->box, &report, &res) == 0 ? 0 : errno;
	uid = res.first;
	idx_result_free(&res);
	return (uid);
}

/* What a session knew before another one's report is not the table's stamp
 * after it. */
ATF_TC_WITHOUT_HEAD(stamp_after);
ATF_TC_BODY(stamp_after, tc)
{
	struct rig r;
	struct table_state before, after;
	struct folder *f, *g;
	struct idx *idx;

	f = start(&r, tc, &idx, &g);
	before = rig_state(f);
	report_moved(g, 1, "1.a:2,F");
	after = rig_state(f);
	ATF_CHECK_EQ(before.reports + 1, after.reports);
	ATF_CHECK_EQ(0, after.stamp[0]);
	ATF_CHECK_EQ(-1, idx_stamp(f->box, before.reports, before.stamp));
	ATF_CHECK_EQ(EAGAIN, errno);
	ATF_CHECK_EQ(PROTO_NO_LOOK, idx_code(idx));
	/* Also if the report was of a name alone, and had no number. */
	report_moved(g, 2, "2.b,S=2:2,S");
	ATF_CHECK_EQ(after.highestmodseq, rig_state(f).highestmodseq);
	ATF_CHECK_EQ(-1, idx_stamp(f->box, after.reports, before.stamp));
	/* What changes nothing does not count. */
	after = rig_state(f);
	report_moved(g, 2, "2.b,S=2:2,S");
	ATF_CHECK_EQ(after.reports, rig_state(f).reports);
	ATF_CHECK_EQ(0, idx_stamp(f->box, after.reports, before.stamp));
	stop(&r, f, g);
}

/*
 * Another session's report of an older look comes in: this one has compared
 * the directories as they are, with a watch or without one, and mends it.
 */
static void
late(const atf_tc_t *tc, int stand)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;

	f = start(&r, tc, &idx, &g);
	if (stand)
		ATF_REQUIRE(witness_stand(f) != -1);
	else
		witness_free(f);
	ATF_REQUIRE_EQ(0, folder_scan(f, 0));
	report_moved(g, 1, "1.a:2,F");
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 1, NULL).flags);
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(0, rig_row(f, 1, NULL).flags);
	settle(f);
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	/* Here the witness would take the stamp. */
	rig_store(f, STORE_ADD, FLAG_SEEN, NULL, 1, 1);
	rig_flush(f);
	pause_for(3);
	report_moved(g, 2, "2.b:2,FS");
	witness_settle(f);
	pause_for(3);
	ATF_CHECK_MSG(!stamped(f), "a stamp hides what is wrong");
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(FLAG_SEEN, rig_row(f, 2, NULL).flags);
	settle(f);
	if (stand)
		witness_leave(f);
	stop(&r, f, g);
}

ATF_TC_WITHOUT_HEAD(late_report);
ATF_TC_BODY(late_report, tc)
{
	late(tc, 0);
}

ATF_TC_WITHOUT_HEAD(late_watched);
ATF_TC_BODY(late_watched, tc)
{
#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	late(tc, 1);
}

/* What another session saw rightly costs no listing. */
ATF_TC_WITHOUT_HEAD(right_report);
ATF_TC_BODY(right_report, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;
	int n;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	f = start(&r, tc, &idx, &g);
	ATF_REQUIRE(witness_stand(f) != -1);
	rig_put("mail/new/3.c", "c\n");
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,", "mail/cur/1.a:2,F"));
	ATF_REQUIRE_EQ(1, folder_scan(g, 0));
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	pause_for(3);
	witness_settle(f);
	pause_for(3);
	ATF_CHECK(stamped(f));
	witness_leave(f);
	stop(&r, f, g);
}

/*
 * A file was there when it was looked at, and is not when that is reported:
 * it is gone again at once, for who reads it as well.
 */
ATF_TC_WITHOUT_HEAD(ghost);
ATF_TC_BODY(ghost, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;
	int error;

	f = start(&r, tc, &idx, &g);
	ATF_REQUIRE_EQ(3, report_found(g, "3.ghost", 1,
	    rig_state(g).highestmodseq, &error));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK(rig_row(f, 3, NULL).flags & ROW_EXPUNGED);
	/* Or to the one that did it. */
	ATF_REQUIRE_EQ(4, report_found(g, "4.ghost", 0,
	    rig_state(g).highestmodseq, &error));
	ATF_CHECK_EQ(1, folder_missing(g, 4));
	ATF_CHECK(rig_row(f, 4, NULL).flags & ROW_EXPUNGED);
	ATF_CHECK_EQ(2, rig_state(f).messages);
	stop(&r, f, g);
}

/* A file that is not found has all listed, once a second at most. */
ATF_TC_WITHOUT_HEAD(missing);
ATF_TC_BODY(missing, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;
	struct idx_moved moved = { 1, "1.a", 1, 0 };
	struct idx_report report = { .moved = &moved, .nmoved = 1 };
	struct idx_result res;

	f = start(&r, tc, &idx, &g);
	ATF_REQUIRE_EQ(0, rename("mail/cur/2.b:2,S", "mail/cur/2.b:2,FS"));
	ATF_REQUIRE_EQ(1, folder_scan(g, 0));
	ATF_REQUIRE(folder_scan(f, 0) != -1);
	settle(f);
	/* Here nothing shows that it is needed, but that it is missing. */
	report.seen = rig_state(f).highestmodseq;
	idx_result_init(&res);
	ATF_REQUIRE_EQ(0, idx_report(g->box, &report, &res));
	idx_result_free(&res);
	ATF_CHECK(rig_row(f, 1, NULL).flags & ROW_NEW);
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	ATF_CHECK(rig_row(f, 1, NULL).flags & ROW_NEW);
	ATF_CHECK_EQ(1, folder_missing(f, 1));
	ATF_CHECK_EQ(0, rig_row(f, 1, NULL).flags & ROW_NEW);
	idx_result_init(&res);
	ATF_REQUIRE_EQ(0, idx_report(g->box, &report, &res));
	idx_result_free(&res);
	ATF_CHECK_EQ_MSG(0, folder_missing(f, 1), "twice in a second");
	ATF_CHECK(rig_row(f, 1, NULL).flags & ROW_NEW);
	/* A message that is known to be gone is not looked for. */
	ATF_CHECK_EQ(0, folder_missing(f, 9));
	stop(&r, f, g);
}

/* A message came and went while another session was about to report it. */
ATF_TC(came_and_went);
ATF_TC_HEAD(came_and_went, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 68: a late report of an "
	    "expunged message's file is no message");
}
ATF_TC_BODY(came_and_went, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;
	uint64_t seen;
	int error;

	f = start(&r, tc, &idx, &g);
	seen = rig_state(f).highestmodseq;
	rig_put("mail/new/3.c", "c\n");
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_expunge(f, 3);
	rig_flush(f);
	ATF_REQUIRE(!rig_there("mail/new/3.c"));
	ATF_CHECK_EQ(0, report_found(g, "3.c", 1, seen, &error));
	ATF_CHECK_EQ(0, error);
	/* And where the row could have been dropped: look again. */
	rig_kill(&r, SIGTERM);
	rig_indexd(&r);
	ATF_REQUIRE(folder_scan(g, 1) != -1);
	ATF_CHECK_EQ(0, report_found(g, "3.c", 1, seen, &error));
	ATF_CHECK_EQ(EAGAIN, error);
	ATF_CHECK_EQ(PROTO_NO_LOOK, idx_code(g->idx));
	ATF_CHECK_EQ(2, rig_state(f).messages);
	ATF_CHECK_EQ(4, rig_state(f).uidnext);
	stop(&r, f, g);
}

/*
 * The file of an expunged message: what comes under its name before it is
 * known to be unlinked is unlinked too; what comes later is a new message,
 * also if it came before that was said.
 */
ATF_TC(restored);
ATF_TC_HEAD(restored, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 68: a restored file and the "
	    "name that waits to be unlinked");
}
ATF_TC_BODY(restored, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;
	struct uidset set;

	f = start(&r, tc, &idx, &g);
	rig_expunge(f, 1);
	ATF_REQUIRE_EQ(0, unlink("mail/cur/1.a:2,"));
	rig_put("mail/cur/1.a:2,", "restored\n");
	ATF_CHECK_EQ(0, folder_scan(g, 0));
	rig_flush(f);
	ATF_CHECK(!rig_there("mail/cur/1.a:2,"));
	ATF_CHECK_EQ(0, folder_scan(g, 1));
	ATF_CHECK_EQ(1, rig_state(f).messages);
	/* After that it is new. */
	rig_put("mail/cur/1.a:2,", "restored\n");
	ATF_CHECK_EQ(1, folder_scan(g, 0));
	ATF_CHECK_EQ(0, rig_row(f, 3, NULL).flags);
	/* Between the unlink and its report. */
	rig_expunge(f, 2);
	ATF_REQUIRE_EQ(0, unlink("mail/cur/2.b:2,S"));
	rig_put("mail/cur/2.b:2,S", "restored\n");
	pause_for(3);
	ATF_CHECK_EQ(0, folder_scan(g, 0));
	ATF_CHECK_MSG(folder_scan_due(g) != INT64_MAX, "it is left at that");
	uidset_init(&set, 0);
	ATF_REQUIRE_EQ(0, uidset_add(&set, 2));
	ATF_REQUIRE_EQ(0, idx_unlinked(f->box, &set));
	uidset_free(&set);
	ATF_CHECK(!stamped(f));
	ATF_CHECK_EQ(1, folder_scan(g, 0));
	ATF_CHECK_EQ(FLAG_SEEN, rig_row(f, 4, NULL).flags);
	ATF_CHECK_EQ(2, rig_state(f).messages);
	stop(&r, f, g);
}

/*
 * While we give a file its new letters, another program takes them back: a
 * listing that falls between does not prove that all is well.
 */
ATF_TC_WITHOUT_HEAD(taken_back);
ATF_TC_BODY(taken_back, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;
	struct idx_letters letters = { 1, 0, 1 };
	struct maildir_name parts;

	f = start(&r, tc, &idx, &g);
	ATF_REQUIRE_EQ(0, maildir_parse("1.a:2,F", &parts));
	letters.letters = parts.letters;
	rig_store(f, STORE_ADD, FLAG_FLAGGED, NULL, 1, 1);
	ATF_REQUIRE_EQ(0, idx_give(f->box, &letters, 1));
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,", "mail/cur/1.a:2,F"));
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,F", "mail/cur/1.a:2,"));
	pause_for(3);
	witness_free(g);
	ATF_CHECK_EQ(0, folder_scan(g, 0));
	ATF_CHECK(folder_scan_due(g) != INT64_MAX);
	ATF_REQUIRE_EQ(0, idx_given(f->box, &letters, 1));
	ATF_CHECK_EQ(1, folder_scan(g, 0));
	ATF_CHECK_EQ(0, rig_row(f, 1, NULL).flags);
	ATF_CHECK(folder_scan_due(g) == INT64_MAX);
	stop(&r, f, g);
}

/* What is no file any more is gone, whatever else has its name. */
ATF_TC_WITHOUT_HEAD(junk_of_a_name);
ATF_TC_BODY(junk_of_a_name, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;

	f = start(&r, tc, &idx, &g);
	ATF_REQUIRE_EQ(0, unlink("mail/cur/1.a:2,"));
	ATF_REQUIRE_EQ(0, mkdir("mail/cur/1.a:2,", 0700));
	ATF_REQUIRE_EQ(0, unlink("mail/cur/2.b:2,S"));
	ATF_REQUIRE_EQ(0, symlink("nowhere", "mail/cur/2.b:2,F"));
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(0, rig_state(f).messages);
	settle(f);
	stop(&r, f, g);
}

/* What its owner may not read is no message, until it may be read. */
ATF_TC(unreadable);
ATF_TC_HEAD(unreadable, tc)
{
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(unreadable, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;

	f = start(&r, tc, &idx, &g);
	rig_put("mail/new/3.c", "c\n");
	ATF_REQUIRE_EQ(0, chmod("mail/new/3.c", 0));
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	ATF_CHECK_EQ(2, rig_state(f).messages);
	settle(f);
	ATF_REQUIRE_EQ(0, chmod("mail/new/3.c", 0400));
	rig_put("mail/new/4.d", "d\n");
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(4, rig_state(f).messages);
	stop(&r, f, g);
}

/*
 * A file vanishes and reappears, again and again, within a scan: for as long
 * as it was never away for long, it is never gone.
 */
ATF_TC(vanishing);
ATF_TC_HEAD(vanishing, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 66: a file that vanishes "
	    "and reappears within a scan is not expunged");
}
ATF_TC_BODY(vanishing, tc)
{
	enum { TIMES = 20000 };
	struct rig r;
	struct timespec a, b;
	struct folder *f, *g;
	struct idx *idx;
	int64_t ns, longest = 0;
	int i, scans = 0, status;
	pid_t pid;

	f = start(&r, tc, &idx, &g);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		for (i = 0; i < TIMES; i++) {
			clock_gettime(CLOCK_MONOTONIC, &a);
			if (rename("mail/cur/1.a:2,", "mail/tmp/1.a") == -1 ||
			    rename("mail/tmp/1.a", "mail/cur/1.a:2,") == -1)
				_exit(2);
			clock_gettime(CLOCK_MONOTONIC, &b);
			ns = (int64_t)(b.tv_sec - a.tv_sec) * 1000000000 +
			    b.tv_nsec - a.tv_nsec;
			if (ns > longest)
				longest = ns;
		}
		_exit(longest > GRANULE_NS / 2);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		ATF_REQUIRE(folder_scan(scans % 2 ? g : f, 1) != -1);
		scans++;
	}
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) != 2);
	if (WEXITSTATUS(status) == 1)
		atf_tc_skip("the machine is busy");
	ATF_CHECK(scans > 1);
	ATF_CHECK_EQ(2, rig_state(f).messages);
	ATF_CHECK_EQ(3, rig_state(f).uidnext);
	settle(f);
	ATF_CHECK_EQ(3, rig_state(f).uidnext);
	stop(&r, f, g);
}

/* Lines of a log that say so. */
static int
count_lines(const char *path, const char *text)
{
	char line[1024];
	FILE *fp;
	int n = 0;

	ATF_REQUIRE((fp = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), fp) != NULL) {
		fputs(line, stdout);
		n += strstr(line, text) != NULL;
	}
	fclose(fp);
	return (n);
}

/* What is no message is logged once, however often the folder is opened. */
ATF_TC_WITHOUT_HEAD(junk_logged);
ATF_TC_BODY(junk_logged, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *idx;
	int i, fd, saved;

	f = start(&r, tc, &idx, &g);
	ATF_REQUIRE((saved = dup(STDERR_FILENO)) != -1);
	ATF_REQUIRE((fd = open("junk.log", O_WRONLY | O_CREAT | O_TRUNC,
	    0600)) != -1);
	ATF_REQUIRE(dup2(fd, STDERR_FILENO) != -1);
	ATF_REQUIRE_EQ(0, mkdir("mail/cur/dir", 0700));
	ATF_REQUIRE_EQ(0, mkdir("mail/cur/1700000001.dir:2,S", 0700));
	ATF_REQUIRE_EQ(0, mkfifo("mail/new/fifo", 0600));
	ATF_REQUIRE_EQ(0, symlink("nowhere", "mail/new/dangling"));
	ATF_REQUIRE_EQ(0, symlink("1.a:2,", "mail/cur/link"));
	rig_put("mail/cur/.hidden", "x");
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE(folder_scan(f, 1) != -1);
		folder_close(f);
		f = rig_open(&r, idx, "", 0);
	}
	ATF_REQUIRE(dup2(saved, STDERR_FILENO) != -1);
	ATF_CHECK_EQ(1, count_lines("junk.log", "ignored files=5"));
	ATF_CHECK_EQ(1, count_lines("junk.log", "ignored"));
	ATF_CHECK_EQ(2, rig_state(f).messages);
	stop(&r, f, g);
}

/* Whoever asks later is told as well why the session has lost its indexd. */
ATF_TC_WITHOUT_HEAD(lost);
ATF_TC_BODY(lost, tc)
{
	volatile sig_atomic_t stop = 1;
	struct idx *idx;
	struct rig r;
	int i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_kill(&r, SIGKILL);
	idx_stop(idx, &stop);
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ(-1, idx_lease_ask(idx, ""));
		ATF_CHECK_EQ(ENOTCONN, errno);
		ATF_CHECK_STREQ("Server is shutting down", idx_text(idx));
	}
	idx_goodbye(idx);
	close(r.rootfd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, stamp_after);
	ATF_TP_ADD_TC(tp, late_report);
	ATF_TP_ADD_TC(tp, late_watched);
	ATF_TP_ADD_TC(tp, right_report);
	ATF_TP_ADD_TC(tp, ghost);
	ATF_TP_ADD_TC(tp, missing);
	ATF_TP_ADD_TC(tp, came_and_went);
	ATF_TP_ADD_TC(tp, restored);
	ATF_TP_ADD_TC(tp, taken_back);
	ATF_TP_ADD_TC(tp, junk_of_a_name);
	ATF_TP_ADD_TC(tp, unreadable);
	ATF_TP_ADD_TC(tp, vanishing);
	ATF_TP_ADD_TC(tp, junk_logged);
	ATF_TP_ADD_TC(tp, lost);
	return (atf_no_error());
}
