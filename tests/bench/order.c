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


#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/*
 * Many sessions change one mailbox, each messages of its own, one STORE
 * after the other: how many the server orders in a second, and whether it
 * serves them alike.
 */

#define MAILBOX		"k10"
#define MESSAGES	10000
#define SESSIONS	64
#define WINDOW_MS	1000.0
#define ROUNDS_MOST	3	/* a server may need much more than that */

/* A session that does STOREs. */
struct worker {
	struct client	*c;
	unsigned int	 first;		/* of its messages */
	unsigned int	 span;
	unsigned int	 done;
};

static void	work(struct worker *);
static void	check(const struct worker *, const char *);
static void	run(const struct server *, unsigned int, double *, double *);
static double	turn(const struct server *, struct worker *, unsigned int);

/* A flag is set in one pass over the messages and removed in the next. */
static void
work(struct worker *w)
{
	client_send(w->c, "UID STORE %u %cFLAGS (\\Flagged)",
	    w->first + w->done % w->span,
	    w->done / w->span % 2 == 0 ? '+' : '-');
}

/* Among the answers is one about this message, as it should be now. */
static void
check(const struct worker *w, const char *server)
{
	struct fetched	 f;
	const char	*line, *end;
	unsigned int	 uid, flags;

	uid = w->first + w->done % w->span;
	flags = FLAGS_SEEN;
	if (w->done / w->span % 2 == 0)
		flags |= FLAGS_FLAGGED;
	for (line = w->c->kept; (end = strchr(line, '\n')) != NULL;
	    line = end + 1)
		if (answer_fetch(line, &f) && f.uid == uid &&
		    f.flags == flags && f.modseq > 0)
			return;
	errx(1, "%s: no answer about UID %u: %s", server, uid, w->c->kept);
}

/* Lets them all work for a while, and returns how long that was, in ms. */
static double
turn(const struct server *s, struct worker *w, unsigned int n)
{
	struct pollfd	 fds[SESSIONS];
	double		 start, now;
	unsigned int	 i, busy;

	for (i = 0; i < n; i++) {
		fds[i].fd = w[i].c->fd;
		fds[i].events = POLLIN;
	}
	start = now_ms();
	for (i = 0; i < n; i++)
		work(&w[i]);
	busy = n;
	for (now = start; busy > 0; now = now_ms()) {
		if (poll(fds, n, -1) == -1)
			err(1, "poll");
		for (i = 0; i < n; i++) {
			if (fds[i].revents == 0 || !client_done(w[i].c))
				continue;
			check(&w[i], s->name);
			w[i].done++;
			if (now - start < WINDOW_MS)
				work(&w[i]);
			else {
				fds[i].fd = -1;
				fds[i].revents = 0;
				busy--;
			}
		}
	}
	return (now - start);
}

/* STOREs in a second, and those of the slowest in percent of the mean. */
static void
run(const struct server *s, unsigned int n, double *rate, double *share)
{
	struct worker	 w[SESSIONS];
	unsigned int	 i, sum, least;
	double		 ms;

	memset(w, 0, sizeof(w));
	for (i = 0; i < n; i++) {
		w[i].span = MESSAGES / n;
		w[i].first = i * w[i].span + 1;
		w[i].c = client_open(s);
		client_login(w[i].c);
		client_command(w[i].c, "SELECT " MAILBOX " (CONDSTORE)");
		if (w[i].c->exists != MESSAGES)
			errx(1, "%s: not %d messages", s->name, MESSAGES);
		w[i].c->keep = 1;
	}
	ms = turn(s, w, n);
	sum = 0;
	least = w[0].done;
	for (i = 0; i < n; i++) {
		sum += w[i].done;
		if (w[i].done < least)
			least = w[i].done;
	}
	*rate = sum * 1e3 / ms;
	*share = least * 100.0 * n / sum;
	client_command(w[0].c, "UID STORE 1:* -FLAGS.SILENT (\\Flagged)");
	for (i = 0; i < n; i++)
		client_close(w[i].c);
}

void
order_run(const struct bench *b)
{
	static const unsigned int	 sessions[] = { 1, 4, 16, 64 };
	static struct values		 rates[BENCH_SERVERS];
	static struct values		 shares[BENCH_SERVERS];
	double		 rate, share, m[BENCH_SERVERS], low[BENCH_SERVERS];
	char		 name[64];
	size_t		 i, j, n;

	print_head(b, "10k messages: more is better");
	for (j = 0; j < sizeof(sessions) / sizeof(sessions[0]); j++) {
		memset(rates, 0, sizeof(rates));
		memset(shares, 0, sizeof(shares));
		for (n = 0; n < b->rounds && n < ROUNDS_MOST; n++)
			for (i = 0; i < b->n; i++) {
				run(&b->servers[i], sessions[j], &rate,
				    &share);
				value_add(&rates[i], rate);
				value_add(&shares[i], share);
			}
		for (i = 0; i < b->n; i++) {
			m[i] = value_median(&rates[i]);
			low[i] = value_median(&shares[i]);
		}
		(void)snprintf(name, sizeof(name), "STORE/s, %u session%s",
		    sessions[j], sessions[j] == 1 ? "" : "s");
		print_row(b, name, m, 0, 1);
		print_row(b, "  slowest, % of the mean", low, 0, 1);
	}
}
