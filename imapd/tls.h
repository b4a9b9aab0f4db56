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

#ifndef IMAPD_TLS_H
#define IMAPD_TLS_H

#include <sys/types.h>

#include <stddef.h>

#include "imapd/client.h"
#include "imapd/login.h"

struct imapd_conf;

/*
 * TLS by OpenSSL or LibreSSL.  The listener reads certificates and keys once
 * and its children inherit them: only the front uses them, and wipes them
 * after the handshake; the supervisor wipes its copies at once.
 */
struct tls_server;
struct tls;

#define TLS_PEM_MAX	(64 * 1024)	/* bytes of a PEM file of ours */
#define TLS_WARN_DAYS	14		/* before a certificate expires */
#define TLS_WARNING	"warning: "	/* begins what is no error */

/*
 * Reads the certificates and keys that the configuration names.  With shared
 * not 0 there will be many connections: clients may resume, and what the
 * library sets up at its first use is set up now.  The keys of session
 * tickets are taken from old, which may be NULL and stays, so that a reload
 * costs no client its session.  Each error and warning goes to
 * report(arg, text), or to the log if report is NULL.  Returns NULL after an
 * error.
 */
struct tls_server	*tls_server_new(const struct imapd_conf *, int shared,
			    const struct tls_server *old,
			    void (*report)(void *, const char *), void *arg);

/* Frees, and leaves nothing of the keys in memory; NULL is fine. */
void			 tls_server_free(struct tls_server *);

/*
 * For a process that inherited it and makes no use of it any more: the keys,
 * and those of tickets, are not in its memory afterwards.  The rest stays
 * where it lies, in pages that the processes share.  NULL is fine.
 */
void			 tls_server_wipe(struct tls_server *);

/*
 * The listener calls it before it forks: ticket keys are made anew when it is
 * time; those before are still good for reading.  NULL is fine.
 */
void			 tls_server_rotate(struct tls_server *);

/* Who is at the other end of a handshake, and who ends it. */
struct tls_peer {
	int		 in;
	int		 out;
	int		 owner;		/* gives up if readable; or -1 */
	int		 timeout;	/* ms */
	const char	*addr;		/* for the log; stays the caller's */
};

/*
 * Does the handshake, after which the keys are wiped as by
 * tls_server_wipe().  Returns NULL with the reason logged.
 */
struct tls		*tls_accept(struct tls_server *,
			    const struct tls_peer *);

/* Frees, without a good-bye; NULL is fine. */
void			 tls_free(struct tls *);

/*
 * As a transport of the client (client.h), for which it has no free(): it
 * stays the caller's.
 */
void			 tls_transport(struct tls *, struct client_transport *);

/*
 * The same as functions: as read(2), write(2) and client.h's transport.  After
 * the other side's close_notify, or the end of its stream, tls_read() returns
 * 0.  A write that was told to wait is repeated with the same bytes, or more.
 */
ssize_t			 tls_read(struct tls *, void *, size_t, short *events);
ssize_t			 tls_write(struct tls *, const void *, size_t,
			    short *events);

/* Whether there is input that tls_read() gives without reading the socket. */
int			 tls_pending(const struct tls *);

/* Says that no more will be written, if that goes without waiting. */
void			 tls_goodbye(struct tls *);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384"; stays the tls's. */
const char		*tls_method(const struct tls *);

/* Fills in the channel bindings (RFC 9266; RFC 5929 section 4). */
void			 tls_bindings(const struct tls *,
			    struct login_request *);

/*
 * The user that the client's certificate, verified, is for: the first
 * rfc822Name of its subjectAltName, or the common name.  Returns NULL if
 * there is none.
 */
const char		*tls_user(const struct tls *);

#endif
