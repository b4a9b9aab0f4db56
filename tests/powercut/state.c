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
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/powercut/disk.h"
#include "tests/powercut/disk_priv.h"

/* One of the states that a power cut may leave. */

#define PAGE	4096
#define WORD	8

/* How much of what is not durable is there. */
enum style {
	STYLE_NONE,
	STYLE_ALL,
	STYLE_PAGES,		/* each page of some moment */
	STYLE_EITHER,		/* each page old, or as new as can be */
	STYLE_SECTORS,		/* some torn */
	STYLE_WORDS,		/* some torn between words */
	STYLES
};

struct build {
	const struct disk *d;
	struct names	 names;		/* as chosen */
	uint64_t	 seed;
	enum style	 style;
	int		 mixed;		/* another one for each file */
	char		**made;		/* by file number: its first path */
};

static uint64_t	mix(uint64_t, uint64_t, uint64_t);
static uint64_t	draw(struct build *, uint64_t);
static void	choose_names(struct build *);
static void	choose_free(struct build *, const struct names *, uint64_t);
static void	choose_order(struct build *, const struct names *);
static size_t	moment(struct build *, const struct file *, enum style,
		    uint64_t, uint64_t);
static unsigned char *contents(struct build *, const struct file *,
		    size_t *);
static void	apply(struct build *, const struct file *, enum style,
		    size_t, unsigned char *, size_t);
static void	make(struct build *, const struct file *, const char *);
static void	make_file(struct build *, struct file *, const char *);
static int	remove_one(const char *, const struct stat *, int,
		    struct FTW *);

static uint64_t
mix(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t z;

	z = a + 0x9e3779b97f4a7c15ULL * (b + 1) + 0xd1342543de82ef95ULL * c;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31));
}

static uint64_t
draw(struct build *b, uint64_t below)
{
	b->seed = mix(b->seed, 1, 2);
	return ((b->seed >> 16) % below);
}

static void
choose_names(struct build *b)
{
	static const uint64_t percent[] = { 0, 30, 70, 95, 100 };
	enum way w = (enum way)draw(b, WAYS);
	const struct names *n = &b->d->names[w];
	size_t i, most;

	for (i = 0; i < n->n; i++)
		names_set(&b->names, n->e[i].dir, n->e[i].name, n->e[i].file);
	switch (w) {
	case WAY_FREE:
		choose_free(b, n, percent[draw(b, 5)]);
		break;
	case WAY_ORDER:
		choose_order(b, n);
		break;
	default:
		most = draw(b, n->nop + 1);
		if (draw(b, 3) == 0)
			most = n->nop;
		for (i = 0; i < most; i++)
			names_do(&b->names, &n->op[i]);
		break;
	}
}

static void
choose_free(struct build *b, const struct names *n, uint64_t percent)
{
	size_t i, j;
	int *lost;

	ATF_REQUIRE((lost = calloc(n->nop + 1, sizeof(*lost))) != NULL);
	for (i = 0; i < n->nop; i++) {
		lost[i] = draw(b, 100) >= percent;
		for (j = 0; j < i && !lost[i]; j++)
			lost[i] = lost[j] && op_shares(&n->op[i], &n->op[j]);
		if (!lost[i])
			names_do(&b->names, &n->op[i]);
	}
	free(lost);
}

static void
choose_order(struct build *b, const struct names *n)
{
	unsigned char *ended;
	const struct op *op;
	size_t i, f;
	uint64_t salt = draw(b, UINT32_MAX), of;

	ATF_REQUIRE((ended = calloc(b->d->nfiles, 1)) != NULL);
	for (i = 0; i < n->nop; i++) {
		op = &n->op[i];
		for (f = 0; f < 2; f++) {
			const struct file *dir = f == 0 ? op->dir : op->from;

			if (dir == NULL)
				continue;
			of = mix(salt, dir->number, 0) % (n->nop + 2);
			if (i >= of)
				ended[dir->number] = 1;
		}
		if (ended[op->dir->number] ||
		    (op->from != NULL && ended[op->from->number])) {
			ended[op->dir->number] = 1;
			if (op->from != NULL)
				ended[op->from->number] = 1;
			continue;
		}
		names_do(&b->names, op);
	}
	free(ended);
}

/* Up to which of its changes a unit of a file is there. */
static size_t
moment(struct build *b, const struct file *f, enum style style,
    uint64_t unit, uint64_t salt)
{
	uint64_t h = mix(b->seed + f->number, unit, salt);

	switch (style) {
	case STYLE_NONE:
		return (0);
	case STYLE_ALL:
		return (f->n);
	case STYLE_EITHER:
		return (h % 2 == 0 ? 0 : f->n);
	default:
		if (h % 4 == 0)
			return (0);
		if (h % 4 == 1)
			return (f->n);
		return ((h >> 8) % (f->n + 1));
	}
}

/* Change number i, where its units are of a later moment. */
static void
apply(struct build *b, const struct file *f, enum style style, size_t i,
    unsigned char *data, size_t size)
{
	const struct data_change *c = &f->change[i];
	uint64_t at, end, page, part, unit;
	size_t step, until;

	step = style == STYLE_WORDS ? WORD : style == STYLE_SECTORS ?
	    RECORDER_SECTOR : PAGE;
	for (at = c->off; at < c->off + c->len; at = end) {
		end = (at / step + 1) * step;
		if (end > c->off + c->len)
			end = c->off + c->len;
		page = at / PAGE;
		unit = at / step;
		/* A torn page is of two moments. */
		part = step == PAGE ? 0 : mix(b->seed, unit, 7) & 1;
		until = moment(b, f, style, page, part);
		if (i >= until || at >= size)
			continue;
		memcpy(data + at, (const unsigned char *)c->data +
		    (at - c->off), (end > size ? size : end) - at);
	}
}

static unsigned char *
contents(struct build *b, const struct file *f, size_t *size)
{
	enum style style = b->style;
	unsigned char *data;
	uint64_t max = f->size, now = f->size;
	size_t i, until;

	if (b->mixed)
		style = (enum style)(mix(b->seed, f->number, 3) % STYLES);
	until = moment(b, f, style, UINT64_MAX, 0);
	*size = f->size;
	for (i = 0; i < f->n; i++) {
		if (f->change[i].data == NULL)
			now = f->change[i].off;
		else if (f->change[i].off + f->change[i].len > now)
			now = f->change[i].off + f->change[i].len;
		if (i < until)
			*size = now;
		if (now > max)
			max = now;
	}
	ATF_REQUIRE((data = calloc(1, max + 1)) != NULL);
	if (f->size > 0)
		memcpy(data, f->data, f->size);
	for (i = 0; i < f->n; i++)
		if (f->change[i].data != NULL)
			apply(b, f, style, i, data, *size);
	return (data);
}

static void
make_file(struct build *b, struct file *f, const char *path)
{
	unsigned char *data;
	size_t size;
	int fd;

	if (b->made[f->number] != NULL) {
		ATF_REQUIRE_EQ(0, link(b->made[f->number], path));
		return;
	}
	data = contents(b, f, &size);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1)
		atf_tc_fail("%s: %s", path, strerror(errno));
	ATF_REQUIRE_EQ((ssize_t)size, write(fd, data, size));
	close(fd);
	free(data);
	ATF_REQUIRE((b->made[f->number] = strdup(path)) != NULL);
}

static void
make(struct build *b, const struct file *dir, const char *path)
{
	const struct entry *e;
	char sub[1024];
	size_t i;

	for (i = 0; i < b->names.n; i++) {
		e = &b->names.e[i];
		if (e->dir != dir)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, e->name);
		if (!e->file->isdir) {
			make_file(b, e->file, sub);
			continue;
		}
		ATF_REQUIRE_EQ(0, mkdir(sub, 0700));
		make(b, e->file, sub);
	}
}

void
disk_build(const struct disk *d, const char *dir, uint64_t seed)
{
	struct build b = { .d = d };
	size_t i;

	b.seed = mix(seed, 0, 0);
	choose_names(&b);
	b.style = (enum style)draw(&b, STYLES);
	b.mixed = draw(&b, 3) == 0;
	ATF_REQUIRE((b.made = calloc(d->nfiles, sizeof(*b.made))) != NULL);
	ATF_REQUIRE_EQ(0, mkdir(dir, 0700));
	make(&b, d->root, dir);
	for (i = 0; i < d->nfiles; i++)
		free(b.made[i]);
	free(b.made);
	free(b.names.e);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return (remove(path));
}

void
disk_remove(const char *dir)
{
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == -1 &&
	    errno != ENOENT)
		atf_tc_fail("%s: %s", dir, strerror(errno));
}
