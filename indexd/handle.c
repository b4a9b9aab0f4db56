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
#include <string.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/flight.h"
#include "indexd/floor.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/warn.h"

/* What OPEN says of the folder. */
struct opening {
	char		 folder[PROTO_MAXFOLDER + 1];
	uint8_t		 id[TABLE_IDLEN];
	uint8_t		 indexd[TABLE_IDLEN];
	uint32_t	 uidvalidity;
	uint64_t	 modseq;
	uint32_t	 uid;
	uint8_t		 write;
};

static int	get_opening(struct payload *, struct opening *);
static struct box *find_box(struct request *, const struct opening *);
static int	is_ours(struct request *, struct box *, const struct opening *);
static void	damaged(struct request *, const struct opening *);
static int	is_carried(const struct box *);
static int	carried_fits(struct request *, struct box *,
		    const struct opening *);
static int	take_over(struct box *, const struct opening *);
static void	opened(struct request *, struct handle *, const char *, int);

static int
get_opening(struct payload *in, struct opening *op)
{
	if (get_str(in, op->folder, sizeof(op->folder)) == -1 ||
	    get_bytes(in, op->id, sizeof(op->id)) == -1 ||
	    get_bytes(in, op->indexd, sizeof(op->indexd)) == -1 ||
	    get_u32(in, &op->uidvalidity) == -1 ||
	    get_u64(in, &op->modseq) == -1 || get_u32(in, &op->uid) == -1 ||
	    get_u8(in, &op->write) == -1 || op->write > OPEN_ADOPT)
		return (-1);
	return (frame_end(in));
}

/* Whether the table is that of the folder's identity. */
static int
is_ours(struct request *rq, struct box *box, const struct opening *op)
{
	uint64_t modseq;
	uint32_t uid;

	if ((mailbox_state(box->mailbox) & TABLE_ADOPTING) &&
	    op->write != OPEN_ADOPT) {
		reply_no(rq, PROTO_NO_MAILBOX, "it was never filled");
		return (0);
	}
	if (is_carried(box))
		return (carried_fits(rq, box, op));
	if (memcmp(op->indexd, engine_id(rq->srv->engine), TABLE_IDLEN) != 0) {
		reply_no(rq, PROTO_NO_MAILBOX, "served by another indexd");
		return (0);
	}
	floor_limit(box, &modseq, &uid);
	if (op->uidvalidity == mailbox_uidvalidity(box->mailbox) &&
	    op->modseq <= modseq && op->uid <= uid)
		return (1);
	if (peer_may_log(rq->srv))
		log_warnx("handle: another table's identity uid=%u folder=%s "
		    "floor=%llu/%u above %llu/%u",
		    (unsigned int)box->binding->uid, op->folder,
		    (unsigned long long)op->modseq, op->uid,
		    (unsigned long long)modseq, uid);
	reply_no(rq, PROTO_NO_MAILBOX, "the identity is of another table");
	return (0);
}

static int
is_carried(const struct box *box)
{
	return ((mailbox_state(box->mailbox) &
	    (TABLE_CARRIED | TABLE_RESET)) != 0);
}

/*
 * A table that was carried here meets the folder for the first time, whose
 * identity is from elsewhere.  Only who may write to the folder can make the
 * two agree.
 */
static int
carried_fits(struct request *rq, struct box *box, const struct opening *op)
{
	unsigned int state = mailbox_state(box->mailbox);

	if (!op->write) {
		reply_no(rq, PROTO_NO_MAILBOX,
		    "to be opened for writing first");
		return (0);
	}
	if ((!(state & TABLE_RESET) &&
	    op->uidvalidity != mailbox_uidvalidity(box->mailbox)) ||
	    op->modseq >= UINT64_C(1) << 61) {
		if (peer_may_log(rq->srv))
			log_warnx("handle: a table that was carried here is "
			    "of another UIDVALIDITY uid=%u folder=%s "
			    "folder's=%u its=%u",
			    (unsigned int)box->binding->uid, op->folder,
			    op->uidvalidity,
			    mailbox_uidvalidity(box->mailbox));
		reply_no(rq, PROTO_NO_MAILBOX, "the identity is of another "
		    "table");
		return (0);
	}
	return (1);
}

/* Its numbers go on above those that the folder's floors have let be given
 * elsewhere; the session writes the new floors before it asks for any. */
static int
take_over(struct box *box, const struct opening *op)
{
	struct mailbox *mb = box->mailbox;
	uint64_t modseq = mailbox_highestmodseq(mb);
	uint32_t uid = mailbox_uidnext(mb);
	int reset = (mailbox_state(mb) & TABLE_RESET) != 0;

	if (modseq < op->modseq)
		modseq = op->modseq;
	if (uid < op->uid && !reset)
		uid = op->uid;
	if (mailbox_set_floor(mb, modseq + floor_modseqs,
	    uid < UINT32_MAX - floor_uids ? uid + floor_uids : UINT32_MAX) ==
	    -1 || (!reset && mailbox_add_gap(mb, mailbox_highestmodseq(mb),
	    modseq) == -1) || mailbox_raise_modseq(mb, modseq) == -1)
		return (-1);
	box_touch(box);
	return (mailbox_raise_uidnext(mb, uid));
}

/*
 * The table is set aside.  What is sound of it goes on in the one that the
 * session makes now, if the folder is that of this table.
 */
static void
damaged(struct request *rq, const struct opening *op)
{
	struct binding *b = rq->session->binding;
	uint64_t modseq = op->modseq;
	uint32_t uid = op->uid;

	/* What a session was asked to raise it to is no other table's. */
	floor_known(rq->srv, b, op->id, &modseq, &uid);
	mailbox_salvage(rq->srv->engine, b->uid, b->root, op->id, modseq,
	    uid);
	reply_no(rq, PROTO_NO_MAILBOX, "the table is damaged");
}

/* The box, maybe new and without a handle; NULL with a reply. */
static struct box *
find_box(struct request *rq, const struct opening *op)
{
	const struct indexd_limits *l = &rq->srv->conf->limits;
	struct binding *b = rq->session->binding;
	struct mailbox *mb;
	struct box *box;

	mb = mailbox_open(rq->srv->engine, b->uid, b->root, op->id);
	if (mb == NULL) {
		if (errno == ENOENT)
			reply_no(rq, PROTO_NO_MAILBOX, "no such table");
		else if (errno == EBADMSG)
			damaged(rq, op);
		else
			reply_errno(rq, errno);
		return (NULL);
	}
	if (mailbox_resetting(mb)) {
		mailbox_close(mb);
		reply_no(rq, PROTO_NO_LOOK, "the mailbox is being reset");
		return (NULL);
	}
	if ((mailbox_data(mb) == NULL && b->open >= l->open) ||
	    rq->peer->nhandles >= BOX_HANDLES) {
		mailbox_close(mb);
		if (peer_may_log(rq->srv))
			log_warnx("handle: limit open-mailboxes reached "
			    "uid=%u", (unsigned int)b->uid);
		reply_no(rq, PROTO_NO_LIMIT,
		    "limit open-mailboxes %llu is reached",
		    (unsigned long long)l->open);
		return (NULL);
	}
	if ((box = box_get(rq->srv, b, mb)) == NULL)
		reply_errno(rq, ENOMEM);
	else
		warn_limit(rq->srv, &b->near_open, "open-mailboxes", b->open,
		    l->open, b);
	return (box);
}

enum outcome
req_open(struct request *rq)
{
	struct opening op;
	size_t mark = engine_mark(rq->srv->engine);
	const char *known;
	struct handle *h;
	struct box *box;
	uint64_t modseq;
	uint32_t uid;

	if (get_opening(&rq->in, &op) == -1)
		return (REQ_BAD);
	if ((box = find_box(rq, &op)) == NULL)
		return (REQ_DONE);
	if (!is_ours(rq, box, &op)) {
		box_unused(box);
		return (REQ_DONE);
	}
	if (is_carried(box) && take_over(box, &op) == -1) {
		reply_errno(rq, errno);
		engine_rollback(rq->srv->engine, mark);
		box_unused(box);
		return (REQ_DONE);
	}
	if ((h = handle_new(rq->peer, box, op.write != OPEN_READ)) == NULL) {
		reply_errno(rq, ENOMEM);
		return (REQ_DONE);
	}
	known = mailbox_folder(box->mailbox);
	if (known != NULL && strcmp(known, op.folder) == 0)
		known = NULL;
	mailbox_floor(box->mailbox, &modseq, &uid);
	opened(rq, h, known, op.write && (floor_low(box, 0) ||
	    op.modseq < modseq || op.uid < uid));
	if (!rq->has_reply || rq->fd == -1)
		handle_free(h);
	else
		rq->opened = h->number;
	return (REQ_DONE);
}

/* OPENED, with the newest table; NO without a descriptor if there is none. */
static void
opened(struct request *rq, struct handle *h, const char *known, int low)
{
	struct box *box = h->box;
	size_t mark = engine_mark(rq->srv->engine);
	uint64_t modseq = 0;
	uint32_t uid = 0;
	int raise = 0;

	if ((rq->fd = mailbox_fd(box->mailbox)) == -1) {
		reply_errno(rq, errno);
		return;
	}
	/*
	 * What may be asked for is durable first; reading waits for nothing,
	 * least of all for a disk that is full.
	 */
	if (is_carried(box)) {
		mailbox_floor(box->mailbox, &modseq, &uid);
		raise = rq->durable = 1;
	} else if (low) {
		raise = floor_target(box, &modseq, &uid);
		if (raise == -1) {
			if (errno != ERANGE)
				log_warn("handle: floor");
			engine_rollback(rq->srv->engine, mark);
		}
		if (raise != 1) {
			raise = 0;
			modseq = uid = 0;
			floor_raise(box, 0);
		}
	}
	reply(rq, PROTO_OPENED);
	frame_put_u32(&rq->reply, h->number);
	frame_put_u8(&rq->reply, known != NULL);
	frame_put_str(&rq->reply, known != NULL ? known : "");
	frame_put_u8(&rq->reply, (uint8_t)raise);
	frame_put_u64(&rq->reply, modseq);
	frame_put_u32(&rq->reply, uid);
}

enum outcome
req_map(struct request *rq)
{
	struct handle *h;
	enum outcome o;

	if (request_handle(rq, 0, &h, &o) == -1)
		return (o);
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	opened(rq, h, NULL, h->write && floor_low(h->box, 0));
	return (REQ_DONE);
}

enum outcome
req_close(struct request *rq)
{
	struct handle *h;
	uint32_t number;

	if (get_u32(&rq->in, &number) == -1 || frame_end(&rq->in) == -1 ||
	    (h = handle_find(rq->peer, number)) == NULL)
		return (REQ_BAD);
	handle_free(h);
	reply_ok(rq);
	return (REQ_DONE);
}

enum outcome
req_floor(struct request *rq)
{
	size_t mark = engine_mark(rq->srv->engine);
	struct handle *h;
	enum outcome o;
	uint64_t modseq;
	uint32_t uid;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (get_u64(&rq->in, &modseq) == -1 || get_u32(&rq->in, &uid) == -1 ||
	    frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (floor_reported(h->box, modseq, uid) == -1 ||
	    (is_carried(h->box) && mailbox_set_state(h->box->mailbox,
	    mailbox_state(h->box->mailbox) &
	    ~(unsigned int)(TABLE_CARRIED | TABLE_RESET)) == -1)) {
		o = errno == ERANGE ? REQ_BAD : REQ_DONE;
		engine_rollback(rq->srv->engine, mark);
		if (o == REQ_DONE)
			reply_errno(rq, errno);
		return (o);
	}
	reply_ok(rq);
	rq->durable = 1;
	return (REQ_DONE);
}

enum outcome
req_renamed(struct request *rq)
{
	char folder[PROTO_MAXFOLDER + 1];
	struct handle *h;
	enum outcome o;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (get_str(&rq->in, folder, sizeof(folder)) == -1 ||
	    frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (mailbox_rename(h->box->mailbox, folder) == -1)
		reply_errno(rq, errno);
	else
		reply_ok(rq);
	rq->durable = 1;
	return (REQ_DONE);
}

enum outcome
req_deleted(struct request *rq)
{
	size_t mark = engine_mark(rq->srv->engine);
	struct handle *h;
	enum outcome o;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (mailbox_remove(h->box->mailbox) == -1) {
		reply_errno(rq, errno);
		return (REQ_DONE);
	}
	box_gone(h->box, rq->peer);
	if (flight_deleted(rq, h->box->place) == -1) {
		/* They stay noted, and harm nobody: no folder has them. */
		log_warn("handle: names in flight");
		tickets_undo(rq);
		engine_rollback(rq->srv->engine, mark);
	}
	rq->session->binding->usage_at = 0;
	reply_ok(rq);
	rq->durable = 1;
	return (REQ_DONE);
}

enum outcome
req_arm(struct request *rq)
{
	struct handle *h;
	struct frame f;
	enum outcome o;
	uint64_t modseq;

	if (request_handle(rq, 0, &h, &o) == -1)
		return (o);
	if (get_u64(&rq->in, &modseq) == -1 || frame_end(&rq->in) == -1)
		return (REQ_BAD);
	reply_ok(rq);
	h->seen = modseq;
	if (box_published(h->box) > modseq) {
		/* OK first, then what it armed for. */
		peer_send(rq->peer, &rq->reply, -1);
		rq->has_reply = 0;
		frame_init(&f, PROTO_CHANGED, 0);
		frame_put_u32(&f, h->number);
		peer_send(rq->peer, &f, -1);
		if (h->armed)
			TAILQ_REMOVE(&h->box->armed, h, inarmed);
		h->armed = 0;
	} else if (!h->armed) {
		TAILQ_INSERT_TAIL(&h->box->armed, h, inarmed);
		h->armed = 1;
	}
	return (REQ_DONE);
}

/* \Recent goes to one session alone, durably (RFC 3501 section 2.3.2). */
enum outcome
req_recent(struct request *rq)
{
	size_t mark = engine_mark(rq->srv->engine);
	struct handle *h;
	enum outcome o;
	uint32_t first, before;
	int error;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	first = mailbox_recent(h->box->mailbox);
	before = mailbox_uidnext(h->box->mailbox);
	if (first == 0)
		first = 1;
	rq->durable = 1;
	if (first < before &&
	    mailbox_set_recent(h->box->mailbox, before) == -1) {
		error = errno;
		engine_rollback(rq->srv->engine, mark);
		reply_errno(rq, error);
		return (REQ_DONE);
	}
	reply(rq, PROTO_RECENTS);
	frame_put_u32(&rq->reply, first);
	frame_put_u32(&rq->reply, before);
	return (REQ_DONE);
}

enum outcome
req_stamp(struct request *rq)
{
	uint64_t stamp[TABLE_STAMP];
	struct handle *h;
	enum outcome o;
	uint32_t reports;
	unsigned int i;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (get_u32(&rq->in, &reports) == -1)
		return (REQ_BAD);
	for (i = 0; i < TABLE_STAMP; i++)
		if (get_u64(&rq->in, &stamp[i]) == -1)
			return (REQ_BAD);
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (mailbox_set_stamp(h->box->mailbox, reports, stamp) == -1)
		reply_no(rq, PROTO_NO_LOOK, "another look was reported");
	else
		reply_ok(rq);
	return (REQ_DONE);
}
