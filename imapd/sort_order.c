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

#include <stdlib.h>
#include <string.h>

#include "imapd/sort.h"

static int	compare(const struct sort_entry *, const struct sort_entry *);
static void	merge(struct sort_entry *, size_t, size_t,
		    struct sort_entry *);

static int
compare(const struct sort_entry *a, const struct sort_entry *b)
{
	int	diff;

	if (a->head != b->head)
		return (a->head < b->head ? -1 : 1);
	if ((diff = memcmp(a->rest, b->rest, a->nrest < b->nrest ? a->nrest :
	    b->nrest)) != 0)
		return (diff);
	if (a->nrest != b->nrest)
		return (a->nrest < b->nrest ? -1 : 1);
	return (a->shown < b->shown ? -1 : a->shown > b->shown);
}

/* Merges e[0..left) and e[left..n), with room for the smaller of them. */
static void
merge(struct sort_entry *e, size_t left, size_t n, struct sort_entry *room)
{
	size_t	i, j, k;

	/* Mail is in order for the most part. */
	if (compare(&e[left - 1], &e[left]) < 0)
		return;
	if (left <= n - left) {
		memcpy(room, e, left * sizeof(*e));
		for (i = 0, j = left, k = 0; i < left && j < n; k++)
			e[k] = compare(&room[i], &e[j]) < 0 ? room[i++] :
			    e[j++];
		memcpy(e + k, room + i, (left - i) * sizeof(*e));
		return;
	}
	memcpy(room, e + left, (n - left) * sizeof(*e));
	for (i = left, j = n - left, k = n; i > 0 && j > 0; k--)
		e[k - 1] = compare(&e[i - 1], &room[j - 1]) < 0 ?
		    room[--j] : e[--i];
	memcpy(e, room, j * sizeof(*e));
}

/* From the bottom up: O(n log n) whatever the keys, and no recursion. */
int
sort_entries(struct sort_entry *e, size_t n)
{
	struct sort_entry	*room;
	size_t			 at, left;

	if ((room = reallocarray(NULL, n / 2 + 1, sizeof(*room))) == NULL)
		return (-1);
	for (left = 1; left < n; left *= 2) {
		for (at = 0; at + left < n; at += 2 * left)
			merge(e + at, left, n - at < 2 * left ? n - at :
			    2 * left, room);
	}
	free(room);
	return (0);
}
