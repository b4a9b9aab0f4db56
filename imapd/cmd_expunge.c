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

#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/set.h"
#include "imapd/view.h"

/* EXPUNGE (RFC 3501 section 6.4.3) and UID EXPUNGE (RFC 4315). */

static void	expunge(struct session *, const struct uidset *);

/* Expunges those in set that have \Deleted; the answer tells of them. */
static void
expunge(struct session *s, const struct uidset *set)
{
	struct idx_result	res;

	idx_result_init(&res);
	if (set->n > 0 &&
	    idx_expunge(s->view->folder->box, set, &res) == -1) {
		reply_errno(s, "Can't expunge");
	} else {
		s->expunged += uidset_count(&res.done);
		s->expunging = s->qresync && res.done.n > 0;
		reply_ok(s, NULL, "%s completed", s->cmd->name);
	}
	idx_result_free(&res);
}

void
cmd_expunge(struct session *s, const struct parser_arg *arg)
{
	struct uidset	all;
	struct view	*v = s->view;

	(void)arg;
	uidset_init(&all, 0);
	if (view_sync(v) == -1)
		reply_errno(s, "Can't expunge");
	else if (v->state.deleted > 0 && v->uidnext > 1 &&
	    uidset_add_range(&all, 1, v->uidnext - 1) == -1)
		reply_errno(s, "Can't expunge");
	else
		expunge(s, &all);
	uidset_free(&all);
}

void
cmd_uid_expunge(struct session *s, const struct parser_arg *arg)
{
	struct uidset	uids;

	uidset_init(&uids, PROTO_MAXRANGES);
	if (set_resolve(s, arg, &uids) == 0)
		expunge(s, &uids);
	uidset_free(&uids);
}
