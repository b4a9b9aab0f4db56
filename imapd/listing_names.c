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
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "imapd/listing.h"

static int	unmatch(struct folder *, struct table *, struct known *,
		    struct listing *, const struct idx_name *, uint64_t *);
static int	where_it_was(struct folder *, struct table *,
		    struct listing *, uint64_t);
static int	find(struct folder *, struct table *, struct known *,
		    struct listing *, const struct idx_names *, uint64_t *);

/*
 * Where the row says that its file is, something came or went: then it has to
 * be seen there.  Of any other row the file is still where it was, for all
 * names are told.
 */
static int
unmatch(struct folder *f, struct table *t, struct known *k,
    struct listing *l, const struct idx_name *name, uint64_t *n)
{
	char base[TABLE_NAMELEN + 1];
	struct maildir_name parts;
	struct row row;

	*n = KNOWN_NONE;
	if (maildir_parse(name->name, &parts) == -1)
		return (0);
	if (!name->incur)
		parts.letters = 0;
	if (known_find(f, t, k, name->name, parts.unique, n, &row, base) ==
	    -1)
		return (-1);
	/* It may be newer than the state. */
	if (*n == KNOWN_NONE || *n >= l->nrows ||
	    (row.flags & ROW_EXPUNGED) ||
	    !listing_says(&row, base, name->name, &parts, !name->incur))
		*n = KNOWN_NONE;
	else
		l->matched[*n / 8] &= (uint8_t)~(1U << (*n % 8));
	return (0);
}

/* While a file is being renamed, it may be under the other name. */
static int
where_it_was(struct folder *f, struct table *t, struct listing *l,
    uint64_t n)
{
	char base[TABLE_NAMELEN + 1];
	struct place p[PLACES];
	unsigned int i, np;
	struct stat st;
	struct row row;

	if (n == KNOWN_NONE || listing_matched(l, n))
		return (0);
	if (folder_row(f, t, n, &row, base) == -1)
		return (-1);
	if (row.flags & ROW_GIVING)
		l->unsettled = 1;
	np = places(f, &row, base, p);
	for (i = 0; i < np; i++) {
		if (fstatat(p[i].dirfd, p[i].name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1) {
			if (errno != ENOENT)
				return (-1);
		} else if (S_ISREG(st.st_mode)) {
			listing_match(l, n);
			return (0);
		}
	}
	return (0);
}

static int
find(struct folder *f, struct table *t, struct known *k, struct listing *l,
    const struct idx_names *names, uint64_t *row)
{
	struct stat st;
	size_t i;

	for (i = 0; i < names->n; i++)
		if (unmatch(f, t, k, l, &names->name[i], &row[i]) == -1)
			return (-1);
	for (i = 0; i < names->n; i++) {
		if (fstatat(names->name[i].incur ? f->curfd : f->newfd,
		    names->name[i].name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
			if (errno != ENOENT)
				return (-1);
			continue;
		}
		if (!S_ISREG(st.st_mode)) {
			listing_junk(l, names->name[i].name);
			continue;
		}
		if (listing_found(f, t, k, l, names->name[i].name,
		    !names->name[i].incur) == -1)
			return (-1);
	}
	for (i = 0; i < names->n; i++)
		if (where_it_was(f, t, l, row[i]) == -1)
			return (-1);
	return (0);
}

int
listing_names(struct folder *f, struct table *t, struct known *k,
    struct listing *l, const struct idx_names *names,
    const struct dirstamp *newstamp, const struct dirstamp *curstamp)
{
	uint64_t *row;
	int error, rv;

	memset(l, 0, sizeof(*l));
	if (folder_state(f, t, &l->state) == -1 ||
	    known_sync(f, t, k, l->state.nrows) == -1)
		return (-1);
	l->nrows = l->state.nrows;
	if ((l->matched = malloc(l->nrows / 8 + 1)) == NULL)
		return (-1);
	memset(l->matched, 0xff, l->nrows / 8 + 1);
	l->newstamp = *newstamp;
	l->curstamp = *curstamp;
	l->newlisted = l->curlisted = 1;
	if (names->n == 0)
		return (0);
	if ((row = calloc(names->n, sizeof(*row))) == NULL)
		return (-1);
	rv = find(f, t, k, l, names, row);
	error = errno;
	free(row);
	errno = error;
	return (rv);
}
