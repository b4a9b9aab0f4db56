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

#ifdef __linux__
#include <sys/inotify.h>
#include <sys/vfs.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "imapd/watch_sys.h"

#ifdef __linux__

/* IN_ATTRIB: what could not be read may be a message now. */
#define EVENTS	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | \
		    IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR)

int
watch_sys_make(void)
{
	return (inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
}

/* The directory that is open, whatever it is called now. */
int
watch_sys_add(int instance, int dirfd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd);
	return (inotify_add_watch(instance, path, EVENTS));
}

/*
 * Whoever changes a directory holds its lock in the kernel from before the
 * change shows until after the event is queued.  To remove what is not there
 * takes the lock as well, and changes nothing.
 */
int
watch_sys_barrier(int dirfd)
{
	if (unlinkat(dirfd, ".highwater-barrier", AT_REMOVEDIR) == -1 &&
	    errno != ENOENT)
		return (-1);
	return (0);
}

int
watch_sys_all(int dirfd)
{
	static const uint32_t known[] = {
		0x0000ef53,	/* ext2, ext3, ext4 */
		0x58465342,	/* XFS */
		0x9123683e,	/* btrfs */
		0x2fc12fc1,	/* ZFS */
		0xf2f52010,	/* F2FS */
		0xca451a4e,	/* bcachefs */
		0x01021994,	/* tmpfs */
		0x794c7630	/* overlayfs */
	};
	struct statfs st;
	size_t i;

	if (fstatfs(dirfd, &st) == -1)
		return (0);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((uint32_t)st.f_type == known[i])
			return (1);
	return (0);
}

#else

int
watch_sys_make(void)
{
	errno = ENOSYS;
	return (-1);
}

int
watch_sys_add(int instance, int dirfd)
{
	(void)instance;
	(void)dirfd;
	errno = ENOSYS;
	return (-1);
}

int
watch_sys_barrier(int dirfd)
{
	(void)dirfd;
	errno = ENOSYS;
	return (-1);
}

int
watch_sys_all(int dirfd)
{
	(void)dirfd;
	return (0);
}

#endif
