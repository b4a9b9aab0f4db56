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

#ifndef COMMON_TALLY_H
#define COMMON_TALLY_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "common/near.h"

/*
 * How many connections somebody has, and how often that somebody's logins
 * have failed of late: for networks (network.h) and for users.  An entry is
 * there as long as it has connections, or failures that are not forgotten.
 * Those without connections are bounded: above TALLY_IDLE the one with the
 * fewest failures goes, so that a flood from many addresses does not wash
 * out those that guess.  Nothing here takes longer than O(log n).
 */
#define TALLY_KEY	255	/* octets of a key */
#define TALLY_IDLE	16384	/* entries without connections */
#define TALLY_HALF	300000	/* ms after which failures count half */
#define TALLY_MOST	1024	/* failures that are counted */

/* What a failed login waits for: the first of late, each more, at most. */
#define TALLY_DELAY	2000	/* ms */
#define TALLY_STEP	1000	/* ms */
#define TALLY_LONGEST	15000	/* ms */

struct tally;

struct tally_entry {
	RB_ENTRY(tally_entry)	 entry;
	TAILQ_ENTRY(tally_entry) idle;		/* of its level */
	unsigned int		 level;
	unsigned int		 connections;
	unsigned int		 waiting;	/* of them, not logged in: the
						   caller's */
	struct near		 near;		/* likewise */
	uint32_t		 failures;	/* at that time, in fractions */
	int64_t			 at;		/* ms */
	size_t			 len;
	unsigned char		 key[];
};

/* An empty one; at most idle entries have no connection.  NULL: no memory. */
struct tally	*tally_new(size_t idle);
void		 tally_free(struct tally *);

/* Finds an entry, or NULL. */
struct tally_entry *tally_find(struct tally *, const void *key, size_t len);

/*
 * One more connection: the entry stays until tally_release() has been called
 * as often.  NULL without memory, or if the key is longer than TALLY_KEY.
 * Times are ms of a clock that only goes forward.
 */
struct tally_entry *tally_hold(struct tally *, const void *key, size_t len,
		    int64_t now);
void		 tally_release(struct tally *, struct tally_entry *,
		    int64_t now);

/*
 * Counts a failed login, and returns how many there were of late, with this
 * one: at least 1, also where there is no memory to remember it.
 */
unsigned int	 tally_failed(struct tally *, const void *key, size_t len,
		    int64_t now);

/* How many ms the answer to the failure waits, after so many of late. */
unsigned int	 tally_delay(unsigned int failures);

/* How many entries there are, those without connections among them. */
size_t		 tally_count(const struct tally *);
size_t		 tally_idle(const struct tally *);

#endif
