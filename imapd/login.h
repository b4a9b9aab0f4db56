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

#ifndef IMAPD_LOGIN_H
#define IMAPD_LOGIN_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the processes of one connection say to each other until there is a
 * session.  Messages are of fixed size, between processes of one program, and
 * the receiver trusts none of their strings to end.
 *
 *	front -> supervisor	login_request
 *	supervisor -> front	login_answer
 *	front -> supervisor	login_handover and aheadlen bytes
 *
 * After the handover of a connection with TLS the front stays as the relay:
 * the same socket then carries the session's bytes, as they are.
 */

/* Bytes, NUL included. */
#define LOGIN_USER_MAX		256
#define LOGIN_PASS_MAX		1024
#define LOGIN_MECH_MAX		32
#define LOGIN_TAG_MAX		256
#define LOGIN_COMMAND_MAX	16
#define LOGIN_METHOD_MAX	64
#define LOGIN_ID_MAX		256
#define LOGIN_BINDING_MAX	64		/* bytes */

#define LOGIN_AHEAD_MAX		(16 * 1024)	/* bytes read ahead */

#define LOGIN_ATTEMPTS		4		/* failures of a connection */
#define LOGIN_EXCHANGES		8		/* of SCRAM, of a connection */
#define LOGIN_BAD		10		/* bad commands */

enum login_kind {
	/*
	 * user: the client's numeric address, of a PROXY header; no answer.
	 * At most once, before anything else, and only if the listen line
	 * allows it to the peer.
	 */
	LOGIN_ADDRESS,
	LOGIN_PASSWORD,			/* user, pass; mech for the log */
	/*
	 * mech: SCRAM-SHA-256 or SCRAM-SHA-256-PLUS; pass: the client's
	 * message, decoded.  Answered by LOGIN_CONTINUE with the server's
	 * message in text.  After the server's last one the client's is
	 * empty, and the answer LOGIN_OK.
	 */
	LOGIN_SASL,
	LOGIN_EXTERNAL,			/* user: of the client's certificate */
	LOGIN_CANCEL			/* the client's "*": no answer */
};

enum login_result {
	LOGIN_OK,
	LOGIN_FAILED,			/* wrong user or password */
	LOGIN_LIMIT,			/* too many connections of the user */
	LOGIN_UNAVAILABLE,		/* something of ours does not work */
	LOGIN_CONTINUE			/* text is for the client */
};

struct login_request {
	int32_t		kind;		/* enum login_kind */
	char		user[LOGIN_USER_MAX];
	char		pass[LOGIN_PASS_MAX];
	char		mech[LOGIN_MECH_MAX];
	/* Channel bindings (RFC 9266; RFC 5929 section 4), for SCRAM. */
	uint32_t	exporterlen;	/* 0: none */
	uint32_t	endpointlen;
	unsigned char	exporter[LOGIN_BINDING_MAX];
	unsigned char	endpoint[LOGIN_BINDING_MAX];
};

struct login_answer {
	int32_t		result;		/* enum login_result */
	int32_t		last;		/* no further attempt */
	char		text[LOGIN_PASS_MAX];
};

struct login_handover {
	char		tag[LOGIN_TAG_MAX];
	char		command[LOGIN_COMMAND_MAX];
	char		tls[LOGIN_METHOD_MAX];	/* version and cipher, or "" */
	char		client_id[LOGIN_ID_MAX];
	uint32_t	aheadlen;
	uint32_t	relay;		/* not 0: the front stays */
};

/*
 * Writes all of a message.  Returns 0, or -1 with errno.
 */
int	login_send(int fd, const void *msg, size_t len);

/*
 * Reads a whole message, in at most that many milliseconds (-1: for ever).
 * Returns 1, 0 if the other side has closed, or -1 with errno, ETIMEDOUT
 * among them.
 */
int	login_recv(int fd, void *msg, size_t len, int timeout);

/* Milliseconds of a clock that only goes forward. */
int64_t	login_now(void);

#endif
