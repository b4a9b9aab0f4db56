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


#ifndef IMAPD_CACHE_PRIV_H
#define IMAPD_CACHE_PRIV_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"
#include "imapd/cache.h"

struct uidset;

/*
 * What the files that make up the cache share: cache.c (opening, looking at
 * what was appended), cache_read.c (getting), cache_block.c (making and
 * checking blocks), cache_append.c (putting, flushing), cache_compact.c.
 * The file's form is told in highwater-cache(5).
 */
#define CACHE_MAGIC	0x65686361632d7768ULL	/* "hw-cache" */
#define CACHE_VERSION	3

#define CACHE_RECORD_MAX	65536	/* octets of a record */
#define CACHE_BLOCK_DATA	65536	/* octets of the records of a block */
#define CACHE_BLOCK_COUNT	8192	/* records of a block */
#define CACHE_BLOCKS_MAX	65536	/* blocks of a file */
#define CACHE_FILE_MAX		(INT64_C(2) << 30)	/* octets of a file */
#define CACHE_PENDING_MAX	(1 << 18)	/* put and not yet written */
#define CACHE_LOADED		64	/* blocks in memory for reading */
#define CACHE_KEPT		16	/* of them, while others are read
					   to their ends */
#define CACHE_OVERLAP		48	/* blocks asked for one UID */
#define CACHE_REST		2000	/* ms until memory is given back */

/* All of the file is in the byte order of who wrote it; the other order's
 * magic is another. */
struct cache_head {
	uint64_t	magic;
	uint32_t	version;
	uint32_t	uidvalidity;
	uint8_t		mailbox[TABLE_IDLEN];
	uint64_t	salt;		/* random; in all sums */
	uint64_t	base;		/* size when it was written anew */
	uint64_t	zero;
	uint64_t	sum;
};

struct cache_block {
	uint16_t	kind;
	uint16_t	version;	/* of what is derived: cache_versions */
	uint32_t	count;		/* records */
	uint32_t	first;		/* UIDs */
	uint32_t	last;
	uint32_t	length;		/* octets that follow, filled to 8 */
	uint32_t	size;		/* of them, the records' own */
	uint64_t	covers;		/* 0, or: blocks of this kind from
					   this offset up to here are of no
					   more use, theirs is here */
	uint64_t	content_sum;
	uint64_t	sum;		/* of all above */
};
_Static_assert(sizeof(struct cache_head) == 64, "head");
_Static_assert(sizeof(struct cache_block) == 48, "block");
_Static_assert(CACHE_LOADED > 2 * CACHE_KINDS, "two of each kind stay");
/* Then count UIDs and count ends of records, each 32 bits; then the records
 * one after the other; then zeros up to a multiple of 8. */

/* A block of the file, as the index knows it. */
struct cache_ref {
	off_t		off;		/* of its head */
	uint32_t	length;
	uint32_t	count;
	uint32_t	first;
	uint32_t	last;
	int		bad;		/* its content was found damaged */
};

/* A block in memory. */
struct cache_loaded {
	uint64_t	 file;		/* which opened file, and where there; */
	off_t		 off;		/* 0: nowhere */
	uint64_t	 used;		/* when, as cache->clock */
	int		 spent;		/* its last record was got */
	uint32_t	 count;
	const uint32_t	*uid;
	const uint32_t	*end;
	const char	*data;
	unsigned char	*mem;
	size_t		 memsize;
};

/* What was put and is to be written. */
struct cache_entry {
	uint32_t	 uid;
	uint32_t	 len;
	const char	*data;		/* for sorting and writing */
	size_t		 off;		/* in the buffer it was copied to */
};
struct cache_pending {
	struct cache_entry	*entry;
	size_t			 n;
	size_t			 cap;
	char			*buf;
	size_t			 len;
	size_t			 size;
};

/* All of one kind. */
struct cache_column {
	struct cache_ref	*ref;	/* in the order of the file */
	size_t			 n;
	size_t			 cap;
	uint32_t		*order;	/* n of ref by first UID, and behind */
	uint32_t		*upto;	/* the highest last UID up to each */
	int			 sorted;
	size_t			 overlaps;	/* with others, when sorted */
	uint64_t		 records;
	uint64_t		 bytes;	/* of blocks, heads included */
	struct cache_loaded	*cur;	/* where the last was found */
	struct cache_loaded	*got;	/* where what was got lies: it stays */
	uint32_t		 pos;	/* behind it */
	struct cache_pending	 put;
};

/*
 * Blocks on their way to a file.  What is added, by ascending UIDs, is
 * gathered in memory in whole blocks; off is where they will stand.
 */
struct cache_out {
	const struct cache_head	*head;
	off_t			 off;	/* of buf[0] in the file */
	unsigned char		*buf;
	size_t			 len;
	size_t			 size;
	/* The block that is being filled. */
	enum cache_kind		 kind;
	uint64_t		 covers;
	uint32_t		 count;
	size_t			 fill;	/* octets of data */
	uint32_t		*uid;
	uint32_t		*end;
	char			*data;
};

struct cache {
	struct folder		*folder;
	int			 fd;	/* -1: there is none (yet) */
	uint64_t		 file;	/* counts the files opened */
	dev_t			 dev;
	ino_t			 ino;
	struct cache_head	 head;
	int			 stale;	/* another mailbox's: to be replaced */
	int			 off;	/* of no use at all */
	int			 readonly;
	int			 full;	/* of what it may hold */
	int			 busy;	/* the lock was not to be had, in the
					   command under way */
	off_t			 end;	/* of the blocks that are whole */
	size_t			 nblocks;
	uint64_t		 clock;
	int64_t			 due;	/* cache_rest(), INT64_MAX: never */
	size_t			 pending;	/* octets, of all kinds */
	off_t			 pending_end;	/* end when the first was put */
	uint64_t		 pending_file;
	struct cache_out	 out;	/* of what was put */
	struct cache_loaded	 loaded[CACHE_LOADED];
	struct cache_column	 column[CACHE_KINDS];
};

/*
 * What is derived, by kind: raised when what is derived has changed, so
 * that blocks of before are of no more use.
 */
extern const uint16_t	cache_versions[CACHE_KINDS];

/*
 * cache.c.  cache_open() opens the file that is there, if there is one, and
 * looks at what it has; cache_index() at what is new in it.  cache_broken()
 * logs errno, once, and nothing is written any more.  cache_fd_close() forgets
 * the file.
 */
void	cache_open(struct cache *);
int	cache_index(struct cache *);
void	cache_broken(struct cache *, const char *what);
void	cache_fd_close(struct cache *);
/* 1 if the name leads to the file that is open, 0 if not. */
int	cache_same(struct cache *);

/*
 * cache_read.c.  The block of a reference, in memory of its own or of what l
 * has: 0, or -1 if it is damaged or there is no memory.
 */
int	cache_load(struct cache *, enum cache_kind, const struct cache_ref *,
	    struct cache_loaded *l);
/* As cache_get(), for the cache itself: what others got stays where it is. */
int	cache_peek(struct cache *, enum cache_kind, uint32_t uid,
	    const void **data, size_t *len);
/* The next UID from one on that may be there; 0 if there is none. */
int	cache_next(struct cache *, enum cache_kind, uint32_t from,
	    uint32_t *uid);
/* Frees what is in memory. */
void	cache_unload(struct cache *);
/* The order by UID; -1 with errno ENOMEM. */
int	cache_sort(struct cache_column *);

/* cache_block.c.  The sums; each begins with the place in the file. */
uint64_t cache_head_sum(const struct cache_head *);
uint64_t cache_block_sum(const struct cache_head *, const struct cache_block *,
	    off_t);
uint64_t cache_content_sum(const struct cache_head *, const void *, size_t,
	    off_t);
/* Whether a block's head is one that may stand at that place. */
int	cache_block_ok(const struct cache_head *, const struct cache_block *,
	    off_t);

/*
 * Begins, with the memory it has from the last time if that was not freed; all
 * zeros is one that has none.  0, or -1 with errno ENOMEM.
 */
int	cache_out_init(struct cache_out *, const struct cache_head *, off_t);
void	cache_out_free(struct cache_out *);
/* covers is 0 or as in a block, for the first one that follows. */
void	cache_out_kind(struct cache_out *, enum cache_kind, uint64_t covers);
int	cache_out_add(struct cache_out *, uint32_t uid, const void *, size_t);
int	cache_out_end(struct cache_out *);
/* Writes what is gathered and goes on behind it; -1 with errno. */
int	cache_out_write(struct cache_out *, int fd);

/* cache_append.c.  With the lock: 0, or -1 if it is not to be had. */
int	cache_lock(struct cache *);
void	cache_unlock(struct cache *);
/* Forgets what was put, and frees its memory. */
void	cache_pending_free(struct cache *);

/*
 * cache_compact.c.  An empty file, where there is none or one of no use; the
 * question whether writing the file anew is worth it, and doing so.
 */
int	cache_make(struct cache *);
int	cache_worth(struct cache *);
void	cache_compact(struct cache *);

/*
 * cache_live.c.  How many messages there are; their UIDs, and all that may
 * have come since.  0, or -1 with errno.
 */
int	cache_messages(struct folder *, uint64_t *);
int	cache_live(struct folder *, struct uidset *);

#endif
