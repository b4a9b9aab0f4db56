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

#include "common/letters.h"
#include "common/maildir.h"
#include "common/proto.h"
#include "indexd/appeared.h"
#include "indexd/request.h"
#include "indexd/watch.h"

/*
 * REPORT: what other programs did to the folder becomes one ordered change.
 * A report that is older than what it speaks of is refused with "look
 * again", which errno EAGAIN stands for here.
 */
struct report {
	struct request	*rq;
	struct result	*res;
	struct box	*box;
	uint64_t	 seen;
	int		 renamed;	/* something has another name */
};

static enum outcome report(struct request *, struct result *);
static int	report_all(struct report *, struct appearance *);
static int	take(struct report *, struct appearance *);
static int	take_one(struct report *, struct appeared *);
static int	take_up(struct mailbox *, struct appeared *);
static uint32_t	uids_needed(const struct box *, const struct appearance *);
static int	changed(struct report *);
static int	change_one(struct report *);
static int	change_row(struct report *, uint64_t, struct row *,
		    const char *);
static int	gone(struct report *, const struct uidset *);
static int	number(struct report *);
static int	finish(struct report *);

enum outcome
req_report(struct request *rq)
{
	return (decide(rq, report));
}

static enum outcome
report(struct request *rq, struct result *res)
{
	struct appearance ap;
	struct report r;
	struct handle *h;
	enum outcome o;

	if (decide_handle(rq, res, 1, &h, &o) == -1)
		return (o);
	r.rq = rq;
	r.res = res;
	r.box = h->box;
	r.renamed = 0;
	o = REQ_DONE;
	appearance_init(&ap);
	if (report_all(&r, &ap) == -1) {
		if (errno == EPROTO)
			o = REQ_BAD;
		else if (errno == EAGAIN)
			res->code = PROTO_NO_LOOK;
		else if (errno == EEXIST)
			res->code = PROTO_NO_UID;
		else if (res->code == 0)
			o = decide_errno(rq, res, h->box,
			    uids_needed(h->box, &ap));
	}
	appearance_free(&ap);
	return (o);
}

static int
report_all(struct report *rp, struct appearance *ap)
{
	struct request *rq = rp->rq;
	struct box *box = rp->box;
	struct uidset set;
	int r;

	watch_reporting(box, rq->peer);
	errno = EPROTO;
	if (get_u64(&rq->in, &rp->seen) == -1 ||
	    rp->seen > mailbox_highestmodseq(box->mailbox) ||
	    get_u32(&rq->in, &ap->uidnext) == -1)
		return (-1);
	if (appearance_get(ap, &rq->in, mailbox_keywords(box->mailbox)) == -1)
		return (-1);
	if (ap->n > 0 && decide_room(rq, rp->res, box) == -1) {
		errno = E2BIG;
		return (-1);
	}
	if (appearance_known(ap, box, rp->seen) == -1 ||
	    take(rp, ap) == -1 || changed(rp) == -1)
		return (-1);
	uidset_init(&set, 0);
	r = get_set(&rq->in, &set);
	if (r == 0 && frame_end(&rq->in) == -1)
		r = -1, errno = EPROTO;
	if (r == 0)
		r = gone(rp, &set);
	uidset_free(&set);
	return (r == -1 ? -1 : finish(rp));
}

/* A report that has changed something is counted. */
static int
finish(struct report *rp)
{
	struct mailbox *mb = rp->box->mailbox;

	if (rp->res->modseq == 0 && !rp->renamed)
		return (0);
	if (rp->res->modseq == 0)
		rp->res->modseq = mailbox_highestmodseq(mb);
	return (mailbox_reported(mb));
}

/* The report's mod-sequence, taken with its first change. */
static int
number(struct report *rp)
{
	box_touch(rp->box);
	if (rp->res->modseq != 0)
		return (0);
	return (mailbox_next_modseq(rp->box->mailbox, &rp->res->modseq));
}

/* How many UIDs the floor must have room for. */
static uint32_t
uids_needed(const struct box *box, const struct appearance *ap)
{
	uint32_t next = mailbox_uidnext(box->mailbox), top = ap->uidnext;

	if (top < ap->top)
		top = ap->top;
	if (top < next)
		top = next;
	top -= next;
	return (top < UINT32_MAX - ap->n ? top + ap->n : UINT32_MAX);
}

/* Numbers the new messages: those on the folder's list as that says, the
 * others above. */
static int
take(struct report *rp, struct appearance *ap)
{
	struct mailbox *mb = rp->box->mailbox;
	struct appeared *a;

	if (ap->uidnext > mailbox_uidnext(mb))
		box_touch(rp->box);
	STAILQ_FOREACH(a, &ap->list, next) {
		if (a->uid == 0 && mailbox_raise_uidnext(mb, ap->uidnext) ==
		    -1)
			return (-1);
		if (!a->known && take_one(rp, a) == -1)
			return (-1);
	}
	return (mailbox_raise_uidnext(mb, ap->uidnext));
}

static int
take_one(struct report *rp, struct appeared *a)
{
	struct mailbox *mb = rp->box->mailbox;
	struct result *res = rp->res;

	if (number(rp) == -1)
		return (-1);
	a->row.modseq = res->modseq;
	a->row.uid = a->uid;
	if (take_up(mb, a))
		return (mailbox_append(mb, &a->row, a->name));
	if (mailbox_append(mb, &a->row, a->name) == -1 ||
	    mailbox_changed(mb, CHANGE_NEW, res->modseq,
	    mailbox_rows(mb) - 1, 0, 0) == -1)
		return (-1);
	watch_reported(rp->box, a->row.uid);
	if (res->first == 0)
		res->first = a->row.uid;
	res->last = a->row.uid;
	/* While it is being filled, what has left new/ is not recent. */
	if (!(mailbox_state(mb) & TABLE_ADOPTING) ||
	    (a->row.flags & ROW_NEW))
		return (0);
	return (mailbox_set_recent(mb, a->row.uid + 1));
}

/*
 * What a damaged table knew of the file is as good as what the list and the
 * name of the file say, or better: its UID, and flags that have not reached
 * the name.  What the name says otherwise than it did is another program's.
 * 1: the message was expunged, and its file is still to go.
 */
static int
take_up(struct mailbox *mb, struct appeared *a)
{
	struct row row;

	if (!(mailbox_state(mb) & TABLE_ADOPTING) ||
	    !mailbox_salvaged(mb, a->name, &row))
		return (0);
	if (row.uid >= mailbox_uidnext(mb))
		a->row.uid = row.uid;
	if (row.flags & ROW_EXPUNGED) {
		a->row.flags = ROW_EXPUNGED | ROW_FILE;
		return (1);
	}
	letters_seen(&row, a->row.fletters, mailbox_keywords(mb));
	a->row.flags = (uint16_t)((row.flags & ~ROW_NEW) |
	    (a->row.flags & ROW_NEW));
	a->row.keywords = row.keywords;
	a->row.fletters = row.fletters;
	a->row.gletters = row.gletters;
	a->row.vsize = row.vsize;
	a->row.internaldate = row.internaldate;
	a->row.savedate = row.savedate;
	return (0);
}

/* Files that have another name now. */
static int
changed(struct report *rp)
{
	uint32_t n;

	errno = EPROTO;
	if (get_u32(&rp->rq->in, &n) == -1)
		return (-1);
	while (n-- > 0)
		if (change_one(rp) == -1)
			return (-1);
	return (0);
}

static int
change_one(struct report *rp)
{
	char name[TABLE_NAMELEN + 1];
	struct mailbox *mb = rp->box->mailbox;
	struct payload *in = &rp->rq->in;
	struct maildir_name mn;
	uint32_t uid, letters;
	struct row row;
	uint64_t pos;
	uint8_t new;

	errno = EPROTO;
	if (get_u32(in, &uid) == -1 || uid == 0 ||
	    get_str(in, name, sizeof(name)) == -1 ||
	    get_u8(in, &new) == -1 || new > 1 || get_u32(in, &letters) == -1)
		return (-1);
	if (maildir_parse(name, &mn) == -1 || name[mn.base] != '\0') {
		errno = EPROTO;
		return (-1);
	}
	pos = mailbox_find(mb, uid);
	if (pos >= mailbox_rows(mb))
		return (0);
	if (mailbox_row(mb, pos, &row) == -1)
		return (-1);
	if (row.uid != uid)
		return (0);
	/* This report may have changed it already. */
	if (row.modseq > rp->seen && row.modseq != rp->res->modseq) {
		errno = EAGAIN;
		return (-1);
	}
	if (row.flags & ROW_EXPUNGED)
		return (0);
	letters_seen(&row, letters, mailbox_keywords(mb));
	row.flags &= (uint16_t)~ROW_NEW;
	if (new)
		row.flags |= ROW_NEW;
	return (change_row(rp, pos, &row, name));
}

/* Puts the row as it shall be, if it is another than before. */
static int
change_row(struct report *rp, uint64_t pos, struct row *row, const char *name)
{
	char oldname[TABLE_NAMELEN + 1];
	struct mailbox *mb = rp->box->mailbox;
	struct row old;
	uint64_t keywords;
	uint16_t flags;

	if (mailbox_row(mb, pos, &old) == -1 ||
	    mailbox_name(mb, pos, oldname) == -1)
		return (-1);
	if (!maildir_same(oldname, name)) {
		errno = EPROTO;
		return (-1);
	}
	flags = (row->flags ^ old.flags) & FLAG_SYSTEM;
	keywords = row->keywords ^ old.keywords;
	if (strcmp(oldname, name) == 0)
		name = NULL;
	if (name == NULL && keywords == 0 && row->flags == old.flags &&
	    row->fletters == old.fletters)
		return (0);
	box_touch(rp->box);
	rp->renamed = 1;
	if (flags != 0 || keywords != 0) {
		if (number(rp) == -1)
			return (-1);
		row->modseq = rp->res->modseq;
		if (mailbox_changed(mb, CHANGE_FLAGS, row->modseq, pos, flags,
		    keywords) == -1)
			return (-1);
	}
	if (mailbox_put(mb, pos, row, name) == -1)
		return (-1);
	watch_reported(rp->box, row->uid);
	return (0);
}

/* Files that are not there any more. */
static int
gone(struct report *rp, const struct uidset *set)
{
	struct mailbox *mb = rp->box->mailbox;
	struct result *res = rp->res;
	uint64_t pos, n = mailbox_rows(mb);
	struct row row;
	size_t i;

	for (i = 0; i < set->n; i++) {
		for (pos = mailbox_find(mb, set->r[i].lo); pos < n; pos++) {
			if (mailbox_row(mb, pos, &row) == -1)
				return (-1);
			if (row.uid > set->r[i].hi)
				break;
			if (row.flags & ROW_EXPUNGED)
				continue;
			if (row.modseq > rp->seen) {
				errno = EAGAIN;
				return (-1);
			}
			if (number(rp) == -1)
				return (-1);
			row.flags |= ROW_EXPUNGED;
			row.flags &= (uint16_t)~ROW_FILE;
			row.modseq = res->modseq;
			if (mailbox_put(mb, pos, &row, NULL) == -1 ||
			    mailbox_changed(mb, CHANGE_EXPUNGE, row.modseq,
			    pos, 0, 0) == -1 ||
			    uidset_add(&res->done, row.uid) == -1)
				return (-1);
			watch_reported(rp->box, row.uid);
		}
	}
	return (0);
}
