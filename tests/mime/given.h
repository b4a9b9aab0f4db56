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

#ifndef TESTS_MIME_GIVEN_H
#define TESTS_MIME_GIVEN_H

#include <atf-c.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/mime/message.h"
#include "imapd/mime/sink.h"

/* Makes a file of the test's directory and returns it open. */
static inline int
given_file(const void *buf, size_t len)
{
	int	 fd;

	ATF_REQUIRE((fd = open("message", O_RDWR | O_CREAT | O_TRUNC, 0600)) !=
	    -1);
	ATF_REQUIRE_EQ((ssize_t)len, pwrite(fd, buf, len, 0));
	return (fd);
}

/* A message of that text; its descriptor ends with the process. */
static inline struct mime_message *
given_message(const char *text)
{
	struct mime_message	*m;

	ATF_REQUIRE((m = mime_open(given_file(text, strlen(text)))) != NULL);
	return (m);
}

/* The text of count copies, to be freed. */
static inline char *
given_copies(const char *text, size_t count)
{
	size_t	 i, len = strlen(text);
	char	*buf;

	ATF_REQUIRE((buf = malloc(len * count + 1)) != NULL);
	for (i = 0; i < count; i++)
		memcpy(buf + i * len, text, len);
	buf[len * count] = '\0';
	return (buf);
}

/* Dice that fall the same each time. */
static inline size_t
given_roll(uint64_t *seed, size_t sides)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return ((size_t)(*seed >> 33) % sides);
}

/* Fills buf with octets of those, in an order that seed decides. */
static inline void
given_mix(unsigned char *buf, size_t len, const char *from, size_t nfrom,
    uint64_t *seed)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		buf[i] = (unsigned char)from[given_roll(seed, nfrom)];
}

/* Checks that the buffer holds that text and frees it. */
static inline void
given_check(struct mime_buf *b, const char *text)
{
	ATF_REQUIRE(mime_buf_addc(b, '\0') == 0);
	ATF_CHECK_STREQ(text, b->data);
	mime_buf_free(b);
	b->limit = 0;
}

#endif
