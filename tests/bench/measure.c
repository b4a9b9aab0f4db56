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

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define PROCESSES	32768	/* of the machine, that are looked at */
#define SETTLE_MS	300	/* between idle sessions and weighing them */

static double	 logins(const struct server *, const struct figure *);
static double	 selects(const struct server *, const struct figure *);
static double	 listings(const struct server *, const struct figure *);
static void	 store(struct client *, const struct figure *, unsigned int,
		    unsigned int);
static double	 stores(const struct server *, const struct figure *);
static double	 appends(const struct server *, const struct figure *);
static pid_t	 parent_of(pid_t);
static long	 number_of(pid_t, const char *, const char *);
static double	 cpu_of(pid_t);
static size_t	 processes(const struct server *, pid_t *);
static double	 memory(const struct server *, const struct figure *);

const struct figure figures[] = {
	{ "login and logout", logins, NULL, 0, 1, 50 },
	{ "SELECT, 1k messages", selects, "k1", 1000, 1, 100 },
	{ "SELECT, 10k messages", selects, "k10", 10000, 1, 50 },
	{ "STORE, 1k, 1 session", stores, "k1", 1000, 1, 200 },
	{ "STORE, 10k, 1 session", stores, "k10", 10000, 1, 200 },
	{ "STORE, 1k, 8 sessions", stores, "k1", 1000, 8, 100 },
	{ "STORE, 10k, 8 sessions", stores, "k10", 10000, 8, 100 },
	{ "FLAGS of all, 1k", listings, "k1", 1000, 1, 20 },
	{ "FLAGS of all, 10k", listings, "k10", 10000, 1, 5 },
	{ "APPEND, 4 KB", appends, "append", 0, 1, 50 },
	{ "PSS of an idle session, KiB", memory, "k1", 1000, 40, 1 },
	{ NULL, NULL, NULL, 0, 0, 0 }
};

double
now_ms(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return ((double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6);
}

static double
logins(const struct server *s, const struct figure *f)
{
	struct client	*c;
	double		 start;
	unsigned int	 i;

	start = now_ms();
	for (i = 0; i < f->times; i++) {
		c = client_open(s);
		client_login(c);
		client_command(c, "LOGOUT");
		client_close(c);
	}
	return ((now_ms() - start) / f->times);
}

static double
selects(const struct server *s, const struct figure *f)
{
	struct client	*c;
	double		 start;
	unsigned int	 i;

	c = client_open(s);
	client_login(c);
	client_command(c, "SELECT %s", f->mailbox);
	start = now_ms();
	for (i = 0; i < f->times; i++) {
		c->exists = 0;
		client_command(c, "SELECT %s", f->mailbox);
		if (c->exists != f->messages)
			errx(1, "%s: %u messages in %s", s->name, c->exists,
			    f->mailbox);
	}
	start = (now_ms() - start) / f->times;
	client_close(c);
	return (start);
}

static double
listings(const struct server *s, const struct figure *f)
{
	struct client	*c;
	double		 start;
	unsigned int	 i;

	c = client_open(s);
	client_login(c);
	client_command(c, "SELECT %s", f->mailbox);
	start = now_ms();
	for (i = 0; i < f->times; i++) {
		client_command(c, "UID FETCH 1:* (FLAGS)");
		if (c->fetches != f->messages)
			errx(1, "%s: %u of %u messages listed", s->name,
			    c->fetches, f->messages);
	}
	start = (now_ms() - start) / f->times;
	client_close(c);
	return (start);
}

/*
 * Each session works on messages of its own, and each STORE changes
 * something: a flag is set in one pass and removed in the next.
 */
static void
store(struct client *c, const struct figure *f, unsigned int session,
    unsigned int round)
{
	unsigned int	 i, span, number;

	span = f->messages / f->sessions;
	for (i = 0; i < f->times; i++) {
		number = session * span + i % span + 1;
		client_command(c, "STORE %u %cFLAGS (\\Flagged)", number,
		    (i / span + round) % 2 == 0 ? '+' : '-');
		if (c->fetches == 0)
			errx(1, "STORE %u without an answer", number);
	}
}

static double
stores(const struct server *s, const struct figure *f)
{
	struct client	*c;
	double		 start, end;
	unsigned int	 i;
	int		 ready[2], go[2], status, failed;
	char		 byte;

	if (pipe(ready) == -1 || pipe(go) == -1)
		err(1, "pipe");
	(void)fflush(NULL);
	for (i = 0; i < f->sessions; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			(void)close(go[1]);
			c = client_open(s);
			client_login(c);
			client_command(c, "SELECT %s", f->mailbox);
			if (write(ready[1], "", 1) != 1 ||
			    read(go[0], &byte, 1) != 0)
				err(1, "pipe");
			store(c, f, i, 0);
			store(c, f, i, 1);
			client_close(c);
			_exit(0);
		default:
			break;
		}
	}
	(void)close(go[0]);
	(void)close(ready[1]);
	for (i = 0; i < f->sessions; i++)
		if (read(ready[0], &byte, 1) != 1)
			errx(1, "%s: a session failed", s->name);
	start = now_ms();
	(void)close(go[1]);
	failed = 0;
	for (i = 0; i < f->sessions; i++)
		if (wait(&status) == -1 || status != 0)
			failed = 1;
	end = now_ms();
	(void)close(ready[0]);
	if (failed)
		errx(1, "%s: a session failed", s->name);
	return ((end - start) / (2 * f->times * f->sessions));
}

static double
appends(const struct server *s, const struct figure *f)
{
	struct client	*c;
	const char	*message;
	double		 start;
	size_t		 len;
	unsigned int	 i, before;

	message = mailbox_message(&len);
	c = client_open(s);
	client_login(c);
	client_command(c, "SELECT %s", f->mailbox);
	before = c->exists;
	start = now_ms();
	for (i = 0; i < f->times; i++)
		client_append(c, f->mailbox, message, len);
	start = (now_ms() - start) / f->times;
	client_command(c, "NOOP");
	if (c->exists != before + f->times)
		errx(1, "%s: %u messages after %u and %u", s->name, c->exists,
		    before, f->times);
	client_close(c);
	return (start);
}

static pid_t
parent_of(pid_t pid)
{
	char	 path[64], line[512], *p;
	FILE	*fp;
	long	 ppid;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if ((fp = fopen(path, "r")) == NULL)
		return (-1);
	p = fgets(line, sizeof(line), fp);
	(void)fclose(fp);
	if (p == NULL || (p = strrchr(line, ')')) == NULL ||
	    sscanf(p, ") %*c %ld", &ppid) != 1)
		return (-1);
	return ((pid_t)ppid);
}

/* The number in a line of a process' file, or -1. */
static long
number_of(pid_t pid, const char *file, const char *fmt)
{
	char	 path[64], line[256];
	FILE	*fp;
	long	 number;

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, file);
	if ((fp = fopen(path, "r")) == NULL)
		return (-1);
	number = -1;
	while (number == -1 && fgets(line, sizeof(line), fp) != NULL)
		if (sscanf(line, fmt, &number) != 1)
			number = -1;
	(void)fclose(fp);
	return (number);
}

pid_t
server_pid(const struct server *s, size_t n)
{
	FILE	*fp;
	long	 pid;

	if ((fp = fopen(s->pidfiles[n], "r")) == NULL)
		return (0);
	if (fscanf(fp, "%ld", &pid) != 1)
		pid = 0;
	(void)fclose(fp);
	return ((pid_t)pid);
}

/* The processes of a server: its own, and what they have started. */
static size_t
processes(const struct server *s, pid_t *all)
{
	pid_t		 pids[BENCH_PIDS], pid;
	struct dirent	*de;
	size_t		 n, i, j, found;
	DIR		*dir;

	if ((dir = opendir("/proc")) == NULL)
		return (0);
	for (n = 0; n < PROCESSES && (de = readdir(dir)) != NULL; )
		if ((pid = (pid_t)strtol(de->d_name, NULL, 10)) > 0)
			all[n++] = pid;
	(void)closedir(dir);
	for (j = 0; j < s->npids; j++)
		pids[j] = server_pid(s, j);
	for (i = found = 0; i < n; i++)
		for (pid = all[i]; pid > 1; pid = parent_of(pid)) {
			for (j = 0; j < s->npids && pids[j] != pid; j++)
				;
			if (j < s->npids) {
				all[found++] = all[i];
				break;
			}
		}
	return (found);
}

long
server_weight(const struct server *s)
{
	static pid_t	 all[PROCESSES];
	size_t		 n, i;
	long		 sum = 0, pss;

	if ((n = processes(s, all)) == 0)
		return (-1);
	for (i = 0; i < n; i++) {
		if ((pss = number_of(all[i], "smaps_rollup",
		    "Pss: %ld kB")) == -1)
			return (-1);
		sum += pss;
	}
	return (sum);
}

static double
cpu_of(pid_t pid)
{
	char		 path[64], line[512], *p;
	FILE		*fp;
	unsigned long	 user, sys;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if ((fp = fopen(path, "r")) == NULL)
		return (-1);
	p = fgets(line, sizeof(line), fp);
	(void)fclose(fp);
	if (p == NULL || (p = strrchr(line, ')')) == NULL ||
	    sscanf(p, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
	    &user, &sys) != 2)
		return (-1);
	return ((double)(user + sys) * 1e3 / (double)sysconf(_SC_CLK_TCK));
}

double
server_cpu(const struct server *s, size_t n)
{
	return (cpu_of(server_pid(s, n)));
}

double
server_cpu_all(const struct server *s)
{
	static pid_t	 all[PROCESSES];
	double		 sum = 0, ms;
	size_t		 n, i;

	if ((n = processes(s, all)) == 0)
		return (-1);
	for (i = 0; i < n; i++)
		if ((ms = cpu_of(all[i])) > 0)
			sum += ms;
	return (sum);
}

long
server_peak(const struct server *s)
{
	static pid_t	 all[PROCESSES];
	size_t		 n, i, j;
	long		 most = -1, rss;

	n = processes(s, all);
	for (i = 0; i < n; i++) {
		for (j = 0; j < s->npids && server_pid(s, j) != all[i]; j++)
			;
		if (j == s->npids && (rss = number_of(all[i], "status",
		    "VmHWM: %ld kB")) > most)
			most = rss;
	}
	return (most);
}

static double
memory(const struct server *s, const struct figure *f)
{
	struct timespec	 ts;
	struct client	*c[64];
	long		 before, after;
	unsigned int	 i;

	ts.tv_sec = 0;
	ts.tv_nsec = SETTLE_MS * 1000000L;
	(void)nanosleep(&ts, NULL);
	before = server_weight(s);
	for (i = 0; i < f->sessions; i++) {
		c[i] = client_open(s);
		client_login(c[i]);
		client_command(c[i], "SELECT %s", f->mailbox);
		client_idle(c[i]);
	}
	(void)nanosleep(&ts, NULL);
	after = server_weight(s);
	for (i = 0; i < f->sessions; i++)
		client_close(c[i]);
	if (before <= 0 || after <= 0)
		return (-1);
	return ((double)(after - before) / f->sessions);
}
