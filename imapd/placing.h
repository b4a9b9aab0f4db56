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

#ifndef IMAPD_PLACING_H
#define IMAPD_PLACING_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/folder_priv.h"

/*
 * What APPEND and COPY share: names in flight and files on their way into
 * cur/.
 */
struct placing {
	struct folder	*to;
	size_t		 n;
	char		**base;		/* base names, as in flight */
	uint32_t	*letters;
	uint64_t	 ticket;	/* 0: none */
	size_t		 placed;	/* files that are in cur/ */
};

/* Room for n; 0 or -1.  placing_free() forgets, but touches no file. */
int	placing_init(struct placing *, struct folder *, size_t n);
void	placing_free(struct placing *);

/* Sets name i anew, with hints of the sizes. */
int	placing_name(struct placing *, size_t i, uint64_t size,
	    uint64_t vsize, uint32_t letters);

/* The name of file i in cur/; 0 or -1. */
int	placing_file(const struct placing *, size_t i, char *buf,
	    size_t size);

/* After a failure that leaves no doubt: takes the files out of cur/ again
 * and lands the ticket.  Keeps errno. */
void	placing_undo(struct placing *);

/* A new file in tmp/ for base: a descriptor, or -1; ECANCELED says that tmp/
 * is gone, since ENOENT is for messages. */
int	tmp_create(struct folder *, const char *base, char *name,
	    size_t size);

/* The letters of a new file with these flags. */
uint32_t new_letters(uint16_t flags);

#endif
