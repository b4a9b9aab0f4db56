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

#ifndef IMAPD_DERIVE_PREVIEW_H
#define IMAPD_DERIVE_PREVIEW_H

/*
 * CACHE_PREVIEW (RFC 8970): PREVIEW_FORM, then the text in UTF-8, which is of
 * one line, and may be empty.
 */
#define PREVIEW_FORM	'1'
#define PREVIEW_CHARS	200		/* characters; RFC 8970 section 3.3 */
#define PREVIEW_BEGIN	(256 * 1024)	/* octets of a message looked at */
#define PREVIEW_BODY	(64 * 1024)	/* octets of a part, encoded */
#define PREVIEW_TRIES	16		/* parts decoded */

#endif
