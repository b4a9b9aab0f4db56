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

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "indexd/brief.h"
#include "indexd/compact.h"
#include "indexd/store.h"
#include "tests/lib/model.h"

/* What is kept in memory of each mailbox, beside what its table says. */

#define ROOT	"/home/u/Maildir"
#define OWNER	1000

static struct engine *start(void);
static void	make_id(uint8_t *, unsigned int);
static struct mailbox *create(struct engine *, unsigned int, const char *,
		    uint32_t);
static void	set_stamp(struct engine *, struct mailbox *, unsigned int,
		    uint64_t *);
static void	read_all(struct engine *);
static int	find(struct engine *, const char *, const uint64_t *,
		    struct brief *);
static void	agree(struct engine *, struct mailbox *, const char *,
		    const uint64_t *);

static struct engine *
start(void)
{
	struct engine_conf conf = { .directory = "d" };
	struct engine *e;

	e = engine_open(&conf, NULL, NULL);
	ATF_REQUIRE(e != NULL);
	return (e);
}

static void
make_id(uint8_t *id, unsigned int n)
{
	memset(id, 0, TABLE_IDLEN);
	id[0] = (uint8_t)(n >> 8);
	id[1] = (uint8_t)n;
}

static struct mailbox *
create(struct engine *e, unsigned int n, const char *folder, uint32_t v)
{
	struct mailbox *mb;
	uint8_t id[TABLE_IDLEN];

	make_id(id, n);
	mb = mailbox_create(e, OWNER, ROOT, id, folder, v, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 1U << 30, 1U << 30));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	return (mb);
}

/* The folder was compared; its directories are now as number n. */
static void
set_stamp(struct engine *e, struct mailbox *mb, unsigned int n,
    uint64_t *stamp)
{
	unsigned int i;

	for (i = 0; i < TABLE_STAMP; i++)
		stamp[i] = n * 100 + i + 1;
	ATF_REQUIRE_EQ(0, mailbox_set_stamp(mb, mb->cur.reports, stamp));
	stamps_join(e);
	ATF_REQUIRE_EQ(0, engine_commit(e));
}

static void
read_all(struct engine *e)
{
	unsigned int i;
	int more = 1;

	for (i = 0; more == 1 && i < 100; i++)
		more = briefs_read(e, OWNER, ROOT);
	ATF_REQUIRE_EQ(0, more);
}

static int
find(struct engine *e, const char *folder, const uint64_t *stamp,
    struct brief *b)
{
	uint64_t rows = BRIEF_ROWS;

	return (brief_find(e, OWNER, ROOT, folder, stamp, &rows, b));
}

/* The brief says what the table does. */
static void
agree(struct engine *e, struct mailbox *mb, const char *folder,
    const uint64_t *stamp)
{
	struct table_state st;
	struct brief b;
	struct row row;
	uint64_t n, size = 0, deleted = 0;
	uint32_t recent = 0;
	int unknown = 0;

	read_all(e);	/* compaction puts another table there */
	ATF_REQUIRE_EQ(0, table_state(mailbox_table(mb), &st));
	for (n = 0; n < st.nrows; n++) {
		ATF_REQUIRE_EQ(0, table_row(mailbox_table(mb), n, &row));
		if (row.flags & ROW_EXPUNGED)
			continue;
		recent += row.uid >= st.recent;
		unknown |= row.vsize == TABLE_UNKNOWN;
		size += row.vsize;
		if (row.flags & FLAG_DELETED)
			deleted += row.vsize;
	}
	ATF_REQUIRE_EQ(1, find(e, folder, stamp, &b));
	ATF_CHECK_EQ(st.uidvalidity, b.uidvalidity);
	ATF_CHECK_EQ(st.uidnext, b.uidnext);
	ATF_CHECK_EQ(st.messages, b.messages);
	ATF_CHECK_EQ(st.unseen, b.unseen);
	ATF_CHECK_EQ(st.deleted, b.deleted);
	ATF_CHECK_EQ(recent, b.recent);
	ATF_CHECK_EQ(st.highestmodseq, b.highestmodseq);
	ATF_CHECK_EQ(unknown ? TABLE_UNKNOWN : size, b.size);
	ATF_CHECK_EQ(unknown ? TABLE_UNKNOWN : deleted, b.deleted_size);
}

ATF_TC(requests);
ATF_TC_HEAD(requests, tc)
{
	atf_tc_set_md_var(tc, "descr", "briefs follow random requests, while "
	    "the mailbox is open and when it is not");
}
ATF_TC_BODY(requests, tc)
{
	struct engine *e;
	struct mailbox *mb;
	struct model m;
	uint64_t stamp[TABLE_STAMP];
	uint8_t id[TABLE_IDLEN];
	unsigned int i;

	compact_slack = compact_history = 16;
	e = start();
	mb = create(e, 1, "INBOX", 7);
	make_id(id, 1);
	read_all(e);
	model_init(&m, 23);
	for (i = 0; i < 150; i++) {
		ATF_REQUIRE_EQ(0, model_request(&m, e, mb));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		(void)engine_work(e);
		engine_synced(e);
		if (i % 3 == 0)
			continue;
		set_stamp(e, mb, i, stamp);
		agree(e, mb, "INBOX", stamp);
		if (i % 3 == 1)
			continue;
		/* Closed, only what is in memory tells; then it is opened. */
		mailbox_close(mb);
		read_all(e);
		mb = mailbox_open(e, OWNER, ROOT, id);
		ATF_REQUIRE(mb != NULL);
		agree(e, mb, "INBOX", stamp);
		stamp[5]++;
		ATF_REQUIRE_EQ(0, find(e, "INBOX", stamp,
		    &(struct brief){ 0 }));
	}
	mailbox_close(mb);
	engine_close(e);
}

ATF_TC(closed);
ATF_TC_HEAD(closed, tc)
{
	atf_tc_set_md_var(tc, "descr", "many tables are read in steps, after "
	    "a start too, and told of when none is open");
}
ATF_TC_BODY(closed, tc)
{
	struct engine *e;
	struct mailbox *mb;
	struct brief b;
	uint64_t stamp[TABLE_STAMP];
	char folder[32];
	unsigned int i, n;

	e = start();
	for (i = 0; i < 3 * BRIEF_STEP; i++) {
		snprintf(folder, sizeof(folder), ".f%u", i);
		mb = create(e, i, folder, i + 1);
		set_stamp(e, mb, i, stamp);
		mailbox_close(mb);
	}
	engine_close(e);
	e = start();
	for (n = 0; briefs_read(e, OWNER, ROOT) == 1; n++)
		ATF_REQUIRE(n < 10);
	ATF_CHECK(n >= 2);
	for (i = 0; i < 3 * BRIEF_STEP; i++) {
		snprintf(folder, sizeof(folder), ".f%u", i);
		for (n = 0; n < TABLE_STAMP; n++)
			stamp[n] = i * 100 + n + 1;
		ATF_REQUIRE_EQ_MSG(1, find(e, folder, stamp, &b), "%u", i);
		ATF_CHECK_EQ(i + 1, b.uidvalidity);
	}
	ATF_CHECK_EQ(0, find(e, ".nonesuch", stamp, &b));
	ATF_CHECK_EQ(-1, briefs_read(e, OWNER, "/elsewhere"));
	ATF_CHECK_EQ(ENOENT, errno);
	engine_close(e);
}

ATF_TC(names);
ATF_TC_HEAD(names, tc)
{
	atf_tc_set_md_var(tc, "descr", "renamed, removed, and two of one "
	    "name: the newer one counts, and none if that is not known");
}
ATF_TC_BODY(names, tc)
{
	struct engine *e;
	struct mailbox *a, *b;
	struct brief brief;
	uint64_t s1[TABLE_STAMP], s2[TABLE_STAMP];

	e = start();
	a = create(e, 1, ".a", 10);
	set_stamp(e, a, 1, s1);
	read_all(e);
	ATF_CHECK_EQ(1, find(e, ".a", s1, &brief));
	ATF_REQUIRE_EQ(0, mailbox_rename(a, ".b"));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	read_all(e);
	ATF_CHECK_EQ(0, find(e, ".a", s1, &brief));
	ATF_CHECK_EQ(1, find(e, ".b", s1, &brief));
	mailbox_close(a);
	ATF_CHECK_EQ(1, find(e, ".b", s1, &brief));
	/* Another table for the folder, as when its identity was lost. */
	b = create(e, 2, ".b", 11);
	read_all(e);
	ATF_CHECK_EQ(0, find(e, ".b", s1, &brief));
	set_stamp(e, b, 2, s2);
	ATF_CHECK_EQ(0, find(e, ".b", s1, &brief));
	ATF_CHECK_EQ(1, find(e, ".b", s2, &brief));
	ATF_CHECK_EQ(11, brief.uidvalidity);
	ATF_REQUIRE_EQ(0, mailbox_remove(b));
	ATF_CHECK_EQ(0, find(e, ".b", s2, &brief));
	ATF_CHECK_EQ(1, find(e, ".b", s1, &brief));
	mailbox_close(b);
	b = create(e, 3, ".b", 10);
	set_stamp(e, b, 3, s2);
	read_all(e);
	ATF_CHECK_EQ(0, find(e, ".b", s1, &brief));
	ATF_CHECK_EQ(0, find(e, ".b", s2, &brief));
	/* One that is not filled yet tells nothing. */
	ATF_REQUIRE_EQ(0, mailbox_rename(b, ".c"));
	ATF_REQUIRE_EQ(0, mailbox_set_state(b, TABLE_ADOPTING));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	read_all(e);
	ATF_CHECK_EQ(0, find(e, ".c", s2, &brief));
	ATF_CHECK_EQ(1, find(e, ".b", s1, &brief));
	mailbox_close(b);
	engine_close(e);
}

ATF_TC(many_roots);
ATF_TC_HEAD(many_roots, tc)
{
	atf_tc_set_md_var(tc, "descr", "of users who are gone a bounded "
	    "number is kept");
}
ATF_TC_BODY(many_roots, tc)
{
	struct engine *e;
	struct mailbox *mb;
	uint8_t id[TABLE_IDLEN];
	char root[64];
	unsigned int i;

	e = start();
	make_id(id, 1);
	for (i = 0; i < 300; i++) {
		snprintf(root, sizeof(root), "/home/u%u", i);
		mb = mailbox_create(e, OWNER, root, id, "INBOX", 1, 0, 0);
		ATF_REQUIRE(mb != NULL);
		ATF_REQUIRE_EQ(0, briefs_read(e, OWNER, root));
		mailbox_close(mb);
		ATF_CHECK(e->nidle <= 256);
		ATF_CHECK_EQ(e->nidle, e->idle_tables);
	}
	ATF_CHECK_EQ(256, e->nidle);
	engine_close(e);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, closed);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, many_roots);
	return (atf_no_error());
}
