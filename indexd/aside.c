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


#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/directory.h"
#include "common/log.h"
#include "indexd/store.h"

/*
 * Damaged tables.  One is kept under another name, and is not opened any
 * more; what is sound of it goes into the table that is made in its place.
 */

#define SUFFIX		".damaged"
#define KEEP		16	/* in a root, of tables made anew since */

static void	prune(struct root *, const uint8_t *, uint32_t);
static int	put_aside(struct root *, struct root_table *, const char *);
static int	aside_root(struct root *, const char *);
static int	all_of(struct root *, void *);
static int	tell(struct root *, void *);

struct teller {
	int		 (*fn)(void *, uid_t, const char *, const uint8_t *);
	void		*arg;
};

/* The suffix of such a file at the end of a name: where it begins, or NULL. */
const char *
aside_suffix(const char *name)
{
	size_t len = strlen(name);

	if (len < sizeof(SUFFIX) ||
	    strcmp(name + len - (sizeof(SUFFIX) - 1), SUFFIX) != 0)
		return (NULL);
	return (name + len - (sizeof(SUFFIX) - 1));
}

/* Sets the newest generation of a table aside, whose log line says why. */
int
aside(struct root *root, const uint8_t *id, const char *why)
{
	struct root_table *rt;

	if ((rt = root_find(root, id)) == NULL || rt->damaged)
		return (0);
	if (put_aside(root, rt, why) == -1 ||
	    compat_syncdir(root->dirfd) == -1)
		return (-1);
	prune(root, id, rt->generation);
	return (0);
}

static int
put_aside(struct root *root, struct root_table *rt, const char *why)
{
	char name[TABLE_NAMESIZE], to[TABLE_NAMESIZE];

	table_file(name, sizeof(name), rt->id, rt->generation, "");
	table_file(to, sizeof(to), rt->id, rt->generation, SUFFIX);
	engine_repaired(root->e, "damaged table=%s root=%s: %s; kept as %s, the "
	    "mailbox is made anew of what is sound and from its folder", name,
	    root->path, why, to);
	if (renameat(root->dirfd, name, root->dirfd, to) == -1)
		return (-1);
	rt->damaged = 1;
	return (0);
}

/* A mailbox that is open: nobody finds it any more. */
int
mailbox_set_aside(struct mailbox *mb, const char *why)
{
	if (mb->removed)
		return (0);
	/* What the journal still makes durable of it. */
	if (mb->fd != -1 && mb->dirty && compat_syncmap(mb->fd) == -1)
		log_warn("engine: a damaged table of root=%s", mb->root->path);
	if (aside(mb->root, mb->id, why) == -1)
		return (-1);
	mailbox_forget(mb);
	return (0);
}

/*
 * Of a table that is set aside one file is kept, of the others a few; those
 * that were not made anew yet stay.
 */
static void
prune(struct root *root, const uint8_t *id, uint32_t generation)
{
	struct root_table *rt;
	struct dirent *de;
	uint8_t other[TABLE_IDLEN];
	char keep[TABLE_NAMESIZE];
	unsigned int n = 0;
	DIR *dir;

	table_file(keep, sizeof(keep), id, generation, SUFFIX);
	if ((dir = directory_open(root->dirfd, ".")) == NULL)
		return;
	while ((de = readdir(dir)) != NULL) {
		if (aside_suffix(de->d_name) == NULL ||
		    strcmp(de->d_name, keep) == 0 ||
		    strlen(de->d_name) < 2 * TABLE_IDLEN ||
		    unhex(other, de->d_name, TABLE_IDLEN) == -1)
			continue;
		rt = root_find(root, other);
		if (memcmp(other, id, TABLE_IDLEN) != 0 &&
		    ((rt != NULL && rt->damaged) || ++n < KEEP))
			continue;
		if (unlinkat(root->dirfd, de->d_name, 0) == -1)
			log_warn("engine: unlink table=%s", de->d_name);
	}
	closedir(dir);
}

/* Removes what was kept of a table, whose mailbox is deleted. */
void
aside_remove(struct root *root, const uint8_t *id)
{
	prune(root, id, 0);
}

int
aside_open(struct root *root, const struct root_table *rt)
{
	char name[TABLE_NAMESIZE];

	table_file(name, sizeof(name), rt->id, rt->generation, SUFFIX);
	return (openat(root->dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
}

/*
 * A folder says that the damaged table is its own, with a floor that may not
 * be above the one that is known: what is sound may go on in a new table.
 */
void
mailbox_salvage(struct engine *e, uid_t uid, const char *path,
    const uint8_t id[TABLE_IDLEN], uint64_t modseq, uint32_t floor)
{
	struct root_table *rt;
	struct table_header h;
	struct root *root;
	int fd;

	if ((root = root_get(e, uid, path, 0)) == NULL)
		return;
	rt = root_find(root, id);
	if (rt == NULL || !rt->damaged || (fd = aside_open(root, rt)) == -1) {
		root_put(root);
		return;
	}
	if (pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) ||
	    atomic_load(&h.head_sum) != table_head_sum(&h) ||
	    (modseq <= atomic_load(&h.floor_modseq) &&
	    floor <= atomic_load(&h.floor_uid))) {
		memcpy(e->want[e->nwant].root, root->hash, ROOT_HASHLEN);
		memcpy(e->want[e->nwant].id, id, TABLE_IDLEN);
		e->nwant = (e->nwant + 1) % SALVAGES;
	}
	close(fd);
	root_put(root);
}

/* Whether that was said of a table. */
int
aside_wanted(struct root *root, const uint8_t *id)
{
	const struct salvage_want *w = root->e->want;
	unsigned int i;

	for (i = 0; i < SALVAGES; i++)
		if (memcmp(w[i].root, root->hash, ROOT_HASHLEN) == 0 &&
		    memcmp(w[i].id, id, TABLE_IDLEN) == 0)
			return (1);
	return (0);
}

static int
aside_root(struct root *root, const char *why)
{
	struct root_table *rt;

	RB_FOREACH(rt, root_tables, &root->tables)
		if (!rt->damaged && put_aside(root, rt, why) == -1)
			return (-1);
	return (compat_syncdir(root->dirfd));
}

static int
all_of(struct root *root, void *arg)
{
	return (aside_root(root, arg));
}

/* All tables of all roots; before any is open.  0, or -1 with errno. */
int
aside_all(struct engine *e, char *why)
{
	return (engine_each_root(e, all_of, why));
}

static int
tell(struct root *root, void *arg)
{
	struct teller *t = arg;
	struct root_table *rt;
	int r = 0;

	RB_FOREACH(rt, root_tables, &root->tables)
		if (rt->damaged && r == 0)
			r = t->fn(t->arg, root->uid, root->path, rt->id);
	return (r);
}

int
engine_damaged(struct engine *e, int (*fn)(void *, uid_t, const char *,
    const uint8_t *), void *arg)
{
	struct teller t = { fn, arg };

	return (engine_each_root(e, tell, &t));
}
