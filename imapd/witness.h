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

#ifndef IMAPD_WITNESS_H
#define IMAPD_WITNESS_H

#include <stdint.h>

#include "imapd/idx.h"

struct dirstamp;
struct folder;

/*
 * After our own renames new/ and cur/ are not as the table's stamp has them,
 * and nobody could tell without listing them whether another program was
 * there too.  indexd can, while it is told which names come and go
 * (indexd/watch.h), if directories and table have agreed since: with what a
 * session says here.
 *
 * That they agreed is shown so.  The watch stood, and then the stamp held; or
 * the watch stood, and then a listing was complete, all that was found was
 * reported, and nothing came or went under way.  From then on they agree but
 * for the names that were touched, and these are dropped one by one, when
 * what was heard of them is what the table says, or when a session has looked
 * at them after the last that was heard, and has reported what it found.
 *
 * The folder is watched from the first time that this matters until it is
 * closed.
 */

/* To be called before each change of ours.  Where folders can't be watched
 * nothing happens, and the folder will be listed. */
void	witness_begin(struct folder *);

/*
 * Around a listing of what is in doubt: it was complete, and all that was
 * found is in the table.
 */
void	witness_listing(struct folder *);
void	witness_listed(struct folder *, int complete);

/* For a session that waits (IDLE): IDX_LOOK asks it to look, and sets
 * folder->look.  0, or -1 if folders can't be watched. */
int	witness_stand(struct folder *);
void	witness_leave(struct folder *);

/*
 * Which directories may not agree with the table now: LIST_NEW and LIST_CUR
 * of listing.h; both if nobody can tell.  Then, until it is called again,
 * witness_names() has the names that are in doubt, which came and went up to
 * the stamps, or is NULL if nobody can tell.  witness_looked(): they have been
 * looked at, and what was found is in the table.  Either stamp may be NULL.
 */
int	witness_doubts(struct folder *);
const struct idx_names *witness_names(const struct folder *,
	    const struct dirstamp **newstamp,
	    const struct dirstamp **curstamp);
void	witness_looked(struct folder *);

/*
 * When witness_settle() is to be called, in milliseconds of now_ms();
 * INT64_MAX: never.  It takes the stamp once the directories have been still
 * for a granule of the file system's time and agree; it gives up when that
 * was not so for too long.
 */
int64_t	witness_due(const struct folder *);
void	witness_settle(struct folder *);

/* Ends the watch; frees what a folder has of it that is closed. */
void	witness_end(struct folder *);
void	witness_free(struct folder *);

#endif
