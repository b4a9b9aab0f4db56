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
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexd/conf.h"
#include "indexd/ctl.h"
#include "indexd/top.h"

#define ARGS		8		/* of a command, its name included */

static void	usage(void) __attribute__((__noreturn__));
static void	print(void *, const char *, size_t);
static const char *owner(const char *, const char *);
static int	compose(int, char *[], const char *[]);

static void
usage(void)
{
	(void)fprintf(stderr, "usage: indexctl [-j] [-s socket] "
	    "show [mailbox] | sessions [user] |\n"
	    "\trevoke user | stats [-p] | check [-n] [mailbox] |\n"
	    "\ttop [-b] [-d seconds] [-n rounds] [-o key] |\n"
	    "\texport [-u user] root [folder] |\n"
	    "\timport [-f] [-u user] root | reset [-u user] root folder |\n"
	    "\ttakeover root [folder]\n");
	exit(2);
}

static void
print(void *arg, const char *line, size_t len)
{
	(void)arg;
	if (fwrite(line, 1, len, stdout) != len || putchar('\n') == EOF)
		err(2, "stdout");
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
	if (strcmp(argv[0], "top") == 0)
		return (top(path, argc, argv));
	argc = compose(argc, argv, args);
	fd = ctl_ask(path, json, argc, args);
	status = ctl_answer(fd, print, NULL);
	if (fflush(stdout) == EOF)
		err(2, "stdout");
	close(fd);
	return (status);
}
