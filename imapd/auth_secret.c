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

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/auth.h"

#define SECRET	32			/* bytes */

static int	from_file(const char *, unsigned char *);

static unsigned char	secret[SECRET];
static int		have;

void
auth_init(void)
{
	arc4random_buf(secret, sizeof(secret));
	have = 1;
}

void
auth_forget(void)
{
	explicit_bzero(secret, sizeof(secret));
	have = 0;
}

int
auth_salt(const char *path, const char *user, unsigned char *salt, size_t len)
{
	unsigned char key[EVP_MAX_MD_SIZE], mac[EVP_MAX_MD_SIZE];
	unsigned int maclen;
	int rv = -1;

	memcpy(key, secret, sizeof(secret));
	if (!have && from_file(path, key) == -1)
		goto out;
	/* Longer than SHA-256, for salts of any length that we take. */
	if (HMAC(EVP_sha512(), key, SECRET, (const unsigned char *)user,
	    strlen(user), mac, &maclen) == NULL || len > maclen) {
		log_warnx("auth: libcrypto cannot make a salt");
		goto out;
	}
	memcpy(salt, mac, len);
	rv = 0;
out:
	explicit_bzero(key, sizeof(key));
	return (rv);
}

/*
 * A process that serves one connection knows no secret that lasts, and the
 * salt of a user must: the file's hashes are secret too.
 */
static int
from_file(const char *path, unsigned char *key)
{
	unsigned char buf[4096];
	EVP_MD_CTX *ctx;
	ssize_t n = -1;
	int fd, ok;

	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1) {
		log_warn("auth: %s", path);
		EVP_MD_CTX_free(ctx);
		return (-1);
	}
	ok = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	while (ok && (n = read(fd, buf, sizeof(buf))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		ok = EVP_DigestUpdate(ctx, buf, (size_t)n);
	}
	ok = ok && n == 0 && EVP_DigestFinal_ex(ctx, key, NULL);
	if (!ok)
		log_warnx("auth: cannot make a secret of %s", path);
	explicit_bzero(buf, sizeof(buf));
	EVP_MD_CTX_free(ctx);
	close(fd);
	return (ok ? 0 : -1);
}
