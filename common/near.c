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

#include "common/near.h"

#define FEWEST	5		/* 80 percent of it are less than all */

static int	above(uint64_t, uint64_t, unsigned int);

/* Whether the value is that many percent of the limit, or more. */
static int
above(uint64_t value, uint64_t limit, unsigned int percent)
{
	return (value >= limit / 100 * percent + limit % 100 * percent / 100);
}

int
near_limit(struct near *n, uint64_t value, uint64_t limit, int64_t now)
{
	if (limit < FEWEST)
		return (0);
	if (!above(value, limit, NEAR_PERCENT)) {
		if (!above(value, limit, NEAR_AGAIN))
			n->warned = 0;
		return (0);
	}
	if (n->warned && now - n->said < NEAR_PAUSE)
		return (0);
	n->warned = 1;
	n->said = now;
	return (1);
}
