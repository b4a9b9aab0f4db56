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

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/mime/charset.h"
#include "imapd/mime/encword.h"
#include "imapd/mime/utf8.h"

/*
 * Text in a charset, and header text with encoded words.  The first byte says
 * which charset, the second where the text is cut in two.  What comes out is
 * UTF-8, and for a charset the same in one piece and in two.
 */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	check_utf8(const struct mime_buf *);
static void	convert(const char *, const char *, size_t, size_t,
		    struct mime_buf *);
static void	decode(const char *, size_t, struct mime_buf *);

static const char *const names[] = {
	"utf-8", "us-ascii", "iso-8859-1", "windows-1252", "iso-8859-15",
	"koi8-r", "iso-2022-jp", "shift_jis", "euc-jp", "gb18030", "big5",
	"euc-kr", "utf-7", "utf-16", "hz-gb-2312", "x-unknown", "",
	"iso-2022-kr", "big5-hkscs", "utf-16be"
};

static void
check_utf8(const struct mime_buf *b)
{
	const unsigned char	*p = (const unsigned char *)b->data;
	uint32_t		 code;
	size_t			 i;
	int			 n;

	for (i = 0; i < b->len; i += (size_t)n) {
		if ((n = mime_utf8_get(p + i, b->len - i, &code)) <= 0)
			abort();
	}
}

static void
convert(const char *name, const char *text, size_t len, size_t cut,
    struct mime_buf *out)
{
	struct mime_charset	*cs;
	struct mime_sink	 sink = mime_buf_sink(out);

	if ((cs = mime_charset_new(&sink)) == NULL)
		abort();
	mime_charset_start(cs, name, strlen(name));
	if (mime_charset_feed(cs, text, cut) == -1 ||
	    mime_charset_feed(cs, text + cut, len - cut) == -1 ||
	    mime_charset_end(cs) == -1)
		abort();
	mime_charset_free(cs);
}

static void
decode(const char *text, size_t len, struct mime_buf *out)
{
	struct mime_encword	 ew;
	struct mime_charset	*cs;
	struct mime_sink	 sink = mime_buf_sink(out);

	if ((cs = mime_charset_new(&sink)) == NULL)
		abort();
	mime_encword_init(&ew, cs);
	if (mime_encword_feed(&ew, text, len) == -1 ||
	    mime_encword_end(&ew) == -1)
		abort();
	mime_charset_free(cs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mime_buf	 one = { 0 }, two = { 0 };
	const char	*name, *text = (const char *)data + 2;

	/* Tables are there as they are in a session. */
	mime_charset_prepare();
	if (len < 3)
		return (0);
	len -= 2;
	name = names[data[0] % (sizeof(names) / sizeof(names[0]))];
	convert(name, text, len, 0, &one);
	check_utf8(&one);
	convert(name, text, len, data[1] % (len + 1), &two);
	if (one.len != two.len ||
	    (one.len > 0 && memcmp(one.data, two.data, one.len) != 0))
		abort();
	mime_buf_reset(&two);
	if (mime_casemap(one.data, one.len, &two) == -1)
		abort();
	check_utf8(&two);
	mime_buf_reset(&one);
	(void)mime_charset_convert(name, text, len, &one);
	mime_buf_reset(&one);
	decode(text, len, &one);
	check_utf8(&one);
	mime_buf_free(&one);
	mime_buf_free(&two);
	return (0);
}
