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

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "indexd/store.h"

/*
 * Stamps: what the directories of a folder were when a session had compared
 * them with the table, and all that it found was taken.  A stamp must not be
 * in the table before what it speaks of is durable.  It waits for the next
 * commit, but not for long: until it is there, whoever opens the mailbox
 * lists the folder.
 */

#define STAMP_DELAY	25	/* ms without a commit, then its own */

int
mailbox_set_stamp(struct mailbox *mb, uint32_t reports,
    const uint64_t stamp[TABLE_STAMP])
{
	struct engine *e = mb->e;

	if (mb->removed)
		return (0);
	if (reports != mb->cur.reports) {
		errno = EAGAIN;
		return (-1);
	}
	memcpy(mb->stamp, stamp, sizeof(mb->stamp));
	if (mb->stamped)
		return (0);
	if (TAILQ_EMPTY(&e->stamped))
		due_set(&e->stamps_due, STAMP_DELAY);
	TAILQ_INSERT_TAIL(&e->stamped, mb, stamped_entry);
	mb->stamped = 1;
	return (0);
}

/*
 * What a report says may be older than the look that a stamp stands for, and
 * be undone by then, whether the stamp came before it or comes after: so
 * reports are counted, and the folder will be looked at again.
 */
int
mailbox_reported(struct mailbox *mb)
{
	static const uint64_t none[TABLE_STAMP];

	stamp_drop(mb);
	if (pend_stamp(mb, none) == -1)
		return (-1);
	mb->cur.reports++;
	return (0);
}

/* With an interval between syncs, what is visible may not be durable yet. */
void
stamps_join(struct engine *e)
{
	struct mailbox *mb;

	if (e->timer)
		return;
	while ((mb = TAILQ_FIRST(&e->stamped)) != NULL) {
		/* Without memory for it, the next comparison tells again. */
		(void)pend_stamp(mb, mb->stamp);
		stamp_drop(mb);
		mailbox_idle(mb);
	}
}

int
stamps_timeout(const struct engine *e)
{
	if (e->timer || TAILQ_EMPTY(&e->stamped))
		return (-1);
	return (due_in(&e->stamps_due));
}

/* Forgets what waits; the mailbox may be idle now. */
void
stamp_drop(struct mailbox *mb)
{
	if (!mb->stamped)
		return;
	TAILQ_REMOVE(&mb->e->stamped, mb, stamped_entry);
	mb->stamped = 0;
}

void
stamps_free(struct engine *e)
{
	struct mailbox *mb;

	while ((mb = TAILQ_FIRST(&e->stamped)) != NULL) {
		stamp_drop(mb);
		mailbox_idle(mb);
	}
}
