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

#include "common/tally.h"
#include "imapd/children.h"
#include "imapd/gate.h"
#include "imapd/login.h"

#define N	4

static const struct crowd_limits limits = { N, 2, N, N };

static int	add(struct children *, pid_t *);
static void	dispatch(struct children *);
static int	ask(struct children *, int, int, const char *);
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
	ATF_REQUIRE_EQ(0, children_add(c, *pid, s[0], "192.0.2.1"));
	return (s[1]);
}

static void
dispatch(struct children *c)
{
	struct pollfd pfd[8];

	children_poll(c, pfd);
	ATF_REQUIRE(poll(pfd, (nfds_t)children_talking(c), 10000) > 0);
	children_dispatch(c, pfd);
}

/* Sends a message: the answer, or of GATE_FAILED the delay. */
static int
ask(struct children *c, int fd, int kind, const char *text)
{
	struct gate_message msg;
	struct gate_reply reply;

	memset(&msg, 0, sizeof(msg));
	msg.kind = kind;
	(void)strlcpy(msg.text, text, sizeof(msg.text));
	ATF_REQUIRE_EQ(0, login_send(fd, &msg, sizeof(msg)));
	dispatch(c);
	ATF_REQUIRE_EQ(1, login_recv(fd, &reply, sizeof(reply), 10000));
	return (kind == GATE_FAILED ? reply.delay : reply.answer);
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
	struct children_state st;
	struct children *c;
	pid_t pid[N];
	int fd[N], i;

	ATF_REQUIRE((c = children_new(&limits)) != NULL);
	for (i = 0; i < N; i++) {
		ATF_CHECK_EQ(CROWD_WELCOME, children_may_add(c,
		    "192.0.2.1"));
		fd[i] = add(c, &pid[i]);
	}
	ATF_CHECK_EQ(CROWD_CONNECTIONS, children_may_add(c, "192.0.2.2"));
	ATF_CHECK_EQ(N, children_count(c));
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[0], GATE_USER, "a"));
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[1], GATE_USER, "a"));
	ATF_CHECK_EQ(GATE_FULL, ask(c, fd[2], GATE_USER, "a"));
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[2], GATE_USER, "b"));
	ATF_CHECK_EQ(GATE_FULL, ask(c, fd[3], GATE_USER, "a"));
	children_state(c, &st);
	ATF_CHECK_EQ(N, st.connections);
	ATF_CHECK_EQ(3, st.logged_in);
	ATF_CHECK_EQ(2, st.users);
	/* The session has begun: no more questions, but it counts. */
	close(fd[0]);
	dispatch(c);
	ATF_CHECK_EQ(N - 1, children_talking(c));
	ATF_CHECK_EQ(GATE_FULL, ask(c, fd[3], GATE_USER, "a"));
	/* Its end makes room. */
	end(c, pid[0], N - 1);
	ATF_CHECK_EQ(CROWD_WELCOME, children_may_add(c, "192.0.2.1"));
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[3], GATE_USER, "a"));
	/* Who asks again as somebody else is no longer the first. */
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[3], GATE_USER, "c"));
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[2], GATE_USER, "a"));
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[2], GATE_USER, ""));
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[3], GATE_USER, "a"));
	end(c, pid[1], N - 2);
	children_signal(c, SIGKILL);
	children_free(c);
	children_free(NULL);
}

/* Limits that go down leave those that are there alone. */
ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct crowd_limits less = limits;
	struct children *c;
	pid_t pid[2];

	ATF_REQUIRE((c = children_new(&limits)) != NULL);
	(void)add(c, &pid[0]);
	(void)add(c, &pid[1]);
	less.connections = 1;
	children_limit(c, &less);
	ATF_CHECK_EQ(CROWD_CONNECTIONS, children_may_add(c, "192.0.2.1"));
	end(c, pid[0], 1);
	ATF_CHECK_EQ(CROWD_CONNECTIONS, children_may_add(c, "192.0.2.1"));
	end(c, pid[1], 0);
	ATF_CHECK_EQ(CROWD_WELCOME, children_may_add(c, "192.0.2.1"));
	children_free(c);
}

/* A message that is none ends the talk, not the table. */
ATF_TC_WITHOUT_HEAD(nonsense);
ATF_TC_BODY(nonsense, tc)
{
	struct children *c;
	struct gate_message msg;
	struct gate_reply reply;
	pid_t pid;
	char b;
	int fd;

	ATF_REQUIRE((c = children_new(&limits)) != NULL);
	fd = add(c, &pid);
	ATF_REQUIRE_EQ(0, login_send(fd, "x", 1));
	dispatch(c);
	ATF_CHECK_EQ(0, login_recv(fd, &b, 1, 10000));
	ATF_CHECK_EQ(1, children_count(c));
	ATF_CHECK_EQ(0, children_talking(c));
	end(c, pid, 0);

	/* A name that does not end, and a kind that there is none of. */
	fd = add(c, &pid);
	memset(&msg, 'a', sizeof(msg));
	ATF_REQUIRE_EQ(0, login_send(fd, &msg, sizeof(msg)));
	dispatch(c);
	ATF_CHECK_EQ(1, login_recv(fd, &reply, sizeof(reply), 10000));
	ATF_CHECK_EQ(GATE_FULL, reply.answer);
	msg.kind = GATE_USER;
	ATF_REQUIRE_EQ(0, login_send(fd, &msg, sizeof(msg)));
	dispatch(c);
	ATF_CHECK_EQ(1, login_recv(fd, &reply, sizeof(reply), 10000));
	ATF_CHECK_EQ(GATE_OK, reply.answer);
	end(c, pid, 0);
	children_free(c);
}

/* Failures count for the address, longer than a connection lasts. */
ATF_TC_WITHOUT_HEAD(failures);
ATF_TC_BODY(failures, tc)
{
	struct children *c;
	pid_t pid[2];
	int fd[2];

	ATF_REQUIRE((c = children_new(&limits)) != NULL);
	fd[0] = add(c, &pid[0]);
	ATF_CHECK_EQ(TALLY_DELAY, ask(c, fd[0], GATE_FAILED, ""));
	end(c, pid[0], 0);
	fd[0] = add(c, &pid[0]);
	fd[1] = add(c, &pid[1]);
	ATF_CHECK_EQ(TALLY_DELAY + TALLY_STEP, ask(c, fd[0], GATE_FAILED,
	    ""));
	ATF_CHECK_EQ(TALLY_DELAY + 2 * TALLY_STEP, ask(c, fd[1], GATE_FAILED,
	    ""));
	/* A proxy's client is another one. */
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[1], GATE_ADDRESS, "2001:db8::1"));
	ATF_CHECK_EQ(TALLY_DELAY, ask(c, fd[1], GATE_FAILED, ""));
	end(c, pid[0], 1);
	end(c, pid[1], 0);
	children_free(c);
}

/* Who does not log in is ended for one that comes. */
ATF_TC_WITHOUT_HEAD(victim);
ATF_TC_BODY(victim, tc)
{
	const struct crowd_limits few = { 100, 100, 100, 8 };
	struct children *c;
	siginfo_t si;
	pid_t pid[8];
	int fd[8], i;

	ATF_REQUIRE((c = children_new(&few)) != NULL);
	for (i = 0; i < 8; i++)
		fd[i] = add(c, &pid[i]);
	/* One of the same address is not better than these. */
	ATF_CHECK_EQ(CROWD_UNAUTHENTICATED, children_may_add(c,
	    "192.0.2.1"));
	ATF_CHECK_EQ(CROWD_WELCOME, children_may_add(c, "192.0.2.2"));
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pid[0], &si, WEXITED |
	    WNOWAIT));
	ATF_CHECK_EQ(SIGTERM, si.si_status);
	children_reap(c);
	ATF_CHECK_EQ(7, children_count(c));
	/* Those who log in make room. */
	fd[0] = add(c, &pid[0]);
	ATF_CHECK_EQ(GATE_OK, ask(c, fd[1], GATE_USER, "a"));
	ATF_CHECK_EQ(CROWD_WELCOME, children_may_add(c, "192.0.2.1"));
	ATF_CHECK_EQ(8, children_count(c));
	for (i = 0; i < 8; i++) {
		ATF_CHECK_EQ(0, kill(pid[i], SIGKILL));
		ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pid[i], &si, WEXITED |
		    WNOWAIT));
	}
	children_reap(c);
	ATF_CHECK_EQ(0, children_count(c));
	children_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, per_user);
	ATF_TP_ADD_TC(tp, limit);
	ATF_TP_ADD_TC(tp, nonsense);
	ATF_TP_ADD_TC(tp, failures);
	ATF_TP_ADD_TC(tp, victim);
	return (atf_no_error());
}
