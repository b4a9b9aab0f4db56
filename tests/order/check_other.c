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

#include <stddef.h>
#include <string.h>

#include "tests/order/check.h"

/*
 * Changes that came from other programs: what they did to the files, seen at
 * some time after they began, each flag of a rename once.  Where it is not
 * known which message a UID is, any will do.
 */

static int	explains(struct checker *, const struct box *,
		    const struct slot *, int);
static int	explains_file(struct checker *, enum other_kind,
		    const struct box *, const struct message *, uint64_t,
		    int);
static int	explains_flags(struct checker *, const struct box *,
		    const struct message *, uint64_t, uint64_t, int);
static int	may_be(const struct other *, enum other_kind,
		    const struct box *, const struct message *, uint64_t);

static int
may_be(const struct other *o, enum other_kind kind, const struct box *b,
    const struct message *m, uint64_t high)
{
	return (o->kind == kind && o->box == b && !o->failed &&
	    o->t0 <= high && (m->id[0] == '\0' || strcmp(m->id, o->id) == 0));
}

/* A delivery, which has no flags, or a removal. */
static int
explains_file(struct checker *k, enum other_kind kind, const struct box *b,
    const struct message *m, uint64_t high, int use)
{
	struct other	*o;
	size_t		 i;

	if (kind == OTHER_DELIVER && m->pinned && m->v[0].flags != 0)
		return (0);
	for (i = 0; i < k->nothers; i++) {
		o = &k->other[i];
		if (!may_be(o, kind, b, m, high) || o->used)
			continue;
		if (m->id[0] != '\0' && use)
			o->used = 1;
		return (1);
	}
	return (0);
}

static int
explains_flags(struct checker *k, const struct box *b,
    const struct message *m, uint64_t toggled, uint64_t high, int use)
{
	struct other	*o;
	uint64_t	 did, flags = m->v[m->now].flags;
	size_t		 i;

	for (i = 0; i < k->nothers && toggled != 0; i++) {
		o = &k->other[i];
		if (!may_be(o, OTHER_RENAME, b, m, high))
			continue;
		did = (o->set & ~flags) | (o->cleared & flags);
		if (!m->pinned)
			did = o->set | o->cleared;
		did &= toggled;
		if (m->id[0] != '\0') {
			did &= ~o->used;
			if (use)
				o->used |= did;
		}
		toggled &= ~did;
	}
	return (toggled == 0);
}

static int
explains(struct checker *k, const struct box *b, const struct slot *slot,
    int use)
{
	const struct part	*p = &b->part[slot->first];
	const struct message	*m;
	size_t			 i;
	int			 ok = 1;

	for (i = 0; i < slot->n && ok; i++) {
		m = &b->msg[p[i].message];
		if (p[i].kind == CHANGE_IS_FLAGS)
			ok = explains_flags(k, b, m, p[i].toggled,
			    slot->high, use);
		else
			ok = explains_file(k, p[i].kind == CHANGE_IS_NEW ?
			    OTHER_DELIVER : OTHER_REMOVE, b, m, slot->high,
			    use);
	}
	return (ok);
}

unsigned int
other_may(struct checker *k, const struct box *b, const struct slot *slot)
{
	return (explains(k, b, slot, 0) ? 1 : 0);
}

void
other_take(struct checker *k, const struct box *b, const struct slot *slot)
{
	(void)explains(k, b, slot, 1);
}
