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

#include "imapd/mime/match.h"
#include "imapd/mime/search.h"

#define ASCII		0x80
#define SKIP_MAX	255

/*
 * The casemapped string, and the longest border of each prefix, by its length
 * (the algorithm of Knuth, Morris and Pratt).  US-ASCII is looked at where
 * the string may end, and most of it never (Horspool's): skip is how far that
 * place can go on from a character, which is 0 for the string's last.
 */
struct mime_needle {
	unsigned char	*text;
	uint32_t	*border;
	size_t		 len;
	int		 ascii;		/* all of it is */
	int		 solid;		/* no white space, no controls */
	unsigned char	 map[ASCII];	/* casemapped */
	unsigned char	 skip[ASCII];
	unsigned char	 last;		/* how far from the string's last */
	unsigned char	 hop[256];	/* in text that is casemapped */
};

static int	match_write(void *, const void *, size_t);
static void	match_bytes(struct mime_match *, const unsigned char *,
		    size_t);
static void	match_code(struct mime_match *, uint32_t);
static void	match_ascii(struct mime_match *, const unsigned char *,
		    size_t);
static void	match_run(struct mime_match *, const unsigned char *, size_t);
static size_t	step(const struct mime_needle *, size_t, unsigned char);
static int	leap(const struct mime_needle *, const unsigned char *,
		    size_t);
static int	fold_text(struct mime_needle *, const unsigned char *,
		    size_t);
static int	find_borders(struct mime_needle *);
static void	find_skips(struct mime_needle *);

struct mime_needle *
mime_needle_new(const char *utf8, size_t len)
{
	struct mime_needle	*needle;

	if (len > MIME_NEEDLE_MAX) {
		errno = EMSGSIZE;
		return (NULL);
	}
	if ((needle = calloc(1, sizeof(*needle))) == NULL)
		return (NULL);
	if (fold_text(needle, (const unsigned char *)utf8, len) == -1 ||
	    find_borders(needle) == -1) {
		mime_needle_free(needle);
		return (NULL);
	}
	find_skips(needle);
	return (needle);
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
	return (0);
fail:
	mime_buf_free(&text);
	return (-1);
}

static int
find_borders(struct mime_needle *needle)
{
	size_t	 i, n = 0;

	if ((needle->border = calloc(needle->len + 1, sizeof(uint32_t))) ==
	    NULL)
		return (-1);
	for (i = 1; i < needle->len; i++) {
		while (n > 0 && needle->text[i] != needle->text[n])
			n = needle->border[n];
		if (needle->text[i] == needle->text[n])
			n++;
		needle->border[i + 1] = (uint32_t)n;
	}
	return (0);
}

static void
find_skips(struct mime_needle *needle)
{
	size_t		 i, from = 0, most = needle->len;
	unsigned char	 buf[MIME_CASEMAP_MAX];
	uint32_t	 c;

	needle->ascii = mime_utf8_ascii(needle->text, needle->len) ==
	    needle->len;
	needle->solid = 1;
	for (i = 0; i < needle->len; i++)
		if (needle->text[i] <= ' ' || needle->text[i] == 0x7f)
			needle->solid = 0;
	for (c = 0; c < ASCII; c++) {
		(void)mime_casemap_char(c, buf);
		needle->map[c] = buf[0];
	}
	if (most > SKIP_MAX) {
		from = most - SKIP_MAX;
		most = SKIP_MAX;
	}
	memset(needle->hop, (int)most, sizeof(needle->hop));
	for (i = from; i + 1 < needle->len; i++)
		needle->hop[needle->text[i]] =
		    (unsigned char)(needle->len - 1 - i);
	for (c = 0; c < ASCII; c++)
		needle->skip[c] = needle->hop[needle->map[c]];
	if (needle->len == 0 || !needle->ascii)
		return;
	needle->last = needle->hop[needle->text[needle->len - 1]];
	for (c = 0; c < ASCII; c++)
		if (needle->map[c] == needle->text[needle->len - 1])
			needle->skip[c] = 0;
}

int
mime_needle_solid(const struct mime_needle *needle)
{
	return (needle->solid);
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
	return (sink);
}

/* Texts are short here, and memmem(3) makes its table for each. */
int
mime_match_mapped(const struct mime_needle *needle, const char *text,
    size_t len)
{
	const unsigned char	*p = (const unsigned char *)text;
	size_t			 end = needle->len - 1, most = 4 * len;

	if (needle->len == 0)
		return (1);
	for (; end < len; end += needle->hop[p[end]]) {
		if (p[end] != needle->text[needle->len - 1])
			continue;
		if (memcmp(p + end - (needle->len - 1), needle->text,
		    needle->len - 1) == 0)
			return (1);
		if (needle->len > most)
			return (memmem(text, len, needle->text,
			    needle->len) != NULL);
		most -= needle->len;
	}
	return (0);
}

static int
match_write(void *arg, const void *buf, size_t len)
{
	struct mime_match	*match = arg;
	const unsigned char	*p = buf;
	uint32_t		 code;
	size_t			 i, run;
	int			 n;

	for (i = 0; i < len && !match->found; i++) {
		if (p[i] < ASCII && match->npart == 0) {
			run = mime_utf8_ascii(p + i, len - i);
			match_ascii(match, p + i, run);
			i += run - 1;
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
		return (0);
	errno = ECANCELED;
	return (-1);
}

static void
match_ascii(struct mime_match *match, const unsigned char *p, size_t len)
{
	const unsigned char	*cr, *end = p + len;

	while (!match->found && (cr = memchr(p, '\r', (size_t)(end - p))) !=
	    NULL) {
		match_run(match, p, (size_t)(cr - p));
		p = cr + 1;
	}
	if (!match->found)
		match_run(match, p, (size_t)(end - p));
}

/*
 * US-ASCII without CRs.  What has begun before it is followed until nothing of
 * that is left; in the end, the last octets tell what has begun.
 */
static void
match_run(struct mime_match *match, const unsigned char *p, size_t len)
{
	const struct mime_needle	*needle = match->needle;
	size_t				 n = match->state;

	for (; n > 0 && len > 0; len--) {
		n = step(needle, n, needle->map[*p++]);
		if (n == needle->len) {
			match->found = 1;
			return;
		}
	}
	if (len >= needle->len) {
		if (needle->ascii && leap(needle, p, len)) {
			match->found = 1;
			return;
		}
		p += len - (needle->len - 1);
		len = needle->len - 1;
	}
	for (; len > 0; len--)
		n = step(needle, n, needle->map[*p++]);
	match->state = n;
}

/* How much of the string ends with c, which comes after n octets of it. */
static size_t
step(const struct mime_needle *needle, size_t n, unsigned char c)
{
	while (n > 0 && c != needle->text[n])
		n = needle->border[n];
	return (c == needle->text[n] ? n + 1 : n);
}

/*
 * Whether the string is in the text, which is at least as long.  A text that
 * is like the string in most places could take their product of time: then
 * it is gone through octet by octet.
 */
static int
leap(const struct mime_needle *needle, const unsigned char *p, size_t len)
{
	size_t		 end = needle->len - 1, i, n, most = 4 * len;
	unsigned int	 skip;

	while (end < len) {
		if ((skip = needle->skip[p[end]]) != 0) {
			end += skip;
			continue;
		}
		for (i = 1; i < needle->len && needle->map[p[end - i]] ==
		    needle->text[needle->len - 1 - i]; i++)
			continue;
		if (i == needle->len)
			return (1);
		if (i > most)
			break;
		most -= i;
		end += needle->last;
	}
	if (end >= len)
		return (0);
	for (i = end - (needle->len - 1), n = 0; i < len; i++) {
		n = step(needle, n, needle->map[p[i]]);
		if (n == needle->len)
			return (1);
	}
	return (0);
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
	size_t	 i;

	for (i = 0; i < len && !match->found; i++) {
		match->state = step(match->needle, match->state, p[i]);
		match->found = match->state == match->needle->len;
	}
}
