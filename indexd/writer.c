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
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/table.h"
#include "common/table_unit.h"
#include "indexd/store.h"

/*
 * Writing to a table through its mapping.  All space is reserved before, so
 * that a store never fails.  What readers may look at meanwhile is stored
 * under a sequence; modseq-table(5) has the argument.
 */

#define MAXGROWTH	(16U << 20)	/* believed without a sum */

#define PUT(a, v) \
	atomic_store_explicit(&(a), (v), memory_order_relaxed)
#define GET(a)	atomic_load_explicit(&(a), memory_order_relaxed)

static void	seal(struct table_header *);

/*
 * Makes the file of an empty table under a name that nobody looks at yet.
 * Its counters are 0, and it is neither synced nor, by its name, in place.
 */
int
writer_create(int dirfd, const char *name, const uint8_t *id,
    uint32_t uidvalidity, uint32_t generation, struct table *t)
{
	struct table_header *h;
	enum table_kind k;
	off_t size = sizeof(*h);
	int error, fd;

	unlinkat(dirfd, name, 0);
	fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	for (k = 0; k < TABLE_KINDS; k++)
		size = ((size + TABLE_ALIGN - 1) & ~(off_t)(TABLE_ALIGN - 1)) +
		    (off_t)table_kinds[k].base * table_kinds[k].unit;
	if (compat_reserve(fd, 0, size) == -1)
		goto fail;
	t->fd = fd;
	t->len = (size_t)size;
	t->h = mmap(NULL, t->len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (t->h == MAP_FAILED)
		goto fail;
	h = t->h;
	h->magic = TABLE_MAGIC;
	h->byteorder = TABLE_ORDER;
	h->major = TABLE_MAJOR;
	h->minor = TABLE_MINOR;
	h->header_size = sizeof(*h);
	h->row_size = sizeof(struct row);
	memcpy(h->id, id, TABLE_IDLEN);
	h->uidvalidity = uidvalidity;
	h->generation = generation;
	h->fixed_sum = table_fixed_sum(h);
	size = sizeof(*h);
	for (k = 0; k < TABLE_KINDS; k++) {
		size = (size + TABLE_ALIGN - 1) & ~(off_t)(TABLE_ALIGN - 1);
		PUT(h->extent[k][0], (uint64_t)size);
		size += (off_t)table_kinds[k].base * table_kinds[k].unit;
	}
	PUT(h->size, (uint64_t)size);
	seal(h);
	return (0);
fail:
	error = errno;
	close(fd);
	unlinkat(dirfd, name, 0);
	errno = error;
	return (-1);
}

/* As table_map(), for writing; fd stays the caller's if it fails. */
int
writer_map(struct table *t, int fd, const char **why)
{
	if (table_map(t, fd, why) == -1)
		return (-1);
	if (mprotect(t->h, t->len, PROT_READ | PROT_WRITE) == -1) {
		munmap(t->h, t->len);
		t->h = NULL;
		return (-1);
	}
	return (0);
}

/*
 * After a power cut a file may be shorter than its header says: what is
 * missing was written after the last sync.  Gives it its size again: of the
 * header, too, any part may be older than the rest.
 */
int
writer_repair_size(int fd)
{
	struct table_header h;
	struct stat st;
	uint64_t end, off, size;
	enum table_kind k;
	unsigned int e;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h)) {
		errno = EBADMSG;
		return (-1);
	}
	size = GET(h.size);
	for (k = 0; k < TABLE_KINDS; k++)
		for (e = 0; e < TABLE_EXTENTS; e++) {
			off = GET(h.extent[k][e]);
			end = off + table_extent_units(k, e) *
			    table_kinds[k].unit;
			if (off != 0 && off <= SIZE_MAX / 4 && end > size)
				size = end;
		}
	if (size <= (uint64_t)st.st_size || size > SIZE_MAX / 4)
		return (0);
	/* Of a damaged header no file is made that fills the disk. */
	if (GET(h.head_sum) != table_head_sum(&h) &&
	    size > 4 * (uint64_t)st.st_size + MAXGROWTH) {
		errno = EBADMSG;
		return (-1);
	}
	return (compat_reserve(fd, st.st_size, (off_t)size - st.st_size));
}

static void
seal(struct table_header *h)
{
	PUT(h->head_sum, table_head_sum(h));
}

/*
 * From here to writer_end() readers know that the table is changing.  Who sees
 * exp_seq odd must see that pub_seq is: a state with an odd exp_seq would be
 * taken for one under which the tree holds still.
 */
void
writer_begin(struct table *t, int expunges)
{
	struct table_header *h = t->h;

	PUT(h->pub_seq, GET(h->pub_seq) | 1);
	if (expunges)
		atomic_store_explicit(&h->exp_seq, GET(h->exp_seq) | 1,
		    memory_order_release);
	atomic_thread_fence(memory_order_release);
}

void
writer_end(struct table *t)
{
	struct table_header *h = t->h;
	uint32_t seq;

	seal(h);
	seq = GET(h->exp_seq);
	atomic_store_explicit(&h->exp_seq, seq + (seq & 1),
	    memory_order_release);
	seq = GET(h->pub_seq);
	atomic_store_explicit(&h->pub_seq, seq + (seq & 1),
	    memory_order_release);
}

void
writer_row(struct table *t, uint64_t pos, const struct row *row)
{
	struct row copy = *row;

	copy.sum = table_row_sum(row);
	writer_summed_row(t, pos, &copy);
}

void
writer_summed_row(struct table *t, uint64_t pos, const struct row *row)
{
	_Atomic uint32_t *head;
	_Atomic uint64_t *words;
	uint64_t w[ROW_WORDS];
	uint32_t seq;
	unsigned int i;
	void *p;

	if ((p = table_unit(t, TABLE_ROWS, pos, 1)) == NULL)
		return;
	head = p;
	words = p;
	memcpy(w, row, sizeof(w));
	seq = GET(head[0]) | 1;
	PUT(head[0], seq);
	atomic_thread_fence(memory_order_release);
	PUT(head[1], row->sum);
	for (i = 1; i < ROW_WORDS; i++)
		PUT(words[i], w[i]);
	atomic_store_explicit(&head[0], seq + 1, memory_order_release);
}

/* Units that a name of len octets takes. */
uint64_t
name_units(size_t len)
{
	return ((TABLE_NAMEHEAD + len + 7) / 8);
}

/* Where in a heap of nnames units the next name goes: in one extent. */
uint32_t
name_place(uint64_t nnames, size_t len)
{
	uint64_t at, units;
	unsigned int e;

	table_place(TABLE_NAMES, nnames, &e, &at);
	units = table_extent_units(TABLE_NAMES, e);
	if (units - at < name_units(len))
		nnames += units - at;
	return ((uint32_t)nnames);
}

void
writer_name(struct table *t, uint32_t unit, const char *name, size_t len)
{
	uint64_t w[(TABLE_NAMEHEAD + TABLE_FOLDERLEN + 7) / 8];
	_Atomic uint64_t *dst;
	uint64_t i, n = name_units(len);
	uint32_t sum = table_name_sum(name, len);
	uint16_t l = (uint16_t)len;

	if (len > TABLE_FOLDERLEN ||
	    (dst = table_unit(t, TABLE_NAMES, unit, n)) == NULL)
		return;
	w[n - 1] = 0;
	memcpy(w, &sum, sizeof(sum));
	memcpy((char *)w + sizeof(sum), &l, sizeof(l));
	memcpy((char *)w + TABLE_NAMEHEAD, name, len);
	for (i = 0; i < n; i++)
		PUT(dst[i], w[i]);
}

void
writer_change(struct table *t, uint64_t n, const struct change *c)
{
	struct change copy = *c;
	_Atomic uint64_t *dst;
	uint64_t w[CHANGE_WORDS];
	unsigned int i;

	if ((dst = table_unit(t, TABLE_LOG, n, 1)) == NULL)
		return;
	copy.sum = table_change_sum(c);
	memcpy(w, &copy, sizeof(w));
	for (i = 0; i < CHANGE_WORDS; i++)
		PUT(dst[i], w[i]);
}

/* Changes the counts; live and the others as they differ, bytes too. */
void
writer_counts(struct table *t, int64_t live, int64_t unseen, int64_t deleted,
    int64_t behind, uint64_t bytes)
{
	struct table_header *h = t->h;

	PUT(h->messages, (uint32_t)(GET(h->messages) + live));
	PUT(h->unseen, (uint32_t)(GET(h->unseen) + unseen));
	PUT(h->deleted, (uint32_t)(GET(h->deleted) + deleted));
	PUT(h->behind, (uint32_t)(GET(h->behind) + behind));
	PUT(h->bytes, GET(h->bytes) + bytes);
}

/*
 * All but counts, in the order in which readers rely on them: what a number
 * counts is there before the number, HIGHESTMODSEQ comes last.
 */
void
writer_head(struct table *t, const struct head *head, const uint32_t *kw)
{
	struct table_header *h = t->h;
	unsigned int i;

	for (i = 0; i < head->nkeywords; i++)
		PUT(h->keyword[i], kw[i]);
	atomic_store_explicit(&h->nkeywords, head->nkeywords,
	    memory_order_release);
	atomic_store_explicit(&h->folder, head->folder,
	    memory_order_release);
	PUT(h->nnames, head->nnames);
	PUT(h->recent, head->recent);
	PUT(h->state, head->state);
	PUT(h->reports, head->reports);
	PUT(h->floor_modseq, head->floor_modseq);
	PUT(h->floor_uid, head->floor_uid);
	PUT(h->expunge_horizon, head->expunge_horizon);
	PUT(h->flag_horizon, head->flag_horizon);
	for (i = 0; i < TABLE_GAPS; i++) {
		PUT(h->gap[i][0], head->gap[i][0]);
		PUT(h->gap[i][1], head->gap[i][1]);
	}
	for (i = 0; i < TABLE_STAMP; i++)
		PUT(h->stamp[i], head->stamp[i]);
	atomic_store_explicit(&h->nrows, head->nrows, memory_order_release);
	atomic_store_explicit(&h->uidnext, head->uidnext,
	    memory_order_release);
	atomic_store_explicit(&h->nlog, head->nlog, memory_order_release);
	atomic_store_explicit(&h->highestmodseq, head->highestmodseq,
	    memory_order_release);
}
