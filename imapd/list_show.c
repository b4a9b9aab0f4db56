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

#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/list.h"
#include "imapd/mailbox_name.h"
#include "imapd/special_use.h"
#include "imapd/status.h"

/* A line of the answer. */
struct shown {
	char		 name[NAMESPACE_DIRLEN + 1];
	char		 dir[NAMESPACE_DIRLEN + 1];
	int		 exists;
	int		 childinfo;
	int		 status;	/* is wanted */
	unsigned char	 use;
};

struct show {
	struct session			*s;
	const struct list_request	*r;
	const struct list_known		*k;
	int				 warned;
	struct shown			*shown;	/* not sent yet */
	size_t				 n;
	struct status			*status;	/* of these */
};

static int	matches(const struct show *, const char *);
static unsigned char use_of(const struct show *, const char *, int *);
static int	selects(const struct show *, const char *);
static int	below(const struct show *, const struct names *, const char *,
		    int);
static void	send_line(struct show *, const struct shown *, int);
static void	warn(struct show *, const struct status *);
static void	send_all(struct show *);
static void	add(struct show *, const struct names *, const char *);
static void	add_parents(struct show *, const struct names *, size_t);

static int
matches(const struct show *x, const char *name)
{
	size_t	 i;

	for (i = 0; i < x->k->npatterns; i++)
		if (mailbox_name_match(x->s, x->k->pattern[i], name))
			return (1);
	return (0);
}

/* Its special uses, and whether it is there at all. */
static unsigned char
use_of(const struct show *x, const char *name, int *exists)
{
	size_t	 i;

	i = names_find(&x->k->names, name, exists);
	return (*exists ? x->k->use[i] : 0);
}

/* Whether all selection options are met. */
static int
selects(const struct show *x, const char *name)
{
	unsigned char	 use;
	int		 exists, found;

	use = use_of(x, name, &exists);
	if (x->r->special && use == 0)
		return (0);
	if (!x->r->subscribed)
		return (exists);
	(void)names_find(&x->k->subs.names, name, &found);
	return (found);
}

/*
 * Whether one below a name is selected; with hidden, one that the patterns do
 * not show (RFC 5258 section 3.5: no CHILDINFO that is redundant).
 */
static int
below(const struct show *x, const struct names *set, const char *name,
    int hidden)
{
	char	 prefix[NAMESPACE_DIRLEN + 2];
	size_t	 i, len;
	int	 found;

	len = strlen(name) + 1;
	if (len >= sizeof(prefix))
		return (0);
	memcpy(prefix, name, len - 1);
	prefix[len - 1] = x->s->conf->separator;
	prefix[len] = '\0';
	for (i = names_find(set, prefix, &found); i < set->n &&
	    strncmp(set->name[i], prefix, len) == 0; i++)
		if (selects(x, set->name[i]) &&
		    (!hidden || !matches(x, set->name[i])))
			return (1);
	return (0);
}

static void
send_line(struct show *x, const struct shown *l, int closed)
{
	struct client	*c = x->s->client;
	char		 uses[SPECIAL_USE_TEXT];
	int		 subscribed = 0;

	if (x->r->subscriptions)
		(void)names_find(&x->k->subs.names, l->name, &subscribed);
	/* Who does not know \NonExistent (RFC 5258) knows \Noselect. */
	(void)client_printf(c, "* LIST (%s%s%s%s%s%s) \"%c\" ",
	    !l->exists && (x->r->extended || x->s->rev2) ?
	    "\\NonExistent " : "",
	    closed || (!l->exists && !x->r->extended) ? "\\Noselect " : "",
	    subscribed ? "\\Subscribed " : "",
	    names_children(&x->k->names, x->s->conf->separator, l->name) ?
	    "\\HasChildren" : "\\HasNoChildren", l->use != 0 ? " " : "",
	    special_use_text(l->use, uses), x->s->conf->separator);
	mailbox_name_send(x->s, l->name);
	if (l->childinfo)
		(void)client_printf(c, " (\"CHILDINFO\" (%s%s%s))",
		    x->r->subscribed ? "\"SUBSCRIBED\"" : "",
		    x->r->subscribed && x->r->special ? " " : "",
		    x->r->special ? "\"SPECIAL-USE\"" : "");
	(void)client_puts(c, "\r\n");
}

/* Said once: of all that could not be opened the first. */
static void
warn(struct show *x, const struct status *status)
{
	const char	*code, *text;

	if (x->warned)
		return;
	x->warned = 1;
	errno = status->error;
	code = response_errno(status->error, &text);
	if (status->error == EAGAIN)
		text = idx_text(x->s->idx);
	untagged_no(x->s, code, "Can't tell the status of all: %s", text);
}

/*
 * RFC 5819 section 2: \Noselect, and no STATUS, of what cannot be selected;
 * no STATUS after other failures.
 */
static void
send_all(struct show *x)
{
	struct status	*status = x->status;
	struct shown	*l;
	size_t		 i, n = 0;

	for (i = 0; i < x->n; i++)
		if (x->shown[i].status)
			status[n++].dir = x->shown[i].dir;
	if (n > 0)
		status_read(x->s, x->r->status, status, n);
	for (i = n = 0; i < x->n && session_alive(x->s); i++) {
		l = &x->shown[i];
		if (!l->status) {
			send_line(x, l, 0);
			continue;
		}
		send_line(x, l, status[n].error == EACCES ||
		    status[n].error == ENOENT);
		if (status[n].error == 0)
			status_send(x->s, l->name, x->r->status, &status[n]);
		else if (status[n].error == ENOTCONN)
			session_bye(x->s, "UNAVAILABLE", "%s",
			    idx_text(x->s->idx));
		else if (status[n].error != ENOENT)
			warn(x, &status[n]);
		n++;
	}
	x->n = 0;
}

/* A name that is selected by the options, or a level above such. */
static void
add(struct show *x, const struct names *set, const char *name)
{
	struct shown	*l = &x->shown[x->n];
	const char	*why;
	int		 selected;

	if (!matches(x, name))
		return;
	l->use = use_of(x, name, &l->exists);
	selected = selects(x, name);
	l->childinfo = x->r->recursive && below(x, set, name, !selected);
	if ((x->r->subscribed || x->r->special) && !selected && !l->childinfo)
		return;
	(void)strlcpy(l->name, name, sizeof(l->name));
	l->status = x->r->status != NULL && l->exists && selected &&
	    namespace_to_dir(x->s->conf->separator, name, l->dir,
	    sizeof(l->dir), &why) == 0;
	if (++x->n == STATUS_BATCH)
		send_all(x);
}

/*
 * The levels above name i that are not in the set; each comes before the
 * first name below it.
 */
static void
add_parents(struct show *x, const struct names *set, size_t i)
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
			add(x, set, parent);
	}
}

void
list_show(struct session *s, const struct list_request *r,
    const struct list_known *k)
{
	const struct names	*set;
	struct show		 x;
	size_t			 i;

	memset(&x, 0, sizeof(x));
	x.s = s;
	x.r = r;
	x.k = k;
	x.shown = calloc(STATUS_BATCH, sizeof(*x.shown));
	x.status = calloc(STATUS_BATCH, sizeof(*x.status));
	if (x.shown == NULL || x.status == NULL)
		session_no_memory(s);
	set = r->subscribed ? &k->subs.names : &k->names;
	for (i = 0; i < set->n && session_alive(s); i++) {
		if ((!r->subscribed && !r->special) || r->recursive)
			add_parents(&x, set, i);
		add(&x, set, set->name[i]);
	}
	if (session_alive(s))
		send_all(&x);
	free(x.shown);
	free(x.status);
}
