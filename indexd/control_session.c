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

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "indexd/box.h"
#include "indexd/control.h"
#include "indexd/control_cmd.h"
#include "indexd/peer.h"
#include "indexd/request.h"
#include "indexd/sessions.h"

/* indexctl sessions, and revoke. */

static int	is_user(const struct session *, const char *);
static struct session *next(struct server *, const struct session *);
static void	end(struct server *, struct session *);

void
control_session(struct control *c, const struct session *s,
    const char *indent)
{
	const struct handle *h = s->peer != NULL ? s->peer->current : NULL;
	char user[2048], address[512], box[8192], id[TABLE_IDLEN * 2 + 1];
	void (*text)(char *, size_t, const char *);
	uint64_t now = c->srv->now;
	const char *folder = "";
	size_t i;

	if (h != NULL)
		folder = mailbox_folder(h->box->mailbox);
	text = c->json ? control_quote : control_word;
	text(user, sizeof(user), s->served->name);
	text(address, sizeof(address), s->address);
	text(box, sizeof(box), h != NULL && folder[0] == '\0' ? "INBOX" :
	    folder);
	for (i = 0; i < TABLE_IDLEN; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", s->id[i]);
	control_line(c, c->json ? "%s{\"session\":\"%08x\",\"id\":\"%s\","
	    "\"uid\":%u,\"pid\":%ld,\"state\":\"%s\",\"write\":%s,"
	    "\"armed\":%s,\"requests\":%" PRIu64 ",\"idle\":%" PRIu64
	    ",\"user\":%s,\"address\":%s,\"mailbox\":%s}" :
	    "%ssession %08x id=%s uid=%u pid=%ld state=%s write=%s armed=%s "
	    "requests=%" PRIu64 " idle=%" PRIu64 " user=%s address=%s "
	    "mailbox=%s", c->json ? "" : indent, (unsigned int)s->mark, id,
	    (unsigned int)s->binding->uid, (long)s->pid,
	    s->peer != NULL ? "connected" : "away",
	    h != NULL && h->write ? "true" : "false",
	    h != NULL && h->armed ? "true" : "false", s->requests,
	    (now - (s->peer != NULL ? s->asked : s->since)) / 1000, user,
	    address, box);
}

/* By the name that he logged in with, or by his number. */
static int
is_user(const struct session *s, const char *user)
{
	char number[24];

	if (strcmp(s->served->name, user) == 0)
		return (1);
	(void)snprintf(number, sizeof(number), "%u",
	    (unsigned int)s->binding->uid);
	return (strcmp(number, user) == 0);
}

/* The one after s, which may have gone since, in the order of ids. */
static struct session *
next(struct server *srv, const struct session *s)
{
	struct session *n = RB_NFIND(session_tree, &srv->sessions,
	    (struct session *)(uintptr_t)s);

	if (n != NULL && memcmp(n->id, s->id, sizeof(n->id)) == 0)
		n = RB_NEXT(session_tree, &srv->sessions, n);
	return (n);
}

int
control_sessions(struct control *c)
{
	struct session *s, key;
	unsigned int looked = 0;

	memcpy(key.id, c->session, sizeof(key.id));
	s = c->started ? next(c->srv, &key) :
	    RB_MIN(session_tree, &c->srv->sessions);
	c->started = 1;
	for (; s != NULL && c->lines < CONTROL_PIECE &&
	    looked < 16 * CONTROL_PIECE; looked++) {
		if (c->nargs == 0 || is_user(s, c->arg))
			control_session(c, s, "");
		memcpy(c->session, s->id, sizeof(c->session));
		s = RB_NEXT(session_tree, &c->srv->sessions, s);
	}
	return (s != NULL);
}

/* What is bound to it is gone, and it cannot come back. */
static void
end(struct server *srv, struct session *s)
{
	struct peer *p = s->peer;

	session_end(srv, s);
	if (p != NULL)
		peer_drop(p);
}

int
control_revoke(struct control *c)
{
	struct server *srv = c->srv;
	unsigned int connected = 0, gone = 0;
	struct session *s, *n;
	char user[2048];

	/* No request of theirs is in the batch from then on. */
	batch_commit(srv);
	for (s = RB_MIN(session_tree, &srv->sessions); s != NULL; s = n) {
		n = RB_NEXT(session_tree, &srv->sessions, s);
		if (!is_user(s, c->arg))
			continue;
		control_session(c, s, "");
		if (s->peer != NULL)
			connected++;
		else
			gone++;
		end(srv, s);
	}
	if (connected + gone == 0) {
		control_error(c, "no session of that user");
		return (0);
	}
	(c->json ? control_quote : control_word)(user, sizeof(user), c->arg);
	log_info("control: revoked connected=%u away=%u user=%s", connected,
	    gone, c->arg);
	control_line(c, c->json ? "{\"connected\":%u,\"away\":%u,"
	    "\"revoked\":%s}" : "revoked connected=%u away=%u user=%s",
	    connected, gone, user);
	return (0);
}
