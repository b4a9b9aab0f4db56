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

#ifndef IMAPD_WATCH_NAMES_H
#define IMAPD_WATCH_NAMES_H

/*
 * Which names come and go in two directories, where the system tells: Linux
 * does (inotify(7)).  For what is done with them see witness.h.
 */
struct watch_names {
	int	fd;		/* close(2) ends it */
	int	newwd;
	int	curwd;
};

/*
 * Begins.  Returns 0, or -1 with errno: ENOSYS where the system does not tell
 * names, ENOTSUP on a file system that others may change without its knowing
 * (as NFS), EMFILE if the user has used up fs.inotify.max_user_instances.
 */
int	watch_names_open(struct watch_names *, int newfd, int curfd);

/*
 * Calls back with each name that came, went or changed since the last call,
 * incur 1 if that was in cur/.  Never waits.  Returns 0, or -1 with errno:
 * EOVERFLOW if something may have been lost, or as the callback left it when
 * it returned -1.
 */
int	watch_names_read(const struct watch_names *,
	    int (*)(void *, int incur, const char *name), void *);

/*
 * Waits until every change of the directory that fstat(2) shows by now is
 * there to be read.  Returns 0, or -1 with errno.
 */
int	watch_names_barrier(int dirfd);

#endif
