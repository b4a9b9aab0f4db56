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

#ifndef IMAPD_SEARCH_RETURN_H
#define IMAPD_SEARCH_RETURN_H

#include <stdint.h>

#include "common/uidset.h"

struct line;
struct parser_arg;
struct session;
struct view;

/*
 * Which results SEARCH, SORT and THREAD give (RFC 4731, RFC 5182, RFC 5267,
 * RFC 9394), and sending them.
 */
#define RETURN_MIN	0x01
#define RETURN_MAX	0x02
#define RETURN_ALL	0x04
#define RETURN_COUNT	0x08
#define RETURN_SAVE	0x10
#define RETURN_PARTIAL	0x20

struct search_return {
	int		given;		/* RETURN (...) was: ESEARCH */
	unsigned int	what;		/* RETURN_* */
	int64_t		first;		/* PARTIAL, as it was given: from 1, */
	int64_t		last;		/* or from -1, which is the last one */
};

/* Most ranges of UIDs that "$" stands for. */
#define SEARCH_SAVED_MAX	262144

/*
 * Takes "RETURN (...)" from the start of the arguments, if it is there, and
 * moves *arg past it.  Returns 0, or -1 with *why for BAD.
 */
int	search_return_parse(struct search_return *,
	    const struct parser_arg **arg, const char **why);

/*
 * Takes a partial-range (RFC 9394 section 4), "1:500" or "-1:-100".  Returns
 * 0, or -1.
 */
int	search_partial_parse(const struct parser_arg *, int64_t *first,
	    int64_t *last);

/*
 * Which of n results a partial-range asks for, counted from 0: returns how
 * many, and the first in *from.
 */
uint64_t search_partial(int64_t first, int64_t last, uint64_t n,
	    uint64_t *from);

/*
 * What a search has found, in ascending order; a command that sorts has its
 * own order, in an array, of UIDs or numbers as the command has them.  The
 * numbers stay right until the tagged reply.
 */
struct search_result {
	struct uidset	 uids;		/* always UIDs */
	struct uidset	 nums;		/* of a command without UID: numbers */
	uint64_t	 modseq;	/* highest of them, 0: not asked for */
	int		 failed;	/* errno of messages not read, or 0 */
	int		 bad;		/* after -1: it was BAD */
};

/*
 * search_run.c
 *
 * Runs the search of "[charset] keys" in the selected mailbox: SEARCH after
 * RETURN, SORT and THREAD after their own arguments.  charset is NULL where
 * the arguments may begin with "CHARSET name", else the charset, already
 * taken.  Returns 0 with *result; -1 if the command has been answered, after
 * which search_unsave() has to be called; 1 if the client has gone.  *result
 * is freed with search_result_free() in any case.
 */
int	search_run(struct session *, const struct parser_arg *,
	    const char *charset, struct search_result *result);
void	search_result_free(struct search_result *);

/* Looks at the same arguments alone: 0, or -1 with *why for BAD. */
int	search_check(const struct parser_arg *, const char *charset,
	    const char **why);

/*
 * search_send.c
 *
 * Sends the ESEARCH (RFC 4466 section 2.6.2, RFC 4731) for what is asked
 * for, and remembers it for "$" where SAVE is.  order is NULL, or the results
 * as SORT orders them: UIDs if the command is a UID form, else message
 * numbers, as many as result->uids has.  Returns 0, or -1 with errno and
 * nothing sent: E2BIG if there is too much to be saved (SEARCH_SAVED_MAX).
 */
int	search_send(struct session *, const struct search_return *,
	    struct search_result *, const uint32_t *order);

/* The same and the tagged reply of the command. */
void	search_answer(struct session *, const struct search_return *,
	    struct search_result *, const uint32_t *order);

/* The tagged reply alone, of a command that has sent what it found. */
void	search_completed(struct session *, const struct search_result *);

/*
 * A search that was answered with NO empties "$" if it was to be saved, one
 * that was BAD does not (RFC 5182 section 2.1).
 */
void	search_unsave(struct session *, const struct search_return *,
	    const struct search_result *);

/* Adds " (MODSEQ n)", and counts it as told to the client. */
void	search_modseq(struct session *, uint64_t modseq, struct line *);

#endif
