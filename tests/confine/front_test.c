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

/* What the front can do once it is confined, and what not. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/confine.h"
#include "common/log.h"
#include "imapd/login.h"
#include "imapd/privs.h"
#include "tests/confine/try.h"

static int		pair[2];	/* as of client and front */
static int		dir;		/* open from before */
static struct privs	privs;

static int
enter(void)
{
	if (privs_front(&privs) == -1)
		return (-1);
	return (confine_front(&pair[1], 1));
}

static int
open_file(void)
{
	return (open("/etc/passwd", O_RDONLY));
}

static int
open_root(void)
{
	return (open("/", O_RDONLY));
}

static int
open_null(void)
{
	return (open("/dev/null", O_RDWR));
}

static int
open_below(void)
{
	return (openat(dir, "file", O_RDONLY));
}

static int
open_above(void)
{
	return (openat(dir, "..", O_RDONLY));
}

static int
make_file(void)
{
	return (open("made", O_RDWR | O_CREAT, 0600));
}

static int
list_processes(void)
{
	return (opendir("/proc") == NULL ? -1 : 0);
}

static int
look(void)
{
	struct stat st;

	return (stat("/", &st));
}

static int
remove_file(void)
{
	return (unlinkat(dir, "file", 0));
}

static int
make_dir(void)
{
	return (mkdir("d", 0700));
}

static int
other_root(void)
{
	return (chroot("."));
}

static int
local_socket(void)
{
	return (socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
send_elsewhere(void)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	return ((int)sendto(pair[1], "x", 1, 0, (struct sockaddr *)&sin,
	    sizeof(sin)));
}

static const struct try tries[] = {
	{ "open a file",	open_file },
	{ "open /",		open_root },
	{ "open /dev/null",	open_null },
	{ "open below",		open_below },
	{ "open above",		open_above },
	{ "make a file",	make_file },
	{ "list processes",	list_processes },
	{ "stat",		look },
	{ "unlink",		remove_file },
	{ "mkdir",		make_dir },
	{ "chroot",		other_root },
	{ "UNIX socket",	local_socket },
	{ "send elsewhere",	send_elsewhere }
};

/* All that a front does. */
static int
work(void)
{
	struct pollfd pfd;
	struct timespec ts;
	char buf[16];
	void *p;
	time_t t = 1700000000;
	struct tm *tm;
	int flags;

	if (login_send(pair[1], "hello", 5) == -1)
		return (-1);
	pfd.fd = pair[1];
	pfd.events = POLLIN;
	if (poll(&pfd, 1, 0) != 1 || recv(pair[1], buf, sizeof(buf), 0) != 3)
		return (-1);
	if ((flags = fcntl(pair[1], F_GETFL)) == -1 ||
	    fcntl(pair[1], F_SETFL, flags | O_NONBLOCK) == -1 ||
	    send(pair[1], "x", 1, 0) != 1)
		return (-1);
	if ((p = malloc(8 * 1024 * 1024)) == NULL)
		return (-1);
	memset(p, 1, 8 * 1024 * 1024);
	free(p);
	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1 || time(NULL) == -1 ||
	    (tm = localtime(&t)) == NULL || tm->tm_year != 123)
		return (-1);
	arc4random_buf(buf, sizeof(buf));
	log_info("confined");
	return (shutdown(pair[1], SHUT_WR));
}

/* syslogd(8) is gone or was started again: nothing is said, nobody ends. */
static int
log_lines(void)
{
	openlog("front", LOG_PID | LOG_NDELAY, LOG_MAIL);
	syslog(LOG_INFO, "one");
	syslog(LOG_INFO, "two");
	return (0);
}

static void
all(void)
{
	FILE *fp;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	ATF_REQUIRE_EQ(3, send(pair[0], "abc", 3, 0));
	ATF_REQUIRE((fp = fopen("file", "w")) != NULL);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE((dir = open(".", O_RDONLY)) != -1);
	/* As at the start. */
	(void)arc4random();
	tzset();
	must(enter, "work", work);
	must(enter, "log", log_lines);
#if defined(__linux__) || defined(__OpenBSD__) || defined(__FreeBSD__)
	try_victim_start();
	try_all(enter, tries, sizeof(tries) / sizeof(tries[0]));
	try_all(enter, try_never, try_nnever);
	try_victim_stop();
#else
	try_all(enter, tries, 3);
#endif
}

ATF_TC(user);
ATF_TC_HEAD(user, tc)
{
	atf_tc_set_md_var(tc, "descr", "the front of an ordinary user's imapd "
	    "opens no file, makes no socket and sees no process");
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(user, tc)
{
	all();
}

ATF_TC(root);
ATF_TC_HEAD(root, tc)
{
	atf_tc_set_md_var(tc, "descr", "the front of root's imapd opens no "
	    "file, makes no socket and sees no process");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(root, tc)
{
	struct passwd *pw;

	/* Any user does: PRIVS_USER may not be there. */
	if ((pw = getpwnam("nobody")) == NULL || pw->pw_uid == 0)
		atf_tc_skip("no user nobody");
	privs.root = 1;
	privs.uid = pw->pw_uid;
	privs.gid = pw->pw_gid;
	ATF_REQUIRE_EQ(0, mkdir("empty", 0755));
	ATF_REQUIRE(realpath("empty", privs.dir) != NULL);
	all();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, user);
	ATF_TP_ADD_TC(tp, root);
	return (atf_no_error());
}
