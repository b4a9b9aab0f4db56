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
#include <strings.h>

#include "imapd/mime/decode.h"
#include "imapd/mime/encword.h"

/* The parts of "=?charset*language?encoding?data?=". */
struct word {
	const char		*charset;
	size_t			 charset_len;
	enum mime_encoding	 encoding;
	const char		*data;
	size_t			 data_len;
	size_t			 len;		/* all of it */
};

static int	parse_word(const char *, size_t, struct word *);
static int	put_text(struct mime_encword *, const char *, size_t);
static int	put_word(struct mime_encword *, const struct word *);
static int	to_plain(struct mime_encword *);
static int	feed_charset(void *, const void *, size_t);
static int	is_space(int);

void
mime_encword_init(struct mime_encword *ew, struct mime_charset *cs)
{
	ew->cs = cs;
	ew->charset_len = 0;
	ew->in_word = 0;
	ew->space = 0;
	mime_charset_start(cs, NULL, 0);
}

int
mime_encword_feed(struct mime_encword *ew, const char *text, size_t len)
{
	const char	*p = text, *end = text + len, *mark;
	struct word	 word;

	while (p < end) {
		mark = p;
		while ((mark = memchr(mark, '=', (size_t)(end - mark))) !=
		    NULL && !parse_word(mark, (size_t)(end - mark), &word))
			mark++;
		if (mark == NULL)
			return (put_text(ew, p, (size_t)(end - p)));
		if (put_text(ew, p, (size_t)(mark - p)) == -1 ||
		    put_word(ew, &word) == -1)
			return (-1);
		p = mark + word.len;
	}
	return (0);
}

int
mime_encword_end(struct mime_encword *ew)
{
	if (ew->in_word && to_plain(ew) == -1)
		return (-1);
	return (mime_charset_end(ew->cs));
}

/*
 * Returns 1 if the text begins with an encoded word, else 0.  It looks no
 * further than to the fourth "?", so a text of false starts costs no more
 * than its length.
 */
static int
parse_word(const char *text, size_t len, struct word *word)
{
	const char	*end = text + len, *p, *star;

	if (len < 6 || text[1] != '?')
		return (0);
	word->charset = text + 2;
	len = len - 2 < MIME_ENCWORD_CHARSET_MAX ? len - 2 :
	    MIME_ENCWORD_CHARSET_MAX;
	if ((p = memchr(word->charset, '?', len)) == NULL || end - p < 5 ||
	    p[2] != '?')
		return (0);
	star = memchr(word->charset, '*', (size_t)(p - word->charset));
	word->charset_len = (size_t)((star != NULL ? star : p) -
	    word->charset);
	switch (p[1]) {
	case 'B':
	case 'b':
		word->encoding = MIME_ENCODING_BASE64;
		break;
	case 'Q':
	case 'q':
		word->encoding = MIME_ENCODING_Q;
		break;
	default:
		return (0);
	}
	word->data = p + 3;
	p = memchr(word->data, '?', (size_t)(end - word->data));
	if (word->charset_len == 0 || p == NULL || end - p < 2 ||
	    p[1] != '=')
		return (0);
	word->data_len = (size_t)(p - word->data);
	word->len = (size_t)(p + 2 - text);
	return (1);
}

static int
is_space(int c)
{
	return (c == ' ' || c == '\t');
}

/* White space between encoded words is not shown: RFC 2047 section 6.2. */
static int
put_text(struct mime_encword *ew, const char *text, size_t len)
{
	if (ew->in_word) {
		while (len > 0 && is_space((unsigned char)*text)) {
			ew->space = 1;
			text++;
			len--;
		}
		if (len > 0 && to_plain(ew) == -1)
			return (-1);
	}
	return (mime_charset_feed(ew->cs, text, len));
}

/* From an encoded word to text. */
static int
to_plain(struct mime_encword *ew)
{
	int	 space = ew->space;

	ew->in_word = 0;
	ew->space = 0;
	ew->charset_len = 0;
	if (mime_charset_end(ew->cs) == -1)
		return (-1);
	mime_charset_start(ew->cs, NULL, 0);
	return (space ? mime_charset_feed(ew->cs, " ", 1) : 0);
}

/* Senders split characters between words: those of one charset are joined. */
static int
put_word(struct mime_encword *ew, const struct word *word)
{
	struct mime_decoder	 decoder;
	struct mime_sink	 sink;

	ew->space = 0;
	if (!ew->in_word || ew->charset_len != word->charset_len ||
	    strncasecmp(ew->charset, word->charset, word->charset_len) != 0) {
		if (mime_charset_end(ew->cs) == -1)
			return (-1);
		memcpy(ew->charset, word->charset, word->charset_len);
		ew->charset_len = word->charset_len;
		mime_charset_start(ew->cs, word->charset, word->charset_len);
	}
	ew->in_word = 1;
	sink.write = feed_charset;
	sink.arg = ew->cs;
	mime_decoder_init(&decoder, word->encoding, &sink);
	if (mime_decoder_feed(&decoder, word->data, word->data_len) == -1)
		return (-1);
	return (mime_decoder_end(&decoder));
}

static int
feed_charset(void *arg, const void *buf, size_t len)
{
	return (mime_charset_feed(arg, buf, len));
}
