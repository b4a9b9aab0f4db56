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


#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/client.h"
#include "imapd/mime/sink.h"
#include "imapd/quote.h"

static void	check(const char *, size_t, const char *, size_t);

/* Writes a string to a client and looks at what arrives. */
static void
check(const char *s, size_t len, const char *want, size_t wantlen)
{
	struct client	*c;
	char		 got[4096];
	int		 sv[2];
	ssize_t		 n;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((c = client_new(sv[0], sv[0])) != NULL);
	ATF_CHECK_EQ(0, quote_astring(c, s, len));
	ATF_CHECK_EQ(0, client_flush(c));
	client_free(c);
	ATF_REQUIRE_EQ(0, close(sv[0]));
	ATF_REQUIRE((n = read(sv[1], got, sizeof(got) - 1)) > 0);
	got[n] = '\0';
	ATF_REQUIRE_EQ(0, close(sv[1]));
	ATF_CHECK_EQ_MSG((ssize_t)wantlen, n, "%s", got);
	ATF_CHECK_EQ_MSG(0, memcmp(got, want, wantlen), "%s", got);
}

#define CHECK(s, want)	check((s), sizeof(s) - 1, (want), sizeof(want) - 1)

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	CHECK("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\"");
	CHECK("a\r\nb", "{4}\r\na\r\nb");
	CHECK("a\nb", "{3}\r\na\nb");
	CHECK("a\rb", "{3}\r\na\rb");
	CHECK("\xc3\xa9", "{2}\r\n\xc3\xa9");
	CHECK("a\0b", "{3}\r\na\x80" "b");
}

ATF_TC_WITHOUT_HEAD(astrings);
ATF_TC_BODY(astrings, tc)
{
	CHECK("INBOX", "INBOX");
	CHECK("a.b/c-d&-[e", "a.b/c-d&-[e");
	CHECK("", "\"\"");
	CHECK("nil", "\"nil\"");
	CHECK("nila", "nila");
	CHECK("a b", "\"a b\"");
	CHECK("a%", "\"a%\"");
	CHECK("*", "\"*\"");
	CHECK("a]", "\"a]\"");
	CHECK("a\\", "\"a\\\\\"");
	CHECK("a\xff", "{2}\r\na\xff");
}

ATF_TC_WITHOUT_HEAD(long_string);
ATF_TC_BODY(long_string, tc)
{
	char	s[3000], want[3010] = "{3000}\r\n";

	memset(s, ' ', sizeof(s));
	memcpy(want + 8, s, sizeof(s));
	check(s, sizeof(s), want, 3008);
}

ATF_TC_WITHOUT_HEAD(sink);
ATF_TC_BODY(sink, tc)
{
	struct mime_buf		b = { 0 };
	struct mime_sink	k;

	k = mime_buf_sink(&b);
	ATF_CHECK_EQ(0, quote_astring_sink(&k, "ab", 2));
	ATF_CHECK_EQ(0, quote_astring_sink(&k, "a b", 3));
	ATF_REQUIRE_EQ(7, b.len);
	ATF_CHECK_EQ(0, memcmp(b.data, "ab\"a b\"", 7));
	b.limit = 8;
	ATF_CHECK_ERRNO(EMSGSIZE, quote_astring_sink(&k, "ab", 2) == -1);
	mime_buf_free(&b);
}

ATF_TC_WITHOUT_HEAD(atoms);
ATF_TC_BODY(atoms, tc)
{
	static const char	specials[] = "(){ %*\"\\]\x7f\x1f\t\x80\xff";
	char			s[3] = "a?";
	size_t			i;

	ATF_CHECK_EQ(1, quote_is_atom("$Forwarded", 10));
	ATF_CHECK_EQ(0, quote_is_atom("", 0));
	ATF_CHECK_EQ(0, quote_is_atom("a\0b", 3));
	for (i = 0; i < sizeof(specials) - 1; i++) {
		s[1] = specials[i];
		ATF_CHECK_EQ_MSG(0, quote_is_atom(s, 2), "%zu", i);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, astrings);
	ATF_TP_ADD_TC(tp, long_string);
	ATF_TP_ADD_TC(tp, sink);
	ATF_TP_ADD_TC(tp, atoms);
	return (atf_no_error());
}
