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


#include <stdlib.h>
#include <string.h>

#include "imapd/imap.h"
#include "imapd/list.h"
#include "imapd/mailbox_name.h"
#include "imapd/status.h"
#include "imapd/subscriptions.h"

/* The arguments. */
struct request {
	const struct parser_arg	*reference;
	const struct parser_arg	*pattern;	/* the first of them */
	size_t			 npatterns;
	const struct parser_arg	*status;	/* items, or NULL */
	int			 subscribed;	/* selects */
	int			 recursive;	/* RECURSIVEMATCH */
	int			 subscriptions;	/* shows \Subscribed */
};

struct extended {
	struct request		 r;
	struct session		*s;
	struct names		 names;		/* mailboxes */
	struct subscriptions	 subs;
	char			(*pattern)[NAMESPACE_PATTERN + 1];
	size_t			 npatterns;
};

static int	get_patterns(struct request *, const struct parser_arg *,
		    const char **);
static int	get_selection(struct request *, const struct parser_arg *,
		    const char **);
static int	get_return(struct request *, const struct parser_arg *,
		    const char **);
static int	get_request(struct request *, const struct parser_arg *,
		    const char **);
static int	join_patterns(struct extended *);
static int	matches(const struct extended *, const char *);
static int	below(const struct extended *, const char *, int);
static int	read_one(struct extended *, const char *, struct status *);
static void	line(const struct extended *, const char *, int, int, int);
static void	show(struct extended *, const char *, int);
static void	show_parents(struct extended *, const struct names *, size_t);
static void	show_all(struct extended *);

/* RFC 5258 section 3: extended in any of three ways. */
int
list_is_extended(const struct parser_arg *arg)
{
	if (arg == NULL || arg->next == NULL)
		return (0);
	return (arg->type == PARSER_LIST || arg->next->type == PARSER_LIST ||
	    arg->next->next != NULL);
}

static int
get_selection(struct request *r, const struct parser_arg *arg,
    const char **why)
{
	for (arg = arg->child; arg != NULL; arg = arg->next)
		if (parser_is(arg, "SUBSCRIBED"))
			r->subscribed = r->subscriptions = 1;
		else if (parser_is(arg, "RECURSIVEMATCH"))
			r->recursive = 1;
		else if (!parser_is(arg, "REMOTE")) {
			*why = "Unknown selection option";
			return (-1);
		}
	if (r->recursive && !r->subscribed) {
		*why = "RECURSIVEMATCH needs another selection option";
		return (-1);
	}
	return (0);
}

static int
get_patterns(struct request *r, const struct parser_arg *arg,
    const char **why)
{
	const struct parser_arg	*a;
	const char		*text;

	if (arg == NULL) {
		*why = "Expected a mailbox pattern";
		return (-1);
	}
	r->pattern = arg->type == PARSER_LIST ? arg->child : arg;
	for (a = r->pattern; a != NULL; a = a->next) {
		if (parser_list_mailbox(a, &text, NULL) == -1) {
			*why = "Bad mailbox pattern";
			return (-1);
		}
		r->npatterns++;
		if (a == arg)
			break;
	}
	if (r->npatterns == 0 || r->npatterns > LIST_PATTERNS) {
		*why = "No mailbox patterns, or too many";
		return (-1);
	}
	return (0);
}

static int
get_return(struct request *r, const struct parser_arg *arg, const char **why)
{
	if (!parser_is(arg, "RETURN") || arg->next == NULL ||
	    arg->next->type != PARSER_LIST || arg->next->next != NULL) {
		*why = "Expected RETURN and a list of options";
		return (-1);
	}
	for (arg = arg->next->child; arg != NULL; arg = arg->next)
		if (parser_is(arg, "SUBSCRIBED"))
			r->subscriptions = 1;
		else if (parser_is(arg, "STATUS")) {
			if (status_check(arg->next, why) == -1)
				return (-1);
			r->status = arg = arg->next;
		} else if (!parser_is(arg, "CHILDREN")) {
			*why = "Unknown return option";
			return (-1);
		}
	return (0);
}

static int
get_request(struct request *r, const struct parser_arg *arg, const char **why)
{
	const struct parser_arg	*patterns;
	const char		*text;

	memset(r, 0, sizeof(*r));
	if (arg->type == PARSER_LIST) {
		if (get_selection(r, arg, why) == -1)
			return (-1);
		arg = arg->next;
	}
	if (parser_astring(arg, &text, NULL) == -1) {
		*why = "Expected a reference";
		return (-1);
	}
	r->reference = arg;
	patterns = arg->next;
	if (get_patterns(r, patterns, why) == -1)
		return (-1);
	if (patterns->next == NULL)
		return (0);
	return (get_return(r, patterns->next, why));
}

int
list_check(const struct parser_arg *arg, const char **why)
{
	struct request	 r;

	return (get_request(&r, arg, why));
}

/*
 * The reference before each pattern.  One that is longer than any name
 * matches nothing, nor does an empty one (RFC 5258 section 3).
 */
static int
join_patterns(struct extended *x)
{
	const struct parser_arg	*arg;
	const char		*reference, *text;
	char			*to;
	size_t			 i;

	x->pattern = calloc(x->r.npatterns, sizeof(*x->pattern));
	if (x->pattern == NULL)
		return (-1);
	(void)parser_astring(x->r.reference, &reference, NULL);
	arg = x->r.pattern;
	for (i = 0; i < x->r.npatterns; i++, arg = arg->next) {
		(void)parser_list_mailbox(arg, &text, NULL);
		to = x->pattern[x->npatterns];
		if (*text != '\0' &&
		    strlcpy(to, reference, sizeof(*x->pattern)) <
		    sizeof(*x->pattern) &&
		    strlcat(to, text, sizeof(*x->pattern)) <
		    sizeof(*x->pattern))
			x->npatterns++;
	}
	return (0);
}

static int
matches(const struct extended *x, const char *name)
{
	size_t	 i;

	for (i = 0; i < x->npatterns; i++)
		if (mailbox_name_match(x->s, x->pattern[i], name))
			return (1);
	return (0);
}

/*
 * Whether there is a subscription below a name; with hidden, one that the
 * patterns do not show (section 3.5: no CHILDINFO that is redundant).
 */
static int
below(const struct extended *x, const char *name, int hidden)
{
	const struct names	*subs = &x->subs.names;
	char			 prefix[NAMESPACE_DIRLEN + 2];
	size_t			 i, len;
	int			 found;

	len = strlen(name) + 1;
	if (len >= sizeof(prefix))
		return (0);
	memcpy(prefix, name, len - 1);
	prefix[len - 1] = x->s->conf->separator;
	prefix[len] = '\0';
	for (i = names_find(subs, prefix, &found); i < subs->n &&
	    strncmp(subs->name[i], prefix, len) == 0; i++)
		if (!hidden || !matches(x, subs->name[i]))
			return (1);
	return (0);
}

static int
read_one(struct extended *x, const char *name, struct status *status)
{
	const char	*why;
	char		 dir[NAMESPACE_DIRLEN + 1];

	if (namespace_to_dir(x->s->conf->separator, name, dir, sizeof(dir),
	    &why) == -1)
		return (-1);
	return (status_read(x->s, dir, status));
}

static void
line(const struct extended *x, const char *name, int exists, int closed,
    int childinfo)
{
	struct client	*c = x->s->client;
	int		 subscribed;

	subscribed = 0;
	if (x->r.subscriptions)
		(void)names_find(&x->subs.names, name, &subscribed);
	(void)client_printf(c, "* LIST (%s%s%s%s) \"%c\" ",
	    exists ? "" : "\\NonExistent ", closed ? "\\Noselect " : "",
	    subscribed ? "\\Subscribed " : "",
	    names_children(&x->names, x->s->conf->separator, name) ?
	    "\\HasChildren" : "\\HasNoChildren", x->s->conf->separator);
	mailbox_name_send(x->s, name);
	(void)client_printf(c, "%s\r\n",
	    childinfo ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))" : "");
}

/* A name that is selected by the options, or a level above such. */
static void
show(struct extended *x, const char *name, int selected)
{
	struct status	 status;
	int		 childinfo, exists, known;

	if (!matches(x, name))
		return;
	childinfo = x->r.recursive && below(x, name, !selected);
	if (x->r.subscribed && !selected && !childinfo)
		return;
	(void)names_find(&x->names, name, &exists);
	if (x->r.status == NULL || !exists || !selected) {
		line(x, name, exists, 0, childinfo);
		return;
	}
	/* RFC 5819 section 2: \Noselect, and no STATUS, if that fails. */
	known = read_one(x, name, &status) == 0;
	line(x, name, exists, !known, childinfo);
	if (known)
		status_send(x->s, name, x->r.status, &status);
}

/*
 * The levels above name i that are not in the set; each comes before the
 * first name below it.
 */
static void
show_parents(struct extended *x, const struct names *set, size_t i)
{
	const char	*name = set->name[i], *p;
	char		 parent[NAMESPACE_DIRLEN + 1];
	size_t		 len;
	int		 found;

	for (p = strchr(name, x->s->conf->separator); p != NULL;
	    p = strchr(p + 1, x->s->conf->separator)) {
		len = (size_t)(p - name);
		if (len >= sizeof(parent))
			return;
		if (i > 0 && strncmp(set->name[i - 1], name, len + 1) == 0)
			continue;
		memcpy(parent, name, len);
		parent[len] = '\0';
		(void)names_find(set, parent, &found);
		if (!found)
			show(x, parent, 0);
	}
}

static void
show_all(struct extended *x)
{
	const struct names	*set;
	size_t			 i;

	set = x->r.subscribed ? &x->subs.names : &x->names;
	for (i = 0; i < set->n && session_alive(x->s); i++) {
		if (!x->r.subscribed || x->r.recursive)
			show_parents(x, set, i);
		show(x, set->name[i], 1);
	}
}

void
list_extended(struct session *s, const struct parser_arg *arg)
{
	struct extended	 x;
	const char	*why;

	memset(&x, 0, sizeof(x));
	x.s = s;
	if (get_request(&x.r, arg, &why) == -1) {
		reply_bad(s, "%s", why);
		return;
	}
	if (join_patterns(&x) == -1 || list_existing(s, &x.names) == -1 ||
	    (x.r.subscriptions && subscriptions_read(s->rootfd,
	    s->conf->separator, &x.subs) == -1))
		reply_errno(s, "Can't read the list of mailboxes");
	else {
		if (x.r.status != NULL)
			status_enable(s, x.r.status);
		show_all(&x);
		reply_ok(s, NULL, "LIST completed");
	}
	subscriptions_free(&x.subs);
	names_free(&x.names);
	free(x.pattern);
}
