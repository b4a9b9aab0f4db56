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

#ifndef IMAPD_SET_H
#define IMAPD_SET_H

#include <stdint.h>

struct parser_arg;
struct session;
struct uidset;
struct view;

/*
 * The messages that a command names: parses the sequence-set in arg, which
 * the command's CMD_UID takes for UIDs or for message numbers, and adds the
 * UIDs to out (view_resolve()).  Numbers become UIDs here, once.  Returns 0,
 * or -1 after the tagged BAD or NO was sent.
 */
int	set_resolve(struct session *, const struct parser_arg *arg,
	    struct uidset *out);

/*
 * Leaves of uids, which set_resolve() has given, the messages that a
 * partial-range (RFC 9394 section 3.3) counts in it.  Returns 0, or -1 with
 * errno.
 */
int	set_partial(struct view *, struct uidset *uids, int64_t first,
	    int64_t last);

/*
 * Whether a command by message numbers named some that are expunged but not
 * announced: they get nothing, and the command NO [EXPUNGEISSUED] (RFC 2180
 * section 4.1.3).  With UIDs they are simply not there.
 */
int	set_has_gone(const struct session *, const struct uidset *uids);

#endif
