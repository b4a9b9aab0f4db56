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

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imapd/conf.h"
#include "imapd/login.h"
#include "imapd/relay.h"
#include "imapd/tls.h"

#define DEADLINE	20000		/* ms */
#define MUCH		(4 * 1024 * 1024)
#define BOUND		(1024 * 1024)	/* buffers and sockets hold less */

static void	begin(int);
static void	relay_child(int, int, int) __attribute__((__noreturn__));
static void	get(const char *);
static void	get_end(void);
static void	put(const char *);
static void	session_get(const char *);
static void	session_put(const char *);
static void	relay_ends(void);
static unsigned char	byte_at(size_t);
static void	echo(void) __attribute__((__noreturn__));
static int	ssl_wait(int, short *);

static SSL	*client;
static int	 client_fd, session = -1;
static pid_t	 relay;

/* A client, a session, and the relay between them. */
static void
begin(int timeout)
{
	SSL_CTX *ctx;
	int c[2], s[2];

	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE_EQ(0, system("openssl req -x509 -newkey ec -pkeyopt "
	    "ec_paramgen_curve:P-256 -nodes -keyout k -out c -days 30 "
	    "-subj /CN=x 2>openssl.err && chmod 600 k"));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, c));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ATF_REQUIRE((relay = fork()) != -1);
	if (relay == 0) {
		close(c[0]);
		close(s[0]);
		relay_child(c[1], s[1], timeout);
	}
	close(c[1]);
	close(s[1]);
	client_fd = c[0];
	session = s[0];
	ATF_REQUIRE((ctx = SSL_CTX_new(TLS_client_method())) != NULL);
	ATF_REQUIRE((client = SSL_new(ctx)) != NULL);
	ATF_REQUIRE_EQ(1, SSL_set_fd(client, client_fd));
	ATF_REQUIRE_EQ(1, SSL_connect(client));
}

static void
relay_child(int fd, int up, int timeout)
{
	static char crt[] = "c", key[] = "k";
	struct tls_server *server;
	struct imapd_conf conf;
	struct imapd_cert cert;
	struct tls_peer peer;
	struct relay r;

	memset(&conf, 0, sizeof(conf));
	TAILQ_INIT(&conf.certs);
	cert.chain = crt;
	cert.key = key;
	TAILQ_INSERT_TAIL(&conf.certs, &cert, entry);
	conf.ncerts = 1;
	if ((server = tls_server_new(&conf, 1, NULL, NULL, NULL)) == NULL)
		_exit(2);
	peer.in = peer.out = fd;
	peer.owner = -1;	/* the session may begin at once */
	peer.timeout = DEADLINE;
	peer.addr = "test";
	if ((r.tls = tls_accept(server, &peer)) == NULL)
		_exit(3);
	r.in = r.out = fd;
	r.session = up;
	r.addr = "test";
	r.timeout = timeout;
	relay_run(&r);
	_exit(0);
}

static void
get(const char *want)
{
	char buf[64];
	size_t n = 0;
	int got;

	while (n < strlen(want)) {
		got = SSL_read(client, buf + n, (int)(strlen(want) - n));
		ATF_REQUIRE(got > 0);
		n += (size_t)got;
	}
	buf[n] = '\0';
	ATF_REQUIRE_STREQ(want, buf);
}

/* The other side says that it has said all. */
static void
get_end(void)
{
	char c;

	ATF_REQUIRE_EQ(0, SSL_read(client, &c, 1));
	ATF_REQUIRE_EQ(SSL_ERROR_ZERO_RETURN, SSL_get_error(client, 0));
}

static void
put(const char *text)
{
	ATF_REQUIRE_EQ((int)strlen(text), SSL_write(client, text,
	    (int)strlen(text)));
}

static void
session_get(const char *want)
{
	char buf[64];

	memset(buf, 0, sizeof(buf));
	ATF_REQUIRE_EQ(1, login_recv(session, buf, strlen(want), DEADLINE));
	ATF_REQUIRE_STREQ(want, buf);
}

static void
session_put(const char *text)
{
	ATF_REQUIRE_EQ(0, login_send(session, text, strlen(text)));
}

static void
relay_ends(void)
{
	int status;

	ATF_REQUIRE_EQ(relay, waitpid(relay, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

ATF_TC_WITHOUT_HEAD(talk);
ATF_TC_BODY(talk, tc)
{
	begin(DEADLINE);
	put("one");
	session_get("one");
	session_put("two");
	get("two");
	/* It has let go of its buffers in between. */
	(void)poll(NULL, 0, RELAY_IDLE * 2);
	put("three");
	session_get("three");
	session_put("four");
	get("four");
	/* The session's end is the client's. */
	session_put("bye");
	close(session);
	get("bye");
	get_end();
	relay_ends();
}

ATF_TC_WITHOUT_HEAD(key_update);
ATF_TC_BODY(key_update, tc)
{
	int i;

	begin(DEADLINE);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(1, SSL_key_update(client,
		    SSL_KEY_UPDATE_REQUESTED));
		put("one");
		session_get("one");
		session_put("two");
		get("two");
	}
	close(session);
	get_end();
	relay_ends();
}

ATF_TC_WITHOUT_HEAD(half_close);
ATF_TC_BODY(half_close, tc)
{
	char c;

	begin(DEADLINE);
	put("last");
	ATF_REQUIRE_EQ(0, SSL_shutdown(client));
	session_get("last");
	ATF_REQUIRE_EQ(0, login_recv(session, &c, 1, DEADLINE));
	session_put("answer");
	get("answer");
	close(session);
	get_end();
	relay_ends();
}

ATF_TC_WITHOUT_HEAD(client_gone);
ATF_TC_BODY(client_gone, tc)
{
	char c;

	begin(DEADLINE);
	put("one");
	session_get("one");
	close(client_fd);
	ATF_REQUIRE_EQ(0, login_recv(session, &c, 1, DEADLINE));
	/* Whatever it says now, the relay ends. */
	(void)send(session, "two", 3, MSG_NOSIGNAL);
	close(session);
	relay_ends();
}

static unsigned char
byte_at(size_t i)
{
	return ((unsigned char)(i * 7 + i / 251 + i / 65536));
}

/* What a client does not read is not read from the session for ever. */
ATF_TC_WITHOUT_HEAD(slow_reader);
ATF_TC_BODY(slow_reader, tc)
{
	unsigned char buf[4096];
	struct pollfd pfd;
	size_t sent = 0, got = 0, i;
	int n;

	begin(DEADLINE);
	ATF_REQUIRE(fcntl(session, F_SETFL, O_NONBLOCK) == 0);
	pfd.fd = session;
	pfd.events = POLLOUT;
	while (sent < MUCH && poll(&pfd, 1, 500) == 1) {
		for (i = 0; i < sizeof(buf); i++)
			buf[i] = byte_at(sent + i);
		if ((n = (int)write(session, buf, sizeof(buf))) > 0)
			sent += (size_t)n;
	}
	ATF_CHECK_MSG(sent < BOUND, "%zu", sent);
	close(session);
	while ((n = SSL_read(client, buf, sizeof(buf))) > 0) {
		for (i = 0; i < (size_t)n; i++)
			ATF_REQUIRE_EQ(byte_at(got + i), buf[i]);
		got += (size_t)n;
	}
	ATF_CHECK_EQ(sent, got);
	ATF_CHECK_EQ(SSL_ERROR_ZERO_RETURN, SSL_get_error(client, n));
	relay_ends();
}

/* One that reads nothing at all is given up. */
ATF_TC_WITHOUT_HEAD(stalled);
ATF_TC_BODY(stalled, tc)
{
	static char buf[65536];
	struct pollfd pfd;

	begin(300);
	ATF_REQUIRE(fcntl(session, F_SETFL, O_NONBLOCK) == 0);
	pfd.fd = session;
	pfd.events = POLLOUT;
	while (poll(&pfd, 1, DEADLINE) == 1 &&
	    (write(session, buf, sizeof(buf)) > 0 || errno == EAGAIN))
		continue;
	ATF_CHECK(errno == EPIPE || errno == ECONNRESET);
	relay_ends();
}

static void
echo(void)
{
	char buf[10000];
	ssize_t n;

	while ((n = read(session, buf, sizeof(buf))) > 0) {
		if (login_send(session, buf, (size_t)n) == -1)
			_exit(1);
	}
	_exit(0);
}

/* What the client's last call waits for; 0 after an error. */
static int
ssl_wait(int rv, short *events)
{
	switch (SSL_get_error(client, rv)) {
	case SSL_ERROR_WANT_READ:
		*events |= POLLIN;
		return (1);
	case SSL_ERROR_WANT_WRITE:
		*events |= POLLOUT;
		return (1);
	default:
		return (0);
	}
}

ATF_TC_WITHOUT_HEAD(much);
ATF_TC_BODY(much, tc)
{
	unsigned char in[20000], out[20000];
	size_t sent = 0, got = 0, i, n;
	struct pollfd pfd;
	int rv;

	begin(DEADLINE);
	ATF_REQUIRE((rv = fork()) != -1);
	if (rv == 0)
		echo();
	close(session);
	ATF_REQUIRE(fcntl(client_fd, F_SETFL, O_NONBLOCK) == 0);
	SSL_set_mode(client, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	    SSL_MODE_ENABLE_PARTIAL_WRITE);
	pfd.fd = client_fd;
	while (got < MUCH) {
		pfd.events = 0;
		if (sent < MUCH) {
			n = MUCH - sent < sizeof(out) ? MUCH - sent :
			    sizeof(out);
			for (i = 0; i < n; i++)
				out[i] = byte_at(sent + i);
			rv = SSL_write(client, out, (int)n);
			ATF_REQUIRE(rv > 0 || ssl_wait(rv, &pfd.events));
			sent += rv > 0 ? (size_t)rv : 0;
		}
		while ((rv = SSL_read(client, in, sizeof(in))) > 0) {
			for (i = 0; i < (size_t)rv; i++)
				ATF_REQUIRE_EQ(byte_at(got + i), in[i]);
			got += (size_t)rv;
		}
		if (got == MUCH)
			break;
		ATF_REQUIRE(ssl_wait(rv, &pfd.events));
		if (sent < MUCH)
			pfd.events |= POLLOUT;
		ATF_REQUIRE_EQ(1, poll(&pfd, 1, DEADLINE));
	}
	ATF_REQUIRE_EQ(0, SSL_shutdown(client));
	relay_ends();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, talk);
	ATF_TP_ADD_TC(tp, key_update);
	ATF_TP_ADD_TC(tp, half_close);
	ATF_TP_ADD_TC(tp, client_gone);
	ATF_TP_ADD_TC(tp, slow_reader);
	ATF_TP_ADD_TC(tp, stalled);
	ATF_TP_ADD_TC(tp, much);
	return (atf_no_error());
}
