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

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/*
 * What a folder costs that others have written: one that no server has seen,
 * one that other programs have changed by 1,000 files, one that is opened
 * again after a restart of the server, and 1,000 deliveries to a session in
 * IDLE; then memory, with a large mailbox open and with many known.
 */

#define RENAMED		400	/* of 1,000 changes by other programs */
#define REMOVED		300
#define ADDED		300
#define BURST		1000	/* deliveries */
#define SETTLE_MS	400	/* after changes, and before weighing */
#define RESTART_MS	60000	/* a server has to be back by then */

enum what { FIRST, CHANGED, AGAIN, BURST_ALL, MEMORY, WHATS };

static const char *const titles[WHATS] = {
	[FIRST] = "first SELECT, never seen",
	[CHANGED] = "SELECT after 1,000 other changes",
	[AGAIN] = "SELECT after a restart",
	[BURST_ALL] = "1,000 deliveries told to IDLE",
	[MEMORY] = "PSS with it open, KiB"
};

/* A mailbox of a server, and how many deliveries were made. */
struct place {
	const struct server	*s;
	char			 name[32];
	char			 dir[1024];
	unsigned int		 messages;
	unsigned int		 delivered;
};

static void	pause_ms(unsigned int);
static struct client	*enter(const struct server *);
static void	place_make(struct place *, const struct server *,
		    unsigned int, unsigned int);
static void	own(const struct place *, const char *);
static void	own_all(const struct place *);
static double	select_ms(struct client *, const struct place *);
static double	first(const struct place *);
static void	deliver(struct place *);
static void	meddle(struct place *);
static double	changed(struct place *);
static void	restart(const struct server *);
static double	again(const struct place *);
static double	burst(struct place *);
static double	memory(const struct place *);
static void	many(const struct bench *, unsigned int);

static void
pause_ms(unsigned int ms)
{
	struct timespec	 ts;

	ts.tv_sec = ms / 1000;
	ts.tv_nsec = ms % 1000 * 1000000L;
	(void)nanosleep(&ts, NULL);
}

static struct client *
enter(const struct server *s)
{
	struct client	*c;

	c = client_open(s);
	client_login(c);
	return (c);
}

/* What root makes belongs to whose Maildir it is. */
static void
own(const struct place *p, const char *path)
{
	struct stat	 st;

	if (geteuid() != 0)
		return;
	if (stat(p->s->maildir, &st) == -1 ||
	    lchown(path, st.st_uid, st.st_gid) == -1)
		err(1, "%s", path);
}

static void
own_all(const struct place *p)
{
	static const char *const	 subs[] = { "cur", "new", "tmp" };
	char				 path[2048];
	struct dirent			*de;
	DIR				*dir;
	size_t				 i;

	own(p, p->dir);
	for (i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", p->dir, subs[i]);
		own(p, path);
		if (geteuid() != 0 || (dir = opendir(path)) == NULL)
			continue;
		while ((de = readdir(dir)) != NULL) {
			if (de->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s/%s",
			    p->dir, subs[i], de->d_name);
			own(p, path);
		}
		(void)closedir(dir);
	}
}

static void
place_make(struct place *p, const struct server *s, unsigned int messages,
    unsigned int round)
{
	memset(p, 0, sizeof(*p));
	p->s = s;
	p->messages = messages;
	(void)snprintf(p->name, sizeof(p->name), "seen%u-%u", messages,
	    round);
	(void)snprintf(p->dir, sizeof(p->dir), "%s/.%s", s->maildir, p->name);
	mailbox_make(p->dir, messages, 1);
	own_all(p);
	pause_ms(SETTLE_MS);
}

static double
select_ms(struct client *c, const struct place *p)
{
	double	 start;

	start = now_ms();
	client_command(c, "SELECT %s", p->name);
	start = now_ms() - start;
	if (c->exists != p->messages)
		errx(1, "%s: %u of %u messages in %s", p->s->name, c->exists,
		    p->messages, p->name);
	return (start);
}

static double
first(const struct place *p)
{
	struct client	*c;
	double		 ms;

	c = enter(p->s);
	ms = select_ms(c, p);
	client_command(c, "LOGOUT");
	client_close(c);
	pause_ms(SETTLE_MS);
	return (ms);
}

/* As a delivery agent does it: tmp/, then new/. */
static void
deliver(struct place *p)
{
	char		 tmp[2048], new[2048];
	const char	*message;
	size_t		 len;
	FILE		*fp;

	message = mailbox_message(&len);
	(void)snprintf(tmp, sizeof(tmp), "%s/tmp/%u.P1.new", p->dir,
	    1800000000 + p->delivered);
	(void)snprintf(new, sizeof(new), "%s/new/%u.P1.new", p->dir,
	    1800000000 + p->delivered++);
	if ((fp = fopen(tmp, "w")) == NULL ||
	    fwrite(message, 1, len, fp) != len || fclose(fp) == EOF)
		err(1, "%s", tmp);
	own(p, tmp);
	if (rename(tmp, new) == -1)
		err(1, "%s", new);
	p->messages++;
}

/* Files of messages that the server knows are renamed or removed. */
static void
meddle(struct place *p)
{
	char		 from[2048], to[2048];
	unsigned int	 i, n, step;

	step = p->messages / (RENAMED + REMOVED);
	for (i = 0; i < RENAMED + REMOVED; i++) {
		n = 1 + i * step;
		(void)snprintf(from, sizeof(from),
		    "%s/cur/%u.M%uP1.bench:2,S", p->dir, 1700000000 + n, n);
		(void)snprintf(to, sizeof(to), "%s/cur/%u.M%uP1.bench:2,FS",
		    p->dir, 1700000000 + n, n);
		if ((i % 7 < 4 ? rename(from, to) : unlink(from)) == -1)
			err(1, "%s", from);
		if (i % 7 >= 4)
			p->messages--;
	}
	for (i = 0; i < ADDED; i++)
		deliver(p);
}

static double
changed(struct place *p)
{
	struct client	*c;
	double		 ms;

	meddle(p);
	pause_ms(SETTLE_MS);
	c = enter(p->s);
	ms = select_ms(c, p);
	client_command(c, "LOGOUT");
	client_close(c);
	pause_ms(SETTLE_MS);
	return (ms);
}

/* Ends the server's processes; whoever started it starts it again. */
static void
restart(const struct server *s)
{
	pid_t	 old[BENCH_PIDS];
	double	 until;
	size_t	 i;

	for (i = 0; i < s->npids; i++) {
		old[i] = server_pid(s, i);
		if (old[i] > 0 && kill(old[i], SIGTERM) == -1)
			err(1, "kill");
	}
	until = now_ms() + RESTART_MS;
	for (i = 0; i < s->npids; i++)
		while (server_pid(s, i) <= 0 || server_pid(s, i) == old[i]) {
			if (now_ms() > until)
				errx(1, "%s: does not come back", s->name);
			pause_ms(10);
		}
	while (!client_ready(s)) {
		if (now_ms() > until)
			errx(1, "%s: does not answer again", s->name);
		pause_ms(10);
	}
}

static double
again(const struct place *p)
{
	restart(p->s);
	return (first(p));
}

/* From the first delivery until all are told. */
static double
burst(struct place *p)
{
	struct client	*c;
	double		 start;
	unsigned int	 i;

	c = enter(p->s);
	(void)select_ms(c, p);
	client_idle(c);
	start = now_ms();
	for (i = 0; i < BURST; i++)
		deliver(p);
	while (c->exists < p->messages)
		client_line(c);
	start = now_ms() - start;
	client_close(c);
	pause_ms(SETTLE_MS);
	return (start);
}

static double
memory(const struct place *p)
{
	struct client	*c;
	long		 before, after;

	before = server_weight(p->s);
	c = enter(p->s);
	(void)select_ms(c, p);
	client_command(c, "FETCH 1:* (FLAGS)");
	pause_ms(SETTLE_MS);
	after = server_weight(p->s);
	client_close(c);
	if (before <= 0 || after <= 0)
		return (-1);
	return ((double)(after - before));
}

/* Many mailboxes: what the first STATUS of each takes, and what is kept in
 * memory of them when nobody has one open. */
static void
many(const struct bench *b, unsigned int n)
{
	struct place	 p;
	struct client	*c;
	double		 ms[BENCH_SERVERS], kib[BENCH_SERVERS], start;
	char		 name[64];
	long		 before, after;
	unsigned int	 j;
	size_t		 i;

	for (i = 0; i < b->n; i++) {
		memset(&p, 0, sizeof(p));
		p.s = &b->servers[i];
		for (j = 0; j < n; j++) {
			(void)snprintf(p.dir, sizeof(p.dir), "%s/.many%u",
			    p.s->maildir, j);
			mailbox_make(p.dir, 1, 1);
			own_all(&p);
		}
		c = enter(p.s);
		client_command(c, "LOGOUT");
		client_close(c);
		pause_ms(SETTLE_MS);
		before = server_weight(p.s);
		c = enter(p.s);
		start = now_ms();
		for (j = 0; j < n; j++)
			client_command(c, "STATUS many%u (MESSAGES UIDNEXT "
			    "HIGHESTMODSEQ)", j);
		ms[i] = (now_ms() - start) / n;
		client_command(c, "LOGOUT");
		client_close(c);
		pause_ms(SETTLE_MS);
		after = server_weight(p.s);
		kib[i] = before <= 0 || after <= 0 ? -1 :
		    after < before ? 0 : (double)(after - before);
	}
	(void)snprintf(name, sizeof(name), "first STATUS, each of %u", n);
	print_row(b, name, ms, 3, 0);
	print_row(b, "  PSS kept after them, KiB", kib, 0, 0);
}

void
folder_run(const struct bench *b)
{
	static struct values	 v[BENCH_SIZES][WHATS][BENCH_SERVERS];
	struct place		 p;
	char			 name[64];
	size_t			 i, j, n;
	enum what		 what;

	for (n = 0; n < b->rounds && n < FOLDER_ROUNDS; n++)
		for (j = 0; j < b->nsizes; j++)
			for (i = 0; i < b->n; i++) {
				if (i > 0 && b->sizes[j] > b->second_max)
					continue;
				place_make(&p, &b->servers[i], b->sizes[j],
				    (unsigned int)n);
				value_add(&v[j][FIRST][i], first(&p));
				value_add(&v[j][CHANGED][i], changed(&p));
				value_add(&v[j][AGAIN][i], again(&p));
				value_add(&v[j][BURST_ALL][i], burst(&p));
				value_add(&v[j][MEMORY][i], memory(&p));
			}
	print_head(b, "the folder, and other programs: ms");
	for (what = 0; what < WHATS; what++)
		for (j = 0; j < b->nsizes; j++) {
			(void)snprintf(name, sizeof(name), "%s, %uk",
			    titles[what], b->sizes[j] / 1000);
			print_figure(b, name, v[j][what],
			    what == MEMORY ? 0 : 1, 0);
		}
	many(b, b->mailboxes);
}
