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

#include "imapd/mime/param.h"
#include "given.h"

/* Shows a value as type/subtype;name=value;... */
static void
check(const char *text, const char *want)
{
	struct mime_value	 v;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);
	size_t			 i;

	ATF_REQUIRE_EQ(0, mime_value_parse(&v, text, strlen(text)));
	ATF_REQUIRE_EQ(0, mime_sink_puts(&sink, v.type));
	ATF_REQUIRE_EQ(0, mime_sink_puts(&sink, "/"));
	ATF_REQUIRE_EQ(0, mime_sink_puts(&sink, v.subtype));
	for (i = 0; i < v.nparams; i++) {
		ATF_REQUIRE_EQ(0, mime_sink_puts(&sink, ";"));
		ATF_REQUIRE_EQ(0, mime_sink_puts(&sink, v.params[i].name));
		ATF_REQUIRE_EQ(0, mime_sink_puts(&sink, "="));
		ATF_REQUIRE_EQ(0, mime_sink_puts(&sink, v.params[i].value));
	}
	mime_value_free(&v);
	given_check(&b, want);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	(void)tc;
	check("text/plain", "text/plain");
	check(" Text / HTML ; charset = utf-8 (c) ; a=\"b;\\\"c\"",
	    "Text/HTML;charset=utf-8;a=b;\"c");
	check("attachment; filename=a b.txt ; x=",
	    "attachment/;filename=a b.txt;x=");
	check("", "/");
	check("(c)", "/");
	check("text", "text/");
	check("text;;; =x; y; z=1", "text/;z=1");
	check("a/b; c=\"never closed; d=e", "a/b;c=never closed; d=e");
	check("a/b; c\xe9=\xff", "a/b;c\xe9=\xff");
}

ATF_TC_WITHOUT_HEAD(lookup);
ATF_TC_BODY(lookup, tc)
{
	const char		*text = "a/b; Boundary=x; boundary=y";
	struct mime_value	 v;

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_value_parse(&v, text, strlen(text)));
	ATF_CHECK_STREQ("x", mime_value_param(&v, "boundary"));
	ATF_CHECK(mime_value_param(&v, "charset") == NULL);
	mime_value_free(&v);
	mime_value_free(NULL);
}

/* RFC 2231 sections 3 and 4.1. */
ATF_TC_WITHOUT_HEAD(continued);
ATF_TC_BODY(continued, tc)
{
	(void)tc;
	check("m/e; URL*0=\"ftp://\"; URL*1=\"cs.edu/\"",
	    "m/e;URL=ftp://cs.edu/");
	check("m/e; t*1=b; t*0=a; t*2=c", "m/e;t=abc");
	check("a/x; title*=us-ascii'en-us'This%20is",
	    "a/x;title*=us-ascii'en-us'This%20is");
	check("a/x; title*0*=us-ascii'en'This%20; title*1*=%2A; "
	    "title*2=\"isn't\"", "a/x;title*=us-ascii'en'This%20%2Aisn%27t");
	check("a/x; t*0=\"a b\"; t*1*=%41", "a/x;t*=''a%20b%41");
	check("a/x; t*0=a; t*99999=z; *=q; **=r", "a/x;t=a;t*99999=z;*=q;**=r");
}

/* What is in no row from 0 on stands alone, as in the text. */
ATF_TC_WITHOUT_HEAD(continued_badly);
ATF_TC_BODY(continued_badly, tc)
{
	(void)tc;
	check("a/x; t*1=b; t*3=d", "a/x;t*1=b;t*3=d");
	check("a/x; t*10=k; t*0=a; t*1=b; u=v", "a/x;t=ab;u=v;t*10=k");
	check("a/x; t*0=a; t*2*=c", "a/x;t=a;t*2*=c");
	check("a/x; t*0=a; t*0=b; t*1=c", "a/x;t=ac;t=b");
	check("a/x; t=y; t*=utf-8''x; t*0=z", "a/x;t=y;t*=utf-8''x;t=z");
}

/*
 * RFC 2045 section 5.1: what follows a token and is no parameter is skipped.
 */
ATF_TC_WITHOUT_HEAD(tokens);
ATF_TC_BODY(tokens, tc)
{
	(void)tc;
	check("text/plain, charset=utf-8", "text/plain");
	check("text/plain charset=utf-8; a=b", "text/plain;a=b");
	check("text/plain/x; a=b", "text/plain;a=b");
	check("\"text\"/\"plain\"; a=b", "/;a=b");
	check("a\\b/c", "a/");
	check("text plain/x", "text/");
	check("filename=x", "filename/");
	check("inline, x=y", "inline/");
	check("a/b (c; d=e", "a/b");
}

/* Values that are no token and not quoted, and semicolons that are missing. */
ATF_TC_WITHOUT_HEAD(unquoted);
ATF_TC_BODY(unquoted, tc)
{
	(void)tc;
	check("a/b; c=d:e=?f; g=<h@i>", "a/b;c=d:e=?f;g=<h@i>");
	check("a/b; c=d, e (f); g=h", "a/b;c=d, e;g=h");
	check("a/b; c=d(1).txt; g=h (1) (2) ; i=(1) j",
	    "a/b;c=d(1).txt;g=h;i=j");
	check("a/b; c=d(;)e; g=h", "a/b;c=d(;)e;g=h");
	check("a/b; c=d e=f g; h=\"i\" j=k (l) m=n",
	    "a/b;c=d;e=f g;h=i;j=k;m=n");
	check("a/b; c==?utf-8?q?d?= =?utf-8?q?e?=",
	    "a/b;c==?utf-8?q?d?= =?utf-8?q?e?=");
	check("a/b; c=d\"e\"; f=\"g\"h; i", "a/b;c=d\"e\";f=g");
	check("a/b; c= ; d=", "a/b;c=;d=");
}

ATF_TC_WITHOUT_HEAD(too_many);
ATF_TC_BODY(too_many, tc)
{
	struct mime_value	 v;
	char			*text = given_copies(";a*1=b;a*0=c", 5000);

	(void)tc;
	ATF_REQUIRE_EQ(0, mime_value_parse(&v, text, strlen(text)));
	ATF_CHECK(v.nparams <= MIME_PARAMS_MAX);
	mime_value_free(&v);
	free(text);
}

ATF_TC_WITHOUT_HEAD(many_specials);
ATF_TC_BODY(many_specials, tc)
{
	static const char *const specials[] = {
		"(", "\"", ";", "=", "b ", "b(", "b (", "b=", "a=b ", ";a",
		";a=\"", ";a=(", "\\", "/", "*", ";a*=b"
	};
	struct mime_value	 v;
	struct mime_buf		 b = { 0 };
	char			*text;
	size_t			 i;

	(void)tc;
	for (i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		mime_buf_reset(&b);
		text = given_copies(specials[i], 100000);
		ATF_REQUIRE_EQ(0, mime_buf_add(&b, "a/b;c=", 6));
		ATF_REQUIRE_EQ(0, mime_buf_add(&b, text, strlen(text)));
		ATF_REQUIRE_EQ(0, mime_value_parse(&v, b.data, b.len));
		ATF_CHECK(v.nparams <= MIME_PARAMS_MAX);
		mime_value_free(&v);
		free(text);
	}
	mime_buf_free(&b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, lookup);
	ATF_TP_ADD_TC(tp, continued);
	ATF_TP_ADD_TC(tp, continued_badly);
	ATF_TP_ADD_TC(tp, tokens);
	ATF_TP_ADD_TC(tp, unquoted);
	ATF_TP_ADD_TC(tp, too_many);
	ATF_TP_ADD_TC(tp, many_specials);
	return (atf_no_error());
}
