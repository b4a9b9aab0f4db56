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

#include "imapd/command.h"
#include "imapd/fetch.h"
#include "imapd/parser.h"
#include "imapd/search.h"

/*
 * The check functions, on arguments as the parser gives them; FETCH's and
 * SEARCH's parsers with what they make of it.
 */

struct example {
	const char	*line;
	int		 good;
};

static struct parser *parse(const char *);
static int	check(const char *);
static void	check_all(const struct example *, size_t);
static const struct parser_arg *after_set(struct parser *);
static struct search_key *key_of(struct search *, struct parser *);

#define CHECK_ALL(e)	check_all(e, sizeof(e) / sizeof((e)[0]))

/* Parses one command, with a tag before it; literals are kept. */
static struct parser *
parse(const char *line)
{
	const struct parser_limits	 limits = PARSER_LIMITS;
	struct parser			*p;
	size_t				 used, total = 0, len = strlen(line);
	enum parser_result		 res;

	p = parser_new(&limits);
	ATF_REQUIRE(p != NULL);
	ATF_REQUIRE_EQ(PARSER_MORE, parser_feed(p, "a ", 2, &used));
	do {
		res = parser_feed(p, line + total, len - total, &used);
		total += used;
		if (res == PARSER_LITERAL)
			ATF_REQUIRE_EQ(0, parser_literal(p, PARSER_KEEP));
	} while ((res == PARSER_MORE && total < len) ||
	    res == PARSER_LITERAL);
	if (res == PARSER_MORE)
		res = parser_feed(p, "\r\n", 2, &used);
	ATF_REQUIRE_EQ_MSG(PARSER_DONE, res, "%s: not parsed", line);
	return (p);
}

static int
check(const char *line)
{
	const struct command	*cmd;
	struct parser		*p = parse(line);
	const char		*why = NULL;
	int			 ret;

	cmd = command_find(parser_name(p));
	ATF_REQUIRE_MSG(cmd != NULL, "%s: no such command", line);
	ret = cmd->check(parser_args(p), &why);
	if (ret == -1)
		ATF_CHECK_MSG(why != NULL, "%s: no reason", line);
	parser_free(p);
	return (ret);
}

static void
check_all(const struct example *e, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		ATF_CHECK_MSG(check(e[i].line) == (e[i].good ? 0 : -1),
		    "%s: should be %s", e[i].line, e[i].good ? "right" :
		    "wrong");
}

ATF_TC_WITHOUT_HEAD(find);
ATF_TC_BODY(find, tc)
{
	ATF_CHECK(command_find("NOOP") != NULL);
	ATF_CHECK(command_find("UID FETCH") != NULL);
	ATF_CHECK(command_find("APPEND") != NULL);
	ATF_CHECK(command_find("UNSUBSCRIBE") != NULL);
	ATF_CHECK(command_find("LOGIN") == NULL);
	ATF_CHECK(command_find("UID NOOP") == NULL);
	ATF_CHECK(command_find("") == NULL);
}

ATF_TC_WITHOUT_HEAD(simple);
ATF_TC_BODY(simple, tc)
{
	const struct example	e[] = {
		{ "NOOP", 1 },
		{ "NOOP x", 0 },
		{ "SELECT INBOX", 1 },
		{ "SELECT", 0 },
		{ "SELECT INBOX (CONDSTORE)", 1 },
		{ "SELECT INBOX (condstore)", 1 },
		{ "SELECT INBOX ()", 0 },
		{ "SELECT INBOX CONDSTORE", 0 },
		{ "SELECT INBOX (CONDSTORE) x", 0 },
		{ "SELECT INBOX (NOSUCH)", 0 },
		{ "SELECT INBOX (QRESYNC (1 1))", 1 },
		{ "SELECT INBOX (QRESYNC (1 1 1:9,12))", 1 },
		{ "SELECT INBOX (QRESYNC (1 1 (1 2)))", 1 },
		{ "SELECT INBOX (qresync (1 1 5 (1,3 2,9)) CONDSTORE)", 1 },
		{ "SELECT INBOX (QRESYNC)", 0 },
		{ "SELECT INBOX (QRESYNC ())", 0 },
		{ "SELECT INBOX (QRESYNC (1 1 *))", 0 },
		{ "SELECT INBOX (QRESYNC (1 1 1:2 (1:2 3)))", 0 },
		{ "SELECT INBOX (QRESYNC (1 1 1:2 (3:1 1:3)))", 0 },
		{ "SELECT INBOX (QRESYNC (1 1 1:2 ()))", 0 },
		{ "COPY 1:2,* x", 1 },
		{ "COPY x x", 0 },
		{ "COPY 0 x", 0 },
		{ "COPY 1", 0 },
		{ "UID MOVE 1 \"a b\"", 1 },
		{ "UID EXPUNGE 1:*", 1 },
		{ "UID EXPUNGE", 0 },
		{ "UID EXPUNGE 1 2", 0 },
		{ "ENABLE CONDSTORE X-Y", 1 },
		{ "ENABLE", 0 },
		{ "ID NIL", 1 },
		{ "ID (\"name\" \"x\" \"version\" NIL)", 1 },
		{ "ID (\"name\")", 0 },
		{ "ID", 0 },
		{ "APPEND INBOX", 0 },
		{ "APPEND INBOX \"text\"", 0 }
	};

	(void)tc;
	CHECK_ALL(e);
}

ATF_TC_WITHOUT_HEAD(store);
ATF_TC_BODY(store, tc)
{
	const struct example	e[] = {
		{ "STORE 1 FLAGS ()", 1 },
		{ "STORE 1 flags.silent (\\seen)", 1 },
		{ "STORE 1:* +FLAGS (\\Seen $Label1 x)", 1 },
		{ "STORE 1 -FLAGS.SILENT \\Seen", 1 },
		{ "STORE 1 FLAGS \\Seen \\Deleted", 1 },
		{ "STORE 1 (UNCHANGEDSINCE 12) FLAGS ()", 1 },
		{ "STORE 1 (UNCHANGEDSINCE 9223372036854775807) FLAGS ()",
		    1 },
		{ "STORE 1 (UNCHANGEDSINCE 9223372036854775808) FLAGS ()",
		    0 },
		{ "STORE 1 (UNCHANGEDSINCE) FLAGS ()", 0 },
		{ "STORE 1 (UNCHANGEDSINCE 1 2) FLAGS ()", 0 },
		{ "STORE 1 (CHANGEDSINCE 1) FLAGS ()", 0 },
		{ "STORE 1 FLAGS", 0 },
		{ "STORE 1 FLAGS (\\Recent)", 0 },
		{ "STORE 1 FLAGS (\\*)", 0 },
		{ "STORE 1 FLAGS (\\Nosuch)", 0 },
		{ "STORE 1 FLAGS (a) b", 0 },
		{ "STORE 1 ++FLAGS (a)", 0 },
		{ "STORE FLAGS (a)", 0 },
		{ "STORE 0 FLAGS (a)", 0 }
	};

	(void)tc;
	CHECK_ALL(e);
}

ATF_TC_WITHOUT_HEAD(fetch);
ATF_TC_BODY(fetch, tc)
{
	const struct example	e[] = {
		{ "FETCH 1 ALL", 1 },
		{ "FETCH 1 (ALL)", 0 },
		{ "FETCH 1 FLAGS", 1 },
		{ "FETCH 1 (FLAGS UID)", 1 },
		{ "FETCH 1 FLAGS UID", 0 },
		{ "FETCH 1 ()", 0 },
		{ "FETCH 1", 0 },
		{ "FETCH FLAGS", 0 },
		{ "FETCH 1 BODY", 1 },
		{ "FETCH 1 BODY[]", 1 },
		{ "FETCH 1 BODY.PEEK", 0 },
		{ "FETCH 1 body.peek[1.2.mime]", 1 },
		{ "FETCH 1 BODY[MIME]", 0 },
		{ "FETCH 1 BODY[0]", 0 },
		{ "FETCH 1 BODY[HEADER.FIELDS (From \"To\")]", 1 },
		{ "FETCH 1 BODY[HEADER.FIELDS]", 0 },
		{ "FETCH 1 BODY[HEADER.FIELDS ()]", 0 },
		{ "FETCH 1 BODY[HEADER (From)]", 0 },
		{ "FETCH 1 BODY[]<0.1>", 1 },
		{ "FETCH 1 BODY[]<0.0>", 0 },
		{ "FETCH 1 BODY[]<0>", 0 },
		{ "FETCH 1 BODY[]<4294967296.1>", 1 },
		{ "FETCH 1 BODY[]<9223372036854775808.1>", 0 },
		{ "FETCH 1 BODY[]<0.1>x", 0 },
		{ "FETCH 1 RFC822.SIZE[]", 0 },
		{ "FETCH 1 NOSUCH", 0 },
		{ "FETCH 1 FLAGS (CHANGEDSINCE 0)", 1 },
		{ "FETCH 1 (FLAGS) (CHANGEDSINCE 5)", 1 },
		{ "FETCH 1 FLAGS (CHANGEDSINCE x)", 0 },
		{ "UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)", 1 },
		{ "UID FETCH 1 FLAGS (VANISHED CHANGEDSINCE 1)", 1 },
		{ "UID FETCH 1 FLAGS (VANISHED)", 0 },
		{ "UID FETCH 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 1)", 0 },
		{ "UID FETCH 1 FLAGS (CHANGEDSINCE VANISHED)", 0 },
		{ "UID FETCH 1 FLAGS (PARTIAL -1:-30)", 1 },
		{ "UID FETCH 1 FLAGS (PARTIAL 1:3 CHANGEDSINCE 5)", 1 },
		{ "UID FETCH 1 FLAGS (CHANGEDSINCE 5 PARTIAL 1:3)", 1 },
		{ "UID FETCH 1 FLAGS (PARTIAL 1:3 VANISHED)", 0 },
		{ "UID FETCH 1 FLAGS (PARTIAL 1:3 PARTIAL 1:3)", 0 },
		{ "UID FETCH 1 FLAGS (PARTIAL 1:-3)", 0 },
		{ "UID FETCH 1 FLAGS (PARTIAL)", 0 },
		{ "UID FETCH 1 FLAGS ()", 0 },
		{ "FETCH 1 FLAGS ()", 0 }
	};

	(void)tc;
	CHECK_ALL(e);
}

static const struct parser_arg *
after_set(struct parser *p)
{
	return (parser_args(p)->next);
}

ATF_TC_WITHOUT_HEAD(fetch_items);
ATF_TC_BODY(fetch_items, tc)
{
	struct parser	*p;
	struct fetch	 f;
	const char	*why;

	p = parse("FETCH 1 (UID RFC822.HEADER BODY.PEEK[1.header.fields.not "
	    "(X {3+}\r\na\"b)]<5.7> BODY[TEXT]) (CHANGEDSINCE 9)");
	ATF_REQUIRE_EQ(0, fetch_parse(&f, after_set(p), &why));
	ATF_CHECK_EQ(FETCH_UID | FETCH_MODSEQ | FETCH_SEEN, f.items);
	ATF_CHECK_EQ(1, f.changed);
	ATF_CHECK_EQ(9, f.changedsince);
	ATF_REQUIRE_EQ(3, f.nsections);
	ATF_CHECK_STREQ("RFC822.HEADER", f.sections[0].label);
	ATF_CHECK_STREQ("BODY[1.HEADER.FIELDS.NOT (X \"a\\\"b\")]<5>",
	    f.sections[1].label);
	ATF_CHECK_EQ(1, f.sections[1].partial);
	ATF_CHECK_EQ(5, f.sections[1].offset);
	ATF_CHECK_EQ(7, f.sections[1].count);
	ATF_CHECK_STREQ("BODY[TEXT]", f.sections[2].label);
	ATF_CHECK_EQ(MIME_SECTION_TEXT, f.sections[2].section.kind);
	fetch_free(&f);
	parser_free(p);
}

ATF_TC_WITHOUT_HEAD(search);
ATF_TC_BODY(search, tc)
{
	const struct example	e[] = {
		{ "SEARCH ALL", 1 },
		{ "SEARCH", 0 },
		{ "SEARCH CHARSET UTF-8 ALL", 1 },
		{ "SEARCH CHARSET UTF-8", 0 },
		{ "SEARCH CHARSET x-nosuch TEXT a", 1 },
		{ "SEARCH 1:5,7 UID 1:* NEW OLD RECENT", 1 },
		{ "SEARCH UID", 0 },
		{ "SEARCH UID x", 0 },
		{ "SEARCH NOT", 0 },
		{ "SEARCH NOT NOT SEEN", 1 },
		{ "SEARCH OR SEEN", 0 },
		{ "SEARCH OR SEEN (DELETED DRAFT)", 1 },
		{ "SEARCH ()", 0 },
		{ "SEARCH SINCE 1-Feb-1994", 1 },
		{ "SEARCH SINCE \"01-Feb-1994\"", 1 },
		{ "SEARCH SINCE 31-Feb-1994", 0 },
		{ "SEARCH SINCE", 0 },
		{ "SEARCH LARGER 10 SMALLER x", 0 },
		{ "SEARCH HEADER Message-ID \"\"", 1 },
		{ "SEARCH HEADER Message-ID", 0 },
		{ "SEARCH KEYWORD $Label", 1 },
		{ "SEARCH KEYWORD \\Seen", 0 },
		{ "SEARCH MODSEQ 5", 1 },
		{ "SEARCH MODSEQ \"/flags/\\\\draft\" all 5", 1 },
		{ "SEARCH MODSEQ \"/flags/\\\\draft\" 5", 0 },
		{ "SEARCH MODSEQ", 0 },
		{ "SEARCH RETURN (MIN) ALL", 1 },
		{ "SEARCH RETURN () ALL", 1 },
		{ "SEARCH RETURN ALL", 0 },
		{ "SEARCH RETURN (MIN)", 0 },
		{ "SEARCH RETURN (NONE) ALL", 0 },
		{ "SEARCH RETURN (MIN MIN) ALL", 0 },
		{ "SEARCH RETURN (min max count save all) charset utf-8 all",
		    1 },
		{ "SEARCH CHARSET UTF-8 RETURN (MIN) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL 1:1) ALL", 1 },
		{ "SEARCH RETURN (PARTIAL -1:-4294967295) ALL", 1 },
		{ "SEARCH RETURN (PARTIAL 1:4294967296) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL 0:1) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL 1) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL 1:*) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL 1:-1) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL -1:1) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL 1:2 ALL) ALL", 0 },
		{ "SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL", 0 },
		{ "SEARCH $", 1 },
		{ "SEARCH UID $", 1 },
		{ "SEARCH 1,$", 0 },
		{ "SEARCH OLDER 1 YOUNGER 4294967296", 1 },
		{ "SEARCH OLDER 0", 0 },
		{ "SEARCH YOUNGER x", 0 },
		{ "SEARCH SAVEDBEFORE 1-Feb-1994 SAVEDON 1-Feb-1994", 1 },
		{ "SEARCH SAVEDSINCE x", 0 },
		{ "SEARCH SAVEDATESUPPORTED", 1 },
		{ "SEARCH LARGER 9223372036854775807", 1 },
		{ "SEARCH LARGER 9223372036854775808", 0 },
		{ "SEARCH EMAILID M1 THREADID T-1_2", 1 },
		{ "SEARCH EMAILID", 0 },
		{ "SEARCH FUZZY SUBJECT x", 0 }
	};

	(void)tc;
	CHECK_ALL(e);
}

static struct search_key *
key_of(struct search *s, struct parser *p)
{
	const char	*why = "";

	ATF_REQUIRE_EQ_MSG(0, search_parse(s, parser_args(p), NULL, &why), "%s",
	    why);
	return (s->key->child);
}

ATF_TC_WITHOUT_HEAD(search_order);
ATF_TC_BODY(search_order, tc)
{
	struct parser		*p;
	struct search		 s;
	struct search_key	*k;

	/* The cheapest first, whatever the client says. */
	p = parse("SEARCH BODY x OR TEXT y SEEN SUBJECT z UNSEEN 1:3");
	k = key_of(&s, p);
	ATF_CHECK_EQ(SEARCH_FLAG, k->type);
	ATF_CHECK_EQ(SEARCH_SET, k->next->type);
	ATF_CHECK_EQ(SEARCH_HEADER, k->next->next->type);
	ATF_CHECK_EQ(SEARCH_BODY, k->next->next->next->type);
	ATF_CHECK_EQ(SEARCH_OR, k->next->next->next->next->type);
	ATF_CHECK_EQ(SEARCH_FLAG, k->next->next->next->next->child->type);
	ATF_CHECK_EQ(1, s.numbers);
	ATF_CHECK_EQ(0, s.modseq);
	search_free(&s);
	parser_free(p);
}

ATF_TC_WITHOUT_HEAD(search_charset);
ATF_TC_BODY(search_charset, tc)
{
	struct parser	*p;
	struct search	 s;
	const char	*why;

	p = parse("SEARCH CHARSET x-nosuch ALL");
	ATF_CHECK_EQ(-1, search_parse(&s, parser_args(p), NULL, &why));
	ATF_CHECK_EQ(1, s.badcharset);
	search_free(&s);
	parser_free(p);
	p = parse("SEARCH CHARSET ISO-8859-1 SUBJECT {1+}\r\n\344");
	ATF_CHECK_EQ(0, search_parse(&s, parser_args(p), NULL, &why));
	ATF_CHECK_EQ(0, s.badcharset);
	search_free(&s);
	parser_free(p);
	p = parse("SEARCH CHARSET US-ASCII SUBJECT {1+}\r\n\344");
	ATF_CHECK_EQ(-1, search_parse(&s, parser_args(p), NULL, &why));
	ATF_CHECK_EQ(0, s.badcharset);
	search_free(&s);
	parser_free(p);
}

ATF_TC_WITHOUT_HEAD(search_depth);
ATF_TC_BODY(search_depth, tc)
{
	char		 line[8 * SEARCH_DEPTH];
	unsigned int	 i;

	(void)strlcpy(line, "SEARCH", sizeof(line));
	for (i = 0; i < SEARCH_DEPTH - 1; i++)
		(void)strlcat(line, " NOT", sizeof(line));
	(void)strlcat(line, " SEEN", sizeof(line));
	ATF_CHECK_EQ(0, check(line));
	(void)strlcpy(line, "SEARCH", sizeof(line));
	for (i = 0; i < SEARCH_DEPTH; i++)
		(void)strlcat(line, " NOT", sizeof(line));
	(void)strlcat(line, " SEEN", sizeof(line));
	ATF_CHECK_EQ(-1, check(line));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, find);
	ATF_TP_ADD_TC(tp, simple);
	ATF_TP_ADD_TC(tp, store);
	ATF_TP_ADD_TC(tp, fetch);
	ATF_TP_ADD_TC(tp, fetch_items);
	ATF_TP_ADD_TC(tp, search);
	ATF_TP_ADD_TC(tp, search_order);
	ATF_TP_ADD_TC(tp, search_charset);
	ATF_TP_ADD_TC(tp, search_depth);
	return (atf_no_error());
}
