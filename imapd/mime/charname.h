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

#ifndef IMAPD_MIME_CHARNAME_H
#define IMAPD_MIME_CHARNAME_H

#include <stddef.h>

/*
 * Names of charsets.  A name in a message chooses which code of the C library
 * is to read hostile bytes, so only charsets that mail really uses are known.
 */
#define MIME_CHARNAME_ASCII	"US-ASCII"
#define MIME_CHARNAME_UTF8	"UTF-8"
#define MIME_CHARNAME_1252	"WINDOWS-1252"

/*
 * Returns a charset's name for iconv(3), a constant, the same pointer for the
 * same charset; NULL if it is not known.  The name is len bytes, in any case.
 * A charset that senders confuse with a larger one is given as that.
 */
const char *mime_charname(const char *name, size_t len);

/* The names that are known, one by one, some for the same charset; NULL at
 * the end. */
const char *mime_charname_nth(size_t i);

#endif
