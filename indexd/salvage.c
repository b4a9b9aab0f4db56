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
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/maildir.h"
#include "common/mix.h"
#include "indexd/salvage.h"

/* Reading a damaged table; nothing in it is trusted that has no sum. */

#define GET(a)	atomic_load_explicit(&(a), memory_order_relaxed)
#define ALIGN	64		/* of extents */

struct span {
	enum table_kind	 kind;
	unsigned int	 extent;
	uint64_t	 off;
	uint64_t	 end;
};

static int	fits(const struct salvage *, const uint8_t *, uint32_t,
		    uint32_t);
static void	first_extents(struct table_header *);
static uint64_t	capacity(const struct salvage *, enum table_kind);
static int	place(const struct salvage *, enum table_kind, uint64_t,
		    uint64_t, uint64_t *);
static int	row_at(const struct salvage *, uint64_t, struct row *);
static int	name_at(const struct salvage *, uint32_t, size_t, char *,
		    size_t *);
static int	head_sums(const struct table_header *);
static int	correct(struct table_header *);
static int	blank(const struct salvage *, uint64_t, size_t);
static int	collect(struct salvage *);
static void	unite(struct salvage *);
static int	index_names(struct salvage *);
static uint64_t	hash_of(const char *);
static int	by_hash(const void *, const void *);
static int	by_uid(const void *, const void *);

int
salvage_open(struct salvage *s, int fd, const uint8_t *id,
    uint32_t generation, uint32_t uidvalidity)
{
	struct stat st;
	int error;
	void *p;

	memset(s, 0, sizeof(*s));
	if (fstat(fd, &st) == -1)
		return (-1);
	if ((uintmax_t)st.st_size > SIZE_MAX / 4) {
		errno = EFBIG;
		return (-1);
	}
	if ((s->h = calloc(1, sizeof(*s->h))) == NULL)
		return (-1);
	if (st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd,
		    0);
		if (p == MAP_FAILED)
			goto fail;
		s->p = p;
		s->len = (size_t)st.st_size;
		memcpy(s->h, p, s->len < sizeof(*s->h) ? s->len :
		    sizeof(*s->h));
	}
	if (!fits(s, id, generation, uidvalidity)) {
		errno = EBADMSG;
		goto fail;
	}
	s->head_ok = s->len >= sizeof(*s->h) &&
	    (head_sums(s->h) || correct(s->h));
	if (!s->head_ok)
		extents_sane(s->h);
	if (collect(s) == -1)
		goto fail;
	unite(s);
	return (0);
fail:
	error = errno;
	salvage_close(s);
	errno = error;
	return (-1);
}

void
salvage_close(struct salvage *s)
{
	if (s->p != NULL)
		munmap((void *)(uintptr_t)s->p, s->len);
	free(s->h);
	free(s->rows);
	free(s->names);
	memset(s, 0, sizeof(*s));
}

static int
head_sums(const struct table_header *ch)
{
	struct table_header *h = (struct table_header *)(uintptr_t)ch;

	return (GET(h->head_sum) == table_head_sum(h) &&
	    GET(h->nrows) <= TABLE_MAXROWS &&
	    GET(h->nkeywords) <= TABLE_KEYWORDS);
}

/*
 * One octet of the second part may be wrong and no other: then the one value
 * with which the sum is right is what it was.  The extents must be possible
 * with it, or it is chance.  1, or 0 and nothing is changed.
 */
static int
correct(struct table_header *h)
{
	unsigned char *p = (unsigned char *)h;
	struct table_header copy;
	size_t off, from = offsetof(struct table_header, superseded);
	unsigned int x;

	for (off = from; off < offsetof(struct table_header, top); off++) {
		for (x = 1; x < 256; x++) {
			p[off] ^= (unsigned char)x;
			if (head_sums(h)) {
				memcpy(&copy, h, sizeof(copy));
				extents_sane(&copy);
				if (memcmp(&copy, h, sizeof(copy)) == 0)
					return (1);
			}
			p[off] ^= (unsigned char)x;
		}
	}
	return (0);
}

void
salvage_free(struct salvage *s)
{
	if (s != NULL)
		salvage_close(s);
	free(s);
}

/* A first part whose sum is wrong says nothing: the file's name tells which
 * table it is. */
static int
fits(const struct salvage *s, const uint8_t *id, uint32_t generation,
    uint32_t uidvalidity)
{
	const struct table_header *h = s->h;

	if (h->fixed_sum != table_fixed_sum(h))
		return (1);
	return (h->magic == TABLE_MAGIC && h->byteorder == TABLE_ORDER &&
	    h->major == TABLE_MAJOR && h->row_size == sizeof(struct row) &&
	    memcmp(h->id, id, TABLE_IDLEN) == 0 &&
	    h->generation == generation && h->uidvalidity == uidvalidity);
}

/* Where the first extent of each kind is, in every table. */
static void
first_extents(struct table_header *h)
{
	uint64_t off = sizeof(*h);
	enum table_kind k;

	for (k = 0; k < TABLE_KINDS; k++) {
		off = (off + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
		atomic_store_explicit(&h->extent[k][0], off,
		    memory_order_relaxed);
		off += (uint64_t)table_kinds[k].base * table_kinds[k].unit;
	}
}

/*
 * Extents lie one behind the other and fill the file: one that lies over
 * another is wrong, and as nobody knows which of the two it is, neither is
 * used.  The first ones are where they always are.
 */
void
extents_sane(struct table_header *h)
{
	struct span span[TABLE_KINDS * TABLE_EXTENTS];
	char bad[TABLE_KINDS * TABLE_EXTENTS] = { 0 };
	enum table_kind k;
	unsigned int e;
	size_t i, j, n = 0;

	first_extents(h);
	for (e = 0; e < TABLE_EXTENTS; e++)
		for (k = 0; k < TABLE_KINDS; k++) {
			span[n].kind = k;
			span[n].extent = e;
			span[n].off = GET(h->extent[k][e]);
			span[n].end = span[n].off +
			    table_extent_units(k, e) * table_kinds[k].unit;
			if (span[n].off == 0)
				continue;
			bad[n] = span[n].off % ALIGN != 0 ||
			    span[n].off < sizeof(*h) ||
			    span[n].off > SIZE_MAX / 4;
			n++;
		}
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++) {
			if (span[i].off >= span[j].end ||
			    span[j].off >= span[i].end)
				continue;
			bad[i] = 1;
			if (span[j].extent > 0)
				bad[j] = 1;
		}
	for (i = 0; i < n; i++)
		if (bad[i])
			atomic_store_explicit(
			    &h->extent[span[i].kind][span[i].extent], 0,
			    memory_order_relaxed);
}

/* How many units of a kind there may be, at most. */
static uint64_t
capacity(const struct salvage *s, enum table_kind kind)
{
	uint64_t n = 0, have = 0;
	unsigned int e;

	for (e = 0; e < TABLE_EXTENTS; e++) {
		n += table_extent_units(kind, e);
		if (n > TABLE_MAXROWS)
			break;
		if (GET(s->h->extent[kind][e]) != 0)
			have = n;
	}
	return (have);
}

/* The offset of a unit and count - 1 behind it: 1, or 0 if that is not in
 * the file. */
static int
place(const struct salvage *s, enum table_kind kind, uint64_t n,
    uint64_t count, uint64_t *off)
{
	uint64_t at;
	unsigned int e;

	table_place(kind, n, &e, &at);
	if (e >= TABLE_EXTENTS || count > table_extent_units(kind, e) - at)
		return (0);
	*off = GET(s->h->extent[kind][e]);
	if (*off % 8 != 0 || *off < sizeof(*s->h) || *off > SIZE_MAX / 4)
		return (0);
	*off += at * table_kinds[kind].unit;
	return (*off <= s->len &&
	    count * table_kinds[kind].unit <= s->len - *off);
}

static int
row_at(const struct salvage *s, uint64_t off, struct row *row)
{
	memcpy(row, s->p + off, sizeof(*row));
	return (row->sum == table_row_sum(row) && row->uid != 0);
}

/* A name of the heap: 1, or 0. */
static int
name_at(const struct salvage *s, uint32_t unit, size_t max, char *name,
    size_t *len)
{
	uint64_t off;
	uint32_t sum;
	uint16_t n;

	if (!place(s, TABLE_NAMES, unit, 1, &off))
		return (0);
	memcpy(&sum, s->p + off, sizeof(sum));
	memcpy(&n, s->p + off + sizeof(sum), sizeof(n));
	if (n > max ||
	    !place(s, TABLE_NAMES, unit, (TABLE_NAMEHEAD + n + 7) / 8, &off))
		return (0);
	memcpy(name, s->p + off + TABLE_NAMEHEAD, n);
	name[n] = '\0';
	*len = n;
	return (sum == table_name_sum(name, n) && memchr(name, 0, n) == NULL);
}

/* Whether nothing was ever written there. */
static int
blank(const struct salvage *s, uint64_t off, size_t len)
{
	while (len-- > 0)
		if (s->p[off++] != 0)
			return (0);
	return (1);
}

/* All rows whose sum is right. */
static int
collect(struct salvage *s)
{
	struct salvage_row *v;
	struct row row;
	uint64_t all, n, off;
	size_t cap = 0;

	all = s->head_ok ? GET(s->h->nrows) : capacity(s, TABLE_ROWS);
	for (n = 0; n < all; n++) {
		if (!place(s, TABLE_ROWS, n, 1, &off)) {
			s->lost += s->head_ok != 0;
			continue;
		}
		if (!row_at(s, off, &row)) {
			s->lost += s->head_ok ||
			    !blank(s, off, sizeof(row));
			continue;
		}
		if (s->n == cap) {
			cap = cap == 0 ? 64 : cap * 2;
			v = reallocarray(s->rows, cap, sizeof(*v));
			if (v == NULL)
				return (-1);
			s->rows = v;
		}
		s->rows[s->n].uid = row.uid;
		s->rows[s->n].modseq = row.modseq;
		s->rows[s->n++].off = off;
	}
	return (0);
}

static int
by_uid(const void *a, const void *b)
{
	const struct salvage_row *r = a, *q = b;

	if (r->uid != q->uid)
		return (r->uid < q->uid ? -1 : 1);
	return (r->modseq < q->modseq ? -1 : r->modseq > q->modseq);
}

/* Brings the rows in order, each UID once, and notes the highest numbers. */
static void
unite(struct salvage *s)
{
	size_t i, n = 0;

	if (s->n > 0)
		qsort(s->rows, s->n, sizeof(*s->rows), by_uid);
	for (i = 0; i < s->n; i++) {
		if (s->rows[i].modseq > s->modseq)
			s->modseq = s->rows[i].modseq;
		if (i + 1 == s->n || s->rows[i].uid != s->rows[i + 1].uid)
			s->rows[n++] = s->rows[i];
	}
	s->n = n;
	if (n > 0)
		s->uidnext = s->rows[n - 1].uid == UINT32_MAX ? UINT32_MAX :
		    s->rows[n - 1].uid + 1;
	if (!s->head_ok)
		return;
	if (GET(s->h->highestmodseq) > s->modseq)
		s->modseq = GET(s->h->highestmodseq);
	if (GET(s->h->uidnext) > s->uidnext)
		s->uidnext = GET(s->h->uidnext);
}

int
salvage_row(const struct salvage *s, size_t i, struct row *row, char *name)
{
	size_t len;

	if (!row_at(s, s->rows[i].off, row) ||
	    !name_at(s, row->name, TABLE_NAMELEN, name, &len) ||
	    len != row->namelen || len == 0 || strchr(name, '/') != NULL) {
		errno = EBADMSG;
		return (-1);
	}
	return (0);
}

int
salvage_keyword(const struct salvage *s, unsigned int i, char *name)
{
	struct row row;
	uint32_t unit;
	size_t j, len;

	unit = GET(s->h->keyword[i]);
	if (s->head_ok)
		return (i < GET(s->h->nkeywords) &&
		    name_at(s, unit, TABLE_KWLEN, name, &len) && len > 0);
	/* Without the header's sum the name of a file may be met. */
	if (unit == GET(s->h->folder) ||
	    !name_at(s, unit, TABLE_KWLEN, name, &len) || len == 0)
		return (0);
	for (j = 0; j < s->n; j++)
		if (row_at(s, s->rows[j].off, &row) && row.name == unit)
			return (0);
	for (j = 0; j < TABLE_KEYWORDS; j++)
		if (j != i && GET(s->h->keyword[j]) == unit)
			return (0);
	return (1);
}

static uint64_t
hash_of(const char *name)
{
	struct maildir_name mn;

	if (maildir_parse(name, &mn) == -1)
		return (0);
	return (mix_octets(3, name, mn.unique));
}

static int
by_hash(const void *a, const void *b)
{
	const struct salvage_name *x = a, *y = b;

	return (x->hash < y->hash ? -1 : x->hash > y->hash);
}

static int
index_names(struct salvage *s)
{
	char name[TABLE_NAMELEN + 1];
	struct row row;
	size_t i;

	if (s->names != NULL)
		return (0);
	if ((s->names = calloc(s->n + 1, sizeof(*s->names))) == NULL)
		return (-1);
	for (i = 0; i < s->n; i++) {
		if (salvage_row(s, i, &row, name) == -1)
			continue;
		s->names[s->nnames].hash = hash_of(name);
		s->names[s->nnames++].row = i;
	}
	qsort(s->names, s->nnames, sizeof(*s->names), by_hash);
	return (0);
}

int
salvage_find(struct salvage *s, const char *name, struct row *row)
{
	struct salvage_name *p, key = { .hash = hash_of(name) };
	char other[TABLE_NAMELEN + 1];

	if (index_names(s) == -1)
		return (-1);
	p = bsearch(&key, s->names, s->nnames, sizeof(*p), by_hash);
	for (; p != NULL && p > s->names && p[-1].hash == key.hash; p--)
		;
	for (; p != NULL && p < s->names + s->nnames && p->hash == key.hash;
	    p++)
		if (salvage_row(s, p->row, row, other) == 0 &&
		    maildir_same(other, name))
			return (1);
	return (0);
}
