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

#ifndef INDEXD_TAKEOVER_H
#define INDEXD_TAKEOVER_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

struct server;

/*
 * Which leases of other indexds may be overridden: what indexctl takeover
 * said, for a while, in memory.
 */
#define TAKEOVER_TIME	(10 * 60 * 1000)	/* ms */
#define TAKEOVER_MAX	256			/* then the oldest goes */

struct takeover {
	TAILQ_ENTRY(takeover) entry;
	char		*root;		/* a mail root */
	char		*folder;	/* NULL: all of it */
	uint64_t	 since;		/* ms */
};
TAILQ_HEAD(takeover_list, takeover);

/* Remembers it, folder NULL for the whole root; -1 without memory. */
int	takeover_add(struct server *, const char *root, const char *folder);

/* Whether it was said within TAKEOVER_TIME. */
int	takeover_may(struct server *, const char *root, const char *folder);

void	takeovers_free(struct server *);

#endif
