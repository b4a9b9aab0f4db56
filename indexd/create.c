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
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/floor.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/warn.h"

/* CREATE: what the new table is to be. */
struct creation {
	char		 folder[PROTO_MAXFOLDER + 1];
	uint8_t		 id[TABLE_IDLEN];
	uint32_t	 uidvalidity;
	uint64_t	 modseq;
	uint32_t	 uid;
	uint32_t	 n;
	uint8_t		 adopt;
	char		 keyword[TABLE_KEYWORDS][TABLE_KWLEN + 1];
};

static int	get_creation(struct payload *, struct creation *);
static int	within_limits(struct request *);
static void	replace(struct request *, struct creation *);
static uint32_t	uid_ahead(uint32_t);
static int	create(struct request *, const struct creation *);

static int
get_creation(struct payload *in, struct creation *cr)
{
	uint32_t i;

	if (get_str(in, cr->folder, sizeof(cr->folder)) == -1 ||
	    get_bytes(in, cr->id, sizeof(cr->id)) == -1 ||
	    get_u32(in, &cr->uidvalidity) == -1 ||
	    get_u64(in, &cr->modseq) == -1 || get_u32(in, &cr->uid) == -1 ||
	    get_u32(in, &cr->n) == -1 || cr->n > TABLE_KEYWORDS)
		return (-1);
	for (i = 0; i < cr->n; i++)
		if (get_str(in, cr->keyword[i], sizeof(*cr->keyword)) == -1)
			return (-1);
	if (get_u8(in, &cr->adopt) == -1 || cr->adopt > 1)
		return (-1);
	/* Far from the end of the numbers, where no floor fits any more. */
	if (cr->modseq >= UINT64_C(1) << 61 || cr->uid == UINT32_MAX)
		return (-1);
	return (frame_end(in));
}

static int
within_limits(struct request *rq)
{
	const struct indexd_limits *l = &rq->srv->conf->limits;
	struct binding *b = rq->session->binding;
	unsigned int tables;
	uint64_t bytes;

	if (root_usage(rq->srv->engine, b->uid, b->root, &tables,
	    &bytes) == -1) {
		reply_errno(rq, errno);
		return (0);
	}
	if (tables < l->mailboxes && bytes <= l->bytes) {
		warn_limit(rq->srv, &b->near_mailboxes, "mailboxes",
		    (uint64_t)tables + 1, l->mailboxes, b);
		warn_limit(rq->srv, &b->near_bytes, "bytes", bytes, l->bytes,
		    b);
		return (1);
	}
	if (peer_may_log(rq->srv))
		log_warnx("create: limit %s reached uid=%u root=%s",
		    tables < l->mailboxes ? "bytes" : "mailboxes",
		    (unsigned int)b->uid, b->root);
	if (tables < l->mailboxes)
		reply_no(rq, PROTO_NO_LIMIT, "limit bytes %llu is reached",
		    (unsigned long long)l->bytes);
	else
		reply_no(rq, PROTO_NO_LIMIT,
		    "limit mailboxes %llu is reached",
		    (unsigned long long)l->mailboxes);
	return (0);
}

/*
 * A table of this id that is there goes; who has it open is told.  It may be
 * older than the folder's floors, or newer: what it gave is not given again.
 */
static void
replace(struct request *rq, struct creation *cr)
{
	struct binding *b = rq->session->binding;
	struct mailbox *mb;
	uint64_t modseq;
	uint32_t uid;

	mb = mailbox_open(rq->srv->engine, b->uid, b->root, cr->id);
	if (mb == NULL)
		return;
	modseq = mailbox_highestmodseq(mb);
	uid = mailbox_uidnext(mb) - 1;
	if (cr->modseq < modseq)
		cr->modseq = modseq;
	if (cr->uid < uid && mailbox_uidvalidity(mb) == cr->uidvalidity)
		cr->uid = uid;
	log_info("create: replaces a table uid=%u folder=%s",
	    (unsigned int)b->uid, mailbox_folder(mb));
	box_replaced(rq->srv, mb);
	mailbox_close(mb);
}

/* The floor above a UID. */
static uint32_t
uid_ahead(uint32_t uid)
{
	return (uid < UINT32_MAX - floor_uids ? uid + floor_uids : UINT32_MAX);
}

/* Makes the table, mostly with all that it begins with; -1 with errno. */
static int
create(struct request *rq, const struct creation *cr)
{
	struct server *srv = rq->srv;
	struct binding *b = rq->session->binding;
	const struct mailbox_begin begin = { floor_modseqs,
	    uid_ahead(cr->uid), cr->adopt ? TABLE_ADOPTING : 0 };
	size_t mark = engine_mark(srv->engine);
	uint32_t i, uid, had;
	uint64_t modseq, m;
	struct mailbox *mb;
	struct box *box;
	int error;

	mb = mailbox_create_words(srv->engine, b->uid, b->root, cr->id,
	    cr->folder, cr->uidvalidity, cr->modseq, cr->adopt ? 0 : cr->uid,
	    cr->keyword, cr->n, &begin);
	if (mb == NULL)
		return (-1);
	/* What goes on of a damaged table may have had higher numbers. */
	modseq = mailbox_highestmodseq(mb) + floor_modseqs;
	uid = mailbox_salvaged_uidnext(mb) - 1;
	if (uid < cr->uid)
		uid = cr->uid;
	uid = uid_ahead(uid);
	mailbox_floor(mb, &m, &had);
	if ((box = box_get(srv, b, mb)) == NULL)
		return (-1);
	box_touch(box);
	if ((m < modseq || had < uid) &&
	    mailbox_set_floor(mb, modseq, uid) == -1)
		goto out;
	for (i = 0; i < cr->n; i++)
		if (mailbox_add_keyword(mb, cr->keyword[i]) == -1)
			goto out;
	reply(rq, PROTO_CREATED);
	frame_put_u32(&rq->reply, mailbox_uidvalidity(mb));
	frame_put_u64(&rq->reply, modseq);
	frame_put_u32(&rq->reply, uid);
	b->usage_at = 0;
	return (0);
out:
	error = errno;
	engine_rollback(srv->engine, mark);
	errno = error;
	return (-1);
}

enum outcome
req_create(struct request *rq)
{
	struct creation *cr;
	enum outcome o = REQ_DONE;

	if ((cr = malloc(sizeof(*cr))) == NULL) {
		reply_errno(rq, errno);
		return (REQ_DONE);
	}
	if (get_creation(&rq->in, cr) == -1)
		o = REQ_BAD;
	else if (within_limits(rq)) {
		replace(rq, cr);
		if (create(rq, cr) == -1)
			reply_errno(rq, errno);
		rq->durable = 1;
	}
	free(cr);
	return (o);
}

/*
 * The table has all messages that have UIDs already.  The others get theirs
 * above, and above all that the floor had let be given.
 */
enum outcome
req_adopted(struct request *rq)
{
	size_t mark = engine_mark(rq->srv->engine);
	struct mailbox *mb;
	struct handle *h;
	enum outcome o;
	uint32_t uidnext;
	int error;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (get_u32(&rq->in, &uidnext) == -1 || frame_end(&rq->in) == -1)
		return (REQ_BAD);
	mb = h->box->mailbox;
	reply_ok(rq);
	rq->durable = 1;
	if (!(mailbox_state(mb) & TABLE_ADOPTING))
		return (REQ_DONE);
	box_touch(h->box);
	if (uidnext < mailbox_salvaged_uidnext(mb))
		uidnext = mailbox_salvaged_uidnext(mb);
	if (mailbox_raise_uidnext(mb, uidnext) == -1 ||
	    mailbox_set_state(mb, mailbox_state(mb) &
	    ~(unsigned int)TABLE_ADOPTING) == -1) {
		error = errno;
		engine_rollback(rq->srv->engine, mark);
		reply_errno(rq, error);
	}
	return (REQ_DONE);
}
