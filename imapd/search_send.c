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

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/line.h"
#include "imapd/search_return.h"
#include "imapd/view.h"

/* The results of SEARCH and SORT, and what "$" stands for. */

struct sending {
	struct session			*s;
	const struct search_return	*ret;
	struct search_result		*result;
	const uint32_t			*order;	/* NULL: ascending */
	struct uidset			*shown;	/* UIDs or numbers */
	uint64_t			 n;	/* results */
	uint64_t			 from;	/* PARTIAL: from 0 */
	uint64_t			 count;
	struct uidset			 chosen; /* UIDs of MIN, MAX, PARTIAL */
};

/* What says that all that was found counts (RFC 5182 section 2.4, RFC 9394
 * section 3.2). */
#define RETURN_WHOLE	(RETURN_ALL | RETURN_COUNT)
#define RETURN_SOME	(RETURN_MIN | RETURN_MAX | RETURN_PARTIAL)

static int	choose(struct sending *);
static int	choose_partial(struct sending *);
static void	put_items(struct sending *, struct line *);
static void	put_order(struct sending *, struct line *, uint64_t,
		    uint64_t);
static void	put_partial(struct sending *, struct line *);
static void	put_range(struct line *, int64_t);
static void	put_set(struct sending *, struct line *,
		    const struct uidset *);
static int	range_of(struct uidset *, uint64_t, uint64_t, struct uidset *);
static void	room(struct sending *, struct line *);
static int	save(struct sending *);
static void	send_line(struct sending *);
static int	take_modseq(struct sending *);
static uint32_t	uid_of(struct sending *, uint64_t);

/* The UID of the ith result, from 0. */
static uint32_t
uid_of(struct sending *g, uint64_t i)
{
	struct search_result	*r = g->result;

	if (g->order == NULL)
		return (uidset_nth(&r->uids, i));
	if (g->s->cmd->flags & CMD_UID)
		return (g->order[i]);
	return (uidset_nth(&r->uids, uidset_rank(&r->nums, g->order[i])));
}

/* Adds to out the members of set from the given one on, counted from 0. */
static int
range_of(struct uidset *set, uint64_t from, uint64_t count,
    struct uidset *out)
{
	struct uidset	range;
	int		ret = -1;

	if (count == 0)
		return (0);
	uidset_init(&range, 0);
	if (uidset_add_range(&range, uidset_nth(set, from),
	    uidset_nth(set, from + count - 1)) == 0)
		ret = uidset_intersect(set, &range, out);
	uidset_free(&range);
	return (ret);
}

static int
choose_partial(struct sending *g)
{
	struct uidset_batch	batch;
	uint64_t		i;
	uint32_t		uid;

	g->count = search_partial(g->ret->first, g->ret->last, g->n,
	    &g->from);
	if (g->order == NULL)
		return (range_of(&g->result->uids, g->from, g->count,
		    &g->chosen));
	uidset_batch(&batch, &g->chosen);
	for (i = 0; i < g->count; i++) {
		uid = uid_of(g, g->from + i);
		if (uidset_batch_add(&batch, uid, uid) == -1)
			return (-1);
	}
	return (uidset_batch_end(&batch));
}

/* The messages that MIN, MAX and PARTIAL return. */
static int
choose(struct sending *g)
{
	unsigned int	what = g->ret->what;

	if (g->n == 0)
		return (0);
	if ((what & RETURN_PARTIAL) && choose_partial(g) == -1)
		return (-1);
	if ((what & RETURN_MIN) &&
	    uidset_add(&g->chosen, uid_of(g, 0)) == -1)
		return (-1);
	if ((what & RETURN_MAX) &&
	    uidset_add(&g->chosen, uid_of(g, g->n - 1)) == -1)
		return (-1);
	return (0);
}

/* Which messages "$" stands for from now on. */
static int
save(struct sending *g)
{
	const struct uidset	*set = &g->result->uids;
	struct uidset		 saved;

	if ((g->ret->what & RETURN_SAVE) == 0)
		return (0);
	if ((g->ret->what & RETURN_WHOLE) == 0 &&
	    (g->ret->what & RETURN_SOME) != 0)
		set = &g->chosen;
	uidset_init(&saved, SEARCH_SAVED_MAX);
	if (!g->result->failed && uidset_add_set(&saved, set) == -1) {
		uidset_free(&saved);
		return (-1);
	}
	uidset_free(&g->s->view->saved);
	g->s->view->saved = saved;
	return (0);
}

/*
 * Of MIN and MAX, and of a part, the mod-sequence is that of what is returned
 * (RFC 4731 section 3.2).
 */
static int
take_modseq(struct sending *g)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	int			 ret;

	if (g->result->modseq == 0 || (g->ret->what & RETURN_WHOLE) != 0)
		return (0);
	g->result->modseq = 0;
	view_walk(&w, g->s->view, &g->chosen, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1) {
		if (!m->lost && m->row.modseq > g->result->modseq)
			g->result->modseq = m->row.modseq;
	}
	return (ret);
}

/* The line is only the next piece of it. */
static void
room(struct sending *g, struct line *l)
{
	if (l->len < LINE_SIZE / 2)
		return;
	line_send(g->s, l);
	line_start(l);
}

static void
put_set(struct sending *g, struct line *l, const struct uidset *set)
{
	char	text[4096];
	size_t	pos = 0, len;
	int	first = 1;

	while ((len = uidset_text(set, &pos, text, sizeof(text))) > 0) {
		room(g, l);
		if (!first)
			line_add(l, ",", 1);
		line_add(l, text, len);
		first = 0;
	}
}

/* In the order of SORT no two make a range. */
static void
put_order(struct sending *g, struct line *l, uint64_t from, uint64_t count)
{
	uint64_t	i;

	for (i = 0; i < count; i++) {
		room(g, l);
		if (i > 0)
			line_add(l, ",", 1);
		line_number(l, g->order[from + i]);
	}
}

static void
put_range(struct line *l, int64_t n)
{
	if (n < 0)
		line_add(l, "-", 1);
	line_number(l, (uint64_t)(n < 0 ? -n : n));
}

static void
put_partial(struct sending *g, struct line *l)
{
	struct uidset	set;

	line_puts(l, " PARTIAL (");
	put_range(l, g->ret->first);
	line_add(l, ":", 1);
	put_range(l, g->ret->last);
	line_add(l, " ", 1);
	if (g->count == 0)
		line_puts(l, "NIL");
	else if (g->order != NULL)
		put_order(g, l, g->from, g->count);
	else {
		uidset_init(&set, 0);
		if (range_of(g->shown, g->from, g->count, &set) == -1)
			session_no_memory(g->s);
		put_set(g, l, &set);
		uidset_free(&set);
	}
	line_add(l, ")", 1);
}

static void
put_items(struct sending *g, struct line *l)
{
	unsigned int	what = g->ret->what;

	if ((what & RETURN_MIN) && g->n > 0) {
		line_puts(l, " MIN ");
		line_number(l, g->order != NULL ? g->order[0] :
		    uidset_min(g->shown));
	}
	if ((what & RETURN_MAX) && g->n > 0) {
		line_puts(l, " MAX ");
		line_number(l, g->order != NULL ? g->order[g->n - 1] :
		    uidset_max(g->shown));
	}
	if (what & RETURN_COUNT) {
		line_puts(l, " COUNT ");
		line_number(l, g->n);
	}
	if (what & RETURN_PARTIAL)
		put_partial(g, l);
	if ((what & RETURN_ALL) && g->n > 0) {
		line_puts(l, " ALL ");
		if (g->order != NULL)
			put_order(g, l, 0, g->n);
		else
			put_set(g, l, g->shown);
	}
	if (g->result->modseq > 0) {
		line_puts(l, " MODSEQ ");
		line_number(l, g->result->modseq);
	}
}

static void
send_line(struct sending *g)
{
	struct session	*s = g->s;
	struct line	 l;

	line_start(&l);
	line_puts(&l, "* ESEARCH (TAG \"");
	line_puts(&l, parser_tag(s->parser));
	line_puts(&l, "\")");
	if (s->cmd->flags & CMD_UID)
		line_puts(&l, " UID");
	put_items(g, &l);
	line_add(&l, "\r\n", 2);
	line_send(s, &l);
	if (g->result->modseq > s->view->sent)
		s->view->sent = g->result->modseq;
}

int
search_send(struct session *s, const struct search_return *ret,
    struct search_result *result, const uint32_t *order)
{
	struct sending	g;
	int		error = 0;

	memset(&g, 0, sizeof(g));
	g.s = s;
	g.ret = ret;
	g.result = result;
	g.order = order;
	g.shown = s->cmd->flags & CMD_UID ? &result->uids : &result->nums;
	g.n = uidset_count(&result->uids);
	uidset_init(&g.chosen, 0);
	if (choose(&g) == -1 || take_modseq(&g) == -1 || save(&g) == -1)
		error = errno;
	uidset_free(&g.chosen);
	if (error != 0) {
		errno = error;
		return (-1);
	}
	/* SAVE alone returns nothing (RFC 5182 section 2.2). */
	if (ret->what != RETURN_SAVE)
		send_line(&g);
	return (0);
}

void
search_unsave(struct session *s, const struct search_return *ret,
    const struct search_result *result)
{
	if (s->view != NULL && (ret->what & RETURN_SAVE) && !result->bad)
		uidset_free(&s->view->saved);
}

void
search_modseq(struct session *s, uint64_t modseq, struct line *l)
{
	line_puts(l, " (MODSEQ ");
	line_number(l, modseq);
	line_add(l, ")", 1);
	if (modseq > s->view->sent)
		s->view->sent = modseq;
}

void
search_answer(struct session *s, const struct search_return *ret,
    struct search_result *result, const uint32_t *order)
{
	int	error;

	if (search_send(s, ret, result, order) == -1) {
		error = errno;
		search_unsave(s, ret, result);
		errno = error;
		/* RFC 5182 section 2.5. */
		if (error == E2BIG)
			reply_no(s, "NOTSAVED", "Too much to be saved");
		else
			reply_errno(s, "Can't search");
	} else
		search_completed(s, result);
}

void
search_completed(struct session *s, const struct search_result *result)
{
	const char *code, *text;

	if (result->failed != 0) {
		code = response_errno(result->failed, &text);
		reply_no(s, code, "Some messages can't be read: %s", text);
	} else
		reply_ok(s, NULL, "%s completed", s->cmd->name);
}
