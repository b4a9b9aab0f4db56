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
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/kcmp.h>
#include <sys/syscall.h>
#endif

#include "indexd/watch.h"
#include "tests/inject/scene.h"
#include "tests/lib/daemon.h"
#include "tests/lib/imap.h"
#include "tests/lib/peer.h"

/*
 * Real daemons, sessions in IDLE, and other programs at their folders.
 */
#define STEPS	1000		/* of 10 ms */
#define MANY	20
#define BURST	20000		/* more than max_queued_events */

static void
maildir(const char *name)
{
	const char *sub[] = { "", "/cur", "/new", "/tmp" };
	char path[256];
	size_t i;

	for (i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", name, sub[i]);
		ATF_REQUIRE_EQ(0, mkdir(path, 0700));
	}
}

static void
put(const char *path)
{
	FILE *fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fputs("Subject: x\n\nx\n", fp) >= 0);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

/* Delivers as an agent does. */
static void
deliver(const char *box, unsigned int n)
{
	char from[256], to[256];

	(void)snprintf(from, sizeof(from), "%s/tmp/%u.M1P1.x", box,
	    1700000000 + n);
	(void)snprintf(to, sizeof(to), "%s/new/%u.M1P1.x", box,
	    1700000000 + n);
	put(from);
	ATF_REQUIRE_EQ(0, rename(from, to));
}

static void
begin(struct daemons *d, const atf_tc_t *tc)
{
#ifndef __linux__
	atf_tc_skip("names are told by inotify(7) only");
#endif
	daemons_init(d, tc, "");
	/* We look at what descriptors they have. */
	scene_links(d);
	ATF_REQUIRE_EQ(0, setenv(INJECT_TRACE, "1", 1));
	maildir("Maildir");
	maildir("Maildir/.A");
	put("Maildir/.A/maildirfolder");
	put("Maildir/cur/1.a:2,");
	put("Maildir/.A/cur/1.a:2,");
	daemons_indexd(d);
}

static void
idle(struct imap *im)
{
	imap_send(im, "IDLE", 4);
	while (im->in == NULL || strstr(im->in, "+ ") == NULL)
		ATF_REQUIRE(imap_more(im));
}

static struct imap *
idler(const struct daemons *d, const char *box)
{
	struct imap *im = imap_open(d);

	imap_command(im, "SELECT %s", box);
	idle(im);
	return (im);
}

/* Ends the wait and the session. */
static void
leave(struct imap *im)
{
	ATF_REQUIRE_EQ(6, write(im->fd, "DONE\r\n", 6));
	ATF_REQUIRE_EQ(IMAP_OK, imap_reply(im));
	imap_close(im);
}

/* Until the session tells of so many messages: ms that it took. */
static int
told(struct imap *im, unsigned int n)
{
	struct timespec t0, t1;
	char text[32];

	(void)snprintf(text, sizeof(text), "* %u EXISTS", n);
	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &t0));
	while (im->len == 0 || strstr(im->in, text) == NULL)
		ATF_REQUIRE(imap_more(im));
	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &t1));
	return ((int)((t1.tv_sec - t0.tv_sec) * 1000 +
	    (t1.tv_nsec - t0.tv_nsec) / 1000000));
}

/* The descriptor of an instance that a process has, from a number on; -1. */
static int
instance(pid_t pid, int from)
{
	char path[64], what[64];
	struct dirent *e;
	ssize_t len;
	int fd, found = -1;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	ATF_REQUIRE((dir = opendir(path)) != NULL);
	while ((e = readdir(dir)) != NULL) {
		fd = (int)strtol(e->d_name, NULL, 10);
		len = readlinkat(dirfd(dir), e->d_name, what, sizeof(what));
		if (e->d_name[0] != '.' && len == 18 && fd >= from &&
		    memcmp(what, "anon_inode:inotify", 18) == 0 &&
		    (found == -1 || fd < found))
			found = fd;
	}
	closedir(dir);
	return (found);
}

/* How many directories indexd's instance watches; -1: it has none. */
static int
watches(const struct daemons *d)
{
	char path[64], line[256];
	int fd = instance(d->indexd, 0), n = 0;
	FILE *fp;

	if (fd == -1)
		return (-1);
	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d",
	    (int)d->indexd, fd);
	if ((fp = fopen(path, "r")) == NULL)
		return (-1);
	while (fgets(line, sizeof(line), fp) != NULL)
		n += strncmp(line, "inotify wd:", 11) == 0;
	(void)fclose(fp);
	return (n);
}

static void
watches_come_to(const struct daemons *d, int n)
{
	struct timespec pause = { 0, 10000000 };
	int i;

	for (i = 0; i < STEPS && watches(d) != n; i++)
		(void)nanosleep(&pause, NULL);
	ATF_CHECK_EQ(n, watches(d));
}

/* Whether both processes have the same instance, and no other. */
static int
same(pid_t a, pid_t b)
{
#ifdef __linux__
	int fa = instance(a, 0), fb = instance(b, 0);
	long r;

	if (fa == -1 || fb == -1 || instance(a, fa + 1) != -1 ||
	    instance(b, fb + 1) != -1)
		return (0);
	r = syscall(SYS_kcmp, a, b, KCMP_FILE, fa, fb);
	if (r == -1)
		atf_tc_skip("kcmp: %s", strerror(errno));
	return (r == 0);
#else
	return (a == b);
#endif
}

/* Lines of a log that have a text. */
static unsigned int
lines(const char *path, const char *text)
{
	unsigned int n = 0;
	char line[1024];
	FILE *fp;

	if ((fp = fopen(path, "r")) == NULL)
		return (0);
	while (fgets(line, sizeof(line), fp) != NULL)
		n += strstr(line, text) != NULL;
	(void)fclose(fp);
	return (n);
}

ATF_TC(one_instance);
ATF_TC_HEAD(one_instance, tc)
{
	atf_tc_set_md_var(tc, "descr", "many sessions of one user in IDLE "
	    "have one inotify instance, which indexd lends");
}
ATF_TC_BODY(one_instance, tc)
{
	struct daemons d;
	struct imap *im[MANY];
	int i;

	begin(&d, tc);
	ATF_CHECK_EQ(-1, watches(&d));
	for (i = 0; i < MANY; i++)
		im[i] = idler(&d, i % 2 ? "A" : "INBOX");
	for (i = 0; i < MANY; i++)
		ATF_CHECK_MSG(same(d.indexd, im[i]->pid), "session %d", i);
	ATF_CHECK_EQ(4, watches(&d));
	deliver("Maildir", 1);
	for (i = 0; i < MANY; i += 2)
		(void)told(im[i], 2);
	deliver("Maildir/.A", 1);
	for (i = 1; i < MANY; i += 2)
		(void)told(im[i], 2);
	for (i = 0; i < MANY; i++)
		leave(im[i]);
	watches_come_to(&d, -1);
	ATF_CHECK_EQ(0, lines("indexd.log", "watch:"));
	ATF_CHECK_EQ(0, lines("imapd.log", "watch:"));
	daemons_end(&d);
}

/* The first session's own end is not that of what it made. */
ATF_TC_WITHOUT_HEAD(last_leaves);
ATF_TC_BODY(last_leaves, tc)
{
	struct daemons d;
	struct imap *one, *two, *three;

	begin(&d, tc);
	one = idler(&d, "INBOX");
	two = idler(&d, "INBOX");
	three = idler(&d, "A");
	ATF_CHECK_EQ(4, watches(&d));
	leave(one);
	watches_come_to(&d, 4);
	deliver("Maildir", 1);
	(void)told(two, 2);
	/* Killed, so that it can't say so. */
	ATF_REQUIRE_EQ(0, kill(three->pid, SIGKILL));
	imap_reap(three);
	watches_come_to(&d, 2);
	ATF_REQUIRE_EQ(6, write(two->fd, "DONE\r\n", 6));
	ATF_REQUIRE_EQ(IMAP_OK, imap_reply(two));
	imap_command(two, "UNSELECT");
	imap_command(two, "SELECT A");
	imap_command(two, "UNSELECT");
	imap_close(two);
	watches_come_to(&d, -1);
	daemons_end(&d);
}

ATF_TC(stopped);
ATF_TC_HEAD(stopped, tc)
{
	atf_tc_set_md_var(tc, "descr", "a session that is stopped keeps no "
	    "delivery from the others");
}
ATF_TC_BODY(stopped, tc)
{
	struct daemons d;
	struct imap *im[3];
	unsigned int i, n = 1;
	int ms, status;

	begin(&d, tc);
	for (i = 0; i < 3; i++)
		im[i] = idler(&d, "INBOX");
	/* Whichever would be asked first, it is stopped once. */
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(0, kill(im[i]->pid, SIGSTOP));
		ATF_REQUIRE_EQ(im[i]->pid,
		    waitpid(im[i]->pid, &status, WUNTRACED));
		deliver("Maildir", ++n);
		ms = told(im[(i + 1) % 3], n);
		ATF_CHECK_MSG(ms < 2000, "%d ms", ms);
		(void)told(im[(i + 2) % 3], n);
		ATF_REQUIRE_EQ(0, kill(im[i]->pid, SIGCONT));
		(void)told(im[i], n);
	}
	for (i = 0; i < 3; i++)
		leave(im[i]);
	daemons_end(&d);
}

ATF_TC(overflow);
ATF_TC_HEAD(overflow, tc)
{
	atf_tc_set_md_var(tc, "descr", "more changes at a time than the "
	    "system tells: one line in the log, and nothing is missed");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(overflow, tc)
{
	struct daemons d;
	struct imap *im;
	char path[64];
	int i, status;

	begin(&d, tc);
	im = idler(&d, "INBOX");
	deliver("Maildir", 1);
	(void)told(im, 2);
	ATF_REQUIRE_EQ(0, kill(d.indexd, SIGSTOP));
	ATF_REQUIRE_EQ(d.indexd, waitpid(d.indexd, &status, WUNTRACED));
	/* Two events of one kind and name would be told as one. */
	for (i = 0; i < BURST / 2; i++) {
		(void)snprintf(path, sizeof(path), "Maildir/new/%d.n", i);
		ATF_REQUIRE_EQ(0, link("Maildir/.A/cur/1.a:2,", path));
		ATF_REQUIRE_EQ(0, unlink(path));
	}
	deliver("Maildir", 2);
	ATF_REQUIRE_EQ(0, kill(d.indexd, SIGCONT));
	(void)told(im, 3);
	ATF_CHECK_EQ(1, lines("indexd.log", "more has changed at a time"));
	deliver("Maildir", 3);
	(void)told(im, 4);
	leave(im);
	ATF_CHECK_EQ(1, lines("indexd.log", "watch:"));
	ATF_CHECK_EQ(0, lines("imapd.log", "watch:"));
	daemons_end(&d);
}

#ifdef __linux__
static void
write_file(const char *path, const char *text)
{
	int fd;

	if ((fd = open(path, O_WRONLY)) == -1 ||
	    write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		atf_tc_skip("%s: %s", path, strerror(errno));
	close(fd);
}
#endif

/* From now on this process and those it starts have a limit of their own. */
static void
limit(const char *name, const char *value)
{
#ifdef __linux__
	char path[64], map[64];
	uid_t uid = getuid();

	(void)snprintf(map, sizeof(map), "%u %u 1", (unsigned int)uid,
	    (unsigned int)uid);
	if (unshare(CLONE_NEWUSER) == -1)
		atf_tc_skip("unshare: %s", strerror(errno));
	write_file("/proc/self/uid_map", map);
	(void)snprintf(path, sizeof(path), "/proc/sys/user/%s", name);
	write_file(path, value);
#else
	(void)name;
	(void)value;
#endif
}

static void
limited(const atf_tc_t *tc, const char *name, const char *value,
    const char *said)
{
	struct daemons d;
	struct imap *im[3];
	int i;

	limit(name, value);
	begin(&d, tc);
	for (i = 0; i < 3; i++)
		im[i] = idler(&d, "INBOX");
	deliver("Maildir", 1);
	for (i = 0; i < 3; i++)
		(void)told(im[i], 2);
	ATF_REQUIRE_EQ(0, rename("Maildir/cur/1.a:2,",
	    "Maildir/cur/1.a:2,F"));
	for (i = 0; i < 3; i++)
		while (strstr(im[i]->in, "\\Flagged") == NULL)
			ATF_REQUIRE(imap_more(im[i]));
	for (i = 0; i < 3; i++)
		leave(im[i]);
	ATF_CHECK_EQ(1, lines("indexd.log", said));
	ATF_CHECK_EQ(1, lines("indexd.log", "watch:"));
	ATF_CHECK_EQ(0, lines("imapd.log", "watch:"));
	daemons_end(&d);
}

ATF_TC(no_instance);
ATF_TC_HEAD(no_instance, tc)
{
	atf_tc_set_md_var(tc, "descr", "without an inotify instance folders "
	    "are compared, and the log says once what to raise");
}
ATF_TC_BODY(no_instance, tc)
{
	limited(tc, "max_inotify_instances", "0",
	    "raise fs.inotify.max_user_instances");
}

ATF_TC(no_watches);
ATF_TC_HEAD(no_watches, tc)
{
	atf_tc_set_md_var(tc, "descr", "without inotify watches folders are "
	    "compared, and the log says once what to raise");
}
ATF_TC_BODY(no_watches, tc)
{
	limited(tc, "max_inotify_watches", "1",
	    "raise fs.inotify.max_user_watches");
}

ATF_TC(restart);
ATF_TC_HEAD(restart, tc)
{
	atf_tc_set_md_var(tc, "descr", "after a restart indexd is given the "
	    "instance again, and what came meanwhile is found");
}
ATF_TC_BODY(restart, tc)
{
	const int sig[] = { SIGTERM, SIGKILL };
	struct daemons d;
	struct imap *im[3];
	unsigned int i, j, n = 1;
	char path[128];

	begin(&d, tc);
	for (i = 0; i < 3; i++)
		im[i] = idler(&d, "INBOX");
	for (j = 0; j < 2; j++) {
		(void)daemons_stop(&d, sig[j]);
		deliver("Maildir", ++n);
		(void)snprintf(path, sizeof(path), "%s/indexd.sock",
		    d.sockdir);
		(void)unlink(path);
		daemons_indexd(&d);
		for (i = 0; i < 3; i++)
			(void)told(im[i], n);
		deliver("Maildir", ++n);
		for (i = 0; i < 3; i++) {
			(void)told(im[i], n);
			ATF_CHECK(same(d.indexd, im[i]->pid));
		}
		ATF_CHECK_EQ(2, watches(&d));
	}
	for (i = 0; i < 3; i++)
		leave(im[i]);
	daemons_end(&d);
}

/*
 * The time of last access tells: to list a directory moves it on, if it was
 * changed since.
 */
static struct timespec
accessed(const char *path)
{
	struct stat st;

	ATF_REQUIRE_EQ(0, stat(path, &st));
#ifdef __APPLE__
	return (st.st_atimespec);
#else
	return (st.st_atim);
#endif
}

static void
list(const char *path)
{
	DIR *dir;

	ATF_REQUIRE((dir = opendir(path)) != NULL);
	while (readdir(dir) != NULL)
		continue;
	closedir(dir);
}

static int
later(struct timespec a, struct timespec b)
{
	return (a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec :
	    a.tv_nsec > b.tv_nsec);
}

/* Until our own move of it is done. */
static void
moved(unsigned int n)
{
	struct timespec pause = { 0, 10000000 };
	struct stat st;
	char path[64];
	int i;

	(void)snprintf(path, sizeof(path), "Maildir/cur/%u.M1P1.x:2,",
	    1700000000 + n);
	for (i = 0; i < STEPS && stat(path, &st) == -1; i++)
		(void)nanosleep(&pause, NULL);
	ATF_REQUIRE(i < STEPS);
}

ATF_TC(nothing_listed);
ATF_TC_HEAD(nothing_listed, tc)
{
	atf_tc_set_md_var(tc, "descr", "checklist 71: while a mailbox is "
	    "watched no directory is listed, by any process");
}
ATF_TC_BODY(nothing_listed, tc)
{
	struct timespec new, cur;
	struct daemons d;
	struct imap *im, *other;
	char from[64], to[64];
	unsigned int i;

	begin(&d, tc);
	/* Does it tell here? */
	new = accessed("Maildir/tmp");
	deliver("Maildir", 1);
	list("Maildir/tmp");
	if (!later(accessed("Maildir/tmp"), new)) {
		daemons_end(&d);
		atf_tc_skip("the file system keeps no time of access");
	}
	im = idler(&d, "INBOX");
	other = imap_open(&d);
	imap_command(other, "SELECT INBOX");
	deliver("Maildir", 2);
	(void)told(im, 3);
	moved(2);
	new = accessed("Maildir/new");
	cur = accessed("Maildir/cur");
	for (i = 3; i < 8; i++) {
		deliver("Maildir", i);
		(void)told(im, i + 1);
		moved(i);
		imap_command(other, "NOOP");
		imap_command(other, "STORE 1 %cFLAGS (\\Flagged)",
		    i % 2 ? '+' : '-');
		(void)snprintf(from, sizeof(from),
		    "Maildir/cur/%u.M1P1.x:2,", 1700000000 + i);
		(void)snprintf(to, sizeof(to),
		    "Maildir/cur/%u.M1P1.x:2,S", 1700000000 + i);
		ATF_REQUIRE_EQ(0, rename(from, to));
		while (strstr(im->in, "\\Seen") == NULL)
			ATF_REQUIRE(imap_more(im));
		im->len = 0;
		im->in[0] = '\0';
	}
	/* One is removed. */
	ATF_REQUIRE_EQ(0, unlink("Maildir/cur/1700000007.M1P1.x:2,S"));
	while (im->len == 0 || strstr(im->in, "EXPUNGE") == NULL)
		ATF_REQUIRE(imap_more(im));
	ATF_CHECK_MSG(!later(accessed("Maildir/new"), new), "new/");
	ATF_CHECK_MSG(!later(accessed("Maildir/cur"), cur), "cur/");
	leave(im);
	imap_close(other);
	daemons_end(&d);
}

/* Asked for an instance, it gives what it likes. */
static void
give(const struct daemons *d, int fd, int passes)
{
	struct cl c, back;
	struct idn box;
	struct frame f;
	struct msg m;
	char path[128];
	uint32_t handle;
	uint8_t want;

	(void)snprintf(path, sizeof(path), "%s/indexd.sock", d->sockdir);
	cl_dial(&c, path);
	cl_bind(&c, getuid() + 1, "/nowhere");
	cl_create(&c, &box, ".box");
	handle = cl_open(&c, &box, 1, NULL);
	cl_start(&c, &f, PROTO_WATCH);
	frame_put_u32(&f, handle);
	cl_send(&c, &f);
	cl_answer(&c, &m);
	if (passes && m.head.type == PROTO_NO) {
		/* Its user was caught before. */
		msg_free(&m);
		cl_close(&c);
		return;
	}
	ATF_REQUIRE_EQ(PROTO_WANT, m.head.type);
	ATF_REQUIRE_EQ(0, get_u8(&m.in, &want));
	ATF_CHECK_EQ(WANT_INSTANCE, want);
	msg_free(&m);
	cl_start(&c, &f, passes ? PROTO_PASS : PROTO_NAMES);
	frame_put_u32(&f, handle);
	if (passes)
		frame_put_u32(&f, 0);
	ATF_REQUIRE_EQ(0, frame_send(c.fd, &f, fd));
	frame_free(&f);
	ATF_CHECK(cl_gone(&c));
	/* What was caught so does not come back, what was early may. */
	cl_dial(&back, path);
	ATF_CHECK_EQ(passes ? PROTO_NO_SESSION : 0, cl_resume(&back, &c));
	cl_close(&back);
	cl_close(&c);
}

ATF_TC(wrong_descriptor);
ATF_TC_HEAD(wrong_descriptor, tc)
{
	atf_tc_set_md_var(tc, "descr", "who passes another descriptor than "
	    "was asked for is dropped, and indexd goes on");
}
ATF_TC_BODY(wrong_descriptor, tc)
{
	struct daemons d;
	struct imap *im;
	int fd[2];

	begin(&d, tc);
	im = idler(&d, "INBOX");
	ATF_REQUIRE_EQ(0, pipe(fd));
	give(&d, fd[0], 1);
	ATF_CHECK_EQ(1, lines("indexd.log", "not what was asked for"));
	/* It is kept, and the user is not asked for another. */
	ATF_CHECK_EQ(1, lines("indexd.log", "kept a descriptor"));
	give(&d, fd[0], 1);
	ATF_CHECK_EQ(1, lines("indexd.log", "kept a descriptor"));
	deliver("Maildir", 1);
	(void)told(im, 2);
	leave(im);
	daemons_end(&d);
}

/* A descriptor with another request than the one it was asked for. */
ATF_TC_WITHOUT_HEAD(early_descriptor);
ATF_TC_BODY(early_descriptor, tc)
{
	struct daemons d;
	struct imap *im;
	int fd[2];

	begin(&d, tc);
	im = idler(&d, "INBOX");
	ATF_REQUIRE_EQ(0, pipe(fd));
	give(&d, fd[0], 0);
	deliver("Maildir", 1);
	(void)told(im, 2);
	leave(im);
	daemons_end(&d);
}

/* Says of a new mailbox that it is watched by these; the answer's type. */
static uint16_t
stand(struct cl *c, unsigned int n)
{
	struct idn box;
	struct frame f;
	struct msg m;
	char folder[16];
	uint32_t handle;
	uint16_t type;

	(void)snprintf(folder, sizeof(folder), ".box%u", n);
	cl_create(c, &box, folder);
	handle = cl_open(c, &box, 1, NULL);
	cl_start(c, &f, PROTO_WATCH);
	frame_put_u32(&f, handle);
	cl_send(c, &f);
	cl_answer(c, &m);
	ATF_REQUIRE_EQ(PROTO_WANT, m.head.type);
	msg_free(&m);
	cl_start(c, &f, PROTO_STANDING);
	frame_put_u32(&f, handle);
	frame_put_u32(&f, 0);
	frame_put_u32(&f, 1);
	frame_put_u32(&f, 2);
	cl_send(c, &f);
	cl_answer(c, &m);
	type = m.head.type;
	msg_free(&m);
	return (type);
}

ATF_TC(one_directory);
ATF_TC_HEAD(one_directory, tc)
{
	atf_tc_set_md_var(tc, "descr", "one directory is not that of any "
	    "number of mailboxes, each of which would note all news");
}
ATF_TC_BODY(one_directory, tc)
{
	struct daemons d;
	struct cl c;
	char path[128];
	unsigned int i;

	begin(&d, tc);
	(void)snprintf(path, sizeof(path), "%s/indexd.sock", d.sockdir);
	cl_dial(&c, path);
	cl_bind(&c, getuid() + 1, "/nowhere");
	for (i = 0; i < WATCH_SHARED; i++)
		ATF_CHECK_EQ(PROTO_OK, stand(&c, i));
	ATF_CHECK_EQ(PROTO_NO, stand(&c, i));
	cl_close(&c);
	daemons_end(&d);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_instance);
	ATF_TP_ADD_TC(tp, last_leaves);
	ATF_TP_ADD_TC(tp, stopped);
	ATF_TP_ADD_TC(tp, overflow);
	ATF_TP_ADD_TC(tp, no_instance);
	ATF_TP_ADD_TC(tp, no_watches);
	ATF_TP_ADD_TC(tp, restart);
	ATF_TP_ADD_TC(tp, nothing_listed);
	ATF_TP_ADD_TC(tp, wrong_descriptor);
	ATF_TP_ADD_TC(tp, early_descriptor);
	ATF_TP_ADD_TC(tp, one_directory);
	return (atf_no_error());
}
