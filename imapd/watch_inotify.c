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

#ifdef __linux__

#include <sys/inotify.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "imapd/watch.h"

#define EVENTS	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
		    IN_ONLYDIR)

static int	add(int, int);

/*
 * One instance for the time that the session waits; EMFILE means that the
 * user has used up fs.inotify.max_user_instances.
 */
int
watch_native_open(int newfd, int curfd)
{
	int error, fd;

	if ((fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1)
		return (-1);
	if (add(fd, newfd) == 0 && add(fd, curfd) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

/* The directory that is open, whatever it is called now. */
static int
add(int fd, int dirfd)
{
	char path[64];

	if (snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd) < 0)
		return (-1);
	return (inotify_add_watch(fd, path, EVENTS) == -1 ? -1 : 0);
}

int
watch_native_read(int fd)
{
	char buf[4096];
	ssize_t n;
	int happened = 0;

	/* What it was does not matter: a comparison finds out. */
	while ((n = read(fd, buf, sizeof(buf))) > 0 ||
	    (n == -1 && errno == EINTR))
		happened = 1;
	return (happened);
}

#endif
