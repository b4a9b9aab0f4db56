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
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mix.h"
#include "indexd/engine.h"
#include "indexd/journal.h"
#include "tests/lib/model.h"

/*
 * The journal, and indexd's own file, damaged after a kill: it starts, tells
 * nothing that is wrong, and gives no number again.
 */

#define ROOT		"/home/u/Maildir"
#define REQUESTS	40
#define UIDVALIDITY	7
#define FLOOR		(1U << 20)
#define SHORT		24

static const uint8_t id[TABLE_IDLEN] = { 1, 2, 3 };

static struct engine *start(void);
static void	shell(const char *);
static void	make(struct model *);
static void	harm(struct model *, const char *, unsigned int, off_t, off_t);
static void	complain(void *, const char *);
static int	judge(const struct model *, unsigned int);
static off_t	used(const char *);
static void	rounds(const char *, const char *, off_t);
static void	path_of(const char *, char *, size_t);
static uint64_t	unmix(uint64_t);
static void	forge(uint64_t *, uint64_t);
static void	count(void *, time_t, const char *);

static struct engine *
start(void)
{
	struct engine_conf conf = { .directory = "d" };

	return (engine_open(&conf, NULL, NULL));
}

static void
shell(const char *command)
{
	ATF_REQUIRE_EQ_MSG(0, system(command), "%s", command);
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

/* What a kill leaves in "killed", what a stop leaves in "stopped". */
static void
make(struct model *m)
{
	struct engine *e;
	struct mailbox *mb;
	unsigned int i;

	journal_segment_size = 65536;
	ATF_REQUIRE((e = start()) != NULL);
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", UIDVALIDITY, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, FLOOR, FLOOR));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	model_init(m, 99);
	for (i = 0; i < REQUESTS; i++) {
		ATF_REQUIRE_EQ(0, model_request(m, e, mb));
		ATF_REQUIRE_EQ(0, engine_commit(e));
	}
	shell("cp -a d killed");
	mailbox_close(mb);
	engine_close(e);
	shell("cp -a d stopped");
}

static void
path_of(const char *pattern, char *path, size_t size)
{
	glob_t g;

	ATF_REQUIRE_EQ(0, glob(pattern, 0, NULL, &g));
	(void)strlcpy(path, g.gl_pathv[g.gl_pathc - 1], size);
	globfree(&g);
}

/* Up to where a file is not zeros. */
static off_t
used(const char *pattern)
{
	char path[256];
	off_t off;
	char c;
	int fd;

	path_of(pattern, path, sizeof(path));
	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	off = lseek(fd, 0, SEEK_END);
	while (off > 0 && pread(fd, &c, 1, off - 1) == 1 && c == 0)
		off--;
	close(fd);
	return (off);
}

static void
harm(struct model *m, const char *pattern, unsigned int how, off_t first,
    off_t end)
{
	unsigned char c;
	char path[256];
	off_t off;
	int fd;

	path_of(pattern, path, sizeof(path));
	off = first + (off_t)model_random(m, (uint32_t)(end - first));
	ATF_REQUIRE((fd = open(path, O_RDWR)) != -1);
	ATF_REQUIRE_EQ(1, pread(fd, &c, 1, off));
	if (how % 4 == 0)
		c ^= (unsigned char)(1U << model_random(m, 8));
	else if (how % 4 == 1)
		c ^= 0xff;
	else
		c = 0;
	if (how % 4 == 3)
		ATF_REQUIRE_EQ(0, ftruncate(fd, off));
	else
		ATF_REQUIRE_EQ(1, pwrite(fd, &c, 1, off));
	close(fd);
}

/* All messages as they were; returns 1 if the table was made anew. */
static int
judge(const struct model *m, unsigned int round)
{
	char name[TABLE_NAMELEN + 1];
	const struct model_row *r;
	struct table_state st;
	struct engine *e;
	struct mailbox *mb;
	struct table *t;
	struct row row;
	uint64_t n;
	int anew = 0;

	ATF_REQUIRE_MSG((e = start()) != NULL, "round %u", round);
	mb = mailbox_open(e, 1000, ROOT, id);
	if (mb == NULL) {
		ATF_REQUIRE_EQ(EBADMSG, errno);
		mailbox_salvage(e, 1000, ROOT, id, FLOOR, FLOOR);
		mb = mailbox_create_words(e, 1000, ROOT, id, "INBOX",
		    UIDVALIDITY, FLOOR, FLOOR, NULL, 0, NULL);
		ATF_REQUIRE(mb != NULL);
		anew = 1;
	}
	ATF_REQUIRE_EQ(0, mailbox_check(mb, complain, NULL));
	t = mailbox_table(mb);
	ATF_REQUIRE_EQ(0, table_state(t, &st));
	ATF_CHECK_EQ(UIDVALIDITY, st.uidvalidity);
	ATF_CHECK(st.uidnext >= m->uidnext);
	ATF_CHECK(st.highestmodseq >= m->highestmodseq + (uint64_t)anew);
	if (anew)
		ATF_CHECK_EQ(st.highestmodseq, st.flag_horizon);
	for (r = m->rows; r < m->rows + m->n; r++) {
		if (r->flags & ROW_EXPUNGED)
			continue;
		ATF_REQUIRE_EQ(0, table_find(t, r->uid, &n));
		ATF_REQUIRE_MSG(n < st.nrows && table_row_name(t, n, &row,
		    name) == 0 && row.uid == r->uid, "round %u: uid %u is "
		    "lost", round, r->uid);
		ATF_CHECK_STREQ(r->name, name);
		ATF_CHECK_EQ(r->flags & FLAG_SYSTEM, row.flags & FLAG_SYSTEM);
		ATF_CHECK_EQ(r->keywords, row.keywords);
		/* What the torn end of a journal said is numbered anew. */
		ATF_CHECK(row.modseq >= r->modseq);
	}
	mailbox_close(mb);
	engine_close(e);
	return (anew);
}

static void
rounds(const char *from, const char *pattern, off_t first)
{
	char command[128];
	struct model m;
	unsigned int anew = 0, i, n = SHORT;
	off_t end;

	if (getenv("HIGHWATER_SECONDS") != NULL)
		n *= 40;
	make(&m);
	(void)snprintf(command, sizeof(command), "rm -rf d && cp -a %s d",
	    from);
	shell(command);
	end = used(pattern);
	for (i = 0; i < n; i++) {
		shell(command);
		harm(&m, pattern, i, first, end);
		anew += (unsigned int)judge(&m, i);
	}
	printf("%s in %s: %lld octets, %u times, %u made anew\n", pattern,
	    from, (long long)end, n, anew);
	model_free(&m);
}

/* The word that mix_word() makes that of, if the state was 0. */
static uint64_t
unmix(uint64_t h)
{
	uint64_t inverse = 1;
	int i;

	for (i = 0; i < 6; i++)
		inverse *= 2 - UINT64_C(0x9e3779b97f4a7c15) * inverse;
	return ((h ^ h >> 32) * inverse);
}

/*
 * Six words that make a batch of that segment in the journal, with the zeros
 * behind them: a head, whose sum is 0, and eight octets.
 */
static void
forge(uint64_t *w, uint64_t segment)
{
	const uint64_t seed = 1;
	uint64_t s;

	w[0] = JOURNAL_BATCH;
	w[1] = sizeof(struct batch_head) + 8;
	w[2] = 1U << 30;
	w[4] = segment;
	w[5] = seed;
	s = mix_word(mix_word(mix_word(seed, w[0]), w[1]), w[2]);
	w[3] = s ^ unmix(unmix(unmix(0) ^ w[5]) ^ w[4]);
}

static void
count(void *arg, time_t when, const char *text)
{
	unsigned int *n = arg;

	(void)when;
	printf("%s\n", text);
	(*n)++;
}

ATF_TC(forged);
ATF_TC_HEAD(forged, tc)
{
	atf_tc_set_md_var(tc, "descr", "what a session had written looks like "
	    "a batch of a later segment");
}
ATF_TC_BODY(forged, tc)
{
	uint64_t stamp[TABLE_STAMP];
	struct engine *e;
	struct mailbox *mb;
	unsigned int i, said = 0;

	journal_segment_size = 65536;
	ATF_REQUIRE((e = start()) != NULL);
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", UIDVALIDITY, 0, 0);
	ATF_REQUIRE(mb != NULL);
	for (i = 0; i < 1000; i++) {
		/* One of the next ones, which may get the file of this one. */
		forge(stamp, i / 100 + i % 5);
		ATF_REQUIRE_EQ(0, mailbox_set_stamp(mb, 0, stamp));
		ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, FLOOR + i, FLOOR));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		while (engine_work(e))
			;
		engine_synced(e);
	}
	shell("cp -a d killed");
	mailbox_close(mb);
	engine_close(e);
	shell("mv d stopped && mv killed d");
	ATF_REQUIRE((e = start()) != NULL);
	engine_repairs(e, count, &said);
	ATF_CHECK_EQ(0, said);
	mb = mailbox_open(e, 1000, ROOT, id);
	ATF_REQUIRE(mb != NULL);
	mailbox_close(mb);
	engine_close(e);
}

ATF_TC(killed);
ATF_TC_HEAD(killed, tc)
{
	atf_tc_set_md_var(tc, "descr", "the journal damaged after a kill");
	atf_tc_set_md_var(tc, "timeout", "3600");
}
ATF_TC_BODY(killed, tc)
{
	rounds("killed", "d/journal/[0-9]*", 0);
}

ATF_TC(stopped);
ATF_TC_HEAD(stopped, tc)
{
	atf_tc_set_md_var(tc, "descr", "the journal damaged after a stop");
	atf_tc_set_md_var(tc, "timeout", "3600");
}
ATF_TC_BODY(stopped, tc)
{
	rounds("stopped", "d/journal/[0-9]*", 0);
}

ATF_TC(own);
ATF_TC_HEAD(own, tc)
{
	atf_tc_set_md_var(tc, "descr", "indexd's own file damaged");
	atf_tc_set_md_var(tc, "timeout", "3600");
}
ATF_TC_BODY(own, tc)
{
	rounds("killed", "d/id", 0);
}

ATF_TC(root);
ATF_TC_HEAD(root, tc)
{
	atf_tc_set_md_var(tc, "descr", "the file that says whose tables they "
	    "are, damaged");
	atf_tc_set_md_var(tc, "timeout", "3600");
}
ATF_TC_BODY(root, tc)
{
	rounds("killed", "d/roots/*/root", 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, stopped);
	ATF_TP_ADD_TC(tp, own);
	ATF_TP_ADD_TC(tp, root);
	ATF_TP_ADD_TC(tp, forged);
	return (atf_no_error());
}
