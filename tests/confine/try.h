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

#ifndef TESTS_CONFINE_TRY_H
#define TESTS_CONFINE_TRY_H

#include <stddef.h>

/*
 * Things that a confined process may try.  Each returns -1 with errno if it
 * was refused, and something else if it got through.
 */
struct try {
	const char	*name;
	int		(*fn)(void);
};

/*
 * Has a child of its own, for each, enter the confinement and then try: it
 * must be refused, or end by a signal.  What gets through fails the test,
 * which goes on.  enter returns 0.
 */
void	try_all(int (*enter)(void), const struct try *, size_t);

/* As one of them; must() fails the test if it does not get through. */
void	must(int (*enter)(void), const char *name, int (*fn)(void));

/*
 * What no process does that meets others: programs, processes, the insides
 * and the standing of others, rights, name spaces, sockets, memory that is
 * code, and parts of the kernel.  try_victim is the process to be attacked.
 */
extern const struct try	try_never[];
extern const size_t	try_nnever;
extern int		try_victim;

/* A process of our uid that waits to be attacked; and its end. */
void	try_victim_start(void);
void	try_victim_stop(void);

#endif
