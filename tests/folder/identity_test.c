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

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "imapd/identity.h"

static void	make(struct idx_identity *, int *, int *);
static void	spoil(int, off_t);

static void
make(struct idx_identity *id, int *dirfd, int *tmpfd)
{
	ATF_REQUIRE_EQ(0, mkdir("tmp", 0700));
	ATF_REQUIRE((*dirfd = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_REQUIRE((*tmpfd = open("tmp", O_RDONLY | O_DIRECTORY)) != -1);
	memset(id, 0, sizeof(*id));
	memset(id->id, 0xa1, sizeof(id->id));
	memset(id->indexd, 0x0c, sizeof(id->indexd));
	id->uidvalidity = 4000000000U;
	id->floor_uid = 65537;
	id->floor_modseq = UINT64_MAX / 2;
	ATF_REQUIRE_EQ(0, identity_write(*dirfd, *tmpfd, id, 0640, 0));
}

static void
spoil(int dirfd, off_t off)
{
	int fd;

	ATF_REQUIRE((fd = openat(dirfd, IDENTITY_FILE, O_WRONLY)) != -1);
	ATF_REQUIRE_EQ(1, pwrite(fd, "#", 1, off));
	close(fd);
}

ATF_TC_WITHOUT_HEAD(write_read);
ATF_TC_BODY(write_read, tc)
{
	struct idx_identity id, got;
	struct stat st;
	int dirfd, tmpfd;

	make(&id, &dirfd, &tmpfd);
	ATF_REQUIRE_EQ(0, identity_read(dirfd, &got));
	ATF_CHECK_EQ(0, memcmp(&id, &got, sizeof(id)));
	ATF_REQUIRE_EQ(0, stat(IDENTITY_FILE, &st));
	ATF_CHECK_EQ(0640, st.st_mode & 07777);
	ATF_CHECK_EQ(2 * IDENTITY_SLOT, st.st_size);
	ATF_CHECK_ERRNO(EEXIST, identity_write(dirfd, tmpfd, &id, 0640, 0) ==
	    -1);
	id.uidvalidity++;
	ATF_REQUIRE_EQ(0, identity_write(dirfd, tmpfd, &id, 0640, 1));
	ATF_REQUIRE_EQ(0, identity_read(dirfd, &got));
	ATF_CHECK_EQ(id.uidvalidity, got.uidvalidity);
	/* Nothing is left behind. */
	ATF_CHECK_EQ(0, rmdir("tmp"));
}

ATF_TC_WITHOUT_HEAD(raise_only);
ATF_TC_BODY(raise_only, tc)
{
	struct idx_identity id, got;
	int dirfd, tmpfd;

	make(&id, &dirfd, &tmpfd);
	ATF_REQUIRE_EQ(0, identity_raise(dirfd, tmpfd, 5, 70000, &id));
	ATF_CHECK_EQ(UINT64_MAX / 2, id.floor_modseq);
	ATF_CHECK_EQ(70000, id.floor_uid);
	ATF_REQUIRE_EQ(0, identity_raise(dirfd, tmpfd, UINT64_MAX / 2 + 9, 3,
	    &id));
	ATF_REQUIRE_EQ(0, identity_read(dirfd, &got));
	ATF_CHECK_EQ(UINT64_MAX / 2 + 9, got.floor_modseq);
	ATF_CHECK_EQ(70000, got.floor_uid);
	/* Written by somebody else, or restored as it was on a tape. */
	ATF_REQUIRE_EQ(0, chmod(IDENTITY_FILE, 0440));
	ATF_REQUIRE_EQ(0, identity_raise(dirfd, tmpfd, 0, 80000, &id));
	ATF_REQUIRE_EQ(0, identity_read(dirfd, &got));
	ATF_CHECK_EQ(80000, got.floor_uid);
	/* Another mailbox's by now. */
	id.id[0] ^= 1;
	ATF_CHECK_ERRNO(EBADMSG, identity_raise(dirfd, tmpfd, UINT64_MAX, 3,
	    &id) == -1);
}

ATF_TC_WITHOUT_HEAD(torn);
ATF_TC_BODY(torn, tc)
{
	struct idx_identity id, got;
	int dirfd, tmpfd;

	make(&id, &dirfd, &tmpfd);
	/* The first raise writes the first slot, the next the second. */
	ATF_REQUIRE_EQ(0, identity_raise(dirfd, tmpfd, 0, 70000, &id));
	ATF_REQUIRE_EQ(0, identity_raise(dirfd, tmpfd, 0, 80000, &id));
	spoil(dirfd, IDENTITY_SLOT + 30);
	ATF_REQUIRE_EQ(0, identity_read(dirfd, &got));
	ATF_CHECK_EQ(70000, got.floor_uid);
	/* The torn one is written next. */
	ATF_REQUIRE_EQ(0, identity_raise(dirfd, tmpfd, 0, 90000, &id));
	spoil(dirfd, 40);
	ATF_REQUIRE_EQ(0, identity_read(dirfd, &got));
	ATF_CHECK_EQ(90000, got.floor_uid);
	spoil(dirfd, IDENTITY_SLOT + 4000);
	ATF_CHECK_ERRNO(EBADMSG, identity_read(dirfd, &got) == -1);
}

ATF_TC_WITHOUT_HEAD(strange);
ATF_TC_BODY(strange, tc)
{
	struct idx_identity id;
	int dirfd;

	ATF_REQUIRE((dirfd = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_CHECK_ERRNO(ENOENT, identity_read(dirfd, &id) == -1);
	ATF_REQUIRE_EQ(0, mkfifo(IDENTITY_FILE, 0600));
	ATF_CHECK_ERRNO(EBADMSG, identity_read(dirfd, &id) == -1);
	ATF_REQUIRE_EQ(0, unlink(IDENTITY_FILE));
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", IDENTITY_FILE));
	ATF_CHECK_ERRNO(EBADMSG, identity_read(dirfd, &id) == -1);
	ATF_REQUIRE_EQ(0, unlink(IDENTITY_FILE));
	atf_utils_create_file(IDENTITY_FILE, "short\n");
	ATF_CHECK_ERRNO(EBADMSG, identity_read(dirfd, &id) == -1);
	ATF_REQUIRE_EQ(0, unlink(IDENTITY_FILE));
	ATF_REQUIRE_EQ(0, mkdir(IDENTITY_FILE, 0700));
	ATF_CHECK_ERRNO(EBADMSG, identity_read(dirfd, &id) == -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, write_read);
	ATF_TP_ADD_TC(tp, raise_only);
	ATF_TP_ADD_TC(tp, torn);
	ATF_TP_ADD_TC(tp, strange);
	return (atf_no_error());
}
