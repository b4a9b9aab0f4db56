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

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/inject/inject.h"
#include "tests/inject/shim.h"

/*
 * Stands before the C library in the daemons of a fault-injection build: see
 * inject.h.  Made for Linux.  That syncs are counted and not made takes
 * nothing from the tests: a process that ends leaves the system's cache as it
 * is.
 */

#define NEXT(fn, r)	((__typeof__(&fn))next(#fn, &(r)))

extern int	confine_traceable __attribute__((__weak__));
extern size_t	journal_segment_size __attribute__((__weak__));
extern uint64_t	compact_slack __attribute__((__weak__));
extern uint64_t	compact_history __attribute__((__weak__));

static void	begin(void) __attribute__((__constructor__));
static void	tune(void);
static void	end(void) __attribute__((__noreturn__));
static uint32_t	open_kind(int);
static int	is_file(int);

static struct inject	*ctl;
static int		 self;		/* the one that is meant */
static int		 forked;
static __thread int	 dying;		/* after this call */

void *
next(const char *name, void **cache)
{
	if (*cache == NULL && (*cache = dlsym(RTLD_NEXT, name)) == NULL)
		abort();
	return (*cache);
}

static void
begin(void)
{
	static void *r;
	const char *path;
	uint32_t want = INJECT_NEXT;
	void *p;
	int fd;

	tune();
	if ((path = getenv(INJECT_ENV)) == NULL ||
	    (fd = NEXT(open, r)(path, O_RDWR | O_CLOEXEC)) == -1)
		return;
	r = NULL;
	p = NEXT(mmap, r)(NULL, sizeof(*ctl), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		abort();
	ctl = p;
	self = (int)getpid();
	(void)atomic_compare_exchange_strong(&ctl->target, &want,
	    (uint32_t)self);
}

/* indexd's sizes, so small that what is rare is not. */
static void
tune(void)
{
	const char *text;

	if (&journal_segment_size != NULL &&
	    (text = getenv(INJECT_SEGMENT)) != NULL)
		journal_segment_size = strtoul(text, NULL, 10);
	if (&compact_slack != NULL && (text = getenv(INJECT_SLACK)) != NULL)
		compact_slack = compact_history = strtoul(text, NULL, 10);
	if (&confine_traceable != NULL && getenv(INJECT_TRACE) != NULL)
		confine_traceable = 1;
}

static void
end(void)
{
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

int
point(uint32_t kind, const char *fn, const char *what)
{
	uint32_t n;

	if (ctl == NULL || !atomic_load(&ctl->armed) ||
	    (ctl->mask & kind) == 0 || (int)ctl->child != forked ||
	    atomic_load(&ctl->target) != (uint32_t)self)
		return (0);
	n = atomic_fetch_add(&ctl->count, 1) + 1;
	if (ctl->at == 0 || n < ctl->at || (n > ctl->at && !ctl->lasting))
		return (0);
	if (atomic_fetch_add(&ctl->fired, 1) == 0)
		(void)snprintf(ctl->what, sizeof(ctl->what), "%s %s", fn,
		    what);
	switch (ctl->mode) {
	case INJECT_KILL_BEFORE:
		end();
	case INJECT_KILL_AFTER:
		dying = 1;
		return (0);
	case INJECT_FAIL:
		errno = ctl->error;
		return (-1);
	case INJECT_SHORT:
		/* A disk that is getting full: half of it, then nothing. */
		if (n == ctl->at)
			return (1);
		errno = ctl->error;
		return (-1);
	default:
		return (0);
	}
}

void
after(void)
{
	if (dying)
		end();
}

int
shim_is_indexd(void)
{
	return (&journal_segment_size != NULL);
}

const struct inject *
shim_control(void)
{
	return (ctl);
}

void
shim_forked(void)
{
	forked = 1;
}

static uint32_t
open_kind(int flags)
{
	if (flags & (O_CREAT | O_TRUNC))
		return (INJECT_CREATE);
	if ((flags & O_ACCMODE) != O_RDONLY)
		return (INJECT_MODIFY);
	return (INJECT_OPEN);
}

/* Whether what is written to it goes to a file; the log does not count. */
static int
is_file(int fd)
{
	struct stat st;

	return (fd != STDERR_FILENO && fstat(fd, &st) == 0 &&
	    S_ISREG(st.st_mode));
}

int
open(const char *path, int flags, ...)
{
	static void *r;
	va_list ap;
	int fd, mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	if (point(open_kind(flags), __func__, path) != 0)
		return (-1);
	fd = NEXT(open, r)(path, flags, mode);
	after();
	return (fd);
}

int
openat(int dirfd, const char *path, int flags, ...)
{
	static void *r;
	va_list ap;
	int fd, mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	if (point(open_kind(flags), __func__, path) != 0)
		return (-1);
	fd = NEXT(openat, r)(dirfd, path, flags, mode);
	after();
	return (fd);
}

ssize_t
write(int fd, const void *buf, size_t len)
{
	static void *r;
	ssize_t n;

	if (ctl != NULL && atomic_load(&ctl->armed) && fd != STDERR_FILENO)
		switch (point(is_file(fd) ? INJECT_WRITE : INJECT_SEND,
		    __func__, "")) {
		case -1:
			return (-1);
		case 1:
			len = (len + 1) / 2;
			break;
		}
	n = NEXT(write, r)(fd, buf, len);
	after();
	return (n);
}

ssize_t
pwrite(int fd, const void *buf, size_t len, off_t off)
{
	static void *r;
	ssize_t n;

	switch (point(INJECT_WRITE, __func__, "")) {
	case -1:
		return (-1);
	case 1:
		len = (len + 1) / 2;
		break;
	}
	n = NEXT(pwrite, r)(fd, buf, len, off);
	after();
	return (n);
}

/* What cannot be written stays in the buffer, as after a real error. */
int
fflush(FILE *f)
{
	static void *r;
	int rv;

	if (point(INJECT_WRITE, __func__, "") == -1)
		return (EOF);
	rv = NEXT(fflush, r)(f);
	after();
	return (rv);
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	static void *r;
	ssize_t n;

	if (point(INJECT_SEND, __func__, "") == -1)
		return (-1);
	n = NEXT(sendmsg, r)(fd, msg, flags);
	after();
	return (n);
}

int
renameat(int from, const char *a, int to, const char *b)
{
	static void *r;
	int rv;

	if (point(INJECT_RENAME, __func__, b) != 0)
		return (-1);
	rv = NEXT(renameat, r)(from, a, to, b);
	after();
	return (rv);
}

int
renameat2(int from, const char *a, int to, const char *b, unsigned int flags)
{
	static void *r;
	int rv;

	if (point(INJECT_RENAME, __func__, b) != 0)
		return (-1);
	rv = NEXT(renameat2, r)(from, a, to, b, flags);
	after();
	return (rv);
}

int
linkat(int from, const char *a, int to, const char *b, int flags)
{
	static void *r;
	int rv;

	if (point(INJECT_LINK, __func__, b) != 0)
		return (-1);
	rv = NEXT(linkat, r)(from, a, to, b, flags);
	after();
	return (rv);
}

int
unlink(const char *path)
{
	static void *r;
	int rv;

	if (point(INJECT_UNLINK, __func__, path) != 0)
		return (-1);
	rv = NEXT(unlink, r)(path);
	after();
	return (rv);
}

int
unlinkat(int dirfd, const char *path, int flags)
{
	static void *r;
	int rv;

	if (point(INJECT_UNLINK, __func__, path) != 0)
		return (-1);
	rv = NEXT(unlinkat, r)(dirfd, path, flags);
	after();
	return (rv);
}

int
mkdir(const char *path, mode_t mode)
{
	static void *r;
	int rv;

	if (point(INJECT_MKDIR, __func__, path) != 0)
		return (-1);
	rv = NEXT(mkdir, r)(path, mode);
	after();
	return (rv);
}

int
mkdirat(int dirfd, const char *path, mode_t mode)
{
	static void *r;
	int rv;

	if (point(INJECT_MKDIR, __func__, path) != 0)
		return (-1);
	rv = NEXT(mkdirat, r)(dirfd, path, mode);
	after();
	return (rv);
}

int
ftruncate(int fd, off_t len)
{
	static void *r;
	int rv;

	if (point(INJECT_CUT, __func__, "") != 0)
		return (-1);
	rv = NEXT(ftruncate, r)(fd, len);
	after();
	return (rv);
}

int
fallocate(int fd, int mode, off_t off, off_t len)
{
	static void *r;
	int rv;

	if (point(INJECT_RESERVE, __func__, "") != 0)
		return (-1);
	rv = NEXT(fallocate, r)(fd, mode, off, len);
	after();
	return (rv);
}

int
fsync(int fd)
{
	struct stat st;

	if (point(INJECT_SYNC, __func__, "") != 0)
		return (-1);
	after();
	return (fstat(fd, &st));
}

int
fdatasync(int fd)
{
	struct stat st;

	if (point(INJECT_SYNC, __func__, "") != 0)
		return (-1);
	after();
	return (fstat(fd, &st));
}

int
msync(void *p, size_t len, int flags)
{
	(void)p;
	(void)len;
	(void)flags;
	if (point(INJECT_SYNC, __func__, "") != 0)
		return (-1);
	after();
	return (0);
}

void *
mmap(void *p, size_t len, int prot, int flags, int fd, off_t off)
{
	static void *r;

	if (point(INJECT_MAP, __func__, "") != 0)
		return (MAP_FAILED);
	return (NEXT(mmap, r)(p, len, prot, flags, fd, off));
}

int
futimens(int fd, const struct timespec times[2])
{
	static void *r;
	int rv;

	if (point(INJECT_TIMES, __func__, "") != 0)
		return (-1);
	rv = NEXT(futimens, r)(fd, times);
	after();
	return (rv);
}

int
fchmod(int fd, mode_t mode)
{
	static void *r;
	int rv;

	if (point(INJECT_MODE, __func__, "") != 0)
		return (-1);
	rv = NEXT(fchmod, r)(fd, mode);
	after();
	return (rv);
}

int
fcntl(int fd, int cmd, ...)
{
	static void *r;
	va_list ap;
	void *arg;
	int rv;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (cmd == F_SETLK && point(INJECT_LOCK, __func__, "") != 0)
		return (-1);
	rv = NEXT(fcntl, r)(fd, cmd, arg);
	after();
	return (rv);
}

pid_t
fork(void)
{
	static void *r;
	pid_t pid;

	if (point(INJECT_FORK, __func__, "") != 0)
		return (-1);
	if ((pid = NEXT(fork, r)()) == 0)
		shim_forked();
	else
		after();
	return (pid);
}
