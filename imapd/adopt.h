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

#ifndef IMAPD_ADOPT_H
#define IMAPD_ADOPT_H

#include <stdint.h>

#include "imapd/listing.h"
#include "imapd/uidlist.h"

/*
 * Taking over what another server, or the table that was lost, has numbered:
 * the UIDs that the folder's list has (uidlist.h, courier.h).
 *
 * Mod-sequences then go on above ADOPT_MODSEQ(now), where no count of changes
 * has come to: clients may remember some that another server gave under the
 * same UIDVALIDITY, and nobody knows which.
 */
#define ADOPT_MODSEQ(t)	((uint64_t)(t) << 20)	/* t: seconds since 1970 */
#define ADOPT_UNKNOWN	(UINT64_C(1) << 40)	/* below that is a count */
#define ADOPT_MAXUID	(UINT32_MAX - (1U << 20)) /* a list ends below */
#define ADOPT_JUMP	(1U << 24)	/* UIDs that nobody skips */

struct adopt;

/*
 * Under the flush lock, for a folder that indexd has no table of: makes one
 * from the folder's UID list, and writes the identity.  fresh says that there
 * was no identity before; else its UIDVALIDITY counts, unless the list has a
 * higher one: then another server has made the list since (RFC 3501 section
 * 2.3.1.1 has it rise).  Courier's list is read only for a fresh one.
 * Returns 1; 0 if there is nothing to take over (then the UIDVALIDITY may
 * have been set to 0: a new one is needed); or -1 as a request of idx.h or of
 * the file system.
 */
int	adopt_box(struct folder *, int fresh);

/*
 * For a folder that has just been opened for writing: looks whether another
 * server has written the list since.  What it has numbered is in the table
 * on return.  Returns 0, or 1 if the table was made anew, under the same
 * UIDVALIDITY or another, and is to be opened again; -1 as above, with *why.
 */
int	adopt_compare(struct folder *, const char **why);

/*
 * Names that nobody knows are about to be reported: gives them the UIDs of
 * the list, if it has any that are new, and orders them.  Returns 0, or -1
 * with errno.  Then adopt_uidnext() is what UIDNEXT has to be at least, or 0.
 */
int	adopt_number(struct folder *, struct table *, struct listing *);
uint32_t adopt_uidnext(const struct folder *);
void	adopt_free(struct folder *);

/*
 * Between adopt.c and adopt_list.c.  A table made anew: under the identity's
 * UIDVALIDITY, or a new one if that is 0, its UIDNEXT at least uidnext.  UIDs
 * are by the list, and if keep those of the table in hand; flags are by the
 * table in hand.  list and old may be NULL.
 */
struct remake {
	const struct uidlist	*list;
	struct table		*old;
	int			 keep;
	uint32_t		 uidnext;
	int			 courier;
};
int	adopt_make(struct folder *, const struct remake *);

#endif
