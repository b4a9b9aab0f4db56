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

#include "imapd/folder_priv.h"
#include "imapd/uidlist_priv.h"
#include "tests/folder/rig.h"

/* What a session does to dovecot-uidlist, and what it finds there. */

#define LIST	"mail/" UIDLIST_FILE
#define LOCK	"mail/" UIDLIST_LOCK

static struct rig r;
static struct idx *idx;
static struct folder *f;
static unsigned int delivered;

static void
start(const atf_tc_t *tc)
{
	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
}

static void
stop(void)
{
	folder_close(f);
	idx_goodbye(idx);
	rig_stop(&r);
}

static void
deliver(unsigned int n)
{
	char path[64];
	int listings;

	while (n-- > 0) {
		delivered++;
		snprintf(path, sizeof(path), "mail/new/%u.M%uP1.host",
		    1700000000 + delivered, delivered);
		rig_put(path, "Subject: x\n\nx\n");
	}
	ATF_REQUIRE_EQ(1, rig_scan(f, &listings));
}

static void
keep(void)
{
	int again;

	ATF_REQUIRE_EQ_MSG(0, uidlist_keep(f, &again), "%s",
	    strerror(errno));
	ATF_CHECK_EQ(0, again);
	ATF_CHECK(!rig_there(LOCK));
	ATF_CHECK_EQ(0, rig_count("mail/tmp"));
}

/* The file, as a string. */
static char *
slurp(size_t *len)
{
	static char text[1 << 20];
	ssize_t n;
	int fd;

	ATF_REQUIRE((fd = open(LIST, O_RDONLY)) != -1);
	ATF_REQUIRE((n = read(fd, text, sizeof(text) - 1)) != -1);
	close(fd);
	text[n] = '\0';
	if (len != NULL)
		*len = (size_t)n;
	return (text);
}

static void
put(const char *text, size_t len)
{
	FILE *fp;

	ATF_REQUIRE((fp = fopen(LIST, "w")) != NULL);
	ATF_REQUIRE_EQ(len, fwrite(text, 1, len, fp));
	ATF_REQUIRE_EQ(0, fclose(fp));
}

/* That it is whole, and names the messages of these UIDs and no other. */
static void
check_list(uint32_t lo, uint32_t hi)
{
	struct uidlist l;
	char name[TABLE_NAMELEN + 1];
	uint32_t i;

	ATF_REQUIRE_EQ(0, uidlist_read(f->dirfd, 1, &l));
	ATF_CHECK_EQ(3, l.version);
	ATF_CHECK_EQ(0, l.broken);
	ATF_CHECK_EQ(rig_state(f).uidvalidity, l.uidvalidity);
	ATF_CHECK_EQ(rig_state(f).uidnext, l.uidnext);
	ATF_CHECK_EQ_MSG(hi + 1 - lo, l.n, "%zu", l.n);
	for (i = 0; i < l.n && i < hi + 1 - lo; i++) {
		ATF_CHECK_EQ(lo + i, l.e[i].uid);
		(void)rig_row(f, lo + i, name);
		ATF_CHECK_STREQ(name, l.e[i].name);
	}
	uidlist_free(&l);
}

ATF_TC(made);
ATF_TC_HEAD(made, tc)
{
	atf_tc_set_md_var(tc, "descr", "a list is made, then appended to");
}
ATF_TC_BODY(made, tc)
{
	struct stat a, b;
	char want[256];
	size_t at, len;
	unsigned int i;

	start(tc);
	ATF_REQUIRE_EQ(0, chmod("mail", 0770));
	deliver(2);
	keep();
	check_list(1, 2);
	at = (size_t)snprintf(want, sizeof(want), "3 V%u N3 G",
	    (unsigned int)rig_state(f).uidvalidity);
	for (i = 0; i < sizeof(f->identity.id); i++)
		at += (size_t)snprintf(want + at, sizeof(want) - at, "%02x",
		    f->identity.id[i]);
	snprintf(want + at, sizeof(want) - at,
	    "\n1 :1700000001.M1P1.host\n2 :1700000002.M2P1.host\n");
	ATF_CHECK_STREQ(want, slurp(&len));
	ATF_REQUIRE_EQ(0, stat(LIST, &a));
	ATF_CHECK_EQ(0660, a.st_mode & 07777);
	/* The same file, with a line more; the header stays. */
	deliver(1);
	keep();
	ATF_REQUIRE_EQ(0, stat(LIST, &b));
	ATF_CHECK_EQ(a.st_ino, b.st_ino);
	strlcat(want, "3 :1700000003.M3P1.host\n", sizeof(want));
	ATF_CHECK_STREQ(want, slurp(&len));
	/* Nothing to do. */
	keep();
	ATF_CHECK_STREQ(want, slurp(&len));
	ATF_REQUIRE_EQ(0, unlink(LIST));
	keep();
	check_list(1, 3);
	stop();
}

ATF_TC(expunged);
ATF_TC_HEAD(expunged, tc)
{
	atf_tc_set_md_var(tc, "descr", "Dovecot never gives a UID again");
}
ATF_TC_BODY(expunged, tc)
{
	struct uidlist l;

	start(tc);
	deliver(2);
	keep();
	/* The last one, and one before it, went before they were listed. */
	deliver(4);
	rig_expunge(f, 4);
	rig_expunge(f, 6);
	keep();
	ATF_REQUIRE_EQ(0, uidlist_read(f->dirfd, 1, &l));
	ATF_REQUIRE_EQ(5, l.n);
	ATF_CHECK_EQ(5, l.e[3].uid);
	ATF_CHECK_EQ(6, l.e[4].uid);
	ATF_CHECK_EQ(7, l.uidnext);
	uidlist_free(&l);
	deliver(1);
	keep();
	ATF_REQUIRE_EQ(0, uidlist_read(f->dirfd, 7, &l));
	ATF_REQUIRE_EQ(1, l.n);
	ATF_CHECK_EQ(8, l.uidnext);
	uidlist_free(&l);
	/* Written anew, it has the living, and says UIDNEXT. */
	rig_expunge(f, 7);
	ATF_REQUIRE_EQ(0, unlink(LIST));
	keep();
	ATF_REQUIRE_EQ(0, uidlist_read(f->dirfd, 1, &l));
	ATF_CHECK_EQ(4, l.n);
	ATF_CHECK_EQ(8, l.uidnext);
	uidlist_free(&l);
	stop();
}

ATF_TC(cut);
ATF_TC_HEAD(cut, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a list that a power cut left, at any length, is mended");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(cut, tc)
{
	static char whole[4096], damaged[4096];
	size_t i, len, header;

	start(tc);
	deliver(5);
	keep();
	deliver(1);
	strlcpy(whole, slurp(&len), sizeof(whole));
	header = strcspn(whole, "\n") + 1;
	for (i = 0; i <= len; i++) {
		put(whole, i);
		keep();
		check_list(1, 6);
		/* As long, but zeros instead. */
		memcpy(damaged, whole, len);
		memset(damaged + i, 0, len - i);
		put(damaged, len);
		keep();
		check_list(1, 6);
		/* And what is appended by Dovecot to it has no other line. */
		memcpy(damaged, whole, len);
		if (i >= header)
			damaged[i] = '\n';
		put(damaged, i >= header ? i + 1 : i);
		keep();
		ATF_CHECK_EQ('\n', slurp(&len)[len - 1]);
		len = strlen(whole);
	}
	stop();
}

ATF_TC(garbage);
ATF_TC_HEAD(garbage, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a list with any amount of garbage at its end is written anew");
}
ATF_TC_BODY(garbage, tc)
{
	static const off_t sizes[] = { 1 << 16, 1 << 20, 1 << 30 };
	unsigned int i;
	size_t len;

	start(tc);
	deliver(5);
	for (i = 0; i < 3; i++) {
		keep();
		(void)slurp(&len);
		ATF_REQUIRE_EQ(0, truncate(LIST, (off_t)len + sizes[i]));
		keep();
		check_list(1, 5);
	}
	stop();
}

ATF_TC(rewritten);
ATF_TC_HEAD(rewritten, tc)
{
	atf_tc_set_md_var(tc, "descr", "a list that cannot be appended to is "
	    "written anew, with Dovecot's fields");
}
ATF_TC_BODY(rewritten, tc)
{
	char text[512];
	const char *fields = "G8b1a9953c4611296a827abf8c47804d7 Xy";
	struct uidlist l;
	unsigned int v;
	int again;

	start(tc);
	deliver(3);
	v = (unsigned int)rig_state(f).uidvalidity;
	/* Version 1. */
	snprintf(text, sizeof(text), "1 %u 3\n1 1700000001.M1P1.host\n"
	    "2 1700000002.M2P1.host\n", v);
	put(text, strlen(text));
	keep();
	check_list(1, 3);
	/* Out of order, near the end; of another file in the middle. */
	snprintf(text, sizeof(text), "3 V%u N3 %s\n1 W7 Pq :1700000001.M1P1."
	    "host,S=2\n2 W8 :1700000009.M2P1.host\n3 W9 :1700000003.M3P1."
	    "host\n1 :x\n", v, fields);
	put(text, strlen(text));
	keep();
	check_list(1, 3);
	ATF_REQUIRE_EQ(0, uidlist_read(f->dirfd, 1, &l));
	ATF_CHECK_STREQ(fields, l.fields);
	ATF_CHECK_STREQ("W7 Pq", l.e[0].fields);
	ATF_CHECK_STREQ("", l.e[1].fields);
	ATF_CHECK_STREQ("W9", l.e[2].fields);
	uidlist_free(&l);
	/* Of another UIDVALIDITY: its fields are not ours. */
	snprintf(text, sizeof(text), "3 V%u N9 %s\n8 W7 :1700000001.M1P1."
	    "host\n", v + 1, fields);
	put(text, strlen(text));
	keep();
	check_list(1, 3);
	/* What the caller found broken. */
	snprintf(text, sizeof(text), "3 V%u N4 %s\n1 :1700000001.M1P1.host\n"
	    "\n3 :1700000003.M3P1.host\n7 Px :1700000004.M4P1.host\n", v,
	    fields);
	put(text, strlen(text));
	ATF_REQUIRE_EQ(0, uidlist_renew(f, &again));
	ATF_CHECK_EQ(0, again);
	/* What another server has given since stays. */
	ATF_REQUIRE_EQ(0, uidlist_read(f->dirfd, 1, &l));
	ATF_CHECK_EQ(4, l.n);
	ATF_CHECK_EQ(8, l.uidnext);
	ATF_CHECK_EQ(7, uidlist_uid(&l, "1700000004.M4P1.host"));
	ATF_CHECK_STREQ("Px", l.e[3].fields);
	uidlist_free(&l);
	/* No list at all. */
	ATF_REQUIRE_EQ(0, unlink(LIST));
	ATF_REQUIRE_EQ(0, symlink("/etc/passwd", LIST));
	keep();
	check_list(1, 3);
	ATF_REQUIRE_EQ(0, unlink(LIST));
	ATF_REQUIRE_EQ(0, mkfifo(LIST, 0600));
	keep();
	check_list(1, 3);
	ATF_REQUIRE_EQ(0, chmod(LIST, 0400));
	deliver(1);
	keep();
	check_list(1, 4);
	stop();
}

ATF_TC(longer);
ATF_TC_HEAD(longer, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a list of many more lines than messages is written anew");
}
ATF_TC_BODY(longer, tc)
{
	char line[64];
	struct stat st;
	FILE *fp;
	int i;

	start(tc);
	deliver(3);
	keep();
	slurp(NULL);
	ATF_REQUIRE((fp = fopen(LIST, "w")) != NULL);
	fprintf(fp, "3 V%u N3\n",
	    (unsigned int)rig_state(f).uidvalidity);
	/* As if those below had all been there once. */
	for (i = 1; i <= 3; i++)
		fprintf(fp, "%d :170000000%d.M%dP1.host\n", i, i, i);
	ATF_REQUIRE_EQ(0, fclose(fp));
	deliver(500);
	keep();
	ATF_REQUIRE_EQ(0, stat(LIST, &st));
	ATF_CHECK(st.st_size > 500 * 20);
	for (i = 4; i <= 503; i++)
		rig_expunge(f, (uint32_t)i);
	deliver(1);
	keep();
	ATF_REQUIRE_EQ(0, stat(LIST, &st));
	ATF_CHECK(st.st_size > 500 * 20);
	deliver(1000);
	keep();
	for (i = 505; i <= 1504; i++)
		rig_expunge(f, (uint32_t)i);
	deliver(1);
	keep();
	ATF_REQUIRE_EQ(0, stat(LIST, &st));
	ATF_CHECK_MSG(st.st_size < 1000, "%ld", (long)st.st_size);
	snprintf(line, sizeof(line), "1505 :%u.M%uP1.host",
	    1700000000 + delivered, delivered);
	ATF_CHECK(strstr(slurp(NULL), line) != NULL);
	stop();
}

/* The time of a file's last change, so many seconds ago. */
static void
set_age(const char *path, int age)
{
	struct timespec t[2];

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_REALTIME, &t[0]));
	t[0].tv_sec -= age;
	t[1] = t[0];
	ATF_REQUIRE_EQ(0, utimensat(AT_FDCWD, path, t, 0));
}

ATF_TC(locked);
ATF_TC_HEAD(locked, tc)
{
	atf_tc_set_md_var(tc, "descr", "another's lock is respected, and "
	    "overridden when it is left behind");
}
ATF_TC_BODY(locked, tc)
{
	int again;

	start(tc);
	deliver(2);
	keep();
	deliver(1);
	rig_put(LOCK, "1:elsewhere");
	ATF_REQUIRE_EQ(0, uidlist_keep(f, &again));
	ATF_CHECK_EQ(1, again);
	ATF_CHECK(strstr(slurp(NULL), "\n3 ") == NULL);
	/* As old as it may become; but the list has been written to. */
	set_age(LOCK, 110);
	ATF_REQUIRE_EQ(0, uidlist_keep(f, &again));
	ATF_CHECK_EQ(1, again);
	set_age(LOCK, 130);
	ATF_REQUIRE_EQ(0, uidlist_keep(f, &again));
	ATF_CHECK_EQ(1, again);
	ATF_CHECK(atf_utils_compare_file(LOCK, "1:elsewhere"));
	set_age(LIST, 130);
	keep();
	check_list(1, 3);
	/* A clock that was set back. */
	deliver(1);
	rig_put(LOCK, "");
	set_age(LOCK, -3600);
	ATF_REQUIRE_EQ(0, uidlist_keep(f, &again));
	ATF_CHECK_EQ(1, again);
	ATF_REQUIRE_EQ(0, unlink(LOCK));
	keep();
	check_list(1, 4);
	stop();
}

ATF_TC(stolen);
ATF_TC_HEAD(stolen, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who has lost the lock writes nothing, and takes none away");
}
ATF_TC_BODY(stolen, tc)
{
	struct uidlist_lock lock, other;
	struct stat st;
	uint32_t next;
	char before[1024];

	start(tc);
	deliver(2);
	keep();
	strlcpy(before, slurp(NULL), sizeof(before));
	deliver(1);
	ATF_REQUIRE_EQ(0, uidlist_lock(f, &lock));
	ATF_CHECK_EQ(1, uidlist_locked(f, &lock));
	ATF_CHECK_EQ(1, uidlist_lock(f, &other));
	ATF_REQUIRE_EQ(0, unlink(LOCK));
	ATF_CHECK_EQ(0, uidlist_locked(f, &lock));
	ATF_CHECK_EQ(-1, uidlist_write(f, &lock, &st, &next));
	ATF_CHECK_EQ(EAGAIN, errno);
	ATF_CHECK_STREQ(before, slurp(NULL));
	ATF_CHECK_EQ(0, rig_count("mail/tmp"));
	/* Another's has the place of ours. */
	rig_put(LOCK, "1:elsewhere");
	ATF_CHECK_EQ(0, uidlist_locked(f, &lock));
	uidlist_unlock(f, &lock);
	ATF_CHECK(atf_utils_compare_file(LOCK, "1:elsewhere"));
	stop();
}

ATF_TC(contradiction);
ATF_TC_HEAD(contradiction, tc)
{
	atf_tc_set_md_var(tc, "descr", "a list that gives our UID to another "
	    "file stays as it is; one ahead of us too");
}
ATF_TC_BODY(contradiction, tc)
{
	char text[512];
	unsigned int v;
	int again;

	start(tc);
	deliver(3);
	v = (unsigned int)rig_state(f).uidvalidity;
	snprintf(text, sizeof(text), "3 V%u N2\n1 :1700000001.M1P1.host\n"
	    "2 :1700000077.M2P1.host\n", v);
	put(text, strlen(text));
	rig_put("mail/cur/1700000077.M2P1.host:2,S", "Subject: x\n\nx\n");
	ATF_CHECK_EQ(-1, uidlist_keep(f, &again));
	ATF_CHECK_EQ(EEXIST, errno);
	ATF_CHECK_STREQ(text, slurp(NULL));
	ATF_CHECK(!rig_there(LOCK));
	/* No such file: it is damaged. */
	ATF_REQUIRE_EQ(0, unlink("mail/cur/1700000077.M2P1.host:2,S"));
	keep();
	check_list(1, 3);
	snprintf(text, sizeof(text), "3 V%u N2\n1 :1700000001.M1P1.host\n"
	    "2 :1700000002.M2P1.host\n9 :1700000077.M2P1.host\n", v);
	put(text, strlen(text));
	keep();
	ATF_CHECK_STREQ(text, slurp(NULL));
	stop();
}

/* A process that delivers, numbers and lists, as a session of its own. */
static void
one_of_two(unsigned int which)
{
	struct idx *own;
	struct folder *of;
	char path[64];
	unsigned int i;
	int again;

	own = rig_bind(&r);
	of = rig_open(&r, own, "", 0);
	for (i = 0; i < 60; i++) {
		snprintf(path, sizeof(path), "mail/new/%u.M%uP%u.host",
		    1700001000 + i, i, which);
		rig_put(path, "Subject: x\n\nx\n");
		if (folder_scan(of, 0) == -1 ||
		    uidlist_keep(of, &again) == -1)
			_exit(1);
	}
	do {
		if (folder_scan(of, 1) == -1 ||
		    uidlist_keep(of, &again) == -1)
			_exit(2);
	} while (again);
	folder_close(of);
	idx_goodbye(own);
	_exit(0);
}

ATF_TC(together);
ATF_TC_HEAD(together, tc)
{
	atf_tc_set_md_var(tc, "descr", "two sessions at once make one list");
}
ATF_TC_BODY(together, tc)
{
	pid_t pid[2];
	unsigned int i;
	int status;

	start(tc);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE((pid[i] = fork()) != -1);
		if (pid[i] == 0)
			one_of_two(i + 1);
	}
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(pid[i], waitpid(pid[i], &status, 0));
		ATF_CHECK_EQ(0, status);
	}
	ATF_REQUIRE_EQ(120, rig_state(f).messages);
	keep();
	check_list(1, 120);
	stop();
}

ATF_TC(session);
ATF_TC_HEAD(session, tc)
{
	atf_tc_set_md_var(tc, "descr", "a session does it a second after it "
	    "opened a folder, then at most once a second, and at its end");
}
ATF_TC_BODY(session, tc)
{
	int64_t now;

	start(tc);
	now = now_ms();
	ATF_CHECK(uidlist_when(f) > now - 1000 && uidlist_when(f) <= now + 1000);
	deliver(1);
	uidlist_behind(f);
	check_list(1, 1);
	ATF_CHECK_EQ(INT64_MAX, uidlist_when(f));
	deliver(1);
	ATF_CHECK(uidlist_when(f) > now_ms());
	ATF_CHECK(uidlist_when(f) <= now_ms() + 1000);
	folder_close(f);
	ATF_CHECK(strstr(slurp(NULL), "\n2 :") != NULL);
	f = rig_open(&r, idx, "", 0);
	check_list(1, 2);
	/* What nobody else has done is done when it is idle. */
	ATF_REQUIRE_EQ(0, unlink(LIST));
	ATF_CHECK(uidlist_when(f) != INT64_MAX);
	uidlist_behind(f);
	check_list(1, 2);
	folder_close(f);
	/* One that looked at nothing leaves it alone. */
	ATF_REQUIRE_EQ(0, unlink(LIST));
	f = rig_open(&r, idx, "", 0);
	folder_close(f);
	ATF_CHECK(!rig_there(LIST));
	/* One that may not write does nothing. */
	ATF_REQUIRE_EQ(0, chmod("mail", 0500));
	f = rig_open(&r, idx, "", 0);
	ATF_CHECK_EQ(INT64_MAX, uidlist_when(f));
	keep();
	ATF_CHECK(!rig_there(LIST));
	ATF_REQUIRE_EQ(0, chmod("mail", 0700));
	stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, made);
	ATF_TP_ADD_TC(tp, expunged);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, rewritten);
	ATF_TP_ADD_TC(tp, longer);
	ATF_TP_ADD_TC(tp, locked);
	ATF_TP_ADD_TC(tp, stolen);
	ATF_TP_ADD_TC(tp, contradiction);
	ATF_TP_ADD_TC(tp, together);
	ATF_TP_ADD_TC(tp, session);
	return (atf_no_error());
}
