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

struct parser_arg;
struct session;

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
	int64_t		first;		/* PARTIAL: from 1, or from -1 at the */
	int64_t		last;		/* end; first is nearer to the start */
};

/*
 * Takes "RETURN (...)" from the start of the arguments, if it is there, and
 * moves *arg past it.  Returns 0, or -1 with *why for BAD.
 */
int	search_return_parse(struct search_return *,
	    const struct parser_arg **arg, const char **why);

/*
 * What a search has found.  uids is in ascending order; a command that sorts
 * has its own order, in an array, of UIDs or numbers as the command has them.
 */
struct search_result {
	struct uidset	 uids;
	uint64_t	 modseq;	/* highest of them, 0: not asked for */
	int		 failed;	/* some messages could not be read */
};

/*
 * search_run.c
 *
 * Runs the search of "[charset] keys" in the selected mailbox: SEARCH after
 * RETURN, SORT and THREAD after their own arguments.  charset is NULL where
 * the arguments may begin with "CHARSET name", else the charset, already
 * taken.  Returns 0 with *result, to be freed with search_result_free(); -1
 * if the command has been answered; 1 if the client has gone.
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
 * as SORT orders them, uids.n many: UIDs if the command is a UID form, else
 * message numbers.  Returns 0, or -1 with errno and nothing sent.
 */
int	search_send(struct session *, const struct search_return *,
	    const struct search_result *, const uint32_t *order);

#endif
