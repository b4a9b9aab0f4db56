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

#ifndef IMAPD_LINE_H
#define IMAPD_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A line put together in memory, to be written at once: what FETCH of flags
 * costs for each message, so that what is constant is copied as that.
 * Nothing is written beyond its size; the longest line of flags fits.
 */
#define LINE_SIZE	12288
struct line {
	size_t	len;
	char	buf[LINE_SIZE];
};

static inline void
line_start(struct line *l)
{
	l->len = 0;
}

static inline void
line_add(struct line *l, const void *p, size_t len)
{
	if (len <= sizeof(l->buf) - l->len) {
		memcpy(l->buf + l->len, p, len);
		l->len += len;
	} else {
		memcpy(l->buf + l->len, p, sizeof(l->buf) - l->len);
		l->len = sizeof(l->buf);
	}
}

static inline void
line_puts(struct line *l, const char *str)
{
	line_add(l, str, strlen(str));
}

/* In decimal digits. */
static inline void
line_number(struct line *l, uint64_t n)
{
	char	 buf[20];
	size_t	 i = sizeof(buf);

	do {
		buf[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	line_add(l, buf + i, sizeof(buf) - i);
}

#endif
