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

#include "indexd/control.h"
#include "indexd/control_cmd.h"

#define FAULTS_SHOWN	1000		/* lines for one mailbox */

static void	fault(void *, const char *);
static void	stat_line(struct control *, const char *, uint64_t);

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
	} else
		control_line(c, "  %s", text);
}

/* One mailbox at a time: peers are served in between. */
int
control_check(struct control *c)
{
	const struct control_name *n;
	char root[8192], folder[8192];
	struct mailbox *mb;
	unsigned int faults;

	if (control_find(c) == -1 || c->at == c->n)
		return (0);
	n = &c->names[c->at];
	if ((mb = control_open(c)) == NULL) {
		control_error(c, "a mailbox has gone, or is damaged");
		return (++c->at < c->n);
	}
	c->faults = 0;
	if (c->json) {
		control_quote(root, sizeof(root), n->root);
		control_quote(folder, sizeof(folder), mailbox_folder(mb));
	} else {
		control_plain(root, sizeof(root), n->root);
		control_plain(folder, sizeof(folder),
		    mailbox_folder(mb)[0] == '\0' ? "INBOX" :
		    mailbox_folder(mb));
	}
	faults = mailbox_check(mb, fault, c);
	mailbox_close(mb);
	if (faults > 0)
		c->status = 1;
	control_line(c, c->json ?
	    "{\"root\":%s,\"folder\":%s,\"faults\":%u}" :
	    "%s/%s faults=%u", root, folder, faults);
	return (++c->at < c->n);
}

static void
stat_line(struct control *c, const char *name, uint64_t value)
{
	control_line(c, "%s %" PRIu64, name, value);
}

int
control_stats(struct control *c)
{
	struct server *srv = c->srv;
	struct engine_stats es;

	engine_stats(srv->engine, &es);
	if (c->json) {
		control_line(c, "{\"uptime\":%" PRIu64 ",\"sessions\":%u,"
		    "\"connected\":%u,\"requests\":%" PRIu64 ",\"batches\":%"
		    PRIu64 ",\"refused\":%" PRIu64 ",\"resumed\":%" PRIu64
		    ",\"commits\":%" PRIu64 ",\"syncs\":%" PRIu64
		    ",\"sync_us\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"bytes\":%"
		    PRIu64 ",\"compactions\":%" PRIu64 ",\"segments\":%" PRIu64
		    ",\"failed\":%" PRIu64 ",\"open\":%" PRIu64 ",\"mapped\":%"
		    PRIu64 "}", (srv->now - srv->started) / 1000,
		    srv->nsessions, srv->nbound, srv->stats.requests,
		    srv->stats.batches, srv->stats.refused, srv->stats.resumed,
		    es.commits, es.syncs, es.sync_us, es.rows, es.bytes,
		    es.compactions, es.segments, es.failed, es.open,
		    es.mapped);
		return (0);
	}
	stat_line(c, "uptime", (srv->now - srv->started) / 1000);
	stat_line(c, "sessions", srv->nsessions);
	stat_line(c, "connected", srv->nbound);
	stat_line(c, "requests", srv->stats.requests);
	stat_line(c, "batches", srv->stats.batches);
	stat_line(c, "refused", srv->stats.refused);
	stat_line(c, "resumed", srv->stats.resumed);
	stat_line(c, "commits", es.commits);
	stat_line(c, "syncs", es.syncs);
	stat_line(c, "sync-us", es.sync_us);
	stat_line(c, "rows", es.rows);
	stat_line(c, "bytes", es.bytes);
	stat_line(c, "compactions", es.compactions);
	stat_line(c, "segments", es.segments);
	stat_line(c, "failed", es.failed);
	stat_line(c, "open", es.open);
	stat_line(c, "mapped", es.mapped);
	return (0);
}
