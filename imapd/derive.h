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

#ifndef IMAPD_DERIVE_H
#define IMAPD_DERIVE_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/cache.h"
#include "imapd/mime/sink.h"

struct mime_message;
struct session;
struct view_msg;

/*
 * What FETCH, SEARCH, SORT and THREAD want to know of a message's content:
 * from the cache, or derived from its file, and then put there.
 *
 * Each kind has a function that derives it.  Those that need no more than
 * fields of the header which CACHE_FIELDS holds are derived from that, if it
 * is there, so that a file is opened once for all of them.
 */

/*
 * Gets it: returns 1; 0 if the message's file is gone; -1 with errno.  *data
 * is good until the next call for the same kind.  *opened, if not NULL, is
 * increased if a file was opened.  CACHE_FIELDS alone fails with EMSGSIZE if
 * they are too long to be kept: then the file is to be asked.
 */
int	derive_get(struct session *, const struct view_msg *, enum cache_kind,
	    const char **data, size_t *len, unsigned int *opened);

/* The same from the cache alone: 0 if it is not there. */
int	derive_cached(struct session *, const struct view_msg *,
	    enum cache_kind, const char **data, size_t *len);

/* Writes what was derived to the cache: at the end of each command. */
void	derive_flush(struct session *);

/*
 * The functions.  Each appends what it derives to the buffer, and returns 0,
 * or -1 with errno (ENOMEM, EMSGSIZE).
 */
typedef int derive_fn(struct mime_message *, struct mime_buf *);

/*
 * derive_fields.c.  CACHE_FIELDS: first a u64 with a bit for the name of each
 * field in the header (derive_field_bit()), then the fields of derive_field()
 * as they stand in the file, in their order, and the empty line, if there is
 * one.  derive_field() says whether a field is one of them, by its number, or
 * 0; a bit of these is never that of a field that is not.
 */
#define DERIVE_FIELDS	128	/* more than their numbers */

derive_fn	derive_fields;
unsigned int derive_field(const char *name, size_t len);
uint64_t derive_field_bit(const char *name, size_t len);

/* derive_search.c: their forms are told there and in derive_search.h. */
derive_fn	derive_dates;
derive_fn	derive_subject;
derive_fn	derive_addresses;

/* derive_sort.c, derive_thread.c */
derive_fn	derive_sort;
derive_fn	derive_thread;

/* derive_id.c, derive_preview.c: from the whole message. */
derive_fn	derive_emailid;
derive_fn	derive_preview;

#endif
