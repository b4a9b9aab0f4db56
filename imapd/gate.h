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

#ifndef IMAPD_GATE_H
#define IMAPD_GATE_H

#include <stdint.h>

#include "imapd/login.h"
#include "imapd/peer.h"

struct imapd_conf;

/*
 * How many connections an address and a user have, and how often logins from
 * an address have failed of late.  The listener counts (crowd.h), or with
 * imapd -i indexd.  An address is its network here (network.h).
 */
struct gate {
	const struct imapd_conf	*conf;
	int			 listener;	/* -1: imapd -i */
	int			 indexd;	/* a connection to it, or -1 */
	uint32_t		 number;	/* of the last request there */
	unsigned int		 failures;	/* of this connection */
	char			 addr[PEER_MAX];
};

enum gate_answer {
	GATE_OK,
	GATE_FULL,			/* limit per-address, or per-user */
	GATE_BROKEN			/* who counts is not there; logged */
};

/*
 * To the listener and back: of fixed size, between processes of one program;
 * its strings may not end.
 */
enum gate_kind {
	GATE_ADDRESS,			/* text: the address that it is of */
	GATE_USER,			/* text: the user, or "" */
	GATE_FAILED			/* a login, there */
};

struct gate_message {
	int32_t		kind;		/* enum gate_kind */
	char		text[LOGIN_USER_MAX];
};

struct gate_reply {
	int32_t		answer;		/* enum gate_answer */
	int32_t		delay;		/* ms, after GATE_FAILED */
};

/* Nothing is asked yet. */
void			 gate_init(struct gate *, const struct imapd_conf *,
			    int listener);

/*
 * The connection is of this address: with imapd -i the client's, and with a
 * listener, which has seen that, the one of a PROXY header.  GATE_BROKEN: it
 * goes on uncounted.
 */
enum gate_answer	 gate_address(struct gate *, const char *addr);

/*
 * The connection is one of this user from now on, or with "" nobody's again.
 * With imapd -i it is idx_bind() that counts: GATE_OK.
 */
enum gate_answer	 gate_user(struct gate *, const char *user);

/*
 * A login has failed.  Returns how many ms its answer is to wait, more with
 * each failure of late of that address.  A login that goes well takes
 * nothing away: who guesses may have an account of his own.
 */
unsigned int		 gate_failed(struct gate *);

/* The session begins, or the connection ends: nothing more is to be said. */
void			 gate_close(struct gate *);

#endif
