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
#include <string.h>

#include "imapd/sasl.h"
#include "imapd/scram.h"

static enum scram_result flag(struct scram *, const char **,
		    const struct scram_channel *);
static int	bind_to(struct scram *, const char *, size_t,
		    const struct scram_channel *);
static const char *name(const char *, char *, size_t);
static int	nonce_ok(const char *, size_t);
static enum scram_result final_fields(const struct scram *, const char *,
		    size_t);
static enum scram_result final_proof(const struct scram *,
		    const struct scram_secret *, const char *, size_t,
		    const char *, char *, size_t);

/* RFC 5802 section 7: gs2-header client-first-message-bare. */
enum scram_result
scram_client_first(struct scram *sc, const char *msg,
    const struct scram_channel *ch)
{
	enum scram_result res;
	const char *p = msg;
	size_t len;

	memset(sc, 0, sizeof(*sc));
	if (strlen(msg) >= SCRAM_MESSAGE_MAX)
		return (SCRAM_SYNTAX);
	if ((res = flag(sc, &p, ch)) != SCRAM_OK)
		return (res);
	if (*p++ != ',')
		return (SCRAM_SYNTAX);
	if (strncmp(p, "a=", 2) == 0 &&
	    (p = name(p + 2, sc->authzid, sizeof(sc->authzid))) == NULL)
		return (SCRAM_SYNTAX);
	if (*p++ != ',')
		return (SCRAM_SYNTAX);
	memcpy(sc->gs2, msg, (size_t)(p - msg));
	(void)strlcpy(sc->bare, p, sizeof(sc->bare));
	/* Before n= only m= could be, and that none of us knows. */
	if (strncmp(p, "n=", 2) != 0 ||
	    (p = name(p + 2, sc->user, sizeof(sc->user))) == NULL ||
	    strncmp(p, ",r=", 3) != 0)
		return (SCRAM_SYNTAX);
	p += 3;
	len = strcspn(p, ",");
	if (!nonce_ok(p, len))
		return (SCRAM_SYNTAX);
	memcpy(sc->nonce, p, len);
	return (SCRAM_OK);
}

/*
 * gs2-cbind-flag.  RFC 5802 section 6: a client that could bind and believes
 * that we cannot, when we said that we can, was lied to on the way.
 */
static enum scram_result
flag(struct scram *sc, const char **p, const struct scram_channel *ch)
{
	int able = ch->exporterlen > 0 || ch->endpointlen > 0;
	size_t len;

	switch (**p) {
	case 'n':
		(*p)++;
		return (ch->plus ? SCRAM_BINDING : SCRAM_OK);
	case 'y':
		(*p)++;
		return (ch->plus || able ? SCRAM_BINDING : SCRAM_OK);
	case 'p':
		if ((*p)[1] != '=')
			return (SCRAM_SYNTAX);
		*p += 2;
		len = strcspn(*p, ",");
		if (!ch->plus || bind_to(sc, *p, len, ch) == -1)
			return (SCRAM_BINDING);
		*p += len;
		return (SCRAM_OK);
	default:
		return (SCRAM_SYNTAX);
	}
}

static int
bind_to(struct scram *sc, const char *type, size_t len,
    const struct scram_channel *ch)
{
	static const char exporter[] = "tls-exporter";
	static const char endpoint[] = "tls-server-end-point";
	const unsigned char *data;

	if (len == sizeof(exporter) - 1 && memcmp(type, exporter, len) == 0) {
		data = ch->exporter;
		sc->bindinglen = ch->exporterlen;
	} else if (len == sizeof(endpoint) - 1 &&
	    memcmp(type, endpoint, len) == 0) {
		data = ch->endpoint;
		sc->bindinglen = ch->endpointlen;
	} else
		return (-1);
	if (sc->bindinglen == 0 || sc->bindinglen > sizeof(sc->binding))
		return (-1);
	memcpy(sc->binding, data, sc->bindinglen);
	return (0);
}

/* saslname, up to a comma: =2C is a comma, =3D an equals sign. */
static const char *
name(const char *p, char *buf, size_t size)
{
	size_t n = 0;
	char c;

	while (*p != ',' && *p != '\0') {
		if ((c = *p++) == '=') {
			if (strncmp(p, "2C", 2) == 0)
				c = ',';
			else if (strncmp(p, "3D", 2) != 0)
				return (NULL);
			p += 2;
		}
		if (n + 1 >= size)
			return (NULL);
		buf[n++] = c;
	}
	buf[n] = '\0';
	return (n > 0 ? p : NULL);
}

static int
nonce_ok(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] < 0x21 || p[i] > 0x7e)
			return (0);
	}
	return (len > 0);
}

int
scram_server_first(struct scram *sc, const struct scram_secret *s,
    const char *ours, char *buf, size_t size)
{
	char salt[SASL_BASE64_SIZE(SCRAM_SALT_MAX)];
	int n;

	if (sasl_base64_encode(s->salt, s->saltlen, salt,
	    sizeof(salt)) == -1 ||
	    strlcat(sc->nonce, ours, sizeof(sc->nonce)) >= sizeof(sc->nonce))
		return (-1);
	n = snprintf(sc->first, sizeof(sc->first), "r=%s,s=%s,i=%u",
	    sc->nonce, salt, s->iterations);
	if (n < 0 || (size_t)n >= sizeof(sc->first) ||
	    strlcpy(buf, sc->first, size) >= size)
		return (-1);
	return (0);
}

/* client-final-message: c= r= extensions p= */
enum scram_result
scram_client_final(const struct scram *sc, const struct scram_secret *s,
    const char *msg, char *buf, size_t size)
{
	enum scram_result res;
	const char *proof = NULL, *p;
	size_t len;

	if (strlen(msg) >= SCRAM_MESSAGE_MAX)
		return (SCRAM_SYNTAX);
	for (p = msg; (p = strstr(p, ",p=")) != NULL; p++)
		proof = p;
	if (proof == NULL)
		return (SCRAM_SYNTAX);
	len = (size_t)(proof - msg);
	if ((res = final_fields(sc, msg, len)) != SCRAM_OK)
		return (res);
	return (final_proof(sc, s, msg, len, proof + 3, buf, size));
}

/*
 * The channel binding is the header as it came and the channel's data, and
 * the nonce is the one of this exchange.
 */
static enum scram_result
final_fields(const struct scram *sc, const char *msg, size_t len)
{
	unsigned char data[SCRAM_MESSAGE_MAX + LOGIN_BINDING_MAX];
	const char *end = msg + len, *p;
	size_t n, noncelen = strlen(sc->nonce), gs2len = strlen(sc->gs2);
	int got;

	if (strncmp(msg, "c=", 2) != 0)
		return (SCRAM_SYNTAX);
	n = strcspn(msg + 2, ",");
	if ((got = sasl_base64(msg + 2, n, data, sizeof(data))) == -1)
		return (SCRAM_SYNTAX);
	p = msg + 2 + n;
	if (end - p < 3 || strncmp(p, ",r=", 3) != 0)
		return (SCRAM_SYNTAX);
	p += 3;
	if (strcspn(p, ",") != noncelen || strncmp(p, sc->nonce, noncelen) != 0)
		return (SCRAM_SYNTAX);
	if ((size_t)got != gs2len + sc->bindinglen ||
	    memcmp(data, sc->gs2, gs2len) != 0 ||
	    CRYPTO_memcmp(data + gs2len, sc->binding, sc->bindinglen) != 0)
		return (SCRAM_BINDING);
	return (SCRAM_OK);
}

/* RFC 5802 section 3: what the signatures are about, and the proof. */
static enum scram_result
final_proof(const struct scram *sc, const struct scram_secret *s,
    const char *msg, size_t len, const char *b64, char *buf, size_t size)
{
	char about[sizeof(sc->bare) + sizeof(sc->first) + SCRAM_MESSAGE_MAX];
	char text[SASL_BASE64_SIZE(SCRAM_KEY)];
	unsigned char key[SCRAM_KEY], sig[SCRAM_KEY], hash[SCRAM_KEY];
	enum scram_result res = SCRAM_ERROR;
	unsigned int siglen, i;
	int n;

	if (sasl_base64(b64, strlen(b64), key, sizeof(key)) != SCRAM_KEY)
		return (SCRAM_SYNTAX);
	n = snprintf(about, sizeof(about), "%s,%s,%.*s", sc->bare, sc->first,
	    (int)len, msg);
	if (n < 0 || (size_t)n >= sizeof(about))
		return (SCRAM_SYNTAX);
	if (HMAC(EVP_sha256(), s->stored, SCRAM_KEY,
	    (const unsigned char *)about, (size_t)n, sig, &siglen) == NULL)
		goto out;
	for (i = 0; i < SCRAM_KEY; i++)
		key[i] ^= sig[i];
	if (EVP_Digest(key, SCRAM_KEY, hash, &siglen, EVP_sha256(),
	    NULL) != 1 ||
	    HMAC(EVP_sha256(), s->server, SCRAM_KEY,
	    (const unsigned char *)about, (size_t)n, sig, &siglen) == NULL)
		goto out;
	res = SCRAM_PROOF;
	if (CRYPTO_memcmp(hash, s->stored, SCRAM_KEY) == 0 &&
	    sasl_base64_encode(sig, SCRAM_KEY, text, sizeof(text)) != -1 &&
	    strlcpy(buf, "v=", size) < size && strlcat(buf, text, size) < size)
		res = SCRAM_OK;
out:
	explicit_bzero(key, sizeof(key));
	explicit_bzero(hash, sizeof(hash));
	return (res);
}
