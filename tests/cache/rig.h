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


#ifndef TESTS_CACHE_RIG_H
#define TESTS_CACHE_RIG_H

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/uidset.h"
#include "imapd/cache_priv.h"
#include "imapd/folder.h"

/*
 * A folder "box" in the current directory, as far as its cache needs one;
 * which messages are live, the test says.  What is put has its value from
 * its kind and UID, so that any answer can be checked.
 */
#define BOX	"box/" CACHE_FILE

static struct folder	the;
static uint32_t		live_step = 1;	/* every so many-th UID is live, */
static uint32_t		live_last = 100000;	/* up to this */

int
cache_messages(struct folder *f, uint64_t *n)
{
	(void)f;
	*n = live_last / live_step;
	return (0);
}

int
cache_live(struct folder *f, struct uidset *set)
{
	uint32_t uid;

	(void)f;
	for (uid = live_step; uid <= live_last; uid += live_step)
		if (uidset_add(set, uid) == -1)
			return (-1);
	return (uidset_add_range(set, live_last + 1, UINT32_MAX));
}

static inline void
rig_start(void)
{
	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	log_open("test", 1, 1);
	if (mkdir("box", 0700) == -1)
		ATF_REQUIRE_EQ(EEXIST, errno);
	if (mkdir("box/tmp", 0700) == -1)
		ATF_REQUIRE_EQ(EEXIST, errno);
	memset(&the, 0, sizeof(the));
	the.name = strdup("box");
	the.dirfd = open("box", O_RDONLY | O_DIRECTORY);
	the.tmpfd = open("box/tmp", O_RDONLY | O_DIRECTORY);
	ATF_REQUIRE(the.name != NULL && the.dirfd != -1 && the.tmpfd != -1);
	the.writable = 1;
	the.identity.uidvalidity = 7;
	memset(the.identity.id, 0x42, sizeof(the.identity.id));
}

/* Another session: all that was known is forgotten. */
static inline struct cache *
rig_again(void)
{
	struct cache *c;

	cache_free(the.cache);
	the.cache = NULL;
	ATF_REQUIRE((c = cache_of(&the)) != NULL);
	cache_sync(c);
	return (c);
}

/* The value for a kind and UID; its length differs, and can be 0. */
static inline size_t
rig_value(enum cache_kind kind, uint32_t uid, char *buf)
{
	size_t i, len = (uid * 31 + kind * 17) % 200;

	for (i = 0; i < len; i++)
		buf[i] = (char)((uid >> (i % 4 * 8)) + kind + i);
	return (len);
}

static inline void
rig_put(struct cache *c, enum cache_kind kind, uint32_t uid)
{
	char buf[256];
	size_t len;

	len = rig_value(kind, uid, buf);
	cache_put(c, kind, uid, buf, len);
}

/* 1 if it is there, and then it is right; 0 if not. */
static inline int
rig_get(struct cache *c, enum cache_kind kind, uint32_t uid)
{
	const void *data;
	char buf[256];
	size_t len, want;

	if (cache_get(c, kind, uid, &data, &len) == 0)
		return (0);
	want = rig_value(kind, uid, buf);
	if (len != want || (len > 0 && memcmp(data, buf, len) != 0)) {
		fprintf(stderr, "kind %d uid %u is wrong\n", (int)kind,
		    (unsigned int)uid);
		abort();
	}
	return (1);
}

static inline uint32_t
rig_count(struct cache *c, enum cache_kind kind, uint32_t from, uint32_t to)
{
	uint32_t n = 0, uid;

	for (uid = from; uid <= to; uid++)
		n += (uint32_t)rig_get(c, kind, uid);
	return (n);
}

static inline off_t
rig_size(void)
{
	struct stat st;

	ATF_REQUIRE_EQ(0, stat(BOX, &st));
	return (st.st_size);
}

/* The file as it is, and put back so; to be freed. */
static inline unsigned char *
rig_read(size_t *len)
{
	unsigned char *p;
	int fd;

	*len = (size_t)rig_size();
	ATF_REQUIRE((p = malloc(*len + 1)) != NULL);
	ATF_REQUIRE((fd = open(BOX, O_RDONLY)) != -1);
	ATF_REQUIRE_EQ((ssize_t)*len, read(fd, p, *len));
	ATF_REQUIRE_EQ(0, close(fd));
	return (p);
}

static inline void
rig_write(const unsigned char *p, size_t len)
{
	int fd;

	/* Not O_TRUNC, after which some file systems sync at the close. */
	ATF_REQUIRE((fd = open(BOX, O_WRONLY | O_CREAT, 0600)) != -1);
	ATF_REQUIRE_EQ((ssize_t)len, write(fd, p, len));
	ATF_REQUIRE_EQ(0, ftruncate(fd, (off_t)len));
	ATF_REQUIRE_EQ(0, close(fd));
}

/* Runs fn(arg) in a process of its own; its result is the exit status. */
static inline pid_t
rig_fork(int (*fn)(int), int arg)
{
	pid_t pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(fn(arg));
	return (pid);
}

static inline void
rig_wait(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x", (unsigned int)status);
}

#endif
