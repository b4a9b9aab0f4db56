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
#include <string.h>

#include "imapd/sasl.h"

static int	decode(const char *, unsigned char *, size_t);

static int
decode(const char *s, unsigned char *buf, size_t size)
{
	return (sasl_base64(s, strlen(s), buf, size));
}

ATF_TC_WITHOUT_HEAD(base64);
ATF_TC_BODY(base64, tc)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Z===", "====",
	    "Zg=v", "Zm9v\r", " Zg=", "Zm9vZg", "Z-9v", "Zg==Zg==", "=",
	    "\303\266ab" };
	unsigned char buf[64];
	size_t i;

	ATF_CHECK_EQ(0, decode("", buf, sizeof(buf)));
	/* RFC 4648 section 10. */
	ATF_CHECK_EQ(1, decode("Zg==", buf, sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "f", 1));
	ATF_CHECK_EQ(2, decode("Zm8=", buf, sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "fo", 2));
	ATF_CHECK_EQ(6, decode("Zm9vYmFy", buf, sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "foobar", 6));
	ATF_CHECK_EQ(3, decode("+/+/", buf, sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "\373\377\277", 3));
	ATF_CHECK_EQ(3, decode("Zm9v", buf, 3));
	ATF_CHECK_EQ(-1, decode("Zm9v", buf, 2));
	ATF_CHECK_EQ(2, decode("Zm8=", buf, 2));
	ATF_CHECK_EQ(-1, decode("Zm8=", buf, 1));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, decode(bad[i], buf, sizeof(buf)), "%s",
		    bad[i]);
}

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	unsigned char buf[32];
	struct sasl_plain sp;

	memcpy(buf, "z\0user\0pass", 11);
	ATF_REQUIRE_EQ(0, sasl_plain(buf, 11, sizeof(buf), &sp));
	ATF_CHECK_STREQ("z", sp.authzid);
	ATF_CHECK_STREQ("user", sp.user);
	ATF_CHECK_STREQ("pass", sp.pass);
	memcpy(buf, "\0u\0p", 4);
	ATF_REQUIRE_EQ(0, sasl_plain(buf, 4, 5, &sp));
	ATF_CHECK_STREQ("", sp.authzid);
	ATF_CHECK_STREQ("u", sp.user);
	ATF_CHECK_STREQ("p", sp.pass);
	ATF_CHECK_EQ(-1, sasl_plain(buf, 4, 4, &sp));
	ATF_CHECK_EQ(-1, sasl_plain(buf, 0, sizeof(buf), &sp));
	ATF_CHECK_EQ(-1, sasl_plain(buf, 1, sizeof(buf), &sp));
	ATF_CHECK_EQ(-1, sasl_plain(buf, 2, sizeof(buf), &sp));
	ATF_CHECK_EQ(-1, sasl_plain(buf, 3, sizeof(buf), &sp));
	memcpy(buf, "\0u\0p\0q", 6);
	ATF_CHECK_EQ(-1, sasl_plain(buf, 6, sizeof(buf), &sp));
	memcpy(buf, "\0u\0p\0", 5);
	ATF_CHECK_EQ(-1, sasl_plain(buf, 5, sizeof(buf), &sp));
	memcpy(buf, "\0\0pp", 4);
	ATF_CHECK_EQ(-1, sasl_plain(buf, 4, sizeof(buf), &sp));
	memcpy(buf, "user", 4);
	ATF_CHECK_EQ(-1, sasl_plain(buf, 4, sizeof(buf), &sp));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, base64);
	ATF_TP_ADD_TC(tp, plain);
	return (atf_no_error());
}
