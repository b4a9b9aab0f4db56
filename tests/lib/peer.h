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

#ifndef TESTS_LIB_PEER_H
#define TESTS_LIB_PEER_H

#include <sys/types.h>

#include <stdint.h>

#include "common/frame.h"
#include "common/proto.h"
#include "common/table.h"

/*
 * A peer of indexd for tests: over its socket, or of a server in this very
 * process, whose turns are then under the test's control.  What fails here
 * fails the test.
 */
struct server;

#define PEER_EVENTS	64		/* unasked messages kept */

struct msg {
	struct frame_head head;
	uint8_t		*buf;
	size_t		 len;
	int		 fd;
	struct payload	 in;
};

struct cl {
	int		 fd;
	struct server	*srv;		/* NULL: another process */
	int		(*turn)(struct server *, int);
	uint32_t	 number;	/* of the last request */
	uint64_t	 serial;	/* of the last changing one */
	uid_t		 uid;
	char		 root[256];
	uint8_t		 indexd[TABLE_IDLEN];
	uint8_t		 id[TABLE_IDLEN];
	uint8_t		 token[PROTO_TOKENLEN];
	struct msg	 event[PEER_EVENTS];
	unsigned int	 nevents;
};

/* A RESULT, or a NO: type says which. */
struct res {
	uint16_t	 type;
	uint64_t	 serial;
	uint16_t	 code;
	uint64_t	 modseq;
	uint32_t	 first;
	uint32_t	 last;
	char		 refused[512];	/* as "1:3,5" */
	char		 done[512];
};

/* A mailbox as a session knows it from its identity file. */
struct idn {
	char		 folder[128];
	uint8_t		 id[TABLE_IDLEN];
	uint8_t		 indexd[TABLE_IDLEN];
	uint32_t	 uidvalidity;
	uint64_t	 modseq;	/* floor */
	uint32_t	 uid;
};

/* A server in this process, state in db, with lines of indexd.conf. */
struct server *sv_start(const char *conf);
void	sv_stop(struct server *);
/* Turns until nothing is left to do. */
void	sv_settle(struct server *);

/* Connects; says HELLO. */
void	cl_dial(struct cl *, const char *path);
void	cl_inside(struct cl *, struct server *);
void	cl_raw(struct cl *, const char *path);
void	cl_hello(struct cl *);
void	cl_close(struct cl *);

/* Sends a request of that type: cl_start(), puts, cl_send(). */
void	cl_start(struct cl *, struct frame *, uint16_t type);
void	cl_send(struct cl *, struct frame *);
/* The answer to the last request; unasked ones are kept as events. */
void	cl_answer(struct cl *, struct msg *);
/* Waits for an answer of that type and frees it. */
void	cl_expect(struct cl *, uint16_t type);
/* The code of a NO. */
uint16_t cl_no(struct cl *);
/* Waits for an unasked message of that type; the caller frees it. */
void	cl_event(struct cl *, uint16_t type, struct msg *);
int	cl_has_event(struct cl *, uint16_t type);
/* Whether the other end closes without a word. */
int	cl_gone(struct cl *);
void	msg_free(struct msg *);

void	cl_bind(struct cl *, uid_t, const char *root);
/* The rest of BIND's payload: who is served. */
void	cl_put_who(struct frame *, const char *user, uint32_t per_user);
/* 0, or the code of the NO. */
uint16_t cl_resume(struct cl *, const struct cl *old);

void	cl_create(struct cl *, struct idn *, const char *folder);
uint32_t cl_open(struct cl *, const struct idn *, int write,
	    struct table *);
uint16_t cl_open_no(struct cl *, const struct idn *);
uint64_t cl_flight(struct cl *, uint32_t handle, unsigned int n,
	    const char *const *names);
void	put_set(struct frame *, const char *text);

/* Changing requests: sent, and answered by cl_result(). */
void	cl_append(struct cl *, uint64_t ticket, unsigned int n,
	    uint16_t flags, const char *keyword);
void	cl_store(struct cl *, uint32_t handle, uint8_t op, uint16_t flags,
	    const char *keyword, const char *set);
void	cl_store_if(struct cl *, uint32_t handle, uint8_t op,
	    uint16_t flags, uint64_t since, const char *set);
void	cl_expunge(struct cl *, uint32_t handle, const char *set);
void	cl_copy(struct cl *, uint32_t from, uint64_t ticket, int move,
	    unsigned int n, const uint32_t *uids);
void	cl_fate(struct cl *, uint64_t serial);
void	cl_result(struct cl *, struct res *);

/* All of it: n messages, named prefix0, prefix1, ..., appended. */
void	cl_fill(struct cl *, uint32_t handle, const char *prefix,
	    unsigned int n, struct res *);

/* The row of a UID; fails if there is none. */
void	row_of(struct table *, uint32_t uid, struct row *);

#endif
