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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "imapd/conf.h"
#include "imapd/supervisor.h"
#include "imapd/supervisor_priv.h"

/* What a front that has been taken over may say. */

#define DEADLINE	20000		/* ms */
#define LEFT		100		/* a child of its own was left */

static void	begin(void);
static void	ask(const struct login_request *);
static void	password(const char *, const char *);
static void	sasl(const char *, const char *);
static int	answered(void);
static int	ended(void);

static int	front = -1;
static pid_t	supervisor;
static char	*program;		/* of auth exec, if there is one */

/* A supervisor that knows the user a, whose password is x. */
static void
begin(void)
{
	static char passwd[] = "passwd", nowhere[] = "/nonexistent/socket",
	    maildir[] = "%h";
	struct supervisor_start start;
	struct imapd_conf conf;
	struct supervisor sv;
	FILE *f;
	int s[2], rv;

	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE((f = fopen(passwd, "w")) != NULL);
	ATF_REQUIRE(fputs("a:{PLAIN}x:1:1::/home/a:\n", f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE_EQ(0, chmod(passwd, 0600));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ATF_REQUIRE((supervisor = fork()) != -1);
	if (supervisor == 0) {
		close(s[0]);
		memset(&conf, 0, sizeof(conf));
		conf.auth = IMAPD_AUTH_FILE;
		conf.auth_arg = passwd;
		if (program != NULL) {
			conf.auth = IMAPD_AUTH_EXEC;
			conf.auth_argv[0] = program;
		}
		conf.maildir = maildir;
		conf.indexd = nowhere;
		conf.login = IMAPD_LOGIN;
		memset(&start, 0, sizeof(start));
		start.conf = &conf;
		start.in = start.out = start.listener = -1;
		memset(&sv, 0, sizeof(sv));
		sv.start = &start;
		sv.front = s[1];
		(void)strlcpy(sv.addr, "192.0.2.1", sizeof(sv.addr));
		gate_init(&sv.gate, &conf, -1);
		rv = supervisor_login(&sv);
		if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
			_exit(LEFT);
		_exit(rv + 1);
	}
	close(s[1]);
	front = s[0];
}

static void
ask(const struct login_request *req)
{
	ATF_REQUIRE_EQ(0, login_send(front, req, sizeof(*req)));
}

static void
password(const char *user, const char *pass)
{
	struct login_request req;

	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_PASSWORD;
	(void)strlcpy(req.user, user, sizeof(req.user));
	(void)strlcpy(req.pass, pass, sizeof(req.pass));
	ask(&req);
}

static void
sasl(const char *mech, const char *text)
{
	struct login_request req;

	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_SASL;
	(void)strlcpy(req.mech, mech, sizeof(req.mech));
	(void)strlcpy(req.pass, text, sizeof(req.pass));
	ask(&req);
}

/* The result of the next answer, or -1 if there is none. */
static int
answered(void)
{
	struct login_answer ans;

	if (login_recv(front, &ans, sizeof(ans), DEADLINE) != 1)
		return (-1);
	return (ans.result);
}

/* What supervisor_login() returned. */
static int
ended(void)
{
	int status;

	ATF_REQUIRE_EQ(-1, answered());
	close(front);
	ATF_REQUIRE_EQ(supervisor, waitpid(supervisor, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	ATF_REQUIRE(WEXITSTATUS(status) != LEFT);
	return (WEXITSTATUS(status) - 1);
}

ATF_TC_WITHOUT_HEAD(kinds);
ATF_TC_BODY(kinds, tc)
{
	static const int kinds[] = { LOGIN_CANCEL, LOGIN_CANCEL + 1, -1, 77 };
	struct login_request req;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		begin();
		memset(&req, 0, sizeof(req));
		req.kind = kinds[i];
		ask(&req);
		ATF_CHECK_EQ_MSG(-1, ended(), "%d", kinds[i]);
	}
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	struct login_request req;

	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_PASSWORD;
	req.exporterlen = LOGIN_BINDING_MAX + 1;
	begin();
	ask(&req);
	ATF_CHECK_EQ(-1, ended());
	req.exporterlen = 0;
	req.endpointlen = UINT32_MAX;
	begin();
	ask(&req);
	ATF_CHECK_EQ(-1, ended());
	req.endpointlen = 0;
	(void)strlcpy(req.mech, "PLAIN user=root\n", sizeof(req.mech));
	begin();
	ask(&req);
	ATF_CHECK_EQ(-1, ended());
	begin();
	sasl("PLAIN", "n,,n=a,r=x");
	ATF_CHECK_EQ(-1, ended());
	/* Strings without an end are cut off. */
	memset(&req, 'A', sizeof(req));
	req.kind = LOGIN_PASSWORD;
	req.exporterlen = req.endpointlen = 0;
	begin();
	ask(&req);
	ATF_CHECK_EQ(LOGIN_FAILED, answered());
	close(front);
	front = -1;
	ATF_REQUIRE_EQ(supervisor, waitpid(supervisor, NULL, 0));
}

ATF_TC_WITHOUT_HEAD(half);
ATF_TC_BODY(half, tc)
{
	struct login_request req;

	memset(&req, 0, sizeof(req));
	begin();
	ATF_REQUIRE_EQ(0, login_send(front, &req, sizeof(req) / 2));
	ATF_REQUIRE_EQ(0, shutdown(front, SHUT_WR));
	ATF_CHECK_EQ(0, ended());
	begin();
	ATF_REQUIRE_EQ(0, shutdown(front, SHUT_WR));
	ATF_CHECK_EQ(0, ended());
}

ATF_TC_WITHOUT_HEAD(exchange);
ATF_TC_BODY(exchange, tc)
{
	struct login_request req;
	int i;

	/* Nobody is left behind by a front that goes, or mixes things up. */
	begin();
	sasl("SCRAM-SHA-256", "n,,n=a,r=x");
	ATF_CHECK_EQ(LOGIN_CONTINUE, answered());
	ATF_REQUIRE_EQ(0, shutdown(front, SHUT_WR));
	ATF_CHECK_EQ(0, ended());
	begin();
	sasl("SCRAM-SHA-256", "n,,n=a,r=x");
	ATF_CHECK_EQ(LOGIN_CONTINUE, answered());
	password("a", "x");
	ATF_CHECK_EQ(-1, ended());
	/* A user that there is not looks the same, until the end. */
	begin();
	sasl("SCRAM-SHA-256", "n,,n=nobody,r=x");
	ATF_CHECK_EQ(LOGIN_CONTINUE, answered());
	sasl("SCRAM-SHA-256", "rubbish");
	ATF_CHECK_EQ(LOGIN_FAILED, answered());
	memset(&req, 0, sizeof(req));
	req.kind = LOGIN_CANCEL;
	for (i = 1; i < LOGIN_EXCHANGES; i++) {
		sasl("SCRAM-SHA-256", "n,,n=a,r=x");
		ATF_CHECK_EQ(LOGIN_CONTINUE, answered());
		ask(&req);
	}
	sasl("SCRAM-SHA-256", "n,,n=a,r=x");
	ATF_CHECK_EQ(-1, ended());
}

/* An answer comes no sooner, whatever was wrong. */
ATF_TC_WITHOUT_HEAD(schedule);
ATF_TC_BODY(schedule, tc)
{
	static const char *const users[] = { "a", "nobody", "../a" };
	int64_t began;
	size_t i;

	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		begin();
		began = login_now();
		password(users[i], "wrong");
		ATF_CHECK_EQ(LOGIN_FAILED, answered());
		began = login_now() - began;
		ATF_CHECK_MSG(began >= 1900, "%s: %d ms", users[i],
		    (int)began);
		ATF_REQUIRE_EQ(0, shutdown(front, SHUT_WR));
		ATF_CHECK_EQ(0, ended());
	}
}

ATF_TC(ended_with_its_check);
ATF_TC_HEAD(ended_with_its_check, tc)
{
	atf_tc_set_md_var(tc, "descr", "the check, and the program that it "
	    "has started, end when the supervisor is told to");
}
ATF_TC_BODY(ended_with_its_check, tc)
{
	char dir[PATH_MAX], path[PATH_MAX + 16], word[6];
	FILE *f;
	int fd, status;

	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	(void)snprintf(path, sizeof(path), "%s/check", dir);
	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fprintf(f, "#!/bin/sh\nexec 5>'%s/fifo'\necho there >&5\n"
	    "sleep 60\nexit 1\n", dir) > 0);
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE_EQ(0, chmod(path, 0700));
	ATF_REQUIRE_EQ(0, mkfifo("fifo", 0600));
	program = path;
	begin();
	password("a", "x");
	ATF_REQUIRE((fd = open("fifo", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(1, login_recv(fd, word, sizeof(word), DEADLINE));
	ATF_REQUIRE_EQ(0, kill(supervisor, SIGTERM));
	ATF_REQUIRE_EQ(supervisor, waitpid(supervisor, &status, 0));
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	/* Nobody has it open any more. */
	ATF_CHECK_EQ(0, login_recv(fd, word, 1, DEADLINE));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ended_with_its_check);
	ATF_TP_ADD_TC(tp, kinds);
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, half);
	ATF_TP_ADD_TC(tp, exchange);
	ATF_TP_ADD_TC(tp, schedule);
	return (atf_no_error());
}
