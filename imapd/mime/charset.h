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

#ifndef IMAPD_MIME_CHARSET_H
#define IMAPD_MIME_CHARSET_H

#include <stddef.h>

#include "imapd/mime/sink.h"

/*
 * Charsets to UTF-8, as a stream.  US-ASCII, UTF-8, UTF-7, UTF-16, and those
 * of one octet are built in, others are iconv(3)'s, or come from tables that
 * were made with its help.  Whatever a charset's text holds, the output is
 * UTF-8.
 */
struct mime_charset;

/*
 * For a process that can load nothing any more when it is confined, and for
 * those that it forks.
 *
 * mime_charset_prepare() makes tables for all charsets that are known and
 * that iconv(3) has, in a child process for which it waits: some ten
 * milliseconds, and no code to be loaded.  Where that fails it does as
 * mime_charset_hold(), which has iconv(3) load all of these charsets and keep
 * them: less work, but more for each process that is forked.
 */
void	mime_charset_prepare(void);
void	mime_charset_hold(void);

/*
 * Makes a converter to sink, which is copied.  Returns it, to be freed with
 * mime_charset_free(), or NULL with errno ENOMEM.  It starts with text whose
 * charset is not known: see mime_charset_start().
 */
struct mime_charset *mime_charset_new(const struct mime_sink *sink);
void	mime_charset_free(struct mime_charset *);

/*
 * Begins a text in the charset of that name; NULL, a name that iconv(3) does
 * not know, and US-ASCII mean: UTF-8 where it is valid, other bytes above
 * 0x7f as ISO-8859-1.  In other charsets what does not convert becomes
 * U+FFFD.  The name is namelen bytes.
 */
void	mime_charset_start(struct mime_charset *, const char *name,
	    size_t namelen);

/*
 * Converts some more of the text, or ends it (what is incomplete does not
 * convert).  Return 0, or -1 with errno from the sink.
 */
int	mime_charset_feed(struct mime_charset *, const void *buf, size_t len);
int	mime_charset_end(struct mime_charset *);

/*
 * Converts a whole string strictly, for SEARCH CHARSET: appends to *out.
 * Returns 0, or -1 with errno: EINVAL if the charset is not known (answer NO
 * [BADCHARSET]), EILSEQ if the text is not in it, ENOMEM.
 */
int	mime_charset_convert(const char *charset, const char *text, size_t len,
	    struct mime_buf *out);

#endif
