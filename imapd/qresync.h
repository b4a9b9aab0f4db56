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

#ifndef IMAPD_QRESYNC_H
#define IMAPD_QRESYNC_H

#include <stdint.h>

#include "imapd/seqset.h"

struct parser_arg;
struct session;
struct uidset;

/*
 * What a client that was away knows of a mailbox: the QRESYNC parameter of
 * SELECT and EXAMINE (RFC 7162 section 3.2.5).
 */
struct qresync {
	uint32_t	uidvalidity;
	uint64_t	modseq;		/* 0, which some send: everything */
	int		some;		/* known UIDs were given */
	struct seqset	known;
	struct seqset	numbers;	/* the sample: these messages */
	struct seqset	uids;		/* had these UIDs */
};

/*
 * Takes the list after QRESYNC.  Returns 0, or -1 with *why for BAD;
 * qresync_free() in either case.
 */
int	qresync_parse(struct qresync *, const struct parser_arg *list,
	    const char **why);
void	qresync_free(struct qresync *);

/*
 * Sends what happened to the known messages of the mailbox just selected:
 * VANISHED (EARLIER), then FETCH; nothing if its UIDVALIDITY is another.
 * Returns 0, or -1 with errno as view.h has it.
 */
int	qresync_send(struct session *, const struct qresync *);

/*
 * The mod-sequence to answer from.  One that this mailbox has not reached
 * yet (it was restored from a backup) tells nothing of what the client
 * knows: everything, then.
 */
uint64_t qresync_since(const struct session *, uint64_t modseq);

/*
 * Sends VANISHED (EARLIER) for the UIDs of set that were expunged after
 * modseq.  The view has been drained.  Returns as qresync_send().
 */
int	qresync_vanished(struct session *, uint64_t modseq,
	    const struct uidset *set);

#endif
