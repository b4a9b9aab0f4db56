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

#ifndef IMAPD_FOLDER_H
#define IMAPD_FOLDER_H

#include <sys/stat.h>

#include <stdint.h>
#include <time.h>

#include "common/table.h"
#include "imapd/idx.h"

/* What was opened: whether it is still there and the same. */
enum { PART_DIR, PART_CUR, PART_NEW, PART_TMP, PART_IDENTITY, PARTS };

struct folder_part {
	dev_t	dev;
	ino_t	ino;
	mode_t	mode;
	uid_t	uid;
	gid_t	gid;
};

/*
 * An open Maildir folder: its directories, its identity, its table and its
 * box at indexd.  All work on it goes through the descriptors, so that it
 * stays the same folder if someone renames it.  Fields may be read; only
 * folder.c, scan.c, flush.c and deliver.c write them.
 */
struct folder {
	struct idx		*idx;
	struct idx_box		*box;
	struct table		 table;		/* the generation being read */
	struct table		 next;		/* newer one; h NULL: none */
	char			*name;		/* on disk; "" is INBOX */
	int			 rootfd;	/* the mail root; not ours */
	int			 dirfd;
	int			 curfd;
	int			 newfd;
	int			 tmpfd;		/* -1 unless writable */
	int			 lockfd;	/* flush lock; -1 likewise */
	int			 writable;	/* we have the permissions */
	int			 denied;	/* errno: why it is not */
	int			 examine;	/* opened with FOLDER_EXAMINE */
	int			 gone;		/* deleted: BYE (or as for
						   a folder that is gone) */
	int			 unlisted;	/* the table is not from the
						   folder's UID list */
	int			 changed;	/* IDX_CHANGED came; the
						   session clears it */
	int			 look;		/* IDX_LOOK came; cleared by
						   folder_scan() */
	struct idx_identity	 identity;
	struct folder_part	 part[PARTS];
	int			 locked;	/* depth of folder_lock() */
	int64_t			 lockwait;	/* ms: in vain since; 0: not */
	int			 raise;		/* a floor waits for the lock */
	uint64_t		 raise_modseq;
	uint32_t		 raise_uid;
	struct scan		*scan;		/* scan.c */
	struct flush		*flush;		/* flush.c */
	struct uidlist_seen	*list;		/* uidlist_keep.c */
	struct learnt		*learnt;	/* learn.c */
	struct adopt		*adopt;		/* adopt_list.c */
	struct names		*names;		/* locate.c */
	struct witness		*witness;	/* witness.c */
	struct lease		*lease;		/* lease.c */
	struct cache		*cache;		/* cache.c */
};

#define FOLDER_EXAMINE	0x01	/* never moves files out of new/ */

/*
 * Opens the folder named name ("" for INBOX, else as on disk, ".A.b") of the
 * mail root that rootfd is open on (which stays the caller's and must live
 * as long).  Reads or makes the identity and opens the mailbox at indexd.
 * Neither symbolic links nor names with a slash are followed.  Returns NULL
 * with errno, and *why set to a line for a human, in static memory:
 *	ENOENT		there is no such folder
 *	EACCES		no right to read it, or it has no identity yet and
 *			we have no right to make one
 *	EAGAIN		indexd said NO: idx_code()
 *	ENOTCONN	indexd is gone: say BYE
 *	EBADMSG		identity or table is damaged
 *	others		of the file system
 */
struct folder	*folder_open(struct idx *, int rootfd, const char *name,
		    int flags, const char **why);
void		 folder_close(struct folder *);

/*
 * Whether opening the folder by its name now would come to the same: 1 if
 * the name leads to the same directories with the same rights, if the
 * identity is the same file, and if the table was not superseded nor the
 * mailbox deleted (as far as folder_events() has told).  Only for folders
 * that are writable; others are never current.
 */
int		 folder_current(struct folder *);

/*
 * Takes what indexd said unasked, for all open folders: notes CHANGED (in
 * changed) and GONE (in gone), raises the floor, unlinks cancelled names.
 * Never waits.  To be called when idx_pollfd() is readable and before each
 * look at changed and gone.  Returns 0, or -1 with errno ENOTCONN.
 */
int		 folder_events(struct idx *);

/*
 * Raises the floors that indexd has asked for, and takes nothing else of what
 * it has said: between the reports of a listing that has to stay as it is.
 */
void		 folder_raise(struct idx *);

/*
 * Generations.  folder_superseded() is 1 if table will see no more changes.
 * Then folder_next_generation() maps the newest one as next, or returns -1
 * with errno: ESTALE if it has another UIDVALIDITY (BYE), or as a request of
 * idx.h.  Both are mapped until folder_switch() drops the old one and makes
 * next the table; by then the caller has read the old change log to its end,
 * has compared the live rows of both, and goes on in the new log after the
 * highest mod-sequence of the old, however many generations lie between.
 */
int		 folder_superseded(struct folder *);
int		 folder_next_generation(struct folder *);
void		 folder_switch(struct folder *);

/* The newest generation, mapped; NULL with errno as of
 * folder_next_generation(). */
struct table	*folder_newest(struct folder *);

/*
 * Opens a message's file for reading: by the names that the row knows, then
 * by looking through the directories.  name is the base name, of
 * table_row_name().  Regular files only, symbolic links are not followed.
 * Returns the descriptor and fills in *st, or -1 with errno: ENOENT if there
 * is no such file (any more).
 */
int		 folder_file(struct folder *, const struct row *,
		    const char *name, struct stat *st);

/* The same by UID; ENOENT also if the table does not know it. */
int		 folder_file_uid(struct folder *, uint32_t uid,
		    struct stat *st);

/*
 * The flush lock, for the folder's own modules.  folder_lock() waits up to
 * ms milliseconds; -1 with errno EAGAIN if another has it (logged with its
 * pid when that has lasted for 10 s).  Calls nest.
 */
int		 folder_lock(struct folder *, int ms);
void		 folder_unlock(struct folder *);

/*
 * Compares the folder with the table and reports what other programs did
 * (scan.c): new files, changed names, gone files.  Lists only directories
 * that changed since the session's last complete comparison, or the last one
 * of anybody that the table's stamp tells of (modseq-table(5)); all with
 * force; and nothing where a witness of our own changes (witness.h) says that
 * there were no others.  Sets that stamp after a complete comparison of a
 * folder that had been still for a moment.
 * Returns 1 if something was reported and taken, 0 if not, -1 with errno as
 * a request of idx.h or of the file system.  A folder that is not writable
 * reports nothing.  What is reported is in the table on return.
 */
int		 folder_scan(struct folder *, int force);

/*
 * There was no file for that message: as folder_scan(), but if the message is
 * not expunged all is listed, at most once a second.
 */
int		 folder_missing(struct folder *, uint32_t uid);

/*
 * When it is to be called again, in milliseconds of the monotonic clock, or
 * INT64_MAX: in a large folder whose cur/ changed a moment ago it puts the
 * listing off; and while files are being renamed or unlinked there is more to
 * be seen in a moment.
 */
int64_t		 folder_scan_due(const struct folder *);

/*
 * For the end of a session, when the client is gone: waits until the folder
 * has been still for a moment, up to SETTLE_WAIT of scan.c, and compares it
 * if it has changed, so that the next session finds the table's stamp
 * current.  Nothing if this session has never compared it.
 */
void		 folder_settle(struct folder *);

/*
 * Brings the files' names up to the table, behind the answers (flush.c).
 * flush_due() is 1 if there is work that this session may do now;
 * flush_run() does at most one batch of it and returns 1 if more is left, 0
 * if not or if another has the lock, -1 with errno.  To be called when the
 * client is idle, or a second after the first change, and at the end.
 * flush_all() does all that may be done now; what fails is logged.
 */
int		 flush_due(struct folder *);
int		 flush_run(struct folder *);
void		 flush_all(struct folder *);

#endif
