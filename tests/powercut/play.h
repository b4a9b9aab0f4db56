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

#ifndef TESTS_POWERCUT_PLAY_H
#define TESTS_POWERCUT_PLAY_H

#include <stdint.h>

#include "tests/lib/imap.h"
#include "tests/powercut/disk.h"

/*
 * Both daemons under the recorder, and a client that changes mailboxes and
 * knows after each step what it was told.
 */
#define SHOT_BOXES	8

/* All mailboxes, as a client sees them. */
struct shot {
	size_t			 n;
	char			 name[SHOT_BOXES][64];
	struct imap_mailbox	 box[SHOT_BOXES];
};

/*
 * A step: between these two lengths of the log it was under way; at the third
 * a client had been told all of what it led to.
 */
struct step {
	uint64_t	 sent;
	uint64_t	 answered;
	uint64_t	 seen;
	char		 what[128];
	struct shot	 after;
};

struct play {
	struct daemons	 d;
	struct event_log *log;
	struct disk	*disk;
	struct step	*step;		/* the first: nothing is there */
	size_t		 n;
	uint64_t	 random;
	unsigned int	 serial;	/* of messages */
	struct imap	*im;
};

unsigned int play_draw(struct play *, unsigned int below);

/* In the current directory, which is empty: records steps. */
void	play_record(struct play *, const atf_tc_t *, uint64_t seed,
	    unsigned int steps);
void	play_free(struct play *);

/* Reads all mailboxes, each opened for writing first; and what each message
 * holds is what its subject says. */
void	shot_read(struct imap *, struct shot *);
void	shot_free(struct shot *);
const struct imap_mailbox *shot_find(const struct shot *, const char *);

/* The same mailboxes, with the same messages and flags. */
int	shot_equal(const struct shot *, const struct shot *);
void	shot_print(const char *, const struct shot *);

/* The text of a message. */
size_t	message_text(char *, size_t, unsigned int serial);

#endif
