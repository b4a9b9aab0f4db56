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

/* The processes of daemons that root has started: what each has, and is. */

#include <sys/types.h>
#include <sys/socket.h>

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "imapd/login.h"
#include "tests/confine/system.h"

#define STEPS	250		/* of 20 ms */
#define SESSION	"log log null one/Maildir pipe pipe socket socket "
/* There are two ports, where there is a certificate. */
#define LISTENER	(s.tls == 0 ? "log log null pipe pipe socket " : \
			"log log null pipe pipe socket socket ")
#define ONE_MORE	(s.tls == 0 ? "log log null pipe pipe socket socket " \
			: "log log null pipe pipe socket socket socket ")
#define INDEXD	"db db/id db/journal db/journal/1 db/lock db/roots epoll " \
		"fdinfo log log null pipe pipe socket socket "

#ifdef __linux__

static void	is(pid_t, int, int);
static void	no_environment(pid_t);
static void	has(const struct system *, pid_t, const char *);

/* The user, with no others behind it, and without rights. */
static void
is(pid_t pid, int uid, int filtered)
{
	char ids[64];

	(void)snprintf(ids, sizeof(ids), "%d\t%d\t%d\t%d", uid, uid, uid, uid);
	ATF_CHECK_STREQ(ids, system_status(pid, "Uid"));
	ATF_CHECK_STREQ(ids, system_status(pid, "Gid"));
	if (uid != 0) {
		ATF_CHECK_STREQ("0000000000000000",
		    system_status(pid, "CapEff"));
		ATF_CHECK_STREQ("0000000000000000",
		    system_status(pid, "CapPrm"));
	}
	if (filtered) {
		ATF_CHECK_STREQ("1", system_status(pid, "NoNewPrivs"));
		ATF_CHECK_STREQ("2", system_status(pid, "Seccomp"));
	}
}

static void
no_environment(pid_t pid)
{
	char buf[65536], path[64];
	size_t i, n;
	FILE *fp;

	(void)snprintf(path, sizeof(path), "/proc/%ld/environ", (long)pid);
	ATF_REQUIRE((fp = fopen(path, "r")) != NULL);
	n = fread(buf, 1, sizeof(buf), fp);
	(void)fclose(fp);
	/* A few spaces of the title may reach into it. */
	for (i = 0; i < n; i++) {
		if (buf[i] == '=') {
			atf_tc_fail_nonfatal("process %ld: %.*s", (long)pid,
			    (int)(n - i), buf + i);
			return;
		}
	}
}

static void
has(const struct system *s, pid_t pid, const char *what)
{
	struct timespec pause = { 0, 20000000 };
	const char *d;
	int i;

	/* It may be at work: a helper has what it syncs. */
	for (i = 0; i < STEPS; i++) {
		d = system_descriptors(s, pid);
		if (strcmp(d, what) == 0)
			break;
		(void)nanosleep(&pause, NULL);
	}
	ATF_CHECK_MSG(strcmp(d, what) == 0, "process %ld: %s, not %s",
	    (long)pid, d, what);
	no_environment(pid);
}

#endif

ATF_TC(roles);
ATF_TC_HEAD(roles, tc)
{
	atf_tc_set_md_var(tc, "descr", "each process has its user, its "
	    "descriptors and no others, and an empty environment");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(roles, tc)
{
#ifdef __linux__
	struct system s;
	char root[128], path[64];
	pid_t front, helper, sv;
	ssize_t len;
	int one, two;

	system_start(&s, atf_tc_get_config_var(tc, "srcdir"));
	helper = system_await_child(s.indexd);
	has(&s, s.imapd, LISTENER);
	has(&s, s.indexd, INDEXD);
	has(&s, helper, "log log null socket ");
	is(s.indexd, SYSTEM_INDEXD, 1);
	is(helper, SYSTEM_INDEXD, 1);

	one = system_connect(&s);
	sv = system_await_child(s.imapd);
	front = system_await_child(sv);
	has(&s, s.imapd, ONE_MORE);
	has(&s, sv, "log log null socket socket socket ");
	has(&s, front, "log log null socket socket ");
	is(sv, 0, 0);
	is(front, SYSTEM_IMAPD, 1);
	(void)snprintf(path, sizeof(path), "/proc/%ld/root", (long)front);
	len = readlink(path, root, sizeof(root) - 1);
	ATF_REQUIRE(len > 0);
	root[len] = '\0';
	ATF_CHECK(strncmp(root, s.dir, strlen(s.dir)) == 0);
	ATF_CHECK_STREQ("/empty", root + strlen(s.dir));

	ATF_REQUIRE(system_ask(one, "a OK", "a LOGIN one one"));
	ATF_CHECK_EQ(0, system_child(sv));
	has(&s, sv, SESSION);
	is(sv, SYSTEM_VIRTUAL, 1);
	/* No terminal that it could type at. */
	ATF_CHECK_EQ(sv, getsid(sv));
	two = system_login(&s, "two");
	ATF_CHECK(system_child(s.imapd) != sv);
	is(system_child(s.imapd), SYSTEM_VIRTUAL, 1);
	has(&s, sv, SESSION);
	has(&s, s.indexd, INDEXD "socket socket ");
	ATF_CHECK(system_ask(one, "b OK", "b SELECT INBOX"));
	ATF_CHECK(system_ask(two, "b OK", "b SELECT INBOX"));
	ATF_CHECK(system_ask(one, "c OK", "c LOGOUT"));
	ATF_CHECK(system_ask(two, "c OK", "c LOGOUT"));
	system_end(one);
	system_end(two);
	system_await_gone(sv);
	has(&s, s.imapd, LISTENER);
	system_stop(&s);
#else
	atf_tc_skip("looks into /proc");
#endif
}

ATF_TC(relay);
ATF_TC_HEAD(relay, tc)
{
	atf_tc_set_md_var(tc, "descr", "with TLS the front stays, with its "
	    "user and two sockets, and the session has none to the client");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(relay, tc)
{
#ifdef __linux__
	struct system s;
	struct ssl_st *ssl;
	pid_t front, sv;

	system_start(&s, atf_tc_get_config_var(tc, "srcdir"));
	ssl = system_tls(&s);
	sv = system_await_child(s.imapd);
	front = system_await_child(sv);
	has(&s, front, "log log null socket socket ");
	is(front, SYSTEM_IMAPD, 1);
	ATF_REQUIRE(system_tls_ask(ssl, "a OK", "a LOGIN one one"));
	ATF_CHECK_EQ(front, system_child(sv));
	has(&s, front, "log log null socket socket ");
	is(front, SYSTEM_IMAPD, 1);
	has(&s, sv, SESSION);
	is(sv, SYSTEM_VIRTUAL, 1);
	ATF_CHECK(system_tls_ask(ssl, "b OK", "b SELECT INBOX"));
	ATF_CHECK(system_tls_ask(ssl, "c OK", "c LOGOUT"));
	system_tls_end(ssl);
	system_await_gone(sv);
	system_stop(&s);
#else
	atf_tc_skip("looks into /proc");
#endif
}

#ifdef __linux__

/* What a process that was taken over might send. */
static void
rubbish(int fd)
{
	unsigned char buf[16384];
	size_t i;
	uint32_t r = 1;

	for (i = 0; i < sizeof(buf); i++) {
		r = r * 1103515245 + 12345;
		buf[i] = (unsigned char)(r >> 24);
	}
	memset(buf, 0xff, 64);
	(void)!send(fd, buf, sizeof(buf), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_RDWR);
	close(fd);
}

/* The others are served, those there and new ones. */
static void
others(const struct system *s, int session)
{
	int fd;

	ATF_CHECK(system_ask(session, "n OK", "n NOOP"));
	ATF_CHECK(system_ask(session, "s OK", "s SELECT INBOX"));
	ATF_CHECK(system_ask(session, "f OK", "f UNSELECT"));
	fd = system_login(s, "two");
	ATF_CHECK(system_ask(fd, "n OK", "n SELECT INBOX"));
	ATF_CHECK(system_ask(fd, "l OK", "l LOGOUT"));
	system_end(fd);
}

#endif

ATF_TC(rubbish);
ATF_TC_HEAD(rubbish, tc)
{
	atf_tc_set_md_var(tc, "descr", "rubbish on a socket between processes "
	    "ends that connection and no other");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(rubbish, tc)
{
#ifdef __linux__
	struct system s;
	pid_t front, sv;
	int fd, session;

	system_start(&s, atf_tc_get_config_var(tc, "srcdir"));
	session = system_login(&s, "one");

	/* The front to the supervisor. */
	fd = system_connect(&s);
	sv = system_await_child(s.imapd);
	front = system_await_child(sv);
	rubbish(system_socket(front, sv));
	system_end(fd);
	system_await_gone(sv);
	others(&s, session);

	/* The supervisor to the front. */
	fd = system_connect(&s);
	sv = system_await_child(s.imapd);
	(void)system_await_child(sv);
	rubbish(system_socket(sv, sv));
	system_end(fd);
	system_await_gone(sv);
	others(&s, session);

	/* The supervisor to the listener. */
	fd = system_connect(&s);
	sv = system_await_child(s.imapd);
	(void)system_await_child(sv);
	rubbish(system_socket(sv, s.imapd));
	(void)system_ask(fd, "x NO", "x LOGIN two two");
	close(fd);
	system_await_gone(sv);
	others(&s, session);

	/* A session to indexd: it comes back, or ends. */
	fd = system_login(&s, "two");
	rubbish(system_socket(system_child(s.imapd), s.indexd));
	(void)system_ask(fd, "x ", "x SELECT INBOX");
	others(&s, session);
	close(fd);

	ATF_CHECK(system_ask(session, "l OK", "l LOGOUT"));
	system_end(session);
	system_stop(&s);
#else
	atf_tc_skip("takes sockets by pidfd_getfd(2)");
#endif
}

ATF_TC(forged);
ATF_TC_HEAD(forged, tc)
{
	atf_tc_set_md_var(tc, "descr", "a front cannot say that a certificate "
	    "is somebody's where no certificates are asked for");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(forged, tc)
{
#ifdef __linux__
	struct login_request req;
	struct login_answer ans;
	struct system s;
	pid_t front, sv;
	int fd, sock;

	system_start(&s, atf_tc_get_config_var(tc, "srcdir"));
	fd = system_connect(&s);
	sv = system_await_child(s.imapd);
	front = system_await_child(sv);
	sock = system_socket(front, sv);
	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_EXTERNAL;
	(void)strlcpy(req.user, "one", sizeof(req.user));
	(void)strlcpy(req.mech, "EXTERNAL", sizeof(req.mech));
	ATF_REQUIRE_EQ(0, login_send(sock, &req, sizeof(req)));
	ATF_CHECK_EQ(0, login_recv(sock, &ans, sizeof(ans), STEPS * 20));
	close(sock);
	system_end(fd);
	system_await_gone(sv);
	system_stop(&s);
#else
	atf_tc_skip("takes sockets by pidfd_getfd(2)");
#endif
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, roles);
	ATF_TP_ADD_TC(tp, relay);
	ATF_TP_ADD_TC(tp, rubbish);
	ATF_TP_ADD_TC(tp, forged);
	return (atf_no_error());
}
