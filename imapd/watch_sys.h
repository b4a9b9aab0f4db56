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

#ifndef IMAPD_WATCH_SYS_H
#define IMAPD_WATCH_SYS_H

/*
 * The system's means that tell which names come and go in directories:
 * inotify(7).  Where there is none, these fail with ENOSYS.
 *
 * An instance is made by watch_sys_make(), at the cost of the user's
 * fs.inotify.max_user_instances (EMFILE); watch_sys_add() has it told of an
 * open directory, at the cost of fs.inotify.max_user_watches (ENOSPC), and
 * returns what the directory is called in it.  -1 with errno.
 */
int	watch_sys_make(void);
int	watch_sys_add(int instance, int dirfd);

/*
 * Waits until every change of the directory that fstat(2) shows by now is
 * told.  Returns 0, or -1 with errno.
 */
int	watch_sys_barrier(int dirfd);

/* Whether all changes of the directory are told: not on a file system that
 * others may change without this host's knowing, as NFS; 1 or 0. */
int	watch_sys_all(int dirfd);

#endif
