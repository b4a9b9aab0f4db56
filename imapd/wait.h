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

#ifndef IMAPD_WAIT_H
#define IMAPD_WAIT_H

#include <stdint.h>

struct session;
struct watch;

/*
 * Waits for input of the client, until deadline (milliseconds of
 * session_clock()), and does meanwhile what is due behind the answers and
 * what indexd asks for.  With a watch it also ends when the selected mailbox
 * has news.  WAIT_END: the client has gone, or BYE was sent.
 */
enum wait_result { WAIT_INPUT, WAIT_NEWS, WAIT_TIMEOUT, WAIT_END };
enum wait_result session_wait(struct session *, struct watch *,
	    int64_t deadline);
int64_t	session_clock(void);

/* Under load, without a pause to wait in: what is due behind, now and then. */
void	session_behind(struct session *);

#endif
