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
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/directory.h"
#include "common/log.h"
#include "indexd/store.h"

/* Walking over every table that there is. */

/* What engine_each() calls back. */
struct each {
	struct engine	*engine;
	int		(*fn)(void *, struct mailbox *, uid_t, const char *);
	void		*arg;
};

static int	copy_ids(struct root *, uint8_t (**)[TABLE_IDLEN],
		    size_t *);
static int	each_table(struct root *, void *);

int
engine_each_root(struct engine *e, int (*fn)(struct root *, void *), void *arg)
{
	uint8_t hash[ROOT_HASHLEN];
	struct dirent *de;
	struct root *root;
	DIR *dir;
	int r = 0;

	if ((dir = directory_open(e->rootsfd, ".")) == NULL)
		return (-1);
	while (r == 0 && (de = readdir(dir)) != NULL) {
		if (strlen(de->d_name) != 2 * ROOT_HASHLEN ||
		    unhex(hash, de->d_name, ROOT_HASHLEN) == -1 ||
		    (root = root_get_hash(e, hash)) == NULL)
			continue;
		r = fn(root, arg);
		root_put(root);
	}
	closedir(dir);
	return (r);
}

int
engine_each(struct engine *e, int (*fn)(void *, struct mailbox *, uid_t,
    const char *), void *arg)
{
	struct each each = { e, fn, arg };

	return (engine_each_root(e, each_table, &each));
}

int
root_ids(struct engine *e, uid_t uid, const char *path,
    uint8_t (**ids)[TABLE_IDLEN], size_t *n)
{
	struct root *root;
	int r;

	if ((root = root_get(e, uid, path, 0)) == NULL)
		return (-1);
	r = copy_ids(root, ids, n);
	root_put(root);
	return (r);
}

static int
copy_ids(struct root *root, uint8_t (**ids)[TABLE_IDLEN], size_t *n)
{
	struct root_table *t;

	*n = 0;
	if ((*ids = calloc(root->ntables + 1, sizeof(**ids))) == NULL)
		return (-1);
	RB_FOREACH(t, root_tables, &root->tables)
		memcpy((*ids)[(*n)++], t->id, TABLE_IDLEN);
	return (0);
}

/* The callback may remove tables: the ids are copied first. */
static int
each_table(struct root *root, void *arg)
{
	const struct each *each = arg;
	uint8_t (*ids)[TABLE_IDLEN];
	struct mailbox *mb;
	size_t i, n;
	int r = 0;

	if (copy_ids(root, &ids, &n) == -1)
		return (-1);
	for (i = 0; i < n && r == 0; i++) {
		mb = mailbox_open(each->engine, root->uid, root->path, ids[i]);
		if (mb == NULL) {
			log_warn("engine: a table of root=%s", root->path);
			continue;
		}
		r = each->fn(each->arg, mb, root->uid, root->path);
		mailbox_close(mb);
	}
	free(ids);
	return (r);
}

/* Tables are asked one by one: nobody needs it often. */
struct mailbox *
mailbox_by_folder(struct engine *e, uid_t uid, const char *path,
    const char *folder)
{
	struct mailbox *best = NULL, *mb;
	uint8_t (*ids)[TABLE_IDLEN];
	size_t i, n;

	if (root_ids(e, uid, path, &ids, &n) == -1)
		return (NULL);
	for (i = 0; i < n; i++) {
		if ((mb = mailbox_open(e, uid, path, ids[i])) == NULL)
			continue;
		if (strcmp(mailbox_folder(mb), folder) == 0 &&
		    (best == NULL || mailbox_uidvalidity(mb) >
		    mailbox_uidvalidity(best))) {
			mailbox_close(best);
			best = mb;
		} else
			mailbox_close(mb);
	}
	free(ids);
	if (best == NULL)
		errno = ENOENT;
	return (best);
}
