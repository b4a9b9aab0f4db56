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
#include <stdlib.h>
#include <string.h>

#include "common/mix.h"
#include "common/table_unit.h"
#include "indexd/store.h"

/*
 * The open batch: what requests have decided and nobody has seen.  Rows,
 * names and log entries are kept beside the table until engine_commit()
 * publishes them; a request that fails is taken back by the undo records
 * that were made since its mark.
 */

#define KEEP_ROWS	4096	/* memory for so many is kept */
#define GAP		64	/* rows looked at to join two log entries */

static struct undo *undo_add(struct engine *, enum undo_kind,
		    struct mailbox *);
static int	touch(struct mailbox *);
static void	undo_head(struct mailbox *, const struct undo_head *);
static int	slots_grow(struct pending *);
static void	slot_add(struct pending *, uint64_t, uint32_t);
static struct pend_row *find_ascending(struct pending *, uint64_t);
static struct pend_row *pend_add(struct mailbox *, uint64_t);
static int	grow(void **, size_t *, size_t, size_t);
static int	add_name(struct mailbox *, const char *, size_t, size_t,
		    uint32_t *);
static int	verify(struct mailbox *, uint64_t);
static int	room_for_row(struct mailbox *, uint64_t);
static int	joins(struct mailbox *, const struct change *, uint64_t);
static int	all_gone(struct mailbox *, uint64_t, uint64_t);

/* Doubles a vector if n does not fit. */
static int
grow(void **v, size_t *cap, size_t n, size_t size)
{
	size_t c;
	void *p;

	if (n < *cap)
		return (0);
	c = *cap == 0 ? 16 : *cap * 2;
	if ((p = reallocarray(*v, c, size)) == NULL)
		return (-1);
	*v = p;
	*cap = c;
	return (0);
}

static struct undo *
undo_add(struct engine *e, enum undo_kind kind, struct mailbox *mb)
{
	struct undo *u;
	void *v = e->undo;

	if (grow(&v, &e->undocap, e->nundo, sizeof(*u)) == -1)
		return (NULL);
	e->undo = v;
	u = &e->undo[e->nundo++];
	u->kind = kind;
	u->mb = mb;
	return (u);
}

size_t
engine_mark(struct engine *e)
{
	struct undo *u;

	e->mark++;
	/* Without memory for the mark, what follows fails as well: the mark
	 * is where the next record will be. */
	if ((u = undo_add(e, UNDO_MARK, NULL)) == NULL)
		return (e->nundo);
	u->u.notes = e->notes.len;
	return (e->nundo - 1);
}

void
engine_rollback(struct engine *e, size_t mark)
{
	struct undo *u;

	while (e->nundo > mark) {
		u = &e->undo[--e->nundo];
		switch (u->kind) {
		case UNDO_MARK:
			e->notes.len = u->u.notes;
			break;
		case UNDO_HEAD:
			undo_head(u->mb, &u->u.head);
			break;
		case UNDO_ROW:
			*pend_find(u->mb, u->u.row.pos) = u->u.row;
			break;
		}
	}
	e->mark++;
}

/* Takes a mailbox back to what it was at the last mark. */
static void
undo_head(struct mailbox *mb, const struct undo_head *h)
{
	struct pending *p = &mb->p;

	mb->cur = h->cur;
	/* Slots of rows that go are left: they lead nowhere, or to a row
	 * that is compared. */
	p->nrows = h->nrows;
	p->nnames = h->nnames;
	p->heap.len = h->heap;
	p->nlog = h->nlog;
	if (p->nlog > 0)
		p->log[p->nlog - 1] = h->last;
	p->expunges = h->expunges;
	p->bytes = h->bytes;
	mb->saved = h->saved;
}

/* Called before a mailbox is changed: notes what it was at the mark. */
static int
touch(struct mailbox *mb)
{
	struct engine *e = mb->e;
	struct pending *p = &mb->p;
	struct undo *u;

	if (mb->removed) {
		errno = ENOENT;
		return (-1);
	}
	if (mb->touched && mb->saved == e->mark)
		return (0);
	if ((u = undo_add(e, UNDO_HEAD, mb)) == NULL)
		return (-1);
	u->u.head.cur = mb->cur;
	u->u.head.nrows = p->nrows;
	u->u.head.nnames = p->nnames;
	u->u.head.heap = p->heap.len;
	u->u.head.nlog = p->nlog;
	if (p->nlog > 0)
		u->u.head.last = p->log[p->nlog - 1];
	u->u.head.expunges = p->expunges;
	u->u.head.bytes = p->bytes;
	u->u.head.saved = mb->saved;
	mb->saved = e->mark;
	if (!mb->touched) {
		TAILQ_INSERT_TAIL(&e->touched, mb, touched_entry);
		mb->touched = 1;
	}
	return (0);
}

/* Forgets what the batch did to a mailbox, after it was published, or
 * failed: then numbers that it took stay taken. */
void
pend_clear(struct mailbox *mb, int failed)
{
	struct pending *p = &mb->p;

	if (failed) {
		if (mb->cur.highestmodseq > mb->used_modseq)
			mb->used_modseq = mb->cur.highestmodseq;
		if (mb->cur.uidnext > mb->used_uid)
			mb->used_uid = mb->cur.uidnext;
		mb->cur = mb->pub;
	}
	if (p->rowcap > KEEP_ROWS)
		pend_free(mb);
	else if (p->hashed)
		memset(p->slots, 0, p->nslots * sizeof(*p->slots));
	p->nrows = p->nnames = p->nlog = p->used = p->heap.len = 0;
	p->hashed = p->expunges = 0;
	p->bytes = p->verified = 0;
	mb->touched = 0;
	mb->saved = mb->seen_mark = 0;
}

void
pend_free(struct mailbox *mb)
{
	struct pending *p = &mb->p;

	free(p->rows);
	free(p->slots);
	free(p->names);
	free(p->log);
	buf_free(&p->heap);
	memset(p, 0, sizeof(*p));
}

static void
slot_add(struct pending *p, uint64_t pos, uint32_t index)
{
	size_t i;

	i = (size_t)mix_word(1, pos) & (p->nslots - 1);
	while (p->slots[i] != 0)
		i = (i + 1) & (p->nslots - 1);
	p->slots[i] = index + 1;
	p->used++;
}

static int
slots_grow(struct pending *p)
{
	uint32_t *slots;
	size_t i, n;

	if (p->hashed && p->used + 1 <= p->nslots / 2)
		return (0);
	for (n = 64; n < (p->nrows + 1) * 4; n *= 2)
		;
	if ((slots = calloc(n, sizeof(*slots))) == NULL)
		return (-1);
	free(p->slots);
	p->slots = slots;
	p->nslots = n;
	p->used = 0;
	p->hashed = 1;
	for (i = 0; i < p->nrows; i++)
		slot_add(p, p->rows[i].pos, (uint32_t)i);
	return (0);
}

/*
 * The row at pos, of rows that ascend, as those of one request do.  Who asks
 * has mostly just added the last, or looks for the one before it.
 */
static struct pend_row *
find_ascending(struct pending *p, uint64_t pos)
{
	struct pend_row *r;
	size_t lo, hi, mid;

	for (lo = p->nrows; lo > 0 && lo + 2 > p->nrows; lo--) {
		r = &p->rows[lo - 1];
		if (r->pos <= pos)
			return (r->pos == pos ? r : NULL);
	}
	for (hi = lo, lo = 0; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		r = &p->rows[mid];
		if (r->pos == pos)
			return (r);
		if (r->pos < pos)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (NULL);
}

/* The row as the batch has it, if it has changed it. */
struct pend_row *
pend_find(struct mailbox *mb, uint64_t pos)
{
	struct pending *p = &mb->p;
	size_t i;
	uint32_t s;

	if (p->nrows == 0)
		return (NULL);
	if (!p->hashed)
		return (find_ascending(p, pos));
	i = (size_t)mix_word(1, pos) & (p->nslots - 1);
	for (; (s = p->slots[i]) != 0; i = (i + 1) & (p->nslots - 1))
		if (s <= p->nrows && p->rows[s - 1].pos == pos)
			return (&p->rows[s - 1]);
	return (NULL);
}

static struct pend_row *
pend_add(struct mailbox *mb, uint64_t pos)
{
	struct pending *p = &mb->p;
	struct pend_row *r;
	void *v = p->rows;

	if (p->nrows >= UINT32_MAX - 1) {
		errno = E2BIG;
		return (NULL);
	}
	if (grow(&v, &p->rowcap, p->nrows, sizeof(*r)) == -1)
		return (NULL);
	p->rows = v;
	if ((p->hashed || (p->nrows > 0 && pos < p->rows[p->nrows - 1].pos)) &&
	    slots_grow(p) == -1)
		return (NULL);
	r = &p->rows[p->nrows];
	r->pos = pos;
	if (p->hashed)
		slot_add(p, pos, (uint32_t)p->nrows);
	p->nrows++;
	return (r);
}

/* A name of the heap, that of the table or that of the batch. */
int
pend_name(struct mailbox *mb, uint32_t unit, size_t max, char *name,
    size_t *len)
{
	struct pending *p = &mb->p;
	size_t lo = 0, hi = p->nnames, mid;

	if (unit < mb->pub.nnames)
		return (table_name(&mb->t, unit, max, name, len));
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (p->names[mid].unit < unit)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == p->nnames || p->names[lo].unit != unit ||
	    p->names[lo].len > max) {
		errno = EBADMSG;
		return (-1);
	}
	*len = p->names[lo].len;
	memcpy(name, p->heap.data + p->names[lo].at, *len);
	name[*len] = '\0';
	return (0);
}

/* Gives a name its place in the heap. */
static int
add_name(struct mailbox *mb, const char *name, size_t len, size_t max,
    uint32_t *unit)
{
	struct pending *p = &mb->p;
	struct pend_name *n;
	uint64_t at;
	void *v = p->names;

	at = name_place(mb->cur.nnames, len);
	if (len > max || at + name_units(len) > UINT32_MAX) {
		errno = E2BIG;
		return (-1);
	}
	if (grow(&v, &p->namecap, p->nnames, sizeof(*n)) == -1)
		return (-1);
	p->names = v;
	if (growth_reserve(&mb->t, &mb->growth, TABLE_NAMES,
	    at + name_units(len)) == -1 || buf_grow(&p->heap, len) == NULL)
		return (-1);
	n = &p->names[p->nnames++];
	n->unit = *unit = (uint32_t)at;
	n->len = (uint16_t)len;
	n->at = p->heap.len - len;
	memcpy(p->heap.data + n->at, name, len);
	mb->cur.nnames = at + name_units(len);
	return (0);
}

uint64_t
mailbox_find(struct mailbox *mb, uint32_t uid)
{
	struct pend_row *r;
	uint64_t lo, hi, mid;

	/* Rows that the batch appended, or those of the table. */
	lo = mb->pub.nrows;
	hi = mb->cur.nrows;
	if (lo < hi && (r = pend_find(mb, lo)) != NULL && r->row.uid <= uid) {
		while (lo < hi) {
			mid = lo + (hi - lo) / 2;
			if ((r = pend_find(mb, mid)) != NULL &&
			    r->row.uid < uid)
				lo = mid + 1;
			else
				hi = mid;
		}
		return (lo);
	}
	if (table_find(&mb->t, uid, &lo) == -1)
		return (mb->cur.nrows);
	return (lo);
}

int
mailbox_row(struct mailbox *mb, uint64_t pos, struct row *row)
{
	struct pend_row *r;

	if ((r = pend_find(mb, pos)) != NULL) {
		*row = r->row;
		return (0);
	}
	/* A request reads a row and then changes it: once will do. */
	if (mb->seen_mark == mb->e->mark && mb->seen_pos == pos) {
		*row = mb->seen;
		return (0);
	}
	if (table_row(&mb->t, pos, row) == -1)
		return (-1);
	mb->seen = *row;
	mb->seen_pos = pos;
	mb->seen_mark = mb->e->mark;
	return (0);
}

int
mailbox_name(struct mailbox *mb, uint64_t pos, char *name)
{
	struct row row;
	size_t len;

	if (mailbox_row(mb, pos, &row) == -1)
		return (-1);
	return (pend_name(mb, row.name, TABLE_NAMELEN, name, &len));
}

int
mailbox_change_since(struct mailbox *mb, uint64_t modseq, uint64_t *n)
{
	const struct pending *p = &mb->p;
	size_t lo = 0, hi = p->nlog, mid;

	if (table_change_since(&mb->t, modseq, n) == -1)
		return (-1);
	if (*n < mb->pub.nlog)
		return (0);
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (p->log[mid].modseq <= modseq)
			lo = mid + 1;
		else
			hi = mid;
	}
	*n = mb->pub.nlog + lo;
	return (0);
}

int
mailbox_change(struct mailbox *mb, uint64_t n, struct change *c)
{
	if (n < mb->pub.nlog)
		return (table_change(&mb->t, n, c));
	if (n >= mb->cur.nlog) {
		errno = ENOENT;
		return (-1);
	}
	*c = mb->p.log[n - mb->pub.nlog];
	return (0);
}

int
mailbox_next_modseq(struct mailbox *mb, uint64_t *modseq)
{
	uint64_t m;

	m = mb->cur.highestmodseq;
	if (m < mb->used_modseq)
		m = mb->used_modseq;
	if (m + 1 >= mb->cur.floor_modseq || m + 1 >= INT64_MAX) {
		errno = ERANGE;
		return (-1);
	}
	if (touch(mb) == -1)
		return (-1);
	*modseq = mb->cur.highestmodseq = m + 1;
	return (0);
}

/* Whether what stands over a row of the table is right.  Nothing of that
 * changes before the batch is published. */
static int
verify(struct mailbox *mb, uint64_t pos)
{
	struct pending *p = &mb->p;

	if (p->verified == pos / TABLE_BLOCK + 1)
		return (0);
	if (tree_verify(&mb->t, pos, mb->pub.nrows) == -1)
		return (-1);
	p->verified = pos / TABLE_BLOCK + 1;
	return (0);
}

/* Space for a row at pos and what stands over it. */
static int
room_for_row(struct mailbox *mb, uint64_t pos)
{
	struct table *t = &mb->t;
	struct growth *g = &mb->growth;

	if (verify(mb, pos) == -1 ||
	    growth_reserve(t, g, TABLE_ROWS, pos + 1) == -1 ||
	    growth_reserve(t, g, TABLE_BLOCKS, pos / TABLE_BLOCK + 1) == -1 ||
	    growth_reserve(t, g, TABLE_GROUPS, pos / TABLE_GROUP + 1) == -1)
		return (-1);
	return (0);
}

int
mailbox_append(struct mailbox *mb, struct row *row, const char *name)
{
	struct pend_row *r;
	uint32_t uid;
	size_t len = strlen(name);

	uid = mb->cur.uidnext;
	if (uid < mb->used_uid)
		uid = mb->used_uid;
	/* A UID that the folder's list gives may have been in a failed batch:
	 * then it was of the same file. */
	if (row->uid != 0) {
		if (row->uid < mb->cur.uidnext) {
			errno = EEXIST;
			return (-1);
		}
		uid = row->uid;
	}
	if (uid >= mb->cur.floor_uid || uid == UINT32_MAX) {
		errno = ERANGE;
		return (-1);
	}
	if (mb->cur.messages >= mb->e->max_rows ||
	    mb->cur.nrows >= TABLE_MAXROWS) {
		errno = E2BIG;
		return (-1);
	}
	if (touch(mb) == -1 || room_for_row(mb, mb->cur.nrows) == -1 ||
	    add_name(mb, name, len, TABLE_NAMELEN, &row->name) == -1 ||
	    (r = pend_add(mb, mb->cur.nrows)) == NULL)
		return (-1);
	row->uid = uid;
	row->seq = 0;
	row->namelen = (uint16_t)len;
	row->sum = table_row_sum(row);
	r->row = *row;
	mb->cur.nrows++;
	mb->cur.uidnext = uid + 1;
	if ((row->flags & ROW_EXPUNGED) == 0) {
		mb->cur.messages++;
		mb->p.bytes += row->size;
	}
	return (0);
}

int
mailbox_put(struct mailbox *mb, uint64_t pos, const struct row *row,
    const char *name)
{
	struct pend_row *r;
	struct undo *u;
	struct row old, new;
	char was[TABLE_NAMELEN + 1];

	if (mailbox_row(mb, pos, &old) == -1)
		return (-1);
	if (row->uid != old.uid || ((old.flags & ROW_EXPUNGED) &&
	    (row->flags & ROW_EXPUNGED) == 0)) {
		errno = EINVAL;
		return (-1);
	}
	if (touch(mb) == -1)
		return (-1);
	new = *row;
	new.seq = 0;
	new.name = old.name;
	new.namelen = old.namelen;
	if (name != NULL && (mailbox_name(mb, pos, was) == -1 ||
	    strcmp(was, name) != 0)) {
		if (add_name(mb, name, strlen(name), TABLE_NAMELEN,
		    &new.name) == -1)
			return (-1);
		new.namelen = (uint16_t)strlen(name);
		mb->wasted += name_units(old.namelen);
	}
	new.sum = table_row_sum(&new);
	if ((r = pend_find(mb, pos)) != NULL) {
		if ((u = undo_add(mb->e, UNDO_ROW, mb)) == NULL)
			return (-1);
		u->u.row = *r;
	} else if (verify(mb, pos) == -1 || (r = pend_add(mb, pos)) == NULL)
		return (-1);
	r->row = new;
	if ((old.flags & ROW_EXPUNGED) == 0)
		mb->p.bytes -= old.size;
	if ((new.flags & ROW_EXPUNGED) == 0)
		mb->p.bytes += new.size;
	if ((new.flags & ROW_EXPUNGED) && (old.flags & ROW_EXPUNGED) == 0) {
		mb->cur.messages--;
		mb->p.expunges = 1;
	}
	return (0);
}

/* Whether no live row stands from row a to row b - 1. */
static int
all_gone(struct mailbox *mb, uint64_t a, uint64_t b)
{
	struct pend_row *r;
	uint64_t n;
	int i;

	for (i = 0; a < b; i++, a++) {
		if (a < mb->pub.nrows) {
			if (table_next(&mb->t, TABLE_LIVE, a, &n) == -1) {
				if (errno != ENOENT)
					return (0);
				n = mb->pub.nrows;
			}
			a = n;
			if (a >= b)
				break;
		}
		r = pend_find(mb, a);
		if (i >= GAP || r == NULL || !(r->row.flags & ROW_EXPUNGED))
			return (0);
	}
	return (1);
}

/* Whether the row at pos can go into this last entry of the batch. */
static int
joins(struct mailbox *mb, const struct change *c, uint64_t pos)
{
	struct row prev;
	uint64_t last;

	if (pos > 0 && mailbox_row(mb, pos - 1, &prev) == 0 &&
	    prev.uid == c->last)
		return (1);
	last = mailbox_find(mb, c->last);
	return (last < pos && all_gone(mb, last + 1, pos));
}

int
mailbox_changed(struct mailbox *mb, uint16_t what, uint64_t modseq,
    uint64_t pos, uint16_t flags, uint64_t keywords)
{
	struct pending *p = &mb->p;
	struct change *c;
	struct row row;
	void *v = p->log;

	if (mailbox_row(mb, pos, &row) == -1 || touch(mb) == -1)
		return (-1);
	if (p->nlog > 0) {
		c = &p->log[p->nlog - 1];
		if (c->modseq == modseq && c->what == what &&
		    c->flags == flags && c->keywords == keywords &&
		    joins(mb, c, pos)) {
			c->last = row.uid;
			return (0);
		}
		if (modseq < c->modseq) {
			errno = EINVAL;
			return (-1);
		}
	}
	if (grow(&v, &p->logcap, p->nlog, sizeof(*c)) == -1)
		return (-1);
	p->log = v;
	if (growth_reserve(&mb->t, &mb->growth, TABLE_LOG,
	    mb->cur.nlog + 1) == -1)
		return (-1);
	c = &p->log[p->nlog++];
	memset(c, 0, sizeof(*c));
	c->modseq = modseq;
	c->uid = c->last = row.uid;
	c->what = what;
	c->flags = flags;
	c->keywords = keywords;
	mb->cur.nlog++;
	return (0);
}

int
mailbox_add_keyword(struct mailbox *mb, const char *name)
{
	uint32_t unit;
	int bit;

	if ((bit = mailbox_keyword(mb, name)) != -1)
		return (bit);
	if (mb->cur.nkeywords >= TABLE_KEYWORDS) {
		errno = E2BIG;
		return (-1);
	}
	if (touch(mb) == -1 ||
	    add_name(mb, name, strlen(name), TABLE_KWLEN, &unit) == -1)
		return (-1);
	mb->kw[mb->cur.nkeywords] = unit;
	return ((int)mb->cur.nkeywords++);
}

int
mailbox_rename(struct mailbox *mb, const char *folder)
{
	uint32_t unit;

	if (strcmp(mailbox_folder(mb), folder) == 0)
		return (0);
	if (touch(mb) == -1 || add_name(mb, folder, strlen(folder),
	    TABLE_FOLDERLEN, &unit) == -1)
		return (-1);
	mb->cur.folder = unit;
	brief_renamed(mb);
	return (0);
}

int
mailbox_set_recent(struct mailbox *mb, uint32_t before)
{
	if (touch(mb) == -1)
		return (-1);
	if (before > mb->cur.recent)
		mb->cur.recent = before;
	return (0);
}

/* Puts a stamp into the open batch. */
int
pend_stamp(struct mailbox *mb, const uint64_t *stamp)
{
	if (touch(mb) == -1)
		return (-1);
	memcpy(mb->cur.stamp, stamp, sizeof(mb->cur.stamp));
	return (0);
}

int
mailbox_set_floor(struct mailbox *mb, uint64_t modseq, uint32_t uid)
{
	if (touch(mb) == -1)
		return (-1);
	if (modseq > mb->cur.floor_modseq)
		mb->cur.floor_modseq = modseq;
	if (uid > mb->cur.floor_uid)
		mb->cur.floor_uid = uid;
	return (0);
}

int
mailbox_raise_uidnext(struct mailbox *mb, uint32_t uid)
{
	if (uid <= mb->cur.uidnext)
		return (0);
	if (uid > mb->cur.floor_uid) {
		errno = ERANGE;
		return (-1);
	}
	if (touch(mb) == -1)
		return (-1);
	mb->cur.uidnext = uid;
	return (0);
}

int
mailbox_raise_modseq(struct mailbox *mb, uint64_t modseq)
{
	if (modseq <= mb->cur.highestmodseq)
		return (0);
	if (modseq >= mb->cur.floor_modseq) {
		errno = ERANGE;
		return (-1);
	}
	if (touch(mb) == -1)
		return (-1);
	mb->cur.highestmodseq = modseq;
	return (0);
}

int
mailbox_add_gap(struct mailbox *mb, uint64_t low, uint64_t high)
{
	uint64_t (*gap)[2] = mb->cur.gap;
	unsigned int i;

	if (high <= low + 1)
		return (0);
	if (touch(mb) == -1)
		return (-1);
	for (i = 0; i < TABLE_GAPS && gap[i][1] != 0; i++)
		;
	if (i == TABLE_GAPS) {
		/* The two oldest become one, with what is between. */
		gap[0][1] = gap[1][1];
		memmove(gap + 1, gap + 2, (TABLE_GAPS - 2) * sizeof(*gap));
		i = TABLE_GAPS - 1;
	}
	gap[i][0] = low;
	gap[i][1] = high;
	return (0);
}

int
mailbox_set_state(struct mailbox *mb, unsigned int state)
{
	if (touch(mb) == -1)
		return (-1);
	mb->cur.state = state;
	return (0);
}
