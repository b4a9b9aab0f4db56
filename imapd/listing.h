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

#ifndef IMAPD_LISTING_H
#define IMAPD_LISTING_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/folder_priv.h"
#include "imapd/known.h"

/*
 * A listing of new/ and cur/ (or of one of them) beside the table: which
 * rows have their file where they say, and the odd names, that do not say
 * what a row says.
 */
struct odd {
	char			*name;
	char			*base;	/* base name, or NULL */
	int64_t			 time;	/* maildir_time() of the name */
	struct maildir_name	 parts;
	int			 innew;
	uint64_t		 row;	/* KNOWN_NONE: nobody's */
	uint32_t		 uid;	/* of the row; nobody's: the list's */
};

struct listing {
	struct table_state	 state;		/* from before it began */
	struct dirstamp		 newstamp;	/* likewise */
	struct dirstamp		 curstamp;
	int			 newlisted;
	int			 curlisted;
	uint64_t		 nrows;
	uint8_t			*matched;	/* a bit for each row */
	struct odd		*odd;
	size_t			 n;
	size_t			 cap;
	int			 unsettled;	/* some are under way */
	unsigned int		 junk;		/* names that were ignored */
	char			 junkname[64];	/* one of them */
};

#define LIST_NEW	0x01
#define LIST_CUR	0x02

/*
 * Takes the table's state and the directories' stamps, then lists.  Returns
 * 0, or -1 with errno; listing_free() in either case.
 */
int	listing_take(struct folder *, struct table *, struct known *,
	    struct listing *, int which);
void	listing_free(struct listing *);

/*
 * The same without listing (listing_names.c): the directories agree with the
 * table but for these names, which have come or gone until the stamps.
 */
int	listing_names(struct folder *, struct table *, struct known *,
	    struct listing *, const struct idx_names *,
	    const struct dirstamp *newstamp, const struct dirstamp *curstamp);

/* Whether the row says that its file has that name, or is being given it. */
int	listing_says(const struct row *, const char *base, const char *name,
	    const struct maildir_name *, int innew);

/* Takes a name that was found in new/ or cur/: 0, or -1 with errno. */
int	listing_found(struct folder *, struct table *, struct known *,
	    struct listing *, const char *name, int innew);

/* Whether row n was found where it says; says that it was. */
int	listing_matched(const struct listing *, uint64_t n);
void	listing_match(struct listing *, uint64_t n);

/* Notes a name that is no message. */
void	listing_junk(struct listing *, const char *name);

/* The base name of an odd name; it lives as long.  NULL with errno. */
const char *odd_base(struct odd *);

/* Orders odd names: those of nobody first, in the order in which they are to
 * be numbered (those with a UID of the folder's list, then by time), then by
 * row. */
void	listing_sort(struct listing *);

/* What a report says of a file that was found; all but its name. */
void	found_fill(struct idx_found *, const struct maildir_name *, int innew,
	    const struct stat *);

#endif
