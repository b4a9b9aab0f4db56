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
#include <stddef.h>

#include "imapd/view.h"

/* What happened since a mod-sequence. */

static int	absent(struct view *, const struct uidset *, struct uidset *);
static int	entry(struct view *, uint64_t, struct change *);
static int	expunged(struct view *, uint64_t, struct uidset *);
static int	first_since(struct view *, uint64_t, uint64_t *);

static int
first_since(struct view *v, uint64_t modseq, uint64_t *n)
{
	unsigned int	since = 0;

	while (table_change_since(v->t, modseq, n) == -1) {
		if (view_retry(&since) == -1)
			return (-1);
	}
	return (0);
}

static int
entry(struct view *v, uint64_t n, struct change *c)
{
	unsigned int	since = 0;

	while (table_change(v->t, n, c) == -1) {
		if (view_retry(&since) == -1)
			return (-1);
	}
	return (0);
}

int
view_changed(struct view *v, uint64_t modseq, struct uidset *out)
{
	struct uidset_batch	some;
	struct change		c;
	uint64_t		n;
	uint32_t		last;

	if (v->uidnext == 1)
		return (0);
	if (first_since(v, modseq, &n) == -1)
		return (-1);
	if (n >= v->state.nlog)
		return (0);
	/* More entries than messages: look at every message instead. */
	if (v->state.nlog - n > v->state.messages)
		return (uidset_add_range(out, 1, v->uidnext - 1));
	uidset_batch(&some, out);
	for (; n < v->state.nlog; n++) {
		if (entry(v, n, &c) == -1)
			return (-1);
		last = c.last < v->uidnext ? c.last : v->uidnext - 1;
		if (c.what == CHANGE_EXPUNGE || c.uid > last)
			continue;
		if (uidset_batch_add(&some, c.uid, last) == -1)
			return (-1);
	}
	return (uidset_batch_end(&some));
}

/* All that the log says to be expunged after modseq. */
static int
expunged(struct view *v, uint64_t modseq, struct uidset *out)
{
	struct uidset_batch	some;
	struct change		c;
	uint64_t		n;

	if (first_since(v, modseq, &n) == -1)
		return (-1);
	uidset_batch(&some, out);
	for (; n < v->state.nlog; n++) {
		if (entry(v, n, &c) == -1)
			return (-1);
		if (c.what == CHANGE_EXPUNGE &&
		    uidset_batch_add(&some, c.uid, c.last) == -1)
			return (-1);
	}
	return (uidset_batch_end(&some));
}

/* Those of set that the client has no message for. */
static int
absent(struct view *v, const struct uidset *set, struct uidset *out)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	struct uidset		 holes;
	uint32_t		 next = 1;
	int			 ret;

	uidset_init(&holes, 0);
	view_walk(&w, v, set, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1) {
		if (m->uid > next && (ret = uidset_add_range(&holes, next,
		    m->uid - 1)) == -1)
			goto out;
		next = m->uid + 1;
	}
	if (ret == 0 && next < v->uidnext)
		ret = uidset_add_range(&holes, next, v->uidnext - 1);
	if (ret == 0)
		ret = uidset_intersect(set, &holes, out);
out:
	uidset_free(&holes);
	return (ret);
}

int
view_vanished(struct view *v, uint64_t modseq, const struct uidset *set,
    struct uidset *out)
{
	struct uidset	all;
	size_t		i;
	int		ret = -1;

	if (v->uidnext == 1)
		return (0);
	if (modseq < v->state.expunge_horizon)
		ret = absent(v, set, out);
	else {
		uidset_init(&all, 0);
		if (expunged(v, modseq, &all) == 0)
			ret = uidset_intersect(set, &all, out);
		uidset_free(&all);
	}
	if (ret == 0)
		ret = uidset_remove_range(out, v->uidnext, UINT32_MAX);
	/* The client still has these: a plain VANISHED is to come. */
	for (i = 0; i < v->gone.n && ret == 0; i++)
		ret = uidset_remove_range(out, v->gone.r[i].lo,
		    v->gone.r[i].hi);
	return (ret);
}
