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
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexd/engine.h"
#include "tests/damage/seen.h"
#include "tests/lib/model.h"

/*
 * A table with each of its octets changed, and with each end cut off, while
 * nobody has it open: who reads it never gets a wrong answer, and the engine
 * makes a sound one of it, in which nothing is wrong, and nothing missing but
 * what the octet belonged to.
 */

#define ROOT		"/home/u/Maildir"
#define REQUESTS	30
#define UIDVALIDITY	7
#define FLOOR		(1U << 20)
#define SHORT		60	/* octets damaged under the engine */

enum how { FLIP, INVERT, ZERO, HOWS };

static const uint8_t id[TABLE_IDLEN] = { 1, 2, 3 };
static const char keyword[3][TABLE_KWLEN + 1] = { "Keyword0", "Keyword1",
	"Keyword2" };

static struct engine *start(void);
static void	make(struct model *);
static void	table_path(char *, size_t);
static unsigned char *map_file(const char *, size_t *);
static unsigned char change(unsigned char, enum how, uint32_t);
static int	sequence(const struct seen *, size_t);
static int	open_copy(struct table *, const unsigned char *, size_t);
static void	shell(const char *);
static void	complain(void *, const char *);
static struct mailbox *repair(struct engine *, const struct model *,
		    int *anew);
static unsigned int judge(const struct model *, struct mailbox *, int);

static struct engine *
start(void)
{
	struct engine_conf conf = { .directory = "d" };
	struct engine *e;

	e = engine_open(&conf, NULL, NULL);
	ATF_REQUIRE(e != NULL);
	return (e);
}

/* A small table in d, and its model. */
static void
make(struct model *m)
{
	struct engine *e;
	struct mailbox *mb;
	unsigned int i;

	e = start();
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", UIDVALIDITY, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, FLOOR, FLOOR));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	model_init(m, 4711);
	for (i = 0; i < REQUESTS; i++) {
		ATF_REQUIRE_EQ(0, model_request(m, e, mb));
		ATF_REQUIRE_EQ(0, engine_commit(e));
	}
	ATF_REQUIRE_EQ(0, model_verify(m, mailbox_table(mb)));
	ATF_REQUIRE_EQ(0, mailbox_check(mb, complain, NULL));
	mailbox_close(mb);
	engine_close(e);
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

static void
shell(const char *command)
{
	ATF_REQUIRE_EQ_MSG(0, system(command), "%s", command);
}

static void
table_path(char *path, size_t size)
{
	glob_t g;

	ATF_REQUIRE_EQ(0, glob("d/roots/*/010203*", 0, NULL, &g));
	ATF_REQUIRE_EQ(1, g.gl_pathc);
	(void)strlcpy(path, g.gl_pathv[0], size);
	globfree(&g);
}

static unsigned char *
map_file(const char *path, size_t *len)
{
	struct stat st;
	void *p;
	int fd;

	ATF_REQUIRE((fd = open(path, O_RDWR)) != -1);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	*len = (size_t)st.st_size;
	p = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	close(fd);
	return (p);
}

static unsigned char
change(unsigned char c, enum how how, uint32_t random)
{
	switch (how) {
	case FLIP:
		return ((unsigned char)(c ^ 1U << random % 8));
	case INVERT:
		return ((unsigned char)(c ^ 0xff));
	default:
		return (0);
	}
}

/* Whether the lowest octet of a sequence is there: if it becomes odd each
 * reader waits for it to be even. */
static int
sequence(const struct seen *s, size_t off)
{
	size_t first = (sizeof(struct table_header) + 63) & ~(size_t)63;

	if (off == offsetof(struct table_header, pub_seq) ||
	    off == offsetof(struct table_header, exp_seq))
		return (1);
	return (off >= first &&
	    off < first + s->st.nrows * sizeof(struct row) &&
	    (off - first) % sizeof(struct row) == 0);
}

/* Maps a copy of len octets of a file for reading: 0, or -1 with errno. */
static int
open_copy(struct table *t, const unsigned char *p, size_t len)
{
	const char *why;
	int fd;

	fd = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)len, write(fd, p, len));
	if (table_map(t, fd, &why) == 0)
		return (0);
	close(fd);
	return (-1);
}

ATF_TC(readers);
ATF_TC_HEAD(readers, tc)
{
	atf_tc_set_md_var(tc, "descr", "each octet of a table changed: no "
	    "reader gets a wrong answer");
}
ATF_TC_BODY(readers, tc)
{
	struct seen s;
	struct model m;
	struct table t;
	unsigned char *p, was;
	unsigned int refused, told = 0, silent = 0;
	size_t len, off;
	char path[256];
	const char *why;
	enum how how;
	int all = getenv("HIGHWATER_SECONDS") != NULL, fd;

	make(&m);
	table_path(path, sizeof(path));
	p = map_file(path, &len);
	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(0, table_map(&t, fd, &why));
	seen_take(&s, &t);
	for (off = 0; off < len; off++)
		for (how = FLIP; how < HOWS; how++) {
			if (!all && off % HOWS != how)
				continue;
			was = p[off];
			p[off] = change(was, how, model_random(&m, 8));
			if (p[off] == was || (sequence(&s, off) &&
			    (p[off] & 1))) {
				p[off] = was;
				continue;
			}
			/* What a session does when it opens a mailbox. */
			refused = 1;
			if (off >= offsetof(struct table_header, pub_seq))
				ATF_CHECK_EQ_MSG(0, seen_compare(&s, &t,
				    &refused), "octet %zu", off);
			else {
				ATF_CHECK_EQ_MSG(-1, table_map(&(struct table)
				    { .fd = -1 }, fd, &why), "octet %zu", off);
				ATF_CHECK_EQ(EBADMSG, errno);
			}
			if (refused > 0)
				told++;
			else
				silent++;
			p[off] = was;
		}
	printf("%zu octets: %u changes noticed, %u of no meaning\n", len,
	    told, silent);
	ATF_CHECK(told > (all ? 30000 : 10000));
	table_unmap(&t);
	munmap(p, len);
	seen_free(&s);
	model_free(&m);
}

ATF_TC(cut);
ATF_TC_HEAD(cut, tc)
{
	atf_tc_set_md_var(tc, "descr", "a table of which an end is cut off: "
	    "no reader gets a wrong answer");
}
ATF_TC_BODY(cut, tc)
{
	struct seen s;
	struct model m;
	struct table t;
	unsigned char *p;
	unsigned int refused;
	size_t len, n;
	char path[256];

	make(&m);
	table_path(path, sizeof(path));
	p = map_file(path, &len);
	ATF_REQUIRE_EQ(0, open_copy(&t, p, len));
	seen_take(&s, &t);
	table_unmap(&t);
	for (n = 0; n < len; n += 1 + model_random(&m, 256)) {
		if (open_copy(&t, p, n) == -1) {
			ATF_CHECK_EQ(EBADMSG, errno);
			ATF_CHECK(n < sizeof(struct table_header));
			continue;
		}
		ATF_CHECK_EQ_MSG(0, seen_compare(&s, &t, &refused),
		    "%zu octets", n);
		table_unmap(&t);
	}
	munmap(p, len);
	seen_free(&s);
	model_free(&m);
}

/*
 * What indexd does about a damaged table when a session opens it: what can
 * be made anew is, else it is set aside and another is made.
 */
static struct mailbox *
repair(struct engine *e, const struct model *m, int *anew)
{
	struct mailbox *mb;
	struct check *c;
	unsigned int what;

	*anew = 0;
	mb = mailbox_open(e, 1000, ROOT, id);
	if (mb != NULL) {
		ATF_REQUIRE((c = check_begin(mb, NULL, NULL)) != NULL);
		while (check_step(c, 64))
			;
		if (check_end(c, &what) == 0)
			return (mb);
		if ((what & CHECK_LOSS) == 0) {
			ATF_REQUIRE_EQ(0, mailbox_mend(mb, what));
			return (mb);
		}
		ATF_REQUIRE_EQ(0, mailbox_set_aside(mb, "a test"));
		mailbox_close(mb);
		ATF_REQUIRE(mailbox_open(e, 1000, ROOT, id) == NULL);
	}
	ATF_REQUIRE_EQ(EBADMSG, errno);
	mailbox_salvage(e, 1000, ROOT, id, FLOOR, FLOOR);
	mb = mailbox_create_words(e, 1000, ROOT, id, "INBOX", UIDVALIDITY,
	    FLOOR, FLOOR, keyword, m->nkeywords < 3 ? m->nkeywords : 3, NULL);
	ATF_REQUIRE(mb != NULL);
	*anew = 1;
	return (mb);
}

/*
 * Whether a table made anew tells nothing that is wrong; returns how many
 * messages it has lost.
 */
static unsigned int
judge(const struct model *m, struct mailbox *mb, int anew)
{
	char a[TABLE_KWLEN + 1], name[TABLE_NAMELEN + 1];
	struct table *t = mailbox_table(mb);
	struct table_state st;
	const struct model_row *r;
	unsigned int i, lost = 0;
	struct row row;
	uint64_t n;

	ATF_REQUIRE_EQ(0, mailbox_check(mb, complain, NULL));
	ATF_REQUIRE_EQ(0, table_state(t, &st));
	ATF_CHECK_EQ(UIDVALIDITY, st.uidvalidity);
	ATF_CHECK(st.uidnext >= m->uidnext);
	ATF_CHECK(st.highestmodseq >= m->highestmodseq);
	if (anew) {
		ATF_CHECK(st.highestmodseq > m->highestmodseq);
		ATF_CHECK_EQ(st.highestmodseq, st.flag_horizon);
		ATF_CHECK_EQ(st.highestmodseq, st.expunge_horizon);
	}
	for (i = 0; i < st.nkeywords; i++) {
		ATF_REQUIRE_EQ(0, table_keyword(t, i, a));
		(void)snprintf(name, sizeof(name), "Keyword%u", i);
		ATF_CHECK_STREQ(name, a);
	}
	for (n = 0, r = m->rows; r < m->rows + m->n; r++) {
		if (r->flags & ROW_EXPUNGED)
			continue;
		ATF_REQUIRE_EQ(0, table_find(t, r->uid, &n));
		if (n == st.nrows || table_row_name(t, n, &row, name) == -1 ||
		    row.uid != r->uid) {
			lost++;
			continue;
		}
		ATF_CHECK_STREQ(r->name, name);
		ATF_CHECK_EQ(r->flags & FLAG_SYSTEM, row.flags & FLAG_SYSTEM);
		ATF_CHECK((row.flags & ROW_EXPUNGED) == 0);
		ATF_CHECK_EQ(r->size, row.size);
		ATF_CHECK_EQ(r->fletters, row.fletters);
		ATF_CHECK_EQ(r->keywords, row.keywords);
		if (!anew)
			ATF_CHECK_EQ(r->modseq, row.modseq);
	}
	ATF_CHECK(st.messages <= m->n);
	return (lost);
}

ATF_TC(engine);
ATF_TC_HEAD(engine, tc)
{
	atf_tc_set_md_var(tc, "descr", "octets of a table changed: the engine "
	    "makes a sound one of it");
	atf_tc_set_md_var(tc, "timeout", "3600");
}
ATF_TC_BODY(engine, tc)
{
	const char *seconds = getenv("HIGHWATER_SECONDS");
	unsigned char *p, was;
	unsigned int i, lost, n, made = 0, all = 0;
	struct engine *e;
	struct mailbox *mb;
	struct model m;
	size_t len, off, heads = sizeof(struct table_header);
	char path[256];
	int anew;

	make(&m);
	table_path(path, sizeof(path));
	shell("cp -a d pristine");
	n = seconds != NULL ? UINT32_MAX : SHORT;
	for (i = 0, off = 0; i < n; i++) {
		shell("rm -rf d && cp -a pristine d");
		p = map_file(path, &len);
		if (seconds != NULL)
			off = i;
		else if (i % 2 == 0)
			off = model_random(&m, (uint32_t)heads);
		else
			off = heads + model_random(&m,
			    (uint32_t)(len - heads) / 2);
		if (off >= len)
			break;
		was = p[off];
		p[off] = change(was, (enum how)(i % HOWS),
		    model_random(&m, 8));
		munmap(p, len);
		e = start();
		mb = repair(e, &m, &anew);
		lost = judge(&m, mb, anew);
		ATF_CHECK_MSG(lost <= 1, "octet %zu: %u lost", off, lost);
		made += anew;
		all += lost;
		mailbox_close(mb);
		engine_close(e);
	}
	printf("%u octets: %u tables made anew, %u messages lost\n", i, made,
	    all);
	model_free(&m);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, readers);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, engine);
	return (atf_no_error());
}
