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


#ifndef INDEXD_RECORD_H
#define INDEXD_RECORD_H

#include <stdint.h>

#include "common/table.h"
#include "indexd/journal.h"

/*
 * The records that a batch of the journal consists of, in the byte order of
 * the host; each starts at a multiple of 8.  Those from a MAILBOX to the next
 * speak of that table, in that generation.
 */
enum record_type {
	RECORD_MAILBOX = 1,
	RECORD_ROW,
	RECORD_NAME,
	RECORD_CHANGE,
	RECORD_HEAD,
	RECORD_NOTE,
	RECORD_CLEAN	/* every table is synced: forget what was before */
};

struct record {
	uint16_t	type;
	uint16_t	unused;		/* 0 */
	uint32_t	len;		/* with this head, without padding */
};

/* nrows and nlog are those before the batch. */
struct record_mailbox {
	struct record	r;
	uint8_t		root[16];
	uint8_t		id[TABLE_IDLEN];
	uint32_t	uidvalidity;
	uint32_t	generation;
	uint64_t	nrows;
	uint64_t	nlog;
};

/* A whole row, and where it stands in its generation. */
struct record_row {
	struct record	r;
	uint64_t	pos;
	struct row	row;		/* seq is 0, sum is right */
};
_Static_assert(sizeof(struct record_row) == 16 + sizeof(struct row), "row");

/* A name, and where in the heap it stands; the octets follow. */
struct record_name {
	struct record	r;
	uint32_t	unit;
	uint32_t	len;
};

struct record_change {
	struct record	r;
	struct change	change;
};

/* What the header says beside counts, after the batch. */
struct head {
	uint64_t	nrows;
	uint64_t	nlog;
	uint64_t	nnames;
	uint64_t	highestmodseq;
	uint64_t	expunge_horizon;
	uint64_t	flag_horizon;
	uint64_t	floor_modseq;
	uint32_t	floor_uid;
	uint32_t	uidnext;
	uint32_t	recent;
	uint32_t	messages;
	uint32_t	nkeywords;
	uint32_t	folder;
	uint32_t	state;
	uint32_t	reports;
	uint64_t	gap[TABLE_GAPS][2];
	uint64_t	stamp[TABLE_STAMP];
};

struct record_head {
	struct record	r;
	struct head	head;
	uint32_t	kw[TABLE_KEYWORDS];
};

/* The data follow; none: the note ends. */
struct record_note {
	struct record	r;
	uint8_t		key[TABLE_IDLEN];
	uint64_t	number;
	uint32_t	kind;
	uint32_t	len;
};

/* Appends a record of that type and length, its content zeros; NULL with
 * ENOMEM. */
void	*record_add(struct buf *, enum record_type, size_t len);

/*
 * The next record at *off of a batch: 1 and moves on, 0 at the end, -1 with
 * EBADMSG if it does not fit or is shorter than its type needs.
 */
int	record_next(const void *batch, size_t len, size_t *off,
	    const struct record **);

#endif
