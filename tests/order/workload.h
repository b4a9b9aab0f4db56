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

#ifndef TESTS_ORDER_WORKLOAD_H
#define TESTS_ORDER_WORKLOAD_H

#include <stdint.h>

#include "tests/lib/daemon.h"
#include "tests/order/record.h"
#include "tests/order/session.h"

/*
 * What each process of a run does: worker() uses a mailbox as a client, with
 * random commands; meddler() is another program that delivers to the folders
 * and renames and removes files in them.  Both go on until the time is over.
 */
#define WORK_BOXES	2

struct work {
	const struct daemons *d;
	uint64_t	 seed;
	uint64_t	 end;		/* record_now() */
	int		 qresync;	/* the server has it */
	int		 kill;		/* sessions are killed */
	int		 meddle;	/* there are meddlers */
};

extern const char *const work_boxes[WORK_BOXES];	/* names */
extern const char *const work_dirs[WORK_BOXES];		/* folders */

struct worker {
	const struct work *w;
	struct recorder	 rec;
	struct dice	 dice;
	struct replica	 client;
	struct session	 s;
	const char	*mailbox;
	const char	*other;		/* where it copies to */
	unsigned int	 serial;	/* of messages */
};

void	worker_start(struct worker *, const struct work *, unsigned int proc);
void	worker_run(struct worker *);
/* Once all is quiet: brings the copy up to date and ends. */
void	worker_end(struct worker *);

/* resync.c: connects, if need be, and brings the client up to date.  0, or -1
 * if the connection was lost over it. */
int	worker_sync(struct worker *);
/* Fetches what is not known yet. */
enum reply worker_fetch_new(struct worker *);

/* commands.c: sends some random command. */
void	worker_command(struct worker *);

void	meddler_run(const struct work *, unsigned int proc);

/* Writes the F events: the files of both folders. */
void	work_files(struct recorder *);

#endif
