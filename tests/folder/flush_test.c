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

#include "imapd/folder_priv.h"
#include "rig.h"

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	struct rig r;
	struct folder *f;
	struct row row;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/new/1.a", "a\n");
	rig_put("mail/cur/2.b", "b\n");
	rig_put("mail/cur/3.c:2,PSX,note", "c\n");
	rig_put("mail/new/4.d:2,S", "d\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(1, flush_due(f));
	rig_store(f, STORE_ADD, FLAG_SEEN | FLAG_FLAGGED, NULL, 1, 3);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1.a:2,FS"));
	ATF_CHECK(rig_there("mail/cur/2.b:2,FS"));
	/* What is not ours stays. */
	ATF_CHECK(rig_there("mail/cur/3.c:2,FPSX,note"));
	ATF_CHECK(rig_there("mail/cur/4.d:2,"));
	ATF_CHECK_EQ(4, rig_count("mail/cur"));
	ATF_CHECK_EQ(0, rig_count("mail/new"));
	ATF_CHECK_EQ(0, rig_state(f).behind);
	row = rig_row(f, 1, NULL);
	ATF_CHECK_EQ(FLAG_SEEN | FLAG_FLAGGED, row.flags);
	ATF_CHECK_EQ(LETTER_F | LETTER_S, row.fletters);
	/* Our own renames are no news. */
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	ATF_CHECK_EQ(0, flush_due(f));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(examine);
ATF_TC_BODY(examine, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/new/1.a", "a\n");
	f = rig_open(&r, idx, "", FOLDER_EXAMINE);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_flush(f);
	ATF_CHECK(rig_there("mail/new/1.a"));
	ATF_CHECK_EQ(0, flush_due(f));
	folder_close(f);
	f = rig_open(&r, idx, "", 0);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1.a:2,"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(keywords);
ATF_TC_BODY(keywords, tc)
{
	struct rig r;
	char name[TABLE_KWLEN + 1];
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/dovecot-keywords", "0 first\n1 $Forwarded\n");
	rig_put("mail/cur/1.a:2,Sb", "a\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	/* The letter was Dovecot's. */
	ATF_CHECK_EQ(2, rig_row(f, 1, NULL).keywords);
	ATF_REQUIRE_EQ(0, table_keyword(&f->table, 1, name));
	ATF_CHECK_STREQ("$Forwarded", name);
	rig_store(f, STORE_ADD, 0, "NonJunk", 1, 1);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1.a:2,Sbc"));
	ATF_CHECK(atf_utils_compare_file("mail/dovecot-keywords",
	    "0 first\n1 $Forwarded\n2 NonJunk\n"));
	rig_store(f, STORE_REMOVE, 0, "$Forwarded", 1, 1);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1.a:2,Sc"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(expunge);
ATF_TC_BODY(expunge, tc)
{
	struct rig r;
	struct idx_result res;
	struct uidset set;
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	rig_put("mail/cur/2.b:2,", "b\n");
	rig_put("mail/new/3.c", "c\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_store(f, STORE_ADD, FLAG_DELETED, NULL, 1, 3);
	/* Renamed meanwhile: its file goes nevertheless. */
	ATF_REQUIRE_EQ(0, rename("mail/cur/2.b:2,", "mail/cur/2.b:2,R"));
	idx_result_init(&res);
	uidset_init(&set, 0);
	ATF_REQUIRE_EQ(0, uidset_add_range(&set, 1, 100));
	ATF_REQUIRE_EQ(0, idx_expunge(f->box, &set, &res));
	ATF_CHECK_EQ(3, uidset_count(&res.done));
	ATF_CHECK_EQ(0, rig_state(f).messages);
	/* Not found again before the files are gone, nor after. */
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	rig_flush(f);
	ATF_CHECK_EQ(0, rig_count("mail/cur"));
	ATF_CHECK_EQ(0, rig_count("mail/new"));
	ATF_CHECK_EQ(0, rig_state(f).behind);
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	idx_result_free(&res);
	uidset_free(&set);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC(died);
ATF_TC_HEAD(died, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 70: a session dies between "
	    "GIVE and GIVEN, before or after its rename");
}
ATF_TC_BODY(died, tc)
{
	struct rig r;
	struct idx_letters give[2] = {
		{ 1, LETTER_S, 1 }, { 2, LETTER_S, 1 }
	};
	struct folder *f;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	rig_put("mail/cur/2.b:2,", "b\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_store(f, STORE_ADD, FLAG_SEEN, NULL, 1, 2);
	ATF_REQUIRE_EQ(0, idx_give(f->box, give, 2));
	ATF_REQUIRE_EQ(0, rename("mail/cur/1.a:2,", "mail/cur/1.a:2,S"));
	folder_close(f);
	idx_forsake(idx);

	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	/* It is ours, not news. */
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	/* Others are wanted by now. */
	rig_store(f, STORE_SET, FLAG_FLAGGED, NULL, 1, 2);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1.a:2,F"));
	ATF_CHECK(rig_there("mail/cur/2.b:2,F"));
	ATF_CHECK_EQ(2, rig_count("mail/cur"));
	ATF_CHECK_EQ(0, folder_scan(f, 1));
	ATF_CHECK_EQ(0, rig_state(f).behind);
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* A rename never replaces; what cannot be done does not spin. */
ATF_TC_WITHOUT_HEAD(in_the_way);
ATF_TC_BODY(in_the_way, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	int i;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_store(f, STORE_ADD, FLAG_SEEN, NULL, 1, 1);
	rig_put("mail/cur/1.a:2,S", "another\n");
	for (i = 0; i < 10 && flush_due(f); i++)
		ATF_REQUIRE(flush_run(f) != -1);
	ATF_CHECK(i < 10);
	ATF_CHECK(rig_there("mail/cur/1.a:2,"));
	ATF_CHECK(rig_there("mail/cur/1.a:2,S"));
	/* The next comparison makes two messages of them. */
	for (i = 0; i < 3; i++)
		ATF_REQUIRE(folder_scan(f, 1) != -1);
	rig_flush(f);
	ATF_CHECK_EQ(2, rig_state(f).messages);
	ATF_CHECK_EQ(2, rig_count("mail/cur"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(busy);
ATF_TC_BODY(busy, tc)
{
	struct rig r;
	struct folder *f;
	struct idx *idx;
	pid_t pid;
	char c;
	int fds[2], status;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("mail/cur/1.a:2,", "a\n");
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_store(f, STORE_ADD, FLAG_SEEN, NULL, 1, 1);
	ATF_REQUIRE_EQ(0, pipe(fds));
	if ((pid = fork()) == 0) {
		if (folder_lock(f, 0) == -1)
			_exit(1);
		if (write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ATF_REQUIRE(pid != -1);
	ATF_REQUIRE_EQ(1, read(fds[0], &c, 1));
	/* Who does not get the lock goes on. */
	ATF_CHECK_EQ(0, flush_run(f));
	ATF_CHECK_EQ(0, flush_due(f));
	ATF_CHECK(rig_there("mail/cur/1.a:2,"));
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(0, folder_lock(f, 0));
	folder_unlock(f);
	folder_close(f);
	f = rig_open(&r, idx, "", 0);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1.a:2,S"));
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, examine);
	ATF_TP_ADD_TC(tp, keywords);
	ATF_TP_ADD_TC(tp, expunge);
	ATF_TP_ADD_TC(tp, died);
	ATF_TP_ADD_TC(tp, in_the_way);
	ATF_TP_ADD_TC(tp, busy);
	return (atf_no_error());
}
