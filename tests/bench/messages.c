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
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/*
 * What is made of messages: lists of them, searches, orders and threads, and
 * their text.  "First" is without what the server has kept of their content,
 * "again" with it, in a new session unless it says otherwise.  What a server
 * does not offer is left out; answers are counted, and those of two servers
 * compared.
 */

#define MINUTES		15	/* after them no new round begins */
#define TEXT_MAX	10000	/* messages whose text is searched */
#define BODIES		2000	/* fetched by one session */
#define BODIES_EACH	500	/* by each of several */
#define SESSIONS	8
#define BIG		(10 * 1024 * 1024)
#define BIG_TIMES	10

enum when { COLD, NEW, SAME };
enum answer { LISTED, FOUND, ORDERED, THREADED };

static const struct item {
	const char	*name;
	enum when	 when;
	enum answer	 answer;
	const char	*word;		/* of the capabilities, or NULL */
	unsigned int	 most;		/* messages, or 0 */
	const char	*command;
} items[] = {
	{ "ENVELOPE, first", COLD, LISTED, NULL, 0,
	    "FETCH 1:* (UID FLAGS ENVELOPE)" },
	{ "  again", NEW, LISTED, NULL, 0, "FETCH 1:* (UID FLAGS ENVELOPE)" },
	{ "  again, same session", SAME, LISTED, NULL, 0,
	    "FETCH 1:* (UID FLAGS ENVELOPE)" },
	{ "BODYSTRUCTURE, first", COLD, LISTED, NULL, 0,
	    "FETCH 1:* (UID BODYSTRUCTURE)" },
	{ "  again", NEW, LISTED, NULL, 0, "FETCH 1:* (UID BODYSTRUCTURE)" },
#define FIELDS	"UID FETCH 1:* (UID RFC822.SIZE FLAGS " \
	"BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID " \
	"Priority X-Priority References Newsgroups In-Reply-To " \
	"Content-Type Reply-To)])"
	{ "Thunderbird's list, first", COLD, LISTED, NULL, 0, FIELDS },
	{ "  again", NEW, LISTED, NULL, 0, FIELDS },
	{ "SEARCH FLAGGED", SAME, FOUND, NULL, 0, "SEARCH FLAGGED" },
	{ "SEARCH UNSEEN", SAME, FOUND, NULL, 0, "SEARCH UNSEEN" },
	{ "SEARCH SINCE", SAME, FOUND, NULL, 0, "SEARCH SINCE " MAIL_SINCE },
	{ "SEARCH SENTSINCE, first", COLD, FOUND, NULL, 0,
	    "SEARCH SENTSINCE " MAIL_SINCE },
	{ "  again", NEW, FOUND, NULL, 0, "SEARCH SENTSINCE " MAIL_SINCE },
	{ "SEARCH SUBJECT, first", COLD, FOUND, NULL, 0,
	    "SEARCH SUBJECT harbour" },
	{ "  again", NEW, FOUND, NULL, 0, "SEARCH SUBJECT mooring" },
	{ "SEARCH FROM", NEW, FOUND, NULL, 0, "SEARCH FROM grace.77" },
	{ "SEARCH TEXT", NEW, FOUND, NULL, TEXT_MAX, "SEARCH TEXT "
	    MAIL_RARE },
	{ "SEARCH BODY", NEW, FOUND, NULL, TEXT_MAX, "SEARCH BODY "
	    MAIL_RARE },
	{ "all of each message", NEW, LISTED, NULL, TEXT_MAX,
	    "UID FETCH 1:* (UID FLAGS BODY.PEEK[])" },
	{ "SORT (DATE), first", COLD, ORDERED, "SORT", 0,
	    "SORT (DATE) UTF-8 ALL" },
	{ "  again", NEW, ORDERED, "SORT", 0, "SORT (DATE) UTF-8 ALL" },
	{ "SORT (SUBJECT)", NEW, ORDERED, "SORT", 0,
	    "SORT (SUBJECT) UTF-8 ALL" },
	{ "THREAD REFERENCES, first", COLD, THREADED, "THREAD=REFERENCES", 0,
	    "THREAD REFERENCES UTF-8 ALL" },
	{ "  again", NEW, THREADED, "THREAD=REFERENCES", 0,
	    "THREAD REFERENCES UTF-8 ALL" }
};

#define ITEMS	(sizeof(items) / sizeof(items[0]))

/* What a server answered, to be compared. */
struct told {
	unsigned int	 n;
	uint64_t	 sum;		/* of the answer's octets */
};

/* A server's session, and what its figures are. */
struct place {
	const struct server	*s;
	struct client		*c;
	char			 name[32];
	unsigned int		 messages;
	double			 peak;
	double			 ms[ITEMS];
	struct told		 told[ITEMS];
};

static void	leave(struct place *);
static void	enter(struct place *);
static void	forget(const struct place *);
static int	offers(struct client *, const char *);
static void	look(const char *, size_t, enum answer, struct told *);
static void	take(struct place *, size_t);
static void	take_all(struct place *);
static void	prepare(const struct bench *);
static unsigned int	dice(uint64_t *, unsigned int);
static void	read_bodies(const struct place *, unsigned int,
		    unsigned int);
static double	bodies(struct place *, unsigned int, unsigned int);
static double	big(struct place *);
static double	folders(struct place *, unsigned int);
static void	keep(const struct place *, size_t, size_t);
static void	lists(const struct bench *, size_t);
static void	others(const struct bench *, size_t);
static void	report_size(const struct bench *, size_t);

enum other { BODIES_1, BODIES_8, BIG_BODY, FOLDERS, OTHERS };

static struct values	 took[BENCH_SIZES][ITEMS + 1][BENCH_SERVERS];
static struct values	 other[OTHERS][BENCH_SERVERS];
static unsigned int	 differ[BENCH_SIZES][ITEMS];

static void
leave(struct place *p)
{
	double	 peak;

	if (p->c == NULL)
		return;
	if ((peak = (double)server_peak(p->s)) > p->peak)
		p->peak = peak;
	client_command(p->c, "LOGOUT");
	client_close(p->c);
	p->c = NULL;
}

static void
enter(struct place *p)
{
	p->c = client_open(p->s);
	client_login(p->c);
	if (p->name[0] == '\0')
		return;
	client_command(p->c, "SELECT %s", p->name);
	if (p->c->exists != p->messages)
		errx(1, "%s: %u of %u messages in %s", p->s->name,
		    p->c->exists, p->messages, p->name);
}

/* Takes from the server what it keeps of the messages' content. */
static void
forget(const struct place *p)
{
	static const char *const files[] = { "highwater-cache",
	    "dovecot.index.cache" };
	char			 path[1024];
	size_t			 i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/.%s/%s",
		    p->s->maildir, p->name, files[i]);
		if (unlink(path) == -1 && errno != ENOENT)
			err(1, "%s", path);
	}
}

static int
offers(struct client *c, const char *word)
{
	const char	*answer, *p, *end;
	size_t		 len, n = strlen(word);

	answer = client_answer(c, &len, "CAPABILITY");
	end = answer + len;
	for (p = answer; (p = memchr(p, ' ', (size_t)(end - p))) != NULL; ) {
		p++;
		if ((size_t)(end - p) > n && memcmp(p, word, n) == 0 &&
		    (p[n] == ' ' || p[n] == '\r'))
			return (1);
	}
	return (0);
}

/*
 * How much was told, and in what words; "* OK" only says that a search goes
 * on.
 */
static void
look(const char *answer, size_t len, enum answer kind, struct told *told)
{
	const char	*p, *line, *lf, *end = answer + len;

	memset(told, 0, sizeof(*told));
	for (line = answer; line < end; line = lf + 1) {
		if ((lf = memchr(line, '\n', (size_t)(end - line))) == NULL)
			break;
		if (lf - line < 4 || line[0] != '*' || line[1] != ' ' ||
		    memcmp(line + 2, "OK", 2) == 0)
			continue;
		if (kind == LISTED) {
			told->n++;
			continue;
		}
		for (p = line; p < lf; p++) {
			told->n += p[0] >= '0' && p[0] <= '9' &&
			    (p[1] < '0' || p[1] > '9');
			/* Threads may come in another order. */
			told->sum = kind == THREADED ? 0 :
			    told->sum * 31 + (unsigned char)*p;
		}
	}
}

static void
take(struct place *p, size_t i)
{
	const struct item	*item = &items[i];
	const char		*answer;
	double			 start;
	size_t			 len;

	p->ms[i] = -1;
	if (item->most != 0 && p->messages > item->most)
		return;
	if (item->when != SAME) {
		leave(p);
		if (item->when == COLD)
			forget(p);
		enter(p);
	}
	if (item->word != NULL && !offers(p->c, item->word))
		return;
	start = now_ms();
	answer = client_answer(p->c, &len, "%s", item->command);
	p->ms[i] = now_ms() - start;
	look(answer, len, item->answer, &p->told[i]);
	if (item->answer != FOUND && p->told[i].n != p->messages)
		errx(1, "%s: %u of %u: %s", p->s->name, p->told[i].n,
		    p->messages, item->command);
}

static void
take_all(struct place *p)
{
	size_t	 i;

	p->peak = -1;
	for (i = 0; i < ITEMS; i++)
		take(p, i);
	leave(p);
}

/* The mailboxes, which each server has once seen. */
static void
prepare(const struct bench *b)
{
	struct place	 p;
	unsigned int	 j;
	size_t		 i;

	memset(&p, 0, sizeof(p));
	for (i = 0; i < b->n; i++) {
		p.s = &b->servers[i];
		for (j = 0; j < b->nsizes; j++) {
			if (i > 0 && b->sizes[j] > b->second_max)
				continue;
			p.messages = b->sizes[j];
			(void)snprintf(p.name, sizeof(p.name), "mail%u",
			    b->sizes[j]);
			mail_make(p.s->maildir, p.name, p.messages);
			enter(&p);
			leave(&p);
		}
		mail_big(p.s->maildir, "big", BIG);
		for (j = 0; j < b->mailboxes; j++) {
			(void)snprintf(p.name, sizeof(p.name), "list%u", j);
			mail_make(p.s->maildir, p.name, 2);
		}
	}
}

static unsigned int
dice(uint64_t *seed, unsigned int sides)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return ((unsigned int)((*seed >> 32) % sides));
}

static void
read_bodies(const struct place *p, unsigned int times, unsigned int session)
{
	uint64_t	 seed = (session + 1) * UINT64_C(0x9e3779b97f4a7c15);
	unsigned int	 i;
	size_t		 len;

	for (i = 0; i < times; i++) {
		(void)client_answer(p->c, &len, "FETCH %u (BODY.PEEK[])",
		    1 + dice(&seed, p->messages));
		if (len < 1000)
			errx(1, "%s: a body of %zu octets", p->s->name, len);
	}
}

/* Bodies per second of so many sessions. */
static double
bodies(struct place *p, unsigned int sessions, unsigned int times)
{
	double		 start;
	unsigned int	 i;
	int		 ready[2], go[2], status, failed = 0;
	char		 byte;

	if (pipe(ready) == -1 || pipe(go) == -1)
		err(1, "pipe");
	(void)fflush(NULL);
	for (i = 0; i < sessions; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			(void)close(go[1]);
			enter(p);
			if (write(ready[1], "", 1) != 1 ||
			    read(go[0], &byte, 1) != 0)
				err(1, "pipe");
			read_bodies(p, times, i);
			client_close(p->c);
			_exit(0);
		default:
			break;
		}
	}
	(void)close(go[0]);
	(void)close(ready[1]);
	for (i = 0; i < sessions; i++)
		if (read(ready[0], &byte, 1) != 1)
			errx(1, "%s: a session failed", p->s->name);
	start = now_ms();
	(void)close(go[1]);
	for (i = 0; i < sessions; i++)
		if (wait(&status) == -1 || status != 0)
			failed = 1;
	start = now_ms() - start;
	(void)close(ready[0]);
	if (failed)
		errx(1, "%s: a session failed", p->s->name);
	return (1000.0 * times * sessions / start);
}

/* MB per second of a message of many. */
static double
big(struct place *p)
{
	double		 start;
	size_t		 len, sum = 0;
	unsigned int	 i;

	p->messages = 1;
	(void)snprintf(p->name, sizeof(p->name), "big");
	enter(p);
	start = now_ms();
	for (i = 0; i < BIG_TIMES; i++) {
		(void)client_answer(p->c, &len, "FETCH 1 (BODY.PEEK[])");
		if (len < BIG)
			errx(1, "%s: a body of %zu octets", p->s->name, len);
		sum += len;
	}
	start = now_ms() - start;
	leave(p);
	return ((double)sum / 1e3 / start);
}

/* LIST with STATUS of many folders, which were looked at before. */
static double
folders(struct place *p, unsigned int n)
{
	const char	*answer;
	struct told	 told;
	double		 start = -1;
	size_t		 len;
	int		 i;

	p->name[0] = '\0';
	enter(p);
	for (i = 0; i < 2 && offers(p->c, "LIST-STATUS"); i++) {
		start = now_ms();
		answer = client_answer(p->c, &len, "LIST \"\" \"*\" RETURN "
		    "(STATUS (MESSAGES UNSEEN UIDNEXT))");
		start = now_ms() - start;
		look(answer, len, LISTED, &told);
		if (told.n < 2 * n)
			errx(1, "%s: %u lines of LIST", p->s->name, told.n);
	}
	leave(p);
	return (start);
}

/* The values of a round are those that were just taken. */
static void
keep(const struct place *p, size_t n, size_t size)
{
	size_t	 i, j;

	for (j = 0; j < n; j++) {
		for (i = 0; i < ITEMS; i++)
			if (p[j].ms[i] >= 0)
				value_add(&took[size][i][j], p[j].ms[i]);
		value_add(&took[size][ITEMS][j], p[j].peak);
	}
	for (i = 0; i < ITEMS && n > 1; i++)
		if (p[0].ms[i] >= 0 && p[1].ms[i] >= 0 &&
		    (p[0].told[i].n != p[1].told[i].n ||
		    p[0].told[i].sum != p[1].told[i].sum))
			differ[size][i]++;
}

/* One round of all that is asked of the mailboxes of each size. */
static void
lists(const struct bench *b, size_t round)
{
	static struct place	 p[BENCH_SERVERS];
	size_t			 i, j, k, n;

	for (j = 0; j < b->nsizes; j++) {
		n = b->sizes[j] > b->second_max ? 1 : b->n;
		for (k = 0; k < n; k++) {
			i = (k + round) % n;
			p[i].s = &b->servers[i];
			p[i].messages = b->sizes[j];
			(void)snprintf(p[i].name, sizeof(p[i].name),
			    "mail%u", b->sizes[j]);
			take_all(&p[i]);
		}
		keep(p, n, j);
	}
}

/* And of all else. */
static void
others(const struct bench *b, size_t round)
{
	struct place	 p;
	size_t		 i, k;

	memset(&p, 0, sizeof(p));
	for (k = 0; k < b->n; k++) {
		i = (k + round) % b->n;
		p.s = &b->servers[i];
		p.messages = b->sizes[0];
		(void)snprintf(p.name, sizeof(p.name), "mail%u", b->sizes[0]);
		value_add(&other[BODIES_1][i], bodies(&p, 1, BODIES));
		value_add(&other[BODIES_8][i], bodies(&p, SESSIONS,
		    BODIES_EACH));
		value_add(&other[BIG_BODY][i], big(&p));
		value_add(&other[FOLDERS][i], folders(&p, b->mailboxes));
	}
}

static void
report_size(const struct bench *b, size_t size)
{
	char	 title[64];
	size_t	 i;

	(void)snprintf(title, sizeof(title), "%u messages: ms",
	    b->sizes[size]);
	print_head(b, title);
	for (i = 0; i < ITEMS; i++) {
		if (items[i].most == 0 || b->sizes[size] <= items[i].most)
			print_figure(b, items[i].name, took[size][i], 1, 0);
		if (differ[size][i] > 0)
			(void)printf("  (their answers differ)\n");
	}
	print_figure(b, "peak RSS of a session, KiB", took[size][ITEMS], 0, 0);
}

void
messages_run(const struct bench *b)
{
	static const char *const	 names[OTHERS] = {
		[BODIES_1] = "random bodies/s, 1 session",
		[BODIES_8] = "random bodies/s, 8 sessions",
		[BIG_BODY] = "a body of 10 MB, MB/s",
		[FOLDERS] = "LIST with STATUS of folders, ms"
	};
	double				 start;
	size_t				 i, j, round;

	prepare(b);
	start = now_ms();
	for (round = 0; round < b->rounds && round < MESSAGES_ROUNDS &&
	    now_ms() - start < MINUTES * 60000.0; round++) {
		lists(b, round);
		others(b, round);
	}
	for (j = 0; j < b->nsizes; j++)
		report_size(b, j);
	print_head(b, "text and folders");
	for (i = 0; i < OTHERS; i++)
		print_figure(b, names[i], other[i], 1, i != FOLDERS);
}
