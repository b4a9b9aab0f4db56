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

ATF_TC_WITHOUT_HEAD(found);
ATF_TC_BODY(found, tc)
{
	struct rig r;
	struct table_state s;
	char name[TABLE_NAMELEN + 1];
	struct folder *f;
	struct row row;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/new/1700000009.c", "later\n");
	rig_put("mail/new/1700000001.b:2,S", "one\n");
	rig_put("mail/cur/1700000001.a,S=5,W=6:2,FS", "four\n");
	rig_put("mail/cur/10.z,S=9,W=19:2,T", "first\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	s = rig_state(f);
	ATF_CHECK_EQ(4, s.messages);
	ATF_CHECK_EQ(2, s.unseen - 1);
	ATF_CHECK_EQ(1, s.deleted);
	/* By time, then by name; one report, one number. */
	row = rig_row(f, 1, name);
	ATF_CHECK_STREQ("10.z,S=9,W=19", name);
	ATF_CHECK_EQ(FLAG_DELETED, row.flags);
	ATF_CHECK_EQ(6, row.size);
	ATF_CHECK_EQ_MSG(TABLE_UNKNOWN, row.vsize, "a wrong hint is believed");
	row = rig_row(f, 2, name);
	ATF_CHECK_STREQ("1700000001.a,S=5,W=6", name);
	ATF_CHECK_EQ(FLAG_FLAGGED | FLAG_SEEN, row.flags);
	ATF_CHECK_EQ(6, row.vsize);
	row = rig_row(f, 3, name);
	ATF_CHECK_STREQ("1700000001.b", name);
	ATF_CHECK_EQ(ROW_NEW, row.flags);
	row = rig_row(f, 4, name);
	ATF_CHECK_STREQ("1700000009.c", name);
	ATF_CHECK_EQ(s.highestmodseq, row.modseq);
	ATF_CHECK_EQ(s.highestmodseq, rig_row(f, 1, NULL).modseq);
	/* Nothing more is to be found. */
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	ATF_CHECK_EQ(s.highestmodseq, rig_state(f).highestmodseq);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(changed_names);
ATF_TC_BODY(changed_names, tc)
{
	struct rig r;
	char name[TABLE_NAMELEN + 1];
	struct folder *f;
	struct row row;
	struct idx *idx;
	uint64_t h;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	rig_put("mail/cur/2.b:2,S", "b\n");
	rig_put("mail/new/3.c", "c\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	h = rig_state(f).highestmodseq;
	/* As mutt does: flags, a hint, and out of new/. */
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,", "mail/cur/1.a:2,FS"));
	ATF_REQUIRE_EQ(0, rename("mail/cur/2.b:2,S",
	    "mail/cur/2.b,S=2:2,S"));
	ATF_REQUIRE_EQ(0, rename("mail/new/3.c", "mail/cur/3.c:2,R"));
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(h + 1, rig_state(f).highestmodseq);
	row = rig_row(f, 1, NULL);
	ATF_CHECK_EQ(FLAG_FLAGGED | FLAG_SEEN, row.flags);
	ATF_CHECK_EQ(h + 1, row.modseq);
	row = rig_row(f, 2, name);
	ATF_CHECK_STREQ("2.b,S=2", name);
	ATF_CHECK_EQ(h, row.modseq);
	row = rig_row(f, 3, NULL);
	ATF_CHECK_EQ(FLAG_ANSWERED, row.flags);
	ATF_CHECK_EQ(3, rig_state(f).messages);
	/* A change of ours that waits does not undo theirs, nor they it. */
	rig_store(f, STORE_ADD, FLAG_DELETED, NULL, 1, 1);
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,FS", "mail/cur/1.a:2,RS"));
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(FLAG_ANSWERED | FLAG_SEEN | FLAG_DELETED,
	    rig_row(f, 1, NULL).flags);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1.a:2,RST"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * A report that indexd's end took is not sent again: a file that it names may
 * have been unlinked meanwhile, and its name been forgotten.
 */
ATF_TC_WITHOUT_HEAD(no_repeat);
ATF_TC_BODY(no_repeat, tc)
{
	struct idx_found found = { .name = "1.stale", .size = 1,
	    .vsize = 1 };
	struct idx_report report = { .found = &found, .nfound = 1 };
	struct idx_result result;
	struct folder *f;
	struct idx *idx;
	struct rig r;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	idx_result_init(&result);
	report.seen = rig_state(f).highestmodseq;
	rig_kill(&r, SIGKILL);
	rig_indexd(&r);
	ATF_CHECK_EQ(-1, idx_report(f->box, &report, &result));
	ATF_CHECK_EQ(EAGAIN, errno);
	ATF_CHECK_EQ(PROTO_NO_LOOK, idx_code(idx));
	ATF_CHECK_EQ(0, rig_state(f).messages);
	/* The next one is sent, for it comes of a new look. */
	ATF_CHECK_EQ(0, idx_report(f->box, &report, &result));
	ATF_CHECK_EQ(1, rig_state(f).messages);
	idx_result_free(&result);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(gone);
ATF_TC_BODY(gone, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	uint64_t h;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	rig_put("mail/cur/2.b:2,S", "b\n");
	rig_put("mail/new/3.c", "c\n");
	rig_put("mail/new/4.d", "d\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	h = rig_state(f).highestmodseq;
	ATF_REQUIRE_EQ(0, unlink("mail/cur/1.a:2,"));
	ATF_REQUIRE_EQ(0, unlink("mail/new/4.d"));
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(h + 1, rig_state(f).highestmodseq);
	ATF_CHECK_EQ(2, rig_state(f).messages);
	ATF_CHECK(rig_row(f, 1, NULL).flags & ROW_EXPUNGED);
	ATF_CHECK(rig_row(f, 4, NULL).flags & ROW_EXPUNGED);
	/* Brought back, it is a new message. */
	rig_put("mail/cur/1.a:2,S", "a\n");
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(FLAG_SEEN, rig_row(f, 5, NULL).flags);
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	ATF_CHECK_EQ(3, rig_state(f).messages);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(junk);
ATF_TC_BODY(junk, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	ATF_REQUIRE_EQ(0, mkdir("mail/cur/dir", 0700));
	ATF_REQUIRE_EQ(0, mkdir("mail/new/1.dir:2,S", 0700));
	ATF_REQUIRE_EQ(0, mkfifo("mail/cur/fifo:2,S", 0600));
	ATF_REQUIRE_EQ(0, symlink("nowhere", "mail/cur/dangling"));
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", "mail/new/passwd"));
	rig_put("mail/cur/.hidden", "x");
	rig_put("mail/cur/:2,S", "x");
	rig_put("mail/cur/a\nb", "x");
	rig_put("mail/cur/1.ok", "x");
	f = rig_open(&r, idx, "", 0);
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(1, rig_state(f).messages);
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	rig_flush(f);
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC(duplicates);
ATF_TC_HEAD(duplicates, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 69: two files of one unique "
	    "part are two messages, two links are one");
}
ATF_TC_BODY(duplicates, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	int i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	rig_put("mail/cur/2.b:2,", "b\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_REQUIRE_EQ(0, link("mail/cur/1.a:2,", "mail/cur/1.a:2,S"));
	rig_put("mail/cur/2.b:2,F", "another\n");
	for (i = 0; i < 3; i++)
		ATF_REQUIRE(folder_scan(f, 0) != -1);
	ATF_CHECK_EQ(3, rig_state(f).messages);
	ATF_CHECK_EQ(3, rig_count("mail/cur") - 1);
	ATF_CHECK_EQ(8, rig_row(f, 3, NULL).size);
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 3, NULL).flags);
	/* Nobody takes a link away that another program may be moving. */
	ATF_CHECK(rig_there("mail/cur/1.a:2,"));
	ATF_CHECK(rig_there("mail/cur/1.a:2,S"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* Several processes come upon the same files, and rename them; everything
 * is numbered once and nothing is ever gone. */
ATF_TC(race);
ATF_TC_HEAD(race, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(race, tc)
{
	enum { PEERS = 3, FILES = 600 };
	struct rig r;
	struct table_state s;
	char path[128];
	struct folder *f;
	struct idx *idx;
	pid_t pid[PEERS];
	int i, j, status;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	for (i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "mail/%s/%d.race%s",
		    i % 3 ? "new" : "cur", 1000 + i, i % 3 ? "" : ":2,");
		rig_put(path, "x\n");
	}
	for (i = 0; i < PEERS; i++) {
		if ((pid[i] = fork()) != 0) {
			ATF_REQUIRE(pid[i] != -1);
			continue;
		}
		idx_forsake(idx);
		idx = rig_bind(&r);
		f = rig_open(&r, idx, "", 0);
		for (j = 0; j < 20; j++) {
			if (folder_scan(f, 0) == -1)
				_exit(2);
			rig_store(f, j % 2 ? STORE_ADD : STORE_REMOVE,
			    FLAG_FLAGGED << (i == 2), NULL,
			    (uint32_t)(i * 100 + j + 1),
			    (uint32_t)(i * 100 + j + 150));
			if (flush_due(f) && flush_run(f) == -1)
				_exit(3);
			if (folder_events(idx) == -1)
				_exit(4);
		}
		folder_close(f);
		idx_goodbye(idx);
		_exit(0);
	}
	for (i = 0; i < PEERS; i++) {
		ATF_REQUIRE_EQ(pid[i], waitpid(pid[i], &status, 0));
		ATF_CHECK_EQ_MSG(0, status, "status %d", status);
	}
	ATF_REQUIRE(folder_scan(f, 1) != -1);
	rig_flush(f);
	ATF_REQUIRE(folder_scan(f, 1) != -1);
	ATF_REQUIRE_EQ(0, folder_superseded(f));
	s = rig_state(f);
	ATF_CHECK_EQ(FILES, s.messages);
	ATF_CHECK_EQ(FILES + 1, s.uidnext);
	ATF_CHECK_EQ(FILES, s.nrows);
	ATF_CHECK_EQ(0, s.behind);
	ATF_CHECK_EQ(FILES, rig_count("mail/cur"));
	ATF_CHECK_EQ(0, rig_count("mail/new"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC(renaming);
ATF_TC_HEAD(renaming, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 66: another program keeps "
	    "renaming; nothing is lost, nothing doubled");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(renaming, tc)
{
	enum { FILES = 3000, ROUNDS = 12 };
	struct rig r;
	struct table_state s;
	char a[64], b[64];
	struct folder *f;
	struct idx *idx;
	pid_t pid;
	int i, j, status;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	for (i = 0; i < FILES; i++) {
		snprintf(a, sizeof(a), "mail/cur/%d.x:2,", 1000 + i);
		rig_put(a, "x\n");
	}
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	if ((pid = fork()) == 0) {
		for (j = 0; j < ROUNDS; j++)
			for (i = 0; i < FILES; i++) {
				snprintf(a, sizeof(a), "mail/cur/%d.x:2,%s",
				    1000 + i, j % 2 ? "S" : "");
				snprintf(b, sizeof(b), "mail/cur/%d.x:2,%s",
				    1000 + i, j % 2 ? "" : "S");
				if (rename(a, b) == -1)
					_exit(1);
			}
		_exit(0);
	}
	ATF_REQUIRE(pid != -1);
	while (waitpid(pid, &status, WNOHANG) == 0)
		ATF_REQUIRE(folder_scan(f, 0) != -1);
	ATF_CHECK_EQ(0, status);
	ATF_REQUIRE(folder_scan(f, 1) != -1);
	s = rig_state(f);
	ATF_CHECK_EQ(FILES, s.messages);
	ATF_CHECK_EQ(FILES + 1, s.uidnext);
	ATF_CHECK_EQ(FILES, s.unseen);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	enum { FILES = 12000 };
	struct rig r;
	char path[64];
	struct folder *f;
	struct idx *idx;
	int fd, i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	for (i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "mail/cur/%d.m:2,", 100000 + i);
		ATF_REQUIRE((fd = open(path, O_CREAT | O_WRONLY, 0600)) !=
		    -1);
		close(fd);
	}
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_REQUIRE(folder_scan(f, 1) != -1);
	ATF_CHECK_EQ(FILES, rig_state(f).messages);
	ATF_CHECK_EQ(FILES + 1, rig_state(f).uidnext);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/*
 * A table may be superseded while a listing is compared with it, and then
 * never shows the UIDNEXT that others have come to: a copy of it stands for
 * that here.
 */
ATF_TC(superseded);
ATF_TC_HEAD(superseded, tc)
{
	atf_tc_set_md_var(tc, "descr", "a comparison with a table that is "
	    "behind the UID list ends");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(superseded, tc)
{
	struct rig r;
	struct folder *f, *g;
	struct idx *fidx, *gidx;
	const char *why;
	int fd;

	rig_start(&r, tc);
	fidx = rig_bind(&r);
	gidx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	f = rig_open(&r, fidx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_flush(f);
	ATF_REQUIRE_EQ(0, system("cp db/state/roots/*/*.1 old"));
	g = rig_open(&r, gidx, "", 0);
	rig_put("mail/new/2.b", "b\n");
	ATF_REQUIRE_EQ(1, folder_scan(g, 0));
	rig_flush(g);
	folder_close(g);
	ATF_REQUIRE_EQ(0, system("grep -q '^2 :2.b' mail/dovecot-uidlist"));
	g = rig_open(&r, gidx, "", 0);
	rig_expunge(g, 2);
	rig_flush(g);
	ATF_REQUIRE_EQ(1, rig_count("mail/cur") + rig_count("mail/new"));
	ATF_REQUIRE((fd = open("old", O_RDONLY)) != -1);
	table_unmap(&f->table);
	ATF_REQUIRE_EQ(0, table_map(&f->table, fd, &why));
	ATF_REQUIRE_EQ(2, rig_state(f).uidnext);
	ATF_REQUIRE_EQ(3, rig_state(g).uidnext);
	ATF_CHECK_EQ_MSG(0, folder_scan(f, 1), "%s", idx_text(fidx));
	ATF_CHECK_EQ(3, rig_state(g).uidnext);
	folder_close(f);
	folder_close(g);
	idx_goodbye(fidx);
	idx_goodbye(gidx);
	rig_stop(&r);
}

/* More at once than there are UIDs below the floor: it is raised meanwhile. */
ATF_TC(many_new);
ATF_TC_HEAD(many_new, tc)
{
	atf_tc_set_md_var(tc, "descr", "a first look at a large folder");
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(many_new, tc)
{
	enum { MANY = 70000 };
	struct rig r;
	struct folder *f;
	struct idx *idx;
	char name[64];
	int fd, i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "mail/new/%d.a", 1000000 + i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		ATF_REQUIRE(fd != -1);
		close(fd);
	}
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ_MSG(1, folder_scan(f, 0), "%s", idx_text(idx));
	ATF_CHECK_EQ(MANY, rig_state(f).messages);
	ATF_CHECK(f->identity.floor_uid > MANY);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, found);
	ATF_TP_ADD_TC(tp, changed_names);
	ATF_TP_ADD_TC(tp, gone);
	ATF_TP_ADD_TC(tp, junk);
	ATF_TP_ADD_TC(tp, duplicates);
	ATF_TP_ADD_TC(tp, race);
	ATF_TP_ADD_TC(tp, no_repeat);
	ATF_TP_ADD_TC(tp, renaming);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, many_new);
	ATF_TP_ADD_TC(tp, superseded);
	return (atf_no_error());
}
