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
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/proto.h"
#include "common/table.h"
#include "common/uidset.h"
#include "imapd/idx_conn.h"
#include "imapd/imap.h"
#include "imapd/line.h"
#include "imapd/view.h"

/* What goes out on the wire, into a file. */

#define OUTPUT	"output"

static void	start(struct session *);
static void	check_output(struct session *, const char *);

static void
start(struct session *s)
{
	const struct parser_limits	limits = PARSER_LIMITS;
	size_t				used;
	int				in, out;

	memset(s, 0, sizeof(*s));
	in = open("/dev/null", O_RDONLY);
	out = open(OUTPUT, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	ATF_REQUIRE(in != -1 && out != -1);
	s->client = client_new(in, out);
	s->parser = parser_new(&limits);
	ATF_REQUIRE(s->client != NULL && s->parser != NULL);
	ATF_REQUIRE_EQ(PARSER_DONE, parser_feed(s->parser, "t1 NOOP\r\n", 9,
	    &used));
	s->cmd = command_find("NOOP");
}

static void
check_output(struct session *s, const char *want)
{
	char	buf[8192];
	ssize_t	n;
	int	fd;

	ATF_REQUIRE_EQ(0, client_flush(s->client));
	fd = open(OUTPUT, O_RDONLY);
	ATF_REQUIRE(fd != -1);
	n = read(fd, buf, sizeof(buf) - 1);
	ATF_REQUIRE(n >= 0);
	buf[n] = '\0';
	(void)close(fd);
	ATF_CHECK_STREQ(want, buf);
}

ATF_TC_WITHOUT_HEAD(tagged);
ATF_TC_BODY(tagged, tc)
{
	struct session	s;

	start(&s);
	untagged(&s, "%u EXISTS", 3);
	untagged_ok(&s, "UIDNEXT 4", "next");
	reply_no(&s, "TRYCREATE", "a\r\nb");
	/* One reply, whatever is tried. */
	reply_ok(&s, NULL, "again");
	reply_bad(&s, "again");
	check_output(&s, "* 3 EXISTS\r\n* OK [UIDNEXT 4] next\r\n"
	    "t1 NO [TRYCREATE] a  b\r\n");
	ATF_CHECK_EQ(0, s.bad);
}

/*
 * A table that is made anew goes from under those who have it open: to them
 * the mailbox is not one that does not exist.
 */
ATF_TC_WITHOUT_HEAD(gone);
ATF_TC_BODY(gone, tc)
{
	struct session	s;
	struct idx	idx = { .code = PROTO_NO_GONE, .text = "it went" };

	start(&s);
	s.idx = &idx;
	errno = EAGAIN;
	reply_errno(&s, "Can't open the mailbox");
	check_output(&s, "t1 NO [UNAVAILABLE] Can't open the mailbox: "
	    "it went\r\n");
}

ATF_TC_WITHOUT_HEAD(bad);
ATF_TC_BODY(bad, tc)
{
	struct session	s;

	start(&s);
	reply_bad(&s, "%s", "no %s here");
	check_output(&s, "t1 BAD no %s here\r\n");
	ATF_CHECK_EQ(1, s.bad);
}

ATF_TC_WITHOUT_HEAD(fetch);
ATF_TC_BODY(fetch, tc)
{
	struct session	s;
	struct view	v;
	struct row	row;
	char		one[] = "$Label1", two[] = "x";

	start(&s);
	memset(&v, 0, sizeof(v));
	memset(&row, 0, sizeof(row));
	s.view = &v;
	v.keyword[0] = one;
	v.keyword[1] = two;
	v.nkeywords = 2;
	v.nannounced = 1;	/* FLAGS tells of the second, once */
	row.uid = 4294967295U;
	row.modseq = INT64_MAX;
	response_fetch(&s, 1, &row, 0, FETCH_LINE_FLAGS);
	response_fetch(&s, 2, &row, 1, FETCH_LINE_FLAGS | FETCH_LINE_UID);
	ATF_CHECK_EQ(0, v.sent);
	row.flags = FLAG_SYSTEM | ROW_NEW;
	row.keywords = 7;	/* the third has no name yet */
	response_fetch(&s, 3, &row, 0, FETCH_LINE_FLAGS | FETCH_LINE_MODSEQ |
	    FETCH_LINE_UID);
	ATF_CHECK_EQ(INT64_MAX, v.sent);
	response_fetch(&s, 4, &row, 0, FETCH_LINE_MODSEQ);
	check_output(&s, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen "
	    "\\Draft $Label1 x)\r\n"
	    "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen "
	    "\\Draft $Label1 x \\*)] Flags that can be changed\r\n"
	    "* 1 FETCH (FLAGS ())\r\n"
	    "* 2 FETCH (UID 4294967295 FLAGS (\\Recent))\r\n"
	    "* 3 FETCH (UID 4294967295 MODSEQ (9223372036854775807) FLAGS "
	    "(\\Seen \\Answered \\Flagged \\Deleted \\Draft $Label1 x))\r\n"
	    "* 4 FETCH (MODSEQ (9223372036854775807))\r\n");
}

ATF_TC_WITHOUT_HEAD(longest);
ATF_TC_BODY(longest, tc)
{
	struct line	l;
	struct view	v;
	struct row	row;
	char		name[TABLE_KWLEN + 1];
	unsigned int	i;

	memset(&v, 0, sizeof(v));
	memset(&row, 0, sizeof(row));
	memset(name, 'k', TABLE_KWLEN);
	name[TABLE_KWLEN] = '\0';
	for (i = 0; i < TABLE_KEYWORDS; i++)
		v.keyword[i] = name;
	v.nkeywords = TABLE_KEYWORDS;
	row.flags = FLAG_SYSTEM;
	row.keywords = UINT64_MAX;
	line_start(&l);
	line_flags(&l, &v, &row, 1);
	ATF_CHECK(l.len > (size_t)TABLE_KEYWORDS * TABLE_KWLEN);
	ATF_CHECK(l.len < LINE_SIZE - 256);
	ATF_CHECK_EQ(')', l.buf[l.len - 1]);
}

ATF_TC_WITHOUT_HEAD(flags);
ATF_TC_BODY(flags, tc)
{
	struct session	s;
	struct view	v;
	char		one[] = "$Label1";

	start(&s);
	memset(&v, 0, sizeof(v));
	s.view = &v;
	v.keyword[0] = one;
	v.nkeywords = 1;
	response_flags(&s);
	ATF_CHECK_EQ(1, v.nannounced);
	v.readonly = 1;
	response_flags(&s);
	check_output(&s,
	    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Label1)"
	    "\r\n* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen "
	    "\\Draft $Label1 \\*)] Flags that can be changed\r\n"
	    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Label1)"
	    "\r\n* OK [PERMANENTFLAGS ()] No flags can be changed\r\n");
}

ATF_TC_WITHOUT_HEAD(set);
ATF_TC_BODY(set, tc)
{
	struct uidset	 set;
	char		*text;
	uint32_t	 i;

	uidset_init(&set, 0);
	text = response_set(&set);
	ATF_REQUIRE(text != NULL);
	ATF_CHECK_STREQ("", text);
	free(text);
	ATF_REQUIRE_EQ(0, uidset_add_range(&set, 4294967290U, 4294967295U));
	ATF_REQUIRE_EQ(0, uidset_add(&set, 4294967288U));
	text = response_set(&set);
	ATF_REQUIRE(text != NULL);
	ATF_CHECK_STREQ("4294967288,4294967290:4294967295", text);
	free(text);
	/* However many, none is left out. */
	uidset_clear(&set);
	for (i = 0; i < 3000; i++)
		ATF_REQUIRE_EQ(0, uidset_add_range(&set, 4000000000U + 3 * i,
		    4000000001U + 3 * i));
	text = response_set(&set);
	ATF_REQUIRE(text != NULL);
	ATF_CHECK_EQ(3000 * 22 - 1, strlen(text));
	free(text);
	uidset_free(&set);
}

ATF_TC_WITHOUT_HEAD(codes);
ATF_TC_BODY(codes, tc)
{
	const char	*text;

	ATF_CHECK_STREQ("OVERQUOTA", response_errno(ENOSPC, &text));
	ATF_CHECK(text[0] != '\0');
	ATF_CHECK_STREQ("NOPERM", response_errno(EACCES, &text));
	ATF_CHECK_STREQ("LIMIT", response_errno(E2BIG, &text));
	ATF_CHECK_STREQ("SERVERBUG", response_errno(EBADF, &text));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, tagged);
	ATF_TP_ADD_TC(tp, gone);
	ATF_TP_ADD_TC(tp, bad);
	ATF_TP_ADD_TC(tp, fetch);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, flags);
	ATF_TP_ADD_TC(tp, set);
	ATF_TP_ADD_TC(tp, codes);
	return (atf_no_error());
}
