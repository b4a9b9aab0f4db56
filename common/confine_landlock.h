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

#ifndef COMMON_CONFINE_LANDLOCK_H
#define COMMON_CONFINE_LANDLOCK_H

/*
 * Landlock (landlock(7)), from ABI 2 on: what a process may do below which
 * directories.  For Linux alone.
 */

#define LANDLOCK_ABI_MIN	2	/* files move between directories */
#define LANDLOCK_ABI_SCOPE	6	/* signals, abstract UNIX sockets */

/* Kinds of access to what is below a directory, or to a file. */
#define LANDLOCK_MAY_READ	0x1	/* files */
#define LANDLOCK_MAY_LIST	0x2	/* directories */
#define LANDLOCK_MAY_WRITE	0x4	/* make, change, rename, remove */
#define LANDLOCK_MAY_REMOVE	0x8	/* files */

/* The kernel's ABI: 0, if it is not there or switched off. */
int	landlock_abi(void);

/*
 * Begins a set of rules by which everything that the kernel knows to forbid
 * is: a descriptor, or -1 with errno.
 */
int	landlock_new(void);

/*
 * Allows some of it below the directory, or to the file, that is open as fd.
 * 0, or -1 with errno.
 */
int	landlock_allow(int set, int fd, int may);

/* By its name; what is not there is not allowed, and no error. */
int	landlock_allow_path(int set, const char *path, int may);

/*
 * Puts the set into force for this process and those that it will fork.
 * 0, or -1 with errno.  The descriptor is closed in either case.
 */
int	landlock_enforce(int set);

#endif
