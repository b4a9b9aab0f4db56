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

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"
#include "imapd/parser.h"

/*
 * What STATUS tells of a mailbox (RFC 3501 section 6.3.10; RFC 9051 section
 * 6.3.11), also as a return option of LIST (RFC 5819).
 */

struct session;

enum status_item {
	STATUS_MESSAGES,
	STATUS_RECENT,
	STATUS_UIDNEXT,
	STATUS_UIDVALIDITY,
	STATUS_UNSEEN,
	STATUS_HIGHESTMODSEQ,		/* RFC 7162 section 3.1.7 */
	STATUS_APPENDLIMIT,		/* RFC 7889 section 3.1 */
	STATUS_SIZE,			/* RFC 8438 */
	STATUS_DELETED,			/* RFC 9208 section 4.1.4 */
	STATUS_DELETED_STORAGE,
	STATUS_MAILBOXID,		/* RFC 8474 section 4.3 */
	STATUS_ITEMS
};

struct status {
	const char		*dir;	/* as of session_mailbox() */
	int			 error;	/* 0, or an errno; ENOENT: none */
	unsigned long long	 value[STATUS_ITEMS];
	uint8_t			 id[TABLE_IDLEN];
};

#define STATUS_BATCH	128	/* mailboxes that are asked for at once */

/* Whether arg is a list of items that are known: 0, or -1 with *why. */
int	status_check(const struct parser_arg *arg, const char **why);

/* Turns CONDSTORE on if an item asks for it (RFC 7162 section 3.1.7). */
void	status_enable(struct session *, const struct parser_arg *);

/*
 * Reads the items of a list that was checked of n mailboxes, whose dir is
 * set; of most of them without opening them, STATUS_BATCH at a time.  Each is
 * filled in, or its error is.
 */
void	status_read(struct session *, const struct parser_arg *,
	    struct status *, size_t n);

/* Sends the untagged STATUS with the items of a list that was checked; name
 * is the server's (mailbox_name.h). */
void	status_send(struct session *, const char *name,
	    const struct parser_arg *, const struct status *);

#endif
