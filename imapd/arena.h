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


#ifndef IMAPD_ARENA_H
#define IMAPD_ARENA_H

#include <stddef.h>

/*
 * Memory that is freed all at once, such as that of one command.
 */

#define ARENA_CHUNK	2048	/* bytes, kept from one use to the next */
#define ARENA_ALIGN	16

struct arena_chunk {
	struct arena_chunk	*next;
	size_t			 size;
	size_t			 used;
	_Alignas(ARENA_ALIGN) char mem[];
};

/* All zero at the start. */
struct arena {
	struct arena_chunk	*chunks;
};

/*
 * Returns n bytes, aligned for any type, which stay until arena_reset(); NULL
 * with errno ENOMEM.
 */
void	*arena_alloc(struct arena *a, size_t n);

/* Returns a copy of len bytes with a NUL after them, as arena_alloc(). */
char	*arena_text(struct arena *a, const char *s, size_t len);

/*
 * Ends the use of all that was allocated.  It is overwritten first, since it
 * may have been a password.  Memory of one small chunk is kept.
 */
void	arena_reset(struct arena *a);

/* The same, and nothing is kept. */
void	arena_free(struct arena *a);

#endif
