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

#ifndef IMAPD_LEASE_TEXT_H
#define IMAPD_LEASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"

/*
 * What a lease says, in a line of text with a checksum: the indexd that
 * numbers the folder's messages, the inode of the folder's directory (the
 * lease of a copy is none), since when, and on which host.
 */
#define LEASE_TEXT	512		/* octets of the file */
#define LEASE_HOST	100		/* octets of a host's name */

struct lease_text {
	uint8_t		indexd[TABLE_IDLEN];
	uint64_t	dir;
	int64_t		since;		/* seconds since 1970 */
	char		host[LEASE_HOST + 1];
};

/* Reads a text that ends in NUL: 0, or -1 if it is none of lease_render(). */
int	lease_parse(const char *, struct lease_text *);

/* Writes the text and a NUL; returns its length, which always fits LEASE_TEXT
 * octets. */
size_t	lease_render(char *, size_t, const struct lease_text *);

/* What is to be written on this host at this moment. */
void	lease_fill(struct lease_text *, const uint8_t indexd[TABLE_IDLEN],
	    uint64_t dir);

/* This host's name in LEASE_HOST + 1 octets; what is no letter, digit, dot or
 * hyphen in it becomes an underscore. */
void	lease_host(char *);

/* Since when, for a human, in UTC. */
void	lease_since(const struct lease_text *, char *, size_t);

#endif
