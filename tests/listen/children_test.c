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
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "imapd/children.h"
#include "imapd/login.h"

#define N	4

static int	add(struct children *, pid_t *);
static int	ask(struct children *, int, const char *, size_t);
static void	dispatch(struct children *, size_t);
static void	end(struct children *, pid_t, size_t);

/* Adds a process that does nothing; returns our end of its socket. */
static int
add(struct children *c, pid_t *pid)
{
	int s[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ATF_REQUIRE((*pid = fork()) != -1);
	if (*pid == 0) {
		closefrom(STDERR_FILENO + 1);
		for (;;)
			pause();
	}
	children_add(c, *pid, s[0]);
	return (s[1]);
}

static void
dispatch(struct children *c, size_t per_user)
{
	struct pollfd pfd[N];

	children_poll(c, pfd);
	ATF_REQUIRE(poll(pfd, (nfds_t)children_count(c), 10000) > 0);
	children_dispatch(c, pfd, per_user);
}

/* Asks for one more connection of the user. */
static int
ask(struct children *c, int fd, const char *user, size_t per_user)
{
	struct login_user msg;
	char ok = -1;

	memset(&msg, 0, sizeof(msg));
	(void)strlcpy(msg.user, user, sizeof(msg.user));
	ATF_REQUIRE_EQ(0, login_send(fd, &msg, sizeof(msg)));
	dispatch(c, per_user);
	ATF_REQUIRE_EQ(1, login_recv(fd, &ok, sizeof(ok), 10000));
	return (ok);
}

/* Ends a process and waits until the table knows. */
static void
end(struct children *c, pid_t pid, size_t left)
{
	siginfo_t si;

	ATF_REQUIRE_EQ(0, kill(pid, SIGTERM));
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT));
	children_reap(c);
	ATF_REQUIRE_EQ(left, children_count(c));
}

ATF_TC_WITHOUT_HEAD(per_user);
ATF_TC_BODY(per_user, tc)
{
	struct children *c;
	pid_t pid[N];
	int fd[N], i;

	ATF_REQUIRE((c = children_new(N)) != NULL);
	for (i = 0; i < N; i++) {
		ATF_CHECK(!children_full(c));
		fd[i] = add(c, &pid[i]);
	}
	ATF_CHECK(children_full(c));
	ATF_CHECK_EQ(N, children_count(c));
	ATF_CHECK_EQ(1, ask(c, fd[0], "a", 2));
	ATF_CHECK_EQ(1, ask(c, fd[1], "a", 2));
	ATF_CHECK_EQ(0, ask(c, fd[2], "a", 2));
	ATF_CHECK_EQ(1, ask(c, fd[2], "b", 2));
	ATF_CHECK_EQ(0, ask(c, fd[3], "a", 2));
	/* The session has begun: no more questions, but it counts. */
	close(fd[0]);
	dispatch(c, 2);
	ATF_CHECK_EQ(0, ask(c, fd[3], "a", 2));
	/* Its end makes room. */
	end(c, pid[0], N - 1);
	ATF_CHECK(!children_full(c));
	ATF_CHECK_EQ(1, ask(c, fd[3], "a", 2));
	/* Who asks again as somebody else is no longer the first. */
	ATF_CHECK_EQ(1, ask(c, fd[3], "c", 2));
	ATF_CHECK_EQ(1, ask(c, fd[2], "a", 2));
	end(c, pid[1], N - 2);
	children_signal(c, SIGKILL);
	children_free(c);
	children_free(NULL);
}

ATF_TC_WITHOUT_HEAD(resize);
ATF_TC_BODY(resize, tc)
{
	struct children *c;
	pid_t pid[3];
	int i;

	ATF_REQUIRE((c = children_new(1)) != NULL);
	(void)add(c, &pid[0]);
	ATF_CHECK(children_full(c));
	ATF_REQUIRE_EQ(0, children_resize(c, 3));
	ATF_CHECK(!children_full(c));
	(void)add(c, &pid[1]);
	ATF_REQUIRE_EQ(0, children_resize(c, 1));
	ATF_CHECK(children_full(c));
	end(c, pid[0], 1);
	ATF_CHECK(children_full(c));
	ATF_REQUIRE_EQ(0, children_resize(c, 2));
	(void)add(c, &pid[2]);
	for (i = 2; i >= 1; i--)
		end(c, pid[i], (size_t)i - 1);
	children_free(c);
}

/* A message that is none ends the talk, not the table. */
ATF_TC_WITHOUT_HEAD(nonsense);
ATF_TC_BODY(nonsense, tc)
{
	struct children *c;
	struct login_user msg;
	pid_t pid;
	char b;
	int fd;

	ATF_REQUIRE((c = children_new(N)) != NULL);
	fd = add(c, &pid);
	ATF_REQUIRE_EQ(0, login_send(fd, "x", 1));
	dispatch(c, 1);
	ATF_CHECK_EQ(0, login_recv(fd, &b, 1, 10000));
	ATF_CHECK_EQ(1, children_count(c));
	end(c, pid, 0);

	/* A name that does not end. */
	fd = add(c, &pid);
	memset(&msg, 'a', sizeof(msg));
	ATF_REQUIRE_EQ(0, login_send(fd, &msg, sizeof(msg)));
	dispatch(c, 1);
	ATF_CHECK_EQ(1, login_recv(fd, &b, 1, 10000));
	end(c, pid, 0);
	children_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, per_user);
	ATF_TP_ADD_TC(tp, resize);
	ATF_TP_ADD_TC(tp, nonsense);
	return (atf_no_error());
}
