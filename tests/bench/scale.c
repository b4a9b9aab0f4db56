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


#include <sys/resource.h>
#include <sys/stat.h>

#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/*
 * How much one server carries: very many idle sessions and many busy ones at
 * once, then very many mailboxes and messages, real ones, whose files are
 * links.  Only the first server is asked, and only if this group is named: it
 * takes some minutes and some gigabytes.
 */

#define IDLE		5000
#define BUSY		500
#define BUSY_MS		10000.0
#define BUSY_MAILBOXES	50
#define BUSY_MESSAGES	1000
#define SMALL		20000		/* mailboxes of one message */
#define LARGE		100		/* and of */
#define LARGE_MESSAGES	100000
#define FILE_LINKS	10000		/* of one file */
#define PROBES		200
#define SETTLE_MS	1000

/* A session that does one STORE after the other. */
struct busy {
	struct client	*c;
	unsigned int	 message;
	unsigned int	 done;
	double		 since;
};

static void	 fill(const struct server *, const char *, unsigned int);
static void	 idle_many(const struct server *, struct client **);
static void	 more_files(void);
static void	 probe(const struct server *, const char *);
static void	 row(const char *, double, int);
static void	 settle(void);
static void	 stores(const struct server *);
static void	 visit(const struct server *, const char *, unsigned int,
		    unsigned int);

static void
more_files(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "getrlimit");
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "setrlimit");
	if (rl.rlim_cur < IDLE + BUSY + 100)
		errx(1, "at most %llu open files: too few",
		    (unsigned long long)rl.rlim_cur);
}

static void
settle(void)
{
	struct timespec	 ts = { SETTLE_MS / 1000, SETTLE_MS % 1000 * 1000000L };

	(void)nanosleep(&ts, NULL);
}

static void
row(const char *name, double value, int digits)
{
	(void)printf("%-37s %11.*f\n", name, digits, value);
	(void)fflush(stdout);
}

/* A folder of n messages in cur/, owned by whose Maildir it is. */
static void
fill(const struct server *s, const char *name, unsigned int n)
{
	struct stat	 st;
	const char	*message;
	char		 path[1024], first[1024];
	FILE		*fp;
	size_t		 len;
	unsigned int	 i;

	if (stat(s->maildir, &st) == -1)
		err(1, "%s", s->maildir);
	message = mailbox_message(&len);
	mail_folder(s->maildir, name);
	for (i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path),
		    "%s/.%s/cur/%u.M%uP1.bench,S=%zu:2,S", s->maildir, name,
		    1700000000 + i, i, len);
		if (i % FILE_LINKS != 0) {
			if (link(first, path) == -1)
				err(1, "%s", path);
			continue;
		}
		if ((fp = fopen(path, "w")) == NULL ||
		    fwrite(message, 1, len, fp) != len || fclose(fp) == EOF ||
		    lchown(path, st.st_uid, st.st_gid) == -1)
			err(1, "%s", path);
		memcpy(first, path, sizeof(first));
	}
}

static void
idle_many(const struct server *s, struct client **c)
{
	double		 start;
	long		 before, after;
	unsigned int	 i;

	settle();
	before = server_weight(s);
	start = now_ms();
	for (i = 0; i < IDLE; i++) {
		c[i] = client_open(s);
		client_login(c[i]);
		client_command(c[i], "SELECT k1");
		client_idle(c[i]);
	}
	row("5,000 sessions in IDLE, s", (now_ms() - start) / 1000, 1);
	settle();
	after = server_weight(s);
	row("  PSS of each, KiB", (double)(after - before) / IDLE, 0);
}

/* Busy sessions, ten in a mailbox, each with a message of its own. */
static void
stores(const struct server *s)
{
	static struct pollfd	 fds[BUSY];
	static struct busy	 w[BUSY];
	static struct values	 times;
	unsigned int		 i, left = BUSY, sum = 0;
	double			 start, now, own, all;

	for (i = 0; i < BUSY; i++) {
		w[i].c = client_open(s);
		client_login(w[i].c);
		client_command(w[i].c, "SELECT busy%u (CONDSTORE)",
		    i % BUSY_MAILBOXES);
		w[i].message = i / BUSY_MAILBOXES + 1;
		fds[i].fd = w[i].c->fd;
		fds[i].events = POLLIN;
	}
	own = server_cpu(s, s->npids - 1);
	all = server_cpu_all(s);
	start = now_ms();
	for (i = 0; i < BUSY; i++) {
		w[i].since = now_ms();
		client_send(w[i].c, "STORE %u +FLAGS (\\Flagged)",
		    w[i].message);
	}
	for (now = start; left > 0; now = now_ms()) {
		if (poll(fds, BUSY, -1) == -1)
			err(1, "poll");
		for (i = 0; i < BUSY; i++) {
			if (fds[i].fd == -1 || fds[i].revents == 0 ||
			    !client_done(w[i].c))
				continue;
			if (++w[i].done % 10 == 0)
				value_add(&times, now_ms() - w[i].since);
			if (now - start > BUSY_MS) {
				fds[i].fd = -1;
				left--;
				continue;
			}
			w[i].since = now_ms();
			client_send(w[i].c, "STORE %u %cFLAGS (\\Flagged)",
			    w[i].message, w[i].done % 2 == 0 ? '+' : '-');
		}
	}
	own = server_cpu(s, s->npids - 1) - own;
	all = server_cpu_all(s) - all;
	for (i = 0; i < BUSY; i++) {
		sum += w[i].done;
		client_close(w[i].c);
	}
	row("500 busy beside them: STORE/s", sum * 1e3 / (now - start), 0);
	row("  processor of indexd for each, us", own * 1e3 / sum, 1);
	row("  and of its session, us", (all - own) * 1e3 / sum, 1);
	row("  a STORE, median, ms", value_median(&times), 2);
	row("  a STORE, 99th of 100, ms", value_at(&times, 0.99), 2);
}

static void
probe(const struct server *s, const char *what)
{
	static struct values	 times;
	struct client		*c;
	double			 start;
	unsigned int		 i;

	memset(&times, 0, sizeof(times));
	c = client_open(s);
	client_login(c);
	client_command(c, "SELECT k10 (CONDSTORE)");
	for (i = 0; i < PROBES; i++) {
		start = now_ms();
		client_command(c, "STORE %u %cFLAGS (\\Flagged)", i / 2 + 1,
		    i % 2 == 0 ? '+' : '-');
		value_add(&times, now_ms() - start);
	}
	client_close(c);
	row(what, value_median(&times), 3);
}

/* The first STATUS of n mailboxes. */
static void
visit(const struct server *s, const char *name, unsigned int n,
    unsigned int messages)
{
	struct client	*c;
	double		 start, ms = 0;
	char		 mailbox[32], title[64];
	long		 before, after;
	unsigned int	 i;

	settle();
	before = server_weight(s);
	c = client_open(s);
	client_login(c);
	for (i = 0; i < n; i++) {
		(void)snprintf(mailbox, sizeof(mailbox), "%s%u", name, i);
		fill(s, mailbox, messages);
		start = now_ms();
		client_command(c, "STATUS %s (MESSAGES HIGHESTMODSEQ)",
		    mailbox);
		ms += now_ms() - start;
	}
	client_command(c, "LOGOUT");
	client_close(c);
	settle();
	after = server_weight(s);
	(void)snprintf(title, sizeof(title), "%u mailboxes of %u", n,
	    messages);
	(void)printf("%s:\n", title);
	row("  first STATUS of each, ms", ms / n, 2);
	row("  memory kept after them, KiB", (double)(after - before), 0);
}

void
scale_run(const struct bench *b)
{
	static struct client	*c[IDLE];
	const struct server	*s = &b->servers[0];
	char			 name[32];
	unsigned int		 i;

	more_files();
	(void)printf("\nhow much one carries\n");
	probe(s, "STORE, nobody else there, ms");
	for (i = 0; i < BUSY_MAILBOXES; i++) {
		(void)snprintf(name, sizeof(name), "busy%u", i);
		fill(s, name, BUSY_MESSAGES);
	}
	idle_many(s, c);
	stores(s);
	for (i = 0; i < IDLE; i++)
		client_close(c[i]);
	settle();
	visit(s, "small", SMALL, 1);
	visit(s, "large", LARGE, LARGE_MESSAGES);
	probe(s, "STORE beside all of them, ms");
}
