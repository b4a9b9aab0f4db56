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

#ifndef IMAPD_LIST_H
#define IMAPD_LIST_H

#include "imapd/names.h"
#include "imapd/namespace.h"
#include "imapd/parser.h"
#include "imapd/subscriptions.h"

/*
 * LIST: that of RFC 3501 section 6.3.8, and the extended one (RFC 5258; RFC
 * 9051 section 6.3.9), with STATUS of what is listed (RFC 5819) and special
 * uses (RFC 6154).
 */

struct session;

#define LIST_PATTERNS	64		/* in one command */

/* What a LIST asks for. */
struct list_request {
	int			 extended;
	const struct parser_arg	*reference;
	const struct parser_arg	*pattern;	/* the first of them */
	size_t			 npatterns;
	const struct parser_arg	*status;	/* items, or NULL */
	int			 subscribed;	/* selects */
	int			 special;	/* SPECIAL-USE selects */
	int			 recursive;	/* RECURSIVEMATCH */
	int			 subscriptions;	/* shows \Subscribed */
};

/*
 * list_parse.c: reads the arguments: 0, or -1 with *why.
 */
int	list_parse(struct list_request *, const struct parser_arg *,
	    const char **why);

/*
 * The reference and the i-th pattern in one, of NAMESPACE_PATTERN + 1 octets:
 * 0, or -1 if it matches nothing, longer than any name or empty (RFC 5258
 * section 3).
 */
int	list_pattern(const struct list_request *, size_t i, char *pattern);

/*
 * list_show.c: sends what is asked for, but no tagged reply.  names are the
 * mailboxes, with their special uses beside them, subs the subscriptions if
 * they are needed.
 */
struct list_known {
	struct names		 names;
	unsigned char		*use;
	struct subscriptions	 subs;
	char			(*pattern)[NAMESPACE_PATTERN + 1];
	size_t			 npatterns;
};
void	list_show(struct session *, const struct list_request *,
	    const struct list_known *);

/*
 * cmd_list.c: reads which mailboxes there are; the rest of one that was
 * being deleted goes on the way.  Returns 0, or -1 with errno; the caller
 * frees the names in either case.
 */
int	list_existing(struct session *, struct names *);

/*
 * list_select.c: sends the LIST of the mailbox that is being selected (RFC
 * 9051 section 6.3.2), in the directory dir, with OLDNAME if the client wrote
 * its name, the astring arg, in another way: INBOX in another case.
 */
void	list_selected(struct session *, const char *dir,
	    const struct parser_arg *arg);

#endif
