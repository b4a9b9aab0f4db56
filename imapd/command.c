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
#include "imapd/parser.h"
#include "imapd/seqset.h"

static int	by_name(const void *, const void *);

/* Sorted by name. */
static const struct command commands[] = {
	{ "APPEND", CMD_ANY | CMD_STREAM, check_append, cmd_append },
	{ "CAPABILITY", CMD_ANY, check_none, cmd_capability },
	{ "CHECK", CMD_SELECTED | CMD_SCAN, check_none, cmd_noop },
	{ "CLOSE", CMD_SELECTED | CMD_QUIET, check_none, cmd_close },
	{ "COMPRESS", CMD_ANY, check_compress, cmd_compress },
	{ "COPY", CMD_SELECTED, check_set_mailbox, cmd_copy },
	{ "CREATE", CMD_ANY, check_create, cmd_create },
	{ "DELETE", CMD_ANY, check_mailbox, cmd_delete },
	{ "ENABLE", CMD_ANY, check_enable, cmd_enable },
	{ "EXAMINE", CMD_ANY | CMD_QUIET, check_select, cmd_select },
	{ "EXPUNGE", CMD_SELECTED | CMD_WRITE, check_none, cmd_expunge },
	{ "FETCH", CMD_SELECTED | CMD_NUMBERS, check_fetch, cmd_fetch },
	{ "GETQUOTA", CMD_ANY, check_getquota, cmd_getquota },
	{ "GETQUOTAROOT", CMD_ANY, check_mailbox, cmd_getquotaroot },
	{ "ID", CMD_ANY, check_id, cmd_id },
	{ "IDLE", CMD_ANY, check_none, cmd_idle },
	{ "LIST", CMD_ANY, check_list, cmd_list },
	{ "LOGOUT", CMD_ANY | CMD_QUIET, check_none, cmd_logout },
	{ "LSUB", CMD_ANY, check_lsub, cmd_lsub },
	{ "MOVE", CMD_SELECTED | CMD_WRITE, check_set_mailbox, cmd_move },
	{ "NAMESPACE", CMD_ANY, check_none, cmd_namespace },
	{ "NOOP", CMD_ANY | CMD_SCAN, check_none, cmd_noop },
	{ "RENAME", CMD_ANY, check_two_mailboxes, cmd_rename },
	{ "REPLACE", CMD_SELECTED | CMD_WRITE | CMD_STREAM, check_replace,
	    cmd_replace },
	{ "SEARCH", CMD_SELECTED | CMD_NUMBERS, check_search, cmd_search },
	{ "SELECT", CMD_ANY | CMD_QUIET, check_select, cmd_select },
	{ "SETQUOTA", CMD_ANY, check_setquota, cmd_setquota },
	{ "SORT", CMD_SELECTED | CMD_NUMBERS, check_sort, cmd_sort },
	{ "STATUS", CMD_ANY, check_status, cmd_status },
	{ "STORE", CMD_SELECTED | CMD_NUMBERS | CMD_WRITE, check_store,
	    cmd_store },
	{ "SUBSCRIBE", CMD_ANY, check_mailbox, cmd_subscribe },
	{ "THREAD", CMD_SELECTED | CMD_NUMBERS, check_thread, cmd_thread },
	{ "UID COPY", CMD_SELECTED | CMD_UID, check_set_mailbox, cmd_copy },
	{ "UID EXPUNGE", CMD_SELECTED | CMD_UID | CMD_WRITE, check_set,
	    cmd_uid_expunge },
	{ "UID FETCH", CMD_SELECTED | CMD_UID, check_fetch, cmd_fetch },
	{ "UID MOVE", CMD_SELECTED | CMD_UID | CMD_WRITE, check_set_mailbox,
	    cmd_move },
	{ "UID REPLACE", CMD_SELECTED | CMD_UID | CMD_WRITE | CMD_STREAM,
	    check_replace, cmd_replace },
	{ "UID SEARCH", CMD_SELECTED | CMD_UID, check_search, cmd_search },
	{ "UID SORT", CMD_SELECTED | CMD_UID, check_sort, cmd_sort },
	{ "UID STORE", CMD_SELECTED | CMD_UID | CMD_WRITE, check_store,
	    cmd_store },
	{ "UID THREAD", CMD_SELECTED | CMD_UID, check_thread, cmd_thread },
	{ "UNSELECT", CMD_SELECTED | CMD_QUIET, check_none, cmd_unselect },
	{ "UNSUBSCRIBE", CMD_ANY, check_mailbox, cmd_unsubscribe }
};

static int
by_name(const void *key, const void *member)
{
	const struct command	*c = member;

	return (strcmp(key, c->name));
}

const struct command *
command_find(const char *name)
{
	return (bsearch(name, commands, sizeof(commands) / sizeof(commands[0]),
	    sizeof(commands[0]), by_name));
}

const char *
command_refusal(const struct session *s, const struct command *c)
{
	switch (s->state) {
	case SESSION_SELECTED:
		return (c->flags & CMD_SELECTED ? NULL :
		    "Not while a mailbox is selected");
	case SESSION_AUTHENTICATED:
		return (c->flags & CMD_AUTH ? NULL : "No mailbox is selected");
	default:
		return ("The session has ended");
	}
}

int
check_none(const struct parser_arg *arg, const char **why)
{
	*why = "No arguments expected";
	return (arg == NULL ? 0 : -1);
}

int
check_mailbox(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	*why = "One mailbox name expected";
	if (parser_astring(arg, &text, NULL) == -1)
		return (-1);
	return (arg->next == NULL ? 0 : -1);
}

int
check_two_mailboxes(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	*why = "Two mailbox names expected";
	if (parser_astring(arg, &text, NULL) == -1 ||
	    parser_astring(arg->next, &text, NULL) == -1)
		return (-1);
	return (arg->next->next == NULL ? 0 : -1);
}

int
check_set(const struct parser_arg *arg, const char **why)
{
	*why = "A set of messages expected";
	if (arg == NULL || arg->type != PARSER_ATOM || !seqset_is(arg->text))
		return (-1);
	*why = "Nothing expected after the set of messages";
	return (arg->next == NULL ? 0 : -1);
}

int
check_set_mailbox(const struct parser_arg *arg, const char **why)
{
	if (arg == NULL || arg->type != PARSER_ATOM || !seqset_is(arg->text)) {
		*why = "A set of messages expected";
		return (-1);
	}
	return (check_mailbox(arg->next, why));
}
