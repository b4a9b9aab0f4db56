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
#include "imapd/search_return.h"
#include "imapd/seqset.h"
#include "imapd/set.h"
#include "imapd/view.h"

static int	take_some(struct view *, const struct uid_range *, uint64_t *,
		    uint64_t, uint64_t, struct uidset *);

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

/*
 * Adds to out, of the messages in the range, the first of which is the
 * *pos'th of the set, those from from to below end; moves *pos on.  Numbers of
 * neighbours are neighbours, also of UIDs that are not there.
 */
static int
take_some(struct view *v, const struct uid_range *r, uint64_t *pos,
    uint64_t from, uint64_t end, struct uidset *out)
{
	uint64_t	start = *pos, a, b;
	uint32_t	num, after, lo, hi;

	if (view_number(v, r->lo, &num) == -1 ||
	    view_number(v, r->hi + 1, &after) == -1)
		return (-1);
	*pos += after - num;
	a = from > start ? from : start;
	b = end < *pos ? end : *pos;
	if (a >= b)
		return (0);
	if (view_uid(v, num + (uint32_t)(a - start), &lo) == -1 ||
	    view_uid(v, num + (uint32_t)(b - 1 - start), &hi) == -1)
		return (-1);
	return (uidset_add_range(out, lo, hi));
}

int
set_partial(struct view *v, struct uidset *uids, int64_t first, int64_t last)
{
	struct uidset	some;
	uint64_t	n = 0, pos = 0, from, count;
	size_t		i;

	uidset_init(&some, 0);
	for (i = 0; i < uids->n; i++) {
		if (take_some(v, &uids->r[i], &n, 0, 0, &some) == -1)
			goto fail;
	}
	count = search_partial(first, last, n, &from);
	for (i = 0; i < uids->n; i++) {
		if (take_some(v, &uids->r[i], &pos, from, from + count,
		    &some) == -1)
			goto fail;
	}
	uidset_free(uids);
	*uids = some;
	return (0);
fail:
	uidset_free(&some);
	return (-1);
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
