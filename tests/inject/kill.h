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

#ifndef TESTS_INJECT_KILL_H
#define TESTS_INJECT_KILL_H

#include "tests/inject/script.h"

enum kill_victim {
	KILL_SESSION,
	KILL_INDEXD,
	KILL_HELPER		/* of indexd, which syncs tables */
};

/*
 * Runs the script once for each point from first on, in steps of so many,
 * with the process killed there, and checks all each time.  Returns how many
 * there were.
 */
unsigned int	kill_each(struct scene *, const struct script *,
		    enum kill_victim, uint32_t first, uint32_t step);

/*
 * The same, with indexd killed when the command was answered, and then at
 * each point of its next start.
 */
unsigned int	kill_start(struct scene *, const struct script *);

#endif
