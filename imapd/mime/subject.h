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

#ifndef IMAPD_MIME_SUBJECT_H
#define IMAPD_MIME_SUBJECT_H

#include <stddef.h>

/*
 * Finds the base subject (RFC 5256 section 2.1) of a subject whose encoded
 * words are decoded already, len bytes of UTF-8, in time linear in them.
 * White space is made single spaces in place; the base subject is *baselen
 * bytes of text from *base on.  *reply says whether what was removed makes it
 * a reply or forward (section 3, REFERENCES).
 */
void	mime_subject_base(char *text, size_t len, const char **base,
	    size_t *baselen, int *reply);

#endif
