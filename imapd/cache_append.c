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
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/cache_priv.h"
#include "imapd/folder.h"

/*
 * Putting, and appending what was put, under a lock on the file: each time
 * with one write.  Where many small blocks have come to stand at the end of a
 * kind, they are written again as one, so that many single messages cost no
 * more to read than one list of them.
 */

#define LOCK_TRIES	20		/* for the lock, a millisecond each */
#define LOCK_NS		1000000L
#define OPEN_TRIES	3		/* the file may be replaced meanwhile */
#define LEVELS		3		/* of small blocks */
#define FAN		8		/* blocks of a level become one */
#define MERGED_MAX	(LEVELS * FAN)

/* Blocks that are merged with what is put. */
struct merge {
	struct cache_loaded	 block[MERGED_MAX];
	size_t			 n;
	struct cache_entry	*entry;
	size_t			 nentries;
};

static int	add_kind(struct cache *, struct cache_out *, enum cache_kind);
static void	append(struct cache *);
static int	by_uid(const void *, const void *);
static size_t	chosen(const struct cache_column *, size_t);
static int	entries(struct cache *, enum cache_kind, size_t,
		    struct merge *);
static unsigned int level(size_t);
static int	lock(int, short);
static int	prepare(struct cache *);
static void	reset(struct cache *);
static void	write_out(struct cache *, struct cache_out *);

void
cache_put(struct cache *c, enum cache_kind kind, uint32_t uid,
    const void *data, size_t len)
{
	struct cache_pending	*p = &c->column[kind].put;
	struct cache_entry	*e;
	size_t			 size = len + sizeof(*e);
	char			*buf;

	if (c->off || c->readonly || c->full || len > CACHE_RECORD_MAX)
		return;
	if (c->pending + size > CACHE_PENDING_MAX)
		append(c);
	if (c->pending + size > CACHE_PENDING_MAX)
		return;
	if (p->n == p->cap) {
		if ((e = reallocarray(p->entry, p->cap * 2 + 64,
		    sizeof(*e))) == NULL)
			return;
		p->entry = e;
		p->cap = p->cap * 2 + 64;
	}
	if (p->size - p->len < len) {
		size = p->size * 2 + len + 4096;
		if ((buf = realloc(p->buf, size)) == NULL)
			return;
		p->buf = buf;
		p->size = size;
	}
	if (c->pending == 0) {
		c->pending_end = c->end;
		c->pending_file = c->file;
	}
	e = &p->entry[p->n++];
	e->uid = uid;
	e->len = (uint32_t)len;
	e->off = p->len;
	if (len > 0)
		memcpy(p->buf + p->len, data, len);
	p->len += len;
	c->pending += len + sizeof(*e);
}

/* The memory serves again, until the command ends. */
static void
reset(struct cache *c)
{
	unsigned int	i;

	for (i = 0; i < CACHE_KINDS; i++)
		c->column[i].put.n = c->column[i].put.len = 0;
	c->pending = 0;
}

void
cache_pending_free(struct cache *c)
{
	struct cache_pending	*p;
	unsigned int		 i;

	for (i = 0; i < CACHE_KINDS; i++) {
		p = &c->column[i].put;
		free(p->entry);
		free(p->buf);
		memset(p, 0, sizeof(*p));
	}
	c->pending = 0;
}

static int
lock(int fd, short type)
{
	struct flock	l;

	memset(&l, 0, sizeof(l));
	l.l_type = type;
	l.l_whence = SEEK_SET;
	return (fcntl(fd, F_SETLK, &l));
}

/* Nobody is waited for that may have been stopped: once in a command. */
int
cache_lock(struct cache *c)
{
	const struct timespec	pause = { 0, LOCK_NS };
	unsigned int		i;

	for (i = 0; lock(c->fd, F_WRLCK) == -1; i++) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
			cache_broken(c, "can't be locked");
			return (-1);
		}
		if (i == LOCK_TRIES || c->busy) {
			c->busy = 1;
			return (-1);
		}
		(void)nanosleep(&pause, NULL);
	}
	c->busy = 0;
	return (0);
}

void
cache_unlock(struct cache *c)
{
	if (c->fd != -1)
		(void)lock(c->fd, F_UNLCK);
}

/* The file as it is now, of this mailbox, and the lock: 0, or -1. */
static int
prepare(struct cache *c)
{
	unsigned int	i;

	for (i = 0; i < OPEN_TRIES; i++) {
		if (c->fd == -1)
			cache_open(c);
		if (c->off || c->readonly)
			return (-1);
		if (c->fd == -1) {
			if (cache_make(c) == -1)
				return (-1);
			cache_open(c);
			continue;
		}
		if (cache_lock(c) == -1)
			return (-1);
		if (!cache_same(c)) {
			cache_open(c);
			continue;
		}
		if (!c->stale)
			return (cache_index(c));
		if (cache_make(c) == -1)
			break;
		cache_open(c);
	}
	cache_unlock(c);
	return (-1);
}

static unsigned int
level(size_t size)
{
	return (size < CACHE_BLOCK_DATA / 64 ? 0 : size <
	    CACHE_BLOCK_DATA / 8 ? 1 : size < CACHE_BLOCK_DATA / 2 ? 2 :
	    LEVELS);
}

/* How many of the last blocks are written again with what is put. */
static size_t
chosen(const struct cache_column *col, size_t put)
{
	size_t		n, here, best = 0;
	unsigned int	l;

	for (l = level(put); l < LEVELS; l++) {
		here = 0;
		for (n = 0; n < col->n && n < MERGED_MAX; n++) {
			if (level(col->ref[col->n - 1 - n].length) > l)
				break;
			here += level(col->ref[col->n - 1 - n].length) == l ||
			    l == level(put);
		}
		if (here >= FAN - 1)
			best = n;
	}
	return (best);
}

static int
by_uid(const void *a, const void *b)
{
	const struct cache_entry	*x = a, *y = b;

	return (x->uid < y->uid ? -1 : x->uid > y->uid);
}

/* All records that will be in the new blocks, by UID. */
static int
entries(struct cache *c, enum cache_kind kind, size_t n, struct merge *m)
{
	struct cache_column	*col = &c->column[kind];
	struct cache_pending	*p = &col->put;
	struct cache_loaded	*l;
	struct cache_entry	*e;
	size_t			 total = p->n, i;
	uint32_t		 j;
	int			 ascends = n == 0;

	for (m->n = 0; m->n < n; m->n++) {
		l = &m->block[m->n];
		if (cache_load(c, kind, &col->ref[col->n - n + m->n], l) == -1)
			l->count = 0;
		total += l->count;
	}
	if ((m->entry = reallocarray(NULL, total, sizeof(*e))) == NULL)
		return (-1);
	e = m->entry;
	for (i = 0; i < p->n; i++) {
		ascends &= i == 0 || p->entry[i - 1].uid < p->entry[i].uid;
		*e = p->entry[i];
		e->data = p->buf + e->off;
		e++;
	}
	for (l = m->block; l < m->block + m->n; l++)
		for (j = 0; j < l->count; j++, e++) {
			e->uid = l->uid[j];
			e->data = l->data + (j == 0 ? 0 : l->end[j - 1]);
			e->len = (uint32_t)(l->data + l->end[j] - e->data);
		}
	m->nentries = total;
	if (!ascends)
		qsort(m->entry, total, sizeof(*e), by_uid);
	return (0);
}

static int
add_kind(struct cache *c, struct cache_out *o, enum cache_kind kind)
{
	struct cache_column	*col = &c->column[kind];
	struct merge		*m;
	const void		*data;
	uint64_t		 covers = 0;
	uint32_t		 last = 0;
	size_t			 i, len, n;
	int			 grown, ret = -1;

	if (col->put.n == 0)
		return (0);
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return (-1);
	n = chosen(col, col->put.len + col->put.n * 8);
	if (n > 0)
		covers = (uint64_t)col->ref[col->n - n].off;
	if (entries(c, kind, n, m) == -1)
		goto out;
	cache_out_kind(o, kind, covers);
	/* What others have appended since is there already. */
	grown = n == 0 && (c->end != c->pending_end ||
	    c->file != c->pending_file);
	for (i = 0; i < m->nentries; i++) {
		if (m->entry[i].uid == last || (grown && cache_peek(c, kind,
		    m->entry[i].uid, &data, &len) == 1))
			continue;
		last = m->entry[i].uid;
		if (cache_out_add(o, last, m->entry[i].data,
		    m->entry[i].len) == -1)
			goto out;
	}
	ret = cache_out_end(o);
out:
	free(m->entry);
	for (i = 0; i < m->n; i++)
		free(m->block[i].mem);
	free(m);
	return (ret);
}

static void
write_out(struct cache *c, struct cache_out *o)
{
	off_t	end = c->end;

	if (end + (off_t)o->len > CACHE_FILE_MAX) {
		c->full = 1;
		return;
	}
	/* What somebody left half written goes. */
	if (ftruncate(c->fd, end) == -1 || cache_out_write(o, c->fd) == -1) {
		cache_broken(c, "can't be written");
		(void)!ftruncate(c->fd, end);
		return;
	}
	(void)cache_index(c);
}

static void
append(struct cache *c)
{
	struct cache_out	*o = &c->out;
	unsigned int		 i;

	if (prepare(c) == -1) {
		/* Nothing waits for long. */
		if (c->pending > CACHE_PENDING_MAX / 2 || c->readonly ||
		    c->off)
			reset(c);
		return;
	}
	if (cache_out_init(o, &c->head, c->end) == 0) {
		for (i = 1; i < CACHE_KINDS; i++)
			if (add_kind(c, o, i) == -1)
				break;
		if (i == CACHE_KINDS && o->len > 0)
			write_out(c, o);
	}
	cache_unlock(c);
	reset(c);
}

void
cache_flush(struct cache *c)
{
	int	put = c->pending > 0;

	if (put)
		append(c);
	cache_out_free(&c->out);
	if (c->pending == 0)
		cache_pending_free(c);
	c->busy = 0;
	if (!put && !c->full)
		return;
	if (c->fd != -1 && !c->off && !c->readonly && cache_worth(c))
		cache_compact(c);
}
