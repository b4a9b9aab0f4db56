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
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/client.h"
#include "imapd/deflate.h"

/*
 * What a client that compresses sends: the first byte seeds the sizes of the
 * pieces that come, the second how much of them was read ahead of COMPRESS.
 * What is expanded may not depend on either, nor be more than the buffer
 * holds at a time, and what is written meanwhile goes out.
 */

#define MOST	(1U << 20)		/* bytes expanded, then enough */

struct run {
	const uint8_t	*data;
	size_t		 len;
	size_t		 pos;
	uint32_t	 random;	/* 0: all at once */
	uint64_t	 sum;
	size_t		 got;
	int		 error;
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t	piece(struct run *, size_t);
static ssize_t	below_read(void *, void *, size_t, short *);
static ssize_t	below_write(void *, const void *, size_t, short *);
static int	below_pending(void *);
static void	take(struct run *, struct client *);
static void	run(struct run *, size_t);

static size_t
piece(struct run *r, size_t most)
{
	size_t	n = most;

	if (r->random != 0) {
		r->random = r->random * 1664525 + 1013904223;
		n = (r->random >> 16) % 97 + 1;
	}
	return (n < most ? n : most);
}

static ssize_t
below_read(void *arg, void *buf, size_t len, short *events)
{
	struct run	*r = arg;
	size_t		 n = r->len - r->pos;

	*events = POLLIN;
	n = piece(r, n < len ? n : len);
	memcpy(buf, r->data + r->pos, n);
	r->pos += n;
	return ((ssize_t)n);
}

static ssize_t
below_write(void *arg, const void *buf, size_t len, short *events)
{
	struct run	*r = arg;

	(void)buf;
	*events = POLLOUT;
	return ((ssize_t)piece(r, len));
}

static int
below_pending(void *arg)
{
	(void)arg;
	return (0);
}

static void
take(struct run *r, struct client *c)
{
	const char	*s;
	size_t		 i, len;

	s = client_input(c, &len);
	if (len > CLIENT_IN_SIZE)
		abort();
	for (i = 0; i < len && r->got < MOST; i++, r->got++)
		r->sum = (r->sum ^ (unsigned char)s[i]) *
		    UINT64_C(1099511628211);
	client_consume(c, len);
	if (client_write(c, s, len < 100 ? len : 100) == -1 ||
	    (len % 3 == 0 && client_forget(c) == -1) ||
	    (len % 2 == 0 && client_flush(c) == -1))
		abort();
}

static void
run(struct run *r, size_t ahead)
{
	struct client_transport	 t;
	struct deflate		*d;
	struct client		*c;
	int			 fds[2], ret;

	if (pipe(fds) == -1 || (c = client_new(fds[0], fds[1])) == NULL ||
	    (d = deflate_new()) == NULL)
		abort();
	memset(&t, 0, sizeof(t));
	t.read = below_read;
	t.write = below_write;
	t.pending = below_pending;
	t.arg = r;
	client_set_transport(c, &t);
	if (client_give_input(c, r->data, ahead) == -1)
		abort();
	r->pos = ahead;
	deflate_start(d, c);
	while (r->got < MOST && ((ret = client_read(c, 0)) == 1 ||
	    (ret == -1 && errno == ETIMEDOUT)))
		take(r, c);
	r->error = client_error(c);
	if (r->error == 0 && client_end(c) == -1)
		abort();
	client_free(c);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run	a, b;
	size_t		ahead;
	int		old, null;

	if (size < 2)
		return (0);
	/* What is broken is logged each time. */
	if ((old = dup(STDERR_FILENO)) == -1 ||
	    (null = open("/dev/null", O_WRONLY)) == -1)
		abort();
	(void)dup2(null, STDERR_FILENO);
	(void)close(null);
	memset(&a, 0, sizeof(a));
	a.data = data + 2;
	a.len = size - 2;
	b = a;
	b.random = data[0] + 1U;
	ahead = data[1] < b.len ? data[1] : b.len;
	run(&a, 0);
	run(&b, ahead);
	(void)dup2(old, STDERR_FILENO);
	(void)close(old);
	if (a.sum != b.sum || a.got != b.got ||
	    (a.got < MOST && a.error != b.error))
		abort();
	return (0);
}
