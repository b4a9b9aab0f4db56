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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/maildir.h"
#include "common/proto.h"
#include "imapd/folder_priv.h"
#include "imapd/idx_lease.h"
#include "imapd/lease.h"
#include "imapd/lease_text.h"
#include "imapd/watch_sys.h"

#define LEASE_LOCK	10000		/* ms to wait for the flush lock */
#define LEASE_TRIES	40		/* times that another is in the way */
#define LEASE_PAUSE_NS	5000000L
#define LEASE_AGAIN	1000		/* ms until a renewal is tried again */

struct lease {
	int		 fd;		/* of the file, locked; -1: none */
	dev_t		 dev;
	ino_t		 ino;
	int64_t		 due;		/* ms: the next look */
	int		 lost;
};

/* What stands in the folder. */
enum found {
	FOUND_NONE,		/* nothing, or nothing that is a lease of it */
	FOUND_OURS,
	FOUND_OTHER
};

int64_t lease_renew = LEASE_RENEW;

static int	read_text(struct folder *, int, struct lease_text *);
static int	lock_file(int, short);
static int	look(struct folder *, int *, struct stat *,
		    struct lease_text *);
static int	look_again(struct folder *, int *, struct stat *,
		    struct lease_text *);
static int	hold(struct folder *, int, const struct stat *);
static int	is_void(struct folder *, int, const struct stat *,
		    const struct lease_text *);
static int	refuse(struct folder *, const struct lease_text *, int64_t);
static int	write_new(struct folder *);
static int	make(struct folder *, int, char *);
static int	claim(struct folder *, int);
static int	take(struct folder *, int);
static int	is_same(struct folder *, struct stat *);
static void	touch(struct folder *, const struct stat *, int64_t);
static int	lose(struct folder *, const struct lease_text *);

/* What is not whole, or was written for another directory, is no lease. */
static int
read_text(struct folder *f, int fd, struct lease_text *t)
{
	char buf[LEASE_TEXT + 1];
	ssize_t n;

	if ((n = pread(fd, buf, LEASE_TEXT, 0)) == -1)
		return (-1);
	buf[n] = '\0';
	if (lease_parse(buf, t) == -1 ||
	    t->dir != (uint64_t)f->part[PART_DIR].ino)
		return (FOUND_NONE);
	return (memcmp(t->indexd, idx_id(f->idx), TABLE_IDLEN) == 0 ?
	    FOUND_OURS : FOUND_OTHER);
}

static int
lock_file(int fd, short type)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET };

	if (fcntl(fd, F_SETLK, &fl) == 0)
		return (0);
	if (errno == EACCES)
		errno = EAGAIN;
	return (-1);
}

/*
 * Opens and reads the file.  One of ours comes back locked.  -1 with errno
 * EAGAIN if it is just being replaced.
 */
static int
look(struct folder *f, int *fd, struct stat *st, struct lease_text *t)
{
	const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int error, r;

	*fd = openat(f->dirfd, LEASE_FILE, O_RDWR | flags);
	if (*fd == -1 && errno == EACCES)
		*fd = openat(f->dirfd, LEASE_FILE, O_RDONLY | flags);
	if (*fd == -1) {
		/* A link, a directory, a socket: the rename replaces it, or
		 * says why not. */
		return (errno == ENOENT || errno == ELOOP ||
		    errno == EMLINK || errno == EISDIR || errno == ENXIO ?
		    FOUND_NONE : -1);
	}
	r = read_text(f, *fd, t);
	error = errno;
	if (r == FOUND_OURS && lock_file(*fd, F_RDLCK) == -1 &&
	    errno == EAGAIN)
		goto bad;
	if (fstat(*fd, st) == -1)
		goto bad;
	if (!S_ISREG(st->st_mode))
		r = FOUND_NONE;
	else if (st->st_nlink == 0) {
		errno = EAGAIN;
		goto bad;
	}
	errno = error;
	if (r == -1)
		goto bad;
	if (r == FOUND_NONE) {
		close(*fd);
		*fd = -1;
	}
	return (r);
bad:
	error = errno;
	close(*fd);
	*fd = -1;
	errno = error;
	return (-1);
}

static int
look_again(struct folder *f, int *fd, struct stat *st, struct lease_text *t)
{
	struct timespec pause = { 0, LEASE_PAUSE_NS };
	int i, r = -1;

	for (i = 0; i < LEASE_TRIES; i++) {
		if ((r = look(f, fd, st, t)) != -1 || errno != EAGAIN)
			return (r);
		(void)nanosleep(&pause, NULL);
	}
	return (idx_lease_no(f->idx, "The folder's " LEASE_FILE
	    " is locked by another program"));
}

/* This file, which is ours and locked, is the lease. */
static int
hold(struct folder *f, int fd, const struct stat *st)
{
	struct lease *l = f->lease;

	if (l->fd != -1)
		close(l->fd);
	l->fd = fd;
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	touch(f, st, now_ms());
	return (0);
}

/*
 * Whether the lease of another indexd holds no more: 1, 0, or -1 with errno.
 * Of one that was written here the lock is taken, until fd is closed: nobody
 * goes on with it meanwhile.
 */
static int
is_void(struct folder *f, int fd, const struct stat *st,
    const struct lease_text *t)
{
	char host[LEASE_HOST + 1];
	struct timespec now;
	int64_t age;

	if (stamp_clock(f, &now) == -1)
		return (-1);
	age = (int64_t)now.tv_sec - (int64_t)st->st_mtime;
	if (age >= LEASE_STALE || age <= -LEASE_STALE) {
		log_info("lease: folder=%s host=%s is stale age=%lld",
		    f->name, t->host, (long long)age);
		return (1);
	}
	lease_host(host);
	if (strcmp(host, t->host) == 0 && lock_file(fd, F_WRLCK) == 0) {
		log_info("lease: folder=%s host=%s is held by nobody",
		    f->name, t->host);
		return (1);
	}
	switch (idx_lease_ask(f->idx, f->name)) {
	case 1:
		log_info("lease: folder=%s host=%s is taken over", f->name,
		    t->host);
		return (1);
	case 0:
		return (refuse(f, t, age));
	default:
		return (-1);
	}
}

static int
refuse(struct folder *f, const struct lease_text *t, int64_t age)
{
	char since[64], text[IDX_TEXTLEN];
	long long left = (long long)(LEASE_STALE - age);

	lease_since(t, since, sizeof(since));
	if (left > LEASE_STALE)
		left = LEASE_STALE;
	(void)snprintf(text, sizeof(text), "Mailbox is served by the index "
	    "at %s since %s; wait %lld s or run 'indexctl takeover'", t->host,
	    since, left);
	log_warnx("lease: folder=%s: %s", f->name, text);
	return (idx_lease_no(f->idx, text));
}

/* A file of ours in tmp/, whole and locked; its name is put into tmp. */
static int
make(struct folder *f, int fd, char *tmp)
{
	char text[LEASE_TEXT];
	struct lease_text t;
	size_t len;
	ssize_t n;

	lease_fill(&t, idx_id(f->idx), (uint64_t)f->part[PART_DIR].ino);
	len = lease_render(text, sizeof(text), &t);
	if ((n = write(fd, text, len)) != (ssize_t)len) {
		if (n != -1)
			errno = ENOSPC;
		return (-1);
	}
	/*
	 * A power cut ends all that the lease is for.  But other hosts read
	 * nothing that was not written to the server.
	 */
	if (fchmod(fd, folder_lockmode(f)) == -1 ||
	    (!watch_sys_all(f->dirfd) && fsync(fd) == -1))
		return (-1);
	if (lock_file(fd, F_RDLCK) == -1)
		log_debug("lease: folder=%s: no locks here", f->name);
	return (renameat(f->tmpfd, tmp, f->dirfd, LEASE_FILE));
}

/* The flush lock is held. */
static int
write_new(struct folder *f)
{
	char tmp[MAILDIR_NAMEMAX + 1];
	struct stat st;
	int error, fd;

	if (maildir_make(tmp, sizeof(tmp)) == -1)
		return (-1);
	fd = openat(f->tmpfd, tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	if (make(f, fd, tmp) == -1 || fstat(fd, &st) == -1) {
		error = errno;
		close(fd);
		(void)unlinkat(f->tmpfd, tmp, 0);
		errno = error;
		return (-1);
	}
	return (hold(f, fd, &st));
}

/*
 * Takes what nobody holds, after waiting at most ms milliseconds for others
 * who are about to.  What another has taken while we had the folder open (ms
 * is 0) stays theirs.
 */
static int
claim(struct folder *f, int ms)
{
	struct lease_text t;
	struct stat st;
	int error, fd, found, rv = -1;

	if (folder_lock(f, ms) == -1)
		return (errno != EAGAIN ? -1 : idx_lease_no(f->idx,
		    "The folder is being opened by another session"));
	if ((found = look_again(f, &fd, &st, &t)) == -1)
		goto out;
	if (found == FOUND_OURS)
		rv = hold(f, fd, &st);
	else if (found == FOUND_OTHER && ms == 0)
		rv = lose(f, &t);
	else if (found == FOUND_NONE || is_void(f, fd, &st, &t) == 1) {
		rv = write_new(f);
		if (rv == -1 && found == FOUND_NONE) {
			/* A full disk keeps nobody from their mail. */
			log_warn("lease: folder=%s: " LEASE_FILE
			    " can't be written", f->name);
			rv = 0;
		}
		/* What the other indexd remembers of it holds no more. */
		if (rv == 0 && found == FOUND_OTHER)
			(void)futimens(f->newfd, NULL);
	}
	if (found == FOUND_OTHER) {
		error = errno;
		close(fd);
		errno = error;
	}
out:
	error = errno;
	folder_unlock(f);
	errno = error;
	return (rv);
}

/* As claim(), but what is ours is found without the flush lock. */
static int
take(struct folder *f, int ms)
{
	struct lease_text t;
	struct stat st;
	int fd, found;

	if ((found = look_again(f, &fd, &st, &t)) == -1)
		return (-1);
	if (found == FOUND_OURS)
		return (hold(f, fd, &st));
	if (fd != -1)
		close(fd);
	return (claim(f, ms));
}

int
lease_open(struct folder *f)
{
	if ((f->lease = calloc(1, sizeof(*f->lease))) == NULL)
		return (-1);
	f->lease->fd = -1;
	f->lease->due = now_ms() + lease_renew;
	return (take(f, LEASE_LOCK));
}

void
lease_close(struct folder *f)
{
	if (f->lease == NULL)
		return;
	if (f->lease->fd != -1)
		close(f->lease->fd);
	free(f->lease);
	f->lease = NULL;
}

/* Touches it if nobody has for a while; the clocks of two hosts may differ
 * either way. */
static void
touch(struct folder *f, const struct stat *st, int64_t now)
{
	struct lease *l = f->lease;
	int64_t age = ((int64_t)time(NULL) - (int64_t)st->st_mtime) * 1000;

	l->due = now + lease_renew;
	if (age >= 0 && age < lease_renew) {
		l->due -= age;
		return;
	}
	if (futimens(l->fd, NULL) == -1)
		log_warn("lease: folder=%s: " LEASE_FILE " can't be touched",
		    f->name);
}

/* Whether the file that we hold is still the one in the folder. */
static int
is_same(struct folder *f, struct stat *st)
{
	struct lease *l = f->lease;

	return (l->fd != -1 && fstatat(f->dirfd, LEASE_FILE, st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st->st_dev == l->dev &&
	    st->st_ino == l->ino);
}

/* As the end of a claim: -1 with errno ESTALE. */
static int
lose(struct folder *f, const struct lease_text *t)
{
	log_warnx("lease: folder=%s: the indexd at host=%s has taken over",
	    f->name, t->host);
	f->lease->lost = 1;
	f->gone = 1;
	errno = ESTALE;
	return (-1);
}

int64_t
lease_tick(struct folder *f, int64_t now)
{
	struct lease *l = f->lease;
	struct stat st;

	if (l == NULL || f->gone)
		return (INT64_MAX);
	if (now < l->due)
		return (l->due);
	l->due = now + lease_renew;
	if (is_same(f, &st)) {
		/* Another folder of this process may have let go of it. */
		(void)lock_file(l->fd, F_RDLCK);
		touch(f, &st, now);
	} else if (take(f, 0) == -1 && !l->lost) {
		if (errno == EAGAIN)
			l->due = now + LEASE_AGAIN;
		else
			log_warn("lease: folder=%s: " LEASE_FILE, f->name);
	}
	return (l->lost ? INT64_MAX : l->due);
}

int
lease_check(struct folder *f)
{
	struct stat st;

	if (f->lease == NULL || f->lease->fd == -1 || is_same(f, &st))
		return (0);
	f->lease->due = 0;
	(void)lease_tick(f, now_ms());
	if (!f->lease->lost)
		return (0);
	errno = ESTALE;
	return (-1);
}

int
lease_lost(const struct folder *f)
{
	return (f->lease != NULL && f->lease->lost);
}
