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

#include "imapd/conf_priv.h"
#include "imapd/mutf7.h"
#include "imapd/namespace.h"
#include "imapd/special_use.h"

static void	forget(struct imapd_conf *, int);
static int	get_name(struct conf *, char **);

static void
forget(struct imapd_conf *ic, int use)
{
	unsigned int i;

	for (i = 0; i < IMAPD_USE_NAMES; i++) {
		free(ic->use_name[use][i]);
		ic->use_name[use][i] = NULL;
	}
}

/* The name of a mailbox, in UTF-8. */
static int
get_name(struct conf *c, char **name)
{
	char buf[NAMESPACE_DIRLEN + 1];

	if (conf_string(c, "mailbox", name) == -1)
		return (-1);
	if (mutf7_encode(*name, strlen(*name), buf, sizeof(buf)) != -1)
		return (0);
	conf_error(c, "special use: \"%s\" is not the name of a mailbox",
	    *name);
	return (-1);
}

/* special use KIND none | MAILBOX ... */
void
conf_use(struct conf *c, struct imapd_conf *ic)
{
	const char *w;
	unsigned int n;
	int use;

	if (conf_keyword(c, "use") == -1)
		return;
	w = conf_word(c);
	if (w == NULL || (use = special_use_kind(w)) == -1) {
		conf_unknown(c, w, "archive, drafts, junk, sent or trash");
		return;
	}
	forget(ic, use);
	ic->use_set[use] = 1;
	if ((w = conf_peek(c)) != NULL && strcmp(w, "none") == 0) {
		(void)conf_word(c);
		(void)conf_end(c);
		return;
	}
	n = 0;
	do {
		if (n == IMAPD_USE_NAMES) {
			conf_error(c, "special use: more than %d mailboxes",
			    IMAPD_USE_NAMES);
			return;
		}
		if (get_name(c, &ic->use_name[use][n++]) == -1)
			return;
	} while (conf_peek(c) != NULL);
}

void
conf_use_free(struct imapd_conf *ic)
{
	int use;

	for (use = 0; use < IMAPD_USES; use++)
		forget(ic, use);
}
