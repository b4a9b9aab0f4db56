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
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/preflight.h"

static void	unseen(const char *, const char *);

static unsigned int	errors;

void
preflight_error(const char *fmt, ...)
{
	va_list ap;

	errors++;
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

void
preflight_warn(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("warning: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

void
preflight_file(const char *what, const char *path)
{
	struct stat st;
	int fd;

	/* Not to wait for a FIFO. */
	if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1) {
		unseen(what, path);
		return;
	}
	if (fstat(fd, &st) == -1)
		unseen(what, path);
	else if (!S_ISREG(st.st_mode))
		preflight_error("%s: %s is no file", what, path);
	close(fd);
}

void
preflight_parent(const char *what, const char *path)
{
	char dir[PATH_MAX], *slash;
	struct stat st;

	if (strlcpy(dir, path, sizeof(dir)) >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		unseen(what, path);
		return;
	}
	if ((slash = strrchr(dir, '/')) == NULL)
		return;
	slash[slash == dir] = '\0';
	if (stat(dir, &st) == -1)
		unseen(what, dir);
	else if (!S_ISDIR(st.st_mode))
		preflight_error("%s: %s is no directory", what, dir);
}

/* errno says why. */
static void
unseen(const char *what, const char *path)
{
	if (errno == EACCES && geteuid() != 0)
		preflight_warn("%s: %s cannot be looked at by this user", what,
		    path);
	else
		preflight_error("%s: %s: %s", what, path, strerror(errno));
}

int
preflight_end(void)
{
	if (errors > 0)
		return (1);
	(void)fprintf(stderr, "configuration OK\n");
	return (0);
}
