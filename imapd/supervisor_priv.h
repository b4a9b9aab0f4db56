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

#ifndef IMAPD_SUPERVISOR_PRIV_H
#define IMAPD_SUPERVISOR_PRIV_H

#include <sys/types.h>

#include <stdint.h>

#include "imapd/auth.h"
#include "imapd/gate.h"
#include "imapd/login.h"
#include "imapd/peer.h"

#define SUPERVISOR_GRACE	5000	/* ms more than the front takes */

struct idx;

/* The supervisor's parts: supervisor.c, supervisor_login.c. */
struct supervisor {
	const struct supervisor_start	*start;
	char			 addr[PEER_MAX];	/* the client's */
	char			 proxy[PEER_MAX];	/* or "" */
	int			 proxied;	/* its header is to come */
	struct gate		 gate;
	int			 front;		/* the front's socket */
	pid_t			 pid;		/* of the front */
	uint32_t		 mark;		/* begins its log lines */
	int64_t			 began;		/* ms */
	unsigned int		 failures;
	unsigned int		 exchanges;	/* begun */
	struct auth_child	 exchange;	/* that goes on */
	char			 mech[LOGIN_MECH_MAX];
	struct auth_answer	 user;
	struct idx		*idx;
	struct login_handover	 handover;
	unsigned char		*ahead;
};

/*
 * supervisor_login.c: answers the front until somebody's credentials are
 * right.  Returns 1 then, bound to indexd and with the user's rights, the
 * front not yet told; 0 if the client has gone; -1 after an error.
 */
int	supervisor_login(struct supervisor *);

/*
 * supervisor_gate.c: says in the log who comes.  Returns 0, or -1 if there
 * are too many of that address.
 */
int	supervisor_arrive(struct supervisor *);

/*
 * Takes a LOGIN_ADDRESS.  Returns 0, or -1 if the front may not send it, or
 * there are too many of that address.
 */
int	supervisor_address(struct supervisor *, const struct login_request *);

#endif
