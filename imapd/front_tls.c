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

#include <string.h>

#include "imapd/front_priv.h"

/* RFC 3501 section 6.2.1: not offered, so not a command here. */
void
front_starttls(struct front *f)
{
	front_bad(f, "STARTTLS is not available");
}

/* None without TLS. */
void
front_tls_bindings(const struct front *f, struct login_request *req)
{
	(void)f;
	req->exporterlen = req->endpointlen = 0;
}

int
front_tls_user(const struct front *f, char *user, size_t size)
{
	(void)f;
	if (size > 0)
		user[0] = '\0';
	return (-1);
}
