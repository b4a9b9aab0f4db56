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

#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The table of a mailbox: the file that indexd writes through a mapping and
 * that sessions map read-only.  This header is the format; modseq-table(5)
 * describes it and argues why readers need no lock.
 *
 * A table is a header followed by extents.  Five kinds of units live in
 * extents, each kind a vector that grows by whole extents and whose units
 * never move within a generation (the file of one incarnation):
 *
 *	rows	one for each message, in UID order; an expunged message stays
 *		as a tombstone until compaction
 *	blocks	four bitmaps over 64 rows: live, unseen, deleted, behind
 *	groups	the counts of these over 64 blocks
 *	log	the change log: what changed, in the order of mod-sequences
 *	names	a heap of file names, in units of 8 octets, never rewritten
 *
 * Over the groups stand TABLE_TOPS counts in the header, so that message
 * number <-> row, the first unseen, the deleted ones and those whose file
 * lags behind cost O(log n).
 *
 * Everything in the byte order of the host; a table of another order is
 * refused by its byteorder field.  Shared words that change are lock-free
 * atomics: a reader sees each whole, and validates what spans several by a
 * sequence (row.seq, pub_seq, exp_seq) that is odd while they are written.
 */

#define TABLE_MAGIC	0x31454c4254415748ULL	/* "HWATBLE1" */
#define TABLE_MAJOR	1	/* another major is refused */
#define TABLE_MINOR	0	/* a higher minor is read as this one */
#define TABLE_ORDER	0x01020304U

#define TABLE_IDLEN	16	/* mailbox id, session id, indexd id */
#define TABLE_KEYWORDS	64	/* keywords per mailbox */
#define TABLE_KWLEN	128	/* longest keyword, octets */
#define TABLE_NAMELEN	255	/* longest file name, octets, without info */
#define TABLE_FOLDERLEN	1023	/* longest name of a folder, octets */
#define TABLE_GAPS	4	/* ranges of mod-sequences given elsewhere */
#define TABLE_STAMP	6	/* inode, mtime, ctime of new/, of cur/ */
#define TABLE_BLOCK	64	/* rows under a block, blocks under a group */
#define TABLE_GROUP	(TABLE_BLOCK * TABLE_BLOCK)
#define TABLE_TOP	(TABLE_GROUP * TABLE_BLOCK)
#define TABLE_TOPS	64
#define TABLE_MAXROWS	((uint64_t)TABLE_TOP * TABLE_TOPS)
#define TABLE_ADOPTING	0x1	/* state: not yet filled from the folder */
#define TABLE_CARRIED	0x2	/* state: from elsewhere, not yet opened */
#define TABLE_RESET	0x4	/* state: likewise, of a new UIDVALIDITY */
#define TABLE_UNKNOWN	UINT64_MAX	/* a size that nobody has counted */

/* System flags, as in row.flags and log.flags (RFC 3501 section 2.3.2). */
#define FLAG_SEEN	0x0001
#define FLAG_ANSWERED	0x0002
#define FLAG_FLAGGED	0x0004
#define FLAG_DELETED	0x0008
#define FLAG_DRAFT	0x0010
#define FLAG_SYSTEM	0x001f

/* States of a row, beside the system flags in row.flags. */
#define ROW_EXPUNGED	0x0100	/* a tombstone */
#define ROW_NEW		0x0200	/* the file is in new/, without info */
#define ROW_GIVING	0x0400	/* gletters may be in the file name by now */
#define ROW_FILE	0x0800	/* tombstone: the file may still be there */

/*
 * Letters of a file name's info part as a set: bits 0 to 25 for the keyword
 * letters a to z, then the upper-case ones.
 */
#define LETTER_KEYWORDS	0x03ffffffU
#define LETTER_D	0x04000000U	/* \Draft */
#define LETTER_F	0x08000000U	/* \Flagged */
#define LETTER_P	0x10000000U	/* passed on: kept, no IMAP flag */
#define LETTER_R	0x20000000U	/* \Answered */
#define LETTER_S	0x40000000U	/* \Seen */
#define LETTER_T	0x80000000U	/* \Deleted */

/* A message.  Local copies have this form; in the table it is ROW_WORDS
 * atomic words with the same octets. */
struct row {
	uint32_t	seq;		/* odd while the row is written */
	uint32_t	sum;		/* table_row_sum() of the rest */
	uint32_t	uid;		/* never changes, never 0 */
	uint16_t	flags;		/* FLAG_*, ROW_* */
	uint16_t	namelen;	/* octets of the base name */
	uint64_t	modseq;		/* of the last change; >= 1 */
	uint64_t	keywords;	/* bit n: keyword n of the header */
	uint32_t	fletters;	/* letters last known in the name */
	uint32_t	gletters;	/* letters being given (ROW_GIVING) */
	uint32_t	name;		/* base name: unit in the names */
	uint32_t	savedate;	/* seconds since 1970, put here */
	uint64_t	size;		/* of the file, octets */
	uint64_t	vsize;		/* RFC822.SIZE, or TABLE_UNKNOWN */
	int64_t		internaldate;	/* seconds since 1970 */
};
#define ROW_WORDS	9

/* What an entry of the change log says. */
#define CHANGE_NEW	1	/* messages appeared */
#define CHANGE_FLAGS	2	/* flags or keywords changed: see the masks */
#define CHANGE_EXPUNGE	3	/* messages went */

/*
 * An entry of the change log.  It speaks of the messages uid to last: for
 * NEW and FLAGS of those in the range whose row carries this modseq (others
 * changed again, and stand in a later entry), for EXPUNGE of every UID in
 * it, none of which exists any more.  Entries are in the order of modseq;
 * one command may leave several with the same.  Nobody lives in the range of
 * an entry who was not changed by it: above flag_horizon the log is the
 * history of each message's flags.
 */
struct change {
	uint64_t	modseq;
	uint32_t	uid;
	uint32_t	last;
	uint64_t	keywords;	/* FLAGS: which keywords changed */
	uint16_t	flags;		/* FLAGS: which system flags changed */
	uint16_t	what;		/* CHANGE_* */
	uint32_t	sum;		/* table_change_sum() of the rest */
};
#define CHANGE_WORDS	4

/* Bit n of each word: row n of the block.  A tombstone is in behind only. */
struct block {
	uint64_t	live;
	uint64_t	unseen;
	uint64_t	deleted;
	uint64_t	behind;		/* the folder lags behind the row */
	uint64_t	sum;		/* table_block_sum() of the rest */
};
#define BLOCK_WORDS	5

/* The counts of live, unseen, ... rows under 64 blocks, or 64 groups. */
struct group {
	uint32_t	live;
	uint32_t	unseen;
	uint32_t	deleted;
	uint32_t	behind;
	uint64_t	sum;		/* table_group_sum() of the rest */
};
#define GROUP_WORDS	3

enum table_kind {
	TABLE_ROWS,
	TABLE_BLOCKS,
	TABLE_GROUPS,
	TABLE_LOG,
	TABLE_NAMES,
	TABLE_KINDS
};

/*
 * Extents of a kind hold base, base/2, base/2, base, base, 2 base, 2 base,
 * ... units, so that the capacity goes base, 1.5, 2, 3, 4, 6, 8 ... and no
 * table reserves more than half again of what it needs.
 */
#define TABLE_EXTENTS	48

struct table_kind_info {
	uint32_t	unit;		/* octets of a unit */
	uint32_t	base;		/* units in the first extent, 2^n */
};
extern const struct table_kind_info table_kinds[TABLE_KINDS];

/*
 * The header, at offset 0.  The first part is fixed when the file is made;
 * the second is written by each publish.
 */
struct table_header {
	uint64_t	magic;
	uint32_t	byteorder;
	uint16_t	major;
	uint16_t	minor;
	uint32_t	header_size;	/* sizeof(struct table_header) */
	uint32_t	row_size;	/* sizeof(struct row) */
	uint8_t		id[TABLE_IDLEN];	/* the mailbox */
	uint32_t	uidvalidity;
	uint32_t	generation;	/* 1, 2, ... */
	uint64_t	fixed_sum;	/* table_fixed_sum() of all above */

	_Atomic uint32_t pub_seq;	/* odd while anything is published */
	_Atomic uint32_t exp_seq;	/* odd while an expunge is */
	_Atomic uint32_t superseded;	/* 1: a newer generation took over */
	_Atomic uint32_t uidnext;
	_Atomic uint64_t size;		/* of the file; only grows */
	_Atomic uint64_t nrows;		/* tombstones included */
	_Atomic uint64_t nlog;
	_Atomic uint64_t nnames;	/* units of 8 octets */
	_Atomic uint64_t highestmodseq;
	_Atomic uint64_t bytes;		/* size of all live messages */
	_Atomic uint32_t messages;
	_Atomic uint32_t unseen;
	_Atomic uint32_t deleted;
	_Atomic uint32_t behind;
	_Atomic uint32_t recent;	/* \Recent is given below this UID */
	_Atomic uint32_t nkeywords;
	_Atomic uint64_t expunge_horizon; /* expunges known since after */
	_Atomic uint64_t flag_horizon;	/* which flags changed, likewise */
	_Atomic uint64_t floor_modseq;	/* the folder's file holds these: */
	_Atomic uint32_t floor_uid;	/* no number may reach them */
	_Atomic uint32_t head_sum;	/* table_head_sum() of this part */
	_Atomic uint32_t folder;	/* last name of the folder: name unit */
	_Atomic uint32_t state;		/* TABLE_ADOPTING, _CARRIED, _RESET */
	_Atomic uint32_t reports;	/* taken so far, modulo 2^32 */
	_Atomic uint32_t unused;	/* 0 */
	_Atomic uint32_t keyword[TABLE_KEYWORDS]; /* name units */
	_Atomic uint64_t gap[TABLE_GAPS][2]; /* others gave what lies between
						and is not here; 0, 0: none */
	_Atomic uint64_t stamp[TABLE_STAMP]; /* new/ and cur/ when compared */
	_Atomic uint64_t extent[TABLE_KINDS][TABLE_EXTENTS]; /* offsets */
	struct {
		_Atomic uint64_t w[GROUP_WORDS];
	}		top[TABLE_TOPS];
};

_Static_assert(sizeof(struct row) == ROW_WORDS * 8, "row");
_Static_assert(sizeof(struct change) == CHANGE_WORDS * 8, "change");
_Static_assert(sizeof(struct block) == BLOCK_WORDS * 8, "block");
_Static_assert(sizeof(struct group) == GROUP_WORDS * 8, "group");
_Static_assert(sizeof(_Atomic uint64_t) == 8, "atomic words");
_Static_assert(sizeof(_Atomic uint32_t) == 4, "atomic words");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
    "words shared between processes must be lock-free");

/*
 * A name in the heap: its sum (32 bits, table_name_sum()), its length in
 * octets (16 bits), the octets, then zeros up to a multiple of 8; a row's
 * namelen agrees.  A name never crosses an extent.
 */
#define TABLE_NAMEHEAD	6

/* Place of unit n of a kind: the extent it is in and its number there. */
void	table_place(enum table_kind, uint64_t n, unsigned int *extent,
	    uint64_t *at);

/* Units in that extent. */
uint64_t table_extent_units(enum table_kind, unsigned int extent);

/*
 * The sums, over everything but sequences and the sums themselves; that of
 * the header's second part leaves out the tops, which have their own.
 */
uint32_t table_row_sum(const struct row *);
uint32_t table_name_sum(const char *name, size_t len);
uint32_t table_change_sum(const struct change *);
uint64_t table_block_sum(const struct block *);
uint64_t table_group_sum(const struct group *);
uint64_t table_fixed_sum(const struct table_header *);
uint32_t table_head_sum(const struct table_header *);

/* The letters that a file of this row should carry: those of its flags and
 * of its first 26 keywords, with what is in the name and is not ours (P, and
 * letters of no keyword) kept. */
uint32_t row_letters(const struct row *, unsigned int nkeywords);

/* Whether the folder lags behind this row: other letters, a file still in
 * new/, or a tombstone whose file may be there. */
int	row_behind(const struct row *, unsigned int nkeywords);

/*
 * Reading.  A struct table is a mapping of one generation, by a session or
 * by anyone who got its descriptor.
 */
struct table {
	int			 fd;
	size_t			 len;	/* octets mapped */
	int			 bad;	/* something was found damaged */
	struct table_header	*h;
};

/*
 * Maps a table for reading and verifies its fixed part; takes over fd, which
 * is closed by table_unmap().  Returns 0, or -1 with errno: EBADMSG with
 * *why set to what is wrong with it, or as of mmap(2).
 */
int	table_map(struct table *, int fd, const char **why);
void	table_unmap(struct table *);

/*
 * All of these return 0, or -1 with errno EAGAIN if no stable state was seen
 * in a bounded number of tries (ask indexd, then come back), EBADMSG if a
 * checksum is wrong, ENOENT if there is no such thing.  They remap a file
 * that has grown; rows are numbered from 0.
 */
int	table_row(struct table *, uint64_t n, struct row *);

/*
 * Those of the rows from n on, all of one block, that have their bit set in
 * bits, but at most max: returns how many were read.
 */
int	table_rows(struct table *, uint64_t n, uint64_t bits,
	    unsigned int max, struct row *);

/* Also copies the name, NUL-terminated: TABLE_NAMELEN + 1 octets. */
int	table_row_name(struct table *, uint64_t n, struct row *, char *name);

/* The first row with a UID >= uid; nrows if none. */
int	table_find(struct table *, uint32_t uid, uint64_t *n);

/* An entry of the change log; the first entry with a modseq > given. */
int	table_change(struct table *, uint64_t n, struct change *);
int	table_change_since(struct table *, uint64_t modseq, uint64_t *n);

/*
 * Calls back with each name of the heap, of files that are long gone too, with
 * its length and no NUL, until it does not return 0: that is then returned.
 * Sums are not verified: it tells what is not there.
 */
int	table_names(struct table *, int (*)(void *, const char *, size_t),
	    void *);

/* Keyword n as a string: TABLE_KWLEN + 1 octets. */
int	table_keyword(struct table *, unsigned int n, char *name);

/* The folder's last name: TABLE_FOLDERLEN + 1 octets. */
int	table_folder(struct table *, char *name);

/*
 * The tree.  The caller brackets what must agree with exp_seq: notes it when
 * even, calls, and takes the results only if it is unchanged
 * (table_expunges(), table_unchanged()).
 *
 * table_rank: how many live rows stand before row n.
 * table_nth: the live row that has n live rows before it.
 * table_next: the first row >= n with a bit in the given bitmap.
 * table_next_some: the same, and what the block says of the rows from there
 * on.
 */
enum table_bitmap { TABLE_LIVE, TABLE_UNSEEN, TABLE_DELETED, TABLE_BEHIND };

/* Bit 0 of each word is that of row n. */
struct table_some {
	uint64_t	n;
	uint64_t	bits;		/* those that have the bit */
	uint64_t	live;		/* those that are live */
};

int	table_rank(struct table *, uint64_t n, uint32_t *rank);
int	table_nth(struct table *, uint32_t rank, uint64_t *n);
int	table_next(struct table *, enum table_bitmap, uint64_t from,
	    uint64_t *n);
int	table_next_some(struct table *, enum table_bitmap, uint64_t from,
	    struct table_some *);

int	table_expunges(struct table *, uint32_t *seq);
/* Returns 1 if no expunge was published since, else 0. */
int	table_unchanged(struct table *, uint32_t seq);

/* What SELECT and STATUS tell, all of one moment. */
struct table_state {
	uint32_t	uidvalidity;
	uint32_t	uidnext;
	uint64_t	highestmodseq;
	uint64_t	nrows;
	uint64_t	nlog;
	uint64_t	bytes;
	uint32_t	messages;
	uint32_t	unseen;
	uint32_t	deleted;
	uint32_t	behind;
	uint32_t	recent;
	uint32_t	nkeywords;
	uint32_t	reports;
	uint32_t	exp_seq;
	uint64_t	expunge_horizon;
	uint64_t	flag_horizon;
	uint64_t	gap[TABLE_GAPS][2];
	uint64_t	stamp[TABLE_STAMP];
};
int	table_state(struct table *, struct table_state *);

/*
 * A few of the numbers, as they stand there: no sum is verified, and they need
 * not be of one moment.  For whoever reads the state before acting on them.
 */
struct table_glance {
	uint64_t	highestmodseq;
	uint32_t	uidnext;
	uint32_t	behind;
};
void	table_glance(struct table *, struct table_glance *);

/* Whether another indexd may have given this mod-sequence, of changes that are
 * not known here. */
int	table_in_gap(const struct table_state *, uint64_t modseq);

#endif
