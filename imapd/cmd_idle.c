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

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/view.h"
#include "imapd/wait.h"
#include "imapd/watch.h"

/* IDLE (RFC 2177). */

static int	arm(struct session *);
static int	finished(struct session *, int *);
static int	idle(struct session *, struct watch *);
static int	news(struct session *);

/*
 * Has indexd tell of the next change after what was told: while that was
 * sent more may have been read.
 */
static int
arm(struct session *s)
{
	if (s->view == NULL)
		return (0);
	if (idx_arm(s->view->folder->box, s->view->told) == 0)
		return (0);
	if (errno == ENOTCONN)
		session_bye(s, "UNAVAILABLE", "%s", idx_text(s->idx));
	else
		log_warn("idle: arm");
	return (-1);
}

/* Sends the news, then waits for more. */
static int
news(struct session *s)
{
	if (s->view == NULL)
		return (0);
	s->view->folder->changed = 0;
	if (update_send(s, UPDATE_ALL) == -1)
		return (-1);
	s->view->sent = 0;
	if (client_flush(s->client) == -1)
		return (-1);
	return (arm(s));
}

/* Whether the client's line has come: 1, *good if it was DONE. */
static int
finished(struct session *s, int *good)
{
	enum parser_result	 res;
	const char		*buf, *line;
	size_t			 len, used;

	buf = client_input(s->client, &len);
	res = parser_feed(s->parser, buf, len, &used);
	*good = 0;
	if (res == PARSER_LINE) {
		line = parser_line(s->parser, &len);
		*good = len == 4 && strncasecmp(line, "DONE", len) == 0;
	}
	client_consume(s->client, used);
	return (res != PARSER_MORE);
}

/* Waits and tells until the client's line: 1 for DONE, 0, -1 at the end. */
static int
idle(struct session *s, struct watch *watch)
{
	int64_t	deadline;
	int	good;

	deadline = session_clock() + (int64_t)s->conf->idle * 1000;
	while (!finished(s, &good)) {
		switch (session_wait(s, watch, deadline)) {
		case WAIT_INPUT:
			break;
		case WAIT_NEWS:
			if (news(s) == -1)
				return (-1);
			break;
		case WAIT_TIMEOUT:
			session_bye(s, NULL, "Autologout; idle for too long");
			return (-1);
		case WAIT_END:
		default:
			return (-1);
		}
	}
	return (good);
}

void
cmd_idle(struct session *s, const struct parser_arg *arg)
{
	struct watch	*watch = NULL;
	int		 done;

	(void)arg;
	parser_expect_line(s->parser);
	if (s->view != NULL &&
	    (watch = watch_open(s->view->folder)) == NULL) {
		reply_errno(s, "Can't wait for changes");
		return;
	}
	done = client_continue(s->client, "idling") == -1 ||
	    news(s) == -1 ? -1 : idle(s, watch);
	watch_close(watch);
	if (done == 1)
		reply_ok(s, NULL, "IDLE completed");
	else if (done == 0)
		reply_bad(s, "DONE expected");
}
