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
#include "imapd/parser.h"

/*
 * The extended LIST (RFC 5258), with STATUS of what is listed (RFC 5819).
 */

struct session;

#define LIST_PATTERNS	64		/* in one command */

/* Whether the arguments are those of an extended LIST: 1 or 0. */
int	list_is_extended(const struct parser_arg *);

/* Checks them: 0, or -1 with *why. */
int	list_check(const struct parser_arg *, const char **why);

/* The command, when it has been checked. */
void	list_extended(struct session *, const struct parser_arg *);

/*
 * cmd_list.c: reads which mailboxes there are; the rest of one that was
 * being deleted goes on the way.  Returns 0, or -1 with errno; the caller
 * frees the names in either case.
 */
int	list_existing(struct session *, struct names *);

#endif
