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

#ifndef TESTS_POWERCUT_VERIFY_H
#define TESTS_POWERCUT_VERIFY_H

#include <stdint.h>

#include "tests/powercut/play.h"

/* What a client knows when the power fails. */
struct knows {
	const struct shot *lo;		/* what was answered led to this, */
	const struct shot *hi;		/* what is under way leads to that */
	const struct shot *seen;	/* all of this it was told */
	const char	*what;		/* is under way */
};

/* When the log was that long. */
void	play_knows(const struct play *, uint64_t cut, struct knows *);

/*
 * Starts both daemons in the current directory, which holds what a power cut
 * may have left, and checks it against what a client knows; resync is one of
 * the earlier states, from which a client brings itself up to date, or NULL.
 * What there is goes to now; at is the length of the log when all of it was
 * told.
 */
void	verify(struct play *, const struct knows *, const struct shot *resync,
	    struct shot *now, uint64_t *at);

#endif
