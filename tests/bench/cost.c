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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

/*
 * What 10 changes and 10 expunges cost, in mailboxes of several sizes.
 *
 * In each round one session changes 10 messages and expunges 10 others, all
 * over the mailbox; sessions that had it open before ask with NOOP, new ones
 * with SELECT (QRESYNC), and one with UID FETCH (CHANGEDSINCE VANISHED).
 * Then one does STOREs.  The first SELECT after the changes is a figure of
 * its own: a server that keeps no journal of what others do to a Maildir has
 * to look at the directories again then.
 */

#define OBSERVERS	4	/* sessions that do NOOP */
#define SELECTS		8	/* new sessions */
#define FETCHES		16
#define STORES		20	/* twice on each of the changed messages */
#define PAUSE_MS	200	/* after changes, more than a granule */

/* Figures of a server at a size. */
enum what { CONNECT, SELECT, SELECT_BYTES, FIRST, FETCH, FETCH_BYTES, NOOP,
    NOOP_BYTES, STORE, STORE_BYTES, WHATS };

static const char *const titles[WHATS] = {
	[CONNECT] = "connect to selected",
	[SELECT] = "SELECT (QRESYNC), new session",
	[SELECT_BYTES] = "  its bytes",
	[FIRST] = "  the first after changes",
	[FETCH] = "CHANGEDSINCE VANISHED",
	[FETCH_BYTES] = "  its bytes",
	[NOOP] = "NOOP",
	[NOOP_BYTES] = "  its bytes",
	[STORE] = "STORE",
	[STORE_BYTES] = "  its bytes"
};

/* One round on one mailbox. */
struct round {
	const struct server	*s;
	size_t			 server;
	struct values		(*v)[BENCH_SERVERS];	/* WHATS of them */
	char			 mailbox[32];
	unsigned int		 messages;	/* at first */
	unsigned int		 number;	/* 0 does not count */
	struct changes		 ch;
};

static void	pause_ms(double);
static void	note(struct round *, enum what, double);
static struct client	*enter(const struct server *);
static void	observe(struct round *, struct client **);
static void	change(struct round *);
static double	resync(struct round *, int);
static void	resyncs(struct round *);
static void	noops(struct round *, struct client **);
static void	fetches(struct round *);
static void	stores(struct round *);
static void	play(struct round *);
static void	print_what(const struct bench *,
		    struct values (*)[WHATS][BENCH_SERVERS], enum what);

void
cost_mailbox(char *name, size_t size, unsigned int n)
{
	(void)snprintf(name, size, "cost%u", n);
}

static void
pause_ms(double ms)
{
	struct timespec	 ts;

	ts.tv_sec = (time_t)(ms / 1e3);
	ts.tv_nsec = (long)((ms - (double)ts.tv_sec * 1e3) * 1e6);
	(void)nanosleep(&ts, NULL);
}

static void
note(struct round *r, enum what what, double value)
{
	if (r->number > 0)
		value_add(&r->v[what][r->server], value);
}

/* A session that knows QRESYNC. */
static struct client *
enter(const struct server *s)
{
	struct client	*c;

	c = client_open(s);
	client_login(c);
	client_command(c, "ENABLE QRESYNC");
	c->keep = 1;
	return (c);
}

/* Those who see the mailbox as it is before the changes. */
static void
observe(struct round *r, struct client **observer)
{
	unsigned int	 i;

	for (i = 0; i < OBSERVERS; i++) {
		observer[i] = enter(r->s);
		client_command(observer[i], "SELECT %s", r->mailbox);
	}
	r->ch.uidvalidity = (uint32_t)answer_number(observer[i - 1],
	    "[UIDVALIDITY ");
	r->ch.modseq = answer_number(observer[i - 1], "[HIGHESTMODSEQ ");
	r->ch.exists = observer[i - 1]->exists - CHANGES;
	if (r->ch.modseq == 0 || r->ch.uidvalidity == 0)
		errx(1, "%s: no HIGHESTMODSEQ or UIDVALIDITY", r->s->name);
}

/* In each of 20 parts of the mailbox one message is changed or expunged. */
static void
change(struct round *r)
{
	struct client	*c;
	unsigned int	 i, part;

	part = r->messages / (2 * CHANGES);
	c = enter(r->s);
	client_command(c, "SELECT %s", r->mailbox);
	for (i = 0; i < CHANGES; i++) {
		r->ch.expunged[i] = 2 * i * part + 1 + r->number;
		r->ch.changed[i] = (2 * i + 1) * part + 1 + r->number;
	}
	for (i = 0; i < CHANGES; i++) {
		client_command(c, "UID STORE %u +FLAGS (\\Flagged)",
		    r->ch.changed[i]);
		client_command(c, "UID STORE %u +FLAGS.SILENT (\\Deleted)",
		    r->ch.expunged[i]);
		client_command(c, "UID EXPUNGE %u", r->ch.expunged[i]);
	}
	client_command(c, "LOGOUT");
	client_close(c);
}

/* Resynchronises in a new session, and returns what SELECT took. */
static double
resync(struct round *r, int first)
{
	struct client	*c;
	double		 start, middle, end;

	start = now_ms();
	c = enter(r->s);
	middle = now_ms();
	client_command(c, "SELECT %s (QRESYNC (%u %llu))", r->mailbox,
	    r->ch.uidvalidity, (unsigned long long)r->ch.modseq);
	end = now_ms();
	answer_check(c, &r->ch, ANSWER_SELECT, r->s->name);
	if (first) {
		r->ch.highest = answer_number(c, "[HIGHESTMODSEQ ");
		note(r, FIRST, end - middle);
	} else {
		note(r, CONNECT, end - start);
		note(r, SELECT, end - middle);
		note(r, SELECT_BYTES, c->bytes);
	}
	client_command(c, "LOGOUT");
	client_close(c);
	return (end - middle);
}

static void
resyncs(struct round *r)
{
	double		 ms;
	unsigned int	 i;

	/* Whoever looks at the directories anew has the time for it. */
	ms = resync(r, 1);
	pause_ms(PAUSE_MS + 2 * ms);
	for (i = 0; i < SELECTS; i++)
		(void)resync(r, 0);
}

static void
noops(struct round *r, struct client **observer)
{
	double		 start;
	unsigned int	 i;

	for (i = 0; i < OBSERVERS; i++) {
		start = now_ms();
		client_command(observer[i], "NOOP");
		note(r, NOOP, now_ms() - start);
		note(r, NOOP_BYTES, observer[i]->bytes);
		answer_check(observer[i], &r->ch, ANSWER_NOOP, r->s->name);
		client_command(observer[i], "LOGOUT");
		client_close(observer[i]);
	}
}

static void
fetches(struct round *r)
{
	struct client	*c;
	double		 start;
	unsigned int	 i;

	c = enter(r->s);
	client_command(c, "SELECT %s", r->mailbox);
	for (i = 0; i < FETCHES; i++) {
		start = now_ms();
		client_command(c, "UID FETCH 1:* (FLAGS) (CHANGEDSINCE %llu "
		    "VANISHED)", (unsigned long long)r->ch.modseq);
		note(r, FETCH, now_ms() - start);
		note(r, FETCH_BYTES, c->bytes);
		answer_check(c, &r->ch, ANSWER_FETCH, r->s->name);
	}
	client_command(c, "LOGOUT");
	client_close(c);
}

/* \Answered is set, and removed again. */
static void
stores(struct round *r)
{
	struct client	*c;
	struct fetched	 f;
	double		 start;
	unsigned int	 i, flags;
	uint32_t	 uid;

	c = enter(r->s);
	client_command(c, "SELECT %s", r->mailbox);
	for (i = 0; i < STORES; i++) {
		uid = r->ch.changed[i % CHANGES];
		flags = FLAGS_SEEN | FLAGS_FLAGGED;
		if (i < CHANGES)
			flags |= FLAGS_ANSWERED;
		start = now_ms();
		client_command(c, "UID STORE %u %cFLAGS (\\Answered)", uid,
		    i < CHANGES ? '+' : '-');
		note(r, STORE, now_ms() - start);
		note(r, STORE_BYTES, c->bytes);
		if (c->fetches != 1 || !answer_fetch(c->kept, &f) ||
		    f.uid != uid || f.flags != flags ||
		    f.modseq <= r->ch.modseq)
			errx(1, "%s: STORE: %s", r->s->name, c->kept);
	}
	client_command(c, "LOGOUT");
	client_close(c);
	pause_ms(PAUSE_MS);
}

static void
play(struct round *r)
{
	struct client	*observer[OBSERVERS];

	memset(&r->ch, 0, sizeof(r->ch));
	observe(r, observer);
	change(r);
	resyncs(r);
	noops(r, observer);
	fetches(r);
	stores(r);
}

/* A figure at each size, and how many times as much the largest costs. */
static void
print_what(const struct bench *b,
    struct values (*v)[WHATS][BENCH_SERVERS], enum what what)
{
	double	 m[BENCH_SERVERS], low[BENCH_SERVERS], high[BENCH_SERVERS];
	char	 name[64];
	size_t	 i, j;
	int	 bytes;

	bytes = what == SELECT_BYTES || what == FETCH_BYTES ||
	    what == NOOP_BYTES || what == STORE_BYTES;
	for (j = 0; j < b->nsizes; j++) {
		(void)snprintf(name, sizeof(name), "%s, %uk", titles[what],
		    b->sizes[j] / 1000);
		print_figure(b, name, v[j][what], bytes ? 0 : 3, 0);
		for (i = 0; i < b->n; i++) {
			m[i] = value_median(&v[j][what][i]);
			if (j == 0 || (m[i] >= 0 && m[i] < low[i]))
				low[i] = m[i];
			if (j == 0 || m[i] > high[i])
				high[i] = m[i];
		}
	}
	for (i = 0; i < b->n; i++)
		m[i] = low[i] > 0 ? high[i] / low[i] : -1;
	if (b->nsizes > 1)
		print_row(b, "  most to least", m, 2, 0);
}

void
cost_run(const struct bench *b)
{
	static struct values	 v[BENCH_SIZES][WHATS][BENCH_SERVERS];
	struct round		 r;
	size_t			 i, j, n;
	enum what		 what;

	memset(&r, 0, sizeof(r));
	for (n = 0; n <= b->rounds; n++)
		for (j = 0; j < b->nsizes; j++)
			for (i = 0; i < b->n; i++) {
				if (i > 0 && b->sizes[j] > b->second_max)
					continue;
				r.s = &b->servers[i];
				r.server = i;
				r.v = v[j];
				r.messages = b->sizes[j];
				r.number = (unsigned int)n;
				cost_mailbox(r.mailbox, sizeof(r.mailbox),
				    r.messages);
				play(&r);
			}
	print_head(b, "10 changes, 10 expunges: ms");
	for (what = 0; what < WHATS; what++)
		print_what(b, v, what);
}
