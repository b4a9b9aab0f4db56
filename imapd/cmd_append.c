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
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "imapd/append.h"
#include "imapd/deliver.h"
#include "imapd/flags.h"
#include "imapd/folder.h"
#include "imapd/idx.h"
#include "imapd/imap.h"
#include "imapd/mailbox_name.h"
#include "imapd/mime/date.h"
#include "imapd/view.h"

/*
 * APPEND (RFC 3501 section 6.3.11), of several messages (RFC 3502).  The
 * mailbox is opened at the first message's literal, whose octets go into its
 * file as they come.  What fails on the way is answered when the parser has
 * come to the command's end; nothing is in the mailbox before cmd_append().
 */
static int	begin(struct session *, struct append *);
static int	check_messages(const struct parser_arg *, unsigned int,
		    const char **);
static void	fail_errno(struct append *);
static int	is_literal(const struct parser_arg *);
static int	is_utf8(const struct session *);
static int	literal_place(struct session *, struct append *);
static const struct parser_arg *message_arg(const struct parser_arg *);
static int	message(struct session *, struct append *);
static int	options(struct append *, const struct parser_arg *,
		    struct flags *, int64_t *);

void
append_fail(struct append *a, const char *code, const char *fmt, ...)
{
	va_list	ap;

	if (a->failed)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(a->text, sizeof(a->text), fmt, ap);
	va_end(ap);
	a->code = code;
	a->failed = 1;
}

void
append_bad(struct append *a, const char *text)
{
	if (!a->failed)
		a->bad = 1;
	append_fail(a, NULL, "%s", text);
}

static void
fail_errno(struct append *a)
{
	if (!a->failed)
		a->error = errno;
	append_fail(a, NULL, "Can't append");
}

/* The literal of a message, which was streamed. */
static int
is_literal(const struct parser_arg *arg)
{
	return (arg != NULL && arg->text == NULL &&
	    (arg->type == PARSER_LITSTR || arg->type == PARSER_LITSTR8));
}

/*
 * The last argument of the message that begins with this one: a literal, or
 * "UTF8 (~{n}...)" (RFC 6855 section 4).  NULL if it is none.
 */
static const struct parser_arg *
message_arg(const struct parser_arg *arg)
{
	const struct parser_arg	*list = arg->next;

	if (is_literal(arg))
		return (arg);
	if (!parser_is(arg, "UTF8") || list == NULL ||
	    list->type != PARSER_LIST || list->child == NULL ||
	    list->child->type != PARSER_LITSTR8 ||
	    !is_literal(list->child) || list->child->next != NULL)
		return (NULL);
	return (list);
}

/* From the mailbox on: messages, what is before each was looked at. */
static int
check_messages(const struct parser_arg *arg, unsigned int max,
    const char **why)
{
	const struct parser_arg	*end, *last = NULL;
	const char		*text;
	unsigned int		 n = 0;

	*why = "Mailbox name expected";
	if (parser_astring(arg, &text, NULL) == -1)
		return (-1);
	*why = "A message as literal expected";
	while ((arg = arg->next) != NULL) {
		last = arg;
		if ((end = message_arg(arg)) != NULL) {
			n++;
			last = NULL;
			arg = end;
		}
	}
	if (last != NULL || n == 0)
		return (-1);
	*why = "One message expected";
	return (n <= max ? 0 : -1);
}

int
check_append(const struct parser_arg *arg, const char **why)
{
	return (check_messages(arg, UINT_MAX, why));
}

int
check_replace(const struct parser_arg *arg, const char **why)
{
	uint32_t	n;

	*why = "The number of a message expected";
	if (replace_number(arg, &n) == -1)
		return (-1);
	return (check_messages(arg->next, 1, why));
}

const struct parser_arg *
append_mailbox(const struct session *s)
{
	const struct parser_arg	*arg = parser_args(s->parser);

	return (s->cmd->run == cmd_replace && arg != NULL ? arg->next : arg);
}

/* Opens the mailbox, at the first message. */
static int
begin(struct session *s, struct append *a)
{
	const char	*name, *why = "No permission";
	char		 dir[NAMESPACE_DIRLEN + 1];

	if (s->cmd->run == cmd_replace && replace_begin(s, a) == -1)
		return (-1);
	if (parser_astring(append_mailbox(s), &name, NULL) == -1) {
		append_bad(a, "Mailbox name expected");
		return (-1);
	}
	if (mailbox_name_dir(s, name, dir, sizeof(dir), &why) == -1) {
		append_fail(a, "CANNOT", "%s", why);
		return (-1);
	}
	if ((a->folder = session_open_folder(s, dir, 0, &why)) == NULL) {
		if (errno == ENOENT)
			append_fail(a, "TRYCREATE", "No such mailbox");
		else if (errno == EACCES)
			append_fail(a, "NOPERM", "%s", why);
		else
			fail_errno(a);
		return (-1);
	}
	if ((a->delivery = deliver_begin(a->folder)) == NULL) {
		fail_errno(a);
		return (-1);
	}
	return (0);
}

/* What stands before a message's literal: [flags] [date-time]. */
static int
options(struct append *a, const struct parser_arg *arg, struct flags *flags,
    int64_t *date)
{
	struct mime_date	 d;
	const char		*text, *why;
	size_t			 len;

	memset(flags, 0, sizeof(*flags));
	*date = (int64_t)time(NULL);
	if (arg->type == PARSER_LIST) {
		if (flags_parse(arg, 0, flags, &why) == -1) {
			append_bad(a, why);
			return (-1);
		}
		arg = arg->next;
	}
	if (arg->type == PARSER_QUOTED) {
		if (parser_string(arg, &text, &len) == -1 ||
		    mime_date_internal(&d, text, len) == -1) {
			append_bad(a, "Not a date and time");
			return (-1);
		}
		*date = (int64_t)mime_date_time(&d);
		arg = arg->next;
	}
	if (message_arg(arg) == NULL) {
		append_bad(a, "Flags, a date and a literal expected");
		return (-1);
	}
	return (0);
}

/* Starts the message whose literal is announced. */
static int
message(struct session *s, struct append *a)
{
	const struct parser_arg	*arg, *end, *from; /* literal: the last */
	struct flags		 flags;
	int64_t			 date;
	uint64_t		 size = parser_literal_size(s->parser);

	if (a->folder == NULL && begin(s, a) == -1)
		return (-1);
	from = append_mailbox(s);
	for (arg = from->next; arg != NULL; arg = arg->next) {
		if ((end = message_arg(arg)) != NULL && end->next != NULL)
			from = end;
	}
	if (from != append_mailbox(s) && s->cmd->run == cmd_replace) {
		append_bad(a, "One message expected");
		return (-1);
	}
	if (options(a, from->next, &flags, &date) == -1)
		return (-1);
	/* An empty message takes all back (RFC 3502 section 6.3.11). */
	if (size == 0) {
		append_fail(a, NULL, "An empty message; nothing was appended");
		return (-1);
	}
	if (size > s->conf->message_max) {
		append_fail(a, "TOOBIG", "A message can't have more than %"
		    PRIu64 " octets", s->conf->message_max);
		return (-1);
	}
	for (arg = from; arg->next != NULL; arg = arg->next)
		;
	a->binary = arg->type != PARSER_LITSTR;
	if (deliver_message(a->delivery, flags.system, flags.keywords,
	    flags.nkeywords, date) == -1 ||
	    (a->binary && deliver_binary(a->delivery) == -1)) {
		fail_errno(a);
		return (-1);
	}
	a->messages++;
	return (0);
}

/* Whether the literal that is announced is in "UTF8 (~{n}". */
static int
is_utf8(const struct session *s)
{
	const struct parser_arg	*arg = append_mailbox(s);

	while (arg != NULL && arg->next != NULL && arg->next->next != NULL)
		arg = arg->next;
	return (arg != NULL && arg->next != NULL && message_arg(arg) != NULL &&
	    arg->next->type == PARSER_LIST);
}

/* Whether a message may be where the literal is. */
static int
literal_place(struct session *s, struct append *a)
{
	if (parser_literal_top(s->parser))
		return (0);
	if (!is_utf8(s))
		append_bad(a, "No literals in lists here");
	else if (!s->utf8)
		append_bad(a, "ENABLE UTF8=ACCEPT first");
	else
		return (0);
	return (-1);
}

void
append_literal(struct session *s)
{
	struct parser			*p = s->parser;
	struct append			*a = s->append;
	const struct parser_arg		*name = append_mailbox(s);

	/* The mailbox's name can be a literal too. */
	if (parser_literal_top(p) && name != NULL && name->next == NULL &&
	    name->type == PARSER_LITSTR) {
		if (parser_literal(p, PARSER_KEEP) == -1)
			(void)parser_literal(p, PARSER_REFUSE);
		else if (parser_literal_sync(p))
			(void)client_continue(s->client, "OK");
		return;
	}
	if (a == NULL && (a = s->append = calloc(1, sizeof(*a))) == NULL) {
		(void)parser_literal(p, PARSER_REFUSE);
		return;
	}
	if (a->failed || literal_place(s, a) == -1 || name == NULL ||
	    name->next == NULL || message(s, a) == -1) {
		append_bad(a, "A message as literal expected");
		(void)parser_literal(p, PARSER_REFUSE);
		return;
	}
	(void)parser_literal(p, PARSER_STREAM);
	if (parser_literal_sync(p))
		(void)client_continue(s->client, "OK");
}

void
append_data(struct session *s)
{
	struct append	*a = s->append;
	const void	*data;
	size_t		 len;

	data = parser_data(s->parser, &len);
	if (a == NULL || a->failed)
		return;
	if (deliver_write(a->delivery, data, len) == -1 ||
	    (parser_literal_left(s->parser) == 0 &&
	    deliver_end(a->delivery) == -1)) {
		/* RFC 3516 section 4.4. */
		if (a->binary && errno == EILSEQ)
			append_fail(a, "UNKNOWN-CTE", "NULs are in what is "
			    "not of a binary part");
		fail_errno(a);
	}
}

void
append_refused(struct session *s)
{
	struct append	*a = s->append;

	if (a->error != 0) {
		errno = a->error;
		reply_errno(s, a->text);
	} else if (a->bad)
		reply_bad(s, "%s", a->text);
	else
		reply_no(s, a->code, "%s", a->text);
}

void
append_free(struct session *s)
{
	struct append	*a = s->append;

	if (a == NULL)
		return;
	deliver_free(a->delivery);
	session_close_folder(s, a->folder);
	free(a);
	s->append = NULL;
}

void
cmd_append(struct session *s, const struct parser_arg *arg)
{
	struct append		*a = s->append;
	struct idx_result	 res;
	char			 code[64];

	(void)arg;
	idx_result_init(&res);
	if (a->failed)
		append_refused(s);
	else if (deliver_commit(a->delivery, &res) == -1)
		reply_errno(s, "Can't append");
	else {
		s->appended += a->messages;
		if (res.first == res.last)
			(void)snprintf(code, sizeof(code), "APPENDUID %" PRIu32
			    " %" PRIu32, a->folder->table.h->uidvalidity,
			    res.first);
		else
			(void)snprintf(code, sizeof(code), "APPENDUID %" PRIu32
			    " %" PRIu32 ":%" PRIu32,
			    a->folder->table.h->uidvalidity, res.first,
			    res.last);
		reply_ok(s, code, "APPEND completed");
	}
	idx_result_free(&res);
}
