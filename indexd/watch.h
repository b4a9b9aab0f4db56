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

#ifndef INDEXD_WATCH_H
#define INDEXD_WATCH_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "indexd/box.h"
#include "indexd/server.h"

/*
 * Watching folders for sessions: what other programs do in new/ and cur/ of
 * a mailbox that any session watches is told here by the system, and one of
 * the sessions that wait is asked to look.
 *
 * Where the system tells names (Linux), it tells them by a descriptor, one
 * for each binding (uid and mail root), which its first session makes, at its
 * user's cost; indexd keeps it and lends it to the later ones, and each adds
 * the directories that it may read.  indexd reads what comes, and takes out
 * what is not watched any more.
 *
 * When directories and table agree at some time, all that is needed to know
 * whether they do later is which names came and went since: these are kept,
 * with the last that was heard of each.  A name is dropped when the table
 * comes to say of its message what was heard (our own renames), or when a
 * session has looked at it, and has reported what it found, after that.  As
 * long as none is left they agree, and nobody lists.
 *
 * All of that is between the sessions of one binding, which are one user's:
 * who tells lies about it has the own folders listed too often, or too
 * seldom.
 */
#define WATCH_TURN	16384	/* octets of news read in one turn */
#define WATCH_SHARED	4	/* mailboxes that one directory may be of */
#define WATCH_DRAIN	(1U << 20)	/* likewise, if they are needed now */
#define WATCH_PAUSE	2	/* ms between two such turns */
#define WATCH_NAMES	16384	/* names kept of one binding */
#define WATCH_DEFER	40	/* ms for our own changes to be explained */
#define WATCH_PACE	20	/* ms between two askings about a mailbox */
#define WATCH_ANSWER	50	/* ms that who is asked has to take it up */
#define WATCH_WORK	1000	/* ms to be done with it */
#define WATCH_REFUSED	60000	/* ms until a user is tried again */
#define WATCH_SAYS	600000	/* ms between two lines about one thing */

enum watch_line { WATCH_INSTANCES, WATCH_WATCHES, WATCH_LOST, WATCH_LINES };

/* A directory that is watched. */
struct watched_dir {
	RB_ENTRY(watched_dir) entry;	/* of the binding, by what and whose */
	struct watched	*wd;
	int		 what;		/* the system's word for it; -1: none */
	int		 incur;
	uint64_t	 told;		/* ms: kqueue(2) has, last */
};
RB_HEAD(watched_tree, watched_dir);

/* A name that came or went. */
struct touched {
	RB_ENTRY(touched) entry;	/* by base name, directory, name */
	uint64_t	 at;		/* place of the last news of it */
	unsigned int	 base;		/* octets */
	int		 incur;
	int		 there;		/* it came; 0: it went */
	char		 name[];
};
RB_HEAD(touched_tree, touched);

/* A mailbox that is watched. */
struct watched {
	TAILQ_ENTRY(watched) entry;	/* somebody is to be asked */
	struct watch	*watch;
	struct box	*box;
	unsigned int	 watchers;	/* handles */
	struct watched_dir dir[2];	/* new/, cur/ */
	int		 sure;		/* they agree but for the names */
	uint64_t	 at;		/* place of the last news of it */
	uint64_t	 lost;		/* news before are not all there */
	const struct peer *lister;	/* lists now, or nobody does */
	int		 own;		/* the report is the lister's */
	struct touched_tree names;
	unsigned int	 nnames;
	struct handle_list attending;	/* the next to be asked first */
	unsigned int	 nattending;
	struct handle	*asked;
	unsigned int	 nasked;	/* in this round */
	uint64_t	 last;		/* ms: somebody was asked */
	int		 news;		/* there is something to look at */
	uint64_t	 due;		/* ms: ask (the next) */
	int		 is_due;
	uint32_t	*settled;	/* UIDs whose names may be explained */
	size_t		 nsettled;
	size_t		 capsettled;
};

/* What a binding has. */
struct watch {
	struct source	 source;
	TAILQ_ENTRY(watch) resting;
	struct server	*srv;
	struct binding	*binding;
	int		 fd;		/* -1: none */
	int		 is_resting;	/* not read for a moment */
	uint64_t	 rested;	/* ms: until then */
	uint64_t	 refused;	/* ms: not tried again until then */
	uint64_t	 logged[WATCH_LINES];	/* ms; 0: never */
	uint64_t	 at;		/* counts the news */
	struct watched_tree dirs;
	unsigned int	 nwatched;	/* mailboxes */
	unsigned int	 nnames;	/* of all of them */
};

/* There is something to read. */
void	watch_event(struct watch *);

/* Reads what there is by now, before it is judged; for a box that may not
 * be watched. */
void	watch_hear(struct box *);

/* The batch has what may explain names of that message: its file has got the
 * name that the row says, or has gone.  After watch_hear(). */
void	watch_settled(struct box *, uint32_t uid);

/*
 * A session reports, and has put into the batch what it says of that message.
 * It may have looked long ago, and another since then: so unless it comes from
 * who is listing now, or is what was heard of the message's names, these are
 * looked at again; if nothing was heard of them, nobody knows where the file
 * is, and the folder is listed.
 */
void	watch_reporting(struct box *, const struct peer *);
void	watch_reported(struct box *, uint32_t uid);

/* The batch that changes the box was committed, or not. */
void	watch_published(struct box *, int committed);

/* Ends with the handle, the box, the binding's last connection, the binding;
 * each may not have been watched. */
void	watch_handle_gone(struct handle *);
void	watch_box_gone(struct box *);
void	watch_rest(struct binding *);
void	watch_free(struct binding *);

/* Asks who is to be asked, reads on.  ms until there is more to do, or -1. */
void	watch_sweep(struct server *);
int	watch_timeout(const struct server *);

/*
 * A peer that was asked for a descriptor reads by this instead of read(2): as
 * that, and the first descriptor that comes is in p->passed.
 */
ssize_t	watch_receive(struct peer *, void *, size_t);

/*
 * A descriptor that nobody asked for, or that is not what was asked for: to
 * close it could take for ever, so it stays.  Its user is asked for none
 * any more, so that it is one for each.
 */
void	watch_keep(struct server *, uid_t, int fd);

/* At the end of the server: what is known of them; they end with us. */
void	watch_kept_free(struct server *);

/* watch_ask.c: somebody is to look within so many ms; nobody need any more. */
void	watch_ask(struct watched *, unsigned int ms);
void	watch_done(struct watched *);

/* watch_touched.c: news of a name; 0, or -1 if they cannot be kept.  Drops
 * those heard of up to a place, or that the row of a UID explains; all. */
int	touched_note(struct watched *, int incur, int there,
	    const char *name);
/* Those with that base name are to be looked at again; whether there are
 * any. */
int	touched_again(struct watched *, const char *base);
int	touched_drop(struct watched *, uint64_t at);
void	touched_explain(struct watched *, uint32_t uid);
void	touched_free(struct watched *);
int	touched_cmp(const struct touched *, const struct touched *);
RB_PROTOTYPE(touched_tree, touched, entry, touched_cmp)

/*
 * The system's own means: watch_inotify.c, watch_kqueue.c, or none.
 *
 * watch_sys_want(): what is to be asked for next so that the box is
 * watched, WANT_* of proto.h; WANT_NONE: nothing any more, -1: it cannot
 * be.  watch_sys_take() takes over a descriptor that a session has given
 * for it: 0, or -1 if it is not what was asked for, and still the caller's.
 * watch_sys_read() reads up to that many octets of news, and calls
 * watch_heard() for each: 1 if there may be more, 0, or -1 with errno if the
 * descriptor is of no use any more.  watch_sys_unwatch() ends one directory.
 * None of these ever waits.
 */
int	watch_sys_want(const struct watched *);
int	watch_sys_take(struct watched *, int want, int fd);
int	watch_sys_read(struct watch *, size_t octets);
void	watch_sys_unwatch(struct watch *, struct watched_dir *);
void	watch_sys_close(struct watch *);

/* What was heard of a directory; name NULL: it is not watched any more.
 * watch_lost(): that something was not; for all of the binding. */
void	watch_heard(struct watch *, int what, int there, const char *name);
void	watch_lost(struct watch *);
/* A directory of which no names are told has changed. */
void	watch_changed(struct watched *, unsigned int ms);

int	watched_dir_cmp(const struct watched_dir *,
	    const struct watched_dir *);
RB_PROTOTYPE(watched_tree, watched_dir, entry, watched_dir_cmp)

#endif
