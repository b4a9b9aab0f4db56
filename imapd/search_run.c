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
#include <strings.h>
#include <time.h>

#include "common/log.h"
#include "imapd/fetch.h"
#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/mime/charname.h"
#include "imapd/result_walk.h"
#include "imapd/search.h"
#include "imapd/search_return.h"
#include "imapd/view.h"

/* Looking for the messages that match. */

/* A search under way. */
struct searching {
	struct session		*s;
	struct search		 search;
	struct uidset		 where;		/* candidates */
	enum table_bitmap	 only;
	uint16_t		 mask;		/* flags that all must have, */
	uint16_t		 flags;		/* or must not */
	struct search_result	*result;
};

static void	bad_charset(struct session *);
static int	look(struct searching *);
static int	narrow(struct searching *);
static int	narrow_by(struct searching *, const struct uidset *);
static void	narrow_flags(struct searching *, const struct search_key *);
static int	prepare(struct searching *, const struct parser_arg *,
		    const char *);
static int	take(struct searching *, const struct view_msg *,
		    unsigned int *);

int
search_check(const struct parser_arg *arg, const char *charset,
    const char **why)
{
	struct search	s;
	int		ret;

	if ((ret = search_parse(&s, arg, charset, why)) == -1 && s.badcharset)
		ret = 0;	/* that is a NO */
	search_free(&s);
	return (ret);
}

static int
narrow_by(struct searching *g, const struct uidset *set)
{
	struct uidset	both;

	uidset_init(&both, 0);
	if (uidset_intersect(&g->where, set, &both) == -1) {
		uidset_free(&both);
		return (-1);
	}
	uidset_free(&g->where);
	g->where = both;
	return (0);
}

/* By a key that all must match; of two that contradict each other the last
 * is left to search_match(). */
static void
narrow_flags(struct searching *g, const struct search_key *k)
{
	if (k->mask == FLAG_SEEN && k->want == 0)
		g->only = TABLE_UNSEEN;
	else if (k->want == FLAG_DELETED)
		g->only = TABLE_DELETED;
	g->flags |= k->want & ~g->mask;
	g->mask |= k->mask;
}

/*
 * Which messages need be looked at: by the sets that all must be in, by the
 * change log for MODSEQ, by the table's bitmaps for UNSEEN and DELETED, by
 * the rows' flags.
 */
static int
narrow(struct searching *g)
{
	const struct search_key	*k;
	struct view		*v = g->s->view;
	struct uidset		 changed;
	int			 ret;

	g->only = TABLE_LIVE;
	if (v->uidnext > 1 &&
	    uidset_add_range(&g->where, 1, v->uidnext - 1) == -1)
		return (-1);
	for (k = g->search.key->child; k != NULL; k = k->next) {
		ret = 0;
		if (k->type == SEARCH_SET || k->type == SEARCH_UIDSET)
			ret = narrow_by(g, &k->uids);
		else if (k->type == SEARCH_FLAG)
			narrow_flags(g, k);
		else if (k->type == SEARCH_KEYWORD && k->keyword == 0 &&
		    k->want)
			uidset_clear(&g->where);	/* nobody has it */
		else if (k->type == SEARCH_MODSEQ && k->number > 1) {
			uidset_init(&changed, 0);
			ret = view_changed(v, k->number - 1, &changed);
			if (ret == 0)
				ret = narrow_by(g, &changed);
			uidset_free(&changed);
		}
		if (ret == -1)
			return (-1);
	}
	return (0);
}

/* Looks at one message. */
static int
take(struct searching *g, const struct view_msg *m, unsigned int *opened)
{
	struct session		*s = g->s;
	struct search_result	*r = g->result;

	if (m->lost)
		return (0);
	switch (search_match(s, &g->search, m, opened)) {
	case 1:
		if (g->search.modseq && m->row.modseq > r->modseq)
			r->modseq = m->row.modseq;
		if ((s->cmd->flags & CMD_UID) == 0 &&
		    uidset_add(&r->nums, m->num) == -1)
			return (-1);
		return (uidset_add(&r->uids, m->uid));
	case 0:
		return (0);
	default:
		break;
	}
	if (errno == ENOMEM || errno == ECANCELED)
		return (-1);
	r->failed = errno;
	log_warn("search: folder=%s uid=%u", s->view->folder->name,
	    (unsigned int)m->uid);
	return (0);
}

/* 0; -1 with errno; 1 if the client has gone. */
static int
look(struct searching *g)
{
	struct view_walk	 w;
	const struct view_msg	*m;
	struct walk_pace	 pace;
	int			 ret;

	walk_pace_start(&pace);
	view_walk(&w, g->s->view, &g->where, g->only);
	view_walk_flags(&w, g->mask, g->flags);
	while ((ret = view_step(&w, &m)) == 1) {
		/* ECANCELED: in the midst of a message. */
		if (take(g, m, &pace.opened) == -1)
			return (errno == ECANCELED ? 1 : -1);
		if (!walk_pace_on(g->s, &pace))
			return (1);
	}
	message_sizes_flush(g->s);
	return (ret);
}

/* NO, with the names of those that are known (RFC 3501 section 7.1). */
static void
bad_charset(struct session *s)
{
	const char	*name;
	char		 code[2048];
	size_t		 i;

	(void)strlcpy(code, "BADCHARSET (US-ASCII UTF-8", sizeof(code));
	for (i = 0; (name = mime_charname_nth(i)) != NULL; i++) {
		if (strcasecmp(name, "US-ASCII") == 0 ||
		    strcasecmp(name, "UTF-8") == 0)
			continue;
		(void)strlcat(code, " ", sizeof(code));
		(void)strlcat(code, name, sizeof(code));
	}
	if (strlcat(code, ")", sizeof(code)) >= sizeof(code))
		(void)strlcpy(code, "BADCHARSET (US-ASCII UTF-8)",
		    sizeof(code));
	reply_no(s, code, "Unknown charset");
}

/* Takes the arguments; -1 if the command has been answered. */
static int
prepare(struct searching *g, const struct parser_arg *arg,
    const char *charset)
{
	struct session	*s = g->s;
	const char	*why;

	/* RFC 6855 section 3; IMAP4rev2 has it still. */
	if (charset == NULL && s->utf8 && !s->rev2 &&
	    parser_is(arg, "CHARSET")) {
		g->result->bad = 1;
		reply_bad(s, "No CHARSET while UTF8=ACCEPT is on");
		return (-1);
	}
	if (search_parse(&g->search, arg, charset, &why) == -1) {
		g->result->bad = !g->search.badcharset;
		if (g->search.badcharset)
			bad_charset(s);
		else
			reply_bad(s, "%s", why);
		return (-1);
	}
	g->search.now = (int64_t)time(NULL);
	g->search.minute = INT64_MIN;
	/* No EXPUNGE then, by UID neither (RFC 7162 section 3.2.10.2). */
	if (g->search.numbers)
		s->hold = 1;
	if (g->search.modseq)
		session_enable_condstore(s);
	/* Keywords and changes of others that were answered before. */
	if (view_sync(s->view) == -1) {
		reply_errno(s, "Can't search");
		return (-1);
	}
	if (search_resolve(g->search.key, s->view) == 0)
		return (0);
	if (errno == ERANGE) {
		g->result->bad = 1;
		reply_bad(s, "There is no message of that number");
	} else
		reply_errno(s, "Can't search");
	return (-1);
}

int
search_run(struct session *s, const struct parser_arg *arg,
    const char *charset, struct search_result *result)
{
	struct searching	g;
	int			ret = -1;

	memset(result, 0, sizeof(*result));
	uidset_init(&result->uids, 0);
	uidset_init(&result->nums, 0);
	memset(&g, 0, sizeof(g));
	g.s = s;
	g.result = result;
	uidset_init(&g.where, 0);
	if (prepare(&g, arg, charset) == -1)
		goto out;
	ret = narrow(&g) == -1 ? -1 : look(&g);
	if (ret == -1)
		reply_errno(s, "Can't search");
out:
	search_free(&g.search);
	uidset_free(&g.where);
	return (ret);
}

void
search_result_free(struct search_result *result)
{
	uidset_free(&result->uids);
	uidset_free(&result->nums);
}
