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

#ifndef COMMON_BRIEF_H
#define COMMON_BRIEF_H

#include <stdint.h>

#include "common/table.h"

/*
 * What STATUS tells of a mailbox, and the stamp of its directories under which
 * it is so: indexd keeps it and tells it to sessions (PROTO_BRIEFS).
 */
struct brief {
	uint8_t		 id[TABLE_IDLEN];
	uint32_t	 uidvalidity;
	uint32_t	 uidnext;
	uint32_t	 messages;
	uint32_t	 unseen;
	uint32_t	 deleted;
	uint32_t	 recent;	/* messages that are nobody's */
	uint64_t	 highestmodseq;
	uint64_t	 size;		/* with CRLF; TABLE_UNKNOWN */
	uint64_t	 deleted_size;	/* likewise, of those \Deleted */
	uint64_t	 stamp[TABLE_STAMP];
};

#endif
