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
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "common/table_unit.h"
#include "indexd/salvage.h"
#include "indexd/store.h"

/*
 * Recovery: brings the tables up to what the journal proves.  Sessions may
 * be reading them, so each row is written at most once, in its newest form,
 * and counts are made aside.  Doing it again changes nothing.
 */

static int	recover_mailbox(struct engine *, struct fold_mailbox *);
static int	restore_fixed(int, const struct fold_mailbox *);
static int	growing(struct table_header *);
static const char *plausible(const struct table *,
		    const struct fold_mailbox *);
static int	reserve(struct table *, const struct fold_mailbox *);
static int	put_names(struct table *, const struct fold_mailbox *);
static int	put_rows(struct table *, const struct fold_mailbox *);
static int	put_log(struct table *, const struct fold_mailbox *);
static int	same_row(struct table *, uint64_t, const struct row *);
static int	even_rows(struct table *, uint64_t);
static int	build_tree(struct table *, const struct fold_mailbox *,
		    uint64_t *);

/* Brings all tables up to e->fold.  0, or -1 with errno. */
int
recover(struct engine *e)
{
	struct fold_mailbox *m;

	RB_FOREACH(m, fold, &e->fold) {
		if (m->generation > e->ident.generation)
			e->ident.generation = m->generation;
		if (!m->have_head)
			continue;
		fold_sort(m);
		if (recover_mailbox(e, m) == -1)
			return (-1);
	}
	return (0);
}

/* One table: 0 if it is right and durable now, set aside, or gone. */
static int
recover_mailbox(struct engine *e, struct fold_mailbox *m)
{
	struct root_table *rt;
	struct root *root;
	struct table t = { .fd = -1 };
	char name[TABLE_NAMESIZE];
	const char *why = "size";
	int error, fd, r = -1;

	if ((root = root_get_hash(e, m->root)) == NULL)
		return (errno == ENOENT ? 0 : -1);
	rt = root_find(root, m->id);
	if (rt == NULL || rt->damaged || rt->generation > m->generation) {
		/* Gone, or made anew: then it was synced whole. */
		root_put(root);
		return (0);
	}
	table_file(name, sizeof(name), m->id, rt->generation, "");
	fd = openat(root->dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		goto out;
	if (rt->generation < m->generation) {
		why = "the newest generation is missing";
		errno = EBADMSG;
	} else if (restore_fixed(fd, m) == 0 && writer_repair_size(fd) == 0 &&
	    writer_map(&t, fd, &why) == 0)
		r = e->gap ? recover_gap(&t, m, &why) :
		    recover_table(&t, m, &why);
	error = errno;
	if (r == 0) {
		if (compat_syncmap(fd) == -1) {
			log_warn("engine: recover table=%s", name);
			r = -1;
		} else if (root_set(root, m->id, m->generation, t.len) == -1)
			r = -1;
	} else if (error == EBADMSG) {
		/* With all that the journal has, as far as it went. */
		if (compat_syncmap(fd) == -1)
			log_warn("engine: recover table=%s", name);
		r = aside(root, m->id, why);
	}
	if (t.h != NULL)
		munmap(t.h, t.len);
	close(fd);
out:
	root_put(root);
	return (r);
}

/*
 * The header's first part never changes: if its sum is wrong it is damaged,
 * and the journal knows what it was.
 */
static int
restore_fixed(int fd, const struct fold_mailbox *m)
{
	struct table_header *h;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (st.st_size < (off_t)sizeof(*h)) {
		errno = EBADMSG;
		return (-1);
	}
	h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (h == MAP_FAILED)
		return (-1);
	if (h->fixed_sum != table_fixed_sum(h)) {
		h->magic = TABLE_MAGIC;
		h->byteorder = TABLE_ORDER;
		h->major = TABLE_MAJOR;
		h->minor = TABLE_MINOR;
		h->header_size = sizeof(*h);
		h->row_size = sizeof(struct row);
		memcpy(h->id, m->id, TABLE_IDLEN);
		h->uidvalidity = m->uidvalidity;
		h->generation = m->generation;
		h->fixed_sum = table_fixed_sum(h);
		log_warnx("engine: the header of a table was damaged, and "
		    "is restored from the journal");
	}
	munmap(h, sizeof(*h));
	return (0);
}

/* Whether what was folded fits itself and the table: NULL, or what not. */
static const char *
plausible(const struct table *t, const struct fold_mailbox *m)
{
	uint64_t i, new;

	if (t->h->uidvalidity != m->uidvalidity ||
	    t->h->generation != m->generation)
		return ("identity");
	if (m->head.nrows > TABLE_MAXROWS || m->head.nrows < m->nrows ||
	    m->head.nlog < m->nlog || m->head.nnames > UINT32_MAX ||
	    m->head.nkeywords > TABLE_KEYWORDS ||
	    m->head.nlog - m->nlog != m->nchanges)
		return ("counts in the journal");
	for (i = 0; i < m->nnames; i++)
		if (m->names[i].len > TABLE_FOLDERLEN ||
		    m->names[i].unit >= m->head.nnames ||
		    name_units(m->names[i].len) >
		    m->head.nnames - m->names[i].unit ||
		    name_place(m->names[i].unit, m->names[i].len) !=
		    m->names[i].unit)
			return ("names in the journal");
	/* Each row that is new since the first batch must be among them. */
	new = 0;
	for (i = 0; i < m->n; i++) {
		if (m->rows[i].pos >= m->head.nrows ||
		    m->rows[i].row.sum != table_row_sum(&m->rows[i].row))
			return ("rows in the journal");
		if (m->rows[i].pos >= m->nrows)
			new++;
	}
	if (new != m->head.nrows - m->nrows)
		return ("rows missing in the journal");
	return (NULL);
}

/* Applies m to a table mapped for writing; not synced yet. */
int
recover_table(struct table *t, struct fold_mailbox *m, const char **why)
{
	uint64_t bytes;
	int bad;

	if ((*why = plausible(t, m)) != NULL) {
		errno = EBADMSG;
		return (-1);
	}
	*why = "extents";
	/* Cut off in the middle, or damaged: then they may be wrong. */
	if (atomic_load(&t->h->head_sum) != table_head_sum(t->h))
		extents_sane(t->h);
	recover_longer(t, m);
	if (reserve(t, m) == -1)
		return (-1);
	writer_begin(t, 1);
	if (put_names(t, m) == -1 || put_rows(t, m) == -1)
		return (-1);
	*why = "rows";
	if (even_rows(t, m->head.nrows) == -1)
		return (-1);
	*why = "change log";
	if (put_log(t, m) == -1 || recover_ahead(t, m) == -1)
		return (-1);
	*why = "rows";
	if ((bad = build_tree(t, m, &bytes)) == -1)
		return (-1);
	/* By now the file may be mapped anew, somewhere else. */
	atomic_store_explicit(&t->h->bytes, bytes, memory_order_relaxed);
	writer_head(t, &m->head, m->kw);
	writer_end(t);
	if (bad) {
		errno = EBADMSG;
		return (-1);
	}
	return (0);
}

/*
 * A header whose sum is wrong because a growth was cut short: but for one
 * extent, the last of its kind, and the size it is what it was.
 */
static int
growing(struct table_header *h)
{
	struct table_header was;
	enum table_kind k;
	unsigned int e, i;
	uint64_t off;

	for (k = 0; k < TABLE_KINDS; k++) {
		memcpy(&was, h, sizeof(was));
		for (e = TABLE_EXTENTS - 1; e > 0; e--)
			if (atomic_load(&was.extent[k][e]) != 0)
				break;
		off = atomic_load(&was.extent[k][e]);
		if (e == 0 || off < 64)
			continue;
		atomic_store(&was.extent[k][e], 0);
		for (i = 0; i <= 64; i++) {
			if (table_head_sum(&was) == atomic_load(&was.head_sum))
				return (1);
			atomic_store(&was.size, off - i);
		}
	}
	return (0);
}

/*
 * The same for a table of which the journal says nothing, if a sequence was
 * left odd.  That is a growth which was cut short: it comes before its batch.
 * All rows are verified; it is durable then.  A header that is damaged beside
 * must not get a sum that says it is not.
 */
int
recover_alone(struct table *t, const struct head *head, const uint32_t *kw,
    const char **why)
{
	struct fold_mailbox m;

	if (((atomic_load(&t->h->pub_seq) | atomic_load(&t->h->exp_seq)) &
	    1) == 0)
		return (0);
	*why = "counts";
	errno = EBADMSG;
	if (atomic_load(&t->h->head_sum) != table_head_sum(t->h) &&
	    !growing(t->h))
		return (-1);
	if ((head->nrows > 0 &&
	    table_unit(t, TABLE_ROWS, head->nrows - 1, 1) == NULL) ||
	    (head->nlog > 0 &&
	    table_unit(t, TABLE_LOG, head->nlog - 1, 1) == NULL) ||
	    (head->nnames > 0 &&
	    table_unit(t, TABLE_NAMES, head->nnames - 1, 1) == NULL))
		return (-1);
	memset(&m, 0, sizeof(m));
	m.uidvalidity = t->h->uidvalidity;
	m.generation = t->h->generation;
	m.nrows = head->nrows;
	m.nlog = head->nlog;
	m.head = *head;
	memcpy(m.kw, kw, sizeof(m.kw));
	if (recover_table(t, &m, why) == -1)
		return (-1);
	return (compat_syncmap(t->fd));
}

static int
reserve(struct table *t, const struct fold_mailbox *m)
{
	uint64_t n = m->head.nrows;

	if (writer_reserve(t, TABLE_ROWS, n) == -1 ||
	    writer_reserve(t, TABLE_BLOCKS, n / TABLE_BLOCK + 1) == -1 ||
	    writer_reserve(t, TABLE_GROUPS, n / TABLE_GROUP + 1) == -1 ||
	    writer_reserve(t, TABLE_LOG, m->head.nlog) == -1)
		return (-1);
	return (writer_reserve(t, TABLE_NAMES, m->head.nnames));
}

/* Names are where they were, or in pages that were lost. */
static int
put_names(struct table *t, const struct fold_mailbox *m)
{
	const struct fold_name *n;
	uint64_t i;

	for (i = 0; i < m->nnames; i++) {
		n = &m->names[i];
		if (table_unit(t, TABLE_NAMES, n->unit,
		    name_units(n->len)) == NULL)
			return (-1);
		writer_name(t, n->unit, (const char *)m->heap.data + n->at,
		    n->len);
	}
	return (0);
}

/* Whether a row is there as it should be, with an even sequence. */
static int
same_row(struct table *t, uint64_t pos, const struct row *row)
{
	const struct row *p;

	p = table_unit(t, TABLE_ROWS, pos, 1);
	return (p != NULL && (p->seq & 1) == 0 && p->sum == row->sum &&
	    memcmp(&p->uid, &row->uid, sizeof(*p) -
	    offsetof(struct row, uid)) == 0);
}

static int
put_rows(struct table *t, const struct fold_mailbox *m)
{
	const struct fold_row *r;
	size_t i;

	for (i = 0; i < m->n; i++) {
		r = &m->rows[i];
		if (table_unit(t, TABLE_ROWS, r->pos, 1) == NULL)
			return (-1);
		if (!same_row(t, r->pos, &r->row) && !recover_newer(t, r))
			writer_row(t, r->pos, &r->row);
	}
	return (0);
}

/* No sequence stays odd; one whose row is torn all the same is damage. */
static int
even_rows(struct table *t, uint64_t nrows)
{
	_Atomic uint32_t *seq;
	uint64_t n;
	uint32_t s;

	for (n = 0; n < nrows; n++) {
		if ((seq = table_unit(t, TABLE_ROWS, n, 1)) == NULL)
			return (-1);
		s = atomic_load_explicit(seq, memory_order_relaxed);
		if (s & 1)
			atomic_store_explicit(seq, s + 1,
			    memory_order_release);
	}
	return (0);
}

static int
put_log(struct table *t, const struct fold_mailbox *m)
{
	struct change c;
	uint64_t i;

	for (i = 0; i < m->nchanges; i++) {
		c = m->log[i];
		if (table_unit(t, TABLE_LOG, m->nlog + i, 1) == NULL)
			return (-1);
		writer_change(t, m->nlog + i, &c);
	}
	return (0);
}

/* The tree and the counts, from all rows: 0; 1 if a row is damaged, which is
 * left out; -1. */
static int
build_tree(struct table *t, const struct fold_mailbox *m, uint64_t *bytes)
{
	struct table_header *h;
	struct tree_bits bits;
	struct row row;
	uint64_t n, nrows = m->head.nrows;
	const struct row *p;
	uint32_t last = 0;
	int bad = 0;

	tree_begin(&bits, 0);
	*bytes = 0;
	for (n = 0; n < nrows; n++) {
		if ((p = table_unit(t, TABLE_ROWS, n, 1)) == NULL)
			return (-1);
		row = *p;
		if (row.sum != table_row_sum(&row) || row.uid <= last) {
			memset(&row, 0, sizeof(row));
			row.flags = ROW_EXPUNGED;
			bad = 1;
		} else
			last = row.uid;
		if ((row.flags & ROW_EXPUNGED) == 0)
			*bytes += row.size;
		tree_set(t, &bits, n, &row, m->head.nkeywords);
	}
	tree_end(t, &bits);
	h = t->h;
	atomic_store_explicit(&h->messages, (uint32_t)bits.live,
	    memory_order_relaxed);
	atomic_store_explicit(&h->unseen, (uint32_t)bits.unseen,
	    memory_order_relaxed);
	atomic_store_explicit(&h->deleted, (uint32_t)bits.deleted,
	    memory_order_relaxed);
	atomic_store_explicit(&h->behind, (uint32_t)bits.behind,
	    memory_order_relaxed);
	return (bad);
}
