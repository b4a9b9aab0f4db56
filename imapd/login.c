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
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/login.h"

int
login_send(int fd, const void *msg, size_t len)
{
	const char *p = msg;
	struct pollfd pfd;
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				return (-1);
			pfd.fd = fd;
			pfd.events = POLLOUT;
			if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
				return (-1);
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

int
login_recv(int fd, void *msg, size_t len, int timeout)
{
	char *p = msg;
	struct pollfd pfd;
	int64_t end, left = -1;
	ssize_t n;
	int ready;

	end = login_now() + timeout;
	pfd.fd = fd;
	pfd.events = POLLIN;
	while (len > 0) {
		if (timeout >= 0 && (left = end - login_now()) < 0)
			left = 0;
		if ((ready = poll(&pfd, 1, (int)left)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		if (ready == 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
		if ((n = read(fd, p, len)) == 0)
			return (0);
		if (n == -1) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return (-1);
		}
		p += n;
		len -= (size_t)n;
	}
	return (1);
}

int64_t
login_now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("login: clock_gettime");
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}
