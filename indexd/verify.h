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


#ifndef INDEXD_VERIFY_H
#define INDEXD_VERIFY_H

#include "indexd/box.h"
#include "indexd/server.h"

/*
 * Tables that looked damaged, to a session or to a request: they are verified
 * in the background, a piece in each turn of the loop, and repaired.
 */
#define VERIFY_ROWS	16384	/* rows, or entries of the log, in a turn */

/* Puts a table on the list; 0, or -1 without memory. */
int	verify_want(struct server *, struct mailbox *);

/* A request of the peer is decided: looks whether it met damage in a mailbox
 * that the peer has open, and puts it on the list.  1 if it did. */
int	verify_met(struct peer *);

/* Does a piece; 1 if there is more. */
int	verify_work(struct server *);
void	verify_free(struct server *);

/*
 * Repairs what a check found, says so in the log and in text; not while the
 * batch is open.  Returns 1 if the table went to a new generation, 0 if it
 * was set aside and its mailbox will be made anew when its folder is next
 * opened; who has it open is told that it is gone.  -1 if nothing was done.
 */
int	verify_repair(struct server *, struct mailbox *, unsigned int what,
	    char *text, size_t size);

#endif
