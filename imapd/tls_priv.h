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

#ifndef IMAPD_TLS_PRIV_H
#define IMAPD_TLS_PRIV_H

#include <openssl/ssl.h>

#include <stddef.h>
#include <time.h>

#include "imapd/conf.h"
#include "imapd/tls.h"

/*
 * The parts: tls_server.c (contexts), tls_cert.c (files), tls_ticket.c (keys
 * of session tickets), tls_lib.c (all that differs between OpenSSL and
 * LibreSSL), tls_warm.c, tls.c (a connection), tls_peer.c (who the other side
 * is).
 */

/* Where errors go; fn is NULL for the log. */
struct tls_report {
	void		(*fn)(void *, const char *);
	void		 *arg;
};

struct tls_cert {
	X509		*leaf;
	STACK_OF(X509)	*chain;
	EVP_PKEY	*key;
	SSL_CTX		*ctx;		/* the certificates without the key */
};

#define TLS_TICKET_NAME	16
#define TLS_TICKET_KEY	32
#define TLS_TICKETS	4		/* the newest, and those before */
#define TLS_TICKET_NEW	3600		/* s until a new key */
#define TLS_TICKET_LIFE	7200		/* s that a session may be resumed */

struct tls_ticket {
	time_t		 made;		/* of a clock that goes forward; 0 */
	unsigned char	 name[TLS_TICKET_NAME];
	unsigned char	 cipher[TLS_TICKET_KEY];
	unsigned char	 mac[TLS_TICKET_KEY];
};

struct tls_server {
	SSL_CTX			*ctx;	/* has no certificate */
	struct tls_cert		*certs;
	size_t			 ncerts;
	struct tls_ticket	 tickets[TLS_TICKETS];	/* newest first */
};

struct tls {
	SSL			*ssl;
	struct tls_server	*server;
	const char		*addr;
	char			 method[LOGIN_METHOD_MAX];
	char			*user;
	unsigned char		 exporter[LOGIN_BINDING_MAX];
	size_t			 exporterlen;
	unsigned char		 endpoint[LOGIN_BINDING_MAX];
	size_t			 endpointlen;
};

/* tls_server.c */
void	tls_report(const struct tls_report *, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));
/* The library's oldest error, for a message; it and all others are cleared. */
const char *tls_error(void);

/*
 * tls_cert.c: reads a chain and its key.  0, or -1 with all errors reported;
 * the caller frees either way.
 */
int	tls_cert_read(struct tls_cert *, const struct imapd_cert *,
	    const struct tls_report *);
void	tls_cert_free(struct tls_cert *);
/* Whether the certificate is for that host. */
int	tls_cert_for(const struct tls_cert *, const char *host);

/* The connection is to show that certificate.  0, or -1. */
int	tls_cert_use(SSL *, const struct tls_cert *);

/*
 * tls_ticket.c: makes a key, or takes old's, which may be NULL.  Finds the one
 * of that name, the newest for NULL; NULL if there is none.
 */
void	tls_ticket_begin(struct tls_server *, const struct tls_server *old);
const struct tls_ticket *tls_ticket_find(const struct tls_server *,
	    const unsigned char *name);

/* tls_peer.c: notes what the other parts of the front will ask about. */
void	tls_peer_note(struct tls *);

/*
 * tls_warm.c: a handshake with oneself in memory, so that what the library
 * loads at its first use is shared by the children.  No key of ours is used.
 * 0, or -1.
 */
int	tls_warm(struct tls_server *);

/*
 * tls_lib.c: freed memory is to be wiped, from now on; 0, or -1 if the library
 * is in use already.  The options that go by different names.  Session tickets
 * by tls_ticket.c's keys, or no resumption at all.  The hash that a
 * certificate is signed with, NULL if it has not just one.  Whether a
 * handshake failed for the want of something in common, for the log: a text,
 * or NULL.
 */
int	tls_lib_begin(void);
void	tls_lib_options(SSL_CTX *);
void	tls_lib_tickets(SSL_CTX *);
void	tls_lib_no_tickets(SSL_CTX *);
const EVP_MD *tls_lib_hash(X509 *);
const char *tls_lib_reason(unsigned long);

#endif
