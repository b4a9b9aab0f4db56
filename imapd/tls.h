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

#include <stddef.h>

#include "imapd/client.h"

struct imapd_conf;

/*
 * TLS by OpenSSL or LibreSSL.  The listener reads certificates and keys once
 * and its children inherit them: only the front uses them, the supervisor
 * wipes its copies.
 */
struct tls_server;
struct tls;

/*
 * Reads certificates and keys.  The keys of session tickets are taken from
 * old, which may be NULL and stays, so that a reload costs no client its
 * session.  Returns NULL with the reason logged, or reported as the args of
 * imapd_conf_read() say.
 */
struct tls_server	*tls_server_new(const struct imapd_conf *,
			    const struct tls_server *old,
			    void (*report)(void *, const char *), void *arg);

/* Frees, and leaves nothing of the keys in memory; NULL is fine. */
void			 tls_server_free(struct tls_server *);

/*
 * The listener calls it now and then: ticket keys are made anew when it is
 * time; those before are still good for reading.
 */
void			 tls_server_rotate(struct tls_server *);

/*
 * Does the handshake, in at most that many ms.  Returns NULL with the reason
 * logged.
 */
struct tls		*tls_accept(const struct tls_server *, int in, int out,
			    int timeout);
/* As a transport of the client; its free says good-bye and ends it. */
void			 tls_transport(struct tls *, struct client_transport *);

#endif
