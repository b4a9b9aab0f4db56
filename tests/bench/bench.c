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
 * bench: compares IMAP servers.
 *
 *	bench -m maildir
 *	bench [-r rounds] name,port,pid[,pid ...] ...
 *
 * -m makes the mailboxes that are measured.  Otherwise each figure is taken
 * once per round from each server in turn, with one round before that does
 * not count, and the medians are printed; the ratio says how many times as
 * much the second server needs.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS		5
#define ROUNDS_MAX	101
#define SERVERS		2

static void	usage(void) __attribute__((__noreturn__));
static void	make_all(const char *);
static void	parse_server(struct server *, char *);
static int	compare(const void *, const void *);
static double	median(double *, size_t);
static void	report(const struct figure *, const struct server *, size_t,
		    size_t);

static void
usage(void)
{
	(void)fprintf(stderr, "usage: bench -m maildir\n"
	    "       bench [-r rounds] name,port,pid[,pid ...] ...\n");
	exit(1);
}

static void
make_all(const char *maildir)
{
	char	 path[1024];

	mailbox_make(maildir, 0);
	(void)snprintf(path, sizeof(path), "%s/.k1", maildir);
	mailbox_make(path, 1000);
	(void)snprintf(path, sizeof(path), "%s/.k10", maildir);
	mailbox_make(path, 10000);
	(void)snprintf(path, sizeof(path), "%s/.append", maildir);
	mailbox_make(path, 0);
}

static void
parse_server(struct server *s, char *arg)
{
	char	*word;

	memset(s, 0, sizeof(*s));
	if ((s->name = strsep(&arg, ",")) == NULL ||
	    (s->port = strsep(&arg, ",")) == NULL)
		usage();
	while ((word = strsep(&arg, ",")) != NULL) {
		if (s->npids == BENCH_PIDS)
			usage();
		s->pids[s->npids++] = (pid_t)strtol(word, NULL, 10);
	}
}

static int
compare(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return (n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2);
}

static void
report(const struct figure *f, const struct server *servers, size_t n,
    size_t rounds)
{
	double	 values[SERVERS][ROUNDS_MAX], m[SERVERS];
	size_t	 i, r;

	for (r = 0; r <= rounds; r++)
		for (i = 0; i < n; i++)
			values[i][r == 0 ? 0 : r - 1] =
			    f->measure(&servers[i], f);
	(void)printf("%-28s", f->name);
	for (i = 0; i < n; i++) {
		m[i] = median(values[i], rounds);
		if (m[i] < 0)
			(void)printf(" %12s", "-");
		else
			(void)printf(" %12.3f", m[i]);
	}
	if (n == SERVERS && m[0] > 0 && m[1] >= 0)
		(void)printf(" %8.2f", m[1] / m[0]);
	(void)printf("\n");
	(void)fflush(stdout);
}

int
main(int argc, char *argv[])
{
	const struct figure	*f;
	struct server		 servers[SERVERS];
	size_t			 n, rounds;
	int			 ch;

	rounds = ROUNDS;
	while ((ch = getopt(argc, argv, "m:r:")) != -1)
		switch (ch) {
		case 'm':
			make_all(optarg);
			return (0);
		case 'r':
			rounds = strtoul(optarg, NULL, 10);
			if (rounds < 1 || rounds > ROUNDS_MAX)
				usage();
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > SERVERS)
		usage();
	(void)printf("%-28s", "ms, less is better");
	for (n = 0; n < (size_t)argc; n++) {
		parse_server(&servers[n], argv[n]);
		(void)printf(" %12s", servers[n].name);
	}
	(void)printf("%s\n", n == SERVERS ? "    ratio" : "");
	for (f = figures; f->name != NULL; f++)
		report(f, servers, n, rounds);
	return (0);
}
