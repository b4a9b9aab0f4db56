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

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/inject/shim.h"

/* The rest of shim.c: calls that take memory or a descriptor, and clocks. */

#define NEXT(fn, r)	((__typeof__(&fn))next(#fn, &(r)))

#define LONG		50000000L	/* ns */
#define HURRY		20

static void	lose_files(struct msghdr *);

int
accept(int fd, struct sockaddr *sa, socklen_t *len)
{
	static void *r;

	if (point(INJECT_FD, __func__, "") != 0)
		return (-1);
	return (NEXT(accept, r)(fd, sa, len));
}

int
socket(int domain, int type, int protocol)
{
	static void *r;

	if (point(INJECT_FD, __func__, "") != 0)
		return (-1);
	return (NEXT(socket, r)(domain, type, protocol));
}

int
socketpair(int domain, int type, int protocol, int sv[2])
{
	static void *r;

	if (point(INJECT_FD, __func__, "") != 0)
		return (-1);
	return (NEXT(socketpair, r)(domain, type, protocol, sv));
}

int
pipe(int fd[2])
{
	static void *r;

	if (point(INJECT_FD, __func__, "") != 0)
		return (-1);
	return (NEXT(pipe, r)(fd));
}

int
dup(int fd)
{
	static void *r;

	if (point(INJECT_FD, __func__, "") != 0)
		return (-1);
	return (NEXT(dup, r)(fd));
}

int
epoll_create1(int flags)
{
	static void *r;

	if (point(INJECT_FD, __func__, "") != 0)
		return (-1);
	return (NEXT(epoll_create1, r)(flags));
}

int
inotify_init1(int flags)
{
	static void *r;

	if (point(INJECT_FD, __func__, "") != 0)
		return (-1);
	return (NEXT(inotify_init1, r)(flags));
}

/* As the system does it where a process may have no more descriptors. */
static void
lose_files(struct msghdr *msg)
{
	struct cmsghdr *cm;
	size_t i, n;
	int fd;

	for (cm = CMSG_FIRSTHDR(msg); cm != NULL; cm = CMSG_NXTHDR(msg, cm)) {
		if (cm->cmsg_level != SOL_SOCKET ||
		    cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(fd),
			    sizeof(fd));
			(void)close(fd);
		}
	}
	msg->msg_controllen = 0;
	msg->msg_flags |= MSG_CTRUNC;
}

ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
	static void *r;
	ssize_t n;

	n = NEXT(recvmsg, r)(fd, msg, flags);
	if (n > 0 && msg->msg_controllen > 0 &&
	    point(INJECT_TAKE, __func__, "") != 0)
		lose_files(msg);
	return (n);
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	static void *r;
	const struct inject *ctl = shim_control();
	uint32_t ms;
	int rv;

	rv = NEXT(clock_gettime, r)(clock, ts);
	if (rv == 0 && clock == CLOCK_MONOTONIC && ctl != NULL &&
	    shim_is_indexd()) {
		ms = atomic_load(&ctl->indexd_ms);
		ts->tv_sec += ms / 1000;
		ts->tv_nsec += (long)(ms % 1000) * 1000000;
		if (ts->tv_nsec >= 1000000000) {
			ts->tv_sec++;
			ts->tv_nsec -= 1000000000;
		}
	}
	return (rv);
}

/* A session whose connection broke comes back sooner. */
int
nanosleep(const struct timespec *want, struct timespec *left)
{
	static void *r;
	struct timespec ts = *want;

	if (shim_control() != NULL && !shim_is_indexd() && ts.tv_sec == 0 &&
	    ts.tv_nsec >= LONG)
		ts.tv_nsec /= HURRY;
	return (NEXT(nanosleep, r)(&ts, left));
}

time_t
time(time_t *t)
{
	static void *r;
	const struct inject *ctl = shim_control();
	time_t now;

	now = NEXT(time, r)(NULL);
	if (ctl != NULL && !shim_is_indexd())
		now += atomic_load(&ctl->imapd_s);
	if (t != NULL)
		*t = now;
	return (now);
}

/* A sanitizer has its own. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);

void *
malloc(size_t size)
{
	if (point(INJECT_MEMORY, __func__, "") != 0)
		return (NULL);
	return (__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	if (point(INJECT_MEMORY, __func__, "") != 0)
		return (NULL);
	return (__libc_calloc(n, size));
}

void *
realloc(void *p, size_t size)
{
	if (point(INJECT_MEMORY, __func__, "") != 0)
		return (NULL);
	return (__libc_realloc(p, size));
}
#endif
