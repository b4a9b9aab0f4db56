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

#ifndef IMAPD_MIME_MATCH_H
#define IMAPD_MIME_MATCH_H

#include <stddef.h>

#include "imapd/mime/sink.h"
#include "imapd/mime/utf8.h"

/*
 * Searching a stream of UTF-8 for a string, casemapped, in linear time.  CRs
 * do not count, so that line ends of either kind are the same.
 */
struct mime_needle;

/*
 * Whether it has neither white space nor controls, so that it is found in a
 * text whether lines of that are folded or not.
 */
int	mime_needle_solid(const struct mime_needle *);

struct mime_match {
	const struct mime_needle *needle;
	size_t			 state;		/* bytes matched */
	int			 found;
	unsigned char		 part[MIME_UTF8_MAX];
	size_t			 npart;
};

/* Starts anew; the empty needle is found at once. */
void	mime_match_init(struct mime_match *, const struct mime_needle *);

/*
 * Returns a sink that searches what is written to it.  A write that finds the
 * needle sets found and fails with ECANCELED, so that its writer stops.
 */
struct mime_sink mime_match_sink(struct mime_match *);

/*
 * Whether a text that is casemapped already, and has no CRs, has the needle:
 * returns 1 or 0.
 */
int	mime_match_mapped(const struct mime_needle *, const char *text,
	    size_t len);

#endif
