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
#include "imapd/special_use.h"

/*
 * The LIST that SELECT and EXAMINE answer with in IMAP4rev2: its attributes
 * have to be right (RFC 9051 section 6.3.2), as a client can take them for all
 * that the mailbox has.
 */

static void	send_attributes(struct session *, const char *);

/* Nothing is said if the mailboxes cannot be read, or this is gone by now. */
static void
send_attributes(struct session *s, const char *name)
{
	struct names	 names;
	unsigned char	*use = NULL;
	char		 uses[SPECIAL_USE_TEXT];
	size_t		 i;
	int		 found;

	if (list_existing(s, &names) == -1 ||
	    (use = calloc(names.n + 1, 1)) == NULL)
		goto out;
	i = names_find(&names, name, &found);
	if (!found)
		goto out;
	special_use_read(s->conf, s->conf->separator, s->rootfd, &names, use);
	(void)client_printf(s->client, "%s%s%s",
	    names_children(&names, s->conf->separator, name) ?
	    "\\HasChildren" : "\\HasNoChildren", use[i] != 0 ? " " : "",
	    special_use_text(use[i], uses));
out:
	free(use);
	names_free(&names);
}

void
list_selected(struct session *s, const char *dir,
    const struct parser_arg *arg)
{
	const char	*text, *why;
	char		 given[NAMESPACE_DIRLEN + 1];
	char		 name[NAMESPACE_DIRLEN + 1];

	if (parser_astring(arg, &text, NULL) == -1 ||
	    mailbox_name_read(s, text, given, sizeof(given), &why) == -1 ||
	    namespace_from_dir(s->conf->separator, dir, name,
	    sizeof(name)) == -1)
		return;
	(void)client_puts(s->client, "* LIST (");
	send_attributes(s, name);
	(void)client_printf(s->client, ") \"%c\" ", s->conf->separator);
	mailbox_name_send(s, name);
	if (strcmp(name, given) != 0) {
		(void)client_puts(s->client, " (\"OLDNAME\" (");
		mailbox_name_send(s, given);
		(void)client_puts(s->client, "))");
	}
	(void)client_puts(s->client, "\r\n");
}
