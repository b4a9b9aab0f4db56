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
 *	poll watch_fd(w), if it is not -1, for reading, and wake up after
 *	watch_timeout(w) milliseconds, if that is not -1;
 *	if (watch_read(w))
 *		folder_scan(folder, 0);
 *
 * The first watch_read() says 1, so that what changed before the watch stood
 * is seen.  watch_open() returns NULL with errno only if there is no memory:
 * where the system's own means (inotify, kqueue) are missing or used up, the
 * directories are compared every WATCH_POLL milliseconds, which is logged
 * once.  watch_read() never waits; it is to be called on either wake-up, and
 * when watch_pending() says so: the folder's own work may have taken what
 * would have woken us.
 */
struct watch;

#define WATCH_POLL	1000	/* ms between looks where nothing wakes us */

struct watch	*watch_open(struct folder *);
int		 watch_fd(const struct watch *);
int		 watch_timeout(const struct watch *);
int		 watch_read(struct watch *);
int		 watch_pending(const struct watch *);
void		 watch_close(struct watch *);

/*
 * The system's own means (watch_inotify.c, watch_kqueue.c): watch two open
 * directories.  native_open() returns a descriptor to poll for reading, or
 * -1 with errno, ENOSYS where there is none; native_read() empties it and
 * returns whether anything happened.  The descriptors stay the caller's.
 */
int	watch_native_open(int newfd, int curfd);
int	watch_native_read(int fd);

#endif
