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
#include "imapd/front_priv.h"
#include "imapd/proxy.h"

int
front_proxy(struct front *f)
{
	struct login_request req;
	const char *why;

	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_ADDRESS;
	if (proxy_read(f->start->in, req.user, &why) == -1) {
		log_warnx("front: PROXY header: %s address=%s", why,
		    f->start->addr);
		return (-1);
	}
	if (req.user[0] != '\0') {
		(void)strlcpy(f->start->proxied, req.user, PEER_MAX);
		setproctitle("front: %s", f->start->addr);
	}
	return (login_send(f->start->supervisor, &req, sizeof(req)));
}
