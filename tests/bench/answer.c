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
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/*
 * Answers are checked, so that no server is fast by saying too little: each
 * change is told once, with what it came to, and nothing else is told.
 */

struct check {
	const struct client	*c;
	const struct changes	*ch;
	const char		*server;
	enum answer_kind	 kind;
	uint64_t		 top;		/* highest MODSEQ */
	unsigned int		 changed[CHANGES];
	unsigned int		 expunged[CHANGES];
};

static void	wrong(const struct check *, const char *, const char *)
		    __attribute__((__noreturn__));
static unsigned int	flags_of(const char *);
static void	check_fetch(struct check *, const char *);
static void	check_uid(struct check *, uint32_t, const char *);
static void	check_vanished(struct check *, const char *);
static void	check_line(struct check *, const char *);
static void	check_state(struct check *);

static void
wrong(const struct check *k, const char *what, const char *line)
{
	errx(1, "%s: %s: %s\n%s", k->server, what, line,
	    k->c->kept == NULL ? "" : k->c->kept);
}

/* The flags in a list, other than \Recent. */
static unsigned int
flags_of(const char *list)
{
	static const char *const names[] = { "\\Seen", "\\Flagged",
	    "\\Answered", "\\Deleted", "\\Draft" };
	unsigned int	 flags = 0, i;
	size_t		 n;

	while (*list == '(' || *list == ' ') {
		list++;
		n = strcspn(list, " )");
		if (n == 0 || (n == 7 && strncmp(list, "\\Recent", n) == 0)) {
			list += n;
			continue;
		}
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i]) == n &&
			    strncmp(list, names[i], n) == 0)
				break;
		flags |= 1U << i;
		list += n;
	}
	return (flags);
}

int
answer_fetch(const char *line, struct fetched *f)
{
	const char	*p;
	char		*end;

	memset(f, 0, sizeof(*f));
	if (strncmp(line, "* ", 2) != 0)
		return (0);
	(void)strtoul(line + 2, &end, 10);
	if (end == line + 2 || strncmp(end, " FETCH (", 8) != 0)
		return (0);
	if ((p = strstr(end, "(UID ")) != NULL ||
	    (p = strstr(end, " UID ")) != NULL)
		f->uid = (uint32_t)strtoul(p + 5, NULL, 10);
	if ((p = strstr(end, "MODSEQ (")) != NULL)
		f->modseq = strtoull(p + 8, NULL, 10);
	if ((p = strstr(end, "FLAGS (")) != NULL) {
		f->hasflags = 1;
		f->flags = flags_of(p + 6);
	}
	return (1);
}

static void
check_fetch(struct check *k, const char *line)
{
	struct fetched	 f;
	unsigned int	 i;

	(void)answer_fetch(line, &f);
	for (i = 0; i < CHANGES && k->ch->changed[i] != f.uid; i++)
		;
	if (i == CHANGES)
		wrong(k, "FETCH of what has not changed", line);
	if (!f.hasflags || f.flags != (FLAGS_SEEN | FLAGS_FLAGGED))
		wrong(k, "wrong flags", line);
	if (f.modseq <= k->ch->modseq)
		wrong(k, "wrong MODSEQ", line);
	if (f.modseq > k->top)
		k->top = f.modseq;
	k->changed[i]++;
}

static void
check_uid(struct check *k, uint32_t uid, const char *line)
{
	unsigned int	 i;

	for (i = 0; i < CHANGES && k->ch->expunged[i] != uid; i++)
		;
	if (i == CHANGES)
		wrong(k, "VANISHED with a UID that has not", line);
	k->expunged[i]++;
}

static void
check_vanished(struct check *k, const char *line)
{
	const char	*p = line + strlen("* VANISHED ");
	char		*end;
	uint32_t	 lo, hi;
	int		 earlier;

	earlier = strncmp(p, "(EARLIER) ", 10) == 0;
	if (earlier != (k->kind != ANSWER_NOOP))
		wrong(k, "wrong about EARLIER", line);
	if (earlier)
		p += 10;
	do {
		lo = hi = (uint32_t)strtoul(p, &end, 10);
		if (*end == ':')
			hi = (uint32_t)strtoul(end + 1, &end, 10);
		if (lo == 0 || hi < lo)
			wrong(k, "wrong set", line);
		for (; lo <= hi; lo++)
			check_uid(k, lo, line);
		p = end + 1;
	} while (*end == ',');
	if (*end != '\0')
		wrong(k, "wrong set", line);
}

static void
check_line(struct check *k, const char *line)
{
	struct fetched	 f;

	if (strncmp(line, "* VANISHED ", 11) == 0)
		check_vanished(k, line);
	else if (answer_fetch(line, &f))
		check_fetch(k, line);
	else if (strstr(line, " EXPUNGE") != NULL)
		wrong(k, "EXPUNGE", line);
}

/* What SELECT says besides. */
static void
check_state(struct check *k)
{
	const struct changes	*ch = k->ch;
	uint64_t		 highest;

	highest = answer_number(k->c, "[HIGHESTMODSEQ ");
	if (highest < k->top || (ch->highest != 0 && highest != ch->highest))
		wrong(k, "HIGHESTMODSEQ", "");
	if (answer_number(k->c, "[UIDVALIDITY ") != ch->uidvalidity)
		wrong(k, "UIDVALIDITY", "");
	if (k->c->exists != ch->exists)
		wrong(k, "EXISTS", "");
}

void
answer_check(const struct client *c, const struct changes *ch,
    enum answer_kind kind, const char *server)
{
	struct check	 k;
	char		*text, *line, *rest;
	unsigned int	 i;

	memset(&k, 0, sizeof(k));
	k.c = c;
	k.ch = ch;
	k.kind = kind;
	k.server = server;
	if (c->keptlen == 0 || (rest = text = strdup(c->kept)) == NULL)
		errx(1, "%s: nothing kept", server);
	while ((line = strsep(&rest, "\n")) != NULL)
		check_line(&k, line);
	free(text);
	for (i = 0; i < CHANGES; i++) {
		if (k.changed[i] != 1)
			wrong(&k, "a change is not told once", "");
		if (k.expunged[i] != 1)
			wrong(&k, "an expunge is not told once", "");
	}
	if (kind == ANSWER_SELECT)
		check_state(&k);
}

uint64_t
answer_number(const struct client *c, const char *what)
{
	const char	*p;

	if (c->keptlen == 0 || (p = strstr(c->kept, what)) == NULL)
		return (0);
	return (strtoull(p + strlen(what), NULL, 10));
}
