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
#include <stdlib.h>
#include <string.h>

#include "imapd/mime/subject.h"

/* Base subjects (RFC 5256 section 2.1). */

static void
check(const char *subject, const char *want, int want_reply)
{
	const char	*base;
	char		*text;
	size_t		 len;
	int		 reply;

	ATF_REQUIRE((text = strdup(subject)) != NULL);
	mime_subject_base(text, strlen(text), &base, &len, &reply);
	ATF_CHECK_MSG(len == strlen(want) && memcmp(base, want, len) == 0,
	    "\"%s\" gives \"%.*s\", not \"%s\"", subject, (int)len, base,
	    want);
	ATF_CHECK_EQ_MSG(want_reply, reply, "%s", subject);
	free(text);
}

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	(void)tc;
	check("", "", 0);
	check(" ", "", 0);
	check(" \t lunch \t  on Tuesday\t", "lunch on Tuesday", 0);
	check("refund", "refund", 0);
	check("re", "re", 0);
	check("forward: x", "forward: x", 0);
	check("AW: Lunch", "AW: Lunch", 0);
	check("Lunch re: beer", "Lunch re: beer", 0);
}

ATF_TC_WITHOUT_HEAD(leaders);
ATF_TC_BODY(leaders, tc)
{
	(void)tc;
	check("Re: x", "x", 1);
	check("RE:x", "x", 1);
	check("Fw: x", "x", 1);
	check("fWD: x", "x", 1);
	check("re : x", "x", 1);
	check("Re [2]: x", "x", 1);
	check("Re[2] : x", "x", 1);
	check("Re [2] [3]: x", "Re [2] [3]: x", 0);
	check("Re: Fwd: re: x", "x", 1);
	check("Re:", "", 1);
	check("Re: ", "", 1);
	check("[list] Re: x", "x", 1);
	check("[list] [other] Re: x", "x", 1);
	check("Re: [list] Re: [other] x", "x", 1);
	check("Re [un[closed]: x", "Re [un[closed]: x", 0);
}

ATF_TC_WITHOUT_HEAD(blobs);
ATF_TC_BODY(blobs, tc)
{
	(void)tc;
	check("[list] x", "x", 0);
	check("[a][b] [c]x", "x", 0);
	check("[] x", "x", 0);
	check("[list]", "[list]", 0);
	check("[a] [list]", "[list]", 0);
	check("[a] [list] ", "[list]", 0);
	check("Re: [list]", "[list]", 1);
	check("[list] Re:", "", 1);
	check("[a]b[c]", "b[c]", 0);
	check("[a[b]] x", "[a[b]] x", 0);
	check("[a", "[a", 0);
	check("x [a]", "x [a]", 0);
}

ATF_TC_WITHOUT_HEAD(trailers);
ATF_TC_BODY(trailers, tc)
{
	(void)tc;
	check("x (fwd)", "x", 1);
	check("x(FWD) (fwd) ", "x", 1);
	check("(fwd)", "", 1);
	check("x (fwd) y", "x (fwd) y", 0);
	check("fwd)", "fwd)", 0);
	check("[list] (fwd)", "[list]", 1);
}

ATF_TC_WITHOUT_HEAD(forwards);
ATF_TC_BODY(forwards, tc)
{
	(void)tc;
	check("[fwd: x]", "x", 1);
	check("[Fwd:x]", "x", 1);
	check("[fwd: Re: [list] x (fwd)]", "x", 1);
	check("[fwd: [fwd: x]]", "x", 1);
	check("[fwd: [fwd: x]", "[fwd: x", 1);
	check("[fwd:]", "", 1);
	check("[fwd: x] y", "y", 0);
	check("Re: [fwd: x] ", "x", 1);
	check("[a] [fwd: x]", "x", 1);
	check("[fwd: x", "[fwd: x", 0);
	check("fwd: x]", "x]", 1);
}

/* Each of these would take hours if it were looked at again and again. */
ATF_TC_WITHOUT_HEAD(long_ones);
ATF_TC_BODY(long_ones, tc)
{
	static const char *const pieces[] = {
		"[a]", "re:", "[fwd:", "(fwd)", "]", "[", "re [", "[] re",
		"fwd[x]: ", "[re: "
	};
	const char		*base;
	char			*text;
	size_t			 i, n, len, part, size = 4000000;
	int			 reply;

	(void)tc;
	ATF_REQUIRE((text = malloc(size)) != NULL);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		part = strlen(pieces[i]);
		for (n = 0; n + part <= size; n += part)
			memcpy(text + n, pieces[i], part);
		mime_subject_base(text, n, &base, &len, &reply);
		ATF_CHECK(len <= n);
	}
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, leaders);
	ATF_TP_ADD_TC(tp, blobs);
	ATF_TP_ADD_TC(tp, trailers);
	ATF_TP_ADD_TC(tp, forwards);
	ATF_TP_ADD_TC(tp, long_ones);
	return (atf_no_error());
}
