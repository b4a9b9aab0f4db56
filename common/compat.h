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

#ifndef COMMON_COMPAT_H
#define COMMON_COMPAT_H

#include <sys/types.h>
#include <sys/socket.h>

#include <time.h>

/*
 * What differs between the systems we run on.  Everything here behaves the
 * same everywhere; the conditionals are in compat.c.
 */

struct dirent;
struct stat;

/* macOS has no such flag of sendmsg(2): its SIGPIPE has to be ignored. */
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL	0
#endif

/*
 * Makes the data of an open file durable: fdatasync(2), or F_FULLFSYNC on
 * macOS, where fsync(2) leaves data in the drive's cache.  Returns 0, or -1
 * with errno; after a failure the state of the file's pages is unknown and
 * nothing may be retried on them.
 */
int	compat_sync(int fd);

/*
 * The same for what any process stored through a mapping of the file:
 * msync(2) is what POSIX gives for that, and compat_sync() reaches the disk.
 * On Linux fdatasync(2) alone does both.
 */
int	compat_syncmap(int fd);

/*
 * Makes the entries of an open directory durable.  Returns 0, or -1 with
 * errno.
 */
int	compat_syncdir(int fd);

/*
 * Makes the last component of a path durable in its directory, if that may be
 * read: to make a directory in one that may only be searched is enough for
 * its owner.  0, or -1 with errno.
 */
int	compat_syncparent(const char *path);

/*
 * Gives blocks, that read as zeros, to the range [off, off + len) of the
 * file and extends it if need be, so that a later store through a mapping
 * cannot fail for want of space.  What the range holds already is left as
 * it is.  Returns 0, or -1 with errno (ENOSPC, EDQUOT, EFBIG, EIO) and the
 * file's old size.
 */
int	compat_reserve(int fd, off_t off, off_t len);

/*
 * Renames without ever replacing: where the system cannot, by link(2),
 * comparing inodes, and unlink(2).  Returns 0, also if to was already the
 * same file as from, whose name is then removed; -1 with errno, EEXIST if
 * to is another file.
 */
int	compat_rename(int fromfd, const char *from, int tofd, const char *to);

/* When a file's data, and its inode, were last changed. */
struct timespec compat_mtime(const struct stat *);
struct timespec compat_ctime(const struct stat *);

/* Whether the entry itself says that it is a directory; 0: it may be. */
int	compat_is_dir(const struct dirent *);

/* Whether a directory's entry tells by itself that it is no regular file. */
int	compat_not_file(const struct dirent *);

/*
 * Fills in the effective user of the process at the other end of a UNIX
 * socket.  Returns 0, or -1 with errno.
 */
int	compat_peereid(int fd, uid_t *uid, gid_t *gid);

/* The process at the other end, as it was when it connected; 0 if the
 * system does not tell. */
pid_t	compat_peerpid(int fd);

/*
 * Gives memory that is free back to the system, where free(3) keeps whole
 * pages of it for later.
 */
void	compat_trim(void);

/*
 * Takes, for good, the free memory that lies between memory in use, so that
 * what is allocated from now on is put in pages of its own: for a process that
 * forks many, each of which would otherwise copy a page for each piece of
 * memory that it takes.  Does nothing where malloc(3) is not known to do so.
 */
void	compat_plug(void);

/*
 * Prepares setproctitle(3) where it writes over the arguments of main() and
 * the environment; called first of all, in the first process.  What argv
 * pointed to is kept in copies.
 */
void	compat_title_init(int argc, char *argv[]);

#endif
