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

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "imapd/login.h"
#include "imapd/tls_priv.h"

static int	handshake(struct tls *, const struct tls_peer *);
static int	wait_for(const struct tls_peer *, int, int64_t);
static void	failed(const struct tls *, int);
static int	nonblock(int);
static ssize_t	again(struct tls *, int, short *);

static ssize_t	transport_read(void *, void *, size_t, short *);
static ssize_t	transport_write(void *, const void *, size_t, short *);
static int	transport_pending(void *);

struct tls *
tls_accept(struct tls_server *s, const struct tls_peer *peer)
{
	struct tls *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		goto bad;
	t->server = s;
	t->addr = peer->addr;
	if (nonblock(peer->in) == -1 || nonblock(peer->out) == -1)
		goto bad;
	ERR_clear_error();
	if ((t->ssl = SSL_new(s->ctx)) == NULL ||
	    SSL_set_app_data(t->ssl, t) != 1 || s->ncerts == 0 ||
	    tls_cert_use(t->ssl, &s->certs[0]) == -1 ||
	    SSL_set_rfd(t->ssl, peer->in) != 1 ||
	    SSL_set_wfd(t->ssl, peer->out) != 1) {
		log_warnx("front: TLS address=%s: %s", t->addr, tls_error());
		goto out;
	}
	if (handshake(t, peer) == -1)
		goto out;
	tls_peer_note(t);
	log_debug("front: TLS address=%s method=\"%s\" resumed=%s", t->addr,
	    t->method, SSL_session_reused(t->ssl) ? "yes" : "no");
	/* With another's context go the certificate and the key. */
	(void)SSL_set_SSL_CTX(t->ssl, s->ctx);
	tls_server_wipe(s);
	return (t);
bad:
	log_warn("front: TLS address=%s", peer->addr);
out:
	tls_free(t);
	tls_server_wipe(s);
	return (NULL);
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	free(t->user);
	freezero(t, sizeof(*t));
}

/* 0, or -1 with the reason logged. */
static int
handshake(struct tls *t, const struct tls_peer *peer)
{
	int64_t end = login_now() + peer->timeout;
	int error, n;

	for (;;) {
		ERR_clear_error();
		errno = 0;
		if ((n = SSL_accept(t->ssl)) == 1)
			return (0);
		error = SSL_get_error(t->ssl, n);
		if (error != SSL_ERROR_WANT_READ &&
		    error != SSL_ERROR_WANT_WRITE) {
			failed(t, error);
			return (-1);
		}
		if ((n = wait_for(peer, error, end)) == 1)
			continue;
		if (n == 0)
			log_info("front: TLS handshake failed address=%s "
			    "reason=\"it took too long\"", t->addr);
		return (-1);
	}
}

/* 1 if it may go on, 0 if the time is over, -1 if nobody waits for it. */
static int
wait_for(const struct tls_peer *peer, int error, int64_t end)
{
	struct pollfd pfd[2];
	int64_t left;
	int n;

	pfd[0].fd = error == SSL_ERROR_WANT_WRITE ? peer->out : peer->in;
	pfd[0].events = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
	pfd[1].fd = peer->owner;
	pfd[1].events = POLLIN;
	do {
		if ((left = end - login_now()) <= 0)
			return (0);
		pfd[0].revents = pfd[1].revents = 0;
		n = poll(pfd, 2, (int)left);
	} while (n == 0 || (n == -1 && errno == EINTR));
	if (n == -1) {
		log_warn("front: poll");
		return (-1);
	}
	return (pfd[1].revents != 0 ? -1 : 1);
}

/* Says what went wrong, in words for who runs the server. */
static void
failed(const struct tls *t, int error)
{
	const char *text, *more = NULL;
	unsigned long e = ERR_peek_error();
	long verify = SSL_get_verify_result(t->ssl);
	int saved = errno;

	if (e != 0 && (text = tls_lib_reason(e)) != NULL) {
		if (verify != X509_V_OK)
			more = X509_verify_cert_error_string(verify);
	} else if (e != 0) {
		text = tls_error();
	} else if (error == SSL_ERROR_SYSCALL && saved != 0) {
		text = strerror(saved);
	} else {
		text = "the client has closed the connection";
	}
	log_info("front: TLS handshake failed address=%s reason=\"%s%s%s\"",
	    t->addr, text, more == NULL ? "" : ": ",
	    more == NULL ? "" : more);
	ERR_clear_error();
}

static int
nonblock(int fd)
{
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return (-1);
	return (fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

void
tls_transport(struct tls *t, struct client_transport *ct)
{
	memset(ct, 0, sizeof(*ct));
	ct->read = transport_read;
	ct->write = transport_write;
	ct->pending = transport_pending;
	ct->arg = t;
}

static ssize_t
transport_read(void *arg, void *buf, size_t len, short *events)
{
	return (tls_read(arg, buf, len, events));
}

static ssize_t
transport_write(void *arg, const void *buf, size_t len, short *events)
{
	return (tls_write(arg, buf, len, events));
}

static int
transport_pending(void *arg)
{
	return (tls_pending(arg));
}

ssize_t
tls_read(struct tls *t, void *buf, size_t len, short *events)
{
	int n;

	ERR_clear_error();
	errno = 0;
	n = SSL_read(t->ssl, buf, len > INT_MAX ? INT_MAX : (int)len);
	if (n > 0)
		return (n);
	return (again(t, SSL_get_error(t->ssl, n), events));
}

ssize_t
tls_write(struct tls *t, const void *buf, size_t len, short *events)
{
	int n;

	if (len == 0)
		return (0);
	ERR_clear_error();
	errno = 0;
	n = SSL_write(t->ssl, buf, len > INT_MAX ? INT_MAX : (int)len);
	if (n > 0)
		return (n);
	if (again(t, SSL_get_error(t->ssl, n), events) == 0)
		errno = EPIPE;
	return (-1);
}

/* What read(2) would say. */
static ssize_t
again(struct tls *t, int error, short *events)
{
	switch (error) {
	case SSL_ERROR_WANT_READ:
		*events = POLLIN;
		errno = EAGAIN;
		return (-1);
	case SSL_ERROR_WANT_WRITE:
		*events = POLLOUT;
		errno = EAGAIN;
		return (-1);
	case SSL_ERROR_ZERO_RETURN:
		return (0);
	case SSL_ERROR_SYSCALL:
		/* The stream ended without close_notify. */
		return (errno == 0 ? 0 : -1);
	default:
		log_info("front: TLS error address=%s reason=\"%s\"", t->addr,
		    tls_error());
		errno = EPROTO;
		return (-1);
	}
}

int
tls_pending(const struct tls *t)
{
	return (SSL_pending(t->ssl) > 0);
}

void
tls_goodbye(struct tls *t)
{
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

const char *
tls_method(const struct tls *t)
{
	return (t->method);
}
