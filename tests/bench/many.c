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


#include <sys/wait.h>

#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/*
 * Many sessions at once, and commands on a whole mailbox: changes of
 * mailboxes of their own, a queue that is emptied by its consumers, how soon
 * those that wait hear of a change, APPEND.
 */

#define WRITERS		8
#define OWN_MESSAGES	1000
#define WINDOW_MS	1000.0
#define CONSUMERS	8
#define QUEUE		"queue"
#define QUEUED		5000
#define WAITING		100
#define CHANGES_TOLD	20
#define APPENDERS	16
#define APPENDED	100		/* by each */
#define ROUNDS_MOST	3

/* The figures, in the order they are printed. */
enum what { OWN, CLAIMS, TWICE, HEARD, APPEND1, APPEND16, WHATS };

static const struct {
	const char	*name;
	int		 digits;
	int		 more;
} titles[WHATS] = {
	[OWN] = { "STORE/s, 8 sessions, own mailboxes", 0, 1 },
	[CLAIMS] = { "claims/s, 8 consumers of 5,000", 0, 1 },
	[TWICE] = { "  claimed twice", 0, 0 },
	[HEARD] = { "100 in IDLE hear, 99th, ms", 2, 0 },
	[APPEND1] = { "APPEND/s, 1 session", 0, 1 },
	[APPEND16] = { "APPEND/s, 16 sessions", 0, 1 }
};

/* A consumer of the queue; \Flagged claims a message. */
struct consumer {
	struct client	*c;
	unsigned char	 taken[QUEUED + 1];	/* by whom it has heard */
	unsigned int	 at;			/* in its order */
	unsigned int	 uid;			/* being claimed; 0: done */
	unsigned int	 step;
};

static double	 append_rate(const struct server *, unsigned int);
static double	 claim_all(const struct server *, double *);
static int	 claim_next(struct consumer *, uint64_t);
static void	 claim_heard(struct consumer *);
static int	 claim_won(const struct consumer *);
static double	 flags_ms(const struct server *, unsigned int);
static double	 hear_ms(const struct server *);
static double	 own_rate(const struct server *);
static double	 store_all_ms(const struct server *, unsigned int);
static struct client *enter(const struct server *, const char *);
static uint64_t	 highest(const struct client *);
static void	 whole(const struct bench *);

static struct client *
enter(const struct server *s, const char *mailbox)
{
	struct client	*c;

	c = client_open(s);
	client_login(c);
	c->keep = 1;
	client_command(c, "SELECT %s (CONDSTORE)", mailbox);
	return (c);
}

static uint64_t
highest(const struct client *c)
{
	const char	*p;

	if (c->kept == NULL ||
	    (p = strstr(c->kept, "[HIGHESTMODSEQ ")) == NULL)
		errx(1, "SELECT without HIGHESTMODSEQ");
	return (strtoull(p + 15, NULL, 10));
}

/* STOREs in a second, each session in a mailbox of its own. */
static double
own_rate(const struct server *s)
{
	struct pollfd	 fds[WRITERS];
	struct client	*c[WRITERS];
	unsigned int	 i, n[WRITERS] = { 0 }, busy, sum = 0;
	char		 name[32];
	double		 start, now;

	for (i = 0; i < WRITERS; i++) {
		(void)snprintf(name, sizeof(name), "own%u", i);
		c[i] = enter(s, name);
		if (c[i]->exists != OWN_MESSAGES)
			errx(1, "%s: not %d messages", s->name, OWN_MESSAGES);
		fds[i].fd = c[i]->fd;
		fds[i].events = POLLIN;
	}
	start = now_ms();
	for (i = 0; i < WRITERS; i++)
		client_send(c[i], "STORE 1 +FLAGS (\\Flagged)");
	busy = WRITERS;
	for (now = start; busy > 0; now = now_ms()) {
		if (poll(fds, WRITERS, -1) == -1)
			err(1, "poll");
		for (i = 0; i < WRITERS; i++) {
			if (fds[i].revents == 0 || !client_done(c[i]))
				continue;
			if (c[i]->fetches != 1)
				errx(1, "%s: STORE without an answer",
				    s->name);
			n[i]++;
			if (now - start < WINDOW_MS) {
				client_send(c[i], "STORE %u %cFLAGS "
				    "(\\Flagged)", n[i] % OWN_MESSAGES + 1,
				    n[i] / OWN_MESSAGES % 2 == 0 ? '+' : '-');
				continue;
			}
			fds[i].fd = -1;
			fds[i].revents = 0;
			busy--;
		}
	}
	for (i = 0; i < WRITERS; i++) {
		sum += n[i];
		client_command(c[i], "STORE 1:* -FLAGS.SILENT (\\Flagged)");
		client_close(c[i]);
	}
	return (sum * 1e3 / (now - start));
}

/* Tries for the next message that nobody is known to have; 0 at the end. */
static int
claim_next(struct consumer *w, uint64_t since)
{
	for (; w->at < QUEUED; w->at++) {
		w->uid = (unsigned int)((uint64_t)w->at * w->step % QUEUED) +
		    1;
		if (w->taken[w->uid])
			continue;
		client_send(w->c, "UID STORE %u (UNCHANGEDSINCE %llu) "
		    "+FLAGS (\\Flagged)", w->uid, (unsigned long long)since);
		return (1);
	}
	w->uid = 0;
	return (0);
}

/* Marks what the answers say of messages that are claimed. */
static void
claim_heard(struct consumer *w)
{
	struct fetched	 f;
	const char	*line, *end;

	for (line = w->c->kept; (end = strchr(line, '\n')) != NULL;
	    line = end + 1)
		if (answer_fetch(line, &f) && f.hasflags && f.uid > 0 &&
		    f.uid <= QUEUED && (f.flags & FLAGS_FLAGGED))
			w->taken[f.uid] = 1;
	w->taken[w->uid] = 1;
}

static int
claim_won(const struct consumer *w)
{
	return (strstr(w->c->kept, "[MODIFIED ") == NULL);
}

/* Claims in a second, until all are; *twice is how many were claimed again. */
static double
claim_all(const struct server *s, double *twice)
{
	static const unsigned int	 steps[CONSUMERS] = { 1, 3, 7, 9, 11, 13,
					    17, 19 };	/* prime to QUEUED */
	static struct consumer	 w[CONSUMERS];
	static unsigned char	 claims[QUEUED + 1];
	struct pollfd		 fds[CONSUMERS];
	unsigned int		 i, busy = 0, won = 0, again = 0;
	uint64_t		 since;
	double			 start;

	memset(w, 0, sizeof(w));
	memset(claims, 0, sizeof(claims));
	for (i = 0; i < CONSUMERS; i++) {
		w[i].c = enter(s, QUEUE);
		w[i].step = steps[i];
		if (w[i].c->exists != QUEUED)
			errx(1, "%s: not %d messages", s->name, QUEUED);
	}
	since = highest(w[0].c);
	start = now_ms();
	for (i = 0; i < CONSUMERS; i++) {
		fds[i].fd = w[i].c->fd;
		fds[i].events = POLLIN;
		busy += (unsigned int)claim_next(&w[i], since);
	}
	while (busy > 0) {
		if (poll(fds, CONSUMERS, -1) == -1)
			err(1, "poll");
		for (i = 0; i < CONSUMERS; i++) {
			if (fds[i].revents == 0 || w[i].uid == 0 ||
			    !client_done(w[i].c))
				continue;
			if (claim_won(&w[i])) {
				won++;
				if (claims[w[i].uid]++ > 0)
					again++;
			}
			claim_heard(&w[i]);
			if (!claim_next(&w[i], since)) {
				fds[i].fd = -1;
				busy--;
			}
		}
	}
	start = now_ms() - start;
	if (won - again != QUEUED)
		errx(1, "%s: %u of %d were claimed", s->name, won - again,
		    QUEUED);
	*twice = again;
	client_command(w[0].c, "UID STORE 1:* -FLAGS.SILENT (\\Flagged)");
	for (i = 0; i < CONSUMERS; i++)
		client_close(w[i].c);
	return (won * 1e3 / start);
}

/* The 99th of 100: ms from a STORE until one that waits hears of it. */
static double
hear_ms(const struct server *s)
{
	static struct values	 heard;
	struct pollfd		 fds[WAITING];
	struct client		*c[WAITING], *writer;
	unsigned int		 i, j, left, was[WAITING];
	double			 start;

	memset(&heard, 0, sizeof(heard));
	for (i = 0; i < WAITING; i++) {
		c[i] = enter(s, "k1");
		c[i]->keep = 0;
		client_idle(c[i]);
	}
	writer = enter(s, "k1");
	for (j = 0; j < CHANGES_TOLD; j++) {
		for (i = 0; i < WAITING; i++) {
			was[i] = c[i]->fetches;
			fds[i].fd = c[i]->fd;
			fds[i].events = POLLIN;
		}
		start = now_ms();
		client_send(writer, "STORE %u %cFLAGS (\\Flagged)", j / 2 + 1,
		    j % 2 == 0 ? '+' : '-');
		for (left = WAITING; left > 0; ) {
			if (poll(fds, WAITING, -1) == -1)
				err(1, "poll");
			for (i = 0; i < WAITING; i++) {
				if (fds[i].fd == -1 || fds[i].revents == 0)
					continue;
				client_line(c[i]);
				if (c[i]->fetches == was[i])
					continue;
				value_add(&heard, now_ms() - start);
				fds[i].fd = -1;
				left--;
			}
		}
		while (!client_done(writer))
			continue;
	}
	for (i = 0; i < WAITING; i++)
		client_close(c[i]);
	client_close(writer);
	return (value_at(&heard, 0.99));
}

static double
append_rate(const struct server *s, unsigned int sessions)
{
	struct client	*c;
	const char	*message;
	double		 start;
	size_t		 len;
	unsigned int	 i, j;
	int		 status, failed = 0;

	message = mailbox_message(&len);
	(void)fflush(NULL);
	start = now_ms();
	for (i = 0; i < sessions; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			c = client_open(s);
			client_login(c);
			for (j = 0; j < APPENDED; j++)
				client_append(c, "append", message, len);
			_exit(0);
		default:
			break;
		}
	}
	for (i = 0; i < sessions; i++)
		if (wait(&status) == -1 || status != 0)
			failed = 1;
	if (failed)
		errx(1, "%s: APPEND failed", s->name);
	return (sessions * APPENDED * 1e3 / (now_ms() - start));
}

static double
store_all_ms(const struct server *s, unsigned int n)
{
	struct client	*c;
	char		 name[32];
	double		 start;

	cost_mailbox(name, sizeof(name), n);
	c = enter(s, name);
	c->keep = 0;
	start = now_ms();
	client_command(c, "STORE 1:* +FLAGS.SILENT (\\Draft)");
	start = now_ms() - start;
	client_command(c, "STORE 1:* -FLAGS.SILENT (\\Draft)");
	client_command(c, "LOGOUT");
	client_close(c);
	return (start);
}

static double
flags_ms(const struct server *s, unsigned int n)
{
	struct client	*c;
	char		 name[32];
	double		 start;
	size_t		 len;

	cost_mailbox(name, sizeof(name), n);
	c = enter(s, name);
	(void)client_answer(c, &len, "FETCH 1:* (FLAGS)");
	start = now_ms();
	(void)client_answer(c, &len, "FETCH 1:* (FLAGS)");
	start = now_ms() - start;
	if (len < n * strlen("* 1 FETCH (FLAGS ())\r\n"))
		errx(1, "%s: a listing of %u is too short", s->name, n);
	client_close(c);
	return (start);
}

void
many_mailboxes(const char *maildir)
{
	char		 path[1024];
	unsigned int	 i;

	for (i = 0; i < WRITERS; i++) {
		(void)snprintf(path, sizeof(path), "%s/.own%u", maildir, i);
		mailbox_make(path, OWN_MESSAGES, 1);
	}
	(void)snprintf(path, sizeof(path), "%s/.%s", maildir, QUEUE);
	mailbox_make(path, QUEUED, 1);
}

/* Commands on all of a mailbox, by its size. */
static void
whole(const struct bench *b)
{
	static struct values	 all[BENCH_SERVERS], flags[BENCH_SERVERS];
	char			 name[64];
	size_t			 i, j, n;

	print_head(b, "a whole mailbox: ms, less is better");
	for (j = 0; j < b->nsizes; j++) {
		memset(all, 0, sizeof(all));
		memset(flags, 0, sizeof(flags));
		for (n = 0; n < b->rounds && n < ROUNDS_MOST; n++)
			for (i = 0; i < b->n; i++) {
				if (i > 0 && b->sizes[j] > b->second_max)
					continue;
				value_add(&all[i], store_all_ms(&b->servers[i],
				    b->sizes[j]));
				value_add(&flags[i], flags_ms(&b->servers[i],
				    b->sizes[j]));
			}
		(void)snprintf(name, sizeof(name), "STORE 1:*, %uk",
		    b->sizes[j] / 1000);
		print_figure(b, name, all, 1, 0);
		(void)snprintf(name, sizeof(name), "FETCH 1:* (FLAGS), %uk",
		    b->sizes[j] / 1000);
		print_figure(b, name, flags, 2, 0);
	}
}

void
many_run(const struct bench *b)
{
	static struct values	 v[WHATS][BENCH_SERVERS];
	const struct server	*s;
	double			 twice;
	size_t			 i, n;
	enum what		 what;

	for (n = 0; n < b->rounds && n < ROUNDS_MOST; n++)
		for (i = 0; i < b->n; i++) {
			s = &b->servers[i];
			value_add(&v[OWN][i], own_rate(s));
			value_add(&v[CLAIMS][i], claim_all(s, &twice));
			value_add(&v[TWICE][i], twice);
			value_add(&v[HEARD][i], hear_ms(s));
			value_add(&v[APPEND1][i], append_rate(s, 1));
			value_add(&v[APPEND16][i], append_rate(s, APPENDERS));
		}
	print_head(b, "many sessions");
	for (what = 0; what < WHATS; what++)
		print_figure(b, titles[what].name, v[what],
		    titles[what].digits, titles[what].more);
	whole(b);
}
