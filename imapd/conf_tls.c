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

#include <stdlib.h>
#include <string.h>

#include "imapd/conf_priv.h"

static void	certificate(struct conf *, struct imapd_conf *);
static void	client(struct conf *, struct imapd_conf *);
static void	minimum(struct conf *, struct imapd_conf *);
static void	ciphers(struct conf *, struct imapd_conf *);

/*
 * tls certificate PATH key PATH
 * tls minimum 1.2 | 1.3
 * tls ciphers STRING
 * tls client ca PATH [required]
 */
void
conf_tls(struct conf *c, struct imapd_conf *ic)
{
	const char *w = conf_word(c);

	if (w != NULL && strcmp(w, "certificate") == 0)
		certificate(c, ic);
	else if (w != NULL && strcmp(w, "minimum") == 0)
		minimum(c, ic);
	else if (w != NULL && strcmp(w, "ciphers") == 0)
		ciphers(c, ic);
	else if (w != NULL && strcmp(w, "client") == 0)
		client(c, ic);
	else
		conf_unknown(c, w, "certificate, minimum, ciphers or client");
}

static void
certificate(struct conf *c, struct imapd_conf *ic)
{
	struct imapd_cert *cert;

	if (ic->ncerts == IMAPD_CERTS_MAX) {
		conf_error(c, "more than %d certificates", IMAPD_CERTS_MAX);
		return;
	}
	if ((cert = calloc(1, sizeof(*cert))) == NULL) {
		conf_error(c, "no memory for a certificate");
		return;
	}
	if (conf_path(c, "tls certificate", &cert->chain) == 0 &&
	    conf_keyword(c, "key") == 0 &&
	    conf_path(c, "key", &cert->key) == 0 && conf_end(c) == 0) {
		TAILQ_INSERT_TAIL(&ic->certs, cert, entry);
		ic->ncerts++;
		return;
	}
	free(cert->chain);
	free(cert->key);
	free(cert);
}

static void
minimum(struct conf *c, struct imapd_conf *ic)
{
	const char *w = conf_word(c);

	if (w != NULL && strcmp(w, "1.2") == 0)
		ic->tls13 = 0;
	else if (w != NULL && strcmp(w, "1.3") == 0)
		ic->tls13 = 1;
	else {
		conf_unknown(c, w, "1.2 or 1.3");
		return;
	}
	(void)conf_end(c);
}

static void
ciphers(struct conf *c, struct imapd_conf *ic)
{
	char *s;

	if (conf_string(c, "tls ciphers", &s) == -1)
		return;
	free(ic->ciphers);
	ic->ciphers = s;
	(void)conf_end(c);
}

static void
client(struct conf *c, struct imapd_conf *ic)
{
	const char *w;

	if (conf_keyword(c, "ca") == -1 ||
	    conf_path(c, "tls client ca", &ic->client_ca) == -1)
		return;
	ic->client_required = 0;
	if ((w = conf_word(c)) == NULL)
		return;
	if (strcmp(w, "required") != 0) {
		conf_unknown(c, w, "required");
		return;
	}
	ic->client_required = 1;
	(void)conf_end(c);
}

void
conf_tls_free(struct imapd_conf *ic)
{
	struct imapd_cert *cert;

	while ((cert = TAILQ_FIRST(&ic->certs)) != NULL) {
		TAILQ_REMOVE(&ic->certs, cert, entry);
		free(cert->chain);
		free(cert->key);
		free(cert);
	}
	free(ic->ciphers);
	free(ic->client_ca);
}
