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

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "imapd/tls_priv.h"

/*
 * What differs between OpenSSL, from 1.1.1 on, and LibreSSL: all conditionals
 * about it are here.
 */
#if defined(LIBRESSL_VERSION_NUMBER)
#define HAVE_WIPING_FREE	1
#define HAVE_EVP_MAC		0
#define HAVE_NUM_TICKETS	0
#else
#define HAVE_WIPING_FREE	0
#define HAVE_EVP_MAC		(OPENSSL_VERSION_NUMBER >= 0x30000000L)
#define HAVE_NUM_TICKETS	1
#endif

#if HAVE_EVP_MAC
#include <openssl/core_names.h>
#define MAC_CTX	EVP_MAC_CTX
#else
#define MAC_CTX	HMAC_CTX
#endif

static int	ticket(SSL *, unsigned char *, unsigned char *,
		    EVP_CIPHER_CTX *, MAC_CTX *, int);
static int	mac(MAC_CTX *, const struct tls_ticket *);

#if HAVE_WIPING_FREE

/* LibreSSL wipes what is secret itself, and takes no functions. */
int
tls_lib_begin(void)
{
	return (0);
}

#else

static void	*wiping_malloc(size_t, const char *, int);
static void	*wiping_realloc(void *, size_t, const char *, int);
static void	 wiping_free(void *, const char *, int);

/* Stands before each piece of memory, and keeps it aligned. */
union piece {
	size_t		size;
	max_align_t	align;
};

/*
 * OpenSSL wipes keys where it frees them as keys, but not the text they were
 * read from and copies made on the way.
 */
int
tls_lib_begin(void)
{
	static int done;

	if (!done && CRYPTO_set_mem_functions(wiping_malloc, wiping_realloc,
	    wiping_free) != 1)
		return (-1);
	done = 1;
	return (0);
}

static void *
wiping_malloc(size_t size, const char *file, int line)
{
	union piece *p;

	(void)file;
	(void)line;
	if (size == 0 || size > SIZE_MAX - sizeof(*p) ||
	    (p = malloc(sizeof(*p) + size)) == NULL)
		return (NULL);
	p->size = size;
	return (p + 1);
}

static void *
wiping_realloc(void *old, size_t size, const char *file, int line)
{
	union piece *p = old;
	void *new;

	if (old == NULL)
		return (wiping_malloc(size, file, line));
	if (size == 0) {
		wiping_free(old, file, line);
		return (NULL);
	}
	if ((new = wiping_malloc(size, file, line)) == NULL)
		return (NULL);
	memcpy(new, old, p[-1].size < size ? p[-1].size : size);
	wiping_free(old, file, line);
	return (new);
}

static void
wiping_free(void *old, const char *file, int line)
{
	union piece *p = old;

	(void)file;
	(void)line;
	if (old == NULL)
		return;
	freezero(p - 1, sizeof(*p) + p[-1].size);
}

#endif

void
tls_lib_options(SSL_CTX *ctx)
{
	uint64_t opts = SSL_OP_NO_COMPRESSION |
	    SSL_OP_CIPHER_SERVER_PREFERENCE |
	    SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION;

#ifdef SSL_OP_NO_RENEGOTIATION
	opts |= SSL_OP_NO_RENEGOTIATION;
#elif defined(SSL_OP_NO_CLIENT_RENEGOTIATION)
	opts |= SSL_OP_NO_CLIENT_RENEGOTIATION;
#endif
#ifdef SSL_OP_PRIORITIZE_CHACHA
	/* For clients that put it first: those without AES in hardware. */
	opts |= SSL_OP_PRIORITIZE_CHACHA;
#endif
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
	/* IMAP has an end of its own. */
	opts |= SSL_OP_IGNORE_UNEXPECTED_EOF;
#endif
	SSL_CTX_set_options(ctx, opts);
}

void
tls_lib_tickets(SSL_CTX *ctx)
{
#if HAVE_EVP_MAC
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, ticket);
#else
	SSL_CTX_set_tlsext_ticket_key_cb(ctx, ticket);
#endif
}

void
tls_lib_no_tickets(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
#if HAVE_NUM_TICKETS
	/* TLS 1.3 would send such that name an entry of the cache. */
	SSL_CTX_set_num_tickets(ctx, 0);
#endif
}

/*
 * Seals or opens a ticket (RFC 5077 section 4).  Returns 1, 2 if the client is
 * to get a new one as well, 0 for a full handshake, -1 after an error.
 */
static int
ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
    MAC_CTX *hmac, int seal)
{
	const struct tls *t = SSL_get_app_data(ssl);
	const struct tls_ticket *k;

	if (seal) {
		k = tls_ticket_find(t->server, NULL);
		if (k == NULL)
			return (0);
		memcpy(name, k->name, sizeof(k->name));
		arc4random_buf(iv, (size_t)EVP_CIPHER_iv_length(
		    EVP_aes_256_cbc()));
		if (EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL,
		    k->cipher, iv) != 1 || mac(hmac, k) != 1)
			return (-1);
		return (1);
	}
	if ((k = tls_ticket_find(t->server, name)) == NULL)
		return (0);
	if (mac(hmac, k) != 1 || EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(),
	    NULL, k->cipher, iv) != 1)
		return (-1);
	return (k == tls_ticket_find(t->server, NULL) ? 1 : 2);
}

#if HAVE_EVP_MAC
static int
mac(MAC_CTX *ctx, const struct tls_ticket *k)
{
	OSSL_PARAM params[3];
	struct tls_ticket copy = *k;
	char digest[] = "SHA256";
	int rv;

	params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
	    copy.mac, sizeof(copy.mac));
	params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    digest, 0);
	params[2] = OSSL_PARAM_construct_end();
	rv = EVP_MAC_CTX_set_params(ctx, params);
	explicit_bzero(&copy, sizeof(copy));
	return (rv);
}
#else
static int
mac(MAC_CTX *ctx, const struct tls_ticket *k)
{
	return (HMAC_Init_ex(ctx, k->mac, sizeof(k->mac), EVP_sha256(), NULL));
}
#endif

const EVP_MD *
tls_lib_hash(X509 *cert)
{
	int hash;

#if defined(LIBRESSL_VERSION_NUMBER)
	if (OBJ_find_sigid_algs(X509_get_signature_nid(cert), &hash,
	    NULL) != 1)
		return (NULL);
#else
	if (X509_get_signature_info(cert, &hash, NULL, NULL, NULL) != 1)
		return (NULL);
#endif
	return (hash == NID_undef ? NULL : EVP_get_digestbynid(hash));
}

const char *
tls_lib_reason(unsigned long e)
{
	switch (ERR_GET_REASON(e)) {
	case SSL_R_HTTP_REQUEST:
	case SSL_R_WRONG_VERSION_NUMBER:
#ifdef SSL_R_PACKET_LENGTH_TOO_LONG
	case SSL_R_PACKET_LENGTH_TOO_LONG:
#endif
		return ("the client speaks no TLS: plain text came");
	case SSL_R_UNSUPPORTED_PROTOCOL:
#ifdef SSL_R_VERSION_TOO_LOW
	case SSL_R_VERSION_TOO_LOW:
#endif
		return ("the client speaks no version of TLS that we do");
	case SSL_R_NO_SHARED_CIPHER:
		return ("the client has no cipher in common with us, or none "
		    "that goes with the certificate");
#ifdef SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
		return ("the client takes no signature that our key makes");
#endif
#ifdef SSL_R_NO_SUITABLE_KEY_SHARE
	case SSL_R_NO_SUITABLE_KEY_SHARE:
		return ("the client has no curve in common with us");
#endif
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		return ("the client shows no certificate");
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return ("the client's certificate is none that we trust");
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
		return ("the client does not trust our certificate");
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
		return ("the client finds our certificate expired");
	default:
		return (NULL);
	}
}
