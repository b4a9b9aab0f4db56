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

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __APPLE__
#include <launch.h>
#endif

#include "common/activate.h"
#include "common/log.h"

#ifdef __APPLE__

/* launch_activate_socket(3): once for each name in the life of a process. */
int
activate_launchd(const char *name, int *fd, size_t max)
{
	size_t i, n = 0;
	int error, flags, *fds = NULL;

	if ((error = launch_activate_socket(name, &fds, &n)) != 0) {
		/* Not started by launchd, or no such socket in the plist. */
		if (error == ESRCH || error == ENOENT)
			return (0);
		errno = error;
		log_warn("activate: \"%s\"", name);
		return (-1);
	}
	if (n > max) {
		log_warnx("activate: \"%s\": too many sockets", name);
		goto bad;
	}
	for (i = 0; i < n; i++) {
		fd[i] = fds[i];
		if ((flags = fcntl(fd[i], F_GETFL)) == -1 ||
		    fcntl(fd[i], F_SETFL, flags | O_NONBLOCK) == -1 ||
		    fcntl(fd[i], F_SETFD, FD_CLOEXEC) == -1) {
			log_warn("activate: \"%s\"", name);
			goto bad;
		}
	}
	free(fds);
	return ((int)n);
bad:
	for (i = 0; i < n; i++)
		close(fds[i]);
	free(fds);
	return (-1);
}

#else

int
activate_launchd(const char *name, int *fd, size_t max)
{
	(void)name;
	(void)fd;
	(void)max;
	return (0);
}

#endif
