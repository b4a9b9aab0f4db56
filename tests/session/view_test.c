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

#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/seqset.h"
#include "imapd/view.h"
#include "indexd/engine.h"

/*
 * The view, over tables that the real engine writes, against a model: what
 * the mailbox has, and which messages the client knows in which order.  The
 * folder and indexd are stood in for here.
 */

#define MODEL_MAX	4000
#define FLOOR		1000000

struct model {
	struct engine	*engine;
	struct mailbox	*mailbox;
	struct folder	 folder;
	struct view	*view;
	uint64_t	 modseq[MODEL_MAX];	/* by UID */
	char		 live[MODEL_MAX];
	char		 flagged[MODEL_MAX];
	uint32_t	 uidnext;
	uint32_t	 known[MODEL_MAX];	/* UIDs, by number */
	uint32_t	 nknown;
	uint32_t	 seed;
};

static struct model	 the;

static void	append(unsigned int);
static void	change(uint32_t, uint32_t);
static void	commit(void);
static void	compare(void);
static void	compare_some(uint32_t, uint32_t);
static void	expunge(uint32_t);
static uint32_t	chance(uint32_t);
static void	announce(void);
static void	admit(void);
static void	start(void);
static void	resolve(const char *, int, const char *);

/* What stands in for the folder and indexd. */

int
folder_events(struct idx *idx)
{
	(void)idx;
	return (0);
}

int
idx_heard(const struct idx *idx)
{
	(void)idx;
	return (0);
}

int
folder_superseded(struct folder *f)
{
	return (atomic_load(&f->table.h->superseded) != 0);
}

int
folder_next_generation(struct folder *f)
{
	const char	*why;

	if (f->next.h != NULL)
		return (0);
	return (table_map(&f->next, mailbox_fd(the.mailbox), &why));
}

void
folder_switch(struct folder *f)
{
	table_unmap(&f->table);
	f->table = f->next;
	memset(&f->next, 0, sizeof(f->next));
}

void
folder_close(struct folder *f)
{
	table_unmap(&f->table);
}

int
idx_recent(struct idx_box *box, uint32_t *first, uint32_t *before)
{
	(void)box;
	*first = mailbox_recent(the.mailbox);
	*before = mailbox_uidnext(the.mailbox);
	ATF_REQUIRE_EQ(0, mailbox_set_recent(the.mailbox, *before));
	commit();
	return (0);
}

static uint32_t
chance(uint32_t n)
{
	the.seed = the.seed * 1103515245 + 12345;
	return ((the.seed >> 16) % n);
}

static void
commit(void)
{
	ATF_REQUIRE_EQ(0, engine_commit(the.engine));
	while (engine_work(the.engine))
		continue;
}

static void
append(unsigned int n)
{
	struct row	row;
	uint64_t	modseq;
	char		name[32];

	ATF_REQUIRE_EQ(0, mailbox_next_modseq(the.mailbox, &modseq));
	for (; n > 0; n--) {
		memset(&row, 0, sizeof(row));
		row.modseq = modseq;
		row.size = row.vsize = 1;
		(void)snprintf(name, sizeof(name), "m%u", the.uidnext);
		row.uid = 0;
		ATF_REQUIRE_EQ(0, mailbox_append(the.mailbox, &row, name));
		ATF_REQUIRE_EQ(the.uidnext, row.uid);
		ATF_REQUIRE_EQ(0, mailbox_changed(the.mailbox, CHANGE_NEW,
		    modseq, mailbox_find(the.mailbox, row.uid), 0, 0));
		the.modseq[row.uid] = modseq;
		the.live[row.uid] = 1;
		the.uidnext++;
	}
	commit();
}

/* Turns a flag of all live messages in a range, in one change. */
static void
change(uint32_t lo, uint32_t hi)
{
	struct row	row;
	uint64_t	modseq, pos;
	uint32_t	uid;

	ATF_REQUIRE_EQ(0, mailbox_next_modseq(the.mailbox, &modseq));
	for (uid = lo; uid <= hi && uid < the.uidnext; uid++) {
		if (!the.live[uid])
			continue;
		pos = mailbox_find(the.mailbox, uid);
		ATF_REQUIRE_EQ(0, mailbox_row(the.mailbox, pos, &row));
		row.flags ^= FLAG_FLAGGED;
		row.modseq = modseq;
		ATF_REQUIRE_EQ(0, mailbox_put(the.mailbox, pos, &row, NULL));
		ATF_REQUIRE_EQ(0, mailbox_changed(the.mailbox, CHANGE_FLAGS,
		    modseq, pos, FLAG_FLAGGED, 0));
		the.modseq[uid] = modseq;
		the.flagged[uid] ^= 1;
	}
	commit();
}

static void
expunge(uint32_t uid)
{
	struct row	row;
	uint64_t	pos;

	if (uid == 0 || uid >= the.uidnext || !the.live[uid])
		return;
	pos = mailbox_find(the.mailbox, uid);
	ATF_REQUIRE_EQ(0, mailbox_row(the.mailbox, pos, &row));
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(the.mailbox, &row.modseq));
	row.flags |= ROW_EXPUNGED;
	ATF_REQUIRE_EQ(0, mailbox_put(the.mailbox, pos, &row, NULL));
	ATF_REQUIRE_EQ(0, mailbox_changed(the.mailbox, CHANGE_EXPUNGE,
	    row.modseq, pos, 0, 0));
	the.live[uid] = 0;
	commit();
}

static void
start(void)
{
	struct engine_conf	 conf = { "db", 0, 100000 };
	const uint8_t		 id[TABLE_IDLEN] = { 1 };
	const char		*why;

	memset(&the, 0, sizeof(the));
	the.uidnext = 1;
	the.seed = 7;
	ATF_REQUIRE_EQ(0, mkdir("db", 0700));
	the.engine = engine_open(&conf, NULL, NULL);
	ATF_REQUIRE(the.engine != NULL);
	the.mailbox = mailbox_create(the.engine, getuid(), "/mail", id, "",
	    1, 0, 0);
	ATF_REQUIRE(the.mailbox != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(the.mailbox, FLOOR, FLOOR));
	commit();
	the.uidnext = mailbox_uidnext(the.mailbox);
	ATF_REQUIRE_EQ(0, table_map(&the.folder.table,
	    mailbox_fd(the.mailbox), &why));
	the.view = view_new(&the.folder, 0);
	ATF_REQUIRE(the.view != NULL);
}

/* Tells the client of what is gone, and checks each number. */
static void
announce(void)
{
	struct uidset		set;
	struct uidset_iter	it = { 0 };
	uint32_t		uid, num;

	ATF_REQUIRE_EQ(0, view_sync(the.view));
	view_take_gone(the.view, &set);
	while (uidset_next(&set, &it, &uid)) {
		ATF_REQUIRE_EQ(0, view_number(the.view, uid, &num));
		ATF_REQUIRE(num >= 1 && num <= the.nknown);
		ATF_REQUIRE_EQ(uid, the.known[num - 1]);
		ATF_REQUIRE_EQ(0, the.live[uid]);
		memmove(&the.known[num - 1], &the.known[num],
		    (the.nknown - num) * sizeof(the.known[0]));
		the.nknown--;
	}
	uidset_free(&set);
}

static void
admit(void)
{
	uint32_t	uid, old = the.view->uidnext;

	ATF_REQUIRE_EQ(0, view_sync(the.view));
	ATF_REQUIRE_EQ(0, view_admit(the.view));
	for (uid = old; uid < the.uidnext; uid++) {
		if (the.live[uid])
			the.known[the.nknown++] = uid;
	}
	ATF_CHECK_EQ(the.uidnext, the.view->uidnext);
	ATF_CHECK_EQ(the.nknown, the.view->exists);
}

/* The walk gives what the model knows, in order, with its numbers. */
static void
compare(void)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	uint32_t		 i = 0, uid;
	int			 ret;

	ATF_REQUIRE_EQ(0, view_sync(the.view));
	view_walk(&w, the.view, NULL, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1) {
		ATF_REQUIRE(i < the.nknown);
		ATF_REQUIRE_EQ(the.known[i], m->uid);
		ATF_REQUIRE_EQ(i + 1, m->num);
		/* Gone are those drained; none that lives. */
		ATF_REQUIRE_EQ(!the.live[m->uid], m->gone);
		if (!m->gone)
			ATF_REQUIRE_EQ(the.modseq[m->uid], m->row.modseq);
		i++;
	}
	ATF_REQUIRE_EQ(0, ret);
	ATF_REQUIRE_EQ(the.nknown, i);
	ATF_REQUIRE_EQ(0, view_last(the.view, &uid));
	ATF_REQUIRE_EQ(i == 0 ? 0 : the.known[i - 1], uid);
}

/*
 * So does one over a set in which one UID of so many is, and with flags, while
 * messages are expunged.
 */
static void
compare_some(uint32_t one, uint32_t flagged)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	struct uidset		 set;
	uint32_t		 i = 0, uid, n = 0;
	int			 ret;

	uidset_init(&set, 0);
	for (uid = 1; uid < the.uidnext + 10; uid++)
		if (chance(one) == 0)
			ATF_REQUIRE_EQ(0, uidset_add(&set, uid));
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	view_walk(&w, the.view, &set, TABLE_LIVE);
	if (flagged)
		view_walk_flags(&w, FLAG_FLAGGED, FLAG_FLAGGED);
	while ((ret = view_step(&w, &m)) == 1) {
		while (i < the.nknown && the.known[i] < m->uid) {
			/* What was left out was to be. */
			uid = the.known[i++];
			ATF_REQUIRE(!uidset_contains(&set, uid) ||
			    (flagged && !the.flagged[uid]));
		}
		ATF_REQUIRE(uidset_contains(&set, m->uid));
		ATF_REQUIRE(m->gone || !flagged || the.flagged[m->uid]);
		ATF_REQUIRE(i < the.nknown);
		ATF_REQUIRE_EQ(the.known[i], m->uid);
		ATF_REQUIRE_EQ(i + 1, m->num);
		ATF_REQUIRE_EQ(m->uid, m->row.uid);
		i++;
		if (++n % 150 == 0)
			expunge(the.known[chance(the.nknown)]);
	}
	ATF_REQUIRE_EQ(0, ret);
	for (; i < the.nknown; i++)
		ATF_REQUIRE(!uidset_contains(&set, the.known[i]) ||
		    (flagged && !the.flagged[the.known[i]]));
	uidset_free(&set);
}

static void
resolve(const char *text, int uid, const char *want)
{
	struct uidset	out;
	struct seqset	set;
	char		buf[512];
	size_t		pos = 0;

	uidset_init(&out, 0);
	ATF_REQUIRE_EQ(0, seqset_parse(&set, text, 100));
	ATF_REQUIRE_EQ_MSG(0, view_resolve(the.view, &set, uid, &out), "%s",
	    text);
	(void)uidset_text(&out, &pos, buf, sizeof(buf));
	ATF_CHECK_STREQ_MSG(want, buf, "%s", text);
	seqset_free(&set);
	uidset_free(&out);
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	struct seqset	set;
	struct uidset	out;

	start();
	append(10);
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	ATF_CHECK(view_has_new(the.view));
	resolve("1:*", 1, "");
	admit();
	ATF_CHECK_EQ(10, the.view->nrecent);
	expunge(3);
	expunge(4);
	append(1);
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	/* Not announced: the numbers are as before, new ones have none. */
	ATF_CHECK_EQ(10, the.view->exists);
	resolve("1:4,6", 0, "1:4,6");
	resolve("*", 0, "10");
	resolve("1:*", 1, "1:10");
	resolve("20:*", 1, "10");
	announce();
	ATF_CHECK_EQ(8, the.view->exists);
	ATF_CHECK_EQ(8, the.view->nrecent);
	resolve("3:4", 0, "5:6");
	admit();
	resolve("*", 0, "11");
	uidset_init(&out, 0);
	ATF_REQUIRE_EQ(0, seqset_parse(&set, "10", 100));
	ATF_CHECK_EQ(-1, view_resolve(the.view, &set, 0, &out));
	ATF_CHECK_EQ(ERANGE, errno);
	seqset_free(&set);
}

ATF_TC_WITHOUT_HEAD(random_changes);
ATF_TC_BODY(random_changes, tc)
{
	struct uidset	in, out;
	unsigned int	i;
	uint32_t	lo;

	start();
	append(300);
	admit();
	for (i = 0; i < 1500; i++) {
		switch (chance(8)) {
		case 0:
			if (the.uidnext < MODEL_MAX - 10)
				append(1 + chance(4));
			break;
		case 1:
			lo = chance(the.uidnext);
			change(lo, lo + chance(20));
			break;
		case 2:
		case 3:
		case 4:
			expunge(chance(the.uidnext));
			break;
		case 5:
			announce();
			break;
		case 6:
			announce();
			admit();
			break;
		default:
			compare();
			break;
		}
	}
	/* Each number leads to its UID and back. */
	uidset_init(&in, 0);
	uidset_init(&out, 0);
	for (i = 0; i < the.nknown; i += 1 + chance(5)) {
		ATF_REQUIRE_EQ(0, uidset_add(&in, the.known[i]));
		ATF_REQUIRE_EQ(0, view_numbers(the.view, &in, &out));
		ATF_REQUIRE_EQ(i + 1, uidset_max(&out));
		uidset_clear(&in);
		uidset_clear(&out);
	}
	compare();
	announce();
	admit();
	compare();
}

ATF_TC_WITHOUT_HEAD(sets);
ATF_TC_BODY(sets, tc)
{
	const uint32_t	ones[] = { 1, 2, 7, 40, 500 };
	unsigned int	i, round;

	start();
	append(2000);
	admit();
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 300; i++)
			change(chance(the.uidnext), chance(the.uidnext) / 8);
		for (i = 0; i < sizeof(ones) / sizeof(ones[0]); i++) {
			compare_some(ones[i], 0);
			compare_some(ones[i], 1);
		}
		compare();
		if (round == 1)
			announce();
		for (i = 0; i < 400; i++)
			expunge(chance(the.uidnext));
		append(300);
		if (round == 0)
			admit();
	}
}

ATF_TC_WITHOUT_HEAD(generations);
ATF_TC_BODY(generations, tc)
{
	struct pollfd	pfd;
	uint32_t	uid, generation;

	start();
	append(3000);
	admit();
	generation = the.view->t->h->generation;
	/* Tombstones are what compaction is for; it ends in the helper. */
	for (uid = 1; uid < 2800; uid++)
		expunge(uid);
	compare();
	while (!folder_superseded(&the.folder)) {
		pfd.fd = engine_fd(the.engine);
		pfd.events = POLLIN;
		ATF_REQUIRE_EQ_MSG(1, poll(&pfd, 1, 10000), "no compaction");
		engine_synced(the.engine);
		commit();
	}
	expunge(2900);
	change(2901, 2905);
	compare();
	ATF_CHECK(the.view->t->h->generation > generation);
	ATF_CHECK_EQ(2800, uidset_count(&the.view->gone));
	announce();
	admit();
	compare();
}

ATF_TC_WITHOUT_HEAD(news);
ATF_TC_BODY(news, tc)
{
	struct view_news	 n;
	const struct view_msg	*m;
	uint64_t		 last = 0;
	uint32_t		 uids[8], count = 0;
	int			 ret;

	start();
	append(20);
	admit();
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	the.view->told = the.view->place;
	change(5, 7);
	change(2, 2);
	change(6, 6);		/* again: told once, as newest */
	change(10, 10);
	the.view->own = the.modseq[10];
	change(8, 8);
	expunge(8);
	append(1);
	change(21, 21);		/* not known yet */
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	memset(&n, 0, sizeof(n));
	while ((ret = view_news(the.view, &n, &m)) == 1) {
		ATF_REQUIRE(count < 8);
		ATF_CHECK(m->row.modseq >= last);
		last = m->row.modseq;
		uids[count++] = m->uid;
	}
	ATF_CHECK_EQ(0, ret);
	view_news_free(&n);
	ATF_REQUIRE_EQ(4, count);
	ATF_CHECK_EQ(5, uids[0]);
	ATF_CHECK_EQ(7, uids[1]);
	ATF_CHECK_EQ(2, uids[2]);
	ATF_CHECK_EQ(6, uids[3]);
	ATF_CHECK_EQ(the.view->place, the.view->told);
	/* An expunge that is not announced holds HIGHESTMODSEQ down. */
	ATF_CHECK(view_highest(the.view) < the.view->place);
	announce();
	ATF_CHECK_EQ(the.view->place, view_highest(the.view));
	memset(&n, 0, sizeof(n));
	ATF_CHECK_EQ(0, view_news(the.view, &n, &m));
	view_news_free(&n);
}

ATF_TC_WITHOUT_HEAD(own_over_other);
ATF_TC_BODY(own_over_other, tc)
{
	struct view_news	 n;
	const struct view_msg	*m;

	start();
	append(5);
	admit();
	the.view->told = the.view->place;
	change(3, 3);
	change(3, 3);
	the.view->own = the.modseq[3];
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	/* What another did to it before us is not hidden by our change. */
	memset(&n, 0, sizeof(n));
	ATF_REQUIRE_EQ(1, view_news(the.view, &n, &m));
	ATF_CHECK_EQ(3, m->uid);
	ATF_CHECK_EQ(0, view_news(the.view, &n, &m));
	view_news_free(&n);
}

ATF_TC_WITHOUT_HEAD(changed);
ATF_TC_BODY(changed, tc)
{
	struct uidset	out;
	uint64_t	since;

	start();
	append(50);
	admit();
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	since = the.view->place;
	change(4, 6);
	change(40, 40);
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	uidset_init(&out, 0);
	ATF_REQUIRE_EQ(0, view_changed(the.view, since, &out));
	ATF_CHECK_EQ(4, uidset_count(&out));
	ATF_CHECK(uidset_contains(&out, 5) && uidset_contains(&out, 40));
	uidset_clear(&out);
	ATF_REQUIRE_EQ(0, view_changed(the.view, the.view->place, &out));
	ATF_CHECK_EQ(0, uidset_count(&out));
	ATF_REQUIRE_EQ(0, view_changed(the.view, 0, &out));
	ATF_CHECK_EQ(50, uidset_count(&out));
	uidset_free(&out);
}

/* A row with a keyword newer than the view: its name is known with it. */
ATF_TC_WITHOUT_HEAD(keywords);
ATF_TC_BODY(keywords, tc)
{
	const struct view_msg	*m;
	struct view_walk	 w;
	struct row		 row;
	uint64_t		 modseq, pos;

	start();
	append(2);
	admit();
	ATF_REQUIRE_EQ(0, view_sync(the.view));
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(the.mailbox, &modseq));
	ATF_REQUIRE_EQ(0, mailbox_add_keyword(the.mailbox, "new"));
	pos = mailbox_find(the.mailbox, 1);
	ATF_REQUIRE_EQ(0, mailbox_row(the.mailbox, pos, &row));
	row.keywords = 1;
	row.modseq = modseq;
	ATF_REQUIRE_EQ(0, mailbox_put(the.mailbox, pos, &row, NULL));
	ATF_REQUIRE_EQ(0, mailbox_changed(the.mailbox, CHANGE_FLAGS, modseq,
	    pos, 0, 1));
	commit();
	view_walk(&w, the.view, NULL, TABLE_LIVE);
	ATF_REQUIRE_EQ(1, view_step(&w, &m));
	ATF_CHECK_EQ(modseq, m->row.modseq);
	ATF_CHECK_EQ(1, m->row.keywords);
	ATF_REQUIRE_EQ(1, the.view->nkeywords);
	ATF_CHECK_STREQ("new", the.view->keyword[0]);
}

/* indexd may end in the middle of a change, and not come back. */
ATF_TC(unfinished);
ATF_TC_HEAD(unfinished, tc)
{
	atf_tc_set_md_var(tc, "descr", "a change that never ends is waited "
	    "for as long as is said, however long a try takes");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(unfinished, tc)
{
	struct table_header	*h;
	uint32_t		 even;

	start();
	append(3);
	admit();
	h = mailbox_table(the.mailbox)->h;
	even = atomic_fetch_or(&h->pub_seq, 1);
	view_patience = 200;
	ATF_CHECK_EQ(-1, view_sync(the.view));
	ATF_CHECK_EQ(ETIMEDOUT, errno);
	atomic_store(&h->pub_seq, even);
	ATF_CHECK_EQ(0, view_sync(the.view));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, random_changes);
	ATF_TP_ADD_TC(tp, sets);
	ATF_TP_ADD_TC(tp, generations);
	ATF_TP_ADD_TC(tp, news);
	ATF_TP_ADD_TC(tp, own_over_other);
	ATF_TP_ADD_TC(tp, changed);
	ATF_TP_ADD_TC(tp, keywords);
	ATF_TP_ADD_TC(tp, unfinished);
	return (atf_no_error());
}
