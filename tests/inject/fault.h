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

#ifndef TESTS_INJECT_FAULT_H
#define TESTS_INJECT_FAULT_H

#include <time.h>

#include "tests/inject/script.h"

/* A way in which calls fail. */
struct fault {
	const char	*name;
	int		 error;
	uint32_t	 mask;		/* calls that fail so */
	enum inject_mode mode;
	const char	*said;		/* to the client, in a NO */
	const char	*index;		/* ... if indexd meets it */
};

/* Ended by one without a name. */
extern const struct fault	faults[];

const struct fault	*fault_find(const char *name);

/*
 * Runs the script once for each call that can fail so, in the session or in
 * indexd: that call alone fails, and then all from there on until the client
 * has its answer.  The answer is OK, and it is done, or NO with the reason,
 * and nothing is done; the log tells why; when the fault is over, the same
 * session goes on.  Goes on until end; 0: one call of each kind, by random(3).
 * Returns how many calls failed.
 */
unsigned int	fault_each(struct scene *, const struct script *,
		    const struct fault *, int indexd, time_t end);

#endif
