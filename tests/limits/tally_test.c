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

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "common/near.h"
#include "common/network.h"
#include "common/tally.h"

static unsigned int	failed(struct tally *, unsigned int, int64_t);

/* A failure of the client with that number. */
static unsigned int
failed(struct tally *t, unsigned int who, int64_t now)
{
	return (tally_failed(t, &who, sizeof(who), now));
}

ATF_TC_WITHOUT_HEAD(connections);
ATF_TC_BODY(connections, tc)
{
	struct tally_entry *a, *b;
	struct tally *t;
	char key[TALLY_KEY + 1];

	ATF_REQUIRE((t = tally_new(4)) != NULL);
	ATF_CHECK(tally_find(t, "joe", 3) == NULL);
	ATF_REQUIRE((a = tally_hold(t, "joe", 3, 0)) != NULL);
	ATF_CHECK_EQ(1, a->connections);
	ATF_CHECK(tally_hold(t, "joe", 3, 1) == a);
	ATF_CHECK_EQ(2, a->connections);
	ATF_REQUIRE((b = tally_hold(t, "jo", 2, 2)) != NULL);
	ATF_CHECK(a != b);
	ATF_CHECK_EQ(2, tally_count(t));
	tally_release(t, a, 3);
	ATF_CHECK(tally_find(t, "joe", 3) == a);
	tally_release(t, a, 3);
	ATF_CHECK(tally_find(t, "joe", 3) == NULL);
	ATF_CHECK_EQ(1, tally_count(t));
	ATF_CHECK_EQ(0, tally_idle(t));
	/* A key that is too long is nobody's. */
	memset(key, 'k', sizeof(key));
	ATF_CHECK(tally_hold(t, key, sizeof(key), 4) == NULL);
	ATF_CHECK(tally_find(t, key, sizeof(key)) == NULL);
	ATF_CHECK_EQ(1, tally_failed(t, key, sizeof(key), 4));
	ATF_CHECK(tally_hold(t, key, sizeof(key) - 1, 4) != NULL);
	tally_free(t);
	tally_free(NULL);
}

/* Half of them are forgotten in five minutes, and at last all. */
ATF_TC_WITHOUT_HEAD(decay);
ATF_TC_BODY(decay, tc)
{
	struct tally *t;
	unsigned int i;

	ATF_REQUIRE((t = tally_new(4)) != NULL);
	for (i = 1; i <= 8; i++)
		ATF_CHECK_EQ(i, failed(t, 7, 1000));
	ATF_CHECK_EQ(5, failed(t, 7, 1000 + TALLY_HALF));
	ATF_CHECK_EQ(2, failed(t, 7, 1000 + 3 * TALLY_HALF));
	ATF_CHECK_EQ(1, failed(t, 7, 1000 + 100 * (int64_t)TALLY_HALF));
	/* Between two halves it only goes down. */
	for (i = 0; i < 64; i++)
		(void)failed(t, 8, 0);
	ATF_CHECK_EQ(49, failed(t, 8, TALLY_HALF / 2));
	/* A clock that stands still or goes back changes nothing. */
	ATF_CHECK_EQ(50, failed(t, 8, 0));
	for (i = 0; i < 2 * TALLY_MOST; i++)
		(void)failed(t, 9, 0);
	ATF_CHECK_EQ(TALLY_MOST, failed(t, 9, 0));
	tally_free(t);
}

/* Those who guess most are remembered, whoever else comes. */
ATF_TC_WITHOUT_HEAD(flood);
ATF_TC_BODY(flood, tc)
{
	struct tally *t;
	unsigned int i;

	ATF_REQUIRE((t = tally_new(100)) != NULL);
	for (i = 0; i < 20; i++)
		(void)failed(t, 1, 0);
	for (i = 0; i < 3; i++)
		(void)failed(t, 2, 0);
	for (i = 1000; i < 20000; i++) {
		ATF_CHECK_EQ(1, failed(t, i, 1));
		ATF_REQUIRE(tally_idle(t) <= 100);
	}
	ATF_CHECK_EQ(100, tally_count(t));
	ATF_CHECK_EQ(21, failed(t, 1, 1));
	ATF_CHECK_EQ(4, failed(t, 2, 1));
	/* What was much is little after an hour, and goes before new ones. */
	for (i = 1000; i < 1500; i++) {
		(void)failed(t, i, 3600000);
		(void)failed(t, i, 3600000);
	}
	ATF_CHECK_EQ(1, failed(t, 1, 3600001));
	tally_free(t);
}

/* A connection is never forgotten, and takes its failures along. */
ATF_TC_WITHOUT_HEAD(held);
ATF_TC_BODY(held, tc)
{
	struct tally_entry *e;
	struct tally *t;
	unsigned int i, who = 1;

	ATF_REQUIRE((t = tally_new(2)) != NULL);
	ATF_CHECK_EQ(1, failed(t, who, 0));
	ATF_CHECK_EQ(1, tally_idle(t));
	ATF_REQUIRE((e = tally_hold(t, &who, sizeof(who), 0)) != NULL);
	ATF_CHECK_EQ(0, tally_idle(t));
	for (i = 10; i < 100; i++)
		(void)failed(t, i, 0);
	ATF_CHECK_EQ(3, tally_count(t));
	ATF_CHECK_EQ(2, failed(t, who, 0));
	tally_release(t, e, 0);
	ATF_CHECK_EQ(2, tally_idle(t));
	ATF_CHECK_EQ(3, failed(t, who, 0));
	tally_free(t);
}

ATF_TC_WITHOUT_HEAD(delay);
ATF_TC_BODY(delay, tc)
{
	unsigned int i;

	ATF_CHECK_EQ(TALLY_DELAY, tally_delay(0));
	ATF_CHECK_EQ(TALLY_DELAY, tally_delay(1));
	ATF_CHECK_EQ(TALLY_DELAY + TALLY_STEP, tally_delay(2));
	for (i = 1; i < 100; i++)
		ATF_CHECK(tally_delay(i) >= tally_delay(i - 1));
	ATF_CHECK_EQ(TALLY_LONGEST, tally_delay(100));
	ATF_CHECK_EQ(TALLY_LONGEST, tally_delay(UINT32_MAX));
}

ATF_TC_WITHOUT_HEAD(network);
ATF_TC_BODY(network, tc)
{
	static const struct {
		const char	*a;
		const char	*b;
		int		 same;
	} pair[] = {
		{ "192.0.2.1", "192.0.2.1", 1 },
		{ "192.0.2.1", "192.0.2.2", 0 },
		{ "192.0.2.1", "::ffff:192.0.2.1", 1 },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::2", 1 },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", 0 },
		{ "fe80::1%lo", "fe80::2", 1 },
		/* No prefix of IPv6 is an address of IPv4. */
		{ "c000:201::", "192.0.2.1", 0 }
	};
	struct network a, b;
	size_t i;

	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		ATF_REQUIRE_EQ(0, network_text(&a, pair[i].a));
		ATF_REQUIRE_EQ(0, network_text(&b, pair[i].b));
		ATF_CHECK_EQ_MSG(pair[i].same, memcmp(&a, &b, sizeof(a)) == 0,
		    "%s %s", pair[i].a, pair[i].b);
	}
	ATF_CHECK_EQ(-1, network_text(&a, "local"));
	ATF_CHECK_EQ(-1, network_text(&a, ""));
	ATF_CHECK_EQ(-1, network_text(&a, "192.0.2.1 "));
	ATF_CHECK_EQ(-1, network_text(&a, "1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8:"
	    "9:1:2:3:4:5:6:7:8"));
}

ATF_TC_WITHOUT_HEAD(near);
ATF_TC_BODY(near, tc)
{
	struct near n;
	int64_t now = 1000;

	memset(&n, 0, sizeof(n));
	ATF_CHECK(!near_limit(&n, 79, 100, now));
	ATF_CHECK(near_limit(&n, 80, 100, now));
	ATF_CHECK(!near_limit(&n, 81, 100, now));
	/* Around the mark it is not said again and again. */
	ATF_CHECK(!near_limit(&n, 75, 100, now));
	ATF_CHECK(!near_limit(&n, 85, 100, now));
	ATF_CHECK(!near_limit(&n, 69, 100, now));
	ATF_CHECK(near_limit(&n, 100, 100, now));
	ATF_CHECK(!near_limit(&n, 100, 100, now + NEAR_PAUSE - 1));
	ATF_CHECK(near_limit(&n, 100, 100, now + NEAR_PAUSE));
	/* There is nothing near to few, and no limit is never near. */
	memset(&n, 0, sizeof(n));
	ATF_CHECK(!near_limit(&n, 4, 4, now));
	ATF_CHECK(near_limit(&n, 4, 5, now));
	memset(&n, 0, sizeof(n));
	ATF_CHECK(!near_limit(&n, 1000, 0, now));
	ATF_CHECK(!near_limit(&n, UINT64_MAX / 2, UINT64_MAX, now));
	ATF_CHECK(near_limit(&n, UINT64_MAX, UINT64_MAX, now));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, connections);
	ATF_TP_ADD_TC(tp, decay);
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, held);
	ATF_TP_ADD_TC(tp, delay);
	ATF_TP_ADD_TC(tp, network);
	ATF_TP_ADD_TC(tp, near);
	return (atf_no_error());
}
