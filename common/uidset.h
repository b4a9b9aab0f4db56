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


#ifndef COMMON_UIDSET_H
#define COMMON_UIDSET_H

#include <stddef.h>
#include <stdint.h>

/*
 * A set of UIDs, or of message numbers: ranges in ascending order that
 * neither overlap nor touch.  0 is never a member.  The fields may be read
 * by anyone (a request's payload is r[0..n)) and are written by uidset.c
 * alone.
 */
struct uid_range {
	uint32_t	lo;		/* first, at least 1 */
	uint32_t	hi;		/* last, at least lo */
};

struct uidset {
	struct uid_range	*r;
	size_t			 n;	/* ranges in use */
	size_t			 cap;	/* ranges allocated */
	size_t			 max;	/* most ranges allowed */

	/* For uidset_rank() and uidset_nth(): */
	uint64_t		*upto;	/* members up to each range's end */
	size_t			 nupto;	/* of the first so many ranges */
	size_t			 uptocap; /* allocated */
};

/* A place in a walk over a set; all zero at the start. */
struct uidset_iter {
	size_t		i;		/* range */
	uint32_t	next;		/* next in that range; 0: its first */
};

/*
 * Additions in any order: they are gathered, sorted and added together, so
 * that a set of n scattered ranges costs far less than n times its size.
 */
#define UIDSET_BATCH	1024
struct uidset_batch {
	struct uidset		*set;
	size_t			 n;
	struct uid_range	 r[UIDSET_BATCH];
};

/* Bytes of the longest range as text, with a comma and the NUL. */
#define UIDSET_TEXT_MIN	23

/*
 * Makes set empty.  It will never hold more than max ranges; 0 means
 * SIZE_MAX.  Nothing is allocated: this cannot fail.
 */
void	uidset_init(struct uidset *set, size_t max);

/* Frees the ranges; the set is empty then and may be used again. */
void	uidset_free(struct uidset *set);

/* Removes all members and keeps the memory. */
void	uidset_clear(struct uidset *set);

/*
 * Add one UID, or all from lo to hi (in either order).  Constant time at the
 * end of the set, else O(log n) and a memmove.  Return 0, or -1 with
 * the set unchanged and errno EINVAL (0 is no UID), E2BIG (more ranges than
 * allowed) or ENOMEM.
 */
int	uidset_add(struct uidset *set, uint32_t uid);
int	uidset_add_range(struct uidset *set, uint32_t lo, uint32_t hi);

/* Adds all of from, in one pass.  Returns and fails as uidset_add(). */
int	uidset_add_set(struct uidset *set, const struct uidset *from);

/* Adds to out what is in a and in b.  Fails as uidset_add(). */
int	uidset_intersect(const struct uidset *a, const struct uidset *b,
	    struct uidset *out);

/*
 * Begins a batch for set; adds a range (lo not above hi, not 0) to it; adds
 * what is left of it to the set, which has not all of it before.  Fail as
 * uidset_add(), the set then having some.
 */
void	uidset_batch(struct uidset_batch *b, struct uidset *set);
int	uidset_batch_add(struct uidset_batch *b, uint32_t lo, uint32_t hi);
int	uidset_batch_end(struct uidset_batch *b);

/*
 * Removes all from lo to hi; what is not in the set does not matter.  To
 * remove from the middle of a range makes two of it, so this can fail as
 * uidset_add() does.
 */
int	uidset_remove_range(struct uidset *set, uint32_t lo, uint32_t hi);

/* Returns 1 if uid is a member, else 0.  O(log n). */
int	uidset_contains(const struct uidset *set, uint32_t uid);

/* Returns 1 if any of lo to hi is a member, else 0.  O(log n). */
int	uidset_overlaps(const struct uidset *set, uint32_t lo, uint32_t hi);

/* Returns the lowest member that is not below uid, 0 if there is none. */
uint32_t uidset_from(const struct uidset *set, uint32_t uid);

/* Returns the number of members.  O(ranges). */
uint64_t uidset_count(const struct uidset *set);

/* Return the lowest and the highest member, 0 if the set is empty. */
uint32_t uidset_min(const struct uidset *set);
uint32_t uidset_max(const struct uidset *set);

/*
 * Returns how many members are lower than uid.  O(log n), and O(ranges) for
 * the first time after a change, or if there is no memory for it.
 */
uint64_t uidset_rank(struct uidset *set, uint32_t uid);

/*
 * Returns the member that has exactly nth lower members (so 0 asks for the
 * lowest), or 0 if there are not so many.  As fast as uidset_rank().
 */
uint32_t uidset_nth(struct uidset *set, uint64_t nth);

/*
 * Steps through the members in ascending order: returns 1 and the next one
 * in *uid, or 0 at the end.  The set may not change under way.
 *
 *	struct uidset_iter it = { 0 };
 *
 *	while (uidset_next(&set, &it, &uid))
 */
int	uidset_next(const struct uidset *set, struct uidset_iter *it,
	    uint32_t *uid);

/*
 * Writes ranges as IMAP text, "1:3,5" (RFC 3501 sequence-set), from the range
 * *pos on, as many as fit in size bytes with a NUL, and moves *pos on; *pos is
 * 0 at first.  size is at least UIDSET_TEXT_MIN.  Returns the length of the
 * text, 0 when there is no more.
 */
size_t	uidset_text(const struct uidset *set, size_t *pos, char *buf,
	    size_t size);

#endif
