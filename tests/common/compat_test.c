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

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/compat.h"

static void	put(const char *, const char *);
static ino_t	inode(const char *);

static void
put(const char *path, const char *text)
{
	int fd;

	ATF_REQUIRE((fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600)) != -1);
	ATF_REQUIRE_EQ((ssize_t)strlen(text), write(fd, text, strlen(text)));
	ATF_REQUIRE_EQ(0, close(fd));
}

static ino_t
inode(const char *path)
{
	struct stat st;

	ATF_REQUIRE_EQ(0, stat(path, &st));
	return (st.st_ino);
}

ATF_TC_WITHOUT_HEAD(rename_plain);
ATF_TC_BODY(rename_plain, tc)
{
	ino_t ino;

	put("a", "1");
	ino = inode("a");
	ATF_REQUIRE_EQ(0, compat_rename(AT_FDCWD, "a", AT_FDCWD, "b"));
	ATF_CHECK_EQ(ino, inode("b"));
	ATF_CHECK_ERRNO(ENOENT, access("a", F_OK) == -1);
	ATF_CHECK_ERRNO(ENOENT,
	    compat_rename(AT_FDCWD, "a", AT_FDCWD, "c") == -1);
}

ATF_TC_WITHOUT_HEAD(rename_never_replaces);
ATF_TC_BODY(rename_never_replaces, tc)
{
	ino_t a, b;

	put("a", "1");
	put("b", "2");
	a = inode("a");
	b = inode("b");
	ATF_CHECK_ERRNO(EEXIST,
	    compat_rename(AT_FDCWD, "a", AT_FDCWD, "b") == -1);
	ATF_CHECK_EQ(a, inode("a"));
	ATF_CHECK_EQ(b, inode("b"));
}

ATF_TC_WITHOUT_HEAD(rename_two_links);
ATF_TC_BODY(rename_two_links, tc)
{
	ino_t ino;

	put("a", "1");
	ino = inode("a");
	ATF_REQUIRE_EQ(0, link("a", "b"));
	ATF_REQUIRE_EQ(0, compat_rename(AT_FDCWD, "a", AT_FDCWD, "b"));
	ATF_CHECK_EQ(ino, inode("b"));
	ATF_CHECK_ERRNO(ENOENT, access("a", F_OK) == -1);
}

ATF_TC_WITHOUT_HEAD(rename_to_itself);
ATF_TC_BODY(rename_to_itself, tc)
{
	int fd;

	put("a", "1");
	ATF_REQUIRE_EQ(0, link("a", "other"));
	ATF_REQUIRE((fd = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_CHECK_EQ(0, compat_rename(AT_FDCWD, "a", AT_FDCWD, "a"));
	ATF_CHECK_EQ(0, access("a", F_OK));
	ATF_CHECK_EQ(0, compat_rename(fd, "a", fd, "a"));
	ATF_CHECK_EQ(0, access("a", F_OK));
	close(fd);
}

ATF_TC_WITHOUT_HEAD(rename_between_directories);
ATF_TC_BODY(rename_between_directories, tc)
{
	int one, two;
	ino_t ino;

	ATF_REQUIRE_EQ(0, mkdir("1", 0700));
	ATF_REQUIRE_EQ(0, mkdir("2", 0700));
	ATF_REQUIRE((one = open("1", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_REQUIRE((two = open("2", O_RDONLY | O_DIRECTORY)) != -1);
	put("1/a", "1");
	ino = inode("1/a");
	ATF_CHECK_EQ(0, compat_rename(one, "a", two, "a"));
	ATF_CHECK_EQ(ino, inode("2/a"));
	ATF_CHECK_EQ(0, compat_syncdir(one));
	ATF_CHECK_EQ(0, compat_syncdir(two));
	/* The same name, another file. */
	put("1/a", "2");
	ATF_CHECK_ERRNO(EEXIST, compat_rename(one, "a", two, "a") == -1);
	ATF_CHECK_EQ(ino, inode("2/a"));
	close(one);
	close(two);
}

ATF_TC_WITHOUT_HEAD(rename_directory);
ATF_TC_BODY(rename_directory, tc)
{

	ATF_REQUIRE_EQ(0, mkdir("a", 0700));
	ATF_REQUIRE_EQ(0, mkdir("b", 0700));
	ATF_REQUIRE_EQ(0, mkdir("b/cur", 0700));
	ATF_CHECK_ERRNO(EEXIST,
	    compat_rename(AT_FDCWD, "a", AT_FDCWD, "b") == -1);
	ATF_CHECK_EQ(0, compat_rename(AT_FDCWD, "b", AT_FDCWD, "c"));
	ATF_CHECK_EQ(0, access("c/cur", F_OK));
}

ATF_TC_WITHOUT_HEAD(reserve);
ATF_TC_BODY(reserve, tc)
{
	char buf[200000];
	struct stat st;
	size_t i;
	int fd;

	put("f", "kept");
	ATF_REQUIRE((fd = open("f", O_RDWR)) != -1);
	ATF_REQUIRE_EQ(0, compat_reserve(fd, 0, 200000));
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_CHECK_EQ(200000, st.st_size);
	ATF_CHECK(st.st_blocks * 512 >= 200000);
	ATF_REQUIRE_EQ(200000, pread(fd, buf, sizeof(buf), 0));
	ATF_CHECK_EQ(0, memcmp(buf, "kept", 4));
	for (i = 4; i < sizeof(buf); i++)
		ATF_REQUIRE_EQ(0, buf[i]);
	ATF_CHECK_EQ(0, compat_sync(fd));

	/* Inside the file: nothing is written over, nothing shrinks. */
	ATF_REQUIRE_EQ(1, pwrite(fd, "x", 1, 70000));
	ATF_CHECK_EQ(0, compat_reserve(fd, 65536, 8192));
	ATF_REQUIRE_EQ(1, pread(fd, buf, 1, 70000));
	ATF_CHECK_EQ('x', buf[0]);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_CHECK_EQ(200000, st.st_size);

	ATF_CHECK_ERRNO(EINVAL, compat_reserve(fd, -1, 10) == -1);
	ATF_CHECK_ERRNO(EINVAL, compat_reserve(fd, 0, 0) == -1);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(reserve_failure);
ATF_TC_BODY(reserve_failure, tc)
{
	struct rlimit rl;
	struct stat st;
	int fd;

	put("f", "kept");
	ATF_REQUIRE((fd = open("f", O_RDWR)) != -1);
	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	rl.rlim_cur = rl.rlim_max = 100000;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
	ATF_CHECK_ERRNO(EFBIG, compat_reserve(fd, 0, 1000000) == -1);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_CHECK_EQ(4, st.st_size);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(sync_errors);
ATF_TC_BODY(sync_errors, tc)
{

	ATF_CHECK_ERRNO(EBADF, compat_sync(-1) == -1);
	ATF_CHECK_ERRNO(EBADF, compat_syncdir(-1) == -1);
}

ATF_TC_WITHOUT_HEAD(peereid);
ATF_TC_BODY(peereid, tc)
{
	uid_t uid;
	gid_t gid;
	int sv[2], fd;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE_EQ(0, compat_peereid(sv[0], &uid, &gid));
	ATF_CHECK_EQ(geteuid(), uid);
	ATF_CHECK_EQ(getegid(), gid);
	ATF_REQUIRE((fd = open(".", O_RDONLY)) != -1);
	ATF_CHECK_ERRNO(ENOTSOCK, compat_peereid(fd, &uid, &gid) == -1);
	close(fd);
	close(sv[0]);
	close(sv[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rename_plain);
	ATF_TP_ADD_TC(tp, rename_never_replaces);
	ATF_TP_ADD_TC(tp, rename_two_links);
	ATF_TP_ADD_TC(tp, rename_to_itself);
	ATF_TP_ADD_TC(tp, rename_between_directories);
	ATF_TP_ADD_TC(tp, rename_directory);
	ATF_TP_ADD_TC(tp, reserve);
	ATF_TP_ADD_TC(tp, reserve_failure);
	ATF_TP_ADD_TC(tp, sync_errors);
	ATF_TP_ADD_TC(tp, peereid);
	return (atf_no_error());
}
