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
#include "imapd/client.h"
#include "imapd/conf.h"
#include "imapd/front_priv.h"
#include "imapd/parser.h"
#include "imapd/tls.h"

int
front_tls_begin(struct front *f)
{
	const struct front_start *s = f->start;
	struct client_transport ct;
	struct tls_peer peer;
	int64_t left;

	if (s->tls == NULL) {
		log_warnx("front: TLS without a certificate address=%s",
		    s->addr);
		return (-1);
	}
	left = f->end - login_now();
	peer.in = s->in;
	peer.out = s->out;
	peer.owner = s->supervisor;
	peer.timeout = left > 0 ? (int)left : 0;
	peer.addr = s->addr;
	if ((f->tls = tls_accept(s->tls, &peer)) == NULL)
		return (-1);
	tls_transport(f->tls, &ct);
	client_set_transport(f->client, &ct);
	return (0);
}

/*
 * A socket that no listen line tells anything about may be asked for TLS, if
 * there is a certificate at all.
 */
int
front_tls_offered(const struct front *f)
{
	const struct front_start *s = f->start;

	return (f->tls == NULL && s->tls != NULL &&
	    (s->listen == NULL || s->listen->tls == IMAPD_TLS_START));
}

/* RFC 3501 section 6.2.1, RFC 9051 section 11.1. */
void
front_starttls(struct front *f)
{
	size_t len;

	if (parser_args(f->parser) != NULL) {
		front_bad(f, "STARTTLS has no arguments");
		return;
	}
	if (!front_tls_offered(f)) {
		front_bad(f, f->tls != NULL ? "TLS is on already" :
		    "STARTTLS is not available here");
		return;
	}
	/*
	 * The client waits for our answer: what came with the command was put
	 * there by somebody else, to be taken for what comes after it.
	 */
	(void)client_input(f->client, &len);
	if (len > 0) {
		log_warnx("front: commands sent along with STARTTLS: dropped "
		    "address=%s", f->start->addr);
		front_end(f, "Nothing may be sent along with STARTTLS");
		return;
	}
	front_tagged(f, "OK Begin TLS now");
	if (client_flush(f->client) == -1 || front_tls_begin(f) == -1) {
		f->done = 1;
		return;
	}
	/* What was said in the clear counts no more. */
	memset(f->id, 0, sizeof(f->id));
}

void
front_tls_bindings(const struct front *f, struct login_request *req)
{
	if (f->tls != NULL)
		tls_bindings(f->tls, req);
}

int
front_tls_user(const struct front *f, char *user, size_t size)
{
	const char *name;

	if (f->tls == NULL || (name = tls_user(f->tls)) == NULL ||
	    strlcpy(user, name, size) >= size)
		return (-1);
	return (0);
}
