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

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/confine.h"

#define ZEROS	65536			/* bytes written at a time */

/* Sizes of memory that compat_plug() takes: by halves, at last each. */
#define PLUG_LARGEST	65536
#define PLUG_STEP	1024
#define PLUG_SMALL	16

static int	fill(int, off_t, off_t);
static int	exclusive(int, const char *, int, const char *);
static int	by_link(int, const char *, int, const char *);
static int	same_entry(int, const char *, int, const char *);
static int	finish(int, const char *, int, const char *);

int
compat_sync(int fd)
{
#ifdef F_FULLFSYNC
	/* Some network file systems know only fsync(2). */
	if (fcntl(fd, F_FULLFSYNC) != -1)
		return (0);
	if (errno != ENOTSUP && errno != EOPNOTSUPP && errno != EINVAL)
		return (-1);
	return (fsync(fd));
#else
	return (fdatasync(fd));
#endif
}

int
compat_syncmap(int fd)
{
#ifndef __linux__
	struct stat st;
	void *p;
	int error, r;

	if (fstat(fd, &st) == -1)
		return (-1);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (-1);
	r = msync(p, (size_t)st.st_size, MS_SYNC);
	error = errno;
	munmap(p, (size_t)st.st_size);
	errno = error;
	if (r == -1)
		return (-1);
#endif
	return (compat_sync(fd));
}

int
compat_syncdir(int fd)
{
	if (fsync(fd) == 0)
		return (0);
	/* A file system that has no such thing for a directory. */
	if (errno == EINVAL)
		return (0);
	return (-1);
}

int
compat_syncparent(const char *path)
{
	char *dir;
	size_t len;
	int error, fd, r;

	for (len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		;
	for (; len > 0 && path[len - 1] != '/'; len--)
		;
	if (len == 0)
		dir = strdup(".");
	else
		dir = strndup(path, len);
	if (dir == NULL)
		return (-1);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd == -1)
		return (errno == EACCES || errno == EPERM ? 0 : -1);
	r = compat_syncdir(fd);
	error = errno;
	close(fd);
	errno = error;
	return (r);
}

int
compat_reserve(int fd, off_t off, off_t len)
{
	struct stat st;
	off_t end;
	int error;

	if (off < 0 || len <= 0 || off > INT64_MAX - len) {
		errno = EINVAL;
		return (-1);
	}
	end = off + len;
	if (fstat(fd, &st) == -1)
		return (-1);
#ifdef __linux__
	/* Says early that there is no space and gives one piece of it. */
	while (fallocate(fd, 0, off, len) == -1) {
		if (errno == EINTR)
			continue;
		if (errno == EOPNOTSUPP || errno == ENOSYS)
			break;
		return (-1);
	}
#endif
	/* Written blocks: a later sync then has no metadata to write. */
	if (end > st.st_size && fill(fd, st.st_size, end) == -1) {
		error = errno;
		if (ftruncate(fd, st.st_size) == -1)
			error = errno;
		errno = error;
		return (-1);
	}
	return (0);
}

/* Writes zeros to [off, end). */
static int
fill(int fd, off_t off, off_t end)
{
	static const char zeros[ZEROS];
	size_t want;
	ssize_t n;

	while (off < end) {
		want = sizeof(zeros) - (size_t)(off % ZEROS);
		if ((off_t)want > end - off)
			want = (size_t)(end - off);
		n = pwrite(fd, zeros, want, off);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		off += n;
	}
	return (0);
}

int
compat_rename(int fromfd, const char *from, int tofd, const char *to)
{
	if (exclusive(fromfd, from, tofd, to) == 0)
		return (0);
	switch (errno) {
	case EEXIST:
	case ENOTEMPTY:
		return (finish(fromfd, from, tofd, to));
	case EINVAL:
	case ENOSYS:
	case ENOTSUP:
		return (by_link(fromfd, from, tofd, to));
	default:
		return (-1);
	}
}

/* The system's own rename that does not replace; ENOSYS if it has none. */
static int
exclusive(int fromfd, const char *from, int tofd, const char *to)
{
#if defined(RENAME_NOREPLACE)
	return (renameat2(fromfd, from, tofd, to, RENAME_NOREPLACE));
#elif defined(RENAME_EXCL)
	return (renameatx_np(fromfd, from, tofd, to, RENAME_EXCL));
#else
	(void)fromfd;
	(void)from;
	(void)tofd;
	(void)to;
	errno = ENOSYS;
	return (-1);
#endif
}

/*
 * A directory cannot be linked; renaming one replaces at most an empty
 * directory, in which there is nothing to lose.
 */
static int
by_link(int fromfd, const char *from, int tofd, const char *to)
{
	struct stat st;
	int error;

	if (fstatat(fromfd, from, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (-1);
	if (S_ISDIR(st.st_mode)) {
		if (renameat(fromfd, from, tofd, to) == 0)
			return (0);
		if (errno == ENOTEMPTY || errno == ENOTDIR)
			errno = EEXIST;
		return (-1);
	}
	if (linkat(fromfd, from, tofd, to, 0) == -1) {
		/* NFS: the link may be made and its answer lost. */
		error = errno;
		if (finish(fromfd, from, tofd, to) == 0)
			return (0);
		errno = error;
		return (-1);
	}
	return (finish(fromfd, from, tofd, to));
}

/*
 * The target exists.  If it is the same file under two names, the old name
 * goes; EEXIST if it is another file.
 */
static int
finish(int fromfd, const char *from, int tofd, const char *to)
{
	struct stat a, b;
	int same;

	if (fstatat(fromfd, from, &a, AT_SYMLINK_NOFOLLOW) == -1 ||
	    fstatat(tofd, to, &b, AT_SYMLINK_NOFOLLOW) == -1)
		return (-1);
	if ((same = same_entry(fromfd, from, tofd, to)) != 0)
		return (same == 1 ? 0 : -1);
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino) {
		errno = EEXIST;
		return (-1);
	}
	/* One link: two spellings of one name, or from is gone already. */
	if (S_ISDIR(b.st_mode) || b.st_nlink < 2)
		return (0);
	return (unlinkat(fromfd, from, 0));
}

/* Whether both are one name in one directory: 1, 0, or -1 with errno. */
static int
same_entry(int fromfd, const char *from, int tofd, const char *to)
{
	struct stat a, b;

	if (strcmp(from, to) != 0)
		return (0);
	if (fromfd == tofd || from[0] == '/')
		return (1);
	if (fstat(fromfd, &a) == -1 || fstat(tofd, &b) == -1)
		return (-1);
	return (a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

struct timespec
compat_mtime(const struct stat *st)
{
#ifdef __APPLE__
	return (st->st_mtimespec);
#else
	return (st->st_mtim);
#endif
}

struct timespec
compat_ctime(const struct stat *st)
{
#ifdef __APPLE__
	return (st->st_ctimespec);
#else
	return (st->st_ctim);
#endif
}

int
compat_is_dir(const struct dirent *e)
{
#ifdef DT_DIR
	return (e->d_type == DT_DIR);
#else
	(void)e;
	return (0);
#endif
}

int
compat_not_file(const struct dirent *e)
{
#ifdef DT_REG
	return (e->d_type != DT_UNKNOWN && e->d_type != DT_REG);
#else
	(void)e;
	return (0);
#endif
}

int
compat_peereid(int fd, uid_t *uid, gid_t *gid)
{
	return (getpeereid(fd, uid, gid));
}

pid_t
compat_peerpid(int fd)
{
#if defined(__linux__)
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
		return (cred.pid);
#elif defined(__OpenBSD__)
	struct sockpeercred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
		return (cred.pid);
#else
	(void)fd;
#endif
	return (0);
}

void
compat_trim(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

void
compat_plug(void)
{
#if defined(__GLIBC__) && !defined(CONFINE_SANITIZED)
#if __GLIBC_PREREQ(2, 33)
	struct mallinfo2 mi;
	size_t size;
	char *p, *top;

	for (size = PLUG_LARGEST; size > 0; size = size > PLUG_STEP ?
	    size / 2 : size - PLUG_SMALL) {
		mi = mallinfo2();
		top = (char *)sbrk(0) - mi.keepcost;
		while ((p = malloc(size)) != NULL && p < top)
			continue;
		free(p);
	}
#endif
#endif
}

void
compat_title_init(int argc, char *argv[])
{
#ifdef LIBBSD_OVERLAY
	extern char **environ;

	setproctitle_init(argc, argv, environ);
#else
	(void)argc;
	(void)argv;
#endif
}
