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
#include <sys/stat.h>
#include <sys/syscall.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/confine_landlock.h"

#ifdef __linux__

/*
 * As in the kernel's headers, which may be older here than the kernel that
 * we will run on.  The numbers are the same on all machines.
 */
#define NR_CREATE_RULESET	444
#define NR_ADD_RULE		445
#define NR_RESTRICT_SELF	446

#define CREATE_VERSION		1U
#define RULE_PATH_BENEATH	1

#define FS_WRITE_FILE		(UINT64_C(1) << 1)
#define FS_READ_FILE		(UINT64_C(1) << 2)
#define FS_READ_DIR		(UINT64_C(1) << 3)
#define FS_REMOVE_DIR		(UINT64_C(1) << 4)
#define FS_REMOVE_FILE		(UINT64_C(1) << 5)
#define FS_MAKE_DIR		(UINT64_C(1) << 7)
#define FS_MAKE_REG		(UINT64_C(1) << 8)
#define FS_REFER		(UINT64_C(1) << 13)	/* ABI 2 */
#define FS_TRUNCATE		(UINT64_C(1) << 14)	/* ABI 3 */

#define FS_ALL_2		((UINT64_C(1) << 14) - 1)
#define FS_ALL_3		((UINT64_C(1) << 15) - 1)
#define FS_ALL_5		((UINT64_C(1) << 16) - 1) /* ioctl on devices */
#define FS_OF_FILES		(FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)
#define NET_ALL_4		UINT64_C(3)	/* bind, connect by TCP */
#define SCOPE_ALL_6		UINT64_C(3)	/* abstract sockets, signals */

struct ruleset_attr {
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scoped;
};

struct path_attr {
	uint64_t	access;
	int32_t		fd;
} __attribute__((__packed__));

static uint64_t	handled(int);

int
landlock_abi(void)
{
	long abi;

	abi = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_VERSION);
	return (abi < LANDLOCK_ABI_MIN ? 0 : (int)abi);
}

static uint64_t
handled(int abi)
{
	return (abi < 3 ? FS_ALL_2 : abi < 5 ? FS_ALL_3 : FS_ALL_5);
}

int
landlock_new(void)
{
	struct ruleset_attr attr;
	int abi;

	memset(&attr, 0, sizeof(attr));
	if ((abi = landlock_abi()) == 0) {
		errno = ENOSYS;
		return (-1);
	}
	attr.fs = handled(abi);
	if (abi >= 4)
		attr.net = NET_ALL_4;
	if (abi >= LANDLOCK_ABI_SCOPE)
		attr.scoped = SCOPE_ALL_6;
	return ((int)syscall(NR_CREATE_RULESET, &attr, sizeof(attr), 0));
}

int
landlock_allow(int set, int fd, int may)
{
	struct path_attr attr;
	struct stat st;

	memset(&attr, 0, sizeof(attr));
	attr.fd = fd;
	if (may & LANDLOCK_MAY_READ)
		attr.access |= FS_READ_FILE;
	if (may & LANDLOCK_MAY_LIST)
		attr.access |= FS_READ_DIR;
	if (may & LANDLOCK_MAY_WRITE)
		attr.access |= FS_WRITE_FILE | FS_REMOVE_DIR |
		    FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER |
		    FS_TRUNCATE;
	if (may & LANDLOCK_MAY_REMOVE)
		attr.access |= FS_REMOVE_FILE;
	if (fstat(fd, &st) == -1)
		return (-1);
	if (!S_ISDIR(st.st_mode))
		attr.access &= FS_OF_FILES;
	attr.access &= handled(landlock_abi());
	return ((int)syscall(NR_ADD_RULE, set, RULE_PATH_BENEATH, &attr, 0));
}

int
landlock_allow_path(int set, const char *path, int may)
{
	int error, fd, rv;

	if ((fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return (errno == ENOENT || errno == EACCES ? 0 : -1);
	rv = landlock_allow(set, fd, may);
	error = errno;
	close(fd);
	errno = error;
	return (rv);
}

int
landlock_enforce(int set)
{
	int error, rv;

	rv = (int)syscall(NR_RESTRICT_SELF, set, 0);
	error = errno;
	close(set);
	errno = error;
	return (rv);
}

#endif
