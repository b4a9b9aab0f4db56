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

#define MESSAGES	10000		/* where sessions are many */
#define SESSIONS	64
#define SESSIONS_SIZED	8		/* at each size of mailbox */
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
static void	run(const struct server *, unsigned int, unsigned int,
		    double *, double *);
static void	rounds(const struct bench *, const char *, unsigned int,
		    unsigned int);
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
run(const struct server *s, unsigned int messages, unsigned int n,
    double *rate, double *share)
{
	struct worker	 w[SESSIONS];
	char		 mailbox[32];
	unsigned int	 i, sum, least;
	double		 ms;

	if (messages == MESSAGES)
		(void)snprintf(mailbox, sizeof(mailbox), "k10");
	else
		cost_mailbox(mailbox, sizeof(mailbox), messages);
	memset(w, 0, sizeof(w));
	for (i = 0; i < n; i++) {
		w[i].span = messages / n;
		w[i].first = i * w[i].span + 1;
		w[i].c = client_open(s);
		client_login(w[i].c);
		client_command(w[i].c, "SELECT %s (CONDSTORE)", mailbox);
		if (w[i].c->exists != messages)
			errx(1, "%s: not %u messages", s->name, messages);
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

static void
rounds(const struct bench *b, const char *name, unsigned int messages,
    unsigned int sessions)
{
	static struct values	 rates[BENCH_SERVERS], shares[BENCH_SERVERS];
	double			 rate, share;
	size_t			 i, n;

	memset(rates, 0, sizeof(rates));
	memset(shares, 0, sizeof(shares));
	for (n = 0; n < b->rounds && n < ROUNDS_MOST; n++)
		for (i = 0; i < b->n; i++) {
			if (i > 0 && messages > b->second_max)
				continue;
			run(&b->servers[i], messages, sessions, &rate,
			    &share);
			value_add(&rates[i], rate);
			value_add(&shares[i], share);
		}
	print_figure(b, name, rates, 0, 1);
	print_figure(b, "  slowest, % of the mean", shares, 0, 1);
}

void
order_run(const struct bench *b)
{
	static const unsigned int	 sessions[] = { 1, 4, 16, 64 };
	char				 name[64];
	size_t				 i;

	print_head(b, "STORE/s, 8 sessions: more is better");
	for (i = 0; i < b->nsizes; i++) {
		(void)snprintf(name, sizeof(name), "one mailbox, %uk",
		    b->sizes[i] / 1000);
		rounds(b, name, b->sizes[i], SESSIONS_SIZED);
	}
	print_head(b, "STORE/s, 10k: more is better");
	for (i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
		(void)snprintf(name, sizeof(name), "%u session%s",
		    sessions[i], sessions[i] == 1 ? "" : "s");
		rounds(b, name, MESSAGES, sessions[i]);
	}
}
