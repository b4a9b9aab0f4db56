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
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/parser.h"

/*
 * Each dialogue is fed whole, byte by byte and in random pieces, and what the
 * parser made of it must be the same text every time.
 */

#define TRACE_SIZE	(64 * 1024)
#define ROUNDS		20
#define MANY		1000

struct trace {
	char	 text[TRACE_SIZE];
	size_t	 len;
	int	 in_data;
};

enum split {
	SPLIT_NONE,
	SPLIT_BYTES,
	SPLIT_RANDOM
};

static const struct parser_limits	limits = PARSER_LIMITS;
static const struct parser_limits	small = { 64, 16, 12, 4, 100 };

static void	 say(struct trace *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static void	 say_text(struct trace *, const char *, size_t);
static void	 say_args(struct trace *, const struct parser_arg *);
static void	 say_literal(struct trace *, struct parser *);
static int	 say_result(struct trace *, struct parser *,
		    enum parser_result);
static void	 run(struct trace *, const struct parser_limits *,
		    const char *, size_t, enum split);
static void	 check(const struct parser_limits *, const char *, size_t,
		    const char *);
static struct parser *parse(const char *);

static void
say(struct trace *t, const char *fmt, ...)
{
	va_list	ap;
	int	n;

	va_start(ap, fmt);
	n = vsnprintf(t->text + t->len, sizeof(t->text) - t->len, fmt, ap);
	va_end(ap);
	ATF_REQUIRE(n >= 0 && (size_t)n < sizeof(t->text) - t->len);
	t->len += (size_t)n;
}

static void
say_text(struct trace *t, const char *s, size_t len)
{
	size_t	i;

	for (i = 0; i < len; i++)
		if (s[i] >= ' ' && s[i] <= '~')
			say(t, "%c", s[i]);
		else
			say(t, "%%%02X", (unsigned char)s[i]);
}

static void
say_args(struct trace *t, const struct parser_arg *arg)
{
	const char	*before = "";

	for (; arg != NULL; arg = arg->next) {
		say(t, "%s", before);
		before = " ";
		switch (arg->type) {
		case PARSER_LIST:
			say(t, "(");
			say_args(t, arg->child);
			say(t, ")");
			continue;
		case PARSER_QUOTED:
			say(t, "q:");
			break;
		case PARSER_LITSTR:
		case PARSER_LITSTR8:
			if (arg->type == PARSER_LITSTR8)
				say(t, "~");
			if (arg->text == NULL) {
				say(t, "s:%zu", arg->len);
				continue;
			}
			say(t, "l:");
			break;
		case PARSER_NIL:
			say(t, "n:");
			break;
		case PARSER_ATOM:
			break;
		}
		ATF_REQUIRE_EQ(arg->len, strlen(arg->text));
		say_text(t, arg->text, arg->len);
		if (arg->section) {
			say(t, "[");
			say_args(t, arg->child);
			say(t, "]%s", arg->suffix);
		}
	}
}

/* APPEND and literals of 5 octets are streamed, of more than 50 refused. */
static void
say_literal(struct trace *t, struct parser *p)
{
	uint64_t	size = parser_literal_size(p);

	say(t, "<%llu%s%s", (unsigned long long)size,
	    parser_literal_sync(p) ? "" : "+",
	    parser_literal_top(p) ? "" : ".");
	if (size > 50) {
		ATF_REQUIRE_EQ(0, parser_literal(p, PARSER_REFUSE));
		say(t, " refuse>");
	} else if (size == 5 || strcmp(parser_name(p), "APPEND") == 0) {
		ATF_REQUIRE_EQ(0, parser_literal(p, PARSER_STREAM));
		say(t, " stream>");
	} else if (parser_literal(p, PARSER_KEEP) == -1) {
		ATF_REQUIRE_EQ(E2BIG, errno);
		ATF_REQUIRE_EQ(0, parser_literal(p, PARSER_REFUSE));
		say(t, " full>");
	} else
		say(t, ">");
}

/* Returns 0 after PARSER_FATAL. */
static int
say_result(struct trace *t, struct parser *p, enum parser_result res)
{
	const char	*s;
	size_t		 len;

	if (res == PARSER_DATA) {
		s = parser_data(p, &len);
		ATF_REQUIRE(len > 0);
		say(t, "%s", t->in_data ? "" : "'");
		say_text(t, s, len);
		t->in_data = parser_literal_left(p) > 0;
		say(t, "%s", t->in_data ? "" : "'");
		return (1);
	}
	switch (res) {
	case PARSER_LITERAL:
		say_literal(t, p);
		return (1);
	case PARSER_DONE:
		say(t, "%s %s ", parser_tag(p), parser_name(p));
		say_args(t, parser_args(p));
		say(t, "|");
		if (strcmp(parser_name(p), "IDLE") == 0) {
			parser_expect_line(p);
			return (1);
		}
		break;
	case PARSER_LINE:
		s = parser_line(p, &len);
		ATF_REQUIRE_EQ('\0', s[len]);
		say(t, "%s line:", parser_tag(p));
		say_text(t, s, len);
		say(t, "|");
		break;
	case PARSER_REFUSED:
		say(t, "%s NO|", parser_tag(p));
		break;
	case PARSER_ERROR:
		say(t, "%s BAD %s|", parser_tag(p), parser_error(p));
		break;
	case PARSER_FATAL:
		say(t, "BYE %s|", parser_error(p));
		return (0);
	default:
		atf_tc_fail("result %d", (int)res);
	}
	parser_reset(p);
	return (1);
}

static void
run(struct trace *t, const struct parser_limits *lim, const char *in,
    size_t len, enum split split)
{
	enum parser_result	 res = PARSER_MORE;
	struct parser		*p;
	char			*piece;
	size_t			 n, used;

	t->len = 0;
	t->in_data = 0;
	t->text[0] = '\0';
	ATF_REQUIRE((p = parser_new(lim)) != NULL);
	while (len > 0 || res != PARSER_MORE) {
		n = len;
		if (split == SPLIT_BYTES && n > 1)
			n = 1;
		if (split == SPLIT_RANDOM && n > 0)
			n = (size_t)rand() % (n < 9 ? n + 1 : 9);
		/* A copy of its own size, so that overreading is seen. */
		ATF_REQUIRE((piece = malloc(n + (n == 0))) != NULL);
		memcpy(piece, in, n);
		res = parser_feed(p, piece, n, &used);
		ATF_REQUIRE(used <= n);
		if (res == PARSER_MORE)
			ATF_REQUIRE_EQ(n, used);
		in += used;
		len -= used;
		if (res != PARSER_MORE && say_result(t, p, res) == 0) {
			free(piece);
			break;
		}
		free(piece);
	}
	parser_free(p);
}

static void
check(const struct parser_limits *lim, const char *in, size_t len,
    const char *want)
{
	static struct trace	t;
	int			i;

	run(&t, lim, in, len, SPLIT_NONE);
	ATF_CHECK_STREQ(want, t.text);
	run(&t, lim, in, len, SPLIT_BYTES);
	ATF_CHECK_STREQ(want, t.text);
	for (i = 0; i < ROUNDS; i++) {
		run(&t, lim, in, len, SPLIT_RANDOM);
		ATF_CHECK_STREQ(want, t.text);
	}
}

#define CHECK(in, want)		check(&limits, in, sizeof(in) - 1, want)
#define CHECK_SMALL(in, want)	check(&small, in, sizeof(in) - 1, want)

/* Parses one command without literals. */
static struct parser *
parse(const char *in)
{
	struct parser	*p;
	size_t		 used;

	ATF_REQUIRE((p = parser_new(&limits)) != NULL);
	ATF_REQUIRE_EQ(PARSER_DONE, parser_feed(p, in, strlen(in), &used));
	return (p);
}

ATF_TC_WITHOUT_HEAD(commands);
ATF_TC_BODY(commands, tc)
{
	CHECK("A1 NOOP\r\nA2 noop\nA3 Capability  \r\n",
	    "A1 NOOP |A2 NOOP |A3 CAPABILITY |");
	CHECK("a.1 uid  Fetch 1:*,$ FLAGS\r\n",
	    "a.1 UID FETCH 1:*,$ FLAGS|");
	CHECK("a STORE 1 (UNCHANGEDSINCE 5) +FLAGS (\\Seen $Done)\r\n",
	    "a STORE 1 (UNCHANGEDSINCE 5) +FLAGS (\\Seen $Done)|");
	CHECK("a LOGIN joe \"se\\\"c\\\\ret\"\r\n",
	    "a LOGIN joe q:se\"c\\ret|");
	CHECK("a LIST \"\" %\r\nb LIST () () *\r\n",
	    "a LIST q: %|b LIST () () *|");
	CHECK("a SEARCH OR (SEEN (FLAGGED 1)) NOT 2:4 NIL\r\n",
	    "a SEARCH OR (SEEN (FLAGGED 1)) NOT 2:4 n:NIL|");
	CHECK("a ID (\"name\" \"x\" \"y\" nil)\r\n",
	    "a ID (q:name q:x q:y n:nil)|");
	CHECK("a SELECT [Gmail]/All\r\n", "a SELECT [Gmail]/All|");
	CHECK("a AUTHENTICATE PLAIN AGEAYg==\r\n",
	    "a AUTHENTICATE PLAIN AGEAYg==|");
	CHECK("a SELECT x (CONDSTORE)\r\n", "a SELECT x (CONDSTORE)|");
}

ATF_TC_WITHOUT_HEAD(sections);
ATF_TC_BODY(sections, tc)
{
	CHECK("a FETCH 1 BODY[]\r\n", "a FETCH 1 BODY[]|");
	CHECK("a FETCH 1 (BODY.PEEK[HEADER.FIELDS (FROM \"To\")]<0.100> UID)"
	    "\r\n", "a FETCH 1 (BODY.PEEK[HEADER.FIELDS (FROM q:To)]<0.100> "
	    "UID)|");
	CHECK("a UID FETCH 1 BODY[1.2.MIME]<5.6>\r\n",
	    "a UID FETCH 1 BODY[1.2.MIME]<5.6>|");
	CHECK("a FETCH 1 BODY[HEADER.FIELDS (X[a]Y {2}\r\nTo)]\r\n",
	    "<2.>a FETCH 1 BODY[HEADER.FIELDS (X[a]Y l:To)]|");
	CHECK("a FETCH 1 BODY[HEADER.FIELDS (a)\r\n",
	    "a BAD A ] is missing|");
	CHECK("a FETCH 1 BODY[HEADER.FIELDS (a]\r\n",
	    "a BAD A ) is missing|");
	CHECK("a FETCH 1 (BODY[TEXT)\r\n", "a BAD Unexpected )|");
	CHECK("a FETCH 1 (BODY[TEXT]]<1.2> BODY[TEXT](\r\n",
	    "a BAD A space is missing between arguments|");
	/* Elsewhere a bracket is a character like others. */
	CHECK("a SEARCH SUBJECT x[(\r\n",
	    "a BAD A space is missing between arguments|");
	CHECK("a CREATE x[y\r\n", "a CREATE x[y|");
}

ATF_TC_WITHOUT_HEAD(literals);
ATF_TC_BODY(literals, tc)
{
	CHECK("a LOGIN {3}\r\njoe {6+}\r\nsecret\r\n",
	    "<3><6+>a LOGIN l:joe l:secret|");
	CHECK("a LOGIN {0}\r\n {000+}\r\n\r\n",
	    "<0><0+>a LOGIN l: l:|");
	CHECK("a X ({4}\r\n)\r\n() {1}\r\nb\r\n",
	    "<4.><1>a X (l:)%0D%0A() l:b|");
	CHECK("a X ({4}\r\n)\r\n( {1}\n\xe9 ) c\n",
	    "<4.><1.>a X (l:)%0D%0A( l:%E9) c|");
	CHECK("a X {3}\r\nabcd\r\n",
	    "<3>a BAD A space is missing between arguments|");
	CHECK("a X {3}\r\na\0b {4+}\r\nx N\n\r\nc NOOP\r\n",
	    "<3>a BAD A literal has a NUL in it|c NOOP |");
}

ATF_TC_WITHOUT_HEAD(streams);
ATF_TC_BODY(streams, tc)
{
	CHECK("a APPEND box (\\Seen) \" 1-Jan\" {12}\r\nab\0\r\n{5+}\r\nc"
	    "\r\nb NOOP\r\n",
	    "<12 stream>'ab%00%0D%0A{5+}%0D%0Ac'"
	    "a APPEND box (\\Seen) q: 1-Jan s:12|b NOOP |");
	/* RFC 3502 */
	CHECK("a APPEND box {1+}\r\nx {2+}\r\nyz\r\n",
	    "<1+ stream>'x'<2+ stream>'yz'a APPEND box s:1 s:2|");
	CHECK("a APPEND box {0}\r\n\r\n", "<0 stream>a APPEND box s:0|");
	CHECK("a APPEND {5+}\r\nb\r\nc \r\n",
	    "<5+ stream>'b%0D%0Ac '"
	    "a APPEND s:5|");
	CHECK("a APPEND box {1+}\r\nxy {3+}\r\nc X\r\nb NOOP\r\n",
	    "<1+ stream>'x'a BAD A space is missing between arguments|"
	    "b NOOP |");
}

/* RFC 3516, and RFC 6855's UTF8 (...) around it. */
ATF_TC_WITHOUT_HEAD(literal8);
ATF_TC_BODY(literal8, tc)
{
	CHECK("a APPEND box ~{3}\r\na\0b {1+}\r\nc\r\nb NOOP\r\n",
	    "<3 stream>'a%00b'<1+ stream>'c'a APPEND box ~s:3 s:1|b NOOP |");
	CHECK("a APPEND box UTF8 (~{3+}\r\na\r\n)\r\nb NOOP\r\n",
	    "<3+. stream>'a%0D%0A'a APPEND box UTF8 (~s:3)|b NOOP |");
	CHECK("a X ~{3}\r\nabc ~a ~\r\nb X (~{4+}\r\nc X\n)\r\n",
	    "<3>a X ~l:abc ~a ~|<4+.>b X (~l:c X%0A)|");
	CHECK("a X ~{3+}\r\na\0c\r\nb X ~{51+}\r\nc LOGOUT\r\n01234567890"
	    "12345678901234567890123456789\r\nd NOOP\r\n",
	    "<3+>a BAD A literal has a NUL in it|<51+ refuse>b NO|d NOOP |");
}

/* The octets of what was refused are never commands. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	CHECK("a X {51}\r\nb NOOP\r\n", "<51 refuse>a NO|b NOOP |");
	CHECK("a X {51+}\r\nc LOGOUT\r\n0123456789012345678901234567890123456"
	    "789e {15+}\r\nd LOGOUT {3+}\r\n {3+}\r\nx\r\n {2}\r\nb NOOP\r\n",
	    "<51+ refuse>a NO|b NOOP |");
	/* Even where it is not clear that it is a literal. */
	CHECK("a X {51+}\r\nc LOGOUT\r\n0123456789012345678901234567890123456"
	    "789e \"{15+}\r\nd LOGOUT {3+}\r\n\r\nb NOOP\r\n",
	    "<51+ refuse>a NO|b NOOP |");
	/* Refused without its octets, and they are not sent. */
	CHECK("a X {3+}\r\nabc {51}\r\nb NOOP {51+}\r\n",
	    "<3+><51 refuse>a NO|<51+ refuse>");
	CHECK_SMALL("a X {101+}\r\nb NOOP\r\n", "<101+ refuse>"
	    "BYE Literal too large|");
	CHECK_SMALL("a X {99999}\r\nb NOOP\r\n", "<99999 refuse>a NO|b NOOP |");
	CHECK_SMALL("a X {10} {7+}\r\nb NOOP\r\nc NOOP\r\n",
	    "a BAD Invalid literal|c NOOP |");
}

ATF_TC_WITHOUT_HEAD(utf8);
ATF_TC_BODY(utf8, tc)
{
	CHECK("a X \"\xc3\xa9\" (\"\xf0\x9f\x98\x80\\\"\" \"\t\x7f\")\r\n",
	    "a X q:%C3%A9 (q:%F0%9F%98%80\" q:%09%7F)|");
	/* RFC 6855 section 3: what is not UTF-8 is BAD, wherever it is cut. */
	CHECK("a X \"\xe9\"\r\nb X \"\xc3\"\r\nc X \"\xe2\x82\"\r\n"
	    "d X \"\xed\xa0\x80\"\r\ne X \"\xc0\x80\"\r\n"
	    "f X \"\xf4\x90\x80\x80\"\r\ng X \"\xc3\r\nh X \"\\\xc3\xa9\"\r\n"
	    "i NOOP\r\n",
	    "a BAD Invalid UTF-8|b BAD Invalid UTF-8|c BAD Invalid UTF-8|"
	    "d BAD Invalid UTF-8|e BAD Invalid UTF-8|f BAD Invalid UTF-8|"
	    "g BAD Invalid UTF-8|h BAD Invalid escape|i NOOP |");
	/* Nowhere else but in literals. */
	CHECK("\xc3\xa9 X\r\na \xc3\xa9\r\nb X x\xc3\xa9\r\nc X (\xc3\xa9)\r\n"
	    "d X {2+}\r\n\xc3\xa9\r\n",
	    "* BAD No tag and space before the command|"
	    "a BAD No command after the tag|"
	    "b BAD A space is missing between arguments|"
	    "c BAD 8-bit characters have to be quoted|"
	    "<2+>d X l:%C3%A9|");
}

ATF_TC_WITHOUT_HEAD(errors);
ATF_TC_BODY(errors, tc)
{
	CHECK("\r\n\nb NOOP\r\n",
	    "* BAD No tag and space before the command|"
	    "* BAD No tag and space before the command|b NOOP |");
	CHECK("a+ NOOP\r\n+ x\r\n(\r\n{3+}\r\nb X\r\nc NOOP\r\n",
	    "* BAD No tag and space before the command|"
	    "* BAD No tag and space before the command|"
	    "* BAD No tag and space before the command|"
	    "* BAD No tag and space before the command|c NOOP |");
	CHECK("a \r\nb (\r\nc UID\r\nd UID \r\ne {3+}\r\nf X\r\ng X\r\n",
	    "a BAD No command after the tag|b BAD No command after the tag|"
	    "c UID |d BAD No command after the tag|"
	    "e BAD No command after the tag|g X |");
	CHECK("a X \"y\r\nb X \"\\n\"\r\nc X \"\"\"\"\r\nd X y\"z\"\r\n",
	    "a BAD A quoted string has no end|b BAD Invalid escape|"
	    "c BAD A space is missing between arguments|"
	    "d BAD A space is missing between arguments|");
	CHECK("a X (\r\nb X )\r\nc X (()\r\nd X a(b)\r\ne X \\\r\n",
	    "a BAD A ) is missing|b BAD Unexpected )|c BAD A ) is missing|"
	    "d BAD A space is missing between arguments|e X \\|");
	CHECK("a X \xc3\xa9\r\nb X \t\r\nc X a\rb\r\nd X a\0b\r\n",
	    "a BAD 8-bit characters have to be quoted|"
	    "b BAD Invalid control character|"
	    "c BAD Invalid control character|"
	    "d BAD Invalid control character|");
	CHECK("a X x~{3}\r\nb X ~~{4+}\r\nc X\n y\r\nd X ~{}\r\n"
	    "e NOOP\r\n",
	    "a BAD A space is missing between arguments|"
	    "b BAD A space is missing between arguments|"
	    "d BAD Invalid literal|e NOOP |");
	CHECK("a X {}\r\nb X {+}\r\nc X {3-}\r\nd X {3\r\ne X {3}x\r\n"
	    "f X {\r\ng X {-3}\r\n",
	    "a BAD Invalid literal|b BAD Invalid literal|"
	    "c BAD Invalid literal|d BAD Invalid literal|"
	    "e BAD Invalid literal|f BAD Invalid literal|"
	    "g BAD Invalid literal|");
	CHECK("a X {99999999999999999999}\r\nb X {9223372036854775807}\r\n"
	    "c X {9223372036854775808+}\r\n",
	    "a BAD Literal too large|b BAD Literal too large|"
	    "BYE Literal too large|");
	CHECK("c X {18446744073709551617+}\r\nb NOOP\r\n",
	    "BYE Literal too large|");
	CHECK(") X {00000000000000000000000000000000000000003+}\r\n"
	    "b \r\nc NOOP\r\n",
	    "* BAD No tag and space before the command|c NOOP |");
}

/* 120 bytes, and 1,200. */
#define LONG	"123456789012345678901234567890123456789012345678901234567890" \
	"123456789012345678901234567890123456789012345678901234567890"
#define LONGER	LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	/* 64 bytes, in one line or several. */
	CHECK_SMALL("a X 123456789012345678901234567890123456789012345678901"
	    "2345678\r\nb NOOP\r\n",
	    "a X 1234567890123456789012345678901234567890123456789012345678"
	    "|b NOOP |");
	CHECK_SMALL("a X 123456789012345678901234567890123456789012345678901"
	    "23456789\r\nb NOOP\r\n", "a BAD Command line too long|b NOOP |");
	CHECK_SMALL("a X 1234567890123456789012345678901234567890 {2+}\r\n"
	    "xx 90123456789\r\nb NOOP\r\n",
	    "<2+>a BAD Command line too long|b NOOP |");
	CHECK_SMALL("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaa X\r\nb NOOP\r\n",
	    "* BAD Command line too long|b NOOP |");
	/* A line that has no end: 64 times what one may have. */
	CHECK_SMALL("a X " LONGER "\r\nb NOOP\r\n",
	    "a BAD Command line too long|b NOOP |");
	CHECK_SMALL("a X " LONGER LONGER LONGER LONGER "\r\nb NOOP\r\n",
	    "BYE Line too long|");
	/* A literal after too long a line, its "{" before the limit or not. */
	CHECK_SMALL("a X 12345678901234567890123456789012345678901234567890"
	    "12345 {000004+}\r\nc X\n {2+}\r\nd \r\nb NOOP\r\n",
	    "a BAD Command line too long|b NOOP |");
	CHECK_SMALL("a X 12345678901234567890123456789012345678901234567890"
	    "123456789012345678901234567890 {10+}\r\nc X\r\nd X\r\n\r\n"
	    "b NOOP\r\n",
	    "a BAD Command line too long|b NOOP |");
	CHECK_SMALL("a X ((((a))))\r\nb X (((((a)))))\r\n",
	    "a X ((((a))))|b BAD Lists are nested too deeply|");
	CHECK_SMALL("a X 1 2 3 4 5 6 7 8 9 10 (11)\r\n"
	    "b X 1 2 3 4 5 6 7 8 9 10 (11 12)\r\n",
	    "a X 1 2 3 4 5 6 7 8 9 10 (11)|b BAD Too many arguments|");
	CHECK_SMALL("a X 1 2 3 4 5 6 7 8 9 10 11 12 {3+}\r\nb X \"\"\r\n"
	    "c X 1 2 3 4 5 6 7 8 9 10 11 12 \"\"\r\n",
	    "a BAD Too many arguments|c BAD Too many arguments|");
	CHECK_SMALL("a X {8}\r\n12345678 {8+}\r\n12345678\r\n"
	    "b X {8}\r\n12345678 {9+}\r\n123 X\r\n\r\n\r\nc NOOP\r\n",
	    "<8><8+>a X l:12345678 l:12345678|<8><9+ full>b NO|c NOOP |");
}

/* Long commands, one after the other, up to the limit of a session. */
ATF_TC_WITHOUT_HEAD(long_commands);
ATF_TC_BODY(long_commands, tc)
{
	const struct parser_arg	*a;
	struct parser		*p;
	char			*in;
	size_t			 n, used, len = limits.line, count;

	ATF_REQUIRE((p = parser_new(&limits)) != NULL);
	ATF_REQUIRE((in = malloc(len + 1)) != NULL);
	memset(in, 'x', len);
	memcpy(in, "a X ", 4);
	memcpy(in + len - 2, "\r\n", 3);
	ATF_CHECK_EQ(PARSER_DONE, parser_feed(p, in, len, &used));
	ATF_CHECK_EQ(len, used);
	ATF_CHECK_EQ(len - 6, parser_args(p)->len);
	parser_reset(p);

	memcpy(in + len - 2, "xx", 2);
	ATF_CHECK_EQ(PARSER_MORE, parser_feed(p, in, len, &used));
	ATF_CHECK_EQ(PARSER_ERROR, parser_feed(p, "\r\nb", 3, &used));
	ATF_CHECK_EQ(2, used);
	ATF_CHECK_STREQ("a", parser_tag(p));
	parser_reset(p);

	/* Many arguments, in more than one piece of memory. */
	n = 5;
	memcpy(in, "a X (", n);
	for (count = 0; count < MANY; count++, n += 16)
		memcpy(in + n, " \"23456789 1234\"", 16);
	memcpy(in + n, ")\r\n", 3);
	ATF_CHECK_EQ(PARSER_DONE, parser_feed(p, in, n + 3, &used));
	ATF_REQUIRE(parser_args(p) != NULL);
	for (a = parser_args(p)->child; a != NULL; a = a->next, count--)
		ATF_CHECK_STREQ("23456789 1234", a->text);
	ATF_CHECK_EQ(0, count);
	parser_free(p);
	free(in);
}

ATF_TC_WITHOUT_HEAD(other_limits);
ATF_TC_BODY(other_limits, tc)
{
	struct parser	*p;
	size_t		 used;

	ATF_REQUIRE((p = parser_new(&small)) != NULL);
	ATF_CHECK_EQ(PARSER_LITERAL,
	    parser_feed(p, "a X {17}\r\n", 10, &used));
	/* It stands until there is an answer that can be given. */
	ATF_CHECK_EQ(PARSER_LITERAL, parser_feed(p, "x", 1, &used));
	ATF_CHECK_EQ(0, used);
	ATF_CHECK_ERRNO(E2BIG, parser_literal(p, PARSER_KEEP) == -1);
	ATF_CHECK_EQ(PARSER_LITERAL, parser_feed(p, "x", 1, &used));
	ATF_CHECK_EQ(0, parser_literal(p, PARSER_REFUSE));
	ATF_CHECK_EQ(PARSER_REFUSED, parser_feed(p, "x", 1, &used));
	ATF_CHECK_EQ(0, used);
	parser_reset(p);
	parser_set_limits(p, &limits);
	ATF_CHECK_EQ(PARSER_LITERAL,
	    parser_feed(p, "a X {17}\r\n", 10, &used));
	ATF_CHECK_EQ(0, parser_literal(p, PARSER_KEEP));
	ATF_CHECK_EQ(17, parser_literal_left(p));
	ATF_CHECK_EQ(PARSER_MORE, parser_feed(p, "1234567", 7, &used));
	ATF_CHECK_EQ(10, parser_literal_left(p));
	parser_free(p);
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	CHECK("a IDLE\r\nDONE\r\nb IDLE\n\nc IDLE\r\nx {3+}\r\nd NOOP\r\n",
	    "a IDLE |a line:DONE|b IDLE |b line:|c IDLE |c line:x {3+}|"
	    "d NOOP |");
	CHECK("a IDLE\r\n\0\xff\r\r\n", "a IDLE |a line:%00%FF%0D|");
	CHECK_SMALL("a IDLE\r\n1234567890123456789012345678901234567890123456"
	    "789012345678901234567890 {5+}\r\nb NOOP\r\n",
	    "a IDLE |a BAD Line too long|b NOOP |");
	CHECK_SMALL("a IDLE\r\n1234567890123456789012345678901234567890123456"
	    "789012\r\nb NOOP\r\n",
	    "a IDLE |a line:12345678901234567890123456789012345678901234567"
	    "89012|b NOOP |");
}

ATF_TC_WITHOUT_HEAD(results_stand);
ATF_TC_BODY(results_stand, tc)
{
	struct parser	*p = parse("a X b\r\n");
	size_t		 used;

	ATF_CHECK_EQ(PARSER_DONE, parser_feed(p, "b NOOP\r\n", 8, &used));
	ATF_CHECK_EQ(0, used);
	ATF_CHECK_STREQ("b", parser_args(p)->text);
	ATF_CHECK_ERRNO(EINVAL, parser_literal(p, PARSER_KEEP) == -1);
	parser_reset(p);
	ATF_CHECK_EQ(PARSER_MORE, parser_feed(p, NULL, 0, &used));
	ATF_CHECK_EQ(PARSER_MORE, parser_feed(p, "b NO", 4, &used));
	ATF_CHECK_STREQ("", parser_tag(p));
	ATF_CHECK_EQ(PARSER_DONE, parser_feed(p, "OP\r\n", 4, &used));
	ATF_CHECK_STREQ("b", parser_tag(p));
	parser_free(p);
	parser_free(NULL);
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	const struct parser_arg	*a;
	struct parser		*p;
	const char		*s;
	size_t			 len;

	p = parse("a X ab \"c d\" nil a]b a%b a\\b (x)\r\n");
	a = parser_args(p);			/* ab */
	ATF_CHECK_EQ(0, parser_atom(a, &s));
	ATF_CHECK_EQ(0, parser_astring(a, &s, &len));
	ATF_CHECK_STREQ("ab", s);
	ATF_CHECK_EQ(2, len);
	ATF_CHECK_EQ(-1, parser_string(a, &s, NULL));
	ATF_CHECK_EQ(-1, parser_nstring(a, &s, NULL));
	ATF_CHECK_EQ(1, parser_is(a, "AB"));
	ATF_CHECK_EQ(0, parser_is(a, "ABC"));
	a = a->next;				/* "c d" */
	ATF_CHECK_EQ(-1, parser_atom(a, &s));
	ATF_CHECK_EQ(0, parser_astring(a, &s, NULL));
	ATF_CHECK_EQ(0, parser_string(a, &s, &len));
	ATF_CHECK_EQ(3, len);
	ATF_CHECK_EQ(0, parser_nstring(a, &s, NULL));
	ATF_CHECK_STREQ("c d", s);
	ATF_CHECK_EQ(0, parser_is(a, "c d"));
	a = a->next;				/* nil */
	ATF_CHECK_EQ(0, parser_nstring(a, &s, &len));
	ATF_CHECK(s == NULL && len == 0);
	ATF_CHECK_EQ(0, parser_astring(a, &s, NULL));
	ATF_CHECK_STREQ("nil", s);
	a = a->next;				/* a]b */
	ATF_CHECK_EQ(-1, parser_atom(a, &s));
	ATF_CHECK_EQ(0, parser_astring(a, &s, NULL));
	a = a->next;				/* a%b */
	ATF_CHECK_EQ(-1, parser_atom(a, &s));
	ATF_CHECK_EQ(0, parser_astring(a, &s, NULL));
	ATF_CHECK_EQ(0, parser_list_mailbox(a, &s, NULL));
	a = a->next;				/* a\b */
	ATF_CHECK_EQ(-1, parser_atom(a, &s));
	ATF_CHECK_EQ(0, parser_astring(a, &s, NULL));
	ATF_CHECK_STREQ("a\\b", s);
	ATF_CHECK_EQ(0, parser_list_mailbox(a, &s, NULL));
	a = a->next;				/* (x) */
	ATF_CHECK_EQ(-1, parser_astring(a, &s, NULL));
	ATF_CHECK_EQ(0, parser_is(a, "x"));
	ATF_CHECK_EQ(0, parser_astring(a->child, &s, NULL));
	ATF_CHECK_EQ(-1, parser_astring(a->next, &s, NULL));
	ATF_CHECK_EQ(-1, parser_nstring(NULL, &s, NULL));
	parser_free(p);

	p = parse("a FETCH 1 BODY[]\r\n");
	a = parser_args(p)->next;
	ATF_CHECK_EQ(-1, parser_atom(a, &s));
	ATF_CHECK_EQ(0, parser_is(a, "BODY"));
	ATF_CHECK_EQ(1, a->section);
	ATF_CHECK_STREQ("", a->suffix);
	parser_free(p);
}

ATF_TC_WITHOUT_HEAD(flags);
ATF_TC_BODY(flags, tc)
{
	const struct parser_arg	*a;
	struct parser		*p;
	const char		*s;

	p = parse("a X \\Seen $Junk \\ \\\\x \\* a\\b \"q\"\r\n");
	a = parser_args(p);
	ATF_CHECK_EQ(0, parser_flag(a, &s));
	ATF_CHECK_STREQ("\\Seen", s);
	a = a->next;
	ATF_CHECK_EQ(0, parser_flag(a, &s));
	ATF_CHECK_STREQ("$Junk", s);
	for (a = a->next; a != NULL; a = a->next)
		ATF_CHECK_EQ_MSG(-1, parser_flag(a, &s), "%s", a->text);
	parser_free(p);
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	const struct parser_arg	*a;
	struct parser		*p;
	uint64_t		 n64;
	uint32_t		 n;

	p = parse("a X 0 4294967295 4294967296 9223372036854775807 "
	    "9223372036854775808 99999999999999999999 -1 1x \"1\"\r\n");
	a = parser_args(p);
	ATF_CHECK_EQ(0, parser_number(a, &n));
	ATF_CHECK_EQ(0, n);
	a = a->next;
	ATF_CHECK_EQ(0, parser_number(a, &n));
	ATF_CHECK_EQ(UINT32_MAX, n);
	a = a->next;
	ATF_CHECK_EQ(-1, parser_number(a, &n));
	ATF_CHECK_EQ(0, parser_number64(a, &n64));
	ATF_CHECK_EQ(UINT64_C(4294967296), n64);
	a = a->next;
	ATF_CHECK_EQ(0, parser_number64(a, &n64));
	ATF_CHECK_EQ(INT64_MAX, n64);
	for (a = a->next; a != NULL; a = a->next)
		ATF_CHECK_EQ_MSG(-1, parser_number64(a, &n64), "%s", a->text);
	parser_free(p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, commands);
	ATF_TP_ADD_TC(tp, sections);
	ATF_TP_ADD_TC(tp, literals);
	ATF_TP_ADD_TC(tp, streams);
	ATF_TP_ADD_TC(tp, literal8);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, utf8);
	ATF_TP_ADD_TC(tp, errors);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, long_commands);
	ATF_TP_ADD_TC(tp, other_limits);
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, results_stand);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, flags);
	ATF_TP_ADD_TC(tp, numbers);
	return (atf_no_error());
}
