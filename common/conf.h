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

#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stddef.h>
#include <stdint.h>

/*
 * The lexer that both configuration files share.  A statement is a line of
 * words; "strings" may hold spaces and # and know \" and \\; a # starts a
 * comment; a \ at the end of a line joins the next one.  The lexer itself
 * does macros (name = "value", then $name outside of strings) and
 * include "file".  imapd.conf(5) describes the syntax.
 *
 * Errors are counted and reported as `file:line: what "word"`, and parsing
 * goes on with the next line, so that one run shows them all.
 */

#define CONF_WORDS	32		/* words of a line */
#define CONF_WORDLEN	1024		/* bytes of a word, NUL included */
#define CONF_FILEMAX	(1024 * 1024)	/* bytes of a file */
#define CONF_DEPTH	8		/* files included within each other */
#define CONF_FILES	64		/* files in all */
#define CONF_MACROS	256		/* macros in all */
#define CONF_ERRORS	20		/* errors reported */

struct conf;

/*
 * Makes a lexer.  Each error is given to report(arg, text) as a line without
 * newline; with report NULL it is logged as a warning.  Returns NULL with
 * errno if there is no memory.  conf_free() frees it and everything it gave.
 */
struct conf	*conf_new(void (*report)(void *, const char *), void *arg);
void		 conf_free(struct conf *);

/*
 * Defines a macro from "name=value", as given by -D: it stands against a
 * later definition in the file.  Returns 0, or -1 with EINVAL if this is no
 * definition, or another errno.
 */
int		 conf_define(struct conf *, const char *def);

/*
 * Starts reading the file, or the len bytes of text, which are copied and go
 * by that name in errors.  Returns 0, or -1 with the error already reported.
 */
int		 conf_open(struct conf *, const char *path);
int		 conf_open_text(struct conf *, const char *name,
		    const char *text, size_t len);

/*
 * Goes to the next line that has words.  Returns 1, or 0 at the end.  A line
 * whose syntax is wrong is reported and skipped.
 */
int		 conf_next(struct conf *);

/*
 * Takes the next word of the line, NULL after the last.  The text is the
 * lexer's and is good until conf_next().  conf_peek() leaves it in place.
 */
const char	*conf_word(struct conf *);
const char	*conf_peek(const struct conf *);

/*
 * Reports an error at the line being read, or of the file as a whole once
 * conf_next() has returned 0: the text, as in
 * conf_error(c, "unknown word \"%s\"", w).
 */
void		 conf_error(struct conf *, const char *fmt, ...)
		    __attribute__((__format__(printf, 2, 3)));

/* Errors so far. */
unsigned int	 conf_errors(const struct conf *);

/* The names of the files that were opened, in turn; NULL after the last. */
const char	*conf_name(const struct conf *, unsigned int);

/*
 * What follows takes one word and reports an error if it is not as wanted.
 * All return 0, or -1 with the error reported; `what` names the value in the
 * error, as in "missing port".
 *
 * conf_keyword() wants exactly this word.  conf_string() gives a copy that
 * the caller frees.  conf_number() wants a decimal number in [min, max].
 * conf_size() wants bytes, with k, m or g (2^10, 2^20, 2^30) after the
 * number.  conf_time() wants seconds, or s, m, h, d after the number.
 * conf_end() wants no further word.
 */
int		 conf_keyword(struct conf *, const char *word);
int		 conf_string(struct conf *, const char *what, char **);
int		 conf_number(struct conf *, const char *what, uint64_t min,
		    uint64_t max, uint64_t *);
int		 conf_size(struct conf *, const char *what, uint64_t min,
		    uint64_t max, uint64_t *);
int		 conf_time(struct conf *, const char *what, uint64_t min,
		    uint64_t max, uint64_t *);
int		 conf_end(struct conf *);

#endif
