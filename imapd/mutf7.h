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


#ifndef IMAPD_MUTF7_H
#define IMAPD_MUTF7_H

#include <stddef.h>

/*
 * Modified UTF-7, the form of mailbox names on the wire (RFC 3501 §5.1.3).
 */

/*
 * Translate len bytes at in and write the result with a NUL to out, which has
 * size bytes.  Return the length without the NUL, or -1 with errno
 * ENAMETOOLONG (does not fit) or EILSEQ: for modified UTF-7, anything that
 * is not the one way to write the name (8-bit or control characters as they
 * are, bad base64, bits left over that are not 0, printable ASCII in base64,
 * a shift out and in again, no "-" at the end, lone surrogates, U+0000); for
 * UTF-8, anything but shortest forms of U+0001 to U+10FFFF without
 * surrogates.  So each name has one form in each, and the two functions are
 * each other's inverse.
 */
ptrdiff_t	mutf7_decode(const char *in, size_t len, char *out,
		    size_t size);		/* to UTF-8 */
ptrdiff_t	mutf7_encode(const char *in, size_t len, char *out,
		    size_t size);		/* from UTF-8 */

#endif
