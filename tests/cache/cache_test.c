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

/* What the cache holds, and what it must not. */

#define MANY	5000

ATF_TC_WITHOUT_HEAD(put_and_get);
ATF_TC_BODY(put_and_get, tc)
{
	struct cache *c;
	uint32_t uid;
	int kind;

	(void)tc;
	rig_start();
	c = rig_again();
	ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 1));
	for (uid = 1; uid <= MANY; uid++)
		for (kind = 1; kind < CACHE_KINDS; kind++)
			if (uid % (uint32_t)kind == 0)
				rig_put(c, kind, uid);
	cache_flush(c);
	c = rig_again();
	for (kind = 1; kind < CACHE_KINDS; kind++)
		for (uid = 1; uid <= MANY + 1; uid++)
			ATF_REQUIRE_EQ(uid % (uint32_t)kind == 0 &&
			    uid <= MANY, rig_get(c, kind, uid));
	/* In another order, and twice. */
	for (uid = MANY; uid > 0; uid -= 7) {
		ATF_REQUIRE_EQ(1, rig_get(c, CACHE_FIELDS, uid));
		ATF_REQUIRE_EQ(1, rig_get(c, CACHE_FIELDS, uid));
		ATF_REQUIRE_EQ(uid % 2 == 0, rig_get(c, CACHE_ENVELOPE, uid));
		if (uid < 7)
			break;
	}
}

/* What was put in any order, twice or not, is there once. */
ATF_TC_WITHOUT_HEAD(any_order);
ATF_TC_BODY(any_order, tc)
{
	struct cache *c;
	uint32_t i;
	off_t size;

	(void)tc;
	rig_start();
	c = rig_again();
	for (i = 0; i < 2000; i++)
		rig_put(c, CACHE_SORT, i * 7919 % 1000 + 1);
	cache_flush(c);
	ATF_CHECK_EQ(1000, rig_count(c, CACHE_SORT, 1, 2000));
	ATF_CHECK_EQ(1000, (int)c->column[CACHE_SORT].records);
	size = rig_size();
	cache_flush(c);
	ATF_CHECK_EQ(size, rig_size());
}

/* Of what was put by two, one is written. */
ATF_TC_WITHOUT_HEAD(not_twice);
ATF_TC_BODY(not_twice, tc)
{
	struct cache *a, *b;
	uint32_t uid;
	off_t size;

	(void)tc;
	rig_start();
	a = rig_again();
	the.cache = NULL;
	b = rig_again();
	for (uid = 1; uid <= 100; uid++) {
		rig_put(a, CACHE_SUBJECT, uid);
		rig_put(b, CACHE_SUBJECT, uid + 50);
	}
	cache_flush(a);
	size = rig_size();
	cache_flush(b);
	ATF_CHECK_EQ(150, rig_count(b, CACHE_SUBJECT, 1, 1000));
	ATF_CHECK_EQ(150, (int)b->column[CACHE_SUBJECT].records);
	for (uid = 1; uid <= 150; uid++)
		rig_put(a, CACHE_SUBJECT, uid);
	size = rig_size();
	cache_flush(a);
	ATF_CHECK_EQ(size, rig_size());
	cache_sync(a);
	ATF_CHECK_EQ(150, rig_count(a, CACHE_SUBJECT, 1, 1000));
	cache_free(a);
}

/* The pointer stays good until the next call for that kind. */
ATF_TC_WITHOUT_HEAD(stays);
ATF_TC_BODY(stays, tc)
{
	struct cache *c;
	const void *data;
	char want[256];
	uint32_t uid;
	size_t len;

	(void)tc;
	rig_start();
	c = rig_again();
	for (uid = 1; uid <= 20000; uid++)
		rig_put(c, uid % 2 ? CACHE_FIELDS : CACHE_ENVELOPE, uid);
	cache_flush(c);
	ATF_REQUIRE_EQ(1, cache_get(c, CACHE_FIELDS, 501, &data, &len));
	/* Others are read, written, merged, and all is written anew. */
	for (uid = 2; uid <= 20000; uid += 2)
		ATF_REQUIRE_EQ(1, rig_get(c, CACHE_ENVELOPE, uid));
	for (uid = 1; uid <= 3000; uid++) {
		rig_put(c, CACHE_BODY, uid);
		if (uid % 3 == 0)
			cache_flush(c);
	}
	cache_compact(c);
	for (uid = 2; uid <= 20000; uid += 2)
		ATF_REQUIRE_EQ(1, rig_get(c, CACHE_ENVELOPE, uid));
	ATF_REQUIRE_EQ(rig_value(CACHE_FIELDS, 501, want), len);
	ATF_CHECK_EQ(0, memcmp(want, data, len));
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	static char big[CACHE_RECORD_MAX + 1];
	struct cache *c;
	const void *data;
	size_t len;
	uint32_t uid;

	(void)tc;
	rig_start();
	c = rig_again();
	memset(big, 'x', sizeof(big));
	cache_put(c, CACHE_FIELDS, 1, big, sizeof(big));
	ATF_CHECK_EQ(0, (int)c->pending);
	cache_put(c, CACHE_FIELDS, 2, big, sizeof(big) - 1);
	cache_put(c, CACHE_FIELDS, 3, "", 0);
	cache_flush(c);
	c = rig_again();
	ATF_CHECK_EQ(0, cache_get(c, CACHE_FIELDS, 1, &data, &len));
	ATF_REQUIRE_EQ(1, cache_get(c, CACHE_FIELDS, 2, &data, &len));
	ATF_CHECK_EQ(sizeof(big) - 1, len);
	ATF_CHECK_EQ(0, memcmp(data, big, len));
	ATF_REQUIRE_EQ(1, cache_get(c, CACHE_FIELDS, 3, &data, &len));
	ATF_CHECK_EQ(0, len);
	/* What waits is bounded, whatever is put. */
	for (uid = 10; uid < 200; uid++) {
		cache_put(c, CACHE_FIELDS, uid, big, sizeof(big) - 1);
		ATF_REQUIRE(c->pending <= CACHE_PENDING_MAX);
	}
	cache_flush(c);
	c = rig_again();
	for (uid = 10; uid < 200; uid++)
		ATF_CHECK_EQ(1, cache_get(c, CACHE_FIELDS, uid, &data, &len));
}

/* A file that is of another mailbox, or of an earlier one, says nothing. */
ATF_TC_WITHOUT_HEAD(another);
ATF_TC_BODY(another, tc)
{
	struct cache *c;
	int i;

	(void)tc;
	rig_start();
	for (i = 0; i < 3; i++) {
		if (i == 1)
			the.identity.uidvalidity++;
		if (i == 2)
			the.identity.id[15]++;
		c = rig_again();
		ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 1));
		ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 2));
		rig_put(c, CACHE_ENVELOPE, i == 0 ? 1 : 2);
		cache_flush(c);
		c = rig_again();
		ATF_CHECK_EQ(i == 0, rig_get(c, CACHE_ENVELOPE, 1));
		ATF_CHECK_EQ(i != 0, rig_get(c, CACHE_ENVELOPE, 2));
	}
}

/* Single messages, one after the other, come to lie together. */
ATF_TC_WITHOUT_HEAD(merged);
ATF_TC_BODY(merged, tc)
{
	struct cache *c;
	uint32_t uid;

	(void)tc;
	rig_start();
	c = rig_again();
	for (uid = 1; uid <= MANY; uid++) {
		rig_put(c, CACHE_FIELDS, uid);
		rig_put(c, CACHE_ENVELOPE, uid);
		cache_flush(c);
		ATF_REQUIRE_MSG(c->column[CACHE_ENVELOPE].n < 64,
		    "%zu blocks after %u", c->column[CACHE_ENVELOPE].n,
		    (unsigned int)uid);
	}
	ATF_CHECK_EQ(MANY, rig_count(c, CACHE_FIELDS, 1, MANY + 10));
	c = rig_again();
	ATF_CHECK_EQ(MANY, rig_count(c, CACHE_ENVELOPE, 1, MANY + 10));
	/* What that cost was thrown away in time. */
	ATF_CHECK_MSG(rig_size() < 5 * MANY * 108 * 2, "%lld octets",
	    (long long)rig_size());
}

/*
 * What lies across each other is put in order.  Where too much did, and some
 * was not found, it is put again, and then it is.
 */
ATF_TC_WITHOUT_HEAD(across);
ATF_TC_BODY(across, tc)
{
	struct cache *c;
	uint32_t i, uid, n = 0;

	(void)tc;
	rig_start();
	live_last = 40000;
	c = rig_again();
	for (i = 0; i < 100; i++) {
		for (uid = i + 1; uid <= 40000; uid += 100)
			rig_put(c, CACHE_SUBJECT, uid);
		cache_flush(c);
	}
	for (i = 0; i < 5 && n < 40000; i++) {
		n = 0;
		for (uid = 1; uid <= 40000; uid++) {
			if (rig_get(c, CACHE_SUBJECT, uid))
				n++;
			else
				rig_put(c, CACHE_SUBJECT, uid);
		}
		cache_flush(c);
	}
	ATF_CHECK_EQ(40000, n);
	ATF_CHECK_MSG(c->column[CACHE_SUBJECT].overlaps < 90, "%zu",
	    c->column[CACHE_SUBJECT].overlaps);
}

/* What nobody needs any more goes, at last. */
ATF_TC_WITHOUT_HEAD(expunged);
ATF_TC_BODY(expunged, tc)
{
	struct cache *c;
	uint32_t uid;
	off_t size;

	(void)tc;
	rig_start();
	live_last = 20000;
	c = rig_again();
	for (uid = 1; uid <= 20000; uid++)
		rig_put(c, CACHE_ENVELOPE, uid);
	cache_flush(c);
	size = rig_size();
	live_step = 10;
	for (uid = 20001; uid <= 26000; uid++)
		rig_put(c, CACHE_ENVELOPE, uid);
	live_last = 20000;
	cache_flush(c);
	ATF_CHECK_MSG(rig_size() < size / 2, "%lld of %lld",
	    (long long)rig_size(), (long long)size);
	ATF_CHECK_EQ(2000, rig_count(c, CACHE_ENVELOPE, 1, 20000));
	ATF_CHECK_EQ(6000, rig_count(c, CACHE_ENVELOPE, 20001, 26000));
}

/* An idle session has no file open and goes on all the same. */
ATF_TC_WITHOUT_HEAD(rest);
ATF_TC_BODY(rest, tc)
{
	struct cache *c;

	(void)tc;
	rig_start();
	c = rig_again();
	rig_put(c, CACHE_ENVELOPE, 1);
	cache_flush(c);
	ATF_CHECK(cache_due(c) != INT64_MAX);
	cache_rest(c);
	ATF_CHECK_EQ(-1, c->fd);
	ATF_CHECK(cache_due(c) == INT64_MAX);
	ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 1));
	cache_sync(c);
	ATF_CHECK_EQ(1, rig_get(c, CACHE_ENVELOPE, 1));
	cache_rest(c);
	rig_put(c, CACHE_ENVELOPE, 2);
	cache_flush(c);
	ATF_CHECK_EQ(2, rig_count(c, CACHE_ENVELOPE, 1, 9));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, put_and_get);
	ATF_TP_ADD_TC(tp, any_order);
	ATF_TP_ADD_TC(tp, not_twice);
	ATF_TP_ADD_TC(tp, stays);
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, another);
	ATF_TP_ADD_TC(tp, merged);
	ATF_TP_ADD_TC(tp, across);
	ATF_TP_ADD_TC(tp, expunged);
	ATF_TP_ADD_TC(tp, rest);
	return (atf_no_error());
}
