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

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "indexd/control_cmd.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/takeover.h"

static void	forget(struct server *, struct takeover *);

static void
forget(struct server *srv, struct takeover *t)
{
	TAILQ_REMOVE(&srv->takeovers, t, entry);
	srv->ntakeovers--;
	free(t->root);
	free(t->folder);
	free(t);
}

int
takeover_add(struct server *srv, const char *root, const char *folder)
{
	struct takeover *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (-1);
	if ((t->root = strdup(root)) == NULL ||
	    (folder != NULL && (t->folder = strdup(folder)) == NULL)) {
		free(t->root);
		free(t);
		return (-1);
	}
	t->since = srv->now;
	if (srv->ntakeovers == TAKEOVER_MAX)
		forget(srv, TAILQ_FIRST(&srv->takeovers));
	TAILQ_INSERT_TAIL(&srv->takeovers, t, entry);
	srv->ntakeovers++;
	return (0);
}

int
takeover_may(struct server *srv, const char *root, const char *folder)
{
	struct takeover *t;

	while ((t = TAILQ_FIRST(&srv->takeovers)) != NULL &&
	    srv->now - t->since >= TAKEOVER_TIME)
		forget(srv, t);
	TAILQ_FOREACH(t, &srv->takeovers, entry)
		if (strcmp(t->root, root) == 0 && (t->folder == NULL ||
		    strcmp(t->folder, folder) == 0))
			return (1);
	return (0);
}

void
takeovers_free(struct server *srv)
{
	while (!TAILQ_EMPTY(&srv->takeovers))
		forget(srv, TAILQ_FIRST(&srv->takeovers));
}

enum outcome
req_lease(struct request *rq)
{
	const char *root = rq->session->binding->root;
	char folder[PROTO_MAXFOLDER + 1];

	if (get_str(&rq->in, folder, sizeof(folder)) == -1 ||
	    frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (takeover_may(rq->srv, root, folder)) {
		if (peer_may_log(rq->srv))
			log_info("takeover: root=%s folder=%s", root, folder);
		reply_ok(rq);
	} else
		reply_no(rq, PROTO_NO_LEASE, "not to be taken over");
	return (REQ_DONE);
}

int
control_takeover(struct control *c)
{
	const char *folder = NULL;
	char root[CONTROL_ARG * 4 + 1];

	if (control_root(c) == -1)
		return (0);
	if (c->nargs > 1)
		folder = control_folder(c->arg2);
	if (takeover_add(c->srv, c->arg, folder) == -1) {
		control_error(c, "no memory");
		return (0);
	}
	control_plain(root, sizeof(root), c->arg);
	log_info("takeover: allowed root=%s folder=%s", root,
	    folder == NULL ? "(all)" : folder);
	control_line(c, c->json ? "{\"seconds\":%d}" :
	    "leases of others may be taken over for %d s",
	    TAKEOVER_TIME / 1000);
	return (0);
}
