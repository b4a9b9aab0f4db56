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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/uidset.h"

#define UIDSET_GROW	8	/* ranges of the first allocation */

static size_t	find(const struct uidset *, uint32_t);
static int	reserve(struct uidset *, size_t);
static int	splice(struct uidset *, size_t, size_t,
		    const struct uid_range *, size_t);
static int	append(struct uidset *, uint32_t, uint32_t);
static int	by_lo(const void *, const void *);
static uint64_t	before(struct uidset *, size_t);
static void	count_upto(struct uidset *, size_t);

void
uidset_init(struct uidset *set, size_t max)
{
	memset(set, 0, sizeof(*set));
	set->max = max == 0 ? SIZE_MAX : max;
}

void
uidset_free(struct uidset *set)
{
	free(set->r);
	free(set->upto);
	set->r = NULL;
	set->upto = NULL;
	set->n = set->cap = 0;
	set->nupto = set->uptocap = 0;
}

void
uidset_clear(struct uidset *set)
{
	set->n = 0;
	set->nupto = 0;
}

/* Returns the first range that ends at uid or above, n if none does. */
static size_t
find(const struct uidset *set, uint32_t uid)
{
	size_t	lo = 0, hi = set->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (set->r[mid].hi < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

static int
reserve(struct uidset *set, size_t n)
{
	struct uid_range	*r;
	size_t			 cap;

	if (n > set->max) {
		errno = E2BIG;
		return (-1);
	}
	if (n <= set->cap)
		return (0);
	cap = set->cap < UIDSET_GROW ? UIDSET_GROW : set->cap;
	while (cap < n) {
		if (cap > SIZE_MAX / 2) {
			errno = ENOMEM;
			return (-1);
		}
		cap *= 2;
	}
	if (cap > set->max)
		cap = set->max;
	if ((r = reallocarray(set->r, cap, sizeof(*r))) == NULL)
		return (-1);
	set->r = r;
	set->cap = cap;
	return (0);
}

/* Replaces the ranges [i, j) by the n ranges at with. */
static int
splice(struct uidset *set, size_t i, size_t j, const struct uid_range *with,
    size_t n)
{
	if (n > j - i && reserve(set, set->n + (n - (j - i))) == -1)
		return (-1);
	if (j < set->n && n != j - i)
		memmove(set->r + i + n, set->r + j,
		    (set->n - j) * sizeof(*set->r));
	if (n > 0)
		memcpy(set->r + i, with, n * sizeof(*with));
	set->n = set->n - (j - i) + n;
	if (set->nupto > i)
		set->nupto = i;
	return (0);
}

/* Adds lo to hi, where lo is not below the start of the last range. */
static int
append(struct uidset *set, uint32_t lo, uint32_t hi)
{
	struct uid_range	*last;

	if (set->n > 0) {
		last = &set->r[set->n - 1];
		if (lo <= last->hi || lo - last->hi == 1) {
			if (hi <= last->hi)
				return (0);
			last->hi = hi;
			if (set->nupto == set->n)
				set->nupto--;
			return (0);
		}
	}
	if (reserve(set, set->n + 1) == -1)
		return (-1);
	set->r[set->n].lo = lo;
	set->r[set->n].hi = hi;
	set->n++;
	return (0);
}

int
uidset_add(struct uidset *set, uint32_t uid)
{
	return (uidset_add_range(set, uid, uid));
}

int
uidset_add_range(struct uidset *set, uint32_t lo, uint32_t hi)
{
	struct uid_range	with;
	size_t			i, j;

	if (lo == 0 || hi == 0) {
		errno = EINVAL;
		return (-1);
	}
	with.lo = lo < hi ? lo : hi;
	with.hi = lo < hi ? hi : lo;
	if (set->n == 0 || with.lo >= set->r[set->n - 1].lo)
		return (append(set, with.lo, with.hi));

	/* All that overlap or touch become one with it. */
	i = find(set, with.lo - (with.lo > 1));
	j = i;
	while (j < set->n && (set->r[j].lo <= with.hi ||
	    set->r[j].lo - with.hi == 1))
		j++;
	if (j > i) {
		if (set->r[i].lo < with.lo)
			with.lo = set->r[i].lo;
		if (set->r[j - 1].hi > with.hi)
			with.hi = set->r[j - 1].hi;
	}
	return (splice(set, i, j, &with, 1));
}

int
uidset_add_set(struct uidset *set, const struct uidset *from)
{
	const struct uid_range	*next;
	struct uidset		 sum;
	size_t			 i = 0, j = 0;

	uidset_init(&sum, set->max);
	while (i < set->n || j < from->n) {
		if (j == from->n ||
		    (i < set->n && set->r[i].lo <= from->r[j].lo))
			next = &set->r[i++];
		else
			next = &from->r[j++];
		if (append(&sum, next->lo, next->hi) == -1) {
			uidset_free(&sum);
			return (-1);
		}
	}
	uidset_free(set);
	*set = sum;
	return (0);
}

int
uidset_intersect(const struct uidset *a, const struct uidset *b,
    struct uidset *out)
{
	size_t		i = 0, j = 0;
	uint32_t	lo, hi;

	while (i < a->n && j < b->n) {
		lo = a->r[i].lo > b->r[j].lo ? a->r[i].lo : b->r[j].lo;
		hi = a->r[i].hi < b->r[j].hi ? a->r[i].hi : b->r[j].hi;
		if (lo <= hi && uidset_add_range(out, lo, hi) == -1)
			return (-1);
		if (a->r[i].hi < b->r[j].hi)
			i++;
		else
			j++;
	}
	return (0);
}

static int
by_lo(const void *a, const void *b)
{
	const struct uid_range	*x = a, *y = b;

	return (x->lo < y->lo ? -1 : x->lo > y->lo);
}

void
uidset_batch(struct uidset_batch *b, struct uidset *set)
{
	b->set = set;
	b->n = 0;
}

int
uidset_batch_add(struct uidset_batch *b, uint32_t lo, uint32_t hi)
{
	if (b->n == UIDSET_BATCH && uidset_batch_end(b) == -1)
		return (-1);
	b->r[b->n].lo = lo;
	b->r[b->n].hi = hi;
	b->n++;
	return (0);
}

int
uidset_batch_end(struct uidset_batch *b)
{
	struct uidset	sorted;
	size_t		i;
	int		ret = -1;

	uidset_init(&sorted, 0);
	qsort(b->r, b->n, sizeof(b->r[0]), by_lo);
	for (i = 0; i < b->n; i++) {
		if (append(&sorted, b->r[i].lo, b->r[i].hi) == -1)
			goto out;
	}
	b->n = 0;
	ret = sorted.n == 0 ? 0 : uidset_add_set(b->set, &sorted);
out:
	uidset_free(&sorted);
	return (ret);
}

int
uidset_remove_range(struct uidset *set, uint32_t lo, uint32_t hi)
{
	struct uid_range	keep[2];
	uint32_t		t;
	size_t			i, j, n = 0;

	if (lo > hi) {
		t = lo;
		lo = hi;
		hi = t;
	}
	i = find(set, lo);
	j = i;
	while (j < set->n && set->r[j].lo <= hi)
		j++;
	if (i == j)
		return (0);
	if (set->r[i].lo < lo) {
		keep[n].lo = set->r[i].lo;
		keep[n++].hi = lo - 1;
	}
	if (set->r[j - 1].hi > hi) {
		keep[n].lo = hi + 1;
		keep[n++].hi = set->r[j - 1].hi;
	}
	return (splice(set, i, j, keep, n));
}

int
uidset_contains(const struct uidset *set, uint32_t uid)
{
	return (uidset_overlaps(set, uid, uid));
}

int
uidset_overlaps(const struct uidset *set, uint32_t lo, uint32_t hi)
{
	size_t	i;

	i = find(set, lo);
	return (i < set->n && set->r[i].lo <= hi);
}

uint32_t
uidset_from(const struct uidset *set, uint32_t uid)
{
	size_t	i;

	if ((i = find(set, uid)) == set->n)
		return (0);
	return (set->r[i].lo > uid ? set->r[i].lo : uid);
}

uint64_t
uidset_count(const struct uidset *set)
{
	uint64_t	count = 0;
	size_t		i;

	for (i = 0; i < set->n; i++)
		count += (uint64_t)set->r[i].hi - set->r[i].lo + 1;
	return (count);
}

uint32_t
uidset_min(const struct uidset *set)
{
	return (set->n == 0 ? 0 : set->r[0].lo);
}

uint32_t
uidset_max(const struct uidset *set)
{
	return (set->n == 0 ? 0 : set->r[set->n - 1].hi);
}

/* Counts what is in the first n ranges, if there is memory for that. */
static void
count_upto(struct uidset *set, size_t n)
{
	uint64_t	*more, count;
	size_t		 i;

	if (n > set->uptocap) {
		more = reallocarray(set->upto, set->cap, sizeof(*more));
		if (more == NULL)
			return;
		set->upto = more;
		set->uptocap = set->cap;
	}
	count = set->nupto == 0 ? 0 : set->upto[set->nupto - 1];
	for (i = set->nupto; i < n; i++) {
		count += (uint64_t)set->r[i].hi - set->r[i].lo + 1;
		set->upto[i] = count;
	}
	set->nupto = n;
}

/* How many members the first n ranges have. */
static uint64_t
before(struct uidset *set, size_t n)
{
	uint64_t	count = 0;
	size_t		i;

	if (n > set->nupto)
		count_upto(set, n);
	if (n <= set->nupto)
		return (n == 0 ? 0 : set->upto[n - 1]);
	for (i = 0; i < n; i++)
		count += (uint64_t)set->r[i].hi - set->r[i].lo + 1;
	return (count);
}

uint64_t
uidset_rank(struct uidset *set, uint32_t uid)
{
	uint64_t	rank;
	size_t		i;

	i = find(set, uid);
	rank = before(set, i);
	if (i < set->n && set->r[i].lo < uid)
		rank += uid - set->r[i].lo;
	return (rank);
}

uint32_t
uidset_nth(struct uidset *set, uint64_t nth)
{
	size_t	lo = 0, hi = set->n, mid;

	/* The last range that so many, or fewer, are before. */
	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (before(set, mid) <= nth)
			lo = mid;
		else
			hi = mid;
	}
	if (set->n == 0)
		return (0);
	nth -= before(set, lo);
	if (nth > set->r[lo].hi - set->r[lo].lo)
		return (0);
	return (set->r[lo].lo + (uint32_t)nth);
}

int
uidset_next(const struct uidset *set, struct uidset_iter *it, uint32_t *uid)
{
	if (it->i >= set->n)
		return (0);
	if (it->next == 0)
		it->next = set->r[it->i].lo;
	*uid = it->next;
	if (it->next == set->r[it->i].hi) {
		it->i++;
		it->next = 0;
	} else
		it->next++;
	return (1);
}

size_t
uidset_text(const struct uidset *set, size_t *pos, char *buf, size_t size)
{
	const struct uid_range	*r;
	size_t			 len = 0;
	int			 n;

	for (; *pos < set->n; ++*pos) {
		if (size - len < UIDSET_TEXT_MIN)
			break;
		r = &set->r[*pos];
		if (r->lo == r->hi)
			n = snprintf(buf + len, size - len, "%s%u",
			    len > 0 ? "," : "", (unsigned int)r->lo);
		else
			n = snprintf(buf + len, size - len, "%s%u:%u",
			    len > 0 ? "," : "", (unsigned int)r->lo,
			    (unsigned int)r->hi);
		if (n < 0)
			break;
		len += (size_t)n;
	}
	if (len == 0 && size > 0)
		buf[0] = '\0';
	return (len);
}
