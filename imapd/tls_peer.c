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

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/tls_priv.h"

/* RFC 9266 section 4.1. */
#define EXPORTER_LABEL	"EXPORTER-Channel-Binding"
#define EXPORTER_LEN	32

static void	exporter(struct tls *);
static void	endpoint(struct tls *);
static char	*peer_user(SSL *);
static char	*mail_name(X509 *);
static char	*common_name(X509 *);
static char	*user_text(const unsigned char *, int);

void
tls_peer_note(struct tls *t)
{
	(void)snprintf(t->method, sizeof(t->method), "%s %s",
	    SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
	exporter(t);
	endpoint(t);
	t->user = peer_user(t->ssl);
	ERR_clear_error();
}

void
tls_bindings(const struct tls *t, struct login_request *req)
{
	memcpy(req->exporter, t->exporter, t->exporterlen);
	req->exporterlen = (uint32_t)t->exporterlen;
	memcpy(req->endpoint, t->endpoint, t->endpointlen);
	req->endpointlen = (uint32_t)t->endpointlen;
}

const char *
tls_user(const struct tls *t)
{
	return (t->user);
}

/* Before TLS 1.3 it would not be of this connection alone. */
static void
exporter(struct tls *t)
{
	if (SSL_version(t->ssl) >= TLS1_3_VERSION &&
	    SSL_export_keying_material(t->ssl, t->exporter, EXPORTER_LEN,
	    EXPORTER_LABEL, sizeof(EXPORTER_LABEL) - 1, NULL, 0, 0) == 1)
		t->exporterlen = EXPORTER_LEN;
}

/* RFC 5929 section 4.1: the hash of the signature, SHA-256 for old ones. */
static void
endpoint(struct tls *t)
{
	X509 *x = SSL_get_certificate(t->ssl);
	const EVP_MD *md;
	unsigned int len;

	if (x == NULL || (md = tls_lib_hash(x)) == NULL)
		return;
	if (EVP_MD_type(md) == NID_md5 || EVP_MD_type(md) == NID_sha1)
		md = EVP_sha256();
	if ((size_t)EVP_MD_size(md) <= sizeof(t->endpoint) &&
	    X509_digest(x, md, t->endpoint, &len) == 1)
		t->endpointlen = len;
}

static char *
peer_user(SSL *ssl)
{
	char *user = NULL;
	X509 *x;

	if ((x = SSL_get_peer_certificate(ssl)) == NULL)
		return (NULL);
	if (SSL_get_verify_result(ssl) == X509_V_OK &&
	    (user = mail_name(x)) == NULL)
		user = common_name(x);
	X509_free(x);
	return (user);
}

/* RFC 5280 section 4.2.1.6. */
static char *
mail_name(X509 *x)
{
	GENERAL_NAMES *names;
	GENERAL_NAME *name;
	char *user = NULL;
	int i;

	names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(names) && user == NULL; i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_EMAIL)
			user = user_text(ASN1_STRING_get0_data(
			    name->d.rfc822Name),
			    ASN1_STRING_length(name->d.rfc822Name));
	}
	GENERAL_NAMES_free(names);
	return (user);
}

static char *
common_name(X509 *x)
{
	X509_NAME *subject = X509_get_subject_name(x);
	unsigned char *text;
	char *user;
	int i, len;

	if ((i = X509_NAME_get_index_by_NID(subject, NID_commonName,
	    -1)) < 0)
		return (NULL);
	len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(subject, i)));
	if (len < 0)
		return (NULL);
	user = user_text(text, len);
	OPENSSL_free(text);
	return (user);
}

/* Not what another reader would take for a shorter name. */
static char *
user_text(const unsigned char *text, int len)
{
	if (len <= 0 || len >= LOGIN_USER_MAX ||
	    memchr(text, '\0', (size_t)len) != NULL)
		return (NULL);
	return (strndup((const char *)text, (size_t)len));
}
