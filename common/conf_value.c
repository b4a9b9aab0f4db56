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
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"

static const char	*value(struct conf *, const char *);
static int		 number(const char *, const char *, uint64_t *);
static int		 ranged(struct conf *, const char *, const char *,
			    uint64_t, uint64_t, uint64_t);

int
conf_keyword(struct conf *c, const char *word)
{
	const char *w;

	if ((w = conf_word(c)) == NULL)
		conf_error(c, "missing \"%s\"", word);
	else if (strcmp(w, word) != 0)
		conf_error(c, "expected \"%s\", not \"%s\"", word, w);
	else
		return (0);
	return (-1);
}

int
conf_string(struct conf *c, const char *what, char **p)
{
	const char *w;

	if ((w = value(c, what)) == NULL)
		return (-1);
	if ((*p = strdup(w)) == NULL) {
		conf_error(c, "%s: %s", what, strerror(errno));
		return (-1);
	}
	return (0);
}

int
conf_number(struct conf *c, const char *what, uint64_t min, uint64_t max,
    uint64_t *n)
{
	const char *w;

	if ((w = value(c, what)) == NULL)
		return (-1);
	if (number(w, "", n) == -1) {
		conf_error(c, "%s: \"%s\" is not a number", what, w);
		return (-1);
	}
	return (ranged(c, what, w, min, max, *n));
}

int
conf_size(struct conf *c, const char *what, uint64_t min, uint64_t max,
    uint64_t *n)
{
	const char *w;

	if ((w = value(c, what)) == NULL)
		return (-1);
	if (number(w, "kmgKMG", n) == -1) {
		conf_error(c, "%s: \"%s\" is not a number of bytes, k, m or g",
		    what, w);
		return (-1);
	}
	return (ranged(c, what, w, min, max, *n));
}

int
conf_time(struct conf *c, const char *what, uint64_t min, uint64_t max,
    uint64_t *n)
{
	const char *w;

	if ((w = value(c, what)) == NULL)
		return (-1);
	if (number(w, "smhd", n) == -1) {
		conf_error(c, "%s: \"%s\" is not a number of s, m, h or d",
		    what, w);
		return (-1);
	}
	return (ranged(c, what, w, min, max, *n));
}

int
conf_end(struct conf *c)
{
	const char *w;

	if ((w = conf_word(c)) == NULL)
		return (0);
	conf_error(c, "unexpected word \"%s\"", w);
	return (-1);
}

/* The next word, which must not be empty. */
static const char *
value(struct conf *c, const char *what)
{
	const char *w;

	if ((w = conf_word(c)) != NULL && *w != '\0')
		return (w);
	if (w == NULL)
		conf_error(c, "missing %s", what);
	else
		conf_error(c, "%s: \"\" is empty", what);
	return (NULL);
}

/* Digits, then perhaps one of units.  What is too great is UINT64_MAX. */
static int
number(const char *w, const char *units, uint64_t *np)
{
	uint64_t n = 0, by = 1;

	if (*w < '0' || *w > '9')
		return (-1);
	for (; *w >= '0' && *w <= '9'; w++) {
		if (n > (UINT64_MAX - 9) / 10)
			n = UINT64_MAX;
		else
			n = n * 10 + (uint64_t)(*w - '0');
	}
	if (*w != '\0') {
		if (strchr(units, *w) == NULL || w[1] != '\0')
			return (-1);
		switch (*w) {
		case 'k':
		case 'K':
			by = UINT64_C(1) << 10;
			break;
		case 'M':
			by = UINT64_C(1) << 20;
			break;
		case 'g':
		case 'G':
			by = UINT64_C(1) << 30;
			break;
		case 'm':		/* minutes, where there are seconds */
			by = units[0] == 's' ? 60 : UINT64_C(1) << 20;
			break;
		case 'h':
			by = 3600;
			break;
		case 'd':
			by = 86400;
			break;
		default:
			break;
		}
	}
	*np = n > UINT64_MAX / by ? UINT64_MAX : n * by;
	return (0);
}

static int
ranged(struct conf *c, const char *what, const char *w, uint64_t min,
    uint64_t max, uint64_t n)
{
	if (n >= min && n <= max)
		return (0);
	conf_error(c, "%s: \"%s\" is not between %" PRIu64 " and %" PRIu64,
	    what, w, min, max);
	return (-1);
}
