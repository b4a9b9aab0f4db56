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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/order/replica.h"

static int	fail(struct replica *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static struct copy *find(struct copy *, size_t, uint32_t);
static void	leave(struct replica *);
static int	numbers_hold(const struct replica *);
static int	on_exists(struct replica *, uint32_t);
static int	on_fetch(struct replica *, const struct response *);
static int	on_gone(struct replica *, const struct response *);
static int	on_tagged(struct replica *, const struct response *);
static int	on_vanished(struct replica *, const struct response *);
static void	remove_at(struct replica *, size_t);
static void	resize(struct replica *, size_t);
static int	select_done(struct replica *);
static void	start_select(struct replica *);
static void	take(struct replica *, struct copy *, const struct response *);
static int	vanish(struct replica *, uint32_t);

static int
fail(struct replica *c, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	(void)vsnprintf(c->fault, sizeof(c->fault), fmt, ap);
	va_end(ap);
	return (-1);
}

/* In copies sorted by UID; unknown ones, at any place, are skipped. */
static struct copy *
find(struct copy *msg, size_t n, uint32_t uid)
{
	size_t	 lo = 0, hi = n, mid, at;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		for (at = mid; at < hi && msg[at].uid == 0; at++)
			continue;
		if (at == hi || msg[at].uid > uid)
			hi = mid;
		else if (msg[at].uid == uid)
			return (&msg[at]);
		else
			lo = at + 1;
	}
	return (NULL);
}

const struct copy *
replica_find(const struct replica *c, uint32_t uid)
{
	return (find(c->msg, c->n, uid));
}

void
replica_init(struct replica *c)
{
	memset(c, 0, sizeof(*c));
	uidset_init(&c->target, 0);
}

void
replica_free(struct replica *c)
{
	free(c->msg);
	free(c->old);
	uidset_free(&c->target);
	replica_init(c);
}

void
replica_open(struct replica *c, const char *mailbox)
{
	(void)strlcpy(c->mailbox, mailbox, sizeof(c->mailbox));
	c->qresync = 0;
	c->busy = 0;
}

/* Messages that appear are unknown until they are fetched. */
static void
resize(struct replica *c, size_t n)
{
	struct copy	*msg;

	if (n > c->cap) {
		msg = recallocarray(c->msg, c->cap, n + n / 2 + 16,
		    sizeof(*msg));
		if (msg == NULL)
			err(1, NULL);
		c->msg = msg;
		c->cap = n + n / 2 + 16;
	}
	while (c->n < n)
		memset(&c->msg[c->n++], 0, sizeof(*c->msg));
	c->n = n;
}

static void
remove_at(struct replica *c, size_t i)
{
	memmove(&c->msg[i], &c->msg[i + 1], (--c->n - i) * sizeof(*c->msg));
}

uint32_t
replica_last(const struct replica *c)
{
	size_t	 i;

	for (i = 0; i < c->n && c->msg[i].known; i++)
		continue;
	return (i == 0 ? 0 : c->msg[i - 1].uid);
}

int
replica_complete(const struct replica *c)
{
	size_t	 i;

	for (i = 0; i < c->n; i++)
		if (!c->msg[i].known)
			return (0);
	return (1);
}

/* The mailbox is no longer selected: what may be kept of it. */
static void
leave(struct replica *c)
{
	const struct copy	*m;
	struct copy		*msg;
	size_t			 i;

	if (!c->selected)
		return;
	c->selected = 0;
	c->seen = c->code = 0;
	if (c->syncing) {
		for (i = 0; i < c->nold; i++) {
			m = find(c->msg, c->n, c->old[i].uid);
			if (m != NULL && m->known)
				c->old[i] = *m;
		}
		msg = c->msg;
		c->msg = c->old;
		c->n = c->cap = c->nold;
		c->old = msg;
		c->syncing = 0;
	}
	free(c->old);
	c->old = NULL;
	c->nold = 0;
	for (i = 0; i < c->n && c->msg[i].known; i++)
		continue;
	c->n = i;
}

void
replica_cut(struct replica *c)
{
	leave(c);
	c->busy = 0;
}

/* The copy is laid aside until it is known which numbers it has. */
static void
start_select(struct replica *c)
{
	leave(c);
	c->selected = c->syncing = 1;
	c->old = c->msg;
	c->nold = c->n;
	c->msg = NULL;
	c->n = c->cap = 0;
	c->new_validity = 0;
	c->pending = 0;
	c->need_map = c->need_changes = 1;
}

void
replica_send(struct replica *c, const char *text)
{
	const char	*p;
	uint32_t	 lo, hi, star;
	size_t		 i;

	c->busy = 1;
	command_parse(&c->cmd, text);
	if (c->cmd.kind == CMD_SELECT)
		start_select(c);
	uidset_clear(&c->target);
	if (c->cmd.kind == CMD_SELECT || c->cmd.kind == CMD_STATUS)
		return;
	star = c->cmd.uid ? UINT32_MAX :
	    (uint32_t)c->n;
	for (p = c->cmd.set; set_next(&p, star, &lo, &hi);) {
		if (c->cmd.uid && lo > 0) {
			if (uidset_add_range(&c->target, lo,
			    hi < lo ? lo : hi) == -1)
				err(1, NULL);
			continue;
		}
		for (i = lo; i > 0 && i <= hi && i <= c->n; i++)
			if (c->msg[i - 1].uid != 0 &&
			    uidset_add(&c->target, c->msg[i - 1].uid) == -1)
				err(1, NULL);
	}
}

static int
on_exists(struct replica *c, uint32_t n)
{
	if (n < c->n)
		return (fail(c, "EXISTS %u after %zu messages", n, c->n));
	resize(c, n);
	return (0);
}

/*
 * Takes what a FETCH tells.  A silent STORE tells no flags: the client knows
 * what it did (RFC 3501 section 6.4.6), unless it was told the flags at this
 * very mod-sequence, or at a later one, in the same answer.  A mod-sequence
 * alone is no news of the flags.
 */
static void
take(struct replica *c, struct copy *m, const struct response *r)
{
	int	 ours;

	ours = c->busy && c->cmd.kind == CMD_STORE && c->cmd.silent &&
	    uidset_contains(&c->target, m->uid);
	if (r->has_flags) {
		m->flags = r->flags;
		m->known = r->modseq != 0;
		m->modseq = r->modseq;
	} else if (ours && m->known && r->modseq > m->modseq) {
		if (c->cmd.op == OP_SET)
			m->flags = c->cmd.flags;
		else if (c->cmd.op == OP_ADD)
			m->flags |= c->cmd.flags;
		else
			m->flags &= ~c->cmd.flags;
		m->modseq = r->modseq;
	}
}

static int
on_fetch(struct replica *c, const struct response *r)
{
	struct copy		*m;
	const struct copy	*old;

	if (r->modseq > c->seen)
		c->seen = r->modseq;
	if (r->num > c->n)
		return (fail(c, "FETCH of %u, of %zu messages", r->num, c->n));
	m = &c->msg[r->num - 1];
	if (r->uid == 0)
		return (fail(c, "FETCH of %u without UID", r->num));
	if (m->uid != 0 && m->uid != r->uid)
		return (fail(c, "number %u is UID %u, not %u", r->num, m->uid,
		    r->uid));
	if (m->uid == 0) {
		if (r->num > 1 && m[-1].uid >= r->uid)
			return (fail(c, "UID %u comes before %u", m[-1].uid,
			    r->uid));
		m->uid = r->uid;
		if (c->syncing &&
		    (old = find(c->old, c->nold, r->uid)) != NULL)
			*m = *old;
	}
	if (m->known && r->modseq != 0) {
		if (r->modseq < m->modseq)
			return (fail(c, "MODSEQ of UID %u fell from %" PRIu64
			    " to %" PRIu64, m->uid, m->modseq, r->modseq));
		if (r->modseq == m->modseq && r->has_flags &&
		    r->flags != m->flags)
			return (fail(c, "UID %u has other flags at MODSEQ %"
			    PRIu64, m->uid, m->modseq));
		if (!c->syncing && r->modseq > m->modseq &&
		    r->modseq <= c->highest)
			return (fail(c, "UID %u changed at %" PRIu64
			    ", never sent, though HIGHESTMODSEQ is %" PRIu64,
			    m->uid, r->modseq, c->highest));
	}
	take(c, m, r);
	return (0);
}

/* A message has gone, maybe one of those the client never fetched. */
static int
vanish(struct replica *c, uint32_t uid)
{
	struct copy	*m;
	uint32_t	 before = 0;
	size_t		 i, hole;

	if ((m = find(c->msg, c->n, uid)) != NULL) {
		remove_at(c, (size_t)(m - c->msg));
		return (0);
	}
	hole = c->n;
	for (i = 0; i < c->n && before < uid; i++) {
		if (c->msg[i].uid == 0)
			hole = i;
		else if ((before = c->msg[i].uid) < uid)
			hole = c->n;
		else
			break;
	}
	if (hole == c->n)
		return (fail(c, "VANISHED %u was never announced", uid));
	remove_at(c, hole);
	return (0);
}

/* Whether no message may go now: while no command runs, and during those that
 * use numbers (RFC 3501 section 7.4.1, RFC 7162 section 3.2.10.2). */
static int
numbers_hold(const struct replica *c)
{
	return (!c->busy || (!c->cmd.uid && (c->cmd.kind == CMD_FETCH ||
	    c->cmd.kind == CMD_STORE || c->cmd.kind == CMD_SEARCH)));
}

static int
on_vanished(struct replica *c, const struct response *r)
{
	struct uidset_iter	 it = { 0 };
	size_t			 i, n = 0;
	uint32_t		 uid;

	if (!c->qresync)
		return (fail(c, "VANISHED without QRESYNC"));
	if (r->earlier) {
		if (!c->busy || !((c->cmd.kind == CMD_SELECT &&
		    c->cmd.qresync) || (c->cmd.kind == CMD_FETCH &&
		    c->cmd.vanished)))
			return (fail(c, "VANISHED (EARLIER) unasked"));
		/* Numbers do not change (section 3.2.10.1). */
		if (c->cmd.kind == CMD_SELECT) {
			for (i = 0; i < c->nold; i++)
				if (!uidset_contains(&r->set, c->old[i].uid))
					c->old[n++] = c->old[i];
			c->nold = n;
		}
		return (0);
	}
	if (numbers_hold(c))
		return (fail(c, "VANISHED is not allowed here"));
	while (uidset_next(&r->set, &it, &uid))
		if (vanish(c, uid) == -1)
			return (-1);
	return (0);
}

static int
on_gone(struct replica *c, const struct response *r)
{
	if (c->qresync)
		return (fail(c, "EXPUNGE after ENABLE QRESYNC"));
	if (numbers_hold(c))
		return (fail(c, "EXPUNGE is not allowed here"));
	if (r->num > c->n)
		return (fail(c, "EXPUNGE %u of %zu messages", r->num, c->n));
	remove_at(c, r->num - 1);
	return (0);
}

/* SELECT is through: with QRESYNC the client is up to date. */
static int
select_done(struct replica *c)
{
	size_t	 i;

	if (c->new_validity != c->uidvalidity) {
		c->nold = 0;
		c->highest = 0;
		c->uidvalidity = c->new_validity;
	}
	if (c->n == 0)
		c->need_map = c->need_changes = 0;
	/* CHANGEDSINCE is for messages that the client has. */
	if (c->nold == 0)
		c->need_changes = 0;
	if (!c->cmd.qresync)
		return (0);
	if (c->nold > c->n)
		return (fail(c, "%zu messages are left of the copy, of %zu",
		    c->nold, c->n));
	for (i = 0; i < c->nold; i++) {
		if (c->msg[i].uid == 0)
			c->msg[i] = c->old[i];
		else if (c->msg[i].uid != c->old[i].uid)
			return (fail(c, "number %zu is UID %u, in the copy %u",
			    i + 1, c->msg[i].uid, c->old[i].uid));
	}
	c->need_map = c->need_changes = 0;
	return (0);
}

/* The new HIGHESTMODSEQ is taken now and not before (section 6). */
static int
on_tagged(struct replica *c, const struct response *r)
{
	uint64_t	*highest;

	c->busy = 0;
	if (c->cmd.kind == CMD_ENABLE && r->kind == RESP_OK && c->cmd.qresync)
		c->qresync = 1;
	if (c->cmd.kind == CMD_SELECT && r->kind != RESP_OK) {
		leave(c);
		return (0);
	}
	if (!c->selected)
		return (0);
	highest = c->syncing ? &c->pending : &c->highest;
	if (c->code != 0)
		*highest = c->code;
	else if (c->seen > *highest)
		*highest = c->seen;
	c->code = c->seen = 0;
	if (r->kind != RESP_OK)
		return (0);
	if (c->cmd.kind == CMD_CLOSE) {
		leave(c);
		return (0);
	}
	if (!c->syncing)
		return (0);
	if (c->cmd.kind == CMD_SELECT && select_done(c) == -1)
		return (-1);
	if (c->cmd.kind == CMD_FETCH && !c->cmd.uid &&
	    strcmp(c->cmd.set, "1:*") == 0)
		c->need_map = 0;
	if (c->cmd.kind == CMD_FETCH && c->cmd.uid && c->cmd.changedsince)
		c->need_changes = 0;
	if (c->need_map || c->need_changes)
		return (0);
	c->syncing = 0;
	c->highest = c->pending;
	free(c->old);
	c->old = NULL;
	c->nold = 0;
	return (0);
}

int
replica_line(struct replica *c, const char *line)
{
	struct response	 r;
	int		 ret = 0;

	if (response_parse(&r, line) == -1) {
		response_free(&r);
		return (fail(c, "malformed: %s", line));
	}
	if (r.highest != 0)
		c->code = r.highest;
	if (r.uidvalidity != 0)
		c->new_validity = r.uidvalidity;
	switch (r.kind) {
	case RESP_EXISTS:
		ret = c->selected ? on_exists(c, r.num) : 0;
		break;
	case RESP_FETCH:
		ret = on_fetch(c, &r);
		break;
	case RESP_EXPUNGE:
		ret = on_gone(c, &r);
		break;
	case RESP_VANISHED:
		ret = on_vanished(c, &r);
		break;
	case RESP_OK:
	case RESP_NO:
	case RESP_BAD:
		ret = on_tagged(c, &r);
		break;
	default:
		break;
	}
	response_free(&r);
	return (ret);
}
