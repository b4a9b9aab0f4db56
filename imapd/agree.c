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

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>

#include "imapd/agree.h"
#include "imapd/folder_priv.h"

#define AGREE_MAX	16384	/* rows, or entries of the log */

static enum agree entry(struct folder *, struct table *, uint64_t,
		    const struct change *, unsigned int *);
static enum agree one(struct folder *, const struct row *, const char *);

enum agree
agree_since(struct folder *f, struct table *t, uint64_t since,
    const struct table_state *state)
{
	enum agree a, all = AGREE;
	unsigned int rows = 0;
	struct change c;
	uint64_t n;

	if (state->expunge_horizon > since ||
	    table_change_since(t, since, &n) == -1 ||
	    (state->nlog > n && state->nlog - n > AGREE_MAX))
		return (AGREE_NOT);
	for (; n < state->nlog; n++) {
		if (table_change(t, n, &c) == -1)
			return (AGREE_NOT);
		if ((a = entry(f, t, since, &c, &rows)) > all)
			all = a;
		if (all == AGREE_NOT)
			break;
	}
	return (all);
}

static enum agree
entry(struct folder *f, struct table *t, uint64_t since,
    const struct change *c, unsigned int *rows)
{
	char base[TABLE_NAMELEN + 1];
	enum agree a, all = AGREE;
	struct row row;
	uint64_t n;

	if (folder_seek(f, t, c->uid, &n) == -1)
		return (AGREE_NOT);
	for (; all != AGREE_NOT; n++) {
		if (folder_row(f, t, n, &row, base) == -1)
			return (errno == ENOENT ? all : AGREE_NOT);
		if (row.uid > c->last)
			return (all);
		if (++*rows > AGREE_MAX)
			return (AGREE_NOT);
		if (row.modseq > since && (a = one(f, &row, base)) > all)
			all = a;
	}
	return (all);
}

static enum agree
one(struct folder *f, const struct row *row, const char *base)
{
	struct place p[PLACES];
	struct stat st;
	unsigned int i, np, there = 0;

	np = places(f, row, base, p);
	for (i = 0; i < np; i++) {
		if (fstatat(p[i].dirfd, p[i].name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0)
			there++;
		else if (errno != ENOENT)
			return (AGREE_NOT);
	}
	if (row->flags & ROW_EXPUNGED) {
		if (there == 0)
			return (AGREE);
		/* Unless its name has come back as another message's. */
		return (row->flags & ROW_FILE ? AGREE_LATER : AGREE_NOT);
	}
	if (row->flags & ROW_GIVING)
		return (AGREE_LATER);
	return (there == 1 ? AGREE : AGREE_NOT);
}
