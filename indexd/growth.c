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

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/compat.h"
#include "indexd/store.h"

/*
 * How a table grows: by extents behind all that its file has.  Space for the
 * open batch is reserved while it is made, but the header does not say so
 * before the batch is published: a power cut may leave any part of a header
 * older than the rest, and what the journal says of a table puts that right.
 */

#define PUT(a, v) \
	atomic_store_explicit(&(a), (v), memory_order_relaxed)
#define GET(a)	atomic_load_explicit(&(a), memory_order_relaxed)

static int	has(const struct table *, const struct growth *,
		    enum table_kind, unsigned int);
static int	add(struct table *, struct growth *, enum table_kind,
		    unsigned int);
static int	map_again(struct table *);

/* Whether an extent is there, or waits for its publish. */
static int
has(const struct table *t, const struct growth *g, enum table_kind kind,
    unsigned int e)
{
	size_t i;

	if (GET(t->h->extent[kind][e]) != 0)
		return (1);
	for (i = 0; i < g->n; i++)
		if (g->grown[i].kind == kind && g->grown[i].extent == e)
			return (1);
	return (0);
}

static int
map_again(struct table *t)
{
	struct stat st;
	void *p;

	if (fstat(t->fd, &st) == -1)
		return (-1);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    t->fd, 0);
	if (p == MAP_FAILED)
		return (-1);
	munmap(t->h, t->len);
	t->h = p;
	t->len = (size_t)st.st_size;
	return (0);
}

static int
add(struct table *t, struct growth *g, enum table_kind kind, unsigned int e)
{
	struct grown *p;
	uint64_t off, len;
	size_t cap;

	if (g->n == g->cap) {
		cap = g->cap == 0 ? 8 : g->cap * 2;
		p = reallocarray(g->grown, cap, sizeof(*p));
		if (p == NULL)
			return (-1);
		g->grown = p;
		g->cap = cap;
	}
	/* Behind all that the file has, whatever an older header says. */
	off = ((uint64_t)t->len + TABLE_ALIGN - 1) &
	    ~(uint64_t)(TABLE_ALIGN - 1);
	len = table_extent_units(kind, e) * table_kinds[kind].unit;
	if (compat_reserve(t->fd, (off_t)off, (off_t)len) == -1 ||
	    map_again(t) == -1)
		return (-1);
	p = &g->grown[g->n++];
	p->kind = kind;
	p->extent = e;
	p->off = off;
	return (0);
}

int
growth_reserve(struct table *t, struct growth *g, enum table_kind kind,
    uint64_t n)
{
	unsigned int e, last;
	uint64_t at;

	if (n == 0)
		return (0);
	table_place(kind, n - 1, &last, &at);
	if (last >= TABLE_EXTENTS) {
		errno = E2BIG;
		return (-1);
	}
	/* After a power cut an earlier one may be missing. */
	for (e = 0; e <= last; e++)
		if (!has(t, g, kind, e) && add(t, g, kind, e) == -1)
			return (-1);
	return (0);
}

void
growth_store(struct table *t, struct growth *g)
{
	struct table_header *h = t->h;
	size_t i;

	for (i = 0; i < g->n; i++)
		atomic_store_explicit(
		    &h->extent[g->grown[i].kind][g->grown[i].extent],
		    g->grown[i].off, memory_order_release);
	if (g->n > 0)
		PUT(h->size, (uint64_t)t->len);
	growth_free(g);
}

void
growth_free(struct growth *g)
{
	free(g->grown);
	memset(g, 0, sizeof(*g));
}

/*
 * The same at once, where no journal is needed: a file that nobody reads yet,
 * or in the middle of a recovery, which must not end by that for readers: what
 * was odd before stays so.
 */
int
writer_reserve(struct table *t, enum table_kind kind, uint64_t n)
{
	struct growth g = { 0 };
	uint32_t odd;
	int error, r;

	r = growth_reserve(t, &g, kind, n);
	error = errno;
	if (r == 0 && g.n > 0) {
		odd = GET(t->h->pub_seq) & 1;
		writer_begin(t, 0);
		growth_store(t, &g);
		if (!odd)
			writer_end(t);
	}
	growth_free(&g);
	errno = error;
	return (r);
}
