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
#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "indexd/ctl.h"
#include "indexd/top.h"

#define DELAY_MAX	3600		/* seconds */
#define ROUNDS_MAX	1000000

/* ECMA-48: what every terminal since the VT100 does. */
#define HOME		"\033[H"
#define CLEAR		"\033[2J"
#define CLEAR_LINE	"\033[K\n"
#define CLEAR_REST	"\033[J"
#define CURSOR_OFF	"\033[?25l"
#define CURSOR_ON	"\033[?25h"

struct screen {
	const char		*path;
	int			 batch;
	int			 delay;		/* ms */
	long			 rounds;	/* 0: until q */
	enum top_order		 order;
	struct top_sample	 sample[2];
	int			 which;		/* is the newest */
	int			 taken;		/* samples so far, up to 2 */
};

static void	usage(void) __attribute__((__noreturn__));
static int	order_of(const char *, enum top_order *);
static void	options(struct screen *, int, char *[]);
static void	on_signal(int);
static void	terminal_begin(void);
static void	terminal_end(void);
static void	take(struct screen *);
static void	line(void *, const char *, size_t);
static void	show(struct screen *);
static int	key(struct screen *);
static int	pause_for(struct screen *);

static struct termios		 saved;
static volatile sig_atomic_t	 interrupted;	/* by what ends us */
static volatile sig_atomic_t	 resized;

static void
usage(void)
{
	(void)fprintf(stderr, "usage: indexctl [-s socket] top [-b] "
	    "[-d seconds] [-n rounds]\n"
	    "\t[-o rate | idle | user | address | mailbox]\n");
	exit(2);
}

static int
order_of(const char *name, enum top_order *order)
{
	static const char *const names[] = {
		"rate", "idle", "user", "address", "mailbox"
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0) {
			*order = (enum top_order)i;
			return (0);
		}
	return (-1);
}

static void
options(struct screen *s, int argc, char *argv[])
{
	const char *errstr = NULL;
	int c;

	optind = 1;
	while ((c = getopt(argc, argv, "+bd:n:o:")) != -1) {
		switch (c) {
		case 'b':
			s->batch = 1;
			break;
		case 'd':
			s->delay = (int)strtonum(optarg, 1, DELAY_MAX,
			    &errstr) * 1000;
			break;
		case 'n':
			s->rounds = (long)strtonum(optarg, 1, ROUNDS_MAX,
			    &errstr);
			break;
		case 'o':
			if (order_of(optarg, &s->order) == -1)
				usage();
			break;
		default:
			usage();
		}
		if (errstr != NULL)
			errx(2, "-%c %s: %s", c, optarg, errstr);
	}
	if (optind != argc)
		usage();
	if (s->batch && s->rounds == 0)
		s->rounds = 1;
}

static void
on_signal(int sig)
{
	if (sig == SIGWINCH || sig == SIGCONT)
		resized = 1;
	else
		interrupted = 1;
}

/* Keys come one by one and are not shown. */
static void
terminal_begin(void)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT
	};
	struct sigaction sa;
	struct termios raw;
	size_t i;

	if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &saved) == -1)
		errx(2, "top: this is no terminal: -b");
	memset(&sa, 0, sizeof(sa));
	(void)sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], &sa, NULL) == -1)
			err(2, "sigaction");
	raw = saved;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* Whatever ends the program, the terminal is as it was. */
	if (atexit(terminal_end) != 0 ||
	    tcsetattr(STDIN_FILENO, TCSANOW, &raw) == -1)
		err(2, "terminal");
	(void)fputs(CURSOR_OFF CLEAR, stdout);
}

static void
terminal_end(void)
{
	(void)fputs(CURSOR_ON, stdout);
	(void)fflush(stdout);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

static void
line(void *arg, const char *text, size_t len)
{
	top_line(arg, text, len);
}

static void
take(struct screen *s)
{
	static const char *const args[] = { "sample", "256", "256" };
	struct top_sample *t;
	int fd;

	s->which = !s->which;
	t = &s->sample[s->which];
	top_free(t);
	fd = ctl_ask(s->path, 0, 3, args);
	if (ctl_answer(fd, line, t) != 0)
		errx(2, "indexd: bad answer");
	(void)close(fd);
	if (s->taken < 2)
		s->taken++;
	top_compare(t, s->taken == 2 ? &s->sample[!s->which] : NULL, s->order);
}

static void
show(struct screen *s)
{
	const struct top_sample *before;
	struct winsize ws;

	before = s->taken == 2 ? &s->sample[!s->which] : NULL;
	if (s->batch) {
		top_draw(stdout, &s->sample[s->which], before, 0, 0, "\n");
		(void)puts("");
	} else {
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == -1 ||
		    ws.ws_row == 0 || ws.ws_col == 0) {
			ws.ws_row = 24;
			ws.ws_col = 80;
		}
		/* The last row stays free, or the screen would scroll. */
		(void)fputs(HOME, stdout);
		top_draw(stdout, &s->sample[s->which], before,
		    ws.ws_row - 1U, ws.ws_col, CLEAR_LINE);
		(void)fputs(CLEAR_REST, stdout);
	}
	if (fflush(stdout) == EOF)
		err(2, "stdout");
}

/* A key was pressed: 1 if that is the end, 0 if there is something to show,
 * -1 if not. */
static int
key(struct screen *s)
{
	static const char *const orders = "riuam";
	const char *p;
	char c;

	switch (read(STDIN_FILENO, &c, 1)) {
	case 1:
		break;
	case 0:
		return (1);
	default:
		return (errno == EINTR ? -1 : 1);
	}
	if (c == 'q' || c == 'Q')
		return (1);
	if (c == ' ') {
		take(s);
		return (0);
	}
	if (c == '\0' || (p = strchr(orders, c)) == NULL)
		return (-1);
	s->order = (enum top_order)(p - orders);
	top_compare(&s->sample[s->which],
	    s->taken == 2 ? &s->sample[!s->which] : NULL, s->order);
	return (0);
}

/* Until the next round; not 0 at the end. */
static int
pause_for(struct screen *s)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	int r;

	if (s->batch)
		pfd.fd = -1;
	for (;;) {
		if (interrupted)
			return (1);
		if (resized) {
			resized = 0;
			if (!s->batch)
				(void)fputs(CLEAR, stdout);
			show(s);
		}
		if ((r = poll(&pfd, 1, s->delay)) == 0)
			return (0);
		if (r == -1 && errno != EINTR)
			err(2, "poll");
		if (r != 1)
			continue;
		if ((r = key(s)) == 1)
			return (1);
		if (r == 0)
			show(s);
	}
}

int
top(const char *path, int argc, char *argv[])
{
	static struct screen s;
	long i;

	s.path = path;
	s.delay = TOP_DELAY * 1000;
	options(&s, argc, argv);
	if (!s.batch)
		terminal_begin();
	take(&s);
	/* A batch begins with what happened in the first interval. */
	if (!s.batch)
		show(&s);
	for (i = 0; (s.rounds == 0 || i < s.rounds) && !pause_for(&s); i++) {
		take(&s);
		show(&s);
	}
	top_free(&s.sample[0]);
	top_free(&s.sample[1]);
	return (0);
}
