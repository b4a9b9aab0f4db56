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

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/cache_priv.h"
#include "imapd/folder_priv.h"

/*
 * The file, and what is where in it.  Whatever is wrong with it, the folder
 * is served without it.
 */

#define HEADS	4096		/* octets of a look at the heads of blocks */

const uint16_t	cache_versions[CACHE_KINDS] = {
	[CACHE_FIELDS] = 1,
	[CACHE_ENVELOPE] = 1,
	[CACHE_BODY] = 1,
	[CACHE_BODYSTRUCTURE] = 1,
	[CACHE_DATES] = 1,
	[CACHE_SUBJECT] = 1,
	[CACHE_ADDRESSES] = 1,
	[CACHE_SORT] = 1,
	[CACHE_THREAD] = 1,
	[CACHE_EMAILID] = 1,
	[CACHE_PREVIEW] = 1,
	[CACHE_GLOBAL_BODY] = 1,
	[CACHE_GLOBAL_BODYSTRUCTURE] = 1
};

static int	add_ref(struct cache *, const struct cache_block *, off_t);
static void	drop_from(struct cache *, struct cache_column *, off_t);
static void	forget(struct cache *);
static int	open_name(struct cache *, struct stat *);
static int	read_head(struct cache *);

struct cache *
cache_of(struct folder *f)
{
	struct cache	*c;

	if (f->cache != NULL)
		return (f->cache);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->folder = f;
	c->fd = -1;
	c->due = INT64_MAX;
	c->readonly = !f->writable;
	f->cache = c;
	cache_open(c);
	return (c);
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	cache_rest(c);
	cache_pending_free(c);
	cache_out_free(&c->out);
	free(c);
}

void
cache_rest(struct cache *c)
{
	unsigned int	i;

	cache_unload(c);
	cache_fd_close(c);
	for (i = 0; i < CACHE_KINDS; i++) {
		free(c->column[i].ref);
		free(c->column[i].order);
		free(c->column[i].upto);
		c->column[i].ref = NULL;
		c->column[i].order = c->column[i].upto = NULL;
		c->column[i].cap = 0;
	}
	c->due = INT64_MAX;
}

int64_t
cache_due(const struct cache *c)
{
	return (c->due);
}

void
cache_broken(struct cache *c, const char *what)
{
	if (!c->readonly && !c->off)
		log_warn("cache: %s folder=%s", what, c->folder->name);
	c->readonly = 1;
}

/* Forgets where things are; what is in memory stays right. */
static void
forget(struct cache *c)
{
	unsigned int	i;

	for (i = 0; i < CACHE_KINDS; i++) {
		c->column[i].n = 0;
		c->column[i].records = 0;
		c->column[i].bytes = 0;
		c->column[i].sorted = 0;
	}
	c->nblocks = 0;
	c->end = (off_t)sizeof(c->head);
	c->file++;
}

void
cache_fd_close(struct cache *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
	c->stale = 0;
	forget(c);
}

/*
 * What is in it goes to the client as it stands: only what the user himself
 * has written is believed.  O_NONBLOCK: a FIFO of that name must not hold us.
 */
static int
open_name(struct cache *c, struct stat *st)
{
	const int	flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	int		error, fd;

	fd = openat(c->folder->dirfd, CACHE_FILE,
	    (c->readonly ? O_RDONLY : O_RDWR) | flags);
	if (fd == -1)
		return (-1);
	if (fstat(fd, st) == -1)
		error = errno;
	else if (!S_ISREG(st->st_mode))
		error = EINVAL;
	else if (st->st_uid != geteuid())
		error = EPERM;
	else
		return (fd);
	(void)close(fd);
	errno = error;
	return (-1);
}

/* Whether it is of this mailbox: else it is started anew. */
static int
read_head(struct cache *c)
{
	const struct idx_identity	*id = &c->folder->identity;
	struct cache_head		*h = &c->head;

	if (pread(c->fd, h, sizeof(*h), 0) != (ssize_t)sizeof(*h) ||
	    h->magic != CACHE_MAGIC || h->version != CACHE_VERSION ||
	    h->sum != cache_head_sum(h) ||
	    h->uidvalidity != id->uidvalidity ||
	    memcmp(h->mailbox, id->id, sizeof(h->mailbox)) != 0)
		return (-1);
	return (0);
}

void
cache_open(struct cache *c)
{
	struct stat	st;

	cache_fd_close(c);
	if (c->off)
		return;
	if ((c->fd = open_name(c, &st)) == -1) {
		if (errno == ENOENT)
			return;
		cache_broken(c, "can't be opened");
		c->off = 1;
		return;
	}
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	if (read_head(c) == -1)
		c->stale = 1;
	else
		(void)cache_index(c);
}

int
cache_same(struct cache *c)
{
	struct stat	st;

	return (fstatat(c->folder->dirfd, CACHE_FILE, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == c->dev &&
	    st.st_ino == c->ino);
}

/* A later block has what those from off on had. */
static void
drop_from(struct cache *c, struct cache_column *col, off_t off)
{
	struct cache_ref	*r;

	while (col->n > 0 && (r = &col->ref[col->n - 1])->off >= off) {
		col->n--;
		col->records -= r->count;
		col->bytes -= sizeof(struct cache_block) + r->length;
		c->nblocks--;
	}
	col->sorted = 0;
}

static int
add_ref(struct cache *c, const struct cache_block *b, off_t off)
{
	struct cache_column	*col;
	struct cache_ref	*r;
	size_t			 cap;

	/* Of a kind, or of a form, that is not known here. */
	if (b->kind >= CACHE_KINDS || b->version != cache_versions[b->kind])
		return (0);
	col = &c->column[b->kind];
	if (b->covers != 0)
		drop_from(c, col, (off_t)b->covers);
	if (c->nblocks == CACHE_BLOCKS_MAX)
		return (-1);
	if (col->n == col->cap) {
		cap = col->cap == 0 ? 16 : col->cap * 2;
		if ((r = reallocarray(col->ref, cap, sizeof(*r))) == NULL)
			return (-1);
		col->ref = r;
		col->cap = cap;
	}
	r = &col->ref[col->n++];
	r->off = off;
	r->length = b->length;
	r->count = b->count;
	r->first = b->first;
	r->last = b->last;
	r->bad = 0;
	col->records += b->count;
	col->bytes += sizeof(*b) + b->length;
	col->sorted = 0;
	c->nblocks++;
	return (0);
}

/*
 * Goes on where it ended the last time, up to what is no whole block: the
 * end, or what somebody could not finish, or is just writing.
 */
int
cache_index(struct cache *c)
{
	unsigned char		 buf[HEADS];
	struct cache_block	 b;
	struct stat		 st;
	size_t			 have = 0, at = 0, want = sizeof(buf);
	off_t			 next;
	ssize_t			 n;

	if (fstat(c->fd, &st) == -1)
		return (-1);
	if (st.st_size < c->end)
		forget(c);
	while (st.st_size - c->end >= (off_t)sizeof(b)) {
		if (at > have || have - at < sizeof(b)) {
			n = pread(c->fd, buf, want, c->end);
			if (n < (ssize_t)sizeof(b))
				return (0);
			have = (size_t)n;
			at = 0;
		}
		memcpy(&b, buf + at, sizeof(b));
		if (!cache_block_ok(&c->head, &b, c->end))
			return (0);
		next = c->end + (off_t)sizeof(b) + (off_t)b.length;
		if (next > st.st_size)
			return (0);
		if (add_ref(c, &b, c->end) == -1) {
			c->full = 1;
			return (0);
		}
		c->end = next;
		at += sizeof(b) + b.length;
		/* Behind a long block another one is likely. */
		want = at > sizeof(buf) ? sizeof(b) : sizeof(buf);
	}
	return (0);
}

void
cache_sync(struct cache *c)
{
	if (c->off)
		return;
	c->due = now_ms() + CACHE_REST;
	if (c->fd == -1 || !cache_same(c))
		cache_open(c);
	else if (!c->stale)
		(void)cache_index(c);
}

void
cache_disown(struct cache *c)
{
	unsigned int	i;

	if (c->fd == -1 || c->stale)
		return;
	log_info("cache: of other messages folder=%s", c->folder->name);
	forget(c);
	for (i = 0; i < CACHE_KINDS; i++)
		c->column[i].cur = NULL;
	c->stale = 1;
}
