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
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/notify.h"

static void	say(const char *);

static int	notify_fd = -1;

void
notify_open(void)
{
	struct sockaddr_un sun;
	const char *path = getenv("NOTIFY_SOCKET");
	socklen_t len;

	if (path == NULL)
		return;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if ((path[0] != '/' && path[0] != '@') || strlcpy(sun.sun_path, path,
	    sizeof(sun.sun_path)) >= sizeof(sun.sun_path)) {
		log_warnx("notify: NOTIFY_SOCKET is no socket");
		return;
	}
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path));
	/* unix(7): the abstract namespace; its names do not end with NUL. */
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	else
		len++;
	if ((notify_fd = socket(AF_UNIX, SOCK_DGRAM, 0)) == -1 ||
	    fcntl(notify_fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    connect(notify_fd, (const struct sockaddr *)(const void *)&sun,
	    len) == -1) {
		log_warn("notify: %s", path);
		notify_close();
	}
	if (unsetenv("NOTIFY_SOCKET") == -1)
		log_warn("notify: environment");
}

void
notify_close(void)
{
	if (notify_fd != -1)
		close(notify_fd);
	notify_fd = -1;
}

void
notify_ready(void)
{
	char buf[64];

	(void)snprintf(buf, sizeof(buf), "READY=1\nMAINPID=%ld",
	    (long)getpid());
	say(buf);
}

void
notify_reloading(void)
{
	struct timespec ts;
	char buf[64];

	/* The time lets it tell one reload from another. */
	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		return;
	(void)snprintf(buf, sizeof(buf), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
	    (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
	say(buf);
}

void
notify_stopping(void)
{
	say("STOPPING=1");
}

static void
say(const char *s)
{
	if (notify_fd != -1 && write(notify_fd, s, strlen(s)) == -1)
		log_warn("notify");
}
