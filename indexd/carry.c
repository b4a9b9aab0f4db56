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

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/table_unit.h"
#include "indexd/carry.h"
#include "indexd/store.h"
#include "indexd/syncer.h"

#define STEP_ROWS	4096	/* looked at in a step */
#define MODSEQ_MAX	(UINT64_C(1) << 61)

enum carry_phase {
	CARRY_ROWS,		/* and keywords */
	CARRY_TREE,		/* over the rows */
	CARRY_LOG,
	CARRY_VERIFY,		/* that the log tells of the rows */
	CARRY_SYNC,
	CARRY_SYNCING,
	CARRY_READY
};

struct carry {
	struct engine		*e;
	struct root		*root;
	struct table		 t;
	enum carry_phase	 phase;
	uint8_t			 id[TABLE_IDLEN];
	uint32_t		 uidvalidity;
	char			 tmp[TABLE_NAMESIZE];
	char			 keyword[TABLE_KEYWORDS][TABLE_KWLEN + 1];
	struct head		 head;
	uint32_t		 kw[TABLE_KEYWORDS];
	uint32_t		 last;		/* the highest UID */
	uint64_t		 modseq;	/* the highest of rows */
	uint64_t		 bits;		/* keywords that rows have */
	unsigned int		 gaps;
	uint64_t		 again;		/* rows given again */
	uint64_t		 pos;		/* of the step */
	uint64_t		 logged;	/* mod-sequence of the last change */
	uint64_t		 ticket;	/* of the helper */
	int			 error;		/* of the helper */
	const char		*why;
};

static int	wrong(struct carry *, const char *);
static int	put_name(struct carry *, const char *, size_t, uint32_t *);
static int	room(struct carry *);
static int	row_fits(struct carry *, const struct row *, size_t);
static int	replace_row(struct carry *, struct row *, const char *,
		    size_t);
static int	has_live(struct carry *, uint32_t, uint32_t);
static int	tree_step(struct carry *);
static int	verify_step(struct carry *);
static int	submit(struct carry *);
static void	carry_free(struct carry *);

struct carry *
carry_begin(struct engine *e, uid_t uid, const char *path,
    const uint8_t id[TABLE_IDLEN], uint32_t uidvalidity)
{
	struct carry *c;
	int error;

	if (e->carry != NULL) {
		errno = EBUSY;
		return (NULL);
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->e = e;
	c->why = "";
	c->uidvalidity = uidvalidity;
	memcpy(c->id, id, sizeof(c->id));
	/* No generation has this name, and a restart removes it. */
	table_file(c->tmp, sizeof(c->tmp), id, 0, ".tmp");
	if ((c->root = root_get(e, uid, path, 1)) == NULL ||
	    writer_create(c->root->dirfd, c->tmp, id, uidvalidity, 1,
	    &c->t) == -1) {
		error = errno;
		root_put(c->root);
		free(c);
		errno = error;
		return (NULL);
	}
	e->carry = c;
	return (c);
}

static void
carry_free(struct carry *c)
{
	c->e->carry = NULL;
	if (c->t.h != NULL)
		table_unmap(&c->t);
	root_put(c->root);
	free(c);
}

void
carry_abort(struct carry *c)
{
	if (c == NULL)
		return;
	(void)unlinkat(c->root->dirfd, c->tmp, 0);
	carry_free(c);
}

const char *
carry_why(const struct carry *c)
{
	return (c->why);
}

uint64_t
carry_bytes(const struct carry *c)
{
	return ((uint64_t)c->t.len);
}

uint32_t
carry_messages(const struct carry *c)
{
	return (atomic_load_explicit(&c->t.h->messages,
	    memory_order_relaxed));
}

static int
wrong(struct carry *c, const char *why)
{
	c->why = why;
	errno = EPROTO;
	return (-1);
}

static int
put_name(struct carry *c, const char *name, size_t len, uint32_t *unit)
{
	uint64_t at = name_place(c->head.nnames, len);

	if (at + name_units(len) >= UINT32_MAX) {
		errno = E2BIG;
		return (-1);
	}
	if (writer_reserve(&c->t, TABLE_NAMES, at + name_units(len)) == -1)
		return (-1);
	writer_name(&c->t, (uint32_t)at, name, len);
	c->head.nnames = at + name_units(len);
	*unit = (uint32_t)at;
	return (0);
}

/* For another row, and what stands over it. */
static int
room(struct carry *c)
{
	uint64_t n = c->head.nrows;

	if (n >= c->e->max_rows) {
		errno = E2BIG;
		return (-1);
	}
	if (writer_reserve(&c->t, TABLE_ROWS, n + 1) == -1 ||
	    writer_reserve(&c->t, TABLE_BLOCKS, n / TABLE_BLOCK + 1) == -1)
		return (-1);
	return (writer_reserve(&c->t, TABLE_GROUPS, n / TABLE_GROUP + 1));
}

static int
row_fits(struct carry *c, const struct row *row, size_t len)
{
	const uint16_t states = ROW_EXPUNGED | ROW_NEW | ROW_GIVING | ROW_FILE;

	if (c->phase != CARRY_ROWS)
		return (wrong(c, "a row after the state"));
	if (row->uid == 0 || row->uid == UINT32_MAX)
		return (wrong(c, "no UID"));
	if (row->modseq == 0 || row->modseq >= MODSEQ_MAX)
		return (wrong(c, "no mod-sequence"));
	if (len == 0 || len > TABLE_NAMELEN)
		return (wrong(c, "no name"));
	if ((row->flags & ~(FLAG_SYSTEM | states)) != 0 ||
	    ((row->flags & ROW_FILE) != 0 &&
	    (row->flags & ROW_EXPUNGED) == 0))
		return (wrong(c, "no such flags"));
	return (0);
}

int
carry_row(struct carry *c, const struct row *given, const char *name,
    size_t len)
{
	struct row row = *given;
	uint64_t n = c->head.nrows;

	if (row_fits(c, &row, len) == -1)
		return (-1);
	row.seq = row.sum = 0;
	row.namelen = (uint16_t)len;
	if (row.modseq > c->modseq)
		c->modseq = row.modseq;
	c->bits |= row.keywords;
	if (row.uid <= c->last)
		return (replace_row(c, &row, name, len));
	if (room(c) == -1 || put_name(c, name, len, &row.name) == -1)
		return (-1);
	writer_row(&c->t, n, &row);
	c->last = row.uid;
	c->head.nrows = n + 1;
	atomic_store_explicit(&c->t.h->nrows, n + 1, memory_order_release);
	return (0);
}

/* It changed while it was written down. */
static int
replace_row(struct carry *c, struct row *row, const char *name, size_t len)
{
	char was[TABLE_NAMELEN + 1];
	struct row old;
	uint64_t n;

	if (++c->again > c->e->max_rows)
		return (wrong(c, "the same rows again and again"));
	if (table_find(&c->t, row->uid, &n) == -1 ||
	    table_row_name(&c->t, n, &old, was) == -1)
		return (-1);
	if (old.uid != row->uid)
		return (wrong(c, "UIDs do not ascend"));
	if ((old.flags & ROW_EXPUNGED) != 0 || row->modseq < old.modseq)
		return (wrong(c, "a row that is older than before"));
	row->name = old.name;
	if ((old.namelen != len || memcmp(was, name, len) != 0) &&
	    put_name(c, name, len, &row->name) == -1)
		return (-1);
	writer_row(&c->t, n, row);
	return (0);
}

int
carry_keyword(struct carry *c, const char *name)
{
	unsigned int i, n = c->head.nkeywords;

	if (c->phase != CARRY_ROWS || n == TABLE_KEYWORDS)
		return (wrong(c, "one keyword too many"));
	if (name[0] == '\0' || strlen(name) > TABLE_KWLEN)
		return (wrong(c, "no keyword"));
	for (i = 0; i < n; i++)
		if (strcasecmp(name, c->keyword[i]) == 0)
			return (wrong(c, "a keyword twice"));
	if (put_name(c, name, strlen(name), &c->kw[n]) == -1)
		return (-1);
	(void)strlcpy(c->keyword[n], name, sizeof(c->keyword[n]));
	c->head.nkeywords = n + 1;
	return (0);
}

int
carry_gap(struct carry *c, uint64_t low, uint64_t high)
{
	uint64_t (*gap)[2] = c->head.gap;

	if (c->phase != CARRY_ROWS || c->gaps == TABLE_GAPS)
		return (wrong(c, "one gap too many"));
	if (high <= low || (c->gaps > 0 && low < gap[c->gaps - 1][1]))
		return (wrong(c, "gaps do not ascend"));
	gap[c->gaps][0] = low;
	gap[c->gaps++][1] = high;
	return (0);
}

int
carry_state(struct carry *c, const struct carry_state *s)
{
	unsigned int n = c->head.nkeywords;

	if (c->phase != CARRY_ROWS)
		return (wrong(c, "a second state"));
	if (n < 64 && c->bits >> n != 0)
		return (wrong(c, "a row has a keyword that is not told"));
	if (s->uidnext == 0 || s->uidnext <= c->last ||
	    s->recent > s->uidnext)
		return (wrong(c, "UIDNEXT does not fit the rows"));
	if (s->highestmodseq == 0 || s->highestmodseq < c->modseq ||
	    s->highestmodseq >= MODSEQ_MAX)
		return (wrong(c, "HIGHESTMODSEQ does not fit the rows"));
	if (c->gaps > 0 && c->head.gap[c->gaps - 1][1] > s->highestmodseq)
		return (wrong(c, "a gap is above HIGHESTMODSEQ"));
	if (s->expunge_horizon > s->highestmodseq ||
	    s->flag_horizon > s->highestmodseq ||
	    s->floor_modseq >= 2 * MODSEQ_MAX)
		return (wrong(c, "a horizon is above HIGHESTMODSEQ"));
	if (strlen(s->folder) > TABLE_FOLDERLEN)
		return (wrong(c, "the folder's name is too long"));
	if (put_name(c, s->folder, strlen(s->folder), &c->head.folder) == -1)
		return (-1);
	c->head.uidnext = s->uidnext;
	c->head.recent = s->recent;
	c->head.highestmodseq = s->highestmodseq;
	c->head.expunge_horizon = s->expunge_horizon;
	c->head.flag_horizon = s->flag_horizon;
	c->head.floor_modseq = s->floor_modseq;
	c->head.floor_uid = s->floor_uid;
	c->phase = CARRY_TREE;
	c->pos = 0;
	return (0);
}

/* Whether a message lives whose UID is one of these: 1, 0, or -1. */
static int
has_live(struct carry *c, uint32_t uid, uint32_t last)
{
	struct row row;
	uint64_t n;

	if (table_find(&c->t, uid, &n) == -1)
		return (-1);
	if (table_next(&c->t, TABLE_LIVE, n, &n) == -1)
		return (errno == ENOENT ? 0 : -1);
	if (table_row(&c->t, n, &row) == -1)
		return (-1);
	return (row.uid <= last);
}

int
carry_change(struct carry *c, const struct change *ch)
{
	unsigned int n = c->head.nkeywords;
	int live;

	if (c->phase != CARRY_LOG)
		return (wrong(c, "a change before the state"));
	if (ch->modseq == 0 || ch->modseq < c->logged ||
	    ch->modseq > c->head.highestmodseq)
		return (wrong(c, "changes do not ascend"));
	if (ch->uid == 0 || ch->last < ch->uid ||
	    ch->last >= c->head.uidnext)
		return (wrong(c, "a change of no UIDs"));
	if ((ch->flags & ~FLAG_SYSTEM) != 0 ||
	    (n < 64 && ch->keywords >> n != 0) ||
	    (ch->what != CHANGE_FLAGS && (ch->flags | ch->keywords) != 0))
		return (wrong(c, "a change of no such flags"));
	if (ch->what == CHANGE_EXPUNGE) {
		if ((live = has_live(c, ch->uid, ch->last)) == -1)
			return (-1);
		if (live)
			return (wrong(c, "a message is expunged and lives"));
	}
	if (c->head.nlog >= UINT32_MAX) {
		errno = E2BIG;
		return (-1);
	}
	if (writer_reserve(&c->t, TABLE_LOG, c->head.nlog + 1) == -1)
		return (-1);
	writer_change(&c->t, c->head.nlog++, ch);
	c->logged = ch->modseq;
	atomic_store_explicit(&c->t.h->nlog, c->head.nlog,
	    memory_order_release);
	return (0);
}

int
carry_close(struct carry *c)
{
	if (c->phase != CARRY_LOG)
		return (wrong(c, "the end before the state"));
	c->phase = CARRY_VERIFY;
	c->pos = 0;
	return (0);
}

/* The tree and the counts over the next rows. */
static int
tree_step(struct carry *c)
{
	struct tree_bits bits;
	struct row row;
	uint64_t bytes = 0, end = c->pos + STEP_ROWS;

	if (end > c->head.nrows)
		end = c->head.nrows;
	tree_begin(&bits, c->pos);
	for (; c->pos < end; c->pos++) {
		if (table_row(&c->t, c->pos, &row) == -1)
			return (-1);
		tree_set(&c->t, &bits, c->pos, &row, c->head.nkeywords);
		if ((row.flags & ROW_EXPUNGED) == 0)
			bytes += row.size;
	}
	tree_end(&c->t, &bits);
	writer_counts(&c->t, bits.live, bits.unseen, bits.deleted,
	    bits.behind, bytes);
	if (c->pos < c->head.nrows)
		return (1);
	c->phase = CARRY_LOG;
	return (0);
}

/* Who looks for a message's last change in the log finds one of that
 * mod-sequence. */
static int
verify_step(struct carry *c)
{
	uint64_t end = c->pos + STEP_ROWS, known = 0, n;
	struct change ch;
	struct row row;

	if (end > c->head.nrows)
		end = c->head.nrows;
	for (; c->pos < end; c->pos++) {
		if (table_row(&c->t, c->pos, &row) == -1)
			return (-1);
		if ((row.flags & ROW_EXPUNGED) != 0 || row.modseq == known)
			continue;
		if (table_change_since(&c->t, row.modseq - 1, &n) == -1)
			return (-1);
		if (n == c->head.nlog ||
		    table_change(&c->t, n, &ch) == -1 ||
		    ch.modseq != row.modseq)
			return (wrong(c, "no change tells of a message"));
		known = row.modseq;
	}
	if (c->pos < c->head.nrows)
		return (1);
	c->head.state = TABLE_CARRIED;
	writer_begin(&c->t, 0);
	writer_head(&c->t, &c->head, c->kw);
	writer_end(&c->t);
	c->phase = CARRY_SYNC;
	return (1);
}

static int
submit(struct carry *c)
{
	struct engine *e = c->e;

	if (syncer_submit(e->syncer, SYNC_TABLE, e->ticket + 1, c->t.fd,
	    0) == -1)
		return (errno == EAGAIN ? 2 : -1);
	c->ticket = ++e->ticket;
	c->phase = CARRY_SYNCING;
	return (2);
}

void
carry_synced(struct carry *c, uint64_t ticket, int error)
{
	if (c == NULL || c->phase != CARRY_SYNCING ||
	    (ticket != 0 && ticket != c->ticket))
		return;
	c->error = error;
	c->phase = error == EAGAIN ? CARRY_SYNC : CARRY_READY;
}

int
carry_work(struct carry *c)
{
	switch (c->phase) {
	case CARRY_TREE:
		return (tree_step(c));
	case CARRY_VERIFY:
		return (verify_step(c));
	case CARRY_SYNC:
		return (submit(c));
	case CARRY_SYNCING:
		return (2);
	case CARRY_READY:
		if (c->error == 0)
			return (0);
		errno = c->error;
		return (-1);
	case CARRY_ROWS:
	case CARRY_LOG:
		break;
	}
	return (0);
}

int
carry_switch(struct carry *c)
{
	struct engine *e = c->e;
	int error = 0, r;

	if ((r = mailbox_replace(e, c->root, c->id, c->uidvalidity, &c->t,
	    c->tmp)) == -1)
		error = errno;
	if (r == -1)
		(void)unlinkat(c->root->dirfd, c->tmp, 0);
	carry_free(c);
	errno = error;
	return (r);
}
