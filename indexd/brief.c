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

#include "indexd/brief.h"
#include "indexd/store.h"

/* Of a table of a root that was asked for. */
struct root_brief {
	TAILQ_ENTRY(root_brief)	 entry;		/* of those to be read */
	RB_ENTRY(root_brief)	 named;
	const uint8_t		*id;		/* of the root's table */
	int			 waits;		/* is to be read */
	char			*folder;	/* or NULL: no name yet */
	int			 known;		/* b is what the table says */
	uint64_t		 summed;	/* sizes: at this modseq */
	struct brief		 b;
};

static int	root_brief_cmp(struct root_brief *, struct root_brief *);
static int	count_recent(struct mailbox *, struct brief *);
static void	take(struct mailbox *, struct root_brief *);
static void	forget_name(struct root *, struct root_brief *);
static void	read_one(struct root *, struct root_brief *);
static struct root_brief *newest(struct root *, const char *);
static int	fresh(struct root *, struct root_brief *);
static void	sum(struct root *, struct root_brief *, uint64_t *);
static int	sum_rows(struct mailbox *, struct brief *);

RB_PROTOTYPE(root_briefs, root_brief, named, root_brief_cmp)
RB_GENERATE(root_briefs, root_brief, named, root_brief_cmp)

static int
root_brief_cmp(struct root_brief *a, struct root_brief *b)
{
	int c;

	c = strcmp(a->folder, b->folder);
	if (c == 0 && (a->id == NULL || b->id == NULL))
		return ((a->id != NULL) - (b->id != NULL));
	return (c == 0 ? memcmp(a->id, b->id, TABLE_IDLEN) : c);
}

int
brief_table(struct root *r, struct root_table *t)
{
	struct root_brief *k;

	if (!r->asked)
		return (0);
	if ((k = t->brief) == NULL) {
		if ((k = calloc(1, sizeof(*k))) == NULL)
			return (-1);
		k->id = t->id;
		t->brief = k;
	}
	k->known = 0;
	forget_name(r, k);
	if (!k->waits)
		TAILQ_INSERT_TAIL(&r->unread, k, entry);
	k->waits = 1;
	return (0);
}

static void
forget_name(struct root *r, struct root_brief *k)
{
	if (k->folder == NULL)
		return;
	RB_REMOVE(root_briefs, &r->briefs, k);
	free(k->folder);
	k->folder = NULL;
}

void
brief_drop(struct root *r, struct root_table *t)
{
	struct root_brief *k = t->brief;

	if (k == NULL)
		return;
	forget_name(r, k);
	if (k->waits)
		TAILQ_REMOVE(&r->unread, k, entry);
	free(k);
	t->brief = NULL;
}

/* Messages that no session was given as \Recent yet. */
static int
count_recent(struct mailbox *mb, struct brief *b)
{
	uint64_t row;
	uint32_t before;

	b->recent = 0;
	if (mb->pub.recent >= mb->pub.uidnext)
		return (0);
	if (table_find(&mb->t, mb->pub.recent, &row) == -1 ||
	    table_rank(&mb->t, row, &before) == -1)
		return (-1);
	if (before < b->messages)
		b->recent = b->messages - before;
	return (0);
}

#define GET(a)	atomic_load_explicit(&(a), memory_order_relaxed)

/* Takes what is published. */
static void
take(struct mailbox *mb, struct root_brief *k)
{
	struct brief *b = &k->b;

	memcpy(b->id, mb->id, sizeof(b->id));
	b->uidvalidity = mb->t.h->uidvalidity;
	b->uidnext = mb->pub.uidnext;
	b->highestmodseq = mb->pub.highestmodseq;
	b->messages = GET(mb->t.h->messages);
	b->unseen = GET(mb->t.h->unseen);
	b->deleted = GET(mb->t.h->deleted);
	memcpy(b->stamp, mb->pub.stamp, sizeof(b->stamp));
	k->known = mb->pub.state == 0 && mb->reset == 0 && !mb->t.bad &&
	    count_recent(mb, b) == 0;
}

void
brief_leave(struct mailbox *mb)
{
	struct root_table *t;

	if (mb->t.h == NULL || mb->removed ||
	    (t = root_find(mb->root, mb->id)) == NULL || t->brief == NULL ||
	    t->generation != mb->generation)
		return;
	take(mb, t->brief);
}

void
brief_renamed(struct mailbox *mb)
{
	struct root_table *t;

	if (mb->removed || (t = root_find(mb->root, mb->id)) == NULL ||
	    t->brief == NULL)
		return;
	/* It has a name already: no memory is needed. */
	(void)brief_table(mb->root, t);
}

void
brief_resized(struct mailbox *mb)
{
	struct root_table *t;

	if ((t = root_find(mb->root, mb->id)) != NULL && t->brief != NULL)
		t->brief->summed = 0;
}

void
brief_opened(struct mailbox *mb)
{
	struct root_table *t;

	if ((t = root_find(mb->root, mb->id)) != NULL && t->brief != NULL)
		t->brief->known = 0;
}

/* Opens a table, by which it gets its name, and its brief when it is closed. */
static void
read_one(struct root *r, struct root_brief *k)
{
	struct mailbox *mb;

	TAILQ_REMOVE(&r->unread, k, entry);
	k->waits = 0;
	if ((mb = mailbox_open(r->e, r->uid, r->path, k->id)) == NULL)
		return;
	if ((k->folder = strdup(mailbox_folder(mb))) != NULL &&
	    RB_INSERT(root_briefs, &r->briefs, k) != NULL) {
		free(k->folder);
		k->folder = NULL;
	}
	mailbox_close(mb);
}

int
briefs_read(struct engine *e, uid_t uid, const char *path)
{
	struct root_table *t;
	struct root_brief *k;
	struct root *r;
	unsigned int i;
	int more;

	if ((r = root_get(e, uid, path, 0)) == NULL)
		return (-1);
	if (!r->asked) {
		r->asked = 1;
		RB_FOREACH(t, root_tables, &r->tables)
			if (brief_table(r, t) == -1) {
				root_put(r);
				return (-1);
			}
	}
	for (i = 0; i < BRIEF_STEP &&
	    (k = TAILQ_FIRST(&r->unread)) != NULL; i++)
		read_one(r, k);
	more = !TAILQ_EMPTY(&r->unread);
	root_put(r);
	return (more);
}

/* Of several tables of a folder all but one are left over.  The newest has
 * the highest UIDVALIDITY; if that does not tell them apart, nothing does. */
static struct root_brief *
newest(struct root *r, const char *folder)
{
	struct root_brief key, *best = NULL, *k;
	int same = 0;

	key.folder = (char *)(uintptr_t)folder;
	key.id = NULL;
	for (k = RB_NFIND(root_briefs, &r->briefs, &key); k != NULL &&
	    strcmp(k->folder, folder) == 0;
	    k = RB_NEXT(root_briefs, &r->briefs, k)) {
		if (!fresh(r, k))
			return (NULL);
		same = best != NULL && k->b.uidvalidity == best->b.uidvalidity;
		if (best == NULL || k->b.uidvalidity > best->b.uidvalidity)
			best = k;
		else if (same)
			return (NULL);
	}
	return (best);
}

/* Whether the brief is what the table says now; an open one is asked. */
static int
fresh(struct root *r, struct root_brief *k)
{
	struct mailbox key, *mb;

	key.root = r;
	memcpy(key.id, k->id, sizeof(key.id));
	mb = RB_FIND(mailboxes, &r->e->mailboxes, &key);
	if (mb != NULL && mb->t.h != NULL)
		take(mb, k);
	return (k->known);
}

int
brief_find(struct engine *e, uid_t uid, const char *path, const char *folder,
    const uint64_t stamp[TABLE_STAMP], uint64_t *rows, struct brief *b)
{
	struct root_brief *k;
	struct root *r;
	int found;

	if ((r = root_get(e, uid, path, 0)) == NULL)
		return (0);
	k = newest(r, folder);
	found = k != NULL && stamp[0] != 0 &&
	    memcmp(stamp, k->b.stamp, sizeof(k->b.stamp)) == 0;
	if (found && rows != NULL)
		sum(r, k, rows);
	if (found) {
		*b = k->b;
		if (k->summed != b->highestmodseq)
			b->size = b->deleted_size = TABLE_UNKNOWN;
	}
	root_put(r);
	return (found);
}

/* What is summed up holds until something changes. */
static void
sum(struct root *r, struct root_brief *k, uint64_t *rows)
{
	struct mailbox *mb;
	struct brief *b = &k->b;

	if (k->summed == b->highestmodseq)
		return;
	if (b->messages > *rows ||
	    (mb = mailbox_open(r->e, r->uid, r->path, k->id)) == NULL)
		return;
	if (mb->pub.nrows <= *rows) {
		*rows -= mb->pub.nrows;
		/* That one is not known is remembered, too. */
		if (sum_rows(mb, b) == -1)
			b->size = b->deleted_size = TABLE_UNKNOWN;
		k->summed = mb->pub.highestmodseq;
	}
	mailbox_close(mb);
}

/* -1 if the size of one is not known. */
static int
sum_rows(struct mailbox *mb, struct brief *b)
{
	struct row row;
	uint64_t n;

	b->size = b->deleted_size = 0;
	for (n = 0; n < mb->pub.nrows; n++) {
		if (table_row(&mb->t, n, &row) == -1)
			return (-1);
		if (row.flags & ROW_EXPUNGED)
			continue;
		if (row.vsize == TABLE_UNKNOWN)
			return (-1);
		b->size += row.vsize;
		if (row.flags & FLAG_DELETED)
			b->deleted_size += row.vsize;
	}
	return (0);
}
