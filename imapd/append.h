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

#ifndef IMAPD_APPEND_H
#define IMAPD_APPEND_H

#include <stdint.h>

struct delivery;
struct folder;
struct parser_arg;
struct session;

/*
 * An APPEND, or a REPLACE, while it is read and run: cmd_append.c has what is
 * common to both.
 */
struct append {
	struct folder	*folder;	/* where the messages go */
	struct delivery	*delivery;
	uint64_t	 messages;
	int		 binary;	/* the last one is a literal8 */
	int		 failed;	/* with what follows */
	int		 bad;		/* BAD, not NO */
	int		 error;		/* errno for reply_errno(), or 0 */
	const char	*code;
	char		 text[256];
};

/* What follows is read no more, and the answer is this.  code: NULL, or as in
 * response.h. */
void	append_fail(struct append *, const char *code, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	append_bad(struct append *, const char *text);

/*
 * cmd_replace.c.  Looks at the first argument, when a message comes: 0, or -1
 * after append_fail().
 */
int	replace_begin(struct session *, struct append *);

/*
 * cmd_replace.c.  Takes the number or UID of the message that is replaced
 * (RFC 8508 section 5), 0 for "*".  Returns 0, or -1 if it is none.
 */
int	replace_number(const struct parser_arg *, uint32_t *);

/* The mailbox among the arguments of the command, or NULL. */
const struct parser_arg *append_mailbox(const struct session *);

#endif
