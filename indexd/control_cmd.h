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

#ifndef INDEXD_CONTROL_CMD_H
#define INDEXD_CONTROL_CMD_H

#include <sys/types.h>

#include <stdint.h>

#include "common/frame.h"
#include "common/table.h"
#include "indexd/server.h"

/*
 * A command of indexctl under way.  Its step function makes a piece of at
 * most about CONTROL_PIECE lines and says what is next.
 */
#define CONTROL_END	0
#define CONTROL_MORE	1	/* the next piece, when this one is taken */
#define CONTROL_INPUT	2	/* this frame is done with, another is wanted */
#define CONTROL_WAIT	3	/* the engine is at it */
#define CONTROL_ARG	4096		/* octets of an argument */
#define CONTROL_LINE	12288		/* octets of a line */

/* A table that a command will come to. */
struct control_name {
	uid_t		 uid;
	char		*root;
	uint8_t		 id[TABLE_IDLEN];
};

struct control {
	struct server	*srv;
	struct peer	*peer;
	uint32_t	 number;	/* of the request */
	uint8_t		 json;
	char		 arg[CONTROL_ARG];	/* the first argument */
	char		 arg2[CONTROL_ARG];	/* the second */
	char		 arg3[CONTROL_ARG];	/* the third */
	uint32_t	 nargs;
	int		(*step)(struct control *);
	int		 status;	/* exit status of indexctl */
	int		 started;
	int		 takes;		/* input */
	int		 asked;		/* for a frame of it: MORE is sent */
	int		 waits;		/* for the engine */
	void		*data;		/* of the command */
	void		(*data_free)(void *);

	struct control_name *names;	/* all that match */
	size_t		 n;
	size_t		 cap;
	size_t		 at;		/* the one under way */
	uint32_t	 uid;		/* show: messages above this */
	unsigned int	 faults;	/* check */
	int		 look;		/* check: repair nothing */
	struct check	*check;		/* of the table under way */
	uint8_t		 session[TABLE_IDLEN];	/* sessions: the last */

	struct frame	 out;		/* the piece */
	unsigned int	 lines;		/* in it */
};

int	control_show(struct control *);
int	control_sessions(struct control *);
int	control_revoke(struct control *);
int	control_sample(struct control *);
int	control_stats(struct control *);
int	control_check(struct control *);
int	control_takeover(struct control *);
int	control_export(struct control *);
int	control_import(struct control *);
int	control_reset(struct control *);
int	control_unknown(struct control *);

/* Adds a line to the piece; an error line too, and the status is 1. */
void	control_line(struct control *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	control_error(struct control *, const char *);
void	control_send(struct control *);

/*
 * control_text.c: writes the string for JSON, with its quotes; for people; as
 * one word without a space, "-" if it is empty.
 */
void	control_quote(char *, size_t, const char *);
void	control_plain(char *, size_t, const char *);
void	control_word(char *, size_t, const char *);

/* control_session.c: a line about a session, which begins with indent. */
void	control_session(struct control *, const struct session *,
	    const char *indent);

/* Whether the first argument is a mail root's path, without slashes at its
 * end from then on: 0, or -1 with an error line. */
int	control_root(struct control *);
/* The second as a uid; 0, or -1 with an error line. */
int	control_uid(struct control *, uid_t *);
/* The folder's name as sessions say it. */
const char *control_folder(const char *);

/*
 * Finds the tables that the argument names (all if there is none): by id in
 * hex, by folder, or by root/folder.  0, or -1 with an error line.
 */
int	control_find(struct control *);
/* Opens the table under way; NULL if it has gone.  The caller closes it. */
struct mailbox *control_open(struct control *);

#endif
