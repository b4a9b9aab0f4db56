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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/flight.h"
#include "indexd/peer.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/verify.h"

struct verify {
	TAILQ_ENTRY(verify) entry;
	struct mailbox	*mb;
	struct check	*check;
	char		 first[256];	/* the first fault */
};

static void	fault(void *, const char *);
static void	done(struct server *, struct verify *);
static void	lost(struct server *, struct mailbox *);

static void
fault(void *arg, const char *text)
{
	struct verify *v = arg;

	if (v->first[0] == '\0')
		(void)strlcpy(v->first, text, sizeof(v->first));
}

int
verify_want(struct server *srv, struct mailbox *mb)
{
	struct verify *v;

	TAILQ_FOREACH(v, &srv->verifying, entry)
		if (v->mb == mb)
			return (0);
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return (-1);
	v->mb = mb;
	if ((v->check = check_begin(mb, fault, v)) == NULL) {
		free(v);
		return (-1);
	}
	TAILQ_INSERT_TAIL(&srv->verifying, v, entry);
	return (0);
}

int
verify_met(struct peer *p)
{
	struct handle *h;
	struct table *t;
	int met = 0;

	TAILQ_FOREACH(h, &p->handles, entry) {
		t = mailbox_table(h->box->mailbox);
		if (t->h == NULL || !t->bad || h->box->gone)
			continue;
		t->bad = 0;
		met = 1;
		if (verify_want(p->srv, h->box->mailbox) == -1)
			log_warn("verify");
	}
	return (met);
}

int
verify_work(struct server *srv)
{
	struct verify *v;

	if ((v = TAILQ_FIRST(&srv->verifying)) == NULL)
		return (0);
	if (check_step(v->check, VERIFY_ROWS))
		return (1);
	TAILQ_REMOVE(&srv->verifying, v, entry);
	done(srv, v);
	free(v);
	return (!TAILQ_EMPTY(&srv->verifying));
}

static void
done(struct server *srv, struct verify *v)
{
	char text[256];
	unsigned int n, what;

	mailbox_ref(v->mb);
	n = check_end(v->check, &what);
	mailbox_table(v->mb)->bad = 0;
	if (n > 0) {
		log_warnx("verify: folder=%s faults=%u first: %s",
		    mailbox_folder(v->mb), n, v->first);
		(void)verify_repair(srv, v->mb, what, text, sizeof(text));
	}
	mailbox_close(v->mb);
}

/* Nobody goes on with it: who has it open is told, and what flies goes on with
 * the table that is made in its place. */
static void
lost(struct server *srv, struct mailbox *mb)
{
	struct box *box;

	if ((box = mailbox_data(mb)) == NULL)
		return;
	box_gone(box, NULL);
	if (box->place == NULL)
		return;
	box->place->box = NULL;
	box->place->courier = NULL;
	place_put(srv, box->place);
	box->place = NULL;
}

int
verify_repair(struct server *srv, struct mailbox *mb, unsigned int what,
    char *text, size_t size)
{
	const char *folder;

	folder = mailbox_folder(mb);
	if (folder[0] == '\0')
		folder = "INBOX";
	if ((what & CHECK_LOSS) == 0) {
		if (mailbox_mend(mb, what) == 0) {
			(void)snprintf(text, size, "repaired:%s%s%s%s in a new "
			    "generation",
			    what & CHECK_HEAD ? " header," : "",
			    what & CHECK_TREE ? " counts," : "",
			    what & CHECK_LOG ? " change log, clients look at "
			    "all," : "",
			    what & CHECK_FOLDER ? " name of the folder," : "");
			engine_repaired(srv->engine, "folder=%s %s", folder,
			    text);
			return (1);
		}
		log_warn("verify: folder=%s", folder);
		if (errno != EBADMSG) {
			(void)snprintf(text, size, "not repaired: %s",
			    strerror(errno));
			return (-1);
		}
	}
	lost(srv, mb);
	if (mailbox_set_aside(mb, "found when it was verified") == -1) {
		(void)snprintf(text, size, "not set aside: %s",
		    strerror(errno));
		log_warn("verify: folder=%s", folder);
		return (-1);
	}
	(void)snprintf(text, size, "set aside: it is made anew when its folder "
	    "is next opened");
	return (0);
}

void
verify_free(struct server *srv)
{
	struct verify *v;

	while ((v = TAILQ_FIRST(&srv->verifying)) != NULL) {
		TAILQ_REMOVE(&srv->verifying, v, entry);
		(void)check_end(v->check, NULL);
		free(v);
	}
}

enum outcome
req_verify(struct request *rq)
{
	struct handle *h;
	enum outcome o;

	if (request_handle(rq, 0, &h, &o) == -1)
		return (o);
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (verify_want(rq->srv, h->box->mailbox) == -1)
		reply_errno(rq, ENOMEM);
	else
		reply_ok(rq);
	return (REQ_DONE);
}

/* A folder whose identity cannot be read, and the table that was its own. */
enum outcome
req_find(struct request *rq)
{
	char folder[PROTO_MAXFOLDER + 1];
	struct binding *b = rq->session->binding;
	struct mailbox *mb;
	uint64_t modseq;
	uint32_t uid;

	if (get_str(&rq->in, folder, sizeof(folder)) == -1 ||
	    frame_end(&rq->in) == -1)
		return (REQ_BAD);
	mb = mailbox_by_folder(rq->srv->engine, b->uid, b->root, folder);
	if (mb == NULL) {
		reply_no(rq, PROTO_NO_MAILBOX, "no such table");
		return (REQ_DONE);
	}
	mailbox_floor(mb, &modseq, &uid);
	reply(rq, PROTO_FOUND);
	frame_put_bytes(&rq->reply, mailbox_id(mb), TABLE_IDLEN);
	frame_put_u32(&rq->reply, mailbox_uidvalidity(mb));
	frame_put_u64(&rq->reply, modseq);
	frame_put_u32(&rq->reply, uid);
	mailbox_close(mb);
	return (REQ_DONE);
}

enum outcome
req_repaired(struct request *rq)
{
	char folder[PROTO_MAXFOLDER + 1], text[REPAIR_TEXT];
	struct binding *b = rq->session->binding;

	if (get_str(&rq->in, folder, sizeof(folder)) == -1 ||
	    get_str(&rq->in, text, sizeof(text)) == -1 ||
	    frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (peer_may_log(rq->srv))
		engine_repaired(rq->srv->engine, "uid=%u folder=%s %s",
		    (unsigned int)b->uid, folder[0] == '\0' ? "INBOX" :
		    folder, text);
	reply_ok(rq);
	return (REQ_DONE);
}
