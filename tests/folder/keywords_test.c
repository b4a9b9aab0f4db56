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
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "imapd/keywords.h"

ATF_TC_WITHOUT_HEAD(parse);
ATF_TC_BODY(parse, tc)
{
	struct keywords k;

	keywords_parse("0 $Forwarded\n1 NonJunk\n3 last", &k);
	ATF_CHECK_EQ(4, k.n);
	ATF_CHECK_STREQ("$Forwarded", k.name[0]);
	ATF_CHECK_STREQ("NonJunk", k.name[1]);
	ATF_CHECK_STREQ("", k.name[2]);
	ATF_CHECK_STREQ("last", k.name[3]);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct keywords k;

	keywords_parse("26 far\n999 far\n-1 x\n 0 x\n0x y\n0\n0 \n0 a b\n"
	    "0 \\Seen\n0 a(b\n0 a\x80\n\n0 good\n0 second\n", &k);
	ATF_CHECK_EQ(1, k.n);
	ATF_CHECK_STREQ("good", k.name[0]);
}

ATF_TC_WITHOUT_HEAD(long_name);
ATF_TC_BODY(long_name, tc)
{
	char text[TABLE_KWLEN + 8] = "0 ";
	struct keywords k;

	memset(text + 2, 'a', TABLE_KWLEN);
	keywords_parse(text, &k);
	ATF_CHECK_EQ(TABLE_KWLEN, strlen(k.name[0]));
	text[2 + TABLE_KWLEN] = 'a';
	keywords_parse(text, &k);
	ATF_CHECK_EQ(0, k.n);
}

ATF_TC_WITHOUT_HEAD(write_read);
ATF_TC_BODY(write_read, tc)
{
	struct keywords k, got;
	int dirfd, tmpfd;

	ATF_REQUIRE_EQ(0, mkdir("tmp", 0700));
	ATF_REQUIRE((dirfd = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_REQUIRE((tmpfd = open("tmp", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_REQUIRE_EQ(0, keywords_read(dirfd, &k));
	ATF_CHECK_EQ(0, k.n);
	keywords_parse("0 a\n2 c\n", &k);
	ATF_REQUIRE_EQ(0, keywords_write(dirfd, tmpfd, &k, 0600));
	ATF_CHECK(atf_utils_compare_file(KEYWORDS_FILE, "0 a\n2 c\n"));
	ATF_REQUIRE_EQ(0, keywords_read(dirfd, &got));
	ATF_CHECK_EQ(0, memcmp(&k, &got, sizeof(k)));
	ATF_CHECK_EQ(0, rmdir("tmp"));
	/* Not out of the folder. */
	ATF_REQUIRE_EQ(0, unlink(KEYWORDS_FILE));
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", KEYWORDS_FILE));
	ATF_CHECK_EQ(-1, keywords_read(dirfd, &got));
	ATF_REQUIRE_EQ(0, unlink(KEYWORDS_FILE));
	ATF_REQUIRE_EQ(0, mkfifo(KEYWORDS_FILE, 0600));
	ATF_CHECK_EQ(-1, keywords_read(dirfd, &got));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parse);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, long_name);
	ATF_TP_ADD_TC(tp, write_read);
	return (atf_no_error());
}
