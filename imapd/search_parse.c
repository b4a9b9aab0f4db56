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
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/table.h"
#include "imapd/derive_search.h"
#include "imapd/mime/charset.h"
#include "imapd/mime/search.h"
#include "imapd/parser.h"
#include "imapd/search.h"

/* What follows a key's name. */
enum operand {
	NONE,
	ASTRING,
	FIELD,
	KEYWORD,
	DATE,
	NUMBER,
	INTERVAL,
	UIDS,
	MODSEQ,
	ID
};

struct key_name {
	const char	*name;
	enum search_type type;
	enum operand	 operand;
	uint16_t	 mask;		/* SEARCH_FLAG */
	uint16_t	 want;		/* SEARCH_FLAG, SEARCH_KEYWORD */
	const char	*text;		/* SEARCH_HEADER: the field */
};

/* The state of a parse. */
struct parse {
	struct search		*search;
	const struct parser_arg	*arg;		/* next one */
	const char		*why;
};

static int	by_cost(const struct search_key *);
static void	free_keys(struct search_key *);
static int	get_date(struct parse *, struct search_key *);
static int	get_modseq(struct parse *, struct search_key *);
static int	get_needle(struct parse *, struct search_key *);
static int	get_operand(struct parse *, struct search_key *,
		    enum operand);
static int	get_set(struct parse *, struct search_key *);
static struct search_key *new_key(enum search_type);
static struct search_key *parse_key(struct parse *, unsigned int);
static struct search_key *parse_list(struct parse *, unsigned int);
static struct search_key *parse_named(struct parse *, const char *);
static struct search_key *parse_operator(struct parse *, enum search_type,
		    unsigned int);
static void	sort(struct search_key *);
static void	take_cost(struct search_key *);

static const struct key_name names[] = {
	{ "ALL", SEARCH_ALL, NONE, 0, 0, NULL },
	{ "ANSWERED", SEARCH_FLAG, NONE, FLAG_ANSWERED, FLAG_ANSWERED, NULL },
	{ "BCC", SEARCH_HEADER, ASTRING, 0, 0, "Bcc" },
	{ "BEFORE", SEARCH_BEFORE, DATE, 0, 0, NULL },
	{ "BODY", SEARCH_BODY, ASTRING, 0, 0, NULL },
	{ "CC", SEARCH_HEADER, ASTRING, 0, 0, "Cc" },
	{ "DELETED", SEARCH_FLAG, NONE, FLAG_DELETED, FLAG_DELETED, NULL },
	{ "DRAFT", SEARCH_FLAG, NONE, FLAG_DRAFT, FLAG_DRAFT, NULL },
	{ "EMAILID", SEARCH_EMAILID, ID, 0, 0, NULL },
	{ "FLAGGED", SEARCH_FLAG, NONE, FLAG_FLAGGED, FLAG_FLAGGED, NULL },
	{ "FROM", SEARCH_HEADER, ASTRING, 0, 0, "From" },
	{ "HEADER", SEARCH_HEADER, FIELD, 0, 0, NULL },
	{ "KEYWORD", SEARCH_KEYWORD, KEYWORD, 0, 1, NULL },
	{ "LARGER", SEARCH_LARGER, NUMBER, 0, 0, NULL },
	{ "MODSEQ", SEARCH_MODSEQ, MODSEQ, 0, 0, NULL },
	{ "NEW", SEARCH_NEW, NONE, 0, 0, NULL },
	{ "OLD", SEARCH_RECENT, NONE, 0, 0, NULL },
	{ "OLDER", SEARCH_OLDER, INTERVAL, 0, 0, NULL },
	{ "ON", SEARCH_ON, DATE, 0, 0, NULL },
	{ "RECENT", SEARCH_RECENT, NONE, 0, 1, NULL },
	{ "SAVEDATESUPPORTED", SEARCH_ALL, NONE, 0, 0, NULL },
	{ "SAVEDBEFORE", SEARCH_SAVEDBEFORE, DATE, 0, 0, NULL },
	{ "SAVEDON", SEARCH_SAVEDON, DATE, 0, 0, NULL },
	{ "SAVEDSINCE", SEARCH_SAVEDSINCE, DATE, 0, 0, NULL },
	{ "SEEN", SEARCH_FLAG, NONE, FLAG_SEEN, FLAG_SEEN, NULL },
	{ "SENTBEFORE", SEARCH_SENTBEFORE, DATE, 0, 0, NULL },
	{ "SENTON", SEARCH_SENTON, DATE, 0, 0, NULL },
	{ "SENTSINCE", SEARCH_SENTSINCE, DATE, 0, 0, NULL },
	{ "SINCE", SEARCH_SINCE, DATE, 0, 0, NULL },
	{ "SMALLER", SEARCH_SMALLER, NUMBER, 0, 0, NULL },
	{ "SUBJECT", SEARCH_HEADER, ASTRING, 0, 0, "Subject" },
	{ "TEXT", SEARCH_TEXT, ASTRING, 0, 0, NULL },
	{ "THREADID", SEARCH_THREADID, ID, 0, 0, NULL },
	{ "TO", SEARCH_HEADER, ASTRING, 0, 0, "To" },
	{ "UID", SEARCH_UIDSET, UIDS, 0, 0, NULL },
	{ "UNANSWERED", SEARCH_FLAG, NONE, FLAG_ANSWERED, 0, NULL },
	{ "UNDELETED", SEARCH_FLAG, NONE, FLAG_DELETED, 0, NULL },
	{ "UNDRAFT", SEARCH_FLAG, NONE, FLAG_DRAFT, 0, NULL },
	{ "UNFLAGGED", SEARCH_FLAG, NONE, FLAG_FLAGGED, 0, NULL },
	{ "UNKEYWORD", SEARCH_KEYWORD, KEYWORD, 0, 0, NULL },
	{ "UNSEEN", SEARCH_FLAG, NONE, FLAG_SEEN, 0, NULL },
	{ "YOUNGER", SEARCH_YOUNGER, INTERVAL, 0, 0, NULL }
};

static struct search_key *
new_key(enum search_type type)
{
	struct search_key	*k;

	if ((k = calloc(1, sizeof(*k))) != NULL) {
		k->type = type;
		uidset_init(&k->uids, 0);
	}
	return (k);
}

static void
free_keys(struct search_key *k)
{
	struct search_key	*next;

	for (; k != NULL; k = next) {
		next = k->next;
		free_keys(k->child);
		mime_needle_free(k->needle);
		seqset_free(&k->set);
		uidset_free(&k->uids);
		free(k);
	}
}

void
search_free(struct search *s)
{
	free_keys(s->key);
	memset(s, 0, sizeof(*s));
}

/* What it takes to answer a key that has no others in it. */
static int
by_cost(const struct search_key *k)
{
	switch (k->type) {
	case SEARCH_ALL:
	case SEARCH_FLAG:
	case SEARCH_KEYWORD:
	case SEARCH_RECENT:
	case SEARCH_NEW:
	case SEARCH_MODSEQ:
		return (1);
	case SEARCH_SET:
	case SEARCH_UIDSET:
		return (2);
	case SEARCH_OLDER:
	case SEARCH_YOUNGER:
		return (2);
	case SEARCH_BEFORE:
	case SEARCH_ON:
	case SEARCH_SINCE:
	case SEARCH_SAVEDBEFORE:
	case SEARCH_SAVEDON:
	case SEARCH_SAVEDSINCE:
		return (4);
	case SEARCH_LARGER:
	case SEARCH_SMALLER:
		return (5);	/* the size may have to be counted */
	case SEARCH_SENTBEFORE:
	case SEARCH_SENTON:
	case SEARCH_SENTSINCE:
	case SEARCH_THREADID:
		return (50);	/* these are kept */
	case SEARCH_HEADER:
		return (100);
	case SEARCH_EMAILID:
		return (500);
	case SEARCH_BODY:
		return (1000);
	case SEARCH_TEXT:
		return (1100);
	case SEARCH_AND:
	case SEARCH_OR:
	case SEARCH_NOT:
	default:
		return (0);
	}
}

static void
take_cost(struct search_key *k)
{
	const struct search_key	*child;

	k->cost = (unsigned int)by_cost(k);
	for (child = k->child; child != NULL; child = child->next)
		k->cost += child->cost;
}

/* Sorts the children by cost: an insertion sort, stable. */
static void
sort(struct search_key *k)
{
	struct search_key	*sorted = NULL, **at, *child, *next;

	for (child = k->child; child != NULL; child = next) {
		next = child->next;
		for (at = &sorted; *at != NULL && (*at)->cost <= child->cost;
		    at = &(*at)->next)
			continue;
		child->next = *at;
		*at = child;
	}
	k->child = sorted;
}

/* Dates stand as atoms, or quoted. */
static int
get_date(struct parse *p, struct search_key *k)
{
	const char	*text;
	size_t		 len;

	p->why = "Date expected, as in 1-Feb-1994";
	if (parser_astring(p->arg, &text, &len) == -1 ||
	    mime_date_imap(&k->date, text, len) == -1)
		return (-1);
	k->day = (int64_t)mime_date_time(&k->date) / 86400 -
	    (mime_date_time(&k->date) % 86400 < 0);
	p->arg = p->arg->next;
	return (0);
}

/* A string to search for, in the charset of the command, to UTF-8. */
static int
get_needle(struct parse *p, struct search_key *k)
{
	struct mime_buf	 buf = { NULL, 0, 0, 0 };
	const char	*text, *charset = p->search->charset;
	size_t		 len;
	int		 ret = -1;

	p->why = "String expected";
	if (parser_astring(p->arg, &text, &len) == -1)
		return (-1);
	/* Clients that give no charset send UTF-8, if not US-ASCII. */
	if (mime_charset_convert(charset != NULL ? charset : "UTF-8", text,
	    len, &buf) == -1) {
		if (errno == EINVAL)
			p->search->badcharset = 1;
		p->why = errno == EILSEQ ? "String is not in its charset" :
		    "String can't be searched for";
		goto out;
	}
	p->why = "String is too long to search for";
	k->needle = mime_needle_new(buf.data != NULL ? buf.data : "",
	    buf.len);
	if (k->needle == NULL)
		goto out;
	p->arg = p->arg->next;
	ret = 0;
out:
	mime_buf_free(&buf);
	return (ret);
}

/* [entry-name entry-type-req] mod-sequence; we keep one for all entries. */
static int
get_modseq(struct parse *p, struct search_key *k)
{
	const char	*text;

	p->why = "Mod-sequence expected";
	if (parser_string(p->arg, &text, NULL) == 0) {
		p->arg = p->arg->next;
		if (!parser_is(p->arg, "ALL") && !parser_is(p->arg, "PRIV") &&
		    !parser_is(p->arg, "SHARED"))
			return (-1);
		p->arg = p->arg->next;
	}
	if (parser_number64(p->arg, &k->number) == -1)
		return (-1);
	p->arg = p->arg->next;
	p->search->modseq = 1;
	return (0);
}

static int
get_set(struct parse *p, struct search_key *k)
{
	p->why = "Set of messages expected";
	if (p->arg == NULL || p->arg->type != PARSER_ATOM ||
	    seqset_parse(&k->set, p->arg->text, SEQSET_RANGES_MAX) == -1)
		return (-1);
	p->arg = p->arg->next;
	return (0);
}

static int
get_operand(struct parse *p, struct search_key *k, enum operand operand)
{
	switch (operand) {
	case NONE:
		return (0);
	case FIELD:
		p->why = "Header field expected";
		if (parser_astring(p->arg, &k->text, NULL) == -1)
			return (-1);
		p->arg = p->arg->next;
		return (get_needle(p, k));
	case ASTRING:
		return (get_needle(p, k));
	case KEYWORD:
		p->why = "Keyword expected";
		if (parser_atom(p->arg, &k->text) == -1)
			return (-1);
		p->arg = p->arg->next;
		return (0);
	case DATE:
		return (get_date(p, k));
	case NUMBER:
		p->why = "Number expected";
		if (parser_number64(p->arg, &k->number) == -1)
			return (-1);
		p->arg = p->arg->next;
		return (0);
	case INTERVAL:
		/* RFC 5032 section 3: nz-number. */
		p->why = "Number of seconds expected";
		if (parser_number64(p->arg, &k->number) == -1 ||
		    k->number == 0)
			return (-1);
		p->arg = p->arg->next;
		return (0);
	case ID:
		/* RFC 8474 section 7: 1*255(ALPHA / DIGIT / "_" / "-"). */
		p->why = "Object identifier expected";
		if (parser_atom(p->arg, &k->text) == -1)
			return (-1);
		p->arg = p->arg->next;
		return (0);
	case UIDS:
		return (get_set(p, k));
	case MODSEQ:
		return (get_modseq(p, k));
	default:
		return (-1);
	}
}

static struct search_key *
parse_named(struct parse *p, const char *name)
{
	const struct key_name	*n = NULL;
	struct search_key	*k;
	size_t			 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i].name, name) == 0)
			n = &names[i];
	}
	p->why = "Unknown search key";
	if (n == NULL || (k = new_key(n->type)) == NULL)
		return (NULL);
	k->mask = n->mask;
	k->want = n->want;
	k->text = n->text;
	if (get_operand(p, k, n->operand) == -1) {
		free_keys(k);
		return (NULL);
	}
	if (k->type == SEARCH_HEADER)
		k->letter = search_letter(k->text);
	return (k);
}

/* NOT key, OR key key. */
static struct search_key *
parse_operator(struct parse *p, enum search_type type, unsigned int depth)
{
	struct search_key	*k, **at;
	unsigned int		 i, n = type == SEARCH_OR ? 2 : 1;

	if ((k = new_key(type)) == NULL)
		return (NULL);
	at = &k->child;
	for (i = 0; i < n; i++) {
		if ((*at = parse_key(p, depth)) == NULL) {
			free_keys(k);
			return (NULL);
		}
		at = &(*at)->next;
	}
	sort(k);
	take_cost(k);
	return (k);
}

/* All arguments that are left; every one must match. */
static struct search_key *
parse_list(struct parse *p, unsigned int depth)
{
	struct search_key	*k, **at;

	if ((k = new_key(SEARCH_AND)) == NULL)
		return (NULL);
	at = &k->child;
	do {
		if ((*at = parse_key(p, depth)) == NULL) {
			free_keys(k);
			return (NULL);
		}
		at = &(*at)->next;
	} while (p->arg != NULL);
	sort(k);
	take_cost(k);
	return (k);
}

static struct search_key *
parse_key(struct parse *p, unsigned int depth)
{
	const struct parser_arg	*arg = p->arg;
	struct search_key	*k;

	p->why = "Search key expected";
	if (arg == NULL || depth == SEARCH_DEPTH)
		return (NULL);
	if (arg->type == PARSER_LIST) {
		p->arg = arg->child;
		k = parse_list(p, depth + 1);
		p->arg = arg->next;
		return (k);
	}
	if (arg->type != PARSER_ATOM)
		return (NULL);
	if (seqset_is(arg->text)) {
		if ((k = new_key(SEARCH_SET)) != NULL && get_set(p, k) == -1) {
			free_keys(k);
			return (NULL);
		}
		/* "$" stands for UIDs. */
		if (k != NULL && !k->set.saved)
			p->search->numbers = 1;
	} else {
		p->arg = arg->next;
		if (strcasecmp(arg->text, "NOT") == 0)
			return (parse_operator(p, SEARCH_NOT, depth + 1));
		if (strcasecmp(arg->text, "OR") == 0)
			return (parse_operator(p, SEARCH_OR, depth + 1));
		k = parse_named(p, arg->text);
	}
	if (k != NULL)
		take_cost(k);
	return (k);
}

int
search_parse(struct search *s, const struct parser_arg *arg,
    const char *charset, const char **why)
{
	struct mime_buf	buf = { NULL, 0, 0, 0 };
	struct parse	p;

	memset(s, 0, sizeof(*s));
	s->charset = charset;
	p.search = s;
	p.arg = arg;
	p.why = "Search key expected";
	if (charset == NULL && parser_is(arg, "CHARSET")) {
		*why = "Charset expected";
		if (parser_astring(arg->next, &s->charset, NULL) == -1)
			return (-1);
		p.arg = arg->next->next;
	}
	/* Known, also if no string comes? */
	if (s->charset != NULL)
		s->badcharset = mime_charset_convert(s->charset, "", 0,
		    &buf) == -1 && errno == EINVAL;
	mime_buf_free(&buf);
	if (!s->badcharset)
		s->key = parse_list(&p, 0);
	*why = p.why;
	return (s->key != NULL ? 0 : -1);
}
