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


#ifndef INDEXD_COMPACT_H
#define INDEXD_COMPACT_H

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"
#include "indexd/store.h"

/*
 * What compact.c (the steps), compact_rows.c and compact_log.c share: a new
 * generation of a table in the making.
 */
#define COMPACT_HISTORY	4096	/* entries about flags kept */
#define COMPACT_RANGES	65536	/* expunges kept; modseq-table(5) */
#define COMPACT_SLACK	1024	/* tombstones, entries: not worth it */
#define COMPACT_ROWS	2048	/* rows copied in a step */
#define COMPACT_ENTRIES	4096	/* log entries and rows looked at in a step */

/* These, but in tests. */
extern uint64_t compact_history;
extern uint64_t compact_ranges;
extern uint64_t compact_slack;

enum compact_phase {
	COMPACT_COPY,		/* rows */
	COMPACT_EXPUNGES,	/* collect them */
	COMPACT_MERGE,
	COMPACT_LOG,		/* what is kept of the change log */
	COMPACT_SYNC,		/* not given to the helper yet */
	COMPACT_SYNCING,	/* the helper is at it */
	COMPACT_SWITCH
};

struct compact {
	struct table		 t;
	enum compact_phase	 phase;
	uint32_t		 generation;
	struct head		 head;		/* of the new generation */
	uint32_t		 kw[TABLE_KEYWORDS];
	uint64_t		 begin;		/* HIGHESTMODSEQ at the start */
	unsigned int		 nkeywords;	/* then */
	unsigned int		 rounds;	/* of syncing */

	uint64_t		 pos;		/* next old row to copy */
	uint64_t		*changed;	/* bits: old rows copied and
						   changed since */
	size_t			 words;
	uint64_t		 entry;		/* next old log entry */
	uint64_t		 scan;		/* next row to look at for it */
	int			 scanning;
	uint64_t		 old;		/* not of the history: entries
						   about flags, new messages */

	uint64_t		*modseqs;	/* hash set of rows' modseqs */
	size_t			 nmodseqs;
	size_t			 slots;
	struct change		*gone;		/* expunges up to begin */
	size_t			 ngone;
	size_t			 gonecap;
	size_t			 merge;		/* next to be merged */
	size_t			 merged;	/* ranges made of them */
	size_t			 written;	/* of these */
};

/* All return 0, or -1 with errno: then the compaction is given up. */

/* compact_rows.c */
int	compact_copy(struct mailbox *, uint64_t max);
int	compact_changes(struct mailbox *);	/* rows changed since */
/* Keywords and the folder, whose name may be lost. */
int	compact_names(struct mailbox *, int lost);
int	compact_has_modseq(const struct compact *, uint64_t modseq);

/* compact_log.c; 1: done */
int	compact_collect(struct mailbox *, uint64_t max);
int	compact_merge(struct mailbox *, uint64_t max);
int	compact_entries(struct mailbox *, uint64_t max);

#endif
