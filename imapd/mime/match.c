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

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "search.h"

/*
 * The casemapped string, and the longest border of each prefix, by its length
 * (the algorithm of Knuth, Morris and Pratt).
 */
struct mime_needle {
	unsigned char	*text;
	uint32_t	*border;
	size_t		 len;
};

static int	match_write(void *, const void *, size_t);
static void	match_bytes(struct mime_match *, const unsigned char *,
		    size_t);
static void	match_code(struct mime_match *, uint32_t);
static int	fold_text(struct mime_needle *, const unsigned char *,
		    size_t);
static int	find_borders(struct mime_needle *);

struct mime_needle *
mime_needle_new(const char *utf8, size_t len)
{
	struct mime_needle	*needle;

	if (len > MIME_NEEDLE_MAX) {
		errno = EMSGSIZE;
		return NULL;
	}
	if ((needle = calloc(1, sizeof(*needle))) == NULL)
		return NULL;
	if (fold_text(needle, (const unsigned char *)utf8, len) == -1 ||
	    find_borders(needle) == -1) {
		mime_needle_free(needle);
		return NULL;
	}
	return needle;
}

void
mime_needle_free(struct mime_needle *needle)
{
	if (needle == NULL)
		return;
	free(needle->text);
	free(needle->border);
	free(needle);
}

static int
fold_text(struct mime_needle *needle, const unsigned char *p, size_t len)
{
	struct mime_buf	 text = { 0 };
	unsigned char	 buf[MIME_CASEMAP_MAX];
	uint32_t	 code;
	size_t		 i;
	int		 n;

	for (i = 0; i < len; i += (size_t)n) {
		if ((n = mime_utf8_get(p + i, len - i, &code)) <= 0) {
			errno = EILSEQ;
			goto fail;
		}
		if (code != '\r' && mime_buf_add(&text, buf,
		    mime_casemap_char(code, buf)) == -1)
			goto fail;
	}
	needle->text = (unsigned char *)text.data;
	needle->len = text.len;
	return 0;
fail:
	mime_buf_free(&text);
	return -1;
}

static int
find_borders(struct mime_needle *needle)
{
	size_t	 i, n = 0;

	if ((needle->border = calloc(needle->len + 1, sizeof(uint32_t))) ==
	    NULL)
		return -1;
	for (i = 1; i < needle->len; i++) {
		while (n > 0 && needle->text[i] != needle->text[n])
			n = needle->border[n];
		if (needle->text[i] == needle->text[n])
			n++;
		needle->border[i + 1] = (uint32_t)n;
	}
	return 0;
}

void
mime_match_init(struct mime_match *match, const struct mime_needle *needle)
{
	match->needle = needle;
	match->state = 0;
	match->found = needle->len == 0;
	match->npart = 0;
}

struct mime_sink
mime_match_sink(struct mime_match *match)
{
	struct mime_sink	 sink;

	sink.write = match_write;
	sink.arg = match;
	return sink;
}

static int
match_write(void *arg, const void *buf, size_t len)
{
	struct mime_match	*match = arg;
	const unsigned char	*p = buf;
	uint32_t		 code;
	size_t			 i;
	int			 n;

	for (i = 0; i < len && !match->found; i++) {
		if (p[i] < 0x80 && match->npart == 0) {
			match_code(match, p[i]);
			continue;
		}
		match->part[match->npart++] = p[i];
		n = mime_utf8_get(match->part, match->npart, &code);
		if (n == 0)
			continue;
		match->npart = 0;
		match_code(match, n > 0 ? code : 0xfffd);
	}
	if (!match->found)
		return 0;
	errno = ECANCELED;
	return -1;
}

static void
match_code(struct mime_match *match, uint32_t code)
{
	unsigned char	 buf[MIME_CASEMAP_MAX];

	if (code == '\r')
		return;
	match_bytes(match, buf, mime_casemap_char(code, buf));
}

static void
match_bytes(struct mime_match *match, const unsigned char *p, size_t len)
{
	const struct mime_needle	*needle = match->needle;
	size_t				 i, n = match->state;

	for (i = 0; i < len && !match->found; i++) {
		while (n > 0 && p[i] != needle->text[n])
			n = needle->border[n];
		if (p[i] == needle->text[n])
			n++;
		match->found = n == needle->len;
	}
	match->state = n;
}
