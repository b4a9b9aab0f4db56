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
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "indexd/compact.h"
#include "indexd/store.h"
#include "tests/lib/model.h"
#include "tests/powercut/disk.h"
#include "tests/powercut/recorder.h"

/*
 * The storage engine alone, driven with random requests beside a naive model.
 * From each of many states that a power cut may leave it must come back to
 * what the model was when the last commit was through, or one commit later;
 * and so it must if the power fails again while it does.
 */

#define ROOT		"/home/u/Maildir"
#define COMMITS		250
#define STATES		400		/* of the short form */
#define AGAIN		4		/* one in so many is cut twice */

static const uint8_t id[TABLE_IDLEN] = { 1, 2, 3 };

/* What was answered when the log was that long. */
struct told {
	uint64_t	 at;
	struct model	 m;
};

struct run {
	struct told	*told;
	size_t		 n;
	size_t		 states;
	size_t		 damaged;
	uint64_t	 seed;
	unsigned int	 interval;	/* ms between syncs; 0: each commit */
	struct event_log *log;
};

static struct engine *start(const struct run *, const char *);
static void	tell(struct run *, const struct model *);
static void	work(struct engine *);
static void	drive(struct run *);
static void	complain(void *, const char *);
static int	fits(const struct model *, struct mailbox *);
static void	check(struct run *, const char *, size_t);
static void	again(struct run *, const char *, size_t, uint64_t);
static void	one_state(struct run *, const struct disk *, uint64_t, size_t);
static void	replay(struct run *, struct disk *, size_t, time_t);
static size_t	run(uint64_t, unsigned int, size_t, time_t);
static void	runs(unsigned int);

static struct engine *
start(const struct run *r, const char *dir)
{
	struct engine_conf conf = { .directory = dir,
	    .interval = r->interval };

	return (engine_open(&conf, NULL, NULL));
}

static void
tell(struct run *r, const struct model *m)
{
	struct told *t;

	r->told = reallocarray(r->told, r->n + 1, sizeof(*r->told));
	ATF_REQUIRE(r->told != NULL);
	t = &r->told[r->n++];
	memset(t, 0, sizeof(*t));
	t->at = recorder_end();
	model_copy(&t->m, m);
}

static void
work(struct engine *e)
{
	unsigned int i;

	for (i = 0; engine_work(e) && i < 4; i++)
		engine_synced(e);
	engine_synced(e);
}

/* All that is recorded. */
static void
drive(struct run *r)
{
	struct engine *e;
	struct mailbox *mb;
	struct model m;
	unsigned int i, k;

	ATF_REQUIRE((e = start(r, "d")) != NULL);
	mb = mailbox_create(e, 1000, ROOT, id, "INBOX", 7, 0, 0);
	ATF_REQUIRE(mb != NULL);
	ATF_REQUIRE_EQ(0, mailbox_set_floor(mb, 1U << 30, 1U << 30));
	ATF_REQUIRE_EQ(0, engine_commit(e));
	model_init(&m, r->seed);
	tell(r, &m);
	for (i = 0; i < COMMITS; i++) {
		for (k = 1 + model_random(&m, 3); k > 0; k--)
			ATF_REQUIRE_EQ(0, model_request(&m, e, mb));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		if (!journal_unsynced(e->journal))
			tell(r, &m);
		if (model_random(&m, 3) > 0)
			work(e);
		if (r->interval != 0 && !journal_unsynced(e->journal))
			tell(r, &m);
		if (i % 50 == 49) {
			mailbox_close(mb);
			engine_close(e);
			ATF_REQUIRE((e = start(r, "d")) != NULL);
			mb = mailbox_open(e, 1000, ROOT, id);
			ATF_REQUIRE(mb != NULL);
		}
	}
	mailbox_close(mb);
	engine_close(e);
	model_free(&m);
}

static void
complain(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

static int
fits(const struct model *m, struct mailbox *mb)
{
	return (model_verify(m, mailbox_table(mb)) == 0 &&
	    mailbox_check(mb, complain, NULL) == 0);
}

/*
 * With an interval what was not synced may be lost, or be there in part: but
 * the table is whole, or known to be damaged, and no number that was durable
 * comes again.
 */
static void
check_interval(struct run *r, struct mailbox *mb, size_t told)
{
	const struct model *m = &r->told[told - 1].m;

	/* A name may have been torn: that is met when it is read. */
	if (mailbox_check(mb, complain, NULL) > 0)
		r->damaged++;
	ATF_REQUIRE(mailbox_highestmodseq(mb) >= m->highestmodseq);
	ATF_REQUIRE(mailbox_uidnext(mb) >= m->uidnext);
}

/*
 * Starts on a directory.  told of the answers had been given: no less, and
 * one more at most, is there; and it works on from there.
 */
static void
check(struct run *r, const char *dir, size_t told)
{
	struct engine *e;
	struct mailbox *mb;
	struct model m = { 0 };
	unsigned int i;

	if ((e = start(r, dir)) == NULL)
		atf_tc_fail("the engine does not start: %s", strerror(errno));
	mb = mailbox_open(e, 1000, ROOT, id);
	if (mb == NULL && r->interval != 0 && errno == EBADMSG) {
		/* A torn row: it is made anew of what is sound. */
		r->damaged++;
		engine_close(e);
		return;
	}
	if (mb == NULL && told > 0)
		atf_tc_fail("no table: %s", strerror(errno));
	if (mb == NULL || (told == 0 && mailbox_highestmodseq(mb) == 1)) {
		mailbox_close(mb);
		engine_close(e);
		return;
	}
	if (r->interval != 0) {
		if (told > 0)
			check_interval(r, mb, told);
		mailbox_close(mb);
		engine_close(e);
		return;
	}
	if (told > 0 && fits(&r->told[told - 1].m, mb))
		model_copy(&m, &r->told[told - 1].m);
	else if (told < r->n && fits(&r->told[told].m, mb))
		model_copy(&m, &r->told[told].m);
	else
		atf_tc_fail("neither state %zu nor the next one", told);
	m.random = told;
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE_EQ(0, model_request(&m, e, mb));
		ATF_REQUIRE_EQ(0, engine_commit(e));
		work(e);
	}
	if (!fits(&m, mb))
		atf_tc_fail("it does not work on from state %zu", told);
	mailbox_close(mb);
	engine_close(e);
	model_free(&m);
}

/* The power fails again, somewhere in the recovery. */
static void
again(struct run *r, const char *dir, size_t told, uint64_t seed)
{
	const struct event *rec;
	struct engine *e;
	struct disk *d;
	uint64_t at, cut;

	ATF_REQUIRE((d = disk_new(dir)) != NULL);
	recorder_on(1);
	at = recorder_end();
	e = start(r, dir);
	cut = at + seed % (recorder_end() - at + 1);
	recorder_on(0);
	if (e == NULL)
		atf_tc_fail("the engine does not start: %s", strerror(errno));
	engine_close(e);
	for (; at < cut; at += rec->len) {
		rec = (const void *)((const char *)r->log + at);
		disk_event(d, rec);
	}
	disk_remove("state");
	disk_remove("again");
	disk_build(d, "again", seed);
	disk_free(d);
	check(r, "again", told);
}

static void
one_state(struct run *r, const struct disk *d, uint64_t seed, size_t told)
{
	disk_remove("state");
	disk_build(d, "state", seed);
	r->states++;
	if (seed % AGAIN == 0)
		again(r, "state", told, seed / AGAIN);
	else
		check(r, "state", told);
}

/* Goes through the log and stops, here and there, to try some states. */
static void
replay(struct run *r, struct disk *d, size_t states, time_t until)
{
	const struct event *rec;
	struct model random;
	uint64_t at, end = recorder_end(), n, every;
	size_t told = 0;

	for (n = 0, at = RECORDER_START; at < end; at += rec->len, n++)
		rec = (const void *)((const char *)r->log + at);
	every = n / states + 1;
	model_init(&random, r->seed);
	for (at = RECORDER_START; at < end; at += rec->len) {
		rec = (const void *)((const char *)r->log + at);
		disk_event(d, rec);
		while (told < r->n && r->told[told].at <= at + rec->len)
			told++;
		if (model_random(&random, (uint32_t)every) > 0)
			continue;
		one_state(r, d, (uint64_t)model_random(&random, UINT32_MAX) *
		    2 + model_random(&random, 2), told);
		if (until != 0 && time(NULL) >= until)
			break;
	}
}

/* One recording, and about so many states, or until then.  How many. */
static size_t
run(uint64_t seed, unsigned int interval, size_t states, time_t until)
{
	struct run r = { .seed = seed, .interval = interval };
	struct disk *d;
	size_t i;

	compact_slack = compact_history = 16;
	journal_segment_size = 65536;
	disk_remove("d");
	ATF_REQUIRE_EQ(0, mkdir("d", 0700));
	if ((r.log = recorder_make("log")) == NULL)
		atf_tc_skip("nothing can be recorded here");
	ATF_REQUIRE((d = disk_new("d")) != NULL);
	recorder_on(1);
	drive(&r);
	recorder_on(0);
	replay(&r, d, states, until);
	disk_free(d);
	for (i = 0; i < r.n; i++)
		model_free(&r.told[i].m);
	free(r.told);
	printf("seed %" PRIu64 ": %zu states, %zu damaged\n", seed, r.states,
	    r.damaged);
	ATF_CHECK(r.damaged <= r.states / 4);
	(void)fflush(stdout);
	return (r.states);
}

static void
runs(unsigned int interval)
{
	const char *seconds = getenv("HIGHWATER_SECONDS");
	const char *seed = getenv("SEED");
	uint64_t n = seed == NULL ? 1 : strtoull(seed, NULL, 10);
	time_t until = 0;

	if (seconds != NULL)
		until = time(NULL) + strtol(seconds, NULL, 10);
	do
		run(n++, interval, STATES, until);
	while (time(NULL) < until);
}

ATF_TC(engine);
ATF_TC_HEAD(engine, tc)
{
	atf_tc_set_md_var(tc, "descr", "the power fails at many points of "
	    "random requests: the engine comes back to what was answered");
	atf_tc_set_md_var(tc, "timeout", "36000");
}
ATF_TC_BODY(engine, tc)
{
	runs(0);
}

ATF_TC(interval);
ATF_TC_HEAD(interval, tc)
{
	atf_tc_set_md_var(tc, "descr", "the power fails with a commit "
	    "interval: the engine comes back to something whole");
	atf_tc_set_md_var(tc, "timeout", "36000");
}
ATF_TC_BODY(interval, tc)
{
	runs(5);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, engine);
	ATF_TP_ADD_TC(tp, interval);
	return (atf_no_error());
}
