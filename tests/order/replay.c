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
 * The histories of the processes, each with a client of its own, in the order
 * of time.
 */

/* How long after its connection is lost a command may still take effect: a
 * session gets that far, and indexd has its request. */
#define LATE	UINT64_C(20000000000)

/* What is known of a process. */
struct proc {
	struct replica	 client;
	struct box	*box;
	size_t		 op;		/* running, or NO_SLOT */
	size_t		 other;		/* other program's, or NO_SLOT */
	uint64_t	 visible;	/* modseq seen when it was sent */
	uint64_t	 to_visible;	/* STATUS: of the mailbox asked for */
	struct uidset	 answered;	/* UIDs of FETCH lines */
	int		 broken;	/* a fault: no more of this client */
};

static void	begin_op(struct checker *, struct proc *,
		    const struct event *);
static void	begin_other(struct checker *, struct proc *,
		    const struct event *);
static int	changing(const struct command *);
static void	copyuid(struct op *, const struct response *);
static void	end_op(struct checker *, struct proc *,
		    const struct response *, uint64_t);
static void	observe_log(struct checker *, const struct event *);
static void	on_cut(struct checker *, struct proc *,
		    const struct event *);
static void	on_highest(struct checker *, struct proc *,
		    const struct event *, const struct response *);
static void	on_line(struct checker *, struct proc *,
		    const struct event *);
static void	on_reply(struct checker *, struct proc *,
		    const struct event *, const struct response *);
static void	on_send(struct checker *, struct proc *,
		    const struct event *);

static int
changing(const struct command *c)
{
	return (c->store || c->kind == CMD_APPEND || c->kind == CMD_COPY ||
	    c->kind == CMD_MOVE || c->kind == CMD_EXPUNGE ||
	    c->kind == CMD_CLOSE);
}

static void
begin_op(struct checker *k, struct proc *p, const struct event *e)
{
	struct op	*op;

	if (k->nops == k->capops) {
		k->capops = k->capops * 2 + 64;
		k->op = reallocarray(k->op, k->capops, sizeof(*k->op));
		if (k->op == NULL)
			err(1, NULL);
	}
	p->op = k->nops++;
	op = &k->op[p->op];
	memset(op, 0, sizeof(*op));
	op->cmd = p->client.cmd;
	op->proc = e->proc;
	op->box = p->box;
	if (op->cmd.mailbox[0] != '\0')
		op->to = ledger_box(&k->ledger, op->cmd.mailbox);
	op->t0 = e->t;
	op->t1 = UINT64_MAX;
	op->result = RESULT_CUT;
	uidset_init(&op->target, 0);
	uidset_init(&op->modified, 0);
	uidset_init(&op->from, 0);
	uidset_init(&op->into, 0);
	if (uidset_add_set(&op->target, &p->client.target) == -1)
		err(1, NULL);
	op->last = replica_last(&p->client);
	op->qresync = p->client.qresync;
	op->slot = op->to_slot = NO_SLOT;
}

static void
on_send(struct checker *k, struct proc *p, const struct event *e)
{
	struct box	*b;

	if (strcmp(e->text, "LOGOUT") == 0 && k->quiet != 0 &&
	    p->client.selected && p->box != NULL && !p->broken)
		check_final(k, p->box, &p->client, e->proc);
	replica_send(&p->client, e->text);
	p->visible = p->box == NULL ? 0 : p->box->seen;
	p->to_visible = 0;
	if (p->client.cmd.kind == CMD_STATUS && (b = ledger_box(&k->ledger,
	    p->client.cmd.mailbox)) != NULL)
		p->to_visible = b->seen;
	uidset_clear(&p->answered);
	p->op = NO_SLOT;
	if (changing(&p->client.cmd))
		begin_op(k, p, e);
}

static void
copyuid(struct op *op, const struct response *r)
{
	if (uidset_add_set(&op->from, &r->set) == -1 ||
	    uidset_add_set(&op->into, &r->to) == -1)
		err(1, NULL);
}

/* HIGHESTMODSEQ in an answer: what it says must have happened, and what was
 * seen before it was asked for must be in it. */
static void
on_highest(struct checker *k, struct proc *p, const struct event *e,
    const struct response *r)
{
	struct box	*b = p->box;
	uint64_t	 told = r->highest, before = p->visible;

	if (r->kind == RESP_STATUS) {
		if ((b = ledger_box(&k->ledger, r->mailbox)) == NULL)
			return;
		told = r->modseq;
		before = p->to_visible;
	}
	if (told == 0 || b == NULL)
		return;
	if ((r->kind == RESP_STATUS || (p->client.busy &&
	    p->client.cmd.kind == CMD_SELECT)) && told < before)
		fault(k->report, "highest", "process %u at %" PRIu64
		    ": HIGHESTMODSEQ %" PRIu64 " of %s after %" PRIu64,
		    e->proc, e->t, told, b->name, before);
	box_observed(b, told, e->t);
}

static void
end_op(struct checker *k, struct proc *p, const struct response *r,
    uint64_t t)
{
	struct op		*op = &k->op[p->op];
	struct uidset_iter	 it = { 0 };
	const struct replica	*c = &p->client;
	uint32_t		 n;

	op->t1 = t;
	op->result = r->kind == RESP_OK ? RESULT_OK : RESULT_NO;
	op->code = r->highest;
	if (r->copyuid)
		copyuid(op, r);
	if (r->appenduid && uidset_add_set(&op->into, &r->to) == -1)
		err(1, NULL);
	while (r->modified && uidset_next(&r->set, &it, &n)) {
		if (!op->cmd.uid)
			n = n <= c->n ? c->msg[n - 1].uid : 0;
		if ((n == 0 && !p->broken) ||
		    (n != 0 && uidset_add(&op->modified, n) == -1))
			fault(k->report, "client", "process %u: MODIFIED "
			    "names no message", op->proc);
	}
}

static void
on_reply(struct checker *k, struct proc *p, const struct event *e,
    const struct response *r)
{
	int	 syncing = p->client.syncing;

	if (p->op != NO_SLOT)
		end_op(k, p, r, e->t);
	p->op = NO_SLOT;
	if (p->client.cmd.kind == CMD_FETCH && p->client.cmd.changedsince &&
	    r->kind == RESP_OK && p->box != NULL && !p->broken)
		check_changedsince(k, p->box, &p->client, &p->answered,
		    p->visible);
	if (!p->broken && replica_line(&p->client, e->text) == -1) {
		fault(k->report, "client", "process %u at %" PRIu64 ": %s",
		    e->proc, e->t, p->client.fault);
		p->broken = 1;
	}
	if (syncing && !p->client.syncing && p->box != NULL && !p->broken)
		check_copy(k, p->box, &p->client, e->proc, e->t);
}

static void
on_line(struct checker *k, struct proc *p, const struct event *e)
{
	struct response	 r;

	if (response_parse(&r, e->text) == -1) {
		fault(k->report, "client", "process %u at %" PRIu64
		    ": malformed: %.100s", e->proc, e->t, e->text);
		response_free(&r);
		return;
	}
	on_highest(k, p, e, &r);
	if (r.kind == RESP_OK || r.kind == RESP_NO || r.kind == RESP_BAD) {
		on_reply(k, p, e, &r);
		response_free(&r);
		return;
	}
	if (r.kind == RESP_FETCH && p->box != NULL) {
		if (r.modseq != 0)
			check_fetched(k, p->box, &r, p->visible);
		box_observed(p->box, r.modseq, e->t);
		if (r.uid != 0 && uidset_add(&p->answered, r.uid) == -1)
			err(1, NULL);
	}
	if (r.kind == RESP_VANISHED && p->box != NULL)
		check_vanished(k, p->box, &r.set, e->proc);
	if (p->op != NO_SLOT && r.copyuid)
		copyuid(&k->op[p->op], &r);
	if (!p->broken && replica_line(&p->client, e->text) == -1) {
		fault(k->report, "client", "process %u at %" PRIu64 ": %s",
		    e->proc, e->t, p->client.fault);
		p->broken = 1;
	}
	response_free(&r);
}

/* Whatever was under way may be done, a little later even. */
static void
on_cut(struct checker *k, struct proc *p, const struct event *e)
{
	if (p->op != NO_SLOT)
		k->op[p->op].t1 = e->t + LATE;
	p->op = NO_SLOT;
	replica_cut(&p->client);
	if (p->box != NULL && !p->broken)
		check_copy(k, p->box, &p->client, e->proc, e->t);
}

/* "rename INBOX m1 (flags before) (flags after)" */
static void
begin_other(struct checker *k, struct proc *p, const struct event *e)
{
	struct other	*o;
	const char	*flags;
	char		 what[16], name[WIRE_NAME];
	uint64_t	 after;

	if (k->nothers == k->capothers) {
		k->capothers = k->capothers * 2 + 64;
		k->other = reallocarray(k->other, k->capothers,
		    sizeof(*k->other));
		if (k->other == NULL)
			err(1, NULL);
	}
	o = &k->other[k->nothers];
	memset(o, 0, sizeof(*o));
	if (sscanf(e->text, "%15s %63s %63s", what, name, o->id) != 3) {
		fault(k->report, "history", "%s", e->text);
		return;
	}
	if ((o->box = ledger_box(&k->ledger, name)) == NULL)
		return;
	o->kind = strcmp(what, "deliver") == 0 ? OTHER_DELIVER :
	    strcmp(what, "rename") == 0 ? OTHER_RENAME : OTHER_REMOVE;
	o->t0 = e->t;
	o->t1 = UINT64_MAX;
	if (o->kind == OTHER_RENAME) {
		flags = e->text + strcspn(e->text, "(");
		o->before = bits_parse(flags);
		flags += strcspn(flags, ")");
		after = bits_parse(flags + strcspn(flags, "("));
		o->set = after & ~o->before;
		o->cleared = o->before & ~after;
	}
	p->other = k->nothers++;
}

/* Once it stands in the table it is visible to all. */
static void
observe_log(struct checker *k, const struct event *e)
{
	struct box	*b;
	char		 name[WIRE_NAME];
	uint64_t	 modseq;

	if (sscanf(e->text, "%63s %" SCNu64, name, &modseq) == 2 &&
	    (b = ledger_box(&k->ledger, name)) != NULL)
		box_observed(b, modseq, e->t);
}

void
check_replay(struct checker *k)
{
	const struct event	*e;
	struct proc		*procs, *p;
	size_t			 i;

	if ((procs = calloc(k->h->nprocs + 1, sizeof(*procs))) == NULL)
		err(1, NULL);
	for (i = 0; i < k->h->nprocs; i++) {
		replica_init(&procs[i].client);
		uidset_init(&procs[i].answered, 0);
		procs[i].op = procs[i].other = NO_SLOT;
	}
	for (i = 0; i < k->h->n; i++) {
		e = &k->h->event[i];
		p = &procs[e->proc];
		switch (e->kind) {
		case '(':
			replica_open(&p->client, e->text);
			p->box = ledger_box(&k->ledger, e->text);
			break;
		case '>':
			on_send(k, p, e);
			break;
		case '<':
			on_line(k, p, e);
			break;
		case ')':
			on_cut(k, p, e);
			break;
		case '[':
			begin_other(k, p, e);
			break;
		case ']':
			if (p->other == NO_SLOT)
				break;
			k->other[p->other].t1 = e->t;
			k->other[p->other].failed =
			    strcmp(e->text, "done") != 0;
			p->other = NO_SLOT;
			break;
		case 'Q':
			k->quiet = e->t;
			break;
		case 'K':
			k->killed = 1;
			break;
		case 'L':
			observe_log(k, e);
			break;
		default:
			break;
		}
	}
	for (i = 0; i < k->h->nprocs; i++) {
		replica_free(&procs[i].client);
		uidset_free(&procs[i].answered);
	}
	free(procs);
}
