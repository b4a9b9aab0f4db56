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

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "common/table.h"
#include "common/table_unit.h"

/* The heap of names, read from end to end. */

static int	take(const char *, uint64_t, uint64_t *,
		    int (*)(void *, const char *, size_t), void *);

/*
 * One name, and where the next is.  The rest of an extent that had no room
 * for a name is zeros.
 */
static int
take(const char *p, uint64_t n, uint64_t *i,
    int (*cb)(void *, const char *, size_t), void *arg)
{
	uint64_t units;
	uint32_t sum;
	uint16_t len;

	memcpy(&sum, p + *i * 8, sizeof(sum));
	memcpy(&len, p + *i * 8 + sizeof(sum), sizeof(len));
	if (sum == 0 && len == 0) {
		*i = n;
		return (0);
	}
	units = (TABLE_NAMEHEAD + (uint64_t)len + 7) / 8;
	if (units > n - *i) {
		errno = EBADMSG;
		return (-1);
	}
	p += *i * 8 + TABLE_NAMEHEAD;
	*i += units;
	return (cb(arg, p, len));
}

int
table_names(struct table *t, int (*cb)(void *, const char *, size_t),
    void *arg)
{
	uint64_t all, at, i, n, u;
	unsigned int e;
	void *p;
	int ret;

	/* What is below was written before, and never is again. */
	all = atomic_load_explicit(&t->h->nnames, memory_order_acquire);
	for (u = 0; u < all; u += n) {
		table_place(TABLE_NAMES, u, &e, &at);
		if (e >= TABLE_EXTENTS) {
			errno = EBADMSG;
			return (-1);
		}
		n = table_extent_units(TABLE_NAMES, e) - at;
		if (n > all - u)
			n = all - u;
		if ((p = table_unit(t, TABLE_NAMES, u, n)) == NULL)
			return (-1);
		for (i = 0; i < n;) {
			if ((ret = take(p, n, &i, cb, arg)) != 0)
				return (ret);
		}
	}
	return (0);
}
