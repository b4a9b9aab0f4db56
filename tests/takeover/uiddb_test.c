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
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "imapd/courier.h"
#include "imapd/subscriptions.h"

/* What Courier's IMAP server leaves; as courier-imap 5.0.13 wrote it. */

static int dirfd = -1;

static void
put(const char *name, const char *text)
{
	FILE *fp;

	if (dirfd == -1) {
		ATF_REQUIRE_EQ(0, mkdir(COURIER_KEYWORDS, 0700));
		ATF_REQUIRE((dirfd = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	}
	ATF_REQUIRE_MSG((fp = fopen(name, "w")) != NULL, "%s", name);
	ATF_REQUIRE(fputs(text, fp) >= 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

ATF_TC_WITHOUT_HEAD(uids);
ATF_TC_BODY(uids, tc)
{
	struct uidlist l;

	put(COURIER_UIDDB, "1 795314281 5\n1 1700000001.M1P1.test\n"
	    "2 1700000002.M2P1.test\n4 1700000009.M9P1.test,S=33\n");
	ATF_REQUIRE_EQ(0, courier_uids(dirfd, &l));
	ATF_CHECK_EQ(0, l.version);
	ATF_CHECK_EQ(795314281, l.uidvalidity);
	ATF_CHECK_EQ(5, l.uidnext);
	ATF_CHECK_EQ(3, l.n);
	ATF_CHECK_EQ(4, uidlist_uid(&l, "1700000009.M9P1.test,S=33:2,FS"));
	uidlist_free(&l);
	put(COURIER_UIDDB, "3 V1 N5\n1 :a\n");
	ATF_CHECK_EQ(-1, courier_uids(dirfd, &l));
	ATF_CHECK_EQ(EBADMSG, errno);
	uidlist_free(&l);
	ATF_REQUIRE_EQ(0, unlink(COURIER_UIDDB));
	ATF_CHECK_EQ(-1, courier_uids(dirfd, &l));
	ATF_CHECK_EQ(ENOENT, errno);
	uidlist_free(&l);
}

static void
check_set(const struct courier_keywords *k, const char *file,
    const char *names)
{
	uint64_t set = courier_keywords_of(k, file);
	char text[512] = "";
	unsigned int i;

	for (i = 0; i < k->n; i++)
		if (set & ((uint64_t)1 << i)) {
			strlcat(text, k->name[i], sizeof(text));
			strlcat(text, " ", sizeof(text));
		}
	ATF_CHECK_STREQ(names, text);
	ATF_CHECK(k->n == 64 || set >> k->n == 0);
}

ATF_TC_WITHOUT_HEAD(keywords);
ATF_TC_BODY(keywords, tc)
{
	struct courier_keywords k;

	put(COURIER_KEYWORDS "/:list", "Later\nZed\n$Work\n\n"
	    "1700000001.M1P1.test:2 1\n1700000002.M2P1.test:0\n"
	    "1700000003.M3P1.test,S=9:0 1 2 3 99 99999999999999999999\n"
	    "1700000004.M4P1.test:0\n1700000005.M5P1.test:0\n");
	put(COURIER_KEYWORDS "/.5984381.1700000002.M2P1.test", "Later\n");
	put(COURIER_KEYWORDS "/.5984382.1700000002.M2P1.test", "Zed\nFour\n");
	put(COURIER_KEYWORDS "/.599.1700000002.M2P1.test", "$Work\n");
	put(COURIER_KEYWORDS "/1700000004.M4P1.test", "later\n$Work");
	put(COURIER_KEYWORDS "/.9999999.1700000004.M4P1.test", "Zed\n");
	put(COURIER_KEYWORDS "/1700000005.M5P1.test", "");
	put(COURIER_KEYWORDS "/1700000006.M6P1.test", "not good\n\nGood\n");
	put(COURIER_KEYWORDS "/.x.1700000001.M1P1.test", "Later\n");
	put(COURIER_KEYWORDS "/..1700000001.M1P1.test", "Later\n");
	put(COURIER_KEYWORDS "/:tmp", "Later\n");
	ATF_REQUIRE_EQ(0, mkdir(COURIER_KEYWORDS "/1700000001.M1P1.test",
	    0700));
	ATF_REQUIRE_EQ(0, courier_keywords(dirfd, &k));
	ATF_CHECK_EQ(5, k.n);
	ATF_CHECK_EQ(0, k.left);
	check_set(&k, "1700000001.M1P1.test:2,S", "Zed $Work ");
	check_set(&k, "1700000002.M2P1.test", "Zed Four ");
	check_set(&k, "1700000003.M3P1.test,S=9", "Later Zed $Work ");
	check_set(&k, "1700000004.M4P1.test", "Later $Work ");
	check_set(&k, "1700000005.M5P1.test", "");
	check_set(&k, "1700000006.M6P1.test", "Good ");
	check_set(&k, "1700000007.M7P1.test", "");
	courier_keywords_free(&k);
	courier_keywords_free(NULL);
}

ATF_TC_WITHOUT_HEAD(many_keywords);
ATF_TC_BODY(many_keywords, tc)
{
	struct courier_keywords k;
	char text[8192] = "", line[64];
	unsigned int i;

	for (i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "k%u\n", i);
		strlcat(text, line, sizeof(text));
	}
	strlcat(text, "\na:0 63 64 99\nb:98\ntorn:0", sizeof(text));
	put(COURIER_KEYWORDS "/:list", text);
	ATF_REQUIRE_EQ(0, courier_keywords(dirfd, &k));
	ATF_CHECK_EQ(64, k.n);
	ATF_CHECK_EQ(36, k.left);
	check_set(&k, "a", "k0 k63 ");
	check_set(&k, "b", "");
	check_set(&k, "torn", "");
	courier_keywords_free(&k);
}

/* No octet of the list that is another makes more than that of it. */
ATF_TC_WITHOUT_HEAD(damaged);
ATF_TC_BODY(damaged, tc)
{
	const char *sample = "Later\nZed\n$Work\n\n1.a:2 1\n2.b:0\n3.c:1\n";
	struct courier_keywords k;
	char text[128];
	size_t i;
	int c;

	for (i = 0; i < strlen(sample); i++) {
		for (c = 1; c < 256; c = c * 3 + 1) {
			strlcpy(text, sample, sizeof(text));
			text[i] = (char)(text[i] ^ c);
			put(COURIER_KEYWORDS "/:list", text);
			ATF_REQUIRE_EQ(0, courier_keywords(dirfd, &k));
			ATF_CHECK(k.n <= 64);
			(void)courier_keywords_of(&k, "1.a");
			courier_keywords_free(&k);
		}
		strlcpy(text, sample, sizeof(text));
		text[i] = '\0';
		put(COURIER_KEYWORDS "/:list", text);
		ATF_REQUIRE_EQ(0, courier_keywords(dirfd, &k));
		courier_keywords_free(&k);
	}
}

ATF_TC_WITHOUT_HEAD(no_keywords);
ATF_TC_BODY(no_keywords, tc)
{
	struct courier_keywords k;

	put("x", "");
	ATF_REQUIRE_EQ(0, courier_keywords(dirfd, &k));
	ATF_CHECK_EQ(0, k.n);
	ATF_CHECK_EQ(0, courier_keywords_of(&k, "x"));
	courier_keywords_free(&k);
	ATF_REQUIRE_EQ(0, rmdir(COURIER_KEYWORDS));
	ATF_REQUIRE_EQ(0, courier_keywords(dirfd, &k));
	courier_keywords_free(&k);
	ATF_REQUIRE_EQ(0, symlink("/etc", COURIER_KEYWORDS));
	ATF_CHECK_EQ(0, courier_keywords(dirfd, &k));
	ATF_CHECK_EQ(0, k.n);
	courier_keywords_free(&k);
}

ATF_TC_WITHOUT_HEAD(subscribed);
ATF_TC_BODY(subscribed, tc)
{
	struct subscriptions s;

	put("courierimapsubscribed", "INBOX.Archive\nINBOX\nINBOX.Arch.2020\n"
	    "INBOX.Entw\303\274rfe\nINBOX.Stra&AN8-e\nshared.bob\n"
	    "#shared.x\n\nINBOX.\n");
	ATF_REQUIRE_EQ(0, subscriptions_read(dirfd, '/', &s));
	ATF_REQUIRE_EQ(5, s.names.n);
	ATF_CHECK_STREQ("Arch/2020", s.names.name[0]);
	ATF_CHECK_STREQ("Archive", s.names.name[1]);
	ATF_CHECK_STREQ("Entw&APw-rfe", s.names.name[2]);
	ATF_CHECK_STREQ("INBOX", s.names.name[3]);
	ATF_CHECK_STREQ("Stra&AN8-e", s.names.name[4]);
	subscriptions_free(&s);
	/* That makes Dovecot's file of it; from then on that counts. */
	ATF_CHECK(atf_utils_compare_file("subscriptions", "V\t2\n\n"
	    "Arch\t2020\nArchive\nEntw&APw-rfe\nINBOX\nStra&AN8-e\n"));
	ATF_CHECK_EQ(-1, access("subscriptions.lock", F_OK));
	ATF_REQUIRE_EQ(0, subscriptions_change(dirfd, '/', "INBOX", 0));
	ATF_REQUIRE_EQ(0, unlink("courierimapsubscribed"));
	ATF_REQUIRE_EQ(0, subscriptions_read(dirfd, '.', &s));
	ATF_REQUIRE_EQ(4, s.names.n);
	ATF_CHECK_STREQ("Arch.2020", s.names.name[0]);
	subscriptions_free(&s);
	put("courierimapsubscribed", "INBOX.Other\n");
	ATF_REQUIRE_EQ(0, subscriptions_read(dirfd, '.', &s));
	ATF_CHECK_EQ(4, s.names.n);
	subscriptions_free(&s);
	/* Who may not write reads it all the same; a change merges it too. */
	ATF_REQUIRE_EQ(0, unlink("subscriptions"));
	put("subscriptions.lock", "");
	ATF_REQUIRE_EQ(0, subscriptions_read(dirfd, '.', &s));
	ATF_CHECK_EQ(1, s.names.n);
	subscriptions_free(&s);
	ATF_CHECK_EQ(-1, access("subscriptions", F_OK));
	ATF_CHECK_EQ(0, unlink("subscriptions.lock"));
	ATF_REQUIRE_EQ(0, subscriptions_change(dirfd, '.', "New", 1));
	ATF_CHECK(atf_utils_compare_file("subscriptions",
	    "V\t2\n\nNew\nOther\n"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, uids);
	ATF_TP_ADD_TC(tp, keywords);
	ATF_TP_ADD_TC(tp, many_keywords);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, no_keywords);
	ATF_TP_ADD_TC(tp, subscribed);
	return (atf_no_error());
}
