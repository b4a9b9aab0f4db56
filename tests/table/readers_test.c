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
#include <sys/mman.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "indexd/compact.h"
#include "indexd/engine.h"
#include "indexd/journal.h"
#include "tests/lib/model.h"

/*
 * Readers in processes of their own, while the table changes, grows and is
 * compacted: what they see must hold together at every moment.
 */

#define ROOT	"/home/u/Maildir"
#define READERS	3
#define ROUNDS	3000

static const uint8_t id[TABLE_IDLEN] = { 1, 2, 3 };

/* A new generation is handed over by its path in d. */
struct shared {
	_Atomic uint32_t	generation;
	_Atomic uint32_t	done;
	_Atomic uint64_t	looks;
	_Atomic uint64_t	unstable;
	char			path[2][512];
};

/* What a reader keeps from look to look. */
struct reader {
	struct shared	*s;
	struct table	 t;
	uint32_t	 generation;
	uint64_t	 highestmodseq;
	uint64_t	 place;		/* in the change log */
	uint32_t	 uidnext;
	uint64_t	 random;
};

#define FAIL(what) do {							\
	printf("%s line %d\n", what, __LINE__);				\
	fflush(stdout);							\
	_exit(1);							\
} while (0)

/* Only an unstable state is an excuse. */
#define ASK(r, call) do {						\
	if ((call) == -1) {						\
		if (errno != EAGAIN)					\
			FAIL(#call);					\
		atomic_fetch_add(&(r)->s->unstable, 1);			\
		return;							\
	}								\
} while (0)

static void
look_rows(struct reader *r, uint64_t nrows)
{
	char name[TABLE_NAMELEN + 1];
	struct row row;
	uint64_t n, pos;

	if (nrows == 0)
		return;
	n = (r->random = r->random * 6364136223846793005ULL + 1) % nrows;
	ASK(r, table_row_name(&r->t, n, &row, name));
	/* The model writes the UID into the name, and never a UID twice. */
	if (strncmp(name, "renamed.", 8) != 0 &&
	    strtoul(name, NULL, 10) != row.uid)
		FAIL("name of another row");
	ASK(r, table_find(&r->t, row.uid, &pos));
	if (pos != n)
		FAIL("place of a row");
}

/* Numbers, as sessions resolve them. */
static void
look_numbers(struct reader *r)
{
	struct row row;
	uint64_t n, next;
	uint32_t rank, seq, again;

	ASK(r, table_expunges(&r->t, &seq));
	ASK(r, table_rank(&r->t, r->t.h->nrows, &rank));
	if (rank == 0)
		return;
	rank = (uint32_t)(r->random >> 33) % rank;
	if (table_nth(&r->t, rank, &n) == -1) {
		if (errno != EAGAIN && table_unchanged(&r->t, seq))
			FAIL("nth");
		return;
	}
	ASK(r, table_rank(&r->t, n, &again));
	ASK(r, table_next(&r->t, TABLE_LIVE, n, &next));
	ASK(r, table_row(&r->t, n, &row));
	if (!table_unchanged(&r->t, seq))
		return;
	if (again != rank || next != n || (row.flags & ROW_EXPUNGED))
		FAIL("rank");
}

/* Everything up to HIGHESTMODSEQ is there, in order, and stays. */
static void
look_log(struct reader *r)
{
	struct table_state s;
	struct change c;
	struct row row;
	uint64_t i, n;

	ASK(r, table_state(&r->t, &s));
	if (s.highestmodseq < r->highestmodseq)
		FAIL("HIGHESTMODSEQ went back");
	if (s.uidnext < r->uidnext)
		FAIL("UIDNEXT went back");
	if (s.unseen > s.messages || s.deleted > s.messages)
		FAIL("counts");
	r->highestmodseq = s.highestmodseq;
	r->uidnext = s.uidnext;
	ASK(r, table_change_since(&r->t, r->place, &i));
	for (; table_change(&r->t, i, &c) == 0; i++) {
		if (c.modseq <= r->place && c.modseq > 0 && i > 0)
			FAIL("order");
		ASK(r, table_find(&r->t, c.uid, &n));
		if (c.what == CHANGE_EXPUNGE)
			continue;
		/* The row is as new as its entry, or newer, or gone. */
		if (table_row(&r->t, n, &row) == 0 && row.uid == c.uid &&
		    row.modseq < c.modseq)
			FAIL("row older than its entry");
	}
	if (errno != ENOENT)
		FAIL("change");
	r->place = s.highestmodseq;
	look_rows(r, s.nrows);
	look_numbers(r);
}

static void
read_all(struct shared *s, uint64_t seed)
{
	struct reader r = { .s = s, .t = { .fd = -1 }, .random = seed };
	const char *why;
	uint32_t g;
	int fd;

	while (!atomic_load(&s->done)) {
		g = atomic_load(&s->generation);
		if (r.t.h == NULL || (atomic_load(&r.t.h->superseded) &&
		    g != r.generation)) {
			if (r.t.h != NULL)
				look_log(&r);	/* to its end */
			table_unmap(&r.t);
			if ((fd = open(s->path[g % 2], O_RDONLY)) == -1)
				continue;	/* the next is there already */
			if (table_map(&r.t, fd, &why) == -1)
				FAIL(why);
			r.generation = g;
		}
		look_log(&r);
		atomic_fetch_add(&s->looks, 1);
	}
	_exit(0);
}

static void
give(struct shared *s, struct mailbox *mb)
{
	uint32_t g = mailbox_table(mb)->h->generation;
	char link[64];
	ssize_t n;
	int fd;

	if (g == atomic_load(&s->generation))
		return;
	ATF_REQUIRE((fd = mailbox_fd(mb)) != -1);
	/* The file by its name, as it is known through the descriptor. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, s->path[g % 2], sizeof(s->path[0]) - 1);
	if (n == -1)
		atf_tc_skip("needs /proc");
	s->path[g % 2][n] = '\0';
	close(fd);
	atomic_store(&s->generation, g);
}

ATF_TC(load);
ATF_TC_HEAD(load, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "readers see whole states during changes, growth, compaction");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(load, tc)
{
	struct engine_conf conf = { .directory = "d", .interval = 1000 };
	struct engine_stats st;
	struct engine *e;
	struct mailbox *mb;
	struct model m;
	struct shared *s;
	pid_t pid[READERS];
	unsigned int i;
	int status;

	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(s != MAP_FAILED);
	compact_slack = compact_history = 16;
	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 7, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 1U << 30, 1U << 30));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	give(s, mb);
	for (i = 0; i < READERS; i++) {
		fflush(NULL);
		ATF_REQUIRE((pid[i] = fork()) != -1);
		if (pid[i] == 0)
			read_all(s, i + 1);
	}
	model_init(&m, 5);
	for (i = 0; i < ROUNDS; i++) {
		ATF_REQUIRE_EQ(0, model_request(&m, e, mb));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		engine_work(e);
		engine_synced(e);
		give(s, mb);
	}
	ATF_REQUIRE_EQ(0, model_verify(&m, mailbox_table(mb)));
	atomic_store(&s->done, 1);
	for (i = 0; i < READERS; i++) {
		ATF_REQUIRE(waitpid(pid[i], &status, 0) == pid[i]);
		ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	engine_stats(e, &st);
	printf("looks %llu unstable %llu compactions %llu\n",
	    (unsigned long long)s->looks, (unsigned long long)s->unstable,
	    (unsigned long long)st.compactions);
	ATF_REQUIRE(st.compactions > 0);
	ATF_REQUIRE(s->looks > READERS);
	mailbox_close(mb);
	engine_close(e);
	model_free(&m);
}

ATF_TC(stuck);
ATF_TC_HEAD(stuck, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a state that stays odd is told after a bounded time");
}
ATF_TC_BODY(stuck, tc)
{
	struct engine_conf conf = { .directory = "d" };
	struct table_state st;
	struct engine *e;
	struct mailbox *mb;
	struct table *t;
	uint32_t seq;

	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 7, 0, 0);
	ATF_REQUIRE(mb != NULL);
	t = mailbox_table(mb);
	atomic_fetch_add(&t->h->pub_seq, 1);
	atomic_fetch_add(&t->h->exp_seq, 1);
	ATF_REQUIRE_ERRNO(EAGAIN, table_state(t, &st) == -1);
	ATF_REQUIRE_ERRNO(EAGAIN, table_expunges(t, &seq) == -1);
	atomic_fetch_add(&t->h->pub_seq, 1);
	atomic_fetch_add(&t->h->exp_seq, 1);
	ATF_REQUIRE_EQ(0, table_state(t, &st));
	mailbox_close(mb);
	engine_close(e);
}

static void
fill(struct engine *e, struct model *m, struct mailbox *mb, unsigned int n)
{
	for (; n > 0; n--)
		ATF_REQUIRE_EQ(0, model_request(m, e, mb));
	ATF_REQUIRE_EQ(0, engine_commit(e));
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

/*
 * The file as a kill leaves it that comes after some of the stores of a
 * growth, which are in no batch: the journal has nothing to bring it to.
 */
static void
cut_short(const char *path, unsigned int stores)
{
	struct table_header *h;
	off_t end;
	int fd;

	ATF_REQUIRE((fd = open(path, O_RDWR)) != -1);
	ATF_REQUIRE((end = lseek(fd, 0, SEEK_END)) > 0);
	ATF_REQUIRE_EQ(0, ftruncate(fd, end + 8192));
	h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ATF_REQUIRE(h != MAP_FAILED);
	ATF_REQUIRE_EQ(0, h->extent[TABLE_NAMES][1]);
	h->pub_seq |= 1;
	if (stores > 1)
		h->extent[TABLE_NAMES][1] = (uint64_t)end;
	if (stores > 2)
		h->size = (uint64_t)end + 8192;
	ATF_REQUIRE_EQ(0, munmap(h, sizeof(*h)));
	close(fd);
}

static void
cut_and_open(unsigned int stores)
{
	char dir[8] = "d";
	struct engine_conf conf = { .directory = dir };
	struct engine *e;
	struct mailbox *mb;
	struct model m;
	char link[64], path[512];
	ssize_t n;
	int fd;

	snprintf(dir, sizeof(dir), "d%u", stores);
	model_init(&m, 3);
	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 7, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 1U << 30, 1U << 30));
	fill(e, &m, mb, 20);
	ATF_REQUIRE((fd = mailbox_fd(mb)) != -1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if ((n = readlink(link, path, sizeof(path) - 1)) == -1)
		atf_tc_skip("needs /proc");
	path[n] = '\0';
	close(fd);
	mailbox_close(mb);
	engine_close(e);
	cut_short(path, stores);
	ATF_REQUIRE((e = engine_open(&conf, NULL, NULL)) != NULL);
	ATF_REQUIRE((mb = mailbox_open(e, 1000, ROOT, id)) != NULL);
	ATF_CHECK_EQ(0, mailbox_check(mb, complain, NULL));
	ATF_CHECK_EQ(0, model_verify(&m, mailbox_table(mb)));
	fill(e, &m, mb, 200);
	ATF_CHECK_EQ(0, mailbox_check(mb, complain, NULL));
	ATF_CHECK_EQ(0, model_verify(&m, mailbox_table(mb)));
	mailbox_close(mb);
	engine_close(e);
	model_free(&m);
}

ATF_TC(growth_cut_short);
ATF_TC_HEAD(growth_cut_short, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a table whose growth was cut short by a kill is opened again");
}
ATF_TC_BODY(growth_cut_short, tc)
{
	unsigned int stores;

	for (stores = 1; stores <= 3; stores++)
		cut_and_open(stores);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, load);
	ATF_TP_ADD_TC(tp, stuck);
	ATF_TP_ADD_TC(tp, growth_cut_short);
	return (atf_no_error());
}
