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

#include <string.h>

#include "imapd/derive_key.h"
#include "imapd/mime/charset.h"
#include "imapd/mime/date.h"
#include "imapd/mime/encword.h"
#include "imapd/mime/subject.h"
#include "imapd/mime/utf8.h"

static int	decode(const char *, size_t, int, struct mime_buf *);
static void	drop_nuls(struct mime_buf *);

/* To UTF-8, without NULs. */
static int
decode(const char *value, size_t len, int encoded, struct mime_buf *out)
{
	struct mime_encword	 ew;
	struct mime_charset	*cs;
	struct mime_sink	 sink = mime_buf_sink(out);
	int			 ret;

	if (len == 0)
		return (0);
	if ((cs = mime_charset_new(&sink)) == NULL)
		return (-1);
	if (encoded) {
		mime_encword_init(&ew, cs);
		ret = mime_encword_feed(&ew, value, len);
		if (ret == 0)
			ret = mime_encword_end(&ew);
	} else {
		mime_charset_start(cs, NULL, 0);
		ret = mime_charset_feed(cs, value, len);
		if (ret == 0)
			ret = mime_charset_end(cs);
	}
	mime_charset_free(cs);
	drop_nuls(out);
	return (ret);
}

/* Texts with a NUL after them are compared: none is within. */
static void
drop_nuls(struct mime_buf *text)
{
	char	*nul, *to, *from, *end;

	if (text->len == 0 ||
	    (nul = memchr(text->data, '\0', text->len)) == NULL)
		return;
	end = text->data + text->len;
	for (to = from = nul; from < end; from++) {
		if (*from != '\0')
			*to++ = *from;
	}
	text->len = (size_t)(to - text->data);
}

int
key_text(const char *value, size_t len, int encoded, struct mime_buf *out)
{
	struct mime_buf	text = { 0 };
	int		ret;

	ret = decode(value, len, encoded, &text);
	if (ret == 0)
		ret = mime_casemap(text.data, text.len, out);
	mime_buf_free(&text);
	return (ret);
}

int
key_subject(const char *value, size_t len, struct mime_buf *out, int *reply)
{
	struct mime_buf	 text = { 0 };
	const char	*base;
	size_t		 baselen;
	int		 ret;

	*reply = 0;
	ret = decode(value, len, 1, &text);
	if (ret == 0 && text.len > 0) {
		mime_subject_base(text.data, text.len, &base, &baselen,
		    reply);
		ret = mime_casemap(base, baselen, out);
	}
	mime_buf_free(&text);
	return (ret);
}

int
key_date(const char *value, size_t len, int64_t *date)
{
	struct mime_date	d;

	if (value == NULL || mime_date_rfc5322(&d, value, len) == -1)
		return (-1);
	*date = (int64_t)mime_date_time(&d);
	return (0);
}

int
key_put64(struct mime_buf *out, uint64_t n)
{
	unsigned char	buf[8];
	int		i;

	for (i = 0; i < 8; i++)
		buf[i] = (unsigned char)(n >> 8 * i);
	return (mime_buf_add(out, buf, sizeof(buf)));
}

uint64_t
key_get64(const char *p)
{
	const unsigned char	*s = (const unsigned char *)p;
	uint64_t		 n = 0;
	int			 i;

	for (i = 7; i >= 0; i--)
		n = n << 8 | s[i];
	return (n);
}
