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

#ifndef IMAPD_CACHE_H
#define IMAPD_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct folder;

/*
 * What was derived from the content of a folder's messages, in a file of its
 * own in the folder's directory: highwater-cache(5).  It holds, for a kind of
 * thing and a UID, some octets.  What a message holds never changes while its
 * UID stands, so nothing in it is ever changed: it is appended to, by several
 * sessions, and now and then written anew without what is not needed.
 *
 * It is of use only: whatever is missing, damaged, or could not be written
 * for want of rights or of space, is derived again.  No function fails for
 * what the file holds.
 *
 * The file is a row of blocks, each of one kind, for ascending UIDs, with a
 * checksum, so that the things of one kind lie side by side: who asks for
 * one kind of all messages reads that and nothing else.
 */
#define CACHE_FILE	"highwater-cache"

/* The numbers are in the file: they never change. */
enum cache_kind {
	CACHE_FIELDS = 1,	/* the fields of the header that are asked
				   for most, as they stand: derive.h */
	CACHE_ENVELOPE = 2,	/* as FETCH sends it, parentheses included */
	CACHE_BODY = 3,
	CACHE_BODYSTRUCTURE = 4,
	CACHE_DATES = 5,	/* for SEARCH: derive_search.c */
	CACHE_SUBJECT = 6,
	CACHE_ADDRESSES = 7,
	CACHE_SORT = 8,		/* for SORT: derive_sort.c */
	CACHE_THREAD = 9,	/* for THREAD and THREADID: derive_thread.c */
	CACHE_EMAILID = 10,	/* RFC 8474: derive_id.c */
	CACHE_PREVIEW = 11,	/* RFC 8970: derive_preview.c */
	CACHE_GLOBAL_BODY = 12,	/* for IMAP4rev2, where it is another: */
	CACHE_GLOBAL_BODYSTRUCTURE = 13,	/* mime_structure_global() */
	CACHE_KINDS = 14
};

struct cache;

/*
 * The cache of an open folder, which it belongs to: folder_close() frees it.
 * Opened at the first call, later ones return the same.  NULL with errno
 * ENOMEM.
 */
struct cache *cache_of(struct folder *);
void	cache_free(struct cache *);

/*
 * Gets what there is for a UID: 1, or 0 if there is nothing.  *data is the
 * cache's, until the next call for the same kind, or cache_rest().  It costs
 * least for ascending UIDs.  What others have added since is seen if
 * cache_sync() was called since then.
 */
int	cache_get(struct cache *, enum cache_kind, uint32_t uid,
	    const void **data, size_t *len);

/* Looks for what was added by others: once for each command. */
void	cache_sync(struct cache *);

/*
 * What is in the file was found to be of other messages: it is started anew.
 * What was got before stays where it is.
 */
void	cache_disown(struct cache *);

/*
 * Takes a copy, to be written with others by cache_flush(); cache_get() may
 * not know of it before.  What is too long for a record, or has no room in
 * memory, is left out.
 */
void	cache_put(struct cache *, enum cache_kind, uint32_t uid,
	    const void *data, size_t len);

/*
 * Appends what was put, writes the file anew if much of it is of no more use.
 * At the end of a command.
 */
void	cache_flush(struct cache *);

/*
 * Gives back the memory that reading took, and the file: the client is idle.
 * When it is to be called after a command, in milliseconds of the monotonic
 * clock; INT64_MAX: there is nothing to be given back.
 */
void	cache_rest(struct cache *);
int64_t	cache_due(const struct cache *);

#endif
