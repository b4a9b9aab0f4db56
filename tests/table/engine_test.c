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
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexd/compact.h"
#include "indexd/store.h"
#include "indexd/syncer.h"
#include "tests/lib/model.h"

/* The engine beside a naive model, with random requests. */

#define ROOT	"/home/u/Maildir"

static const uint8_t id[TABLE_IDLEN] = { 1, 2, 3 };

static struct engine *start(void);
static struct mailbox *create(struct engine *);
static void	work(struct engine *);
static void	complain(void *, const char *);
static void	verify(struct model *, struct mailbox *);
static void	make_some(struct engine *, uint8_t, unsigned int, uint32_t *);
static pid_t	child(void);

static struct engine *
start(void)
{
	struct engine_conf conf = { .directory = "d" };
	struct engine *e;

	e = engine_open(&conf, NULL, NULL);
	ATF_REQUIRE(e != NULL);
	return (e);
}

static struct mailbox *
create(struct engine *e)
{
	struct mailbox *mb;

	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 7, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 1U << 30, 1U << 30));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	return (mb);
}

static void
work(struct engine *e)
{
	unsigned int i;

	for (i = 0; engine_work(e) && i < 4; i++)
		engine_synced(e);
	engine_synced(e);
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

static void
verify(struct model *m, struct mailbox *mb)
{
	ATF_REQUIRE_EQ(0, model_verify(m, mailbox_table(mb)));
	ATF_REQUIRE_EQ(0, mailbox_check(mb, complain, NULL));
}

ATF_TC(requests);
ATF_TC_HEAD(requests, tc)
{
	atf_tc_set_md_var(tc, "descr", "tables follow random requests");
}
ATF_TC_BODY(requests, tc)
{
	struct engine_stats st;
	struct engine *e;
	struct mailbox *mb;
	struct model m;
	unsigned int i, k;

	compact_slack = compact_history = 16;
	e = start();
	mb = create(e);
	model_init(&m, 42);
	for (i = 0; i < 400; i++) {
		for (k = model_random(&m, 6); k > 0; k--)
			ATF_REQUIRE_EQ(0, model_request(&m, e, mb));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		work(e);
		if (i % 8 == 0)
			verify(&m, mb);
		if (i % 100 == 50) {
			/* Closed, opened, nothing lost. */
			mailbox_close(mb);
			mb = mailbox_open(e, 1000, ROOT, id);
			ATF_REQUIRE(mb != NULL);
			verify(&m, mb);
		}
	}
	/* Until a compaction is through, with requests going on. */
	for (i = 0; i < 5000; i++) {
		engine_stats(e, &st);
		if (st.compactions >= 2)
			break;
		ATF_REQUIRE_EQ(0, model_request(&m, e, mb));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		work(e);
	}
	ATF_REQUIRE(st.compactions >= 2);
	verify(&m, mb);
	mailbox_close(mb);
	engine_close(e);
	e = start();
	mb = mailbox_open(e, 1000, ROOT, id);
	ATF_REQUIRE(mb != NULL);
	verify(&m, mb);
	mailbox_close(mb);
	engine_close(e);
	model_free(&m);
}

ATF_TC(untrusted);
ATF_TC_HEAD(untrusted, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a table whose sync failed goes to a new file, from the journal");
}
ATF_TC_BODY(untrusted, tc)
{
	struct engine_stats st;
	struct engine *e;
	struct mailbox *mb;
	struct table old;
	struct model m;
	struct row row;
	const char *why;
	unsigned int i;

	e = start();
	mb = create(e);
	model_init(&m, 8);
	for (i = 0; i < 100; i++)
		ATF_REQUIRE_EQ(0, model_request(&m, e, mb));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_REQUIRE_EQ(0, table_map(&old, mailbox_fd(mb), &why));
	/* A page went back to what the disk has: a row is an older one. */
	ATF_REQUIRE_EQ(0, table_row(&mb->t, 7, &row));
	row.flags ^= FLAG_DRAFT;
	row.modseq = 1;
	writer_row(&mb->t, 7, &row);
	mb->sync_failed = 1;
	compact_want(mb);
	engine_work(e);
	engine_stats(e, &st);
	ATF_REQUIRE_EQ(1, st.compactions);
	ATF_REQUIRE_EQ(1, old.h->superseded);
	ATF_REQUIRE_EQ(2, mailbox_table(mb)->h->generation);
	verify(&m, mb);
	ATF_REQUIRE_EQ(0, mb->dirty);
	table_unmap(&old);
	mailbox_close(mb);
	engine_close(e);
	e = start();
	mb = mailbox_open(e, 1000, ROOT, id);
	ATF_REQUIRE(mb != NULL);
	verify(&m, mb);
	mailbox_close(mb);
	engine_close(e);
	model_free(&m);
}

/* The only child of this process, as Linux tells it. */
static pid_t
child(void)
{
	char path[64];
	FILE *fp;
	long pid = -1;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/children",
	    (long)getpid());
	if ((fp = fopen(path, "r")) == NULL)
		atf_tc_skip("needs /proc/self/task/PID/children");
	if (fscanf(fp, "%ld", &pid) != 1)
		pid = -1;
	fclose(fp);
	ATF_REQUIRE(pid > 1);
	return ((pid_t)pid);
}

ATF_TC_WITHOUT_HEAD(helper);
ATF_TC_BODY(helper, tc)
{
	struct pollfd pfd = { .events = POLLIN };
	struct syncer *s;
	uint64_t ticket;
	int error, fd;

	ATF_REQUIRE((s = syncer_start()) != NULL);
	ATF_REQUIRE((fd = open("f", O_RDWR | O_CREAT, 0600)) != -1);
	ATF_REQUIRE_EQ(0, syncer_submit(s, SYNC_FILL, 3, fd, 100000));
	pfd.fd = syncer_fd(s);
	ATF_REQUIRE_EQ(1, poll(&pfd, 1, 10000));
	ATF_REQUIRE_EQ(1, syncer_answer(s, &ticket, &error));
	ATF_REQUIRE_EQ(3, ticket);
	ATF_REQUIRE_EQ(0, error);
	ATF_REQUIRE_EQ(100000, lseek(fd, 0, SEEK_END));
	ATF_REQUIRE_EQ(0, syncer_answer(s, &ticket, &error));
	/* It dies; the next one does the work. */
	ATF_REQUIRE_EQ(0, kill(child(), SIGKILL));
	ATF_REQUIRE_EQ(1, poll(&pfd, 1, 10000));
	ATF_REQUIRE_EQ(-1, syncer_answer(s, &ticket, &error));
	ATF_REQUIRE_EQ(0, syncer_submit(s, SYNC_TABLE, 4, fd, 0));
	pfd.fd = syncer_fd(s);
	ATF_REQUIRE_EQ(1, poll(&pfd, 1, 10000));
	ATF_REQUIRE_EQ(1, syncer_answer(s, &ticket, &error));
	ATF_REQUIRE_EQ(4, ticket);
	ATF_REQUIRE_EQ(0, error);
	syncer_stop(s);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(batch);
ATF_TC_BODY(batch, tc)
{
	struct engine *e;
	struct mailbox *mb;
	struct row row = { .size = 5 };
	struct table_state st;
	uint64_t modseq;
	size_t mark;

	e = start();
	mb = create(e);
	/* A request sees what the one before did; nobody else does. */
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	ATF_REQUIRE_EQ(2, modseq);
	row.modseq = modseq;
	row.uid = 0;
	ATF_REQUIRE_EQ(0, mailbox_append(mb, &row, "a"));
	ATF_REQUIRE_EQ(1, mailbox_messages(mb));
	ATF_REQUIRE_EQ(0, table_state(mailbox_table(mb), &st));
	ATF_REQUIRE_EQ(0, st.messages);
	ATF_REQUIRE_EQ(1, st.highestmodseq);
	/* What is taken back leaves no trace, not even a number. */
	mark = engine_mark(e);
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	row.uid = 0;
	ATF_REQUIRE_EQ(0, mailbox_append(mb, &row, "b"));
	ATF_REQUIRE_EQ(0, mailbox_row(mb, 0, &row));
	row.flags = FLAG_SEEN;
	ATF_REQUIRE_EQ(0, mailbox_put(mb, 0, &row, "c"));
	ATF_REQUIRE_EQ(0, mailbox_add_keyword(mb, "$Junk"));
	engine_rollback(e, mark);
	ATF_REQUIRE_EQ(2, mailbox_highestmodseq(mb));
	ATF_REQUIRE_EQ(2, mailbox_uidnext(mb));
	ATF_REQUIRE_EQ(1, mailbox_rows(mb));
	ATF_REQUIRE_EQ(-1, mailbox_keyword(mb, "$junk"));
	ATF_REQUIRE_EQ(0, mailbox_row(mb, 0, &row));
	ATF_REQUIRE_EQ(0, row.flags);
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_REQUIRE_EQ(0, table_state(mailbox_table(mb), &st));
	ATF_REQUIRE_EQ(1, st.messages);
	ATF_REQUIRE_EQ(2, st.uidnext);
	mailbox_close(mb);
	engine_close(e);
}

/* UIDs that the folder's list gives, and numbers that are skipped. */
ATF_TC_WITHOUT_HEAD(given);
ATF_TC_BODY(given, tc)
{
	struct engine *e;
	struct mailbox *mb;
	struct row row = { .modseq = 1 };
	uint64_t modseq;
	size_t mark;

	e = start();
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 7, 10, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 100, 50));
	ATF_REQUIRE_EQ(0, mailbox_set_state(mb, TABLE_ADOPTING));
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	row.modseq = modseq;
	row.uid = 5;
	ATF_REQUIRE_EQ(0, mailbox_append(mb, &row, "a"));
	ATF_REQUIRE_EQ(5, row.uid);
	ATF_REQUIRE_ERRNO(EEXIST, mailbox_append(mb, &row, "b") == -1);
	row.uid = 9;
	ATF_REQUIRE_EQ(0, mailbox_append(mb, &row, "b"));
	row.uid = 50;
	ATF_REQUIRE_ERRNO(ERANGE, mailbox_append(mb, &row, "c") == -1);
	ATF_REQUIRE_EQ(0, mailbox_raise_uidnext(mb, 20));
	ATF_REQUIRE_EQ(0, mailbox_raise_uidnext(mb, 15));
	ATF_REQUIRE_ERRNO(ERANGE, mailbox_raise_uidnext(mb, 51) == -1);
	ATF_REQUIRE_EQ(20, mailbox_uidnext(mb));
	ATF_REQUIRE_EQ(0, mailbox_raise_modseq(mb, 90));
	ATF_REQUIRE_EQ(0, mailbox_raise_modseq(mb, 80));
	ATF_REQUIRE_ERRNO(ERANGE, mailbox_raise_modseq(mb, 100) == -1);
	ATF_REQUIRE_EQ(0, engine_commit(e));
	mailbox_close(mb);
	engine_close(e);
	/* All of it is still so after a restart. */
	e = start();
	mb = mailbox_open(e, 1000, ROOT, id);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(TABLE_ADOPTING, mailbox_state(mb));
	ATF_REQUIRE_EQ(20, mailbox_uidnext(mb));
	ATF_REQUIRE_EQ(90, mailbox_highestmodseq(mb));
	ATF_REQUIRE_EQ(0, mailbox_row(mb, 1, &row));
	ATF_REQUIRE_EQ(9, row.uid);
	mark = engine_mark(e);
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	ATF_REQUIRE_EQ(91, modseq);
	engine_rollback(e, mark);
	mailbox_close(mb);
	engine_close(e);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	char name[TABLE_NAMELEN + 2];
	struct engine *e;
	struct mailbox *mb;
	struct row row = { .modseq = 1 };
	uint64_t modseq;
	unsigned int i;

	e = start();
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 0, 10, 20);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(10, mailbox_highestmodseq(mb));
	ATF_REQUIRE_EQ(21, mailbox_uidnext(mb));
	/* No number reaches the floor; without one there is none. */
	ATF_REQUIRE_ERRNO(ERANGE, mailbox_next_modseq(mb, &modseq) == -1);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 12, 22));
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	ATF_REQUIRE_EQ(11, modseq);
	ATF_REQUIRE_ERRNO(ERANGE, mailbox_next_modseq(mb, &modseq) == -1);
	row.uid = 0;
	ATF_REQUIRE_EQ(0, mailbox_append(mb, &row, "x"));
	ATF_REQUIRE_EQ(21, row.uid);
	row.uid = 0;
	ATF_REQUIRE_ERRNO(ERANGE, mailbox_append(mb, &row, "y") == -1);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 100, 100));
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	row.uid = 0;
	ATF_REQUIRE_ERRNO(E2BIG, mailbox_append(mb, &row, name) == -1);
	for (i = 0; i < TABLE_KEYWORDS; i++) {
		snprintf(name, sizeof(name), "k%u", i);
		ATF_REQUIRE_EQ((int)i, mailbox_add_keyword(mb, name));
	}
	ATF_REQUIRE_EQ(5, mailbox_add_keyword(mb, "K5"));
	ATF_REQUIRE_ERRNO(E2BIG, mailbox_add_keyword(mb, "one more") == -1);
	ATF_REQUIRE_EQ(0, engine_commit(e));
	mailbox_close(mb);
	engine_close(e);
}

ATF_TC_WITHOUT_HEAD(ranges);
ATF_TC_BODY(ranges, tc)
{
	struct engine *e;
	struct mailbox *mb;
	struct change c;
	struct row row = { .size = 1 };
	struct table_state st;
	uint64_t modseq, n;

	e = start();
	mb = create(e);
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	row.modseq = modseq;
	for (n = 0; n < 300; n++) {
		row.uid = 0;
		ATF_REQUIRE_EQ(0, mailbox_append(mb, &row, "m"));
		ATF_REQUIRE_EQ(0, mailbox_changed(mb, CHANGE_NEW, modseq, n,
		    0, 0));
	}
	ATF_REQUIRE_EQ(0, engine_commit(e));
	/* Expunging all from 101 to 200 leaves one entry. */
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	for (n = 100; n < 200; n++) {
		ATF_REQUIRE_EQ(0, mailbox_row(mb, n, &row));
		row.flags |= ROW_EXPUNGED;
		row.modseq = modseq;
		ATF_REQUIRE_EQ(0, mailbox_put(mb, n, &row, NULL));
		ATF_REQUIRE_EQ(0, mailbox_changed(mb, CHANGE_EXPUNGE, modseq,
		    n, 0, 0));
	}
	ATF_REQUIRE_EQ(0, engine_commit(e));
	/* So does a change of all that are left. */
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	for (n = 0; n < 300; n++) {
		ATF_REQUIRE_EQ(0, mailbox_row(mb, n, &row));
		if (row.flags & ROW_EXPUNGED)
			continue;
		row.flags |= FLAG_SEEN;
		row.modseq = modseq;
		ATF_REQUIRE_EQ(0, mailbox_put(mb, n, &row, NULL));
		ATF_REQUIRE_EQ(0, mailbox_changed(mb, CHANGE_FLAGS, modseq,
		    n, FLAG_SEEN, 0));
	}
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_REQUIRE_EQ(0, table_state(mailbox_table(mb), &st));
	ATF_REQUIRE_EQ(3, st.nlog);
	ATF_REQUIRE_EQ(0, table_change(mailbox_table(mb), 1, &c));
	ATF_REQUIRE_EQ(101, c.uid);
	ATF_REQUIRE_EQ(200, c.last);
	ATF_REQUIRE_EQ(0, table_change(mailbox_table(mb), 2, &c));
	ATF_REQUIRE_EQ(1, c.uid);
	ATF_REQUIRE_EQ(300, c.last);
	ATF_REQUIRE_EQ(CHANGE_FLAGS, c.what);
	ATF_REQUIRE_EQ(0, st.unseen);
	mailbox_close(mb);
	engine_close(e);
}

/*
 * Rows of one batch, changed upwards and then in any order: each is found as
 * it is by now, what is taken back is as it was, and the sizes add up.
 */
ATF_TC_WITHOUT_HEAD(places);
ATF_TC_BODY(places, tc)
{
	static const uint64_t up[] = { 3, 5, 64, 65, 150 };
	static const uint64_t any[] = { 199, 2, 64, 0, 120, 2 };
	uint64_t modseq, n, size[200];
	struct table_state st;
	struct mailbox *mb;
	struct engine *e;
	struct row row = { .size = 1 };
	size_t i, mark;
	int round;

	e = start();
	mb = create(e);
	(void)engine_mark(e);
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(mb, &modseq));
	row.modseq = modseq;
	for (n = 0; n < 200; n++) {
		row.uid = 0;
		ATF_REQUIRE_EQ(0, mailbox_append(mb, &row, "m"));
		size[n] = 1;
	}
	ATF_REQUIRE_EQ(0, engine_commit(e));
	(void)engine_mark(e);
	for (i = 0; i < sizeof(up) / sizeof(up[0]); i++) {
		ATF_REQUIRE_EQ(0, mailbox_row(mb, up[i], &row));
		row.size = size[up[i]] = 100 + i;
		ATF_REQUIRE_EQ(0, mailbox_put(mb, up[i], &row, NULL));
	}
	/* The first time it is taken back. */
	for (round = 0; round < 2; round++) {
		mark = engine_mark(e);
		for (i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
			ATF_REQUIRE_EQ(0, mailbox_row(mb, any[i], &row));
			row.size = 1000 * i;
			if (round == 1)
				size[any[i]] = row.size;
			ATF_REQUIRE_EQ(0, mailbox_put(mb, any[i], &row,
			    NULL));
		}
		if (round == 0)
			engine_rollback(e, mark);
		for (n = 0; n < 200; n++) {
			ATF_REQUIRE_EQ(0, mailbox_row(mb, n, &row));
			ATF_REQUIRE_EQ(n + 1, row.uid);
			ATF_REQUIRE_EQ(size[n], row.size);
		}
	}
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_REQUIRE_EQ(0, table_state(mailbox_table(mb), &st));
	for (n = 0; n < 200; n++) {
		ATF_REQUIRE_EQ(0, mailbox_row(mb, n, &row));
		ATF_REQUIRE_EQ(size[n], row.size);
		st.bytes -= row.size;
	}
	ATF_REQUIRE_EQ(0, st.bytes);
	ATF_REQUIRE_EQ(0, mailbox_check(mb, complain, NULL));
	mailbox_close(mb);
	engine_close(e);
}

/* Makes mailboxes, each of a higher UIDVALIDITY than all before. */
static void
make_some(struct engine *e, uint8_t first, unsigned int n, uint32_t *highest)
{
	struct mailbox *mb;
	uint8_t other[TABLE_IDLEN] = { 9, first };

	for (; n > 0; n--, other[2]++) {
		mb = mailbox_create(e, 1000, ROOT, other, "Sent", 0, 5, 6);
		ATF_REQUIRE(mb != NULL);
		ATF_REQUIRE(mailbox_uidvalidity(mb) > *highest);
		*highest = mailbox_uidvalidity(mb);
		/* What a crash leaves is above it. */
		ATF_REQUIRE(e->kept.uidvalidity >= *highest);
		mailbox_close(mb);
	}
}

ATF_TC(uidvalidities);
ATF_TC_HEAD(uidvalidities, tc)
{
	atf_tc_set_md_var(tc, "descr", "no UIDVALIDITY is given twice, also "
	    "if half of the file that says so is damaged");
}
ATF_TC_BODY(uidvalidities, tc)
{
	struct engine *e;
	uint32_t highest = 0;
	unsigned int slot;
	int fd;

	for (slot = 0; slot < 2; slot++) {
		e = start();
		make_some(e, (uint8_t)(2 * slot), 150, &highest);
		engine_close(e);
		fd = open("d/id", O_WRONLY);
		ATF_REQUIRE(fd != -1);
		ATF_REQUIRE_EQ(4, pwrite(fd, "torn", 4, slot * 4096));
		close(fd);
		e = start();
		make_some(e, (uint8_t)(2 * slot + 1), 3, &highest);
		engine_close(e);
	}
}

ATF_TC_WITHOUT_HEAD(directory);
ATF_TC_BODY(directory, tc)
{
	struct engine *e;
	struct mailbox *a, *b;
	uint8_t other[TABLE_IDLEN] = { 9 }, mine[TABLE_IDLEN];
	unsigned int tables;
	uint32_t v;
	uint64_t bytes;
	int fd;

	e = start();
	memcpy(mine, engine_id(e), sizeof(mine));
	ATF_REQUIRE(mailbox_open(e, 1000, ROOT, id) == NULL);
	ATF_REQUIRE_EQ(ENOENT, errno);
	a = create(e);
	b = mailbox_create(e, 1000, ROOT, other, "Sent", 0, 5, 6);
	ATF_REQUIRE(b != NULL);
	v = mailbox_uidvalidity(b);
	ATF_REQUIRE_EQ(0, root_usage(e, 1000, ROOT, &tables, &bytes));
	ATF_REQUIRE_EQ(2, tables);
	ATF_REQUIRE(bytes > 0);
	/* Another owner's root of the same name is another root. */
	ATF_REQUIRE_EQ(0, root_usage(e, 1001, ROOT, &tables, &bytes));
	ATF_REQUIRE_EQ(0, tables);
	/* Nobody can write through what sessions get. */
	fd = mailbox_fd(a);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(-1, write(fd, "x", 1));
	close(fd);
	/* Made anew it is another one, with a higher UIDVALIDITY. */
	mailbox_close(b);
	b = mailbox_create(e, 1000, ROOT, other, "Sent", 0, 5, 6);
	ATF_REQUIRE(b != NULL);
	ATF_REQUIRE(mailbox_uidvalidity(b) > v);
	ATF_REQUIRE_EQ(0, mailbox_rename(b, "Posted"));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	mailbox_close(b);
	ATF_REQUIRE_EQ(0, mailbox_remove(a));
	ATF_REQUIRE(mailbox_open(e, 1000, ROOT, id) == NULL);
	mailbox_close(a);
	engine_close(e);

	e = start();
	ATF_REQUIRE_EQ(0, memcmp(mine, engine_id(e), sizeof(mine)));
	ATF_REQUIRE(mailbox_open(e, 1000, ROOT, id) == NULL);
	b = mailbox_open(e, 1000, ROOT, other);
	ATF_REQUIRE(b != NULL);
	ATF_REQUIRE_STREQ("Posted", mailbox_folder(b));
	mailbox_close(b);
	engine_close(e);
}

static int
has_stamp(struct mailbox *mb, uint64_t first)
{
	struct table_state st;

	ATF_REQUIRE_EQ(0, table_state(mailbox_table(mb), &st));
	return (st.stamp[0] == first && st.stamp[5] == first);
}

ATF_TC(stamps);
ATF_TC_HEAD(stamps, tc)
{
	atf_tc_set_md_var(tc, "descr", "a stamp goes with the next commit");
}
ATF_TC_BODY(stamps, tc)
{
	const uint64_t one[TABLE_STAMP] = { 1, 1, 1, 1, 1, 1 };
	const uint64_t two[TABLE_STAMP] = { 2, 2, 2, 2, 2, 2 };
	struct engine_conf conf = { .directory = "d", .interval = 60000 };
	struct engine *e;
	struct mailbox *mb;

	e = start();
	mb = create(e);
	ATF_REQUIRE_EQ(0, mailbox_set_stamp(mb, 0, one));
	ATF_CHECK_MSG(!engine_pending(e), "a sync of its own");
	ATF_CHECK(engine_timeout(e) > 0);
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_CHECK(has_stamp(mb, 0));
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, (1U << 30) + 2, 0));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_CHECK(has_stamp(mb, 1));
	ATF_CHECK_EQ(-1, engine_timeout(e));
	ATF_REQUIRE_EQ(0, mailbox_check(mb, complain, NULL));
	/* One that waits is kept over a close. */
	ATF_REQUIRE_EQ(0, mailbox_set_stamp(mb, 0, two));
	mailbox_close(mb);
	engine_close(e);
	/* With an interval: not before what it speaks of is durable. */
	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	ATF_REQUIRE((mb = mailbox_open(e, 1000, ROOT, id)) != NULL);
	ATF_CHECK(has_stamp(mb, 2));
	/* The first of a table that was durable is always synced. */
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, (1U << 30) + 3, 0));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_CHECK(!journal_unsynced(e->journal));
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, (1U << 30) + 4, 0));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_CHECK(journal_unsynced(e->journal));
	ATF_REQUIRE_EQ(0, mailbox_set_stamp(mb, 0, one));
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, (1U << 30) + 5, 0));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_CHECK(has_stamp(mb, 2));
	e->due.tv_sec = 0;
	work(e);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, (1U << 30) + 6, 0));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	ATF_CHECK(has_stamp(mb, 1));
	/* What is removed takes it along. */
	ATF_REQUIRE_EQ(0, mailbox_set_stamp(mb, 0, two));
	ATF_REQUIRE_EQ(0, mailbox_remove(mb));
	mailbox_close(mb);
	engine_close(e);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, stamps);
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, untrusted);
	ATF_TP_ADD_TC(tp, helper);
	ATF_TP_ADD_TC(tp, batch);
	ATF_TP_ADD_TC(tp, given);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, ranges);
	ATF_TP_ADD_TC(tp, places);
	ATF_TP_ADD_TC(tp, uidvalidities);
	ATF_TP_ADD_TC(tp, directory);
	return (atf_no_error());
}
