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

#ifndef INDEXD_APPEARED_H
#define INDEXD_APPEARED_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "indexd/request.h"

/* The files that a REPORT says have appeared. */
struct appeared {
	RB_ENTRY(appeared) entry;	/* by unique part */
	STAILQ_ENTRY(appeared) next;	/* as reported */
	int		 known;		/* not a new message */
	uint32_t	 uid;		/* on the folder's list; or 0 */
	struct row	 row;
	uint32_t	 unique;	/* octets of the unique part */
	char		 name[];
};
RB_HEAD(appeared_tree, appeared);

struct appearance {
	STAILQ_HEAD(, appeared) list;
	struct appeared_tree tree;
	uint32_t	 n;
	uint32_t	 top;		/* the highest of their UIDs */
	uint32_t	 uidnext;	/* above all UIDs of the list, or 0 */
};

/*
 * Reads them from a payload; a second of one unique part is left out.  0, or
 * -1 with errno, EPROTO if it is malformed.
 */
void	appearance_init(struct appearance *);
int	appearance_get(struct appearance *, struct payload *,
	    unsigned int nkeywords);
void	appearance_free(struct appearance *);

/*
 * Marks as known those whose unique part flies, or is that of a row which
 * changed after seen.  0, or -1 with errno; EAGAIN if that is too many rows
 * to look at, or rows are not there any more: the session has not read the
 * change log.
 */
int	appearance_known(struct appearance *, struct box *, uint64_t seen);

#endif
