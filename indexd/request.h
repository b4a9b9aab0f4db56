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

#ifndef INDEXD_REQUEST_H
#define INDEXD_REQUEST_H

#include <sys/queue.h>

#include <stdint.h>

#include "common/frame.h"
#include "common/proto.h"
#include "common/uidset.h"
#include "indexd/box.h"
#include "indexd/flight.h"
#include "indexd/peer.h"
#include "indexd/server.h"

/*
 * A request of a peer, from when it is decided until it is answered.  A
 * handler reads the payload, does what is asked in the engine's batch, and
 * leaves a reply.
 */
enum outcome {
	REQ_DONE,		/* there is a reply */
	REQ_BAD,		/* the peer goes */
	REQ_HOLD,		/* waits for a floor: box->needs is set */
	REQ_AGAIN		/* to be decided after the next commit */
};

struct request {
	TAILQ_ENTRY(request) entry;	/* of the batch */
	struct server	*srv;
	struct peer	*peer;		/* NULL: our own */
	struct session	*session;	/* of the peer, or NULL */
	uint16_t	 type;
	uint32_t	 number;
	struct payload	 in;		/* only while it is decided */
	struct frame	 reply;
	int		 has_reply;
	int		 fd;		/* goes with the reply; -1 */
	int		 durable;	/* answered after the commit */
	int		 changing;	/* the reply is a RESULT */
	uint32_t	 opened;	/* the handle it tells of, or 0 */
	uint64_t	 serial;	/* of a changing one */
	struct box	*box;		/* for REQ_HOLD */
	struct ticket	*ticket;	/* cancelled if the request fails */
	struct place	*courier;	/* has done its errand */
	struct ticket_list drops;	/* done after the commit, in order: */
	struct ticket_list adds;
};

/* What a changing request comes to. */
struct result {
	uint16_t	code;		/* 0, or enum proto_no */
	uint64_t	modseq;
	uint32_t	first;
	uint32_t	last;
	struct uidset	refused;
	struct uidset	done;
};

/* Decides the first request in the peer's buffer. */
void	request_take(struct peer *);

/* The longest frame of that type that is allowed where the peer stands;
 * 0: none is. */
uint32_t request_max(const struct peer *, uint16_t type);

/* kinds.c: what a type of request is called, or NULL. */
const char *request_name(unsigned int type);

/* Starts the reply; the handler puts its payload. */
void	reply(struct request *, uint16_t type);
/* The whole reply is OK, or NO. */
void	reply_ok(struct request *);
void	reply_no(struct request *, uint16_t code, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* NO for an errno of the engine's; logs what is not the peer's doing. */
void	reply_errno(struct request *, int error);
uint16_t code_of_errno(int error);

/*
 * The handle that the payload names next, in *h.  If write, one that may
 * write.  0, or -1 with the outcome to return in *o (the mailbox is gone: a
 * NO is the reply).
 */
int	request_handle(struct request *, int write, struct handle **h,
	    enum outcome *o);

/* Reads a set; -1 if it is malformed (errno ENOMEM: no memory). */
int	get_set(struct payload *, struct uidset *);

/* Take a size of a file, or one with CRLF, which may be TABLE_UNKNOWN; -1 if
 * it is more than a file can have. */
int	get_size(struct payload *, uint64_t *);
int	get_vsize(struct payload *, uint64_t *);

/* Commits what is pending and answers. */
void	batch_commit(struct server *);
/* Puts our own request, with effects, into the batch. */
struct request *batch_own(struct server *);

/* decide.c: the frame around all changing requests. */
enum outcome decide(struct request *,
	    enum outcome (*)(struct request *, struct result *));
/* Sets the result's code for an errno of the engine's, and says whether to
 * hold: what a decision returns after a failure.  ERANGE holds while there
 * is hope that the floor of the box is raised. */
enum outcome decide_errno(struct request *, struct result *, struct box *,
	    uint32_t uids);
/* The handle as above; a mailbox that is gone makes the result's code. */
int	decide_handle(struct request *, struct result *, int write,
	    struct handle **, enum outcome *);
/* The ticket that the payload names next, with a handle on its mailbox; 0,
 * or -1 with the outcome. */
int	decide_ticket(struct request *, struct result *, struct ticket **,
	    struct handle **, enum outcome *);
/* Limits on what is kept: 0, or -1 with the result's code set. */
int	decide_room(struct request *, struct result *, struct box *);

/*
 * decide_append.c.  Takes a message from the request, and puts it into the
 * box under that name; result's modseq is its.  0, or -1 with errno, EPROTO
 * if it is malformed.
 */
int	append_one(struct request *, struct result *, struct box *,
	    const char *name);

/* keywords.c: a list of keywords read from a payload, as bits. */
struct keywords {
	uint64_t	  bits;		/* of those that the mailbox knows */
	unsigned int	  nnew;		/* those that it does not */
	int		  toomany;	/* more than it may know, or longer */
	char		(*new)[TABLE_KWLEN + 1];
};
/* 0, or -1 with errno: EPROTO if it is malformed. */
int	keywords_get(struct payload *, struct mailbox *, struct keywords *);
/* Allots bits to those that are new: 0, or -1 with errno as engine.h. */
int	keywords_add(struct mailbox *, struct keywords *);
void	keywords_free(struct keywords *);

/* bind.c */
enum outcome req_hello(struct request *);
enum outcome req_bind(struct request *);
enum outcome req_resume(struct request *);
enum outcome req_goodbye(struct request *);
/* Whether the peer is root's, or our own user's. */
int	request_trusted(const struct request *);

/* arrive.c */
enum outcome req_arrive(struct request *);
enum outcome req_failed(struct request *);

/* control.c */
enum outcome req_control(struct request *);

/* handle.c */
enum outcome req_open(struct request *);
enum outcome req_create(struct request *);
enum outcome req_adopted(struct request *);
enum outcome req_map(struct request *);
enum outcome req_close(struct request *);
enum outcome req_floor(struct request *);
enum outcome req_renamed(struct request *);
enum outcome req_deleted(struct request *);
enum outcome req_arm(struct request *);
enum outcome req_recent(struct request *);
enum outcome req_stamp(struct request *);

/* verify.c */
enum outcome req_verify(struct request *);
enum outcome req_find(struct request *);
enum outcome req_repaired(struct request *);

/* brief_request.c */
enum outcome req_brief(struct request *);

/* control_takeover.c */
enum outcome req_lease(struct request *);

/* watch_request.c */
enum outcome req_watch(struct request *);
enum outcome req_pass(struct request *);
enum outcome req_standing(struct request *);
enum outcome req_unwatch(struct request *);
enum outcome req_names(struct request *);
enum outcome req_agree(struct request *);
enum outcome req_looked(struct request *);
enum outcome req_attend(struct request *);

/* decide.c and the others */
enum outcome req_fate(struct request *);
enum outcome req_store(struct request *);
enum outcome req_expunge(struct request *);
enum outcome req_flight(struct request *);
enum outcome req_land(struct request *);
enum outcome req_append(struct request *);
enum outcome req_copy(struct request *);
enum outcome req_replace(struct request *);
enum outcome req_report(struct request *);
enum outcome req_give(struct request *);
enum outcome req_given(struct request *);
enum outcome req_unlinked(struct request *);
enum outcome req_sizes(struct request *);
enum outcome req_forget(struct request *);

#endif
