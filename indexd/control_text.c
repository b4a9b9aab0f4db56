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


#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "indexd/control_cmd.h"

/*
 * Text from outside, names of folders and users above all, for JSON and for
 * terminals: nothing in it moves a cursor or sets a title.
 */

static size_t	utf8(const unsigned char *);
static size_t	shown(const unsigned char *);
static void	escape(char *, size_t, const char *, const char *);

/* The octets of the UTF-8 character at p (RFC 3629 section 4), 0 if that is
 * none. */
static size_t
utf8(const unsigned char *p)
{
	size_t i, n;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return (0);
	for (i = 1; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return (0);
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return (0);
	return (n);
}

/*
 * The octets of the character at p if a terminal shows it as one: not those
 * of C1 (U+0080 to U+009F), nor what reverses or hides others (U+200B to
 * U+200F, U+2028 to U+202E, U+2060 to U+206F, U+FEFF).
 */
static size_t
shown(const unsigned char *p)
{
	size_t n;

	if (p[0] >= 0x20 && p[0] < 0x7f)
		return (1);
	if ((n = utf8(p)) == 0 || (p[0] == 0xc2 && p[1] < 0xa0))
		return (0);
	if (p[0] == 0xe2 && p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) ||
	    (p[2] >= 0xa8 && p[2] <= 0xae)))
		return (0);
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf)
		return (0);
	if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
		return (0);
	return (n);
}

/*
 * As a JSON string (RFC 8259 section 7), or what fits of it; an octet that is
 * no UTF-8 becomes the character of its number.
 */
void
control_quote(char *buf, size_t size, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t k, n = 0;
	unsigned int c;

	buf[n++] = '"';
	for (; *p != '\0' && n + 8 < size; p++) {
		if (*p == '"' || *p == '\\') {
			buf[n++] = '\\';
			buf[n++] = (char)*p;
		} else if ((k = shown(p)) > 0) {
			memcpy(buf + n, p, k);
			n += k;
			p += k - 1;
		} else {
			c = *p;
			if ((k = utf8(p)) == 2)
				c = (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU);
			else if (k == 3)
				c = (p[0] & 0xfU) << 12 | (p[1] & 0x3fU) << 6 |
				    (p[2] & 0x3fU);
			n += (size_t)snprintf(buf + n, size - n, "\\u%04x", c);
			p += k > 0 ? k - 1 : 0;
		}
	}
	buf[n++] = '"';
	buf[n] = '\0';
}

/* What would not print, and what is in also, is an octal escape. */
static void
escape(char *buf, size_t size, const char *s, const char *also)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t k, n = 0;

	for (; *p != '\0' && n + 5 < size; p++) {
		if ((k = shown(p)) > 0 && strchr(also, *p) == NULL) {
			memcpy(buf + n, p, k);
			n += k;
			p += k - 1;
		} else
			n += (size_t)snprintf(buf + n, size - n, "\\%03o",
			    (unsigned int)*p);
	}
	buf[n] = '\0';
}

void
control_plain(char *buf, size_t size, const char *s)
{
	escape(buf, size, s, "\\");
}

void
control_word(char *buf, size_t size, const char *s)
{
	if (*s == '\0' || strcmp(s, "-") == 0)
		(void)strlcpy(buf, *s == '\0' ? "-" : "\\055", size);
	else
		escape(buf, size, s, "\\ ");
}
