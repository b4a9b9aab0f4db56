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


#ifndef INDEXD_HISTOGRAM_H
#define INDEXD_HISTOGRAM_H

#include <stdint.h>

/* How long things took, in classes: adding one costs a few comparisons. */
#define HISTOGRAM_CLASSES	14	/* the last one has no bound */

struct histogram {
	uint64_t	count[HISTOGRAM_CLASSES];
	uint64_t	sum;		/* us */
};

void	 histogram_add(struct histogram *, uint64_t us);

/* The greatest time of a class, us; UINT64_MAX of the last. */
uint64_t histogram_bound(unsigned int class);

/* How many there are. */
uint64_t histogram_total(const struct histogram *);

/*
 * The time, us, that permille of 1000 did not exceed: within its class, as if
 * they were spread evenly there.  0 if there are none.
 */
uint64_t histogram_quantile(const struct histogram *, unsigned int permille);

/* *d is what *now has more than *before. */
void	 histogram_since(struct histogram *d, const struct histogram *now,
	    const struct histogram *before);

#endif
