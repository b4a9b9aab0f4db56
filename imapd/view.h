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

#ifndef IMAPD_VIEW_H
#define IMAPD_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"
#include "common/uidset.h"

struct folder;
struct seqset;

/*
 * The selected mailbox as this client knows it.
 *
 * The client knows the messages with UIDs below `uidnext` that were live at
 * the view's place in the change log, and those of `gone`: expunged since,
 * but not yet announced.  There is no array of them: the number of a message
 * is 1 + the live rows before its row (table_rank()) + the members of gone
 * below its UID.  What spans rows is read between table_expunges() and
 * table_unchanged(), after the log was drained; see DESIGN, "Reading".
 *
 * Nothing here writes to the client.
 */
struct view {
	struct folder	*folder;	/* the view's, closed by view_free()
					   unless it was taken out */
	struct table	*t;		/* the folder's newest mapping */
	int		 readonly;	/* EXAMINE, or no right to write */

	uint64_t	 place;		/* expunges are drained up to this */
	uint64_t	 told;		/* flag changes are sent up to this */
	uint32_t	 uidnext;	/* announced: below are known */
	uint32_t	 exists;	/* announced */
	struct uidset	 gone;		/* known and expunged, not announced */
	uint64_t	 gone_modseq;	/* lowest expunge in gone, 0: none */
	struct uidset	 recent;	/* \Recent here */
	uint32_t	 nrecent;	/* how many of them there are */

	struct uidset	 saved;		/* what "$" stands for (RFC 5182) */

	uint64_t	 own;		/* modseq of our last change */
	const struct uidset *echo;	/* the command running tells of these
					   by itself; NULL: of none */
	uint64_t	 sent;		/* highest MODSEQ sent since the last
					   tagged reply */
	int		 lowered;	/* a HIGHESTMODSEQ below sent ones
					   stands with the client */
	int		 vanished;	/* VANISHED was sent, and no
					   HIGHESTMODSEQ since */

	unsigned int	 nkeywords;	/* names in keyword[] */
	unsigned int	 nannounced;	/* of them in the last FLAGS */
	char		*keyword[TABLE_KEYWORDS];

	struct table_state state;	/* at the last view_sync() */
};

/*
 * All that fail return -1 with errno: EAGAIN (no stable state was found
 * after waiting), EBADMSG (the table is damaged), ESTALE (the mailbox is
 * gone), ENOMEM, or as from the folder.
 */

/*
 * Makes a view of an open folder, which it takes over on success.  The view
 * starts with all messages there are, as announced: SELECT tells them.
 */
struct view *view_new(struct folder *, int readonly);
void	view_free(struct view *);

/*
 * Drains the change log up to now: expunges of known messages go to gone;
 * moves on to a new generation of the table if there is one; learns new
 * keywords.  Costs what has changed.
 */
int	view_sync(struct view *);

/* Are there messages that the client does not know yet? */
int	view_has_new(const struct view *);

/*
 * Takes in the new messages as known: raises uidnext and exists, and claims
 * \Recent for them (idx_recent()) if the view is not read-only.
 */
int	view_admit(struct view *);

/*
 * Takes all of gone, to be announced, into set, which is the caller's to
 * free; they count as announced at once.  While they are, in ascending order,
 * view_number() gives the number of each as it is then.
 */
void	view_take_gone(struct view *, struct uidset *set);

/* The number of the message with this UID, be it live or just announced as
 * expunged. */
int	view_number(struct view *, uint32_t uid, uint32_t *num);

/*
 * The highest mod-sequence up to which the client has been told everything,
 * to be given as HIGHESTMODSEQ.
 */
uint64_t view_highest(const struct view *);

/*
 * Adds the client's set to out as UIDs below uidnext, some of which may not
 * exist: numbers if uid is 0, else UIDs, with "*" for the last message, or
 * what was saved for "$".
 * Fails with ERANGE for a number beyond EXISTS (BAD).
 */
int	view_resolve(struct view *, const struct seqset *, int uid,
	    struct uidset *out);

/* Adds what "$" stands for: without what has been expunged since. */
int	view_resolve_saved(struct view *, struct uidset *out);

/* The other way: adds the numbers of those in uids that are known. */
int	view_numbers(struct view *, const struct uidset *uids,
	    struct uidset *out);

/* UID of the last known message, 0 if there is none. */
int	view_last(struct view *, uint32_t *uid);

/* UID of the first live message without \Seen and its number; 0: none. */
int	view_first_unseen(struct view *, uint32_t *num);

/* The UID of the message with this number, 1 to exists. */
int	view_uid(struct view *, uint32_t num, uint32_t *uid);

/*
 * Adds to out the known UIDs of which the change log says that they may have
 * changed after modseq: all that did are among them.
 */
int	view_changed(struct view *, uint64_t modseq, struct uidset *out);

/*
 * Adds to out the UIDs of set below uidnext that were expunged after modseq
 * and announced, or never known to the client (RFC 7162 section 3.2.6).
 * Where the table's memory of expunges does not go back so far, these are all
 * of set that have no message; that costs a walk over set.
 */
int	view_vanished(struct view *, uint64_t modseq, const struct uidset *set,
	    struct uidset *out);

/* A message as a walk gives it. */
struct view_msg {
	uint32_t	uid;
	uint32_t	num;		/* number, for the client */
	uint64_t	n;		/* row */
	int		gone;		/* in gone: row as last known */
	int		lost;		/* gone, and no tombstone either */
	int		recent;
	struct row	row;
};

#define VIEW_BATCH	64

/*
 * A walk over known messages in ascending order.  Between two steps the view
 * may be drained, but nothing announced or admitted.
 */
struct view_walk {
	struct view		*v;
	const struct uidset	*set;
	enum table_bitmap	 only;
	uint16_t		 mask;	/* of these flags, live ones */
	uint16_t		 want;	/* have those */
	size_t			 range;	/* in set */
	uint32_t		 uid;	/* go on from here */
	uint64_t		 row;	/* before it all rows are below uid, */
	uint32_t		 rank;	/* and so many live, */
	uint32_t		 exp_seq; /* while the tree is of these */
	uint32_t		 generation;
	unsigned int		 i, n;	/* in batch */
	struct view_msg		 batch[VIEW_BATCH];
};

/*
 * Starts a walk over those in set, which must not change; NULL: all.  only
 * is TABLE_LIVE, or TABLE_UNSEEN or TABLE_DELETED for those alone (and all
 * in gone).
 */
void	view_walk(struct view_walk *, struct view *, const struct uidset *set,
	    enum table_bitmap only);

/*
 * Before the first step: leaves out live messages that do not have, of the
 * flags in mask, exactly those in want.
 */
void	view_walk_flags(struct view_walk *, uint16_t mask, uint16_t want);

/* Returns 1 and the next message, 0 at the end, -1 with errno. */
int	view_step(struct view_walk *, const struct view_msg **);

/*
 * Steps through the flag changes not yet sent, in the order of mod-sequence,
 * each message once, as newest; our own last change (own) is left out, and so
 * are messages in echo.
 * Start with a zeroed struct; at the end `told` moves up.
 */
struct view_news {
	int			 busy;		/* 1: has an entry, 2: walks */
	uint64_t		 upto;
	uint64_t		 entry;		/* next in the change log */
	uint32_t		 generation;	/* of that log */
	struct change		 change;
	struct uidset		 set;
	struct view_walk	 walk;
};
int	view_news(struct view *, struct view_news *, const struct view_msg **);

/*
 * A command that was to tell of changes itself (echo, own) could not: what
 * was told is that up to modseq, and the rest is news again.
 */
void	view_untold(struct view *, uint64_t modseq);
void	view_news_free(struct view_news *);

/*
 * For the view's own files.  view_settle() drains the log if the tree may
 * have changed since; view_settled() says whether what was read since is of
 * the state that was drained.  view_retry() is called after a failure: it
 * waits a little and returns 0 to try again, or -1 with errno; ETIMEDOUT after
 * view_patience ms.  *since is 0 before the first failure, and since when it
 * fails then.
 */
extern unsigned int view_patience;

int	view_settle(struct view *);
int	view_settled(struct view *);
int	view_retry(unsigned int *since);

/* Learns the keywords that there are by now. */
int	view_learn(struct view *);

/* As table_next_some(); its row is beyond all if there is none. */
int	view_next_row(struct view *, enum table_bitmap, uint64_t n,
	    struct table_some *);

#endif
