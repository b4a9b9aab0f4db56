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

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/order/workload.h"

/*
 * A client that comes back: with QRESYNC in one command, with CONDSTORE by
 * CHANGEDSINCE, without anything by fetching all (RFC 7162 section 6, RFC
 * 4549).
 */

#define COMMAND		512
#define CONNECT_TRIES	500
#define CONNECT_PAUSE	UINT64_C(20000000)	/* ns */

#define ITEMS "FLAGS MODSEQ BODY.PEEK[HEADER.FIELDS (SUBJECT)]"

static int	connect_again(struct worker *);
static int	do_select(struct worker *, int);
static void	match_data(struct worker *, char *, size_t);

/* indexd may be away for a moment. */
static int
connect_again(struct worker *w)
{
	int	 tries;

	for (tries = 0; tries < CONNECT_TRIES; tries++) {
		if (session_open(&w->s, w->w->d, w->mailbox) == 0)
			return (0);
		record_pause(CONNECT_PAUSE);
	}
	return (-1);
}

/* Some numbers and the UIDs they had (section 3.2.5.2). */
static void
match_data(struct worker *w, char *buf, size_t size)
{
	char	 nums[COMMAND / 4] = "", uids[COMMAND / 4] = "";
	size_t	 i, n = w->client.n, step, un = 0, uu = 0;

	buf[0] = '\0';
	if (n < 4 || dice(&w->dice, 2) == 0)
		return;
	step = n / 4 + 1;
	for (i = step; i <= n; i += step) {
		un += (size_t)snprintf(nums + un, sizeof(nums) - un, "%s%zu",
		    un > 0 ? "," : "", i);
		uu += (size_t)snprintf(uids + uu, sizeof(uids) - uu,
		    "%s%" PRIu32, uu > 0 ? "," : "", w->client.msg[i - 1].uid);
	}
	(void)snprintf(buf, size, " (%s %s)", nums, uids);
}

static int
do_select(struct worker *w, int qresync)
{
	struct replica	*c = &w->client;
	char		 cmd[COMMAND], known[COMMAND / 2], match[COMMAND / 4];

	if (qresync && session_command(&w->s, "ENABLE QRESYNC") != REPLY_OK)
		return (-1);
	known[0] = match[0] = '\0';
	if (!qresync || c->highest == 0)
		(void)snprintf(cmd, sizeof(cmd), "SELECT %s%s", w->mailbox,
		    qresync ? "" : " (CONDSTORE)");
	else {
		if (replica_last(c) > 0 && dice(&w->dice, 2)) {
			match_data(w, match, sizeof(match));
			(void)snprintf(known, sizeof(known), " 1:%" PRIu32 "%s",
			    replica_last(c), match);
		}
		(void)snprintf(cmd, sizeof(cmd), "SELECT %s (QRESYNC (%" PRIu32
		    " %" PRIu64 "%s))", w->mailbox, c->uidvalidity,
		    c->highest, known);
	}
	if (dice(&w->dice, 20) == 0)
		w->s.cut = dice(&w->dice, 1500);
	return (session_command(&w->s, cmd) == REPLY_OK ? 0 : -1);
}

enum reply
worker_fetch_new(struct worker *w)
{
	char	 cmd[COMMAND];

	(void)snprintf(cmd, sizeof(cmd), "UID FETCH %" PRIu32 ":* (" ITEMS ")",
	    replica_last(&w->client) + 1);
	return (session_command(&w->s, cmd));
}

int
worker_sync(struct worker *w)
{
	struct replica	*c = &w->client;
	enum reply	 reply = REPLY_OK;
	char		 cmd[COMMAND];
	uint64_t	 since;
	int		 first;

	if (w->s.fd == -1 && connect_again(w) == -1)
		return (-1);
	since = c->highest;
	if (!c->selected && do_select(w, w->w->qresync &&
	    (c->qresync || dice(&w->dice, 4) > 0)) == -1) {
		session_cut(&w->s);
		return (-1);
	}
	first = c->nold == 0;
	if (c->need_map) {
		reply = session_command(&w->s, first ? "FETCH 1:* (UID " ITEMS
		    ")" : "FETCH 1:* (UID)");
	}
	if (reply == REPLY_OK && c->syncing && c->need_changes) {
		(void)snprintf(cmd, sizeof(cmd), "UID FETCH 1:* (FLAGS) "
		    "(CHANGEDSINCE %" PRIu64 ")", since);
		reply = session_command(&w->s, cmd);
	}
	if (reply == REPLY_OK && !replica_complete(c))
		reply = worker_fetch_new(w);
	if (reply != REPLY_OK) {
		session_cut(&w->s);
		return (-1);
	}
	return (0);
}
