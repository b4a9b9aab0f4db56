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

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

#include "imapd/tls_priv.h"

#define DAY	86400
#define ROUNDS	8		/* flights of a handshake, and some */

static EVP_PKEY	*new_key(void);
static X509	*new_cert(EVP_PKEY *);
static int	 shake(SSL *, SSL *);
static SSL	*new_client(SSL_CTX **);

int
tls_warm(struct tls_server *server)
{
	struct tls t;
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	SSL_CTX *cctx = NULL;
	SSL *c = NULL;
	BIO *near = NULL, *far = NULL;
	int rv = -1;

	memset(&t, 0, sizeof(t));
	t.server = server;
	if ((key = new_key()) == NULL || (cert = new_cert(key)) == NULL ||
	    (c = new_client(&cctx)) == NULL ||
	    (t.ssl = SSL_new(server->ctx)) == NULL ||
	    SSL_set_app_data(t.ssl, &t) != 1 ||
	    SSL_use_certificate(t.ssl, cert) != 1 ||
	    SSL_use_PrivateKey(t.ssl, key) != 1 ||
	    BIO_new_bio_pair(&near, 0, &far, 0) != 1)
		goto out;
	SSL_set_verify(t.ssl, SSL_VERIFY_NONE, NULL);
	SSL_set_bio(c, near, near);
	SSL_set_bio(t.ssl, far, far);
	SSL_set_connect_state(c);
	SSL_set_accept_state(t.ssl);
	rv = shake(c, t.ssl);
out:
	SSL_free(c);
	SSL_free(t.ssl);
	SSL_CTX_free(cctx);
	X509_free(cert);
	EVP_PKEY_free(key);
	return (rv);
}

static SSL *
new_client(SSL_CTX **ctx)
{
	if ((*ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		return (NULL);
	SSL_CTX_set_verify(*ctx, SSL_VERIFY_NONE, NULL);
	return (SSL_new(*ctx));
}

/* To a byte of data each way. */
static int
shake(SSL *c, SSL *s)
{
	char byte;
	int i, got = 0;

	for (i = 0; i < ROUNDS; i++) {
		if (SSL_do_handshake(c) == 1)
			(void)SSL_write(c, "", 1);
		if (SSL_do_handshake(s) == 1 && SSL_read(s, &byte, 1) == 1) {
			(void)SSL_write(s, "", 1);
			got = SSL_read(c, &byte, 1) == 1;
		}
		if (got)
			return (0);
	}
	return (-1);
}

static EVP_PKEY *
new_key(void)
{
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key = NULL;

	if ((ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL)) == NULL ||
	    EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx,
	    NID_X9_62_prime256v1) != 1 ||
	    EVP_PKEY_keygen(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return (key);
}

static X509 *
new_cert(EVP_PKEY *key)
{
	X509 *x;

	if ((x = X509_new()) == NULL)
		return (NULL);
	if (X509_set_version(x, 2) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(x), 1) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(x), -DAY) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(x), DAY) == NULL ||
	    X509_set_pubkey(x, key) != 1 ||
	    X509_sign(x, key, EVP_sha256()) == 0) {
		X509_free(x);
		return (NULL);
	}
	return (x);
}
