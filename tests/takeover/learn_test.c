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

#include "imapd/keywords.h"
#include "tests/folder/rig.h"

/* Another server has given letters a meaning, in dovecot-keywords. */

#define NAMES	"mail/" KEYWORDS_FILE

static struct rig r;
static struct idx *idx;
static struct folder *f;

static void
start(const atf_tc_t *tc)
{
	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
}

static void
stop(void)
{
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* As that server writes it. */
static void
names(const char *text)
{
	rig_put("mail/tmp/names", text);
	ATF_REQUIRE_EQ(0, rename("mail/tmp/names", NAMES));
}

/* The keywords of the mailbox, and of a message. */
static void
check(const char *all, uint32_t uid, const char *of)
{
	char name[TABLE_KWLEN + 1], text[512] = "", has[512] = "";
	struct row row = rig_row(f, uid, NULL);
	unsigned int i;

	for (i = 0; i < rig_state(f).nkeywords; i++) {
		ATF_REQUIRE_EQ(0, table_keyword(&f->table, i, name));
		strlcat(text, name, sizeof(text));
		strlcat(text, " ", sizeof(text));
		if (row.keywords & ((uint64_t)1 << i)) {
			strlcat(has, name, sizeof(has));
			strlcat(has, " ", sizeof(has));
		}
	}
	ATF_CHECK_STREQ(all, text);
	ATF_CHECK_STREQ(of, has);
}

ATF_TC(learn);
ATF_TC_HEAD(learn, tc)
{
	atf_tc_set_md_var(tc, "descr", "names that another server gave to "
	    "letters become keywords, at the same letters");
}
ATF_TC_BODY(learn, tc)
{
	struct table_state before;

	start(tc);
	names("0 one\n");
	rig_put("mail/cur/1700000001.M1P1.host:2,Sa", "Subject: x\n\nx\n");
	rig_put("mail/cur/1700000002.M2P1.host:2,", "Subject: x\n\nx\n");
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	/* A folder that was there before has them from the start. */
	check("one ", 1, "one ");
	rig_store(f, STORE_ADD, 0, "two", 2, 2);
	rig_flush(f);
	ATF_CHECK(atf_utils_compare_file(NAMES, "0 one\n1 two\n"));
	/* Three more, of which two are used, and a gap. */
	names("0 one\n1 two\n2 three\n3 unused\n5 five\n");
	ATF_REQUIRE_EQ(0, rename("mail/cur/1700000001.M1P1.host:2,Sa",
	    "mail/cur/1700000001.M1P1.host:2,Sacf"));
	before = rig_state(f);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	check("one two three unused unknown-e five ", 1, "one three five ");
	check("one two three unused unknown-e five ", 2, "two ");
	ATF_CHECK(rig_state(f).highestmodseq > before.highestmodseq);
	/* Nothing is taken out of the name, nor put into it. */
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1700000001.M1P1.host:2,Sacf"));
	ATF_CHECK(rig_there("mail/cur/1700000002.M2P1.host:2,b"));
	/* A keyword of ours comes behind them. */
	rig_store(f, STORE_ADD, 0, "six", 2, 2);
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1700000002.M2P1.host:2,bg"));
	check("one two three unused unknown-e five six ", 2, "two six ");
	ATF_CHECK(atf_utils_compare_file(NAMES, "0 one\n1 two\n2 three\n"
	    "3 unused\n4 unknown-e\n5 five\n6 six\n"));
	/* It lasts. */
	folder_close(f);
	idx_goodbye(idx);
	rig_kill(&r, SIGKILL);
	rig_indexd(&r);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	check("one two three unused unknown-e five six ", 1,
	    "one three five ");
	stop();
}

ATF_TC(late);
ATF_TC_HEAD(late, tc)
{
	atf_tc_set_md_var(tc, "descr", "a letter that was seen before its "
	    "name; names that are there already, or are none");
}
ATF_TC_BODY(late, tc)
{
	struct table_state before;

	start(tc);
	rig_put("mail/cur/1700000001.M1P1.host:2,b", "Subject: x\n\nx\n");
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	check("", 1, "");
	rig_flush(f);
	names("0 one\n1 two\n2 ONE\n3 not good\n");
	rig_put("mail/cur/1700000002.M2P1.host:2,bc", "Subject: x\n\nx\n");
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	check("one two unknown-c ", 1, "two ");
	check("one two unknown-c ", 2, "two unknown-c ");
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/1700000001.M1P1.host:2,b"));
	/* Fewer names, and others, than ours: ours stay. */
	before = rig_state(f);
	names("0 another\n");
	rig_put("mail/cur/1700000003.M3P1.host:2,a", "Subject: x\n\nx\n");
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	check("one two unknown-c ", 3, "one ");
	ATF_CHECK_EQ(before.highestmodseq + 1, rig_state(f).highestmodseq);
	stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, learn);
	ATF_TP_ADD_TC(tp, late);
	return (atf_no_error());
}
