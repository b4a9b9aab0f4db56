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

#include <stdint.h>

#include "imapd/mime/address.h"
#include "given.h"

static void
check(const char *text, const char *want, size_t wantcount)
{
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 count;

	ATF_REQUIRE_EQ(0, mime_addresses(text, strlen(text), SIZE_MAX,
	    &sink, &count));
	ATF_CHECK_EQ(wantcount, count);
	given_check(&b, want);
}

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	(void)tc;
	check("a@b", "(NIL NIL \"a\" \"b\")", 1);
	check("A B <a.b@c.d>, c@d",
	    "(\"A B\" NIL \"a.b\" \"c.d\")(NIL NIL \"c\" \"d\")", 2);
	check("J. Q. Public <j@p>", "(\"J. Q. Public\" NIL \"j\" \"p\")", 1);
	check("\"B, A \\\" x\" <\"a b\"@[1.2.3.4]>",
	    "(\"B, A \\\" x\" NIL \"a b\" \"[1.2.3.4]\")", 1);
	check("=?utf-8?q?J=C3=A9?= <j@e>",
	    "(\"=?utf-8?q?J=C3=A9?=\" NIL \"j\" \"e\")", 1);
	check("<@r1,@r2:l@h>", "(NIL \"@r1,@r2\" \"l\" \"h\")", 1);
	check("a . b @ c . d", "(NIL NIL \"a.b\" \"c.d\")", 1);
}

ATF_TC_WITHOUT_HEAD(comments);
ATF_TC_BODY(comments, tc)
{
	(void)tc;
	check("a@b (Name (nested) \\) x)",
	    "(\"Name (nested) ) x\" NIL \"a\" \"b\")", 1);
	check("(c) A (d) <a(e)@b> (f)", "(\"A\" NIL \"a\" \"b\")", 1);
	check("a@b (never closed", "(\"never closed\" NIL \"a\" \"b\")", 1);
}

/* RFC 3501 section 7.4.2: a group has NIL for its host. */
ATF_TC_WITHOUT_HEAD(groups);
ATF_TC_BODY(groups, tc)
{
	(void)tc;
	check("undisclosed-recipients:;",
	    "(NIL NIL \"undisclosed-recipients\" NIL)(NIL NIL NIL NIL)", 2);
	check("A B: a@b, c@d;, e@f",
	    "(NIL NIL \"A B\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")"
	    "(NIL NIL NIL NIL)(NIL NIL \"e\" \"f\")", 5);
	check("G: a@b",
	    "(NIL NIL \"G\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL)", 3);
	check(":;", "(NIL NIL \"\" NIL)(NIL NIL NIL NIL)", 2);
}

ATF_TC_WITHOUT_HEAD(broken);
ATF_TC_BODY(broken, tc)
{
	(void)tc;
	check("", "", 0);
	check(" ,, ; (x)", "", 0);
	check("foo", "(NIL NIL \"foo\" \"MISSING_DOMAIN\")", 1);
	check("John Doe",
	    "(\"John Doe\" NIL \"MISSING_MAILBOX\" \"MISSING_DOMAIN\")", 1);
	check("<>", "(NIL NIL \"MISSING_MAILBOX\" \"MISSING_DOMAIN\")", 1);
	check("@b", "(NIL NIL \"MISSING_MAILBOX\" \"b\")", 1);
	check("Real Name user@host", "(\"Real Name\" NIL \"user\" \"host\")",
	    1);
	check("<a@b, c@d", "(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")", 2);
	check("a@b c@d", "(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")", 2);
	check("<<a@b>>", "(NIL NIL \"a\" \"b\")", 1);
	check("<@b>", "(NIL NIL \"MISSING_MAILBOX\" \"b\")", 1);
	check("<@r a@b>", "(NIL NIL \"MISSING_MAILBOX\" \"r\")", 1);
	check(")>)> a@b", "(NIL NIL \"a\" \"b\")", 1);
	check("\xe9 <a@b>", "({1}\r\n\xe9 NIL \"a\" \"b\")", 1);
}

/* Many put their address where the name should be. */
ATF_TC_WITHOUT_HEAD(address_as_name);
ATF_TC_BODY(address_as_name, tc)
{
	(void)tc;
	check("a@b <c@d>", "(\"a@b\" NIL \"c\" \"d\")", 1);
	check("'a@b.c' <a@b.c>, e@f",
	    "(\"'a@b.c'\" NIL \"a\" \"b.c\")(NIL NIL \"e\" \"f\")", 2);
	check("X a@b  via Y Z <c@d>",
	    "(\"X a@b via Y Z\" NIL \"c\" \"d\")", 1);
	check("a@b c, d <e@f>", "(NIL NIL \"a\" \"b\")"
	    "(NIL NIL \"c\" \"MISSING_DOMAIN\")(\"d\" NIL \"e\" \"f\")", 3);
	check("g: a@b <c@d>;", "(NIL NIL \"g\" NIL)"
	    "(\"a@b\" NIL \"c\" \"d\")(NIL NIL NIL NIL)", 3);
}

/* A quote that nothing closes swallows nobody. */
ATF_TC_WITHOUT_HEAD(stray_quote);
ATF_TC_BODY(stray_quote, tc)
{
	(void)tc;
	check("\"A <a@b>, c@d", "(\"A\" NIL \"a\" \"b\")"
	    "(NIL NIL \"c\" \"d\")", 2);
	check("\"A\" B\" <a@b>", "(\"A B\" NIL \"a\" \"b\")", 1);
	check("A <\"a@b>, c@d", "(\"A\" NIL \"a\" \"b\")"
	    "(NIL NIL \"c\" \"d\")", 2);
	check("\"A <a@b>\"", "(\"A <a@b>\" NIL \"MISSING_MAILBOX\" "
	    "\"MISSING_DOMAIN\")", 1);
}

/* RFC 5322 section 3.4.1. */
ATF_TC_WITHOUT_HEAD(domain_literal);
ATF_TC_BODY(domain_literal, tc)
{
	(void)tc;
	check("a@[127.0.0.1]", "(NIL NIL \"a\" \"[127.0.0.1]\")", 1);
	check("<a@[IPv6:::1]>", "(NIL NIL \"a\" \"[IPv6:::1]\")", 1);
	check("<a@[x y]>, b@c",
	    "(NIL NIL \"a\" \"[x y]\")(NIL NIL \"b\" \"c\")", 2);
	check("a@[x, b@c", "(NIL NIL \"a\" \"[x\")"
	    "(NIL NIL \"b\" \"c\")", 2);
}

/* An empty quoted word: found by fuzzing. */
ATF_TC_WITHOUT_HEAD(empty_quoted);
ATF_TC_BODY(empty_quoted, tc)
{
	(void)tc;
	check("\"", "", 0);
	check("\"\" <a@b>", "(NIL NIL \"a\" \"b\")", 1);
	check("\"\"@b", "(NIL NIL \"MISSING_MAILBOX\" \"b\")", 1);
}

ATF_TC_WITHOUT_HEAD(limited);
ATF_TC_BODY(limited, tc)
{
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	const char		*text = "a, b, g: c, d;, e";
	size_t			 count;

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_addresses(text, strlen(text), 3, &sink,
	    &count));
	ATF_CHECK_EQ(4, count);
	given_check(&b, "(NIL NIL \"a\" \"MISSING_DOMAIN\")"
	    "(NIL NIL \"b\" \"MISSING_DOMAIN\")(NIL NIL \"g\" NIL)"
	    "(NIL NIL NIL NIL)");
}

ATF_TC_WITHOUT_HEAD(many_specials);
ATF_TC_BODY(many_specials, tc)
{
	static const char *const specials[] = {
		"(", ")", "<", ">", "@", ",", ";", ":", "\"", ".", "\\", "[",
		" ", "<@", "a@", "\xff", "\"\\", "(\\", "a@[", "a@b ", "@[ ",
		"<@a,", "<<", "a<@b ", "\"a", "<\"\\", "a@b\""
	};
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	char			*text;
	size_t			 i, count;

	(void)tc;
	for (i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		text = given_copies(specials[i], 100000);
		ATF_REQUIRE_EQ(0, mime_addresses(text, strlen(text),
		    SIZE_MAX, &sink, &count));
		ATF_CHECK((count == 0) == (b.len == 0));
		mime_buf_reset(&b);
		free(text);
	}
	mime_buf_free(&b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, comments);
	ATF_TP_ADD_TC(tp, groups);
	ATF_TP_ADD_TC(tp, broken);
	ATF_TP_ADD_TC(tp, address_as_name);
	ATF_TP_ADD_TC(tp, stray_quote);
	ATF_TP_ADD_TC(tp, domain_literal);
	ATF_TP_ADD_TC(tp, empty_quoted);
	ATF_TP_ADD_TC(tp, limited);
	ATF_TP_ADD_TC(tp, many_specials);
	return (atf_no_error());
}
