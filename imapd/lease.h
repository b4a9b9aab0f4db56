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

#ifndef IMAPD_LEASE_H
#define IMAPD_LEASE_H

#include <stdint.h>

#include "imapd/folder.h"

/*
 * The lease of a folder: a file in it that says which indexd numbers its
 * messages, so that two never do.  Sessions that may write make it when
 * they open the folder, hold a shared fcntl(2) lock on it while they have it
 * open, and touch it once a minute; imapd(8) describes it.
 *
 * A lease of another indexd is void when nobody has touched it for
 * LEASE_STALE, when it was written on this host and nobody locks it, when
 * the folder is a copy of the one that it was written for, or when indexd was
 * told so by indexctl takeover.  It is never rewritten in place: the new one
 * replaces the file, and whoever held the old one finds another there.
 */

#define LEASE_FILE	"highwater-lease"
#define LEASE_STALE	300		/* seconds, of the file system's clock */
#define LEASE_RENEW	60000		/* ms between two touches */

/* LEASE_RENEW; less in tests. */
extern int64_t lease_renew;

/*
 * For folder_open(), of a folder that is writable and whose parts are noted:
 * makes sure that the lease is ours.  Returns 0, or -1 with errno: EAGAIN
 * with idx_code() PROTO_NO_LEASE and idx_text() saying who holds it, ENOTCONN,
 * or of the file system.  A folder that nobody else holds is served also if
 * the file cannot be written.
 */
int	lease_open(struct folder *);
void	lease_close(struct folder *);

/*
 * Renews the lease if it is time to, unless another session has.  Returns when
 * to call again, in milliseconds of the monotonic clock, of which now is the
 * present; INT64_MAX for a folder that needs none.  If another indexd has
 * taken over, the folder is gone from then on.  It never waits.
 */
int64_t	lease_tick(struct folder *, int64_t now);

/* Whether the lease is still ours, before something is numbered unasked: 0,
 * or -1 with errno ESTALE, and the folder is gone. */
int	lease_check(struct folder *);

/* Whether the folder is gone because another indexd has taken over. */
int	lease_lost(const struct folder *);

#endif
