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

#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/log.h"
#include "common/network.h"
#include "imapd/conf.h"
#include "imapd/proxy.h"
#include "imapd/supervisor.h"
#include "imapd/supervisor_priv.h"

/* Where a connection comes from, and how many may come from there. */

static int	one_too_many(const struct supervisor *);

int
supervisor_arrive(struct supervisor *sv)
{
	const struct supervisor_start *s = sv->start;

	gate_init(&sv->gate, s->conf, s->listener);
	peer_address(s->in, sv->addr, sizeof(sv->addr));
	(void)strlcpy(sv->gate.addr, sv->addr, sizeof(sv->gate.addr));
	setproctitle("supervisor: %s", sv->addr);
	sv->proxied = proxy_expected(s->listen, s->in);
	if (sv->proxied) {
		(void)strlcpy(sv->proxy, sv->addr, sizeof(sv->proxy));
		return (0);
	}
	log_info("supervisor: connect address=%s", sv->addr);
	/* A listener has seen the address before we were. */
	if (s->listener == -1 && gate_address(&sv->gate, sv->addr) ==
	    GATE_FULL)
		return (one_too_many(sv));
	return (0);
}

static int
one_too_many(const struct supervisor *sv)
{
	log_warnx("supervisor: limit per-address %u is reached address=%s",
	    sv->start->conf->per_address, sv->addr);
	return (-1);
}

int
supervisor_address(struct supervisor *sv, const struct login_request *req)
{
	struct network net;

	if (!sv->proxied || sv->failures > 0 ||
	    memchr(req->user, '\0', PEER_MAX) == NULL ||
	    (req->user[0] != '\0' && network_text(&net, req->user) == -1)) {
		log_warnx("supervisor: the front names no address "
		    "address=%s", sv->addr);
		return (-1);
	}
	/* Once. */
	sv->proxied = 0;
	if (req->user[0] == '\0') {
		log_info("supervisor: connect address=%s proxy=%s", sv->addr,
		    sv->proxy);
		return (0);
	}
	(void)strlcpy(sv->addr, req->user, sizeof(sv->addr));
	setproctitle("supervisor: %s", sv->addr);
	log_info("supervisor: connect address=%s proxy=%s", sv->addr,
	    sv->proxy);
	if (gate_address(&sv->gate, sv->addr) == GATE_FULL)
		return (one_too_many(sv));
	return (0);
}
