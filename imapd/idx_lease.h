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

#ifndef IMAPD_IDX_LEASE_H
#define IMAPD_IDX_LEASE_H

#include "imapd/idx.h"

/*
 * For lease.c: whether indexd was told that the lease which another holds on
 * the folder may be taken over.  1, 0, or -1 as a request of idx.h.
 */
int	idx_lease_ask(struct idx *, const char *folder);

/* The folder is held by another: -1 with errno EAGAIN, idx_code()
 * PROTO_NO_LEASE and this as idx_text(). */
int	idx_lease_no(struct idx *, const char *text);

#endif
