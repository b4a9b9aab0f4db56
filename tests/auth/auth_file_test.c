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
#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/auth.h"

static void	put(const char *);
static int	try(const char *, const char *);
static char	*hash(const char *, const char *);

static struct auth_answer	answer;

static void
put(const char *text)
{
	FILE *f;

	ATF_REQUIRE((f = fopen("passwd", "w")) != NULL);
	ATF_REQUIRE(fputs(text, f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE_EQ(0, chmod("passwd", 0600));
}

static int
try(const char *user, const char *pass)
{
	memset(&answer, 0, sizeof(answer));
	return (auth_file("passwd", user, pass, &answer));
}

/* What crypt(3) makes, or no such test on this system. */
static char *
hash(const char *pass, const char *salt)
{
	char *h, *copy;

	if ((h = crypt(pass, salt)) == NULL || h[0] == '*')
		atf_tc_skip("crypt(3) does not know %s", salt);
	ATF_REQUIRE((copy = strdup(h)) != NULL);
	return (copy);
}

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{

	put("# a:{PLAIN}no:1:1::/:\n"
	    "\n"
	    "a:{PLAIN}pass word:12:34:A. U. Thor:/home/a:/bin/sh\n"
	    "b:{plain}b:1:2::/home/b:\n"
	    "empty:{PLAIN}:1:1::/:\n"
	    "last:{PLAIN}x:5:6:gecos:/l:sh:extra=1");
	ATF_CHECK_EQ(AUTH_OK, try("a", "pass word"));
	ATF_CHECK_EQ(12, answer.uid);
	ATF_CHECK_EQ(34, answer.gid);
	ATF_CHECK_STREQ("/home/a", answer.home);
	ATF_CHECK_EQ(AUTH_OK, try("b", "b"));
	ATF_CHECK_EQ(AUTH_OK, try("last", "x"));
	ATF_CHECK_EQ(6, answer.gid);
	ATF_CHECK_EQ(AUTH_PASSWORD, try("a", "pass"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("a", "pass word2"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("a", ""));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("b", "bb"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("b", "B"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("empty", ""));
	ATF_CHECK_EQ(AUTH_UNKNOWN, try("# a", "no"));
	ATF_CHECK_EQ(AUTH_UNKNOWN, try("nobody", "x"));
	ATF_CHECK_EQ(AUTH_UNKNOWN, try("", ""));
	ATF_CHECK_EQ(AUTH_UNKNOWN, try("A", "pass word"));
}

ATF_TC_WITHOUT_HEAD(sha512);
ATF_TC_BODY(sha512, tc)
{
	char text[1024], *h = hash("secret", "$6$saltsalt$");

	(void)snprintf(text, sizeof(text), "a:%s:1:1::/:\n"
	    "b:{SHA512-CRYPT}%s:1:1::/:\nc:{crypt}%s:1:1::/:\n"
	    "d:{BLF-CRYPT}%s:1:1::/:\n", h, h, h, h);
	put(text);
	ATF_CHECK_EQ(AUTH_OK, try("a", "secret"));
	ATF_CHECK_EQ(AUTH_OK, try("b", "secret"));
	ATF_CHECK_EQ(AUTH_OK, try("c", "secret"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("a", "Secret"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("b", h));
	/* A hash that is not of its scheme. */
	ATF_CHECK_EQ(AUTH_ENTRY, try("d", "secret"));
	free(h);
}

ATF_TC_WITHOUT_HEAD(bcrypt);
ATF_TC_BODY(bcrypt, tc)
{
	char text[1024], *h = hash("secret", "$2b$04$abcdefghijklmnopqrstuu");

	(void)snprintf(text, sizeof(text),
	    "a:%s:1:1::/:\nb:{BLF-CRYPT}%s:1:1::/:\n", h, h);
	put(text);
	ATF_CHECK_EQ(AUTH_OK, try("a", "secret"));
	ATF_CHECK_EQ(AUTH_OK, try("b", "secret"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("b", "secrets"));
	free(h);
}

ATF_TC_WITHOUT_HEAD(locked);
ATF_TC_BODY(locked, tc)
{
	static const char *const users[] = { "a", "b", "c", "d", "e", "f" };
	static const char *const tries[] = { "", "*", "!", "x", "*0", "*1",
	    "*************", "$6$" };
	size_t i, j;

	put("a:*:1:1::/:\nb:!:1:1::/:\nc:x:1:1::/:\nd::1:1::/:\n"
	    "e:*************:1:1::/:\nf:$6$:1:1::/:\n");
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		for (j = 0; j < sizeof(tries) / sizeof(tries[0]); j++)
			ATF_CHECK_EQ(AUTH_PASSWORD, try(users[i], tries[j]));
	}
}

ATF_TC_WITHOUT_HEAD(schemes);
ATF_TC_BODY(schemes, tc)
{
	const char *why;

	ATF_CHECK_EQ(AUTH_ENTRY, auth_password("{SCRAM-SHA-256}x", "x", &why));
	ATF_CHECK_STREQ("{SCRAM-SHA-256} is not followed by "
	    "iterations,salt,StoredKey,ServerKey", why);
	/* What doveadm pw -s SCRAM-SHA-256 -p secret has made. */
	ATF_CHECK_EQ(AUTH_OK, auth_password("{SCRAM-SHA-256}4096,"
	    "noFoOmAeDW8b/egX77YiTg==,"
	    "gcEnX4xVw7vlanvDqYy8v/mWYDhPe7n15CtW65dDg9M=,"
	    "C4xx6/7vGgSUnFutxnaz94UkUv0sFxwUxvhN3nzgrH8=", "secret", &why));
	ATF_CHECK_EQ(AUTH_PASSWORD, auth_password("{scram-sha-256}4096,"
	    "noFoOmAeDW8b/egX77YiTg==,"
	    "gcEnX4xVw7vlanvDqYy8v/mWYDhPe7n15CtW65dDg9M=,"
	    "C4xx6/7vGgSUnFutxnaz94UkUv0sFxwUxvhN3nzgrH8=", "Secret", &why));
	ATF_CHECK_EQ(AUTH_ENTRY, auth_password("{MD5}x", "x", &why));
	ATF_CHECK_STREQ("unknown {SCHEME} of the password", why);
	ATF_CHECK_EQ(AUTH_ENTRY, auth_password("{PLAIN", "x", &why));
	ATF_CHECK_EQ(AUTH_ENTRY,
	    auth_password("{SHA512-CRYPT}$5$x", "x", &why));
	ATF_CHECK_STREQ("the hash is not of its {SCHEME}", why);
	ATF_CHECK_EQ(AUTH_PASSWORD,
	    auth_password("{SHA512-CRYPT}$6$x", "x", &why));
}

/* RFC 4616 section 2, RFC 4013; and hashes of what was not prepared. */
ATF_TC_WITHOUT_HEAD(prepared);
ATF_TC_BODY(prepared, tc)
{
	char text[1024], *h;

	put("a:{PLAIN}caf\303\251:1:1::/:\n"
	    "b:{PLAIN}cafe\314\201:1:1::/:\n"
	    "c:{PLAIN}\351:1:1::/:\n");
	ATF_CHECK_EQ(AUTH_OK, try("a", "caf\303\251"));
	ATF_CHECK_EQ(AUTH_OK, try("a", "cafe\314\201"));
	ATF_CHECK_EQ(AUTH_OK, try("b", "caf\303\251"));
	ATF_CHECK_EQ(AUTH_OK, try("b", "cafe\314\201"));
	ATF_CHECK_EQ(AUTH_OK, try("c", "\351"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("c", "\303\251"));
	h = hash("cafe\314\201", "$6$saltsalt$");
	(void)snprintf(text, sizeof(text), "a:%s:1:1::/:\n", h);
	put(text);
	ATF_CHECK_EQ(AUTH_OK, try("a", "cafe\314\201"));
	ATF_CHECK_EQ(AUTH_PASSWORD, try("a", "caf\303\251"));
	free(h);
	h = hash("caf\303\251", "$6$saltsalt$");
	(void)snprintf(text, sizeof(text), "a:%s:1:1::/:\n", h);
	put(text);
	ATF_CHECK_EQ(AUTH_OK, try("a", "cafe\314\201"));
	free(h);
}

/* Another's word for who it is: the password is not looked at. */
ATF_TC_WITHOUT_HEAD(external);
ATF_TC_BODY(external, tc)
{

	put("a:*:1:2::/home/a:\nb:{PLAIN}x:x:1::/:\n");
	ATF_CHECK_EQ(AUTH_OK, try("a", NULL));
	ATF_CHECK_EQ(2, answer.gid);
	ATF_CHECK_STREQ("/home/a", answer.home);
	ATF_CHECK_EQ(AUTH_ENTRY, try("b", NULL));
	ATF_CHECK_EQ(AUTH_UNKNOWN, try("c", NULL));
}

ATF_TC_WITHOUT_HEAD(offers_scram);
ATF_TC_BODY(offers_scram, tc)
{

	ATF_CHECK(!auth_file_scram("passwd"));
	put("a:*:1:2::/:\nb:$6$x$y:1:1::/:\n#c:{PLAIN}x\n"
	    "{PLAIN}:x:1:1::/:");
	ATF_CHECK(!auth_file_scram("passwd"));
	put("a:*:1:2::/:\nb:{plain}x");
	ATF_CHECK(auth_file_scram("passwd"));
	put("a:*:1:2::/:\nb:{SCRAM-SHA-256}x:1:1::/:\n");
	ATF_CHECK(auth_file_scram("passwd"));
}

ATF_TC_WITHOUT_HEAD(ids);
ATF_TC_BODY(ids, tc)
{
	int empty = geteuid() == 0 ? AUTH_ENTRY : AUTH_OK;

	put("a:{PLAIN}x:::::\nb:{PLAIN}x\nc:{PLAIN}x:x:1::/:\n"
	    "d:{PLAIN}x:-1:1::/:\ne:{PLAIN}x:1:4294967295::/:\n"
	    "f:{PLAIN}x:1 :1::/:\ng:{PLAIN}x:4294967294:0::/:\n");
	ATF_CHECK_EQ(empty, try("a", "x"));
	if (empty == AUTH_OK) {
		ATF_CHECK_EQ(geteuid(), answer.uid);
		ATF_CHECK_EQ(getegid(), answer.gid);
	}
	ATF_CHECK_STREQ("", answer.home);
	ATF_CHECK_EQ(empty, try("b", "x"));
	ATF_CHECK_EQ(AUTH_ENTRY, try("c", "x"));
	ATF_CHECK_EQ(AUTH_ENTRY, try("d", "x"));
	ATF_CHECK_EQ(AUTH_ENTRY, try("e", "x"));
	ATF_CHECK_EQ(AUTH_ENTRY, try("f", "x"));
	ATF_CHECK_EQ(AUTH_OK, try("g", "x"));
	ATF_CHECK_EQ(4294967294U, answer.uid);
	ATF_CHECK_EQ(0, answer.gid);
	/* A wrong password says nothing of the rest. */
	ATF_CHECK_EQ(AUTH_PASSWORD, try("c", "y"));
}

ATF_TC_WITHOUT_HEAD(bad_lines);
ATF_TC_BODY(bad_lines, tc)
{
	char *text;

	put("nothing\n:{PLAIN}x:1:1::/:\n:\na:{PLAIN}x:1:1::/:\n");
	ATF_CHECK_EQ(AUTH_UNKNOWN, try("nothing", "x"));
	ATF_CHECK_EQ(AUTH_UNKNOWN, try("nothing", ""));
	ATF_CHECK_EQ(AUTH_UNKNOWN, try("", "x"));
	ATF_CHECK_EQ(AUTH_OK, try("a", "x"));

	ATF_REQUIRE((text = malloc(20100)) != NULL);
	memset(text, 'l', 20000);
	(void)snprintf(text + 20000, 100, ":{PLAIN}x:1:1::/:\n"
	    "a:{PLAIN}x:1:1::/:\n");
	put(text);
	ATF_CHECK_EQ(AUTH_OK, try("a", "x"));
	text[20000] = '\0';
	ATF_CHECK_EQ(AUTH_UNKNOWN, try(text, "x"));
	free(text);
}

ATF_TC_WITHOUT_HEAD(bad_file);
ATF_TC_BODY(bad_file, tc)
{

	ATF_CHECK_EQ(AUTH_ERROR, try("a", "x"));
	put("a:{PLAIN}x:1:1::/:\n");
	ATF_CHECK_EQ(AUTH_OK, try("a", "x"));
	ATF_REQUIRE_EQ(0, chmod("passwd", 0602));
	ATF_CHECK_EQ(AUTH_ERROR, try("a", "x"));
	ATF_REQUIRE_EQ(0, unlink("passwd"));
	ATF_REQUIRE_EQ(0, mkfifo("passwd", 0600));
	ATF_CHECK_EQ(AUTH_ERROR, try("a", "x"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, sha512);
	ATF_TP_ADD_TC(tp, bcrypt);
	ATF_TP_ADD_TC(tp, locked);
	ATF_TP_ADD_TC(tp, schemes);
	ATF_TP_ADD_TC(tp, prepared);
	ATF_TP_ADD_TC(tp, external);
	ATF_TP_ADD_TC(tp, offers_scram);
	ATF_TP_ADD_TC(tp, ids);
	ATF_TP_ADD_TC(tp, bad_lines);
	ATF_TP_ADD_TC(tp, bad_file);
	return (atf_no_error());
}
