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

#include <string.h>

#include "tests/order/history.h"
#include "tests/order/workload.h"

const char *const work_boxes[WORK_BOXES] = { "INBOX", "Other" };
const char *const work_dirs[WORK_BOXES] = { "Maildir", "Maildir/.Other" };

#define PAUSE	2000000		/* ns, at most, between two commands */

void
worker_start(struct worker *w, const struct work *work, unsigned int proc)
{
	memset(w, 0, sizeof(*w));
	w->w = work;
	record_open(&w->rec, ".", proc);
	dice_seed(&w->dice, work->seed, proc);
	replica_init(&w->client);
	w->s.fd = -1;
	w->s.rec = &w->rec;
	w->s.client = &w->client;
	/* One in four works on the other mailbox. */
	w->mailbox = work_boxes[proc % 4 == 3];
	w->other = work_boxes[proc % 4 != 3];
}

void
worker_run(struct worker *w)
{
	while (record_now() < w->w->end) {
		if ((w->s.fd == -1 || !w->client.selected ||
		    w->client.syncing) && worker_sync(w) == -1)
			continue;
		if (!replica_complete(&w->client) && dice(&w->dice, 2) &&
		    worker_fetch_new(w) != REPLY_OK)
			continue;
		worker_command(w);
		switch (dice(&w->dice, 40)) {
		case 0:
			session_close(&w->s);
			break;
		case 1:
			session_cut(&w->s);
			break;
		default:
			break;
		}
		if (dice(&w->dice, 4) == 0)
			record_pause(dice(&w->dice, PAUSE));
	}
	session_cut(&w->s);
}

void
worker_end(struct worker *w)
{
	int	 tries;

	for (tries = 0; tries < 100 && (w->s.fd == -1 ||
	    !w->client.selected); tries++)
		(void)worker_sync(w);
	if (w->s.fd != -1 && session_command(&w->s, "NOOP") == REPLY_OK &&
	    !replica_complete(&w->client))
		(void)worker_fetch_new(w);
	session_close(&w->s);
	replica_free(&w->client);
	record_close(&w->rec);
}
