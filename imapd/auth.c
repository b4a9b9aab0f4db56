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
#include <sys/wait.h>

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/auth.h"
#include "imapd/conf.h"

static int	check_here(const struct auth_start *,
		    const struct login_request *, struct auth_answer *);
static int	start_child(const struct auth_start *,
		    const struct login_request *, struct auth_child *);
static void	be_child(const struct auth_start *,
		    const struct login_request *, int)
		    __attribute__((__noreturn__));
static void	end_with_us(int);
static void	on_term(int);
static void	await(struct auth_child *, struct auth_answer *);
static int	backend(const struct auth_start *, const char *, const char *,
		    struct auth_answer *);

/* The check that goes on; 0: none. */
static volatile pid_t	checking;

void
auth_ask(const struct auth_start *start, const struct login_request *req,
    struct auth_child *child, struct auth_answer *ans)
{
	child->fd = -1;
	if (check_here(start, req, ans))
		return;
	memset(ans, 0, sizeof(*ans));
	ans->result = AUTH_ERROR;
	if (start_child(start, req, child) == 0)
		await(child, ans);
}

/* Without a child, which costs more than all else of such a login. */
static int
check_here(const struct auth_start *start, const struct login_request *req,
    struct auth_answer *ans)
{
	struct auth_start here = *start;

	if (start->conf->auth != IMAPD_AUTH_FILE || req->kind == LOGIN_SASL)
		return (0);
	here.here = 1;
	auth_check(&here, req, ans);
	return (ans->result != AUTH_ELSEWHERE);
}

void
auth_next(struct auth_child *child, const struct login_request *req,
    struct auth_answer *ans)
{
	memset(ans, 0, sizeof(*ans));
	ans->result = AUTH_ERROR;
	if (login_send(child->fd, req, sizeof(*req)) == -1)
		log_warn("auth: the check has ended");
	await(child, ans);
}

/* The child ends when we hang up, or else is killed. */
void
auth_cancel(struct auth_child *child)
{
	int status;

	if (child->fd == -1)
		return;
	close(child->fd);
	child->fd = -1;
	checking = 0;
	/* What it has started goes with it. */
	(void)kill(-child->pid, SIGKILL);
	(void)kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) == -1) {
		if (errno != EINTR) {
			log_warn("auth: waitpid");
			return;
		}
	}
}

/* Takes the answer, and unless there is more to come, the child's end. */
static void
await(struct auth_child *child, struct auth_answer *ans)
{
	int got, status;

	got = login_recv(child->fd, ans, sizeof(*ans), AUTH_TIME * 1000);
	ans->user[sizeof(ans->user) - 1] = '\0';
	ans->home[sizeof(ans->home) - 1] = '\0';
	ans->mailroot[sizeof(ans->mailroot) - 1] = '\0';
	ans->text[sizeof(ans->text) - 1] = '\0';
	if (got == 1 && ans->result == AUTH_CONTINUE)
		return;
	if (got != 1) {
		if (got == -1)
			log_warn("auth: the check did not answer");
		ans->result = AUTH_ERROR;
	}
	if (got == -1) {
		auth_cancel(child);
		return;
	}
	close(child->fd);
	child->fd = -1;
	checking = 0;
	while (waitpid(child->pid, &status, 0) == -1) {
		if (errno != EINTR) {
			log_warn("auth: waitpid");
			return;
		}
	}
	if (got == 0 && WIFSIGNALED(status))
		log_warnx("auth: the check ended by signal %d",
		    WTERMSIG(status));
	else if (got == 0)
		log_warnx("auth: the check ended without an answer");
}

/*
 * Who ends us, for our client has come too often or the server shuts down,
 * ends the check, too: it counts as long as we are there.
 */
static void
on_term(int sig)
{
	if (checking != 0) {
		(void)kill(-checking, SIGKILL);
		(void)kill(checking, SIGKILL);
	}
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

/* Where SIGTERM is our end; not the child's own, who is the check. */
static void
end_with_us(int yes)
{
	struct sigaction sa;

	if (sigaction(SIGTERM, NULL, &sa) == -1 ||
	    sa.sa_handler != (yes ? SIG_DFL : on_term))
		return;
	memset(&sa, 0, sizeof(sa));
	(void)sigemptyset(&sa.sa_mask);
	sa.sa_handler = yes ? on_term : SIG_DFL;
	(void)sigaction(SIGTERM, &sa, NULL);
}

static int
start_child(const struct auth_start *start, const struct login_request *req,
    struct auth_child *child)
{
	sigset_t term, before;
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1) {
		log_warn("auth: socketpair");
		return (-1);
	}
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, &before);
	end_with_us(1);
	child->pid = fork();
	if (child->pid == 0) {
		end_with_us(0);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		close(s[0]);
		be_child(start, req, s[1]);
	}
	if (child->pid != -1)
		checking = child->pid;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (child->pid == -1) {
		log_warn("auth: fork");
		close(s[0]);
		close(s[1]);
		return (-1);
	}
	close(s[1]);
	child->fd = s[0];
	return (0);
}

static void
be_child(const struct auth_start *start, const struct login_request *req,
    int fd)
{
	static const struct rlimit none = { 0, 0 };
	struct auth_answer ans;
	size_t i;
	int ok = 1;

	/* A group of its own, to end with all that it starts. */
	(void)setpgid(0, 0);
	/* No image of it is written anywhere. */
	(void)setrlimit(RLIMIT_CORE, &none);
	for (i = 0; i < start->nclose; i++) {
		if (start->closefds[i] != -1)
			close(start->closefds[i]);
	}
	(void)alarm(start->conf->login + AUTH_TIME);
	if (req->kind == LOGIN_SASL)
		ok = auth_sasl(start, req, fd, &ans) == 0;
	else
		auth_check(start, req, &ans);
	if (ok)
		ok = login_send(fd, &ans, sizeof(ans)) == 0;
	_exit(!ok);
}

void
auth_check(const struct auth_start *start, const struct login_request *req,
    struct auth_answer *ans)
{
	const char *pass = req->kind == LOGIN_EXTERNAL ? NULL : req->pass;
	char user[LOGIN_USER_MAX];

	memset(ans, 0, sizeof(*ans));
	if (auth_prepare(req->user, user, sizeof(user)) == -1 ||
	    !auth_name_ok(user)) {
		ans->result = AUTH_ELSEWHERE;
		if (start->here)
			return;
		/* The same work for a name that nobody can have. */
		if (pass != NULL && start->conf->auth == IMAPD_AUTH_FILE)
			(void)auth_file(start->conf->auth_arg, "", pass, ans);
		ans->result = AUTH_NAME;
		return;
	}
	(void)strlcpy(ans->user, user, sizeof(ans->user));
	ans->result = backend(start, user, pass, ans);
	if (ans->result == AUTH_OK)
		ans->result = auth_settle(start->conf, ans);
}

static int
backend(const struct auth_start *start, const char *user, const char *pass,
    struct auth_answer *ans)
{
	const struct imapd_conf *conf = start->conf;

	switch (conf->auth) {
	case IMAPD_AUTH_FILE:
		if (start->here)
			return (auth_file_here(conf->auth_arg, user, pass,
			    ans));
		return (auth_file(conf->auth_arg, user, pass, ans));
	case IMAPD_AUTH_SYSTEM:
		return (auth_system(user, pass, ans));
	case IMAPD_AUTH_PAM:
		return (auth_pam(conf->auth_arg, user, pass, start->addr,
		    ans));
	case IMAPD_AUTH_EXEC:
		return (auth_exec(conf->auth_argv, user, pass, start->addr,
		    ans));
	default:
		log_warnx("auth: imapd.conf does not say where users are");
		return (AUTH_ERROR);
	}
}

int
auth_settle(const struct imapd_conf *conf, struct auth_answer *ans)
{
	const char *why;

	if (ans->uid == 0)
		log_warnx("auth: no session runs as root: the user's mail "
		    "needs an owner whose uid is not 0 user=%s", ans->user);
	else if (geteuid() != 0 && ans->uid != geteuid())
		log_warnx("auth: only root can serve other users: uid %ld is "
		    "not %ld user=%s", (long)ans->uid, (long)geteuid(),
		    ans->user);
	else if (auth_mailroot(conf->maildir, ans->user, ans->home,
	    ans->mailroot, sizeof(ans->mailroot), &why) == -1)
		log_warnx("auth: maildir \"%s\": %s user=%s", conf->maildir,
		    why, ans->user);
	else
		return (AUTH_OK);
	return (AUTH_ENTRY);
}

int
auth_from_passwd(const struct passwd *pw, struct auth_answer *ans)
{
	if (strlcpy(ans->home, pw->pw_dir, sizeof(ans->home)) >=
	    sizeof(ans->home)) {
		log_warnx("auth: the home is too long user=%s", pw->pw_name);
		return (AUTH_ENTRY);
	}
	ans->uid = pw->pw_uid;
	ans->gid = pw->pw_gid;
	return (AUTH_OK);
}

const char *
auth_reason(int result)
{
	static const struct {
		enum auth_result	 result;
		const char		*word;
	} words[] = {
		{ AUTH_OK,		"none" },
		{ AUTH_UNKNOWN,		"unknown-user" },
		{ AUTH_PASSWORD,	"password" },
		{ AUTH_NAME,		"name" },
		{ AUTH_ENTRY,		"entry" },
		{ AUTH_LOCKED,		"locked" },
		{ AUTH_EXPIRED,		"expired" },
		{ AUTH_AUTHZID,		"authzid" },
		{ AUTH_BINDING,		"channel-binding" },
		{ AUTH_SYNTAX,		"syntax" }
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((int)words[i].result == result)
			return (words[i].word);
	}
	return ("error");
}
