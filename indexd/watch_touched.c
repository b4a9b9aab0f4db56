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

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/maildir.h"
#include "indexd/watch.h"

/* The names that came and went in a mailbox that is watched. */

static int	compare(const char *, size_t, const char *, size_t);
static void	drop(struct watched *, struct touched *);
static struct touched *first_of(struct watched *, const char *, size_t);
static int	explained(struct touched *, const struct row *);
static int	is_place(const struct touched *, const struct row *);
static int	same_base(const struct touched *, const struct touched *);

RB_GENERATE(touched_tree, touched, entry, touched_cmp)

static int
compare(const char *a, size_t alen, const char *b, size_t blen)
{
	int order;

	order = memcmp(a, b, alen < blen ? alen : blen);
	if (order != 0 || alen == blen)
		return (order);
	return (alen < blen ? -1 : 1);
}

int
touched_cmp(const struct touched *a, const struct touched *b)
{
	int order;

	order = compare(a->name, a->base, b->name, b->base);
	if (order != 0)
		return (order);
	if (a->incur != b->incur)
		return (a->incur < b->incur ? -1 : 1);
	return (strcmp(a->name, b->name));
}

static int
same_base(const struct touched *a, const struct touched *b)
{
	return (a->base == b->base && memcmp(a->name, b->name, a->base) == 0);
}

int
touched_note(struct watched *wd, int incur, int there, const char *name)
{
	size_t len = strlen(name);
	struct touched *t, *old;

	if ((t = malloc(sizeof(*t) + len + 1)) == NULL)
		return (-1);
	memcpy(t->name, name, len + 1);
	t->base = (unsigned int)maildir_base(name);
	t->incur = incur;
	t->there = there;
	t->at = wd->at;
	if ((old = RB_INSERT(touched_tree, &wd->names, t)) != NULL) {
		old->there = there;
		old->at = wd->at;
		free(t);
		return (0);
	}
	if (wd->watch->nnames == WATCH_NAMES) {
		RB_REMOVE(touched_tree, &wd->names, t);
		free(t);
		errno = E2BIG;
		return (-1);
	}
	wd->nnames++;
	wd->watch->nnames++;
	return (0);
}

static void
drop(struct watched *wd, struct touched *t)
{
	RB_REMOVE(touched_tree, &wd->names, t);
	wd->nnames--;
	wd->watch->nnames--;
	free(t);
}

int
touched_drop(struct watched *wd, uint64_t at)
{
	struct touched *t, *next;

	for (t = RB_MIN(touched_tree, &wd->names); t != NULL; t = next) {
		next = RB_NEXT(touched_tree, &wd->names, t);
		if (t->at <= at)
			drop(wd, t);
	}
	return (wd->nnames > 0);
}

void
touched_free(struct watched *wd)
{
	struct touched *t;

	while ((t = RB_ROOT(&wd->names)) != NULL)
		drop(wd, t);
}

/* The first name with that base, if there is one. */
static struct touched *
first_of(struct watched *wd, const char *base, size_t len)
{
	struct touched *t = RB_ROOT(&wd->names), *found = NULL;
	int order;

	while (t != NULL) {
		order = compare(base, len, t->name, t->base);
		if (order == 0)
			found = t;
		t = order <= 0 ? RB_LEFT(t, entry) : RB_RIGHT(t, entry);
	}
	return (found);
}

/* Whether the row says that its file is there. */
static int
is_place(const struct touched *t, const struct row *row)
{
	struct maildir_name parts;

	if (!t->incur)
		return ((row->flags & ROW_NEW) && t->name[t->base] == '\0');
	return (!(row->flags & ROW_NEW) &&
	    maildir_parse(t->name, &parts) == 0 &&
	    parts.letters == row->fletters);
}

/*
 * Whether what was heard of these names is what the row says.  It can't be
 * told while a file is being renamed or unlinked; else a message that lives
 * has come to the name that the row says, and no other is there.  Unless
 * that name itself was heard to come, it is not known to be there: then
 * somebody looks.
 */
static int
explained(struct touched *first, const struct row *row)
{
	struct touched *t;
	int came = 0;

	if (row->flags & (ROW_GIVING | ROW_FILE))
		return (0);
	for (t = first; t != NULL && same_base(t, first);
	    t = RB_NEXT(touched_tree, NULL, t)) {
		if (!t->there)
			continue;
		if ((row->flags & ROW_EXPUNGED) || !is_place(t, row))
			return (0);
		came++;
	}
	return (came == ((row->flags & ROW_EXPUNGED) ? 0 : 1));
}

int
touched_again(struct watched *wd, const char *base)
{
	struct touched *t, *first;

	first = first_of(wd, base, maildir_base(base));
	for (t = first; t != NULL && same_base(t, first);
	    t = RB_NEXT(touched_tree, &wd->names, t))
		t->at = wd->at;
	return (first != NULL);
}

void
touched_explain(struct watched *wd, uint32_t uid)
{
	struct mailbox *mb = wd->box->mailbox;
	char base[TABLE_NAMELEN + 1];
	struct touched *t, *first, *next;
	struct row row;
	uint64_t pos;

	if (wd->nnames == 0 ||
	    (pos = mailbox_find(mb, uid)) >= mailbox_rows(mb) ||
	    mailbox_row(mb, pos, &row) == -1 || row.uid != uid ||
	    mailbox_name(mb, pos, base) == -1)
		return;
	first = first_of(wd, base, row.namelen);
	if (first == NULL || !explained(first, &row))
		return;
	for (t = first; t != NULL; t = next) {
		next = RB_NEXT(touched_tree, &wd->names, t);
		if (next != NULL && !same_base(t, next))
			next = NULL;
		drop(wd, t);
	}
}
