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

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "imapd/client.h"
#include "imapd/deflate.h"

#define DEADLINE	20000		/* milliseconds, never reached */
#define BIG		(3 * 1024 * 1024)	/* more than a socket holds */
#define BOMB		(64U << 20)

/* The other side, by zlib alone. */
struct other {
	int		fd;
	z_stream	in;
	z_stream	out;
};

static struct client	*start(struct other *);
static void		 done(struct client *, struct other *);
static size_t		 pack(struct other *, const void *, size_t, int,
			    void *, size_t);
static void		 send_raw(struct other *, const void *, size_t);
static void		 send_text(struct other *, const char *);
static size_t		 receive(struct other *, void *, size_t, size_t *);
static void		 expect(struct other *, const char *);
static void		 expect_input(struct client *, const char *);
static void		 read_text(struct client *, const char *);
static void		 noise(unsigned char *, size_t);

static struct client *
start(struct other *o)
{
	struct deflate	*d;
	struct client	*c;
	int		 sv[2];

	memset(o, 0, sizeof(*o));
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((c = client_new(sv[0], sv[0])) != NULL);
	ATF_REQUIRE((d = deflate_new()) != NULL);
	deflate_start(d, c);
	o->fd = sv[1];
	ATF_REQUIRE_EQ(Z_OK, inflateInit2(&o->in, -15));
	ATF_REQUIRE_EQ(Z_OK, deflateInit2(&o->out, 6, Z_DEFLATED, -15, 8,
	    Z_DEFAULT_STRATEGY));
	return (c);
}

static void
done(struct client *c, struct other *o)
{
	client_free(c);
	(void)inflateEnd(&o->in);
	(void)deflateEnd(&o->out);
	ATF_CHECK_EQ(0, close(o->fd));
}

static size_t
pack(struct other *o, const void *s, size_t len, int flush, void *buf,
    size_t size)
{
	o->out.next_in = (z_const Bytef *)(uintptr_t)s;
	o->out.avail_in = (uInt)len;
	o->out.next_out = buf;
	o->out.avail_out = (uInt)size;
	(void)deflate(&o->out, flush);
	ATF_REQUIRE(o->out.avail_out > 0);
	return (size - o->out.avail_out);
}

static void
send_raw(struct other *o, const void *buf, size_t len)
{
	ATF_REQUIRE_EQ((ssize_t)len, write(o->fd, buf, len));
}

static void
send_text(struct other *o, const char *s)
{
	unsigned char	buf[4096];

	send_raw(o, buf, pack(o, s, strlen(s), Z_SYNC_FLUSH, buf,
	    sizeof(buf)));
}

/* What comes up to len octets of text; *wire: compressed. */
static size_t
receive(struct other *o, void *buf, size_t len, size_t *wire)
{
	unsigned char	raw[4096];
	struct pollfd	pfd = { .fd = o->fd, .events = POLLIN };
	ssize_t		n;
	int		ret;

	*wire = 0;
	o->in.next_out = buf;
	o->in.avail_out = (uInt)len;
	while (o->in.avail_out > 0 && poll(&pfd, 1, 0) == 1) {
		if ((n = read(o->fd, raw, sizeof(raw))) <= 0)
			break;
		*wire += (size_t)n;
		o->in.next_in = raw;
		o->in.avail_in = (uInt)n;
		ret = inflate(&o->in, Z_SYNC_FLUSH);
		ATF_REQUIRE_MSG(ret == Z_OK || ret == Z_STREAM_END,
		    "inflate: %d", ret);
		ATF_REQUIRE_EQ(0, o->in.avail_in);
	}
	return (len - o->in.avail_out);
}

static void
expect(struct other *o, const char *want)
{
	char	buf[8192];
	size_t	n, wire;

	n = receive(o, buf, sizeof(buf) - 1, &wire);
	buf[n] = '\0';
	ATF_CHECK_STREQ(want, buf);
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

/* Reads until it is there. */
static void
read_text(struct client *c, const char *want)
{
	size_t	len = 0;

	while (len < strlen(want)) {
		ATF_REQUIRE_EQ(1, client_read(c, DEADLINE));
		(void)client_input(c, &len);
	}
	expect_input(c, want);
	client_consume(c, len);
}

/* What does not compress. */
static void
noise(unsigned char *buf, size_t len)
{
	uint32_t	x = 1;
	size_t		i;

	for (i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		buf[i] = (unsigned char)(x >> 24);
	}
}

ATF_TC_WITHOUT_HEAD(both_ways);
ATF_TC_BODY(both_ways, tc)
{
	struct client	*c;
	struct other	 o;

	c = start(&o);
	send_text(&o, "a NOOP\r\n");
	read_text(c, "a NOOP\r\n");
	ATF_CHECK_EQ(0, client_puts(c, "a OK NOOP completed\r\n"));
	ATF_CHECK_EQ(0, client_flush(c));
	expect(&o, "a OK NOOP completed\r\n");
	send_text(&o, "b NOOP\r\nc NOOP\r\n");
	read_text(c, "b NOOP\r\nc NOOP\r\n");
	ATF_CHECK_EQ(24, client_bytes_in(c));
	ATF_CHECK_EQ(21, client_bytes_out(c));
	ATF_CHECK(client_wire_in(c) > 0 && client_wire_out(c) > 0);
	ATF_CHECK_ERRNO(ETIMEDOUT, client_read(c, 1) == -1);
	done(c, &o);
}

/* However the stream is cut. */
ATF_TC_WITHOUT_HEAD(byte_by_byte);
ATF_TC_BODY(byte_by_byte, tc)
{
	const char	*text = "a UID FETCH 1:* (FLAGS)\r\nb NOOP\r\n";
	unsigned char	 buf[256];
	struct client	*c;
	struct other	 o;
	size_t		 i, n, len;

	c = start(&o);
	n = pack(&o, text, strlen(text), Z_SYNC_FLUSH, buf, sizeof(buf));
	for (i = 0; i < n; i++) {
		send_raw(&o, buf + i, 1);
		if (client_read(c, 0) == -1)
			ATF_REQUIRE_EQ(ETIMEDOUT, errno);
	}
	(void)client_input(c, &len);
	ATF_CHECK_EQ(strlen(text), len);
	expect_input(c, text);
	done(c, &o);
}

/* Lines share a block until they are flushed (RFC 1951 section 3.2.4). */
ATF_TC_WITHOUT_HEAD(flush);
ATF_TC_BODY(flush, tc)
{
	struct pollfd	 pfd = { .events = POLLIN };
	char		 buf[8192];
	struct client	*c;
	struct other	 o;
	size_t		 wire;
	unsigned int	 i;

	c = start(&o);
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(0, client_printf(c, "* %u FETCH (UID %u)\r\n", i,
		    i + 7));
	pfd.fd = o.fd;
	ATF_CHECK_EQ(0, poll(&pfd, 1, 0));
	ATF_CHECK_EQ(0, client_flush(c));
	ATF_CHECK_EQ(client_bytes_out(c), receive(&o, buf, sizeof(buf),
	    &wire));
	ATF_CHECK_MSG(wire < 600, "%zu octets", wire);
	/* With nothing new, not even a mark. */
	ATF_CHECK_EQ(0, client_flush(c));
	ATF_CHECK_EQ(0, client_forget(c));
	ATF_CHECK_EQ(0, client_flush(c));
	ATF_CHECK_EQ(0, poll(&pfd, 1, 0));
	done(c, &o);
}

/* The same text again is a few octets, but not beyond client_forget(). */
ATF_TC_WITHOUT_HEAD(forget);
ATF_TC_BODY(forget, tc)
{
	unsigned char	 text[2000], buf[8192];
	struct client	*c;
	struct other	 o;
	size_t		 wire;
	int		 i;

	c = start(&o);
	noise(text, sizeof(text));
	for (i = 0; i < 4; i++) {
		if (i == 2)
			ATF_CHECK_EQ(0, client_forget(c));
		if (i == 3) {
			/* Without a flush between. */
			ATF_CHECK_EQ(0, client_write(c, text, sizeof(text)));
			ATF_CHECK_EQ(0, client_forget(c));
		}
		ATF_CHECK_EQ(0, client_write(c, text, sizeof(text)));
		ATF_CHECK_EQ(0, client_flush(c));
		ATF_REQUIRE_EQ(sizeof(text) * (i == 3 ? 2 : 1),
		    receive(&o, buf, sizeof(buf), &wire));
		ATF_CHECK_EQ(0, memcmp(text, buf, sizeof(text)));
		if (i == 1)
			ATF_CHECK_MSG(wire < 100, "%d: %zu octets", i, wire);
		else
			ATF_CHECK_MSG(wire >= sizeof(text), "%d: %zu octets",
			    i, wire);
	}
	done(c, &o);
}

/* A connection at rest has no compressor; the stream goes on. */
ATF_TC_WITHOUT_HEAD(rest);
ATF_TC_BODY(rest, tc)
{
	struct client	*c;
	struct other	 o;

	c = start(&o);
	ATF_CHECK_EQ(0, client_puts(c, "* 1 EXISTS\r\n"));
	ATF_CHECK_EQ(0, client_wait(c, NULL, 0, 1));
	expect(&o, "* 1 EXISTS\r\n");
	ATF_CHECK_EQ(0, client_wait(c, NULL, 0, CLIENT_REST + 1));
	ATF_CHECK_EQ(0, client_wait(c, NULL, 0, 1));
	ATF_CHECK_EQ(0, client_puts(c, "* 2 EXISTS\r\n"));
	ATF_CHECK_EQ(0, client_flush(c));
	expect(&o, "* 2 EXISTS\r\n");
	ATF_CHECK_EQ(0, client_wait(c, NULL, 0, CLIENT_REST + 1));
	ATF_CHECK_EQ(0, client_end(c));
	expect(&o, "");
	ATF_CHECK_EQ(Z_STREAM_END, inflate(&o.in, Z_SYNC_FLUSH));
	done(c, &o);
}

#ifndef __SANITIZE_ADDRESS__
/* Without memory for another compressor the connection ends, in order. */
ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	struct rlimit	 old, none;
	struct client	*c;
	struct other	 o;
	int		 error, ret;

	c = start(&o);
	ATF_CHECK_EQ(0, client_puts(c, "* 1 EXISTS\r\n"));
	ATF_CHECK_EQ(0, client_wait(c, NULL, 0, CLIENT_REST + 1));
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_AS, &old));
	none = old;
	none.rlim_cur = 1;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_AS, &none));
	(void)client_puts(c, "* 2 EXISTS\r\n");
	ret = client_flush(c);
	error = errno;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_AS, &old));
	ATF_CHECK_EQ(-1, ret);
	ATF_CHECK_EQ(ENOMEM, error);
	ATF_CHECK_EQ(ENOMEM, client_error(c));
	done(c, &o);
}
#endif

/* What was read ahead of COMPRESS is compressed already, never plain. */
ATF_TC_WITHOUT_HEAD(ahead);
ATF_TC_BODY(ahead, tc)
{
	unsigned char	 buf[256];
	struct deflate	*d;
	struct client	*c;
	struct other	 o;
	size_t		 n;
	int		 sv[2];

	c = start(&o);
	client_free(c);
	ATF_REQUIRE_EQ(0, close(o.fd));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((c = client_new(sv[0], sv[0])) != NULL);
	o.fd = sv[1];
	n = pack(&o, "b NOOP\r\n", 8, Z_SYNC_FLUSH, buf, sizeof(buf));
	ATF_REQUIRE_EQ(0, client_give_input(c, buf, n));
	ATF_REQUIRE((d = deflate_new()) != NULL);
	deflate_start(d, c);
	ATF_CHECK_EQ(1, client_pending(c));
	read_text(c, "b NOOP\r\n");
	done(c, &o);
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	unsigned char	 buf[256];
	struct client	*c;
	struct other	 o;
	const char	*s;
	size_t		 n;

	c = start(&o);
	/* What came before it counts, whatever came with what. */
	n = pack(&o, "a NOOP\r\n", 8, Z_SYNC_FLUSH, buf, sizeof(buf));
	memcpy(buf + n, "b NOOP\r\nc LOGOUT\r\n", 18);
	send_raw(&o, buf, n + 18);
	ATF_REQUIRE_EQ(1, client_read(c, DEADLINE));
	s = client_input(c, &n);
	ATF_CHECK(n >= 8 && memcmp(s, "a NOOP\r\n", 8) == 0);
	client_consume(c, n);
	ATF_CHECK_EQ(1, client_pending(c));
	ATF_CHECK_ERRNO(EPROTO, client_read(c, DEADLINE) == -1);
	ATF_CHECK_EQ(EPROTO, client_error(c));
	ATF_CHECK_ERRNO(EPROTO, client_puts(c, "x") == -1);
	done(c, &o);
}

/* The end within a block, and the end of the stream, are the end. */
ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	unsigned char	 buf[256];
	struct client	*c;
	struct other	 o;
	size_t		 n;

	c = start(&o);
	n = pack(&o, "a NOOP\r\nb NOOP\r\n", 16, Z_SYNC_FLUSH, buf,
	    sizeof(buf));
	send_raw(&o, buf, n / 2);
	ATF_REQUIRE_EQ(0, shutdown(o.fd, SHUT_WR));
	while (client_read(c, DEADLINE) == 1)
		continue;
	ATF_CHECK_EQ(0, client_read(c, DEADLINE));
	ATF_CHECK_EQ(0, client_error(c));
	done(c, &o);

	c = start(&o);
	n = pack(&o, "a LOGOUT\r\n", 10, Z_FINISH, buf, sizeof(buf));
	memcpy(buf + n, "junk", 4);
	send_raw(&o, buf, n + 4);
	read_text(c, "a LOGOUT\r\n");
	ATF_CHECK_EQ(CLIENT_INPUT, client_wait(c, NULL, 0, DEADLINE));
	ATF_CHECK_EQ(0, client_read(c, DEADLINE));
	ATF_CHECK_EQ(0, client_puts(c, "a OK\r\n"));
	ATF_CHECK_EQ(0, client_end(c));
	expect(&o, "a OK\r\n");
	ATF_CHECK_EQ(Z_STREAM_END, inflate(&o.in, Z_SYNC_FLUSH));
	done(c, &o);
}

/* Few octets that become many come as the buffer has room for them. */
ATF_TC_WITHOUT_HEAD(bomb);
ATF_TC_BODY(bomb, tc)
{
	unsigned char	*packed;
	struct client	*c;
	struct other	 o;
	uint64_t	 got = 0;
	const char	*s;
	size_t		 len, n;
	void		*zeros;

	c = start(&o);
	ATF_REQUIRE((zeros = calloc(1, BOMB)) != NULL);
	ATF_REQUIRE((packed = malloc(BOMB / 500)) != NULL);
	n = pack(&o, zeros, BOMB, Z_SYNC_FLUSH, packed, BOMB / 500);
	free(zeros);
	ATF_REQUIRE(fcntl(o.fd, F_SETFL, O_NONBLOCK) == 0);
	ATF_REQUIRE(write(o.fd, packed, n) > (ssize_t)DEFLATE_IN);
	free(packed);
	ATF_REQUIRE_EQ(1, client_read(c, DEADLINE));
	s = client_input(c, &len);
	ATF_CHECK_EQ(CLIENT_IN_SIZE, len);
	ATF_CHECK_EQ('\0', s[len - 1]);
	ATF_CHECK_ERRNO(ENOBUFS, client_read(c, DEADLINE) == -1);
	ATF_CHECK_EQ(1, client_pending(c));
	/* One read of the socket has it all, for as long as it takes. */
	while (client_pending(c)) {
		(void)client_input(c, &len);
		got += len;
		client_consume(c, len);
		if (client_wire_in(c) > DEFLATE_IN)
			break;
		if (client_read(c, 0) == -1)
			break;
	}
	ATF_CHECK_MSG(got > 100 * DEFLATE_IN, "%llu octets",
	    (unsigned long long)got);
	done(c, &o);
}

/* Blocks with nothing in them are no input, and nobody waits for an end. */
ATF_TC_WITHOUT_HEAD(empty_blocks);
ATF_TC_BODY(empty_blocks, tc)
{
	unsigned char	 block[5] = { 0, 0, 0, 0xff, 0xff };
	unsigned char	 many[sizeof(block) * 4000];
	struct client	*c;
	struct other	 o;
	size_t		 i, len;

	c = start(&o);
	for (i = 0; i < sizeof(many); i += sizeof(block))
		memcpy(many + i, block, sizeof(block));
	send_raw(&o, many, sizeof(many));
	ATF_CHECK_ERRNO(ETIMEDOUT, client_read(c, 0) == -1);
	ATF_CHECK(client_wire_in(c) < sizeof(many));
	ATF_CHECK_ERRNO(ETIMEDOUT, client_read(c, 10) == -1);
	(void)client_input(c, &len);
	ATF_CHECK_EQ(0, len);
	send_text(&o, "a NOOP\r\n");
	read_text(c, "a NOOP\r\n");
	done(c, &o);
}

/* More than the socket holds, for a reader that takes its time. */
ATF_TC_WITHOUT_HEAD(slow);
ATF_TC_BODY(slow, tc)
{
	unsigned char	*text, *got;
	struct pollfd	 pfd = { .events = POLLIN };
	struct client	*c;
	struct other	 o;
	size_t		 at, wire, n;
	pid_t		 pid;
	int		 status;

	c = start(&o);
	ATF_REQUIRE((text = malloc(BIG)) != NULL);
	noise(text, BIG);
	memset(text + BIG / 2, 'x', BIG / 4);
	if ((pid = fork()) == 0) {
		pfd.fd = o.fd;
		if ((got = malloc(BIG)) == NULL)
			_exit(1);
		for (at = 0; at < BIG && poll(&pfd, 1, DEADLINE) == 1; at += n)
			n = receive(&o, got + at, BIG - at, &wire);
		_exit(at == BIG && memcmp(got, text, BIG) == 0 ? 0 : 2);
	}
	ATF_REQUIRE(pid != -1);
	ATF_CHECK_EQ(0, client_write(c, text, 1000));
	for (at = 1000; at < BIG; at += n) {
		n = BIG - at < 70001 ? BIG - at : 70001;
		ATF_CHECK_EQ(0, client_write(c, text + at, n));
	}
	ATF_CHECK_EQ(0, client_flush(c));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(0, WEXITSTATUS(status));
	free(text);
	done(c, &o);
}

/* Who does not read at all is not waited for longer than the time. */
ATF_TC_WITHOUT_HEAD(stalled);
ATF_TC_BODY(stalled, tc)
{
	unsigned char	 text[65536];
	struct client	*c;
	struct other	 o;
	int		 i, r = 0;

	c = start(&o);
	client_set_write_timeout(c, 50);
	noise(text, sizeof(text));
	for (i = 0; i < 64 && r == 0; i++)
		r = client_write(c, text, sizeof(text));
	ATF_CHECK_EQ(-1, r);
	ATF_CHECK_EQ(ETIMEDOUT, client_error(c));
	ATF_CHECK_ERRNO(ETIMEDOUT, client_end(c) == -1);
	done(c, &o);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, both_ways);
	ATF_TP_ADD_TC(tp, byte_by_byte);
	ATF_TP_ADD_TC(tp, flush);
	ATF_TP_ADD_TC(tp, forget);
	ATF_TP_ADD_TC(tp, rest);
#ifndef __SANITIZE_ADDRESS__
	ATF_TP_ADD_TC(tp, no_memory);
#endif
	ATF_TP_ADD_TC(tp, ahead);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, ends);
	ATF_TP_ADD_TC(tp, bomb);
	ATF_TP_ADD_TC(tp, empty_blocks);
	ATF_TP_ADD_TC(tp, slow);
	ATF_TP_ADD_TC(tp, stalled);
	return (atf_no_error());
}
