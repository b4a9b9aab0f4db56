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
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "imapd/tls_priv.h"

/* TLS 1.2: forward secrecy and authenticated encryption (RFC 9325). */
#define CIPHERS		"ECDHE+AESGCM:ECDHE+CHACHA20"
/* With a post-quantum hybrid, where the library has it. */
#define GROUPS_NEW	"X25519MLKEM768:X25519:P-256:P-384"
#define GROUPS		"X25519:P-256:P-384"

#define STACK_BURN	(16 * 1024)	/* bytes */

static int	certificates(struct tls_server *, const struct imapd_conf *,
		    int, const struct tls_report *);
static SSL_CTX	*context(struct tls_server *, const struct imapd_conf *, int,
		    const struct tls_report *);
static int	client_ca(SSL_CTX *, const struct imapd_conf *,
		    const struct tls_report *);
static int	identify(struct tls_server *);
static int	hash_store(EVP_MD_CTX *, SSL_CTX *);
static int	hash_cert(EVP_MD_CTX *, const X509 *);
static int	choose(SSL *, int *, void *);
static void	burn_stack(void);

struct tls_server *
tls_server_new(const struct imapd_conf *conf, int shared,
    const struct tls_server *old, void (*report)(void *, const char *),
    void *arg)
{
	struct tls_report r = { report, arg };
	struct tls_server *s;

	if (tls_lib_begin() == -1)
		tls_report(&r, TLS_WARNING "memory is not wiped when it is "
		    "freed");
	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->certs = calloc(conf->ncerts + 1, sizeof(*s->certs))) == NULL) {
		tls_report(&r, "tls: %s", strerror(errno));
		goto bad;
	}
	if ((s->ctx = context(s, conf, shared, &r)) == NULL ||
	    certificates(s, conf, shared, &r) == -1)
		goto bad;
	if (shared)
		tls_ticket_begin(s, old);
	if (identify(s) == -1 || (shared && tls_warm(s) == -1)) {
		tls_report(&r, "tls: %s", tls_error());
		goto bad;
	}
	burn_stack();
	return (s);
bad:
	tls_server_free(s);
	burn_stack();
	return (NULL);
}

void
tls_server_free(struct tls_server *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->ncerts; i++)
		tls_cert_free(&s->certs[i]);
	free(s->certs);
	SSL_CTX_free(s->ctx);
	freezero(s, sizeof(*s));
}

void
tls_server_wipe(struct tls_server *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->ncerts; i++) {
		EVP_PKEY_free(s->certs[i].key);
		s->certs[i].key = NULL;
	}
	explicit_bzero(s->tickets, sizeof(s->tickets));
}

void
tls_report(const struct tls_report *r, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (r->fn != NULL)
		r->fn(r->arg, text);
	else
		log_warnx("%s", text);
}

const char *
tls_error(void)
{
	const char *text;
	unsigned long e;

	e = ERR_get_error();
	ERR_clear_error();
	if (e == 0)
		return ("no reason given");
	if ((text = ERR_reason_error_string(e)) == NULL)
		text = strerror(ERR_GET_REASON(e));
	return (text);
}

static int
certificates(struct tls_server *s, const struct imapd_conf *conf, int shared,
    const struct tls_report *r)
{
	const struct imapd_cert *names;
	struct tls_cert *c;
	int bad = 0;

	TAILQ_FOREACH(names, &conf->certs, entry) {
		c = &s->certs[s->ncerts++];
		if (tls_cert_read(c, names, r) == -1) {
			bad = 1;
			continue;
		}
		if ((c->ctx = context(s, conf, shared, r)) == NULL)
			return (-1);
		if (SSL_CTX_use_certificate(c->ctx, c->leaf) != 1 ||
		    SSL_CTX_set1_chain(c->ctx, c->chain) != 1) {
			tls_report(r, "%s: %s", names->chain, tls_error());
			bad = 1;
		}
	}
	return (bad ? -1 : 0);
}

/* A context without a certificate. */
static SSL_CTX *
context(struct tls_server *s, const struct imapd_conf *conf, int shared,
    const struct tls_report *r)
{
	SSL_CTX *ctx;

	if ((ctx = SSL_CTX_new(TLS_server_method())) == NULL)
		goto bad;
	tls_lib_options(ctx);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY |
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_CTX_set_min_proto_version(ctx, conf->tls13 ? TLS1_3_VERSION :
	    TLS1_2_VERSION) != 1)
		goto bad;
	if (SSL_CTX_set1_groups_list(ctx, GROUPS_NEW) != 1 &&
	    SSL_CTX_set1_groups_list(ctx, GROUPS) != 1)
		goto bad;
	if (SSL_CTX_set_cipher_list(ctx, conf->ciphers != NULL ?
	    conf->ciphers : CIPHERS) != 1) {
		tls_report(r, "tls ciphers \"%s\": none that is known",
		    conf->ciphers != NULL ? conf->ciphers : CIPHERS);
		goto out;
	}
	if (conf->client_ca != NULL && client_ca(ctx, conf, r) == -1)
		goto out;
	/* Processes share no cache: the client keeps all in a ticket. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(ctx, TLS_TICKET_LIFE);
	if (shared)
		tls_lib_tickets(ctx);
	else
		tls_lib_no_tickets(ctx);
	SSL_CTX_set_tlsext_servername_callback(ctx, choose);
	SSL_CTX_set_tlsext_servername_arg(ctx, s);
	ERR_clear_error();
	return (ctx);
bad:
	tls_report(r, "tls: %s", tls_error());
out:
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return (NULL);
}

static int
client_ca(SSL_CTX *ctx, const struct imapd_conf *conf,
    const struct tls_report *r)
{
	STACK_OF(X509_NAME) *names;

	if (SSL_CTX_load_verify_locations(ctx, conf->client_ca, NULL) != 1 ||
	    (names = SSL_load_client_CA_file(conf->client_ca)) == NULL) {
		tls_report(r, "%s: no certificates in PEM: %s",
		    conf->client_ca, tls_error());
		return (-1);
	}
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (conf->client_required ?
	    SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	return (0);
}

/*
 * A session is resumed only with the certificates and the authorities that
 * it began with: clients bind to the former (RFC 5929 section 4), and who is
 * no more trusted by the latter has to say so again.
 */
static int
identify(struct tls_server *s)
{
	unsigned char id[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md;
	unsigned int len;
	size_t i;
	int rv = -1;

	if ((md = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ||
	    hash_store(md, s->ctx) == -1)
		goto out;
	for (i = 0; i < s->ncerts; i++) {
		if (hash_cert(md, s->certs[i].leaf) == -1)
			goto out;
	}
	if (EVP_DigestFinal_ex(md, id, &len) != 1 ||
	    SSL_CTX_set_session_id_context(s->ctx, id, len) != 1)
		goto out;
	for (i = 0; i < s->ncerts; i++) {
		if (SSL_CTX_set_session_id_context(s->certs[i].ctx, id,
		    len) != 1)
			goto out;
	}
	rv = 0;
out:
	EVP_MD_CTX_free(md);
	return (rv);
}

static int
hash_store(EVP_MD_CTX *md, SSL_CTX *ctx)
{
	STACK_OF(X509_OBJECT) *objs;
	X509 *x;
	int i;

	objs = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx));
	for (i = 0; i < sk_X509_OBJECT_num(objs); i++) {
		x = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objs, i));
		if (x != NULL && hash_cert(md, x) == -1)
			return (-1);
	}
	return (EVP_DigestUpdate(md, "", 1) == 1 ? 0 : -1);
}

static int
hash_cert(EVP_MD_CTX *md, const X509 *x)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (X509_digest(x, EVP_sha256(), hash, &len) != 1)
		return (-1);
	return (EVP_DigestUpdate(md, hash, len) == 1 ? 0 : -1);
}

/* RFC 6066 section 3: the certificate that is for the name asked for. */
static int
choose(SSL *ssl, int *alert, void *arg)
{
	const struct tls_server *s = arg;
	const char *name;
	size_t i;

	(void)alert;
	name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	if (name == NULL)
		return (SSL_TLSEXT_ERR_NOACK);
	for (i = 0; i < s->ncerts; i++) {
		if (!tls_cert_for(&s->certs[i], name))
			continue;
		if (tls_cert_use(ssl, &s->certs[i]) == -1)
			return (SSL_TLSEXT_ERR_ALERT_FATAL);
		return (SSL_TLSEXT_ERR_OK);
	}
	return (SSL_TLSEXT_ERR_NOACK);
}

/* Where a key was read. */
static void
burn_stack(void)
{
	unsigned char buf[STACK_BURN];

	explicit_bzero(buf, sizeof(buf));
}
