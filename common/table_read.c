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
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/table.h"
#include "common/table_sum.h"
#include "common/table_unit.h"

/*
 * The readers' side of a table.  What is read may be under way of being
 * written, or damaged: each index and each offset is checked against the
 * mapping, each loop has an end.  modseq-table(5) argues why what comes out
 * is right.
 */

/* How often an unstable state is looked at again: at once, after giving the
 * processor away, after a sleep of NAP ns.  Some 50 ms in all. */
#define TRIES_SPIN	64
#define TRIES_YIELD	128
#define TRIES_NAP	320
#define NAP		250000

#define GUESSES		6	/* at where a row stands, before halving */

static const char *verify_fixed(const struct table_header *, size_t);
static int	 damaged(struct table *);
static int	 remap(struct table *);
static uint64_t	 rows_of(struct table *);
static int	 row_at(struct table *, void *, struct row *);
static int	 uid_at(struct table *, uint64_t, uint32_t *);
static int	 seek(struct table *, uint32_t, uint64_t, uint64_t *);
static int	 name_words(struct table *, uint32_t, uint64_t, uint64_t *);
static int	 change_probe(struct table *, uint64_t, uint64_t *);

int
table_map(struct table *t, int fd, const char **why)
{
	struct stat st;
	void *p;

	*why = NULL;
	if (fstat(fd, &st) == -1)
		return (-1);
	if (!S_ISREG(st.st_mode) ||
	    st.st_size < (off_t)sizeof(struct table_header) ||
	    (uintmax_t)st.st_size > SIZE_MAX / 2) {
		*why = "size of the file";
		return (damaged(t));
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (-1);
	*why = verify_fixed(p, (size_t)st.st_size);
	if (*why != NULL) {
		munmap(p, (size_t)st.st_size);
		return (damaged(t));
	}
	t->fd = fd;
	t->len = (size_t)st.st_size;
	t->bad = 0;
	t->h = p;
	return (0);
}

void
table_unmap(struct table *t)
{
	if (t->h != NULL)
		munmap(t->h, t->len);
	if (t->fd != -1)
		close(t->fd);
	t->h = NULL;
	t->len = 0;
	t->fd = -1;
}

/* Names the field of the fixed part that is wrong; NULL if none is. */
static const char *
verify_fixed(const struct table_header *h, size_t len)
{
	if (h->magic != TABLE_MAGIC)
		return ("magic");
	if (h->byteorder != TABLE_ORDER)
		return ("byte order");
	if (h->major != TABLE_MAJOR)
		return ("major version");
	if (h->header_size < sizeof(*h) || h->header_size > len)
		return ("header size");
	if (h->row_size != sizeof(struct row))
		return ("row size");
	if (h->fixed_sum != table_fixed_sum(h))
		return ("checksum of the header");
	return (NULL);
}

static int
damaged(struct table *t)
{
	t->bad = 1;
	errno = EBADMSG;
	return (-1);
}

int
table_again(unsigned int *tries)
{
	struct timespec nap = { 0, NAP };

	if (*tries >= TRIES_NAP) {
		errno = EAGAIN;
		return (0);
	}
	(*tries)++;
	if (*tries > TRIES_YIELD)
		nanosleep(&nap, NULL);
	else if (*tries > TRIES_SPIN)
		sched_yield();
	return (1);
}

/* Maps the file anew if it has grown; EBADMSG if it has not. */
static int
remap(struct table *t)
{
	struct stat st;
	void *p;

	if (fstat(t->fd, &st) == -1)
		return (-1);
	if ((uintmax_t)st.st_size <= t->len ||
	    (uintmax_t)st.st_size > SIZE_MAX / 2)
		return (damaged(t));
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, t->fd, 0);
	if (p == MAP_FAILED)
		return (-1);
	munmap(t->h, t->len);
	t->h = p;
	t->len = (size_t)st.st_size;
	return (0);
}

void *
table_unit(struct table *t, enum table_kind kind, uint64_t n, uint64_t count)
{
	uint64_t at, off, end;
	unsigned int e;

	table_place(kind, n, &e, &at);
	if (e >= TABLE_EXTENTS || count > table_extent_units(kind, e) - at) {
		damaged(t);
		return (NULL);
	}
	off = atomic_load_explicit(&t->h->extent[kind][e],
	    memory_order_acquire);
	if (off % 8 != 0 || off < sizeof(*t->h) || off > SIZE_MAX / 4) {
		damaged(t);
		return (NULL);
	}
	off += at * table_kinds[kind].unit;
	end = off + count * table_kinds[kind].unit;
	if (end > t->len && (remap(t) == -1 || end > t->len)) {
		damaged(t);
		return (NULL);
	}
	return ((char *)t->h + off);
}

static uint64_t
rows_of(struct table *t)
{
	return (atomic_load_explicit(&t->h->nrows, memory_order_acquire));
}

/*
 * The row whose words are at p, which is mapped.  Its sum is taken of each
 * word as it comes.
 */
static int
row_at(struct table *t, void *p, struct row *row)
{
	_Atomic uint32_t *head = p;
	_Atomic uint64_t *words = p;
	uint64_t w, sum;
	unsigned int i, tries = 0;

	for (;;) {
		row->seq = atomic_load_explicit(&head[0],
		    memory_order_acquire);
		row->sum = atomic_load_explicit(&head[1],
		    memory_order_relaxed);
		sum = SEED_ROW;
		for (i = 1; i < ROW_WORDS; i++) {
			w = atomic_load_explicit(&words[i],
			    memory_order_relaxed);
			memcpy((char *)row + i * sizeof(w), &w, sizeof(w));
			sum = mix_word(sum, w);
		}
		atomic_thread_fence(memory_order_acquire);
		if ((row->seq & 1) == 0 && row->seq == atomic_load_explicit(
		    &head[0], memory_order_relaxed))
			break;
		if (!table_again(&tries))
			return (-1);
	}
	if (row->sum != mix_fold(sum) || row->uid == 0)
		return (damaged(t));
	return (0);
}

int
table_row(struct table *t, uint64_t n, struct row *row)
{
	void *p;

	if (n >= rows_of(t)) {
		errno = ENOENT;
		return (-1);
	}
	if ((p = table_unit(t, TABLE_ROWS, n, 1)) == NULL)
		return (-1);
	return (row_at(t, p, row));
}

int
table_rows(struct table *t, uint64_t n, uint64_t bits, unsigned int max,
    struct row *rows)
{
	uint64_t have, count;
	unsigned int got = 0;
	char *p;

	have = rows_of(t);
	count = TABLE_BLOCK - n % TABLE_BLOCK;
	if (n >= have || (have - n < count && bits >> (have - n) != 0)) {
		errno = ENOENT;
		return (-1);
	}
	/* A block of rows is never in two extents. */
	if ((p = table_unit(t, TABLE_ROWS, n, count)) == NULL)
		return (-1);
	for (; bits != 0 && got < max; bits >>= 1, p += sizeof(*rows)) {
		if ((bits & 1) != 0 && row_at(t, p, &rows[got++]) == -1)
			return (-1);
	}
	return ((int)got);
}

int
table_row_name(struct table *t, uint64_t n, struct row *row, char *name)
{
	size_t len;

	if (table_row(t, n, row) == -1)
		return (-1);
	if (table_name(t, row->name, TABLE_NAMELEN, name, &len) == -1)
		return (-1);
	if (len != row->namelen)
		return (damaged(t));
	return (0);
}

/* The words of a name from unit on. */
static int
name_words(struct table *t, uint32_t unit, uint64_t n, uint64_t *w)
{
	_Atomic uint64_t *src;
	uint64_t i;

	if ((src = table_unit(t, TABLE_NAMES, unit, n)) == NULL)
		return (-1);
	for (i = 0; i < n; i++)
		w[i] = atomic_load_explicit(&src[i], memory_order_relaxed);
	return (0);
}

int
table_name(struct table *t, uint32_t unit, size_t max, char *name,
    size_t *len)
{
	uint64_t w[(TABLE_NAMEHEAD + TABLE_FOLDERLEN + 7) / 8];
	uint32_t sum;
	uint16_t n;

	if (name_words(t, unit, 1, w) == -1)
		return (-1);
	memcpy(&sum, w, sizeof(sum));
	memcpy(&n, (char *)w + sizeof(sum), sizeof(n));
	if (n > max || n > TABLE_FOLDERLEN)
		return (damaged(t));
	if (name_words(t, unit, (TABLE_NAMEHEAD + n + 7) / 8, w) == -1)
		return (-1);
	memcpy(name, (char *)w + TABLE_NAMEHEAD, n);
	name[n] = '\0';
	if (sum != table_name_sum(name, n) || memchr(name, '\0', n) != NULL)
		return (damaged(t));
	*len = n;
	return (0);
}

int
table_keyword(struct table *t, unsigned int n, char *name)
{
	uint32_t unit;
	size_t len;

	if (n >= TABLE_KEYWORDS || n >= atomic_load_explicit(&t->h->nkeywords,
	    memory_order_acquire)) {
		errno = ENOENT;
		return (-1);
	}
	unit = atomic_load_explicit(&t->h->keyword[n], memory_order_relaxed);
	return (table_name(t, unit, TABLE_KWLEN, name, &len));
}

int
table_folder(struct table *t, char *name)
{
	uint32_t unit;
	size_t len;

	unit = atomic_load_explicit(&t->h->folder, memory_order_acquire);
	return (table_name(t, unit, TABLE_FOLDERLEN, name, &len));
}

/* The UID of a row, which never changes, without a look at its sum. */
static int
uid_at(struct table *t, uint64_t n, uint32_t *uid)
{
	struct row row;
	_Atomic uint64_t *words;
	uint64_t w;

	if ((words = table_unit(t, TABLE_ROWS, n, 1)) == NULL)
		return (-1);
	w = atomic_load_explicit(&words[1], memory_order_relaxed);
	memcpy(&row.uid, &w, sizeof(w));
	*uid = row.uid;
	return (0);
}

/*
 * UIDs rise evenly, or nearly so: the row is sought where it would stand then,
 * which touches few pages of the table, and by halving if it is not there.
 * Returns the first row with a UID >= uid, as far as UIDs alone tell.
 */
static int
seek(struct table *t, uint32_t uid, uint64_t nrows, uint64_t *n)
{
	uint64_t lo, hi, mid;
	uint32_t low, high, u;
	unsigned int guesses;

	*n = 0;
	if (nrows == 0)
		return (0);
	if (uid_at(t, 0, &low) == -1 || uid_at(t, nrows - 1, &high) == -1)
		return (-1);
	if (uid <= low)
		return (0);
	*n = nrows;
	if (uid > high)
		return (0);
	/* Row lo has a lower UID, row hi has not. */
	lo = 0;
	hi = nrows - 1;
	for (guesses = 0; hi - lo > 1; guesses++) {
		mid = lo + (hi - lo) / 2;
		if (guesses < GUESSES)
			mid = lo + (hi - lo) * (uid - low) / (high - low);
		if (mid <= lo)
			mid = lo + 1;
		else if (mid >= hi)
			mid = hi - 1;
		if (uid_at(t, mid, &u) == -1)
			return (-1);
		if (u < uid) {
			lo = mid;
			low = u;
		} else {
			hi = mid;
			high = u;
		}
	}
	*n = hi;
	return (0);
}

int
table_find(struct table *t, uint32_t uid, uint64_t *n)
{
	struct row row;
	uint64_t at, nrows;

	nrows = rows_of(t);
	if (seek(t, uid, nrows, &at) == -1)
		return (-1);
	/* The two rows that the answer rests on. */
	if (at < nrows) {
		if (table_row(t, at, &row) == -1)
			return (-1);
		if (row.uid < uid)
			return (damaged(t));
	}
	if (at > 0) {
		if (table_row(t, at - 1, &row) == -1)
			return (-1);
		if (row.uid >= uid)
			return (damaged(t));
	}
	*n = at;
	return (0);
}

int
table_change(struct table *t, uint64_t n, struct change *c)
{
	_Atomic uint64_t *words;
	uint64_t w[CHANGE_WORDS];
	unsigned int i;

	if (n >= atomic_load_explicit(&t->h->nlog, memory_order_acquire)) {
		errno = ENOENT;
		return (-1);
	}
	if ((words = table_unit(t, TABLE_LOG, n, 1)) == NULL)
		return (-1);
	for (i = 0; i < CHANGE_WORDS; i++)
		w[i] = atomic_load_explicit(&words[i], memory_order_relaxed);
	memcpy(c, w, sizeof(*c));
	if (c->sum != table_change_sum(c) || c->last < c->uid)
		return (damaged(t));
	return (0);
}

/* The modseq of an entry, without a look at its sum. */
static int
change_probe(struct table *t, uint64_t n, uint64_t *modseq)
{
	_Atomic uint64_t *words;

	if ((words = table_unit(t, TABLE_LOG, n, 1)) == NULL)
		return (-1);
	*modseq = atomic_load_explicit(&words[0], memory_order_relaxed);
	return (0);
}

int
table_change_since(struct table *t, uint64_t modseq, uint64_t *n)
{
	struct change c;
	uint64_t lo, hi, mid, nlog, m;

	lo = 0;
	hi = nlog = atomic_load_explicit(&t->h->nlog, memory_order_acquire);
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (change_probe(t, mid, &m) == -1)
			return (-1);
		if (m <= modseq)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < nlog) {
		if (table_change(t, lo, &c) == -1)
			return (-1);
		if (c.modseq <= modseq)
			return (damaged(t));
	}
	if (lo > 0) {
		if (table_change(t, lo - 1, &c) == -1)
			return (-1);
		if (c.modseq > modseq)
			return (damaged(t));
	}
	*n = lo;
	return (0);
}

int
table_expunges(struct table *t, uint32_t *seq)
{
	unsigned int tries = 0;

	for (;;) {
		*seq = atomic_load_explicit(&t->h->exp_seq,
		    memory_order_acquire);
		if ((*seq & 1) == 0)
			return (0);
		if (!table_again(&tries))
			return (-1);
	}
}

int
table_unchanged(struct table *t, uint32_t seq)
{
	atomic_thread_fence(memory_order_acquire);
	return (atomic_load_explicit(&t->h->exp_seq, memory_order_relaxed) ==
	    seq);
}

#define GET(a)	atomic_load_explicit(&(a), memory_order_relaxed)

int
table_state(struct table *t, struct table_state *s)
{
	struct table_header *h = t->h;
	uint32_t pub, sum, want;
	unsigned int i, tries = 0;

	s->uidvalidity = h->uidvalidity;
	for (;;) {
		pub = atomic_load_explicit(&h->pub_seq, memory_order_acquire);
		s->uidnext = GET(h->uidnext);
		s->highestmodseq = GET(h->highestmodseq);
		s->nrows = GET(h->nrows);
		s->nlog = GET(h->nlog);
		s->bytes = GET(h->bytes);
		s->messages = GET(h->messages);
		s->unseen = GET(h->unseen);
		s->deleted = GET(h->deleted);
		s->behind = GET(h->behind);
		s->recent = GET(h->recent);
		s->reports = GET(h->reports);
		s->nkeywords = GET(h->nkeywords);
		s->exp_seq = GET(h->exp_seq);
		s->expunge_horizon = GET(h->expunge_horizon);
		s->flag_horizon = GET(h->flag_horizon);
		for (i = 0; i < TABLE_GAPS; i++) {
			s->gap[i][0] = GET(h->gap[i][0]);
			s->gap[i][1] = GET(h->gap[i][1]);
		}
		for (i = 0; i < TABLE_STAMP; i++)
			s->stamp[i] = GET(h->stamp[i]);
		want = GET(h->head_sum);
		sum = table_head_sum(h);
		atomic_thread_fence(memory_order_acquire);
		if ((pub & 1) == 0 && pub == GET(h->pub_seq))
			break;
		if (!table_again(&tries))
			return (-1);
	}
	if (sum != want || s->nkeywords > TABLE_KEYWORDS ||
	    s->nrows > TABLE_MAXROWS || s->messages > s->nrows)
		return (damaged(t));
	return (0);
}

void
table_glance(struct table *t, struct table_glance *g)
{
	g->highestmodseq = GET(t->h->highestmodseq);
	g->uidnext = GET(t->h->uidnext);
	g->behind = GET(t->h->behind);
}

int
table_in_gap(const struct table_state *s, uint64_t modseq)
{
	unsigned int i;

	for (i = 0; i < TABLE_GAPS; i++)
		if (modseq > s->gap[i][0] && modseq < s->gap[i][1])
			return (1);
	return (0);
}
