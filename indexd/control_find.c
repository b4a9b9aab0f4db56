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

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto.h"
#include "indexd/control.h"
#include "indexd/control_cmd.h"

static int	matches(const char *, struct mailbox *, const char *);
static int	add(void *, struct mailbox *, uid_t, const char *);

static int
matches(const char *arg, struct mailbox *mb, const char *root)
{
	const char *folder = mailbox_folder(mb);
	const uint8_t *id = mailbox_id(mb);
	char hex[TABLE_IDLEN * 2 + 1];
	size_t i, n = strlen(root);

	for (i = 0; i < TABLE_IDLEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", id[i]);
	if (strcmp(arg, hex) == 0 || strcmp(arg, folder) == 0)
		return (1);
	if (folder[0] == '\0' && (strcmp(arg, "INBOX") == 0 ||
	    strcmp(arg, root) == 0))
		return (1);
	return (strncmp(arg, root, n) == 0 && arg[n] == '/' &&
	    strcmp(arg + n + 1, folder[0] == '\0' ? "INBOX" : folder) == 0);
}

static int
add(void *arg, struct mailbox *mb, uid_t uid, const char *root)
{
	struct control *c = arg;
	struct control_name *v;
	size_t cap;

	if (c->nargs > 0 && !matches(c->arg, mb, root))
		return (0);
	if (c->n == c->cap) {
		cap = c->cap == 0 ? 64 : c->cap * 2;
		if ((v = reallocarray(c->names, cap, sizeof(*v))) == NULL)
			return (-1);
		c->names = v;
		c->cap = cap;
	}
	if ((c->names[c->n].root = strdup(root)) == NULL)
		return (-1);
	c->names[c->n].uid = uid;
	memcpy(c->names[c->n].id, mailbox_id(mb), TABLE_IDLEN);
	c->n++;
	return (0);
}

int
control_find(struct control *c)
{
	if (c->started)
		return (0);
	c->started = 1;
	if (engine_each(c->srv->engine, add, c) != 0) {
		control_error(c, "the tables cannot be listed");
		return (-1);
	}
	/* One that is damaged may be meant, and is not known by its name. */
	if (c->n == 0 && c->nargs > 0 && c->step != control_check) {
		control_error(c, "no such mailbox");
		return (-1);
	}
	return (0);
}

int
control_root(struct control *c)
{
	size_t n = strlen(c->arg);

	while (n > 1 && c->arg[n - 1] == '/')
		c->arg[--n] = '\0';
	if (c->arg[0] == '/' && n <= PROTO_MAXROOT)
		return (0);
	control_error(c, "a mail root is the path of a directory, from the "
	    "first slash on");
	return (-1);
}

int
control_uid(struct control *c, uid_t *uid)
{
	const char *errstr;

	*uid = (uid_t)strtonum(c->arg2, 0, UINT32_MAX - 1, &errstr);
	if (errstr == NULL)
		return (0);
	control_error(c, "no user's number");
	return (-1);
}

const char *
control_folder(const char *name)
{
	return (strcmp(name, "INBOX") == 0 ? "" : name);
}

struct mailbox *
control_open(struct control *c)
{
	const struct control_name *n = &c->names[c->at];

	return (mailbox_open(c->srv->engine, n->uid, n->root, n->id));
}
