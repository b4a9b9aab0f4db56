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

#ifndef IMAPD_UIDLIST_H
#define IMAPD_UIDLIST_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

struct folder;

/*
 * The folder's UID list: dovecot-uidlist, in Dovecot's format.  It names the
 * UID of each file, so that the mailbox can be built anew, here or by
 * Dovecot, and nobody has to download mail again.
 *
 * Version 3 begins with a line "3 V<uidvalidity> N<uidnext> G<guid>"; each
 * further line is "<uid> [<key><value> ...] :<file name>".  Version 1 begins
 * with "1 <uidvalidity> <uidnext>" and goes on with "<uid> <file name>".
 * UIDs rise.  Lines are appended under the lock file dovecot-uidlist.lock;
 * the list may name files that are long gone.
 */
#define UIDLIST_FILE	"dovecot-uidlist"
#define UIDLIST_LOCK	"dovecot-uidlist.lock"
#define UIDLIST_MAXFILE	(1U << 30)	/* octets; a longer one is refused */

struct uidlist_entry {
	uint32_t	 uid;
	const char	*name;		/* base name, without info */
};

/* A list as read, also that of another server (courier.h). */
struct uidlist {
	int			 version;	/* 1, 3; 0: not Dovecot's */
	uint32_t		 uidvalidity;
	uint32_t		 uidnext;	/* above all entries */
	struct uidlist_entry	*e;		/* UIDs rising, names once */
	size_t			 n;
	int			 broken;	/* lines were left out: rewrite */
	char			*text;		/* what the names point into */
};

/*
 * Reads the entries from UID from on, from the end of the file backwards, so
 * that the cost is that of these entries.  A torn last line is left out.
 * Returns 0, or -1 with errno: ENOENT, EBADMSG if the header is none,
 * EFBIG, or another.  Freed by uidlist_free() in either case.
 */
int	uidlist_read(int dirfd, uint32_t from, struct uidlist *);
void	uidlist_free(struct uidlist *);

/* The UID of a file by its unique part (maildir.h); 0: not listed.  The
 * first call makes an index, in memory in proportion to the list. */
uint32_t uidlist_uid(struct uidlist *, const char *name);

/*
 * Brings the file up to the folder's table: appends every UID above the
 * list's last, in order, in one write, under Dovecot's lock; makes it if
 * there is none, and writes it anew, by a file in tmp/ and a rename, if it is
 * broken, out of order, of version 1, of another UIDVALIDITY than the
 * table's, or many times longer than the mailbox.  Returns 0 if the list is
 * current, or if another holds the lock (then *again is 1), or -1 with
 * errno.  Costs two or three system calls if there is nothing to do.
 */
int	uidlist_keep(struct folder *, int *again);

#endif
