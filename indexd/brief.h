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

#ifndef INDEXD_BRIEF_H
#define INDEXD_BRIEF_H

#include <sys/types.h>

#include <stdint.h>

#include "common/brief.h"
#include "indexd/engine.h"

/*
 * What STATUS tells of the mailboxes of a root, kept in memory, so that many
 * of them are told of without a table being opened: for each folder its
 * counts and its stamp.  A root is read in steps, when it is first asked for;
 * from then on closing a table leaves its brief.  It is kept for a while
 * after the last mailbox of the root was closed.
 */
#define BRIEF_STEP	64	/* tables that one step reads */
#define BRIEF_ROWS	65536	/* rows that one request has summed up */

/*
 * Reads up to BRIEF_STEP tables of a root that were not read yet.  Returns 1
 * if there are more, 0 if not, or -1 with errno; ENOENT: there is no such
 * root.
 */
int	briefs_read(struct engine *, uid_t, const char *root);

/*
 * The brief of the folder that was last opened under that name, if its
 * directories are what they were when it was compared last, by the stamp:
 * then it is what a session that opens it would find.  With rows not NULL
 * sizes are summed up, of at most *rows rows, which is lessened.  Returns 1
 * with *b filled in, or 0: it has to be opened.
 */
int	brief_find(struct engine *, uid_t, const char *root,
	    const char *folder, const uint64_t stamp[TABLE_STAMP],
	    uint64_t *rows, struct brief *b);

/* Sizes of its messages are others, without a mod-sequence. */
void	brief_resized(struct mailbox *);

#endif
