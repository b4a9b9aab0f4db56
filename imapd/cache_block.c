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


#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mix.h"
#include "imapd/cache_priv.h"

/*
 * Sums and blocks.  Every sum begins with the file's random salt and with
 * the place where the thing stands: what a message holds, wherever it comes
 * to lie, is never taken for a block.
 */

#define LANES	4	/* of a sum, so that none waits for another */

static int	grow(struct cache_out *, size_t);

uint64_t
cache_head_sum(const struct cache_head *h)
{
	return (mix_octets(CACHE_MAGIC, h, offsetof(struct cache_head, sum)));
}

uint64_t
cache_block_sum(const struct cache_head *h, const struct cache_block *b,
    off_t off)
{
	return (mix_octets(mix_word(h->salt, (uint64_t)off), b,
	    offsetof(struct cache_block, sum)));
}

uint64_t
cache_content_sum(const struct cache_head *h, const void *p, size_t len,
    off_t off)
{
	uint64_t		 lane[LANES], seed, w[LANES];
	const unsigned char	*s = p;
	unsigned int		 i;

	seed = mix_word(~h->salt, (uint64_t)off);
	for (i = 0; i < LANES; i++)
		lane[i] = mix_word(seed, i);
	for (; len >= sizeof(w); len -= sizeof(w), s += sizeof(w)) {
		memcpy(w, s, sizeof(w));
		for (i = 0; i < LANES; i++)
			lane[i] = mix_word(lane[i], w[i]);
	}
	for (i = 1; i < LANES; i++)
		lane[0] = mix_word(lane[0], lane[i]);
	return (mix_octets(lane[0], s, len));
}

int
cache_block_ok(const struct cache_head *h, const struct cache_block *b,
    off_t off)
{
	if (b->sum != cache_block_sum(h, b, off))
		return (0);
	return (b->kind > 0 && b->count > 0 &&
	    b->count <= CACHE_BLOCK_COUNT && b->first > 0 &&
	    b->first <= b->last && b->size <= CACHE_BLOCK_DATA &&
	    b->length == b->count * 8 + ((b->size + 7) & ~7U) &&
	    b->covers < (uint64_t)off);
}

int
cache_out_init(struct cache_out *o, const struct cache_head *h, off_t off)
{
	o->head = h;
	o->off = off;
	o->len = 0;
	o->count = 0;
	o->fill = 0;
	if (o->data != NULL)
		return (0);
	o->uid = reallocarray(NULL, CACHE_BLOCK_COUNT, sizeof(*o->uid));
	o->end = reallocarray(NULL, CACHE_BLOCK_COUNT, sizeof(*o->end));
	o->data = malloc(CACHE_BLOCK_DATA);
	if (o->uid != NULL && o->end != NULL && o->data != NULL)
		return (0);
	cache_out_free(o);
	errno = ENOMEM;
	return (-1);
}

void
cache_out_free(struct cache_out *o)
{
	free(o->uid);
	free(o->end);
	free(o->data);
	free(o->buf);
	memset(o, 0, sizeof(*o));
}

void
cache_out_kind(struct cache_out *o, enum cache_kind kind, uint64_t covers)
{
	o->kind = kind;
	o->covers = covers;
}

int
cache_out_add(struct cache_out *o, uint32_t uid, const void *data, size_t len)
{
	if ((o->count == CACHE_BLOCK_COUNT ||
	    len > CACHE_BLOCK_DATA - o->fill) && cache_out_end(o) == -1)
		return (-1);
	if (len > 0)
		memcpy(o->data + o->fill, data, len);
	o->fill += len;
	o->uid[o->count] = uid;
	o->end[o->count++] = (uint32_t)o->fill;
	return (0);
}

static int
grow(struct cache_out *o, size_t more)
{
	unsigned char	*p;
	size_t		 size = o->size;

	if (size - o->len >= more)
		return (0);
	while (size - o->len < more)
		size = size == 0 ? CACHE_BLOCK_DATA : size * 2;
	if ((p = realloc(o->buf, size)) == NULL)
		return (-1);
	o->buf = p;
	o->size = size;
	return (0);
}

/* Puts together the block that was being filled. */
int
cache_out_end(struct cache_out *o)
{
	struct cache_block	 b;
	off_t			 off = o->off + (off_t)o->len;
	unsigned char		*p;
	size_t			 n = o->count * sizeof(*o->uid);

	if (o->count == 0)
		return (0);
	memset(&b, 0, sizeof(b));
	b.kind = (uint16_t)o->kind;
	b.version = cache_versions[o->kind];
	b.count = o->count;
	b.first = o->uid[0];
	b.last = o->uid[o->count - 1];
	b.size = (uint32_t)o->fill;
	b.length = b.count * 8 + ((b.size + 7) & ~7U);
	b.covers = o->covers;
	if (grow(o, sizeof(b) + b.length) == -1)
		return (-1);
	p = o->buf + o->len + sizeof(b);
	memcpy(p, o->uid, n);
	memcpy(p + n, o->end, n);
	memcpy(p + 2 * n, o->data, o->fill);
	memset(p + 2 * n + o->fill, 0, b.length - 2 * n - o->fill);
	b.content_sum = cache_content_sum(o->head, p, b.length, off);
	b.sum = cache_block_sum(o->head, &b, off);
	memcpy(o->buf + o->len, &b, sizeof(b));
	o->len += sizeof(b) + b.length;
	o->count = 0;
	o->fill = 0;
	o->covers = 0;
	return (0);
}

int
cache_out_write(struct cache_out *o, int fd)
{
	size_t	done = 0;
	ssize_t	n;

	while (done < o->len) {
		n = pwrite(fd, o->buf + done, o->len - done,
		    o->off + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = ENOSPC;
			return (-1);
		}
		done += (size_t)n;
	}
	o->off += (off_t)o->len;
	o->len = 0;
	return (0);
}
