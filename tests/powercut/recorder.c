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

#include "tests/powercut/recorder.h"

#ifdef __linux__
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Stands before the calls that change files.  Each takes the lock that all
 * processes of a test share, notes what the mappings hold, does the call and
 * notes it.
 */

#define MAPPINGS	256

/* How to reach the call of that name behind ours. */
#define REAL(ret, name, args) \
	static ret (*real) args; \
	if (real == NULL) \
		*(void **)(void *)&real = dlsym(RTLD_NEXT, #name)

/* A shared mapping of a file, and what it held when last looked at. */
struct mapping {
	char		*addr;
	size_t		 len;
	char		*copy;
	uint64_t	 ino;
};

static struct event_log *head;	/* NULL: nothing is recorded */
static struct event_log *made;	/* of the process that drives */
static struct mapping mappings[MAPPINGS];
static pid_t owner;			/* of the mappings */
static int nosync;			/* disks are asked for nothing */
static int held;			/* the lock: by this process */
static int within;			/* a handler's call while it is held */

static void	attach(void) __attribute__((__constructor__));
static void	take(void);
static void	drop(void);
static void	put(struct event *, const char *, const char *,
		    const void *);
static void	look(void);
static void	look_at(struct mapping *);
static uint64_t	file_of(int, mode_t *);
static uint64_t	parent_of(int, const char *, char *);
static uint64_t	entry_of(int, const char *);
static void	put_data(uint64_t, const void *, size_t, off_t);
static void	put_size(uint64_t, off_t);
static void	put_sync(int);
static int	create(int, const char *, int, mode_t);

static struct event_log *
map_log(const char *path, int flags)
{
	REAL(void *, mmap, (void *, size_t, int, int, int, off_t));
	void *p;
	int fd;

	if ((fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600)) == -1)
		return (NULL);
	if (flags != 0 && ftruncate(fd, (off_t)RECORDER_MAX) == -1)
		return (NULL);
	p = real(NULL, RECORDER_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return (p == MAP_FAILED ? NULL : p);
}

static void
attach(void)
{
	const char *path = getenv(RECORDER_ENV);

	owner = getpid();
	nosync = getenv(RECORDER_NOSYNC) != NULL || path != NULL;
	if (path != NULL)
		head = map_log(path, 0);
}

struct event_log *
recorder_make(const char *path)
{
	nosync = 1;
	if ((made = map_log(path, O_CREAT | O_TRUNC)) != NULL)
		atomic_store(&made->end, RECORDER_START);
	return (made);
}

void
recorder_on(int on)
{
	head = on ? made : NULL;
	if (!on)
		memset(mappings, 0, sizeof(mappings));
}

void
recorder_hold(int on)
{
	uint32_t zero = 0;

	if (!on)
		atomic_store(&made->lock, 0);
	else
		while (!atomic_compare_exchange_weak(&made->lock, &zero, 1)) {
			zero = 0;
			(void)poll(NULL, 0, 1);
		}
}

uint64_t
recorder_end(void)
{
	return (atomic_load(&made->end));
}

/*
 * Nobody is killed while it has the lock, which is its process' id.  It is
 * waited for by what each of the daemons' processes may call.  A signal's
 * handler does not wait for what it has interrupted, and writes to no file.
 */
static void
take(void)
{
	uint32_t was = 0, me = (uint32_t)getpid();

	if (head == NULL)
		return;
	while (!atomic_compare_exchange_weak(&head->lock, &was, me)) {
		if (was == me) {
			within++;
			return;
		}
		was = 0;
		(void)poll(NULL, 0, 1);
	}
	held = 1;
	look();
}

static void
drop(void)
{
	int error = errno;

	if (within > 0) {
		within--;
		return;
	}
	if (!held)
		return;
	held = 0;
	atomic_store(&head->lock, 0);
	errno = error;
}

/* Appends a record; the caller has the lock. */
static void
put(struct event *r, const char *name, const char *name2, const void *data)
{
	uint64_t end;
	size_t len2 = 0;
	char *p;

	if (!held || within > 0 || atomic_load(&head->paused))
		return;
	r->namelen = name == NULL ? 0 : (uint32_t)strlen(name) + 1;
	if (name2 != NULL)
		len2 = strlen(name2) + 1;
	r->len = (uint32_t)((sizeof(*r) + r->namelen + len2 + r->size + 7) &
	    ~(size_t)7);
	end = atomic_load(&head->end);
	if (end + r->len + sizeof(*r) > RECORDER_MAX)
		abort();
	p = (char *)head + end;
	memcpy(p, r, sizeof(*r));
	p += sizeof(*r);
	if (name != NULL)
		memcpy(p, name, r->namelen);
	p += r->namelen;
	if (name2 != NULL)
		memcpy(p, name2, len2);
	p += len2;
	if (data != NULL)
		memcpy(p, data, r->size);
	atomic_store(&head->end, end + r->len);
}

static void
put_data(uint64_t ino, const void *data, size_t len, off_t off)
{
	struct event r = { .type = EV_WRITE };

	r.ino = ino;
	r.off = (uint64_t)off;
	r.size = len;
	put(&r, NULL, NULL, data);
}

static void
put_size(uint64_t ino, off_t size)
{
	struct event r = { .type = EV_SIZE };

	r.ino = ino;
	r.off = (uint64_t)size;
	put(&r, NULL, NULL, NULL);
}

/* What was stored through mappings since the last look. */
static void
look(void)
{
	size_t i;

	/* The parent's mappings are the parent's business. */
	if (getpid() != owner)
		return;
	for (i = 0; i < MAPPINGS; i++)
		if (mappings[i].addr != NULL)
			look_at(&mappings[i]);
}

static void
look_at(struct mapping *m)
{
	size_t from, to, n;

	for (from = 0; from < m->len; from = to) {
		n = m->len - from < RECORDER_SECTOR ? m->len - from :
		    RECORDER_SECTOR;
		to = from + n;
		if (memcmp(m->addr + from, m->copy + from, n) == 0)
			continue;
		memcpy(m->copy + from, m->addr + from, n);
		put_data(m->ino, m->copy + from, n, (off_t)from);
	}
}

/* The inode behind a descriptor of a file or directory; 0: neither. */
static uint64_t
file_of(int fd, mode_t *mode)
{
	struct stat st;

	if (head == NULL || fstat(fd, &st) == -1 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return (0);
	if (mode != NULL)
		*mode = st.st_mode;
	return (st.st_ino);
}

/* The directory that a path's last component is in, and that component. */
static uint64_t
parent_of(int dirfd, const char *path, char *name)
{
	char dir[4096];
	struct stat st;
	const char *slash;

	slash = strrchr(path, '/');
	strlcpy(name, slash == NULL ? path : slash + 1, 256);
	if (slash == NULL)
		strlcpy(dir, ".", sizeof(dir));
	else
		snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - path), path);
	if (fstatat(dirfd, dir, &st, 0) == -1)
		return (0);
	return (st.st_ino);
}

static uint64_t
entry_of(int dirfd, const char *path)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (0);
	return (st.st_ino);
}

static int
create(int dirfd, const char *path, int flags, mode_t mode)
{
	REAL(int, openat, (int, const char *, int, ...));
	struct event r = { .type = EV_CREATE };
	char name[256];
	uint64_t was;
	mode_t m = 0;
	int fd;

	if (head == NULL || (flags & (O_CREAT | O_TRUNC)) == 0)
		return (real(dirfd, path, flags, mode));
	take();
	was = entry_of(dirfd, path);
	fd = real(dirfd, path, flags, mode);
	if (fd != -1 && was == 0) {
		r.dir = parent_of(dirfd, path, name);
		r.ino = file_of(fd, &m);
		r.mode = m;
		put(&r, name, NULL, NULL);
	} else if (fd != -1 && (flags & O_TRUNC) != 0)
		put_size(was, 0);
	drop();
	return (fd);
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (create(AT_FDCWD, path, flags, mode));
}

int
openat(int dirfd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (create(dirfd, path, flags, mode));
}

int
mkdirat(int dirfd, const char *path, mode_t mode)
{
	REAL(int, mkdirat, (int, const char *, mode_t));
	struct event r = { .type = EV_CREATE };
	char name[256];
	int ret;

	take();
	ret = real(dirfd, path, mode);
	if (ret == 0 && head != NULL) {
		r.dir = parent_of(dirfd, path, name);
		r.ino = entry_of(dirfd, path);
		r.mode = S_IFDIR | mode;
		put(&r, name, NULL, NULL);
	}
	drop();
	return (ret);
}

int
mkdir(const char *path, mode_t mode)
{
	return (mkdirat(AT_FDCWD, path, mode));
}

int
linkat(int fromfd, const char *from, int tofd, const char *to, int flag)
{
	REAL(int, linkat, (int, const char *, int, const char *, int));
	struct event r = { .type = EV_LINK };
	char name[256];
	int ret;

	take();
	ret = real(fromfd, from, tofd, to, flag);
	if (ret == 0 && head != NULL) {
		r.dir = parent_of(tofd, to, name);
		r.ino = entry_of(tofd, to);
		put(&r, name, NULL, NULL);
	}
	drop();
	return (ret);
}

static void
put_rename(int fromfd, const char *from, int tofd, const char *to)
{
	struct event r = { .type = EV_RENAME };
	char name[256], name2[256];

	r.dir = parent_of(tofd, to, name);
	r.dir2 = parent_of(fromfd, from, name2);
	r.ino = entry_of(tofd, to);
	put(&r, name, name2, NULL);
}

int
renameat(int fromfd, const char *from, int tofd, const char *to)
{
	REAL(int, renameat, (int, const char *, int, const char *));
	int ret;

	take();
	ret = real(fromfd, from, tofd, to);
	if (ret == 0 && head != NULL)
		put_rename(fromfd, from, tofd, to);
	drop();
	return (ret);
}

int
rename(const char *from, const char *to)
{
	return (renameat(AT_FDCWD, from, AT_FDCWD, to));
}

#ifdef RENAME_NOREPLACE
int
renameat2(int fromfd, const char *from, int tofd, const char *to,
    unsigned int flags)
{
	REAL(int, renameat2, (int, const char *, int, const char *,
	    unsigned int));
	int ret;

	take();
	ret = real(fromfd, from, tofd, to, flags);
	if (ret == 0 && head != NULL)
		put_rename(fromfd, from, tofd, to);
	drop();
	return (ret);
}
#endif

int
unlinkat(int dirfd, const char *path, int flag)
{
	REAL(int, unlinkat, (int, const char *, int));
	struct event r = { .type = EV_UNLINK };
	char name[256];
	int ret;

	take();
	if (head != NULL) {
		r.dir = parent_of(dirfd, path, name);
		r.ino = entry_of(dirfd, path);
	}
	ret = real(dirfd, path, flag);
	if (ret == 0 && head != NULL)
		put(&r, name, NULL, NULL);
	drop();
	return (ret);
}

int
unlink(const char *path)
{
	return (unlinkat(AT_FDCWD, path, 0));
}

ssize_t
pwrite(int fd, const void *buf, size_t len, off_t off)
{
	REAL(ssize_t, pwrite, (int, const void *, size_t, off_t));
	uint64_t ino;
	ssize_t n;

	take();
	n = real(fd, buf, len, off);
	if (n > 0 && (ino = file_of(fd, NULL)) != 0)
		put_data(ino, buf, (size_t)n, off);
	drop();
	return (n);
}

ssize_t
write(int fd, const void *buf, size_t len)
{
	REAL(ssize_t, write, (int, const void *, size_t));
	uint64_t ino;
	ssize_t n;

	take();
	n = real(fd, buf, len);
	if (n > 0 && (ino = file_of(fd, NULL)) != 0)
		put_data(ino, buf, (size_t)n, lseek(fd, 0, SEEK_CUR) - n);
	drop();
	return (n);
}

int
ftruncate(int fd, off_t size)
{
	REAL(int, ftruncate, (int, off_t));
	int ret;

	take();
	ret = real(fd, size);
	if (ret == 0 && head != NULL)
		put_size(file_of(fd, NULL), size);
	drop();
	return (ret);
}

#ifdef __linux__
int
fallocate(int fd, int mode, off_t off, off_t len)
{
	REAL(int, fallocate, (int, int, off_t, off_t));
	struct stat st;
	off_t was = 0;
	int ret;

	take();
	if (head != NULL && fstat(fd, &st) == 0)
		was = st.st_size;
	ret = real(fd, mode, off, len);
	if (ret == 0 && head != NULL && off + len > was)
		put_size(file_of(fd, NULL), off + len);
	drop();
	return (ret);
}
#endif

static void
put_sync(int fd)
{
	struct event r = { .type = EV_SYNC };

	if ((r.ino = file_of(fd, NULL)) != 0)
		put(&r, NULL, NULL, NULL);
}

int
fsync(int fd)
{
	REAL(int, fsync, (int));
	int ret;

	take();
	ret = nosync ? 0 : real(fd);
	put_sync(fd);
	drop();
	return (ret);
}

int
fdatasync(int fd)
{
	REAL(int, fdatasync, (int));
	int ret;

	take();
	ret = nosync ? 0 : real(fd);
	put_sync(fd);
	drop();
	return (ret);
}

int
msync(void *addr, size_t len, int flags)
{
	REAL(int, msync, (void *, size_t, int));

	/* fdatasync(2) comes behind it: that is what counts. */
	return (nosync ? 0 : real(addr, len, flags));
}

#ifdef __linux__
static ssize_t
stream_write(void *cookie, const char *buf, size_t len)
{
	return (write((int)(intptr_t)cookie, buf, len));
}

static int
stream_close(void *cookie)
{
	return (close((int)(intptr_t)cookie));
}

/* The library's own writes would not be seen. */
FILE *
fdopen(int fd, const char *mode)
{
	REAL(FILE *, fdopen, (int, const char *));
	cookie_io_functions_t io = { .write = stream_write,
	    .close = stream_close };

	if (head == NULL || mode[0] != 'w' || strchr(mode, '+') != NULL)
		return (real(fd, mode));
	return (fopencookie((void *)(intptr_t)fd, mode, io));
}
#endif

/* A message may tell somebody what was stored. */
ssize_t
send(int fd, const void *buf, size_t len, int flags)
{
	REAL(ssize_t, send, (int, const void *, size_t, int));

	take();
	drop();
	return (real(fd, buf, len, flags));
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	REAL(ssize_t, sendmsg, (int, const struct msghdr *, int));

	take();
	drop();
	return (real(fd, msg, flags));
}

void *
mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	REAL(void *, mmap, (void *, size_t, int, int, int, off_t));
	struct mapping *m;
	uint64_t ino;
	void *p;

	/* Who may only read does not write through it. */
	if (head == NULL || (flags & MAP_SHARED) == 0 || fd == -1 ||
	    getpid() != owner || (ino = file_of(fd, NULL)) == 0 ||
	    (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR)
		return (real(addr, len, prot, flags, fd, off));
	take();
	p = real(addr, len, prot, flags, fd, off);
	for (m = mappings; p != MAP_FAILED && m->addr != NULL; m++)
		if (m == &mappings[MAPPINGS - 1])
			abort();
	if (p != MAP_FAILED) {
		if ((m->copy = malloc(len)) == NULL)
			abort();
		memcpy(m->copy, p, len);
		m->addr = p;
		m->len = len;
		m->ino = ino;
	}
	drop();
	return (p);
}

int
munmap(void *addr, size_t len)
{
	REAL(int, munmap, (void *, size_t));
	struct mapping *m;

	if (head == NULL || getpid() != owner)
		return (real(addr, len));
	for (m = mappings; m < &mappings[MAPPINGS]; m++)
		if (m->addr == addr)
			break;
	if (m < &mappings[MAPPINGS]) {
		take();
		drop();
		free(m->copy);
		memset(m, 0, sizeof(*m));
	}
	return (real(addr, len));
}

#else	/* the calls differ: nothing is recorded */

struct event_log *
recorder_make(const char *path)
{
	(void)path;
	return (NULL);
}

void
recorder_on(int on)
{
	(void)on;
}

void
recorder_hold(int on)
{
	(void)on;
}

uint64_t
recorder_end(void)
{
	return (0);
}

#endif
