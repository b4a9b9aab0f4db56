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


#ifndef INDEXD_TOP_H
#define INDEXD_TOP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "indexd/control.h"
#include "indexd/histogram.h"
#include "indexd/server.h"

/*
 * indexctl top: samples (control_sample.c) every few seconds, and what has
 * changed between two of them.  Words of users come escaped, and are shown as
 * they come.
 */
#define TOP_LINE	8192		/* octets of a sample's line */
#define TOP_DELAY	2		/* seconds between two rounds */

struct top_session {
	char		*line;		/* what the others point into */
	const char	*mark;
	const char	*pid;
	const char	*user;
	const char	*address;
	const char	*mailbox;
	int		 idling;	/* waits for changes */
	uint64_t	 requests;
	uint64_t	 idle;		/* ms */
	double		 rate;		/* requests a second */
};

struct top_box {
	char		*line;
	const char	*open;		/* how often */
	const char	*messages;
	const char	*uid;
	const char	*name;
	uint64_t	 requests;
	double		 rate;
};

struct top_kind {
	char		 name[16];
	uint64_t	 n;
	double		 rate;
};

struct top_sample {
	uint64_t		 us;		/* when, by indexd's clock */
	uint64_t		 uptime;	/* s */
	uint64_t		 connected;
	uint64_t		 away;
	uint64_t		 boxes;
	uint64_t		 requests;
	uint64_t		 commits;
	uint64_t		 failed;
	uint64_t		 rows;
	uint64_t		 bytes;
	struct histogram	 commit;
	struct histogram	 sync;
	struct top_kind		 kind[SERVER_KINDS];
	size_t			 nkinds;
	struct top_session	 session[CONTROL_SAMPLE];
	size_t			 nsessions;
	struct top_box		 box[CONTROL_SAMPLE];
	size_t			 nboxes;
};

/* What is shown first. */
enum top_order {
	TOP_RATE,
	TOP_IDLE,
	TOP_USER,
	TOP_ADDRESS,
	TOP_MAILBOX
};

/* top.c: the command, with its name as argv[0]; returns an exit status. */
int	top(const char *path, int argc, char *argv[]);

/*
 * top_sample.c: takes a line of a sample; a line that is none of it is passed
 * over.  top_free() frees what lines have allotted.
 */
void	top_line(struct top_sample *, const char *line, size_t len);
void	top_free(struct top_sample *);

/* Sets the rates by an earlier sample (NULL: all 0) and sorts. */
void	top_compare(struct top_sample *, const struct top_sample *before,
	    enum top_order);

/*
 * top_draw.c: writes a round, lines of at most columns (0: as long as they
 * are), rows of them at most (0: all), each followed by end.
 */
void	top_draw(FILE *, const struct top_sample *,
	    const struct top_sample *before, unsigned int rows,
	    unsigned int columns, const char *end);

#endif
