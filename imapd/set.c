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

#include "common/uidset.h"
#include "imapd/imap.h"
#include "imapd/seqset.h"
#include "imapd/set.h"
#include "imapd/view.h"

int
set_resolve(struct session *s, const struct parser_arg *arg,
    struct uidset *out)
{
	struct seqset	set;
	int		ret = -1;

	if (seqset_parse(&set, arg->text, SEQSET_RANGES_MAX) == -1) {
		if (errno == EINVAL)
			reply_bad(s, "Not a set of messages");
		else if (errno == ENOMEM)
			reply_errno(s, "Can't read the set of messages");
		else
			reply_no(s, "LIMIT", "Too many messages in one set");
		return (-1);
	}
	if (view_resolve(s->view, &set, s->cmd->flags & CMD_UID, out) ==
	    0)
		ret = 0;
	else if (errno == ERANGE)
		reply_bad(s, "There is no message of that number");
	else
		reply_errno(s, "Can't find the messages");
	seqset_free(&set);
	return (ret);
}

int
set_has_gone(const struct session *s, const struct uidset *uids)
{
	size_t	i;

	if ((s->cmd->flags & CMD_UID) || s->view->gone.n == 0)
		return (0);
	for (i = 0; i < uids->n; i++) {
		if (uidset_overlaps(&s->view->gone, uids->r[i].lo,
		    uids->r[i].hi))
			return (1);
	}
	return (0);
}
