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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
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

/* What is left after crashes of all kinds. */

#define ROOT	"/home/u/Maildir"
#define BOXES	3
#define SMALL	65536		/* segment size */
#define PAGE	4096

/* Some mailboxes, their models, and what decides about both. */
struct rig {
	struct engine	*e;
	struct mailbox	*mb[BOXES];
	struct model	 m[BOXES];
	struct model	 driver;
};

static size_t segment = SMALL;

static struct engine *start(unsigned int);
static void	lazy(void);
static void	rig_init(struct rig *, uint64_t);
static void	rig_create(struct rig *);
static void	rig_open(struct rig *);
static void	rig_verify(struct rig *);
static void	rig_close(struct rig *);
static int	rig_commit(struct rig *, int);
static void	rig_run(struct rig *, unsigned int);
static void	complain(void *, const char *);
static void	make(uint8_t *, unsigned int);
static void	shell(const char *);
static void	each_file(const char *, void (*)(const char *, void *),
		    void *);
static off_t	last_segment(char *, size_t);
static void	cut(const char *, off_t);

static struct engine *
start(unsigned int interval)
{
	struct engine_conf conf = { .directory = "d", .interval = interval };
	struct engine *e;

	journal_segment_size = segment;
	e = engine_open(&conf, NULL, NULL);
	ATF_REQUIRE(e != NULL);
	return (e);
}

/* From here on no table is synced or compacted before engine_close(). */
static void
lazy(void)
{
	segment = 64 * SMALL;
	compact_slack = 1 << 30;
}

static void
make(uint8_t *id, unsigned int i)
{
	memset(id, 0, TABLE_IDLEN);
	id[0] = (uint8_t)(i + 1);
}

static void
rig_init(struct rig *r, uint64_t seed)
{
	unsigned int i;

	memset(r, 0, sizeof(*r));
	model_init(&r->driver, seed);
	for (i = 0; i < BOXES; i++)
		model_init(&r->m[i], seed + 1000 + i);
}

static void
rig_create(struct rig *r)
{
	uint8_t id[TABLE_IDLEN];
	unsigned int i;

	for (i = 0; i < BOXES; i++) {
		make(id, i);
		r->mb[i] = mailbox_create(r->e, 1000, ROOT, id, "x", 1, 0, 0);
		ATF_REQUIRE(r->mb[i] != NULL);
		ATF_REQUIRE_EQ(0, mailbox_set_floor(r->mb[i], 1U << 30,
		    1U << 30));
	}
	ATF_REQUIRE_EQ(0, engine_commit(r->e));
}

static void
rig_open(struct rig *r)
{
	uint8_t id[TABLE_IDLEN];
	unsigned int i;

	for (i = 0; i < BOXES; i++) {
		make(id, i);
		r->mb[i] = mailbox_open(r->e, 1000, ROOT, id);
		ATF_REQUIRE(r->mb[i] != NULL);
	}
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

static void
rig_verify(struct rig *r)
{
	unsigned int i;

	for (i = 0; i < BOXES; i++) {
		ATF_REQUIRE_EQ(0, model_verify(&r->m[i],
		    mailbox_table(r->mb[i])));
		ATF_REQUIRE_EQ(0, mailbox_check(r->mb[i], complain, NULL));
	}
}

static void
rig_close(struct rig *r)
{
	unsigned int i;

	for (i = 0; i < BOXES; i++) {
		mailbox_close(r->mb[i]);
		model_free(&r->m[i]);
	}
	engine_close(r->e);
}

/* Some requests and a commit; in the models alone without an engine. */
static int
rig_commit(struct rig *r, int engine)
{
	unsigned int i, n;

	for (n = 1 + model_random(&r->driver, 4); n > 0; n--) {
		i = model_random(&r->driver, BOXES);
		if (model_request(&r->m[i], r->e,
		    engine ? r->mb[i] : NULL) == -1)
			return (-1);
	}
	if (!engine)
		return (0);
	if (engine_commit(r->e) == -1)
		return (-1);
	for (n = 0; engine_work(r->e) && n < 4; n++)
		;
	engine_synced(r->e);
	return (0);
}

static void
rig_run(struct rig *r, unsigned int n)
{
	while (n-- > 0)
		ATF_REQUIRE_EQ(0, rig_commit(r, 1));
}

static void
shell(const char *command)
{
	ATF_REQUIRE_EQ(0, system(command));
}

/* Calls back for each regular file under a directory. */
static void
each_file(const char *dir, void (*fn)(const char *, void *), void *arg)
{
	struct dirent *de;
	struct stat st;
	char path[1024];
	DIR *d;

	ATF_REQUIRE((d = opendir(dir)) != NULL);
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		ATF_REQUIRE_EQ(0, lstat(path, &st));
		if (S_ISDIR(st.st_mode))
			each_file(path, fn, arg);
		else
			fn(path, arg);
	}
	closedir(d);
}

/* How far a child got, seen by its parent. */
struct progress {
	_Atomic uint32_t	acked;
	_Atomic uint32_t	recovered;
};

/*
 * Recovers, compares with the models after as many commits as were answered,
 * or one more, and goes on until it is killed.
 */
static void
victim(struct progress *p, uint64_t seed, int first)
{
	struct rig r;
	uint32_t acked, i;

	compact_slack = compact_history = 16;
	rig_init(&r, seed);
	acked = atomic_load(&p->acked);
	for (i = 0; i < acked; i++)
		ATF_REQUIRE_EQ(0, rig_commit(&r, 0));
	r.e = start(0);
	if (first)
		rig_create(&r);
	else
		rig_open(&r);
	for (i = 0; i < BOXES; i++)
		if (r.m[i].highestmodseq != mailbox_highestmodseq(r.mb[i]) ||
		    r.m[i].uidnext != mailbox_uidnext(r.mb[i]))
			break;
	/* Requests without a number would not show: compare all. */
	if (i < BOXES || model_verify(&r.m[0], mailbox_table(r.mb[0])) +
	    model_verify(&r.m[1], mailbox_table(r.mb[1])) +
	    model_verify(&r.m[2], mailbox_table(r.mb[2])) > 0) {
		ATF_REQUIRE_EQ(0, rig_commit(&r, 0));
		acked++;
	}
	rig_verify(&r);
	atomic_store(&p->acked, acked);
	atomic_store(&p->recovered, 1);
	for (;;) {
		ATF_REQUIRE_EQ(0, rig_commit(&r, 1));
		atomic_fetch_add(&p->acked, 1);
	}
}

ATF_TC(killed);
ATF_TC_HEAD(killed, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what was answered is there after a kill at any time");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(killed, tc)
{
	struct progress *p;
	struct timespec ts = { 0, 0 };
	unsigned int i;
	pid_t pid;
	int status;

	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	for (i = 0; i < 30; i++) {
		atomic_store(&p->recovered, 0);
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			victim(p, 7, i == 0);
			_exit(0);
		}
		/* Every third dies somewhere in its start. */
		while (atomic_load(&p->recovered) == 0 && (i == 0 || i % 3) &&
		    waitpid(pid, &status, WNOHANG) == 0) {
			ts.tv_nsec = 1000000;
			nanosleep(&ts, NULL);
		}
		ts.tv_nsec = (long)(arc4random_uniform(40) * 1000000 +
		    arc4random_uniform(1000000));
		if (i % 3 == 0 && i > 0)
			ts.tv_nsec /= 4;
		nanosleep(&ts, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		ATF_REQUIRE_MSG(WIFSIGNALED(status), "round %u failed", i);
	}
	printf("%u commits\n", atomic_load(&p->acked));
	ATF_REQUIRE(atomic_load(&p->acked) > 0);
}

/* Replaces pages of a table by what the disk had at the last sync. */
static void
lose_pages(const char *path, void *arg)
{
	char old[1100], page[PAGE];
	struct model *random = arg;
	struct stat st;
	off_t off;
	int fd, was;

	ATF_REQUIRE_EQ(0, strncmp(path, "d/", 2));
	snprintf(old, sizeof(old), "synced/%s", path + 2);
	if (strstr(path, "/root") == NULL || strlen(path) < 60)
		return;
	ATF_REQUIRE((fd = open(path, O_RDWR)) != -1);
	was = open(old, O_RDONLY);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	for (off = 0; off < st.st_size; off += PAGE) {
		if (model_random(random, 2) == 0)
			continue;
		memset(page, 0, sizeof(page));
		if (was != -1 && pread(was, page, sizeof(page), off) == -1)
			atf_tc_fail("read");
		if (off == 0 && was == -1)
			continue;
		ATF_REQUIRE(pwrite(fd, page, st.st_size - off < PAGE ?
		    (size_t)(st.st_size - off) : PAGE, off) > 0);
	}
	close(fd);
	if (was != -1)
		close(was);
}

ATF_TC(power_cut);
ATF_TC_HEAD(power_cut, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "any mix of pages since the last sync is repaired");
}
ATF_TC_BODY(power_cut, tc)
{
	struct model random;
	struct rig r;
	unsigned int round;
	pid_t pid;
	int status;

	model_init(&random, 99);
	compact_slack = compact_history = 16;
	rig_init(&r, 11);
	r.e = start(0);
	rig_create(&r);
	rig_run(&r, 100);
	engine_close(r.e);
	for (round = 0; round < 20; round++) {
		shell("rm -rf synced; cp -R d synced");
		fflush(NULL);
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			lazy();
			r.e = start(0);
			rig_open(&r);
			rig_run(&r, 30);
			_exit(42);
		}
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
		for (status = 0; status < 30; status++)
			ATF_REQUIRE_EQ(0, rig_commit(&r, 0));
		each_file("d", lose_pages, &random);
		r.e = start(0);
		rig_open(&r);
		rig_verify(&r);
		engine_close(r.e);
	}
}

static void
find_last(const char *path, void *arg)
{
	char *best = arg;
	const char *n = strrchr(path, '/') + 1;

	if (*n >= '0' && *n <= '9' && (*best == '\0' ||
	    atoll(n) > atoll(strrchr(best, '/') + 1)))
		strlcpy(best, path, 1024);
}

/* The newest segment, and where its batches end. */
static off_t
last_segment(char *path, size_t size)
{
	struct batch_head h;
	off_t off = JOURNAL_START;
	uint64_t seed = 0;
	int fd;

	ATF_REQUIRE(size >= 1024);
	path[0] = '\0';
	each_file("d/journal", find_last, path);
	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	while (pread(fd, &h, sizeof(h), off) == (ssize_t)sizeof(h) &&
	    h.magic == JOURNAL_BATCH && (seed == 0 || seed == h.seed)) {
		seed = h.seed;
		off += (off_t)h.len;
	}
	close(fd);
	return (off);
}

/* Loses what a segment has from off on; other octets are there instead. */
static void
cut(const char *path, off_t off)
{
	static char other[SMALL];
	int fd;

	memset(other, 0xa5, sizeof(other));
	ATF_REQUIRE((fd = open(path, O_WRONLY)) != -1);
	ATF_REQUIRE(pwrite(fd, other, SMALL - (size_t)off, off) ==
	    SMALL - off);
	close(fd);
}

ATF_TC(torn);
ATF_TC_HEAD(torn, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a log cut anywhere gives the batches before that, whole");
}
ATF_TC_BODY(torn, tc)
{
	struct rig r, at[4];
	struct engine *e;
	char path[1024];
	off_t end[4], off;
	unsigned int i, k;
	pid_t pid;
	int status;

	memset(at, 0, sizeof(at));
	compact_slack = 1 << 30;
	rig_init(&r, 3);
	r.e = start(0);
	rig_create(&r);
	rig_run(&r, 3);
	engine_close(r.e);
	shell("cp -R d tables");
	for (i = 0; i < 4; i++) {
		fflush(NULL);
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			shell("rm -rf d; cp -R tables d");
			r.e = start(0);
			rig_open(&r);
			rig_run(&r, i);
			shell("rm -rf d/roots; cp -R tables/roots d/roots;"
			    "rm -rf log; cp -R d log");
			_exit(42);
		}
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
		shell("rm -rf d; cp -R log d");
		end[i] = last_segment(path, sizeof(path));
		for (k = 0; k < BOXES; k++)
			model_copy(&at[i].m[k], &r.m[k]);
		at[i].driver = r.driver;
		for (k = 0; k < i; k++)
			ATF_REQUIRE_EQ(0, rig_commit(&at[i], 0));
	}
	for (off = end[0]; off <= end[3]; off += 136) {
		shell("rm -rf d; cp -R log d");
		last_segment(path, sizeof(path));
		cut(path, off);
		for (k = 3; off < end[k]; k--)
			;
		e = start(0);
		at[k].e = e;
		rig_open(&at[k]);
		rig_verify(&at[k]);
		for (i = 0; i < BOXES; i++)
			mailbox_close(at[k].mb[i]);
		engine_close(e);
	}
}

ATF_TC(damaged_log);
ATF_TC_HEAD(damaged_log, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "where a batch that was durable is not readable no table is "
	    "believed");
}
ATF_TC_BODY(damaged_log, tc)
{
	/* In the middle of the second batch, and the segment's head. */
	static const off_t at[] = { JOURNAL_START + 180, 17 };
	uint8_t id[TABLE_IDLEN];
	struct rig r;
	char path[1024], c;
	unsigned int i, k;
	pid_t pid;
	int fd, status;

	rig_init(&r, 5);
	fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		r.e = start(0);
		rig_create(&r);
		rig_run(&r, 10);
		_exit(42);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	shell("cp -a d whole");
	for (k = 0; k < 2; k++) {
		last_segment(path, sizeof(path));
		ATF_REQUIRE((fd = open(path, O_RDWR)) != -1);
		ATF_REQUIRE_EQ(1, pread(fd, &c, 1, at[k]));
		c ^= 4;
		ATF_REQUIRE_EQ(1, pwrite(fd, &c, 1, at[k]));
		close(fd);
		r.e = start(0);
		for (i = 0; i < BOXES; i++) {
			make(id, i);
			r.mb[i] = mailbox_open(r.e, 1000, ROOT, id);
			/* Without its head all batches are there. */
			ATF_REQUIRE_EQ(k == 1, r.mb[i] != NULL);
			if (k == 0)
				ATF_REQUIRE_EQ(EBADMSG, errno);
			mailbox_close(r.mb[i]);
		}
		engine_close(r.e);
		/* The log whole again, all is well. */
		shell("rm -rf d && cp -a whole d");
	}
	for (fd = 0; fd < 10; fd++)
		ATF_REQUIRE_EQ(0, rig_commit(&r, 0));
	r.e = start(0);
	rig_open(&r);
	rig_verify(&r);
	rig_close(&r);
}

ATF_TC(disk_full);
ATF_TC_HEAD(disk_full, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a commit that fails leaves nothing, and numbers are not reused");
}
ATF_TC_BODY(disk_full, tc)
{
	struct rlimit rl, old;
	struct rig r;
	struct row row = { .size = 1 };
	uint64_t modseq = 0, before;
	uint32_t uid;
	unsigned int failed = 0, i;

	signal(SIGXFSZ, SIG_IGN);
	rig_init(&r, 5);
	r.e = start(0);
	rig_create(&r);
	rig_run(&r, 5);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &old));
	rl = old;
	/* No file may grow, and a new segment cannot be made. */
	rl.rlim_cur = JOURNAL_START;
	before = mailbox_highestmodseq(r.mb[0]);
	uid = mailbox_uidnext(r.mb[0]);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(0, mailbox_next_modseq(r.mb[0], &modseq));
		row.modseq = modseq;
		row.uid = 0;
		ATF_REQUIRE_EQ(0, mailbox_append(r.mb[0], &row, "n"));
		if (engine_commit(r.e) == -1)
			failed++;
		ATF_REQUIRE_EQ(before, mailbox_highestmodseq(r.mb[0]));
	}
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &old));
	ATF_REQUIRE_EQ(3, failed);
	ATF_REQUIRE_EQ(before + 3, modseq);
	/* The rest goes on, above the numbers that were lost. */
	ATF_REQUIRE_EQ(0, mailbox_next_modseq(r.mb[0], &modseq));
	ATF_REQUIRE_EQ(before + 4, modseq);
	row.modseq = modseq;
	row.uid = 0;
	ATF_REQUIRE_EQ(0, mailbox_append(r.mb[0], &row, "n"));
	ATF_REQUIRE_EQ(uid + 3, row.uid);
	ATF_REQUIRE_EQ(0, engine_commit(r.e));
	ATF_REQUIRE_EQ(0, mailbox_check(r.mb[0], complain, NULL));
	ATF_REQUIRE_EQ(0, model_verify(&r.m[1], mailbox_table(r.mb[1])));
	rig_close(&r);
	r.e = start(0);
	rig_open(&r);
	ATF_REQUIRE_EQ(before + 4, mailbox_highestmodseq(r.mb[0]));
	ATF_REQUIRE_EQ(uid + 4, mailbox_uidnext(r.mb[0]));
	rig_close(&r);
}

ATF_TC_WITHOUT_HEAD(interval);
ATF_TC_BODY(interval, tc)
{
	struct rig r;
	pid_t pid;
	int i, status;

	rig_init(&r, 5);
	fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		/* Longer than the run takes, however busy the machine. */
		r.e = start(60000);
		rig_create(&r);
		rig_run(&r, 200);
		/* It is visible, and wants a sync. */
		rig_verify(&r);
		if (engine_timeout(r.e) < 0)
			_exit(1);
		_exit(42);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	/* A kill alone loses nothing. */
	for (i = 0; i < 200; i++)
		ATF_REQUIRE_EQ(0, rig_commit(&r, 0));
	r.e = start(20);
	rig_open(&r);
	rig_verify(&r);
	rig_close(&r);
}

ATF_TC(outrun);
ATF_TC_HEAD(outrun, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "tables that outran a log with an interval become consistent");
}
ATF_TC_BODY(outrun, tc)
{
	struct rig r;
	char path[1024];
	off_t end;
	uint64_t before[BOXES];
	unsigned int i, round;
	pid_t pid;
	int status;

	lazy();
	rig_init(&r, 21);
	r.e = start(0);
	rig_create(&r);
	rig_run(&r, 20);
	engine_close(r.e);
	shell("cp -R d begin");
	for (round = 0; round < 12; round++) {
		shell("rm -rf d; cp -R begin d");
		fflush(NULL);
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			r.e = start(60000);
			rig_open(&r);
			rig_run(&r, 20);
			_exit(42);
		}
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
		end = last_segment(path, sizeof(path));
		end = JOURNAL_START + 200 + (end - JOURNAL_START - 200) *
		    (off_t)round / 12 / 8 * 8;
		ATF_REQUIRE_EQ(0, truncate(path, end));
		r.e = start(0);
		rig_open(&r);
		for (i = 0; i < BOXES; i++) {
			before[i] = mailbox_highestmodseq(r.mb[i]);
			ATF_REQUIRE_EQ(0, mailbox_check(r.mb[i], complain,
			    NULL));
			ATF_REQUIRE(before[i] >= r.m[i].highestmodseq);
			mailbox_close(r.mb[i]);
		}
		engine_close(r.e);
	}
}

/* Counts notes and keeps the last one. */
struct seen {
	unsigned int	n;
	uint64_t	number;
	char		data[16];
};

static void
see(void *arg, const struct note *n)
{
	struct seen *s = arg;

	s->n++;
	s->number = n->number;
	memcpy(s->data, n->data, n->len < 16 ? n->len : 16);
}

ATF_TC_WITHOUT_HEAD(notes);
ATF_TC_BODY(notes, tc)
{
	struct engine_conf conf = { .directory = "d" };
	struct note n = { .kind = 2, .data = "first", .len = 6 };
	struct seen s = { 0 };
	struct engine_stats st;
	struct rig r;
	pid_t pid;
	int status;

	fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		rig_init(&r, 5);
		r.e = start(0);
		rig_create(&r);
		n.number = 1;
		ATF_REQUIRE_EQ(0, engine_note(r.e, &n));
		n.number = 2;
		ATF_REQUIRE_EQ(0, engine_note(r.e, &n));
		ATF_REQUIRE_EQ(0, engine_commit(r.e));
		/* Replaced, ended, and one taken back. */
		n.data = "second";
		n.len = 7;
		ATF_REQUIRE_EQ(0, engine_note(r.e, &n));
		n.number = 1;
		n.len = 0;
		ATF_REQUIRE_EQ(0, engine_note(r.e, &n));
		n.number = 3;
		n.len = 7;
		status = (int)engine_mark(r.e);
		ATF_REQUIRE_EQ(0, engine_note(r.e, &n));
		engine_rollback(r.e, (size_t)status);
		/* Over many segments. */
		do {
			rig_run(&r, 50);
			engine_stats(r.e, &st);
		} while (st.bytes < 20 * SMALL);
		_exit(42);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	journal_segment_size = SMALL;
	r.e = engine_open(&conf, see, &s);
	ATF_REQUIRE(r.e != NULL);
	ATF_REQUIRE_EQ(1, s.n);
	ATF_REQUIRE_EQ(2, s.number);
	ATF_REQUIRE_STREQ("second", s.data);
	engine_stats(r.e, &st);
	ATF_REQUIRE(st.segments < 4);
	engine_close(r.e);
}

/* Adds up their numbers. */
static void
see_numbers(void *arg, const struct note *n)
{
	unsigned int *sum = arg;

	*sum += n->number;
}

ATF_TC(fleeting);
ATF_TC_HEAD(fleeting, tc)
{
	atf_tc_set_md_var(tc, "descr", "a batch of fleeting notes is not "
	    "synced at once, and there after a crash; any other is, with them");
}
ATF_TC_BODY(fleeting, tc)
{
	struct engine_conf conf = { .directory = "d" };
	struct note n = { .kind = 2, .data = "note", .len = 5 };
	struct engine_stats st;
	struct engine *e;
	unsigned int sum = 0;
	uint64_t syncs;
	pid_t pid;
	int status;

	fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		e = start(0);
		engine_stats(e, &st);
		syncs = st.syncs;
		n.number = 1;
		n.fleeting = 1;
		ATF_REQUIRE_EQ(0, engine_note(e, &n));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		engine_stats(e, &st);
		ATF_REQUIRE_EQ(syncs, st.syncs);
		ATF_REQUIRE(engine_timeout(e) > 0);
		ATF_REQUIRE(engine_timeout(e) <= 1000);
		n.number = 10;
		ATF_REQUIRE_EQ(0, engine_note(e, &n));
		n.number = 100;
		n.fleeting = 0;
		ATF_REQUIRE_EQ(0, engine_note(e, &n));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		engine_stats(e, &st);
		ATF_REQUIRE_EQ(syncs + 1, st.syncs);
		ATF_REQUIRE_EQ(-1, engine_timeout(e));
		n.number = 1000;
		n.fleeting = 1;
		ATF_REQUIRE_EQ(0, engine_note(e, &n));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		_exit(42);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	ATF_REQUIRE((e = engine_open(&conf, see_numbers, &sum)) != NULL);
	ATF_REQUIRE_EQ(1111, sum);
	engine_close(e);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, killed);
	ATF_TP_ADD_TC(tp, power_cut);
	ATF_TP_ADD_TC(tp, torn);
	ATF_TP_ADD_TC(tp, damaged_log);
	ATF_TP_ADD_TC(tp, disk_full);
	ATF_TP_ADD_TC(tp, interval);
	ATF_TP_ADD_TC(tp, outrun);
	ATF_TP_ADD_TC(tp, notes);
	ATF_TP_ADD_TC(tp, fleeting);
	return (atf_no_error());
}
