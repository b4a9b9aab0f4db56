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


#ifndef COMMON_MIX_H
#define COMMON_MIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The checksum of tables and journal: 64 bits that take in a word at a time.
 * Each step is a bijection of the state and of the word, so that a change
 * within one word is always seen.  It guards against disks, not against an
 * enemy.
 */
static inline uint64_t
mix_word(uint64_t h, uint64_t w)
{
	h ^= w;
	h *= 0x9e3779b97f4a7c15ULL;
	return (h ^ h >> 32);
}

/* Takes in len octets, the last word of them filled with zeros. */
static inline uint64_t
mix_octets(uint64_t h, const void *p, size_t len)
{
	const unsigned char *s = p;
	uint64_t w;

	for (; len >= 8; len -= 8, s += 8) {
		memcpy(&w, s, 8);
		h = mix_word(h, w);
	}
	if (len > 0) {
		w = 0;
		memcpy(&w, s, len);
		h = mix_word(h, w);
	}
	return (h);
}

/* The state as 32 bits: once more stirred, or the shift of the last step would
 * cancel out what only its upper half knows. */
static inline uint32_t
mix_fold(uint64_t h)
{
	return ((uint32_t)((h * 0xd6e8feb86659fd93ULL) >> 32));
}

#endif
