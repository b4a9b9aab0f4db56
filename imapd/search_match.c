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
#include <strings.h>
#include <time.h>

#include "common/table.h"
#include "imapd/fetch.h"
#include "imapd/mime/message.h"
#include "imapd/search.h"
#include "imapd/view.h"

#define DAY	86400

static int	compare_day(struct search *, const struct search_key *,
		    int64_t);
static int64_t	floor_div(int64_t, int64_t);
static int	match(struct candidate *, struct search_key *);
static int	match_group(struct candidate *, struct search_key *);
static int	match_row(struct search *, const struct search_key *,
		    const struct view_msg *);
static int	match_size(struct candidate *, const struct search_key *);

int
search_resolve(struct search_key *k, struct view *v)
{
	unsigned int	i;

	for (; k != NULL; k = k->next) {
		if (k->child != NULL && search_resolve(k->child, v) == -1)
			return (-1);
		/* To ask for 1:* of nothing is no error here. */
		if (k->type == SEARCH_SET && v->exists == 0)
			continue;
		if ((k->type == SEARCH_SET || k->type == SEARCH_UIDSET) &&
		    view_resolve(v, &k->set, k->type == SEARCH_UIDSET,
		    &k->uids) == -1)
			return (-1);
		if (k->type != SEARCH_KEYWORD)
			continue;
		k->keyword = 0;
		for (i = 0; i < v->nkeywords; i++) {
			if (strcasecmp(v->keyword[i], k->text) == 0)
				k->keyword = UINT64_C(1) << i;
		}
	}
	return (0);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return (a / b - (a % b < 0));
}

/*
 * Compares the day of a time with the key's, time and zone disregarded: the
 * day that the clocks here showed then.  Where no zone of the world makes a
 * difference none is looked up, and else one for each minute.
 */
static int
compare_day(struct search *search, const struct search_key *k, int64_t t)
{
	int64_t	day = floor_div(t, DAY), minute;

	if (day >= k->day - 2 && day <= k->day + 2) {
		minute = floor_div(t, 60);
		if (minute != search->minute) {
			search->minute = minute;
			search->zone = mime_date_localzone((time_t)t);
		}
		day = floor_div(t + (int64_t)search->zone * 60, DAY);
	}
	switch (k->type) {
	case SEARCH_BEFORE:
	case SEARCH_SAVEDBEFORE:
		return (day < k->day);
	case SEARCH_ON:
	case SEARCH_SAVEDON:
		return (day == k->day);
	default:
		return (day >= k->day);
	}
}

/* What the row alone answers. */
static int
match_row(struct search *search, const struct search_key *k,
    const struct view_msg *m)
{
	switch (k->type) {
	case SEARCH_ALL:
		return (1);
	case SEARCH_FLAG:
		return ((m->row.flags & k->mask) == k->want);
	case SEARCH_KEYWORD:
		return (((m->row.keywords & k->keyword) != 0) ==
		    (k->want != 0));
	case SEARCH_RECENT:
		return ((m->recent != 0) == (k->want != 0));
	case SEARCH_NEW:
		return (m->recent && (m->row.flags & FLAG_SEEN) == 0);
	case SEARCH_SET:
	case SEARCH_UIDSET:
		return (uidset_contains(&k->uids, m->uid));
	case SEARCH_MODSEQ:
		return (m->row.modseq >= k->number);
	case SEARCH_OLDER:
		return (m->row.internaldate <=
		    search->now - (int64_t)k->number);
	case SEARCH_YOUNGER:
		return (m->row.internaldate >=
		    search->now - (int64_t)k->number);
	case SEARCH_SAVEDBEFORE:
	case SEARCH_SAVEDON:
	case SEARCH_SAVEDSINCE:
		return (compare_day(search, k, m->row.savedate));
	default:
		return (compare_day(search, k, m->row.internaldate));
	}
}

static int
match_size(struct candidate *c, const struct search_key *k)
{
	uint64_t	size = c->m->row.vsize;
	int		ret;

	if (size == TABLE_UNKNOWN) {
		if ((ret = search_open(c)) != 1)
			return (ret);
		size = mime_size(c->mime);
		search_close(c);
		if (mime_error(c->mime) == ECANCELED) {
			errno = ECANCELED;
			return (-1);
		}
		if (mime_error(c->mime) == 0 && !c->m->gone)
			message_size(c->s, c->m->uid, size);
	}
	return (k->type == SEARCH_LARGER ? size > k->number :
	    size < k->number);
}

static int
match_group(struct candidate *c, struct search_key *k)
{
	struct search_key	*child;
	int			 ret, until = k->type == SEARCH_OR;

	for (child = k->child; child != NULL; child = child->next) {
		if ((ret = match(c, child)) == -1)
			return (-1);
		if (k->type == SEARCH_NOT)
			return (!ret);
		if (ret == until)
			return (until);
	}
	return (!until);
}

static int
match(struct candidate *c, struct search_key *k)
{
	switch (k->type) {
	case SEARCH_AND:
	case SEARCH_OR:
	case SEARCH_NOT:
		return (match_group(c, k));
	case SEARCH_LARGER:
	case SEARCH_SMALLER:
		return (match_size(c, k));
	case SEARCH_HEADER:
	case SEARCH_BODY:
	case SEARCH_TEXT:
	case SEARCH_SENTBEFORE:
	case SEARCH_SENTON:
	case SEARCH_SENTSINCE:
	case SEARCH_EMAILID:
	case SEARCH_THREADID:
		return (search_content(c, k));
	default:
		return (match_row(c->search, k, c->m));
	}
}

int
search_match(struct session *s, struct search *search,
    const struct view_msg *m, unsigned int *opened)
{
	struct candidate	c;

	c.s = s;
	c.search = search;
	c.m = m;
	c.mime = NULL;
	c.opened = opened;
	return (match(&c, search->key));
}
