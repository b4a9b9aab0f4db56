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

#include "common/maildir.h"
#include "imapd/identity.h"
#include "imapd/uidlist.h"
#include "rig.h"

/* What another server has numbered is taken over. */

static struct rig rig;
static struct idx *idx;

static void
start(const atf_tc_t *tc)
{
	rig_start(&rig, tc);
	idx = rig_bind(&rig);
}

static void
stop(void)
{
	idx_goodbye(idx);
	rig_stop(&rig);
}

/* indexd's directory is lost. */
static void
lose(void)
{
	idx_goodbye(idx);
	rig_kill(&rig, SIGTERM);
	ATF_REQUIRE_EQ(0, system("rm -rf db/state"));
	rig_indexd(&rig);
	idx = rig_bind(&rig);
}

static uint32_t
uid_of(struct folder *f, const char *base)
{
	char name[TABLE_NAMELEN + 1];
	struct table_state s = rig_state(f);
	struct row row;
	uint64_t n;

	for (n = 0; n < s.nrows; n++) {
		ATF_REQUIRE_EQ(0, table_row_name(&f->table, n, &row, name));
		if (!(row.flags & ROW_EXPUNGED) && maildir_same(name, base))
			return (row.uid);
	}
	return (0);
}

static int
has_keyword(struct folder *f, uint32_t uid, const char *keyword)
{
	char name[TABLE_KWLEN + 1];
	struct table_state s = rig_state(f);
	struct row row = rig_row(f, uid, NULL);
	unsigned int i;

	for (i = 0; i < s.nkeywords; i++) {
		ATF_REQUIRE_EQ(0, table_keyword(&f->table, i, name));
		if (strcmp(name, keyword) == 0)
			return ((int)(row.keywords >> i & 1));
	}
	return (0);
}

static void
list_has(const char *line)
{
	char buf[1024];
	int found = 0;
	FILE *fp;

	ATF_REQUIRE((fp = fopen("mail/dovecot-uidlist", "r")) != NULL);
	while (fgets(buf, sizeof(buf), fp) != NULL)
		found |= strncmp(buf, line, strlen(line)) == 0;
	fclose(fp);
	ATF_CHECK_MSG(found, "no line %s", line);
}

/* A folder that Dovecot has left. */
static void
dovecot(void)
{
	rig_put("mail/cur/100.a.h:2,S", "a");
	rig_put("mail/cur/200.b.h,S=1:2,Fab", "b");
	rig_put("mail/cur/150.c.h:2,", "c");
	rig_put("mail/new/300.d.h", "d");
	rig_put("mail/new/310.e.h", "e");
	rig_put("mail/cur/50.x.h:2,RS", "x");
	rig_put("mail/dovecot-keywords", "0 work\n1 home\n");
	rig_put("mail/dovecot-uidlist", "3 V1234567890 N20 "
	    "Gd24f3a1b5c6d7e8f90123456789abcde\n"
	    "5 :99.gone.h\n"
	    "7 W3 :200.b.h,S=1\n"
	    "9 :100.a.h\n"
	    "11 :150.c.h\n"
	    "12 :300.d.h\n");
}

ATF_TC(dovecot);
ATF_TC_HEAD(dovecot, tc)
{
	atf_tc_set_md_var(tc, "descr", "a folder of Dovecot's keeps its "
	    "UIDVALIDITY, its UIDs, its keywords and its UIDNEXT");
}
ATF_TC_BODY(dovecot, tc)
{
	struct table_state s;
	struct folder *f;
	const char *why;
	uint32_t first, before;
	struct row row;

	start(tc);
	dovecot();
	/* Nobody loses UIDs for want of a permission. */
	ATF_REQUIRE_EQ(0, chmod("mail/dovecot-uidlist", 0));
	f = folder_open(idx, rig.rootfd, "", 0, &why);
	ATF_CHECK_ERRNO(EACCES, f == NULL);
	ATF_REQUIRE_EQ(0, chmod("mail/dovecot-uidlist", 0600));
	f = rig_open(&rig, idx, "", 0);
	s = rig_state(f);
	ATF_CHECK_EQ(1234567890, s.uidvalidity);
	ATF_CHECK_EQ(1234567890, f->identity.uidvalidity);
	ATF_CHECK_EQ(4, s.messages);
	ATF_CHECK_EQ(20, s.uidnext);
	ATF_CHECK_EQ(7, uid_of(f, "200.b.h"));
	ATF_CHECK_EQ(9, uid_of(f, "100.a.h"));
	ATF_CHECK_EQ(11, uid_of(f, "150.c.h"));
	ATF_CHECK_EQ(12, uid_of(f, "300.d.h"));
	row = rig_row(f, 7, NULL);
	ATF_CHECK_EQ(FLAG_FLAGGED, row.flags & FLAG_SYSTEM);
	ATF_CHECK_EQ(1, row.size);
	ATF_CHECK(has_keyword(f, 7, "work"));
	ATF_CHECK(has_keyword(f, 7, "home"));
	ATF_CHECK(!has_keyword(f, 9, "work"));
	/* Those that it has not seen come after all that it has. */
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(20, uid_of(f, "50.x.h"));
	ATF_CHECK_EQ(21, uid_of(f, "310.e.h"));
	/* What it has moved to cur/ is not recent. */
	ATF_REQUIRE_EQ(0, idx_recent(f->box, &first, &before));
	ATF_CHECK_EQ(12, first);
	ATF_CHECK_EQ(22, before);
	folder_close(f);
	/* And it stays so. */
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(6, rig_state(f).messages);
	ATF_CHECK_EQ(22, rig_state(f).uidnext);
	ATF_CHECK_EQ(s.uidvalidity, rig_state(f).uidvalidity);
	folder_close(f);
	list_has("20 :50.x.h");
	stop();
}

ATF_TC(version1);
ATF_TC_HEAD(version1, tc)
{
	atf_tc_set_md_var(tc, "descr", "a list of version 1");
}
ATF_TC_BODY(version1, tc)
{
	struct folder *f;

	start(tc);
	rig_put("mail/cur/100.a.h:2,S", "a");
	rig_put("mail/cur/200.b.h:2,", "b");
	rig_put("mail/dovecot-uidlist", "1 1234567890 20\n7 200.b.h\n"
	    "9 100.a.h\n");
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(1234567890, rig_state(f).uidvalidity);
	ATF_CHECK_EQ(20, rig_state(f).uidnext);
	ATF_CHECK_EQ(7, uid_of(f, "200.b.h"));
	ATF_CHECK_EQ(9, uid_of(f, "100.a.h"));
	folder_close(f);
	stop();
}

ATF_TC(courier);
ATF_TC_HEAD(courier, tc)
{
	atf_tc_set_md_var(tc, "descr", "a folder of Courier's keeps its "
	    "UIDVALIDITY, its UIDs, and more keywords than there are letters");
}
ATF_TC_BODY(courier, tc)
{
	struct folder *f;
	char name[16];
	FILE *fp;
	int i;

	start(tc);
	rig_put("mail/cur/100.a.h,S=1:2,S", "a");
	rig_put("mail/cur/200.b.h:2,", "b");
	rig_put("mail/courierimapuiddb", "1 1234567890 20\n7 200.b.h\n"
	    "9 100.a.h,S=1\n");
	ATF_REQUIRE_EQ(0, mkdir("mail/courierimapkeywords", 0700));
	ATF_REQUIRE((fp = fopen("mail/courierimapkeywords/:list", "w")) !=
	    NULL);
	for (i = 0; i < 40; i++)
		fprintf(fp, "kw%d\n", i);
	fprintf(fp, "\n100.a.h,S=1:0 30 39\n200.b.h:1\n");
	ATF_REQUIRE_EQ(0, fclose(fp));
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(1234567890, rig_state(f).uidvalidity);
	ATF_CHECK_EQ(20, rig_state(f).uidnext);
	ATF_CHECK_EQ(7, uid_of(f, "200.b.h"));
	ATF_CHECK_EQ(9, uid_of(f, "100.a.h"));
	ATF_CHECK_EQ(FLAG_SEEN, rig_row(f, 9, NULL).flags & FLAG_SYSTEM);
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "kw%d", i);
		ATF_CHECK_EQ(i == 0 || i == 30 || i == 39,
		    has_keyword(f, 9, name));
		ATF_CHECK_EQ(i == 1, has_keyword(f, 7, name));
	}
	/* Those that have letters get them. */
	rig_flush(f);
	ATF_CHECK(rig_there("mail/cur/200.b.h:2,b"));
	ATF_CHECK(rig_there("mail/cur/100.a.h,S=1:2,Sa"));
	folder_close(f);
	/* Courier's list is read once. */
	rig_put("mail/courierimapuiddb", "1 1234567899 20\n7 100.a.h\n");
	lose();
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(1234567890, rig_state(f).uidvalidity);
	ATF_CHECK_EQ(7, uid_of(f, "200.b.h"));
	folder_close(f);
	stop();
}

ATF_TC(lost);
ATF_TC_HEAD(lost, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 5, 6: without indexd's "
	    "state a mailbox keeps UIDVALIDITY, UIDs and flags, and its "
	    "mod-sequences go on above");
}
ATF_TC_BODY(lost, tc)
{
	struct table_state s, was;
	struct folder *f;
	struct row row;

	start(tc);
	rig_put("mail/cur/100.a.h:2,S", "a");
	rig_put("mail/cur/200.b.h:2,", "b");
	rig_put("mail/new/300.c.h", "c");
	f = rig_open(&rig, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_store(f, STORE_ADD, FLAG_FLAGGED, "work", 2, 2);
	rig_expunge(f, 1);
	rig_flush(f);
	was = rig_state(f);
	folder_close(f);
	list_has("2 :200.b.h");
	lose();
	f = rig_open(&rig, idx, "", 0);
	s = rig_state(f);
	ATF_CHECK_EQ(was.uidvalidity, s.uidvalidity);
	ATF_CHECK_EQ(2, s.messages);
	ATF_CHECK_EQ(2, uid_of(f, "200.b.h"));
	ATF_CHECK_EQ(3, uid_of(f, "300.c.h"));
	row = rig_row(f, 2, NULL);
	ATF_CHECK_EQ(FLAG_FLAGGED, row.flags & FLAG_SYSTEM);
	ATF_CHECK(has_keyword(f, 2, "work"));
	/* Above all that can have been given. */
	ATF_CHECK(s.highestmodseq >= was.highestmodseq + FLOOR_MODSEQS / 2);
	ATF_CHECK(s.uidnext > was.uidnext);
	ATF_CHECK(s.expunge_horizon >= was.highestmodseq);
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	/* Without the list as well: UIDs that nobody has seen. */
	folder_close(f);
	ATF_REQUIRE_EQ(0, unlink("mail/dovecot-uidlist"));
	was = s;
	lose();
	f = rig_open(&rig, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	s = rig_state(f);
	ATF_CHECK_EQ(was.uidvalidity, s.uidvalidity);
	ATF_CHECK_EQ(2, s.messages);
	ATF_CHECK(uid_of(f, "200.b.h") >= was.uidnext);
	ATF_CHECK(s.highestmodseq > was.highestmodseq);
	folder_close(f);
	stop();
}

ATF_TC(identity);
ATF_TC_HEAD(identity, tc)
{
	atf_tc_set_md_var(tc, "descr", "without the identity file, the list "
	    "keeps UIDVALIDITY and UIDs, and no mod-sequence comes back");
}
ATF_TC_BODY(identity, tc)
{
	struct table_state was, s;
	struct folder *f;

	start(tc);
	rig_put("mail/cur/100.a.h:2,S", "a");
	rig_put("mail/cur/200.b.h:2,", "b");
	f = rig_open(&rig, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_store(f, STORE_ADD, FLAG_FLAGGED, NULL, 2, 2);
	rig_flush(f);
	was = rig_state(f);
	folder_close(f);
	ATF_REQUIRE_EQ(0, unlink("mail/" IDENTITY_FILE));
	f = rig_open(&rig, idx, "", 0);
	s = rig_state(f);
	ATF_CHECK_EQ(was.uidvalidity, s.uidvalidity);
	ATF_CHECK_EQ(2, uid_of(f, "200.b.h"));
	ATF_CHECK_EQ(3, s.uidnext);
	ATF_CHECK(s.highestmodseq > was.highestmodseq);
	ATF_CHECK(s.expunge_horizon > was.highestmodseq);
	/* A client's number may be exact to 53 bits. */
	ATF_CHECK(s.highestmodseq < UINT64_C(1) << 53);
	folder_close(f);
	stop();
}

/* A mailbox of ours with two messages, UIDs 1 and 2. */
static uint32_t
ours(void)
{
	struct folder *f;
	uint32_t v;

	rig_put("mail/cur/100.a.h:2,S", "a");
	rig_put("mail/cur/200.b.h:2,", "b");
	f = rig_open(&rig, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	rig_store(f, STORE_ADD, FLAG_FLAGGED, "work", 2, 2);
	ATF_CHECK_EQ(2, uid_of(f, "200.b.h"));
	v = rig_state(f).uidvalidity;
	rig_flush(f);
	folder_close(f);
	list_has("2 :200.b.h");
	return (v);
}

static void
append(const char *text)
{
	FILE *fp;

	ATF_REQUIRE((fp = fopen("mail/dovecot-uidlist", "a")) != NULL);
	ATF_REQUIRE(fputs(text, fp) >= 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

ATF_TC(week);
ATF_TC_HEAD(week, tc)
{
	atf_tc_set_md_var(tc, "descr", "what another server has numbered in "
	    "between is taken over, and its flags");
}
ATF_TC_BODY(week, tc)
{
	struct folder *f, *g;
	struct table_state s;
	uint32_t v;
	uint64_t before;

	start(tc);
	v = ours();
	/* By name they would come in another order. */
	rig_put("mail/cur/400.d.h:2,", "d");
	rig_put("mail/cur/300.e.h:2,", "e");
	rig_put("mail/cur/350.f.h:2,", "f");
	rig_put("mail/dovecot-keywords", "0 work\n1 day\n");
	ATF_REQUIRE_EQ(0, rename("mail/cur/100.a.h:2,S",
	    "mail/cur/100.a.h:2,RSb"));
	append("3 W3 :400.d.h\n5 :300.e.h\n9 :500.gone.h\n");
	f = rig_open(&rig, idx, "", 0);
	s = rig_state(f);
	ATF_CHECK_EQ(v, s.uidvalidity);
	ATF_CHECK_EQ(1, uid_of(f, "100.a.h"));
	ATF_CHECK_EQ(2, uid_of(f, "200.b.h"));
	ATF_CHECK_EQ(3, uid_of(f, "400.d.h"));
	ATF_CHECK_EQ(5, uid_of(f, "300.e.h"));
	/* Also what its new keywords are, however long nothing moves. */
	ATF_CHECK(has_keyword(f, 1, "day"));
	ATF_CHECK(!has_keyword(f, 2, "day"));
	(void)folder_scan(f, 0);
	ATF_CHECK_EQ(10, uid_of(f, "350.f.h"));
	ATF_CHECK_EQ(FLAG_ANSWERED | FLAG_SEEN,
	    rig_row(f, 1, NULL).flags & FLAG_SYSTEM);
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 2, NULL).flags & FLAG_SYSTEM);
	ATF_CHECK(has_keyword(f, 2, "work"));
	folder_close(f);
	list_has("10 :350.f.h");
	/* A second time mod-sequences are far away from anybody's. */
	rig_put("mail/cur/420.g.h:2,", "g");
	append("14 :420.g.h\n");
	f = rig_open(&rig, idx, "", 0);
	before = s.highestmodseq;
	s = rig_state(f);
	ATF_CHECK(s.highestmodseq <= before + 10);
	ATF_CHECK_EQ(14, uid_of(f, "420.g.h"));
	ATF_CHECK_EQ(15, s.uidnext);
	ATF_CHECK(s.expunge_horizon < before);
	/* And while sessions are there. */
	g = rig_open(&rig, idx, "", 0);
	rig_put("mail/new/500.h.h", "h");
	rig_put("mail/new/490.i.h", "i");
	append("20 :500.h.h\n");
	ATF_CHECK_EQ(1, folder_scan(f, 0));
	ATF_CHECK_EQ(20, uid_of(f, "500.h.h"));
	ATF_CHECK_EQ(21, uid_of(f, "490.i.h"));
	ATF_CHECK_EQ(0, folder_scan(g, 0));
	ATF_CHECK_EQ(22, rig_state(g).uidnext);
	ATF_CHECK_EQ(0, folder_events(idx));
	ATF_CHECK(!g->gone);
	folder_close(g);
	folder_close(f);
	stop();
}

ATF_TC(gone);
ATF_TC_HEAD(gone, tc)
{
	atf_tc_set_md_var(tc, "descr", "UIDs of another server whose messages "
	    "are gone are not given again");
}
ATF_TC_BODY(gone, tc)
{
	struct folder *f;

	start(tc);
	(void)ours();
	append("3 :400.d.h\n4 :401.d.h\n");
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(5, rig_state(f).uidnext);
	folder_close(f);
	append("7 :500.d.h\n");
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(8, rig_state(f).uidnext);
	ATF_CHECK_EQ(2, rig_state(f).messages);
	folder_close(f);
	stop();
}

ATF_TC(anew);
ATF_TC_HEAD(anew, tc)
{
	atf_tc_set_md_var(tc, "descr", "a list that another server has made "
	    "anew, of a higher UIDVALIDITY, counts; sessions say BYE");
}
ATF_TC_BODY(anew, tc)
{
	struct folder *f, *g;
	struct idx *other;
	struct table_state s;
	uint32_t v;
	char text[256];

	start(tc);
	v = ours();
	other = rig_bind(&rig);
	g = rig_open(&rig, other, "", 0);
	snprintf(text, sizeof(text), "3 V%u N3 G00\n1 :200.b.h\n"
	    "2 :100.a.h\n", v + 1);
	rig_put("mail/dovecot-uidlist", text);
	f = rig_open(&rig, idx, "", 0);
	s = rig_state(f);
	ATF_CHECK_EQ(v + 1, s.uidvalidity);
	ATF_CHECK_EQ(1, uid_of(f, "200.b.h"));
	ATF_CHECK_EQ(2, uid_of(f, "100.a.h"));
	ATF_CHECK_EQ(3, s.uidnext);
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 1, NULL).flags & FLAG_SYSTEM);
	ATF_CHECK(has_keyword(f, 1, "work"));
	ATF_CHECK_EQ(0, folder_events(other));
	ATF_CHECK(g->gone);
	folder_close(g);
	idx_goodbye(other);
	folder_close(f);
	/* One of a lower is left over from before. */
	snprintf(text, sizeof(text), "3 V%u N30 G00\n1 :100.a.h\n"
	    "2 :200.b.h\n", v);
	rig_put("mail/dovecot-uidlist", text);
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(v + 1, rig_state(f).uidvalidity);
	ATF_CHECK_EQ(1, uid_of(f, "200.b.h"));
	folder_close(f);
	list_has("1 :200.b.h");
	stop();
}

ATF_TC(against);
ATF_TC_HEAD(against, tc)
{
	atf_tc_set_md_var(tc, "descr", "a list that gives our UIDs to other "
	    "messages: a new UIDVALIDITY");
}
ATF_TC_BODY(against, tc)
{
	struct folder *f;
	struct table_state s;
	uint32_t v;
	char text[256];

	start(tc);
	v = ours();
	/* Our last line had not got there. */
	rig_put("mail/cur/300.c.h:2,", "c");
	snprintf(text, sizeof(text), "3 V%u N2 G00\n1 :100.a.h\n"
	    "2 :300.c.h\n3 :200.b.h\n", v);
	rig_put("mail/dovecot-uidlist", text);
	f = rig_open(&rig, idx, "", 0);
	(void)folder_scan(f, 0);
	s = rig_state(f);
	ATF_CHECK(s.uidvalidity > v);
	ATF_CHECK_EQ(s.uidvalidity, f->identity.uidvalidity);
	ATF_CHECK_EQ(3, s.messages);
	ATF_CHECK_EQ(1, uid_of(f, "100.a.h"));
	ATF_CHECK_EQ(2, uid_of(f, "200.b.h"));
	ATF_CHECK_EQ(FLAG_FLAGGED, rig_row(f, 2, NULL).flags & FLAG_SYSTEM);
	ATF_CHECK(has_keyword(f, 2, "work"));
	folder_close(f);
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(s.uidvalidity, rig_state(f).uidvalidity);
	folder_close(f);
	snprintf(text, sizeof(text), "3 V%u ", s.uidvalidity);
	list_has(text);
	list_has("2 :200.b.h");
	stop();
}

ATF_TC(moved);
ATF_TC_HEAD(moved, tc)
{
	atf_tc_set_md_var(tc, "descr", "a message to which another server "
	    "has given a new UID has that");
}
ATF_TC_BODY(moved, tc)
{
	struct folder *f;
	uint32_t v;

	start(tc);
	v = ours();
	append("3 :100.a.h\n");
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(v, rig_state(f).uidvalidity);
	ATF_CHECK_EQ(2, rig_state(f).messages);
	ATF_CHECK_EQ(3, uid_of(f, "100.a.h"));
	ATF_CHECK_EQ(2, uid_of(f, "200.b.h"));
	folder_close(f);
	stop();
}

ATF_TC(damage);
ATF_TC_HEAD(damage, tc)
{
	atf_tc_set_md_var(tc, "descr", "a damaged list changes nothing, and "
	    "is written anew");
}
ATF_TC_BODY(damage, tc)
{
	char text[4096], line[64];
	struct folder *f;
	struct table_state s;
	size_t i, len;
	uint32_t a = 1, b = 2, v;
	FILE *fp;

	start(tc);
	v = ours();
	ATF_REQUIRE((fp = fopen("mail/dovecot-uidlist", "r")) != NULL);
	len = fread(text, 1, sizeof(text) - 1, fp);
	fclose(fp);
	text[len] = '\0';
	for (i = 0; i < len; i++) {
		ATF_REQUIRE((fp = fopen("mail/dovecot-uidlist", "w")) !=
		    NULL);
		text[i] ^= 1;
		ATF_REQUIRE_EQ(len, fwrite(text, 1, len, fp));
		text[i] ^= 1;
		ATF_REQUIRE_EQ(0, fclose(fp));
		f = rig_open(&rig, idx, "", 0);
		(void)folder_scan(f, 0);
		s = rig_state(f);
		ATF_CHECK_EQ_MSG(v, s.uidvalidity, "octet %zu", i);
		ATF_CHECK_EQ(2, s.messages);
		/* As if another server had given it a new UID. */
		ATF_CHECK(uid_of(f, "100.a.h") >= a);
		ATF_CHECK(uid_of(f, "200.b.h") >= b);
		a = uid_of(f, "100.a.h");
		b = uid_of(f, "200.b.h");
		folder_close(f);
	}
	snprintf(line, sizeof(line), "3 V%u ", v);
	list_has(line);
	stop();
}

ATF_TC(names);
ATF_TC_HEAD(names, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 69: two files of one unique "
	    "name do not share a UID when they are taken over");
}
ATF_TC_BODY(names, tc)
{
	char name[TABLE_NAMELEN + 1];
	struct table_state s;
	struct folder *f;
	int i;

	start(tc);
	rig_put("mail/cur/100.a.h:2,S", "a");
	rig_put("mail/cur/100.a.h,S=1:2,F", "b");
	rig_put("mail/new/100.a.h", "c");
	rig_put("mail/dovecot-uidlist", "3 V1234567890 N20 G00\n"
	    "7 :100.a.h\n8 :100.a.h,S=1\n");
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ(1, rig_state(f).messages);
	for (i = 0; i < 10 && rig_state(f).messages < 3; i++)
		(void)folder_scan(f, 1);
	s = rig_state(f);
	ATF_CHECK_EQ(3, s.messages);
	ATF_CHECK_EQ(22, s.uidnext);
	(void)rig_row(f, 20, name);
	(void)rig_row(f, 21, name);
	folder_close(f);
	stop();
}

ATF_TC(cut_off);
ATF_TC_HEAD(cut_off, tc)
{
	atf_tc_set_md_var(tc, "descr", "a table that was not filled to the "
	    "end is nobody's");
}
ATF_TC_BODY(cut_off, tc)
{
	struct idx_found m = { .name = "100.a.h", .uid = 7 };
	struct idx_report r = { .seen = 1, .found = &m, .nfound = 1 };
	struct idx_identity id = { .uidvalidity = 1234567890,
	    .floor_uid = 19 };
	struct idx_opened o;
	struct idx_result res;
	struct table t;
	const char *damage;
	struct idx_box *box, *no;
	struct idx *other;
	struct folder *f;
	int killed;

	start(tc);
	dovecot();
	f = rig_open(&rig, idx, "", 0);
	id = f->identity;
	folder_close(f);
	idx_result_init(&res);
	for (killed = 0; killed < 2; killed++) {
		other = rig_bind(&rig);
		id.floor_modseq = 0;
		ATF_REQUIRE_EQ(0, idx_create(other, "", &id, NULL, 0, 1));
		ATF_REQUIRE_EQ(0, idx_open(other, "", &id, OPEN_ADOPT, &box,
		    &o));
		ATF_REQUIRE_EQ(0, table_map(&t, o.fd, &damage));
		r.seen = t.h->highestmodseq;
		table_unmap(&t);
		ATF_REQUIRE_EQ_MSG(0, idx_report(box, &r, &res), "%s",
		    idx_text(other));
		ATF_CHECK_EQ(7, res.first);
		ATF_CHECK_EQ(-1, idx_open(idx, "", &id, OPEN_WRITE, &no,
		    &o));
		ATF_CHECK_EQ(PROTO_NO_MAILBOX, idx_code(idx));
		ATF_CHECK_EQ(-1, idx_open(idx, "", &id, OPEN_READ, &no, &o));
		if (killed) {
			rig_kill(&rig, SIGKILL);
			rig_indexd(&rig);
		}
		idx_forsake(other);
		f = rig_open(&rig, idx, "", 0);
		ATF_CHECK_EQ(1234567890, rig_state(f).uidvalidity);
		ATF_CHECK_EQ(4, rig_state(f).messages);
		ATF_CHECK_EQ(9, uid_of(f, "100.a.h"));
		ATF_CHECK_EQ(12, uid_of(f, "300.d.h"));
		id = f->identity;
		folder_close(f);
	}
	idx_result_free(&res);
	stop();
}

ATF_TC(keywords);
ATF_TC_HEAD(keywords, tc)
{
	atf_tc_set_md_var(tc, "descr", "letters keep their keywords when two "
	    "have one name");
}
ATF_TC_BODY(keywords, tc)
{
	struct folder *f;

	start(tc);
	rig_put("mail/cur/100.a.h:2,ac", "a");
	rig_put("mail/dovecot-keywords", "0 work\n1 Work\n2 home\n");
	f = rig_open(&rig, idx, "", 0);
	ATF_REQUIRE_EQ(1, folder_scan(f, 0));
	ATF_CHECK(has_keyword(f, 1, "work"));
	ATF_CHECK(has_keyword(f, 1, "home"));
	ATF_CHECK(!has_keyword(f, 1, "unknown-b"));
	folder_close(f);
	stop();
}

ATF_TC(many);
ATF_TC_HEAD(many, tc)
{
	atf_tc_set_md_var(tc, "descr", "more messages than one report has, "
	    "and UIDs far apart");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(many, tc)
{
	struct folder *f;
	char name[64];
	FILE *fp;
	uint32_t uid, last = 0;
	int i, n = 12000;

	start(tc);
	ATF_REQUIRE((fp = fopen("mail/dovecot-uidlist", "w")) != NULL);
	fprintf(fp, "3 V1234567890 N300001 G00\n");
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "mail/cur/%d.x%d.h:2,S",
		    100000 - i, i);
		rig_put(name, "x");
		uid = (uint32_t)(i * 25 + 1);
		fprintf(fp, "%u :%d.x%d.h\n", uid, 100000 - i, i);
	}
	ATF_REQUIRE_EQ(0, fclose(fp));
	f = rig_open(&rig, idx, "", 0);
	ATF_CHECK_EQ((uint32_t)n, rig_state(f).messages);
	ATF_CHECK_EQ(300001, rig_state(f).uidnext);
	ATF_CHECK_EQ(0, folder_scan(f, 0));
	for (i = 0; i < n; i += 997) {
		snprintf(name, sizeof(name), "%d.x%d.h", 100000 - i, i);
		uid = uid_of(f, name);
		ATF_CHECK_EQ((uint32_t)i * 25 + 1, uid);
		ATF_CHECK(uid > last);
		last = uid;
	}
	folder_close(f);
	stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dovecot);
	ATF_TP_ADD_TC(tp, version1);
	ATF_TP_ADD_TC(tp, courier);
	ATF_TP_ADD_TC(tp, lost);
	ATF_TP_ADD_TC(tp, identity);
	ATF_TP_ADD_TC(tp, week);
	ATF_TP_ADD_TC(tp, gone);
	ATF_TP_ADD_TC(tp, anew);
	ATF_TP_ADD_TC(tp, against);
	ATF_TP_ADD_TC(tp, moved);
	ATF_TP_ADD_TC(tp, damage);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, cut_off);
	ATF_TP_ADD_TC(tp, keywords);
	ATF_TP_ADD_TC(tp, many);
	return (atf_no_error());
}
