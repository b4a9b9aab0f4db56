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

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"
#include "tests/order/check.h"
#include "tests/order/follow.h"
#include "tests/order/workload.h"

/*
 * Many processes on two mailboxes; what each saw is recorded, and the checker
 * looks for one order that explains it all.  The seed of a run that fails is
 * printed, and its history kept.
 */

#define WORKERS		8
#define MEDDLERS	2
#define FOLLOWER	(WORKERS + MEDDLERS)	/* process numbers */
#define PARENT		(FOLLOWER + 1)
#define SETTLE_TRIES	300
#define SETTLE_PAUSE	UINT64_C(100000000)	/* ns */
#define KILL_PAUSE	700000000	/* ns, at most, between two kills */

struct run {
	struct daemons	 d;
	struct work	 w;
	struct recorder	 rec;
	struct dice	 dice;
	pid_t		 worker[WORKERS];
	pid_t		 meddler[MEDDLERS];
	pid_t		 follower;
	int		 ready[2];	/* workers are through */
	int		 go[2];		/* closed: all is quiet */
	int		*stop;		/* shared with the follower */
};

static void
wait_for(pid_t pid, const char *what)
{
	int	 status;

	while (waitpid(pid, &status, 0) == -1)
		ATF_REQUIRE_EQ(EINTR, errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		atf_tc_fail("a %s ended with status %d", what, status);
}

/* Whether indexd is one with QRESYNC, as sessions tell. */
static int
prepare(struct run *r)
{
	struct imap	*im;
	int		 qresync;

	im = imap_open(&r->d);
	imap_command(im, "CREATE Other");
	imap_command(im, "CAPABILITY");
	qresync = strstr(im->in, "QRESYNC") != NULL;
	imap_command(im, "SELECT Other");
	imap_command(im, "SELECT INBOX");
	imap_close(im);
	return (qresync);
}

static void
child_worker(struct run *r, unsigned int proc)
{
	struct worker	 w;
	char		 c;

	(void)close(r->ready[0]);
	(void)close(r->go[1]);
	worker_start(&w, &r->w, proc);
	worker_run(&w);
	(void)close(r->ready[1]);
	while (read(r->go[0], &c, 1) == -1 && errno == EINTR)
		continue;
	worker_end(&w);
	_exit(0);
}

static void
start_children(struct run *r)
{
	struct recorder	 rec;
	unsigned int	 i;

	ATF_REQUIRE_EQ(0, pipe(r->ready));
	ATF_REQUIRE_EQ(0, pipe(r->go));
	r->stop = mmap(NULL, sizeof(*r->stop), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(r->stop != MAP_FAILED);
	ATF_REQUIRE((r->follower = fork()) != -1);
	if (r->follower == 0) {
		(void)close(r->ready[1]);
		(void)close(r->go[1]);
		record_open(&rec, ".", FOLLOWER);
		follow(&rec, r->stop);
		record_close(&rec);
		_exit(0);
	}
	for (i = 0; i < WORKERS; i++) {
		ATF_REQUIRE((r->worker[i] = fork()) != -1);
		if (r->worker[i] == 0)
			child_worker(r, i);
	}
	for (i = 0; r->w.meddle && i < MEDDLERS; i++) {
		ATF_REQUIRE((r->meddler[i] = fork()) != -1);
		if (r->meddler[i] == 0) {
			(void)close(r->ready[1]);
			(void)close(r->go[1]);
			meddler_run(&r->w, WORKERS + i);
			_exit(0);
		}
	}
	(void)close(r->ready[1]);
	(void)close(r->go[0]);
}

/* indexd goes and comes back, while all of them work. */
static void
kill_indexd(struct run *r)
{
	uint64_t	 pause;

	for (;;) {
		pause = 100000000 + dice(&r->dice, KILL_PAUSE);
		if (record_now() + pause > r->w.end)
			return;
		record_pause(pause);
		record(&r->rec, 'K', "indexd");
		(void)daemons_stop(&r->d, SIGKILL);
		daemons_indexd(&r->d);
	}
}

static int
compare_lines(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/* The lines of a file of "F" events, or of a mailbox, sorted. */
static int
same_lines(char **a, char **b, size_t na, size_t nb)
{
	size_t	 i;

	if (na != nb)
		return (0);
	qsort(a, na, sizeof(*a), compare_lines);
	qsort(b, nb, sizeof(*b), compare_lines);
	for (i = 0; i < na; i++)
		if (strcmp(a[i], b[i]) != 0)
			return (0);
	return (1);
}

/* Whether the folders' files say what the mailboxes say. */
static int
files_agree(struct run *r)
{
	struct recorder		 rec;
	struct history		 h = { 0 };
	struct imap_mailbox	 mb;
	struct imap		*im;
	char			**is, **should, text[F_TEXTLEN];
	size_t			 i, j, n = 0;
	int			 same;

	(void)unlink("files/history.0");
	record_open(&rec, "files", 0);
	work_files(&rec);
	record_close(&rec);
	ATF_REQUIRE_EQ(0, history_read(&h, "files/history.0"));
	is = calloc(h.n + 1, sizeof(*is));
	ATF_REQUIRE(is != NULL);
	for (i = 0; i < h.n; i++)
		is[i] = (char *)(uintptr_t)h.event[i].text;
	should = NULL;
	for (i = 0; i < WORK_BOXES; i++) {
		im = imap_open(&r->d);
		imap_snapshot(im, work_boxes[i], &mb);
		should = reallocarray(should, n + mb.n + 1, sizeof(*should));
		ATF_REQUIRE(should != NULL);
		for (j = 0; j < mb.n; j++)
			ATF_REQUIRE(asprintf(&should[n++], "%s %s %s",
			    work_boxes[i], mb.messages[j].subject,
			    bits_text(bits_parse(mb.messages[j].flags),
			    text)) != -1);
		imap_mailbox_free(&mb);
		imap_close(im);
	}
	same = same_lines(is, should, h.n, n);
	while (n > 0)
		free(should[--n]);
	free(should);
	free(is);
	history_free(&h);
	return (same);
}

/* Sessions that are left in peace bring the folders up to date; names in
 * flight of killed ones are given up after ten seconds. */
static void
settle(struct run *r)
{
	struct imap	*im;
	unsigned int	 tries, i;

	for (tries = 0; tries < SETTLE_TRIES; tries++) {
		im = imap_open(&r->d);
		for (i = 0; i < WORK_BOXES; i++)
			imap_command(im, "SELECT %s", work_boxes[i]);
		imap_close(im);
		if (files_agree(r))
			return;
		record_pause(SETTLE_PAUSE);
	}
	/* The checker will tell. */
}

/* A client that never saw the mailbox fetches it whole. */
static void
fetch_all(struct run *r)
{
	struct replica	 client;
	struct session	 s;
	unsigned int	 i;

	for (i = 0; i < WORK_BOXES; i++) {
		memset(&s, 0, sizeof(s));
		replica_init(&client);
		s.rec = &r->rec;
		s.client = &client;
		ATF_REQUIRE_EQ(0, session_open(&s, &r->d, work_boxes[i]));
		if (i == 0)
			(void)session_command(&s, "SELECT INBOX");
		else
			(void)session_command(&s, "SELECT Other");
		if (client.n > 0)
			(void)session_command(&s, "FETCH 1:* (UID FLAGS "
			    "MODSEQ BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
		session_close(&s);
		replica_free(&client);
		free(s.in);
	}
}

/* The history of the run is kept under a name that is told. */
static void
keep(const struct history *h, uint64_t seed)
{
	char	 path[64];
	FILE	*f;
	size_t	 i;
	int	 fd;

	(void)snprintf(path, sizeof(path), "/tmp/highwater-order.%" PRIu64
	    ".XXXXXX", seed);
	if ((fd = mkstemp(path)) == -1 || (f = fdopen(fd, "w")) == NULL)
		return;
	for (i = 0; i < h->n; i++)
		fprintf(f, "%" PRIu64 " %u %c %s\n", h->event[i].t,
		    h->event[i].proc, h->event[i].kind, h->event[i].text);
	(void)fclose(f);
	fprintf(stderr, "history: %s\n", path);
}

static void
check(uint64_t seed)
{
	struct history	 h = { 0 };
	struct report	 report = { 0 };
	uint64_t	 start;
	char		 path[64];
	unsigned int	 i;

	for (i = 0; i <= PARENT; i++) {
		(void)snprintf(path, sizeof(path), "history.%u", i);
		if (history_read(&h, path) == -1 && errno != ENOENT)
			atf_tc_fail("%s: %s", path, strerror(errno));
		(void)unlink(path);
	}
	history_sort(&h);
	start = record_now();
	history_check(&h, &report);
	fprintf(stderr, "seed %" PRIu64 ": %zu events, checked in %" PRIu64
	    " ms, %u faults\n", seed, h.n, (record_now() - start) / 1000000,
	    report.faults);
	for (i = 0; i < report.faults && i < REPORT_MAX; i++)
		fprintf(stderr, "%s\n", report.line[i]);
	if (report.faults > 0)
		keep(&h, seed);
	history_free(&h);
	if (report.faults > 0)
		atf_tc_fail("seed %" PRIu64 ": %s", seed, report.line[0]);
}

/* One run, in a directory of its own. */
static void
run(const atf_tc_t *tc, uint64_t seed, unsigned int ms, int meddle,
    int kill_daemons)
{
	struct run	 r;
	char		 dir[32], c;
	unsigned int	 i;

	fprintf(stderr, "seed %" PRIu64 "\n", seed);
	(void)snprintf(dir, sizeof(dir), "run.%" PRIu64, seed);
	ATF_REQUIRE(mkdir(dir, 0700) == 0 && chdir(dir) == 0);
	ATF_REQUIRE_EQ(0, mkdir("files", 0700));
	memset(&r, 0, sizeof(r));
	daemons_init(&r.d, tc, "");
	daemons_indexd(&r.d);
	r.w.d = &r.d;
	r.w.seed = seed;
	r.w.qresync = prepare(&r);
	r.w.kill = kill_daemons;
	r.w.meddle = meddle;
	r.w.end = record_now() + (uint64_t)ms * 1000000;
	dice_seed(&r.dice, seed, PARENT);
	start_children(&r);
	record_open(&r.rec, ".", PARENT);
	if (kill_daemons)
		kill_indexd(&r);
	while (read(r.ready[0], &c, 1) == -1 && errno == EINTR)
		continue;
	for (i = 0; meddle && i < MEDDLERS; i++)
		wait_for(r.meddler[i], "meddler");
	settle(&r);
	record(&r.rec, 'Q', "%s", "");
	(void)close(r.go[1]);
	fetch_all(&r);
	work_files(&r.rec);
	for (i = 0; i < WORKERS; i++)
		wait_for(r.worker[i], "worker");
	*r.stop = 1;
	wait_for(r.follower, "follower");
	record_close(&r.rec);
	(void)close(r.ready[0]);
	ATF_CHECK_EQ(0, daemons_stop(&r.d, SIGTERM));
	daemons_end(&r.d);
	check(seed);
	ATF_REQUIRE_EQ(0, chdir(".."));
}

/* A number from the environment, or the default. */
static uint64_t
setting(const char *name, uint64_t def)
{
	const char	*value = getenv(name);

	return (value == NULL ? def : strtoull(value, NULL, 10));
}

ATF_TC(sessions);
ATF_TC_HEAD(sessions, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 4, 5, 47, 51, 53: sessions "
	    "alone, in one order");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(sessions, tc)
{
	run(tc, 1, 1500, 0, 0);
	run(tc, 2, 1500, 0, 0);
}

ATF_TC(others);
ATF_TC_HEAD(others, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 8, 10, 65, 67: sessions and "
	    "other programs, in one order");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(others, tc)
{
	run(tc, 3, 1500, 1, 0);
	run(tc, 4, 1500, 1, 0);
}

ATF_TC(kills);
ATF_TC_HEAD(kills, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 5, 47, 70: the same while "
	    "imapd and indexd are killed");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(kills, tc)
{
	run(tc, 5, 2500, 0, 1);
	run(tc, 6, 2500, 1, 1);
}

ATF_TC(soak);
ATF_TC_HEAD(soak, tc)
{
	atf_tc_set_md_var(tc, "descr", "all of that for HIGHWATER_SECONDS, "
	    "from SEED or the time on");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "100000");
}
ATF_TC_BODY(soak, tc)
{
	uint64_t	 seed, end, seconds;

	if ((seconds = setting("HIGHWATER_SECONDS", 0)) == 0)
		atf_tc_skip("HIGHWATER_SECONDS says how long");
	seed = setting("SEED", (uint64_t)time(NULL));
	end = record_now() + seconds * 1000000000;
	while (record_now() < end) {
		run(tc, seed, 10000, seed % 4 > 0, seed % 2 == 1);
		seed++;
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sessions);
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, kills);
	ATF_TP_ADD_TC(tp, soak);
	return (atf_no_error());
}
