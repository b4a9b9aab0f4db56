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
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/directory.h"
#include "common/log.h"
#include "indexd/journal.h"

#define SPARE		"spare"
#define SPARE_TMP	"spare.tmp"
#define NAMELEN		32

struct segment {
	uint64_t	number;
	uint64_t	size;
};

struct journal {
	int			 dirfd;
	const struct journal_ops *ops;
	void			*arg;
	struct segment		*segs;	/* ascending; the last is written */
	size_t			 nsegs;
	size_t			 segcap;
	int			 fd;	/* of the last segment, or -1 */
	int			 broken;	/* nothing goes behind its end */
	int			 damaged;	/* as it was found */
	uint64_t		 seed;
	uint64_t		 off;	/* where the next batch goes */
	uint64_t		 next;	/* its number */
	uint64_t		 synced;	/* number of the last durable one */
	struct buf		 tail;	/* whole batches behind that one */
	int			 removed; /* a segment, since the directory
					     was synced */
	int			 spare;
	int			 making;	/* the helper fills a spare */
	uint64_t		 syncs;
	uint64_t		 sync_us;
	struct histogram	 sync_times;
	uint64_t		 bytes;
};

size_t journal_segment_size = JOURNAL_SEGMENT;

static int	write_all(int, const void *, size_t, off_t);
static int	timed_sync(struct journal *, int);
static int	list(struct journal *);
static int	add_segment(struct journal *, uint64_t, uint64_t);
static int	by_number(const void *, const void *);
static void	segment_name(char *, uint64_t);
static int	read_segment(struct journal *, const struct segment *,
		    struct buf *);
static int	find(struct journal *, struct scan *);
static int	deliver(struct journal *, const struct scan *,
		    int (*)(void *, const void *, size_t), void *,
		    struct buf *);
static int	roll(struct journal *);
static int	new_file(struct journal *, uint64_t, uint64_t, uint64_t *);
static int	fill_segment(struct journal *, int, uint64_t, uint64_t,
		    uint64_t *, struct buf *, uint64_t *);
static int	begin_segment(struct journal *, int, uint64_t, uint64_t,
		    uint64_t);
static void	put_head(struct journal *, struct buf *, size_t, uint64_t,
		    uint64_t, uint64_t, uint64_t);
static int	keep(struct journal *, const struct buf *);
static int	write_batch(struct journal *, struct buf *);
static int	sync_segment(struct journal *);
static void	void_batch(struct journal *, uint64_t);
static int	pad(struct buf *);

void *
buf_grow(struct buf *b, size_t len)
{
	unsigned char *p;
	size_t cap;

	if (len > SIZE_MAX / 4 - b->len) {
		errno = ENOMEM;
		return (NULL);
	}
	/* Also where nothing is added there is a place. */
	if (b->len + len > b->cap || b->data == NULL) {
		cap = b->cap == 0 ? 4096 : b->cap;
		while (cap < b->len + len)
			cap *= 2;
		if ((p = realloc(b->data, cap)) == NULL)
			return (NULL);
		b->data = p;
		b->cap = cap;
	}
	p = b->data + b->len;
	b->len += len;
	return (p);
}

void
buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

int
batch_begin(struct buf *b)
{
	void *p;

	b->len = 0;
	if ((p = buf_grow(b, sizeof(struct batch_head))) == NULL)
		return (-1);
	memset(p, 0, sizeof(struct batch_head));
	return (0);
}

static void
segment_name(char *name, uint64_t number)
{
	snprintf(name, NAMELEN, "%" PRIu64, number);
}

static int
write_all(int fd, const void *data, size_t len, off_t off)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = pwrite(fd, p, len, off);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		p += n;
		len -= (size_t)n;
		off += n;
	}
	return (0);
}

static int
timed_sync(struct journal *j, int fd)
{
	struct timespec a, b;
	uint64_t us;
	int error, r;

	clock_gettime(CLOCK_MONOTONIC, &a);
	r = compat_sync(fd);
	error = errno;
	clock_gettime(CLOCK_MONOTONIC, &b);
	j->syncs++;
	us = (uint64_t)((b.tv_sec - a.tv_sec) * 1000000 +
	    (b.tv_nsec - a.tv_nsec) / 1000);
	j->sync_us += us;
	histogram_add(&j->sync_times, us);
	errno = error;
	return (r);
}

struct journal *
journal_open(int dirfd, const struct journal_ops *ops, void *arg)
{
	struct journal *j;
	struct scan scan = { 0 };
	int error;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return (NULL);
	j->fd = -1;
	j->ops = ops;
	j->arg = arg;
	j->next = 1;
	if ((j->dirfd = dup(dirfd)) == -1 || list(j) == -1 ||
	    find(j, &scan) == -1) {
		log_warn("journal: cannot be read");
		goto fail;
	}
	if (scan_damaged(&scan)) {
		log_warnx("journal: damaged: batch %" PRIu64 " is not "
		    "readable, but batches up to %" PRIu64 " were durable; "
		    "what can be read behind it is taken", scan.next,
		    scan.synced);
		j->damaged = 1;
		if (scan_islands(&scan) == -1) {
			log_warn("journal: cannot be read");
			goto fail;
		}
		if (scan.next <= scan.synced)
			scan.next = scan.synced + 1;
	}
	j->synced = scan.synced;
	if (scan.next > 0)
		j->next = scan.next;
	if (deliver(j, &scan, ops->batch, arg, &j->tail) == -1) {
		log_warn("journal: cannot be replayed");
		goto fail;
	}
	scan_free(&scan);
	return (j);
fail:
	error = errno;
	scan_free(&scan);
	journal_close(j);
	errno = error;
	return (NULL);
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd != -1)
		close(j->fd);
	if (j->dirfd != -1)
		close(j->dirfd);
	free(j->segs);
	buf_free(&j->tail);
	free(j);
}

static int
by_number(const void *a, const void *b)
{
	const struct segment *s = a, *t = b;

	return (s->number < t->number ? -1 : s->number > t->number);
}

static int
add_segment(struct journal *j, uint64_t number, uint64_t size)
{
	struct segment *p;
	size_t cap;

	if (j->nsegs == j->segcap) {
		cap = j->segcap == 0 ? 8 : j->segcap * 2;
		if ((p = reallocarray(j->segs, cap, sizeof(*p))) == NULL)
			return (-1);
		j->segs = p;
		j->segcap = cap;
	}
	j->segs[j->nsegs].number = number;
	j->segs[j->nsegs++].size = size;
	return (0);
}

/* Makes the list of segments from the directory. */
static int
list(struct journal *j)
{
	struct dirent *de;
	struct stat st;
	const char *errstr;
	long long n;
	DIR *dir;
	int r = 0;

	if ((dir = directory_open(j->dirfd, ".")) == NULL)
		return (-1);
	while (r == 0 && (de = readdir(dir)) != NULL) {
		if (strcmp(de->d_name, SPARE_TMP) == 0)
			unlinkat(j->dirfd, SPARE_TMP, 0);
		if (fstatat(j->dirfd, de->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode))
			continue;
		if (strcmp(de->d_name, SPARE) == 0) {
			if (st.st_size == (off_t)journal_segment_size)
				j->spare = 1;
			else
				unlinkat(j->dirfd, SPARE, 0);
			continue;
		}
		n = strtonum(de->d_name, 1, INT64_MAX - 1, &errstr);
		if (errstr == NULL)
			r = add_segment(j, (uint64_t)n, (uint64_t)st.st_size);
	}
	closedir(dir);
	if (j->nsegs > 0)
		qsort(j->segs, j->nsegs, sizeof(*j->segs), by_number);
	return (r);
}

static int
read_segment(struct journal *j, const struct segment *s, struct buf *b)
{
	char name[NAMELEN];
	unsigned char *p;
	ssize_t n;
	size_t done = 0;
	int error, fd;

	b->len = 0;
	if (s->size == 0)
		return (0);	/* a power cut took what it held */
	if (s->size > JOURNAL_MAXSEGMENT) {
		errno = EFBIG;
		return (-1);
	}
	segment_name(name, s->number);
	if ((p = buf_grow(b, (size_t)s->size)) == NULL)
		return (-1);
	if ((fd = openat(j->dirfd, name, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	while (done < s->size) {
		n = pread(fd, p + done, (size_t)s->size - done, (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			error = n == 0 ? EIO : errno;
			close(fd);
			errno = error;
			return (-1);
		}
		done += (size_t)n;
	}
	close(fd);
	return (0);
}

/* First pass: which batches there are. */
static int
find(struct journal *j, struct scan *scan)
{
	struct buf b = { 0 };
	size_t i;
	int r = 0;

	for (i = 0; i < j->nsegs && r == 0; i++) {
		r = read_segment(j, &j->segs[i], &b);
		if (r == 0)
			r = scan_segment(scan, j->segs[i].number, b.data,
			    b.len);
	}
	buf_free(&b);
	return (r);
}

/*
 * Second pass: hands them over, and keeps those that are not proven durable
 * for a new segment.
 */
static int
deliver(struct journal *j, const struct scan *scan,
    int (*batch)(void *, const void *, size_t), void *arg, struct buf *tail)
{
	const struct batch_place *p;
	const size_t hl = sizeof(struct batch_head);
	uint64_t last = 0;
	struct buf b = { 0 };
	void *copy;
	size_t i, s = 0;
	int r = 0, loaded = 0;

	for (i = 0; i < scan->n && r == 0; i++) {
		p = &scan->batches[i];
		if (j->damaged && p->number != last + 1 && j->ops->gap != NULL)
			j->ops->gap(j->arg);
		last = p->number;
		for (; j->segs[s].number != p->segment; loaded = 0)
			s++;
		if (!loaded && (r = read_segment(j, &j->segs[s], &b)) == -1)
			break;
		loaded = 1;
		if (tail != NULL && p->number > j->synced) {
			copy = buf_grow(tail, (size_t)p->len);
			if (copy == NULL) {
				r = -1;
				break;
			}
			memcpy(copy, b.data + p->off, (size_t)p->len);
		}
		r = batch(arg, b.data + p->off + hl,
		    (size_t)p->len - hl);
	}
	if (r == 0 && j->damaged && last + 1 < scan->next &&
	    j->ops->gap != NULL)
		j->ops->gap(j->arg);
	buf_free(&b);
	return (r);
}

int
journal_replay(struct journal *j, int (*batch)(void *, const void *, size_t),
    void *arg)
{
	struct scan scan = { 0 };
	int error, r;

	r = find(j, &scan);
	if (r == 0 && scan_damaged(&scan)) {
		errno = EBADMSG;
		r = -1;
	}
	if (r == 0)
		r = deliver(j, &scan, batch, arg, NULL);
	error = errno;
	scan_free(&scan);
	errno = error;
	return (r);
}

int
journal_start(struct journal *j)
{
	j->broken = 1;
	return (roll(j));
}

/* Fills in the head of a batch that starts at off in b. */
static void
put_head(struct journal *j, struct buf *b, size_t off, uint64_t len,
    uint64_t number, uint64_t segment, uint64_t seed)
{
	struct batch_head h = { 0 };

	h.magic = JOURNAL_BATCH;
	h.len = len;
	h.number = number;
	h.synced = j->synced;
	h.segment = segment;
	h.seed = seed;
	h.sum = batch_sum(&h, b->data + off + sizeof(h));
	memcpy(b->data + off, &h, sizeof(h));
}

/*
 * Goes on in a new segment: the carried batch, then the whole tail, then
 * everything is made durable.  What the old segment holds behind the last
 * durable batch is void from then on, because the new one goes on from
 * there.  Leaves all as it was if that fails.
 */
static int
roll(struct journal *j)
{
	struct buf carry = { 0 };
	char name[NAMELEN];
	uint64_t seed, number, first, size, off, next;
	int error, fd = -1;

	number = j->nsegs == 0 ? 1 : j->segs[j->nsegs - 1].number + 1;
	first = j->synced + 1;
	segment_name(name, number);
	if (batch_begin(&carry) == -1 || j->ops->carry(j->arg, &carry) == -1)
		goto fail;
	arc4random_buf(&seed, sizeof(seed));
	size = JOURNAL_START + carry.len + 8 + j->tail.len;
	/* What is written to a file that was another segment must not be found
	 * under that one's name. */
	if ((fd = new_file(j, number, size, &size)) == -1 ||
	    compat_syncdir(j->dirfd) == -1 ||
	    add_segment(j, number, size) == -1)
		goto fail;
	j->removed = 0;
	next = first;
	off = 0;
	if (fill_segment(j, fd, number, seed, &next, &carry, &off) == -1 ||
	    begin_segment(j, fd, number, seed, first) == -1)
		goto fail_listed;
	if (j->fd != -1)
		close(j->fd);
	j->fd = fd;
	j->seed = seed;
	j->off = off;
	j->bytes += j->off - JOURNAL_START;
	j->synced = next - 1;
	j->next = next;
	j->tail.len = 0;
	j->broken = 0;
	buf_free(&carry);
	return (0);
fail_listed:
	j->nsegs--;
fail:
	error = errno;
	if (fd != -1) {
		close(fd);
		unlinkat(j->dirfd, name, 0);
	}
	buf_free(&carry);
	errno = error;
	log_warn("journal: no new segment");
	return (-1);
}

/* The carried batch of a new segment and the tail, numbered from *next on;
 * *off is the end. */
static int
fill_segment(struct journal *j, int fd, uint64_t number, uint64_t seed,
    uint64_t *next, struct buf *carry, uint64_t *off)
{
	struct batch_head h;
	size_t at;

	if (pad(carry) == -1)
		return (-1);
	put_head(j, carry, 0, carry->len, (*next)++, number, seed);
	for (at = 0; at < j->tail.len; at += (size_t)h.len) {
		memcpy(&h, j->tail.data + at, sizeof(h));
		put_head(j, &j->tail, at, h.len, (*next)++, number, seed);
	}
	*off = JOURNAL_START + carry->len;
	if (write_all(fd, carry->data, carry->len, JOURNAL_START) == -1 ||
	    write_all(fd, j->tail.data, j->tail.len, (off_t)*off) == -1)
		return (-1);
	*off += j->tail.len;
	return (0);
}

/*
 * The head makes a segment of it, and voids what the one before holds from
 * first on: not before all of the tail is durable here, since it may have been
 * durable, and answered, there.
 */
static int
begin_segment(struct journal *j, int fd, uint64_t number, uint64_t seed,
    uint64_t first)
{
	struct segment_head h = { 0 };
	struct stat st;

	if (timed_sync(j, fd) == -1 || fstat(fd, &st) == -1)
		return (-1);
	h.magic = JOURNAL_MAGIC;
	h.byteorder = JOURNAL_ORDER;
	h.major = JOURNAL_MAJOR;
	h.minor = JOURNAL_MINOR;
	h.segment = number;
	h.seed = seed;
	h.first = first;
	h.synced = first - 1;
	h.size = (uint64_t)st.st_size;
	h.sum = segment_sum(&h);
	if (write_all(fd, &h, sizeof(h), 0) == -1)
		return (-1);
	return (timed_sync(j, fd));
}

/*
 * A file for a segment: the spare one if it is large enough, else a new one
 * with zeros written to it.  *size is set to what it has.
 */
static int
new_file(struct journal *j, uint64_t number, uint64_t need, uint64_t *size)
{
	char name[NAMELEN];
	int error, fd;

	segment_name(name, number);
	if (j->spare && need <= journal_segment_size) {
		j->spare = 0;
		if (renameat(j->dirfd, SPARE, j->dirfd, name) == 0) {
			*size = journal_segment_size;
			return (openat(j->dirfd, name, O_RDWR | O_CLOEXEC));
		}
		log_warn("journal: %s", SPARE);
	}
	*size = journal_segment_size;
	if (need > *size)
		*size = (need + 65535) & ~(uint64_t)65535;
	/* A file of this number can only be left from a failed attempt. */
	unlinkat(j->dirfd, name, 0);
	fd = openat(j->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return (-1);
	if (compat_reserve(fd, 0, (off_t)*size) == -1) {
		error = errno;
		close(fd);
		unlinkat(j->dirfd, name, 0);
		errno = error;
		return (-1);
	}
	return (fd);
}

/* Takes a batch into the tail: 0, or -1 with ENOMEM. */
static int
keep(struct journal *j, const struct buf *b)
{
	void *p;

	if ((p = buf_grow(&j->tail, b->len)) == NULL)
		return (-1);
	memcpy(p, b->data, b->len);
	return (0);
}

/*
 * Writes a batch at the end of the segment.  Where it begins another block,
 * the rest of that is written as well: then the file system need not read
 * what the block had before.  0, or -1 if it does not fit or with errno.
 */
static int
write_batch(struct journal *j, struct buf *b)
{
	uint64_t size = j->segs[j->nsegs - 1].size, end = j->off + b->len;
	size_t len = b->len, rest = 0;

	if (j->broken || end > size)
		return (-1);
	if ((end - 1) / JOURNAL_BLOCK != (j->off - 1) / JOURNAL_BLOCK)
		rest = JOURNAL_BLOCK - 1 - (size_t)(end - 1) % JOURNAL_BLOCK;
	if (rest > size - end || buf_grow(b, rest) == NULL)
		rest = 0;
	memset(b->data + len, 0, rest);
	b->len = len;
	if (write_all(j->fd, b->data, len + rest, (off_t)j->off) == -1) {
		log_warn("journal: segment %" PRIu64 " is given up",
		    journal_segment(j));
		return (-1);
	}
	j->off += len;
	j->bytes += len;
	j->next++;
	return (0);
}

int
journal_append(struct journal *j, struct buf *b, int sync)
{
	uint64_t start = j->off, next = j->next;
	size_t was = j->tail.len;
	int alone, error, r;

	if (pad(b) == -1)
		return (-1);
	put_head(j, b, 0, b->len, j->next, journal_segment(j), j->seed);
	/* What is synced at once is kept only if that fails. */
	alone = sync && was == 0;
	if (!alone && keep(j, b) == -1)
		return (-1);
	if (write_batch(j, b) == -1)
		r = alone && keep(j, b) == -1 ? -1 : roll(j);
	else if (!sync && j->tail.len < JOURNAL_MAXTAIL)
		return (0);
	else if (sync_segment(j) == 0)
		return (0);
	else
		r = alone && keep(j, b) == -1 ? -1 : roll(j);
	if (r == 0)
		return (0);
	error = errno;
	j->broken = 1;
	j->next = next;
	j->tail.len = was;
	if (was == 0 && j->fd != -1)
		void_batch(j, start);
	errno = error;
	return (-1);
}

/* Best effort: a batch that failed should not come back after a crash. */
static void
void_batch(struct journal *j, uint64_t off)
{
	static const struct batch_head zeros;

	if (off + sizeof(zeros) > j->segs[j->nsegs - 1].size)
		return;
	if (write_all(j->fd, &zeros, sizeof(zeros), (off_t)off) == -1 ||
	    compat_sync(j->fd) == -1)
		log_warn("journal: segment %" PRIu64, journal_segment(j));
}

/* Fills a batch up to a multiple of 8 octets. */
static int
pad(struct buf *b)
{
	size_t n = (8 - b->len % 8) % 8;
	void *p;

	if ((p = buf_grow(b, n)) == NULL)
		return (-1);
	memset(p, 0, n);
	return (0);
}

/* Makes all that the segment has durable, or gives it up: 0 or -1. */
static int
sync_segment(struct journal *j)
{
	if (j->broken)
		return (-1);
	if (timed_sync(j, j->fd) == -1) {
		log_warn("journal: segment %" PRIu64 " is given up",
		    journal_segment(j));
		j->broken = 1;
		return (-1);
	}
	j->synced = j->next - 1;
	if (j->tail.cap > JOURNAL_MAXTAIL)
		buf_free(&j->tail);
	j->tail.len = 0;
	return (0);
}

int
journal_sync(struct journal *j)
{
	if (j->tail.len == 0 || sync_segment(j) == 0)
		return (0);
	return (roll(j));
}

int
journal_unsynced(const struct journal *j)
{
	return (j->tail.len > 0);
}

uint64_t
journal_segment(const struct journal *j)
{
	return (j->nsegs == 0 ? 0 : j->segs[j->nsegs - 1].number);
}

/*
 * The oldest first, and the next one not before it is gone for good: after a
 * power cut one that is missing between two others is taken for damage.
 */
void
journal_release(struct journal *j, uint64_t below)
{
	char name[NAMELEN];
	size_t n;

	for (n = 0; n + 1 < j->nsegs && j->segs[n].number < below; n++) {
		segment_name(name, j->segs[n].number);
		if (j->removed && compat_syncdir(j->dirfd) == -1) {
			log_warn("journal: segment=%s is kept", name);
			break;
		}
		j->removed = 1;
		if (!j->spare && j->segs[n].size == journal_segment_size &&
		    renameat(j->dirfd, name, j->dirfd, SPARE) == 0)
			j->spare = 1;
		else if (unlinkat(j->dirfd, name, 0) == -1)
			log_warn("journal: unlink segment=%s", name);
	}
	j->nsegs -= n;
	memmove(j->segs, j->segs + n, j->nsegs * sizeof(*j->segs));
}

int
journal_want_spare(struct journal *j, size_t *size)
{
	int fd;

	if (j->spare || j->making) {
		errno = EEXIST;
		return (-1);
	}
	fd = openat(j->dirfd, SPARE_TMP, O_RDWR | O_CREAT | O_TRUNC |
	    O_CLOEXEC, 0600);
	if (fd != -1) {
		j->making = 1;
		*size = journal_segment_size;
	}
	return (fd);
}

void
journal_spare(struct journal *j, int ok)
{
	j->making = 0;
	if (ok && !j->spare &&
	    renameat(j->dirfd, SPARE_TMP, j->dirfd, SPARE) == 0)
		j->spare = 1;
	else
		unlinkat(j->dirfd, SPARE_TMP, 0);
}

void
journal_stats(const struct journal *j, struct journal_stats *s)
{
	s->syncs = j->syncs;
	s->sync_us = j->sync_us;
	s->sync_times = j->sync_times;
	s->bytes = j->bytes;
	s->segments = j->nsegs;
}
