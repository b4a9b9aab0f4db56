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
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/view.h"

static void	fail(struct session *, const char *);
static void	highest(struct session *);
static int	scan(struct session *);
static int	send_exists(struct session *);
static int	send_expunges(struct session *);
static int	send_flags(struct session *);

/* The view can't go on: the client has to start anew. */
static void
fail(struct session *s, const char *what)
{
	switch (errno) {
	case ENOTCONN:
		session_bye(s, "UNAVAILABLE", "%s", idx_text(s->idx));
		break;
	case ESTALE:
		session_bye(s, "UNAVAILABLE", "The mailbox is gone, or has "
		    "changed too much");
		break;
	case ENOMEM:
		session_no_memory(s);
		break;
	default:
		log_warn("update: %s folder=%s", what, s->view->folder->name);
		session_bye(s, "SERVERBUG", "The mailbox can't be read");
	}
}

/*
 * Looks at the folder.  What can't be seen now is seen later: only the loss
 * of indexd ends the session.
 */
static int
scan(struct session *s)
{
	if (folder_scan(s->view->folder, 0) != -1)
		return (0);
	if (errno == ENOTCONN) {
		fail(s, "scan");
		return (-1);
	}
	log_warn("update: scan folder=%s", s->view->folder->name);
	return (0);
}

/* Flag changes by others, in the order of mod-sequence (RFC 7162 §6). */
static int
send_flags(struct session *s)
{
	struct view_news	 news;
	const struct view_msg	*m;
	unsigned int		 items = FETCH_LINE_FLAGS;
	int			 ret;

	if (s->view->told >= s->view->place)
		return (0);
	if (s->condstore)
		items |= FETCH_LINE_UID | FETCH_LINE_MODSEQ;
	if (s->rev2)			/* RFC 9051 section 7.5.2 */
		items |= FETCH_LINE_UID;
	memset(&news, 0, sizeof(news));
	while ((ret = view_news(s->view, &news, &m)) == 1)
		response_fetch(s, m->num, &m->row, m->recent, items);
	view_news_free(&news);
	if (ret == -1)
		fail(s, "flags");
	return (ret);
}

static int
send_expunges(struct session *s)
{
	struct uidset		gone;
	struct uidset_iter	it = { 0 };
	uint32_t		uid, num;
	int			ret = 0;

	if (s->view->gone.n == 0)
		return (0);
	view_take_gone(s->view, &gone);
	if (s->qresync) {
		response_vanished(s, &gone, 0);
		s->view->vanished = 1;
		goto out;
	}
	while (uidset_next(&gone, &it, &uid)) {
		if ((ret = view_number(s->view, uid, &num)) == -1) {
			fail(s, "expunges");
			break;
		}
		untagged(s, "%" PRIu32 " EXPUNGE", num);
	}
out:
	uidset_free(&gone);
	return (ret);
}

static int
send_exists(struct session *s)
{
	struct view	*v = s->view;
	uint32_t	 exists = v->exists, recent = v->nrecent;

	if (!view_has_new(v))
		return (0);
	if (view_admit(v) == -1) {
		fail(s, "new messages");
		return (-1);
	}
	if (s->rev2)
		recent = v->nrecent;
	if (v->exists != exists || v->nrecent != recent) {
		untagged(s, "%" PRIu32 " EXISTS", v->exists);
		if (!s->rev2)
			untagged(s, "%" PRIu32 " RECENT", v->nrecent);
	}
	return (0);
}

/*
 * While an expunge is held back, a client that was sent a higher MODSEQ must
 * not take that for its place (RFC 7162 section 3.2); afterwards it may.
 * VANISHED has no mod-sequence of its own: with this one, the client need not
 * hear of it again.  A command that expunges says it with its OK (section
 * 3.2.7).
 */
static void
highest(struct session *s)
{
	struct view	*v = s->view;
	char		 code[48];

	if (!s->condstore)
		return;
	if (v->gone.n > 0 && v->sent >= v->gone_modseq)
		v->lowered = 1;
	else if (v->gone.n == 0 && v->told == v->place &&
	    (v->lowered || v->vanished))
		v->lowered = v->vanished = 0;
	else
		return;
	if (s->expunging)
		return;
	(void)snprintf(code, sizeof(code), "HIGHESTMODSEQ %" PRIu64,
	    view_highest(v));
	untagged_ok(s, code, v->lowered ? "Expunges are held back" :
	    "Nothing is held back");
}

int
update_send(struct session *s, int what)
{
	struct view	*v = s->view;

	if ((what & UPDATE_SCAN) && scan(s) == -1)
		return (-1);
	if (view_sync(v) == -1) {
		fail(s, "sync");
		return (-1);
	}
	response_keywords(s);
	if ((what & UPDATE_FLAGS) && send_flags(s) == -1)
		return (-1);
	if ((what & UPDATE_EXPUNGE) && send_expunges(s) == -1)
		return (-1);
	if ((what & UPDATE_EXISTS) && send_exists(s) == -1)
		return (-1);
	/* Only where all that was due has gone out. */
	if ((what & UPDATE_FLAGS) && (what & UPDATE_EXISTS))
		highest(s);
	return (0);
}
