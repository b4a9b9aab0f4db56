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

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/frame.h"

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct frame_head h;
	struct payload in;
	struct frame f;
	char s[8], b[3];
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;
	uint8_t v8;

	frame_init(&f, 77, 0x01020304);
	frame_put_u8(&f, 0xfe);
	frame_put_u16(&f, 0xfedc);
	frame_put_u32(&f, 0xfedcba98);
	frame_put_u64(&f, 0xfedcba9876543210);
	frame_put_str(&f, "word");
	frame_put_str(&f, "");
	frame_put_bytes(&f, "xyz", 3);
	frame_close(&f);
	ATF_REQUIRE(!f.failed);
	ATF_REQUIRE_EQ(0, frame_head(f.buf, 1000, &h));
	ATF_CHECK_EQ(f.len, h.length);
	ATF_CHECK_EQ(77, h.type);
	ATF_CHECK_EQ(0x01020304, h.number);
	/* Little-endian on every host. */
	ATF_CHECK_EQ(0x98, f.buf[FRAME_HEAD + 3]);
	payload_init(&in, f.buf + FRAME_HEAD, f.len - FRAME_HEAD);
	ATF_CHECK(get_u8(&in, &v8) == 0 && v8 == 0xfe);
	ATF_CHECK(get_u16(&in, &v16) == 0 && v16 == 0xfedc);
	ATF_CHECK(get_u32(&in, &v32) == 0 && v32 == 0xfedcba98);
	ATF_CHECK(get_u64(&in, &v64) == 0 && v64 == 0xfedcba9876543210);
	ATF_CHECK(get_str(&in, s, sizeof(s)) == 0);
	ATF_CHECK_STREQ("word", s);
	ATF_CHECK(get_str(&in, s, sizeof(s)) == 0);
	ATF_CHECK_STREQ("", s);
	ATF_CHECK_EQ(-1, frame_end(&in));
	payload_init(&in, f.buf + f.len - 3, 3);
	ATF_CHECK(get_bytes(&in, b, 3) == 0 && memcmp(b, "xyz", 3) == 0);
	ATF_CHECK_EQ(0, frame_end(&in));
	frame_free(&f);
}

ATF_TC_WITHOUT_HEAD(heads);
ATF_TC_BODY(heads, tc)
{
	uint8_t head[FRAME_HEAD] = { FRAME_HEAD };
	struct frame_head h;

	ATF_CHECK_EQ(0, frame_head(head, 12, &h));
	ATF_CHECK_EQ(-1, frame_head(head, 11, &h));
	head[0] = FRAME_HEAD - 1;
	ATF_CHECK_EQ(-1, frame_head(head, 1000, &h));
	head[0] = FRAME_HEAD;
	head[6] = 1;
	ATF_CHECK_EQ(-1, frame_head(head, 1000, &h));
}

/* After one get that fails all fail. */
ATF_TC_WITHOUT_HEAD(short_payload);
ATF_TC_BODY(short_payload, tc)
{
	static const uint8_t text[] = { 3, 0, 0, 0, 'a', 0, 'b' };
	static const uint8_t big[] = { 255, 255, 255, 255, 'a' };
	struct payload in;
	uint32_t v;
	uint8_t c;
	char s[8];

	payload_init(&in, "abc", 3);
	ATF_CHECK_EQ(-1, get_u32(&in, &v));
	ATF_CHECK_EQ(-1, get_u8(&in, &c));
	ATF_CHECK_EQ(-1, frame_end(&in));
	payload_init(&in, text, sizeof(text));
	ATF_CHECK_EQ(-1, get_str(&in, s, sizeof(s)));
	payload_init(&in, big, sizeof(big));
	ATF_CHECK_EQ(-1, get_str(&in, s, sizeof(s)));
	payload_init(&in, "\4\0\0\0abcd", 8);
	ATF_CHECK_EQ(-1, get_str(&in, s, 4));
	payload_init(&in, "\4\0\0\0abcd", 8);
	ATF_CHECK_EQ(0, get_str(&in, s, 5));
}

/* A frame with a descriptor, an octet at a time, and one that never ends. */
ATF_TC_WITHOUT_HEAD(socket);
ATF_TC_BODY(socket, tc)
{
	struct frame_head h;
	struct payload in;
	struct frame f;
	uint8_t *buf;
	uint32_t v;
	size_t len, i;
	int sv[2], fd, file, status;
	pid_t pid;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE((file = open("f", O_RDWR | O_CREAT, 0600)) != -1);
	ATF_REQUIRE_EQ(4, write(file, "text", 4));
	frame_init(&f, 5, 6);
	frame_put_u32(&f, 7);
	ATF_REQUIRE_EQ(0, frame_send(sv[0], &f, file));
	ATF_REQUIRE_EQ(0, frame_recv(sv[1], 100, 1000, &h, &buf, &len, &fd));
	ATF_CHECK_EQ(5, h.type);
	ATF_CHECK_EQ(6, h.number);
	payload_init(&in, buf, len);
	ATF_CHECK(get_u32(&in, &v) == 0 && v == 7);
	ATF_REQUIRE(fd != -1);
	ATF_CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ATF_CHECK_EQ(4, lseek(fd, 0, SEEK_END));
	close(fd);
	free(buf);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		for (i = 0; i < f.len; i++)
			if (write(sv[0], f.buf + i, 1) != 1)
				_exit(1);
		_exit(0);
	}
	ATF_REQUIRE_EQ(0, frame_recv(sv[1], 100, 5000, &h, &buf, &len, &fd));
	ATF_CHECK_EQ(-1, fd);
	ATF_CHECK_EQ(4, len);
	free(buf);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	/* Too long, too late, too short. */
	ATF_REQUIRE_EQ((ssize_t)f.len, write(sv[0], f.buf, f.len));
	ATF_CHECK_ERRNO(EPROTO, frame_recv(sv[1], 15, 1000, &h, &buf, &len,
	    &fd) == -1);
	ATF_REQUIRE_EQ(4, read(sv[1], &v, 4));
	ATF_REQUIRE_EQ(3, write(sv[0], f.buf, 3));
	ATF_CHECK_ERRNO(ETIMEDOUT, frame_recv(sv[1], 100, 20, &h, &buf, &len,
	    &fd) == -1);
	close(sv[0]);
	ATF_CHECK_ERRNO(EPIPE, frame_recv(sv[1], 100, 1000, &h, &buf, &len,
	    &fd) == -1);
	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_CHECK_ERRNO(EPIPE, frame_send(sv[1], &f, -1) == -1);
	frame_free(&f);
	close(sv[1]);
	close(file);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, heads);
	ATF_TP_ADD_TC(tp, short_payload);
	ATF_TP_ADD_TC(tp, socket);
	return (atf_no_error());
}
