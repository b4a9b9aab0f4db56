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
#include <stdint.h>

#include "common/letters.h"
#include "common/proto.h"
#include "indexd/request.h"

/* STORE (RFC 3501 section 6.4.6, RFC 7162 section 3.1.3). */

#define LOOK_BACK	64	/* entries looked at for one of several */

struct store {
	struct box	*box;
	uint8_t		 op;
	uint16_t	 flags;
	struct keywords	 keywords;
	int		 named;		/* is there a flag at all */
	int		 conditional;
	uint64_t	 since;
	struct uidset	 set;		/* of the request */
	struct result	*res;

	/* What has changed since, once it is needed: */
	int		 known;
	struct uidset	 changed;	/* one of these flags, in the set */
	uint64_t	 created;	/* UIDs from this one on are new */
};

static int	name_letters(struct store *);
static int	conflicts(struct store *, const struct row *);
static int	conflicts_lately(const struct store *, const struct row *);
static int	speaks(const struct store *, const struct change *,
		    const struct row *);
static int	know(struct store *);
static int	store_row(struct store *, uint64_t, struct row *);
static int	store_range(struct store *, uint32_t, uint32_t);
static enum outcome store(struct request *, struct result *);

enum outcome
req_store(struct request *rq)
{
	return (decide(rq, store));
}

static enum outcome
store(struct request *rq, struct result *res)
{
	struct store st = { .res = res };
	struct handle *h;
	enum outcome o;
	uint8_t conditional;
	size_t i;
	int r;

	if (decide_handle(rq, res, 1, &h, &o) == -1)
		return (o);
	st.box = h->box;
	if (get_u8(&rq->in, &st.op) == -1 || st.op > STORE_LETTERS ||
	    get_u16(&rq->in, &st.flags) == -1 ||
	    (st.op != STORE_LETTERS && (st.flags & ~FLAG_SYSTEM)))
		return (REQ_BAD);
	if (keywords_get(&rq->in, h->box->mailbox, &st.keywords) == -1)
		return (errno == EPROTO ? REQ_BAD :
		    decide_errno(rq, res, h->box, 0));
	st.named = st.flags != 0 || st.keywords.bits != 0 ||
	    st.keywords.nnew > 0 || st.keywords.toomany;
	uidset_init(&st.set, 0);
	uidset_init(&st.changed, 0);
	if (get_u8(&rq->in, &conditional) == -1 || conditional > 1 ||
	    get_u64(&rq->in, &st.since) == -1)
		r = -1, errno = EPROTO;
	else
		r = get_set(&rq->in, &st.set);
	if (r == 0 && frame_end(&rq->in) == -1)
		r = -1, errno = EPROTO;
	st.conditional = conditional;
	if (r == 0 && st.op == STORE_LETTERS)
		r = name_letters(&st);
	for (i = 0; r == 0 && i < st.set.n; i++)
		r = store_range(&st, st.set.r[i].lo, st.set.r[i].hi);
	o = REQ_DONE;
	if (r == -1 && errno == EAGAIN)
		res->code = PROTO_NO_LOOK;
	else if (r == -1)
		o = errno == EPROTO ? REQ_BAD :
		    decide_errno(rq, res, h->box, 0);
	uidset_free(&st.changed);
	uidset_free(&st.set);
	keywords_free(&st.keywords);
	return (o);
}

/*
 * The names become keywords, whether a message gets them or not: they stand
 * in the folder's file for these letters.  Fails with EAGAIN if there are
 * others by now.
 */
static int
name_letters(struct store *st)
{
	struct mailbox *mb = st->box->mailbox;

	if (st->conditional || st->keywords.bits != 0 ||
	    st->flags != mailbox_keywords(mb)) {
		errno = EAGAIN;
		return (-1);
	}
	st->flags = 0;
	if (st->keywords.nnew == 0 && !st->keywords.toomany)
		return (0);
	box_touch(st->box);
	return (keywords_add(mb, &st->keywords));
}

static int
store_range(struct store *st, uint32_t lo, uint32_t hi)
{
	struct mailbox *mb = st->box->mailbox;
	uint64_t pos, n = mailbox_rows(mb);
	struct row row;
	int r;

	for (pos = mailbox_find(mb, lo); pos < n; pos++) {
		if (mailbox_row(mb, pos, &row) == -1)
			return (-1);
		if (row.uid > hi)
			break;
		if (row.flags & ROW_EXPUNGED)
			continue;
		if ((r = conflicts(st, &row)) == 0)
			r = store_row(st, pos, &row);
		else if (r == 1)
			r = uidset_add(&st->res->refused, row.uid);
		if (r == -1)
			return (-1);
	}
	return (0);
}

/*
 * Whether the message fails UNCHANGEDSINCE: 1, 0, or -1 with errno.
 *
 * FLAGS names every flag, so that any change of the message is a conflict.
 * +FLAGS and -FLAGS fail only if a flag that they name has changed since, to
 * whatever it is now (RFC 7162 section 3.1.12); where the log does not say
 * which flags changed, any change may have been that one.  A new message is
 * a change of its system flags, which every message has, and of the keywords
 * that it came with.  "Since 0" asks for what exists (section 3.1.3): system
 * flags do, keywords if they are set.
 *
 * The log answers for each message by itself.  An entry stands for messages
 * that changed together, and mailbox_changed() lets a range go on only over
 * messages it was told of and over tombstones.  Tombstones never live again,
 * UIDs that no message has are never given later, compaction, the journal
 * and recovery take entries as they are, and dropping one raises the
 * horizon: so who lives and stands in the range of an entry has changed as
 * it says.  Entries of the open batch count; those that this request made so
 * far are of messages that it is done with.
 */
static int
conflicts(struct store *st, const struct row *row)
{
	uint64_t keywords = st->keywords.bits;
	int r;

	if (!st->conditional)
		return (0);
	/* The client may have seen what another indexd did and we do not
	 * know: it is shown what there is. */
	if (mailbox_in_gap(st->box->mailbox, st->since))
		return (1);
	if (row->modseq <= st->since)
		return (0);
	if (st->op == STORE_SET)
		return (1);
	if (st->since == 0)
		return (st->flags != 0 || (row->keywords & keywords) != 0);
	if (!st->named)
		return (0);
	if (st->since < mailbox_flag_horizon(st->box->mailbox))
		return (1);
	if (st->flags == 0 && keywords == 0)
		return (0);
	if (!st->known) {
		if ((r = conflicts_lately(st, row)) != 2)
			return (r);
		if (know(st) == -1)
			return (-1);
	}
	return (uidset_contains(&st->changed, row->uid) ||
	    (row->uid >= st->created &&
	    (st->flags != 0 || (row->keywords & keywords) != 0)));
}

/* Whether an entry that covers the message makes the conflict; for one about
 * flags it is the same with every message. */
static int
speaks(const struct store *st, const struct change *c, const struct row *row)
{
	if (c->what == CHANGE_NEW)
		return (st->flags != 0 ||
		    (row->keywords & st->keywords.bits) != 0);
	return (c->what == CHANGE_FLAGS && ((c->flags & st->flags) != 0 ||
	    (c->keywords & st->keywords.bits) != 0));
}

/*
 * Who comes too late for a message mostly finds the conflict in its last
 * changes: the answer from the entries from these back.  For one of several
 * messages it is 2 if a few do not tell.
 */
static int
conflicts_lately(const struct store *st, const struct row *row)
{
	struct mailbox *mb = st->box->mailbox;
	struct change c;
	uint64_t i, n, max = LOOK_BACK;

	if (st->set.n == 1 && st->set.r[0].lo == st->set.r[0].hi)
		max = UINT64_MAX;
	if (mailbox_change_since(mb, row->modseq, &n) == -1)
		return (-1);
	for (i = 0; i < max && n > 0; i++) {
		if (mailbox_change(mb, --n, &c) == -1)
			return (-1);
		if (c.modseq <= st->since)
			return (0);
		if (row->uid < c.uid || row->uid > c.last)
			continue;
		if (speaks(st, &c, row))
			return (1);
		if (c.what == CHANGE_NEW)
			return (0);
	}
	return (n == 0 ? 0 : 2);
}

/*
 * Takes from the log what has changed of the messages of the request, and
 * which ones are new: UIDs and mod-sequences rise together, so all from the
 * first new one on.  Time and memory are those of the entries since then.
 * These are bounded by the messages of the mailbox (modseq-table(5)), and so
 * no more than a STORE of them all takes.
 */
static int
know(struct store *st)
{
	struct mailbox *mb = st->box->mailbox;
	struct uidset_batch batch;
	struct change c;
	uint64_t n;

	st->created = UINT64_MAX;
	uidset_batch(&batch, &st->changed);
	if (mailbox_change_since(mb, st->since, &n) == -1)
		return (-1);
	for (; mailbox_change(mb, n, &c) == 0; n++) {
		if (c.what == CHANGE_NEW && c.uid < st->created)
			st->created = c.uid;
		if (c.what == CHANGE_FLAGS && speaks(st, &c, NULL) &&
		    uidset_overlaps(&st->set, c.uid, c.last) &&
		    uidset_batch_add(&batch, c.uid, c.last) == -1)
			return (-1);
	}
	if (errno != ENOENT || uidset_batch_end(&batch) == -1)
		return (-1);
	st->known = 1;
	return (0);
}

/* Changes one message, if that changes anything. */
static int
store_row(struct store *st, uint64_t pos, struct row *row)
{
	struct mailbox *mb = st->box->mailbox;
	struct result *res = st->res;
	uint16_t flags, oldflags = row->flags & FLAG_SYSTEM;
	uint64_t keywords, oldkeywords = row->keywords;

	/* New keywords are allotted with the first message that gets them. */
	if (st->op != STORE_REMOVE &&
	    (st->keywords.nnew > 0 || st->keywords.toomany)) {
		box_touch(st->box);
		if (keywords_add(mb, &st->keywords) == -1)
			return (-1);
	}
	flags = st->flags;
	keywords = st->keywords.bits;
	if (st->op == STORE_ADD) {
		flags |= oldflags;
		keywords |= oldkeywords;
	} else if (st->op == STORE_REMOVE) {
		flags = oldflags & (uint16_t)~flags;
		keywords = oldkeywords & ~keywords;
	} else if (st->op == STORE_LETTERS) {
		flags = oldflags;
		keywords = oldkeywords | (keywords & letters_keywords(
		    row->fletters, mailbox_keywords(mb)));
	}
	if (flags == oldflags && keywords == oldkeywords)
		return (0);
	box_touch(st->box);
	if (res->modseq == 0 && mailbox_next_modseq(mb, &res->modseq) == -1)
		return (-1);
	row->flags = (uint16_t)((row->flags & ~FLAG_SYSTEM) | flags);
	row->keywords = keywords;
	row->modseq = res->modseq;
	if (mailbox_put(mb, pos, row, NULL) == -1 ||
	    mailbox_changed(mb, CHANGE_FLAGS, res->modseq, pos,
	    flags ^ oldflags, keywords ^ oldkeywords) == -1)
		return (-1);
	return (uidset_add(&res->done, row->uid));
}
