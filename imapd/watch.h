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

#ifndef IMAPD_WATCH_H
#define IMAPD_WATCH_H

struct folder;

/*
 * Waking a session that waits (IDLE) when another program changes new/ or
 * cur/.  A wake-up is a hint: what has happened is found by folder_scan().
 *
 *	w = watch_open(folder);
 *	wait for what indexd says (folder_events()), and wake up after
 *	watch_timeout(w) milliseconds;
 *	if (watch_read(w))
 *		folder_scan(folder, 0);
 *
 * indexd is told of changes, and asks one of the sessions that wait for a
 * folder to look; those that change nothing hear by IDX_CHANGED of what it
 * has found.  Where folders can't be watched, each looks every WATCH_POLL
 * milliseconds whether the directories are as they were.
 *
 * The first watch_read() says 1, so that what changed before is seen.
 * watch_read() never waits; it is to be called whenever the wait ends.
 * watch_open() returns NULL with errno only if there is no memory.
 */
struct watch;

#define WATCH_POLL	1000	/* ms between looks where nothing wakes us */

struct watch	*watch_open(struct folder *);
int		 watch_timeout(const struct watch *);
int		 watch_read(struct watch *);
void		 watch_close(struct watch *);

#endif
