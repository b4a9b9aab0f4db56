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

#include "imapd/seqset.h"
#include "imapd/view.h"

/*
 * Numbers and UIDs.  All of it is found under one state of the tree, and
 * stays true until something is announced.
 */

static int	by_number(struct view *, const struct seqset *,
		    struct uidset *);
static int	by_uid(struct view *, const struct seqset *, struct uidset *);
static int	gone_below(struct view *, uint32_t, uint32_t *, uint32_t *);
static int	number_now(struct view *, uint32_t, uint32_t *);
static int	uid_now(struct view *, uint32_t, uint32_t *);
static int	unseen_now(struct view *, uint32_t *);

static int
number_now(struct view *v, uint32_t uid, uint32_t *num)
{
	uint64_t	n;
	uint32_t	rank;

	if (table_find(v->t, uid, &n) == -1 ||
	    table_rank(v->t, n, &rank) == -1)
		return (-1);
	*num = rank + (uint32_t)uidset_rank(&v->gone, uid) + 1;
	return (0);
}

int
view_number(struct view *v, uint32_t uid, uint32_t *num)
{
	unsigned int	since = 0;

	for (;;) {
		if (view_settle(v) == -1)
			return (-1);
		if (number_now(v, uid, num) == 0) {
			if (view_settled(v))
				return (0);
			errno = EAGAIN;
		}
		if (view_retry(&since) == -1)
			return (-1);
	}
}

/*
 * How many members of gone have a number below num; *uid is the one that has
 * num itself, or 0.  Numbers rise with UIDs: a binary search.
 */
static int
gone_below(struct view *v, uint32_t num, uint32_t *below, uint32_t *uid)
{
	uint32_t	lo = 0, hi, mid;
	uint32_t	at, member;

	*uid = 0;
	hi = (uint32_t)uidset_rank(&v->gone, v->uidnext);
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		member = uidset_nth(&v->gone, mid);
		if (number_now(v, member, &at) == -1)
			return (-1);
		if (at == num)
			*uid = member;
		if (at < num)
			lo = mid + 1;
		else
			hi = mid;
	}
	*below = lo;
	return (0);
}

static int
uid_now(struct view *v, uint32_t num, uint32_t *uid)
{
	struct row	row;
	uint64_t	n;
	uint32_t	below;

	if (gone_below(v, num, &below, uid) == -1)
		return (-1);
	if (*uid != 0)
		return (0);
	if (table_nth(v->t, num - 1 - below, &n) == -1 ||
	    table_row(v->t, n, &row) == -1)
		return (-1);
	*uid = row.uid;
	return (0);
}

int
view_uid(struct view *v, uint32_t num, uint32_t *uid)
{
	unsigned int	since = 0;

	for (;;) {
		if (view_settle(v) == -1)
			return (-1);
		if (uid_now(v, num, uid) == 0) {
			if (view_settled(v))
				return (0);
			errno = EAGAIN;
		} else if (errno == ENOENT && !view_settled(v))
			errno = EAGAIN;
		if (view_retry(&since) == -1)
			return (-1);
	}
}

int
view_last(struct view *v, uint32_t *uid)
{
	*uid = 0;
	return (v->exists == 0 ? 0 : view_uid(v, v->exists, uid));
}

static int
by_uid(struct view *v, const struct seqset *set, struct uidset *out)
{
	uint32_t	last;

	if (view_last(v, &last) == -1 || seqset_uids(set, last, out) == -1)
		return (-1);
	return (uidset_remove_range(out, v->uidnext, UINT32_MAX));
}

/* Neighbours by number are neighbours by UID: ranges become ranges. */
static int
by_number(struct view *v, const struct seqset *set, struct uidset *out)
{
	struct uidset	nums;
	uint32_t	lo, hi;
	size_t		i;
	int		ret = -1;

	uidset_init(&nums, 0);
	if (seqset_numbers(set, v->exists, &nums) == -1)
		goto out;
	for (i = 0; i < nums.n; i++) {
		if (view_uid(v, nums.r[i].lo, &lo) == -1)
			goto out;
		hi = lo;
		if (nums.r[i].hi != nums.r[i].lo &&
		    view_uid(v, nums.r[i].hi, &hi) == -1)
			goto out;
		if (uidset_add_range(out, lo, hi) == -1)
			goto out;
	}
	ret = 0;
out:
	uidset_free(&nums);
	return (ret);
}

int
view_resolve(struct view *v, const struct seqset *set, int uid,
    struct uidset *out)
{
	if (set->saved)
		return (view_resolve_saved(v, out));
	return (uid ? by_uid(v, set, out) : by_number(v, set, out));
}

int
view_resolve_saved(struct view *v, struct uidset *out)
{
	size_t	i;

	if (uidset_add_set(out, &v->saved) == -1)
		return (-1);
	/* Expunged ones are no more in it (RFC 5182 section 2.1). */
	for (i = 0; i < v->gone.n; i++) {
		if (uidset_remove_range(out, v->gone.r[i].lo,
		    v->gone.r[i].hi) == -1)
			return (-1);
	}
	return (0);
}

int
view_numbers(struct view *v, const struct uidset *uids, struct uidset *out)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	int			 ret;

	view_walk(&w, v, uids, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1) {
		if (uidset_add(out, m->num) == -1)
			return (-1);
	}
	return (ret);
}

/* Sets *num to the number of the first unseen message, 0 if there is none. */
static int
unseen_now(struct view *v, uint32_t *num)
{
	struct table_some	some;
	struct row		row;

	*num = 0;
	if (view_next_row(v, TABLE_UNSEEN, 0, &some) == -1)
		return (-1);
	if (some.n >= v->state.nrows)
		return (0);
	if (table_row(v->t, some.n, &row) == -1)
		return (-1);
	return (row.uid < v->uidnext ? number_now(v, row.uid, num) : 0);
}

int
view_first_unseen(struct view *v, uint32_t *num)
{
	unsigned int	since = 0;

	for (;;) {
		if (view_settle(v) == -1)
			return (-1);
		if (unseen_now(v, num) == 0) {
			if (view_settled(v))
				return (0);
			errno = EAGAIN;
		}
		if (view_retry(&since) == -1)
			return (-1);
	}
}
