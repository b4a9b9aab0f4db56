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


#ifndef INDEXD_JOURNAL_H
#define INDEXD_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "indexd/histogram.h"

/*
 * The journal: the commit log of all mailboxes, a sequence of numbered
 * batches in numbered segments.  modseq-table(5) describes it.  What a
 * batch holds is not the journal's business.
 */
#define JOURNAL_MAGIC	0x314c4e4a54415748ULL	/* "HWATJNL1" */
#define JOURNAL_BATCH	0x42544248U		/* "HBTB" */
#define JOURNAL_ORDER	0x01020304U
#define JOURNAL_MAJOR	1
#define JOURNAL_MINOR	0
#define JOURNAL_START	4096		/* of the first batch in a segment */
#define JOURNAL_BLOCK	4096U		/* of file systems, as most have it */
#define JOURNAL_SEGMENT	(16U << 20)	/* octets, normally */
#define JOURNAL_MAXSEGMENT (1U << 30)	/* a longer one is not read */
#define JOURNAL_MAXTAIL	(4U << 20)	/* octets written and not synced */

/* At offset 0 of a segment. */
struct segment_head {
	uint64_t	magic;
	uint32_t	byteorder;
	uint16_t	major;
	uint16_t	minor;
	uint64_t	segment;	/* its number */
	uint64_t	seed;		/* random: old contents never fit */
	uint64_t	first;		/* number of its first batch */
	uint64_t	synced;		/* batches up to here were durable */
	uint64_t	size;		/* of the segment, octets */
	uint64_t	sum;		/* of all above */
};

/* Before each batch; batches start at multiples of 8. */
struct batch_head {
	uint32_t	magic;
	uint32_t	unused;		/* 0 */
	uint64_t	len;		/* with this head, a multiple of 8 */
	uint64_t	number;
	uint64_t	synced;		/* batches up to here were durable */
	uint64_t	segment;
	uint64_t	seed;
	uint64_t	sum;		/* of all above and what follows */
};

/* A growing buffer; in one that is a batch, the head comes first. */
struct buf {
	unsigned char	*data;
	size_t		 len;
	size_t		 cap;
};

/* Returns where len octets more are to be written, NULL with ENOMEM. */
void	*buf_grow(struct buf *, size_t len);
void	buf_free(struct buf *);

/* Starts a batch: an empty buffer with room for the head. */
int	batch_begin(struct buf *);

/* The size of new segments, for tests. */
extern size_t journal_segment_size;

struct journal;

/*
 * What the journal asks of its owner: called for each batch that is found
 * at the start, in order (0, or -1 with errno to give up); and to fill in
 * the batch at the head of a new segment with all that no segment before it
 * will hold.
 */
struct journal_ops {
	int	(*batch)(void *, const void *data, size_t len);
	int	(*carry)(void *, struct buf *);
	void	(*gap)(void *);		/* batches are missing here */
};

/*
 * Reads what is in the directory and hands over its batches.  If one that was
 * durable cannot be read any more, it says so in the log, calls gap() where it
 * was, and goes on with those that can.  NULL with a log line: an error of the
 * system.
 */
struct journal *journal_open(int dirfd, const struct journal_ops *, void *);

/*
 * Starts a new segment, durable when this returns, with the carried batch
 * and all batches found that are not proven durable.  0, or -1 with errno.
 */
int	journal_start(struct journal *);
void	journal_close(struct journal *);

/* Hands over all batches of the segments that are kept, once more.  0, or -1
 * with errno. */
int	journal_replay(struct journal *, int (*)(void *, const void *, size_t),
	    void *);

/*
 * Appends a batch made with batch_begin(), whose padding and head are
 * filled in.  With sync it is durable when this returns 0; otherwise when
 * journal_sync() has.  -1 with errno: the batch is void, and no other can
 * be taken until a new segment can be made, which each call tries.
 */
int	journal_append(struct journal *, struct buf *, int sync);
int	journal_sync(struct journal *);
int	journal_unsynced(const struct journal *);	/* is there any */

/* The number of the segment written now. */
uint64_t journal_segment(const struct journal *);

/*
 * No segment below this one is needed any more: they are kept to be used
 * again, or removed.
 */
void	journal_release(struct journal *, uint64_t below);

/*
 * A spare segment: if there is none, a new file of the right size to be
 * filled with zeros and synced (the helper does it), and what to say when
 * that is done.  -1 if none is wanted.
 */
int	journal_want_spare(struct journal *, size_t *size);
void	journal_spare(struct journal *, int ok);

/* What was written and synced since the start, and segments there are. */
struct journal_stats {
	uint64_t	syncs;
	uint64_t	sync_us;
	struct histogram sync_times;
	uint64_t	bytes;
	uint64_t	segments;
};
void	journal_stats(const struct journal *, struct journal_stats *);

/* scan.c: for journal.c and the tests. */

/* Where a batch was found. */
struct batch_place {
	uint64_t	segment;
	uint64_t	off;
	uint64_t	len;
	uint64_t	number;
};

struct scan {
	struct batch_place	*batches;
	size_t			 n;
	size_t			 cap;
	struct batch_place	*islands; /* behind what cannot be read */
	size_t			 nislands;
	size_t			 islandcap;
	uint64_t		 next;	/* number after the last; 0: none */
	uint64_t		 synced; /* highest that was said to be durable */
	int			 gap;	/* a segment starts too late */
};

/*
 * Adds a segment, given whole; segments come in ascending order.  0, or -1
 * with ENOMEM: what is wrong with the segment just ends it.
 */
int	scan_segment(struct scan *, uint64_t number, const void *data,
	    size_t len);
void	scan_free(struct scan *);

/* Whether batches are missing that were durable. */
int	scan_damaged(const struct scan *);

/* Then: adds those that were found behind.  0, or -1 with ENOMEM. */
int	scan_islands(struct scan *);

/* The sum of a batch, of which len octets are there. */
uint64_t batch_sum(const struct batch_head *, const void *data);
uint64_t segment_sum(const struct segment_head *);

#endif
