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


#include "tests/cache/rig.h"

/* Several sessions at once. */

#define WRITERS	4
#define ROUNDS	150
#define EACH	20		/* of a round, of a kind */

static int	reader(int);
static int	writer(int);

/* Single ones, in turn with the others', and some that all put. */
static int
writer(int n)
{
	struct cache *c = rig_again();
	uint32_t i, round, uid;

	for (round = 0; round < ROUNDS; round++) {
		cache_sync(c);
		for (i = 0; i < EACH; i++) {
			uid = (round * EACH + i) * WRITERS + (uint32_t)n + 1;
			rig_put(c, CACHE_ENVELOPE, uid);
			if (!rig_get(c, CACHE_FIELDS, round * EACH + i + 1))
				rig_put(c, CACHE_FIELDS, round * EACH + i + 1);
		}
		cache_flush(c);
		/* The lock may have been too long with somebody. */
		while (c->pending > 0)
			cache_flush(c);
		(void)rig_count(c, CACHE_ENVELOPE, round, round + 10);
	}
	cache_free(c);
	return (0);
}

ATF_TC_WITHOUT_HEAD(writers);
ATF_TC_BODY(writers, tc)
{
	struct cache *c;
	pid_t pid[WRITERS];
	int i;

	(void)tc;
	rig_start();
	live_last = ROUNDS * EACH * WRITERS;
	for (i = 0; i < WRITERS; i++)
		pid[i] = rig_fork(writer, i);
	for (i = 0; i < WRITERS; i++)
		rig_wait(pid[i]);
	c = rig_again();
	ATF_CHECK_EQ(ROUNDS * EACH * WRITERS,
	    (int)rig_count(c, CACHE_ENVELOPE, 1, ROUNDS * EACH * WRITERS));
	ATF_CHECK_EQ(ROUNDS * EACH,
	    (int)rig_count(c, CACHE_FIELDS, 1, ROUNDS * EACH));
	ATF_CHECK_MSG(c->column[CACHE_FIELDS].records < ROUNDS * EACH * 2,
	    "%llu", (unsigned long long)c->column[CACHE_FIELDS].records);
}

/* Reads until there is a file "stop": always all that was there. */
static int
reader(int from)
{
	struct cache *c = rig_again();
	uint32_t uid, rounds = 0;

	while (access("stop", F_OK) == -1 || rounds == 0) {
		cache_sync(c);
		for (uid = (uint32_t)from; uid <= 3000; uid += 3)
			if (!rig_get(c, CACHE_ENVELOPE, uid))
				return (2);
		if (++rounds % 7 == 0)
			cache_rest(c);
	}
	cache_free(c);
	return (0);
}

/* The file is written anew, again and again, under those who read it. */
ATF_TC_WITHOUT_HEAD(anew);
ATF_TC_BODY(anew, tc)
{
	struct cache *c;
	pid_t pid[2];
	uint32_t uid, round;
	ino_t before, after;

	(void)tc;
	rig_start();
	live_last = 3000;
	c = rig_again();
	for (uid = 1; uid <= 3000; uid++)
		rig_put(c, CACHE_ENVELOPE, uid);
	cache_flush(c);
	pid[0] = rig_fork(reader, 1);
	pid[1] = rig_fork(reader, 2);
	for (round = 0; round < 200; round++) {
		for (uid = 1; uid <= 500; uid++)
			rig_put(c, CACHE_BODY, 4000 + round * 500 + uid);
		cache_flush(c);
		before = c->ino;
		cache_compact(c);
		after = c->ino;
		ATF_REQUIRE(before != after);
		live_last = 4000 + round * 500;
		ATF_REQUIRE_EQ(1, rig_get(c, CACHE_ENVELOPE, round + 1));
	}
	ATF_REQUIRE(creat("stop", 0600) != -1);
	rig_wait(pid[0]);
	rig_wait(pid[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, writers);
	ATF_TP_ADD_TC(tp, anew);
	return (atf_no_error());
}
