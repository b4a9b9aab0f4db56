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

#ifndef IMAPD_SUBSCRIPTIONS_H
#define IMAPD_SUBSCRIPTIONS_H

#include "imapd/names.h"

/*
 * The file "subscriptions" of a mail root, as Dovecot keeps it.  Version 2
 * begins with the lines "V\t2" and "" and separates levels by tabs; version
 * 1 has neither and separates them by dots.  Both are read; a file that does
 * not exist is made as version 2; one that exists keeps its version.  Names
 * here are those on the wire.
 *
 * If there is none, it is made of Courier's courierimapsubscribed, which has a
 * name in a line, as in "INBOX.Archive.2026", by the first one who reads it
 * and may.
 */
struct subscriptions {
	struct names	 names;
	struct names	 others;	/* lines that are no names here: kept */
	int		 version;
};

#define SUBSCRIPTIONS_MAX	65536		/* names */
#define SUBSCRIPTIONS_FILE	(8 << 20)	/* octets of the file */

/*
 * Reads the file.  Lines that are no mailbox names, such as those of another
 * name space of Dovecot's, stay in the file.  Returns 0, or -1 with errno
 * (EFBIG: over a limit).  The caller frees with subscriptions_free() in
 * either case.
 */
int	subscriptions_read(int rootfd, char separator, struct subscriptions *);
void	subscriptions_free(struct subscriptions *);

/*
 * Adds or removes a name, durably, under Dovecot's lock file
 * "subscriptions.lock", which is overridden when it is older than 120 s.
 * Returns 0, also if nothing had to be changed, or -1 with errno (EAGAIN:
 * another program held the lock for too long).
 */
int	subscriptions_change(int rootfd, char separator, const char *name,
	    int subscribed);

#endif
