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
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "common/background.h"

static int	wait_ready(int);

int
background_begin(void)
{
	int fds[2], null;

	if (pipe(fds) == -1)
		return (-1);
	switch (fork()) {
	case -1:
		return (-1);
	case 0:
		break;
	default:
		close(fds[1]);
		_exit(wait_ready(fds[0]));
	}
	close(fds[0]);
	if (fcntl(fds[1], F_SETFD, FD_CLOEXEC) == -1 || setsid() == -1 ||
	    chdir("/") == -1)
		return (-1);
	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		return (-1);
	if (null > STDERR_FILENO)
		close(null);
	return (fds[1]);
}

int
background_path(const char *path, char *buf, size_t size)
{
	char here[PATH_MAX];
	int len;

	if (path[0] == '/')
		len = snprintf(buf, size, "%s", path);
	else if (getcwd(here, sizeof(here)) == NULL)
		return (-1);
	else
		len = snprintf(buf, size, "%s/%s", here, path);
	if (len < 0 || (size_t)len >= size) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	return (0);
}

/* The exit status of the first process. */
static int
wait_ready(int fd)
{
	ssize_t n;
	char c;

	do
		n = read(fd, &c, 1);
	while (n == -1 && errno == EINTR);
	return (n == 1 ? 0 : 1);
}

void
background_ready(int fd)
{
	(void)dup2(STDIN_FILENO, STDERR_FILENO);
	(void)!write(fd, "", 1);
	close(fd);
}
