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

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "indexd/control.h"
#include "indexd/control_cmd.h"
#include "indexd/request.h"
#include "indexd/verify.h"

#define FAULTS_SHOWN	1000		/* lines for one mailbox */

static void	fault(void *, const char *);
static void	finish(struct control *, struct mailbox *);
static int	damaged(void *, uid_t, const char *, const uint8_t *);
static void	repair(void *, time_t, const char *);
static int	options(struct control *);

static void
fault(void *arg, const char *text)
{
	struct control *c = arg;
	char quoted[CONTROL_LINE - 16];

	if (c->faults++ >= FAULTS_SHOWN)
		return;
	if (c->json) {
		control_quote(quoted, sizeof(quoted), text);
		control_line(c, "{\"fault\":%s}", quoted);
	} else {
		control_plain(quoted, sizeof(quoted), text);
		control_line(c, "  %s", quoted);
	}
}

/*
 * The table under way is verified, and what can be is repaired; a line says
 * what was found and done.
 */
static void
finish(struct control *c, struct mailbox *mb)
{
	const struct control_name *n = &c->names[c->at];
	const char *name = mailbox_folder(mb);
	char did[256] = "", folder[8192], root[8192], text[600];
	unsigned int faults, what;

	if (name[0] == '\0' && !c->json)
		name = "INBOX";
	(c->json ? control_quote : control_plain)(root, sizeof(root), n->root);
	(c->json ? control_quote : control_plain)(folder, sizeof(folder),
	    name);
	faults = check_end(c->check, &what);
	c->check = NULL;
	if (faults > 0)
		c->status = 1;
	if (faults > 0 && !c->look) {
		/* The batch is not to be met half way. */
		batch_commit(c->srv);
		(void)verify_repair(c->srv, mb, what, did, sizeof(did));
	}
	if (c->json) {
		control_quote(text, sizeof(text), did);
		control_line(c, "{\"root\":%s,\"folder\":%s,\"faults\":%u,"
		    "\"done\":%s}", root, folder, faults, text);
	} else
		control_line(c, "%s/%s faults=%u%s%s", root, folder, faults,
		    did[0] == '\0' ? "" : " ", did);
}

/* A table that is set aside: it is known by its id and root alone. */
static int
damaged(void *arg, uid_t uid, const char *root, const uint8_t *id)
{
	struct control *c = arg;
	char hex[TABLE_IDLEN * 2 + 1], name[8192];
	size_t i;

	for (i = 0; i < TABLE_IDLEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", id[i]);
	if (c->nargs > 0 && strcmp(c->arg, hex) != 0 &&
	    strncmp(c->arg, root, strlen(root)) != 0)
		return (0);
	c->status = 1;
	if (c->json) {
		control_quote(name, sizeof(name), root);
		control_line(c, "{\"root\":%s,\"uid\":%u,\"id\":\"%s\","
		    "\"damaged\":true}", name, (unsigned int)uid, hex);
	} else {
		control_plain(name, sizeof(name), root);
		control_line(c, "%s id=%s set aside: it is made anew when its "
		    "folder is next opened", name, hex);
	}
	return (0);
}

static void
repair(void *arg, time_t when, const char *line)
{
	struct control *c = arg;
	char text[4 * REPAIR_TEXT], date[32];
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		date[0] = '\0';
	if (c->json) {
		control_quote(text, sizeof(text), line);
		control_line(c, "{\"when\":\"%s\",\"repair\":%s}", date,
		    text);
	} else {
		control_plain(text, sizeof(text), line);
		control_line(c, "%s %s", date, text);
	}
}

/* "-n" only looks. */
static int
options(struct control *c)
{
	if (c->started)
		return (0);
	if (c->nargs > 0 && strcmp(c->arg, "-n") == 0) {
		c->look = 1;
		c->nargs--;
		(void)strlcpy(c->arg, c->arg2, sizeof(c->arg));
	}
	return (c->nargs > 1 ? -1 : 0);
}

/* A piece of a table at a time: peers are served in between. */
int
control_check(struct control *c)
{
	struct mailbox *mb;

	if (options(c) == -1)
		return (control_unknown(c));
	if (control_find(c) == -1)
		return (0);
	if (c->at == c->n) {
		if (engine_damaged(c->srv->engine, damaged, c) == -1)
			control_error(c, "the tables cannot be listed");
		if (c->n == 0 && c->nargs > 0 && c->status == 0)
			control_error(c, "no such mailbox");
		if (c->nargs == 0)
			engine_repairs(c->srv->engine, repair, c);
		return (0);
	}
	if ((mb = control_open(c)) == NULL) {
		/* One that is damaged is listed at the end. */
		if (errno != EBADMSG)
			control_error(c, "a mailbox has gone");
		c->at++;
		return (1);
	}
	if (c->check == NULL) {
		c->faults = 0;
		c->check = check_begin(mb, fault, c);
	}
	if (c->check == NULL)
		control_error(c, "no memory");
	else if (check_step(c->check, VERIFY_ROWS)) {
		mailbox_close(mb);
		return (1);
	} else
		finish(c, mb);
	mailbox_close(mb);
	c->at++;
	return (1);
}
