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

#include "common/log.h"
#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/qresync.h"
#include "imapd/seqset.h"
#include "imapd/set.h"
#include "imapd/view.h"

/* FETCH (RFC 3501 section 6.4.5, RFC 7162 section 3.1.4). */

/* What the command has come to. */
struct fetching {
	struct session		*s;
	struct fetch		 fetch;
	struct uidset		 uids;		/* asked for */
	struct idx_result	 seen;		/* done: got \Seen by it */
	int			 lost;		/* some had no file */
	uint32_t		 missing;	/* one of them, maybe there */
	int			 unknown;	/* transfer encoding, of some */
	int			 error;		/* of those that failed */
};

static int	any_unseen(struct session *, const struct uidset *, int *);
static int	changed_only(struct fetching *);
static void	finish(struct fetching *);
static int	one(struct fetching *, const struct view_msg *);
static int	send_all(struct fetching *);
static int	set_seen(struct fetching *);
static int	vanished(struct fetching *, const struct parser_arg *);

int
check_fetch(const struct parser_arg *arg, const char **why)
{
	struct fetch	f;
	int		ret;

	*why = "A set of messages expected";
	if (arg == NULL || arg->type != PARSER_ATOM || !seqset_is(arg->text))
		return (-1);
	ret = fetch_parse(&f, arg->next, why);
	fetch_free(&f);
	return (ret);
}

/*
 * Leaves those that changed after the mod-sequence, found by the change log
 * (RFC 7162 section 3.1.4.1).
 */
static int
changed_only(struct fetching *g)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	struct uidset		 maybe, both;
	uint64_t		 since = g->fetch.changedsince;
	int			 ret = -1;

	if (since == 0)
		return (0);
	uidset_init(&maybe, 0);
	uidset_init(&both, 0);
	if (view_sync(g->s->view) == -1 ||
	    view_changed(g->s->view, since, &maybe) == -1 ||
	    uidset_intersect(&g->uids, &maybe, &both) == -1)
		goto out;
	uidset_clear(&g->uids);
	view_walk(&w, g->s->view, &both, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1) {
		if (m->gone || m->row.modseq <= since)
			continue;
		if ((ret = uidset_add(&g->uids, m->uid)) == -1)
			goto out;
	}
out:
	uidset_free(&maybe);
	uidset_free(&both);
	return (ret);
}

/*
 * VANISHED: tells what was expunged, before any FETCH (RFC 7162 section
 * 3.2.6).  What the client still has in this mailbox goes by a plain
 * VANISHED first, since EARLIER changes no numbers (section 3.2.10); it may
 * be in EARLIER as well.  "*" is the highest UID that ever was, whether its
 * message is still there or not.
 */
static int
vanished(struct fetching *g, const struct parser_arg *arg)
{
	struct view	*v = g->s->view;
	struct uidset	 uids;
	struct seqset	 set;
	int		 ret = -1;

	g->fetch.changedsince = qresync_since(g->s, g->fetch.changedsince);
	if (v->uidnext == 1)
		return (0);
	uidset_init(&uids, 0);
	if (seqset_parse(&set, arg->text, SEQSET_RANGES_MAX) == 0 &&
	    seqset_uids(&set, v->uidnext - 1, &uids) == 0)
		ret = qresync_vanished(g->s, g->fetch.changedsince, &uids);
	seqset_free(&set);
	uidset_free(&uids);
	return (ret);
}

static int
any_unseen(struct session *s, const struct uidset *uids, int *any)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	int			 ret;

	*any = 0;
	view_walk(&w, s->view, uids, TABLE_UNSEEN);
	while ((ret = view_step(&w, &m)) == 1) {
		if (!m->gone) {
			*any = 1;
			return (0);
		}
	}
	return (ret);
}

/* One STORE for all, before their text is sent. */
static int
set_seen(struct fetching *g)
{
	struct session		*s = g->s;
	struct idx_store	 req;
	int			 any;

	if ((g->fetch.items & FETCH_SEEN) == 0 || s->view->readonly)
		return (0);
	if (any_unseen(s, &g->uids, &any) == -1)
		return (-1);
	if (!any)
		return (0);
	memset(&req, 0, sizeof(req));
	req.operation = STORE_ADD;
	req.flags = FLAG_SEEN;
	if (idx_store(s->view->folder->box, &req, &g->uids, &g->seen) == -1)
		return (-1);
	s->view->own = g->seen.modseq;
	return (0);
}

/* One message; -1 if the connection can't go on. */
static int
one(struct fetching *g, const struct view_msg *m)
{
	struct session	*s = g->s;
	unsigned int	 extra = 0;

	if (m->lost) {
		g->lost = 1;
		return (0);
	}
	if (s->cmd->flags & CMD_UID)
		extra |= FETCH_UID;
	if (s->condstore)
		extra |= FETCH_MODSEQ;
	if (g->seen.done.n > 0 && uidset_contains(&g->seen.done, m->uid))
		extra |= FETCH_FLAGS | (s->condstore ? FETCH_UID : 0);
	switch (fetch_send(s, &g->fetch, m, extra)) {
	case 0:
		if (g->fetch.nsections > 0)
			s->fetched++;
		return (0);
	case -2:
		if (session_alive(s))
			session_bye(s, "UNAVAILABLE", "A message has changed "
			    "while it was read");
		return (-1);
	default:
		break;
	}
	if (errno == ENOENT) {
		g->lost = 1;
		g->missing = m->uid;
	} else if (errno == ENOTSUP) {
		g->unknown = 1;
	} else {
		log_warn("fetch: folder=%s uid=%u",
		    s->view->folder->name, (unsigned int)m->uid);
		g->error = errno;
	}
	/* Its text could not be sent, but its flag has changed. */
	if (extra & FETCH_FLAGS)
		response_fetch(s, m->num, &m->row, m->recent,
		    FETCH_LINE_FLAGS | FETCH_LINE_UID |
		    (s->condstore ? FETCH_LINE_MODSEQ : 0));
	return (0);
}

static int
send_all(struct fetching *g)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	int			 ret;

	view_walk(&w, g->s->view, &g->uids, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1) {
		/* With UIDs, what is expunged is not there. */
		if (m->gone && (g->s->cmd->flags & CMD_UID) && m->lost)
			continue;
		if (one(g, m) == -1 || !session_alive(g->s))
			return (0);
	}
	message_sizes_flush(g->s);
	/* Headers of one answer are compressed together, not of several. */
	if (g->fetch.nsections > 0 ||
	    (g->fetch.items & (FETCH_FILE | FETCH_CONTENT)))
		(void)client_forget(g->s->client);
	return (ret);
}

static void
finish(struct fetching *g)
{
	struct session	*s = g->s;

	if (!session_alive(s))
		return;
	if (g->error != 0) {
		errno = g->error;
		reply_errno(s, "Some messages can't be read");
	} else if (g->lost) {
		/* Whoever took the file: see what is there now. */
		if (g->missing != 0)
			(void)folder_missing(s->view->folder, g->missing);
		else
			(void)folder_scan(s->view->folder, 0);
		reply_no(s, "EXPUNGEISSUED", "Some of the messages are gone");
	} else if (g->unknown)
		reply_no(s, "UNKNOWN-CTE", "The transfer encoding of some of "
		    "the sections is not known");
	else
		reply_ok(s, NULL, "%s completed", s->cmd->name);
}

void
cmd_fetch(struct session *s, const struct parser_arg *arg)
{
	struct fetching	g;
	const char	*why;
	uint64_t	 told;
	int		 ret;

	memset(&g, 0, sizeof(g));
	g.s = s;
	uidset_init(&g.uids, 0);
	idx_result_init(&g.seen);
	if (fetch_parse(&g.fetch, arg->next, &why) == -1) {
		reply_bad(s, "%s", why);
		goto out;
	}
	fetch_fields_mark(&g.fetch);
	if (g.fetch.vanished && ((s->cmd->flags & CMD_UID) == 0 ||
	    !s->qresync)) {
		reply_bad(s, s->qresync ? "VANISHED is for UID FETCH" :
		    "ENABLE QRESYNC first");
		goto out;
	}
	/* RFC 9394 section 3.3. */
	if (g.fetch.partial && (s->cmd->flags & CMD_UID) == 0) {
		reply_bad(s, "PARTIAL is for UID FETCH");
		goto out;
	}
	if (g.fetch.items & FETCH_MODSEQ)
		session_enable_condstore(s);
	if (g.fetch.vanished && update_send(s, UPDATE_EXPUNGE |
	    UPDATE_EXISTS) == -1)
		goto out;
	if (set_resolve(s, arg, &g.uids) == -1)
		goto out;
	if ((g.fetch.vanished && vanished(&g, arg) == -1) ||
	    (g.fetch.partial && set_partial(s->view, &g.uids, g.fetch.first,
	    g.fetch.last) == -1) ||
	    (g.fetch.changed && changed_only(&g) == -1) ||
	    set_seen(&g) == -1) {
		reply_errno(s, "Can't fetch");
		goto out;
	}
	/* What others changed before goes out before (RFC 7162 §6). */
	if ((g.fetch.items & (FETCH_FLAGS | FETCH_FILE | FETCH_SIZE |
	    FETCH_CONTENT)) == FETCH_FLAGS && g.fetch.nsections == 0)
		s->view->echo = &g.uids;
	told = s->view->told;
	ret = update_send(s, UPDATE_FLAGS);
	s->view->echo = NULL;
	if (ret == -1)
		goto out;
	if (send_all(&g) == -1) {
		view_untold(s->view, told);
		reply_errno(s, "Can't fetch");
	} else
		finish(&g);
out:
	fetch_free(&g.fetch);
	uidset_free(&g.uids);
	idx_result_free(&g.seen);
}
