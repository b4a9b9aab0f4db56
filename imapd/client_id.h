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

#ifndef IMAPD_CLIENT_ID_H
#define IMAPD_CLIENT_ID_H

#include <stddef.h>

struct parser_arg;

/* What a client says of itself by ID (RFC 2971), before and after login. */
#define CLIENT_ID_PAIRS	30	/* RFC 2971 section 3.3 */
#define CLIENT_ID_FIELD	30	/* octets of a field's name */
#define CLIENT_ID_VALUE	1024	/* octets of a value */
#define CLIENT_ID_LOG	512	/* octets of them in the log */

/*
 * Whether these are ID's arguments: NIL, or a list of pairs within the limits.
 * Returns 0, or -1 with the reason in *why.
 */
int	client_id_check(const struct parser_arg *, const char **why);

/*
 * The pairs as field="value", each behind a space, in printable characters
 * that end no value early; those that do not fit are left out.  Returns buf;
 * "" if nothing is said.
 */
const char *client_id_text(const struct parser_arg *, char *buf, size_t);

#endif
