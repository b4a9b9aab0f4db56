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

#include "common/uidset.h"
#include "imapd/cache_priv.h"
#include "imapd/folder_priv.h"

/* What messages there are: of others nothing need be kept. */

int
cache_messages(struct folder *f, uint64_t *n)
{
	struct table_state	 state;
	struct table		*t;

	if ((t = folder_newest(f)) == NULL || folder_state(f, t, &state) == -1)
		return (-1);
	*n = state.messages;
	return (0);
}

int
cache_live(struct folder *f, struct uidset *set)
{
	struct table_state	 state;
	struct table		*t;
	struct row		 row;
	uint64_t		 n;

	if ((t = folder_newest(f)) == NULL ||
	    folder_state(f, t, &state) == -1)
		return (-1);
	for (n = 0;; n++) {
		if (folder_next(f, t, TABLE_LIVE, n, &n) == -1) {
			if (errno != ENOENT)
				return (-1);
			break;
		}
		if (table_row(t, n, &row) == -1 ||
		    uidset_add(set, row.uid) == -1)
			return (-1);
	}
	/* Those that came meanwhile. */
	return (uidset_add_range(set, state.uidnext, UINT32_MAX));
}
