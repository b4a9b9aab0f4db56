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


#ifndef IMAPD_QUOTE_H
#define IMAPD_QUOTE_H

#include <stddef.h>

struct client;
struct mime_sink;

/*
 * Strings in responses (RFC 3501 §4.3, §9): an atom where one will do, else a
 * quoted string, else a literal.  A NUL, which no string may have, goes out as
 * the byte 0x80.  All return 0, or -1 with the errno of the client or sink.
 * An nstring to a sink: mime_sink_nstring().
 */

/*
 * An astring: an atom if it can be one (never NIL, which a client could take
 * for no string), else as a string.
 */
int	quote_astring(struct client *c, const char *s, size_t len);
int	quote_astring_sink(const struct mime_sink *k, const char *s,
	    size_t len);

/*
 * The same of valid UTF-8, for clients that enabled UTF8=ACCEPT or IMAP4rev2
 * (RFC 6855 section 3): 8-bit characters are quoted, where quote_astring()
 * sends a literal.
 */
int	quote_utf8(struct client *c, const char *s, size_t len);

/*
 * Returns 1 if s is not empty and has ATOM-CHARs alone (RFC 3501 §9), as a
 * keyword must, else 0.
 */
int	quote_is_atom(const char *s, size_t len);

#endif
