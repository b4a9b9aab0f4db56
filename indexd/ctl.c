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
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/proto.h"
#include "indexd/ctl.h"

#define ANSWER_MAX	(1U << 20)	/* octets of a frame from indexd */

static int	dial(const char *);
static void	hello(int);
static void	send_input(int);

/* Connects; ends the program if it cannot. */
static int
dial(const char *path)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errx(2, "%s: too long", path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		err(2, "socket");
	if (connect(fd, (struct sockaddr *)(void *)&sun, sizeof(sun)) == -1)
		err(2, "%s: no indexd there", path);
	return (fd);
}

static void
hello(int fd)
{
	struct frame_head head;
	struct payload in;
	struct frame f;
	uint8_t *buf;
	uint32_t version;
	size_t len;
	int passed;

	frame_init(&f, PROTO_HELLO, 1);
	frame_put_u32(&f, PROTO_VERSION);
	if (frame_send(fd, &f, -1) == -1 ||
	    frame_recv(fd, ANSWER_MAX, -1, &head, &buf, &len, &passed) == -1)
		err(2, "indexd");
	frame_free(&f);
	payload_init(&in, buf, len);
	if (head.type != PROTO_WELCOME || get_u32(&in, &version) == -1 ||
	    version != PROTO_VERSION)
		errx(2, "indexd speaks another protocol");
	free(buf);
}

int
ctl_ask(const char *path, int json, int argc, const char *const argv[])
{
	struct frame f;
	int fd, i;

	fd = dial(path);
	hello(fd);
	frame_init(&f, PROTO_CONTROL, 2);
	frame_put_u8(&f, (uint8_t)json);
	frame_put_str(&f, argv[0]);
	frame_put_u32(&f, (uint32_t)(argc - 1));
	for (i = 1; i < argc; i++)
		frame_put_str(&f, argv[i]);
	if (frame_send(fd, &f, -1) == -1)
		err(2, "indexd");
	frame_free(&f);
	return (fd);
}

/* The next piece of standard input; an empty one at its end. */
static void
send_input(int fd)
{
	char buf[PROTO_MAXINPUT];
	struct frame f;
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) == -1)
		if (errno != EINTR)
			err(2, "stdin");
	frame_init(&f, PROTO_INPUT, 3);
	frame_put_bytes(&f, buf, (size_t)n);
	if (frame_send(fd, &f, -1) == -1)
		err(2, "indexd");
	frame_free(&f);
}

int
ctl_answer(int fd, void (*line)(void *, const char *, size_t), void *arg)
{
	struct frame_head head;
	struct payload in;
	uint8_t *buf, status = 2;
	uint32_t n;
	size_t len;
	int passed;

	for (;;) {
		if (frame_recv(fd, ANSWER_MAX, -1, &head, &buf, &len,
		    &passed) == -1) {
			if (errno == EPIPE)
				errx(2, "indexd refuses: only root and its "
				    "own user may ask");
			err(2, "indexd");
		}
		payload_init(&in, buf, len);
		if (head.type == PROTO_DONE) {
			if (get_u8(&in, &status) == -1)
				errx(2, "indexd: bad answer");
			free(buf);
			return (status);
		}
		if (head.type == PROTO_MORE && len == 0) {
			free(buf);
			send_input(fd);
			continue;
		}
		if (head.type != PROTO_LINE || get_u32(&in, &n) == -1 ||
		    n != (size_t)(in.end - in.p))
			errx(2, "indexd: bad answer");
		line(arg, (const char *)in.p, n);
		free(buf);
	}
}
