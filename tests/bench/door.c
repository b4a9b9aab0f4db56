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
 * The door: how many logins a second the servers take from many clients at
 * once, with TLS, with TLS that is resumed, and without, and what sessions
 * weigh that idle with TLS.  The clients' half of the cryptography runs on the
 * same machine; it is the same for both servers.
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define CLIENTS		4	/* processes that log in at once */
#define LOGINS		100	/* each */
#define IDLE_SOME	40	/* sessions, to weigh them */
#define IDLE_MANY	2000
#define PROBES		50	/* NOOPs among many idle sessions */
#define SETTLE_MS	500
#define NOT_RESUMED	2	/* exit status */

enum how { PLAIN, TLS_FULL, TLS_RESUMED };

static int	 log_in(const struct server *, enum how, unsigned int);
static double	 logins(const struct server *, enum how);
static void	 settle(void);
static struct client *idle_one(const struct server *, int);
static double	 weigh(const struct server *, int);
static void	 many(const struct server *, double[3]);
static void	 more_files(void);

/* One client after the other, n times: 0, or 1 if TLS is not resumed. */
static int
log_in(const struct server *s, enum how how, unsigned int n)
{
	SSL_SESSION	*sess = NULL;
	struct client	*c;
	unsigned int	 i;

	for (i = 0; i < n; i++) {
		c = how == PLAIN ? client_open(s) :
		    client_open_tls(s, how == TLS_RESUMED ? &sess : NULL);
		if (how == TLS_RESUMED && i > 0 &&
		    !SSL_session_reused(c->tls))
			return (NOT_RESUMED);
		client_login(c);
		client_command(c, "LOGOUT");
		client_close(c);
	}
	SSL_SESSION_free(sess);
	return (0);
}

/* Logins a second; -1 for a server that does not resume. */
static double
logins(const struct server *s, enum how how)
{
	double		 start;
	unsigned int	 i;
	int		 status, failed = 0, resumes = 1;

	(void)fflush(NULL);
	start = now_ms();
	for (i = 0; i < CLIENTS; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			_exit(log_in(s, how, LOGINS));
		default:
			break;
		}
	}
	for (i = 0; i < CLIENTS; i++)
		if (wait(&status) == -1 || !WIFEXITED(status))
			failed = 1;
		else if (WEXITSTATUS(status) == NOT_RESUMED)
			resumes = 0;
		else if (status != 0)
			failed = 1;
	if (failed)
		errx(1, "%s: a client failed", s->name);
	return (!resumes ? -1 : CLIENTS * LOGINS / ((now_ms() - start) / 1000));
}

static void
settle(void)
{
	struct timespec	 ts = { SETTLE_MS / 1000, SETTLE_MS % 1000 * 1000000L };

	(void)nanosleep(&ts, NULL);
}

static struct client *
idle_one(const struct server *s, int tls)
{
	struct client	*c;

	c = tls ? client_open_tls(s, NULL) : client_open(s);
	client_login(c);
	client_command(c, "SELECT k1");
	client_idle(c);
	return (c);
}

/* KiB of one idle session. */
static double
weigh(const struct server *s, int tls)
{
	struct client	*c[IDLE_SOME];
	long		 before, after;
	unsigned int	 i;

	settle();
	before = server_weight(s);
	for (i = 0; i < IDLE_SOME; i++)
		c[i] = idle_one(s, tls);
	settle();
	after = server_weight(s);
	for (i = 0; i < IDLE_SOME; i++)
		client_close(c[i]);
	if (before <= 0 || after <= 0)
		return (-1);
	return ((double)(after - before) / IDLE_SOME);
}

/* Seconds until all idle, KiB each, and ms of a NOOP among them. */
static void
many(const struct server *s, double value[3])
{
	static struct client	*c[IDLE_MANY];
	struct values		 times;
	struct client		*probe;
	double			 start;
	long			 before, after;
	unsigned int		 i;

	times.n = 0;
	settle();
	before = server_weight(s);
	start = now_ms();
	for (i = 0; i < IDLE_MANY; i++)
		c[i] = idle_one(s, 1);
	value[0] = (now_ms() - start) / 1000;
	settle();
	after = server_weight(s);
	value[1] = before <= 0 || after <= 0 ? -1 :
	    (double)(after - before) / IDLE_MANY;
	probe = client_open_tls(s, NULL);
	client_login(probe);
	client_command(probe, "SELECT k1");
	for (i = 0; i < PROBES; i++) {
		start = now_ms();
		client_command(probe, "NOOP");
		value_add(&times, now_ms() - start);
	}
	value[2] = value_median(&times);
	client_close(probe);
	for (i = 0; i < IDLE_MANY; i++)
		client_close(c[i]);
}

static void
more_files(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "getrlimit");
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "setrlimit");
	if (rl.rlim_cur < IDLE_MANY + 100)
		errx(1, "at most %llu open files: too few for %d sessions",
		    (unsigned long long)rl.rlim_cur, IDLE_MANY);
}

void
door_run(const struct bench *b)
{
	static const char *const names[] = { "logins/s, no TLS",
	    "logins/s, TLS, full handshake", "logins/s, TLS, resumed" };
	static struct values	 v[BENCH_SERVERS];
	double			 value[BENCH_SERVERS], all[BENCH_SERVERS][3];
	size_t			 i, how, k, r;

	more_files();
	print_head(b, "logins/s, more is better");
	for (how = PLAIN; how <= TLS_RESUMED; how++) {
		for (i = 0; i < b->n; i++)
			v[i].n = 0;
		for (r = 0; r <= b->rounds; r++)
			for (i = 0; i < b->n; i++) {
				value[i] = logins(&b->servers[i],
				    (enum how)how);
				if (r > 0)
					value_add(&v[i], value[i]);
			}
		print_figure(b, names[how], v, 0, 1);
	}
	print_head(b, "idle, less is better");
	for (k = 0; k < 2; k++) {
		for (i = 0; i < b->n; i++)
			value[i] = weigh(&b->servers[i], (int)k);
		print_row(b, k == 0 ? "PSS of one, no TLS, KiB" :
		    "PSS of one, TLS, KiB", value, 0, 0);
	}
	for (i = 0; i < b->n; i++)
		many(&b->servers[i], all[i]);
	for (k = 0; k < 3; k++) {
		static const char *const what[] = {
		    "2,000 sessions with TLS, s",
		    "PSS of each, KiB", "NOOP beside them, ms" };

		for (i = 0; i < b->n; i++)
			value[i] = all[i][k];
		print_row(b, what[k], value, k == 1 ? 0 : 2, 0);
	}
}
