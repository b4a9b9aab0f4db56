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

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/auth.h"
#include "imapd/conf.h"

static pid_t	ask_child(const struct imapd_conf *,
		    const struct login_request *, const int *, size_t, int *);
static int	append(char *, size_t, size_t *, const char *, size_t);

void
auth_ask(const struct imapd_conf *conf, const struct login_request *req,
    const int *closefds, size_t nclose, struct auth_answer *ans)
{
	pid_t pid;
	int fd = -1, got, status;

	memset(ans, 0, sizeof(*ans));
	ans->result = AUTH_ERROR;
	if ((pid = ask_child(conf, req, closefds, nclose, &fd)) == -1)
		return;
	got = login_recv(fd, ans, sizeof(*ans), AUTH_TIME * 1000);
	if (got != 1) {
		if (got == -1)
			log_warn("auth: the check did not answer");
		ans->result = AUTH_ERROR;
		(void)kill(pid, SIGKILL);
	}
	close(fd);
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR) {
			log_warn("auth: waitpid");
			return;
		}
	}
	if (got == 0 && WIFSIGNALED(status))
		log_warnx("auth: the check ended by signal %d",
		    WTERMSIG(status));
	ans->user[sizeof(ans->user) - 1] = '\0';
	ans->home[sizeof(ans->home) - 1] = '\0';
	ans->mailroot[sizeof(ans->mailroot) - 1] = '\0';
}

static pid_t
ask_child(const struct imapd_conf *conf, const struct login_request *req,
    const int *closefds, size_t nclose, int *fd)
{
	struct auth_answer ans;
	int p[2];
	size_t i;
	pid_t pid;

	if (pipe(p) == -1) {
		log_warn("auth: pipe");
		return (-1);
	}
	if ((pid = fork()) == -1) {
		log_warn("auth: fork");
		close(p[0]);
		close(p[1]);
		return (-1);
	}
	if (pid > 0) {
		close(p[1]);
		*fd = p[0];
		return (pid);
	}
	close(p[0]);
	for (i = 0; i < nclose; i++) {
		if (closefds[i] != -1)
			close(closefds[i]);
	}
	auth_check(conf, req, &ans);
	_exit(login_send(p[1], &ans, sizeof(ans)) == -1);
}

void
auth_check(const struct imapd_conf *conf, const struct login_request *req,
    struct auth_answer *ans)
{
	const char *why;

	memset(ans, 0, sizeof(*ans));
	/* The same work for a name that nobody can have. */
	ans->result = auth_file(conf->auth_arg, req->user, req->pass, ans);
	if (!auth_name_ok(req->user)) {
		ans->result = AUTH_NAME;
		return;
	}
	(void)strlcpy(ans->user, req->user, sizeof(ans->user));
	if (ans->result != AUTH_OK)
		return;
	if (ans->uid == 0) {
		log_warnx("auth: no session runs as root: give a uid that is "
		    "not 0 in %s user=%s", conf->auth_arg, ans->user);
		ans->result = AUTH_ENTRY;
	} else if (geteuid() != 0 && ans->uid != geteuid()) {
		log_warnx("auth: only root can serve other users: uid %ld in "
		    "%s is not %ld user=%s", (long)ans->uid, conf->auth_arg,
		    (long)geteuid(), ans->user);
		ans->result = AUTH_ENTRY;
	} else if (auth_mailroot(conf->maildir, ans->user, ans->home,
	    ans->mailroot, sizeof(ans->mailroot), &why) == -1) {
		log_warnx("auth: maildir \"%s\": %s user=%s", conf->maildir,
		    why, ans->user);
		ans->result = AUTH_ENTRY;
	}
}

const char *
auth_reason(int result)
{
	switch (result) {
	case AUTH_OK:
		return ("none");
	case AUTH_UNKNOWN:
		return ("unknown-user");
	case AUTH_PASSWORD:
		return ("password");
	case AUTH_NAME:
		return ("name");
	case AUTH_ENTRY:
		return ("entry");
	default:
		return ("error");
	}
}

int
auth_name_ok(const char *user)
{
	const unsigned char *p;
	const char *at;

	if (*user == '\0' || *user == '.' || *user == '@' ||
	    strlen(user) >= LOGIN_USER_MAX)
		return (0);
	for (p = (const unsigned char *)user; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f || *p == '/')
			return (0);
	}
	if (strstr(user, "..") != NULL)
		return (0);
	if ((at = strrchr(user, '@')) != NULL &&
	    (at[1] == '\0' || at[1] == '.'))
		return (0);
	return (1);
}

int
auth_mailroot(const char *template, const char *user, const char *home,
    char *buf, size_t size, const char **why)
{
	const char *at = strrchr(user, '@'), *p;
	size_t len = 0, n;

	*why = "the path is too long";
	for (p = template; *p != '\0'; p++) {
		if (*p != '%') {
			if (append(buf, size, &len, p, 1) == -1)
				return (-1);
			continue;
		}
		switch (*++p) {
		case 'h':
			if (home[0] != '/') {
				*why = "the user has no home";
				return (-1);
			}
			n = append(buf, size, &len, home, strlen(home)) != -1;
			break;
		case 'u':
			n = append(buf, size, &len, user, strlen(user)) != -1;
			break;
		case 'n':
			n = append(buf, size, &len, user, at == NULL ?
			    strlen(user) : (size_t)(at - user)) != -1;
			break;
		case 'd':
			if (at == NULL) {
				*why = "the user's name has no domain";
				return (-1);
			}
			n = append(buf, size, &len, at + 1, strlen(at + 1))
			    != -1;
			break;
		default:
			n = append(buf, size, &len, "%", 1) != -1;
			break;
		}
		if (n == 0)
			return (-1);
	}
	while (len > 1 && buf[len - 1] == '/')
		len--;
	buf[len] = '\0';
	*why = "the path is not absolute";
	return (buf[0] == '/' && len > 1 ? 0 : -1);
}

/* Adds n bytes of s, two slashes never one after the other. */
static int
append(char *buf, size_t size, size_t *len, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '/' && *len > 0 && buf[*len - 1] == '/')
			continue;
		if (*len + 1 >= size)
			return (-1);
		buf[(*len)++] = s[i];
	}
	return (0);
}
