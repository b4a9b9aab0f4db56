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

#include <sys/stat.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/uidset.h"
#include "imapd/identity.h"
#include "tests/lib/imap.h"
#include "tests/lib/mirror.h"

/* Large numbers, long lines, many ranges. */

#define HIGH		(UINT64_C(1) << 33)
#define MESSAGES	6000
#define LINE_MAX_OUT	8192	/* RFC 7162 section 4 */

static void	deliver(unsigned int);
static void	evens(char *, size_t, unsigned int);
static void	expect_gone(const char *, const char *, const struct uidset *);
static void	long_line(struct imap *, size_t);
static void	odds(char *, size_t, const char *);
static enum imap_reply send_line(struct imap *, const char *);

static enum imap_reply
send_line(struct imap *im, const char *text)
{
	imap_send(im, text, strlen(text));
	return (imap_reply(im));
}

ATF_TC(high);
ATF_TC_HEAD(high, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 2: mod-sequences above 2^32 "
	    "are whole wherever they are compared");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(high, tc)
{
	struct daemons		 d;
	struct idx_identity	 id;
	struct imap		*im;
	uint64_t		 h, m1, m2;
	int			 dir, tmp;

	daemons_init(&d, tc, "");
	daemons_indexd(&d);
	im = imap_open(&d);
	imap_command(im, "APPEND INBOX {1+}\r\nx {1+}\r\nx");
	imap_close(im);
	ATF_CHECK_EQ(0, daemons_stop(&d, SIGTERM));
	ATF_REQUIRE_EQ(0, system("rm -rf db/*"));
	ATF_REQUIRE((dir = open("Maildir", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_REQUIRE((tmp = open("Maildir/tmp", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_REQUIRE_EQ(0, identity_read(dir, &id));
	ATF_REQUIRE_EQ(0, identity_raise(dir, tmp, HIGH, id.floor_uid, &id));
	daemons_indexd(&d);
	im = imap_open(&d);
	imap_command(im, "ENABLE QRESYNC");
	imap_command(im, "SELECT INBOX");
	h = imap_number(im, "[HIGHESTMODSEQ ");
	ATF_CHECK(h >= HIGH);
	imap_command(im, "STORE 1 FLAGS.SILENT (\\Flagged)");
	m1 = imap_number(im, "MODSEQ (");
	ATF_CHECK(m1 > h);
	/* The low half alone would pass, or fail, the other way round. */
	imap_command(im, "STORE 1 (UNCHANGEDSINCE %" PRIu64 ") FLAGS (\\Seen)",
	    m1 - 1);
	ATF_CHECK(strstr(im->in, "OK [MODIFIED 1]") != NULL);
	imap_command(im, "STORE 1 (UNCHANGEDSINCE %" PRIu64 ") FLAGS (\\Seen)",
	    m1 & UINT32_MAX);
	ATF_CHECK(strstr(im->in, "OK [MODIFIED 1]") != NULL);
	imap_command(im, "STORE 1 (UNCHANGEDSINCE %" PRIu32 ") FLAGS (\\Seen)",
	    UINT32_MAX);
	ATF_CHECK(strstr(im->in, "OK [MODIFIED 1]") != NULL);
	imap_command(im, "STORE 1 (UNCHANGEDSINCE %" PRIu64
	    ") FLAGS.SILENT (\\Seen)", m1);
	ATF_CHECK(strstr(im->in, "MODIFIED") == NULL);
	m2 = imap_number(im, "MODSEQ (");
	ATF_CHECK(m2 > m1);
	imap_command(im, "FETCH 1:* (FLAGS) (CHANGEDSINCE %" PRIu64 ")", m1);
	ATF_CHECK_EQ(m2, imap_number(im, "MODSEQ ("));
	ATF_CHECK(strstr(im->in, "* 2 FETCH") == NULL);
	imap_command(im, "FETCH 1:* (FLAGS) (CHANGEDSINCE %" PRIu32 ")",
	    UINT32_MAX);
	ATF_CHECK(strstr(im->in, "* 2 FETCH") != NULL);
	imap_command(im, "FETCH 1:* (FLAGS) (CHANGEDSINCE %" PRIu64 ")", m2);
	ATF_CHECK(strstr(im->in, "FETCH (") == NULL);
	imap_command(im, "SEARCH MODSEQ %" PRIu64, m2);
	ATF_CHECK(strncmp(im->in, "* SEARCH 1 (MODSEQ ", 19) == 0);
	ATF_CHECK_EQ(m2, imap_number(im, "(MODSEQ "));
	imap_command(im, "SEARCH MODSEQ %" PRIu32, UINT32_MAX);
	ATF_CHECK(strncmp(im->in, "* SEARCH 1 2 (", 14) == 0);
	imap_command(im, "SEARCH MODSEQ %" PRIu64, m2 + 1);
	ATF_CHECK(strncmp(im->in, "* SEARCH\r\n", 10) == 0);
	imap_command(im, "SELECT INBOX (QRESYNC (%" PRIu32 " %" PRIu64 "))",
	    id.uidvalidity, m1);
	ATF_CHECK_EQ(m2, imap_number(im, "[HIGHESTMODSEQ "));
	ATF_CHECK(strstr(im->in, "* 1 FETCH") != NULL);
	ATF_CHECK(strstr(im->in, "* 2 FETCH") == NULL);
	imap_close(im);
	ATF_CHECK_EQ(0, daemons_stop(&d, SIGTERM));
	daemons_end(&d);
}

/* Messages into new/, in the order of their names. */
static void
deliver(unsigned int n)
{
	char		 path[64];
	unsigned int	 i;
	int		 fd;

	ATF_REQUIRE(mkdir("Maildir", 0700) == 0);
	ATF_REQUIRE(mkdir("Maildir/cur", 0700) == 0);
	ATF_REQUIRE(mkdir("Maildir/new", 0700) == 0);
	ATF_REQUIRE(mkdir("Maildir/tmp", 0700) == 0);
	for (i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "Maildir/new/%u.M%uP1.test",
		    1700000000 + i, i);
		ATF_REQUIRE((fd = open(path, O_WRONLY | O_CREAT | O_EXCL,
		    0600)) != -1);
		ATF_REQUIRE_EQ(1, write(fd, "\n", 1));
		ATF_REQUIRE_EQ(0, close(fd));
	}
}

/* A third of the even UIDs, from n on, as "2,8,14". */
static void
evens(char *text, size_t size, unsigned int n)
{
	size_t	 len = 0;

	for (; n <= MESSAGES; n += 6)
		len += (size_t)snprintf(text + len, size - len, "%s%u",
		    len == 0 ? "" : ",", n);
	ATF_REQUIRE(len < size);
}

/* The odd UIDs, behind other text. */
static void
odds(char *text, size_t size, const char *before)
{
	size_t		 len;
	unsigned int	 n;

	len = strlcpy(text, before, size);
	for (n = 1; n < MESSAGES; n += 2)
		len += (size_t)snprintf(text + len, size - len, "%s%u",
		    n == 1 ? "" : ",", n);
	ATF_REQUIRE(len < size);
}

/* VANISHED lines, each no longer than may be, that tell of just these UIDs,
 * of each once. */
static void
expect_gone(const char *in, const char *word, const struct uidset *gone)
{
	struct uidset	 all, some;
	const char	*p, *end;
	size_t		 i;
	unsigned int	 lines = 0;

	uidset_init(&all, 0);
	uidset_init(&some, 0);
	for (p = in; (p = strstr(p, word)) != NULL; p = end) {
		end = strstr(p, "\r\n");
		ATF_REQUIRE(end != NULL && end - p <= LINE_MAX_OUT);
		uidset_clear(&some);
		mirror_set(p + strlen(word), &some);
		ATF_CHECK(some.n > 0);
		for (i = 0; i < some.n; i++)
			ATF_CHECK(!uidset_overlaps(&all, some.r[i].lo,
			    some.r[i].hi));
		ATF_REQUIRE_EQ(0, uidset_add_set(&all, &some));
		lines++;
	}
	ATF_CHECK(lines > 1);
	ATF_REQUIRE_EQ(gone->n, all.n);
	ATF_CHECK_EQ(0, memcmp(gone->r, all.r, gone->n * sizeof(*gone->r)));
	uidset_free(&all);
	uidset_free(&some);
}

/* A command of that many octets, with its tag and CRLF; 9999 is no UID. */
static void
long_line(struct imap *im, size_t octets)
{
	static char	 text[65536];
	static const char head[] = "UID FETCH 103";
	static const char tail[] = " (FLAGS) (CHANGEDSINCE 1)";
	size_t		 len, left;
	int		 taglen;

	taglen = snprintf(NULL, 0, "t%u ", im->tag + 1);
	left = octets - 2 - (size_t)taglen - strlen(head) - strlen(tail);
	len = strlcpy(text, head, sizeof(text));
	for (; left % 4 != 0; left -= 5)
		len += strlcpy(text + len, ",9999", sizeof(text) - len);
	for (; left > 0; left -= 4)
		len += strlcpy(text + len, ",103", sizeof(text) - len);
	(void)strlcpy(text + len, tail, sizeof(text) - len);
	ATF_REQUIRE_EQ(octets, strlen(text) + (size_t)taglen + 2);
	ATF_CHECK_EQ(IMAP_OK, send_line(im, text));
	ATF_CHECK(strstr(im->in, "(UID 103 ") != NULL);
}

ATF_TC(many);
ATF_TC_HEAD(many, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 39, 40, 73: thousands of "
	    "ranges in VANISHED, known UIDs, match data, in long lines");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(many, tc)
{
	static char	 text[65536], set[65536];
	struct daemons	 d;
	struct imap	*im, *other;
	struct uidset	 gone;
	uint64_t	 h;
	uint32_t	 v;
	unsigned int	 i;

	deliver(MESSAGES);
	daemons_init(&d, tc, "");
	daemons_indexd(&d);
	im = imap_open(&d);
	imap_command(im, "ENABLE QRESYNC");
	imap_command(im, "SELECT INBOX");
	h = imap_number(im, "[HIGHESTMODSEQ ");
	v = (uint32_t)imap_number(im, "[UIDVALIDITY ");
	other = imap_open(&d);
	imap_command(other, "SELECT INBOX");
	for (i = 2; i <= 6; i += 2) {
		evens(set, sizeof(set), i);
		ATF_REQUIRE(strlen(set) < sizeof(text) - 64);
		(void)snprintf(text, sizeof(text), "UID STORE %.*s "
		    "+FLAGS.SILENT (\\Deleted)", 60000, set);
		ATF_REQUIRE_EQ(IMAP_OK, send_line(other, text));
	}
	imap_command(other, "UID STORE 1:101 +FLAGS.SILENT (\\Deleted)");
	imap_command(other, "EXPUNGE");
	uidset_init(&gone, 0);
	ATF_REQUIRE_EQ(0, uidset_add_range(&gone, 1, 102));
	for (i = 104; i <= MESSAGES; i += 2)
		ATF_REQUIRE_EQ(0, uidset_add(&gone, i));
	/* In a mailbox that is selected, */
	imap_command(im, "NOOP");
	expect_gone(im->in, "* VANISHED ", &gone);
	ATF_CHECK(strstr(im->in, "* VANISHED 1:102,104,106") != NULL);
	/* in FETCH, */
	imap_command(im, "UID FETCH 1:* (FLAGS) (CHANGEDSINCE %" PRIu64
	    " VANISHED)", h);
	expect_gone(im->in, "* VANISHED (EARLIER) ", &gone);
	/* and in SELECT, with each known UID a range of its own: the half
	 * that is there, then all. */
	(void)snprintf(text, sizeof(text), "SELECT INBOX (QRESYNC (%" PRIu32
	    " %" PRIu64 " ", v, h);
	odds(set, sizeof(set), text);
	ATF_REQUIRE(strlcat(set, "))", sizeof(set)) < sizeof(set));
	ATF_REQUIRE_EQ(IMAP_OK, send_line(im, set));
	ATF_CHECK(strstr(im->in, "* VANISHED (EARLIER) 1,3,5,7,9,11,") != NULL);
	ATF_CHECK(strstr(im->in, ",99,101\r\n") != NULL);
	/* The numbers as they were: each UID its own. */
	(void)snprintf(text, sizeof(text), "SELECT INBOX (QRESYNC (%" PRIu32
	    " %" PRIu64 " 1:%u (", v, h, MESSAGES);
	odds(set, sizeof(set), text);
	(void)strlcat(set, " ", sizeof(set));
	odds(text, sizeof(text), set);
	ATF_REQUIRE(strlcat(text, ")))", sizeof(text)) < sizeof(text));
	ATF_REQUIRE_EQ(IMAP_OK, send_line(im, text));
	expect_gone(im->in, "* VANISHED (EARLIER) ", &gone);
	long_line(im, 8172);
	long_line(im, 8192);
	long_line(im, 65536);
	imap_close(other);
	imap_close(im);
	ATF_CHECK_EQ(0, daemons_stop(&d, SIGTERM));
	daemons_end(&d);
	uidset_free(&gone);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, high);
	ATF_TP_ADD_TC(tp, many);
	return (atf_no_error());
}
