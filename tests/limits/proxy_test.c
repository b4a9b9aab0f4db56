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
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "imapd/proxy.h"

#define V2	"\r\n\r\n\0\r\nQUIT\n"

static void	check(const char *, size_t, const char *);

/* Whole, and in every part; NULL: it is not one. */
static void
check(const char *text, size_t len, const char *want)
{
	const unsigned char *p = (const unsigned char *)text;
	char addr[PEER_MAX];
	size_t i;
	int need;

	if (want == NULL) {
		ATF_CHECK_EQ_MSG(-1, proxy_take(p, len, addr), "%.*s",
		    (int)len, text);
		ATF_CHECK_EQ(0, strlen(addr));
		return;
	}
	for (i = 0; i < len; i++) {
		need = proxy_need(p, i);
		ATF_CHECK_MSG(need > 0 && (size_t)need <= len - i, "%zu: %d",
		    i, need);
		ATF_CHECK_EQ(-1, proxy_take(p, i, addr));
	}
	ATF_CHECK_EQ(0, proxy_need(p, len));
	ATF_REQUIRE_EQ_MSG(0, proxy_take(p, len, addr), "%.*s", (int)len,
	    text);
	ATF_CHECK_STREQ(want, addr);
}

ATF_TC_WITHOUT_HEAD(v1);
ATF_TC_BODY(v1, tc)
{
	static const struct {
		const char	*text;
		const char	*want;
	} t[] = {
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 65535\r\n", "192.0.2.1" },
		{ "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
		    "255.255.255.255" },
		{ "PROXY TCP6 2001:db8::1 2001:db8::2 0 143\r\n",
		    "2001:db8::1" },
		{ "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 143\r\n", "192.0.2.1" },
		{ "PROXY UNKNOWN\r\n", "" },
		{ "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 1 2\r\n",
		    "" },
		{ "PROXY UNKNOWNS\r\n", NULL },
		{ "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", NULL },
		{ "PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n", NULL },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", NULL },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", NULL },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", NULL },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", NULL },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", NULL },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n", NULL },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n", NULL },
		{ "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n", NULL },
		{ "PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n", NULL },
		{ "PROXY TCP4 ::1 ::1 1 2\r\n", NULL },
		{ "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", NULL },
		{ "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", NULL },
		{ "PROXY TCP4\r192.0.2.1 192.0.2.2 1 2\r\n", NULL },
		{ "PROXY TCP4\t192.0.2.1 192.0.2.2 1 2\r\n", NULL },
		{ "proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n", NULL },
		{ "a LOGIN joe secret\r\n", NULL },
		{ "PROXY\r\n a NOOP\r\n", NULL },
		{ "PROXY UNKNOWN\r\na NOOP\r\n", NULL },
		{ "GET / HTTP/1.1\r\n", NULL }
	};
	char buf[PROXY_V1_MAX + 2];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check(t[i].text, strlen(t[i].text), t[i].want);
	/* A NUL ends nothing. */
	check("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\0x\r\n", 38, NULL);
	check("PROXY UNKNOWN\0x\r\n", 17, NULL);
	/* The longest, and one longer. */
	memset(buf, 'x', sizeof(buf));
	memcpy(buf, "PROXY UNKNOWN ", 14);
	memcpy(buf + PROXY_V1_MAX - 2, "\r\n", 2);
	check(buf, PROXY_V1_MAX, "");
	memcpy(buf + PROXY_V1_MAX - 2, "xx\r\n", 3);
	ATF_CHECK_EQ(-1, proxy_need((unsigned char *)buf, PROXY_V1_MAX));
}

ATF_TC_WITHOUT_HEAD(v2);
ATF_TC_BODY(v2, tc)
{
	static const struct {
		const char	*text;
		size_t		 len;
		const char	*want;
	} t[] = {
		/* LOCAL, with nothing, and with what is passed over. */
		{ V2 "\x20\0\0\0", 16, "" },
		{ V2 "\x20\xff\0\3abc", 19, "" },
		{ V2 "\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28,
		    "192.0.2.1" },
		{ V2 "\x21\x21\0\x24\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
		    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2\0\1\0\2", 52,
		    "2001:db8::1" },
		{ V2 "\x21\0\0\0", 16, "" },
		{ V2 "\x21\0\0\5aaaaa", 21, "" },
		/* Extensions: two, an empty one, one cut short. */
		{ V2 "\x21\x11\0\x16\xc0\0\2\1\xc0\0\2\2\0\1\0\2"
		    "\4\0\1x\5\0\3abc", 38, "192.0.2.1" },
		{ V2 "\x21\x11\0\x0f\xc0\0\2\1\xc0\0\2\2\0\1\0\2\4\0\0", 31,
		    "192.0.2.1" },
		{ V2 "\x21\x11\0\x10\xc0\0\2\1\xc0\0\2\2\0\1\0\2\4\0\2x", 32,
		    NULL },
		{ V2 "\x21\x11\0\x0d\xc0\0\2\1\xc0\0\2\2\0\1\0\2\4", 29,
		    NULL },
		/* Too few addresses; datagrams; a family, a command, a
		 * version that there are none of; too long. */
		{ V2 "\x21\x11\0\x0b\xc0\0\2\1\xc0\0\2\2\0\1\0", 27, NULL },
		{ V2 "\x21\x21\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28, NULL },
		{ V2 "\x21\x31\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28, NULL },
		{ V2 "\x21\x12\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28, NULL },
		{ V2 "\x21\x41\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28, NULL },
		{ V2 "\x22\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28, NULL },
		{ V2 "\x11\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28, NULL },
		{ V2 "\x31\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1\0\2", 28, NULL },
		{ V2 "\x20\0\2\x09", 16, NULL },
		{ V2 "\x20\0\xff\xff", 16, NULL }
	};
	char buf[16 + 216];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check(t[i].text, t[i].len, t[i].want);
	/* Of a UNIX socket. */
	memset(buf, 0, sizeof(buf));
	memcpy(buf, V2 "\x21\x31\0\xd8/tmp/client", 27);
	check(buf, sizeof(buf), "");
}

/* Nothing behind it is read, however it comes. */
ATF_TC_WITHOUT_HEAD(behind);
ATF_TC_BODY(behind, tc)
{
	static const char v1[] = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\na NOOP";
	static const char v2[] = V2 "\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\0\1"
	    "\0\2a NOOP";
	char addr[PEER_MAX], rest[16];
	const char *why = NULL;
	int s[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ATF_REQUIRE_EQ((ssize_t)sizeof(v1) - 1, write(s[0], v1,
	    sizeof(v1) - 1));
	ATF_CHECK_EQ(0, proxy_read(s[1], addr, &why));
	ATF_CHECK_STREQ("192.0.2.1", addr);
	ATF_CHECK_EQ(6, read(s[1], rest, sizeof(rest)));
	ATF_REQUIRE_EQ((ssize_t)sizeof(v2) - 1, write(s[0], v2,
	    sizeof(v2) - 1));
	ATF_CHECK_EQ(0, proxy_read(s[1], addr, &why));
	ATF_CHECK_STREQ("192.0.2.1", addr);
	ATF_CHECK_EQ(6, read(s[1], rest, sizeof(rest)));
	/* Cut short, and none at all. */
	ATF_REQUIRE_EQ(5, write(s[0], "PROXY", 5));
	ATF_REQUIRE_EQ(0, shutdown(s[0], SHUT_WR));
	ATF_CHECK_EQ(-1, proxy_read(s[1], addr, &why));
	ATF_CHECK_STREQ("it ends", why);
	close(s[0]);
	close(s[1]);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ATF_REQUIRE_EQ(16, write(s[0], "a LOGIN joe pw\r\n", 16));
	ATF_CHECK_EQ(-1, proxy_read(s[1], addr, &why));
	ATF_CHECK_STREQ("not a PROXY header", why);
	close(s[0]);
	close(s[1]);
}

ATF_TC(silence);
ATF_TC_HEAD(silence, tc)
{
	atf_tc_set_md_var(tc, "descr", "A proxy that says nothing, or one "
	    "octet, is not waited for long");
}
ATF_TC_BODY(silence, tc)
{
	char addr[PEER_MAX];
	const char *why = NULL;
	int s[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ATF_REQUIRE_EQ(1, write(s[0], "P", 1));
	ATF_CHECK_EQ(-1, proxy_read(s[1], addr, &why));
	ATF_CHECK_STREQ(strerror(ETIMEDOUT), why);
	close(s[0]);
	close(s[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, v1);
	ATF_TP_ADD_TC(tp, v2);
	ATF_TP_ADD_TC(tp, behind);
	ATF_TP_ADD_TC(tp, silence);
	return (atf_no_error());
}
