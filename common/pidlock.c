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
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/pidlock.h"

#define TRIES	10	/* while others make and remove the file */

struct pidlock {
	char	*path;
	int	 fd;
};

static int	lock(const char *);
static int	same(int, const char *);
static void	held(int, const char *);

int
pidlock_open(struct pidlock **pp, const char *path)
{
	struct pidlock *p;

	*pp = NULL;
	if (path == NULL)
		return (0);
	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->path = strdup(path)) == NULL) {
		log_warn("pidlock: %s", path);
		free(p);
		return (-1);
	}
	if ((p->fd = lock(path)) == -1) {
		free(p->path);
		free(p);
		return (-1);
	}
	*pp = p;
	return (0);
}

/* The file that has the name now, locked. */
static int
lock(const char *path)
{
	struct stat st;
	int fd, i;

	for (i = 0; i < TRIES; i++) {
		if ((fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW |
		    O_NONBLOCK | O_CLOEXEC, 0644)) == -1) {
			log_warn("pidlock: %s", path);
			return (-1);
		}
		if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
			log_warnx("pidlock: %s: no regular file", path);
			close(fd);
			return (-1);
		}
		if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
			held(fd, path);
			close(fd);
			return (-1);
		}
		if (same(fd, path)) {
			/* Others look at it, whatever the umask is. */
			if (ftruncate(fd, 0) == 0 && fchmod(fd, 0644) == 0)
				return (fd);
			log_warn("pidlock: %s", path);
			close(fd);
			return (-1);
		}
		close(fd);
	}
	log_warnx("pidlock: %s: comes and goes", path);
	return (-1);
}

static int
same(int fd, const char *path)
{
	struct stat a, b;

	return (fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

static void
held(int fd, const char *path)
{
	char buf[32];
	ssize_t n;

	if (errno != EWOULDBLOCK) {
		log_warn("pidlock: %s", path);
		return;
	}
	if ((n = pread(fd, buf, sizeof(buf) - 1, 0)) < 0)
		n = 0;
	buf[n] = '\0';
	buf[strspn(buf, "0123456789")] = '\0';
	log_warnx("pidlock: %s: it is running already pid=%s", path,
	    buf[0] == '\0' ? "?" : buf);
}

int
pidlock_write(struct pidlock *p)
{
	char buf[32];
	int len;

	if (p == NULL)
		return (0);
	len = snprintf(buf, sizeof(buf), "%ld\n", (long)getpid());
	if (ftruncate(p->fd, 0) == -1 ||
	    pwrite(p->fd, buf, (size_t)len, 0) != (ssize_t)len) {
		log_warn("pidlock: %s", p->path);
		return (-1);
	}
	return (0);
}

void
pidlock_forget(struct pidlock *p)
{
	if (p == NULL)
		return;
	close(p->fd);
	free(p->path);
	free(p);
}

void
pidlock_remove(struct pidlock *p)
{
	if (p == NULL)
		return;
	if (same(p->fd, p->path) && unlink(p->path) == -1 &&
	    ftruncate(p->fd, 0) == -1)
		log_warn("pidlock: %s", p->path);
	pidlock_forget(p);
}
