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

#ifndef IMAPD_SCRAM_H
#define IMAPD_SCRAM_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/login.h"

/*
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, the server's side (RFC 5802, RFC
 * 7677), without input and output, and what is stored of a password for it.
 */

#define SCRAM_KEY		32	/* bytes, of SHA-256 */
#define SCRAM_SALT		16	/* bytes, of the entries that we make */
#define SCRAM_SALT_MAX		64
#define SCRAM_ITERATIONS	10000	/* of the entries that we make */
#define SCRAM_ITERATIONS_MAX	1000000
#define SCRAM_NONCE		24	/* random characters of ours */
#define SCRAM_MESSAGE_MAX	LOGIN_PASS_MAX
#define SCRAM_STORED_MAX	256	/* of a secret in text, NUL included */

/* What an entry knows of the password. */
struct scram_secret {
	unsigned int	iterations;
	size_t		saltlen;
	unsigned char	salt[SCRAM_SALT_MAX];
	unsigned char	stored[SCRAM_KEY];
	unsigned char	server[SCRAM_KEY];
};

/* The connection's channel bindings, and whether the mechanism uses one. */
struct scram_channel {
	int			 plus;
	const unsigned char	*exporter;	/* tls-exporter, RFC 9266 */
	size_t			 exporterlen;	/* 0: there is none */
	const unsigned char	*endpoint;	/* tls-server-end-point */
	size_t			 endpointlen;	/* RFC 5929 section 4 */
};

enum scram_result {
	SCRAM_OK,
	SCRAM_SYNTAX,			/* not a message that is expected */
	SCRAM_BINDING,			/* not of this channel, or a downgrade */
	SCRAM_PROOF,			/* not the password */
	SCRAM_ERROR			/* libcrypto could not */
};

/* One exchange. */
struct scram {
	char		user[LOGIN_USER_MAX];	/* not yet prepared */
	char		authzid[LOGIN_USER_MAX];
	char		gs2[SCRAM_MESSAGE_MAX];	/* the header, for c= */
	char		bare[SCRAM_MESSAGE_MAX];
	char		first[SCRAM_MESSAGE_MAX * 2]; /* the server's */
	char		nonce[SCRAM_MESSAGE_MAX + SCRAM_NONCE];
	size_t		bindinglen;
	unsigned char	binding[LOGIN_BINDING_MAX];
};

/*
 * Takes the client's first message.  SCRAM_OK: user and authzid, which may
 * be empty, are set.
 */
enum scram_result scram_client_first(struct scram *, const char *msg,
		    const struct scram_channel *);

/*
 * Writes the server's first message to buf.  ours is our part of the nonce,
 * SCRAM_NONCE characters.  Returns 0, or -1 if buf is too small.
 */
int		 scram_server_first(struct scram *,
		    const struct scram_secret *, const char *ours, char *buf,
		    size_t size);

/*
 * Takes the client's final message.  SCRAM_OK: it knows the password, and buf
 * has the server's final message.
 */
enum scram_result scram_client_final(const struct scram *,
		    const struct scram_secret *, const char *msg, char *buf,
		    size_t size);

/*
 * A secret in text: iterations, salt, StoredKey and ServerKey, as Dovecot has
 * it after {SCRAM-SHA-256}.  Return 0, or -1 if it is none or does not fit.
 */
int		 scram_secret_parse(const char *text, struct scram_secret *);
int		 scram_secret_print(const struct scram_secret *, char *buf,
		    size_t size);

/*
 * Makes the keys for a password from the salt and the iterations that are
 * there.  Returns 0, or -1 if libcrypto cannot.
 */
int		 scram_secret_derive(struct scram_secret *, const char *pass);

/* Whether it is of this password: 1, 0, or -1 if libcrypto cannot say. */
int		 scram_secret_matches(const struct scram_secret *,
		    const char *pass);

#endif
