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

#include "tests/order/check.h"

/*
 * Nothing lost, nothing twice: what was appended or delivered is there under
 * one UID, copies are of what was copied, what other programs did to flags
 * has come to something, and in the end the files say what the ledger says.
 */

static void	check_arrived(struct checker *, const struct op *);
static void	check_copied(struct checker *, const struct op *);
static void	check_delivered(struct checker *, const struct box *);
static void	check_files(struct checker *, const struct box *);
static void	check_renamed(struct checker *, const struct other *);
static int	compare_lines(const void *, const void *);
static void	free_lines(char **, size_t);
static int	gone_by(const struct box *, const struct message *, uint64_t);
static void	name(struct message *, const char *);
static char	*line(const char *, uint64_t);

/* Names are learnt in the order of the commands: copies are copied. */
void
check_names(struct checker *k)
{
	struct uidset_iter	 from, into;
	struct message		*a, *b;
	const struct op		*op;
	uint32_t		 x, y;
	size_t			 i;

	for (i = 0; i < k->nops; i++) {
		op = &k->op[i];
		if (op->to == NULL || op->into.n == 0)
			continue;
		if (op->cmd.kind == CMD_APPEND) {
			b = box_find(op->to, uidset_min(&op->into));
			name(b, op->cmd.id);
			continue;
		}
		memset(&from, 0, sizeof(from));
		memset(&into, 0, sizeof(into));
		while (op->box != NULL && uidset_next(&op->from, &from, &x) &&
		    uidset_next(&op->into, &into, &y)) {
			a = box_find(op->box, x);
			b = box_find(op->to, y);
			if (a != NULL)
				name(b, a->id);
		}
	}
}

/* A message that nobody looked at. */
static void
name(struct message *m, const char *id)
{
	if (m != NULL && m->id[0] == '\0')
		(void)strlcpy(m->id, id, sizeof(m->id));
}

/* An APPEND that was answered OK brought its message, and no other. */
static void
check_arrived(struct checker *k, const struct op *op)
{
	const struct message	*m;

	if (op->to == NULL || op->into.n == 0)
		return;
	m = box_find(op->to, uidset_min(&op->into));
	if (m != NULL && m->id[0] != '\0' && strcmp(m->id, op->cmd.id) != 0)
		fault(k->report, "lost", "%s: UID %u is %s, appended was %s",
		    op->to->name, m->uid, m->id, op->cmd.id);
}

/* The UIDs of COPYUID are in the same order on both sides. */
static void
check_copied(struct checker *k, const struct op *op)
{
	const struct message	*a, *b;
	struct uidset_iter	 from = { 0 }, into = { 0 };
	uint32_t		 x, y;
	size_t			 i;

	if (op->box == NULL || op->to == NULL)
		return;
	while (uidset_next(&op->from, &from, &x) &&
	    uidset_next(&op->into, &into, &y)) {
		a = box_find(op->box, x);
		b = box_find(op->to, y);
		if (a == NULL || b == NULL) {
			fault(k->report, "lost", "%s by process %u: UID %u or "
			    "%u never was", op->cmd.kind == CMD_MOVE ? "MOVE" :
			    "COPY", op->proc, x, y);
			return;
		}
		if (a->id[0] != '\0' && b->id[0] != '\0' &&
		    strcmp(a->id, b->id) != 0)
			fault(k->report, "lost", "UID %u of %s is %s, copied "
			    "from UID %u of %s, which is %s", y, op->to->name,
			    b->id, x, op->box->name, a->id);
		if (!a->pinned || !b->pinned)
			continue;
		for (i = 0; i < a->nv && a->v[i].flags != b->v[0].flags; i++)
			continue;
		if (i == a->nv)
			fault(k->report, "lost", "UID %u of %s has flags that "
			    "UID %u of %s never had", y, op->to->name, x,
			    op->box->name);
	}
}

/*
 * Each delivery is one message: known by its name, or one of those that
 * nobody looked at; of these some may have come by commands without reply.
 */
static void
check_delivered(struct checker *k, const struct box *b)
{
	const struct other	*o;
	const struct slot	*s;
	const struct part	*p;
	size_t			 i, j, missing = 0, nameless = 0, cut = 0;
	size_t			 maybe = 0;

	for (i = 0; i < b->nslots; i++) {
		s = &b->slot[i];
		p = &b->part[s->first];
		for (j = 0; j < s->n && s->taken != TAKEN; j++)
			if (p[j].kind == CHANGE_IS_NEW &&
			    b->msg[p[j].message].id[0] == '\0')
				*(s->taken == FREE ? &nameless : &maybe) += 1;
	}
	for (i = 0; i < k->nops; i++)
		cut += k->op[i].to == b && k->op[i].result == RESULT_CUT;
	for (i = 0; i < k->nothers; i++) {
		o = &k->other[i];
		if (o->kind == OTHER_DELIVER && o->box == b && !o->failed &&
		    o->used == 0 && o->t1 < k->quiet)
			missing++;
	}
	if (missing > nameless + maybe || nameless > missing + cut)
		fault(k->report, "lost", "%s: %zu deliveries, %zu messages, "
		    "not accounted for", b->name, missing, nameless);
}

/* Whether somebody had seen by then that the message is gone. */
static int
gone_by(const struct box *b, const struct message *m, uint64_t t)
{
	return (m->gone != 0 && b->slot[box_slot(b, m->gone)].high < t);
}

/*
 * If nobody touched a flag since another program did, it stays as that left
 * it.  A killed session leaves it open who gave the file its name.
 */
static void
check_renamed(struct checker *k, const struct other *o)
{
	const struct message	*m = NULL, *one;
	uint64_t		 touched = 0, flags, wrong;
	char			 text[F_TEXTLEN];
	size_t			 i, j;

	if (o->kind != OTHER_RENAME || o->failed || k->killed ||
	    o->box == NULL || o->t1 >= k->quiet)
		return;
	for (i = 0; i < o->box->n; i++) {
		one = &o->box->msg[i];
		if (one->id[0] == '\0' && !gone_by(o->box, one, o->t0))
			return;		/* it may have been that one */
		if (strcmp(one->id, o->id) != 0)
			continue;
		if (m != NULL)
			return;
		m = one;
	}
	if (m == NULL || m->gone != 0 || !m->pinned)
		return;
	for (i = 0; i < m->nv; i++) {
		j = box_slot(o->box, m->v[i].modseq);
		if (o->box->slot[j].high >= o->t0)
			touched |= i == 0 ? UINT64_MAX : m->v[i].toggled;
	}
	for (i = 0; i < k->nothers; i++)
		if (&k->other[i] != o && k->other[i].box == o->box &&
		    k->other[i].t1 >= o->t0 &&
		    strcmp(k->other[i].id, o->id) == 0)
			touched |= k->other[i].set | k->other[i].cleared;
	flags = m->v[m->nv - 1].flags;
	wrong = ((o->set & ~flags) | (o->cleared & flags)) & ~touched;
	if (wrong != 0)
		fault(k->report, "lost", "%s: UID %u: another program's change "
		    "of %s came to nothing", o->box->name, m->uid,
		    bits_text(wrong, text));
}

static char *
line(const char *id, uint64_t flags)
{
	char	 text[F_TEXTLEN], *s;

	if (asprintf(&s, "%s %s", id, bits_text(flags, text)) == -1)
		err(1, NULL);
	return (s);
}

static int
compare_lines(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

static void
free_lines(char **lines, size_t n)
{
	while (n > 0)
		free(lines[--n]);
	free(lines);
}

/* Names and flags of the files are those of the messages. */
static void
check_files(struct checker *k, const struct box *b)
{
	const struct event	*e;
	char			**is, **should, name[WIRE_NAME];
	char			 id[WIRE_NAME];
	size_t			 i, nis = 0, nshould = 0;

	if ((is = calloc(k->h->n + 1, sizeof(*is))) == NULL ||
	    (should = calloc(b->n + 1, sizeof(*should))) == NULL)
		err(1, NULL);
	for (i = 0; i < k->h->n; i++) {
		e = &k->h->event[i];
		if (e->kind == 'F' && sscanf(e->text, "%63s %63s", name,
		    id) == 2 && strcmp(name, b->name) == 0)
			is[nis++] = line(id, bits_parse(e->text +
			    strcspn(e->text, "(")));
	}
	for (i = 0; i < b->n; i++)
		if (b->msg[i].gone == 0)
			should[nshould++] = line(b->msg[i].id,
			    b->msg[i].v[b->msg[i].nv - 1].flags);
	qsort(is, nis, sizeof(*is), compare_lines);
	qsort(should, nshould, sizeof(*should), compare_lines);
	for (i = 0; i < nis && i < nshould; i++)
		if (strcmp(is[i], should[i]) != 0)
			break;
	if (i < nis || i < nshould)
		fault(k->report, "file", "%s: %zu files, %zu messages; a file "
		    "is %s, a message %s", b->name, nis, nshould,
		    i < nis ? is[i] : "missing",
		    i < nshould ? should[i] : "missing");
	free_lines(is, nis);
	free_lines(should, nshould);
}

void
check_lost(struct checker *k)
{
	size_t	 i;
	int	 files = 0;

	for (i = 0; i < k->nops; i++) {
		if (k->op[i].cmd.kind == CMD_APPEND)
			check_arrived(k, &k->op[i]);
		else
			check_copied(k, &k->op[i]);
	}
	if (k->quiet == 0)
		return;
	for (i = 0; i < k->nothers; i++)
		check_renamed(k, &k->other[i]);
	for (i = 0; i < k->h->n; i++)
		files |= k->h->event[i].kind == 'F';
	for (i = 0; i < k->ledger.n; i++) {
		check_delivered(k, &k->ledger.box[i]);
		if (files)
			check_files(k, &k->ledger.box[i]);
	}
}
