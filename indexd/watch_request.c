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
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/proto.h"
#include "indexd/request.h"
#include "indexd/sessions.h"
#include "indexd/watch.h"

/* What sessions say and ask about watching. */

#define PLACE_BITS	10	/* more news in a microsecond are not told */

static struct watch *watch_get(struct request *);
static struct watched *watched_get(struct request *, struct handle *);
static int	get_watched(struct request *, struct watched **,
		    enum outcome *);
static int	kept(const struct server *, uid_t);
static int	shared(const struct watched *, int);
static enum outcome wants(struct request *, struct watched *);
static enum outcome refuse(struct request *, struct watched *,
		    enum watch_line, int);

/* A descriptor that stays. */
struct kept {
	SLIST_ENTRY(kept) entry;
	uid_t	uid;
	int	fd;
};

static int
kept(const struct server *srv, uid_t uid)
{
	const struct kept *k;

	SLIST_FOREACH(k, &srv->kept, entry)
		if (k->uid == uid)
			return (1);
	return (0);
}

void
watch_keep(struct server *srv, uid_t uid, int fd)
{
	struct kept *k;

	log_warnx("watch: kept a descriptor uid=%u fd=%d",
	    (unsigned int)uid, fd);
	/* Without memory it stays as well. */
	if ((k = malloc(sizeof(*k))) == NULL)
		return;
	k->uid = uid;
	k->fd = fd;
	SLIST_INSERT_HEAD(&srv->kept, k, entry);
}

void
watch_kept_free(struct server *srv)
{
	struct kept *k;

	while ((k = SLIST_FIRST(&srv->kept)) != NULL) {
		SLIST_REMOVE_HEAD(&srv->kept, entry);
		free(k);
	}
}

/*
 * There is room for one descriptor; the kernel passes on no other.  So that
 * it is known whose it is, none is waited for but after PROTO_WANT.
 */
ssize_t
watch_receive(struct peer *p, void *buf, size_t size)
{
	union {
		struct cmsghdr	hdr;
		unsigned char	buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct cmsghdr *c;
	struct msghdr msg;
	struct iovec iov;
	ssize_t n;
	int flags = 0;

#ifdef MSG_CMSG_CLOEXEC
	flags = MSG_CMSG_CLOEXEC;
#endif
	memset(&msg, 0, sizeof(msg));
	iov.iov_base = buf;
	iov.iov_len = size;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = CMSG_LEN(sizeof(int));
	if ((n = recvmsg(p->fd, &msg, flags)) == -1)
		return (-1);
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(&p->passed, CMSG_DATA(c), sizeof(int));
		p->passed_by = p->session->binding->uid;
		p->is_passing = 0;
	}
	return (n);
}

static struct watch *
watch_get(struct request *rq)
{
	struct binding *b = rq->session->binding;
	struct timespec now;
	struct watch *w;

	if (b->watch != NULL)
		return (b->watch);
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (NULL);
	w->source.kind = SOURCE_WATCH;
	w->srv = rq->srv;
	w->binding = b;
	w->fd = -1;
	/* Places of an indexd that ran before lie below all of these. */
	if (clock_gettime(CLOCK_REALTIME, &now) == -1) {
		free(w);
		return (NULL);
	}
	w->at = ((uint64_t)now.tv_sec * 1000000 +
	    (uint64_t)now.tv_nsec / 1000) << PLACE_BITS;
	RB_INIT(&w->dirs);
	b->watch = w;
	return (w);
}

/* The handle watches, from now on. */
static struct watched *
watched_get(struct request *rq, struct handle *h)
{
	struct watched *wd = h->box->watched;
	struct watch *w;
	int i;

	if (wd == NULL) {
		if ((w = watch_get(rq)) == NULL ||
		    (wd = calloc(1, sizeof(*wd))) == NULL)
			return (NULL);
		wd->watch = w;
		wd->box = h->box;
		RB_INIT(&wd->names);
		TAILQ_INIT(&wd->attending);
		for (i = 0; i < 2; i++) {
			wd->dir[i].wd = wd;
			wd->dir[i].what = -1;
			wd->dir[i].incur = i;
		}
		h->box->watched = wd;
		w->nwatched++;
	}
	if (!h->watching)
		wd->watchers++;
	h->watching = 1;
	return (wd);
}

/* The handle that the payload names next watches: 0, or -1 as
 * request_handle(). */
static int
get_watched(struct request *rq, struct watched **wd, enum outcome *o)
{
	struct handle *h;

	if (request_handle(rq, 1, &h, o) == -1)
		return (-1);
	*wd = h->box->watched;
	if (h->watching)
		return (0);
	/* Its WATCH was refused. */
	reply_no(rq, PROTO_NO_LIMIT, "not watched");
	*o = REQ_DONE;
	return (-1);
}

/* Says what is wanted next, if anything. */
static enum outcome
wants(struct request *rq, struct watched *wd)
{
	struct watch *w = wd->watch;
	int want = watch_sys_want(wd);

	if (want == WANT_LENT && (rq->fd = dup(w->fd)) == -1)
		want = -1;
	if (want == -1) {
		reply_no(rq, PROTO_NO_LIMIT, "folders are not watched");
		return (REQ_DONE);
	}
	rq->peer->is_passing = want != WANT_NONE && want != WANT_LENT;
	rq->peer->want = want;
	reply(rq, PROTO_WANT);
	frame_put_u8(&rq->reply, (uint8_t)want);
	return (REQ_DONE);
}

enum outcome
req_watch(struct request *rq)
{
	struct watched *wd;
	struct handle *h;
	enum outcome o;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (kept(rq->srv, rq->session->binding->uid)) {
		reply_no(rq, PROTO_NO_LIMIT, "not watched");
		return (REQ_DONE);
	}
	if ((wd = watched_get(rq, h)) == NULL) {
		reply_errno(rq, ENOMEM);
		return (REQ_DONE);
	}
	if (rq->srv->now < wd->watch->refused) {
		reply_no(rq, PROTO_NO_LIMIT, "not watched for now");
		return (REQ_DONE);
	}
	return (wants(rq, wd));
}

/* The user's own limits: said once, not by each session. */
static enum outcome
refuse(struct request *rq, struct watched *wd, enum watch_line line,
    int error)
{
	static const char *const what[] = {
		[WATCH_INSTANCES] = "fs.inotify.max_user_instances",
		[WATCH_WATCHES] = "fs.inotify.max_user_watches"
	};
	struct watch *w = wd->watch;

	if (line == WATCH_INSTANCES)
		w->refused = rq->srv->now + WATCH_REFUSED;
	if (w->logged[line] == 0 ||
	    rq->srv->now - w->logged[line] >= WATCH_SAYS) {
		w->logged[line] = rq->srv->now;
		log_warnx("watch: folders are compared, every second while "
		    "waiting, uid=%u root=%s: %s; raise %s",
		    (unsigned int)w->binding->uid, w->binding->root,
		    strerror(error), what[line]);
	}
	reply_no(rq, PROTO_NO_LIMIT, "%s", what[line]);
	return (REQ_DONE);
}

enum outcome
req_pass(struct request *rq)
{
	struct peer *p = rq->peer;
	struct watched *wd;
	enum outcome o;
	uint32_t error;
	int fd = p->passed;

	if (get_watched(rq, &wd, &o) == -1)
		return (o);
	if (get_u32(&rq->in, &error) == -1 || frame_end(&rq->in) == -1 ||
	    p->want == WANT_NONE || (error == 0) != (fd != -1))
		return (REQ_BAD);
	p->is_passing = 0;
	if (error != 0)
		return (refuse(rq, wd, WATCH_INSTANCES, (int)error));
	if (watch_sys_take(wd, p->want, fd) == -1) {
		/* peer_free() keeps it; this session shall not come back. */
		log_warnx("watch: not what was asked for uid=%u",
		    (unsigned int)wd->watch->binding->uid);
		session_end(rq->srv, rq->session);
		rq->session = NULL;
		return (REQ_BAD);
	}
	p->passed = -1;
	return (wants(rq, wd));
}

/*
 * Whether as many have that directory as may: a folder that was deleted may
 * still be there, or a copy not have its own identity yet.  All that comes
 * and goes in it is noted for each.
 */
static int
shared(const struct watched *wd, int what)
{
	struct watched_tree *dirs = &wd->watch->dirs;
	struct watched_dir key, *d;
	unsigned int n = 0;

	memset(&key, 0, sizeof(key));
	key.what = what;
	for (d = RB_NFIND(watched_tree, dirs, &key);
	    d != NULL && d->what == what && n < WATCH_SHARED;
	    d = RB_NEXT(watched_tree, dirs, d))
		n++;
	return (n == WATCH_SHARED);
}

enum outcome
req_standing(struct request *rq)
{
	struct watched *wd;
	enum outcome o;
	uint32_t error, what[2];
	int i;

	if (get_watched(rq, &wd, &o) == -1)
		return (o);
	if (get_u32(&rq->in, &error) == -1 ||
	    get_u32(&rq->in, &what[0]) == -1 ||
	    get_u32(&rq->in, &what[1]) == -1 || frame_end(&rq->in) == -1 ||
	    what[0] > INT32_MAX || what[1] > INT32_MAX)
		return (REQ_BAD);
	if (error != 0)
		return (refuse(rq, wd, WATCH_WATCHES, (int)error));
	for (i = 0; i < 2; i++) {
		if (wd->dir[i].what == -1 && shared(wd, (int)what[i])) {
			reply_no(rq, PROTO_NO_LIMIT, "watched already");
			return (REQ_DONE);
		} else if (wd->dir[i].what == -1) {
			wd->dir[i].what = (int)what[i];
			RB_INSERT(watched_tree, &wd->watch->dirs, &wd->dir[i]);
			wd->lost = wd->at = ++wd->watch->at;
		} else if (wd->dir[i].what != (int)what[i]) {
			/* The folder was replaced by another. */
			reply_no(rq, PROTO_NO_GONE,
			    "another folder is watched");
			return (REQ_DONE);
		}
	}
	reply_ok(rq);
	return (REQ_DONE);
}

enum outcome
req_unwatch(struct request *rq)
{
	struct handle *h;
	enum outcome o;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	watch_handle_gone(h);
	reply_ok(rq);
	return (REQ_DONE);
}

/* All that has happened by now, as far as the table does not say so. */
enum outcome
req_names(struct request *rq)
{
	struct watched *wd;
	struct touched *t;
	enum outcome o;

	if (get_watched(rq, &wd, &o) == -1)
		return (o);
	if (frame_end(&rq->in) == -1)
		return (REQ_BAD);
	/* What the batch explains is told when it is durable. */
	if (wd->box->touched)
		return (REQ_AGAIN);
	watch_hear(wd->box);
	reply(rq, PROTO_NAMED);
	frame_put_u8(&rq->reply, (uint8_t)wd->sure);
	frame_put_u64(&rq->reply, wd->watch->at);
	if (wd->sure && wd->nnames == 0)
		watch_done(wd);
	else if (wd->asked != NULL && wd->asked->peer == rq->peer)
		wd->due = rq->srv->now + WATCH_WORK;
	if (!wd->sure) {
		wd->lister = rq->peer;
		frame_put_u32(&rq->reply, 0);
		return (REQ_DONE);
	}
	frame_put_u32(&rq->reply, wd->nnames);
	RB_FOREACH(t, touched_tree, &wd->names) {
		frame_put_u8(&rq->reply, (uint8_t)t->incur);
		frame_put_str(&rq->reply, t->name);
	}
	return (REQ_DONE);
}

enum outcome
req_agree(struct request *rq)
{
	struct watched *wd;
	enum outcome o;
	uint64_t at;
	uint8_t still;

	if (get_watched(rq, &wd, &o) == -1)
		return (o);
	if (get_u64(&rq->in, &at) == -1 || get_u8(&rq->in, &still) == -1 ||
	    frame_end(&rq->in) == -1)
		return (REQ_BAD);
	watch_hear(wd->box);
	if (wd->dir[0].what == -1 || wd->dir[1].what == -1 || at < wd->lost ||
	    (still && !wd->sure && (wd->at > at || wd->lister != rq->peer))) {
		/* Who was asked is done; there is more to look at by now. */
		if (wd->asked != NULL && wd->asked->peer == rq->peer) {
			watch_done(wd);
			watch_ask(wd, WATCH_DEFER);
		}
		reply_no(rq, PROTO_NO_LOOK, "the folder is changing");
		return (REQ_DONE);
	}
	wd->sure = 1;
	wd->lister = NULL;
	if (!touched_drop(wd, at))
		watch_done(wd);
	reply_ok(rq);
	return (REQ_DONE);
}

enum outcome
req_looked(struct request *rq)
{
	struct watched *wd;
	enum outcome o;
	uint64_t at;

	if (get_watched(rq, &wd, &o) == -1)
		return (o);
	if (get_u64(&rq->in, &at) == -1 || frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (wd->sure) {
		watch_done(wd);
		if (touched_drop(wd, at))
			watch_ask(wd, WATCH_DEFER);	/* more has come */
	}
	reply_ok(rq);
	return (REQ_DONE);
}

enum outcome
req_attend(struct request *rq)
{
	struct watched *wd;
	struct handle *h;
	enum outcome o;
	uint8_t on;

	if (request_handle(rq, 1, &h, &o) == -1)
		return (o);
	if (get_u8(&rq->in, &on) == -1 || on > 1 || frame_end(&rq->in) == -1)
		return (REQ_BAD);
	if (!h->watching) {
		reply_no(rq, PROTO_NO_LIMIT, "not watched");
		return (REQ_DONE);
	}
	wd = h->box->watched;
	if (on && !h->attending) {
		TAILQ_INSERT_HEAD(&wd->attending, h, inattending);
		wd->nattending++;
		if (wd->news)
			watch_ask(wd, 0);
	} else if (!on && h->attending) {
		TAILQ_REMOVE(&wd->attending, h, inattending);
		wd->nattending--;
		if (wd->asked == h) {
			wd->asked = NULL;
			wd->due = rq->srv->now;
		}
	}
	h->attending = on;
	reply_ok(rq);
	return (REQ_DONE);
}
