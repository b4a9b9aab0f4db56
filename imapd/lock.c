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
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/folder_priv.h"

#define LOCK_FILE	"highwater-lock"
#define LOCK_PAUSE_NS	5000000L	/* between two tries */
#define LOCK_LOG	10000		/* ms in vain until that is logged */
#define LOCK_REPLACED	10		/* times the file may be replaced */

static int	not_writable(struct folder *);
static int	try_lock(struct folder *);
static void	log_holder(struct folder *);

int64_t
now_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Who may open the file at all may lock it: so writers only. */
mode_t
folder_lockmode(const struct folder *f)
{
	struct stat st;
	mode_t mode = 0600;

	if (fstat(f->dirfd, &st) == -1)
		return (mode);
	if (st.st_mode & S_IWGRP)
		mode |= 0060;
	if (st.st_mode & S_IWOTH)
		mode |= 0006;
	return (mode);
}

mode_t
folder_filemode(const struct folder *f)
{
	struct stat st;

	if (fstat(f->dirfd, &st) == -1)
		return (0600);
	return ((st.st_mode & 0666) | 0600);
}

/* Who may not write may read all the same; for any other reason, -1. */
static int
not_writable(struct folder *f)
{
	f->denied = errno;
	return (errno == EACCES || errno == EROFS ? 0 : -1);
}

int
folder_open_lock(struct folder *f)
{
	struct stat st;
	int fd;

	f->writable = 0;
	if (faccessat(f->dirfd, ".", W_OK | X_OK, AT_EACCESS) == -1 ||
	    faccessat(f->curfd, ".", W_OK | X_OK, AT_EACCESS) == -1 ||
	    faccessat(f->newfd, ".", W_OK | X_OK, AT_EACCESS) == -1 ||
	    (f->tmpfd != -1 &&
	    faccessat(f->tmpfd, ".", W_OK | X_OK, AT_EACCESS) == -1))
		return (not_writable(f));
	fd = openat(f->dirfd, LOCK_FILE, O_RDWR | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		fd = openat(f->dirfd, LOCK_FILE, O_RDWR | O_CREAT |
		    O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
		if (fd != -1 && fchmod(fd, folder_lockmode(f)) == -1)
			log_warn("folder: %s: " LOCK_FILE, f->name);
	}
	if (fd == -1 && errno != EISDIR && errno != ELOOP &&
	    errno != EMLINK && errno != ENXIO)
		return (not_writable(f));
	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		log_warnx("folder: %s: " LOCK_FILE " is not a regular file",
		    f->name);
		if (fd != -1)
			close(fd);
		errno = EBADMSG;
		return (not_writable(f));
	}
	f->lockfd = fd;
	f->writable = 1;
	return (0);
}

int
folder_lock(struct folder *f, int ms)
{
	struct timespec pause = { 0, LOCK_PAUSE_NS };
	int64_t start;

	if (f->lockfd == -1) {
		errno = EACCES;
		return (-1);
	}
	if (f->locked++ > 0)
		return (0);
	for (start = now_ms(); try_lock(f) == -1;) {
		if (errno == EACCES)
			errno = EAGAIN;
		if (errno != EAGAIN || now_ms() - start >= ms) {
			f->locked = 0;
			if (errno == EAGAIN)
				log_holder(f);
			return (-1);
		}
		nanosleep(&pause, NULL);
	}
	f->lockwait = 0;
	return (0);
}

/* A lock on a file that someone removed excludes nobody: take the new one. */
static int
try_lock(struct folder *f)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	unsigned int i;

	for (i = 0; i < LOCK_REPLACED; i++) {
		if (fcntl(f->lockfd, F_SETLK, &fl) == -1)
			return (-1);
		if (fstat(f->lockfd, &st) == -1)
			return (-1);
		if (st.st_nlink > 0)
			return (0);
		close(f->lockfd);
		f->lockfd = -1;
		if (folder_open_lock(f) == -1)
			return (-1);
		if (f->lockfd == -1) {
			errno = EROFS;
			return (-1);
		}
	}
	errno = EAGAIN;
	return (-1);
}

static void
log_holder(struct folder *f)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int64_t now = now_ms();

	if (f->lockwait == 0)
		f->lockwait = now;
	if (now - f->lockwait >= LOCK_LOG) {
		if (fcntl(f->lockfd, F_GETLK, &fl) == 0 &&
		    fl.l_type != F_UNLCK)
			log_info("folder: %s: flush lock is held pid=%ld",
			    f->name, (long)fl.l_pid);
		f->lockwait = now;
	}
	errno = EAGAIN;
}

void
folder_unlock(struct folder *f)
{
	struct flock fl = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	int error = errno;

	if (f->locked == 0 || --f->locked > 0)
		return;
	if (f->lockfd != -1 && fcntl(f->lockfd, F_SETLK, &fl) == -1)
		log_warn("folder: %s: unlock", f->name);
	errno = error;
}
