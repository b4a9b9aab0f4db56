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
#if defined(__linux__)
#include <sys/mount.h>
#include <sched.h>
#endif

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imapd/auth.h"
#include "imapd/conf.h"

/*
 * The system's users and PAM, as root, in a name space of mounts where /etc
 * has the users and the services of the test.
 */

#define UID	41234
#define GID	41235

static void	put(const char *, const char *, mode_t);
static void	stage(void);
static struct auth_answer try(enum imapd_auth, const char *, const char *,
		    const char *);
static int	system_says(const char *, const char *);
static int	pam_says(const char *, const char *, const char *);

static void
put(const char *path, const char *text, mode_t mode)
{
	FILE *f;

	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fputs(text, f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE_EQ(0, chmod(path, mode));
}

#if defined(__linux__)

static void	shadow(char *, size_t, const char *, const char *,
		    const char *);

static void
shadow(char *buf, size_t size, const char *user, const char *hash,
    const char *rest)
{
	size_t len = strlen(buf);

	(void)snprintf(buf + len, size - len, "%s:%s:%s\n", user, hash, rest);
}

/* Users: the password of all is "right". */
static void
stage(void)
{
	static const char *const users[] = { "ada", "locked", "star", "old",
	    "stale", "must", "empty", "spare" };
	char passwd[2048], text[2048], *hash, bang[256], fresh[64];
	long today = (long)(time(NULL) / 86400);
	size_t i, len;

	if (unshare(CLONE_NEWNS) == -1 || mount("none", "/", NULL,
	    MS_REC | MS_PRIVATE, NULL) == -1)
		atf_tc_skip("no name space of mounts: %s", strerror(errno));
	(void)strlcpy(passwd, "root:x:0:0::/root:/bin/sh\n", sizeof(passwd));
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		len = strlen(passwd);
		(void)snprintf(passwd + len, sizeof(passwd) - len,
		    "%s:x:%d:%d::/home/%s:/usr/sbin/nologin\n", users[i], UID,
		    GID, users[i]);
	}
	put("passwd", passwd, 0644);
	if ((hash = crypt("right", "$6$saltsalt$")) == NULL || hash[0] != '$')
		atf_tc_skip("crypt(3) does not know $6$");
	(void)snprintf(bang, sizeof(bang), "!%s", hash);
	(void)snprintf(fresh, sizeof(fresh), "%ld:0:99999:7:::", today);
	text[0] = '\0';
	shadow(text, sizeof(text), "root", hash, fresh);
	shadow(text, sizeof(text), "ada", hash, fresh);
	shadow(text, sizeof(text), "locked", bang, fresh);
	shadow(text, sizeof(text), "star", "*", fresh);
	shadow(text, sizeof(text), "old", hash, "19000:0:99999:7::19001:");
	shadow(text, sizeof(text), "stale", hash, "19000:0:10:7:::");
	shadow(text, sizeof(text), "must", hash, "0:0:99999:7:::");
	shadow(text, sizeof(text), "empty", "", fresh);
	put("shadow", text, 0600);
	put("nsswitch.conf", "passwd: files\nshadow: files\ngroup: files\n",
	    0644);
	ATF_REQUIRE_EQ(0, mkdir("pam.d", 0755));
	ATF_REQUIRE_EQ(0, mount("passwd", "/etc/passwd", NULL, MS_BIND, NULL));
	ATF_REQUIRE_EQ(0, mount("shadow", "/etc/shadow", NULL, MS_BIND, NULL));
	if (access("/etc/nsswitch.conf", F_OK) == 0)
		ATF_REQUIRE_EQ(0, mount("nsswitch.conf", "/etc/nsswitch.conf",
		    NULL, MS_BIND, NULL));
}

#else

static void
stage(void)
{
	atf_tc_skip("needs name spaces of mounts");
}

#endif

static struct auth_answer
try(enum imapd_auth kind, const char *arg, const char *user,
    const char *pass)
{
	char maildir[] = "%h/Maildir", *copy = NULL;
	struct imapd_conf conf;
	struct login_request req;
	struct auth_start as;
	struct auth_child child;
	struct auth_answer ans;

	memset(&conf, 0, sizeof(conf));
	conf.auth = kind;
	conf.maildir = maildir;
	conf.login = IMAPD_LOGIN;
	if (arg != NULL)
		ATF_REQUIRE((copy = strdup(arg)) != NULL);
	conf.auth_arg = copy;
	memset(&req, 0, sizeof(req));
	req.kind = pass == NULL ? LOGIN_EXTERNAL : LOGIN_PASSWORD;
	(void)strlcpy(req.user, user, sizeof(req.user));
	(void)strlcpy(req.pass, pass == NULL ? "" : pass, sizeof(req.pass));
	memset(&as, 0, sizeof(as));
	as.conf = &conf;
	as.addr = "192.0.2.7";
	auth_ask(&as, &req, &child, &ans);
	ATF_CHECK_EQ(-1, child.fd);
	free(copy);
	return (ans);
}

static int
system_says(const char *user, const char *pass)
{
	return (try(IMAPD_AUTH_SYSTEM, NULL, user, pass).result);
}

static int
pam_says(const char *service, const char *user, const char *pass)
{
	return (try(IMAPD_AUTH_PAM, service, user, pass).result);
}

ATF_TC(system_users);
ATF_TC_HEAD(system_users, tc)
{
	atf_tc_set_md_var(tc, "descr", "auth system: the system's users, and "
	    "accounts that are locked or have expired");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(system_users, tc)
{
	struct auth_answer ans;

	stage();
	ans = try(IMAPD_AUTH_SYSTEM, NULL, "ada", "right");
	ATF_REQUIRE_EQ(AUTH_OK, ans.result);
	ATF_CHECK_EQ(UID, ans.uid);
	ATF_CHECK_EQ(GID, ans.gid);
	ATF_CHECK_STREQ("ada", ans.user);
	ATF_CHECK_STREQ("/home/ada/Maildir", ans.mailroot);
	ATF_CHECK_EQ(AUTH_PASSWORD, system_says("ada", "wrong"));
	ATF_CHECK_EQ(AUTH_PASSWORD, system_says("ada", ""));
	ATF_CHECK_EQ(AUTH_UNKNOWN, system_says("eve", "right"));
	ATF_CHECK_EQ(AUTH_NAME, system_says("../ada", "right"));
	ATF_CHECK_EQ(AUTH_UNKNOWN, system_says("spare", "right"));
	ATF_CHECK_EQ(AUTH_LOCKED, system_says("locked", "right"));
	ATF_CHECK_EQ(AUTH_LOCKED, system_says("star", "*"));
	ATF_CHECK_EQ(AUTH_EXPIRED, system_says("old", "right"));
	ATF_CHECK_EQ(AUTH_EXPIRED, system_says("stale", "right"));
	ATF_CHECK_EQ(AUTH_EXPIRED, system_says("must", "right"));
	/* Only who knows the password learns of that, if from the log. */
	ATF_CHECK_EQ(AUTH_PASSWORD, system_says("old", "wrong"));
	ATF_CHECK_EQ(AUTH_PASSWORD, system_says("empty", ""));
	ATF_CHECK_EQ(AUTH_ENTRY, system_says("root", "right"));
	/* By a certificate: the account counts. */
	ATF_CHECK_EQ(AUTH_OK, system_says("ada", NULL));
	ATF_CHECK_EQ(AUTH_EXPIRED, system_says("old", NULL));
	ATF_CHECK_EQ(AUTH_UNKNOWN, system_says("eve", NULL));
	ATF_CHECK_EQ(AUTH_ENTRY, system_says("root", NULL));
}

ATF_TC(pam);
ATF_TC_HEAD(pam, tc)
{
	atf_tc_set_md_var(tc, "descr", "auth pam: what modules say, and what "
	    "they are told");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(pam, tc)
{
#if defined(__linux__)
	struct auth_answer ans;
	char text[1024], dir[512];

	if (access("/etc/pam.d", F_OK) == -1)
		atf_tc_skip("no PAM");
	stage();
	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	(void)snprintf(text, sizeof(text),
	    "cp -R /etc/pam.d/. pam.d && rm -f pam.d/other && "
	    "cp '%s/../../etc/pam.imapd' pam.d/imapd",
	    atf_tc_get_config_var(tc, "srcdir"));
	ATF_REQUIRE_EQ(0, system(text));
	put("pam.d/unix", "auth required pam_unix.so\n"
	    "account required pam_unix.so\n", 0644);
	put("pam.d/deny", "auth required pam_deny.so\n"
	    "account required pam_permit.so\n", 0644);
	put("pam.d/noaccount", "auth required pam_permit.so\n"
	    "account required pam_deny.so\n", 0644);
	put("pam.d/permit", "auth required pam_permit.so\n"
	    "account required pam_permit.so\n", 0644);
	put("pam.d/missing", "auth required pam_no_such_module.so\n"
	    "account required pam_permit.so\n", 0644);
	(void)snprintf(text, sizeof(text), "auth required pam_exec.so "
	    "expose_authtok quiet %s/script\naccount required pam_permit.so\n",
	    dir);
	put("pam.d/exec", text, 0644);
	(void)snprintf(text, sizeof(text), "#!/bin/sh\n"
	    "pass=$(tr -d '\\0')\n"
	    "echo \"$PAM_USER $PAM_RHOST $PAM_TTY $PAM_SERVICE $pass\" "
	    ">%s/told\n[ \"$pass\" = magic ]\n", dir);
	put("script", text, 0755);
	ATF_REQUIRE_EQ(0, mount("pam.d", "/etc/pam.d", NULL, MS_BIND, NULL));

	ans = try(IMAPD_AUTH_PAM, "unix", "ada", "right");
	if (ans.result == AUTH_ERROR)
		atf_tc_skip("built without PAM, or no pam_unix");
	ATF_REQUIRE_EQ(AUTH_OK, ans.result);
	ATF_CHECK_EQ(UID, ans.uid);
	ATF_CHECK_EQ(GID, ans.gid);
	ATF_CHECK_STREQ("/home/ada/Maildir", ans.mailroot);
	if (access("pam.d/common-auth", F_OK) == 0) {
		ATF_CHECK_EQ(AUTH_OK, pam_says("imapd", "ada", "right"));
		ATF_CHECK(pam_says("imapd", "ada", "wrong") != AUTH_OK);
		ATF_CHECK(pam_says("imapd", "locked", "right") != AUTH_OK);
	}
	ATF_CHECK_EQ(AUTH_PASSWORD, pam_says("unix", "ada", "wrong"));
	ATF_CHECK_EQ(AUTH_UNKNOWN, pam_says("unix", "eve", "right"));
	ATF_CHECK_EQ(AUTH_EXPIRED, pam_says("unix", "old", "right"));
	ATF_CHECK_EQ(AUTH_EXPIRED, pam_says("unix", "must", "right"));
	ATF_CHECK(pam_says("unix", "locked", "right") != AUTH_OK);
	ATF_CHECK(pam_says("unix", "empty", "") != AUTH_OK);
	ATF_CHECK_EQ(AUTH_ENTRY, pam_says("unix", "root", "right"));
	ATF_CHECK(pam_says("deny", "ada", "right") != AUTH_OK);
	ATF_CHECK(pam_says("noaccount", "ada", "right") != AUTH_OK);
	ATF_CHECK_EQ(AUTH_OK, pam_says("permit", "ada", "x"));
	/* Whom only PAM knows has no mail here. */
	ATF_CHECK_EQ(AUTH_ENTRY, pam_says("permit", "eve", "x"));
	ATF_CHECK(pam_says("missing", "ada", "right") != AUTH_OK);
	ATF_CHECK(pam_says("no-such-service", "ada", "right") != AUTH_OK);
	ATF_CHECK_EQ(AUTH_OK, pam_says("exec", "ada", "magic"));
	ATF_CHECK(atf_utils_grep_file("^ada 192.0.2.7 imapd exec magic$",
	    "told"));
	ATF_CHECK_EQ(AUTH_PASSWORD, pam_says("exec", "ada", "tragic"));
	/* By a certificate: the account alone. */
	ATF_CHECK_EQ(AUTH_OK, pam_says("deny", "ada", NULL));
	ATF_CHECK(pam_says("noaccount", "ada", NULL) != AUTH_OK);
#else
	stage();
#endif
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, system_users);
	ATF_TP_ADD_TC(tp, pam);
	return (atf_no_error());
}
