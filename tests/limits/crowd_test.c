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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "imapd/crowd.h"

#define MANY	400

static struct crowd	crowd;
static struct guest	guest[MANY];

static enum crowd_answer come(size_t, const char *, int64_t,
			    struct guest **);

static void
setup(unsigned int connections, unsigned int per_user,
    unsigned int per_address, unsigned int unauthenticated)
{
	struct crowd_limits l = { connections, per_user, per_address,
	    unauthenticated };

	memset(guest, 0, sizeof(guest));
	ATF_REQUIRE_EQ(0, crowd_init(&crowd, &l));
}

/* Comes in if it may; who has to go for it has only been doomed. */
static enum crowd_answer
come(size_t i, const char *address, int64_t now, struct guest **victim)
{
	struct guest *v;
	enum crowd_answer a;

	a = crowd_may_enter(&crowd, address, now, &v);
	if (victim != NULL)
		*victim = v;
	if (v != NULL)
		crowd_doom(&crowd, v);
	if (a == CROWD_WELCOME)
		crowd_enter(&crowd, &guest[i], address, now);
	return (a);
}

ATF_TC_WITHOUT_HEAD(per_address);
ATF_TC_BODY(per_address, tc)
{
	setup(100, 100, 2, 100);
	ATF_CHECK_EQ(CROWD_WELCOME, come(0, "192.0.2.1", 0, NULL));
	ATF_CHECK_EQ(CROWD_WELCOME, come(1, "192.0.2.1", 0, NULL));
	ATF_CHECK_EQ(CROWD_ADDRESS, come(2, "192.0.2.1", 0, NULL));
	ATF_CHECK_EQ(CROWD_ADDRESS, come(2, "::ffff:192.0.2.1", 0, NULL));
	ATF_CHECK_EQ(CROWD_WELCOME, come(2, "192.0.2.2", 0, NULL));
	/* IPv6: the network is the address. */
	ATF_CHECK_EQ(CROWD_WELCOME, come(3, "2001:db8::1", 0, NULL));
	ATF_CHECK_EQ(CROWD_WELCOME, come(4, "2001:db8::2", 0, NULL));
	ATF_CHECK_EQ(CROWD_ADDRESS, come(5, "2001:db8::3", 0, NULL));
	ATF_CHECK_EQ(CROWD_WELCOME, come(5, "2001:db8:0:1::3", 0, NULL));
	/* Logged in or not; who leaves makes room. */
	ATF_CHECK_EQ(0, crowd_user(&crowd, &guest[0], "joe", 0));
	ATF_CHECK_EQ(CROWD_ADDRESS, come(6, "192.0.2.1", 0, NULL));
	crowd_leave(&crowd, &guest[0], 0);
	ATF_CHECK_EQ(CROWD_WELCOME, come(6, "192.0.2.1", 0, NULL));
	/* What is no address of IP is not counted by it. */
	ATF_CHECK_EQ(CROWD_WELCOME, come(7, "local", 0, NULL));
	ATF_CHECK_EQ(CROWD_WELCOME, come(8, "local", 0, NULL));
	ATF_CHECK_EQ(CROWD_WELCOME, come(9, "local", 0, NULL));
	crowd_free(&crowd);
}

/* A proxy is not limited; its clients are. */
ATF_TC_WITHOUT_HEAD(proxy);
ATF_TC_BODY(proxy, tc)
{
	setup(100, 100, 2, 100);
	ATF_CHECK_EQ(CROWD_WELCOME, come(0, NULL, 0, NULL));
	ATF_CHECK_EQ(CROWD_WELCOME, come(1, NULL, 0, NULL));
	ATF_CHECK_EQ(CROWD_WELCOME, come(2, NULL, 0, NULL));
	ATF_CHECK_EQ(0, crowd_address(&crowd, &guest[0], "192.0.2.1", 0));
	ATF_CHECK_EQ(0, crowd_address(&crowd, &guest[1], "192.0.2.1", 0));
	ATF_CHECK_EQ(-1, crowd_address(&crowd, &guest[2], "192.0.2.1", 0));
	ATF_CHECK_EQ(CROWD_ADDRESS, come(3, "192.0.2.1", 0, NULL));
	ATF_CHECK_EQ(3, crowd.nwaiting);
	crowd_leave(&crowd, &guest[0], 0);
	crowd_leave(&crowd, &guest[2], 0);
	ATF_CHECK_EQ(CROWD_WELCOME, come(3, "192.0.2.1", 0, NULL));
	ATF_CHECK_EQ(2, crowd.n);
	ATF_CHECK_EQ(2, crowd.nwaiting);
	crowd_free(&crowd);
}

/* One address takes all the places: it loses its own. */
ATF_TC_WITHOUT_HEAD(greedy);
ATF_TC_BODY(greedy, tc)
{
	struct guest *v;
	size_t i;

	setup(MANY, 100, MANY, 20);
	ATF_CHECK_EQ(CROWD_WELCOME, come(0, "192.0.2.1", 0, NULL));
	for (i = 1; i < 20; i++)
		ATF_CHECK_EQ(CROWD_WELCOME, come(i, "192.0.2.66", 100, NULL));
	/* It gets no more than it has. */
	ATF_CHECK_EQ(CROWD_UNAUTHENTICATED, come(20, "192.0.2.66", 100, &v));
	ATF_CHECK(v == NULL);
	/* Others get in at once, in place of its oldest. */
	for (i = 20; i < 30; i++) {
		ATF_CHECK_EQ(CROWD_WELCOME, come(i, "192.0.2.2", 100, &v));
		if (i < 29)
			ATF_CHECK_MSG(v == &guest[i - 19], "%zu", i);
	}
	/* The one that was there before all is still there. */
	ATF_CHECK(guest[0].waiting);
	ATF_CHECK_EQ(20, crowd.nwaiting);
	crowd_free(&crowd);
}

/* Each of another address: whoever has had time to log in goes. */
ATF_TC_WITHOUT_HEAD(spread);
ATF_TC_BODY(spread, tc)
{
	struct guest *v;
	char address[32];
	size_t i;

	setup(MANY, 100, 100, 20);
	for (i = 0; i < 20; i++) {
		(void)snprintf(address, sizeof(address), "198.51.100.%zu", i);
		ATF_CHECK_EQ(CROWD_WELCOME, come(i, address, (int64_t)i,
		    NULL));
	}
	ATF_CHECK_EQ(CROWD_UNAUTHENTICATED, come(20, "192.0.2.1", 20, &v));
	ATF_CHECK_EQ(CROWD_WELCOME, come(20, "192.0.2.1", CROWD_YOUNG, &v));
	ATF_CHECK(v == &guest[0]);
	ATF_CHECK_EQ(CROWD_UNAUTHENTICATED, come(21, "192.0.2.2", CROWD_YOUNG,
	    &v));
	/* Those who have logged in do not go. */
	ATF_CHECK_EQ(0, crowd_user(&crowd, &guest[1], "joe", 0));
	ATF_CHECK_EQ(CROWD_WELCOME, come(21, "192.0.2.2", CROWD_YOUNG + 100,
	    &v));
	ATF_CHECK(v == NULL);
	ATF_CHECK_EQ(CROWD_WELCOME, come(22, "192.0.2.3", CROWD_YOUNG + 100,
	    &v));
	ATF_CHECK(v == &guest[2]);
	crowd_free(&crowd);
}

/* However they come, go and log in, what is counted is what is there. */
ATF_TC_WITHOUT_HEAD(books);
ATF_TC_BODY(books, tc)
{
	static int in[MANY];
	char text[32];
	size_t i, n, users, waiting;
	int64_t now = 0;
	int step;

	setup(200, 10, 50, 60);
	srandom(7);
	for (step = 0; step < 20000; step++) {
		i = (size_t)random() % MANY;
		now += random() % 200;
		(void)snprintf(text, sizeof(text), "192.0.2.%ld",
		    random() % 9);
		if (!in[i]) {
			memset(&guest[i], 0, sizeof(guest[i]));
			in[i] = come(i, random() % 8 == 0 ? NULL : text, now,
			    NULL) == CROWD_WELCOME;
			continue;
		}
		switch (random() % 5) {
		case 0:
			(void)crowd_address(&crowd, &guest[i], text, now);
			break;
		case 1:
			(void)crowd_failed(&crowd, &guest[i], now);
			(void)crowd_user(&crowd, &guest[i], "", now);
			break;
		case 2:
			crowd_leave(&crowd, &guest[i], now);
			in[i] = 0;
			break;
		default:
			(void)crowd_user(&crowd, &guest[i], text, now);
			break;
		}
	}
	for (i = n = users = waiting = 0; i < MANY; i++) {
		n += in[i] != 0;
		users += in[i] && guest[i].user != NULL;
		waiting += in[i] && guest[i].waiting;
	}
	ATF_CHECK_EQ(n, crowd.n);
	ATF_CHECK_EQ(users, crowd.nusers);
	ATF_CHECK_EQ(waiting, crowd.nwaiting);
	ATF_CHECK(n > 0 && users > 0);
	for (i = 0; i < MANY; i++)
		if (in[i])
			crowd_leave(&crowd, &guest[i], now);
	ATF_CHECK_EQ(0, crowd.n);
	ATF_CHECK_EQ(0, crowd.nwaiting);
	ATF_CHECK_EQ(0, tally_count(crowd.users));
	ATF_CHECK_EQ(tally_idle(crowd.addresses),
	    tally_count(crowd.addresses));
	crowd_free(&crowd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, per_address);
	ATF_TP_ADD_TC(tp, proxy);
	ATF_TP_ADD_TC(tp, greedy);
	ATF_TP_ADD_TC(tp, spread);
	ATF_TP_ADD_TC(tp, books);
	return (atf_no_error());
}
