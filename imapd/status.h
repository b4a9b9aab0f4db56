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


#ifndef IMAPD_STATUS_H
#define IMAPD_STATUS_H

#include "imapd/parser.h"

/*
 * What STATUS tells of a mailbox (RFC 3501 section 6.3.10), also as a return
 * option of LIST (RFC 5819).
 */

struct session;

enum status_item {
	STATUS_MESSAGES,
	STATUS_RECENT,
	STATUS_UIDNEXT,
	STATUS_UIDVALIDITY,
	STATUS_UNSEEN,
	STATUS_HIGHESTMODSEQ,
	STATUS_APPENDLIMIT,
	STATUS_ITEMS
};

struct status {
	unsigned long long	 value[STATUS_ITEMS];
};

/* Whether arg is a list of items that are known: 0, or -1 with *why. */
int	status_check(const struct parser_arg *arg, const char **why);

/* Turns CONDSTORE on if an item asks for it (RFC 7162 section 3.1.7). */
void	status_enable(struct session *, const struct parser_arg *);

/*
 * Reads the status of the mailbox in a directory as session_mailbox() gives
 * it.  Returns 0, or -1 with errno; ENOENT: there is none.
 */
int	status_read(struct session *, const char *dir, struct status *);

/*
 * Sends the untagged STATUS with the items of a list that was checked; the
 * name is in modified UTF-7.
 */
void	status_send(struct session *, const char *name,
	    const struct parser_arg *, const struct status *);

#endif
