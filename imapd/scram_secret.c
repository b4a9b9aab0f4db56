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

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/sasl.h"
#include "imapd/scram.h"

#define NUMBER_MAX	11		/* iterations in text, NUL included */

static const char *number(const char *, unsigned int *);
static const char *part(const char *, unsigned char *, size_t, size_t *);

int
scram_secret_parse(const char *text, struct scram_secret *s)
{
	const char *p;
	size_t storedlen, serverlen;

	memset(s, 0, sizeof(*s));
	if ((p = number(text, &s->iterations)) == NULL ||
	    (p = part(p, s->salt, sizeof(s->salt), &s->saltlen)) == NULL ||
	    (p = part(p, s->stored, sizeof(s->stored), &storedlen)) == NULL ||
	    (p = part(p, s->server, sizeof(s->server), &serverlen)) == NULL ||
	    *p != '\0' || s->saltlen == 0 || storedlen != SCRAM_KEY ||
	    serverlen != SCRAM_KEY) {
		explicit_bzero(s, sizeof(*s));
		return (-1);
	}
	return (0);
}

static const char *
number(const char *p, unsigned int *n)
{
	char buf[NUMBER_MAX];
	const char *error;
	size_t len = strcspn(p, ",");

	if (len >= sizeof(buf) || len == 0 || *p < '0' || *p > '9')
		return (NULL);
	memcpy(buf, p, len);
	buf[len] = '\0';
	*n = (unsigned int)strtonum(buf, 1, SCRAM_ITERATIONS_MAX, &error);
	return (error == NULL ? p + len : NULL);
}

/* "," and base64 up to the next comma or the end. */
static const char *
part(const char *p, unsigned char *buf, size_t size, size_t *n)
{
	size_t len;
	int got;

	if (*p++ != ',')
		return (NULL);
	len = strcspn(p, ",");
	if ((got = sasl_base64(p, len, buf, size)) == -1)
		return (NULL);
	*n = (size_t)got;
	return (p + len);
}

int
scram_secret_print(const struct scram_secret *s, char *buf, size_t size)
{
	char salt[SASL_BASE64_SIZE(SCRAM_SALT_MAX)];
	char stored[SASL_BASE64_SIZE(SCRAM_KEY)];
	char server[SASL_BASE64_SIZE(SCRAM_KEY)];
	int n;

	if (sasl_base64_encode(s->salt, s->saltlen, salt,
	    sizeof(salt)) == -1 ||
	    sasl_base64_encode(s->stored, SCRAM_KEY, stored,
	    sizeof(stored)) == -1 ||
	    sasl_base64_encode(s->server, SCRAM_KEY, server,
	    sizeof(server)) == -1)
		return (-1);
	n = snprintf(buf, size, "%u,%s,%s,%s", s->iterations, salt, stored,
	    server);
	explicit_bzero(stored, sizeof(stored));
	explicit_bzero(server, sizeof(server));
	return (n < 0 || (size_t)n >= size ? -1 : 0);
}

/* RFC 5802 section 3. */
int
scram_secret_derive(struct scram_secret *s, const char *pass)
{
	static const unsigned char client[] = "Client Key";
	static const unsigned char server[] = "Server Key";
	unsigned char salted[SCRAM_KEY], key[SCRAM_KEY];
	unsigned int len;
	int rv = -1;

	if (PKCS5_PBKDF2_HMAC(pass, (int)strlen(pass), s->salt,
	    (int)s->saltlen, (int)s->iterations, EVP_sha256(), SCRAM_KEY,
	    salted) == 1 &&
	    HMAC(EVP_sha256(), salted, SCRAM_KEY, client, sizeof(client) - 1,
	    key, &len) != NULL &&
	    EVP_Digest(key, SCRAM_KEY, s->stored, &len, EVP_sha256(),
	    NULL) == 1 &&
	    HMAC(EVP_sha256(), salted, SCRAM_KEY, server, sizeof(server) - 1,
	    s->server, &len) != NULL)
		rv = 0;
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(key, sizeof(key));
	return (rv);
}

int
scram_secret_matches(const struct scram_secret *s, const char *pass)
{
	struct scram_secret made;
	int rv = -1;

	made = *s;
	if (scram_secret_derive(&made, pass) == 0)
		rv = CRYPTO_memcmp(made.stored, s->stored, SCRAM_KEY) == 0;
	explicit_bzero(&made, sizeof(made));
	return (rv);
}
