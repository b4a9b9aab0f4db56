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

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/powercut/disk.h"
#include "tests/powercut/disk_priv.h"

/* What is durable of a recorded series of changes, and what is not yet. */

static struct file *file_find(const struct disk *, uint64_t);
static struct file *file_new(struct disk *, uint64_t, int);
static void	load(struct disk *, struct file *, const char *);
static void	load_file(struct file *, const char *);
static void	change(struct file *, uint64_t, uint64_t, const void *);
static void	synced(struct disk *, struct file *);
static void	op_add(struct disk *, const struct op *);
static int	touches(const struct op *, const struct file *);
static int	shares(enum way, const struct op *, const struct op *);
static void	settle(struct names *, enum way, const struct file *);

static struct file *
file_find(const struct disk *d, uint64_t ino)
{
	size_t i;

	/* The newest of this number. */
	for (i = d->nfiles; i > 0; i--)
		if (d->files[i - 1]->ino == ino)
			return (d->files[i - 1]);
	return (NULL);
}

static struct file *
file_new(struct disk *d, uint64_t ino, int isdir)
{
	struct file *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		abort();
	f->ino = ino;
	f->isdir = isdir;
	f->number = d->nfiles;
	d->files = reallocarray(d->files, d->nfiles + 1, sizeof(*d->files));
	if (d->files == NULL)
		abort();
	d->files[d->nfiles++] = f;
	return (f);
}

void
names_set(struct names *n, const struct file *dir, const char *name,
    struct file *f)
{
	struct entry *e;
	size_t i;

	for (i = 0; i < n->n; i++)
		if (n->e[i].dir == dir && strcmp(n->e[i].name, name) == 0)
			break;
	if (f == NULL) {
		if (i < n->n)
			n->e[i] = n->e[--n->n];
		return;
	}
	if (i == n->n) {
		if (n->n == n->cap) {
			n->cap = n->cap * 2 + 64;
			n->e = reallocarray(n->e, n->cap, sizeof(*n->e));
			if (n->e == NULL)
				abort();
		}
		n->n++;
	}
	e = &n->e[i];
	e->dir = dir;
	strlcpy(e->name, name, sizeof(e->name));
	e->file = f;
}

struct file *
names_get(const struct names *n, const struct file *dir, const char *name)
{
	size_t i;

	for (i = 0; i < n->n; i++)
		if (n->e[i].dir == dir && strcmp(n->e[i].name, name) == 0)
			return (n->e[i].file);
	return (NULL);
}

/* A directory with all in it. */
static void
load(struct disk *d, struct file *dir, const char *path)
{
	struct dirent *de;
	struct stat st;
	struct file *f;
	char sub[1024];
	enum way w;
	DIR *dp;

	if ((dp = opendir(path)) == NULL)
		atf_tc_fail("%s: %s", path, strerror(errno));
	while ((de = readdir(dp)) != NULL) {
		if (strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, de->d_name);
		ATF_REQUIRE_EQ(0, lstat(sub, &st));
		if ((f = file_find(d, st.st_ino)) == NULL) {
			f = file_new(d, st.st_ino, S_ISDIR(st.st_mode));
			if (f->isdir)
				load(d, f, sub);
			else
				load_file(f, sub);
		}
		for (w = 0; w < WAYS; w++)
			names_set(&d->names[w], dir, de->d_name, f);
	}
	closedir(dp);
}

static void
load_file(struct file *f, const char *path)
{
	struct stat st;
	int fd;

	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	f->size = f->cap = (size_t)st.st_size;
	ATF_REQUIRE((f->data = calloc(1, f->cap + 1)) != NULL);
	ATF_REQUIRE_EQ((ssize_t)f->size, read(fd, f->data, f->size));
	close(fd);
}

struct disk *
disk_new(const char *dir)
{
	struct disk *d;
	struct stat st;

	if ((d = calloc(1, sizeof(*d))) == NULL || stat(dir, &st) == -1) {
		free(d);
		return (NULL);
	}
	d->root = file_new(d, st.st_ino, 1);
	load(d, d->root, dir);
	return (d);
}

void
disk_free(struct disk *d)
{
	enum way w;
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; i < d->nfiles; i++) {
		free(d->files[i]->data);
		free(d->files[i]->change);
		free(d->files[i]);
	}
	for (w = 0; w < WAYS; w++) {
		free(d->names[w].e);
		free(d->names[w].op);
	}
	free(d->files);
	free(d);
}

/* Data, or with NULL a size. */
static void
change(struct file *f, uint64_t off, uint64_t len, const void *data)
{
	struct data_change *c;

	if (f->n == f->changecap) {
		f->changecap = f->changecap * 2 + 16;
		f->change = reallocarray(f->change, f->changecap,
		    sizeof(*f->change));
		if (f->change == NULL)
			abort();
	}
	c = &f->change[f->n++];
	c->off = off;
	c->len = len;
	c->data = data;
}

void
file_fit(struct file *f, uint64_t size)
{
	if (size <= f->cap)
		return;
	f->data = recallocarray(f->data, f->cap, size * 2, 1);
	if (f->data == NULL)
		abort();
	f->cap = size * 2;
}

/* A file: its data; a directory: its names. */
static void
synced(struct disk *d, struct file *f)
{
	const struct data_change *c;
	size_t i;

	settle(&d->names[WAY_LOG], WAY_LOG, f);
	if (f->isdir) {
		settle(&d->names[WAY_FREE], WAY_FREE, f);
		settle(&d->names[WAY_ORDER], WAY_ORDER, f);
		return;
	}
	for (i = 0; i < f->n; i++) {
		c = &f->change[i];
		if (c->data == NULL) {
			if (c->off < f->size)
				memset(f->data + c->off, 0, f->size - c->off);
			file_fit(f, c->off);
			f->size = c->off;
			continue;
		}
		file_fit(f, c->off + c->len);
		memcpy(f->data + c->off, c->data, c->len);
		if (c->off + c->len > f->size)
			f->size = c->off + c->len;
	}
	f->n = 0;
}

static void
op_add(struct disk *d, const struct op *op)
{
	struct names *n;
	enum way w;

	for (w = 0; w < WAYS; w++) {
		n = &d->names[w];
		if (n->nop == n->opcap) {
			n->opcap = n->opcap * 2 + 16;
			n->op = reallocarray(n->op, n->opcap, sizeof(*n->op));
			if (n->op == NULL)
				abort();
		}
		n->op[n->nop++] = *op;
	}
}

void
names_do(struct names *n, const struct op *op)
{
	if (op->from != NULL &&
	    names_get(n, op->from, op->fromname) == op->file)
		names_set(n, op->from, op->fromname, NULL);
	names_set(n, op->dir, op->name, op->remove ? NULL : op->file);
}

static int
touches(const struct op *op, const struct file *dir)
{
	return (op->dir == dir || op->from == dir);
}

static int
same_name(const struct file *d1, const char *n1, const struct file *d2,
    const char *n2)
{
	return (d1 != NULL && d1 == d2 && strcmp(n1, n2) == 0);
}

int
op_shares(const struct op *a, const struct op *b)
{
	return (same_name(a->dir, a->name, b->dir, b->name) ||
	    same_name(a->dir, a->name, b->from, b->fromname) ||
	    same_name(a->from, a->fromname, b->dir, b->name) ||
	    same_name(a->from, a->fromname, b->from, b->fromname));
}

/* Whether the later one cannot be kept without the earlier one. */
static int
shares(enum way w, const struct op *later, const struct op *earlier)
{
	if (w == WAY_FREE)
		return (op_shares(later, earlier));
	return (touches(earlier, later->dir) ||
	    (later->from != NULL && touches(earlier, later->from)));
}

/* What a sync of f makes durable: from the last back. */
static void
settle(struct names *n, enum way w, const struct file *f)
{
	size_t i, j, left = 0;

	for (i = n->nop; i > 0; i--) {
		n->op[i - 1].kept = w == WAY_LOG || touches(&n->op[i - 1], f);
		for (j = i; j < n->nop && !n->op[i - 1].kept; j++)
			n->op[i - 1].kept = n->op[j].kept &&
			    shares(w, &n->op[j], &n->op[i - 1]);
	}
	for (i = 0; i < n->nop; i++)
		if (n->op[i].kept)
			names_do(n, &n->op[i]);
		else
			n->op[left++] = n->op[i];
	n->nop = left;
}

static void
name_op(struct disk *d, const struct event *r, const char *name)
{
	struct op op;

	memset(&op, 0, sizeof(op));
	/* What happens elsewhere is nobody's business. */
	if ((op.dir = file_find(d, r->dir)) == NULL)
		return;
	strlcpy(op.name, name, sizeof(op.name));
	if (r->type == EV_CREATE)
		op.file = file_new(d, r->ino, S_ISDIR(r->mode));
	else
		op.file = file_find(d, r->ino);
	op.remove = r->type == EV_UNLINK;
	if (r->type == EV_RENAME) {
		op.from = file_find(d, r->dir2);
		strlcpy(op.fromname, name + r->namelen, sizeof(op.fromname));
	}
	ATF_REQUIRE(op.file != NULL);
	ATF_REQUIRE(r->type != EV_RENAME || op.from != NULL);
	op_add(d, &op);
}

void
disk_event(struct disk *d, const struct event *r)
{
	const char *p = (const char *)(r + 1);
	struct file *f;

	switch (r->type) {
	case EV_CREATE:
	case EV_LINK:
	case EV_RENAME:
	case EV_UNLINK:
		name_op(d, r, p);
		return;
	default:
		break;
	}
	if ((f = file_find(d, r->ino)) == NULL)
		return;
	if (r->type == EV_SYNC)
		synced(d, f);
	else
		change(f, r->off, r->size, r->type == EV_SIZE ? NULL : p);
}
