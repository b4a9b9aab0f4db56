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

#ifndef IMAPD_MAILBOXID_H
#define IMAPD_MAILBOXID_H

#include <stdint.h>

#include "common/table.h"

/*
 * The MAILBOXID of RFC 8474 section 4: the id in the folder's identity, as
 * hexadecimal digits.  It stays when the folder is renamed or moved.
 */
#define MAILBOXID_LEN	(2 * TABLE_IDLEN)

/* Writes it to text, with a NUL; returns text. */
const char *mailboxid(char text[MAILBOXID_LEN + 1],
	    const uint8_t id[TABLE_IDLEN]);

#endif
