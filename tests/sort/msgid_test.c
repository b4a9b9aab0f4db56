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

#include "imapd/mime/msgid.h"

/* Message identifiers, as THREAD compares them. */

/* Checks that the text has these, each with a space after it. */
static void
check(const char *text, const char *want)
{
	struct mime_buf		id = { 0 }, all = { 0 };
	struct mime_msgid	walk;
	int			ret;

	mime_msgid_init(&walk, text, strlen(text));
	while ((ret = mime_msgid_next(&walk, &id)) == 1) {
		ATF_REQUIRE_EQ(0, mime_buf_add(&all, id.data, id.len));
		ATF_REQUIRE_EQ(0, mime_buf_addc(&all, ' '));
	}
	ATF_REQUIRE_EQ(0, ret);
	ATF_REQUIRE_EQ(0, mime_buf_addc(&all, '\0'));
	ATF_CHECK_STREQ(want, all.data);
	mime_buf_free(&id);
	mime_buf_free(&all);
}

ATF_TC_WITHOUT_HEAD(ids);
ATF_TC_BODY(ids, tc)
{
	(void)tc;
	check("", "");
	check("<a@b>", "a@b ");
	check("<a@b> <c@d>\t<e@f>", "a@b c@d e@f ");
	check("<a@b><c@d>, <e@f>", "a@b c@d e@f ");
	check("<A@b> <a@B>", "A@b a@B ");
	check("<a@[1.2.3.4]>", "a@[1.2.3.4] ");
	check("<a@b@c>", "a@b@c ");
	check("Your message of \"Fri\" <a@b> (was: <c@d>)", "a@b c@d ");
}

/* RFC 5256 section 3: these two MUST be the same. */
ATF_TC_WITHOUT_HEAD(quoting);
ATF_TC_BODY(quoting, tc)
{
	(void)tc;
	check("<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>",
	    "01KF8JCEOCBS0045PS@xxx.yyy.com ");
	check("<01KF8JCEOCBS0045PS@xxx.yyy.com>",
	    "01KF8JCEOCBS0045PS@xxx.yyy.com ");
	check("<\"a\\\"b >\"@c>", "a\"b >@c ");
	check("<\"a\".\"b\"@c>", "a.b@c ");
	check("< a @ b >", "a@b ");
	check("<a@\r\n b>", "a@b ");
}

ATF_TC_WITHOUT_HEAD(invalid);
ATF_TC_BODY(invalid, tc)
{
	(void)tc;
	check("a@b", "");
	check("<>", "");
	check("<a>", "");
	check("<a@>", "");
	check("<@b>", "");
	check("<a@b", "");
	check("<a <b@c>", "b@c ");
	check("<a@b <c@d>", "c@d ");
	check("<\"a@b> <c@d>", "a@b c@d ");
	check("<a> <b@c>", "b@c ");
}

/* Each of these would take hours if it were looked at again and again. */
ATF_TC_WITHOUT_HEAD(long_ones);
ATF_TC_BODY(long_ones, tc)
{
	static const char *const pieces[] = {
		"<", "<\"", "<a", "<\"\\\"", "<@", "\"<", "<a@", "(<\"a\"@"
	};
	static char		 text[4000000];
	struct mime_buf		 id = { 0 };
	struct mime_msgid	 walk;
	size_t			 i, n, part;

	(void)tc;
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		part = strlen(pieces[i]);
		for (n = 0; n + part <= sizeof(text); n += part)
			memcpy(text + n, pieces[i], part);
		mime_msgid_init(&walk, text, n);
		ATF_CHECK_EQ(0, mime_msgid_next(&walk, &id));
	}
	mime_buf_free(&id);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ids);
	ATF_TP_ADD_TC(tp, quoting);
	ATF_TP_ADD_TC(tp, invalid);
	ATF_TP_ADD_TC(tp, long_ones);
	return (atf_no_error());
}
