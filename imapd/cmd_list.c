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

#include "common/log.h"
#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/list.h"
#include "imapd/mailbox_name.h"
#include "imapd/mailroot.h"
#include "imapd/names.h"
#include "imapd/special_use.h"
#include "imapd/status.h"
#include "imapd/subscriptions.h"

/* LIST and LSUB (RFC 3501 sections 6.3.8 and 6.3.9). */

struct listing {
	struct session		*s;
	char			 pattern[NAMESPACE_PATTERN + 1];
	const struct names	*names;
	int			 parents;	/* show implied ones */
};

static int	get_pattern(const struct parser_arg *, char *, size_t);
static void	list_line(const struct listing *, const char *, const char *);
static void	list_parents(const struct listing *, size_t);
static void	list_all(const struct listing *);
static void	remove_hidden(struct session *);
static int	read_known(struct session *, const struct list_request *,
		    struct list_known *);
static int	read_patterns(const struct list_request *,
		    struct list_known *);

int
check_list(const struct parser_arg *arg, const char **why)
{
	struct list_request	 r;

	return (list_parse(&r, arg, why));
}

int
check_lsub(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	if (arg == NULL || parser_astring(arg, &text, NULL) == -1 ||
	    parser_list_mailbox(arg->next, &text, NULL) == -1 ||
	    arg->next->next != NULL) {
		*why = "Expected a reference and a mailbox pattern";
		return (-1);
	}
	return (0);
}

/* The reference and the pattern in one; -1 if it is longer than any name. */
static int
get_pattern(const struct parser_arg *arg, char *pattern, size_t size)
{
	const char	*reference, *text;

	if (parser_astring(arg, &reference, NULL) == -1 ||
	    parser_list_mailbox(arg->next, &text, NULL) == -1)
		return (-1);
	if (strlcpy(pattern, reference, size) >= size ||
	    strlcat(pattern, text, size) >= size)
		return (-1);
	return (0);
}

static void
list_line(const struct listing *l, const char *attributes, const char *name)
{
	struct client	*c = l->s->client;

	(void)client_printf(c, "* LSUB (%s) \"%c\" ", attributes,
	    l->s->conf->separator);
	mailbox_name_send(l->s, name);
	(void)client_puts(c, "\r\n");
}

/*
 * The levels above name i that are no mailboxes themselves; each is shown
 * with the first name below it.
 */
static void
list_parents(const struct listing *l, size_t i)
{
	const char	*name = l->names->name[i], *p;
	char		 parent[NAMESPACE_DIRLEN + 1];
	size_t		 len;
	int		 found;

	for (p = strchr(name, l->s->conf->separator); p != NULL;
	    p = strchr(p + 1, l->s->conf->separator)) {
		len = (size_t)(p - name);
		if (len >= sizeof(parent))
			return;
		memcpy(parent, name, len);
		parent[len] = '\0';
		if (i > 0 && strncmp(l->names->name[i - 1], name, len + 1) == 0)
			continue;
		(void)names_find(l->names, parent, &found);
		if (!found && mailbox_name_match(l->s, l->pattern, parent))
			list_line(l, "\\Noselect", parent);
	}
}

static void
list_all(const struct listing *l)
{
	const char	*name;
	size_t		 i;

	for (i = 0; i < l->names->n && session_alive(l->s); i++) {
		name = l->names->name[i];
		if (l->parents)
			list_parents(l, i);
		if (mailbox_name_match(l->s, l->pattern, name))
			list_line(l, "", name);
	}
}

/* Finishes what a DELETE that was cut short has left. */
static void
remove_hidden(struct session *s)
{
	struct folder	*f;
	char		 hidden[MAILROOT_HIDDENLEN];
	int		 gone;

	while (mailroot_next_hidden(s->rootfd, hidden) == 1) {
		if (delete_open(s, hidden, &f) == -1)
			return;
		gone = f == NULL || idx_deleted(f->box) == 0 ||
		    errno != ENOTCONN;
		folder_close(f);
		if (!gone)
			return;
		if (mailroot_remove(s->rootfd, hidden) == -1) {
			log_warn("can't remove %s/%s, left by a DELETE",
			    s->mailroot, hidden);
			return;
		}
	}
}

int
list_existing(struct session *s, struct names *names)
{
	int	 deleted;

	if (mailroot_list(s->rootfd, s->conf->separator, names,
	    &deleted) == -1)
		return (-1);
	if (deleted)
		remove_hidden(s);
	return (0);
}

/* What is listed: 0, or -1 with errno. */
static int
read_known(struct session *s, const struct list_request *r,
    struct list_known *k)
{
	if (list_existing(s, &k->names) == -1 ||
	    (k->use = calloc(k->names.n + 1, 1)) == NULL ||
	    (r->subscriptions && subscriptions_read(s->rootfd,
	    s->conf->separator, &k->subs) == -1))
		return (-1);
	special_use_read(s->conf, s->conf->separator, s->rootfd, &k->names,
	    k->use);
	return (0);
}

/*
 * The patterns that can match anything: not those that are longer than any
 * name, nor empty ones (RFC 5258 section 3).
 */
static int
read_patterns(const struct list_request *r, struct list_known *k)
{
	size_t	 i;

	k->pattern = calloc(r->npatterns, sizeof(*k->pattern));
	if (k->pattern == NULL)
		return (-1);
	for (i = 0; i < r->npatterns; i++)
		if (list_pattern(r, i, k->pattern[k->npatterns]) == 0)
			k->npatterns++;
	return (0);
}

void
cmd_list(struct session *s, const struct parser_arg *arg)
{
	struct list_request	 r;
	struct list_known	 k;
	const char		*why;

	if (list_parse(&r, arg, &why) == -1) {
		reply_bad(s, "%s", why);
		return;
	}
	if (!r.extended && r.pattern->len == 0) {
		(void)client_printf(s->client,
		    "* LIST (\\Noselect) \"%c\" \"\"\r\n", s->conf->separator);
		reply_ok(s, NULL, "LIST completed");
		return;
	}
	memset(&k, 0, sizeof(k));
	if (read_patterns(&r, &k) == -1 || read_known(s, &r, &k) == -1)
		reply_errno(s, "Can't read the list of mailboxes");
	else {
		if (r.status != NULL)
			status_enable(s, r.status);
		list_show(s, &r, &k);
		reply_ok(s, NULL, "LIST completed");
	}
	subscriptions_free(&k.subs);
	names_free(&k.names);
	free(k.use);
	free(k.pattern);
}

void
cmd_lsub(struct session *s, const struct parser_arg *arg)
{
	struct subscriptions	 subs;
	struct listing		 l;

	memset(&l, 0, sizeof(l));
	l.s = s;
	l.names = &subs.names;
	if (get_pattern(arg, l.pattern, sizeof(l.pattern)) == -1) {
		reply_ok(s, NULL, "LSUB completed");
		return;
	}
	/* Section 6.3.9: a level above is told for "%" only. */
	l.parents = strchr(l.pattern, '%') != NULL;
	if (subscriptions_read(s->rootfd, s->conf->separator, &subs) == -1) {
		subscriptions_free(&subs);
		reply_errno(s, "Can't read the subscriptions");
		return;
	}
	list_all(&l);
	subscriptions_free(&subs);
	reply_ok(s, NULL, "LSUB completed");
}
