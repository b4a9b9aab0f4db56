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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/*
 * How often a server syncs for one command of the only session, counted by
 * strace(1), which follows all its processes.  Two servers' times can be
 * compared only by who knows what each of them promises.
 */

#define TIMES		10
#define MESSAGES	200		/* more than are moved and expunged */
#define ATTACH_MS	5000
#define STEP_MS		10
#define SETTLE_MS	300		/* for what is synced after an answer */
#define CALLS	"trace=fsync,fdatasync,msync,sync_file_range,syncfs,sync"
#define ARGS	(7 + 2 * BENCH_PIDS)

enum act { STORE, STORE_MANY, APPEND, COPY, MOVE, EXPUNGE, CREATE, ACTS };

static const char *const titles[ACTS] = {
	[STORE] = "STORE of one message",
	[STORE_MANY] = "STORE of 100",
	[APPEND] = "APPEND",
	[COPY] = "COPY of 10",
	[MOVE] = "MOVE of 10",
	[EXPUNGE] = "UID EXPUNGE of one",
	[CREATE] = "CREATE, and its first SELECT"
};

static void	 pause_ms(unsigned int);
static int	 traced(pid_t);
static pid_t	 trace(const struct server *, FILE *);
static double	 calls(FILE *);
static void	 prepare(const struct server *);
static void	 mark(const struct server *);
static void	 act(struct client *, enum act, unsigned int);
static double	 syncs(const struct server *, enum act);

static void
pause_ms(unsigned int ms)
{
	struct timespec	 ts;

	ts.tv_sec = ms / 1000;
	ts.tv_nsec = ms % 1000 * 1000000L;
	(void)nanosleep(&ts, NULL);
}

static int
traced(pid_t pid)
{
	char	 path[64], line[256];
	FILE	*fp;
	long	 tracer = 0;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if ((fp = fopen(path, "r")) == NULL)
		return (0);
	while (fgets(line, sizeof(line), fp) != NULL)
		if (sscanf(line, "TracerPid: %ld", &tracer) == 1)
			break;
	(void)fclose(fp);
	return (tracer != 0);
}

/* The tracer of all of a server's processes, which writes what it sees to the
 * file; -1 if there cannot be one. */
static pid_t
trace(const struct server *s, FILE *fp)
{
	char		 pids[BENCH_PIDS][16];
	char		*argv[ARGS] = { "strace", "-qqf", "-e", "signal=none",
			    "-e", CALLS };
	pid_t		 pid;
	size_t		 i, n = 6;
	unsigned int	 ms = 0;

	for (i = 0; i < s->npids; i++) {
		(void)snprintf(pids[i], sizeof(pids[i]), "%ld",
		    (long)server_pid(s, i));
		argv[n++] = "-p";
		argv[n++] = pids[i];
	}
	(void)fflush(NULL);
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		if (dup2(fileno(fp), STDERR_FILENO) != -1)
			(void)execvp(argv[0], argv);
		_exit(1);
	}
	for (i = 0; i < s->npids; )
		if (traced(server_pid(s, i)))
			i++;
		else if ((ms += STEP_MS) > ATTACH_MS ||
		    waitpid(pid, NULL, WNOHANG) != 0) {
			(void)kill(pid, SIGTERM);
			(void)waitpid(pid, NULL, 0);
			return (-1);
		} else
			pause_ms(STEP_MS);
	return (pid);
}

/* A call that others interrupted has a second line. */
static double
calls(FILE *fp)
{
	char	 line[256];
	double	 n = 0;

	rewind(fp);
	while (fgets(line, sizeof(line), fp) != NULL)
		if (strstr(line, " resumed>") == NULL)
			n++;
	return (n);
}

static void
prepare(const struct server *s)
{
	struct client	*c;
	const char	*message;
	size_t		 len;
	unsigned int	 i;

	message = mailbox_message(&len);
	c = client_open(s);
	client_login(c);
	client_command(c, "CREATE synced");
	client_command(c, "CREATE other");
	for (i = 0; i < MESSAGES; i++)
		client_append(c, "synced", message, len);
	client_command(c, "LOGOUT");
	client_close(c);
}

/* All of its messages may be expunged. */
static void
mark(const struct server *s)
{
	struct client	*c;

	c = client_open(s);
	client_login(c);
	client_command(c, "SELECT synced");
	client_command(c, "STORE 1:* +FLAGS.SILENT (\\Deleted)");
	client_close(c);
}

static void
act(struct client *c, enum act what, unsigned int i)
{
	const char	*message;
	size_t		 len;

	switch (what) {
	case STORE:
		client_command(c, "STORE %u +FLAGS (\\Flagged)", i + 1);
		break;
	case STORE_MANY:
		client_command(c, "STORE 1:100 %cFLAGS (\\Answered)",
		    i % 2 == 0 ? '+' : '-');
		break;
	case APPEND:
		message = mailbox_message(&len);
		client_append(c, "synced", message, len);
		break;
	case COPY:
		client_command(c, "COPY 1:10 other");
		break;
	case MOVE:
		client_command(c, "MOVE 1:10 other");
		break;
	case EXPUNGE:
		client_command(c, "UID EXPUNGE *");
		break;
	case CREATE:
		client_command(c, "CREATE made%u", i);
		client_command(c, "SELECT made%u", i);
		break;
	case ACTS:
		break;
	}
}

static double
syncs(const struct server *s, enum act what)
{
	struct client	*c;
	unsigned int	 i;
	double		 n = -1;
	pid_t		 pid;
	FILE		*fp;

	if (what == EXPUNGE)
		mark(s);
	if ((fp = tmpfile()) == NULL)
		err(1, "tmpfile");
	if ((pid = trace(s, fp)) != -1) {
		c = client_open(s);
		client_login(c);
		client_command(c, "SELECT synced");
		for (i = 0; i < TIMES; i++)
			act(c, what, i);
		client_close(c);
		pause_ms(SETTLE_MS);
		(void)kill(pid, SIGTERM);
		if (waitpid(pid, NULL, 0) == -1)
			err(1, "waitpid");
		n = calls(fp) / TIMES;
	}
	(void)fclose(fp);
	return (n);
}

void
syncs_run(const struct bench *b)
{
	double		 n[BENCH_SERVERS];
	size_t		 i;
	enum act	 what;

	for (i = 0; i < b->n; i++)
		prepare(&b->servers[i]);
	print_head(b, "syncs of one command");
	for (what = 0; what < ACTS; what++) {
		for (i = 0; i < b->n; i++)
			n[i] = syncs(&b->servers[i], what);
		print_row(b, titles[what], n, 1, 0);
	}
}
