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

#ifndef TESTS_ORDER_WIRE_H
#define TESTS_ORDER_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "common/uidset.h"

/*
 * Commands and responses of a history, read into structures: what the tests
 * send and what matters of the answers.
 */
enum response_kind {
	RESP_OTHER,
	RESP_FETCH,
	RESP_EXISTS,
	RESP_EXPUNGE,
	RESP_VANISHED,
	RESP_SEARCH,
	RESP_STATUS,
	RESP_UNTAGGED_OK,
	RESP_BYE,
	RESP_OK,		/* these three: tagged */
	RESP_NO,
	RESP_BAD
};

#define WIRE_NAME	64

struct response {
	enum response_kind kind;
	uint32_t	 num;		/* FETCH, EXISTS, EXPUNGE */
	uint32_t	 uid;		/* FETCH; 0: not told */
	uint64_t	 modseq;	/* FETCH, STATUS, SEARCH; 0: not told */
	int		 has_flags;	/* FETCH */
	uint64_t	 flags;
	char		 id[WIRE_NAME];	/* FETCH: the subject, "": not told */
	int		 earlier;	/* VANISHED (EARLIER) */
	struct uidset	 set;		/* VANISHED, SEARCH, MODIFIED, or the
					   source of COPYUID */
	struct uidset	 to;		/* target of COPYUID, APPENDUID */
	char		 mailbox[WIRE_NAME];	/* STATUS */

	/* Response codes: 0 if not there. */
	uint64_t	 highest;	/* HIGHESTMODSEQ */
	uint32_t	 uidvalidity;
	uint32_t	 uidnext;
	int		 modified;	/* MODIFIED: in set */
	int		 copyuid;	/* COPYUID: set and to */
	int		 appenduid;	/* APPENDUID: to */
};

/* Reads a line, tagged ones without their tag.  Returns 0, or -1 if a known
 * response is malformed (what was read may be freed). */
int	response_parse(struct response *, const char *line);
void	response_free(struct response *);

enum command_kind {
	CMD_OTHER,
	CMD_SELECT,		/* EXAMINE too */
	CMD_STATUS,
	CMD_STORE,
	CMD_APPEND,
	CMD_COPY,
	CMD_MOVE,
	CMD_EXPUNGE,		/* UID EXPUNGE too */
	CMD_CLOSE,
	CMD_FETCH,
	CMD_SEARCH,
	CMD_ENABLE
};

enum store_op { OP_SET, OP_ADD, OP_REMOVE };

struct command {
	enum command_kind kind;
	int		 uid;		/* UID command */
	char		 set[1024];	/* as sent */
	int		 store;		/* STORE, or FETCH that sets \Seen */
	enum store_op	 op;
	int		 silent;
	uint64_t	 flags;		/* STORE, APPEND */
	int		 conditional;	/* UNCHANGEDSINCE */
	uint64_t	 since;		/* it, or CHANGEDSINCE, or QRESYNC's */
	int		 changedsince;
	int		 vanished;
	int		 qresync;	/* SELECT or ENABLE with QRESYNC */
	uint32_t	 uidvalidity;	/* of QRESYNC */
	int		 bounded;	/* QRESYNC with a set: known UIDs */
	int		 readonly;	/* EXAMINE */
	char		 mailbox[WIRE_NAME]; /* selected, or target */
	char		 id[WIRE_NAME];	/* APPEND */
};

/* Reads a command; what the tests do not send is CMD_OTHER. */
void	command_parse(struct command *, const char *text);

/*
 * A set as text, "1:3,7", where "*" stands for star.  Returns 0, or -1 with
 * errno EINVAL.  set_next() gives one range after the other, at most as wide
 * as they were sent, and moves the text on; it returns 1, or 0 at the end.
 */
int	set_parse(const char *, uint32_t star, struct uidset *);
int	set_next(const char **, uint32_t star, uint32_t *lo, uint32_t *hi);

#endif
