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

#ifndef IMAPD_IDX_BRIEF_H
#define IMAPD_IDX_BRIEF_H

#include <stddef.h>

#include "common/brief.h"
#include "imapd/idx.h"

/*
 * What indexd knows of many mailboxes at once, for STATUS (PROTO_BRIEF of
 * proto.h): of those whose directories are what they were when they were last
 * compared with the table, so that opening them would find no more.
 */
struct idx_brief {
	const char	*folder;	/* on disk; "" is INBOX */
	int		 known;		/* 0: it has to be opened */
	struct brief	 brief;		/* the stamp as it is now; if known, all */
};

/* Fills in what is known of n of them, at most PROTO_MAXBRIEF; sizes says
 * that these are wanted.  A request as those of idx.h. */
int	idx_briefs(struct idx *, struct idx_brief *, size_t n, int sizes);

#endif
