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
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "imapd/auth.h"
#include "imapd/conf.h"
#include "imapd/privs.h"

static void	mailroot(const char *, const char *, const char *,
		    const char *);
static struct imapd_conf *conf(const char *);
static struct auth_answer ask(const struct imapd_conf *, const char *,
		    const char *);

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const char *const good[] = { "a", "a.b", "a@b.c", "a b", "a-",
	    "%h", "j\303\266rg", "a@b@c", "-f" };
	static const char *const bad[] = { "", ".", "..", "../x", "a/b", "/",
	    "a..b", ".a", "a\n", "a\tb", "a\177", "\001", "@", "@b", "a@",
	    "a@.", "a@.b", "a@b/c" };
	char text[LOGIN_USER_MAX + 1];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ATF_CHECK_MSG(auth_name_ok(good[i]), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(!auth_name_ok(bad[i]), "%s", bad[i]);
	memset(text, 'a', sizeof(text));
	text[LOGIN_USER_MAX] = '\0';
	ATF_CHECK(!auth_name_ok(text));
	text[LOGIN_USER_MAX - 1] = '\0';
	ATF_CHECK(auth_name_ok(text));
}

/* want begins with "!" if it is why not. */
static void
mailroot(const char *template, const char *user, const char *home,
    const char *want)
{
	char buf[64];
	const char *why;
	int rv;

	rv = auth_mailroot(template, user, home, buf, sizeof(buf), &why);
	if (want[0] == '!') {
		ATF_CHECK_EQ(-1, rv);
		ATF_CHECK_STREQ(want + 1, why);
	} else {
		ATF_CHECK_EQ_MSG(0, rv, "%s: %s", template, why);
		ATF_CHECK_STREQ(want, buf);
	}
}

ATF_TC_WITHOUT_HEAD(templates);
ATF_TC_BODY(templates, tc)
{

	mailroot("%h/Maildir", "a", "/home/a", "/home/a/Maildir");
	mailroot("%h/Maildir", "a", "/home/a/", "/home/a/Maildir");
	mailroot("%h", "a", "/home/a//", "/home/a");
	mailroot("/m/%d/%n", "a@b.c", "", "/m/b.c/a");
	mailroot("/m/%u/", "a@b.c", "", "/m/a@b.c");
	mailroot("/m/%n/%%", "a", "", "/m/a/%");
	mailroot("/m/%d/%n", "a@b@c", "", "/m/c/a@b");
	mailroot("//m///%u", "%h", "/x", "/m/%h");
	mailroot("%h/Maildir", "a", "", "!the user has no home");
	mailroot("%h/Maildir", "a", "home", "!the user has no home");
	mailroot("/m/%d", "a", "/x", "!the user's name has no domain");
	mailroot("%h", "a", "/", "!the path is not absolute");
	mailroot("/123456789/123456789/123456789/123456789/123456789/123/%u",
	    "123456789", "", "!the path is too long");
	mailroot("/123456789/123456789/123456789/123456789/123456789/12/%u",
	    "123456789", "",
	    "/123456789/123456789/123456789/123456789/123456789/12/123456789");
}

/* A configuration with a passwd file of that text. */
static struct imapd_conf *
conf(const char *text)
{
	struct imapd_conf_args args;
	struct imapd_conf *ic;
	char dir[PATH_MAX], buf[PATH_MAX + 64];
	FILE *f;

	ATF_REQUIRE((f = fopen("passwd", "w")) != NULL);
	ATF_REQUIRE(fputs(text, f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	(void)snprintf(buf, sizeof(buf), "auth file \"%s/passwd\"\n", dir);
	memset(&args, 0, sizeof(args));
	args.inetd = 1;
	ATF_REQUIRE((ic = imapd_conf_text("t", buf, strlen(buf),
	    &args)) != NULL);
	return (ic);
}

static struct auth_answer
ask(const struct imapd_conf *ic, const char *user, const char *pass)
{
	struct login_request req;
	struct auth_start as;
	struct auth_child child;
	struct auth_answer ans;

	memset(&req, 0, sizeof(req));
	(void)strlcpy(req.user, user, sizeof(req.user));
	(void)strlcpy(req.pass, pass, sizeof(req.pass));
	req.kind = LOGIN_PASSWORD;
	memset(&as, 0, sizeof(as));
	as.conf = ic;
	as.addr = "192.0.2.1";
	auth_ask(&as, &req, &child, &ans);
	ATF_CHECK_EQ(-1, child.fd);
	return (ans);
}

ATF_TC_WITHOUT_HEAD(check);
ATF_TC_BODY(check, tc)
{
	char text[1024];
	struct imapd_conf *ic;
	struct auth_answer ans;
	long uid = geteuid() == 0 ? 12345 : (long)geteuid();

	(void)snprintf(text, sizeof(text), "a:{PLAIN}x:%ld:1::/home/a:\n"
	    "root:{PLAIN}x:0:0::/root:\nhomeless:{PLAIN}x:%ld:1:::\n"
	    "..:{PLAIN}x:%ld:1::/home/a:\nother:{PLAIN}x:%ld:1::/o:\n",
	    uid, uid, uid, uid + 1);
	ic = conf(text);
	ans = ask(ic, "a", "x");
	ATF_CHECK_EQ(AUTH_OK, ans.result);
	ATF_CHECK_EQ(uid, (long)ans.uid);
	ATF_CHECK_EQ(1, ans.gid);
	ATF_CHECK_STREQ("a", ans.user);
	ATF_CHECK_STREQ("/home/a", ans.home);
	ATF_CHECK_STREQ("/home/a/Maildir", ans.mailroot);
	ATF_CHECK_EQ(AUTH_PASSWORD, ask(ic, "a", "y").result);
	ATF_CHECK_EQ(AUTH_UNKNOWN, ask(ic, "b", "x").result);
	/* The password is right, and still nobody gets in. */
	ATF_CHECK_EQ(AUTH_ENTRY, ask(ic, "root", "x").result);
	ATF_CHECK_EQ(AUTH_ENTRY, ask(ic, "homeless", "x").result);
	ATF_CHECK_EQ(AUTH_NAME, ask(ic, "..", "x").result);
	ATF_CHECK_EQ(geteuid() == 0 ? AUTH_OK : AUTH_ENTRY,
	    ask(ic, "other", "x").result);
	ATF_REQUIRE_EQ(0, unlink("passwd"));
	ATF_CHECK_EQ(AUTH_ERROR, ask(ic, "a", "x").result);
	imapd_conf_free(ic);
}

static int
check_here(const struct imapd_conf *ic, const char *user, const char *pass)
{
	struct login_request req;
	struct auth_answer ans;
	struct auth_start as;

	memset(&req, 0, sizeof(req));
	(void)strlcpy(req.user, user, sizeof(req.user));
	(void)strlcpy(req.pass, pass, sizeof(req.pass));
	req.kind = LOGIN_PASSWORD;
	memset(&as, 0, sizeof(as));
	as.conf = ic;
	as.addr = "192.0.2.1";
	as.here = 1;
	auth_check(&as, &req, &ans);
	return (ans.result);
}

ATF_TC(here);
ATF_TC_HEAD(here, tc)
{
	atf_tc_set_md_var(tc, "descr", "a process that goes on checks only "
	    "what leaves nothing behind in libraries");
}
ATF_TC_BODY(here, tc)
{
	char text[1024];
	struct imapd_conf *ic;
	long uid = geteuid() == 0 ? 12345 : (long)geteuid();

	(void)snprintf(text, sizeof(text), "a:{PLAIN}x:%ld:1::/home/a:\n"
	    "h:$6$saltsalt$x:%ld:1::/home/a:\n"
	    "s:{SCRAM-SHA-256}4096,YQ==,YQ==,YQ==:%ld:1::/home/a:\n"
	    "w:{PLAIN}\357\275\230:%ld:1::/home/a:\n", uid, uid, uid, uid);
	ic = conf(text);
	ATF_CHECK_EQ(AUTH_OK, check_here(ic, "a", "x"));
	ATF_CHECK_EQ(AUTH_PASSWORD, check_here(ic, "a", "y"));
	ATF_CHECK_EQ(AUTH_PASSWORD, check_here(ic, "a", ""));
	ATF_CHECK_EQ(AUTH_ELSEWHERE, check_here(ic, "a", "\357\275\230"));
	ATF_CHECK_EQ(AUTH_ELSEWHERE, check_here(ic, "h", "x"));
	ATF_CHECK_EQ(AUTH_ELSEWHERE, check_here(ic, "s", "x"));
	/* A full-width letter, which SASLprep makes an x. */
	ATF_CHECK_EQ(AUTH_ELSEWHERE, check_here(ic, "w", "x"));
	ATF_CHECK_EQ(AUTH_OK, ask(ic, "w", "x").result);
	ATF_CHECK_EQ(AUTH_ELSEWHERE, check_here(ic, "nobody", "x"));
	ATF_CHECK_EQ(AUTH_ELSEWHERE, check_here(ic, "..", "x"));
	imapd_conf_free(ic);
}

ATF_TC(privs_as_user);
ATF_TC_HEAD(privs_as_user, tc)
{
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(privs_as_user, tc)
{
	struct privs p;

	ATF_REQUIRE_EQ(0, privs_init(&p));
	ATF_CHECK_EQ(0, p.root);
	ATF_CHECK_EQ(0, privs_front(&p));
	ATF_CHECK_EQ(0, privs_session(geteuid(), getegid()));
	ATF_CHECK_ERRNO(EPERM, privs_session(geteuid() + 1, 1) == -1);
	ATF_CHECK_ERRNO(EPERM, privs_session(0, 0) == -1);
}

ATF_TC(privs_as_root);
ATF_TC_HEAD(privs_as_root, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(privs_as_root, tc)
{
	gid_t groups[4];
	int status;
	pid_t pid;

	ATF_CHECK_ERRNO(EPERM, privs_session(0, 0) == -1);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		/* No user of the system has this uid. */
		if (privs_session(3999999990U, 3999999991U) == -1)
			_exit(1);
		if (getuid() != 3999999990U || geteuid() != 3999999990U ||
		    getgid() != 3999999991U)
			_exit(2);
		if (getgroups(4, groups) != 1 || groups[0] != 3999999991U)
			_exit(3);
		if (setuid(0) != -1 || setgid(0) != -1)
			_exit(4);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(0, WEXITSTATUS(status));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, templates);
	ATF_TP_ADD_TC(tp, check);
	ATF_TP_ADD_TC(tp, here);
	ATF_TP_ADD_TC(tp, privs_as_user);
	ATF_TP_ADD_TC(tp, privs_as_root);
	return (atf_no_error());
}
