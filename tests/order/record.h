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

#ifndef TESTS_ORDER_RECORD_H
#define TESTS_ORDER_RECORD_H

#include <stdint.h>
#include <stdio.h>

/* A process's part of a history, written to a file of its own. */
struct recorder {
	FILE		*f;
	unsigned int	 proc;
};

/* Nanoseconds of a clock that all processes share. */
uint64_t record_now(void);

/* Creates "dir/history.proc"; exits the process if it can't. */
void	record_open(struct recorder *, const char *dir, unsigned int proc);
void	record_close(struct recorder *);

/* An event, now or at a time; line ends in the text become blanks. */
void	record(struct recorder *, char kind, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	record_at(struct recorder *, uint64_t t, char kind, const char *text);

/* Random numbers that a seed repeats. */
struct dice {
	uint64_t	 state;
};
void		 dice_seed(struct dice *, uint64_t seed, unsigned int proc);
uint32_t	 dice(struct dice *, uint32_t below);

/* Sleeps so long, interrupted or not. */
void	record_pause(uint64_t ns);

#endif
