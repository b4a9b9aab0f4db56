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

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"
#include "common/directory.h"
#include "imapd/identity.h"
#include "imapd/lease.h"
#include "imapd/mailroot.h"
#include "imapd/names.h"
#include "imapd/namespace.h"
#include "imapd/special_use.h"

#define OPEN_DIR	(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define REMOVE_DEPTH	8	/* directories within a folder being removed */
#define REMOVE_TRIES	5	/* readdir(3) may skip while names go */

static int	make_dirs(int);
static int	make_root(const char *);
static int	has_cur(int, const char *);
static int	is_folder(int, const struct dirent *);
static int	remove_entry(int, const char *, int);
static int	remove_entries(int, const char *, int);
static int	remove_tree(int, const char *, int);

/*
 * The umask would keep a group out that shares the mail.  Where groups come
 * from the directory above, they go on doing so.
 */
int
mailroot_mkdir(int dirfd, const char *name)
{
	struct stat	 above, st;
	int		 fd, ret, saved;

	if (fstat(dirfd, &above) == -1 || mkdirat(dirfd, name, 0700) == -1 ||
	    (fd = openat(dirfd, name, OPEN_DIR)) == -1)
		return (-1);
	ret = fstat(fd, &st);
	if (ret == 0)
		ret = fchmod(fd, (st.st_mode & S_ISGID) |
		    (above.st_mode & 0777) | 0700);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return (ret);
}

/* cur/ comes last: with it a folder is complete. */
static int
make_dirs(int fd)
{
	static const char *const names[] = { "tmp", "new", "cur" };
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mailroot_mkdir(fd, names[i]) == -1 && errno != EEXIST)
			return (-1);
	return (compat_syncdir(fd));
}

/* With the directories above, as a user has none before the first mail. */
static int
make_root(const char *path)
{
	char	 above[PATH_MAX], *p;
	int	 error = ENOENT;

	if (mkdir(path, 0700) == 0)
		return (0);
	if (errno != ENOENT)
		return (-1);
	if (strlcpy(above, path, sizeof(above)) >= sizeof(above)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	/* Those that cannot be made are there, or else the last one fails. */
	for (p = above + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(above, 0700) == -1) {
			if (errno != EEXIST)
				error = errno;
		} else if (compat_syncparent(above) == -1)
			return (-1);
		*p = '/';
	}
	if (mkdir(path, 0700) == 0)
		return (0);
	if (errno == ENOENT)
		errno = error;
	return (-1);
}

int
mailroot_open(const char *path)
{
	int		 fd, saved;

	if (make_root(path) == -1 && errno != EEXIST && errno != EROFS)
		return (-1);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	if (faccessat(fd, "cur", F_OK, 0) == 0 &&
	    faccessat(fd, "new", F_OK, 0) == 0 &&
	    faccessat(fd, "tmp", F_OK, 0) == 0)
		return (fd);
	/* Its own name first: with cur/ nobody asks again. */
	if (compat_syncparent(path) == -1 || make_dirs(fd) == -1) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

/* Whether a directory of the root has a cur/. */
static int
has_cur(int rootfd, const char *dir)
{
	struct stat	 st;
	char		 cur[NAMESPACE_DIRLEN + sizeof("/cur")];

	if (strlcpy(cur, dir, sizeof(cur)) >= sizeof(cur) ||
	    strlcat(cur, "/cur", sizeof(cur)) >= sizeof(cur)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if (fstatat(rootfd, cur, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (errno == ENOENT ? 0 : -1);
	return (S_ISDIR(st.st_mode));
}

int
mailroot_exists(int rootfd, const char *dir)
{
	struct stat	 st;

	if (fstatat(rootfd, dir, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (errno == ENOENT ? 0 : -1);
	return (S_ISDIR(st.st_mode) ? has_cur(rootfd, dir) : 0);
}

/* The same of an entry, which may say itself what it is. */
static int
is_folder(int rootfd, const struct dirent *e)
{
	if (compat_is_dir(e))
		return (has_cur(rootfd, e->d_name));
	return (mailroot_exists(rootfd, e->d_name));
}

int
mailroot_list(int rootfd, char separator, struct names *names, int *deleted)
{
	char		 name[NAMESPACE_DIRLEN + 1];
	struct dirent	*e;
	DIR		*d;
	int		 ret;

	names_init(names);
	*deleted = 0;
	if ((d = directory_open(rootfd, ".")) == NULL)
		return (-1);
	e = NULL;
	ret = names_append(names, "INBOX");
	while (ret == 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, MAILROOT_HIDDEN,
		    sizeof(MAILROOT_HIDDEN) - 1) == 0)
			*deleted = 1;
		if (e->d_name[0] != '.' || strcmp(e->d_name, ".") == 0 ||
		    namespace_from_dir(separator, e->d_name, name,
		    sizeof(name)) == -1)
			continue;
		if (is_folder(rootfd, e) == 1)
			ret = names_append(names, name);
	}
	if (ret == 0 && errno != 0)
		ret = -1;
	(void)closedir(d);
	names_sort(names);
	return (ret);
}

int
mailroot_create(int rootfd, const char *dir)
{
	int		 fd, ret, saved;

	if ((ret = mailroot_exists(rootfd, dir)) != 0) {
		if (ret == 1)
			errno = EEXIST;
		return (-1);
	}
	if (mailroot_mkdir(rootfd, dir) == -1 && errno != EEXIST)
		return (-1);
	/* Its name is durable before it counts as a folder, by cur/. */
	if (compat_syncdir(rootfd) == -1 ||
	    (fd = openat(rootfd, dir, OPEN_DIR)) == -1)
		return (-1);
	/* Delivery agents know a Maildir++ folder by this file. */
	ret = openat(fd, "maildirfolder", O_WRONLY | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (ret != -1) {
		(void)close(ret);
		ret = make_dirs(fd);
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	return (ret);
}

void
mailroot_uncreate(int rootfd, const char *dir)
{
	static const char *const made[] = {
		"cur", "new", "tmp", "maildirfolder", IDENTITY_FILE,
		LEASE_FILE, "highwater-lock", SPECIAL_USE_FILE
	};
	size_t	 i;
	int	 fd;

	if ((fd = openat(rootfd, dir, OPEN_DIR)) == -1)
		return;
	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (unlinkat(fd, made[i], i < 3 ? AT_REMOVEDIR : 0) == -1 &&
		    errno != ENOENT)
			break;
	(void)close(fd);
	(void)unlinkat(rootfd, dir, AT_REMOVEDIR);
}

/*
 * rename(2) of a directory replaces at most an empty one, never a folder, so
 * that of two renames to one name only the first can succeed.
 */
int
mailroot_rename(int rootfd, const char *from, const char *to)
{
	int	 ret;

	if ((ret = mailroot_exists(rootfd, to)) == -1)
		return (-1);
	if (ret == 1 || renameat(rootfd, from, rootfd, to) == -1) {
		if (ret == 1 || errno == ENOTEMPTY)
			errno = EEXIST;
		return (-1);
	}
	return (compat_syncdir(rootfd));
}

int
mailroot_hide(int rootfd, const char *dir, char hidden[MAILROOT_HIDDENLEN])
{
	uint32_t	 r[2];

	r[0] = arc4random();
	r[1] = arc4random();
	(void)snprintf(hidden, MAILROOT_HIDDENLEN, "%s%08x%08x",
	    MAILROOT_HIDDEN, r[0], r[1]);
	if (renameat(rootfd, dir, rootfd, hidden) == -1)
		return (-1);
	return (compat_syncdir(rootfd));
}

static int
remove_entry(int fd, const char *name, int depth)
{
	if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
		return (0);
	/* EPERM is what POSIX has for a directory, EISDIR Linux. */
	if (errno != EISDIR && errno != EPERM)
		return (-1);
	if (depth == REMOVE_DEPTH) {
		errno = ELOOP;
		return (-1);
	}
	return (remove_tree(fd, name, depth + 1));
}

static int
remove_entries(int atfd, const char *name, int depth)
{
	struct dirent	*e;
	DIR		*d;
	int		 ret = 0, saved;

	if ((d = directory_open(atfd, name)) == NULL)
		return (errno == ENOENT ? 0 : -1);
	while (ret == 0 && (errno = 0, e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ret = remove_entry(dirfd(d), e->d_name, depth);
	if (ret == 0 && errno != 0)
		ret = -1;
	saved = errno;
	(void)closedir(d);
	errno = saved;
	return (ret);
}

static int
remove_tree(int atfd, const char *name, int depth)
{
	int	 tries;

	for (tries = 0; tries < REMOVE_TRIES; tries++) {
		if (remove_entries(atfd, name, depth) == -1)
			return (-1);
		if (unlinkat(atfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return (0);
		if (errno != ENOTEMPTY && errno != EEXIST)
			return (-1);
	}
	return (-1);
}

int
mailroot_remove(int rootfd, const char *hidden)
{
	return (remove_tree(rootfd, hidden, 0));
}

int
mailroot_next_hidden(int rootfd, char hidden[MAILROOT_HIDDENLEN])
{
	struct dirent	*e;
	DIR		*d;
	int		 found;

	if ((d = directory_open(rootfd, ".")) == NULL)
		return (-1);
	found = 0;
	while (!found && (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, MAILROOT_HIDDEN,
		    sizeof(MAILROOT_HIDDEN) - 1) == 0 &&
		    strlcpy(hidden, e->d_name, MAILROOT_HIDDENLEN) <
		    MAILROOT_HIDDENLEN)
			found = 1;
	(void)closedir(d);
	return (found);
}
