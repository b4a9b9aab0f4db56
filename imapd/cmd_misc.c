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

#include <string.h>

#include "common/log.h"
#include "imapd/capability.h"
#include "imapd/client_id.h"
#include "imapd/imap.h"

/* CAPABILITY, NOOP, CHECK, LOGOUT, ENABLE, ID, NAMESPACE. */

void
cmd_capability(struct session *s, const struct parser_arg *arg)
{
	char	caps[CAPABILITY_MAX];

	(void)arg;
	untagged(s, "CAPABILITY %s", capability_session(caps, sizeof(caps),
	    s->conf->message_max, s->compressed));
	reply_ok(s, NULL, "CAPABILITY completed");
}

/* NOOP and CHECK: the news goes before the answer. */
void
cmd_noop(struct session *s, const struct parser_arg *arg)
{
	(void)arg;
	reply_ok(s, NULL, "%s completed", s->cmd->name);
}

void
cmd_logout(struct session *s, const struct parser_arg *arg)
{
	(void)arg;
	untagged(s, "BYE Logging out");
	reply_ok(s, NULL, "LOGOUT completed");
	session_enter(s, SESSION_LOGOUT);
}

int
check_enable(const struct parser_arg *arg, const char **why)
{
	const char	*text;

	*why = "Names of extensions expected";
	if (arg == NULL)
		return (-1);
	for (; arg != NULL; arg = arg->next) {
		if (parser_atom(arg, &text) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Unknown extensions are passed over (RFC 5161 section 3.1).  QRESYNC turns
 * CONDSTORE on as well, and IMAP4rev2 has names in UTF-8 as UTF8=ACCEPT has;
 * nothing turns them off (RFC 7162 section 3.2.3, RFC 9051 section 6.3.1).
 */
void
cmd_enable(struct session *s, const struct parser_arg *arg)
{
	int	condstore = 0, qresync = 0, rev2 = 0, utf8 = 0;

	for (; arg != NULL; arg = arg->next) {
		if (parser_is(arg, "CONDSTORE"))
			condstore = 1;
		else if (parser_is(arg, "QRESYNC"))
			qresync = 1;
		else if (parser_is(arg, "IMAP4rev2"))
			rev2 = 1;
		else if (parser_is(arg, "UTF8=ACCEPT"))
			utf8 = 1;
	}
	untagged(s, "ENABLED%s%s%s%s", condstore ? " CONDSTORE" : "",
	    qresync ? " QRESYNC" : "", rev2 ? " IMAP4rev2" : "",
	    utf8 ? " UTF8=ACCEPT" : "");
	if (rev2)
		s->rev2 = 1;
	if (rev2 || utf8)
		s->utf8 = 1;
	if (condstore || qresync)
		session_enable_condstore(s);
	if (qresync)
		s->qresync = 1;
	reply_ok(s, NULL, "ENABLE completed");
}

int
check_id(const struct parser_arg *arg, const char **why)
{
	return (client_id_check(arg, why));
}

void
cmd_id(struct session *s, const struct parser_arg *arg)
{
	char	buf[CLIENT_ID_LOG];

	if (client_id_text(arg, buf, sizeof(buf))[0] != '\0')
		log_info("session: client id%s", buf);
	untagged(s, "ID %s", CAPABILITY_ID);
	reply_ok(s, NULL, "ID completed");
}

/* One personal name space (RFC 2342). */
void
cmd_namespace(struct session *s, const struct parser_arg *arg)
{
	(void)arg;
	untagged(s, "NAMESPACE ((\"\" \"%c\")) NIL NIL", s->conf->separator);
	reply_ok(s, NULL, "NAMESPACE completed");
}
