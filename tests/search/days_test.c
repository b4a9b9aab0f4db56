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

#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "imapd/search.h"
#include "imapd/view.h"

/*
 * Days of internal dates: each message's is the one that the clocks here
 * showed at its time, also where they are put back past midnight.
 */

#define DAY	86400

static int	ask(enum search_type, int64_t, int64_t);
static int64_t	local_day(int64_t);
static void	check_zone(const char *);

/* The search is kept between messages, as it is in a folder. */
static struct search	search;

static int
ask(enum search_type type, int64_t day, int64_t t)
{
	struct search_key	all, key;
	struct view_msg		m;
	unsigned int		opened = 0;

	memset(&all, 0, sizeof(all));
	memset(&key, 0, sizeof(key));
	memset(&m, 0, sizeof(m));
	all.type = SEARCH_AND;
	all.child = &key;
	key.type = type;
	key.day = day;
	m.row.internaldate = t;
	search.key = &all;
	return (search_match(NULL, &search, &m, &opened));
}

static int64_t
local_day(int64_t t)
{
	struct tm	tm;
	time_t		clock = (time_t)t;

	ATF_REQUIRE(localtime_r(&clock, &tm) != NULL);
	tm.tm_sec = tm.tm_min = tm.tm_hour = 0;
	return ((int64_t)timegm(&tm) / DAY);
}

static void
check_zone(const char *zone)
{
	int64_t	t, day, asked;
	int	i;

	ATF_REQUIRE_EQ(0, setenv("TZ", zone, 1));
	tzset();
	search.minute = INT64_MIN;
	for (i = 0; i < 20000; i++) {
		/* 2005 to 2008, and near midnight half of the time. */
		t = 1104537600 + (int64_t)random() % (4 * 365 * DAY);
		if (i % 2)
			t = t - t % DAY + random() % 14400 - 7200;
		day = local_day(t);
		asked = day + random() % 7 - 3;
		ATF_REQUIRE_EQ_MSG(day == asked, ask(SEARCH_ON, asked, t),
		    "%s %lld", zone, (long long)t);
		ATF_REQUIRE_EQ(day < asked, ask(SEARCH_BEFORE, asked, t));
		ATF_REQUIRE_EQ(day >= asked, ask(SEARCH_SINCE, asked, t));
	}
}

ATF_TC_WITHOUT_HEAD(zones);
ATF_TC_BODY(zones, tc)
{
	(void)tc;
	srandom(2);
	check_zone("UTC0");
	check_zone("EST5EDT,M3.2.0,M11.1.0");
	/* Newfoundland: at one minute past midnight, back into the day before. */
	check_zone("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01");
	check_zone("<+14>-14");
	check_zone("<-12>12");
	check_zone("<+0545>-5:45");
}

ATF_TC_WITHOUT_HEAD(ages);
ATF_TC_BODY(ages, tc)
{
	struct search_key	all, key;
	struct view_msg		m;
	unsigned int		opened = 0;
	int64_t			t;

	(void)tc;
	memset(&all, 0, sizeof(all));
	memset(&key, 0, sizeof(key));
	memset(&m, 0, sizeof(m));
	all.type = SEARCH_AND;
	all.child = &key;
	search.key = &all;
	search.now = 1000000;
	key.number = 100;
	/* RFC 5032 section 2: both are true at the moment itself. */
	for (t = 999898; t <= 999902; t++) {
		m.row.internaldate = t;
		key.type = SEARCH_OLDER;
		ATF_CHECK_EQ(t <= 999900, search_match(NULL, &search, &m,
		    &opened));
		key.type = SEARCH_YOUNGER;
		ATF_CHECK_EQ(t >= 999900, search_match(NULL, &search, &m,
		    &opened));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, zones);
	ATF_TP_ADD_TC(tp, ages);
	return (atf_no_error());
}
