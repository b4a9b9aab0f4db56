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


/*
 * imapdlg: runs dialogues with an IMAP server and says where it differs.
 *
 *	imapdlg [-bv] [-D name=value] [-p password] [-t ms] [-u user]
 *	    address file ...
 *	imapdlg -P
 *
 * The address is "host:port", "/path" of a UNIX socket, or "!command", which
 * is run by sh(1) for each connection and talked to through its standard
 * input and output.  -b writes each byte on its own; -v prints all that is
 * said; -t sets how long a response may take (10000 ms); -D sets a variable;
 * -u and -p set $user and $password ("demo", both).  -P prints the number of
 * a TCP port of 127.0.0.1 that is free.
 *
 * Exits with 0; 1 at the first difference, after the last lines said, the
 * file and line, what came and what was expected; 2 if the dialogue itself
 * is wrong.
 *
 * A dialogue has one statement in each line.  Empty lines and lines that
 * begin with # say nothing.  N is the number of a connection, 0 to 63.
 *
 * N connect	connects; the greeting is left to be read
 * N login	connects, reads the greeting "* OK", logs in
 * N > text	sends text and CRLF; in it $name and ${name} are replaced, $$ is
 *		a dollar, {lit:data} sends data as a literal and waits for "+",
 *		{lit+:data} does not wait (RFC 7888); in data \r, \n, \t, \xNN
 *		are known, and \c is c
 * N >> data	sends data as it is, with the same escapes and variables
 * N < pattern	the next response must match the pattern, as a whole
 * N << pattern	the same, but untagged responses before it are skipped
 * N <? pattern	the next response may match; if not, it stays the next
 * N {		the responses that come next must match the patterns in the
 *   pattern	lines that follow, each one once, in any order, and nothing
 *   }		may come in between
 * N {~		the same, other untagged responses may come in between
 * N ! pattern	from here on, no response may match this; one at a time
 * N !		takes that back
 * N quiet [ms]	nothing may come within that time, or 50 ms
 * N eof	nothing but the end of the connection may come
 * N shutdown	ends our half of the connection
 * N close	closes the connection
 *
 * within ms	the next statement that expects something waits only so long
 * deadline ms	all that follow do
 * set name text
 * unset name	so that the next pattern binds it again
 * assert a == b	also !=, <, <=, >, >=; a and b are numbers, variables, or
 *		sums and differences of these, such as $first+1
 * sh command	must exit with 0; variables are in its environment
 *
 * A response is one line, with the literals in it: "{5}" is followed by
 * the five bytes.  Control characters in it are written as \r, \n, \t and
 * \xNN.  A pattern is plain text, but for
 *
 *	$name		the variable's value; at first sight one or more
 *			characters other than space ( ) [ ] { } ", which
 *			become its value
 *	${name}		the same, in front of letters
 *	${name:regex}	what the regular expression matches, at first sight
 *	{{regex}}	a POSIX extended regular expression
 *	...		anything
 *	[~ a | b | c ~]	a, b and c in any order, with a space between; they
 *			may hold all of the above and such groups
 *	$$		a dollar
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dlg.h"

#define DEADLINE	10000

static void	usage(void) __attribute__((__noreturn__));
static void	free_port(void);
static void	define(const char *);

static void
usage(void)
{
	(void)fprintf(stderr, "usage: imapdlg [-bv] [-D name=value] "
	    "[-p password] [-t ms] [-u user]\n"
	    "           address file ...\n"
	    "       imapdlg -P\n");
	exit(2);
}

static void
free_port(void)
{
	struct sockaddr_in	 sin;
	socklen_t		 len;
	int			 fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	len = sizeof(sin);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(2, "cannot find a free port");
	(void)printf("%u\n", (unsigned int)ntohs(sin.sin_port));
	(void)close(fd);
}

static void
define(const char *arg)
{
	char	*name;
	size_t	 n;

	if ((n = vars_namelen(arg)) == 0 || arg[n] != '=')
		usage();
	if ((name = strndup(arg, n)) == NULL)
		err(2, NULL);
	vars_set(name, arg + n + 1);
	free(name);
}

int
main(int argc, char *argv[])
{
	struct options	 opts;
	int		 ch, ret;

	memset(&opts, 0, sizeof(opts));
	opts.deadline = DEADLINE;
	vars_set("user", "demo");
	vars_set("password", "demo");
	while ((ch = getopt(argc, argv, "bD:Pp:t:u:v")) != -1)
		switch (ch) {
		case 'b':
			opts.split = 1;
			break;
		case 'D':
			define(optarg);
			break;
		case 'P':
			free_port();
			return (0);
		case 'p':
			vars_set("password", optarg);
			break;
		case 't':
			if ((opts.deadline = (int)strtol(optarg, NULL,
			    10)) <= 0)
				usage();
			break;
		case 'u':
			vars_set("user", optarg);
			break;
		case 'v':
			opts.verbose = 1;
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (argc < 2)
		usage();
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(2, "signal");
	opts.addr = *argv++;
	for (ret = 0; *argv != NULL && ret == 0; argv++)
		ret = script_run(*argv, &opts);
	return (ret);
}
