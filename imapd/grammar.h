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


#ifndef IMAPD_GRAMMAR_H
#define IMAPD_GRAMMAR_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/arena.h"
#include "imapd/parser.h"

/*
 * What is common to parser.c, which turns bytes into lines, literals and
 * results, and grammar.c, which turns lines into arguments.  Of no use to
 * others.
 */

enum parser_state {
	STATE_LINE,		/* collecting a line of a command */
	STATE_ASK,		/* a literal is announced */
	STATE_KEEP,		/* reading a literal to memory */
	STATE_STREAM,		/* passing a literal through */
	STATE_SKIP_LINE,	/* throwing the rest of the command away */
	STATE_SKIP_LITERAL,	/* throwing a literal of it away */
	STATE_RAW,		/* collecting a line that is no command */
	STATE_SKIP_RAW,		/* throwing the rest of that away */
	STATE_END		/* the result stands until parser_reset() */
};

/* Recognises "{n+}" at the end of a line, byte by byte. */
enum announce_state {
	ANNOUNCE_NO,
	ANNOUNCE_OPEN,		/* after "{" */
	ANNOUNCE_DIGITS,
	ANNOUNCE_PLUS,
	ANNOUNCE_CLOSED,	/* after "}" */
	ANNOUNCE_CR
};

struct announce {
	enum announce_state	state;
	uint64_t		size;	/* UINT64_MAX: that or more */
};

/* A list or section that is open. */
struct frame {
	struct frame		*up;
	struct parser_arg	**tail;	/* where the next argument goes */
	struct parser_arg	*arg;	/* whose children these are, or NULL */
};

struct parser {
	struct parser_limits	 limits;
	enum parser_state	 state;
	enum parser_result	 end;	/* result when the command has ended */
	const char		*error;

	char			*line;
	size_t			 line_len;
	size_t			 line_cap;
	size_t			 line_dirty;	/* to be wiped */
	size_t			 line_total;	/* bytes in this command */
	size_t			 skipped;	/* bytes, of its lines too */
	struct announce		 announce;	/* in what is skipped */

	struct arena		 arena;
	size_t			 kept;		/* bytes of kept literals */
	size_t			 nargs;
	unsigned int		 depth;

	const char		*tag;
	const char		*name;
	int			 started;	/* tag and name were read */
	int			 spaced;	/* an argument may begin */
	struct parser_arg	*args;
	struct frame		 root;
	struct frame		*frame;
	struct frame		*section;	/* the open section, or NULL */

	struct parser_arg	*literal;
	uint64_t		 left;		/* octets of it to come */
	int			 sync;
	char			*fill;		/* where they go in memory */
	const void		*data;
	size_t			 data_len;
};

/* grammar.c */

/*
 * Reads the tag, or the name, from the start of s.  Returns what follows, or
 * NULL with the error in p.
 */
const char *grammar_tag(struct parser *p, const char *s);
const char *grammar_name(struct parser *p, const char *s);

/*
 * Reads arguments to the end of the line s.  If a literal begins there,
 * p->literal, p->left and p->sync are set; lists stay open for what comes
 * after it.  Returns 0, or -1 with the error in p.
 */
int	grammar_args(struct parser *p, const char *s);

/* Notes the command's first error.  Returns -1. */
int	grammar_fail(struct parser *p, const char *error);

#endif
