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
#include "imapd/mime/search.h"
#include "imapd/search.h"
#include "imapd/view.h"

/* One message under search. */
struct candidate {
	struct session		*s;
	const struct view_msg	*m;
	struct mime_message	*mime;		/* NULL: not open yet */
	unsigned int		*opened;
};

static int	compare_date(const struct search_key *,
		    const struct mime_date *);
static int	match(struct candidate *, struct search_key *);
static int	match_content(struct candidate *, struct search_key *);
static int	match_group(struct candidate *, struct search_key *);
static int	match_row(const struct search_key *, const struct view_msg *);
static int	match_size(struct candidate *, const struct search_key *);
static int	open_message(struct candidate *);

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

/* 1, or 0 if the file is gone. */
static int
open_message(struct candidate *c)
{
	if (c->mime != NULL)
		return (1);
	if ((c->mime = message_open(c->s, c->m)) == NULL)
		return (errno == ENOENT ? 0 : -1);
	++*c->opened;
	return (1);
}

/* Time and zone do not count (RFC 3501 section 6.4.4). */
static int
compare_date(const struct search_key *k, const struct mime_date *date)
{
	int	diff = mime_date_compare(date, &k->date);

	switch (k->type) {
	case SEARCH_BEFORE:
	case SEARCH_SENTBEFORE:
		return (diff < 0);
	case SEARCH_ON:
	case SEARCH_SENTON:
		return (diff == 0);
	default:
		return (diff >= 0);
	}
}

/* What the row alone answers. */
static int
match_row(const struct search_key *k, const struct view_msg *m)
{
	struct mime_date	date;
	time_t			t = (time_t)m->row.internaldate;

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
	default:
		mime_date_from_time(&date, t, mime_date_localzone(t));
		return (compare_date(k, &date));
	}
}

static int
match_size(struct candidate *c, const struct search_key *k)
{
	uint64_t	size = c->m->row.vsize;
	int		ret;

	if (size == TABLE_UNKNOWN) {
		if ((ret = open_message(c)) != 1)
			return (ret);
		size = mime_size(c->mime);
		if (mime_error(c->mime) == 0 && !c->m->gone)
			message_size(c->s, c->m->uid, size);
	}
	return (k->type == SEARCH_LARGER ? size > k->number :
	    size < k->number);
}

static int
match_content(struct candidate *c, struct search_key *k)
{
	struct mime_date	date;
	int			ret;

	if ((ret = open_message(c)) != 1)
		return (ret);
	switch (k->type) {
	case SEARCH_HEADER:
		return (mime_search_header(c->mime, k->text, k->needle));
	case SEARCH_BODY:
		return (mime_search_body(c->mime, k->needle));
	case SEARCH_TEXT:
		return (mime_search_text(c->mime, k->needle));
	default:
		if ((ret = mime_sent_date(c->mime, &date)) != 1)
			return (ret);
		return (compare_date(k, &date));
	}
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
		return (match_content(c, k));
	default:
		return (match_row(k, c->m));
	}
}

int
search_match(struct session *s, struct search_key *k,
    const struct view_msg *m, unsigned int *opened)
{
	struct candidate	c;

	c.s = s;
	c.m = m;
	c.mime = NULL;
	c.opened = opened;
	return (match(&c, k));
}
