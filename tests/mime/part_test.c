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

#include "given.h"

/*
 * Shows a tree: a letter for each part's kind, the sizes of header and body
 * and the lines of the body, and what is within in parentheses.
 */
static void
show(struct mime_buf *b, const struct mime_part *part)
{
	struct mime_sink	 sink = mime_buf_sink(b);
	const struct mime_part	*child;

	ATF_REQUIRE_EQ(0, mime_buf_addc(b, "LMR"[part->kind]));
	if (part->flags & MIME_PART_PLAIN)
		ATF_REQUIRE_EQ(0, mime_buf_addc(b, 'p'));
	if (part->flags & MIME_PART_OPAQUE)
		ATF_REQUIRE_EQ(0, mime_buf_addc(b, 'o'));
	ATF_REQUIRE_EQ(0, mime_sink_number(&sink, part->header_size));
	ATF_REQUIRE_EQ(0, mime_buf_addc(b, ','));
	ATF_REQUIRE_EQ(0, mime_sink_number(&sink, part->body_size));
	ATF_REQUIRE_EQ(0, mime_buf_addc(b, ','));
	ATF_REQUIRE_EQ(0, mime_sink_number(&sink, part->body_lines));
	if (part->child == NULL)
		return;
	if (part->kind == MIME_RFC822) {
		child = part->child;
		ATF_CHECK_EQ(part->body, child->header);
		ATF_CHECK_EQ(part->end, child->end);
		ATF_CHECK_EQ(part->body_size, child->header_size +
		    child->body_size);
	}
	ATF_REQUIRE_EQ(0, mime_buf_addc(b, '('));
	for (child = part->child; child != NULL; child = child->next) {
		if (child != part->child)
			ATF_REQUIRE_EQ(0, mime_buf_addc(b, ' '));
		show(b, child);
	}
	ATF_REQUIRE_EQ(0, mime_buf_addc(b, ')'));
}

static void
check(const char *text, const char *want)
{
	struct mime_message	*m = given_message(text);
	const struct mime_part	*root;
	struct mime_buf		 b = { 0 };

	ATF_REQUIRE((root = mime_tree(m)) != NULL);
	ATF_CHECK_EQ(mime_size(m), root->header_size + root->body_size);
	show(&b, root);
	given_check(&b, want);
	ATF_CHECK_EQ(0, mime_error(m));
	mime_close(m);
}

#define MIXED	"Content-Type: multipart/mixed; boundary=b\n"
#define RFC822	"Content-Type: message/rfc822\n"

ATF_TC_WITHOUT_HEAD(single);
ATF_TC_BODY(single, tc)
{
	(void)tc;
	check("", "L0,0,0");
	check("\n", "L2,0,0");
	check("hello", "L5,0,0");
	check("A: b\n", "L6,0,0");
	check("A: b\n\nx\r\ny", "L8,4,1");
	check("A: b\r\n\r\n\n\n", "L8,4,2");
	check("\r\r\n\nx", "L5,1,0");
}

ATF_TC_WITHOUT_HEAD(multipart);
ATF_TC_BODY(multipart, tc)
{
	(void)tc;
	check(MIXED "\npre\n--b\n\none\n\n--b\nX: y\n\ntwo\n--b--\nepi\n",
	    "M45,49,11(L2,5,1 L8,3,0)");
	check(MIXED "\n--b\n\none\n--b\n\ntwo\nthree",
	    "M45,29,6(L2,3,0 L2,10,1)");
	/* A header may end with the boundary, or with the file. */
	check(MIXED "\n--b\nX: y\n--b\n--b--", "M45,21,3(L6,0,0 L0,0,0)");
	check(MIXED "\n--b\nX: y", "M45,9,1(L4,0,0)");
	/* White space after a boundary, and a line that begins with it. */
	check(MIXED "\n--b \t\n\nx\n--bogus\n\ny\n--b-- \n",
	    "M45,34,7(L2,1,0 L2,1,0)");
	/* After its end a boundary is text. */
	check(MIXED "\n--b\n\nx\n--b--\n--b\n\ny\n", "M45,27,7(L2,1,0)");
}

/* RFC 2231 sections 3 and 4. */
ATF_TC_WITHOUT_HEAD(extended_boundary);
ATF_TC_BODY(extended_boundary, tc)
{
	(void)tc;
	check("Content-Type: multipart/x; boundary*0=b; boundary*1=c\n\n"
	    "--bc\n\nx\n--bc--\n", "M57,19,4(L2,1,0)");
	check("Content-Type: multipart/x; boundary*=us-ascii'en'%62%20c%\n\n"
	    "--b c%\n\nx\n--b c%--\n", "M61,23,4(L2,1,0)");
	check("Content-Type: multipart/x; boundary*=%00\n\n"
	    "--%00\n\nx\n--%00--\n", "M44,21,4(L2,1,0)");
	check("Content-Type: multipart/x; boundary*=x''; boundary=b\n\n"
	    "--b\n\nx\n--b--\n", "M56,17,4(L2,1,0)");
	check("Content-Type: multipart/x; boundary*=x''\n\n"
	    "--\n\nx\n----\n", "Lp44,15,4");
}

ATF_TC_WITHOUT_HEAD(nested);
ATF_TC_BODY(nested, tc)
{
	(void)tc;
	/* The longest boundary counts; an outer one ends the inner. */
	check(MIXED "\n--b\nContent-Type: multipart/x; boundary=bb\n\n"
	    "--bb\n\nx\n--bb\n\ny\n--b\n\nz\n--b--\n",
	    "M45,86,13(M42,20,5(L2,1,0 L2,1,0) L2,1,0)");
	check(RFC822 "\n" MIXED "\n--b\n\nx\n--b--\n",
	    "R32,62,6(M45,17,4(L2,1,0))");
	check(RFC822 "\n", "R32,0,0(L0,0,0)");
	check(RFC822, "R30,0,0(L0,0,0)");
	check(RFC822 "\nnot a header", "R32,12,0(L12,0,0)");
	check(RFC822 "Content-Transfer-Encoding: base64\n\nU3ViamVjdDogeA==",
	    "Lo67,16,0");
}

/*
 * RFC 2046 section 5.1.1: a boundary has the line end before it, also that of
 * the empty line after a header.  A field keeps its own: RFC 5322.
 */
ATF_TC_WITHOUT_HEAD(no_body);
ATF_TC_BODY(no_body, tc)
{
	(void)tc;
	check(MIXED "\n--b\n\n--b\nX: y\n\n--b\n--b--\n",
	    "M45,32,7(L0,0,0 L6,0,0 L0,0,0)");
	check(MIXED "\n--b\n" RFC822 "--b--\n",
	    "M45,42,3(R30,0,0(L0,0,0))");
	check(MIXED "\n--b\n" RFC822 "\n--b--\n",
	    "M45,44,4(R30,0,0(L0,0,0))");
	check(MIXED "\n--b\n" RFC822 "\n\n--b--\n",
	    "M45,46,5(R32,0,0(L0,0,0))");
	check(MIXED "\n--b\n" RFC822 "\nX: y\n--b--\n",
	    "M45,50,5(R32,6,1(L6,0,0))");
	check(MIXED "\n--b\n" RFC822 "\nX: y\n\n--b--\n",
	    "M45,52,6(R32,6,1(L6,0,0))");
	check(MIXED "\n--b\n" RFC822 "\nX: y\n\n\n--b--\n",
	    "M45,54,7(R32,8,2(L8,0,0))");
	check(MIXED "\n--b\n" RFC822 "\n" RFC822 "\n--b--\n",
	    "M45,76,6(R32,30,1(R30,0,0(L0,0,0)))");
	check(MIXED "\n--b\nContent-Type: multipart/x; boundary=c\n\n"
	    "--b\n\nx\n--b--\n", "M45,63,7(Lp39,0,0 L2,1,0)");
}

ATF_TC_WITHOUT_HEAD(digest);
ATF_TC_BODY(digest, tc)
{
	(void)tc;
	check("Content-Type: multipart/digest; boundary=b\n\n"
	    "--b\n\nA: b\n\nx\n--b\nContent-Type: text/plain\n\ny\n--b\n\n"
	    MIXED "\n--b--\n",
	    "M46,113,14(R2,9,2(L8,1,0) L28,1,0 R2,52,3(Lp45,7,1))");
}

/* RFC 2045 section 5.2: what cannot be what it says is plain text. */
ATF_TC_WITHOUT_HEAD(not_multipart);
ATF_TC_BODY(not_multipart, tc)
{
	char	*text = given_copies("x", 400);

	(void)tc;
	check("Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n",
	    "Lp33,17,4");
	check(MIXED "\nno boundary\n", "Lp45,13,1");
	check(MIXED "\n--b--\n", "Lp45,7,1");
	check("Content-Type: text\n\nx", "Lp22,1,0");
	check("Content-Type:\n\nx", "Lp17,1,0");
	memcpy(text, "Content-Type: multipart/mixed; boundary=", 40);
	memcpy(text + 398, "\n\n", 2);
	check(text, "Lp402,0,0");
	free(text);
}

ATF_TC_WITHOUT_HEAD(depth_limit);
ATF_TC_BODY(depth_limit, tc)
{
	char			*text = given_copies(RFC822 "\n", 1000);
	struct mime_message	*m = given_message(text);
	const struct mime_part	*part;
	unsigned int		 depth = 0;

	(void)tc;
	ATF_REQUIRE((part = mime_tree(m)) != NULL);
	for (; part->child != NULL; part = part->child)
		depth++;
	ATF_CHECK_EQ(MIME_DEPTH_MAX, depth);
	ATF_CHECK_EQ(MIME_LEAF, part->kind);
	ATF_CHECK(part->flags & MIME_PART_OPAQUE);
	ATF_CHECK_EQ(32 * (1000 - MIME_DEPTH_MAX - 1), part->body_size);
	mime_close(m);
	free(text);
}

ATF_TC_WITHOUT_HEAD(part_limit);
ATF_TC_BODY(part_limit, tc)
{
	char			*parts = given_copies("--b\n\nx\n", 20000);
	char			*text = given_copies("x", strlen(parts) + 50);
	struct mime_message	*m;
	const struct mime_part	*root;

	(void)tc;
	(void)strlcpy(text, MIXED "\n", strlen(text));
	(void)strlcat(text, parts, strlen(parts) + 50);
	m = given_message(text);
	ATF_REQUIRE((root = mime_tree(m)) != NULL);
	ATF_CHECK_EQ(MIME_PARTS_MAX - 1, root->nchildren);
	/* The others are in the last: 10 bytes each, the first 3 less. */
	ATF_CHECK_EQ(3 + (20000 - (MIME_PARTS_MAX - 1)) * 10,
	    root->last->body_size);
	mime_close(m);
	free(parts);
	free(text);
}

ATF_TC_WITHOUT_HEAD(shrunk);
ATF_TC_BODY(shrunk, tc)
{
	char			*text = given_copies(MIXED "\n--b\n", 5000);
	int			 fd = given_file(text, strlen(text));
	struct mime_message	*m;

	(void)tc;
	ATF_REQUIRE((m = mime_open(fd)) != NULL);
	ATF_REQUIRE_EQ(0, ftruncate(fd, 40000));
	ATF_CHECK(mime_tree(m) != NULL);
	ATF_CHECK(mime_error(m) != 0);
	mime_close(m);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, single);
	ATF_TP_ADD_TC(tp, multipart);
	ATF_TP_ADD_TC(tp, extended_boundary);
	ATF_TP_ADD_TC(tp, nested);
	ATF_TP_ADD_TC(tp, no_body);
	ATF_TP_ADD_TC(tp, digest);
	ATF_TP_ADD_TC(tp, not_multipart);
	ATF_TP_ADD_TC(tp, depth_limit);
	ATF_TP_ADD_TC(tp, part_limit);
	ATF_TP_ADD_TC(tp, shrunk);
	return (atf_no_error());
}
