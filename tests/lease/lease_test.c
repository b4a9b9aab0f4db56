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

#include <poll.h>

#include "imapd/conf.h"
#include "imapd/lease.h"
#include "imapd/lease_text.h"
#include "imapd/session.h"
#include "tests/folder/rig.h"

/* Two indexds on one mail root. */

#define FILE_PATH	"mail/" LEASE_FILE
#define PATIENCE	20000	/* ms */

/* Another indexd beside that of the rig. */
static void
second(const struct rig *r, struct rig *b)
{
	char cwd[PATH_MAX - 64];
	FILE *fp;

	*b = *r;
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(b->sock, sizeof(b->sock), "db2/s");
	snprintf(b->conf, sizeof(b->conf), "indexd2.conf");
	ATF_REQUIRE_EQ(0, mkdir("db2", 0700));
	if (geteuid() == 0)
		ATF_REQUIRE_EQ(0, chown("db2", NOBODY, NOBODY));
	ATF_REQUIRE((fp = fopen(b->conf, "w")) != NULL);
	fprintf(fp, "socket \"%s/%s\"\ndirectory \"%s/db2/state\"\n", cwd,
	    b->sock, cwd);
	ATF_REQUIRE_EQ(0, fclose(fp));
	rig_indexd(b);
}

/* indexctl takeover, of the second; the exit status. */
static int
takeover(const struct rig *b, const char *root, const char *folder)
{
	char ctl[PATH_MAX];
	pid_t pid;
	int status;

	(void)strlcpy(ctl, b->program, sizeof(ctl) - 3);
	ctl[strlen(ctl) - 1] = '\0';
	(void)strlcat(ctl, "ctl", sizeof(ctl));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		execl(ctl, "indexctl", "-s", b->sock, "takeover", root, folder,
		    (char *)NULL);
		_exit(127);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

/* A process that has the folder open until it is killed. */
static pid_t
holder(struct rig *r, const char *name)
{
	int fd[2];
	pid_t pid;
	char c;

	ATF_REQUIRE_EQ(0, pipe(fd));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		close(fd[0]);
		(void)rig_open(r, rig_bind(r), name, 0);
		if (write(fd[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fd[1]);
	ATF_REQUIRE_EQ(1, read(fd[0], &c, 1));
	close(fd[0]);
	return (pid);
}

static void
end(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
}

/* The file's age in seconds from now on. */
static void
age(const char *path, int seconds)
{
	struct timespec ts[2];

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_REALTIME, &ts[0]));
	ts[0].tv_sec -= seconds;
	ts[1] = ts[0];
	ATF_REQUIRE_EQ(0, utimensat(AT_FDCWD, path, ts, 0));
}

static int
is_young(const char *path)
{
	struct stat st;

	ATF_REQUIRE_EQ(0, stat(path, &st));
	return (time(NULL) - st.st_mtime < 30);
}

static void
read_lease(const char *path, struct lease_text *t)
{
	char text[LEASE_TEXT + 1];
	ssize_t n;
	int fd;

	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE((n = read(fd, text, LEASE_TEXT)) != -1);
	close(fd);
	text[n] = '\0';
	ATF_REQUIRE_EQ(0, lease_parse(text, t));
}

/* As the session of another indexd on another host would. */
static void
write_lease(const char *path, const char *host, const char *dir)
{
	static const uint8_t id[TABLE_IDLEN] = "another";
	char text[LEASE_TEXT];
	struct lease_text t;
	struct stat st;

	ATF_REQUIRE_EQ(0, stat(dir, &st));
	lease_fill(&t, id, (uint64_t)st.st_ino);
	(void)strlcpy(t.host, host, sizeof(t.host));
	(void)lease_render(text, sizeof(text), &t);
	ATF_REQUIRE(unlink(path) == 0 || errno == ENOENT);
	rig_put(path, text);
}

static int
is_of(const char *path, const struct idx *idx)
{
	struct lease_text t;

	read_lease(path, &t);
	return (memcmp(t.indexd, idx_id(idx), TABLE_IDLEN) == 0);
}

static int
opens(struct rig *r, struct idx *idx, const char *name)
{
	struct folder *f;
	const char *why;

	f = folder_open(idx, r->rootfd, name, 0, &why);
	if (f == NULL) {
		ATF_CHECK_EQ(EAGAIN, errno);
		ATF_CHECK_EQ(PROTO_NO_LEASE, idx_code(idx));
	}
	folder_close(f);
	return (f != NULL);
}

ATF_TC_WITHOUT_HEAD(made);
ATF_TC_BODY(made, tc)
{
	struct folder *f;
	struct stat st, again;
	struct idx *idx;
	struct rig r;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(0, stat(FILE_PATH, &st));
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_CHECK(is_of(FILE_PATH, idx));
	ATF_CHECK_EQ(0, rig_count("mail/tmp"));
	folder_close(f);
	/* It stays, is used again, and touched when it is old. */
	age(FILE_PATH, 3600);
	f = rig_open(&r, idx, "", FOLDER_EXAMINE);
	ATF_CHECK(is_young(FILE_PATH));
	ATF_REQUIRE_EQ(0, stat(FILE_PATH, &again));
	ATF_CHECK_EQ(st.st_ino, again.st_ino);
	age(FILE_PATH, 40);
	folder_close(f);
	folder_close(rig_open(&r, idx, "", 0));
	ATF_CHECK(!is_young(FILE_PATH));
	/* It need not be writable. */
	ATF_REQUIRE_EQ(0, chmod(FILE_PATH, 0400));
	folder_close(rig_open(&r, idx, "", 0));
	/* Who may not write numbers nothing, and needs none. */
	ATF_REQUIRE_EQ(0, unlink(FILE_PATH));
	ATF_REQUIRE_EQ(0, chmod("mail", 0500));
	folder_close(rig_open(&r, idx, "", 0));
	ATF_REQUIRE_EQ(0, chmod("mail", 0700));
	ATF_CHECK(!rig_there(FILE_PATH));
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC(refused);
ATF_TC_HEAD(refused, tc)
{
	atf_tc_set_md_var(tc, "descr", "two indexds on one folder are "
	    "refused, with who holds it; a lease that nobody on this host "
	    "locks is void at once");
}
ATF_TC_BODY(refused, tc)
{
	char host[LEASE_HOST + 1];
	struct rig r, b;
	struct idx *idx;
	pid_t pid;

	rig_start(&r, tc);
	second(&r, &b);
	pid = holder(&r, "");
	idx = rig_bind(&b);
	ATF_CHECK(!opens(&b, idx, ""));
	lease_host(host);
	ATF_CHECK_MSG(strstr(idx_text(idx), host) != NULL, "%s",
	    idx_text(idx));
	ATF_CHECK(strstr(idx_text(idx), " UTC; wait ") != NULL);
	ATF_CHECK(strstr(idx_text(idx), "indexctl takeover") != NULL);
	ATF_CHECK(!is_of(FILE_PATH, idx));
	/* Nothing of it is known at the second. */
	end(pid);
	ATF_CHECK(opens(&b, idx, ""));
	ATF_CHECK(is_of(FILE_PATH, idx));
	/* And back. */
	pid = holder(&r, "");
	ATF_CHECK(!is_of(FILE_PATH, idx));
	end(pid);
	idx_goodbye(idx);
	rig_kill(&b, SIGTERM);
	rig_stop(&r);
}

ATF_TC(stale);
ATF_TC_HEAD(stale, tc)
{
	atf_tc_set_md_var(tc, "descr", "a lease that is older than five "
	    "minutes is void, and who held it notices");
}
ATF_TC_BODY(stale, tc)
{
	struct rig r, b;
	struct folder *f;
	struct idx *idx;
	pid_t pid;

	rig_start(&r, tc);
	second(&r, &b);
	pid = holder(&b, "");
	idx = rig_bind(&r);
	age(FILE_PATH, LEASE_STALE - 30);
	ATF_CHECK(!opens(&r, idx, ""));
	age(FILE_PATH, LEASE_STALE + 1);
	f = rig_open(&r, idx, "", 0);
	ATF_CHECK(is_of(FILE_PATH, idx));
	end(pid);
	/* The other takes it back. */
	age(FILE_PATH, LEASE_STALE + 1);
	pid = holder(&b, "");
	ATF_CHECK(!is_of(FILE_PATH, idx));
	ATF_CHECK(lease_tick(f, 0) != INT64_MAX);
	ATF_CHECK(!lease_lost(f));
	/* Before a report: nothing is numbered any more. */
	rig_put("mail/cur/1.a:2,", "x\n");
	ATF_CHECK_ERRNO(ESTALE, folder_scan(f, 1) == -1);
	ATF_CHECK(lease_lost(f));
	ATF_CHECK(f->gone);
	ATF_CHECK_EQ(0, rig_state(f).messages);
	ATF_CHECK_EQ(INT64_MAX, lease_tick(f, INT64_MAX));
	folder_close(f);
	end(pid);
	idx_goodbye(idx);
	rig_kill(&b, SIGTERM);
	rig_stop(&r);
}

ATF_TC(elsewhere);
ATF_TC_HEAD(elsewhere, tc)
{
	atf_tc_set_md_var(tc, "descr", "of a lease from another host its age "
	    "alone decides, or indexctl takeover");
}
ATF_TC_BODY(elsewhere, tc)
{
	struct rig r;
	struct idx *idx;
	char cwd[PATH_MAX], path[PATH_MAX + 8];

	rig_start(&r, tc);
	rig_dirs("mail/.a");
	idx = rig_bind(&r);
	write_lease(FILE_PATH, "b.example", "mail");
	ATF_CHECK(!opens(&r, idx, ""));
	ATF_CHECK(strstr(idx_text(idx), "at b.example since ") != NULL);
	age(FILE_PATH, LEASE_STALE + 1);
	ATF_CHECK(opens(&r, idx, ""));
	/* Nobody touches a file in the future. */
	write_lease(FILE_PATH, "b.example", "mail");
	age(FILE_PATH, -100);
	ATF_CHECK(!opens(&r, idx, ""));
	age(FILE_PATH, -LEASE_STALE - 60);
	ATF_CHECK(opens(&r, idx, ""));

	write_lease(FILE_PATH, "b.example", "mail");
	write_lease("mail/.a/" LEASE_FILE, "b.example", "mail/.a");
	ATF_CHECK_EQ(1, takeover(&r, "mail", NULL));
	ATF_CHECK_EQ(0, takeover(&r, "/elsewhere", NULL));
	ATF_CHECK(!opens(&r, idx, ""));
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(path, sizeof(path), "%s/mail//", cwd);
	ATF_CHECK_EQ(0, takeover(&r, path, ".a"));
	ATF_CHECK(!opens(&r, idx, ""));
	ATF_CHECK(opens(&r, idx, ".a"));
	ATF_CHECK_EQ(0, takeover(&r, path, "INBOX"));
	ATF_CHECK(opens(&r, idx, ""));
	write_lease("mail/.a/" LEASE_FILE, "b.example", "mail/.a");
	ATF_CHECK_EQ(0, takeover(&r, path, NULL));
	ATF_CHECK(opens(&r, idx, ".a"));
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC(copied);
ATF_TC_HEAD(copied, tc)
{
	atf_tc_set_md_var(tc, "descr", "a lease that came with a copy of its "
	    "folder holds nobody up");
}
ATF_TC_BODY(copied, tc)
{
	struct rig r;
	struct idx *idx;

	rig_start(&r, tc);
	rig_dirs("mail/.a");
	idx = rig_bind(&r);
	write_lease("mail/.a/" LEASE_FILE, "b.example", "mail");
	ATF_CHECK(opens(&r, idx, ".a"));
	ATF_CHECK(is_of("mail/.a/" LEASE_FILE, idx));
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	char big[8192];
	struct rig r;
	struct idx *idx;
	struct stat st;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	rig_put("outside", "untouched\n");
	ATF_REQUIRE_EQ(0, symlink("../outside", FILE_PATH));
	ATF_CHECK(opens(&r, idx, ""));
	ATF_CHECK(is_of(FILE_PATH, idx));
	ATF_REQUIRE_EQ(0, stat("outside", &st));
	ATF_CHECK_EQ(10, st.st_size);
	ATF_REQUIRE_EQ(0, unlink(FILE_PATH));
	ATF_REQUIRE_EQ(0, mkfifo(FILE_PATH, 0600));
	ATF_CHECK(opens(&r, idx, ""));
	ATF_CHECK(is_of(FILE_PATH, idx));
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	rig_put(FILE_PATH, big);
	ATF_CHECK(opens(&r, idx, ""));
	ATF_CHECK(is_of(FILE_PATH, idx));
	rig_put(FILE_PATH, "");
	ATF_CHECK(opens(&r, idx, ""));
	ATF_CHECK(is_of(FILE_PATH, idx));
	/* Without a lease, and without harm. */
	ATF_REQUIRE_EQ(0, unlink(FILE_PATH));
	ATF_REQUIRE_EQ(0, mkdir(FILE_PATH, 0700));
	ATF_CHECK(opens(&r, idx, ""));
	ATF_CHECK_EQ(0, rig_count("mail/tmp"));
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC(full);
ATF_TC_HEAD(full, tc)
{
	atf_tc_set_md_var(tc, "descr", "a folder that nobody holds is served "
	    "though its lease cannot be written");
}
ATF_TC_BODY(full, tc)
{
	struct rlimit rl, old;
	struct folder *f;
	struct rig r;
	struct idx *idx;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	ATF_CHECK(opens(&r, idx, ""));
	ATF_REQUIRE_EQ(0, unlink(FILE_PATH));
	ATF_REQUIRE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &old));
	rl = old;
	rl.rlim_cur = 0;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
	f = rig_open(&r, idx, "", 0);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &old));
	ATF_CHECK(!rig_there(FILE_PATH));
	ATF_CHECK_EQ(0, rig_count("mail/tmp"));
	/* It is made up for. */
	(void)lease_tick(f, INT64_MAX / 2);
	ATF_CHECK(is_of(FILE_PATH, idx));
	folder_close(f);
	write_lease(FILE_PATH, "b.example", "mail");
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
	ATF_CHECK(!opens(&r, idx, ""));
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &old));
	idx_goodbye(idx);
	rig_stop(&r);
}

ATF_TC_WITHOUT_HEAD(renewed);
ATF_TC_BODY(renewed, tc)
{
	struct folder *f, *g;
	struct idx *idx, *other;
	struct stat st;
	struct rig r;
	int64_t now = 1000000000, due;

	rig_start(&r, tc);
	idx = rig_bind(&r);
	other = rig_bind(&r);
	f = rig_open(&r, idx, "", 0);
	g = rig_open(&r, other, "", 0);
	due = lease_tick(f, 0);
	age(FILE_PATH, 70);
	ATF_CHECK_EQ(due, lease_tick(f, due - 1));
	ATF_CHECK(!is_young(FILE_PATH));
	ATF_CHECK_EQ(now + LEASE_RENEW, lease_tick(f, now));
	ATF_CHECK(is_young(FILE_PATH));
	/* Another session has done it: again when that is a minute ago. */
	age(FILE_PATH, 40);
	due = lease_tick(g, now);
	ATF_CHECK(due > now && due <= now + 20000);
	ATF_CHECK(!is_young(FILE_PATH));
	/* Someone has removed it. */
	ATF_REQUIRE_EQ(0, unlink(FILE_PATH));
	ATF_CHECK_EQ(0, lease_check(f));
	ATF_CHECK(is_of(FILE_PATH, idx));
	ATF_REQUIRE_EQ(0, stat(FILE_PATH, &st));
	ATF_CHECK_EQ(0, lease_check(g));
	ATF_CHECK(is_of(FILE_PATH, idx));
	ATF_CHECK(!lease_lost(f) && !lease_lost(g));
	/* Another has come: both are out. */
	write_lease(FILE_PATH, "b.example", "mail");
	ATF_CHECK_EQ(INT64_MAX, lease_tick(f, now + 100000));
	ATF_CHECK_ERRNO(ESTALE, lease_check(g) == -1);
	ATF_CHECK_EQ(0, folder_current(f));
	folder_close(f);
	folder_close(g);
	idx_goodbye(other);
	idx_goodbye(idx);
	rig_stop(&r);
}

/* A client of a session in a process of its own, whose renewals are due all
 * the time. */
static int
session(struct rig *r, pid_t *pid)
{
	struct session_start ss;
	struct idx *idx = rig_bind(r);
	int sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((*pid = fork()) != -1);
	if (*pid == 0) {
		close(sv[0]);
		lease_renew = 20;
		memset(&ss, 0, sizeof(ss));
		ss.conf = imapd_conf_text("conf", "auth file \"/x\"\n", 15,
		    &(struct imapd_conf_args){ .inetd = 1 });
		ss.idx = idx;
		ss.in = ss.out = sv[1];
		ss.user = ss.addr = "u";
		ss.home = ss.client_id = "";
		ss.mailroot = r->root;
		ss.tag = "a";
		ss.command = "LOGIN";
		_exit(ss.conf == NULL ? 1 : session_run(&ss));
	}
	close(sv[1]);
	idx_forsake(idx);
	return (sv[0]);
}

/* Reads until the text has come. */
static void
expect(int fd, const char *text)
{
	static char in[65536];
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n;

	for (in[0] = '\0'; strstr(in, text) == NULL; len += (size_t)n) {
		ATF_REQUIRE(len < sizeof(in) - 1);
		ATF_REQUIRE_MSG(poll(&pfd, 1, PATIENCE) == 1, "no %s", text);
		n = read(fd, in + len, sizeof(in) - 1 - len);
		ATF_REQUIRE_MSG(n > 0, "no %s", text);
		in[len + (size_t)n] = '\0';
	}
}

ATF_TC(idle);
ATF_TC_HEAD(idle, tc)
{
	atf_tc_set_md_var(tc, "descr", "a session in IDLE renews the lease, "
	    "and says BYE when another indexd has taken over");
}
ATF_TC_BODY(idle, tc)
{
	static const char command[] = "b SELECT INBOX\r\nc IDLE\r\n";
	struct timespec pause = { 0, 10000000 };
	struct rig r;
	int fd, i, status;
	pid_t pid;

	rig_start(&r, tc);
	fd = session(&r, &pid);
	ATF_REQUIRE_EQ((ssize_t)strlen(command), write(fd, command,
	    strlen(command)));
	expect(fd, "+ idling\r\n");
	age(FILE_PATH, 100);
	for (i = 0; i < PATIENCE / 10 && !is_young(FILE_PATH); i++)
		nanosleep(&pause, NULL);
	ATF_CHECK(is_young(FILE_PATH));
	write_lease(FILE_PATH, "b.example", "mail");
	expect(fd, "* BYE [UNAVAILABLE] The mailbox is served by another "
	    "index now\r\n");
	close(fd);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	/* To a new one it is refused. */
	fd = session(&r, &pid);
	ATF_REQUIRE_EQ((ssize_t)strlen(command), write(fd, command,
	    strlen(command)));
	expect(fd, "b NO [INUSE] Can't open the mailbox: Mailbox is served by "
	    "the index at b.example since ");
	close(fd);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	rig_stop(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, made);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, stale);
	ATF_TP_ADD_TC(tp, elsewhere);
	ATF_TP_ADD_TC(tp, copied);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, renewed);
	ATF_TP_ADD_TC(tp, idle);
	return (atf_no_error());
}
