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
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "imapd/auth.h"
#include "imapd/conf.h"

/*
 * The checkpassword interface (https://cr.yp.to/checkpwd/interface.html).
 * The program reads the user and the password from descriptor 3, becomes the
 * user, and runs the program it is given: that is ours, and reports to
 * descriptor 4 whom it finds itself to be.  Programs made for Dovecot do not
 * become the user, and say it in the environment.
 */

#define EXEC_TIME	20000		/* ms that the program may take */
#define EXEC_NONE	127		/* it could not be run */
#define EXEC_ENV_MAX	64		/* bytes of a variable */

#define REPORT	"PATH=/usr/bin:/bin; printf '%s\\0' \"$(id -u)\" \"$(id -g)\" " \
	"\"$USER\" \"$HOME\" \"$userdb_uid\" \"$userdb_gid\" " \
	"\"$userdb_home\" >&4"

enum { R_UID, R_GID, R_USER, R_HOME, R_DOVECOT_UID, R_DOVECOT_GID,
	R_DOVECOT_HOME, R_COUNT };

static pid_t	start(char *const *, const char *, int *, int *);
static void	be_program(char *const *, const char *, int, int)
		    __attribute__((__noreturn__));
static void	give(int, const char *, const char *);
static int	report(int, char *, size_t, const char *[]);
static int	split(const char *, size_t, const char *[]);
static int	finish(const char *, pid_t, int);
static int	take(const char *, const char *[], struct auth_answer *);
static int	get_id(const char *, const char *, unsigned int *);

int
auth_exec(char *const *argv, const char *user, const char *pass,
    const char *addr, struct auth_answer *ans)
{
	char buf[PATH_MAX * 2 + LOGIN_USER_MAX + 128];
	const char *field[R_COUNT];
	int in, out, got, result;
	pid_t pid;

	if (pass == NULL) {
		log_warnx("auth: %s cannot be asked without a password "
		    "user=%s", argv[0], user);
		return (AUTH_ENTRY);
	}
	if ((pid = start(argv, addr, &in, &out)) == -1)
		return (AUTH_ERROR);
	give(in, user, pass);
	got = report(out, buf, sizeof(buf), field);
	close(out);
	result = finish(argv[0], pid, got);
	if (result == AUTH_OK)
		result = take(user, field, ans);
	return (result);
}

static pid_t
start(char *const *argv, const char *addr, int *in, int *out)
{
	int creds[2], said[2];
	pid_t pid;

	if (pipe(creds) == -1) {
		log_warn("auth: pipe");
		return (-1);
	}
	if (pipe(said) == -1) {
		log_warn("auth: pipe");
		close(creds[0]);
		close(creds[1]);
		return (-1);
	}
	if ((pid = fork()) == 0)
		be_program(argv, addr, creds[0], said[1]);
	close(creds[0]);
	close(said[1]);
	if (pid == -1) {
		log_warn("auth: fork");
		close(creds[1]);
		close(said[0]);
		return (-1);
	}
	*in = creds[1];
	*out = said[0];
	return (pid);
}

/* Nothing of ours goes with it: no descriptor, no signal, no environment. */
static void
be_program(char *const *argv, const char *addr, int in, int out)
{
	static char sh[] = "/bin/sh", c[] = "-c", script[] = REPORT;
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin:"
	    "/usr/local/sbin:/usr/sbin:/sbin";
	static char proto[] = "PROTO=TCP", service[] = "SERVICE=imap";
	char remote[sizeof("TCPREMOTEIP=") + EXEC_ENV_MAX];
	char *args[IMAPD_AUTH_ARGS + 5], *env[5];
	sigset_t none;
	size_t n = 0, i;
	int sig, null;

	for (; n < IMAPD_AUTH_ARGS + 1 && argv[n] != NULL; n++)
		args[n] = argv[n];
	args[n++] = sh;
	args[n++] = c;
	args[n++] = script;
	args[n] = NULL;
	i = 0;
	env[i++] = path;
	env[i++] = service;
	if (strcmp(addr, "local") != 0) {
		(void)snprintf(remote, sizeof(remote), "TCPREMOTEIP=%s", addr);
		env[i++] = proto;
		env[i++] = remote;
	}
	env[i] = NULL;
	/* Out of the way of 3 and 4 first. */
	if ((in = fcntl(in, F_DUPFD, 10)) == -1 ||
	    (out = fcntl(out, F_DUPFD, 10)) == -1 ||
	    (null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(in, 3) == -1 || dup2(out, 4) == -1)
		_exit(EXEC_NONE);
	closefrom(5);
	for (sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* If all else fails. */
	(void)alarm(AUTH_TIME);
	if (chdir("/") == 0)
		execve(args[0], args, env);
	_exit(EXEC_NONE);
}

/* It fits in the pipe, so that nobody waits. */
static void
give(int fd, const char *user, const char *pass)
{
	char buf[LOGIN_USER_MAX + LOGIN_PASS_MAX + 32];
	size_t len = 0, n;

	n = strlen(user) + 1;
	memcpy(buf, user, n);
	len += n;
	n = strlen(pass) + 1;
	memcpy(buf + len, pass, n);
	len += n;
	len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%" PRId64,
	    (int64_t)time(NULL)) + 1;
	/* What does not read it will not say that it is right. */
	if (login_send(fd, buf, len) == -1)
		log_debug("auth: exec: %s", strerror(errno));
	explicit_bzero(buf, sizeof(buf));
	close(fd);
}

/* Reads until all is said or the end: 1, 0, or -1 with errno. */
static int
report(int fd, char *buf, size_t size, const char *field[])
{
	int64_t end = login_now() + EXEC_TIME, left;
	size_t len = 0;
	int got = 1, done = 0;

	while (!done && got == 1 && len < size) {
		if ((left = end - login_now()) < 0)
			left = 0;
		got = login_recv(fd, buf + len, 1, (int)left);
		if (got == 1)
			done = split(buf, ++len, field);
	}
	return (got == 1 ? done : got);
}

/* Whether all fields have their NUL. */
static int
split(const char *buf, size_t len, const char *field[])
{
	const char *p = buf, *nul;
	int i;

	if (buf[len - 1] != '\0')
		return (0);
	for (i = 0; i < R_COUNT; i++) {
		field[i] = p;
		nul = memchr(p, '\0', len - (size_t)(p - buf));
		if (nul == NULL)
			return (0);
		p = nul + 1;
	}
	return (1);
}

static int
finish(const char *path, pid_t pid, int got)
{
	int status;

	if (got == -1)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR) {
			log_warn("auth: waitpid");
			return (AUTH_ERROR);
		}
	}
	if (got == -1) {
		log_warnx("auth: %s did not answer in %d s", path,
		    EXEC_TIME / 1000);
		return (AUTH_ERROR);
	}
	if (WIFSIGNALED(status)) {
		log_warnx("auth: %s ended by signal %d", path,
		    WTERMSIG(status));
		return (AUTH_ERROR);
	}
	switch (WEXITSTATUS(status)) {
	case 0:
		break;
	case 1:
		return (AUTH_PASSWORD);
	case 3:
		return (AUTH_UNKNOWN);	/* as Dovecot has it */
	case EXEC_NONE:
		log_warnx("auth: %s cannot be run", path);
		return (AUTH_ERROR);
	default:
		log_warnx("auth: %s exited with %d", path,
		    WEXITSTATUS(status));
		return (AUTH_ERROR);
	}
	if (got == 0) {
		log_warnx("auth: %s did not run the program it was given",
		    path);
		return (AUTH_ERROR);
	}
	return (AUTH_OK);
}

static int
take(const char *user, const char *field[], struct auth_answer *ans)
{
	const char *home = field[R_DOVECOT_HOME][0] != '\0' ?
	    field[R_DOVECOT_HOME] : field[R_HOME];
	unsigned int uid, gid;

	if (get_id(field[R_DOVECOT_UID], field[R_UID], &uid) == -1 ||
	    get_id(field[R_DOVECOT_GID], field[R_GID], &gid) == -1) {
		log_warnx("auth: exec: uid and gid are numbers user=%s", user);
		return (AUTH_ENTRY);
	}
	if (strlcpy(ans->home, home, sizeof(ans->home)) >=
	    sizeof(ans->home)) {
		log_warnx("auth: exec: the home is too long user=%s", user);
		return (AUTH_ENTRY);
	}
	if (field[R_USER][0] != '\0') {
		if (!auth_name_ok(field[R_USER])) {
			log_warnx("auth: exec: USER is a name that no user can "
			    "have user=%s", user);
			return (AUTH_ENTRY);
		}
		(void)strlcpy(ans->user, field[R_USER], sizeof(ans->user));
	}
	ans->uid = uid;
	ans->gid = gid;
	return (AUTH_OK);
}

static int
get_id(const char *given, const char *own, unsigned int *id)
{
	const char *error;

	*id = (unsigned int)strtonum(given[0] != '\0' ? given : own, 0,
	    UINT32_MAX - 1LL, &error);
	return (error == NULL ? 0 : -1);
}
