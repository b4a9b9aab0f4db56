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

#ifndef IMAPD_LOOK_H
#define IMAPD_LOOK_H

#include "imapd/listing.h"

#define LOOKS		5	/* listings, while the folder is changing */

/*
 * One comparison of a folder with its table, and the reports that come of it.
 * All return 0, or -1 with errno as a request of idx.h or of the file system.
 */
struct look {
	struct known	*known;		/* the session's, or these: */
	struct known	 lagging;
	struct listing	 list;
	struct idx_result result;
	uid_t		 uid;		/* the session's */
	int		 named;		/* only the names that are in doubt */
	int		 incomplete;	/* look again */
	int		 took;		/* something was reported */
	uint32_t	 reports;	/* so often, since the listing */
	uint64_t	 place;		/* highestmodseq before it */
};

/* Files that no row knows: reported at once, in the order of their time. */
int	look_found(struct folder *, struct table *, struct look *);

/*
 * Under the flush lock: names that differ from what their row says, and then
 * messages whose file is gone; these only from directories that held still
 * while they were listed.
 */
int	look_moved(struct folder *, struct table *, struct look *);
int	look_gone(struct folder *, struct table *, struct look *, int still);

#endif
