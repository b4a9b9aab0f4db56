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
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/powercut/disk.h"
#include "tests/powercut/recorder.h"
#include "tests/powercut/play.h"
#include "tests/powercut/verify.h"

/*
 * Both daemons, recorded while a client changes mailboxes in every way; then
 * started on what a power cut may leave at many points of that, and some again
 * on what another one leaves then.
 */

#define STEPS	50	/* that are recorded */
#define STATES	250	/* of the short form */
#define TWICE	4	/* one in so many is cut again */
#define SHORT	30	/* seconds that it takes, at most */

static int	late(uint64_t, uint64_t, time_t, time_t);
static void	build(const struct disk *, uint64_t);
static void	happen(struct disk *, const struct play *, uint64_t, uint64_t);
static const struct shot *earlier(struct play *, uint64_t);
static void	try(struct play *, uint64_t, int, uint64_t);
static void	run(const atf_tc_t *, uint64_t, size_t, time_t);

/* Whether less of the log than of the time is left. */
static int
late(uint64_t at, uint64_t end, time_t start, time_t until)
{
	time_t now = time(NULL);

	return (now >= until || (double)(now - start) / (double)(until -
	    start) > (double)at / (double)end);
}

/* In a directory that holds one of the states. */
static void
build(const struct disk *d, uint64_t seed)
{
	ATF_REQUIRE_EQ(0, chdir(".."));
	disk_remove("box");
	disk_build(d, "box", seed);
	ATF_REQUIRE_EQ(0, chdir("box"));
}

/* The events from one length of the log to another happen to a disk. */
static void
happen(struct disk *d, const struct play *pl, uint64_t at, uint64_t to)
{
	const struct event *e;

	for (; at < to; at += e->len) {
		e = (const void *)((const char *)pl->log + at);
		disk_event(d, e);
	}
}

/* One of the steps that the client was told of whole. */
static const struct shot *
earlier(struct play *pl, uint64_t cut)
{
	size_t n;

	for (n = 0; n + 1 < pl->n && pl->step[n + 1].seen <= cut; n++)
		;
	if (n == 0)
		return (NULL);
	return (&pl->step[1 + play_draw(pl, (unsigned int)n)].after);
}

/* The state that is here; and it may be cut again. */
static void
try(struct play *pl, uint64_t cut, int twice, uint64_t seed)
{
	struct knows k;
	struct disk *d;
	struct shot now, then;
	uint64_t at, begin, end, told;

	play_knows(pl, cut, &k);
	if (!twice) {
		verify(pl, &k, earlier(pl, cut), &now, &told);
		shot_free(&now);
		return;
	}
	ATF_REQUIRE((d = disk_new(".")) != NULL);
	ATF_REQUIRE_EQ(0, setenv(RECORDER_ENV, "../log", 1));
	begin = recorder_end();
	verify(pl, &k, earlier(pl, cut), &now, &told);
	end = recorder_end();
	ATF_REQUIRE_EQ(0, unsetenv(RECORDER_ENV));
	at = begin + seed % (end - begin);
	for (cut = begin; cut < at;)
		cut += ((const struct event *)(const void *)
		    ((const char *)pl->log + cut))->len;
	happen(d, pl, begin, cut);
	build(d, seed);
	disk_free(d);
	if (cut >= told)
		k.lo = k.hi = k.seen = &now;
	verify(pl, &k, NULL, &then, &told);
	shot_free(&then);
	shot_free(&now);
}

/* One recording, and about so many states, or until then. */
static void
run(const atf_tc_t *tc, uint64_t seed, size_t states, time_t until)
{
	const struct event *e;
	struct play pl;
	uint64_t at, end, every;
	size_t n = 0, tried = 0;
	time_t start;

	disk_remove("box");
	ATF_REQUIRE_EQ(0, mkdir("box", 0700));
	ATF_REQUIRE_EQ(0, chdir("box"));
	play_record(&pl, tc, seed, STEPS);
	end = recorder_end();
	for (at = RECORDER_START; at < end; at += e->len, n++)
		e = (const void *)((const char *)pl.log + at);
	every = n / states + 1;
	printf("seed %" PRIu64 ": %zu events\n", seed, n);
	start = time(NULL);
	for (at = RECORDER_START; at < end; at += e->len) {
		e = (const void *)((const char *)pl.log + at);
		disk_event(pl.disk, e);
		if (play_draw(&pl, (unsigned int)every) > 0 ||
		    late(at, end, start, until))
			continue;
		build(pl.disk, (uint64_t)play_draw(&pl, INT32_MAX) << 16 |
		    tried);
		tried++;
		try(&pl, at + e->len, tried % TWICE == 0,
		    (uint64_t)play_draw(&pl, INT32_MAX));
	}
	play_free(&pl);
	ATF_REQUIRE_EQ(0, chdir(".."));
	printf("seed %" PRIu64 ": %zu states\n", seed, tried);
	(void)fflush(stdout);
}

ATF_TC(daemons);
ATF_TC_HEAD(daemons, tc)
{
	atf_tc_set_md_var(tc, "descr", "the power fails at many points of "
	    "each changing command: what the client was told holds");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "36000");
}
ATF_TC_BODY(daemons, tc)
{
	const char *seconds = getenv("HIGHWATER_SECONDS");
	const char *seed = getenv("SEED");
	uint64_t n = seed == NULL ? 1 : strtoull(seed, NULL, 10);
	time_t until;

	until = time(NULL) + (seconds == NULL ? SHORT :
	    strtol(seconds, NULL, 10));
	do
		run(tc, n++, STATES, until);
	while (seconds != NULL && time(NULL) < until);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, daemons);
	return (atf_no_error());
}
