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


#ifndef TESTS_IMAPDLG_DLG_H
#define TESTS_IMAPDLG_DLG_H

#include <sys/types.h>

/* vars.c: the variables of a dialogue, one table for the program. */

/* Sets a variable, also in the environment of "sh" lines. */
void	vars_set(const char *, const char *);

/* Returns the value, which lives until it is set anew, or NULL. */
const char *
	vars_get(const char *);

void	vars_unset(const char *);

/*
 * Returns the length of the variable's name that text begins with; 0 if it
 * begins with none.
 */
size_t	vars_namelen(const char *text);

/*
 * Returns text with $name and ${name} replaced and $$ made $, to be freed
 * by the caller; NULL if a variable is not set, whose name is then in
 * missing.
 */
char	*vars_expand(const char *text, char *missing, size_t size);

/* pattern.c */

/*
 * Compares a response with a pattern and binds the variables that it sees
 * for the first time.  Returns 1 if it matches, 0 if not, -1 if the pattern
 * is wrong, with the reason in err.
 */
int	pattern_match(const char *pattern, const char *line, char *err,
	    size_t size);

/* conn.c */

struct conn {
	char	*buf;		/* read ahead */
	size_t	 len;
	size_t	 size;
	int	 fd;		/* -1: not open */
	int	 eof;
	pid_t	 pid;		/* of the program at the other end, or -1 */
};

void	conn_init(struct conn *);

/*
 * Connects to "host:port", to the UNIX socket "/path", or to the standard
 * input and output of the program "!command".  Returns 0, or -1 with errno.
 */
int	conn_open(struct conn *, const char *addr);

/*
 * Writes all of data within ms milliseconds, each byte on its own if split
 * is set, reading ahead what comes meanwhile.  Returns 0, or -1 with errno,
 * ETIMEDOUT among them.
 */
int	conn_write(struct conn *, const char *data, size_t len, int split,
	    int ms);

/*
 * Reads one response, with its literals, within ms milliseconds.  Control
 * characters in it are written as \r, \n, \t and \xNN; the line's own end
 * is left out.  Returns 1 with the response in *line, to be freed by the
 * caller; 0 at the end of the connection; -1 with errno, ETIMEDOUT and
 * EBADMSG (the connection ends within a response) among them.
 */
int	conn_read(struct conn *, char **line, int ms);

/* Tells the peer that nothing more comes from us. */
void	conn_shutdown(struct conn *);

/* Closes; a program at the other end is waited for, or killed after ms. */
void	conn_close(struct conn *, int ms);

/* script.c */

struct options {
	const char	*addr;
	int		 split;		/* write each byte on its own */
	int		 verbose;	/* print all that is said */
	int		 deadline;	/* ms that a response may take */
};

/*
 * Runs the dialogue in a file.  Returns 0; 1 if what came differs from it,
 * 2 if it cannot be read or is wrong; says so on standard error.
 */
int	script_run(const char *path, const struct options *);

#endif
