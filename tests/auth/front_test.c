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
#include <sys/wait.h>

#include <atf-c.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "imapd/conf.h"
#include "imapd/front.h"
#include "imapd/login.h"

#define CAPS	"IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE "
#define DEADLINE	10000		/* ms */

static void	begin(int);
static void	begin_scram(void);
static void	start(int, int);
static void	expect_sasl(const char *, const char *);
static void	carry_on(const char *);
static void	say(const char *);
static void	expect(const char *);
static void	expect_end(void);
static void	expect_request(const char *, const char *);
static void	answer(int, int);
static void	expect_handover(const char *, const char *, const char *,
		    const char *);

static int	client = -1, supervisor = -1;
static pid_t	front;

/* Starts a front; the greeting is read. */
static void
begin(int plaintext)
{
	start(plaintext, 0);
	expect(plaintext ?
	    "* OK [CAPABILITY " CAPS "AUTH=PLAIN AUTH=LOGIN] Highwater ready\r\n" :
	    "* OK [CAPABILITY " CAPS "LOGINDISABLED] Highwater ready\r\n");
}

static void
begin_scram(void)
{
	start(0, 1);
	expect("* OK [CAPABILITY " CAPS "LOGINDISABLED AUTH=SCRAM-SHA-256] "
	    "Highwater ready\r\n");
}

static void
start(int plaintext, int scram)
{
	int c[2], s[2];
	struct imapd_conf conf;
	struct front_start fs;

	memset(&conf, 0, sizeof(conf));
	conf.login = IMAPD_LOGIN;
	conf.plaintext = plaintext ? PLAINTEXT_ALWAYS : PLAINTEXT_NEVER;
	memset(&fs, 0, sizeof(fs));
	fs.conf = &conf;
	fs.scram = scram;
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, c));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ATF_REQUIRE((front = fork()) != -1);
	if (front == 0) {
		close(c[0]);
		close(s[0]);
		fs.in = fs.out = c[1];
		fs.supervisor = s[1];
		_exit(front_run(&fs));
	}
	close(c[1]);
	close(s[1]);
	client = c[0];
	supervisor = s[0];
}

static void
say(const char *text)
{
	ATF_REQUIRE_EQ(0, login_send(client, text, strlen(text)));
}

/* The next bytes from the front are these. */
static void
expect(const char *want)
{
	char got[2048];
	size_t len = strlen(want), n;

	memset(got, 0, sizeof(got));
	ATF_REQUIRE(len < sizeof(got));
	for (n = 0; n < len; n++) {
		if (login_recv(client, got + n, 1, DEADLINE) != 1)
			break;
		if (got[n] == '\n' && want[n] != '\n')
			break;
	}
	ATF_REQUIRE_STREQ(want, got);
}

static void
expect_end(void)
{
	int status;
	char c;

	ATF_CHECK_EQ(0, login_recv(client, &c, 1, DEADLINE));
	ATF_REQUIRE_EQ(front, waitpid(front, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
expect_request(const char *user, const char *pass)
{
	struct login_request req;

	ATF_REQUIRE_EQ(1, login_recv(supervisor, &req, sizeof(req),
	    DEADLINE));
	ATF_CHECK_STREQ(user, req.user);
	ATF_CHECK_STREQ(pass, req.pass);
}

static void
expect_sasl(const char *mech, const char *text)
{
	struct login_request req;

	ATF_REQUIRE_EQ(1, login_recv(supervisor, &req, sizeof(req),
	    DEADLINE));
	ATF_CHECK_EQ(LOGIN_SASL, req.kind);
	ATF_CHECK_STREQ(mech, req.mech);
	ATF_CHECK_STREQ(text, req.pass);
	ATF_CHECK_EQ(0, req.exporterlen);
}

static void
carry_on(const char *text)
{
	struct login_answer ans;

	memset(&ans, 0, sizeof(ans));
	ans.result = LOGIN_CONTINUE;
	(void)strlcpy(ans.text, text, sizeof(ans.text));
	ATF_REQUIRE_EQ(0, login_send(supervisor, &ans, sizeof(ans)));
}

static void
answer(int result, int last)
{
	struct login_answer ans;

	memset(&ans, 0, sizeof(ans));
	ans.result = result;
	ans.last = last;
	ATF_REQUIRE_EQ(0, login_send(supervisor, &ans, sizeof(ans)));
}

static void
expect_handover(const char *tag, const char *command, const char *id,
    const char *ahead)
{
	struct login_handover h;
	char buf[LOGIN_AHEAD_MAX + 1];

	answer(LOGIN_OK, 0);
	ATF_REQUIRE_EQ(1, login_recv(supervisor, &h, sizeof(h), DEADLINE));
	ATF_CHECK_STREQ(tag, h.tag);
	ATF_CHECK_STREQ(command, h.command);
	ATF_CHECK_STREQ(id, h.client_id);
	ATF_REQUIRE(h.aheadlen <= LOGIN_AHEAD_MAX);
	ATF_REQUIRE_EQ(1, login_recv(supervisor, buf, h.aheadlen, DEADLINE));
	buf[h.aheadlen] = '\0';
	ATF_CHECK_STREQ(ahead, buf);
}

ATF_TC_WITHOUT_HEAD(commands);
ATF_TC_BODY(commands, tc)
{

	begin(1);
	say("1 capability\r\n");
	expect("* CAPABILITY " CAPS "AUTH=PLAIN AUTH=LOGIN\r\n"
	    "1 OK CAPABILITY completed\r\n");
	say("2 NOOP\r\n3 ID NIL\r\n");
	expect("2 OK NOOP completed\r\n* ID (\"name\" \"Highwater\")\r\n"
	    "3 OK ID completed\r\n");
	say("4 STARTTLS\r\n5 SELECT INBOX\r\n6 NOOP x\r\n\r\n");
	expect("4 BAD STARTTLS is not available here\r\n"
	    "5 BAD Unknown command, or not before login\r\n"
	    "6 BAD NOOP has no arguments\r\n* BAD ");
}

ATF_TC_WITHOUT_HEAD(logout);
ATF_TC_BODY(logout, tc)
{

	begin(1);
	say("7 LOGOUT\r\n8 NOOP\r\n");
	expect("* BYE Logging out\r\n7 OK LOGOUT completed\r\n");
	expect_end();
}

ATF_TC_WITHOUT_HEAD(login);
ATF_TC_BODY(login, tc)
{

	begin(1);
	say("a ID (\"name\" \"prog\" \"os\" \"x\" \"version\" \"1.2\")\r\n");
	expect("* ID (\"name\" \"Highwater\")\r\na OK ID completed\r\n");
	say("b LOGIN user \"pass \\\"word\"\r\nc SELECT INBOX\r\nd {3}");
	expect_request("user", "pass \"word");
	expect_handover("b", "LOGIN", "prog 1.2",
	    "c SELECT INBOX\r\nd {3}");
	expect_end();
}

ATF_TC_WITHOUT_HEAD(login_literals);
ATF_TC_BODY(login_literals, tc)
{

	begin(1);
	say("b LOGIN {4}\r\n");
	expect("+ Ready\r\n");
	say("user {5+}\r\npa\r\ns\r\nnext");
	expect_request("user", "pa\r\ns");
	expect_handover("b", "LOGIN", "", "next");
	expect_end();
}

ATF_TC_WITHOUT_HEAD(login_refused);
ATF_TC_BODY(login_refused, tc)
{

	begin(1);
	say("1 LOGIN user pass\r\n");
	expect_request("user", "pass");
	answer(LOGIN_FAILED, 0);
	expect("1 NO [AUTHENTICATIONFAILED] Wrong user or password\r\n");
	say("2 LOGIN user pass\r\n");
	expect_request("user", "pass");
	answer(LOGIN_LIMIT, 0);
	expect("2 NO [LIMIT] You have too many connections\r\n");
	say("3 LOGIN user pass\r\n");
	expect_request("user", "pass");
	answer(LOGIN_UNAVAILABLE, 0);
	expect("3 NO [UNAVAILABLE] Something is out of order here; "
	    "try again later\r\n");
	say("4 LOGIN user pass\r\n5 NOOP\r\n");
	expect_request("user", "pass");
	answer(LOGIN_FAILED, 1);
	expect("4 NO [AUTHENTICATIONFAILED] Wrong user or password\r\n"
	    "* BYE Too many failures\r\n");
	expect_end();
}

ATF_TC_WITHOUT_HEAD(login_bad);
ATF_TC_BODY(login_bad, tc)
{
	char text[1026];

	begin(1);
	say("1 LOGIN user\r\n2 LOGIN a b c\r\n3 LOGIN (a) b\r\n");
	expect("1 BAD LOGIN needs a user and a password\r\n"
	    "2 BAD LOGIN needs a user and a password\r\n"
	    "3 BAD LOGIN needs a user and a password\r\n");
	/* Refused before it is read; what comes anyway is no command. */
	say("4 LOGIN {1025}\r\n");
	expect("4 NO [TOOBIG] Literal too large\r\n");
	say("5 LOGIN {1025+}\r\n");
	memset(text, 'x', 1025);
	memcpy(text, "\r\n9 LOGOUT\r\n", 12);
	text[1025] = '\0';
	say(text);
	say(" pass\r\n6 NOOP\r\n");
	expect("5 NO [TOOBIG] Literal too large\r\n6 OK NOOP completed\r\n");
}

/* A name or a password that is too long is wrong as any other. */
ATF_TC_WITHOUT_HEAD(login_long);
ATF_TC_BODY(login_long, tc)
{
	char text[1200], user[301];

	memset(user, 'u', 300);
	user[300] = '\0';
	(void)snprintf(text, sizeof(text), "1 LOGIN %s pass\r\n", user);
	begin(1);
	say(text);
	expect_request("", "");
	answer(LOGIN_FAILED, 0);
	expect("1 NO [AUTHENTICATIONFAILED] Wrong user or password\r\n");
	(void)snprintf(text, sizeof(text), "%s NOOP\r\n", user);
	say(text);
	(void)snprintf(text, sizeof(text), "%s BAD The tag is too long\r\n",
	    user);
	expect(text);
}

ATF_TC_WITHOUT_HEAD(authenticate);
ATF_TC_BODY(authenticate, tc)
{

	begin(1);
	say("1 AUTHENTICATE PLAIN\r\n");
	expect("+ \r\n");
	say("AHVzZXIAcGFzcw==\r\n");
	expect_request("user", "pass");
	answer(LOGIN_FAILED, 0);
	expect("1 NO [AUTHENTICATIONFAILED] Wrong user or password\r\n");
	/* The same as authorization identity is fine; another is not. */
	say("2 AUTHENTICATE plain dXNlcgB1c2VyAHBhc3M=\r\n");
	expect_request("user", "pass");
	answer(LOGIN_FAILED, 0);
	expect("2 NO [AUTHENTICATIONFAILED] Wrong user or password\r\n");
	say("3 AUTHENTICATE PLAIN cm9vdAB1c2VyAHBhc3M=\r\n");
	expect("3 NO [AUTHORIZATIONFAILED] Only as oneself\r\n");
	say("4 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==\r\n5 NOOP\r\n");
	expect_request("user", "pass");
	expect_handover("4", "AUTHENTICATE", "", "5 NOOP\r\n");
	expect_end();
}

ATF_TC_WITHOUT_HEAD(authenticate_bad);
ATF_TC_BODY(authenticate_bad, tc)
{

	begin(1);
	say("1 AUTHENTICATE PLAIN\r\n");
	expect("+ \r\n");
	say("*\r\n2 AUTHENTICATE PLAIN\r\n");
	expect("1 BAD AUTHENTICATE cancelled\r\n+ \r\n");
	say("2 LOGOUT\r\n3 AUTHENTICATE PLAIN =\r\n");
	expect("2 BAD Not a message of PLAIN in base64\r\n"
	    "3 BAD Not a message of PLAIN in base64\r\n");
	say("4 AUTHENTICATE GSSAPI\r\n5 AUTHENTICATE\r\n");
	expect("4 NO [CANNOT] Unknown mechanism\r\n"
	    "5 BAD AUTHENTICATE needs a mechanism\r\n");
	/* A NUL in the password. */
	say("6 AUTHENTICATE PLAIN AHUAcABx\r\n");
	expect("6 BAD Not a message of PLAIN in base64\r\n");
}

/* Two questions, or one if the user comes with the command. */
ATF_TC_WITHOUT_HEAD(mech_login);
ATF_TC_BODY(mech_login, tc)
{
	char text[400];

	begin(1);
	say("1 AUTHENTICATE LOGIN\r\n");
	expect("+ VXNlcm5hbWU6\r\n");
	say("dXNlcg==\r\n");
	expect("+ UGFzc3dvcmQ6\r\n");
	say("cGFzcw==\r\n");
	expect_request("user", "pass");
	answer(LOGIN_FAILED, 0);
	expect("1 NO [AUTHENTICATIONFAILED] Wrong user or password\r\n");
	say("2 AUTHENTICATE LOGIN dXNlcg==\r\n");
	expect("+ UGFzc3dvcmQ6\r\n");
	say("*\r\n3 AUTHENTICATE LOGIN\r\n");
	expect("2 BAD AUTHENTICATE cancelled\r\n+ VXNlcm5hbWU6\r\n");
	/* The user of a cancelled one is not kept; an empty one is none. */
	say("\r\n4 AUTHENTICATE LOGIN dXNlcg==\r\n");
	expect("3 BAD Not a message of LOGIN in base64\r\n"
	    "+ UGFzc3dvcmQ6\r\n");
	say("=\r\n5 AUTHENTICATE LOGIN\r\n");
	expect("4 BAD Not a message of LOGIN in base64\r\n"
	    "+ VXNlcm5hbWU6\r\n");
	/* One that is too long fails as any wrong one does. */
	memset(text, 'A', 360);
	(void)strlcpy(text + 360, "\r\n", 3);
	say(text);
	expect("5 BAD Not a message of LOGIN in base64\r\n");
	say("6 AUTHENTICATE LOGIN\r\n");
	expect("+ VXNlcm5hbWU6\r\n");
	memset(text, 'Y', 360);
	say(text);
	expect("+ UGFzc3dvcmQ6\r\n");
	say("cGFzcw==\r\n7 NOOP\r\n");
	expect_request("/", "pass");
	answer(LOGIN_OK, 0);
}

/* The front carries what others say, in base64. */
ATF_TC_WITHOUT_HEAD(scram);
ATF_TC_BODY(scram, tc)
{

	begin_scram();
	say("1 AUTHENTICATE SCRAM-SHA-256-PLUS\r\n"
	    "2 AUTHENTICATE EXTERNAL =\r\n3 AUTHENTICATE SCRAM-SHA-256\r\n");
	expect("1 NO [CANNOT] Not on this connection\r\n"
	    "2 NO [CANNOT] Not on this connection\r\n+ \r\n");
	say("Zm9v\r\n");
	expect_sasl("SCRAM-SHA-256", "foo");
	carry_on("bar");
	expect("+ YmFy\r\n");
	say("YmF6\r\n");
	expect_sasl("SCRAM-SHA-256", "baz");
	answer(LOGIN_FAILED, 0);
	expect("3 NO [AUTHENTICATIONFAILED] Wrong user or password\r\n");
	say("4 AUTHENTICATE scram-sha-256 Zm9v\r\n");
	expect_sasl("SCRAM-SHA-256", "foo");
	carry_on("bar");
	expect("+ YmFy\r\n");
	say("YmF6\r\n");
	expect_sasl("SCRAM-SHA-256", "baz");
	carry_on("v=x");
	expect("+ dj14\r\n");
	say("\r\n5 NOOP\r\n");
	expect_sasl("SCRAM-SHA-256", "");
	expect_handover("4", "AUTHENTICATE", "", "5 NOOP\r\n");
	expect_end();
}

/* What ends an exchange is told, and what comes after is another. */
ATF_TC_WITHOUT_HEAD(scram_cancelled);
ATF_TC_BODY(scram_cancelled, tc)
{
	static const struct {
		const char	*line;
		const char	*answer;
	} ends[] = {
		{ "*\r\n", "a BAD AUTHENTICATE cancelled\r\n" },
		{ "?\r\n", "a BAD Not a message of SCRAM-SHA-256 in "
		    "base64\r\n" },
		{ "AGEA\r\n", "a BAD Not a message of SCRAM in base64\r\n" }
	};
	struct login_request req;
	size_t i;

	begin_scram();
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		say("a AUTHENTICATE SCRAM-SHA-256 Zm9v\r\n");
		expect_sasl("SCRAM-SHA-256", "foo");
		carry_on("bar");
		expect("+ YmFy\r\n");
		say(ends[i].line);
		expect(ends[i].answer);
		ATF_REQUIRE_EQ(1, login_recv(supervisor, &req, sizeof(req),
		    DEADLINE));
		ATF_CHECK_EQ(LOGIN_CANCEL, req.kind);
	}
	for (; i < LOGIN_EXCHANGES; i++) {
		say("a AUTHENTICATE SCRAM-SHA-256 Zm9v\r\n");
		expect_sasl("SCRAM-SHA-256", "foo");
		answer(LOGIN_FAILED, 0);
		expect("a NO [AUTHENTICATIONFAILED] Wrong user or "
		    "password\r\n");
	}
	say("a AUTHENTICATE SCRAM-SHA-256 Zm9v\r\n");
	expect("* BYE Too many attempts\r\n");
	expect_end();
}

ATF_TC_WITHOUT_HEAD(privacy);
ATF_TC_BODY(privacy, tc)
{
	static const char no[] = " NO [PRIVACYREQUIRED] No passwords on this "
	    "connection: it is not encrypted\r\n";
	char want[256];

	begin(0);
	say("1 CAPABILITY\r\n");
	expect("* CAPABILITY " CAPS "LOGINDISABLED\r\n"
	    "1 OK CAPABILITY completed\r\n");
	(void)snprintf(want, sizeof(want), "2%s", no);
	say("2 LOGIN user pass\r\n");
	expect(want);
	/* The password is not asked for in vain. */
	(void)snprintf(want, sizeof(want), "3%s", no);
	say("3 LOGIN user {4}\r\n");
	expect(want);
	(void)snprintf(want, sizeof(want), "4%s", no);
	say("4 AUTHENTICATE PLAIN\r\n");
	expect(want);
	(void)snprintf(want, sizeof(want), "5%s", no);
	say("5 AUTHENTICATE PLAIN AHVzZXIAcGFzcw==\r\n");
	expect(want);
}

ATF_TC_WITHOUT_HEAD(too_many_bad);
ATF_TC_BODY(too_many_bad, tc)
{
	int i;

	begin(1);
	for (i = 0; i < LOGIN_BAD; i++) {
		say("x y\r\n");
		expect("x BAD Unknown command, or not before login\r\n");
	}
	expect("* BYE Too many bad commands\r\n");
	expect_end();
}

ATF_TC_WITHOUT_HEAD(supervisor_gone);
ATF_TC_BODY(supervisor_gone, tc)
{

	begin(1);
	close(supervisor);
	expect("* BYE [UNAVAILABLE] The server is shutting down\r\n");
	expect_end();
}

ATF_TC_WITHOUT_HEAD(client_gone);
ATF_TC_BODY(client_gone, tc)
{
	int status;
	char c;

	begin(1);
	say("half a li");
	close(client);
	ATF_CHECK_EQ(0, login_recv(supervisor, &c, 1, DEADLINE));
	ATF_REQUIRE_EQ(front, waitpid(front, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, commands);
	ATF_TP_ADD_TC(tp, logout);
	ATF_TP_ADD_TC(tp, login);
	ATF_TP_ADD_TC(tp, login_literals);
	ATF_TP_ADD_TC(tp, login_refused);
	ATF_TP_ADD_TC(tp, login_bad);
	ATF_TP_ADD_TC(tp, login_long);
	ATF_TP_ADD_TC(tp, authenticate);
	ATF_TP_ADD_TC(tp, authenticate_bad);
	ATF_TP_ADD_TC(tp, mech_login);
	ATF_TP_ADD_TC(tp, scram);
	ATF_TP_ADD_TC(tp, scram_cancelled);
	ATF_TP_ADD_TC(tp, privacy);
	ATF_TP_ADD_TC(tp, too_many_bad);
	ATF_TP_ADD_TC(tp, supervisor_gone);
	ATF_TP_ADD_TC(tp, client_gone);
	return (atf_no_error());
}
