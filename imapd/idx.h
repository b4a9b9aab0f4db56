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

#ifndef IMAPD_IDX_H
#define IMAPD_IDX_H

#include <sys/types.h>

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "common/proto.h"
#include "common/table.h"
#include "common/uidset.h"

/*
 * The session's connection to indexd.  Each function here is one request and
 * waits for its answer; proto.h says what they mean.
 *
 * All requests return 0, or -1 with errno:
 *	EAGAIN		indexd said NO: idx_code() and idx_text() say why
 *	ENOTCONN	indexd is away for too long, or refuses us, or the
 *			fate of a request is unknown: say BYE with idx_text()
 *	E2BIG		more ranges or names than a request may hold
 *	ENOMEM, EINVAL	the request could not be made
 * When the connection breaks, a request waits up to IDX_PATIENCE seconds for
 * indexd to come back, takes up the session and its open mailboxes again,
 * and goes on: a changing request is repeated only if it was not committed.
 */
struct idx;
struct idx_box;			/* a mailbox that is open at indexd */

#define IDX_PATIENCE	60	/* seconds */
#define IDX_TEXTLEN	256	/* octets of idx_text() with the NUL */

/* Who is served, for indexd to know; this process's id goes with it. */
struct idx_who {
	const char	*user;		/* as authenticated */
	const char	*address;	/* the client's, numeric */
	uint32_t	 per_user;	/* limit that indexd sees to; 0: none */
	uint32_t	 mark;		/* of the connection, in log lines */
};

/*
 * Connects and binds, with privilege: called by the supervisor.  Returns
 * NULL with errno if indexd is not there or refuses (then the reason is
 * logged): EUSERS if the user has per_user sessions, E2BIG if a limit of
 * indexd.conf(5) is reached.  The strings are copied, or of no more use.
 */
struct idx	*idx_bind(const char *socket, uid_t uid,
		    const char *mailroot, const struct idx_who *);

/* Says GOODBYE, if the connection stands, and frees all; boxes too. */
void		 idx_goodbye(struct idx *);

/* Closes the descriptor and frees, without a word to indexd: for the
 * process that does not go on with the session. */
void		 idx_forsake(struct idx *);

/* From when *stop is not 0, nobody waits for an indexd that is not there. */
void		 idx_stop(struct idx *, const volatile sig_atomic_t *stop);

/* Why the last request failed: enum proto_no, and a line for a human. */
unsigned int	 idx_code(const struct idx *);
const char	*idx_text(const struct idx *);

/* indexd's random id. */
const uint8_t	*idx_id(const struct idx *);

/*
 * What indexd says unasked.  idx_pollfd() is to be polled for reading (it
 * may change with each request); when readable, or after any request,
 * idx_event() is called until it returns 0.  Returns 1 with *ev filled in, 0
 * if there is nothing, or -1 as a request does.  idx_event_free() frees the
 * names.  Events of boxes that were closed are dropped.
 */
enum idx_event_type {
	IDX_CHANGED,		/* the mailbox has changes: arm again */
	IDX_RAISE,		/* write this floor into the folder */
	IDX_GONE,		/* the mailbox was deleted */
	IDX_LOOK,		/* something came or went in the folder */
	IDX_CANCELLED		/* unlink these names, sync, idx_forget() */
};
struct idx_event {
	enum idx_event_type	 type;
	struct idx_box		*box;
	uint64_t		 modseq;	/* RAISE */
	uint32_t		 uid;		/* RAISE */
	char			**names;	/* CANCELLED */
	size_t			 nnames;
};
int		 idx_pollfd(struct idx *);
int		 idx_event(struct idx *, struct idx_event *);
/* Whether there was an answer since the last idx_pollfd(), and all that came
 * before it was taken: then there is hardly more. */
int		 idx_heard(const struct idx *);
/* Whether something was read already, beside an answer. */
int		 idx_queued(const struct idx *);
void		 idx_event_free(struct idx_event *);

/*
 * The first RAISE, whatever came before it: for who has many requests to
 * make and can't take the rest in between.  Returns 1 or 0.
 */
int		 idx_event_raise(struct idx *, struct idx_event *);

/*
 * The result of a changing request.  Initialize before the first use; each
 * request empties it first.  With -1 and EAGAIN code is idx_code() and
 * nothing was changed.
 */
struct idx_result {
	unsigned int	code;
	uint64_t	modseq;		/* 0: nothing changed */
	uint32_t	first;		/* UIDs given: first to last */
	uint32_t	last;
	struct uidset	refused;
	struct uidset	done;
};
void		 idx_result_init(struct idx_result *);
void		 idx_result_free(struct idx_result *);

/* What the folder's identity file says. */
struct idx_identity {
	uint8_t		id[TABLE_IDLEN];
	uint8_t		indexd[TABLE_IDLEN];	/* who served it */
	uint32_t	uidvalidity;
	uint32_t	floor_uid;
	uint64_t	floor_modseq;
};

/* What OPENED tells beside the table. */
struct idx_opened {
	int		 fd;		/* the table's, now the caller's */
	int		 known;		/* was last open as oldname */
	char		 oldname[PROTO_MAXFOLDER + 1];
	int		 raise;		/* write this floor next */
	uint64_t	 raise_modseq;
	uint32_t	 raise_uid;
};

/*
 * Opens a mailbox, how being OPEN_*; the box is freed by idx_close() or
 * idx_goodbye().  Code PROTO_NO_MAILBOX: idx_create(), then again.
 */
int	idx_open(struct idx *, const char *folder,
	    const struct idx_identity *, int how, struct idx_box **,
	    struct idx_opened *);

/*
 * Makes an empty table for ident->id; ident->uidvalidity may be 0, numbering
 * starts above ident's floors.  Fills in uidvalidity, floors and indexd.
 * With adopt it is to be filled with messages that have UIDs: opened with
 * OPEN_ADOPT, then reports, then idx_adopted().
 */
int	idx_create(struct idx *, const char *folder, struct idx_identity *,
	    const char *const *keywords, unsigned int nkeywords, int adopt);
int	idx_adopted(struct idx_box *, uint32_t uidnext);
int	idx_map(struct idx_box *, struct idx_opened *);
/* Keeps idx_code() and idx_text() of what failed before. */
int	idx_close(struct idx_box *);

/* A pointer of the caller's that goes with the box (NULL at first). */
void	idx_set_data(struct idx_box *, void *);
void	*idx_data(const struct idx_box *);

int	idx_floor(struct idx_box *, uint64_t modseq, uint32_t uid);
/* The folder has this identity now, the floor too, where it had that of
 * another indexd, or of another UIDVALIDITY. */
int	idx_identified(struct idx_box *, const struct idx_identity *);
int	idx_renamed(struct idx_box *, const char *folder);
int	idx_deleted(struct idx_box *);
int	idx_arm(struct idx_box *, uint64_t modseq);
/* \Recent for this session: the UIDs from *first to *before - 1. */
int	idx_recent(struct idx_box *, uint32_t *first, uint32_t *before);

/* STORE.  conditional: with UNCHANGEDSINCE.  refused: failed it; done: were
 * changed (RFC 7162 section 3.1.3). */
struct idx_store {
	unsigned int		 operation;	/* STORE_* */
	uint16_t		 flags;		/* FLAG_* */
	const char *const	*keywords;
	unsigned int		 nkeywords;
	int			 conditional;
	uint64_t		 unchangedsince;
};
int	idx_store(struct idx_box *, const struct idx_store *,
	    const struct uidset *, struct idx_result *);
int	idx_expunge(struct idx_box *, const struct uidset *,
	    struct idx_result *);

/*
 * Names in flight.  idx_flight() also fails with ESTALE: the connection broke
 * meanwhile and is back; ask again, with other names.
 */
int	idx_flight(struct idx_box *, const char *const *names, size_t n,
	    uint64_t *ticket);
/* The same in two halves, to sync files in between; no other request may be
 * made until the second. */
int	idx_flight_start(struct idx_box *, const char *const *names,
	    size_t n);
int	idx_flight_end(struct idx_box *, uint64_t *ticket);
int	idx_land(struct idx_box *, uint64_t ticket);
int	idx_forget(struct idx_box *, const char *const *names, size_t n);

/* A message of APPEND, in the order of the ticket's names. */
struct idx_message {
	uint32_t		 letters;	/* in its file name */
	uint64_t		 size;
	uint64_t		 vsize;
	int64_t			 internaldate;
	uint16_t		 flags;
	const char *const	*keywords;
	unsigned int		 nkeywords;
};
int	idx_append(struct idx_box *, uint64_t ticket,
	    const struct idx_message *, size_t n, struct idx_result *);

/* The same for one message, and expunges another from box: as one. */
int	idx_replace(struct idx_box *, uint64_t ticket, uint32_t uid,
	    const struct idx_message *, struct idx_result *);

/* A message of COPY and MOVE, in the order of the ticket's names; the ticket
 * is of the destination, box the source. */
struct idx_copy {
	uint32_t	uid;
	uint32_t	letters;	/* in the new name */
};
int	idx_copy(struct idx_box *, uint64_t ticket, int move,
	    const struct idx_copy *, size_t n, struct idx_result *);

/* A file that another program made, or renamed. */
struct idx_found {
	const char	*name;		/* base name */
	int		 innew;
	uint32_t	 letters;
	uint64_t	 size;
	uint64_t	 vsize;
	int64_t		 internaldate;
	uint32_t	 uid;		/* on the folder's list, or 0 */
	int		 whole;		/* its flags are these, whatever the
					   letters say: */
	uint16_t	 flags;
	uint64_t	 keywords;
};
struct idx_moved {
	uint32_t	 uid;
	const char	*name;		/* base name, as it is now */
	int		 innew;
	uint32_t	 letters;
};
struct idx_report {
	uint64_t		 seen;	/* read the change log to here */
	uint32_t		 uidnext; /* UIDNEXT is at least that */
	const struct idx_found	*found;
	size_t			 nfound;
	const struct idx_moved	*moved;
	size_t			 nmoved;
	const struct uidset	*gone;	/* or NULL */
};
int	idx_report(struct idx_box *, const struct idx_report *,
	    struct idx_result *);

/* Bringing the folder up to date. */
struct idx_letters {
	uint32_t	uid;
	uint32_t	letters;
	int		incur;		/* GIVEN: the file is in cur/ */
};
int	idx_give(struct idx_box *, const struct idx_letters *, size_t n);
int	idx_given(struct idx_box *, const struct idx_letters *, size_t n);
int	idx_unlinked(struct idx_box *, const struct uidset *);

/* The directories as they were before they were compared, when so many
 * reports had been taken. */
int	idx_stamp(struct idx_box *, uint32_t reports,
	    const uint64_t [TABLE_STAMP]);

/*
 * Watching the folder; proto.h says what for.  idx_watch() has indexd told of
 * what comes and goes in these two directories, which are to stay open as
 * long as the box or until idx_unwatch(); EAGAIN: that is not to be had.  It
 * may end by itself, after a restart of indexd: idx_watching().  The following
 * need it.  Places (at) are those of NAMED; after a restart idx_agree() and
 * idx_looked() fail with EAGAIN.
 */
struct idx_name {
	char	*name;
	int	 incur;
};
struct idx_names {
	int		 sure;
	uint64_t	 at;
	struct idx_name	*name;
	size_t		 n;
};
int	idx_watch(struct idx_box *, int newfd, int curfd);
int	idx_watching(const struct idx_box *);
int	idx_unwatch(struct idx_box *);
int	idx_names(struct idx_box *, struct idx_names *);
void	idx_names_free(struct idx_names *);
int	idx_agree(struct idx_box *, uint64_t at, int still);
int	idx_looked(struct idx_box *, uint64_t at);
/* Waits from now on, and is told IDX_LOOK; or does not any more. */
int	idx_attend(struct idx_box *, int on);

/* Tells the sizes with CRLF of messages that had none yet. */
struct idx_vsize {
	uint32_t	uid;
	uint64_t	vsize;
};
int	idx_sizes(struct idx_box *, const struct idx_vsize *, size_t n);

#endif
