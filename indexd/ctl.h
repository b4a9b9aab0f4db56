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


#ifndef INDEXD_CTL_H
#define INDEXD_CTL_H

#include <stddef.h>

/*
 * indexctl's side of a command.  Whatever goes wrong ends the program with
 * status 2 and a line on standard error.
 */

/* Connects to the socket and sends a command with its arguments; returns
 * the connection. */
int	ctl_ask(const char *path, int json, int argc,
	    const char *const argv[]);

/*
 * Hands each line of the answer to line(), with arg and its length, and
 * standard input to a command that takes it.  Returns the exit status that
 * indexd says.
 */
int	ctl_answer(int fd, void (*line)(void *, const char *, size_t),
	    void *arg);

#endif
