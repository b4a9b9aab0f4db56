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


#ifndef INDEXD_SALVAGE_H
#define INDEXD_SALVAGE_H

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"

/*
 * What is sound of a damaged table.  Rows and names are taken by their own
 * sums alone; the header is believed as far as its sums go, and without them
 * only where it does not contradict itself.
 */
struct salvage_row {
	uint32_t	 uid;
	uint64_t	 modseq;
	uint64_t	 off;		/* of the row, in the file */
};

/* By a hash of a name's unique part. */
struct salvage_name {
	uint64_t	 hash;
	size_t		 row;
};

struct salvage {
	const unsigned char *p;		/* the file, mapped */
	size_t		 len;
	struct table_header *h;		/* a copy, extents as found usable */
	int		 head_ok;	/* its second part has the right sum */
	struct salvage_row *rows;	/* by UID */
	size_t		 n;
	uint64_t	 lost;		/* rows that were there, as known */
	uint64_t	 modseq;	/* the highest seen */
	uint32_t	 uidnext;	/* likewise */
	struct salvage_name *names;	/* salvage_find() */
	size_t		 nnames;
};

/*
 * Reads a table's file, which stays the caller's.  0, or -1 with errno:
 * EBADMSG: it is not of this id, generation and uidvalidity.
 */
int	salvage_open(struct salvage *, int fd, const uint8_t *id,
	    uint32_t generation, uint32_t uidvalidity);
void	salvage_close(struct salvage *);

/* The same of one that was allocated; NULL is safe. */
void	salvage_free(struct salvage *);

/* Row i of s->rows; its name of TABLE_NAMELEN + 1 octets.  0, or -1 with
 * EBADMSG if its name is not sound. */
int	salvage_row(const struct salvage *, size_t i, struct row *,
	    char *name);

/* The row of a file by its base name: 1, or 0; -1 without memory. */
int	salvage_find(struct salvage *, const char *name, struct row *);

/* Keyword i: 1, TABLE_KWLEN + 1 octets; 0 if there is none, or none that
 * can be believed. */
int	salvage_keyword(const struct salvage *, unsigned int i, char *name);

/* Of a header whose sum is wrong: takes out the extents that cannot be. */
void	extents_sane(struct table_header *);

#endif
