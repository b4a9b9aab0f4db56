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

#ifndef IMAPD_RESULT_WALK_H
#define IMAPD_RESULT_WALK_H

#include <stdint.h>

struct search_result;
struct session;
struct view_msg;

/* What was read since the client was looked for. */
struct walk_pace {
	unsigned int	opened;		/* files */
	int64_t		looked;		/* session_clock() */
};

/*
 * For a walk that opens files: begins, and looks for the client now and then;
 * 1, or 0 if it has gone.
 */
void	walk_pace_start(struct walk_pace *);
int	walk_pace_on(struct session *, struct walk_pace *);

/*
 * A walk over what a search has found, for SORT and THREAD: calls take() for
 * each message in the order of message numbers.  shown is what the client is
 * to see, its number or UID; *opened is to be increased for each file opened.
 * take() returns 0, or -1 with errno, which ends the walk if it is ENOMEM,
 * else counts as a message that cannot be read.  Returns 0, -1 with errno, or
 * 1 if the client has gone.
 */
int	result_walk(struct session *, struct search_result *,
	    int (*take)(void *arg, const struct view_msg *, uint32_t shown,
	    unsigned int *opened), void *arg);

#endif
