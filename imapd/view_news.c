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
#include <string.h>

#include "imapd/view.h"

/* Flag changes by others, as the change log has them. */

static int	next_entry(struct view *, struct view_news *);
static int	start(struct view *, struct view_news *);
static int	wanted(const struct view *, const struct view_news *,
		    const struct view_msg *);

static int
start(struct view *v, struct view_news *k)
{
	k->upto = v->place;
	if (v->told >= k->upto)
		return (0);
	if (table_change_since(v->t, v->told, &k->entry) == -1)
		return (-1);
	k->generation = v->t->h->generation;
	k->busy = 1;
	return (1);
}

/*
 * Goes to the next entry that may have news: 1, 0 at the end.  When the
 * table moved to another generation, entries have other places.
 */
static int
next_entry(struct view *v, struct view_news *k)
{
	struct change	c;
	uint32_t	last;

	if (k->generation != v->t->h->generation) {
		if (table_change_since(v->t, v->told, &k->entry) == -1)
			return (-1);
		k->generation = v->t->h->generation;
	}
	for (;;) {
		if (table_change(v->t, k->entry, &c) == -1)
			return (errno == ENOENT ? 0 : -1);
		if (c.modseq > k->upto)
			return (0);
		k->entry++;
		if (c.modseq > 0 && c.modseq - 1 > v->told)
			v->told = c.modseq - 1;
		last = c.last < v->uidnext ? c.last : v->uidnext - 1;
		if (c.what != CHANGE_FLAGS || c.modseq == v->own ||
		    c.uid > last)
			continue;
		/* What went since, as after most changes to \Deleted. */
		if (c.uid == last && uidset_contains(&v->gone, c.uid))
			continue;
		k->change = c;
		uidset_clear(&k->set);
		if (uidset_add_range(&k->set, c.uid, last) == -1)
			return (-1);
		view_walk(&k->walk, v, &k->set, TABLE_LIVE);
		k->busy = 2;
		return (1);
	}
}

/* Later changes of a message stand in later entries, except our own. */
static int
wanted(const struct view *v, const struct view_news *k,
    const struct view_msg *m)
{
	if (m->gone || (v->echo != NULL && uidset_contains(v->echo, m->uid)))
		return (0);
	return (m->row.modseq == k->change.modseq ||
	    m->row.modseq == v->own);
}

int
view_news(struct view *v, struct view_news *k, const struct view_msg **m)
{
	unsigned int	since = 0;
	int		ret;

	for (;;) {
		switch (k->busy) {
		case 0:
			uidset_init(&k->set, 0);
			ret = start(v, k);
			break;
		case 1:
			if ((ret = next_entry(v, k)) == 0) {
				v->told = k->upto;
				k->busy = 0;
			}
			break;
		default:
			while ((ret = view_step(&k->walk, m)) == 1) {
				if (wanted(v, k, *m))
					return (1);
			}
			if (ret == 0) {
				k->busy = 1;
				continue;
			}
			return (-1);
		}
		if (ret == 0)
			return (0);
		if (ret == -1 && view_retry(&since) == -1)
			return (-1);
	}
}

void
view_untold(struct view *v, uint64_t modseq)
{
	v->told = modseq;
	v->own = 0;
}

void
view_news_free(struct view_news *k)
{
	uidset_free(&k->set);
	k->busy = 0;
}
