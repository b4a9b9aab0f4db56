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

#ifndef IMAPD_KNOWN_H
#define IMAPD_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "common/maildir.h"
#include "common/table.h"

struct folder;

/*
 * The unique parts of the names that a table knows: a hash from them to
 * rows.  It follows one generation; rows are added as the table grows.
 */
struct known {
	uint32_t	 generation;
	uint64_t	 nrows;		/* of the table that are in here */
	uint64_t	 taken;		/* slots */
	size_t		 nslots;	/* 2^n */
	struct known_slot {
		uint32_t	hash;
		uint32_t	row;	/* and one; 0: free */
	}		*slot;
};

#define KNOWN_NONE	UINT64_MAX

void	known_free(struct known *);

/* Takes in the rows below nrows.  Returns 0, or -1 with errno. */
int	known_sync(struct folder *, struct table *, struct known *,
	    uint64_t nrows);

/*
 * Takes in, instead of all rows below nrows, those that lag behind: whose file
 * may be in new/ are among them.  Of the names in new/ that are not found
 * then, none is known if table_names() has none with their unique part.
 * known_sync() goes on from there.
 */
int	known_lagging(struct folder *, struct table *, struct known *,
	    uint64_t nrows);

/*
 * Finds the row of a file name: a live one if there is, else a tombstone.
 * Returns 0 with *n KNOWN_NONE if there is none, and row and base filled in
 * else; -1 with errno.  base has room for TABLE_NAMELEN + 1.
 */
int	known_find(struct folder *, struct table *, const struct known *,
	    const char *name, size_t unique, uint64_t *n, struct row *,
	    char *base);

#endif
