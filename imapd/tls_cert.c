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
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imapd/tls_priv.h"

#define DAY	86400

static char	*read_file(const char *, int, size_t *,
		    const struct tls_report *);
static int	 secret(const char *, const struct stat *,
		    const struct tls_report *);
static int	 read_chain(struct tls_cert *, const char *,
		    const struct tls_report *);
static int	 read_key(struct tls_cert *, const char *,
		    const struct tls_report *);
static int	 no_passphrase(char *, int, int, void *);
static void	 check_dates(const X509 *, const char *,
		    const struct tls_report *);

int
tls_cert_read(struct tls_cert *c, const struct imapd_cert *names,
    const struct tls_report *r)
{
	memset(c, 0, sizeof(*c));
	if (read_chain(c, names->chain, r) == -1 ||
	    read_key(c, names->key, r) == -1)
		return (-1);
	if (X509_check_private_key(c->leaf, c->key) != 1) {
		tls_report(r, "%s: not the key of the certificate in %s: the "
		    "certificate that the key is for must come first there",
		    names->key, names->chain);
		ERR_clear_error();
		return (-1);
	}
	check_dates(c->leaf, names->chain, r);
	return (0);
}

void
tls_cert_free(struct tls_cert *c)
{
	SSL_CTX_free(c->ctx);
	EVP_PKEY_free(c->key);
	sk_X509_pop_free(c->chain, X509_free);
	X509_free(c->leaf);
	memset(c, 0, sizeof(*c));
}

int
tls_cert_for(const struct tls_cert *c, const char *host)
{
	return (X509_check_host(c->leaf, host, 0,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1);
}

int
tls_cert_use(SSL *ssl, const struct tls_cert *c)
{
	if (SSL_set_SSL_CTX(ssl, c->ctx) == NULL || c->key == NULL ||
	    SSL_use_PrivateKey(ssl, c->key) != 1)
		return (-1);
	return (0);
}

/*
 * The whole file, which may hold a key: in memory that the caller wipes, and
 * by no library that keeps copies.
 */
static char *
read_file(const char *path, int is_key, size_t *len,
    const struct tls_report *r)
{
	struct stat st;
	char *buf = NULL;
	ssize_t n = 0;
	int fd;

	*len = 0;
	if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1) {
		tls_report(r, "%s: %s", path, strerror(errno));
		goto bad;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > TLS_PEM_MAX) {
		tls_report(r, "%s: no file, or one of more than %d bytes",
		    path, TLS_PEM_MAX);
		goto bad;
	}
	if (is_key && secret(path, &st, r) == -1)
		goto bad;
	if ((buf = malloc(TLS_PEM_MAX)) == NULL) {
		tls_report(r, "%s: %s", path, strerror(errno));
		goto bad;
	}
	while (*len < TLS_PEM_MAX && (n = read(fd, buf + *len,
	    TLS_PEM_MAX - *len)) > 0)
		*len += (size_t)n;
	if (n == -1) {
		tls_report(r, "%s: %s", path, strerror(errno));
		goto bad;
	}
	close(fd);
	return (buf);
bad:
	if (fd != -1)
		close(fd);
	freezero(buf, buf == NULL ? 0 : TLS_PEM_MAX);
	return (NULL);
}

/* A group may read it: some systems have one for all who serve TLS. */
static int
secret(const char *path, const struct stat *st, const struct tls_report *r)
{
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		tls_report(r, "%s: a key has to be root's or one's own, this "
		    "is uid %ld's: chown it", path, (long)st->st_uid);
		return (-1);
	}
	if ((st->st_mode & (S_IWGRP | S_IRWXO)) != 0) {
		tls_report(r, "%s: others can read or change this key: "
		    "chmod 600 it, and consider it known", path);
		return (-1);
	}
	return (0);
}

/* The certificate, and those of the authorities after it. */
static int
read_chain(struct tls_cert *c, const char *path, const struct tls_report *r)
{
	BIO *bio = NULL;
	X509 *x;
	char *buf;
	size_t len;
	int rv = -1;

	if ((buf = read_file(path, 0, &len, r)) == NULL)
		return (-1);
	if ((c->chain = sk_X509_new_null()) == NULL ||
	    (bio = BIO_new_mem_buf(buf, (int)len)) == NULL)
		goto bad;
	while ((x = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) !=
	    NULL) {
		if (c->leaf == NULL) {
			c->leaf = x;
		} else if (sk_X509_push(c->chain, x) == 0) {
			X509_free(x);
			goto bad;
		}
	}
	/* The end of the file is an error of this kind. */
	if (c->leaf == NULL ||
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		goto bad;
	ERR_clear_error();
	rv = 0;
bad:
	if (rv == -1)
		tls_report(r, "%s: no certificate in PEM: %s", path,
		    tls_error());
	BIO_free(bio);
	freezero(buf, TLS_PEM_MAX);
	return (rv);
}

static int
read_key(struct tls_cert *c, const char *path, const struct tls_report *r)
{
	BIO *bio;
	char *buf;
	size_t len;
	int asked = 0;

	if ((buf = read_file(path, 1, &len, r)) == NULL)
		return (-1);
	if ((bio = BIO_new_mem_buf(buf, (int)len)) != NULL)
		c->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase,
		    &asked);
	if (c->key == NULL && asked)
		tls_report(r, "%s: the key is encrypted, and there is nobody "
		    "to ask: take one that is not", path);
	else if (c->key == NULL)
		tls_report(r, "%s: no key in PEM: %s", path, tls_error());
	ERR_clear_error();
	BIO_free(bio);
	freezero(buf, TLS_PEM_MAX);
	return (c->key == NULL ? -1 : 0);
}

static int
no_passphrase(char *buf, int size, int seal, void *arg)
{
	int *asked = arg;

	(void)buf;
	(void)size;
	(void)seal;
	if (asked != NULL)
		*asked = 1;
	return (-1);
}

static void
check_dates(const X509 *x, const char *path, const struct tls_report *r)
{
	time_t soon;

	soon = time(NULL) + (time_t)TLS_WARN_DAYS * DAY;
	if (X509_cmp_current_time(X509_get0_notBefore(x)) > 0)
		tls_report(r, TLS_WARNING "%s: the certificate is not valid yet: "
		    "is the clock right?", path);
	if (X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
		tls_report(r, TLS_WARNING "%s: the certificate has expired",
		    path);
	else if (X509_cmp_time(X509_get0_notAfter(x), &soon) < 0)
		tls_report(r, TLS_WARNING "%s: the certificate expires in less "
		    "than %d days", path, TLS_WARN_DAYS);
}
