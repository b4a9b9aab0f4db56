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

#ifndef TESTS_AGENTS_RACE_H
#define TESTS_AGENTS_RACE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"
#include "tests/lib/mirror.h"

/*
 * Other programs at a Maildir, while sessions have it open: one waits in
 * IDLE, the others change flags, expunge and append at the same time, each
 * with its own idea of the mailbox (mirror.h).  In the end what they were told, what the mailbox is
 * and what the folder's files say has to be the same.  What fails here fails
 * the test.
 */
#define RACE_IDLE	0	/* this one is in IDLE */
#define RACE_VIEWS	3

struct view {
	struct imap	*im;
	struct mirror	 m;
	char		 command[512];	/* that is under way */
	uint32_t	 looked;	/* the UID whose subject it asks for */
};

/* The message that a UID was first seen to be. */
struct known_uid {
	uint32_t	 uid;
	char		 subject[64];
};

struct race {
	struct daemons	 d;
	struct view	 v[RACE_VIEWS];
	uint64_t	 random;
	unsigned int	 serial;	/* of messages appended */
	unsigned int	 steps;
	struct known_uid *known;
	size_t		 n;
};

/* Starts the daemons and opens the INBOX in all views; Maildir may hold
 * messages already. */
void	race_start(struct race *, const atf_tc_t *, unsigned int seed);

/*
 * Runs a shell script in the current directory, and the sessions until it has
 * ended, which must be with 0.  It may call
 *	message subject		prints a message; no two have one subject
 *	some dir n		prints the path of a file of the folder, of
 *				those in cur/, or nothing; n may be any number
 */
void	race_run(struct race *, const char *script);

/* Waits until all agree, or fails. */
void	race_agree(struct race *);

/* How many messages there are; after race_agree(). */
size_t	race_count(const struct race *);

void	race_stop(struct race *);

#endif
