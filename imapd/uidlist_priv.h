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

#ifndef IMAPD_UIDLIST_PRIV_H
#define IMAPD_UIDLIST_PRIV_H

#include <sys/stat.h>

#include <time.h>

#include "imapd/uidlist.h"

/*
 * What the files about UID lists share: uidlist.c reads a file,
 * uidlist_line.c what stands in it, uidlist_lock.c has the lock,
 * uidlist_keep.c appends, uidlist_write.c writes anew.
 */

/*
 * Opens a regular file of the folder.  Returns the descriptor, or -1 with
 * errno: EBADMSG if it is no regular file.
 */
int	uidlist_open(int dirfd, const char *name, int flags, struct stat *);

/*
 * The header, from what the file begins with, len octets: fills in version,
 * uidvalidity, uidnext, fields and header.  Returns its length, newline and
 * all, or 0 with errno EBADMSG or ENOMEM.
 */
size_t	uidlist_header(const char *text, size_t len, struct uidlist *);

/*
 * A line, of len octets without its newline; a NUL takes the place of that.
 * Returns 0, or -1 if it is none, and sets *broken if it is to be written
 * otherwise.
 */
int	uidlist_line(char *line, size_t len, int version,
	    struct uidlist_entry *, int *broken);

#define UIDLIST_END	(1U << 17) /* octets in which the last line is sought */

/* As uidlist_read(), of a file of any name. */
int	uidlist_read_file(int dirfd, const char *name, uint32_t from,
	    struct uidlist *);

/* From an open file of that size: for uidlist_uid(); or all, or a few of the
 * last ones, with every name as often as it stands there. */
enum uidlist_what { UIDLIST_NAMES, UIDLIST_ALL, UIDLIST_LAST };
int	uidlist_read_fd(int fd, off_t size, uint32_t from,
	    enum uidlist_what, struct uidlist *);

/* Sorts the entries' names, for uidlist_uid(); of those that are the same the
 * last one stays.  Returns 0, or -1 with errno ENOMEM. */
int	uidlist_names(struct uidlist *);

/*
 * The lock.  Returns 0 if we have it now, 1 if another has, or -1 with errno.
 * uidlist_locked() is 1 while it is still ours; it may be overridden after
 * UIDLIST_STALE seconds.
 */
#define UIDLIST_STALE	120	/* s until a lock counts as left behind */
struct uidlist_lock {
	int	fd;
	dev_t	dev;
	ino_t	ino;
};
int	uidlist_lock(struct folder *, struct uidlist_lock *);
int	uidlist_locked(struct folder *, const struct uidlist_lock *);
void	uidlist_unlock(struct folder *, struct uidlist_lock *);

/* For how many milliseconds of ours the session has seen another's lock like
 * that, last changed then. */
int64_t	uidlist_watched(struct folder *, const struct stat *lock,
	    time_t changed);

/* Writes the list anew, under the lock; *st is what it is then, and *next
 * the UID that the next message gets by it. */
int	uidlist_write(struct folder *, const struct uidlist_lock *,
	    struct stat *st, uint32_t *next);

/* A row's name as the list has it: its octets.  Dovecot ends it at the first
 * colon. */
size_t	uidlist_name(const char *base);

/* Mode and group as the folder's. */
int	uidlist_mode(struct folder *, int fd);

#endif
