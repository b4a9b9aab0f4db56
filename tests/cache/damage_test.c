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


#include <sys/resource.h>

#include <time.h>

#include "imapd/fetch.h"
#include "imapd/imap.h"
#include "imapd/view.h"
#include "tests/cache/rig.h"

/*
 * What is damaged, missing, or in the way costs time and nothing else: no
 * answer is ever another than what was put.
 */

#define FEW	60

static void	fill(void);
static void	goes_on(struct cache *);
static uint32_t	whole(void);

/* Some blocks of several kinds, some of them of single messages. */
static void
fill(void)
{
	struct cache *c;
	uint32_t uid;

	c = rig_again();
	for (uid = 1; uid <= FEW; uid++) {
		rig_put(c, CACHE_ENVELOPE, uid);
		if (uid % 2 == 0)
			rig_put(c, CACHE_FIELDS, uid);
		if (uid > FEW - 3 || uid == 30)
			cache_flush(c);
	}
}

/* All of what there is, and it is right. */
static uint32_t
whole(void)
{
	struct cache *c = rig_again();

	return (rig_count(c, CACHE_ENVELOPE, 1, FEW) +
	    rig_count(c, CACHE_FIELDS, 1, FEW));
}

/* What is missing is put again, and is there for the next session. */
static void
goes_on(struct cache *c)
{
	uint32_t uid;

	for (uid = 1; uid <= FEW; uid++) {
		if (!rig_get(c, CACHE_ENVELOPE, uid))
			rig_put(c, CACHE_ENVELOPE, uid);
		if (uid % 2 == 0 && !rig_get(c, CACHE_FIELDS, uid))
			rig_put(c, CACHE_FIELDS, uid);
	}
	cache_flush(c);
}

ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	unsigned char *file;
	uint32_t n, before = 0;
	size_t i, len;

	(void)tc;
	rig_start();
	fill();
	ATF_REQUIRE_EQ(FEW + FEW / 2, whole());
	file = rig_read(&len);
	for (i = 0; i <= len; i++) {
		rig_write(file, i);
		n = whole();
		/* The longer it is, the more there is. */
		ATF_REQUIRE_MSG(n >= before, "%zu octets: %u, before %u", i,
		    (unsigned int)n, (unsigned int)before);
		before = n;
		goes_on(the.cache);
		ATF_REQUIRE_EQ_MSG(FEW + FEW / 2, whole(), "%zu octets", i);
	}
	ATF_CHECK_EQ(FEW + FEW / 2, before);
	free(file);
}

/* The tail of another's write that did not come to its end is overwritten. */
ATF_TC_WITHOUT_HEAD(tail);
ATF_TC_BODY(tail, tc)
{
	unsigned char *file, junk[300];
	size_t i, len;
	int kind;

	(void)tc;
	rig_start();
	fill();
	file = rig_read(&len);
	ATF_REQUIRE((file = realloc(file, len + sizeof(junk))) != NULL);
	for (kind = 0; kind < 3; kind++) {
		memset(junk, kind == 1 ? 0xff : 0, sizeof(junk));
		/* A block of this very file, that stands elsewhere. */
		if (kind == 2)
			memcpy(junk, file + sizeof(struct cache_head),
			    sizeof(junk));
		for (i = 1; i <= sizeof(junk); i++) {
			memcpy(file + len, junk, i);
			rig_write(file, len + i);
			ATF_REQUIRE_EQ(FEW + FEW / 2, whole());
			rig_put(the.cache, CACHE_ENVELOPE, 1000);
			cache_flush(the.cache);
			ATF_REQUIRE_EQ(1, rig_get(rig_again(),
			    CACHE_ENVELOPE, 1000));
		}
	}
	free(file);
}

ATF_TC_WITHOUT_HEAD(flipped);
ATF_TC_BODY(flipped, tc)
{
	static const unsigned char masks[] = { 0x01, 0x80, 0xff };
	unsigned char *file;
	size_t i, k, len;

	(void)tc;
	rig_start();
	fill();
	file = rig_read(&len);
	for (i = 0; i < len; i++) {
		for (k = 0; k < sizeof(masks); k++) {
			file[i] ^= masks[k];
			rig_write(file, len);
			(void)whole();
			goes_on(the.cache);
			ATF_REQUIRE_EQ_MSG(FEW + FEW / 2, whole(),
			    "octet %zu", i);
			file[i] ^= masks[k];
		}
	}
	free(file);
}

/* A session that knows where things were, and they are elsewhere by now. */
ATF_TC_WITHOUT_HEAD(under_it);
ATF_TC_BODY(under_it, tc)
{
	unsigned char *file;
	struct cache *c;
	size_t i, len;

	(void)tc;
	rig_start();
	fill();
	file = rig_read(&len);
	for (i = sizeof(struct cache_head); i < len; i += 13) {
		rig_write(file, len);
		c = rig_again();
		memset(file + i, 'x', 5);
		rig_write(file, len);
		(void)rig_count(c, CACHE_FIELDS, 1, FEW);
		(void)rig_count(c, CACHE_ENVELOPE, 1, FEW);
		goes_on(c);
		/* And a short one. */
		c = rig_again();
		rig_write(file, i);
		(void)rig_count(c, CACHE_FIELDS, 1, FEW);
		goes_on(c);
		cache_sync(c);
		goes_on(c);
		ATF_REQUIRE_EQ_MSG(FEW + FEW / 2, whole(), "octet %zu", i);
		fill();
		free(file);
		file = rig_read(&len);
	}
	free(file);
}

ATF_TC_WITHOUT_HEAD(removed);
ATF_TC_BODY(removed, tc)
{
	struct cache *c;

	(void)tc;
	rig_start();
	fill();
	c = rig_again();
	ATF_REQUIRE_EQ(0, unlink(BOX));
	cache_sync(c);
	ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 1));
	goes_on(c);
	ATF_CHECK_EQ(FEW + FEW / 2, whole());
	/* Before what was put is written. */
	c = rig_again();
	rig_put(c, CACHE_ENVELOPE, 1000);
	ATF_REQUIRE_EQ(0, unlink(BOX));
	cache_flush(c);
	ATF_CHECK_EQ(1, rig_get(rig_again(), CACHE_ENVELOPE, 1000));
}

/* What is no file of ours stays as it is, and the folder goes without. */
ATF_TC_WITHOUT_HEAD(in_the_way);
ATF_TC_BODY(in_the_way, tc)
{
	struct stat st;
	struct cache *c;
	int i;

	(void)tc;
	rig_start();
	for (i = 0; i < 4; i++) {
		if (i == 0)
			ATF_REQUIRE_EQ(0, mkdir(BOX, 0700));
		else if (i == 1)
			ATF_REQUIRE_EQ(0, mkfifo(BOX, 0600));
		else if (i == 2)
			ATF_REQUIRE_EQ(0, symlink("elsewhere", BOX));
		else
			ATF_REQUIRE_EQ(0, symlink("/dev/null", BOX));
		c = rig_again();
		ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 1));
		rig_put(c, CACHE_ENVELOPE, 1);
		cache_flush(c);
		cache_sync(c);
		ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 1));
		ATF_REQUIRE_EQ(0, lstat(BOX, &st));
		ATF_CHECK(!S_ISREG(st.st_mode));
		ATF_REQUIRE_EQ(0, i == 0 ? rmdir(BOX) : unlink(BOX));
	}
	ATF_CHECK_EQ(-1, access("box/elsewhere", F_OK));
}

/* Who may not write reads. */
ATF_TC(readonly);
ATF_TC_HEAD(readonly, tc)
{
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(readonly, tc)
{
	struct cache *c;
	off_t size;

	(void)tc;
	rig_start();
	fill();
	size = rig_size();
	the.writable = 0;
	ATF_CHECK_EQ(FEW + FEW / 2, whole());
	rig_put(the.cache, CACHE_ENVELOPE, 1000);
	cache_flush(the.cache);
	ATF_CHECK_EQ(size, rig_size());
	the.writable = 1;
	/* The folder is ours, but not the file. */
	ATF_REQUIRE_EQ(0, chmod(BOX, 0));
	c = rig_again();
	ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 1));
	rig_put(c, CACHE_ENVELOPE, 1000);
	cache_flush(c);
	ATF_CHECK_EQ(size, rig_size());
	ATF_REQUIRE_EQ(0, chmod(BOX, 0600));
	ATF_CHECK_EQ(FEW + FEW / 2, whole());
	/* The directory is not. */
	ATF_REQUIRE_EQ(0, unlink(BOX));
	ATF_REQUIRE_EQ(0, chmod("box", 0500));
	c = rig_again();
	rig_put(c, CACHE_ENVELOPE, 1);
	cache_flush(c);
	ATF_CHECK_EQ(0, rig_get(c, CACHE_ENVELOPE, 1));
	ATF_REQUIRE_EQ(0, chmod("box", 0700));
	ATF_CHECK_EQ(-1, access(BOX, F_OK));
}

/* No room: what is there stays, and what is new is not. */
static int
no_room(int limit)
{
	struct rlimit rl = { (rlim_t)limit, (rlim_t)limit };
	struct cache *c;
	uint32_t uid;

	if (setrlimit(RLIMIT_FSIZE, &rl) == -1)
		return (1);
	c = rig_again();
	for (uid = 1000; uid < 20000; uid++)
		rig_put(c, CACHE_ENVELOPE, uid);
	cache_flush(c);
	rig_put(c, CACHE_ENVELOPE, 20000);
	cache_flush(c);
	if (rig_count(c, CACHE_ENVELOPE, 1, FEW) +
	    rig_count(c, CACHE_FIELDS, 1, FEW) != FEW + FEW / 2)
		return (2);
	(void)rig_count(c, CACHE_ENVELOPE, 1000, 20000);
	return (0);
}

ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	off_t size;
	int more;

	(void)tc;
	rig_start();
	fill();
	size = rig_size();
	for (more = 0; more < 200; more += 7) {
		rig_wait(rig_fork(no_room, (int)size + more));
		ATF_REQUIRE_EQ(FEW + FEW / 2, whole());
		/* Not the half of a block. */
		ATF_REQUIRE_EQ(size, rig_size());
	}
	/* Neither can one be made. */
	ATF_REQUIRE_EQ(0, unlink(BOX));
	size = 0;
	ATF_CHECK_EQ(0, (int)whole());
	ATF_CHECK_EQ(0, rig_get(the.cache, CACHE_ENVELOPE, 1));
}

/* Takes the lock and keeps it until it is killed. */
static int
hold(int fd)
{
	struct flock l;

	memset(&l, 0, sizeof(l));
	l.l_type = F_WRLCK;
	l.l_whence = SEEK_SET;
	if (fcntl(open(BOX, O_RDWR), F_SETLK, &l) == -1 ||
	    write(fd, "", 1) != 1)
		return (1);
	for (;;)
		pause();
}

ATF_TC_WITHOUT_HEAD(held);
ATF_TC_BODY(held, tc)
{
	struct timespec from, to;
	struct cache *c;
	uint32_t uid;
	pid_t pid;
	char ch;
	int fd[2];

	(void)tc;
	rig_start();
	fill();
	ATF_REQUIRE_EQ(0, pipe(fd));
	pid = rig_fork(hold, fd[1]);
	ATF_REQUIRE_EQ(1, read(fd[0], &ch, 1));
	c = rig_again();
	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &from));
	rig_put(c, CACHE_ENVELOPE, 1000);
	cache_flush(c);
	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &to));
	ATF_CHECK(to.tv_sec - from.tv_sec < 5);
	/* A long list does not wait again and again. */
	for (uid = 2000; uid < 500000; uid++)
		rig_put(c, CACHE_ENVELOPE, uid);
	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &to));
	ATF_CHECK_MSG(to.tv_sec - from.tv_sec < 4, "%ld s",
	    (long)(to.tv_sec - from.tv_sec));
	ATF_CHECK(c->pending <= CACHE_PENDING_MAX);
	ATF_CHECK_EQ(FEW, rig_count(c, CACHE_ENVELOPE, 1, FEW));
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	rig_put(c, CACHE_ENVELOPE, 1001);
	cache_flush(c);
	ATF_CHECK_EQ(1, rig_get(c, CACHE_ENVELOPE, 1001));
}

/* A record too short for its set, with sums that are right. */
ATF_TC_WITHOUT_HEAD(no_set);
ATF_TC_BODY(no_set, tc)
{
	struct session		 s;
	struct view		 v;
	struct view_msg		 m;
	struct fetch		 f;
	struct mime_buf		 buf = { NULL, 0, 0, 0 };
	struct cache		*c;

	(void)tc;
	rig_start();
	c = rig_again();
	/* Behind them the sum of a row of zeros: derive.c. */
	cache_put(c, CACHE_FIELDS, 1, "A: b\r\n\0\0\0\0\0\0\0\0", 14);
	cache_put(c, CACHE_FIELDS, 2, "\0\0\0\0\0\0\0\0A: b\r\n"
	    "\0\0\0\0\0\0\0\0", 22);
	cache_flush(c);
	memset(&s, 0, sizeof(s));
	memset(&v, 0, sizeof(v));
	memset(&m, 0, sizeof(m));
	memset(&f, 0, sizeof(f));
	v.folder = &the;
	s.view = &v;
	f.fields = 1;
	m.uid = 1;
	ATF_CHECK_EQ(0, fetch_fields_add(&s, &f, &m, &buf));
	m.uid = 2;
	ATF_CHECK_EQ(1, fetch_fields_add(&s, &f, &m, &buf));
	mime_buf_free(&buf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, tail);
	ATF_TP_ADD_TC(tp, flipped);
	ATF_TP_ADD_TC(tp, under_it);
	ATF_TP_ADD_TC(tp, removed);
	ATF_TP_ADD_TC(tp, in_the_way);
	ATF_TP_ADD_TC(tp, readonly);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, held);
	ATF_TP_ADD_TC(tp, no_set);
	return (atf_no_error());
}
