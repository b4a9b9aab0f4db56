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

#ifndef IMAPD_SEARCH_H
#define IMAPD_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "common/uidset.h"
#include "imapd/mime/date.h"
#include "imapd/seqset.h"

struct mime_message;
struct mime_needle;
struct parser_arg;
struct session;
struct view;
struct view_msg;

/*
 * SEARCH (RFC 3501 and RFC 9051 section 6.4.4, RFC 5032, RFC 7162 section
 * 3.1.5, RFC 8474 section 6, RFC 8514 section 4.3).
 */

#define SEARCH_DEPTH	64	/* NOT, OR and lists within each other */

enum search_type {
	SEARCH_ALL,
	SEARCH_FLAG,		/* flags & mask == want */
	SEARCH_KEYWORD,		/* text; want: has it, or has it not */
	SEARCH_RECENT,
	SEARCH_NEW,		/* recent and not seen */
	SEARCH_SET,		/* message numbers */
	SEARCH_UIDSET,
	SEARCH_MODSEQ,		/* number: at least */
	SEARCH_BEFORE,		/* day: internal date */
	SEARCH_ON,
	SEARCH_SINCE,
	SEARCH_SAVEDBEFORE,	/* day: save date */
	SEARCH_SAVEDON,
	SEARCH_SAVEDSINCE,
	SEARCH_OLDER,		/* number: seconds */
	SEARCH_YOUNGER,
	SEARCH_LARGER,		/* number */
	SEARCH_SMALLER,
	SEARCH_SENTBEFORE,	/* date: of the Date field */
	SEARCH_SENTON,
	SEARCH_SENTSINCE,
	SEARCH_HEADER,		/* text: field's name, and needle */
	SEARCH_BODY,		/* needle */
	SEARCH_TEXT,
	SEARCH_EMAILID,		/* text */
	SEARCH_THREADID,
	SEARCH_AND,		/* of child and its siblings */
	SEARCH_OR,
	SEARCH_NOT
};

struct search_key {
	enum search_type	 type;
	unsigned int		 cost;	/* cheap ones are asked first */
	uint16_t		 mask;
	uint16_t		 want;
	uint64_t		 number;
	uint64_t		 keyword;	/* bit, once resolved */
	const char		*text;		/* the parser's, or constant */
	struct mime_date	 date;
	int64_t			 day;		/* since 1970 */
	int			 letter;	/* search_letter() of text */
	struct mime_needle	*needle;
	struct seqset		 set;
	struct uidset		 uids;		/* of set, once resolved */
	struct search_key	*child;
	struct search_key	*next;
};

struct search {
	struct search_key	*key;		/* SEARCH_AND */
	const char		*charset;	/* NULL: not given */
	int			 badcharset;	/* it is not known: NO */
	int			 modseq;	/* has a MODSEQ key */
	int			 numbers;	/* has message numbers */
	int64_t			 now;		/* for OLDER and YOUNGER */
	int64_t			 minute;	/* the last whose zone was */
	int			 zone;		/* looked up, and it */
};

/* One message under search. */
struct candidate {
	struct session		*s;
	struct search		*search;
	const struct view_msg	*m;
	struct mime_message	*mime;		/* NULL: not opened yet */
	unsigned int		*opened;	/* counts files opened */
};

/*
 * search_parse.c
 *
 * Takes the arguments of SEARCH, which must outlive the result; charset is
 * NULL if they may begin with it.  Returns 0,
 * or -1 with *why for BAD, or with badcharset set for NO; search_free() in
 * either case.
 */
int	search_parse(struct search *, const struct parser_arg *,
	    const char *charset, const char **why);
void	search_free(struct search *);

/*
 * search_match.c
 *
 * Looks up what the keys name: sets become UIDs, keywords their bits.
 * Returns 0, or -1 with errno, ERANGE for a number beyond EXISTS.
 */
int	search_resolve(struct search_key *, struct view *);

/*
 * Returns 1 if the message matches, 0 if not (also if its text is asked for
 * and its file is gone), or -1 with errno.  *opened counts files opened.
 */
int	search_match(struct session *, struct search *,
	    const struct view_msg *, unsigned int *opened);

/*
 * search_content.c
 *
 * The same for a key that asks for what is in the message: from what is kept
 * of it, where that will do.
 */
int	search_content(struct candidate *, const struct search_key *);

/*
 * Opens the message's file, to be read until search_close(), when it stays
 * open: 1, 0 if it is gone, or -1 with errno.
 */
int	search_open(struct candidate *);
void	search_close(struct candidate *);

#endif
