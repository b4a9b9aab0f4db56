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

#include <errno.h>

#include "imapd/idx_conn.h"
#include "imapd/idx_lease.h"

int
idx_lease_ask(struct idx *idx, const char *folder)
{
	struct idx_call c;

	call_init(&c, idx, NULL, PROTO_LEASE, PROTO_OK);
	frame_put_str(&c.f, folder);
	if (call_ok(&c) == 0)
		return (1);
	return (errno == EAGAIN && idx->code == PROTO_NO_LEASE ? 0 : -1);
}

int
idx_lease_no(struct idx *idx, const char *text)
{
	return (idx_no(idx, PROTO_NO_LEASE, text));
}
