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

#include <inttypes.h>
#include <string.h>

#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/namespace.h"
#include "imapd/quota.h"
#include "imapd/quote.h"

/* GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208 section 4.1). */

#define KIB	1024		/* the unit of STORAGE (section 5.1) */

static uint64_t	kib(uint64_t);
static void	send_quota(struct session *, const struct quota *);

int
check_getquota(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	if (arg == NULL || parser_astring(arg, &text, NULL) == -1 ||
	    arg->next != NULL) {
		*why = "Expected the name of a quota root";
		return (-1);
	}
	return (0);
}

int
check_setquota(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	if (arg == NULL || parser_astring(arg, &text, NULL) == -1 ||
	    arg->next == NULL || arg->next->type != PARSER_LIST ||
	    arg->next->next != NULL) {
		*why = "Expected a quota root and a list of limits";
		return (-1);
	}
	return (0);
}

static uint64_t
kib(uint64_t octets)
{
	return (octets / KIB + (octets % KIB != 0));
}

static void
send_quota(struct session *s, const struct quota *q)
{
	(void)client_puts(s->client, "* QUOTA ");
	(void)quote_astring(s->client, q->root, strlen(q->root));
	(void)client_puts(s->client, " (");
	if (q->storage != 0)
		(void)client_printf(s->client, "STORAGE %" PRIu64 " %" PRIu64,
		    kib(q->storage_used), kib(q->storage));
	if (q->messages != 0)
		(void)client_printf(s->client, "%sMESSAGE %" PRIu64 " %"
		    PRIu64, q->storage != 0 ? " " : "", q->messages_used,
		    q->messages);
	(void)client_puts(s->client, ")\r\n");
}

void
cmd_getquota(struct session *s, const struct parser_arg *arg)
{
	struct quota	 q;
	const char	*root;

	(void)parser_astring(arg, &root, NULL);
	if (!quota_read(s->rootfd, &q) || strcmp(root, q.root) != 0) {
		reply_no(s, "NONEXISTENT", "No such quota root");
		return;
	}
	send_quota(s, &q);
	reply_ok(s, NULL, "GETQUOTA completed");
}

/* The mailbox need not be there (section 4.1.2). */
void
cmd_getquotaroot(struct session *s, const struct parser_arg *arg)
{
	struct quota	 q;
	char		 dir[NAMESPACE_DIRLEN + 1], name[NAMESPACE_DIRLEN + 1];
	int		 found;

	if (session_mailbox(s, arg, dir, sizeof(dir)) == -1)
		return;
	if (namespace_from_dir(s->conf->separator, dir, name,
	    sizeof(name)) == -1) {
		reply_no(s, "CANNOT", "Not a name of a mailbox");
		return;
	}
	found = quota_read(s->rootfd, &q);
	(void)client_puts(s->client, "* QUOTAROOT ");
	mailbox_name_send(s, name);
	if (found) {
		(void)client_puts(s->client, " ");
		(void)quote_astring(s->client, q.root, strlen(q.root));
	}
	(void)client_puts(s->client, "\r\n");
	if (found)
		send_quota(s, &q);
	reply_ok(s, NULL, "GETQUOTAROOT completed");
}

void
cmd_setquota(struct session *s, const struct parser_arg *arg)
{
	(void)arg;
	reply_no(s, "NOPERM", "Quotas are not set here");
}
