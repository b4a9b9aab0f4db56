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

#ifndef COMMON_NEAR_H
#define COMMON_NEAR_H

#include <stdint.h>

/*
 * A warning before a limit is met: at NEAR_PERCENT of it, once; again not
 * before it was below NEAR_AGAIN percent, or NEAR_PAUSE has passed.
 */
#define NEAR_PERCENT	80
#define NEAR_AGAIN	70
#define NEAR_PAUSE	3600000		/* ms */

struct near {
	int64_t		 said;		/* ms */
	int		 warned;
};

/*
 * Whether a line is due, the value being that now.  Initialize to zeros.  No
 * limit (0) and limits of less than 5 are never near.
 */
int	near_limit(struct near *, uint64_t value, uint64_t limit,
	    int64_t now);

#endif
