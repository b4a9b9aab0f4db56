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

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "imapd/auth.h"
#include "imapd/password.h"
#include "imapd/scram.h"

static int	from_terminal(char *, size_t);
static int	ask(int, const char *, char *, size_t);
static int	from_input(int, char *, size_t);
static int	print(const char *);

int
password_run(void)
{
	char pass[LOGIN_PASS_MAX + 1], prepared[LOGIN_PASS_MAX];
	int rv;

	rv = isatty(STDIN_FILENO) ? from_terminal(pass, sizeof(pass)) :
	    from_input(STDIN_FILENO, pass, sizeof(pass));
	if (rv == 0 && (strlen(pass) >= LOGIN_PASS_MAX ||
	    auth_prepare(pass, prepared, sizeof(prepared)) == -1)) {
		fprintf(stderr, "imapd: a password has 1 to %d bytes of UTF-8, "
		    "and no control character\n", LOGIN_PASS_MAX - 1);
		rv = -1;
	}
	if (rv == 0)
		rv = print(prepared);
	explicit_bzero(pass, sizeof(pass));
	explicit_bzero(prepared, sizeof(prepared));
	return (rv == -1);
}

/* Without echo, nor signals, which would leave the terminal like that. */
static int
from_terminal(char *pass, size_t size)
{
	struct termios old, quiet;
	char again[LOGIN_PASS_MAX + 1];
	int fd, rv = -1;

	if ((fd = open("/dev/tty", O_RDWR | O_CLOEXEC)) == -1 ||
	    tcgetattr(fd, &old) == -1) {
		fprintf(stderr, "imapd: /dev/tty: %s\n", strerror(errno));
		goto out;
	}
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	if (tcsetattr(fd, TCSAFLUSH, &quiet) == -1) {
		fprintf(stderr, "imapd: /dev/tty: %s\n", strerror(errno));
		goto out;
	}
	if (ask(fd, "Password: ", pass, size) == 0 &&
	    ask(fd, "Again: ", again, sizeof(again)) == 0)
		rv = 0;
	if (tcsetattr(fd, TCSANOW, &old) == -1)
		fprintf(stderr, "imapd: /dev/tty: %s\n", strerror(errno));
	if (rv == 0 && strcmp(pass, again) != 0) {
		fprintf(stderr, "imapd: these are not the same\n");
		rv = -1;
	}
	explicit_bzero(again, sizeof(again));
out:
	if (fd != -1)
		close(fd);
	return (rv);
}

static int
ask(int fd, const char *prompt, char *buf, size_t size)
{
	int rv;

	if (write(fd, prompt, strlen(prompt)) == -1) {
		fprintf(stderr, "imapd: /dev/tty: %s\n", strerror(errno));
		return (-1);
	}
	rv = from_input(fd, buf, size);
	if (write(fd, "\n", 1) == -1)
		rv = -1;
	return (rv);
}

/* A buffer of stdio would keep it. */
static int
from_input(int fd, char *pass, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len + 1 < size) {
		if ((n = read(fd, pass + len, 1)) == -1) {
			if (errno == EINTR)
				continue;
			fprintf(stderr, "imapd: %s\n", strerror(errno));
			return (-1);
		}
		if (n == 0 || pass[len] == '\n')
			break;
		/* A NUL would hide what follows. */
		if (pass[len] == '\0')
			pass[len] = '\001';
		len++;
	}
	pass[len] = '\0';
	return (0);
}

static int
print(const char *pass)
{
	char text[SCRAM_STORED_MAX];
	struct scram_secret s;
	int rv = -1;

	memset(&s, 0, sizeof(s));
	s.iterations = SCRAM_ITERATIONS;
	s.saltlen = SCRAM_SALT;
	arc4random_buf(s.salt, s.saltlen);
	if (scram_secret_derive(&s, pass) == -1 ||
	    scram_secret_print(&s, text, sizeof(text)) == -1)
		fprintf(stderr, "imapd: libcrypto cannot derive keys\n");
	else if (printf("{SCRAM-SHA-256}%s\n", text) < 0 ||
	    fflush(stdout) == EOF)
		fprintf(stderr, "imapd: %s\n", strerror(errno));
	else
		rv = 0;
	explicit_bzero(&s, sizeof(s));
	explicit_bzero(text, sizeof(text));
	return (rv);
}
