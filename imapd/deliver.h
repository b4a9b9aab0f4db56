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

#ifndef IMAPD_DELIVER_H
#define IMAPD_DELIVER_H

#include <stddef.h>
#include <stdint.h>

#include "common/uidset.h"
#include "imapd/idx.h"

struct folder;

/*
 * Putting messages into a folder: APPEND (RFC 3501 section 6.3.11, RFC 3502),
 * COPY and MOVE (RFC 6851), REPLACE (RFC 8508).  Nothing is in the folder
 * before deliver_commit(), _replace() or _copy() returns 0, and then all of it
 * is, durably.
 *
 * All return 0, or -1 with errno: as a request of idx.h, or
 *	EILSEQ		the message holds NUL, which cannot be kept (RFC 3501
 *			section 9: CHAR8), nor be encoded
 *	EACCES		no permission to write there
 *	ENOSPC, EDQUOT, EFBIG, EMFILE, EIO, ...	of the file system
 * deliver_reason() turns such an errno into a line for the client.
 */
struct delivery;

#define DELIVER_MAXMESSAGES 1000	/* of one MULTIAPPEND */

/* Starts an APPEND; the folder must stay open until deliver_free(). */
struct delivery	*deliver_begin(struct folder *);

/*
 * Starts the next message.  Flags are FLAG_*; keywords are copied;
 * internaldate is in seconds since 1970.  Then come its octets, in any
 * pieces, as the literal brings them (line ends are kept in the file as LF),
 * and deliver_end().
 */
int		 deliver_message(struct delivery *, uint16_t flags,
		    const char *const *keywords, unsigned int nkeywords,
		    int64_t internaldate);
int		 deliver_write(struct delivery *, const void *, size_t);

/*
 * After deliver_message(): what comes is of a literal8 (RFC 3516 section 4.4).
 * It is kept aside, and at deliver_end() parts that are binary are encoded.
 */
int		 deliver_binary(struct delivery *);
int		 deliver_end(struct delivery *);

/* All messages, or none, become part of the folder: result's first to last
 * are their UIDs. */
int		 deliver_commit(struct delivery *, struct idx_result *);

/*
 * The same for the only message, which replaces the one with that UID in the
 * other folder, or in the same: as one (RFC 8508).  ENOENT if that is gone,
 * and nothing was done.
 */
int		 deliver_replace(struct delivery *, struct folder *from,
		    uint32_t uid, struct idx_result *);

/* Frees, and removes what was not committed; NULL is safe. */
void		 deliver_free(struct delivery *);

/*
 * Copies, or moves, the messages with these UIDs.  Those that are gone are
 * left out: ENOENT if none is left.  done are the source's UIDs that were
 * taken, to which first to last belong in ascending order.  A MOVE leaves
 * the source's files to flush_run().
 */
int		 deliver_copy(struct folder *from, struct folder *to,
		    const struct uidset *, int move, struct idx_result *);

/* A line for the client about a failure, static. */
const char	*deliver_reason(int error);

#endif
