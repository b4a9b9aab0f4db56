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
#include "imapd/list.h"
#include "imapd/mailboxid.h"
#include "imapd/qresync.h"
#include "imapd/view.h"

/* SELECT, EXAMINE, CLOSE (RFC 3501 §6.3.1, §6.4.2), UNSELECT (RFC 3691). */

/* The parameters (RFC 4466 section 2.2). */
struct params {
	int		condstore;	/* was given */
	int		qresync;	/* was given */
	struct qresync	known;
};

static void	announce(struct session *, uint32_t);
static int	get_params(struct params *, const struct parser_arg *,
		    const char **);
static int	open_view(struct session *, const char *, int);
static void	refuse(struct session *, const char *);
static void	select_mailbox(struct session *, const struct parser_arg *,
		    const struct params *);

/* Takes what comes after the name; qresync_free() in either case. */
static int
get_params(struct params *p, const struct parser_arg *list, const char **why)
{
	const struct parser_arg	*arg;

	memset(p, 0, sizeof(*p));
	if (list == NULL)
		return (0);
	*why = "List of parameters expected";
	if (list->type != PARSER_LIST || list->next != NULL ||
	    list->child == NULL)
		return (-1);
	for (arg = list->child; arg != NULL; arg = arg->next) {
		*why = "Unknown or repeated parameter";
		if (parser_is(arg, "CONDSTORE") && !p->condstore) {
			p->condstore = 1;
			continue;
		}
		if (!parser_is(arg, "QRESYNC") || p->qresync)
			return (-1);
		p->qresync = 1;
		arg = arg->next;
		if (qresync_parse(&p->known, arg, why) == -1)
			return (-1);
	}
	return (0);
}

int
check_select(const struct parser_arg *arg, const char **why)
{
	struct params	 p;
	const char	*text;
	int		 ret;

	*why = "Mailbox name expected";
	if (parser_astring(arg, &text, NULL) == -1)
		return (-1);
	ret = get_params(&p, arg->next, why);
	qresync_free(&p.known);
	return (ret);
}

static void
refuse(struct session *s, const char *why)
{
	switch (errno) {
	case ENOENT:
		reply_no(s, "NONEXISTENT", "No such mailbox");
		break;
	case EACCES:
		reply_no(s, "NOPERM", "%s", why);
		break;
	default:
		reply_errno(s, "Can't open the mailbox");
	}
}

/* Opens the folder, compares it with the table, and takes it into view. */
static int
open_view(struct session *s, const char *dir, int examine)
{
	struct folder	*folder;
	const char	*why = "No permission";
	int		 saved;

	folder = session_open_folder(s, dir, examine ? FOLDER_EXAMINE : 0,
	    &why);
	if (folder == NULL) {
		refuse(s, why);
		return (-1);
	}
	/*
	 * What can't be seen now is seen later; but there is no memory later
	 * either, and a table that is not filled is no empty mailbox.
	 */
	if (folder_scan(folder, 0) == -1 && errno != ENOTCONN) {
		saved = errno;
		log_warn("select: scan folder=%s", folder->name);
		if (saved == ENOMEM)
			goto fail;
	}
	s->view = view_new(folder, examine || !folder->writable);
	if (s->view == NULL) {
		saved = errno;
		goto fail;
	}
	return (0);
fail:
	folder_close(folder);
	errno = saved;
	reply_errno(s, "Can't read the mailbox");
	return (-1);
}

static void
announce(struct session *s, uint32_t unseen)
{
	struct view	*v = s->view;
	char		 code[sizeof("MAILBOXID ()") + MAILBOXID_LEN];
	char		 id[MAILBOXID_LEN + 1];

	response_flags(s);
	untagged(s, "%" PRIu32 " EXISTS", v->exists);
	/* RFC 9051 appendix E has neither RECENT nor UNSEEN. */
	if (!s->rev2)
		untagged(s, "%" PRIu32 " RECENT", v->nrecent);
	if (unseen > 0 && !s->rev2) {
		(void)snprintf(code, sizeof(code), "UNSEEN %" PRIu32, unseen);
		untagged_ok(s, code, "First unseen");
	}
	(void)snprintf(code, sizeof(code), "UIDVALIDITY %" PRIu32,
	    v->state.uidvalidity);
	untagged_ok(s, code, "UIDs valid");
	(void)snprintf(code, sizeof(code), "UIDNEXT %" PRIu32, v->uidnext);
	untagged_ok(s, code, "Next UID");
	/* RFC 8474 section 4.2. */
	(void)snprintf(code, sizeof(code), "MAILBOXID (%s)",
	    mailboxid(id, v->folder->identity.id));
	untagged_ok(s, code, "Id");
	/* Always (RFC 7162 section 3.1.2.1). */
	(void)snprintf(code, sizeof(code), "HIGHESTMODSEQ %" PRIu64,
	    view_highest(v));
	untagged_ok(s, code, "Highest");
}

static void
select_mailbox(struct session *s, const struct parser_arg *arg,
    const struct params *p)
{
	char		dir[NAMESPACE_DIRLEN + 1];
	uint32_t	unseen;
	int		examine = strcmp(s->cmd->name, "EXAMINE") == 0;

	/* Also a SELECT that fails deselects (RFC 3501 section 6.3.1). */
	if (s->state == SESSION_SELECTED) {
		session_unselect(s);
		untagged_ok(s, "CLOSED", "Previous mailbox is closed");
	}
	if (session_mailbox(s, arg, dir, sizeof(dir)) == -1)
		return;
	if (p->condstore)
		session_enable_condstore(s);
	if (open_view(s, dir, examine) == -1)
		return;
	if (view_first_unseen(s->view, &unseen) == -1) {
		reply_errno(s, "Can't read the mailbox");
		session_unselect(s);
		return;
	}
	session_enter(s, SESSION_SELECTED);
	announce(s, unseen);
	if (s->rev2)
		list_selected(s, dir, arg);
	/* After all that SELECT tells (RFC 7162 section 3.2.5). */
	if (p->qresync && qresync_send(s, &p->known) == -1) {
		reply_errno(s, "Can't tell what has changed");
		session_unselect(s);
		return;
	}
	reply_ok(s, s->view->readonly ? "READ-ONLY" : "READ-WRITE",
	    "%s completed", s->cmd->name);
}

void
cmd_select(struct session *s, const struct parser_arg *arg)
{
	struct params	 p;
	const char	*why;

	if (get_params(&p, arg->next, &why) == -1)
		reply_bad(s, "%s", why);
	else if (p.qresync && !s->qresync)
		reply_bad(s, "ENABLE QRESYNC first");
	else
		select_mailbox(s, arg, &p);
	qresync_free(&p.known);
}

/*
 * Expunges without a word about it (RFC 3501 section 6.4.2).  If that fails
 * the mailbox is closed all the same, and what is deleted stays so.
 */
void
cmd_close(struct session *s, const struct parser_arg *arg)
{
	struct idx_result	res;
	struct uidset		all;
	struct view		*v = s->view;

	(void)arg;
	idx_result_init(&res);
	uidset_init(&all, 0);
	if (!v->readonly && view_sync(v) == 0 && v->state.deleted > 0 &&
	    v->uidnext > 1) {
		if (uidset_add_range(&all, 1, v->uidnext - 1) == -1 ||
		    idx_expunge(v->folder->box, &all, &res) == -1) {
			/* Nothing was done: the mailbox stays open. */
			reply_errno(s, "Can't expunge");
			goto out;
		}
		s->expunged += uidset_count(&res.done);
	}
	reply_ok(s, NULL, "CLOSE completed");
	/* The client need not wait for what is done behind. */
	(void)client_flush_idle(s->client);
	session_unselect(s);
out:
	uidset_free(&all);
	idx_result_free(&res);
}

void
cmd_unselect(struct session *s, const struct parser_arg *arg)
{
	(void)arg;
	reply_ok(s, NULL, "UNSELECT completed");
	(void)client_flush_idle(s->client);
	session_unselect(s);
}
