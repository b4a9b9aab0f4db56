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
#define UIDLIST_MAXFILE	(1U << 28)	/* octets; of a longer one the end */
#define UIDLIST_MAXLINES (1U << 22)	/* in these; more are refused */
#define UIDLIST_MAXLINE	4096		/* octets; a longer one is left out */
#define UIDLIST_MAXUID	0xfffffffeU	/* what Dovecot takes */

struct uidlist_entry {
	uint32_t	 uid;
	uint32_t	 unique;	/* octets of the name's unique part */
	const char	*name;		/* base name, without info */
	const char	*fields;	/* Dovecot's: "W1234 P5", or "" */
};

/* A list as read, also that of another server (courier.h). */
struct uidlist {
	int			 version;	/* 1, 3; 0: not Dovecot's */
	uint32_t		 uidvalidity;
	uint32_t		 uidnext;	/* above all entries */
	const char		*fields;	/* the header's, but V and N */
	struct uidlist_entry	*e;		/* UIDs rising, names once */
	size_t			 n;
	int			 broken;	/* lines were left out: rewrite */
	off_t			 end;		/* of the last whole line */
	size_t			 len;		/* octets of lines read */
	char			*text;		/* what the names point into */
	char			*header;	/* and the header's fields */
	struct uidlist_entry	**index;	/* by name */
	uint32_t		*highest;	/* UID of its unique part */
};

/*
 * Reads the entries from UID from on, from the end of the file backwards, so
 * that the cost is that of these entries.  A torn last line is left out.  Of
 * lines that are out of order, as few as possible are left out; of those with
 * one name, the first ones.  Returns 0, or -1 with errno: ENOENT, EBADMSG if
 * the header is none, EFBIG, or another.  Freed by uidlist_free() in either
 * case.
 */
int	uidlist_read(int dirfd, uint32_t from, struct uidlist *);
void	uidlist_free(struct uidlist *);

/* The UID of a file by its base name, else by its unique part (maildir.h):
 * then the highest; 0: not listed. */
uint32_t uidlist_uid(const struct uidlist *, const char *name);

/*
 * Brings the file up to the folder's table: appends every UID above the
 * list's last, in order, in one write, under Dovecot's lock; makes it if
 * there is none, and writes it anew, by a file in tmp/ and a rename, if its
 * end is broken or out of order, if it is of version 1 or of another
 * UIDVALIDITY than the table's, or many times longer than the mailbox.
 * A list whose UIDs are ahead of the table is left alone.  Returns 0 if the
 * list is current, or if another holds the lock (then *again is 1), or -1
 * with errno; EEXIST: the list gives our last UID to another file, which is
 * in the folder.  Costs one system call if nothing has changed since the
 * last time.
 */
int	uidlist_keep(struct folder *, int *again);

/* The same, but it is written anew whatever it holds: after uidlist_read()
 * has found it broken. */
int	uidlist_renew(struct folder *, int *again);

/*
 * When the session should do that behind the answers, in milliseconds of the
 * monotonic clock: INT64_MAX if there is nothing to do, 0 if at once.
 * uidlist_behind() does it, and logs what fails.  uidlist_finish() does it if
 * this session knows of something to do, before a folder is closed, and
 * frees what it remembers.
 */
int64_t	uidlist_when(struct folder *);
void	uidlist_behind(struct folder *);
void	uidlist_finish(struct folder *);

#endif
