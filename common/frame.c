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
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/frame.h"

#define FRAME_FIRST	256		/* octets of a frame's first room */

static int	room(struct frame *, size_t);
static void	put_le(struct frame *, uint64_t, size_t);
static uint64_t	le(const uint8_t *, size_t);
static const uint8_t *take(struct payload *, size_t);
static int	await(int, const struct timespec *);
static int	recv_head(int, uint8_t *, const struct timespec *, int *);
static int	recv_rest(int, uint8_t *, size_t, const struct timespec *);
static void	take_fd(struct msghdr *, int *);

/* Room for n more octets; 0 if there is none. */
static int
room(struct frame *f, size_t n)
{
	uint8_t *buf;
	size_t cap;

	if (f->failed)
		return (0);
	if (n > UINT32_MAX - f->len) {
		f->failed = 1;
		return (0);
	}
	if (f->len + n <= f->cap)
		return (1);
	cap = f->cap == 0 ? FRAME_FIRST : f->cap;
	while (cap < f->len + n)
		cap *= 2;
	if ((buf = realloc(f->buf, cap)) == NULL) {
		f->failed = 1;
		return (0);
	}
	f->buf = buf;
	f->cap = cap;
	return (1);
}

void
frame_init(struct frame *f, uint16_t type, uint32_t number)
{
	memset(f, 0, sizeof(*f));
	frame_put_u32(f, 0);
	frame_put_u16(f, type);
	frame_put_u16(f, 0);
	frame_put_u32(f, number);
}

void
frame_free(struct frame *f)
{
	free(f->buf);
	memset(f, 0, sizeof(*f));
}

static void
put_le(struct frame *f, uint64_t v, size_t n)
{
	size_t i;

	if (!room(f, n))
		return;
	for (i = 0; i < n; i++)
		f->buf[f->len++] = (uint8_t)(v >> (8 * i));
}

void
frame_put_u8(struct frame *f, uint8_t v)
{
	put_le(f, v, 1);
}

void
frame_put_u16(struct frame *f, uint16_t v)
{
	put_le(f, v, 2);
}

void
frame_put_u32(struct frame *f, uint32_t v)
{
	put_le(f, v, 4);
}

void
frame_put_u64(struct frame *f, uint64_t v)
{
	put_le(f, v, 8);
}

void
frame_put_bytes(struct frame *f, const void *p, size_t n)
{
	if (n == 0 || !room(f, n))
		return;
	memcpy(f->buf + f->len, p, n);
	f->len += n;
}

void
frame_put_str(struct frame *f, const char *s)
{
	size_t n = strlen(s);

	if (n > UINT32_MAX) {
		f->failed = 1;
		return;
	}
	frame_put_u32(f, (uint32_t)n);
	frame_put_bytes(f, s, n);
}

void
frame_close(struct frame *f)
{
	size_t i;

	if (f->failed)
		return;
	for (i = 0; i < 4; i++)
		f->buf[i] = (uint8_t)(f->len >> (8 * i));
}

static uint64_t
le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return (v);
}

int
frame_head(const uint8_t *p, uint32_t max, struct frame_head *h)
{
	h->length = (uint32_t)le(p, 4);
	h->type = (uint16_t)le(p + 4, 2);
	h->number = (uint32_t)le(p + 8, 4);
	if (h->length < FRAME_HEAD || h->length > max || le(p + 6, 2) != 0)
		return (-1);
	return (0);
}

void
payload_init(struct payload *in, const void *p, size_t n)
{
	in->p = p;
	in->end = in->p + n;
	in->failed = 0;
}

/* The next n octets, NULL if there are not so many. */
static const uint8_t *
take(struct payload *in, size_t n)
{
	const uint8_t *p = in->p;

	if (in->failed || n > (size_t)(in->end - in->p)) {
		in->failed = 1;
		return (NULL);
	}
	in->p += n;
	return (p);
}

int
get_u8(struct payload *in, uint8_t *v)
{
	const uint8_t *p;

	if ((p = take(in, 1)) == NULL)
		return (-1);
	*v = *p;
	return (0);
}

int
get_u16(struct payload *in, uint16_t *v)
{
	const uint8_t *p;

	if ((p = take(in, 2)) == NULL)
		return (-1);
	*v = (uint16_t)le(p, 2);
	return (0);
}

int
get_u32(struct payload *in, uint32_t *v)
{
	const uint8_t *p;

	if ((p = take(in, 4)) == NULL)
		return (-1);
	*v = (uint32_t)le(p, 4);
	return (0);
}

int
get_u64(struct payload *in, uint64_t *v)
{
	const uint8_t *p;

	if ((p = take(in, 8)) == NULL)
		return (-1);
	*v = le(p, 8);
	return (0);
}

int
get_bytes(struct payload *in, void *buf, size_t n)
{
	const uint8_t *p;

	if ((p = take(in, n)) == NULL)
		return (-1);
	if (n > 0)
		memcpy(buf, p, n);
	return (0);
}

int
get_str(struct payload *in, char *buf, size_t size)
{
	const uint8_t *p;
	uint32_t n;

	if (get_u32(in, &n) == -1 || (p = take(in, n)) == NULL)
		return (-1);
	if (n >= size || memchr(p, '\0', n) != NULL) {
		in->failed = 1;
		return (-1);
	}
	memcpy(buf, p, n);
	buf[n] = '\0';
	return (0);
}

int
frame_end(struct payload *in)
{
	if (in->failed || in->p != in->end) {
		in->failed = 1;
		return (-1);
	}
	return (0);
}

ssize_t
frame_write(int sock, const uint8_t *p, size_t n, int fd)
{
	union {
		struct cmsghdr	hdr;
		unsigned char	buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct cmsghdr *c;
	struct msghdr msg;
	struct iovec iov;
	ssize_t sent;

	memset(&msg, 0, sizeof(msg));
	memcpy(&iov.iov_base, &p, sizeof(p));	/* sendmsg(2) only reads */
	iov.iov_len = n;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_len = CMSG_LEN(sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do {
		sent = sendmsg(sock, &msg, 0);
	} while (sent == -1 && errno == EINTR);
	return (sent);
}

int
frame_send(int sock, struct frame *f, int fd)
{
	struct pollfd pfd;
	size_t off = 0;
	ssize_t n;

	if (f->failed) {
		errno = ENOMEM;
		return (-1);
	}
	frame_close(f);
	while (off < f->len) {
		n = frame_write(sock, f->buf + off, f->len - off,
		    off == 0 ? fd : -1);
		if (n == -1) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				return (-1);
			pfd.fd = sock;
			pfd.events = POLLOUT;
			if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
				return (-1);
			continue;
		}
		off += (size_t)n;
	}
	return (0);
}

/* Waits for something to read, up to the time at end, NULL for ever. */
static int
await(int sock, const struct timespec *end)
{
	struct pollfd pfd;
	struct timespec now;
	int64_t ms = -1;
	int n;

	for (;;) {
		if (end != NULL) {
			if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
				return (-1);
			ms = (int64_t)(end->tv_sec - now.tv_sec) * 1000 +
			    (end->tv_nsec - now.tv_nsec + 999999) / 1000000;
			if (ms < 0)
				ms = 0;
			if (ms > INT_MAX)
				ms = INT_MAX;
		}
		pfd.fd = sock;
		pfd.events = POLLIN;
		n = poll(&pfd, 1, (int)ms);
		if (n > 0)
			return (0);
		if (n == 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
		if (errno != EINTR)
			return (-1);
	}
}

/* Keeps the first descriptor that came, closes all others. */
static void
take_fd(struct msghdr *msg, int *fd)
{
	struct cmsghdr *c;
	size_t i, n;
	int got;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&got, CMSG_DATA(c) + i * sizeof(int),
			    sizeof(got));
			if (*fd != -1) {
				close(got);
				continue;
			}
			*fd = got;
			(void)fcntl(got, F_SETFD, FD_CLOEXEC);
		}
	}
}

/* The head, and the descriptor that comes with its first octet. */
static int
recv_head(int sock, uint8_t *head, const struct timespec *end, int *fd)
{
	union {
		struct cmsghdr	hdr;
		unsigned char	buf[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct msghdr msg;
	struct iovec iov;
	size_t got = 0;
	ssize_t n;

	while (got < FRAME_HEAD) {
		if (await(sock, end) == -1)
			return (-1);
		iov.iov_base = head + got;
		iov.iov_len = FRAME_HEAD - got;
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		n = recvmsg(sock, &msg, 0);
		if (n == -1) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return (-1);
		}
		take_fd(&msg, fd);
		if (n == 0) {
			errno = EPIPE;
			return (-1);
		}
		got += (size_t)n;
	}
	return (0);
}

static int
recv_rest(int sock, uint8_t *buf, size_t len, const struct timespec *end)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		/* It mostly came with the head. */
		n = recv(sock, buf + got, len - got, MSG_DONTWAIT);
		if (n == -1) {
			if (errno != EINTR && errno != EAGAIN &&
			    errno != EWOULDBLOCK)
				return (-1);
			if (await(sock, end) == -1)
				return (-1);
			continue;
		}
		if (n == 0) {
			errno = EPIPE;
			return (-1);
		}
		got += (size_t)n;
	}
	return (0);
}

int
frame_recv(int sock, uint32_t max, int wait, struct frame_head *h,
    uint8_t **buf, size_t *len, int *fd)
{
	uint8_t head[FRAME_HEAD];
	struct timespec end, *endp = NULL;
	int error;

	*buf = NULL;
	*len = 0;
	*fd = -1;
	if (wait >= 0) {
		if (clock_gettime(CLOCK_MONOTONIC, &end) == -1)
			return (-1);
		end.tv_sec += wait / 1000;
		end.tv_nsec += (long)(wait % 1000) * 1000000;
		endp = &end;
	}
	if (recv_head(sock, head, endp, fd) == -1)
		goto out;
	if (frame_head(head, max, h) == -1) {
		errno = EPROTO;
		goto out;
	}
	*len = h->length - FRAME_HEAD;
	if ((*buf = malloc(*len + 1)) == NULL)
		goto out;
	if (recv_rest(sock, *buf, *len, endp) == -1)
		goto out;
	return (0);
out:
	error = errno;
	free(*buf);
	*buf = NULL;
	*len = 0;
	if (*fd != -1) {
		close(*fd);
		*fd = -1;
	}
	errno = error;
	return (-1);
}
