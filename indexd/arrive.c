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

#include "common/log.h"
#include "common/network.h"
#include "common/proto.h"
#include "common/tally.h"
#include "indexd/arrive.h"
#include "indexd/request.h"

static int	may_ask(struct request *);

void
arrive_hold(struct peer *p, const char *address)
{
	struct network net;

	if (p->address != NULL || network_text(&net, address) == -1)
		return;
	/* Without memory it is not counted. */
	p->address = tally_hold(p->srv->addresses, &net, sizeof(net),
	    (int64_t)p->srv->now);
}

void
arrive_release(struct peer *p)
{
	if (p->address != NULL)
		tally_release(p->srv->addresses, p->address,
		    (int64_t)p->srv->now);
	p->address = NULL;
}

/* As for BIND; the peer is not one that has to bind any more. */
static int
may_ask(struct request *rq)
{
	if (!request_trusted(rq)) {
		peer_refuse(rq->peer, "may not say who comes");
		return (0);
	}
	if (rq->peer->phase != PEER_GATE)
		peer_phase(rq->peer, PEER_GATE);
	return (1);
}

enum outcome
req_arrive(struct request *rq)
{
	struct server *srv = rq->srv;
	char address[PROTO_MAXADDRESS + 1];
	struct tally_entry *e;
	uint32_t limit;

	if (get_str(&rq->in, address, sizeof(address)) == -1 ||
	    get_u32(&rq->in, &limit) == -1 || frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (!may_ask(rq))
		return (REQ_BAD);
	arrive_release(rq->peer);
	arrive_hold(rq->peer, address);
	if ((e = rq->peer->address) == NULL) {
		reply_ok(rq);
		return (REQ_DONE);
	}
	if (limit != 0 && e->connections > limit) {
		arrive_release(rq->peer);
		reply_no(rq, PROTO_NO_USER, "limit per-address %u is reached",
		    (unsigned int)limit);
		return (REQ_DONE);
	}
	if (near_limit(&e->near, e->connections, limit, (int64_t)srv->now) &&
	    peer_may_log(srv))
		log_warnx("arrive: limit per-address %u is near: address=%s "
		    "now=%u", (unsigned int)limit, address, e->connections);
	reply_ok(rq);
	return (REQ_DONE);
}

enum outcome
req_failed(struct request *rq)
{
	char address[PROTO_MAXADDRESS + 1];
	struct network net;
	unsigned int n = 1;

	if (get_str(&rq->in, address, sizeof(address)) == -1 ||
	    frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (!may_ask(rq))
		return (REQ_BAD);
	if (network_text(&net, address) == 0)
		n = tally_failed(rq->srv->addresses, &net, sizeof(net),
		    (int64_t)rq->srv->now);
	reply(rq, PROTO_DELAY);
	frame_put_u32(&rq->reply, tally_delay(n));
	return (REQ_DONE);
}
