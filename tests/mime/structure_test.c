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

#include <stdio.h>

#include "imapd/mime/structure.h"
#include "given.h"

static void
check_envelope(const char *text, const char *want)
{
	struct mime_message	*m = given_message(text);
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);

	ATF_REQUIRE_EQ(0, mime_envelope(m, &sink));
	given_check(&b, want);
	mime_close(m);
}

static void
check_body(const char *text, int extended, const char *want)
{
	struct mime_message	*m = given_message(text);
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);

	ATF_REQUIRE_EQ(0, mime_bodystructure(m, extended, &sink));
	given_check(&b, want);
	mime_close(m);
}

ATF_TC_WITHOUT_HEAD(envelope);
ATF_TC_BODY(envelope, tc)
{
	(void)tc;
	check_envelope("", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
	check_envelope("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\n"
	    "From: Terry Gray <gray@cac>\nSubject: IMAP4rev1\n  mtg \"x\"\n"
	    "To: imap@cac\nTo: b@c\nCc: minutes@CNRI, J K <K@I>\n"
	    "Message-Id: <B@cac>\nIn-Reply-To: <a@b>\nBcc:\n\nbody",
	    "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" "
	    "\"IMAP4rev1  mtg \\\"x\\\"\" "
	    "((\"Terry Gray\" NIL \"gray\" \"cac\")) "
	    "((\"Terry Gray\" NIL \"gray\" \"cac\")) "
	    "((\"Terry Gray\" NIL \"gray\" \"cac\")) "
	    "((NIL NIL \"imap\" \"cac\")(NIL NIL \"b\" \"c\")) "
	    "((NIL NIL \"minutes\" \"CNRI\")(\"J K\" NIL \"K\" \"I\")) "
	    "NIL \"<a@b>\" \"<B@cac>\")");
}

/* RFC 3501 section 7.4.2: absent or empty, they are as From. */
ATF_TC_WITHOUT_HEAD(envelope_defaults);
ATF_TC_BODY(envelope_defaults, tc)
{
	(void)tc;
	check_envelope("From: a@b\nSender: c@d\nReply-To:\nSubject:\n",
	    "(NIL \"\" ((NIL NIL \"a\" \"b\")) ((NIL NIL \"c\" \"d\")) "
	    "((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL)");
	check_envelope("Subject: \xe9\nDate: x\ry\n",
	    "(\"x y\" {1}\r\n\xe9 NIL NIL NIL NIL NIL NIL NIL NIL)");
}

/* Fields of one name are one list; what one leaves open ends with it. */
ATF_TC_WITHOUT_HEAD(envelope_lists);
ATF_TC_BODY(envelope_lists, tc)
{
	(void)tc;
	check_envelope("To: g:a@b\nTo:\nTo: c@d (x\nTo: e@f\n\n",
	    "(NIL NIL NIL NIL NIL ((NIL NIL \"g\" NIL)(NIL NIL \"a\" \"b\")"
	    "(NIL NIL NIL NIL)(\"x\" NIL \"c\" \"d\")(NIL NIL \"e\" \"f\")) "
	    "NIL NIL NIL NIL)");
	check_envelope("To:\nTo: ,\nSender: ;\nFrom: a@b\n\n",
	    "(NIL NIL ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) "
	    "((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL)");
}

ATF_TC_WITHOUT_HEAD(single);
ATF_TC_BODY(single, tc)
{
	(void)tc;
	check_body("", 0, "(\"text\" \"plain\" (\"charset\" \"us-ascii\") "
	    "NIL NIL \"7bit\" 0 0)");
	check_body("Content-Type: TEXT/html; charset=\"x\"\n"
	    "Content-Transfer-Encoding: 8BIT (c)\n\na\nb", 0,
	    "(\"TEXT\" \"html\" (\"charset\" \"x\") NIL NIL \"8BIT\" 4 1)");
	check_body("Content-Type: application/x\n\nabc", 0,
	    "(\"application\" \"x\" NIL NIL NIL \"7bit\" 3)");
}

ATF_TC_WITHOUT_HEAD(extension);
ATF_TC_BODY(extension, tc)
{
	(void)tc;
	check_body("Content-Type: image/gif; name*0=a; name*1=b\n"
	    "Content-Disposition: Attachment; filename*=utf-8''%41\n"
	    "Content-Language: en, de (x)\nContent-Location: http://x/\n"
	    "Content-MD5: abc==\nContent-ID: <i@d>\n"
	    "Content-Description: d e\nContent-Transfer-Encoding:\n\nx", 1,
	    "(\"image\" \"gif\" (\"name\" \"ab\") \"<i@d>\" \"d e\" \"7bit\" "
	    "1 \"abc==\" (\"Attachment\" (\"filename*\" \"utf-8''%41\")) "
	    "(\"en\" \"de\") \"http://x/\")");
	check_body("Content-Type: a/b\nContent-Disposition: inline\n"
	    "Content-Language: ,\n", 1,
	    "(\"a\" \"b\" NIL NIL NIL \"7bit\" 0 NIL (\"inline\" NIL) NIL "
	    "NIL)");
	check_body("Content-Type: a/b\nContent-Disposition:\n", 1,
	    "(\"a\" \"b\" NIL NIL NIL \"7bit\" 0 NIL NIL NIL NIL)");
	/* RFC 2183 section 2.8. */
	check_body("Content-Type: a/b\nContent-Disposition: ;filename=y\n", 1,
	    "(\"a\" \"b\" NIL NIL NIL \"7bit\" 0 NIL (\"attachment\" "
	    "(\"filename\" \"y\")) NIL NIL)");
}

static void
check_encoding(const char *field, const char *want)
{
	char	 text[200], wanted[200];

	(void)snprintf(text, sizeof(text), "Content-Type: a/b\n"
	    "Content-Transfer-Encoding: %s\n", field);
	(void)snprintf(wanted, sizeof(wanted),
	    "(\"a\" \"b\" NIL NIL NIL \"%s\" 0)", want);
	check_body(text, 0, wanted);
}

ATF_TC_WITHOUT_HEAD(encoding);
ATF_TC_BODY(encoding, tc)
{
	(void)tc;
	check_encoding("base64", "base64");
	check_encoding("(c) Base64 (d)", "Base64");
	check_encoding("\"base64\"", "base64");
	check_encoding("base64;", "base64");
	check_encoding("base64, x", "base64");
	check_encoding("x-uuencode", "x-uuencode");
	check_encoding(";", "7bit");
	check_encoding("\n (c)", "7bit");
}

static void
check_language(const char *field, const char *want)
{
	char	 text[200], wanted[200];

	(void)snprintf(text, sizeof(text), "Content-Type: a/b\n"
	    "Content-Language: %s\n", field);
	(void)snprintf(wanted, sizeof(wanted),
	    "(\"a\" \"b\" NIL NIL NIL \"7bit\" 0 NIL NIL %s NIL)", want);
	check_body(text, 1, wanted);
}

/* RFC 3282 section 2. */
ATF_TC_WITHOUT_HEAD(language);
ATF_TC_BODY(language, tc)
{
	(void)tc;
	check_language("en-US", "(\"en-US\")");
	check_language("en (English), de\n , fr", "(\"en\" \"de\" \"fr\")");
	check_language(",en,,de,", "(\"en\" \"de\")");
	check_language("en;q=1, de . x", "(\"en\" \"de\")");
	check_language("<en>, \"de\"", "NIL");
	check_language("(c)", "NIL");
}

ATF_TC_WITHOUT_HEAD(multipart);
ATF_TC_BODY(multipart, tc)
{
	const char	*text =
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n"
	    "Content-Type: message/rfc822; a=b\n\nSubject: s\n\ny\n--b--\n";

	(void)tc;
	check_body(text, 0,
	    "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	    "\"7bit\" 1 0)(\"message\" \"rfc822\" (\"a\" \"b\") NIL NIL "
	    "\"7bit\" 15 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	    "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	    "\"7bit\" 1 0) 2) \"mixed\")");
	check_body(text, 1,
	    "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	    "\"7bit\" 1 0 NIL NIL NIL NIL)(\"message\" \"rfc822\" "
	    "(\"a\" \"b\") NIL NIL "
	    "\"7bit\" 15 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	    "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	    "\"7bit\" 1 0 NIL NIL NIL NIL) 2 NIL NIL NIL NIL) \"mixed\" "
	    "(\"boundary\" \"b\") NIL NIL NIL)");
}

/* The grammar has no multipart without parts. */
/* RFC 6532, RFC 9051: a message for those who know, else a type as any. */
ATF_TC_WITHOUT_HEAD(global);
ATF_TC_BODY(global, tc)
{
	static const char	mail[] = "Content-Type: Message/Global\n\n"
	    "Subject: \xc3\xa9\n\nx\n";
	static const char	base64[] = "Content-Type: message/global\n"
	    "Content-Transfer-Encoding: base64\n\neA==\n";
	static const char	basic[] = "(\"Message\" \"Global\" NIL NIL NIL "
	    "\"7bit\" 18)";

	(void)tc;
	check_body(mail, 0, basic);
	check_body(mail, MIME_STRUCTURE_GLOBAL, "(\"Message\" \"Global\" NIL "
	    "NIL NIL \"7bit\" 18 (NIL {2}\r\n\xc3\xa9 NIL NIL NIL NIL NIL NIL "
	    "NIL NIL) (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	    "\"7bit\" 3 1) 3)");
	check_body(base64, 0, "(\"message\" \"global\" NIL NIL NIL "
	    "\"base64\" 6)");
	check_body(base64, MIME_STRUCTURE_GLOBAL, "(\"application\" "
	    "\"octet-stream\" NIL NIL NIL \"base64\" 6)");
	ATF_CHECK_EQ(1, mime_structure_global(basic, strlen(basic)));
	ATF_CHECK_EQ(0, mime_structure_global(basic, 18));
	ATF_CHECK_EQ(0, mime_structure_global("", 0));
}

ATF_TC_WITHOUT_HEAD(degenerate);
ATF_TC_BODY(degenerate, tc)
{
	(void)tc;
	check_body("Content-Type: multipart/mixed; boundary=b\n\nabc\n", 0,
	    "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	    "\"7bit\" 5 1)");
	check_body("Content-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: base64\n\nQQ==", 0,
	    "(\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 4)");
	/* What cannot be looked into keeps its name. */
	check_body("Content-Type: message/rfc822; name=\"a b\"\n"
	    "Content-Transfer-Encoding: x-y\n\nQQ==", 0,
	    "(\"application\" \"octet-stream\" (\"name\" \"a b\") NIL NIL "
	    "\"x-y\" 4)");
	check_body("Content-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: 8bit (c)\n\n", 0,
	    "(\"message\" \"rfc822\" NIL NIL NIL \"8bit\" 0 (NIL NIL NIL NIL "
	    "NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" (\"charset\" "
	    "\"us-ascii\") NIL NIL \"7bit\" 0 0) 0)");
	check_body("Content-Type: \xe9/x\n\n", 0,
	    "({1}\r\n\xe9 \"x\" NIL NIL NIL \"7bit\" 0)");
}

ATF_TC_WITHOUT_HEAD(deep);
ATF_TC_BODY(deep, tc)
{
	char			*text;
	struct mime_message	*m;
	struct mime_buf		 b = { 0 };
	struct mime_sink	 sink = mime_buf_sink(&b);

	(void)tc;
	text = given_copies("Content-Type: message/rfc822\n\n", 2000);
	m = given_message(text);
	ATF_REQUIRE_EQ(0, mime_bodystructure(m, 1, &sink));
	ATF_REQUIRE_EQ(0, mime_buf_addc(&b, '\0'));
	ATF_CHECK(strstr(b.data, "\"octet-stream\"") != NULL);
	mime_buf_free(&b);
	mime_close(m);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, envelope);
	ATF_TP_ADD_TC(tp, envelope_defaults);
	ATF_TP_ADD_TC(tp, envelope_lists);
	ATF_TP_ADD_TC(tp, single);
	ATF_TP_ADD_TC(tp, encoding);
	ATF_TP_ADD_TC(tp, language);
	ATF_TP_ADD_TC(tp, extension);
	ATF_TP_ADD_TC(tp, multipart);
	ATF_TP_ADD_TC(tp, global);
	ATF_TP_ADD_TC(tp, degenerate);
	ATF_TP_ADD_TC(tp, deep);
	return (atf_no_error());
}
