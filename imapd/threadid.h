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

#ifndef IMAPD_THREADID_H
#define IMAPD_THREADID_H

#include "imapd/derive_id.h"
#include "imapd/derive_thread.h"

struct session;
struct view_msg;

/* "T", hexadecimal digits, a NUL. */
#define THREADID_MAX	(2 * EMAILID_OCTETS + 2)

_Static_assert(THREADID_MAX >= THREADID_SIZE, "a thread's id fits");

/*
 * The THREADID of a message (RFC 8474 section 5.2): thread_id(), or what its
 * EMAILID has after the letter if it names no message, not even itself: a
 * thread of its own.  So there is always one, as the RFC has it of servers
 * that know threads, and as imapflow wants it: a message with NIL is missing
 * in its lists.  *opened as for derive_get().  Returns 1; 0 if the message's
 * file is gone; -1 with errno.
 */
int	threadid_get(struct session *, const struct view_msg *,
	    char buf[THREADID_MAX], unsigned int *opened);

#endif
