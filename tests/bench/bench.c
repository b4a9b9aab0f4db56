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
 *	bench -m maildir [-s sizes]
 *	bench [-g group] [-n mailboxes] [-r rounds] [-s sizes] [-x most]
 *	    name,port,tlsport,maildir,pidfile[,pidfile ...] ...
 *
 * -m makes the mailboxes that are measured.  Otherwise each figure is taken
 * in each round from each server in turn, with one round before that does
 * not count, and the medians are printed; the ratio says how many times
 * better the first server is.
 *
 * The groups are: figures of all kinds; order, of changes by many sessions;
 * cost, of changes by size of the mailbox (-s, messages with commas between; of
 * those above -x the second server has none); folder, what others have written
 * (-n: so many mailboxes); door, logins with TLS and without, and many sessions
 * that idle; many sessions, and commands on whole mailboxes; messages, which
 * are listed, searched and read (-s, -n); syncs of one command; and, only if
 * it is named and of the first server only, scale: how much it carries.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS		5
#define SIZES		"1000,10000,100000"
#define MAILBOXES	1000
#define SIZE_MIN	1000	/* room for rounds of changes */

static void	usage(void) __attribute__((__noreturn__));
static unsigned int	number(const char *, unsigned int, unsigned int);
static void	parse_sizes(struct bench *, const char *);
static void	parse_server(struct server *, char *);
static void	make_all(const struct bench *, const char *);
static int	compare(const void *, const void *);
static void	print_values(const struct bench *, const char *,
		    const double *, int, int);
static double	ratio_of(const double *, int);
static void	report(const struct figure *, const struct bench *);
static void	run(const struct bench *, const char *);

static void
usage(void)
{
	(void)fprintf(stderr, "usage: bench -m maildir [-s sizes]\n"
	    "       bench [-g figures | order | cost | folder | door | many |"
	    " messages |\n"
	    "           syncs | scale] [-n mailboxes] [-r rounds] [-s sizes]"
	    " [-x most]\n"
	    "           "
	    "name,port,tlsport,maildir,pidfile[,pidfile ...] ...\n");
	exit(1);
}

static unsigned int
number(const char *s, unsigned int low, unsigned int high)
{
	unsigned long	 n;
	char		*end;

	n = strtoul(s, &end, 10);
	if (end == s || *end != '\0' || n < low || n > high)
		usage();
	return ((unsigned int)n);
}

static void
parse_sizes(struct bench *b, const char *arg)
{
	char	*list, *rest, *word;

	if ((rest = list = strdup(arg)) == NULL)
		err(1, NULL);
	b->nsizes = 0;
	while ((word = strsep(&rest, ",")) != NULL) {
		if (b->nsizes == BENCH_SIZES)
			usage();
		b->sizes[b->nsizes++] = number(word, SIZE_MIN, 16000000);
	}
	free(list);
}

static void
parse_server(struct server *s, char *arg)
{
	char	*word;

	memset(s, 0, sizeof(*s));
	if ((s->name = strsep(&arg, ",")) == NULL ||
	    (s->port = strsep(&arg, ",")) == NULL ||
	    (s->tlsport = strsep(&arg, ",")) == NULL ||
	    (s->maildir = strsep(&arg, ",")) == NULL)
		usage();
	while ((word = strsep(&arg, ",")) != NULL) {
		if (s->npids == BENCH_PIDS)
			usage();
		s->pidfiles[s->npids++] = word;
	}
}

static void
make_all(const struct bench *b, const char *maildir)
{
	char	 path[1024], name[32];
	size_t	 i;

	mailbox_make(maildir, 0, 0);
	(void)snprintf(path, sizeof(path), "%s/.k1", maildir);
	mailbox_make(path, 1000, 0);
	(void)snprintf(path, sizeof(path), "%s/.k10", maildir);
	mailbox_make(path, 10000, 0);
	(void)snprintf(path, sizeof(path), "%s/.append", maildir);
	mailbox_make(path, 0, 0);
	many_mailboxes(maildir);
	for (i = 0; i < b->nsizes; i++) {
		if (b->sizes[i] > b->second_max)
			continue;
		cost_mailbox(name, sizeof(name), b->sizes[i]);
		(void)snprintf(path, sizeof(path), "%s/.%s", maildir, name);
		mailbox_make(path, b->sizes[i], 1);
	}
}

void
value_add(struct values *v, double value)
{
	if (v->n < BENCH_VALUES)
		v->v[v->n++] = value;
}

static int
compare(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

double
value_median(struct values *v)
{
	if (v->n == 0)
		return (-1);
	qsort(v->v, v->n, sizeof(*v->v), compare);
	return (v->n % 2 == 1 ? v->v[v->n / 2] :
	    (v->v[v->n / 2 - 1] + v->v[v->n / 2]) / 2);
}

double
value_at(struct values *v, double part)
{
	if (v->n == 0)
		return (-1);
	qsort(v->v, v->n, sizeof(*v->v), compare);
	return (v->v[(size_t)((double)(v->n - 1) * part + 0.5)]);
}

void
print_head(const struct bench *b, const char *title)
{
	size_t	 i;

	(void)printf("\n%-37s", title);
	for (i = 0; i < b->n; i++)
		(void)printf(" %11s", b->servers[i].name);
	(void)printf("%s\n", b->n == BENCH_SERVERS ?
	    "    ratio       spread" : "");
}

static double
ratio_of(const double *values, int more)
{
	return (more ? values[0] / values[1] : values[1] / values[0]);
}

/* A line without its end. */
static void
print_values(const struct bench *b, const char *name, const double *values,
    int digits, int more)
{
	size_t	 i;

	(void)printf("%-37s", name);
	for (i = 0; i < b->n; i++) {
		if (values[i] < 0)
			(void)printf(" %11s", "-");
		else
			(void)printf(" %11.*f", digits, values[i]);
	}
	if (b->n == BENCH_SERVERS && values[0] > 0 && values[1] > 0)
		(void)printf(" %8.2f", ratio_of(values, more));
}

void
print_row(const struct bench *b, const char *name, const double *values,
    int digits, int more)
{
	print_values(b, name, values, digits, more);
	(void)printf("\n");
	(void)fflush(stdout);
}

void
print_figure(const struct bench *b, const char *name, struct values *v,
    int digits, int more)
{
	static struct values	 ratios;
	double			 m[BENCH_SERVERS];
	char			 spread[32] = "";
	size_t			 i;

	ratios.n = 0;
	for (i = 0; b->n == BENCH_SERVERS && i < v[0].n && i < v[1].n; i++) {
		m[0] = v[0].v[i];
		m[1] = v[1].v[i];
		if (m[0] > 0 && m[1] > 0)
			value_add(&ratios, ratio_of(m, more));
	}
	if (ratios.n > 1)
		(void)snprintf(spread, sizeof(spread), "%.2f-%.2f",
		    value_at(&ratios, 0.1), value_at(&ratios, 0.9));
	for (i = 0; i < b->n; i++)
		m[i] = value_median(&v[i]);
	print_values(b, name, m, digits, more);
	(void)printf("%s%12s\n", *spread != '\0' ? " " : "", spread);
	(void)fflush(stdout);
}

static void
report(const struct figure *f, const struct bench *b)
{
	static struct values	 values[BENCH_SERVERS];
	double			 value;
	size_t			 i, r;

	memset(values, 0, sizeof(values));
	for (r = 0; r <= b->rounds; r++)
		for (i = 0; i < b->n; i++) {
			value = f->measure(&b->servers[i], f);
			if (r > 0)
				value_add(&values[i], value);
		}
	print_figure(b, f->name, values, 3, 0);
}

/* One group, or all. */
static void
run(const struct bench *b, const char *group)
{
	const struct figure	*f;

	if (group == NULL || strcmp(group, "figures") == 0) {
		print_head(b, "ms, less is better");
		for (f = figures; f->name != NULL; f++)
			report(f, b);
	}
	/* Before cost_run(), which expunges. */
	if (group == NULL || strcmp(group, "order") == 0)
		order_run(b);
	if (group == NULL || strcmp(group, "cost") == 0)
		cost_run(b);
	if (group == NULL || strcmp(group, "folder") == 0)
		folder_run(b);
	if (group == NULL || strcmp(group, "door") == 0)
		door_run(b);
	if (group == NULL || strcmp(group, "many") == 0)
		many_run(b);
	if (group == NULL || strcmp(group, "messages") == 0)
		messages_run(b);
	if (group == NULL || strcmp(group, "syncs") == 0)
		syncs_run(b);
	/* Only if it is asked for. */
	if (group != NULL && strcmp(group, "scale") == 0)
		scale_run(b);
}

int
main(int argc, char *argv[])
{
	static struct bench	 b;
	const char		*group = NULL, *maildir = NULL;
	int			 ch;

	b.rounds = ROUNDS;
	b.second_max = UINT32_MAX;
	b.mailboxes = MAILBOXES;
	parse_sizes(&b, SIZES);
	while ((ch = getopt(argc, argv, "g:m:n:r:s:x:")) != -1)
		switch (ch) {
		case 'g':
			group = optarg;
			break;
		case 'm':
			maildir = optarg;
			break;
		case 'n':
			b.mailboxes = number(optarg, 1, 1000000);
			break;
		case 'r':
			b.rounds = number(optarg, 1, BENCH_ROUNDS);
			break;
		case 's':
			parse_sizes(&b, optarg);
			break;
		case 'x':
			b.second_max = number(optarg, 0, UINT32_MAX);
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (maildir != NULL) {
		make_all(&b, maildir);
		return (0);
	}
	if (argc < 1 || argc > BENCH_SERVERS)
		usage();
	for (; b.n < (size_t)argc; b.n++)
		parse_server(&b.servers[b.n], argv[b.n]);
	run(&b, group);
	return (0);
}
