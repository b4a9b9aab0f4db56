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
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/folder_priv.h"
#include "imapd/uidlist_priv.h"

#define HOSTLEN		256
#define TRIES		3	/* a lock may go while we look at it */

static int	make(struct folder *, struct uidlist_lock *);
static int	is_stale(struct folder *, struct stat *);
static int	override(struct folder *, const struct stat *);

int
uidlist_lock(struct folder *f, struct uidlist_lock *lock)
{
	struct stat st;
	int i, r;

	for (i = 0; i < TRIES; i++) {
		if ((r = make(f, lock)) != 1)
			return (r);
		if (fstatat(f->dirfd, UIDLIST_LOCK, &st,
		    AT_SYMLINK_NOFOLLOW) == -1) {
			if (errno == ENOENT)
				continue;
			return (-1);
		}
		if ((r = is_stale(f, &st)) == -1)
			return (-1);
		if (r == 0 || override(f, &st) == -1)
			return (1);
	}
	return (1);
}

/*
 * As Dovecot does, the file says who made it: Dovecot asks whether that
 * process lives.
 */
static int
make(struct folder *f, struct uidlist_lock *lock)
{
	char host[HOSTLEN], text[HOSTLEN + 32];
	struct stat st;
	int error, len;

	lock->fd = openat(f->dirfd, UIDLIST_LOCK, O_WRONLY | O_CREAT |
	    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (lock->fd == -1)
		return (errno == EEXIST ? 1 : -1);
	if (gethostname(host, sizeof(host)) == -1)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	len = snprintf(text, sizeof(text), "%ld:%s", (long)getpid(), host);
	if (fstat(lock->fd, &st) == -1 ||
	    write(lock->fd, text, (size_t)len) != len) {
		error = errno;
		(void)unlinkat(f->dirfd, UIDLIST_LOCK, 0);
		close(lock->fd);
		errno = error;
		return (-1);
	}
	lock->dev = st.st_dev;
	lock->ino = st.st_ino;
	return (0);
}

/*
 * Whether the lock, and the list, have been as they are for UIDLIST_STALE
 * seconds: by the file system's clock; or by ours since this session first
 * saw it so, if a clock was set back.
 */
static int
is_stale(struct folder *f, struct stat *st)
{
	struct timespec now;
	struct stat list;
	time_t since;

	since = st->st_mtime;
	if (fstatat(f->dirfd, UIDLIST_FILE, &list, AT_SYMLINK_NOFOLLOW) == 0 &&
	    list.st_mtime > since)
		since = list.st_mtime;
	if (stamp_clock(f, &now) == -1)
		return (-1);
	if (now.tv_sec > since && now.tv_sec - since > UIDLIST_STALE)
		return (1);
	return (now.tv_sec < since &&
	    uidlist_watched(f, st, since) > UIDLIST_STALE * 1000);
}

/*
 * Takes the file out of the way by a rename, so that it shows what was
 * taken: somebody else may have been faster, and have a lock of their own
 * by now.
 */
static int
override(struct folder *f, const struct stat *st)
{
	char tmp[MAILDIR_NAMEMAX + 1];
	struct stat now;
	int ours;

	if (maildir_make(tmp, sizeof(tmp)) == -1 || renameat(f->dirfd,
	    UIDLIST_LOCK, f->tmpfd, tmp) == -1)
		return (-1);
	ours = fstatat(f->tmpfd, tmp, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    now.st_dev == st->st_dev && now.st_ino == st->st_ino;
	if (ours)
		log_info("folder: %s: " UIDLIST_LOCK " was left behind",
		    f->name);
	else
		(void)linkat(f->tmpfd, tmp, f->dirfd, UIDLIST_LOCK, 0);
	(void)unlinkat(f->tmpfd, tmp, 0);
	return (ours ? 0 : -1);
}

int
uidlist_locked(struct folder *f, const struct uidlist_lock *lock)
{
	struct stat st;

	return (fstatat(f->dirfd, UIDLIST_LOCK, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == lock->dev &&
	    st.st_ino == lock->ino);
}

void
uidlist_unlock(struct folder *f, struct uidlist_lock *lock)
{
	int error = errno;

	if (uidlist_locked(f, lock) &&
	    unlinkat(f->dirfd, UIDLIST_LOCK, 0) == -1)
		log_warn("folder: %s: " UIDLIST_LOCK, f->name);
	close(lock->fd);
	lock->fd = -1;
	errno = error;
}
