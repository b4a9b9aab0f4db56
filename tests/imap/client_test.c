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


#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/client.h"

#define DEADLINE	20000		/* milliseconds, never reached */
#define BIG		(3 * 1024 * 1024)	/* more than a socket holds */

static struct client	*open_client(int *);
static void		 send_text(int, const char *);
static void		 expect(int, const char *);
static void		 expect_nothing(int);
static void		 expect_input(struct client *, const char *);
static pid_t		 slow_reader(int);

/* Returns a client; its peer's descriptor in *peer. */
static struct client *
open_client(int *peer)
{
	struct client	*c;
	int		 sv[2];

	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((c = client_new(sv[0], sv[0])) != NULL);
	*peer = sv[1];
	return (c);
}

static void
send_text(int fd, const char *s)
{
	ATF_REQUIRE_EQ((ssize_t)strlen(s), write(fd, s, strlen(s)));
}

static void
expect(int fd, const char *want)
{
	char	buf[256];
	size_t	len = 0;
	ssize_t	n;

	while (len < strlen(want)) {
		n = read(fd, buf + len, strlen(want) - len);
		ATF_REQUIRE(n > 0);
		len += (size_t)n;
	}
	buf[len] = '\0';
	ATF_CHECK_STREQ(want, buf);
	expect_nothing(fd);
}

static void
expect_nothing(int fd)
{
	char	c;

	ATF_CHECK_EQ(-1, recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK));
}

static void
expect_input(struct client *c, const char *want)
{
	const char	*s;
	size_t		 len;

	s = client_input(c, &len);
	ATF_CHECK_EQ(strlen(want), len);
	ATF_CHECK(len == strlen(want) && memcmp(s, want, len) == 0);
}

/* A child that reads BIG bytes in small pieces and checks them. */
static pid_t
slow_reader(int fd)
{
	unsigned char	buf[1000];
	size_t		at = 0;
	ssize_t		n, i;
	pid_t		pid;

	if ((pid = fork()) != 0)
		return (pid);
	while (at < BIG && (n = read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i++, at++)
			if (buf[i] != (unsigned char)(at % 251))
				_exit(2);
	_exit(at == BIG ? 0 : 1);
}

ATF_TC_WITHOUT_HEAD(input);
ATF_TC_BODY(input, tc)
{
	struct client	*c;
	int		 peer;

	c = open_client(&peer);
	ATF_CHECK_EQ(0, client_pending(c));
	ATF_CHECK_ERRNO(ETIMEDOUT, client_read(c, 0) == -1);
	ATF_CHECK_EQ(0, client_error(c));
	send_text(peer, "abc");
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	ATF_CHECK_EQ(1, client_pending(c));
	expect_input(c, "abc");
	client_consume(c, 1);
	expect_input(c, "bc");
	send_text(peer, "de");
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	expect_input(c, "bcde");
	client_consume(c, 4);
	ATF_CHECK_EQ(0, client_pending(c));
	ATF_CHECK_EQ(5, client_bytes_in(c));
	send_text(peer, "last");
	ATF_REQUIRE_EQ(0, close(peer));
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	expect_input(c, "last");
	ATF_CHECK_EQ(0, client_read(c, DEADLINE));
	ATF_CHECK_EQ(0, client_read(c, DEADLINE));
	client_free(c);
	client_free(NULL);
}

ATF_TC_WITHOUT_HEAD(input_full);
ATF_TC_BODY(input_full, tc)
{
	struct client	*c;
	char		 buf[CLIENT_IN_SIZE];
	size_t		 len;
	int		 peer;

	c = open_client(&peer);
	memset(buf, 'x', sizeof(buf));
	ATF_REQUIRE_EQ((ssize_t)sizeof(buf), write(peer, buf, sizeof(buf)));
	send_text(peer, "yz");
	do {
		ATF_REQUIRE_EQ(1, client_read(c, DEADLINE));
		(void)client_input(c, &len);
	} while (len < sizeof(buf));
	ATF_CHECK_ERRNO(ENOBUFS, client_read(c, DEADLINE) == -1);
	client_consume(c, sizeof(buf) - 1);
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	expect_input(c, "xyz");
	client_free(c);
}

ATF_TC_WITHOUT_HEAD(hand_over);
ATF_TC_BODY(hand_over, tc)
{
	struct client	*c, *d;
	char		 buf[CLIENT_IN_SIZE];
	int		 peer, other;

	c = open_client(&peer);
	d = open_client(&other);
	send_text(peer, "LOGIN SELECT NOOP");
	ATF_REQUIRE_EQ(1, client_read(c, DEADLINE));
	client_consume(c, 6);
	ATF_CHECK_EQ(6, client_take_input(c, buf, 6));
	ATF_CHECK_EQ(0, memcmp(buf, "SELECT", 6));
	expect_input(c, " NOOP");
	send_text(other, "!");
	ATF_REQUIRE_EQ(1, client_read(d, DEADLINE));
	ATF_CHECK_EQ(0, client_give_input(d, buf, 6));
	ATF_CHECK_EQ(7, client_bytes_in(d));
	expect_input(d, "SELECT!");
	client_consume(d, 3);
	ATF_CHECK_EQ(0, client_give_input(d, "x", 1));
	expect_input(d, "xECT!");
	ATF_CHECK_ERRNO(ENOBUFS,
	    client_give_input(d, buf, CLIENT_IN_SIZE - 4) == -1);
	ATF_CHECK_EQ(5, client_take_input(c, buf, sizeof(buf)));
	ATF_CHECK_EQ(0, client_take_input(c, buf, sizeof(buf)));
	client_free(c);
	client_free(d);
}

ATF_TC_WITHOUT_HEAD(output);
ATF_TC_BODY(output, tc)
{
	struct client	*c;
	int		 peer;

	c = open_client(&peer);
	ATF_CHECK_EQ(0, client_puts(c, "* OK "));
	ATF_CHECK_EQ(0, client_printf(c, "%d %s\r\n", 5, "hi"));
	ATF_CHECK_EQ(0, client_write(c, "xyz", 2));
	expect_nothing(peer);
	ATF_CHECK_EQ(0, client_bytes_out(c));
	ATF_CHECK_EQ(0, client_flush(c));
	ATF_CHECK_EQ(13, client_bytes_out(c));
	expect(peer, "* OK 5 hi\r\nxy");
	client_free(c);
}

/* Output leaves when there is nothing more to do, not before. */
ATF_TC_WITHOUT_HEAD(pipelined);
ATF_TC_BODY(pipelined, tc)
{
	struct client	*c;
	int		 peer;

	c = open_client(&peer);
	send_text(peer, "12");
	ATF_REQUIRE_EQ(1, client_read(c, DEADLINE));
	client_consume(c, 1);
	ATF_CHECK_EQ(0, client_puts(c, "a"));
	ATF_CHECK_EQ(0, client_flush_idle(c));
	expect_nothing(peer);
	client_consume(c, 1);
	ATF_CHECK_EQ(0, client_puts(c, "b"));
	ATF_CHECK_EQ(0, client_flush_idle(c));
	expect(peer, "ab");
	/* So does it before waiting. */
	ATF_CHECK_EQ(0, client_puts(c, "c"));
	ATF_CHECK_ERRNO(ETIMEDOUT, client_read(c, 0) == -1);
	expect(peer, "c");
	ATF_CHECK_EQ(0, client_puts(c, "d"));
	ATF_CHECK_EQ(0, client_wait(c, NULL, 0, 0));
	expect(peer, "d");
	ATF_CHECK_EQ(0, client_puts(c, "e"));
	ATF_CHECK_EQ(0, client_continue(c, "go on"));
	expect(peer, "e+ go on\r\n");
	client_free(c);
}

/* More than the buffers and the socket hold, to a slow client. */
ATF_TC_WITHOUT_HEAD(slow_client);
ATF_TC_BODY(slow_client, tc)
{
	struct client	*c;
	unsigned char	*big;
	size_t		 at, n, piece = 1;
	pid_t		 pid;
	int		 peer, status;

	c = open_client(&peer);
	ATF_REQUIRE((big = malloc(BIG)) != NULL);
	for (at = 0; at < BIG; at++)
		big[at] = (unsigned char)(at % 251);
	ATF_REQUIRE((pid = slow_reader(peer)) != -1);
	client_set_write_timeout(c, DEADLINE);
	for (at = 0; at < BIG; at += n) {
		n = BIG - at < piece ? BIG - at : piece;
		ATF_REQUIRE_EQ(0, client_write(c, big + at, n));
		piece = piece * 3 % 100003;
	}
	ATF_CHECK_EQ(0, client_flush(c));
	ATF_CHECK_EQ(BIG, client_bytes_out(c));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	free(big);
	client_free(c);
}

/* A long line comes out whole, whatever is in the buffer. */
ATF_TC_WITHOUT_HEAD(long_printf);
ATF_TC_BODY(long_printf, tc)
{
	struct client	*c;
	char		*text, *got;
	size_t		 fill, len = CLIENT_OUT_MARK + 5, at;
	ssize_t		 n;
	int		 peer;

	ATF_REQUIRE((text = malloc(len + 1)) != NULL);
	ATF_REQUIRE((got = malloc(2 * CLIENT_OUT_MARK + 16)) != NULL);
	memset(text, 't', len);
	text[len] = '\0';
	for (fill = 0; fill < 3; fill++) {
		c = open_client(&peer);
		for (at = 0; at < CLIENT_OUT_MARK - fill; at++)
			ATF_REQUIRE_EQ(0, client_write(c, "f", 1));
		ATF_CHECK_EQ(0, client_printf(c, "%s|", text));
		ATF_CHECK_EQ(0, client_printf(c, "%d", 42));
		ATF_CHECK_EQ(0, client_flush(c));
		len = strlen(text) + CLIENT_OUT_MARK - fill + 3;
		for (at = 0; at < len; at += (size_t)n)
			ATF_REQUIRE((n = read(peer, got + at, len - at)) > 0);
		got[len] = '\0';
		ATF_CHECK_STREQ("t|42", got + len - 4);
		ATF_CHECK_EQ('f', got[CLIENT_OUT_MARK - fill - 1]);
		ATF_CHECK_EQ('t', got[CLIENT_OUT_MARK - fill]);
		expect_nothing(peer);
		client_free(c);
		ATF_REQUIRE_EQ(0, close(peer));
	}
	free(text);
	free(got);
}

ATF_TC_WITHOUT_HEAD(write_timeout);
ATF_TC_BODY(write_timeout, tc)
{
	struct client	*c;
	char		 buf[CLIENT_OUT_MARK];
	int		 i, peer, ret = 0;

	c = open_client(&peer);
	client_set_write_timeout(c, 10);
	memset(buf, 'x', sizeof(buf));
	for (i = 0; i < 1000 && ret == 0; i++)
		ret = client_write(c, buf, sizeof(buf));
	ATF_CHECK_EQ(-1, ret);
	ATF_CHECK_EQ(ETIMEDOUT, errno);
	ATF_CHECK_EQ(ETIMEDOUT, client_error(c));
	/* From now on all fails, at once and for the same reason. */
	ATF_CHECK_ERRNO(ETIMEDOUT, client_puts(c, "x") == -1);
	ATF_CHECK_ERRNO(ETIMEDOUT, client_printf(c, "x") == -1);
	ATF_CHECK_ERRNO(ETIMEDOUT, client_flush(c) == -1);
	ATF_CHECK_ERRNO(ETIMEDOUT, client_flush_idle(c) == -1);
	ATF_CHECK_ERRNO(ETIMEDOUT, client_read(c, -1) == -1);
	ATF_CHECK_ERRNO(ETIMEDOUT, client_wait(c, NULL, 0, -1) == -1);
	client_free(c);
}

ATF_TC_WITHOUT_HEAD(gone);
ATF_TC_BODY(gone, tc)
{
	struct client	*c;
	int		 peer;

	c = open_client(&peer);
	ATF_REQUIRE_EQ(0, close(peer));
	ATF_CHECK_EQ(CLIENT_INPUT, client_wait(c, NULL, 0, DEADLINE));
	ATF_CHECK_EQ(0, client_puts(c, "x"));
	ATF_CHECK_ERRNO(EPIPE, client_flush(c) == -1);
	ATF_CHECK_EQ(EPIPE, client_error(c));
	client_free(c);
}

ATF_TC_WITHOUT_HEAD(wait_for_others);
ATF_TC_BODY(wait_for_others, tc)
{
	struct client	*c;
	struct pollfd	 fds[2];
	int		 peer, pipes[2];

	c = open_client(&peer);
	ATF_REQUIRE_EQ(0, pipe(pipes));
	fds[0].fd = -1;
	fds[0].events = POLLIN;
	fds[1].fd = pipes[0];
	fds[1].events = POLLIN;
	ATF_CHECK_EQ(0, client_wait(c, fds, 2, 1));
	send_text(pipes[1], "!");
	ATF_CHECK_EQ(CLIENT_FDS, client_wait(c, fds, 2, DEADLINE));
	ATF_CHECK_EQ(0, fds[0].revents);
	ATF_CHECK_EQ(POLLIN, fds[1].revents);
	send_text(peer, "x");
	ATF_CHECK_EQ(CLIENT_FDS | CLIENT_INPUT,
	    client_wait(c, fds, 2, DEADLINE));
	expect(pipes[0], "!");
	ATF_CHECK_EQ(CLIENT_INPUT, client_wait(c, fds, 2, DEADLINE));
	ATF_CHECK_EQ(0, fds[1].revents);
	/* What was read already does not count. */
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	ATF_CHECK_EQ(0, client_wait(c, fds, 2, 1));
	ATF_CHECK_ERRNO(EINVAL,
	    client_wait(c, fds, CLIENT_WAIT_MAX + 1, 0) == -1);
	ATF_REQUIRE_EQ(0, close(peer));
	ATF_CHECK_EQ(CLIENT_INPUT, client_wait(c, fds, 2, DEADLINE));
	client_free(c);
}

/* Input and output may be two descriptors. */
ATF_TC_WITHOUT_HEAD(two_pipes);
ATF_TC_BODY(two_pipes, tc)
{
	struct client	*c;
	char		 buf[3];
	int		 in[2], out[2];

	ATF_REQUIRE_EQ(0, pipe(in));
	ATF_REQUIRE_EQ(0, pipe(out));
	ATF_REQUIRE((c = client_new(in[0], out[1])) != NULL);
	ATF_CHECK_ERRNO(ETIMEDOUT, client_read(c, 1) == -1);
	send_text(in[1], "ab");
	ATF_CHECK_EQ(CLIENT_INPUT, client_wait(c, NULL, 0, DEADLINE));
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	expect_input(c, "ab");
	ATF_CHECK_EQ(0, client_puts(c, "cd"));
	ATF_CHECK_EQ(0, client_flush(c));
	ATF_CHECK_EQ(2, read(out[0], buf, sizeof(buf)));
	ATF_REQUIRE_EQ(0, close(in[1]));
	ATF_CHECK_EQ(CLIENT_INPUT, client_wait(c, NULL, 0, DEADLINE));
	ATF_CHECK_EQ(0, client_read(c, DEADLINE));
	client_free(c);
	ATF_CHECK_ERRNO(EBADF, (c = client_new(-1, 0)) == NULL);
}

/* A transport that wants to write before it can read, and reads ahead. */
struct other {
	int	fd;
	int	wrote;		/* has sent its own byte */
	int	ahead;		/* bytes read but not given */
	int	freed;
};

static ssize_t
other_read(void *arg, void *buf, size_t len, short *events)
{
	struct other	*o = arg;
	char		 c;

	if (!o->wrote) {
		o->wrote = 1;
		*events = POLLOUT;
		errno = EAGAIN;
		return (-1);
	}
	*events = POLLIN;
	if (o->ahead > 0) {
		o->ahead--;
		memset(buf, 'A', 1);
		return (1);
	}
	ATF_REQUIRE(len > 0);
	if (read(o->fd, &c, 1) != 1)
		return (-1);
	o->ahead = 2;
	memcpy(buf, &c, 1);
	return (1);
}

static ssize_t
other_write(void *arg, const void *buf, size_t len, short *events)
{
	struct other	*o = arg;

	*events = POLLOUT;
	return (write(o->fd, buf, len > 2 ? 2 : len));
}

static int
other_pending(void *arg)
{
	struct other	*o = arg;

	return (o->ahead);
}

static void
other_free(void *arg)
{
	struct other	*o = arg;

	o->freed++;
}

ATF_TC_WITHOUT_HEAD(transport);
ATF_TC_BODY(transport, tc)
{
	struct other		 o = { 0 };
	struct client_transport	 t = {
		.read = other_read, .write = other_write,
		.pending = other_pending, .free = other_free, .arg = &o
	};
	struct client		*c;
	int			 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((c = client_new(sv[0], sv[0])) != NULL);
	o.fd = sv[0];
	client_set_transport(c, &t);
	send_text(sv[1], "x");
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	expect_input(c, "x");
	client_consume(c, 1);
	ATF_CHECK_EQ(1, client_pending(c));
	ATF_CHECK_EQ(CLIENT_INPUT, client_wait(c, NULL, 0, DEADLINE));
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	ATF_CHECK_EQ(1, client_read(c, DEADLINE));
	expect_input(c, "AA");
	client_consume(c, 2);
	ATF_CHECK_EQ(0, client_pending(c));
	ATF_CHECK_ERRNO(ETIMEDOUT, client_read(c, 1) == -1);
	ATF_CHECK_EQ(0, client_puts(c, "abcdefg"));
	ATF_CHECK_EQ(0, client_flush(c));
	expect(sv[1], "abcdefg");
	client_free(c);
	ATF_CHECK_EQ(1, o.freed);
}

static void
on_signal(int sig)
{
	(void)sig;
}

/* A signal ends the wait, and breaks nothing. */
ATF_TC_WITHOUT_HEAD(interrupted);
ATF_TC_BODY(interrupted, tc)
{
	struct sigaction	 sa = { 0 };
	struct client		*c;
	pid_t			 pid;
	int			 peer, status;

	c = open_client(&peer);
	sa.sa_handler = on_signal;
	ATF_REQUIRE_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		/* Until the parent has had enough; the first may be early. */
		while (poll(NULL, 0, 1) == 0 &&
		    recv(peer, &status, 1, MSG_DONTWAIT) == -1)
			(void)kill(getppid(), SIGUSR1);
		_exit(0);
	}
	ATF_CHECK_ERRNO(EINTR, client_read(c, DEADLINE) == -1);
	ATF_CHECK_ERRNO(EINTR, client_wait(c, NULL, 0, DEADLINE) == -1);
	ATF_CHECK_EQ(0, client_error(c));
	ATF_CHECK_EQ(0, client_puts(c, "."));
	ATF_CHECK_EQ(0, client_flush(c));
	while (waitpid(pid, &status, 0) == -1)
		ATF_REQUIRE_EQ(EINTR, errno);
	client_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, input);
	ATF_TP_ADD_TC(tp, input_full);
	ATF_TP_ADD_TC(tp, hand_over);
	ATF_TP_ADD_TC(tp, output);
	ATF_TP_ADD_TC(tp, pipelined);
	ATF_TP_ADD_TC(tp, slow_client);
	ATF_TP_ADD_TC(tp, long_printf);
	ATF_TP_ADD_TC(tp, write_timeout);
	ATF_TP_ADD_TC(tp, gone);
	ATF_TP_ADD_TC(tp, wait_for_others);
	ATF_TP_ADD_TC(tp, two_pipes);
	ATF_TP_ADD_TC(tp, transport);
	ATF_TP_ADD_TC(tp, interrupted);
	return (atf_no_error());
}
