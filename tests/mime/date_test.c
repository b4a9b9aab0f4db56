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

#include "imapd/mime/date.h"
#include "given.h"

/* Shows a date in full, and the time it is. */
static void
check(int ret, const struct mime_date *d, const char *want, long long when)
{
	char	 buf[MIME_INTERNALDATE_SIZE];

	ATF_REQUIRE_EQ_MSG(want == NULL ? -1 : 0, ret, "%s",
	    want == NULL ? "none" : want);
	if (want == NULL)
		return;
	mime_date_format(d, buf);
	ATF_CHECK_STREQ(want, buf);
	ATF_CHECK_EQ_MSG(when, (long long)mime_date_time(d), "%s", want);
}

static void
check_rfc5322(const char *text, const char *want, long long when)
{
	struct mime_date	 d;

	check(mime_date_rfc5322(&d, text, strlen(text)), &d, want, when);
}

ATF_TC_WITHOUT_HEAD(rfc5322);
ATF_TC_BODY(rfc5322, tc)
{
	(void)tc;
	check_rfc5322("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)",
	    "17-Jul-1996 02:23:25 -0700", 837595405);
	check_rfc5322("1 Jan 1970 00:00 +0000", " 1-Jan-1970 00:00:00 +0000",
	    0);
	check_rfc5322("Fri, 21 Nov 97 09(comment):   55  :  06 -0600",
	    "21-Nov-1997 09:55:06 -0600", 880127706);
	check_rfc5322("29 Feb 2000 23:59:60 EST",
	    "29-Feb-2000 23:59:60 -0500", 951886800);
	check_rfc5322("Mon,7 Feb 49 1:2:3 Z", " 7-Feb-2049 01:02:03 +0000",
	    2496272523LL);
	check_rfc5322("Monday, 7-Feb-50 1:2:3 pdt",
	    " 7-Feb-1950 01:02:03 -0700", -627926277);
	check_rfc5322("1 January 102 00:00:00 +0530",
	    " 1-Jan-2002 00:00:00 +0530", 1009823400);
	check_rfc5322("1 Jan 2002 99:00:00 +0100",
	    " 1-Jan-2002 00:00:00 +0000", 1009843200);
	check_rfc5322("1 Jan 2002", " 1-Jan-2002 00:00:00 +0000", 1009843200);
}

ATF_TC_WITHOUT_HEAD(rfc5322_broken);
ATF_TC_BODY(rfc5322_broken, tc)
{
	static const char *const bad[] = {
		"", " ", "Mon", "Mon,", "Mon, 1", "1 Foo 2000", "0 Jan 2000",
		"30 Feb 2000", "29 Feb 1900", "1 Jan", "1 Jan 2", "1 Jan 0000",
		"32 Jan 2000", "(1 Jan 2000", "2000-01-01", "\xff\xff",
		"1Jan 2000", "1 Ja"
	};
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_rfc5322(bad[i], NULL, 0);
}

static void
check_internal(const char *text, const char *want, long long when)
{
	struct mime_date	 d;

	check(mime_date_internal(&d, text, strlen(text)), &d, want, when);
}

ATF_TC_WITHOUT_HEAD(internal);
ATF_TC_BODY(internal, tc)
{
	static const char *const bad[] = {
		"", "17-Jul-1996 02:44:25", "17-Jul-1996 02:44:25 -07000",
		" 17-Jul-1996 02:44:25 -070", "17-Jul-1996  2:44:25 -0700",
		"17-Jul-1996 24:44:25 -0700", "17-Jul-1996 02:44:25 -0760",
		"17-Jul-1996 02:44:25 07000", "31-Jun-1996 02:44:25 -0700",
		"17 Jul 1996 02:44:25 -0700", "17-Jux-1996 02:44:25 -0700",
		"00-Jul-1996 02:44:25 -0700", "17-Jul-1996 02:60:25 -0700"
	};
	size_t			 i;

	(void)tc;
	check_internal("17-Jul-1996 02:44:25 -0700",
	    "17-Jul-1996 02:44:25 -0700", 837596665);
	check_internal(" 7-jul-1996 02:44:25 +0000",
	    " 7-Jul-1996 02:44:25 +0000", 836707465);
	check_internal("31-Dec-9999 23:59:59 +0000",
	    "31-Dec-9999 23:59:59 +0000", 253402300799LL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_internal(bad[i], NULL, 0);
}

ATF_TC_WITHOUT_HEAD(imap);
ATF_TC_BODY(imap, tc)
{
	struct mime_date	 a, b;

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_date_imap(&a, "1-Feb-1994", 10));
	ATF_REQUIRE_EQ(0, mime_date_imap(&b, "02-FEB-1994", 11));
	ATF_CHECK_EQ(1994, a.year);
	ATF_CHECK_EQ(2, a.month);
	ATF_CHECK_EQ(1, a.day);
	ATF_CHECK_EQ(1994, b.year);
	ATF_CHECK_EQ(2, b.month);
	ATF_CHECK_EQ(2, b.day);
	ATF_CHECK_EQ(-1, mime_date_imap(&a, "1-Feb-94", 8));
	ATF_CHECK_EQ(-1, mime_date_imap(&a, "1-Feb-1994 ", 11));
	ATF_CHECK_EQ(-1, mime_date_imap(&a, "31-Feb-1994", 11));
	ATF_CHECK_EQ(-1, mime_date_imap(&a, "", 0));
}

ATF_TC_WITHOUT_HEAD(from_time);
ATF_TC_BODY(from_time, tc)
{
	static const long long	 times[] = {
		0, -1, 951782400, 837595405, 4107542400LL, -2208988800LL,
		253402300799LL, -62135596800LL
	};
	struct mime_date	 d;
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		mime_date_from_time(&d, (time_t)times[i], 0);
		ATF_CHECK_EQ(times[i], (long long)mime_date_time(&d));
	}
	mime_date_from_time(&d, 0, -90);
	check(0, &d, "31-Dec-1969 22:30:00 -0130", 0);
	mime_date_from_time(&d, (time_t)400000000000LL, 60);
	ATF_CHECK_EQ(9999, d.year);
	mime_date_from_time(&d, (time_t)-100000000000LL, 60);
	ATF_CHECK_EQ(1, d.year);
}

ATF_TC_WITHOUT_HEAD(localzone);
ATF_TC_BODY(localzone, tc)
{
	(void)tc;
	ATF_REQUIRE_EQ(0, setenv("TZ", "XST-5:30", 1));
	tzset();
	ATF_CHECK_EQ(330, mime_date_localzone(0));
	ATF_REQUIRE_EQ(0, setenv("TZ", "XST8", 1));
	tzset();
	ATF_CHECK_EQ(-480, mime_date_localzone(1000000000));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rfc5322);
	ATF_TP_ADD_TC(tp, rfc5322_broken);
	ATF_TP_ADD_TC(tp, internal);
	ATF_TP_ADD_TC(tp, imap);
	ATF_TP_ADD_TC(tp, from_time);
	ATF_TP_ADD_TC(tp, localzone);
	return (atf_no_error());
}
