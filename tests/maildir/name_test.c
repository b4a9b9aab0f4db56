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
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/maildir.h"
#include "common/table.h"

ATF_TC_WITHOUT_HEAD(unique);
ATF_TC_BODY(unique, tc)
{
	static const struct {
		const char	*name;
		size_t		 unique;
		size_t		 base;
	} t[] = {
		{ "1.M2P3.host", 11, 11 },
		{ "1.M2P3.host:2,", 11, 11 },
		{ "1.M2P3.host:2,FS", 11, 11 },
		{ "1.M2P3.host,S=12:2,FS", 11, 16 },
		{ "1.M2P3.host,S=12,W=13:2,FS", 11, 21 },
		{ "1.M2P3.host,W=13,S=12", 11, 21 },
		{ "1.M2P3.host,S=:2,", 14, 14 },
		{ "1.M2P3.host,S=1x:2,", 16, 16 },
		{ "1.M2P3.host,X=12:2,", 16, 16 },
		{ "1.M2P3.host:1,S", 11, 15 },
		{ "a:2,S:2,F", 1, 1 },
		{ ",S=12", 0, 5 },
		{ "a,S=9999999999999999999", 23, 23 },
		{ "", 0, 0 }
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ATF_CHECK_EQ_MSG(t[i].unique, maildir_unique(t[i].name),
		    "%s", t[i].name);
		ATF_CHECK_EQ_MSG(t[i].base, maildir_base(t[i].name), "%s",
		    t[i].name);
	}
}

ATF_TC_WITHOUT_HEAD(parse);
ATF_TC_BODY(parse, tc)
{
	struct maildir_name n;

	ATF_REQUIRE_EQ(0, maildir_parse("1.x.h,S=12,W=13:2,DFPRSTazX", &n));
	ATF_CHECK_EQ(5, n.unique);
	ATF_CHECK_EQ(15, n.base);
	ATF_CHECK_EQ(12, n.size);
	ATF_CHECK_EQ(13, n.vsize);
	ATF_CHECK_EQ(LETTER_D | LETTER_F | LETTER_P | LETTER_R | LETTER_S |
	    LETTER_T | 1U | 1U << 25, n.letters);
	/* What comes after a comma is no letter. */
	ATF_REQUIRE_EQ(0, maildir_parse("1.x.h:2,S,FT", &n));
	ATF_CHECK_EQ(LETTER_S, n.letters);
	ATF_CHECK_EQ(TABLE_UNKNOWN, n.size);
	ATF_CHECK_EQ(TABLE_UNKNOWN, n.vsize);
	ATF_REQUIRE_EQ(0, maildir_parse("\xc3\xa4:2,\xc3", &n));
	ATF_CHECK_EQ(0, n.letters);
}

ATF_TC_WITHOUT_HEAD(parse_refused);
ATF_TC_BODY(parse_refused, tc)
{
	struct maildir_name n;
	char name[400];

	ATF_CHECK_ERRNO(EINVAL, maildir_parse("", &n) == -1);
	ATF_CHECK_ERRNO(EINVAL, maildir_parse(".nfs0001", &n) == -1);
	ATF_CHECK_ERRNO(EINVAL, maildir_parse(":2,S", &n) == -1);
	ATF_CHECK_ERRNO(EINVAL, maildir_parse(",S=1:2,S", &n) == -1);
	ATF_CHECK_ERRNO(EINVAL, maildir_parse("a/b", &n) == -1);
	ATF_CHECK_ERRNO(EINVAL, maildir_parse("a\nb", &n) == -1);
	ATF_CHECK_ERRNO(EINVAL, maildir_parse("a\x7f", &n) == -1);
	memset(name, 'a', sizeof(name));
	name[MAILDIR_NAMEMAX] = '\0';
	ATF_CHECK_EQ(0, maildir_parse(name, &n));
	name[MAILDIR_NAMEMAX] = 'a';
	name[MAILDIR_NAMEMAX + 1] = '\0';
	ATF_CHECK_ERRNO(ENAMETOOLONG, maildir_parse(name, &n) == -1);
}

ATF_TC_WITHOUT_HEAD(build);
ATF_TC_BODY(build, tc)
{
	char buf[MAILDIR_NAMEMAX + 1], base[MAILDIR_NAMEMAX + 1];

	ATF_REQUIRE_EQ(0, maildir_build(buf, sizeof(buf), "1.x.h", 0, NULL));
	ATF_CHECK_STREQ("1.x.h:2,", buf);
	/* Sorted, whatever stood there before. */
	ATF_REQUIRE_EQ(0, maildir_build(buf, sizeof(buf), "1.x.h:2,TSa",
	    LETTER_S | LETTER_F | LETTER_D | 1U << 2 | 1U << 1, NULL));
	ATF_CHECK_STREQ("1.x.h:2,DFSbc", buf);
	/* What is nobody's stays, in its order, and what follows a comma. */
	ATF_REQUIRE_EQ(0, maildir_build(buf, sizeof(buf), "1.x.h,S=3",
	    LETTER_S, "1.x.h,S=3:2,XFaG,foo,T"));
	ATF_CHECK_STREQ("1.x.h,S=3:2,GSX,foo,T", buf);
	ATF_REQUIRE_EQ(0, maildir_build(buf, sizeof(buf), "b", LETTER_T,
	    "b"));
	ATF_CHECK_STREQ("b:2,T", buf);
	/* Never cut. */
	ATF_CHECK_ERRNO(ENAMETOOLONG, maildir_build(buf, 9, "1.x.h",
	    LETTER_S, NULL) == -1);
	ATF_CHECK_EQ(0, maildir_build(buf, 10, "1.x.h", LETTER_S, NULL));
	memset(base, 'a', 252);
	base[252] = '\0';
	ATF_CHECK_EQ(0, maildir_build(buf, sizeof(buf), base, 0, NULL));
	ATF_CHECK_EQ(255, strlen(buf));
	ATF_CHECK_ERRNO(ENAMETOOLONG, maildir_build(buf, sizeof(buf), base,
	    LETTER_S, NULL) == -1);
}

ATF_TC_WITHOUT_HEAD(roundtrip);
ATF_TC_BODY(roundtrip, tc)
{
	char buf[MAILDIR_NAMEMAX + 1];
	struct maildir_name n;
	unsigned int i;

	for (i = 0; i < 32; i++) {
		ATF_REQUIRE_EQ(0, maildir_build(buf, sizeof(buf), "u,S=1",
		    1U << i, NULL));
		ATF_REQUIRE_EQ(0, maildir_parse(buf, &n));
		ATF_CHECK_EQ(1U << i, n.letters);
		ATF_CHECK_EQ(5, n.base);
	}
}

ATF_TC_WITHOUT_HEAD(same);
ATF_TC_BODY(same, tc)
{
	ATF_CHECK_EQ(1, maildir_same("1.a", "1.a:2,S"));
	ATF_CHECK_EQ(1, maildir_same("1.a,S=3:2,", "1.a,W=4,S=3"));
	ATF_CHECK_EQ(0, maildir_same("1.a", "1.ab"));
	ATF_CHECK_EQ(0, maildir_same("1.a", "1.b"));
}

ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	ATF_CHECK(maildir_compare("9.a", "10.a") < 0);
	ATF_CHECK(maildir_compare("10.b", "10.a") > 0);
	ATF_CHECK(maildir_compare("19.a", "20.a") < 0);
	ATF_CHECK(maildir_compare("010.a", "10.a") < 0);
	ATF_CHECK(maildir_compare("10.a", "9_b") > 0);
	/* These have no time. */
	ATF_CHECK(maildir_compare("20-a", "10.a") < 0);
	ATF_CHECK(maildir_compare("2000000000000000000.a",
	    "1000000000000000000.a") > 0);
	ATF_CHECK(maildir_compare("2000000000000000000.a", "1.a") < 0);
	ATF_CHECK(maildir_compare("10.a:2,S", "10.a-:2,S") < 0);
	ATF_CHECK(maildir_compare("10.a", "10.a:2,S") < 0);
	ATF_CHECK_EQ(0, maildir_compare("10.a", "10.a"));
	ATF_CHECK(maildir_compare("no-time", "1.a") < 0);
	ATF_CHECK_EQ(1700000000, maildir_time("1700000000.M1P2.h"));
	ATF_CHECK_EQ(0, maildir_time("1700000000"));
	ATF_CHECK_EQ(0, maildir_time("-5.x"));
	ATF_CHECK_EQ(0, maildir_time("99999999999999999999.x"));
	ATF_CHECK_EQ(1700000000, maildir_savedate("1700000000.M1P2.h"));
	ATF_CHECK(maildir_savedate("x") > 1700000000);
	ATF_CHECK(maildir_savedate("0.x") > 1700000000);
	ATF_CHECK(maildir_savedate("9700000000.x") < UINT32_MAX);
}

ATF_TC_WITHOUT_HEAD(unique_name);
ATF_TC_BODY(unique_name, tc)
{
	struct maildir_parts p = {
		.ts = { 1700000000, 123456789 }, .pid = 42, .counter = 7,
		.random = 0xdeadbeef, .host = "a/b:c,d e"
	};
	char buf[MAILDIR_NAMEMAX + 1], host[300];
	struct maildir_name n;

	ATF_REQUIRE_EQ(0, maildir_unique_name(buf, sizeof(buf), &p));
	ATF_CHECK_STREQ("1700000000.M123456P42Q7Rdeadbeef."
	    "a\\057b\\072c\\054d\\040e", buf);
	ATF_CHECK_ERRNO(ENAMETOOLONG, maildir_unique_name(buf, 20, &p) ==
	    -1);
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	p.host = host;
	ATF_REQUIRE_EQ(0, maildir_unique_name(buf, sizeof(buf), &p));
	ATF_REQUIRE_EQ(0, maildir_parse(buf, &n));
	/* There is room for hints and all letters. */
	ATF_CHECK(strlen(buf) < 160);
	p.host = "";
	ATF_REQUIRE_EQ(0, maildir_unique_name(buf, sizeof(buf), &p));
	ATF_CHECK_STREQ("1700000000.M123456P42Q7Rdeadbeef.-", buf);
}

ATF_TC_WITHOUT_HEAD(make);
ATF_TC_BODY(make, tc)
{
	char a[MAILDIR_NAMEMAX + 1], b[MAILDIR_NAMEMAX + 1];
	struct maildir_name n;

	ATF_REQUIRE_EQ(0, maildir_make(a, sizeof(a)));
	ATF_REQUIRE_EQ(0, maildir_make(b, sizeof(b)));
	ATF_CHECK(strcmp(a, b) != 0);
	ATF_REQUIRE_EQ(0, maildir_parse(a, &n));
	ATF_CHECK_EQ(strlen(a), n.unique);
	ATF_CHECK(maildir_time(a) > 1700000000);
}

ATF_TC_WITHOUT_HEAD(hints);
ATF_TC_BODY(hints, tc)
{
	char buf[MAILDIR_NAMEMAX + 1] = "1.a";

	ATF_REQUIRE_EQ(0, maildir_hints(buf, sizeof(buf), 12, 13));
	ATF_CHECK_STREQ("1.a,S=12,W=13", buf);
	strlcpy(buf, "1.a", sizeof(buf));
	ATF_REQUIRE_EQ(0, maildir_hints(buf, sizeof(buf), 12,
	    TABLE_UNKNOWN));
	ATF_CHECK_STREQ("1.a,S=12", buf);
	ATF_CHECK_ERRNO(ENAMETOOLONG, maildir_hints(buf, 10, 1, 2) == -1);
	ATF_CHECK_STREQ("1.a,S=12", buf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, unique);
	ATF_TP_ADD_TC(tp, parse);
	ATF_TP_ADD_TC(tp, parse_refused);
	ATF_TP_ADD_TC(tp, build);
	ATF_TP_ADD_TC(tp, roundtrip);
	ATF_TP_ADD_TC(tp, same);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, unique_name);
	ATF_TP_ADD_TC(tp, make);
	ATF_TP_ADD_TC(tp, hints);
	return (atf_no_error());
}
