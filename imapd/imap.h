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

#ifndef IMAPD_IMAP_H
#define IMAPD_IMAP_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "imapd/client.h"
#include "imapd/command.h"
#include "imapd/conf.h"
#include "imapd/parser.h"
#include "imapd/response.h"

/*
 * The session: what every command of the authenticated and selected states
 * works with.  One per process.
 */

struct append;
struct derive;
struct folder;
struct idx;
struct message;
struct view;

#define SESSION_BAD_MAX		20	/* BADs in a row, then BYE */
#define SESSION_FLUSH_DELAY	20	/* ms of quiet before a flush */
#define SESSION_FLUSH_LATEST	1000	/* ms until a flush under load */

enum session_state {
	SESSION_AUTHENTICATED,
	SESSION_SELECTED,
	SESSION_LOGOUT			/* ends after this command */
};

struct session {
	struct client		*client;
	struct parser		*parser;
	struct idx		*idx;
	const struct imapd_conf	*conf;
	const char		*user;
	const char		*home;		/* absolute */
	const char		*mailroot;	/* absolute */
	const char		*addr;		/* of the client */
	int			 rootfd;	/* of mailroot, open */
	int			 termfd;	/* readable after SIGTERM */

	enum session_state	 state;
	int			 status;	/* exit status of the process */
	int			 condstore;	/* enabled (RFC 7162 §3.1) */
	int			 qresync;	/* (§3.2), condstore is too */
	int			 compressed;	/* RFC 4978 */
	int			 utf8;		/* enabled (RFC 6855) or rev2 */
	int			 rev2;		/* enabled (RFC 9051) */
	struct view		*view;		/* SESSION_SELECTED */
	struct folder		*parked;	/* the last one let go, open */
	unsigned int		 bad;		/* BADs in a row */
	int64_t			 flushed;	/* session_behind(), when */

	/* The command being read or run. */
	const struct command	*cmd;
	int			 replied;	/* tagged line was sent */
	int			 hold;		/* EXPUNGE is held back */
	int			 expunging;	/* it expunged: its OK tells
						   HIGHESTMODSEQ */
	struct append		*append;	/* APPEND, while it is read */
	struct message		*message;	/* fetch_file.c: open */
	struct derive		*derive;	/* derive.c */

	/* For the log line at the end. */
	time_t			 started;
	uint64_t		 commands;
	uint64_t		 fetched;	/* messages with text */
	uint64_t		 appended;	/* by APPEND, COPY, MOVE */
	uint64_t		 expunged;
};

/* session.c.  Changes the state and logs it. */
void	session_enter(struct session *, enum session_state);

/*
 * Turns CONDSTORE on (RFC 7162 section 3.1): called by each enabling
 * command, before its answers.  The first call while a mailbox is selected
 * sends its HIGHESTMODSEQ.
 */
void	session_enable_condstore(struct session *);

/*
 * Ends the session: sends "* BYE text" with the response code (NULL: none)
 * and sets the state to SESSION_LOGOUT.  A command that was not answered
 * stays so.
 */
void	session_bye(struct session *, const char *code, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));

/*
 * There is no memory for what has to be done: BYE, and a line that names the
 * limit.  Going on would show the client less than there is.
 */
void	session_no_memory(struct session *);

/* Whether the client is still to be served: not gone, no BYE, no SIGTERM. */
int	session_alive(const struct session *);

/* The same for a long search: looks whether the client has hung up. */
int	session_still_there(struct session *);

/*
 * park.c
 *
 * Opens the folder with the name on disk that session_mailbox() gave, with
 * flags as folder_open(), or takes the selected one if it is that (then the
 * flags do not count), or the parked one if it still is what opening would
 * come to.  session_close_folder() in the end, which parks it: it stays open
 * until the next one is, or until the session ends.  Returns NULL with errno
 * and *why as folder_open().
 */
struct folder *session_open_folder(struct session *, const char *dir,
	    int flags, const char **why);
void	session_close_folder(struct session *, struct folder *);

/* Closes what is parked: before the names of mailboxes change. */
void	session_unpark(struct session *);

/* "" for ".", as folder.h has it. */
const char *session_folder_name(const char *dir);

/*
 * The client's mailbox name in a command: checks that arg is an astring and
 * translates it with namespace_to_dir().  Returns 0 with dir filled in
 * ("." for INBOX), or -1 after the tagged NO or BAD was sent.  dir has
 * NAMESPACE_DIRLEN + 1 octets.
 */
int	session_mailbox(struct session *, const struct parser_arg *arg,
	    char *dir, size_t size);

/*
 * Unselects: writes behind what is due, parks the folder.  Nothing is sent
 * to the client.  No-op if nothing is selected.
 */
void	session_unselect(struct session *);

/*
 * update.c
 *
 * Sends what the client has not been told of the selected mailbox: FETCH of
 * changed flags, EXPUNGE or VANISHED, EXISTS and RECENT, and a HIGHESTMODSEQ
 * that became due.  With UPDATE_SCAN it looks at the folder first.  Called
 * before the tagged reply by reply_*(), with what the command's flags allow;
 * IDLE calls it by itself.  Returns 0, or -1 after a BYE.
 */
#define UPDATE_FLAGS	0x01
#define UPDATE_EXPUNGE	0x02
#define UPDATE_EXISTS	0x04
#define UPDATE_SCAN	0x08
#define UPDATE_ALL	(UPDATE_FLAGS | UPDATE_EXPUNGE | UPDATE_EXISTS)
int	update_send(struct session *, int what);

#endif
