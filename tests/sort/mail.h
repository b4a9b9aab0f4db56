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

#ifndef TESTS_SORT_MAIL_H
#define TESTS_SORT_MAIL_H

#include <stddef.h>
#include <stdint.h>

#include "imapd/mime/sink.h"
#include "imapd/thread.h"

/* Messages for tests of threads: ids and subjects are numbers, 0 is none. */
#define MAIL_REFS	256

struct mail {
	int64_t		date;
	uint32_t	subject;
	int		reply;
	uint32_t	id;
	uint32_t	nrefs;
	uint32_t	ref[MAIL_REFS];
};

/* Adds it as message number shown. */
void	mail_add(struct thread *, const struct mail *, uint32_t shown);

/* Threads n messages, numbered from 1, and returns the threads, to be freed. */
char	*mail_threads(const struct mail *, size_t n, int by_subject);

/*
 * naive.c: the same for THREAD=REFERENCES, by the letter of RFC 5256, slowly,
 * for at most NAIVE_MAX messages and ids.
 */
#define NAIVE_MAX	64
char	*naive_threads(const struct mail *, size_t n);

#endif
