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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/cache_priv.h"

/*
 * Getting.  A block is read whole, checked, and kept while others of its
 * kind are read; it is right for as long as the folder is open, whatever
 * happens to the file, since what was derived never changes.
 */

static size_t	begun(const struct cache_column *, uint32_t);
static int	check(const struct cache_loaded *, const struct cache_block *);
static int	find(struct cache *, enum cache_kind, uint32_t);
static int	in_block(const struct cache_loaded *, uint32_t, uint32_t *);
static int	is_current(const struct cache *, const struct cache_loaded *);
static int	read_all(int, void *, size_t, off_t);
static struct cache_loaded *room(struct cache *);
static struct cache_loaded *take(struct cache *, enum cache_kind,
		    struct cache_ref *);

static int
read_all(int fd, void *buf, size_t len, off_t off)
{
	char	*p = buf;
	ssize_t	 n;

	while (len > 0) {
		n = pread(fd, p, len, off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (-1);
		p += n;
		off += n;
		len -= (size_t)n;
	}
	return (0);
}

/* UIDs ascend and stay within what the head says; so do the records. */
static int
check(const struct cache_loaded *l, const struct cache_block *b)
{
	uint32_t	i;

	if (l->uid[0] != b->first || l->uid[b->count - 1] != b->last ||
	    l->end[b->count - 1] != b->size)
		return (-1);
	for (i = 1; i < b->count; i++)
		if (l->uid[i] <= l->uid[i - 1] || l->end[i] < l->end[i - 1])
			return (-1);
	return (0);
}

int
cache_load(struct cache *c, enum cache_kind kind, const struct cache_ref *r,
    struct cache_loaded *l)
{
	struct cache_block	 b;
	size_t			 len = sizeof(b) + r->length;
	unsigned char		*p;

	l->off = 0;
	if (l->memsize < len) {
		free(l->mem);
		l->memsize = 0;
		if ((l->mem = malloc(len)) == NULL)
			return (-1);
		l->memsize = len;
	}
	if (read_all(c->fd, l->mem, len, r->off) == -1)
		return (-1);
	/* It may be another by now, where damage was overwritten. */
	memcpy(&b, l->mem, sizeof(b));
	p = l->mem + sizeof(b);
	if (!cache_block_ok(&c->head, &b, r->off) || b.kind != kind ||
	    b.version != cache_versions[kind] || b.length != r->length ||
	    b.count != r->count || b.content_sum !=
	    cache_content_sum(&c->head, p, b.length, r->off))
		return (-1);
	l->count = b.count;
	l->uid = (const uint32_t *)(const void *)p;
	l->end = l->uid + b.count;
	l->data = (const char *)(l->end + b.count);
	if (check(l, &b) == -1)
		return (-1);
	l->file = c->file;
	l->off = r->off;
	return (0);
}

/* Where the last of a kind was found, or got from, stays as it is. */
static int
is_current(const struct cache *c, const struct cache_loaded *l)
{
	unsigned int	i;

	for (i = 1; i < CACHE_KINDS; i++)
		if (c->column[i].cur == l || c->column[i].got == l)
			return (1);
	return (0);
}

/*
 * Where to load a block: of those that were read to their ends all but
 * CACHE_KEPT make room, the last one first, whose memory the processor has
 * still at hand.
 */
static struct cache_loaded *
room(struct cache *c)
{
	struct cache_loaded	*l, *oldest = NULL, *empty = NULL;
	struct cache_loaded	*spent = NULL;
	unsigned int		 n = 0;

	for (l = c->loaded; l < c->loaded + CACHE_LOADED; l++) {
		if (l->mem == NULL) {
			empty = l;
			continue;
		}
		n++;
		if (is_current(c, l))
			continue;
		if (l->spent && (spent == NULL || l->used > spent->used))
			spent = l;
		if (oldest == NULL || l->used < oldest->used)
			oldest = l;
	}
	if (spent != NULL && n > CACHE_KEPT)
		return (spent);
	return (empty != NULL ? empty : oldest);
}

/* The block in memory; NULL if that is not possible. */
static struct cache_loaded *
take(struct cache *c, enum cache_kind kind, struct cache_ref *r)
{
	struct cache_loaded	*l, *end = c->loaded + CACHE_LOADED;

	if (r->bad)
		return (NULL);
	for (l = c->loaded; l < end; l++) {
		if (l->off == r->off && l->file == c->file)
			break;
	}
	if (l == end) {
		l = room(c);
		if (cache_load(c, kind, r, l) == -1) {
			l->spent = 1;
			r->bad = 1;
			return (NULL);
		}
	}
	l->spent = 0;
	l->used = ++c->clock;
	return (l);
}

/* Where a UID is in a block; 0 if it is not there. */
static int
in_block(const struct cache_loaded *l, uint32_t uid, uint32_t *pos)
{
	uint32_t	lo = 0, hi = l->count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->uid[mid] < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	*pos = lo;
	return (lo < l->count && l->uid[lo] == uid);
}

static struct cache_column	*sorting;	/* qsort(3) takes no argument */

static int
by_first(const void *a, const void *b)
{
	const struct cache_ref	*x = &sorting->ref[*(const uint32_t *)a];
	const struct cache_ref	*y = &sorting->ref[*(const uint32_t *)b];

	if (x->first != y->first)
		return (x->first < y->first ? -1 : 1);
	return (x->off < y->off ? -1 : x->off > y->off);
}

int
cache_sort(struct cache_column *col)
{
	uint32_t	*order, *upto;
	uint32_t	 last = 0;
	size_t		 i;
	int		 ascends = 1;

	if (col->sorted)
		return (0);
	col->overlaps = 0;
	if (col->n == 0)
		return (0);
	if ((order = reallocarray(col->order, col->cap, sizeof(*order))) ==
	    NULL)
		return (-1);
	col->order = order;
	if ((upto = reallocarray(col->upto, col->cap, sizeof(*upto))) == NULL)
		return (-1);
	col->upto = upto;
	for (i = 0; i < col->n; i++) {
		order[i] = (uint32_t)i;
		ascends &= i == 0 || col->ref[i - 1].first <
		    col->ref[i].first;
	}
	if (!ascends) {
		sorting = col;
		qsort(order, col->n, sizeof(*order), by_first);
	}
	for (i = 0; i < col->n; i++) {
		if (col->ref[order[i]].first <= last)
			col->overlaps++;
		if (col->ref[order[i]].last > last)
			last = col->ref[order[i]].last;
		upto[i] = last;
	}
	col->sorted = 1;
	return (0);
}

/* How many blocks, in their order, begin at the UID or before. */
static size_t
begun(const struct cache_column *col, uint32_t uid)
{
	size_t	lo = 0, hi = col->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (col->ref[col->order[mid]].first <= uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

/* Looks for the blocks that may have the UID, the nearest first. */
static int
find(struct cache *c, enum cache_kind kind, uint32_t uid)
{
	struct cache_column	*col = &c->column[kind];
	struct cache_loaded	*l;
	struct cache_ref	*r;
	size_t			 lo = begun(col, uid);
	unsigned int		 tried = 0;
	uint32_t		 pos;

	while (lo-- > 0 && col->upto[lo] >= uid) {
		r = &col->ref[col->order[lo]];
		if (r->last < uid)
			continue;
		if (tried++ == CACHE_OVERLAP)
			break;
		if ((l = take(c, kind, r)) == NULL)
			continue;
		if (in_block(l, uid, &pos)) {
			col->cur = l;
			col->pos = pos;
			return (1);
		}
	}
	return (0);
}

int
cache_next(struct cache *c, enum cache_kind kind, uint32_t from,
    uint32_t *uid)
{
	struct cache_column	*col = &c->column[kind];
	struct cache_loaded	*l;
	size_t			 lo;
	unsigned int		 tried;
	uint32_t		 pos;
	int			 found;

	if (col->n == 0 || cache_sort(col) == -1)
		return (0);
	lo = begun(col, from);
	if ((found = lo < col->n))
		*uid = col->ref[col->order[lo]].first;
	for (tried = 0; lo-- > 0 && col->upto[lo] >= from &&
	    tried < CACHE_OVERLAP; tried++) {
		if ((l = take(c, kind, &col->ref[col->order[lo]])) == NULL)
			continue;
		(void)in_block(l, from, &pos);
		if (pos == l->count || (found && l->uid[pos] >= *uid))
			continue;
		*uid = l->uid[pos];
		found = 1;
	}
	return (found);
}

int
cache_peek(struct cache *c, enum cache_kind kind, uint32_t uid,
    const void **data, size_t *len)
{
	struct cache_column	*col = &c->column[kind];
	struct cache_loaded	*l = col->cur;
	uint32_t		 start;

	if (l == NULL || col->pos >= l->count || l->uid[col->pos] != uid) {
		if (col->n == 0 || cache_sort(col) == -1 ||
		    !find(c, kind, uid))
			return (0);
		l = col->cur;
	}
	start = col->pos == 0 ? 0 : l->end[col->pos - 1];
	*data = l->data + start;
	*len = l->end[col->pos++] - start;
	l->spent |= col->pos == l->count;
	return (1);
}

int
cache_get(struct cache *c, enum cache_kind kind, uint32_t uid,
    const void **data, size_t *len)
{
	if (cache_peek(c, kind, uid, data, len) == 0)
		return (0);
	c->column[kind].got = c->column[kind].cur;
	return (1);
}

void
cache_unload(struct cache *c)
{
	unsigned int	i;

	for (i = 0; i < CACHE_KINDS; i++) {
		c->column[i].cur = c->column[i].got = NULL;
		c->column[i].pos = 0;
	}
	for (i = 0; i < CACHE_LOADED; i++) {
		free(c->loaded[i].mem);
		memset(&c->loaded[i], 0, sizeof(c->loaded[i]));
	}
}
