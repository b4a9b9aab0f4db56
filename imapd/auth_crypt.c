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

#if defined(__has_include)
#if __has_include(<crypt.h>)
#include <crypt.h>
#endif
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/auth.h"

#define HASH_MIN	13		/* the shortest that crypt(3) makes */

/* Checked against when there is no entry to check against. */
#define NOBODY	"$6$highwater$CmyxnNc2PuRIPrzgSl8k1mr7J7F8JH3CVxL3IRIJ91h" \
	"dJ7vPEk1YuVpBmKGYM3ZYGxVdUVS3YJ5DLEzt0oVBx/"

static int	same(const char *, const char *);

int
auth_crypt(const char *hash, const char *pass)
{
	int result = AUTH_PASSWORD;
	const char *got;
#if defined(__linux__)
	struct crypt_data *data;

	if ((data = calloc(1, sizeof(*data))) == NULL)
		return (AUTH_PASSWORD);
	got = strlen(hash) < HASH_MIN ? NULL : crypt_r(pass, hash, data);
#else
	got = strlen(hash) < HASH_MIN ? NULL : crypt(pass, hash);
#endif
	if (got != NULL && got[0] != '*' && strlen(got) >= HASH_MIN)
		result = same(hash, got);
#if defined(__linux__)
	freezero(data, sizeof(*data));
#endif
	return (result);
}

void
auth_crypt_nobody(const char *hash, const char *pass)
{
	(void)auth_crypt(hash != NULL ? hash : NOBODY, pass);
}

/* In a time that says nothing about where they differ. */
static int
same(const char *stored, const char *got)
{
	size_t n = strlen(stored), len = strlen(got), i;
	unsigned char diff = n != len;

	for (i = 0; i < n && i < len; i++)
		diff |= (unsigned char)(stored[i] ^ got[i]);
	return (diff == 0 ? AUTH_OK : AUTH_PASSWORD);
}
