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

#include "imapd/imap.h"
#include "imapd/parser.h"
#include "imapd/qresync.h"
#include "imapd/view.h"

static int	ascending(const struct seqset *, uint64_t *);
static int	changes(struct session *, uint64_t, const struct uidset *);
static int	get_sample(struct qresync *, const struct parser_arg *,
		    const char **);
static int	get_set(const struct parser_arg *, struct seqset *);
static int	in_run(struct session *, uint32_t, uint32_t, uint32_t,
		    uint32_t *);
static int	matched(struct session *, const struct qresync *, uint32_t *);

/*
 * Whether the set is in ascending order and without "*", as the grammar
 * demands of what a client knows (RFC 7162 section 7); counts its members.
 */
static int
ascending(const struct seqset *set, uint64_t *count)
{
	uint32_t	last = 0;
	size_t		i;

	*count = 0;
	for (i = 0; i < set->n; i++) {
		if (set->r[i].a <= last || set->r[i].b < set->r[i].a)
			return (0);
		last = set->r[i].b;
		*count += (uint64_t)last - set->r[i].a + 1;
	}
	return (set->n > 0);
}

static int
get_set(const struct parser_arg *arg, struct seqset *set)
{
	if (arg == NULL || arg->type != PARSER_ATOM)
		return (-1);
	return (seqset_parse(set, arg->text, SEQSET_RANGES_MAX));
}

static int
get_sample(struct qresync *q, const struct parser_arg *list,
    const char **why)
{
	uint64_t	n, m;

	*why = "Two sets of equal length expected, in ascending order";
	if (list->type != PARSER_LIST || list->next != NULL ||
	    list->child == NULL || list->child->next == NULL ||
	    list->child->next->next != NULL ||
	    get_set(list->child, &q->numbers) == -1 ||
	    get_set(list->child->next, &q->uids) == -1)
		return (-1);
	return (ascending(&q->numbers, &n) && ascending(&q->uids, &m) &&
	    n == m ? 0 : -1);
}

int
qresync_parse(struct qresync *q, const struct parser_arg *list,
    const char **why)
{
	const struct parser_arg	*arg;
	size_t			 i;

	memset(q, 0, sizeof(*q));
	*why = "QRESYNC needs UIDVALIDITY and a mod-sequence";
	if (list == NULL || list->type != PARSER_LIST ||
	    parser_number(list->child, &q->uidvalidity) == -1 ||
	    q->uidvalidity == 0)
		return (-1);
	arg = list->child->next;
	if (parser_number64(arg, &q->modseq) == -1)
		return (-1);
	arg = arg->next;
	if (arg != NULL && arg->type != PARSER_LIST) {
		*why = "A set of known UIDs expected, without \"*\"";
		if (get_set(arg, &q->known) == -1 || q->known.saved)
			return (-1);
		for (i = 0; i < q->known.n; i++) {
			if (q->known.r[i].a == 0 || q->known.r[i].b == 0)
				return (-1);
		}
		q->some = 1;
		arg = arg->next;
	}
	return (arg == NULL ? 0 : get_sample(q, arg, why));
}

void
qresync_free(struct qresync *q)
{
	seqset_free(&q->known);
	seqset_free(&q->numbers);
	seqset_free(&q->uids);
}

/*
 * A run of the sample: the messages num - n to num were said to have the UIDs
 * uid - n to uid.  Where the nth of them from the end has a UID that is
 * higher than said, so have all after it: the last one that is as said is
 * found by halving.  *match is its UID, or 0.
 */
static int
in_run(struct session *s, uint32_t num, uint32_t uid, uint32_t n,
    uint32_t *match)
{
	uint32_t	lo = 0, hi, mid, is;

	*match = 0;
	if (num > s->view->exists) {
		lo = num - s->view->exists;
		if (lo > n)
			return (0);
	}
	for (hi = n + 1; lo < hi; ) {
		mid = lo + (hi - lo) / 2;
		if (view_uid(s->view, num - mid, &is) == -1)
			return (-1);
		if (is > uid - mid) {
			lo = mid + 1;
			continue;
		}
		if (is == uid - mid)
			*match = is;
		hi = mid;
	}
	return (0);
}

/*
 * The UID of the last pair of the sample that is still so: then nothing up
 * to it was expunged that the client knows (RFC 7162 section 3.2.5.2).
 */
static int
matched(struct session *s, const struct qresync *q, uint32_t *match)
{
	size_t		i = q->numbers.n, j = q->uids.n;
	uint32_t	num = 0, uid = 0, nums = 0, uids = 0, n;

	*match = 0;
	while (i > 0 || nums > 0) {
		if (nums == 0) {
			num = q->numbers.r[--i].b;
			nums = num - q->numbers.r[i].a + 1;
		}
		if (uids == 0) {
			uid = q->uids.r[--j].b;
			uids = uid - q->uids.r[j].a + 1;
		}
		n = nums < uids ? nums : uids;
		if (in_run(s, num, uid, n - 1, match) == -1)
			return (-1);
		if (*match != 0)
			return (0);
		num -= n;
		uid -= n;
		nums -= n;
		uids -= n;
	}
	return (0);
}

uint64_t
qresync_since(const struct session *s, uint64_t modseq)
{
	if (modseq > s->view->place || table_in_gap(&s->view->state, modseq))
		return (0);
	return (modseq);
}

int
qresync_vanished(struct session *s, uint64_t modseq,
    const struct uidset *set)
{
	struct uidset	gone;
	int		ret;

	uidset_init(&gone, 0);
	ret = view_vanished(s->view, modseq, set, &gone);
	if (ret == 0)
		response_vanished(s, &gone, 1);
	uidset_free(&gone);
	return (ret);
}

/*
 * FETCH of what changed, as if UID FETCH with CHANGEDSINCE had asked.  What
 * changed after the HIGHESTMODSEQ that SELECT has told is news: a client
 * takes the highest MODSEQ that comes before the tagged OK for its place
 * (RFC 7162 section 6).
 */
static int
changes(struct session *s, uint64_t modseq, const struct uidset *set)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	struct uidset		 maybe, both;
	int			 ret = -1;

	uidset_init(&maybe, 0);
	uidset_init(&both, 0);
	if (view_changed(s->view, modseq, &maybe) == -1 ||
	    uidset_intersect(set, &maybe, &both) == -1)
		goto out;
	view_walk(&w, s->view, &both, TABLE_LIVE);
	while ((ret = view_step(&w, &m)) == 1 && session_alive(s)) {
		if (!m->gone && m->row.modseq > modseq &&
		    m->row.modseq <= s->view->told)
			response_fetch(s, m->num, &m->row, m->recent,
			    FETCH_LINE_UID | FETCH_LINE_FLAGS |
			    FETCH_LINE_MODSEQ);
	}
out:
	uidset_free(&maybe);
	uidset_free(&both);
	return (ret == -1 ? -1 : 0);
}

int
qresync_send(struct session *s, const struct qresync *q)
{
	struct uidset	 known, unsure;
	struct view	*v = s->view;
	uint64_t	 since = qresync_since(s, q->modseq);
	uint32_t	 upto;
	int		 ret = -1;

	if (q->uidvalidity != v->state.uidvalidity || v->uidnext == 1)
		return (0);
	uidset_init(&known, 0);
	uidset_init(&unsure, 0);
	if ((q->some ? seqset_uids(&q->known, 0, &known) :
	    uidset_add_range(&known, 1, v->uidnext - 1)) == 0 &&
	    matched(s, q, &upto) == 0 &&
	    uidset_add_set(&unsure, &known) == 0 &&
	    (upto == 0 || uidset_remove_range(&unsure, 1, upto) == 0) &&
	    qresync_vanished(s, since, &unsure) == 0)
		ret = changes(s, since, &known);
	uidset_free(&known);
	uidset_free(&unsure);
	return (ret);
}
