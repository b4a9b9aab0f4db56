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

#include "common/compat.h"
#include "common/log.h"
#include "common/maildir.h"
#include "common/uidset.h"
#include "imapd/cache_priv.h"
#include "imapd/folder_priv.h"
#include "imapd/uidlist_priv.h"

/*
 * A new file: in the place of none, of one that is of another mailbox, or of
 * one that holds much that is of no more use.  Whoever has the old one open
 * sees that the name leads elsewhere, and goes on there.
 */

#define WASTE_MIN	65536		/* octets: less is left as it is */
#define OVERLAPS_MIN	16		/* blocks: likewise */
#define GATHERED	(1 << 20)	/* octets written at once */

static int	begin(struct cache *, char *, size_t, struct cache_head *);
static int	copy_all(struct cache *, struct cache_out *, int,
		    const struct uidset *);
static int	copy_kind(struct cache *, struct cache_out *, int,
		    enum cache_kind, const struct uidset *);
static int	replace(struct cache *, const struct uidset *);
static int	write_head(int, struct cache_head *);

static int
write_head(int fd, struct cache_head *h)
{
	h->sum = cache_head_sum(h);
	if (pwrite(fd, h, sizeof(*h), 0) == (ssize_t)sizeof(*h))
		return (0);
	return (-1);
}

/* An empty file in tmp/, open; or -1. */
static int
begin(struct cache *c, char *tmp, size_t size, struct cache_head *h)
{
	struct folder	*f = c->folder;
	int		 error, fd;

	memset(h, 0, sizeof(*h));
	h->magic = CACHE_MAGIC;
	h->version = CACHE_VERSION;
	h->uidvalidity = f->identity.uidvalidity;
	memcpy(h->mailbox, f->identity.id, sizeof(h->mailbox));
	arc4random_buf(&h->salt, sizeof(h->salt));
	h->base = sizeof(*h);
	if (maildir_make(tmp, size) == -1 || (fd = openat(f->tmpfd, tmp,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) == -1)
		return (-1);
	if (uidlist_mode(f, fd) == 0 && write_head(fd, h) == 0)
		return (fd);
	error = errno;
	(void)close(fd);
	(void)unlinkat(f->tmpfd, tmp, 0);
	errno = error;
	return (-1);
}

/* An empty one: instead of what is open, or if there is none. */
int
cache_make(struct cache *c)
{
	struct cache_head	 h;
	struct folder		*f = c->folder;
	char			 tmp[MAILDIR_NAMEMAX + 1];
	int			 fd, r;

	if (f->gone || !f->writable)
		return (-1);
	if ((fd = begin(c, tmp, sizeof(tmp), &h)) == -1) {
		cache_broken(c, "can't be made");
		return (-1);
	}
	(void)close(fd);
	if (c->fd != -1)
		r = renameat(f->tmpfd, tmp, f->dirfd, CACHE_FILE);
	else
		r = compat_rename(f->tmpfd, tmp, f->dirfd, CACHE_FILE);
	if (r == 0)
		return (0);
	if (errno != EEXIST)
		cache_broken(c, "can't be renamed");
	r = errno == EEXIST ? 0 : -1;
	(void)unlinkat(f->tmpfd, tmp, 0);
	return (r);
}

/*
 * Whether a new file is worth its cost: what it would leave out is as much as
 * what it would hold, or many blocks lie across each other; and a good part
 * of it was appended since the last time.
 */
int
cache_worth(struct cache *c)
{
	uint64_t		 messages, need = 0, size = (uint64_t)c->end;
	size_t			 overlaps = 0;
	unsigned int		 i;

	if (size < WASTE_MIN || size - c->head.base < c->head.base / 4)
		return (0);
	if (c->full)
		return (1);
	if (cache_messages(c->folder, &messages) == -1)
		return (0);
	for (i = 1; i < CACHE_KINDS; i++) {
		if (c->column[i].records > messages)
			need += c->column[i].bytes * messages /
			    c->column[i].records;
		else
			need += c->column[i].bytes;
		if (cache_sort(&c->column[i]) == 0)
			overlaps += c->column[i].overlaps;
	}
	return (size - need > need + WASTE_MIN || (overlaps >= OVERLAPS_MIN &&
	    overlaps > c->nblocks / 8));
}

static int
copy_kind(struct cache *c, struct cache_out *o, int fd, enum cache_kind kind,
    const struct uidset *set)
{
	const void	*data;
	uint32_t	 uid;
	size_t		 i, len;

	cache_out_kind(o, kind, 0);
	for (i = 0; i < set->n; i++) {
		for (uid = set->r[i].lo; cache_next(c, kind, uid, &uid) &&
		    uid <= set->r[i].hi; uid++) {
			if (cache_peek(c, kind, uid, &data, &len) == 1 &&
			    cache_out_add(o, uid, data, len) == -1)
				return (-1);
			if (o->len >= GATHERED && cache_out_write(o, fd) == -1)
				return (-1);
			if (uid == UINT32_MAX)
				break;
		}
	}
	return (cache_out_end(o));
}

static int
copy_all(struct cache *c, struct cache_out *o, int fd,
    const struct uidset *set)
{
	unsigned int	i;

	for (i = 1; i < CACHE_KINDS; i++)
		if (copy_kind(c, o, fd, i, set) == -1)
			return (-1);
	return (cache_out_write(o, fd));
}

/* In the place of the old one: 0, or -1 with errno. */
static int
replace(struct cache *c, const struct uidset *set)
{
	struct cache_head	 h;
	struct cache_out	 o = { .buf = NULL };
	struct folder		*f = c->folder;
	char			 tmp[MAILDIR_NAMEMAX + 1];
	int			 error, fd;

	if ((fd = begin(c, tmp, sizeof(tmp), &h)) == -1)
		return (-1);
	if (cache_out_init(&o, &h, (off_t)sizeof(h)) == -1 ||
	    copy_all(c, &o, fd, set) == -1)
		goto bad;
	h.base = (uint64_t)o.off;
	if (write_head(fd, &h) == -1 ||
	    renameat(f->tmpfd, tmp, f->dirfd, CACHE_FILE) == -1)
		goto bad;
	log_debug("cache: written anew folder=%s octets=%llu was=%llu",
	    f->name, (unsigned long long)h.base, (unsigned long long)c->end);
	cache_out_free(&o);
	(void)close(fd);
	return (0);
bad:
	error = errno;
	cache_out_free(&o);
	(void)close(fd);
	(void)unlinkat(f->tmpfd, tmp, 0);
	errno = error;
	return (-1);
}

void
cache_compact(struct cache *c)
{
	struct uidset	set;

	if (c->folder->gone || cache_lock(c) == -1)
		return;
	uidset_init(&set, 0);
	if (!cache_same(c) || cache_index(c) == -1 ||
	    cache_live(c->folder, &set) == -1) {
		cache_unlock(c);
	} else if (replace(c, &set) == 0) {
		c->full = 0;
		cache_open(c);
	} else {
		cache_broken(c, "can't be written anew");
		cache_unlock(c);
	}
	uidset_free(&set);
}
