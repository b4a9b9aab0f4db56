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

#ifndef IMAPD_IDX_CONN_H
#define IMAPD_IDX_CONN_H

#include <sys/types.h>
#include <sys/queue.h>

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "common/frame.h"
#include "imapd/idx.h"

/*
 * What the files of idx share: the connection, and a call, which is one
 * request with its answer.
 */

#define NO_HANDLE	UINT32_MAX	/* until it is opened again */

struct idx_box {
	TAILQ_ENTRY(idx_box)	 entry;
	struct idx		*idx;
	uint32_t		 handle;
	int			 lost;		/* not there any more */
	int			 armed;
	uint64_t		 armed_modseq;
	char			*folder;
	struct idx_identity	 identity;
	int			 how;		/* OPEN_* */
	int			 watching;	/* these: */
	int			 newfd;
	int			 curfd;
	int			 attending;
	void			*data;
};
TAILQ_HEAD(idx_boxes, idx_box);

struct idx_queued {
	TAILQ_ENTRY(idx_queued)	 entry;
	struct idx_event	 event;
};
TAILQ_HEAD(idx_events, idx_queued);

struct idx {
	int			 sock;		/* -1: not connected */
	int			 dead;		/* and never will be again */
	const volatile sig_atomic_t *stop;	/* waits for nobody then */
	char			*path;
	uid_t			 uid;
	char			*mailroot;
	uint8_t			 session[TABLE_IDLEN];
	uint8_t			 token[PROTO_TOKENLEN];
	uint8_t			 indexd[TABLE_IDLEN];
	uint32_t		 number;	/* of the last request */
	uint64_t		 serial;	/* of the last changing one */
	unsigned int		 code;
	char			 text[IDX_TEXTLEN];
	struct idx_boxes	 boxes;
	struct idx_events	 events;
	struct idx_call		*flight;	/* sent, not yet answered */
	int			 instance;	/* of inotify(7), lent; -1 */
	int			 heard;		/* all before an answer; and
						   no wait since */
};

/*
 * A call: call_init(), then the payload is put into f, call_run(), then the
 * answer is taken from in (and fd), call_free() always.  box, if not NULL,
 * is the mailbox whose handle stands in the payload; call_init() puts the
 * serial (if the request is a changing one) and the handle.
 */
struct idx_call {
	struct idx	*idx;
	struct idx_box	*box;
	struct frame	 f;
	uint32_t	 number;
	uint64_t	 serial;	/* 0: not a changing request */
	uint16_t	 answer;	/* the type wanted */
	int		 fresh;		/* after a reconnect it is not repeated
					   but fails with PROTO_NO_LOOK */
	uint8_t		*buf;
	struct payload	 in;
	int		 fd;
	int		 pass;		/* goes with the request; -1 */
};

void	call_init(struct idx_call *, struct idx *, struct idx_box *,
	    uint16_t type, uint16_t answer);
void	call_free(struct idx_call *);

/* Ready to be sent: connected, the box there, handle and serial in place. */
int	call_ready(struct idx_call *);

/* 0 with the answer, -1 with errno as of idx.h. */
int	call_run(struct idx_call *);

/* The answer is read to its end: 0, or -1 with the connection given up. */
int	call_end(struct idx_call *);

/* Takes an OK as the answer and frees the call. */
int	call_ok(struct idx_call *);

/* Notes a NO; returns -1 with errno EAGAIN. */
int	idx_no(struct idx *, unsigned int code, const char *text);

/* Connects and says HELLO, with privilege or without. */
int	idx_connect(struct idx *);
/* Closes the connection; what comes next will connect again. */
void	idx_disconnect(struct idx *);
/* Comes back after the connection broke: 0, or -1 with ENOTCONN for good. */
int	idx_resume(struct idx *);
/* Sends a frame and waits for its answer on the connection as it is. */
int	idx_exchange(struct idx_call *);
int	idx_send(struct idx_call *);
int	idx_await(struct idx_call *);

/* What came unasked goes to the queue; -1 if it is malformed. */
int	event_put(struct idx *, const struct frame_head *, struct payload *);
int	event_gone(struct idx_box *);
int	event_look(struct idx_box *);
/* Drops what the queue holds for a box, or all with NULL. */
void	event_drop(struct idx *, const struct idx_box *);

/* After the connection broke: the boxes that were watched are again, or are
 * not any more, and looked at.  0, or -1 if it broke again. */
int	watch_again(struct idx *);

/* OPEN's payload, and the OPENED in a call. */
void	put_open(struct frame *, const char *folder,
	    const struct idx_identity *, int how);
int	get_opened(struct idx_call *, uint32_t *handle, struct idx_opened *);

/* Compound fields. */
void	put_set(struct frame *, const struct uidset *);
int	get_set(struct payload *, struct uidset *);
void	put_names(struct frame *, const char *const *, size_t);

#endif
