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

#include "imapd/peer.h"

struct imapd_conf;

/*
 * How many connections an address and a user have, and how often logins from
 * an address have failed of late.  The listener counts, or with imapd -i
 * indexd.  An address is its network here: all of IPv4's 32 bits, the first
 * 64 of IPv6.
 */
struct gate {
	const struct imapd_conf	*conf;
	int			 listener;	/* -1: imapd -i */
	char			 addr[PEER_MAX];
};

enum gate_answer {
	GATE_OK,
	GATE_FULL,			/* limit per-address, or per-user */
	GATE_BROKEN			/* who counts is not there; logged */
};

/*
 * The connection is one of this address, the one that the gate has or, after
 * a PROXY header, the one that it is given here.
 */
enum gate_answer	 gate_address(struct gate *, const char *addr);

/*
 * The connection is one of this user from now on.  With imapd -i it is idx_bind()
 * that says so: GATE_OK.
 */
enum gate_answer	 gate_user(struct gate *, const char *user);

/*
 * A login has failed, or has gone well.  gate_failed() returns how many ms
 * the answer is to wait, more with each failure of late of that address.
 */
int			 gate_failed(struct gate *);
void			 gate_succeeded(struct gate *);

#endif
