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

#ifndef IMAPD_NAMES_H
#define IMAPD_NAMES_H

#include <stddef.h>

/* A set of mailbox names, as copies, sorted by octets. */
struct names {
	char	**name;
	size_t	  n;
	size_t	  cap;
};

void	names_init(struct names *);
void	names_free(struct names *);

/*
 * Appends without a look at the order, for reading many; names_sort() then
 * sorts once and drops what is there twice.  Both, and names_add(), return 0,
 * or -1 with errno ENOMEM.
 */
int	names_append(struct names *, const char *);
void	names_sort(struct names *);

/* Adds to, removes from a sorted set; nothing happens if it is (not) in. */
int	names_add(struct names *, const char *);
void	names_remove(struct names *, const char *);

/*
 * The place of a name in a sorted set, or, with *found 0, of the first name
 * after it.
 */
size_t	names_find(const struct names *, const char *, int *found);

/* Returns 1 if a sorted set has names below this one. */
int	names_children(const struct names *, char separator, const char *);

#endif
