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
#include <sys/mman.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "common/log.h"
#include "imapd/client.h"
#include "imapd/deflate.h"

#define BLOCK_HEAD	64		/* bytes before a block: its size */
#define ROOM		8		/* bytes that a flush's mark takes */
#define AHEAD		(CLIENT_IN_SIZE > DEFLATE_IN ? CLIENT_IN_SIZE : \
			    DEFLATE_IN)

struct deflate {
	struct client_transport	 below;
	z_stream		 in;
	z_stream		 out;
	int			 in_end;	/* the stream has ended */
	int			 in_more;	/* of what was read already */
	int			 out_there;	/* the compressor is */
	int			 out_open;	/* since the last flush */
	int			 out_end;	/* and nothing more goes out */
	int			 forget;	/* before what comes next */
	size_t			 pos;		/* of obuf: sent */
	size_t			 len;		/* of obuf: filled */
	unsigned char		*obuf;		/* NULL: at rest */
	unsigned char		 ibuf[AHEAD];
};

static voidpf	block_alloc(voidpf, uInt, uInt);
static void	block_free(voidpf, voidpf);
static int	compressor(struct deflate *);
static void	compressor_end(struct deflate *);
static int	drain(struct deflate *, short *);
static int	push(struct deflate *, int, short *);
static int	apart(struct deflate *, short *);
static ssize_t	expand(struct deflate *, void *, size_t);
static ssize_t	deflate_read(void *, void *, size_t, short *);
static ssize_t	deflate_write(void *, const void *, size_t, short *);
static int	deflate_flush(void *, short *);
static int	deflate_end(void *, short *);
static void	deflate_forget(void *);
static void	deflate_rest(void *);
static int	deflate_pending(void *);
static void	deflate_done(void *);

/*
 * The compressor's memory, and the buffer behind it, are mappings of their
 * own: what is given back is the system's again, not malloc(3)'s.
 */
static voidpf
block_alloc(voidpf arg, uInt n, uInt size)
{
	size_t	*p, len;

	(void)arg;
	len = (size_t)n * size + BLOCK_HEAD;
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	if (p == MAP_FAILED)
		return (NULL);
	*p = len;
	return ((unsigned char *)p + BLOCK_HEAD);
}

static void
block_free(voidpf arg, voidpf block)
{
	size_t	*p;

	(void)arg;
	if (block == NULL)
		return;
	p = (size_t *)(void *)((unsigned char *)block - BLOCK_HEAD);
	(void)munmap(p, *p);
}

/* Has a compressor ready: 0, or -1 with errno. */
static int
compressor(struct deflate *d)
{
	if (d->obuf == NULL &&
	    (d->obuf = block_alloc(NULL, 1, DEFLATE_OUT)) == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	if (d->out_there)
		return (0);
	memset(&d->out, 0, sizeof(d->out));
	d->out.zalloc = block_alloc;
	d->out.zfree = block_free;
	if (deflateInit2(&d->out, DEFLATE_LEVEL, Z_DEFLATED, -DEFLATE_WINDOW,
	    DEFLATE_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		errno = ENOMEM;
		return (-1);
	}
	d->out_there = 1;
	return (0);
}

static void
compressor_end(struct deflate *d)
{
	if (d->out_there)
		(void)deflateEnd(&d->out);
	d->out_there = 0;
	block_free(NULL, d->obuf);
	d->obuf = NULL;
	d->pos = d->len = 0;
}

struct deflate *
deflate_new(void)
{
	struct deflate	*d;

	if ((d = malloc(sizeof(*d))) == NULL)
		return (NULL);
	memset(d, 0, offsetof(struct deflate, ibuf));
	if (inflateInit2(&d->in, -DEFLATE_WINDOW) != Z_OK) {
		free(d);
		errno = ENOMEM;
		return (NULL);
	}
	if (compressor(d) == -1) {
		deflate_free(d);
		errno = ENOMEM;
		return (NULL);
	}
	return (d);
}

void
deflate_free(struct deflate *d)
{
	if (d == NULL)
		return;
	compressor_end(d);
	(void)inflateEnd(&d->in);
	if (d->below.free != NULL)
		d->below.free(d->below.arg);
	free(d);
}

void
deflate_start(struct deflate *d, struct client *c)
{
	struct client_transport	t;

	d->in.next_in = d->ibuf;
	d->in.avail_in = (uInt)client_take_input(c, d->ibuf, sizeof(d->ibuf));
	memset(&t, 0, sizeof(t));
	t.read = deflate_read;
	t.write = deflate_write;
	t.pending = deflate_pending;
	t.flush = deflate_flush;
	t.end = deflate_end;
	t.forget = deflate_forget;
	t.rest = deflate_rest;
	t.free = deflate_done;
	t.arg = d;
	client_stack_transport(c, &t, &d->below);
}

static void
deflate_done(void *arg)
{
	deflate_free(arg);
}

/* Writes what is compressed: 0, or -1 with errno. */
static int
drain(struct deflate *d, short *events)
{
	ssize_t	n;

	while (d->pos < d->len) {
		n = d->below.write(d->below.arg, d->obuf + d->pos,
		    d->len - d->pos, events);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			/* What is left makes room. */
			memmove(d->obuf, d->obuf + d->pos, d->len - d->pos);
			d->len -= d->pos;
			d->pos = 0;
			return (-1);
		}
		d->pos += (size_t)n;
	}
	d->pos = d->len = 0;
	return (0);
}

/*
 * Compresses what is in d->out once, with the flush given: 1 if the compressor
 * has more to put out, else 0; -1 with errno.
 */
static int
push(struct deflate *d, int flush, short *events)
{
	if (DEFLATE_OUT - d->len < ROOM && drain(d, events) == -1 &&
	    (errno != EAGAIN || DEFLATE_OUT - d->len < ROOM))
		return (-1);
	d->out.next_out = d->obuf + d->len;
	d->out.avail_out = (uInt)(DEFLATE_OUT - d->len);
	if (deflate(&d->out, flush) == Z_STREAM_ERROR) {
		log_warnx("compress: the compressor is broken");
		errno = EIO;
		return (-1);
	}
	d->len = DEFLATE_OUT - d->out.avail_out;
	return (d->out.avail_out == 0);
}

/* What was compressed is forgotten before more is: 0, or -1 with errno. */
static int
apart(struct deflate *d, short *events)
{
	int	more;

	if (!d->forget)
		return (0);
	if (!d->out_open) {
		/* The stream stands at a byte: another can go on. */
		(void)deflateReset(&d->out);
		d->forget = 0;
		return (0);
	}
	d->out.next_in = NULL;
	d->out.avail_in = 0;
	do {
		if ((more = push(d, Z_FULL_FLUSH, events)) == -1)
			return (-1);
	} while (more);
	d->out_open = 0;
	d->forget = 0;
	return (0);
}

static ssize_t
deflate_write(void *arg, const void *buf, size_t len, short *events)
{
	struct deflate	*d = arg;
	size_t		 left = len;

	if (compressor(d) == -1) {
		log_warn("compress: cannot go on");
		return (-1);
	}
	if (apart(d, events) == -1)
		return (-1);
	if (len > UINT_MAX)
		left = len = UINT_MAX;
	d->out.next_in = (z_const Bytef *)(uintptr_t)buf;
	d->out.avail_in = (uInt)len;
	while (left > 0) {
		if (push(d, Z_NO_FLUSH, events) == -1)
			break;
		if (d->out.avail_in < left)
			d->out_open = 1;
		left = d->out.avail_in;
	}
	return (left == len && len > 0 ? -1 : (ssize_t)(len - left));
}

static int
deflate_flush(void *arg, short *events)
{
	struct deflate	*d = arg;
	int		 more;

	if (d->out_open) {
		d->out.next_in = NULL;
		d->out.avail_in = 0;
		do {
			if ((more = push(d, Z_SYNC_FLUSH, events)) == -1)
				return (-1);
		} while (more);
		d->out_open = 0;
	}
	return (drain(d, events));
}

/* The last block (RFC 1951 section 3.2.3), so that the other side is sure. */
static int
deflate_end(void *arg, short *events)
{
	struct deflate	*d = arg;
	int		 more;

	if (!d->out_end) {
		if (compressor(d) == -1)
			return (-1);
		d->out.next_in = NULL;
		d->out.avail_in = 0;
		do {
			if ((more = push(d, Z_FINISH, events)) == -1)
				return (-1);
		} while (more);
		d->out_open = 0;
		d->out_end = 1;
	}
	return (drain(d, events));
}

static void
deflate_forget(void *arg)
{
	struct deflate	*d = arg;

	d->forget = 1;
}

static void
deflate_rest(void *arg)
{
	struct deflate	*d = arg;

	if (d->out_open || d->pos < d->len)
		return;
	/* A new one has no history either. */
	compressor_end(d);
	d->forget = 0;
}

/*
 * Expands what was read: how many bytes, 0 if none came of it, -1 with errno.
 */
static ssize_t
expand(struct deflate *d, void *buf, size_t len)
{
	size_t	got;
	int	ret;

	d->in.next_out = buf;
	d->in.avail_out = len > UINT_MAX ? UINT_MAX : (uInt)len;
	got = d->in.avail_out;
	ret = inflate(&d->in, Z_SYNC_FLUSH);
	got -= d->in.avail_out;
	d->in_more = d->in.avail_out == 0;
	switch (ret) {
	case Z_OK:
	case Z_BUF_ERROR:
		break;
	case Z_STREAM_END:
		d->in_end = 1;
		d->in_more = 0;
		break;
	case Z_MEM_ERROR:
		errno = ENOMEM;
		return (-1);
	default:
		if (got > 0) {
			/* First what came before; then this again. */
			d->in_more = 1;
			break;
		}
		log_warnx("compress: what the client sends is broken: %s",
		    d->in.msg != NULL ? d->in.msg : "no DEFLATE");
		errno = EPROTO;
		return (-1);
	}
	return ((ssize_t)got);
}

/* One read at most: who sends blocks with nothing in them waits in turn. */
static ssize_t
deflate_read(void *arg, void *buf, size_t len, short *events)
{
	struct deflate	*d = arg;
	ssize_t		 n;

	*events = POLLIN;
	if (d->in_more || (d->in.avail_in > 0 && !d->in_end)) {
		if ((n = expand(d, buf, len)) != 0)
			return (n);
	}
	if (d->in_end)
		return (0);
	n = d->below.read(d->below.arg, d->ibuf, DEFLATE_IN, events);
	if (n <= 0)
		return (n);
	d->in.next_in = d->ibuf;
	d->in.avail_in = (uInt)n;
	if ((n = expand(d, buf, len)) != 0 || d->in_end)
		return (n);
	*events = POLLIN;
	errno = EAGAIN;
	return (-1);
}

static int
deflate_pending(void *arg)
{
	struct deflate	*d = arg;

	return (d->in_more || d->in_end || d->in.avail_in > 0 ||
	    d->below.pending(d->below.arg));
}
