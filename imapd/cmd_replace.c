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

#include "imapd/append.h"
#include "imapd/deliver.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/view.h"

/*
 * REPLACE and UID REPLACE (RFC 8508): what is read is an APPEND of one
 * message, and indexd puts it in and takes the old one out as one change.
 */

static void	done(struct session *, const struct append *,
		    const struct idx_result *);
static int	find(struct session *, const struct parser_arg *, uint32_t *);

/* A seq-number (RFC 8508 section 5). */
int
replace_number(const struct parser_arg *arg, uint32_t *n)
{
	if (parser_is(arg, "*")) {
		*n = 0;
		return (0);
	}
	return (parser_number(arg, n) == -1 || *n == 0 ? -1 : 0);
}

/*
 * What the client says is known before the message comes: that there is
 * nothing to be replaced is then no waste of its time.
 */
int
replace_begin(struct session *s, struct append *a)
{
	uint32_t	n;

	if (replace_number(parser_args(s->parser), &n) == -1) {
		append_bad(a, "The number of a message expected");
		return (-1);
	}
	if (s->view->readonly) {
		append_fail(a, "READ-ONLY", "The mailbox is open read-only");
		return (-1);
	}
	if (n == 0 ? s->view->exists == 0 :
	    (s->cmd->flags & CMD_UID) == 0 && n > s->view->exists) {
		append_bad(a, "No such message");
		return (-1);
	}
	return (0);
}

/* The UID of the old message: 0, or -1 after the answer. */
static int
find(struct session *s, const struct parser_arg *arg, uint32_t *uid)
{
	uint32_t	n;

	if (replace_number(arg, &n) == -1) {
		reply_bad(s, "The number of a message expected");
		return (-1);
	}
	if (n != 0 && (s->cmd->flags & CMD_UID)) {
		*uid = n;
		return (0);
	}
	if (n == 0)
		n = s->view->exists;
	if (n == 0 || n > s->view->exists) {
		reply_bad(s, "No such message");
		return (-1);
	}
	if (view_uid(s->view, n, uid) == -1) {
		reply_errno(s, "Can't replace");
		return (-1);
	}
	return (0);
}

/*
 * APPENDUID first (RFC 8508 section 4.3), then the new message, then the old
 * one's EXPUNGE.
 */
static void
done(struct session *s, const struct append *a, const struct idx_result *res)
{
	char	code[64];

	s->appended++;
	s->expunged++;
	s->expunging = s->qresync;
	(void)snprintf(code, sizeof(code), "APPENDUID %" PRIu32 " %" PRIu32,
	    a->folder->table.h->uidvalidity, res->first);
	untagged_ok(s, code, "Replaced");
	if (update_send(s, UPDATE_FLAGS | UPDATE_EXISTS) == -1)
		return;
	reply_ok(s, NULL, "%s completed", s->cmd->name);
}

void
cmd_replace(struct session *s, const struct parser_arg *arg)
{
	struct append		*a = s->append;
	struct idx_result	 res;
	uint32_t		 uid;

	if (a->failed) {
		append_refused(s);
		return;
	}
	if (find(s, arg, &uid) == -1)
		return;
	idx_result_init(&res);
	if (deliver_replace(a->delivery, s->view->folder, uid, &res) == 0)
		done(s, a, &res);
	else if (errno == ENOENT)
		reply_no(s, "EXPUNGEISSUED", "The message is gone; nothing "
		    "was replaced");
	else
		reply_errno(s, "Can't replace");
	idx_result_free(&res);
}
