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

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "imapd/lease.h"
#include "imapd/lease_text.h"

static const uint8_t id[TABLE_IDLEN] = "0123456789abcde";

ATF_TC_WITHOUT_HEAD(whole);
ATF_TC_BODY(whole, tc)
{
	char text[LEASE_TEXT + 1], again[LEASE_TEXT + 1];
	struct lease_text t, u;
	size_t len;

	lease_fill(&t, id, UINT64_MAX);
	ATF_CHECK(strlen(t.host) > 0);
	len = lease_render(text, LEASE_TEXT, &t);
	ATF_CHECK_EQ(strlen(text), len);
	ATF_CHECK_EQ('\n', text[len - 1]);
	ATF_REQUIRE_EQ(0, lease_parse(text, &u));
	ATF_CHECK_EQ(0, memcmp(&t, &u, sizeof(t)));
	/* The longest there is. */
	memset(t.host, 'h', LEASE_HOST);
	t.host[LEASE_HOST] = '\0';
	t.since = INT64_MIN + 1;
	(void)lease_render(text, LEASE_TEXT, &t);
	ATF_REQUIRE_EQ(0, lease_parse(text, &u));
	lease_since(&u, again, sizeof(again));
	ATF_CHECK(again[0] != '\0');
	t.since = 86400;
	lease_since(&t, again, sizeof(again));
	ATF_CHECK_STREQ("1970-01-02 00:00:00 UTC", again);
}

ATF_TC_WITHOUT_HEAD(doctored);
ATF_TC_BODY(doctored, tc)
{
	static const char *const hosts[] = { "a b", "", "a\r\n* BYE", "a]",
	    "\x1b[2J" };
	char text[LEASE_TEXT + 1], good[LEASE_TEXT + 1];
	struct lease_text t, u;
	size_t i, len;
	int bit;

	lease_fill(&t, id, 17);
	(void)strlcpy(t.host, "h.example", sizeof(t.host));
	len = lease_render(good, LEASE_TEXT, &t);
	for (i = 0; i < len; i++) {
		memcpy(text, good, len + 1);
		text[i] = '\0';
		ATF_CHECK_EQ(-1, lease_parse(text, &u));
		for (bit = 0; bit < 8; bit++) {
			text[i] = (char)(good[i] ^ 1 << bit);
			ATF_CHECK_EQ_MSG(-1, lease_parse(text, &u), "%zu", i);
		}
	}
	memcpy(text, good, len);
	(void)strlcpy(text + len, "x", sizeof(text) - len);
	ATF_CHECK_EQ(-1, lease_parse(text, &u));
	memset(text, '9', LEASE_TEXT);
	text[LEASE_TEXT] = '\0';
	ATF_CHECK_EQ(-1, lease_parse(text, &u));
	/* Its sum may be right: nothing of it goes to a client. */
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		(void)strlcpy(t.host, hosts[i], sizeof(t.host));
		(void)lease_render(text, LEASE_TEXT, &t);
		ATF_CHECK_EQ_MSG(-1, lease_parse(text, &u), "%zu", i);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whole);
	ATF_TP_ADD_TC(tp, doctored);
	return (atf_no_error());
}
