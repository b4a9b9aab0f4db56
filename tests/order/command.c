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

#include "tests/order/history.h"
#include "tests/order/wire.h"

static void	copy_word(char *, size_t, const char *);
static void	parse_append(struct command *, const char *);
static void	parse_fetch(struct command *, const char *);
static void	parse_select(struct command *, const char *);
static void	parse_store(struct command *, const char *);
static const char *skip_word(const char *);

static const struct {
	const char	*name;
	enum command_kind kind;
} commands[] = {
	{ "SELECT", CMD_SELECT },
	{ "EXAMINE", CMD_SELECT },
	{ "STATUS", CMD_STATUS },
	{ "STORE", CMD_STORE },
	{ "APPEND", CMD_APPEND },
	{ "COPY", CMD_COPY },
	{ "MOVE", CMD_MOVE },
	{ "EXPUNGE", CMD_EXPUNGE },
	{ "CLOSE", CMD_CLOSE },
	{ "FETCH", CMD_FETCH },
	{ "SEARCH", CMD_SEARCH },
	{ "ENABLE", CMD_ENABLE },
};

/* What stands behind a word and its blank. */
static const char *
skip_word(const char *p)
{
	p += strcspn(p, " ");
	return (p + strspn(p, " "));
}

static void
copy_word(char *to, size_t size, const char *p)
{
	size_t	 len = strcspn(p, " ");

	if (len >= size)
		len = size - 1;
	memcpy(to, p, len);
	to[len] = '\0';
}

/* "INBOX (QRESYNC (uidvalidity modseq set ...))" */
static void
parse_select(struct command *c, const char *p)
{
	const char	*v;
	char		*end;

	copy_word(c->mailbox, sizeof(c->mailbox), p);
	if ((v = strstr(p, "(QRESYNC (")) == NULL)
		return;
	c->qresync = 1;
	c->uidvalidity = (uint32_t)strtoul(v + 10, &end, 10);
	c->since = strtoull(end, &end, 10);
	if (*end == ' ') {
		c->bounded = 1;
		copy_word(c->set, sizeof(c->set), end + 1);
		c->set[strcspn(c->set, ")")] = '\0';
	}
}

/* "set (UNCHANGEDSINCE 5) +FLAGS.SILENT (\Seen)" */
static void
parse_store(struct command *c, const char *p)
{
	c->store = 1;
	copy_word(c->set, sizeof(c->set), p);
	p = skip_word(p);
	if (strncmp(p, "(UNCHANGEDSINCE ", 16) == 0) {
		c->conditional = 1;
		c->since = strtoull(p + 16, NULL, 10);
		p = skip_word(skip_word(p));
	}
	c->op = *p == '+' ? OP_ADD : *p == '-' ? OP_REMOVE : OP_SET;
	c->silent = strncmp(p + strcspn(p, "."), ".SILENT ", 8) == 0;
	c->flags = bits_parse(skip_word(p));
}

/* "INBOX (\Seen) m1" */
static void
parse_append(struct command *c, const char *p)
{
	copy_word(c->mailbox, sizeof(c->mailbox), p);
	p = skip_word(p);
	if (*p == '(') {
		c->flags = bits_parse(p);
		p += strcspn(p, ")");
		if (*p == ')')
			p = skip_word(p);
	}
	copy_word(c->id, sizeof(c->id), p);
}

static void
parse_fetch(struct command *c, const char *p)
{
	const char	*v;

	copy_word(c->set, sizeof(c->set), p);
	if (strstr(p, " BODY[") != NULL || strstr(p, "(BODY[") != NULL) {
		c->store = 1;
		c->op = OP_ADD;
		c->flags = F_SEEN;
	}
	c->vanished = strstr(p, " VANISHED)") != NULL;
	if ((v = strstr(p, "CHANGEDSINCE ")) != NULL) {
		c->changedsince = 1;
		c->since = strtoull(v + 13, NULL, 10);
	}
}

void
command_parse(struct command *c, const char *p)
{
	size_t	 i, len;

	memset(c, 0, sizeof(*c));
	if (strncmp(p, "UID ", 4) == 0) {
		c->uid = 1;
		p += 4;
	}
	len = strcspn(p, " ");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strlen(commands[i].name) == len &&
		    strncmp(commands[i].name, p, len) == 0)
			c->kind = commands[i].kind;
	c->readonly = strncmp(p, "EXAMINE", 7) == 0;
	p = skip_word(p);
	switch (c->kind) {
	case CMD_SELECT:
		parse_select(c, p);
		break;
	case CMD_STATUS:
		copy_word(c->mailbox, sizeof(c->mailbox), p);
		break;
	case CMD_STORE:
		parse_store(c, p);
		break;
	case CMD_APPEND:
		parse_append(c, p);
		break;
	case CMD_COPY:
	case CMD_MOVE:
		copy_word(c->set, sizeof(c->set), p);
		copy_word(c->mailbox, sizeof(c->mailbox), skip_word(p));
		break;
	case CMD_EXPUNGE:
		copy_word(c->set, sizeof(c->set), p);
		break;
	case CMD_FETCH:
		parse_fetch(c, p);
		break;
	case CMD_ENABLE:
		c->qresync = strstr(p, "QRESYNC") != NULL;
		break;
	default:
		break;
	}
}
