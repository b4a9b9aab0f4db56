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

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/table.h"
#include "tests/order/follow.h"
#include "tests/order/history.h"

#define ROOTS		"db/roots"
#define FOLLOWED	16	/* mailboxes, and open generations of each */
#define PERIOD		UINT64_C(1000000)	/* ns between two looks */
#define IDLEN		(2 * TABLE_IDLEN)

/* One mailbox: the generation that is read, and newer ones. */
struct followed {
	char		 id[IDLEN + 1];
	char		 name[64];	/* for clients; "": not known yet */
	uint64_t	 modseq;	/* recorded up to this */
	uint64_t	 horizon;
	struct table	 table[FOLLOWED];	/* in order of generations */
	unsigned int	 n;
};

struct follower {
	struct recorder	*rec;
	struct followed	 box[FOLLOWED];
	unsigned int	 n;
};

static int	drain(struct follower *, struct followed *);
static void	find_name(struct followed *);
static uint64_t	flags_of(struct table *, uint16_t, uint64_t);
static void	look(struct follower *);
static void	look_in(struct follower *, const char *);
static void	note(struct follower *, struct followed *, struct table *,
		    const struct change *);
static void	open_table(struct follower *, const char *, const char *,
		    uint32_t);
static void	rows(struct follower *, struct followed *, struct table *,
		    const struct change *);

/* Opens a generation that is not open yet. */
static void
open_table(struct follower *f, const char *path, const char *id,
    uint32_t generation)
{
	struct followed	*b;
	struct table	*t, new;
	const char	*why;
	unsigned int	 i, at;
	int		 fd;

	for (i = 0; i < f->n && strcmp(f->box[i].id, id) != 0; i++)
		continue;
	if (i == FOLLOWED)
		return;
	b = &f->box[i];
	/* Its place, behind the one that is read. */
	for (at = b->n; at > 0; at--) {
		t = &b->table[at - 1];
		if (t->h->generation == generation)
			return;
		if (t->h->generation < generation)
			break;
	}
	if ((at == 0 && b->n > 0) || b->n == FOLLOWED ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	if (table_map(&new, fd, &why) == -1) {
		(void)close(fd);
		return;
	}
	memmove(&b->table[at + 1], &b->table[at],
	    (b->n++ - at) * sizeof(b->table[0]));
	b->table[at] = new;
	if (i == f->n) {
		f->n++;
		(void)strlcpy(b->id, id, sizeof(b->id));
	}
}

/* Files are "id.generation"; looked at again and again. */
static void
look_in(struct follower *f, const char *dir)
{
	struct dirent	*e;
	char		 path[1024], id[IDLEN + 1];
	char		*end;
	unsigned long	 generation;
	DIR		*d;

	if ((d = opendir(dir)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strspn(e->d_name, "0123456789abcdef") != IDLEN ||
		    e->d_name[IDLEN] != '.')
			continue;
		generation = strtoul(e->d_name + IDLEN + 1, &end, 10);
		if (*end != '\0' || end == e->d_name + IDLEN + 1)
			continue;
		(void)snprintf(id, sizeof(id), "%.*s", IDLEN, e->d_name);
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		open_table(f, path, id, (uint32_t)generation);
	}
	(void)closedir(d);
}

static void
look(struct follower *f)
{
	struct dirent	*e;
	char		 path[512];
	DIR		*d;

	if ((d = opendir(ROOTS)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), ROOTS "/%.*s", 300,
		    e->d_name);
		look_in(f, path);
	}
	(void)closedir(d);
}

/* The directory's name as clients call the mailbox. */
static void
find_name(struct followed *b)
{
	char		 folder[TABLE_FOLDERLEN + 1];
	const char	*p;

	if (table_folder(&b->table[0], folder) == -1)
		return;
	p = (p = strrchr(folder, '/')) != NULL ? p + 1 : folder;
	(void)strlcpy(b->name, *p == '.' && p[1] != '\0' ? p + 1 : "INBOX",
	    sizeof(b->name));
}

/* As bits of a history: keywords by their names. */
static uint64_t
flags_of(struct table *t, uint16_t flags, uint64_t keywords)
{
	static const uint16_t	 system[F_KEYWORD] = { FLAG_SEEN,
				    FLAG_ANSWERED, FLAG_FLAGGED,
				    FLAG_DELETED, FLAG_DRAFT };
	char			 name[TABLE_KWLEN + 1];
	uint64_t		 bits = 0;
	unsigned int		 i;

	for (i = 0; i < F_KEYWORD; i++)
		if (flags & system[i])
			bits |= (uint64_t)1 << i;
	for (i = 0; i < TABLE_KEYWORDS; i++)
		if ((keywords >> i & 1) && table_keyword(t, i, name) == 0)
			bits |= bits_parse(name);
	return (bits);
}

/* The rows of a change, as far as they have not changed again. */
static void
rows(struct follower *f, struct followed *b, struct table *t,
    const struct change *c)
{
	struct row	 row;
	char		 text[F_TEXTLEN], name[TABLE_NAMELEN + 1];
	uint64_t	 n;

	if (table_find(t, c->uid, &n) == -1)
		return;
	for (; table_row_name(t, n, &row, name) == 0 && row.uid <= c->last;
	    n++)
		if (!(row.flags & ROW_EXPUNGED))
			record(f->rec, 'R', "%s %" PRIu32 " %" PRIu64 " %s %s",
			    b->name, row.uid, row.modseq, bits_text(
			    flags_of(t, row.flags, row.keywords), text),
			    name);
}

static void
note(struct follower *f, struct followed *b, struct table *t,
    const struct change *c)
{
	char	 text[F_TEXTLEN];

	record(f->rec, 'L', "%s %" PRIu64 " %s %" PRIu32 ":%" PRIu32 " %s",
	    b->name, c->modseq, c->what == CHANGE_NEW ? "new" :
	    c->what == CHANGE_FLAGS ? "flags" : "gone", c->uid, c->last,
	    c->what == CHANGE_FLAGS ? bits_text(flags_of(t, c->flags,
	    c->keywords), text) : "");
	if (c->what != CHANGE_EXPUNGE)
		rows(f, b, t, c);
}

/* Records what is new; goes on to the next generation at the end of one.
 * Returns whether there was anything. */
static int
drain(struct follower *f, struct followed *b)
{
	struct table_state	 st;
	struct change		 c;
	struct table		*t = &b->table[0];
	uint64_t		 n;
	uint64_t		 upto;
	int			 over, found = 0;

	if (b->name[0] == '\0')
		find_name(b);
	/* In this order: superseded says that nothing comes behind. */
	over = atomic_load_explicit(&t->h->superseded,
	    memory_order_acquire) != 0;
	if (b->name[0] == '\0' || table_state(t, &st) == -1)
		return (0);
	if (st.flag_horizon > b->horizon) {
		b->horizon = st.flag_horizon;
		record(f->rec, 'H', "%s %" PRIu64, b->name, b->horizon);
	}
	upto = st.highestmodseq;
	if (upto > b->modseq && table_change_since(t, b->modseq, &n) == 0) {
		while (table_change(t, n++, &c) == 0 && c.modseq <= upto) {
			note(f, b, t, &c);
			found = 1;
		}
		b->modseq = upto;
	}
	if (over && b->n > 1) {
		table_unmap(t);
		memmove(&b->table[0], &b->table[1],
		    --b->n * sizeof(b->table[0]));
		found = 1;
	}
	return (found);
}

void
follow(struct recorder *rec, const volatile int *stop)
{
	struct follower	*f;
	unsigned int	 i;
	int		 found, last;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		err(1, NULL);
	f->rec = rec;
	do {
		last = *stop;
		look(f);
		found = 0;
		for (i = 0; i < f->n; i++)
			found |= drain(f, &f->box[i]);
		if (!found && !last)
			record_pause(PERIOD);
	} while (found || !last);
	for (i = 0; i < f->n; i++)
		while (f->box[i].n > 0)
			table_unmap(&f->box[i].table[--f->box[i].n]);
	free(f);
}
