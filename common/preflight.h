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

#ifndef COMMON_PREFLIGHT_H
#define COMMON_PREFLIGHT_H

/*
 * What -n says of a configuration whose words are right: what else would keep
 * a daemon from serving, as far as that can be seen without doing anything.
 * Lines go to standard error.
 */

/* One line that is an error, or one that only may be. */
void	preflight_error(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	preflight_warn(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));

/*
 * A file that has to be there and readable.  Who may not look, because root
 * only may, is warned.
 */
void	preflight_file(const char *what, const char *path);

/* The same of the directory that a file is going to be in. */
void	preflight_parent(const char *what, const char *path);

/* Says "configuration OK" if there was no error; returns the exit status. */
int	preflight_end(void);

#endif
