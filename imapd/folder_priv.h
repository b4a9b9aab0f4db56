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

#ifndef IMAPD_FOLDER_PRIV_H
#define IMAPD_FOLDER_PRIV_H

#include <sys/stat.h>

#include "common/maildir.h"
#include "imapd/folder.h"

/*
 * What the files that make up an open folder share: folder.c, lock.c,
 * locate.c, listing.c, scan.c, flush.c, deliver.c and copy.c.
 */

#define OPEN_LOCK	10000	/* ms to wait for the flush lock to open */

/*
 * folder_box.c.  Reads or makes the identity, opens the mailbox at indexd.
 * 0, or -1 with errno and *why as of folder_open().
 */
int	open_box(struct folder *, struct idx_opened *, const char **why);

/* With the table mapped: writes the identity, if it is not yet the table's:
 * that was carried here from elsewhere.  0, or -1 with errno. */
int	identify_box(struct folder *, const struct idx_opened *);

/* No folder will ever name this one: nothing of it stays at indexd. */
void	unmake_box(struct folder *);

/* Names of keywords in the order of their bits, for CREATE. */
struct box_keywords {
	unsigned int	n;
	char		name[TABLE_KEYWORDS][TABLE_KWLEN + 1];
};
/* Those of the folder's letters. */
void	box_keywords_read(struct folder *, struct box_keywords *);
/* The bit of a keyword, added if it is new; -1 if there is no room. */
int	box_keywords_add(struct box_keywords *, const char *name);
/* As idx_create() takes them; how many. */
unsigned int box_keywords_list(const struct box_keywords *,
	    const char *list[TABLE_KEYWORDS]);

/* The state of a directory, as far as its changing is to be noticed. */
struct dirstamp {
	dev_t		dev;
	ino_t		ino;
	struct timespec	mtime;
	struct timespec	ctime;
};
int	stamp_take(int dirfd, struct dirstamp *);
/* The same of a directory by its path, not through a link. */
int	stamp_at(int dirfd, const char *path, struct dirstamp *);
int	stamp_equal(const struct dirstamp *, const struct dirstamp *);
/* Whether a later change would leave another stamp: 1 if both times lie
 * more than a granule before now, the file system's time. */
int	stamp_old(const struct dirstamp *, const struct timespec *now);
/* Whether it changed less than ms milliseconds ago, as far as that shows. */
int	stamp_young(const struct dirstamp *, const struct timespec *now,
	    int ms);
/* The table's stamp of both directories, and whether one is as it says;
 * which is STAMP_NEW or STAMP_CUR. */
#define STAMP_NEW	0
#define STAMP_CUR	(TABLE_STAMP / 2)
void	stamp_pack(uint64_t [TABLE_STAMP], unsigned int which,
	    const struct dirstamp *);
int	stamp_says(const uint64_t [TABLE_STAMP], unsigned int which,
	    const struct dirstamp *);
/* The file system's time, by touching the lock file; 0 or -1. */
int	stamp_clock(struct folder *, struct timespec *now);

/* Milliseconds of the monotonic clock. */
int64_t	now_ms(void);

/* table_row_name() and others, that come back after EAGAIN. */
int	folder_row(struct folder *, struct table *, uint64_t n, struct row *,
	    char *name);
int	folder_next(struct folder *, struct table *, enum table_bitmap,
	    uint64_t from, uint64_t *n);
int	folder_state(struct folder *, struct table *, struct table_state *);
/* The first row with a UID of at least uid; nrows if none. */
int	folder_seek(struct folder *, struct table *, uint32_t uid,
	    uint64_t *n);
/* The row of a UID, with its name; ENOENT. */
int	folder_find(struct folder *, struct table *, uint32_t uid,
	    struct row *, char *name);

/* Modes of files made in the folder, from the directory's own: those that
 * hold mail or are for all to read, and those that only writers may open. */
mode_t	folder_filemode(const struct folder *);
mode_t	folder_lockmode(const struct folder *);

/* Opens the lock file if we may write; sets lockfd and writable. */
int	folder_open_lock(struct folder *);

/* A file's place: a directory of the folder's and the name in it. */
struct place {
	int	dirfd;
	char	name[MAILDIR_NAMEMAX + 1];
};
#define PLACES	3

/* The places where the row says that its file is or may be; how many. */
unsigned int places(const struct folder *, const struct row *,
	    const char *base, struct place [PLACES]);

/* Looks through new/ and cur/ for any name of the unique part: 0, or -1
 * with errno, ENOENT if there is none. */
int	locate(struct folder *, const char *base, struct place *);
void	locate_free(struct folder *);

/* The same in two steps, for many names under the flush lock: one listing,
 * then looking in it alone. */
int	locate_list(struct folder *);
int	locate_listed(struct folder *, const char *base, struct place *);

/*
 * The directories agree with the table as they were at these stamps, which
 * are old: as after a complete comparison.  If others have reported meanwhile,
 * their rows are looked at here.  Returns as idx_stamp(); -1 with EAGAIN also
 * if the folder will have to be listed.
 */
int	scan_confirm(struct folder *, const struct dirstamp *newstamp,
	    const struct dirstamp *curstamp);

/* What a session knows begins when it opens the folder: 0, or -1. */
int	scan_open(struct folder *);
void	scan_free(struct folder *);
void	flush_free(struct folder *);

/* Unlinks cancelled names, syncs, and says FORGET. */
int	deliver_cancelled(struct folder *, char *const *names, size_t n);

/* Removes files of tmp/ that are old at that time, a bounded number. */
void	deliver_clean(struct folder *, time_t now);

#endif
