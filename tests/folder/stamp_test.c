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
#include "imapd/witness.h"

#define GRANULE_NS	20000000L

/*
 * What the table's stamp saves, and what it must not hide.  Listings are
 * counted by their lines in the log.
 */

/* Whether the table's stamp is that of the directories now. */
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
	struct timespec pause = { 0, GRANULE_NS };
	int i;

	for (i = 0; i < 250 && !stamped(f); i++) {
		ATF_REQUIRE(folder_scan(f, 0) != -1);
		witness_settle(f);
		nanosleep(&pause, NULL);
	}
	ATF_REQUIRE_MSG(stamped(f), "the table gets no stamp");
}

/* Two messages in cur/, and a stamp that says so. */
static struct folder *
start(struct rig *r, const atf_tc_t *tc, struct idx **idx)
{
	struct folder *f;

	rig_start(r, tc);
	*idx = rig_bind(r);
	rig_put("mail/cur/1.a:2,", "a\n");
	rig_put("mail/cur/2.b:2,S", "b\n");
	f = rig_open(r, *idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	settle(f);
	return (f);
}

ATF_TC_WITHOUT_HEAD(current);
ATF_TC_BODY(current, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	int n;

	f = start(&r, tc, &idx);
	folder_close(f);
	idx_goodbye(idx);
	/* A session that comes later lists nothing. */
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	/* A directory that was touched is listed, and it alone. */
	ATF_REQUIRE_EQ(0, utimensat(AT_FDCWD, "mail/cur", NULL, 0));
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(1, n);
	settle(f);
	/* As are changes while nobody looked. */
	folder_close(f);
	rig_put("mail/new/3.c", "c\n");
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,", "mail/cur/1.a:2,F"));
	f = rig_open(&r, idx, "", 0);
	ATF_CHECK_EQ(1, rig_scan(f, &n));
	ATF_CHECK_EQ(3, rig_state(f).messages);
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 1, NULL).flags);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(restart);
ATF_TC_BODY(restart, tc)
{
	const int sig[] = { SIGTERM, SIGKILL };
	struct rig r;
	struct folder *f;
	struct idx *idx;
	size_t i;
	int n;

	f = start(&r, tc, &idx);
	folder_close(f);
	idx_goodbye(idx);
	for (i = 0; i < 2; i++) {
		rig_kill(&r, sig[i]);
		if (sig[i] == SIGKILL)
			unlink(r.sock);
		rig_indexd(&r);
		idx = rig_bind(&r);
		f = rig_open(&r, idx, "", 0);
		ATF_CHECK_EQ(0, rig_scan(f, &n));
		ATF_CHECK_EQ_MSG(0, n, "after signal %d", sig[i]);
		folder_close(f);
		idx_goodbye(idx);
	}
	rig_stop(&r);
}

/*
 * A listing right after a change proves nothing: another change in the same
 * granule may leave the directory with the same times.  Where there is a
 * witness that does not matter: here there is none.
 */
ATF_TC_WITHOUT_HEAD(granule);
ATF_TC_BODY(granule, tc)
{
	struct rig r;
	char path[64];
	struct folder *f;
	struct idx *idx;
	struct timespec now;
	struct stat st;
	int i, n, tested = 0;

	f = start(&r, tc, &idx);
	for (i = 0; i < 100 && tested < 3; i++) {
		snprintf(path, sizeof(path), "mail/new/%d.m", 1000 + i);
		rig_put(path, "m\n");
		ATF_REQUIRE_EQ(1, folder_scan(f, 0));
		witness_end(f);
		ATF_CHECK_MSG(!stamped(f), "a stamp too early");
		ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_REALTIME, &now));
		ATF_REQUIRE_EQ(0, fstat(f->newfd, &st));
		if ((now.tv_sec - st.st_mtim.tv_sec) * 1000000000 +
		    now.tv_nsec - st.st_mtim.tv_nsec > GRANULE_NS / 2)
			continue;	/* the machine is busy */
		ATF_CHECK_EQ(0, rig_scan(f, &n));
		ATF_CHECK_MSG(n > 0, "a listing too early was trusted");
		tested++;
	}
	ATF_REQUIRE(tested > 0);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* Our own renames must not cover one of another program before them. */
ATF_TC_WITHOUT_HEAD(covered);
ATF_TC_BODY(covered, tc)
{
	struct timespec pause = { 0, 2 * GRANULE_NS };
	struct rig r;
	struct folder *f, *g;
	struct idx *idx, *other;
	int n;

	f = start(&r, tc, &idx);
	rig_store(f, STORE_ADD, FLAG_FLAGGED, NULL, 1, 1);
	ATF_REQUIRE_EQ(0, rename("mail/cur/2.b:2,S", "mail/cur/2.b:2,RS"));
	rig_flush(f);
	ATF_REQUIRE(rig_there("mail/cur/1.a:2,F"));
	nanosleep(&pause, NULL);
	/* Neither to this session nor to another. */
	other = rig_bind(&r);
	g = rig_open(&r, other, "", 0);
	ATF_CHECK_EQ(1, rig_scan(g, &n));
	ATF_CHECK_EQ(FLAG_SEEN | FLAG_ANSWERED, rig_row(g, 2, NULL).flags);
	folder_close(g);
	idx_goodbye(other);
	ATF_REQUIRE_EQ(0, rename("mail/cur/2.b:2,RS", "mail/cur/2.b:2,S"));
	rig_store(f, STORE_REMOVE, FLAG_FLAGGED, NULL, 1, 1);
	rig_flush(f);
	ATF_CHECK_EQ(1, rig_scan(f, &n));
	ATF_CHECK_EQ(FLAG_SEEN, rig_row(f, 2, NULL).flags);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* A session that ends leaves a stamp behind, whatever it did itself. */
ATF_TC_WITHOUT_HEAD(at_end);
ATF_TC_BODY(at_end, tc)
{
	struct timespec pause = { 0, GRANULE_NS };
	struct rig r;
	struct folder *f;
	struct idx *idx;
	int i, n;

	f = start(&r, tc, &idx);
	rig_store(f, STORE_ADD, FLAG_FLAGGED, NULL, 1, 2);
	rig_flush(f);
	ATF_REQUIRE(!stamped(f));
	folder_settle(f);
	folder_close(f);
	idx_goodbye(idx);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	for (i = 0; i < 250 && !stamped(f); i++)
		nanosleep(&pause, NULL);
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* Until the witness has taken the stamp, with no listing. */
static void
witness(struct folder *f)
{
	struct timespec pause = { 0, GRANULE_NS };
	int i, n;

	for (i = 0; i < 250 && !stamped(f); i++) {
		witness_settle(f);
		ATF_CHECK_EQ(0, rig_scan(f, &n));
		ATF_CHECK_EQ(0, n);
		nanosleep(&pause, NULL);
	}
	ATF_REQUIRE_MSG(stamped(f), "the table gets no stamp");
	witness_settle(f);
	ATF_CHECK_EQ(INT64_MAX, witness_due(f));
}

/* After our own changes nothing is listed, here or by those who come. */
ATF_TC_WITHOUT_HEAD(own_changes);
ATF_TC_BODY(own_changes, tc)
{
	struct timespec pause = { 0, 2 * GRANULE_NS };
	struct rig r;
	struct folder *f, *g;
	struct idx *idx, *other;
	int n;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	f = start(&r, tc, &idx);
	rig_store(f, STORE_ADD, FLAG_FLAGGED, "word", 1, 2);
	rig_flush(f);
	ATF_REQUIRE(rig_there("mail/cur/1.a:2,Fa"));
	ATF_REQUIRE(!stamped(f));
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	/* Nor if the next begin while the stamp is on its way. */
	nanosleep(&pause, NULL);
	rig_store(f, STORE_REMOVE, FLAG_FLAGGED, NULL, 2, 2);
	witness_settle(f);
	rig_flush(f);
	ATF_REQUIRE(rig_there("mail/cur/2.b:2,Sa"));
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	rig_store(f, STORE_ADD, FLAG_FLAGGED, NULL, 2, 2);
	rig_flush(f);
	/* Nor after those of another session that came between. */
	other = rig_bind(&r);
	g = rig_open(&r, other, "", 0);
	rig_store(g, STORE_ADD, FLAG_ANSWERED, NULL, 2, 2);
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	rig_flush(g);
	ATF_REQUIRE(rig_there("mail/cur/2.b:2,FRSa"));
	witness(f);
	ATF_CHECK_EQ(0, rig_scan(g, &n));
	ATF_CHECK_EQ(0, n);
	rig_expunge(g, 1);
	rig_flush(g);
	ATF_REQUIRE(!rig_there("mail/cur/1.a:2,Fa"));
	witness(g);
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	folder_close(g);
	idx_goodbye(other);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * Another program's change beside ours is not covered, whatever it is: it is
 * found by its name, and no stamp hides it before.
 */
static const struct foreign {
	const char *what, *from, *to;
} foreigns[] = {
	{ "a delivery", NULL, "mail/new/9.z" },
	{ "a message put into cur", NULL, "mail/cur/9.z:2,F" },
	{ "flags of another message", "mail/cur/2.b:2,S", "mail/cur/2.b:2," },
	{ "flags of the same message", "mail/cur/1.a:2,F", "mail/cur/1.a:2," },
	{ "another message gone", "mail/cur/2.b:2,S", NULL },
	{ "the same message gone", "mail/cur/1.a:2,F", NULL },
	{ "a second file of the name", NULL, "mail/cur/1.a:2,R" },
	{ "the same message moved back", "mail/cur/1.a:2,F", "mail/new/1.a" }
};

static void
foreign_one(struct folder *f, const struct foreign *e)
{
	struct timespec pause = { 0, 2 * GRANULE_NS };
	int i, n, found = 0, rv;

	rig_store(f, STORE_ADD, FLAG_FLAGGED, NULL, 1, 1);
	rig_flush(f);
	ATF_REQUIRE_EQ_MSG(0, rig_scan(f, &n), "%s", e->what);
	ATF_CHECK_EQ_MSG(0, n, "%s", e->what);
	if (e->from == NULL)
		rig_put(e->to, "other\n");
	else if (e->to == NULL)
		ATF_REQUIRE_EQ(0, unlink(e->from));
	else
		ATF_REQUIRE_EQ(0, rename(e->from, e->to));
	nanosleep(&pause, NULL);
	ATF_CHECK_MSG(witness_doubts(f) != 0, "%s", e->what);
	witness_settle(f);
	ATF_CHECK_MSG(!stamped(f), "%s: covered by a stamp", e->what);
	/* Found, and then all is well again. */
	for (i = 0; i < 250 && !stamped(f); i++) {
		ATF_REQUIRE((rv = rig_scan(f, &n)) != -1);
		ATF_CHECK_EQ_MSG(0, n, "%s: listed", e->what);
		found += rv;
		witness_settle(f);
		nanosleep(&pause, NULL);
	}
	ATF_CHECK_MSG(found > 0, "%s: not found", e->what);
	ATF_CHECK_MSG(stamped(f), "%s: no stamp afterwards", e->what);
}

ATF_TC_WITHOUT_HEAD(foreign_changes);
ATF_TC_BODY(foreign_changes, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	char folder[16], path[64], from[64], to[64];
	struct foreign e;
	size_t i;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	rig_start(&r, tc);
	idx = rig_bind(&r);
	for (i = 0; i < sizeof(foreigns) / sizeof(foreigns[0]); i++) {
		snprintf(folder, sizeof(folder), ".F%zu", i);
		snprintf(path, sizeof(path), "mail/%s", folder);
		rig_dirs(path);
		snprintf(path, sizeof(path), "mail/%s/cur/1.a:2,", folder);
		rig_put(path, "a\n");
		snprintf(path, sizeof(path), "mail/%s/cur/2.b:2,S", folder);
		rig_put(path, "b\n");
		f = rig_open(&r, idx, folder, 0);
		ATF_REQUIRE_EQ(1, folder_scan(f, 0));
		settle(f);
		e = foreigns[i];
		if (e.from != NULL) {
			snprintf(from, sizeof(from), "mail/%s%s", folder,
			    e.from + 4);
			e.from = from;
		}
		if (e.to != NULL) {
			snprintf(to, sizeof(to), "mail/%s%s", folder,
			    e.to + 4);
			e.to = to;
		}
		foreign_one(f, &e);
		folder_close(f);
	}
	idx_goodbye(idx);
	rig_stop(&r);
}

/* A message was expunged and its file put back: what becomes of that is not
 * for the tombstone to say, also if an entry of the log spans it. */
ATF_TC_WITHOUT_HEAD(put_back);
ATF_TC_BODY(put_back, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	struct idx_result res;
	struct uidset two;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	f = start(&r, tc, &idx);
	rig_put("mail/cur/3.c:2,", "c\n");
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_expunge(f, 2);
	rig_flush(f);
	settle(f);
	rig_put("mail/cur/2.b:2,S", "b\n");
	rig_put("mail/cur/5.e:2,", "e\n");
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_REQUIRE_EQ(4, rig_state(f).messages);
	settle(f);
	rig_store(f, STORE_ADD, FLAG_FLAGGED, NULL, 5, 5);
	rig_flush(f);
	ATF_CHECK_EQ(0, witness_doubts(f));
	uidset_init(&two, 0);
	idx_result_init(&res);
	rig_store(f, STORE_ADD, FLAG_DELETED, NULL, 1, 1);
	rig_store(f, STORE_ADD, FLAG_DELETED, NULL, 3, 3);
	ATF_REQUIRE_EQ(0, uidset_add(&two, 1));
	ATF_REQUIRE_EQ(0, uidset_add(&two, 3));
	ATF_REQUIRE_EQ(0, idx_expunge(f->box, &two, &res));
	idx_result_free(&res);
	uidset_free(&two);
	rig_flush(f);
	ATF_CHECK_EQ(0, witness_doubts(f));
	ATF_REQUIRE_EQ(0, unlink("mail/cur/2.b:2,S"));
	ATF_CHECK(witness_doubts(f) != 0);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * Another program gives a flag and takes it back; one session saw it between,
 * but its report comes only after another session has taken the stamp.
 */
ATF_TC_WITHOUT_HEAD(late_report);
ATF_TC_BODY(late_report, tc)
{
	struct idx_moved moved = { 1, "1.a", 0, 0 };
	struct idx_report report = { .moved = &moved, .nmoved = 1 };
	struct maildir_name parts;
	struct rig r;
	struct folder *f;
	struct idx *idx;
	struct idx_result res;
	int n;

	f = start(&r, tc, &idx);
	ATF_REQUIRE_EQ(0, maildir_parse("1.a:2,F", &parts));
	moved.letters = parts.letters;
	report.seen = rig_state(f).highestmodseq;
	idx_result_init(&res);
	ATF_REQUIRE_EQ(0, idx_report(f->box, &report, &res));
	idx_result_free(&res);
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 1, NULL).flags);
	ATF_CHECK(!stamped(f));
	/* Who comes now finds it out. */
	folder_close(f);
	f = rig_open(&r, idx, "", 0);
	ATF_CHECK_EQ(1, rig_scan(f, &n));
	ATF_CHECK_EQ(0, rig_row(f, 1, NULL).flags);
	settle(f);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * A delivery, and our move of it into cur/ before its stamp could be taken:
 * the listing of new/ was the beginning, and cur/ is not listed.  A listing
 * under which something was touched is none.
 */
ATF_TC_WITHOUT_HEAD(after_listing);
ATF_TC_BODY(after_listing, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	int n;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	f = start(&r, tc, &idx);
	rig_put("mail/new/3.c", "c\n");
	ATF_CHECK_EQ(1, rig_scan(f, &n));
	rig_flush(f);
	ATF_REQUIRE(rig_there("mail/cur/3.c:2,"));
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	witness(f);
	/* Touched before the listing is over. */
	witness_listing(f);
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,", "mail/cur/1.a:2,F"));
	witness_listed(f, 1);
	ATF_CHECK(witness_doubts(f) != 0);
	ATF_CHECK_EQ(1, rig_scan(f, &n));
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 1, NULL).flags);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * In a large folder whose cur/ has just been changed the listing is put off,
 * for no longer than a moment, also if the changes go on.
 */
ATF_TC_WITHOUT_HEAD(put_off);
ATF_TC_BODY(put_off, tc)
{
	struct timespec pause = { 0, GRANULE_NS };
	struct rig r;
	char path[64];
	struct folder *f;
	struct idx *idx;
	int i, n;

	f = start(&r, tc, &idx);
	for (i = 0; i < 9000; i++) {
		snprintf(path, sizeof(path), "mail/cur/%d.n:2,S", i);
		ATF_REQUIRE_EQ(0, link("mail/cur/2.b:2,S", path));
	}
	for (i = 0; i < 1000 && rig_state(f).messages < 9002; i++) {
		ATF_REQUIRE(folder_scan(f, 0) != -1);
		nanosleep(&pause, NULL);
	}
	settle(f);
	folder_close(f);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(INT64_MAX, folder_scan_due(f));
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,", "mail/cur/1.a:2,F"));
	ATF_CHECK_EQ(0, rig_scan(f, &n));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK(folder_scan_due(f) != INT64_MAX);
	/* Somebody is at it all the time. */
	for (i = 0; i < 1000 && rig_row(f, 1, NULL).flags == 0; i++) {
		nanosleep(&pause, NULL);
		ATF_REQUIRE(folder_scan(f, 0) != -1);
		ATF_REQUIRE_EQ(0, rename("mail/cur/8.n:2,S", "mail/x"));
		ATF_REQUIRE_EQ(0, rename("mail/x", "mail/cur/8.n:2,S"));
	}
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 1, NULL).flags);
	settle(f);
	ATF_CHECK_EQ(INT64_MAX, folder_scan_due(f));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* More than indexd keeps: the folder is listed, and is right. */
ATF_TC_WITHOUT_HEAD(too_much);
ATF_TC_BODY(too_much, tc)
{
	struct rig r;
	char path[64];
	struct folder *f;
	struct idx *idx;
	int i, n;

#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	f = start(&r, tc, &idx);
	rig_store(f, STORE_ADD, FLAG_FLAGGED, NULL, 1, 1);
	rig_flush(f);
	for (i = 0; i < 17000; i++) {
		snprintf(path, sizeof(path), "mail/new/%d.n", i);
		ATF_REQUIRE_EQ(0, link("mail/cur/1.a:2,F", path));
	}
	ATF_CHECK_EQ(1, rig_scan(f, &n));
	ATF_CHECK(n > 0);
	ATF_CHECK_EQ(17002, rig_state(f).messages);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* Whether an open folder is still what opening it would come to. */
ATF_TC_WITHOUT_HEAD(replaced);
ATF_TC_BODY(replaced, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_dirs("mail/.A");
	f = rig_open(&r, idx, ".A", 0);
	/* Its identity is newer than the opening. */
	ATF_CHECK_EQ(0, folder_current(f));
	folder_close(f);
	f = rig_open(&r, idx, ".A", 0);
	ATF_CHECK_EQ(1, folder_current(f));
	rig_put("mail/.A/new/1.a", "a\n");
	ATF_CHECK_EQ(1, folder_current(f));
	ATF_REQUIRE_EQ(0, rename("mail/.A/cur", "mail/.A/old"));
	ATF_REQUIRE_EQ(0, mkdir("mail/.A/cur", 0700));
	ATF_CHECK_EQ(0, folder_current(f));
	ATF_REQUIRE_EQ(0, rmdir("mail/.A/cur"));
	ATF_CHECK_EQ(0, folder_current(f));
	ATF_REQUIRE_EQ(0, rename("mail/.A/old", "mail/.A/cur"));
	ATF_CHECK_EQ(1, folder_current(f));
	ATF_REQUIRE_EQ(0, chmod("mail/.A/new", 0750));
	ATF_CHECK_EQ(0, folder_current(f));
	ATF_REQUIRE_EQ(0, chmod("mail/.A/new", 0700));
	ATF_REQUIRE_EQ(0, rename("mail/.A", "mail/.B"));
	ATF_CHECK_EQ(0, folder_current(f));
	rig_dirs("mail/.A");
	ATF_CHECK_EQ(0, folder_current(f));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * In a large folder a session that does not know all names yet lists new/
 * alone after a delivery, but a file under the name of another message is
 * found out.
 */
ATF_TC_WITHOUT_HEAD(delivered);
ATF_TC_BODY(delivered, tc)
{
	struct rig r;
	char path[64];
	struct folder *f;
	struct idx *idx;
	int i, n;

	f = start(&r, tc, &idx);
	for (i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "mail/cur/%d.n:2,S", i);
		ATF_REQUIRE_EQ(0, link("mail/cur/2.b:2,S", path));
	}
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	settle(f);
	folder_close(f);
	f = rig_open(&r, idx, "", 0);
	rig_put("mail/new/9999.d", "d\n");
	ATF_CHECK_EQ(1, rig_scan(f, &n));
	ATF_CHECK_EQ(1, n);
	ATF_CHECK_EQ(5003, rig_state(f).messages);
	settle(f);
	ATF_CHECK_EQ(5003, rig_state(f).messages);
	folder_close(f);
	f = rig_open(&r, idx, "", 0);
	rig_put("mail/new/4999.n", "another\n");
	for (i = 0; i < 10 && rig_there("mail/new/4999.n"); i++)
		ATF_REQUIRE(folder_scan(f, 0) != -1);
	ATF_REQUIRE(folder_scan(f, 0) != -1);
	ATF_CHECK(!rig_there("mail/new/4999.n"));
	ATF_CHECK(rig_there("mail/cur/4999.n:2,S"));
	ATF_CHECK_EQ(5004, rig_state(f).messages);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, current);
	ATF_TP_ADD_TC(tp, restart);
	ATF_TP_ADD_TC(tp, granule);
	ATF_TP_ADD_TC(tp, delivered);
	ATF_TP_ADD_TC(tp, covered);
	ATF_TP_ADD_TC(tp, at_end);
	ATF_TP_ADD_TC(tp, own_changes);
	ATF_TP_ADD_TC(tp, foreign_changes);
	ATF_TP_ADD_TC(tp, put_back);
	ATF_TP_ADD_TC(tp, late_report);
	ATF_TP_ADD_TC(tp, after_listing);
	ATF_TP_ADD_TC(tp, put_off);
	ATF_TP_ADD_TC(tp, too_much);
	ATF_TP_ADD_TC(tp, replaced);
	return (atf_no_error());
}
