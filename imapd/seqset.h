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


#ifndef IMAPD_SEQSET_H
#define IMAPD_SEQSET_H

#include <stddef.h>
#include <stdint.h>

struct uidset;

/*
 * A sequence-set as the client wrote it (RFC 3501 §9), with "*" not resolved
 * yet: 0 stands for it.
 */
struct seqset_range {
	uint32_t	a;
	uint32_t	b;		/* may be lower than a */
};

struct seqset {
	struct seqset_range	*r;
	size_t			 n;
	int			 saved;	/* it is "$" (RFC 5182), n is 0 */
};

/* Most ranges the session accepts in one set. */
#define SEQSET_RANGES_MAX	32768

/*
 * Parses text; set is overwritten, and freed by seqset_free().  Returns 0, or
 * -1 with errno EINVAL (bad syntax; 0 or more than 2^32 - 1 as a number),
 * E2BIG (more than max ranges) or ENOMEM.
 */
int	seqset_parse(struct seqset *set, const char *text, size_t max);

/* Frees what seqset_parse() allocated and makes the set empty. */
void	seqset_free(struct seqset *set);

/* Returns 1 if text has the form of a sequence-set, of any length, else 0. */
int	seqset_is(const char *text);

/*
 * Adds the set to out as UIDs.  maxuid is the mailbox's highest UID, which
 * "*" stands for, so that n:* always has it (RFC 3501 §6.4.8); 0 if the
 * mailbox is empty: ranges with "*" are then nothing.  UIDs that do not exist
 * stay in.  A set of "$" adds nothing.  Returns 0, or -1 with errno E2BIG or
 * ENOMEM from out.
 */
int	seqset_uids(const struct seqset *set, uint32_t maxuid,
	    struct uidset *out);

/*
 * Adds the set to out as message numbers; exists is the number of messages,
 * which "*" stands for.  Returns 0, or -1 with errno ERANGE (a number above
 * exists, or "*" in an empty mailbox: BAD, RFC 3501 §9 seq-number), E2BIG or
 * ENOMEM.
 */
int	seqset_numbers(const struct seqset *set, uint32_t exists,
	    struct uidset *out);

#endif
