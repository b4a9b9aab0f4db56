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
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "imapd/folder_priv.h"

#define GRANULE_NS	20000000L	/* of a file system's time */
#define GRANULE_S	2		/* of one without nanoseconds */

static void	fill(struct dirstamp *, const struct stat *);
static uint64_t	nanoseconds(const struct timespec *);
static int64_t	before(const struct timespec *, const struct timespec *);

static void
fill(struct dirstamp *s, const struct stat *st)
{
	memset(s, 0, sizeof(*s));
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	s->mtime = compat_mtime(st);
	s->ctime = compat_ctime(st);
}

int
stamp_take(int dirfd, struct dirstamp *s)
{
	struct stat st;

	if (fstat(dirfd, &st) == -1)
		return (-1);
	fill(s, &st);
	return (0);
}

int
stamp_at(int dirfd, const char *path, struct dirstamp *s)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (-1);
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return (-1);
	}
	fill(s, &st);
	return (0);
}

int
stamp_equal(const struct dirstamp *a, const struct dirstamp *b)
{
	return (a->dev == b->dev && a->ino == b->ino &&
	    a->mtime.tv_sec == b->mtime.tv_sec &&
	    a->mtime.tv_nsec == b->mtime.tv_nsec &&
	    a->ctime.tv_sec == b->ctime.tv_sec &&
	    a->ctime.tv_nsec == b->ctime.tv_nsec);
}

static uint64_t
nanoseconds(const struct timespec *ts)
{
	return ((uint64_t)ts->tv_sec * 1000000000 + (uint64_t)ts->tv_nsec);
}

void
stamp_pack(uint64_t stamp[TABLE_STAMP], unsigned int which,
    const struct dirstamp *s)
{
	stamp[which] = (uint64_t)s->ino;
	stamp[which + 1] = nanoseconds(&s->mtime);
	stamp[which + 2] = nanoseconds(&s->ctime);
}

int
stamp_says(const uint64_t stamp[TABLE_STAMP], unsigned int which,
    const struct dirstamp *s)
{
	uint64_t packed[TABLE_STAMP] = { 0 };

	stamp_pack(packed, which, s);
	return (memcmp(&packed[which], &stamp[which],
	    TABLE_STAMP / 2 * sizeof(*stamp)) == 0);
}

/* Nanoseconds from a to b. */
static int64_t
before(const struct timespec *a, const struct timespec *b)
{
	if (b->tv_sec - a->tv_sec > 1000000)
		return (INT64_MAX);
	if (a->tv_sec - b->tv_sec > 1000000)
		return (INT64_MIN);
	return ((int64_t)(b->tv_sec - a->tv_sec) * 1000000000 +
	    (b->tv_nsec - a->tv_nsec));
}

int
stamp_old(const struct dirstamp *s, const struct timespec *now)
{
	int64_t granule = GRANULE_NS;

	if (s->mtime.tv_nsec == 0 && s->ctime.tv_nsec == 0)
		granule = (int64_t)GRANULE_S * 1000000000;
	return (before(&s->mtime, now) > granule &&
	    before(&s->ctime, now) > granule);
}

int
stamp_young(const struct dirstamp *s, const struct timespec *now, int ms)
{
	return (s->ctime.tv_nsec != 0 &&
	    before(&s->ctime, now) < (int64_t)ms * 1000000);
}

int
stamp_clock(struct folder *f, struct timespec *now)
{
	struct timespec times[2];
	struct dirstamp s;

	if (f->lockfd == -1) {
		errno = EACCES;
		return (-1);
	}
	times[0].tv_sec = times[1].tv_sec = 0;
	times[0].tv_nsec = times[1].tv_nsec = UTIME_NOW;
	if (futimens(f->lockfd, times) == -1 ||
	    stamp_take(f->lockfd, &s) == -1)
		return (-1);
	*now = s.mtime;
	return (0);
}
