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

#include "imapd/folder.h"
#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/mailroot.h"
#include "imapd/status.h"

/*
 * STATUS (RFC 3501 section 6.3.10; HIGHESTMODSEQ: RFC 7162 section 3.1.7;
 * APPENDLIMIT: RFC 7889 section 3.1).
 */

static const char *const item_names[STATUS_ITEMS] = {
	"MESSAGES",
	"RECENT",
	"UIDNEXT",
	"UIDVALIDITY",
	"UNSEEN",
	"HIGHESTMODSEQ",
	"APPENDLIMIT"
};

static enum status_item	find_item(const struct parser_arg *);
static int		read_table(struct session *, const char *,
			    struct table_state *, uint32_t *);
static int		count_recent(struct table *,
			    const struct table_state *, uint32_t *);

/* STATUS_ITEMS if there is no such item. */
static enum status_item
find_item(const struct parser_arg *arg)
{
	unsigned int	 i;

	for (i = 0; i < STATUS_ITEMS; i++)
		if (parser_is(arg, item_names[i]))
			break;
	return ((enum status_item)i);
}

int
status_check(const struct parser_arg *arg, const char **why)
{
	const struct parser_arg	*item;

	if (arg == NULL || arg->type != PARSER_LIST || arg->child == NULL) {
		*why = "Expected a list of status items";
		return (-1);
	}
	for (item = arg->child; item != NULL; item = item->next)
		if (find_item(item) == STATUS_ITEMS) {
			*why = "Unknown status item";
			return (-1);
		}
	return (0);
}

int
check_status(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	if (arg == NULL || parser_astring(arg, &text, NULL) == -1 ||
	    arg->next == NULL || arg->next->next != NULL) {
		*why = "Expected a mailbox and a list of status items";
		return (-1);
	}
	return (status_check(arg->next, why));
}

/* Messages that no read-write session was given as \Recent yet. */
static int
count_recent(struct table *t, const struct table_state *st, uint32_t *recent)
{
	uint64_t	 row;
	uint32_t	 before;

	if (table_find(t, st->recent, &row) == -1 ||
	    table_rank(t, row, &before) == -1)
		return (-1);
	*recent = before < st->messages ? st->messages - before : 0;
	return (0);
}

static int
read_table(struct session *s, const char *dir, struct table_state *st,
    uint32_t *recent)
{
	struct folder	*f;
	struct table	*t;
	const char	*why;
	int		 ret, tries;

	if ((f = session_open_folder(s, dir, FOLDER_EXAMINE, &why)) == NULL)
		return (-1);
	ret = folder_scan(f, 0) == -1 ? -1 : 0;
	for (tries = 0; ret == 0; tries++) {
		if ((t = folder_newest(f)) == NULL ||
		    table_state(t, st) == -1 ||
		    count_recent(t, st, recent) == -1)
			ret = -1;
		else if (table_unchanged(t, st->exp_seq))
			break;
		else if (tries == 100) {
			errno = EAGAIN;
			ret = -1;
		}
	}
	session_close_folder(s, f);
	return (ret);
}

int
status_read(struct session *s, const char *dir, struct status *status)
{
	struct table_state	 st;
	uint32_t		 recent;

	if (read_table(s, dir, &st, &recent) == -1)
		return (-1);
	status->value[STATUS_MESSAGES] = st.messages;
	status->value[STATUS_RECENT] = recent;
	status->value[STATUS_UIDNEXT] = st.uidnext;
	status->value[STATUS_UIDVALIDITY] = st.uidvalidity;
	status->value[STATUS_UNSEEN] = st.unseen;
	status->value[STATUS_HIGHESTMODSEQ] = st.highestmodseq;
	status->value[STATUS_APPENDLIMIT] = s->conf->message_max;
	return (0);
}

void
status_enable(struct session *s, const struct parser_arg *arg)
{
	const struct parser_arg	*item;

	for (item = arg->child; item != NULL; item = item->next)
		if (find_item(item) == STATUS_HIGHESTMODSEQ)
			session_enable_condstore(s);
}

void
status_send(struct session *s, const char *name, const struct parser_arg *arg,
    const struct status *status)
{
	const struct parser_arg	*item;
	const char		*sep;
	enum status_item	 i;

	(void)client_puts(s->client, "* STATUS ");
	mailbox_name_send(s, name);
	sep = " (";
	for (item = arg->child; item != NULL; item = item->next) {
		i = find_item(item);
		(void)client_printf(s->client, "%s%s %llu", sep,
		    item_names[i], status->value[i]);
		sep = " ";
	}
	(void)client_puts(s->client, ")\r\n");
}

void
cmd_status(struct session *s, const struct parser_arg *arg)
{
	struct status	 status;
	const char	*text, *why;
	char		 name[NAMESPACE_DIRLEN + 1], dir[NAMESPACE_DIRLEN + 1];

	if (session_mailbox(s, arg, dir, sizeof(dir)) == -1)
		return;
	if (status_read(s, dir, &status) == -1) {
		if (errno == ENOENT)
			reply_no(s, "NONEXISTENT", "No such mailbox");
		else
			reply_errno(s, "Can't tell the status");
		return;
	}
	status_enable(s, arg->next);
	(void)parser_astring(arg, &text, NULL);
	if (mailbox_name_read(s, text, name, sizeof(name), &why) == 0)
		status_send(s, name, arg->next, &status);
	reply_ok(s, NULL, "STATUS completed");
}
