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
#include <stdlib.h>

#include "indexd/box.h"
#include "indexd/control.h"
#include "indexd/control_cmd.h"
#include "indexd/peer.h"
#include "indexd/request.h"
#include "indexd/sessions.h"

/*
 * What indexctl top asks for, every few seconds: counters, and the sessions
 * and the mailboxes that were last asked for something, as many as it says.
 * Lines of words, the first of which says what it is about (top.c).  The cost
 * is of what is told, not of what there is.
 */

static void	counters(struct control *);
static void	kinds(struct control *);
static void	sessions(struct control *, unsigned int);
static void	mailboxes(struct control *, unsigned int);

static void
counters(struct control *c)
{
	const struct server *srv = c->srv;
	struct engine_stats es;
	unsigned int i;

	engine_counters(srv->engine, &es);
	control_line(c, "time %" PRIu64 " %" PRIu64, server_us(),
	    (srv->now - srv->started) / 1000);
	control_line(c, "sessions %u %u", srv->nbound,
	    srv->nsessions - srv->nbound);
	control_line(c, "boxes %u", srv->nboxes);
	control_line(c, "requests %" PRIu64, srv->stats.requests);
	control_line(c, "journal %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
	    es.commits, es.failed, es.rows, es.bytes);
	for (i = 0; i < HISTOGRAM_CLASSES; i++) {
		control_line(c, "commit %u %" PRIu64, i,
		    srv->stats.commits.count[i]);
		control_line(c, "sync %u %" PRIu64, i, es.sync_times.count[i]);
	}
}

static void
kinds(struct control *c)
{
	unsigned int i;

	for (i = 0; i < SERVER_KINDS; i++)
		if (c->srv->stats.kinds[i] > 0 && request_name(i) != NULL)
			control_line(c, "kind %s %" PRIu64, request_name(i),
			    c->srv->stats.kinds[i]);
}

static void
sessions(struct control *c, unsigned int max)
{
	char user[2048], address[512], box[4096];
	const struct session *s;
	const struct handle *h;
	const char *folder;

	TAILQ_FOREACH(s, &c->srv->recent, recency) {
		if (max-- == 0)
			return;
		h = s->peer->current;
		folder = h == NULL ? "" : mailbox_folder(h->box->mailbox);
		if (h != NULL && folder[0] == '\0')
			folder = "INBOX";
		control_word(user, sizeof(user), s->served->name);
		control_word(address, sizeof(address), s->address);
		control_word(box, sizeof(box), folder);
		control_line(c, "session %08x %ld %" PRIu64 " %" PRIu64 " %s "
		    "%s %s %s", (unsigned int)s->mark, (long)s->pid,
		    s->requests, c->srv->now - s->asked,
		    h != NULL && h->armed ? "idle" : "-", user, address, box);
	}
}

static void
mailboxes(struct control *c, unsigned int max)
{
	char root[4096], folder[4096];
	const struct handle *h;
	const struct box *b;
	unsigned int n;

	TAILQ_FOREACH(b, &c->srv->boxes, inboxes) {
		if (max-- == 0)
			return;
		n = 0;
		TAILQ_FOREACH(h, &b->handles, inbox)
			n++;
		control_word(root, sizeof(root), b->binding->root);
		control_word(folder, sizeof(folder),
		    mailbox_folder(b->mailbox)[0] == '\0' ? "INBOX" :
		    mailbox_folder(b->mailbox));
		control_line(c, "mailbox %" PRIu64 " %u %u %u %s/%s",
		    b->requests, n, mailbox_messages(b->mailbox),
		    (unsigned int)b->binding->uid, root, folder);
	}
}

int
control_sample(struct control *c)
{
	const char *errstr;
	unsigned int ns, nb;

	ns = (unsigned int)strtonum(c->arg, 0, CONTROL_SAMPLE, &errstr);
	if (errstr == NULL)
		nb = (unsigned int)strtonum(c->arg2, 0, CONTROL_SAMPLE,
		    &errstr);
	if (errstr != NULL)
		return (control_unknown(c));
	counters(c);
	kinds(c);
	sessions(c, ns);
	mailboxes(c, nb);
	return (0);
}
