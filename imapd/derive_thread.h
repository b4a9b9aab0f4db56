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

#ifndef IMAPD_DERIVE_THREAD_H
#define IMAPD_DERIVE_THREAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * What CACHE_THREAD holds of a message, for THREAD (RFC 5256) and THREADID
 * (RFC 8474):
 *
 *	u8	THREAD_* below
 *	i64	sent date, seconds since 1970, or 0
 *	16	hash of the base subject, as SORT compares it
 *	16	hash of the Message-ID, or zeros
 *	16 ...	hashes of the references, at most THREAD_REFS_MAX, the last
 *		one being the parent
 *
 * Numbers have their lowest octet first.  128 bits of hash do not collide by
 * chance; who makes a message whose ids collide with those of others gets
 * what he had got by naming their ids.
 */
#define THREAD_DATED	0x01	/* there is a sent date */
#define THREAD_REPLY	0x02	/* by its subject a reply or forward */
#define THREAD_SUBJECT	0x04	/* the base subject is not empty */
#define THREAD_ID	0x08	/* there is a valid Message-ID */

/*
 * Of a message with more references the first one counts and the last ones:
 * the thread and the nearest ancestors.
 */
#define THREAD_REFS_MAX	256

#define THREAD_HASH	16	/* octets */

struct thread_hash {
	uint64_t	h[2];
};

struct thread_keys {
	unsigned int		 flags;
	int64_t			 date;
	struct thread_hash	 subject;
	struct thread_hash	 id;
	const char		*refs;		/* thread_ref() */
	size_t			 nrefs;
};

/*
 * Reads a record, which must outlive the result.  Returns 0, or -1 if it is
 * none; then *keys are those of a message without any of the fields.
 */
int	thread_keys_read(struct thread_keys *keys, const char *data,
	    size_t len);

/* The reference number i, from 0 to nrefs - 1. */
struct thread_hash thread_ref(const struct thread_keys *, size_t i);

/* The hash of octets, the same on every host. */
struct thread_hash thread_hash(const char *, size_t);

/*
 * The THREADID (RFC 8474 section 5.2) of a message with this record: the same
 * for all that have the same first reference, or no reference and that as
 * their Message-ID; it depends on the message alone.  Returns buf, or NULL if
 * it has neither: threadid.h has one for it.
 */
#define THREADID_SIZE	34	/* with a NUL */
const char *thread_id(const char *data, size_t len, char buf[THREADID_SIZE]);

#endif
