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

#ifndef IMAPD_KEYWORDS_H
#define IMAPD_KEYWORDS_H

#include <sys/types.h>

#include "common/table.h"

/*
 * The names of the keyword letters a to z of a folder, in dovecot-keywords:
 * a line "0 name" for a, "1 name" for b, and so on, as Dovecot has it.
 */

#define KEYWORDS_FILE	"dovecot-keywords"
#define KEYWORDS_LETTERS 26
#define KEYWORDS_MAXFILE 65536		/* octets that are read of it */

struct folder;

struct keywords {
	unsigned int	n;		/* letters in use, gaps included */
	char		name[KEYWORDS_LETTERS][TABLE_KWLEN + 1]; /* "": gap */
};

/*
 * Reads the file; lines that are not of the form, or out of range, are left
 * out.  Returns 0, also if there is none (n is 0), or -1 with errno.
 */
int	keywords_read(int dirfd, struct keywords *);

/* Whether that can be a keyword's name (RFC 3501 section 9, flag-keyword, in
 * at most TABLE_KWLEN octets): 1 or 0. */
int	keywords_valid(const char *name, size_t len);

/* Takes one file's text; for tests. */
void	keywords_parse(const char *text, struct keywords *);

/* Gives a letter without a name one: "unknown-a". */
void	keywords_unknown(struct keywords *, unsigned int letter);

/*
 * Tells indexd of names that the file has and the table has not: another
 * server gave letters a meaning.  Costs one system call if the file is as the
 * session saw it last.  Returns 0, or -1 with errno.  keywords_forget() is
 * for folder_close().
 */
int	keywords_learn(struct folder *);
void	keywords_forget(struct folder *);

/*
 * Writes the file anew, durably, by way of the directory tmpfd, under the
 * flush lock.  Returns 0, or -1 with errno.
 */
int	keywords_write(int dirfd, int tmpfd, const struct keywords *,
	    mode_t mode);

#endif
