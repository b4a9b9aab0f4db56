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

#include <stdlib.h>
#include <string.h>

#include "imapd/thread_priv.h"

int
index_init(struct thread_index *t, size_t n)
{
	size_t	size = 64;

	while (size / 2 < n)
		size *= 2;
	if ((t->slot = reallocarray(NULL, size, sizeof(*t->slot))) == NULL)
		return (-1);
	memset(t->slot, 0xff, size * sizeof(*t->slot));
	t->mask = size - 1;
	arc4random_buf(&t->seed, sizeof(t->seed));
	return (0);
}

void
index_free(struct thread_index *t)
{
	free(t->slot);
	t->slot = NULL;
}

size_t
index_first(const struct thread_index *t, const struct thread_hash *hash)
{
	uint64_t	h;

	h = (hash->h[0] ^ t->seed) * UINT64_C(0x9e3779b97f4a7c15);
	h = ((h ^ h >> 32) + hash->h[1] + (t->seed << 7 | t->seed >> 57)) *
	    UINT64_C(0xd6e8feb86659fd93);
	return ((size_t)(h ^ h >> 32) & t->mask);
}
