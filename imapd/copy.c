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

#include "common/compat.h"
#include "imapd/deliver.h"
#include "imapd/placing.h"

#define COPY_BUF	32768
#define TRIES		3	/* files that vanish, broken connections */

/* The messages of a COPY or MOVE. */
struct copies {
	struct folder	*from;
	struct folder	*to;
	struct idx_copy	*m;
	size_t		 n;
	size_t		 cap;
	int		 linking;	/* else octet for octet */
	struct placing	 p;
};

static int	collect(struct copies *, struct table *,
		    const struct uidset *);
static int	add(struct copies *, const struct row *);
static int	there(struct folder *, const struct row *, const char *,
		    struct place *);
static int	may_link(const struct folder *, const struct folder *);
static int	name_all(struct copies *, struct table *);
static int	place_all(struct copies *, struct table *, size_t *);
static int	place_one(struct copies *, struct table *, size_t);
static int	by_octets(struct copies *, const struct row *, const char *,
		    size_t, const char *);
static int	octets(int, int);
static int	try_copy(struct copies *, struct table *, int,
		    struct idx_result *, size_t *);

int
deliver_copy(struct folder *from, struct folder *to,
    const struct uidset *set, int move, struct idx_result *r)
{
	struct copies c = { .from = from, .to = to };
	struct table *t;
	unsigned int try;
	size_t lost;
	int error, rv = -1;

	if (!to->writable || (move && !from->writable)) {
		errno = to->writable ? from->denied : to->denied;
		return (-1);
	}
	if ((t = folder_newest(from)) == NULL || collect(&c, t, set) == -1)
		goto out;
	c.linking = may_link(from, to);
	for (try = 0; try < TRIES; try++) {
		if (c.n == 0) {
			errno = ENOENT;
			goto out;
		}
		lost = c.n;
		rv = try_copy(&c, t, move, r, &lost);
		placing_free(&c.p);
		if (rv == 0 || (errno != ESTALE && lost == c.n))
			break;
		/* This one's file went meanwhile: without it. */
		if (lost < c.n) {
			c.n--;
			memmove(&c.m[lost], &c.m[lost + 1],
			    (c.n - lost) * sizeof(*c.m));
		}
	}
	if (rv == 0)
		from->changed = to->changed = 1;
	/* All of them were expunged meanwhile. */
	if (rv == 0 && r->done.n == 0) {
		errno = ENOENT;
		rv = -1;
	}
out:
	error = errno;
	locate_free(from);
	free(c.m);
	errno = error;
	return (rv);
}

/* All messages of the set that are not expunged and whose file is there. */
static int
collect(struct copies *c, struct table *t, const struct uidset *set)
{
	char base[TABLE_NAMELEN + 1];
	struct table_state state;
	struct place p;
	struct row row;
	uint64_t n;
	size_t i;

	if (folder_state(c->from, t, &state) == -1)
		return (-1);
	for (i = 0; i < set->n; i++) {
		if (folder_seek(c->from, t, set->r[i].lo, &n) == -1)
			return (-1);
		for (; n < state.nrows; n++) {
			if (folder_row(c->from, t, n, &row, base) == -1)
				return (-1);
			if (row.uid > set->r[i].hi)
				break;
			/* Its file may still be there for a moment. */
			if (row.flags & ROW_EXPUNGED)
				continue;
			if (there(c->from, &row, base, &p) == -1) {
				if (errno == ENOENT)
					continue;
				return (-1);
			}
			if (add(c, &row) == -1)
				return (-1);
		}
	}
	return (0);
}

static int
add(struct copies *c, const struct row *row)
{
	struct idx_copy *more;
	size_t cap;

	if (c->n == PROTO_MAXFLIGHT) {
		errno = E2BIG;
		return (-1);
	}
	if (c->n == c->cap) {
		cap = c->cap == 0 ? 64 : c->cap * 2;
		if ((more = reallocarray(c->m, cap, sizeof(*more))) == NULL)
			return (-1);
		c->m = more;
		c->cap = cap;
	}
	c->m[c->n].uid = row->uid;
	c->m[c->n++].letters = new_letters(row->flags);
	return (0);
}

/* Where the message's file is now. */
static int
there(struct folder *f, const struct row *row, const char *base,
    struct place *found)
{
	struct place p[PLACES];
	struct stat st;
	unsigned int i, n;

	n = places(f, row, base, p);
	for (i = 0; i < n; i++) {
		if (fstatat(p[i].dirfd, p[i].name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
			*found = p[i];
			return (0);
		}
	}
	/* A tombstone's file is looked for no further. */
	if (row->flags & ROW_EXPUNGED) {
		errno = ENOENT;
		return (-1);
	}
	return (locate(f, base, found));
}

/* A link has its file's owner and group for good. */
static int
may_link(const struct folder *from, const struct folder *to)
{
	struct stat a, b;

	return (fstat(from->curfd, &a) == 0 && fstat(to->curfd, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_uid == b.st_uid &&
	    a.st_gid == b.st_gid);
}

/* *lost becomes the place of a message whose file is gone. */
static int
try_copy(struct copies *c, struct table *t, int move, struct idx_result *r,
    size_t *lost)
{
	int rv;

	if (placing_init(&c->p, c->to, c->n) == -1 ||
	    name_all(c, t) == -1 || idx_flight(c->to->box,
	    (const char *const *)c->p.base, c->n, &c->p.ticket) == -1)
		return (-1);
	if (place_all(c, t, lost) == -1 ||
	    compat_syncdir(c->to->curfd) == -1) {
		placing_undo(&c->p);
		return (-1);
	}
	rv = idx_copy(c->from->box, c->p.ticket, move, c->m, c->n, r);
	if (rv == -1 && errno == EAGAIN) {
		/* Cancelled with the request. */
		c->p.ticket = 0;
		placing_undo(&c->p);
	}
	return (rv);
}

static int
name_all(struct copies *c, struct table *t)
{
	char base[TABLE_NAMELEN + 1];
	struct row row;
	size_t i;

	for (i = 0; i < c->n; i++)
		if (folder_find(c->from, t, c->m[i].uid, &row, base) == -1 ||
		    placing_name(&c->p, i, row.size, row.vsize,
		    c->m[i].letters) == -1)
			return (-1);
	return (0);
}

static int
place_all(struct copies *c, struct table *t, size_t *lost)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (place_one(c, t, i) == -1) {
			if (errno == ENOENT)
				*lost = i;
			return (-1);
		}
		c->p.placed = i + 1;
	}
	return (0);
}

static int
place_one(struct copies *c, struct table *t, size_t i)
{
	char base[TABLE_NAMELEN + 1], name[MAILDIR_NAMEMAX + 1];
	struct place p;
	struct row row;
	unsigned int try;

	if (placing_file(&c->p, i, name, sizeof(name)) == -1)
		return (-1);
	for (try = 0; try < TRIES; try++) {
		/* The row anew: another session may be renaming the file. */
		if (folder_find(c->from, t, c->m[i].uid, &row, base) == -1)
			return (-1);
		if (!c->linking)
			return (by_octets(c, &row, base, i, name));
		if (there(c->from, &row, base, &p) == -1)
			return (-1);
		if (linkat(p.dirfd, p.name, c->to->curfd, name, 0) == 0)
			return (0);
		switch (errno) {
		case ENOENT:
			continue;
		case EXDEV:
		case EMLINK:
		case EPERM:
		case EACCES:
		case ENOTSUP:
			return (by_octets(c, &row, base, i, name));
		default:
			return (-1);
		}
	}
	errno = ENOENT;
	return (-1);
}

/* By way of tmp/. */
static int
by_octets(struct copies *c, const struct row *row, const char *base,
    size_t i, const char *name)
{
	char tmp[MAILDIR_NAMEMAX + 1];
	struct timespec times[2];
	struct stat st;
	int error, in, out, rv = -1;

	if ((in = folder_file(c->from, row, base, &st)) == -1)
		return (-1);
	out = tmp_create(c->to, c->p.base[i], tmp, sizeof(tmp));
	if (out == -1) {
		error = errno;
		close(in);
		errno = error;
		return (-1);
	}
	times[0].tv_sec = times[1].tv_sec = st.st_mtime;
	times[0].tv_nsec = times[1].tv_nsec = 0;
	if (octets(in, out) == 0 && futimens(out, times) == 0 &&
	    fsync(out) == 0)
		rv = compat_rename(c->to->tmpfd, tmp, c->to->curfd, name);
	/* ENOENT would say that the source is gone. */
	error = errno == ENOENT ? ECANCELED : errno;
	close(in);
	close(out);
	if (rv == -1)
		(void)unlinkat(c->to->tmpfd, tmp, 0);
	errno = error;
	return (rv);
}

static int
octets(int in, int out)
{
	unsigned char buf[COPY_BUF];
	off_t at = 0;
	ssize_t n, w, off;

	for (;;) {
		n = pread(in, buf, sizeof(buf), at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return ((int)n);
		at += n;
		for (off = 0; off < n; off += w) {
			w = write(out, buf + off, (size_t)(n - off));
			if (w == -1 && errno == EINTR)
				w = 0;
			if (w == -1)
				return (-1);
		}
	}
}
