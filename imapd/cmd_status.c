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

#include "imapd/imap.h"
#include "imapd/namespace.h"
#include "imapd/status.h"

/* STATUS (RFC 3501 section 6.3.10). */

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

void
cmd_status(struct session *s, const struct parser_arg *arg)
{
	struct status	 status;
	char		 dir[NAMESPACE_DIRLEN + 1];
	char		 name[NAMESPACE_DIRLEN + 1];

	if (session_mailbox(s, arg, dir, sizeof(dir)) == -1)
		return;
	status.dir = dir;
	status_read(s, arg->next, &status, 1);
	if (status.error == ENOENT) {
		reply_no(s, "NONEXISTENT", "No such mailbox");
		return;
	}
	if (status.error != 0) {
		errno = status.error;
		reply_errno(s, "Can't tell the status");
		return;
	}
	status_enable(s, arg->next);
	if (namespace_from_dir(s->conf->separator, dir, name,
	    sizeof(name)) == 0)
		status_send(s, name, arg->next, &status);
	reply_ok(s, NULL, "STATUS completed");
}
