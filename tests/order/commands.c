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

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/order/history.h"
#include "tests/order/workload.h"

/* The random commands of a worker. */

#define COMMAND		1024
#define MANY		60	/* messages; from here on fewer are made */
#define KEYWORDS	8

static void	append(struct worker *);
static uint64_t	since(struct worker *, uint32_t);
static int	choose(struct worker *, char *, size_t, int, uint32_t *);
static void	copy(struct worker *, int);
static void	expunge(struct worker *);
static void	random_flags(struct worker *, char [F_TEXTLEN], int);
static void	run(struct worker *, const char *, const char *,
		    const char *);
static void	look(struct worker *);
static void	store(struct worker *, int);

/* Sends it; now and then the connection is cut, or the session killed. */
static void
run(struct worker *w, const char *cmd, const char *literal, const char *name)
{
	switch (dice(&w->dice, 40)) {
	case 0:
		w->s.cut = dice(&w->dice, 400);
		break;
	case 1:
		if (w->w->kill)
			w->s.kill = 1 + dice(&w->dice, 3000000);
		break;
	default:
		break;
	}
	(void)session_append(&w->s, cmd, literal, name);
}

static void
random_flags(struct worker *w, char text[F_TEXTLEN], int more)
{
	uint64_t	 flags = 0;
	int		 n = 1 + (int)dice(&w->dice, 2) + more;

	while (n-- > 0)
		flags |= dice(&w->dice, 2) == 0 ?
		    (uint64_t)1 << (F_KEYWORD + dice(&w->dice, KEYWORDS)) :
		    (uint64_t[]){ F_SEEN, F_ANSWERED, F_FLAGGED,
		    F_DRAFT }[dice(&w->dice, 4)];
	(void)bits_text(flags, text);
}

/*
 * A set of messages whose UIDs the client knows, as UIDs or numbers; the UID
 * of one of them.  -1 if there is none.
 */
static int
choose(struct worker *w, char *set, size_t size, int uid, uint32_t *one)
{
	const struct replica	*c = &w->client;
	size_t			 i, j, n, used = 0;
	uint32_t		 x, y;

	for (n = 0; n < c->n && c->msg[n].uid != 0; n++)
		continue;
	if (n == 0)
		return (-1);
	i = dice(&w->dice, 3) == 0 ? dice(&w->dice, (uint32_t)n) :
	    n - 1 - dice(&w->dice, (uint32_t)(n < 6 ? n : 6));
	*one = c->msg[i].uid;
	x = uid ? c->msg[i].uid : (uint32_t)i + 1;
	used = (size_t)snprintf(set, size, "%" PRIu32, x);
	switch (dice(&w->dice, 6)) {
	case 0:
		j = i + dice(&w->dice, (uint32_t)(n - i));
		y = uid ? c->msg[j].uid : (uint32_t)j + 1;
		(void)snprintf(set, size, "%" PRIu32 ":%" PRIu32, x, y);
		break;
	case 1:
		for (n = 1 + dice(&w->dice, 3); n > 0 && i > 0; n--) {
			i = dice(&w->dice, (uint32_t)i);
			x = uid ? c->msg[i].uid : (uint32_t)i + 1;
			used += (size_t)snprintf(set + used, size - used,
			    ",%" PRIu32, x);
		}
		break;
	default:
		break;
	}
	return (0);
}

static void
append(struct worker *w)
{
	char	 cmd[COMMAND], text[128], name[32], flags[F_TEXTLEN];

	flags[0] = '\0';
	if (dice(&w->dice, 2))
		random_flags(w, flags, 0);
	(void)snprintf(name, sizeof(name), "m%ux%u", w->rec.proc,
	    ++w->serial);
	(void)snprintf(text, sizeof(text), "Subject: %s\r\n\r\nHello.\r\n",
	    name);
	(void)snprintf(cmd, sizeof(cmd), "APPEND %s%s%s",
	    dice(&w->dice, 4) ? w->mailbox : w->other,
	    flags[0] != '\0' ? " " : "", flags);
	run(w, cmd, text, name);
}

/* A mod-sequence to be unchanged since. */
static uint64_t
since(struct worker *w, uint32_t uid)
{
	const struct copy	*m = replica_find(&w->client, uid);
	uint64_t		 modseq = m == NULL ? 1 : m->modseq;

	switch (dice(&w->dice, 8)) {
	case 0:
		return (0);
	case 1:
	case 2:
		return (modseq > 1 ? modseq - 1 - dice(&w->dice,
		    modseq < 12 ? (uint32_t)modseq - 1 : 12) : 1);
	case 3:
	case 4:
		return (w->client.highest);
	default:
		return (modseq);
	}
}

static void
store(struct worker *w, int delete)
{
	char		 cmd[COMMAND], set[COMMAND / 2], flags[F_TEXTLEN];
	char		 cond[64] = "";
	uint32_t	 uid;
	int		 byuid = dice(&w->dice, 2) != 0, op;

	if (choose(w, set, sizeof(set), byuid, &uid) == -1) {
		append(w);
		return;
	}
	op = (int)dice(&w->dice, 5);
	random_flags(w, flags, op == 4);
	if (delete) {
		(void)strlcpy(flags, "(\\Deleted)", sizeof(flags));
		op = 0;
	}
	if (dice(&w->dice, 2))
		(void)snprintf(cond, sizeof(cond), " (UNCHANGEDSINCE %" PRIu64
		    ")", since(w, uid));
	(void)snprintf(cmd, sizeof(cmd), "%sSTORE %s%s %sFLAGS%s %s",
	    byuid ? "UID " : "", set, cond, op < 2 ? "+" : op < 4 ? "-" : "",
	    dice(&w->dice, 2) ? ".SILENT" : "", flags);
	run(w, cmd, NULL, NULL);
}

static void
copy(struct worker *w, int move)
{
	char		 cmd[COMMAND], set[COMMAND / 2];
	uint32_t	 uid;
	int		 byuid = dice(&w->dice, 2) != 0;

	if (choose(w, set, sizeof(set), byuid, &uid) == -1)
		return;
	(void)snprintf(cmd, sizeof(cmd), "%s%s %s %s", byuid ? "UID " : "",
	    move ? "MOVE" : "COPY", set, w->other);
	run(w, cmd, NULL, NULL);
}

static void
expunge(struct worker *w)
{
	char		 cmd[COMMAND], set[COMMAND / 2];
	uint32_t	 uid;

	if (dice(&w->dice, 2) == 0 ||
	    choose(w, set, sizeof(set), 1, &uid) == -1)
		(void)strlcpy(cmd, dice(&w->dice, 8) ? "EXPUNGE" : "CLOSE",
		    sizeof(cmd));
	else
		(void)snprintf(cmd, sizeof(cmd), "UID EXPUNGE %s", set);
	run(w, cmd, NULL, NULL);
}

/* Commands that change nothing, but that FETCH may set \Seen. */
static void
look(struct worker *w)
{
	char		 cmd[COMMAND], set[COMMAND / 2];
	uint64_t	 modseq = w->client.highest;
	uint32_t	 uid;

	if (modseq > 1)
		modseq -= dice(&w->dice, modseq < 30 ? (uint32_t)modseq : 30);
	switch (dice(&w->dice, 8)) {
	case 0:
		(void)snprintf(cmd, sizeof(cmd), "STATUS %s (MESSAGES "
		    "HIGHESTMODSEQ)", w->other);
		break;
	case 1:
		(void)strlcpy(cmd, "UID SEARCH ALL", sizeof(cmd));
		break;
	case 2:
	case 3:
		(void)snprintf(cmd, sizeof(cmd), "UID FETCH 1:* (FLAGS) "
		    "(CHANGEDSINCE %" PRIu64 "%s)", modseq > 0 ? modseq : 1,
		    w->client.qresync && dice(&w->dice, 2) ? " VANISHED" : "");
		break;
	case 5:
		if (choose(w, set, sizeof(set), 1, &uid) == 0) {
			(void)snprintf(cmd, sizeof(cmd), "UID FETCH %s "
			    "(BODY[TEXT])", set);
			break;
		}
		/* FALLTHROUGH */
	case 4:
		if (w->client.n > 0) {
			(void)strlcpy(cmd, "FETCH 1:* (UID FLAGS MODSEQ)",
			    sizeof(cmd));
			break;
		}
		/* FALLTHROUGH */
	default:
		(void)strlcpy(cmd, "NOOP", sizeof(cmd));
		break;
	}
	run(w, cmd, NULL, NULL);
}

void
worker_command(struct worker *w)
{
	uint32_t	 what = dice(&w->dice, 100);
	int		 many = w->client.n > MANY;

	if (what < 42)
		store(w, 0);
	else if (what < (many ? 58u : 49u))
		store(w, 1);
	else if (what < (many ? 60u : 62u))
		append(w);
	else if (what < (many ? 61u : 66u))
		copy(w, 0);
	else if (what < 72)
		copy(w, 1);
	else if (what < 78)
		expunge(w);
	else
		look(w);
}
