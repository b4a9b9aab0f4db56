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

#ifndef INDEXD_WARN_H
#define INDEXD_WARN_H

#include <stdint.h>

#include "common/near.h"
#include "indexd/server.h"

/*
 * Warnings before something is used up: a line in the log when a limit is 80
 * percent used (near.h).
 */

/* A limit of indexd.conf(5), of which the binding uses that much. */
void	warn_limit(struct server *, struct near *, const char *name,
	    uint64_t value, uint64_t limit, const struct binding *);

/*
 * Descriptors: fd is one that was just opened, and all below it are in use.
 * The process's limit is asked for when it may have changed.
 */
void	warn_files_limit(struct server *);
void	warn_files(struct server *, int fd);

/*
 * The disk: looked at once in WARN_DISK_TIME.  Little is less than a
 * twentieth that is also less than WARN_DISK.
 */
#define WARN_DISK_TIME	60000			/* ms */
#define WARN_DISK	(UINT64_C(2) << 30)	/* bytes */
void	warn_disk(struct server *);

#endif
