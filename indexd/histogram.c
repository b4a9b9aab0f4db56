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


#include "indexd/histogram.h"

static const uint64_t bounds[HISTOGRAM_CLASSES - 1] = {
	50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
	250000, 1000000
};

void
histogram_add(struct histogram *h, uint64_t us)
{
	unsigned int i;

	for (i = 0; i < HISTOGRAM_CLASSES - 1 && us > bounds[i]; i++)
		;
	h->count[i]++;
	h->sum += us;
}

uint64_t
histogram_bound(unsigned int class)
{
	return (class < HISTOGRAM_CLASSES - 1 ? bounds[class] : UINT64_MAX);
}

uint64_t
histogram_total(const struct histogram *h)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < HISTOGRAM_CLASSES; i++)
		n += h->count[i];
	return (n);
}

uint64_t
histogram_quantile(const struct histogram *h, unsigned int permille)
{
	uint64_t low, want, n = histogram_total(h), below = 0;
	unsigned int i;

	if (n == 0)
		return (0);
	want = n / 1000 * permille + (n % 1000 * permille + 999) / 1000;
	if (want == 0)
		want = 1;
	for (i = 0; i < HISTOGRAM_CLASSES - 1; i++) {
		if (below + h->count[i] >= want)
			break;
		below += h->count[i];
	}
	low = i == 0 ? 0 : bounds[i - 1];
	/* Beyond the last bound nothing is known but that. */
	if (i == HISTOGRAM_CLASSES - 1 || h->count[i] == 0)
		return (low);
	return (low + (uint64_t)((double)(bounds[i] - low) *
	    (double)(want - below) / (double)h->count[i]));
}

void
histogram_since(struct histogram *d, const struct histogram *now,
    const struct histogram *before)
{
	unsigned int i;

	for (i = 0; i < HISTOGRAM_CLASSES; i++)
		d->count[i] = now->count[i] - before->count[i];
	d->sum = now->sum - before->sum;
}
