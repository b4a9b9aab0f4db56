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
#include <stdlib.h>
#include <string.h>

#include "imapd/deliver.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/namespace.h"
#include "imapd/set.h"
#include "imapd/view.h"

/* COPY (RFC 3501 §6.4.7), MOVE (RFC 6851), with COPYUID (RFC 4315). */

static char	*copyuid(const struct folder *, const struct idx_result *);
static void	 done(struct session *, const struct folder *,
		    const struct idx_result *, int);
static struct folder *open_target(struct session *, const char *);
static void	 transfer(struct session *, const struct parser_arg *, int);
static void	 transfer_to(struct session *, struct folder *,
		    const struct parser_arg *, int);

/* The response code, to be freed; NULL with errno. */
static char *
copyuid(const struct folder *to, const struct idx_result *res)
{
	char	*code, *set;
	int	 n;

	if ((set = response_set(&res->done)) == NULL)
		return (NULL);
	if (res->first == res->last)
		n = asprintf(&code, "COPYUID %" PRIu32 " %s %" PRIu32,
		    to->table.h->uidvalidity, set, res->first);
	else
		n = asprintf(&code, "COPYUID %" PRIu32 " %s %" PRIu32 ":%"
		    PRIu32, to->table.h->uidvalidity, set, res->first,
		    res->last);
	free(set);
	return (n == -1 ? NULL : code);
}

/* MOVE's COPYUID comes before the EXPUNGEs (RFC 6851 section 4.3). */
static void
done(struct session *s, const struct folder *to,
    const struct idx_result *res, int move)
{
	char	*code;

	s->appended += uidset_count(&res->done);
	if (move) {
		s->expunged += uidset_count(&res->done);
		s->expunging = s->qresync && res->done.n > 0;
	}
	if ((code = copyuid(to, res)) == NULL) {
		reply_errno(s, "Can't tell the new UIDs");
		return;
	}
	if (move)
		untagged_ok(s, code, "Moved");
	reply_ok(s, move ? NULL : code, "%s completed", s->cmd->name);
	free(code);
}

static void
transfer_to(struct session *s, struct folder *to,
    const struct parser_arg *arg, int move)
{
	struct idx_result	res;
	struct uidset		uids;
	int			ret;

	uidset_init(&uids, 0);
	idx_result_init(&res);
	if (set_resolve(s, arg, &uids) == -1)
		goto out;
	/* All that were named, or none (RFC 3501 section 6.4.7). */
	if (set_has_gone(s, &uids)) {
		reply_no(s, "EXPUNGEISSUED", "Some of the messages are "
		    "expunged");
		goto out;
	}
	if (uids.n == 0) {
		errno = ENOENT;
		ret = -1;
	} else
		ret = deliver_copy(s->view->folder, to, &uids, move, &res);
	if (ret == 0)
		done(s, to, &res, move);
	else if (errno != ENOENT)
		reply_errno(s, move ? "Can't move" : "Can't copy");
	else if ((s->cmd->flags & CMD_UID) || parser_is(arg, "$"))
		/* "$" stands for UIDs (RFC 5182 section 2.1). */
		reply_ok(s, NULL, "No such messages");
	else
		reply_no(s, "EXPUNGEISSUED", "The messages are expunged");
out:
	uidset_free(&uids);
	idx_result_free(&res);
}

static struct folder *
open_target(struct session *s, const char *dir)
{
	struct folder	*to;
	const char	*why = "No permission";

	if ((to = session_open_folder(s, dir, 0, &why)) != NULL)
		return (to);
	if (errno == ENOENT)
		reply_no(s, "TRYCREATE", "No such mailbox");
	else if (errno == EACCES)
		reply_no(s, "NOPERM", "%s", why);
	else
		reply_errno(s, "Can't open the mailbox");
	return (NULL);
}

static void
transfer(struct session *s, const struct parser_arg *arg, int move)
{
	struct folder	*to;
	char		 dir[NAMESPACE_DIRLEN + 1];

	if (session_mailbox(s, arg->next, dir, sizeof(dir)) == -1 ||
	    (to = open_target(s, dir)) == NULL)
		return;
	transfer_to(s, to, arg, move);
	session_close_folder(s, to);
}

void
cmd_copy(struct session *s, const struct parser_arg *arg)
{
	transfer(s, arg, 0);
}

void
cmd_move(struct session *s, const struct parser_arg *arg)
{
	transfer(s, arg, 1);
}
