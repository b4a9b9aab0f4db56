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

#include <sys/socket.h>

#include <atf-c.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"

/* Sessions that say nothing, or do not listen, while others work. */

#define MESSAGES	9
#define STORES		4000	/* some compactions of so small a mailbox */
#define BATCH		100	/* commands in one write */
#define MANY		1000	/* messages, with flags that fill a socket */
#define KEYWORDS	12
#define PATIENCE	20000	/* ms */

static void
store(struct imap *im, unsigned int from)
{
	static const char *const flags[] = { "\\Seen", "\\Flagged", "$k" };
	char		 buf[BATCH * 64];
	size_t		 len;
	unsigned int	 i;

	len = 0;
	for (i = from; i < from + BATCH; i++)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len,
		    "NOOP\r\nx%u STORE %u %cFLAGS.SILENT (%s)\r\n"
		    "y%u ", i, i % MESSAGES + 1, i / 27 % 2 ? '-' : '+',
		    flags[i / MESSAGES % 3], i);
	(void)strlcat(buf, "NOOP", sizeof(buf));
	imap_send(im, buf, strlen(buf));
	/* The last of them is the reply that is waited for. */
	(void)snprintf(buf, sizeof(buf), "\r\ny%u OK", from + BATCH - 1);
	while (strstr(im->in, buf) == NULL)
		ATF_REQUIRE(imap_more(im));
}

ATF_TC(sleeper);
ATF_TC_HEAD(sleeper, tc)
{
	atf_tc_set_md_var(tc, "descr", "a session that was silent through "
	    "several generations of its mailbox's table goes on");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(sleeper, tc)
{
	struct imap_mailbox	 mb;
	struct daemons		 d;
	struct imap		*busy, *quiet;
	unsigned int		 i;

	daemons_init(&d, tc, "");
	daemons_indexd(&d);
	busy = imap_open(&d);
	for (i = 0; i < MESSAGES + 1; i++)
		imap_command(busy, "APPEND INBOX {16+}\r\nSubject: m%u\r\n\r\n.",
		    i);
	quiet = imap_open(&d);
	imap_command(quiet, "SELECT INBOX");
	ATF_REQUIRE_EQ(MESSAGES + 1, imap_exists(quiet));
	imap_command(busy, "SELECT INBOX");
	for (i = 0; i < STORES; i += BATCH)
		store(busy, i);
	imap_command(busy, "STORE %u +FLAGS (\\Deleted)", MESSAGES + 1);
	imap_command(busy, "EXPUNGE");
	imap_command(busy, "STORE 1 FLAGS (\\Answered)");

	imap_command(quiet, "FETCH 1 (UID)");
	imap_command(quiet, "NOOP");
	if (strstr(quiet->in, "* 10 EXPUNGE\r\n") == NULL)
		atf_tc_fail("no EXPUNGE");
	imap_command(quiet, "FETCH 1 (FLAGS)");
	if (strstr(quiet->in, "FLAGS (\\Answered") == NULL)
		atf_tc_fail("not the flags as they are");
	imap_snapshot(quiet, "INBOX", &mb);
	ATF_CHECK_EQ(MESSAGES, mb.n);
	imap_mailbox_free(&mb);
	imap_close(quiet);
	imap_close(busy);
	ATF_CHECK_EQ(0, daemons_stop(&d, SIGTERM));
	daemons_end(&d);
}

/* Reads until the text has come. */
static void
expect(struct imap *im, const char *text)
{
	struct pollfd	 pfd = { .fd = im->fd, .events = POLLIN };

	while (im->in == NULL || strstr(im->in, text) == NULL) {
		ATF_REQUIRE_MSG(poll(&pfd, 1, PATIENCE) == 1,
		    "no \"%s\"", text);
		ATF_REQUIRE(imap_more(im));
	}
}

/* 1 to MANY, each with keywords that are long together. */
static void
mark(struct imap *im)
{
	char		 buf[KEYWORDS * 64];
	size_t		 len = 0;
	unsigned int	 i;

	for (i = 0; i < KEYWORDS; i++)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len,
		    " keyword%u-which-is-long-that-this-may-fill-it", i);
	imap_command(im, "STORE 1:* +FLAGS.SILENT (%s)", buf + 1);
}

/* A session that has a mailbox of many messages selected. */
static struct imap *
fill(struct daemons *d, const atf_tc_t *tc)
{
	struct imap	*im;
	char		 buf[MANY * 16] = "APPEND INBOX";
	unsigned int	 i;

	daemons_init(d, tc, "");
	daemons_indexd(d);
	im = imap_open(d);
	for (i = 0; i < MANY; i++)
		(void)strlcat(buf, " {4+}\r\n\r\n.\n", sizeof(buf));
	imap_send(im, buf, strlen(buf));
	ATF_REQUIRE_EQ(IMAP_OK, imap_reply(im));
	imap_command(im, "SELECT INBOX");
	return (im);
}

ATF_TC(slow);
ATF_TC_HEAD(slow, tc)
{
	atf_tc_set_md_var(tc, "descr", "IDLE tells of what changed while it "
	    "could not write, beside an expunge");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(slow, tc)
{
	struct daemons		 d;
	struct imap		*busy, *slow;

	busy = fill(&d, tc);
	slow = imap_open(&d);
	imap_command(slow, "ENABLE QRESYNC");
	imap_command(slow, "SELECT INBOX");
	imap_send(slow, "IDLE", 4);
	expect(slow, "+ idling\r\n");
	/* It is telling of these and has no room for all of them. */
	mark(busy);
	expect(slow, " FETCH ");
	imap_command(busy, "STORE 1 +FLAGS.SILENT (\\Draft)");
	imap_command(busy, "STORE 2 +FLAGS.SILENT (\\Deleted)");
	imap_command(busy, "EXPUNGE");
	expect(slow, "* VANISHED 2\r\n");
	expect(slow, "FLAGS (\\Draft");
	(void)send(slow->fd, "DONE\r\n", 6, MSG_NOSIGNAL);
	ATF_CHECK_EQ(IMAP_OK, imap_reply(slow));
	imap_close(slow);
	imap_close(busy);
	ATF_CHECK_EQ(0, daemons_stop(&d, SIGTERM));
	daemons_end(&d);
}

/* The highest MODSEQ of any FETCH among the answers. */
static uint64_t
highest(const struct imap *im)
{
	const char	*p = im->in;
	uint64_t	 n, max = 0;

	while ((p = strstr(p, "MODSEQ (")) != NULL) {
		p += strlen("MODSEQ (");
		n = strtoull(p, NULL, 10);
		max = n > max ? n : max;
	}
	return (max);
}

ATF_TC(slow_select);
ATF_TC_HEAD(slow_select, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 28, 46: what changes while "
	    "SELECT (QRESYNC) answers comes afterwards, once");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(slow_select, tc)
{
	struct daemons		 d;
	struct imap		*busy, *slow;
	char			 buf[64];
	uint64_t		 told;

	busy = fill(&d, tc);
	mark(busy);
	imap_command(busy, "NOOP");
	slow = imap_open(&d);
	imap_command(slow, "ENABLE QRESYNC");
	imap_command(slow, "STATUS INBOX (UIDVALIDITY)");
	(void)snprintf(buf, sizeof(buf), "SELECT INBOX (QRESYNC (%u 1))",
	    (unsigned int)imap_number(slow, "UIDVALIDITY "));
	imap_send(slow, buf, strlen(buf));
	/* The first message has been told of, the last one has not. */
	expect(slow, " FETCH ");
	imap_command(busy, "STORE 1 +FLAGS.SILENT (\\Draft)");
	imap_command(busy, "STORE %u +FLAGS.SILENT (\\Flagged)", MANY);
	ATF_REQUIRE_EQ(IMAP_OK, imap_reply(slow));
	told = imap_number(slow, "[HIGHESTMODSEQ ");
	ATF_CHECK_MSG(highest(slow) <= told, "MODSEQ %llu after %llu",
	    (unsigned long long)highest(slow), (unsigned long long)told);
	imap_command(slow, "NOOP");
	ATF_CHECK(strstr(slow->in, "* 1 FETCH (") != NULL);
	(void)snprintf(buf, sizeof(buf), "* %u FETCH (", MANY);
	ATF_CHECK(strstr(slow->in, buf) != NULL);
	ATF_CHECK_EQ(told + 2, highest(slow));
	imap_close(slow);
	imap_close(busy);
	ATF_CHECK_EQ(0, daemons_stop(&d, SIGTERM));
	daemons_end(&d);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sleeper);
	ATF_TP_ADD_TC(tp, slow);
	ATF_TP_ADD_TC(tp, slow_select);
	return (atf_no_error());
}
