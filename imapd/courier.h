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

#ifndef IMAPD_COURIER_H
#define IMAPD_COURIER_H

#include "common/table.h"
#include "imapd/uidlist.h"

/*
 * What Courier's IMAP server leaves in a folder: courierimapuiddb, the UIDs,
 * and courierimapkeywords/, the keywords of each message.  They are read once,
 * when a folder that has no identity yet is taken over.
 *
 * The first is a UID list of version 1 (uidlist.h).  The directory holds a
 * file ":list": the names of keywords, one per line, an empty line, and lines
 * "<base name>:<n> <n> ...", the numbers of a message's keywords from 0.
 * Changes since are in files ".<n>.<base name>", the highest n being the
 * newest, and newer than these "<base name>": the keywords that the message
 * has, one per line.
 */
#define COURIER_UIDDB	 "courierimapuiddb"
#define COURIER_KEYWORDS "courierimapkeywords"
#define COURIER_LIST	 ":list"
#define COURIER_MAXFILES 1000000	/* in that directory; more: ignored */

/* As uidlist_read(), of all entries; version is 0. */
int	courier_uids(int dirfd, struct uidlist *);

/* The keywords of messages: names, and for each file a set of them.  They
 * are as many as a table takes; only the first 26 will get letters. */
struct courier_keywords {
	unsigned int	 n;
	char		 name[TABLE_KEYWORDS][TABLE_KWLEN + 1];
	struct uidlist	 files;		/* "uid" is 1 + the number of: */
	uint64_t	*set;		/* bit i: keyword i */
	unsigned int	 left;		/* keywords that were too many */
};

/* Returns 0, also if there are none, or -1 with errno. */
int	courier_keywords(int dirfd, struct courier_keywords *);
void	courier_keywords_free(struct courier_keywords *);

/* The set of a file, by uidlist_uid()'s rules; 0: none. */
uint64_t courier_keywords_of(const struct courier_keywords *,
	    const char *name);

#endif
