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


#ifndef TESTS_DAMAGE_SEEN_H
#define TESTS_DAMAGE_SEEN_H

#include <stdint.h>

#include "common/table.h"

/*
 * All that readers can ask of a small table, with the answers: what it was
 * before it was damaged.
 */
struct seen {
	struct table_state	 st;
	struct row		*rows;
	char			(*names)[TABLE_NAMELEN + 1];
	uint64_t		*find;		/* by UID */
	uint32_t		*rank;		/* by row */
	uint64_t		*nth;		/* by number */
	uint64_t		*next[4];	/* by row; nrows: none */
	struct change		*log;
	uint64_t		*since;		/* by mod-sequence */
	char			(*keywords)[TABLE_KWLEN + 1];
	char			 folder[TABLE_FOLDERLEN + 1];
};

/* Asks a sound table; a failure fails the test. */
void	seen_take(struct seen *, struct table *);
void	seen_free(struct seen *);

/*
 * Asks again: the number of answers that differ.  Refusing to answer, as a
 * checksum or a sequence is wrong, is right; *refused counts how often.
 */
unsigned int seen_compare(const struct seen *, struct table *,
	    unsigned int *refused);

#endif
