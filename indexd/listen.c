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
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/activate.h"
#include "common/log.h"
#include "indexd/listen.h"

#define BACKLOG		512
#define LAUNCHD_NAME	"indexd"	/* of the socket in the plist */

static int	handed_over(const char *, struct activate *);
static int	make(const char *);
static int	left_behind(const struct sockaddr_un *);
static int	bind_open(int, const struct sockaddr_un *);

/* Whether nobody listens at the socket that is there. */
static int
left_behind(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd, r;

	if (lstat(sun->sun_path, &st) == -1 || !S_ISSOCK(st.st_mode))
		return (0);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (0);
	r = connect(fd, (const struct sockaddr *)(const void *)sun,
	    sizeof(*sun)) == -1 && errno == ECONNREFUSED;
	close(fd);
	return (r);
}

/* bind(2) with a mode that lets anyone connect. */
static int
bind_open(int fd, const struct sockaddr_un *sun)
{
	mode_t old = umask(0111);
	int error, r;

	r = bind(fd, (const struct sockaddr *)(const void *)sun,
	    sizeof(*sun));
	error = errno;
	(void)umask(old);
	errno = error;
	return (r);
}

int
listen_open(const char *path, struct activate *a, int *handed)
{
	int fd;

	*handed = 0;
	if ((fd = handed_over(path, a)) == -1)
		return (make(path));
	if (fd == -2)
		return (-1);
	*handed = 1;
	return (fd);
}

/* A descriptor; -1 if there is none; -2 after a log line. */
static int
handed_over(const char *path, struct activate *a)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);
	int fd, n;

	/* systemd's has the name that it has in the unit. */
	n = activate_named(a, a->n > 0 ? a->got[0].name : LAUNCHD_NAME, &fd, 1);
	if (n <= 0)
		return (n == 0 ? -1 : -2);
	memset(&sun, 0, sizeof(sun));
	if (getsockname(fd, (struct sockaddr *)(void *)&sun, &len) == -1) {
		log_warn("listen: getsockname");
		goto bad;
	}
	if (sun.sun_family != AF_UNIX || strncmp(sun.sun_path, path,
	    sizeof(sun.sun_path)) != 0) {
		log_warnx("listen: the socket that was handed over is not %s, "
		    "where imapd looks for it: let \"socket\" of indexd.conf "
		    "and the service manager name one path", path);
		goto bad;
	}
	return (fd);
bad:
	close(fd);
	return (-2);
}

static int
make(const char *path)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		log_warnx("listen: %s: too long", path);
		return (-1);
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1) {
		log_warn("listen: socket");
		return (-1);
	}
	if (bind_open(fd, &sun) == -1) {
		if (errno != EADDRINUSE || !left_behind(&sun)) {
			if (errno == EADDRINUSE)
				log_warnx("listen: %s: another indexd, or no "
				    "socket, is there", path);
			else
				log_warn("listen: %s", path);
			goto out;
		}
		if (unlink(path) == -1 || bind_open(fd, &sun) == -1) {
			log_warn("listen: %s", path);
			goto out;
		}
	}
	if (listen(fd, BACKLOG) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) {
		log_warn("listen: %s", path);
		goto out;
	}
	return (fd);
out:
	close(fd);
	return (-1);
}

void
listen_close(int fd, const char *path, int handed)
{
	close(fd);
	/* Its owner goes on listening. */
	if (handed)
		return;
	if (unlink(path) == -1)
		log_debug("listen: %s stays", path);
}
