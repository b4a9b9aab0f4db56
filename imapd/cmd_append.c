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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
struct append {
	struct folder	*folder;
	struct delivery	*delivery;
	uint64_t	 messages;
	int		 failed;	/* with what follows */
	int		 bad;		/* BAD, not NO */
	int		 error;		/* errno for reply_errno(), or 0 */
	const char	*code;
	char		 text[256];
};

static int	begin(struct session *, struct append *);
static void	fail(struct append *, const char *, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));
static void	fail_errno(struct append *);
static int	is_message(const struct parser_arg *);
static int	message(struct session *, struct append *);
static int	options(struct append *, const struct parser_arg *,
		    struct flags *, int64_t *);

static void
fail(struct append *a, const char *code, const char *fmt, ...)
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

static void
fail_errno(struct append *a)
{
	if (!a->failed)
		a->error = errno;
	fail(a, NULL, "Can't append");
}

/* The literal of a message, which was streamed. */
static int
is_message(const struct parser_arg *arg)
{
	return (arg->type == PARSER_LITSTR && arg->text == NULL);
}

int
check_append(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	*why = "Mailbox name expected";
	if (parser_astring(arg, &text, NULL) == -1)
		return (-1);
	*why = "A message as literal expected";
	while (arg->next != NULL)
		arg = arg->next;
	return (is_message(arg) ? 0 : -1);
}

/* Opens the mailbox, at the first message. */
static int
begin(struct session *s, struct append *a)
{
	const char	*name, *why = "No permission";
	char		 dir[NAMESPACE_DIRLEN + 1];

	if (parser_astring(parser_args(s->parser), &name, NULL) == -1) {
		a->bad = 1;
		fail(a, NULL, "Mailbox name expected");
		return (-1);
	}
	if (mailbox_name_dir(s, name, dir, sizeof(dir), &why) == -1) {
		fail(a, "CANNOT", "%s", why);
		return (-1);
	}
	if ((a->folder = session_open_folder(s, dir, 0, &why)) == NULL) {
		if (errno == ENOENT)
			fail(a, "TRYCREATE", "No such mailbox");
		else if (errno == EACCES)
			fail(a, "NOPERM", "%s", why);
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
	a->bad = 1;
	if (arg->type == PARSER_LIST) {
		if (flags_parse(arg, 0, flags, &why) == -1) {
			fail(a, NULL, "%s", why);
			return (-1);
		}
		arg = arg->next;
	}
	if (arg->type == PARSER_QUOTED) {
		if (parser_string(arg, &text, &len) == -1 ||
		    mime_date_internal(&d, text, len) == -1) {
			fail(a, NULL, "Not a date and time");
			return (-1);
		}
		*date = (int64_t)mime_date_time(&d);
		arg = arg->next;
	}
	if (!is_message(arg)) {
		fail(a, NULL, "Flags, a date and a literal expected");
		return (-1);
	}
	a->bad = 0;
	return (0);
}

/* Starts the message whose literal is announced. */
static int
message(struct session *s, struct append *a)
{
	const struct parser_arg	*arg, *from;	/* the literal is the last */
	struct flags		 flags;
	int64_t			 date;
	uint64_t		 size = parser_literal_size(s->parser);

	if (a->folder == NULL && begin(s, a) == -1)
		return (-1);
	from = parser_args(s->parser);
	for (arg = from; arg->next != NULL; arg = arg->next) {
		if (is_message(arg))
			from = arg;
	}
	if (options(a, from->next, &flags, &date) == -1)
		return (-1);
	/* An empty message takes all back (RFC 3502 section 6.3.11). */
	if (size == 0) {
		fail(a, NULL, "An empty message; nothing was appended");
		return (-1);
	}
	if (size > s->conf->message_max) {
		fail(a, "TOOBIG", "A message can't have more than %" PRIu64
		    " octets", s->conf->message_max);
		return (-1);
	}
	if (deliver_message(a->delivery, flags.system, flags.keywords,
	    flags.nkeywords, date) == -1) {
		fail_errno(a);
		return (-1);
	}
	a->messages++;
	return (0);
}

void
append_literal(struct session *s)
{
	struct parser	*p = s->parser;
	struct append	*a = s->append;

	/* The mailbox's name can be a literal too. */
	if (parser_literal_top(p) && parser_args(p)->next == NULL) {
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
	if (!parser_literal_top(p)) {
		a->bad = 1;
		fail(a, NULL, "No literals in lists here");
	}
	if (a->failed || message(s, a) == -1) {
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
	    deliver_end(a->delivery) == -1))
		fail_errno(a);
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
