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

#ifndef IMAPD_SORT_H
#define IMAPD_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/derive_sort.h"

struct parser_arg;

/*
 * SORT (RFC 5256, RFC 5957), apart from where messages come from.
 *
 * All that a sort program asks of a message is put into one key, a row of
 * octets that compares as the program says: numbers with their highest octet
 * first, texts with a NUL after them, and what is to be in REVERSE with all
 * its bits turned.  So no key is the start of another one.
 */
enum sort_criterion {
	SORT_ARRIVAL,
	SORT_CC,
	SORT_DATE,
	SORT_DISPLAYFROM,
	SORT_DISPLAYTO,
	SORT_FROM,
	SORT_SIZE,
	SORT_SUBJECT,
	SORT_TO,
	SORT_CRITERIA
};

struct sort_step {
	enum sort_criterion	criterion;
	int			reverse;
};

struct sort_program {
	struct sort_step	step[SORT_CRITERIA];	/* each but once */
	size_t			n;
	int			size;		/* asks for sizes, */
	int			keys;		/* for sort_keys */
};

/*
 * Takes the list of sort criteria.  One that comes again changes nothing, and
 * is left out.  Returns 0, or -1 with *why for BAD.
 */
int	sort_parse(struct sort_program *, const struct parser_arg *,
	    const char **why);

/* What is asked of a message; keys only if the program says so. */
struct sort_message {
	int64_t			arrival;
	uint64_t		size;
	struct sort_keys	keys;
};

/*
 * A message to be sorted: the first octets of its key as a number, the rest
 * in an arena.
 */
struct sort_entry {
	uint64_t		 head;
	const unsigned char	*rest;
	uint32_t		 nrest;
	uint32_t		 shown;		/* its number or UID */
};

/*
 * Sorts by key, and by shown where that is the same.  Takes n / 2 entries
 * more of memory.  Returns 0, or -1 with errno ENOMEM.
 */
int	sort_entries(struct sort_entry *, size_t n);

/*
 * Messages being sorted.  They take 40 octets each, and the octets of their
 * keys beyond the first eight.
 */
#define SORT_CHUNK	(256 * 1024)	/* keys are kept in pieces of this */

struct sort_chunk;
struct sort {
	const struct sort_program *program;
	struct sort_entry	*entry;
	size_t			 n;
	size_t			 max;
	struct sort_chunk	*chunks;
};

/*
 * Begins with room for so many messages; adds one, in the order of message
 * numbers.  Return 0, or -1 with errno ENOMEM.  sort_free() in any case.
 */
int	sort_init(struct sort *, const struct sort_program *, size_t messages);
int	sort_add(struct sort *, const struct sort_message *, uint32_t shown);
void	sort_free(struct sort *);

/*
 * Sorts, and returns what was shown in order, sort->n many, to be freed; NULL
 * with errno ENOMEM.  Nothing can be added then.
 */
uint32_t *sort_order(struct sort *);

#endif
