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
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/proto.h"
#include "indexd/conf.h"

#define ARGS		8		/* of a command, its name included */
#define ANSWER_MAX	(1U << 20)	/* octets of a frame from indexd */

static void	usage(void) __attribute__((__noreturn__));
static int	dial(const char *);
static void	hello(int);
static void	ask(int, int, int, const char *const []);
static void	send_input(int);
static int	print_answer(int);
static const char *owner(const char *, const char *);
static int	compose(int, char *[], const char *[]);

static void
usage(void)
{
	(void)fprintf(stderr, "usage: indexctl [-j] [-s socket] "
	    "show [mailbox] | stats | check [-n] [mailbox] |\n"
	    "\texport [-u user] root [folder] |\n"
	    "\timport [-f] [-u user] root | reset [-u user] root folder |\n"
	    "\ttakeover root [folder]\n");
	exit(2);
}

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

static void
ask(int fd, int json, int argc, const char *const argv[])
{
	struct frame f;
	int i;

	frame_init(&f, PROTO_CONTROL, 2);
	frame_put_u8(&f, (uint8_t)json);
	frame_put_str(&f, argv[0]);
	frame_put_u32(&f, (uint32_t)(argc - 1));
	for (i = 1; i < argc; i++)
		frame_put_str(&f, argv[i]);
	if (frame_send(fd, &f, -1) == -1)
		err(2, "indexd");
	frame_free(&f);
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

/* Lines up to DONE; returns the status that it says. */
static int
print_answer(int fd)
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
		if (fwrite(in.p, 1, n, stdout) != n || putchar('\n') == EOF)
			err(2, "stdout");
		free(buf);
	}
}

/* The number of a user, or of the owner of the mail root. */
static const char *
owner(const char *user, const char *root)
{
	static char number[24];
	const struct passwd *pw;
	const char *errstr;
	struct stat st;
	long long uid;

	if (user == NULL) {
		if (stat(root, &st) == -1)
			err(1, "%s: whose is it? (-u)", root);
		uid = (long long)st.st_uid;
	} else if ((pw = getpwnam(user)) != NULL)
		uid = (long long)pw->pw_uid;
	else {
		uid = strtonum(user, 0, UINT32_MAX - 1, &errstr);
		if (errstr != NULL)
			errx(1, "%s: no such user", user);
	}
	(void)snprintf(number, sizeof(number), "%lld", uid);
	return (number);
}

/*
 * The arguments of a command as indexd wants them: those that concern a mail
 * root are the root, the user's number, and what else.  How many there are.
 */
static int
compose(int argc, char *argv[], const char *out[])
{
	const char *name = argv[0], *user = NULL, *more = NULL;
	int c, i;

	out[0] = name;
	if (strcmp(name, "export") != 0 && strcmp(name, "import") != 0 &&
	    strcmp(name, "reset") != 0) {
		for (i = 1; i < argc && i < ARGS; i++)
			out[i] = argv[i];
		return (i);
	}
	optind = 1;
	while ((c = getopt(argc, argv, strcmp(name, "import") == 0 ? "+fu:" :
	    "+u:")) != -1) {
		if (c == 'f')
			more = "force";
		else if (c == 'u')
			user = optarg;
		else
			usage();
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > (strcmp(name, "import") == 0 ? 1 : 2) ||
	    (argc == 1 && strcmp(name, "reset") == 0))
		usage();
	out[1] = argv[0];
	out[2] = owner(user, argv[0]);
	out[3] = argc == 2 ? argv[1] : more;
	return (out[3] == NULL ? 3 : 4);
}

int
main(int argc, char *argv[])
{
	const char *path = INDEXD_SOCKET, *args[ARGS];
	int c, fd, json = 0, status;

	while ((c = getopt(argc, argv, "+js:")) != -1) {
		switch (c) {
		case 'j':
			json = 1;
			break;
		case 's':
			path = optarg;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 1)
		usage();
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(2, "signal");
	argc = compose(argc, argv, args);
	fd = dial(path);
	hello(fd);
	ask(fd, json, argc, args);
	status = print_answer(fd);
	if (fflush(stdout) == EOF)
		err(2, "stdout");
	close(fd);
	return (status);
}
