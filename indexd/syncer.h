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


#ifndef INDEXD_SYNCER_H
#define INDEXD_SYNCER_H

#include <stddef.h>
#include <stdint.h>

/*
 * A helper process that makes files durable, so that the event loop never
 * waits for a large one.  It gets a descriptor per job and answers in order.
 */
struct syncer;

enum sync_job {
	SYNC_TABLE,	/* write out and sync a mapped file */
	SYNC_FILL	/* fill an empty file with size zeros, and sync it */
};

/* Forks the helper.  NULL with errno. */
struct syncer *syncer_start(void);

/* Ends it, after it has done what it was given. */
void	syncer_stop(struct syncer *);

/* Readable when there are answers; changes when the helper was restarted. */
int	syncer_fd(const struct syncer *);

/* Gives it a job; ticket comes back with the answer.  fd stays the caller's.
 * 0, or -1 with errno: EAGAIN, it has enough to do. */
int	syncer_submit(struct syncer *, enum sync_job, uint64_t ticket, int fd,
	    uint64_t size);

/*
 * The next answer: 1 with *ticket and *error (0 or an errno), 0 if there is
 * none now, -1 if the helper is gone: it was restarted then, or will be at
 * the next job, and whoever waits for an answer must submit again.
 */
int	syncer_answer(struct syncer *, uint64_t *ticket, int *error);

#endif
