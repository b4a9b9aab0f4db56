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

#ifndef IMAPD_FLAGS_H
#define IMAPD_FLAGS_H

#include <stdint.h>

#include "common/table.h"

struct parser_arg;

/* Flags as a client names them in STORE and APPEND. */
struct flags {
	uint16_t	 system;	/* FLAG_* */
	unsigned int	 nkeywords;
	const char	*keywords[TABLE_KEYWORDS];	/* the parser's */
};

/*
 * Takes a flag-list (a list; any number), or with loose not 0 also flags
 * without parentheses from arg on to the last (RFC 3501 section 9,
 * store-att-flags).  Returns 0, or -1 with *why, the text for BAD or NO: not
 * a flag, \Recent and unknown ones with a backslash, a keyword that is too
 * long, too many of them.
 */
int	flags_parse(const struct parser_arg *arg, int loose, struct flags *,
	    const char **why);

/* Gives the FLAG_ of a system flag's name with its "\", 0 if unknown. */
uint16_t flags_system(const char *name);

#endif
