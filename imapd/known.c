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

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/folder_priv.h"
#include "imapd/known.h"

#define SLOTS_MIN	256

static int	make_room(struct known *, uint64_t);
static void	put(struct known *, uint32_t, uint32_t);

void
known_free(struct known *k)
{
	free(k->slot);
	memset(k, 0, sizeof(*k));
}

int
known_sync(struct folder *f, struct table *t, struct known *k,
    uint64_t nrows)
{
	char base[TABLE_NAMELEN + 1];
	struct row row;

	if (k->generation != t->h->generation) {
		known_free(k);
		k->generation = t->h->generation;
	}
	if (k->nrows < nrows &&
	    make_room(k, k->taken + (nrows - k->nrows)) == -1)
		return (-1);
	for (; k->nrows < nrows; k->nrows++) {
		if (folder_row(f, t, k->nrows, &row, base) == -1)
			return (-1);
		put(k, maildir_hash(base, maildir_unique(base)),
		    (uint32_t)k->nrows + 1);
	}
	return (0);
}

int
known_lagging(struct folder *f, struct table *t, struct known *k,
    uint64_t nrows)
{
	char base[TABLE_NAMELEN + 1];
	struct row row;
	uint64_t n;

	known_free(k);
	k->generation = t->h->generation;
	for (n = 0;; n++) {
		if (folder_next(f, t, TABLE_BEHIND, n, &n) == -1) {
			if (errno != ENOENT)
				return (-1);
			break;
		}
		if (n >= nrows)
			break;
		if (folder_row(f, t, n, &row, base) == -1 ||
		    make_room(k, k->taken + 1) == -1)
			return (-1);
		put(k, maildir_hash(base, maildir_unique(base)),
		    (uint32_t)n + 1);
	}
	k->nrows = nrows;
	return (0);
}

/* At most half of the slots are taken. */
static int
make_room(struct known *k, uint64_t nrows)
{
	struct known old = *k;
	size_t i, n;

	for (n = SLOTS_MIN; n / 2 < nrows; n *= 2)
		if (n > SIZE_MAX / 4) {
			errno = ENOMEM;
			return (-1);
		}
	if (n <= k->nslots)
		return (0);
	if ((k->slot = calloc(n, sizeof(*k->slot))) == NULL) {
		k->slot = old.slot;
		return (-1);
	}
	k->nslots = n;
	k->taken = 0;
	for (i = 0; i < old.nslots; i++)
		if (old.slot[i].row != 0)
			put(k, old.slot[i].hash, old.slot[i].row);
	free(old.slot);
	return (0);
}

static void
put(struct known *k, uint32_t hash, uint32_t row)
{
	size_t i;

	for (i = hash & (k->nslots - 1); k->slot[i].row != 0;)
		i = (i + 1) & (k->nslots - 1);
	k->slot[i].hash = hash;
	k->slot[i].row = row;
	k->taken++;
}

int
known_find(struct folder *f, struct table *t, const struct known *k,
    const char *name, size_t unique, uint64_t *n, struct row *row,
    char *base)
{
	char other[TABLE_NAMELEN + 1];
	struct row r;
	uint32_t hash;
	size_t i;

	*n = KNOWN_NONE;
	if (k->nslots == 0)
		return (0);
	hash = maildir_hash(name, unique);
	for (i = hash & (k->nslots - 1); k->slot[i].row != 0;
	    i = (i + 1) & (k->nslots - 1)) {
		if (k->slot[i].hash != hash)
			continue;
		if (folder_row(f, t, k->slot[i].row - 1, &r, other) == -1)
			return (-1);
		if (maildir_unique(other) != unique ||
		    memcmp(name, other, unique) != 0)
			continue;
		/* Of tombstones the newest one counts. */
		if (*n == KNOWN_NONE || !(r.flags & ROW_EXPUNGED) ||
		    k->slot[i].row - 1 > *n) {
			*n = k->slot[i].row - 1;
			*row = r;
			memcpy(base, other, sizeof(other));
		}
		if (!(r.flags & ROW_EXPUNGED))
			break;
	}
	return (0);
}
